//! Where a text reads like something that no petition is for: a complaint (*khiếu nại*: somebody wants a decision of a state body against
//! themselves changed, Law on Complaints 2011), a denunciation (*tố cáo*: somebody reports that an official broke the law, Law on
//! Denunciations 2018), an emergency. Decree 20/2008/NĐ-CP, Art. 1, leaves the first two to laws of their own.
//!
//! By phrases, marks off. Both are mostly told without their name, and both names are used for anything that annoys; so a name counts
//! only beside who is complained of. It is a hint: the text is stored as it is, and the coordinator decides.

use crate::{petition::Emergency, search::words, vocabulary::vocabulary};

vocabulary! {
    /// What else than a petition a text may be.
    Nature {
        /// Against a decision or an act of a state body that concerns oneself.
        Complaint = "complaint",
        /// Of an official who broke the law.
        Denunciation = "denunciation",
        /// Fire, somebody hurt, a crime that is going on.
        Emergency = "emergency",
    }
}

/// That somebody complains, by name.
const COMPLAINS: &[&str] = &["khieu nai", "don khieu nai", "lam don khieu nai", "khieu kien"];

/// What a state body decides against somebody.
const DECIDED: &[&str] = &[
    "quyet dinh xu phat",
    "quyet dinh thu hoi",
    "quyet dinh cuong che",
    "quyet dinh ky luat",
    "quyet dinh phe duyet",
    "quyet dinh boi thuong",
    "quyet dinh hanh chinh",
    "quyet dinh so",
    "qd so",
    "quyet dinh cua",
    "quyet dinh buoc",
    "quyet dinh nay",
    "quyet dinh dinh chi",
    "quyet dinh truy thu",
    "quyet dinh tu choi",
    "quyet dinh giai quyet",
    "xu phat toi",
    "phat toi",
    "bi xu phat",
    "bi phat",
    "bi ky luat",
    "bi cuong che",
    "bi thu hoi",
    "thu hoi dat cua",
    "cuong che nha",
    "buoc thoi viec",
    "tu choi khong cap",
    "tu choi cap",
    "khong cap",
    "tu choi ho so",
    "ap gia",
    "muc boi thuong",
    "muc ho tro",
    "phuong an boi thuong",
    "bien ban vi pham",
    "thong bao thu hoi",
    "bi cat",
    "bi loai khoi",
    "bi dinh chi",
    "thu hoi giay phep",
    "truy thu",
];

/// That it is to be changed.
const CONTESTED: &[&str] = &[
    "xem xet lai",
    "huy quyet dinh",
    "huy bo",
    "thu hoi quyet dinh",
    "rut quyet dinh",
    "khong dong y",
    "khong dong tinh",
    "sai doi tuong",
    "trai quy dinh",
    "trai phap luat",
    "khong dung quy dinh",
    "khong dung phap luat",
    "khong dung su that",
    "oan",
    "oan sai",
    "giai quyet quyen loi",
    "khoi phuc quyen",
    "tra lai quyen",
    "boi thuong lai",
    "tinh lai",
    "cham dut hanh vi",
    "hoan lai tien",
    "hoan tra",
    "khong thoa dang",
    "xam pham quyen",
    "sai quy dinh",
    "vo ly",
    "khong chap nhan",
    "sua doi quyet dinh",
    "khong cong bang",
];

/// Whom it concerns.
const ONESELF: &[&str] =
    &["toi", "gia dinh toi", "nha toi", "chung toi", "cua toi", "bo toi", "me toi", "chong toi", "vo toi"];

/// Who decides for the state.
const STATE: &[&str] = &[
    "ubnd",
    "uy ban",
    "uy ban nhan dan",
    "chu tich",
    "phong giao duc",
    "phong tai nguyen",
    "thanh tra",
    "cong an",
    "chi cuc thue",
    "co quan thue",
    "hoi dong boi thuong",
    "phong lao dong",
    "bhxh",
    "bao hiem xa hoi",
    "hieu truong",
    "so xay dung",
    "so tai nguyen",
    "quyet dinh",
];

/// That somebody denounces, by name.
const DENOUNCES: &[&str] = &["to cao", "don to cao", "to giac can bo", "to cao hanh vi"];

/// An official.
const OFFICIALS: &[&str] = &[
    "can bo",
    "cong chuc",
    "vien chuc",
    "chu tich",
    "pho chu tich",
    "bi thu",
    "truong phong",
    "pho phong",
    "giam doc so",
    "dia chinh",
    "truong thon",
    "to truong",
    "truong khu pho",
    "ke toan xa",
    "ke toan truong",
    "hieu truong",
    "canh sat",
    "csgt",
    "cong an",
    "thanh tra",
    "kiem lam",
    "can bo thue",
    "lanh dao",
    "quan ly thi truong",
    "truong cong an",
    "giam doc trung tam",
    "giam doc benh vien",
    "nhan vien mot cua",
    "trong tai",
    "thu kho",
    "chanh van phong",
    "dang kiem vien",
];

/// What an official must not do.
const WRONGDOING: &[&str] = &[
    "nhan hoi lo",
    "hoi lo",
    "dua hoi lo",
    "chung chi",
    "doi chung chi",
    "vi vinh",
    "voi vinh",
    "voi tien",
    "doi tien",
    "nhan tien",
    "lot tay",
    "boi tron",
    "phong bi",
    "tham o",
    "tham nhung",
    "chiem doat",
    "bien thu",
    "truc loi",
    "an chan",
    "bot xen",
    "rut ruot",
    "thong thau",
    "quan xanh",
    "quan do",
    "lam quyen",
    "lam dung chuc vu",
    "loi dung chuc vu",
    "bao ke",
    "bao che",
    "khai khong",
    "ke khong",
    "hop thuc hoa",
    "lam gia",
    "gia mao",
    "ho so gia",
    "khai man",
    "bang gia",
    "thu tien khong",
    "an tien",
    "lay tien",
    "ban dat trai",
    "cap dat trai",
    "lap khong",
    "quyet toan khong",
    "lap quy den",
    "quy den",
    "nang khong",
    "ngam ho so",
    "chay chuc",
    "chay viec",
    "nhung nhieu",
    "mat 20 trieu",
    "bot tien",
    "cat xen",
    "danh nguoi",
    "tu y thu",
    "thu chi mo am",
    "sai pham",
    "chia chac",
    "con ong ay trung thau",
    "nguoi nha trung thau",
    "dau hieu tham",
    "co dau hieu thong",
    "nhan 200 trieu",
    "dua nguoi nha",
];

/// A text, ready to be searched for phrases.
struct Told(String);

impl Told {
    fn of(text: &str) -> Self {
        let words = words(text).into_iter().map(|word| word.folded).collect::<Vec<_>>().join(" ");
        Self(format!(" {words} "))
    }

    fn has(&self, phrases: &[&str]) -> bool {
        phrases.iter().any(|phrase| self.0.contains(&format!(" {phrase} ")))
    }
}

impl Nature {
    /// What texts of one petition read like, besides a petition; the most pressing first. Mostly nothing.
    pub fn of(texts: &[&str]) -> Vec<Self> {
        let told = Told::of(&texts.join("\n"));
        let complains = told.has(COMPLAINS) && (told.has(DECIDED) || told.has(STATE));
        let contests = told.has(DECIDED) && told.has(CONTESTED) && told.has(ONESELF);
        let denounces = told.has(DENOUNCES) && (told.has(OFFICIALS) || told.has(WRONGDOING) || told.has(STATE));
        let reports = told.has(OFFICIALS) && told.has(WRONGDOING);
        let emergency = Emergency::in_texts(texts).is_some();
        let found = [
            (Self::Emergency, emergency),
            (Self::Denunciation, denounces || reports),
            // Who denounces an official often speaks of what was decided too.
            (Self::Complaint, (complains || contests) && !(denounces || reports)),
        ];
        found.into_iter().filter(|(_, is)| *is).map(|(nature, _)| nature).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_are_noticed_without_their_names() {
        let of = |text: &str| Nature::of(&[text]);
        assert_eq!(
            of("Gia đình tôi không đồng ý với mức hỗ trợ tại quyết định phê duyệt phương án, yêu cầu xem xét lại."),
            [Nature::Complaint]
        );
        assert_eq!(of("Cán bộ địa chính đòi chung chi 20 triệu mới đo đất."), [Nature::Denunciation]);
        assert_eq!(of("can bo dia chinh doi chung chi moi do dat"), [Nature::Denunciation]);
        assert_eq!(of("Tôi khiếu nại quyết định xử phạt của UBND phường"), [Nature::Complaint]);
        assert_eq!(of("Xưởng gỗ đang cháy"), [Nature::Emergency]);
        assert_eq!(Nature::of(&["DON KHIEU NAI", "Về quyết định xử phạt của UBND phường"]), [Nature::Complaint]);
    }

    #[test]
    fn a_name_alone_is_no_complaint_and_a_petition_none_at_all() {
        for text in [
            "Tôi muốn khiếu nại về việc nhà mạng cắt internet 2 ngày",
            "Đèn đường hỏng, đề nghị phường sửa",
            "Bộ phận một cửa làm việc chậm, thái độ cán bộ không tốt",
            "Đề nghị công an xử phạt xe quá tải",
        ] {
            assert_eq!(Nature::of(&[text]), [], "{text}");
        }
    }
}
