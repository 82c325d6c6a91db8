//! Texts that people read and an operator may put in other words: hotlines, what a refusal means and where to go instead, messages.
//!
//! Each has a text of the program's own, which holds until an operator sets another one.

use std::collections::BTreeMap;

use crate::{
    one_time::Purpose,
    petition::{Emergency, RejectionCode},
    vocabulary::vocabulary,
};

vocabulary! {
    /// Which text. The names are kept with the operator's texts: add, never rename.
    Wording {
        /// The number to call for a fire.
        HotlineFire = "hotline.fire",
        /// The number to call for an accident.
        HotlineAccident = "hotline.accident",
        /// The number to call for a crime.
        HotlineCrime = "hotline.crime",
        /// What somebody is told who writes of an emergency; `{hotline}`.
        EmergencyAdvice = "emergency.advice",
        /// What the reason of a refusal is called: a complaint.
        ReasonComplaint = "reason.complaint",
        /// A denunciation.
        ReasonDenunciation = "reason.denunciation",
        /// Outside the province.
        ReasonOutsideProvince = "reason.outside_province",
        /// Not a matter of the state.
        ReasonOutsideStateCompetence = "reason.outside_state_competence",
        /// Not clear.
        ReasonUnclear = "reason.unclear",
        /// Not what the regulation asks for.
        ReasonRequirementsNotMet = "reason.requirements_not_met",
        /// Abusive.
        ReasonAbusive = "reason.abusive",
        /// Spam.
        ReasonSpam = "reason.spam",
        /// An emergency.
        ReasonEmergency = "reason.emergency",
        /// Where to go with a complaint.
        GuidanceComplaint = "guidance.complaint",
        /// Where to go with a denunciation.
        GuidanceDenunciation = "guidance.denunciation",
        /// Where to go outside the province.
        GuidanceOutsideProvince = "guidance.outside_province",
        /// Where to go with what is no matter of the state.
        GuidanceOutsideStateCompetence = "guidance.outside_state_competence",
        /// What to do when it was not clear.
        GuidanceUnclear = "guidance.unclear",
        /// What to do when something was missing.
        GuidanceRequirementsNotMet = "guidance.requirements_not_met",
        /// What to do when it was abusive.
        GuidanceAbusive = "guidance.abusive",
        /// What to do when it was spam.
        GuidanceSpam = "guidance.spam",
        /// What to do in an emergency.
        GuidanceEmergency = "guidance.emergency",
        /// The subject of the e-mail with a code that verifies an address.
        VerifySubject = "message.verify.subject",
        /// What it says; `{code}`, `{minutes}`.
        VerifyText = "message.verify.text",
        /// The subject of the e-mail with a code to set another password.
        ResetSubject = "message.reset.subject",
        /// What it says; `{code}`, `{minutes}`.
        ResetText = "message.reset.text",
        /// The SMS with a code; `{code}`, `{minutes}`. As the setting `PAKN_SMS_TEXT` says unless it is set.
        SmsCode = "message.sms",
    }
}

/// A text in both languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worded {
    /// In Vietnamese.
    pub vietnamese: String,
    /// In English.
    pub english: String,
}

/// A place in a text, which is filled in when it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Blank {
    /// Its name, written `{name}`.
    pub name: &'static str,
    /// Whether a text without it would be of no use.
    pub needed: bool,
}

const CODE: Blank = Blank { name: "code", needed: true };
const MINUTES: Blank = Blank { name: "minutes", needed: false };

/// The program's own texts, Vietnamese and English.
const OWN: &[(Wording, &str, &str)] = &[
    (Wording::HotlineFire, "114", "114"),
    (Wording::HotlineAccident, "115", "115"),
    (Wording::HotlineCrime, "113", "113"),
    (
        Wording::EmergencyAdvice,
        "Hãy gọi ngay {hotline}. Phản ánh này không thay cho cuộc gọi khẩn cấp.",
        "Call {hotline} now. This petition does not replace an emergency call.",
    ),
    (Wording::ReasonComplaint, "Khiếu nại", "Complaint"),
    (Wording::ReasonDenunciation, "Tố cáo", "Denunciation"),
    (Wording::ReasonOutsideProvince, "Ngoài địa bàn tỉnh", "Outside the province"),
    (Wording::ReasonOutsideStateCompetence, "Không thuộc thẩm quyền của cơ quan nhà nước", "Not a matter of the state"),
    (Wording::ReasonUnclear, "Nội dung không rõ ràng", "Not clear"),
    (Wording::ReasonRequirementsNotMet, "Không đủ điều kiện tiếp nhận", "Requirements not met"),
    (Wording::ReasonAbusive, "Ngôn từ xúc phạm", "Abusive"),
    (Wording::ReasonSpam, "Quảng cáo, thư rác", "Spam"),
    (Wording::ReasonEmergency, "Việc khẩn cấp", "Emergency"),
    (
        Wording::GuidanceComplaint,
        "Khiếu nại được giải quyết theo Luật Khiếu nại: gửi đơn đến người có thẩm quyền giải quyết khiếu nại hoặc trụ sở tiếp công dân.",
        "Complaints follow a law of their own (Luật Khiếu nại): hand yours to whoever is competent to settle it, or to the office that receives citizens.",
    ),
    (
        Wording::GuidanceDenunciation,
        "Tố cáo được giải quyết theo Luật Tố cáo: gửi đơn hoặc trình bày trực tiếp với cơ quan có thẩm quyền; thông tin người tố cáo được giữ bí mật.",
        "Denunciations follow a law of their own (Luật Tố cáo): hand yours to the competent authority, in writing or in person; who you are is kept secret.",
    ),
    (
        Wording::GuidanceOutsideProvince,
        "Hãy gửi đến hệ thống tiếp nhận phản ánh, kiến nghị của địa phương nơi xảy ra sự việc.",
        "Send it to the system of the province where it is.",
    ),
    (
        Wording::GuidanceOutsideStateCompetence,
        "Việc này do các bên tự giải quyết hoặc đưa ra tòa án.",
        "This is for those concerned to settle, or for a court.",
    ),
    (
        Wording::GuidanceUnclear,
        "Hãy gửi lại, nêu rõ sự việc, địa điểm, thời gian, kèm ảnh nếu có.",
        "Send it again and say what it is, where and since when, with a photo if there is one.",
    ),
    (
        Wording::GuidanceRequirementsNotMet,
        "Hãy gửi lại sau khi bổ sung những nội dung còn thiếu.",
        "Send it again with what was missing.",
    ),
    (Wording::GuidanceAbusive, "Hãy gửi lại bằng lời lẽ phù hợp.", "Send it again in other words."),
    (Wording::GuidanceSpam, "Hệ thống chỉ tiếp nhận phản ánh, kiến nghị.", "Only petitions are taken here."),
    (
        Wording::GuidanceEmergency,
        "Việc khẩn cấp hãy gọi ngay: 113 (công an), 114 (cứu hỏa, cứu nạn), 115 (cấp cứu).",
        "In an emergency call: 113 (police), 114 (fire, rescue), 115 (ambulance).",
    ),
    (Wording::VerifySubject, "Mã xác minh tài khoản phản ánh, kiến nghị", "The code to verify your account"),
    (
        Wording::VerifyText,
        "Mã xác minh tài khoản của bạn là: {code}\n\nMã có hiệu lực trong {minutes} phút. Không đưa mã này cho bất kỳ ai; cán bộ không bao giờ hỏi mã. Nếu bạn không yêu cầu, hãy bỏ qua thư này.",
        "The code to verify your account is: {code}\n\nIt is good for {minutes} minutes. Give it to nobody; no officer will ever ask for it. If you did not ask for it, ignore this message.",
    ),
    (Wording::ResetSubject, "Mã đặt lại mật khẩu phản ánh, kiến nghị", "The code to set another password"),
    (
        Wording::ResetText,
        "Mã để đặt lại mật khẩu của bạn là: {code}\n\nMã có hiệu lực trong {minutes} phút. Không đưa mã này cho bất kỳ ai; cán bộ không bao giờ hỏi mã. Nếu bạn không yêu cầu, hãy bỏ qua thư này.",
        "The code to set another password is: {code}\n\nIt is good for {minutes} minutes. Give it to nobody; no officer will ever ask for it. If you did not ask for it, ignore this message.",
    ),
];

impl Wording {
    /// The program's own text; none where a setting has it.
    pub fn own(self) -> Option<Worded> {
        let own = OWN.iter().find(|(wording, _, _)| *wording == self);
        own.map(|(_, vietnamese, english)| Worded {
            vietnamese: (*vietnamese).to_owned(),
            english: (*english).to_owned(),
        })
    }

    /// The places that the text may name.
    pub fn blanks(self) -> &'static [Blank] {
        match self {
            Self::EmergencyAdvice => &[Blank { name: "hotline", needed: true }],
            Self::VerifyText | Self::ResetText | Self::SmsCode => &[CODE, MINUTES],
            Self::HotlineFire
            | Self::HotlineAccident
            | Self::HotlineCrime
            | Self::ReasonComplaint
            | Self::ReasonDenunciation
            | Self::ReasonOutsideProvince
            | Self::ReasonOutsideStateCompetence
            | Self::ReasonUnclear
            | Self::ReasonRequirementsNotMet
            | Self::ReasonAbusive
            | Self::ReasonSpam
            | Self::ReasonEmergency
            | Self::GuidanceComplaint
            | Self::GuidanceDenunciation
            | Self::GuidanceOutsideProvince
            | Self::GuidanceOutsideStateCompetence
            | Self::GuidanceUnclear
            | Self::GuidanceRequirementsNotMet
            | Self::GuidanceAbusive
            | Self::GuidanceSpam
            | Self::GuidanceEmergency
            | Self::VerifySubject
            | Self::ResetSubject => &[],
        }
    }

    /// Whether it is a telephone number.
    pub fn is_number(self) -> bool {
        [Self::HotlineFire, Self::HotlineAccident, Self::HotlineCrime].contains(&self)
    }

    /// The number for an emergency.
    pub fn hotline(kind: Emergency) -> Self {
        match kind {
            Emergency::Fire => Self::HotlineFire,
            Emergency::Accident => Self::HotlineAccident,
            Emergency::Crime => Self::HotlineCrime,
        }
    }

    /// What the reason of a refusal is called, and what to do.
    pub fn reason(code: RejectionCode) -> (Self, Self) {
        match code {
            RejectionCode::Complaint => (Self::ReasonComplaint, Self::GuidanceComplaint),
            RejectionCode::Denunciation => (Self::ReasonDenunciation, Self::GuidanceDenunciation),
            RejectionCode::OutsideProvince => (Self::ReasonOutsideProvince, Self::GuidanceOutsideProvince),
            RejectionCode::OutsideStateCompetence => {
                (Self::ReasonOutsideStateCompetence, Self::GuidanceOutsideStateCompetence)
            }
            RejectionCode::Unclear => (Self::ReasonUnclear, Self::GuidanceUnclear),
            RejectionCode::RequirementsNotMet => (Self::ReasonRequirementsNotMet, Self::GuidanceRequirementsNotMet),
            RejectionCode::Abusive => (Self::ReasonAbusive, Self::GuidanceAbusive),
            RejectionCode::Spam => (Self::ReasonSpam, Self::GuidanceSpam),
            RejectionCode::Emergency => (Self::ReasonEmergency, Self::GuidanceEmergency),
        }
    }

    /// The subject and the text of the e-mail with a code.
    pub fn code(purpose: Purpose) -> (Self, Self) {
        match purpose {
            Purpose::Verify => (Self::VerifySubject, Self::VerifyText),
            Purpose::Reset => (Self::ResetSubject, Self::ResetText),
        }
    }

    /// What is wrong with the places of a text: one that there is not, or one that is needed and missing.
    pub fn blank_fault(self, text: &str) -> Option<String> {
        let named = named_places(text);
        let known = |name: &str| self.blanks().iter().any(|blank| blank.name == name);
        let unknown = named.clone().find(|name| !known(name));
        let missing = self.blanks().iter().find(|blank| blank.needed && !named.clone().any(|name| name == blank.name));
        unknown.or(missing.map(|blank| blank.name)).map(|name| format!("{{{name}}}"))
    }
}

/// The operator's texts, where there are any.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wordings(BTreeMap<Wording, Worded>);

impl Wordings {
    /// From what an operator has set.
    pub fn new(set: impl IntoIterator<Item = (Wording, Worded)>) -> Self {
        Self(set.into_iter().collect())
    }

    /// What an operator has set.
    pub fn set(&self, wording: Wording) -> Option<&Worded> {
        self.0.get(&wording)
    }

    /// What is told: the operator's text, or the program's own; nothing where only a setting has it.
    pub fn told(&self, wording: Wording) -> Worded {
        let told = self.0.get(&wording).cloned().or_else(|| wording.own());
        told.unwrap_or(Worded { vietnamese: String::new(), english: String::new() })
    }
}

/// The names between braces in a text.
pub fn named_places(text: &str) -> impl Iterator<Item = &str> + Clone {
    text.split('{').skip(1).filter_map(|rest| rest.split_once('}').map(|(name, _)| name))
}

/// Fills in the places of a text, in one go: what is filled in is not looked at again.
pub fn fill(text: &str, values: &[(&str, &str)]) -> String {
    fill_as(text, values, str::to_owned)
}

/// The same, with each value written as where it stands needs it.
pub fn fill_as(text: &str, values: &[(&str, &str)], write: impl Fn(&str) -> String) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let found = values.iter().find_map(|(name, value)| Some((after.strip_prefix(name)?.strip_prefix('}')?, value)));
        match found {
            Some((after, value)) => {
                filled.push_str(&write(value));
                rest = after;
            }
            None => {
                filled.push('{');
                rest = after;
            }
        }
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_of_the_program_names_its_places() {
        for wording in Wording::ALL {
            let own = wording.own();
            assert_eq!(own.is_none(), *wording == Wording::SmsCode, "{wording}");
            for text in own.iter().flat_map(|own| [&own.vietnamese, &own.english]) {
                assert_eq!(wording.blank_fault(text), None, "{wording}: {text}");
            }
        }
        for kind in Emergency::ALL {
            assert_eq!(Wording::hotline(*kind).own().unwrap().vietnamese, kind.hotline());
        }
    }

    #[test]
    fn places_are_checked_and_filled() {
        assert_eq!(Wording::VerifyText.blank_fault("Mã: {code}"), None);
        assert_eq!(Wording::VerifyText.blank_fault("Mã có hạn {minutes} phút"), Some("{code}".to_owned()));
        assert_eq!(Wording::VerifyText.blank_fault("{code} {ma}"), Some("{ma}".to_owned()));
        assert_eq!(Wording::ReasonSpam.blank_fault("{code}"), Some("{code}".to_owned()));
        assert_eq!(fill("{code}, {minutes} {x} {", &[("code", "{minutes}"), ("minutes", "5")]), "{minutes}, 5 {x} {");
    }

    #[test]
    fn the_operators_text_goes_first() {
        let own = Worded { vietnamese: "1022".to_owned(), english: "1022".to_owned() };
        let wordings = Wordings::new([(Wording::HotlineFire, own.clone())]);
        assert_eq!(
            (wordings.told(Wording::HotlineFire), wordings.told(Wording::HotlineCrime).vietnamese),
            (own, "113".to_owned())
        );
    }
}
