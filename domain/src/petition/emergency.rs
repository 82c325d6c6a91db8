//! Emergencies, which go by the telephone: Bắc Ninh's regulation (QĐ 03/2023/QĐ-UBND) sends fire, accident, theft and disorder
//! to the hotlines, not to a petition.
//!
//! A petition that speaks of one is stored like any other, since it may be wrong to think so; but its sender is told the
//! number at once, and the desk sees it marked and urgent.

use super::command::Submission;
use crate::{text::lower, vocabulary::vocabulary};

vocabulary! {
    /// What kind of help is needed.
    Emergency {
        /// *Cháy, nổ*.
        Fire = "fire",
        /// *Tai nạn*, somebody hurt.
        Accident = "accident",
        /// A crime or a fight that is going on.
        Crime = "crime",
    }
}

/// Phrases that speak of an emergency, marks and all: without them *cháy* (burn), *chảy* (flow) and *chạy* (run) are one word.
/// A lamp or an engine that burnt out (*cháy bóng*, *cháy cầu chì*) is none.
const PHRASES: &[(Emergency, &[&str])] = &[
    (
        Emergency::Fire,
        &[
            "đang cháy",
            "bốc cháy",
            "cháy nhà",
            "nhà cháy",
            "cháy lớn",
            "cháy rừng",
            "cháy xưởng",
            "cháy chợ",
            "hỏa hoạn",
            "hoả hoạn",
            "đám cháy",
            "vụ cháy",
            "rò rỉ gas",
            "rò rỉ khí gas",
            "nổ bình gas",
            "nổ lớn",
        ],
    ),
    (
        Emergency::Accident,
        &[
            "tai nạn đang",
            "vừa xảy ra tai nạn",
            "đang có tai nạn",
            "có người bị thương",
            "người bị thương nặng",
            "đuối nước",
            "bị điện giật",
            "cần cấp cứu",
            "bất tỉnh",
            "ngộ độc",
            "sập nhà",
            "người mắc kẹt",
        ],
    ),
    (
        Emergency::Crime,
        &[
            "đang đánh nhau",
            "đánh nhau có hung khí",
            "cướp giật",
            "đang cướp",
            "bị cướp",
            "đang trộm",
            "đột nhập",
            "chém nhau",
            "đâm người",
            "bị hành hung",
            "đang hành hung",
            "bắt cóc",
            "đang gây rối",
        ],
    ),
];

/// The same for texts without any marks; only what means nothing else when it has none.
const PHRASES_WITHOUT_MARKS: &[(Emergency, &[&str])] = &[
    (Emergency::Fire, &["hoa hoan", "chay nha", "boc chay", "dam chay", "vu chay", "chay rung"]),
    (Emergency::Accident, &["tai nan dang", "vua xay ra tai nan", "co nguoi bi thuong", "duoi nuoc", "can cap cuu"]),
    (Emergency::Crime, &["dang danh nhau", "cuop giat", "bi cuop", "chem nhau", "bi hanh hung", "bat coc"]),
];

impl Emergency {
    /// The national number to call: 114 fire, 115 ambulance, 113 police.
    pub fn hotline(self) -> &'static str {
        match self {
            Self::Fire => "114",
            Self::Accident => "115",
            Self::Crime => "113",
        }
    }

    /// The emergency that a petition's title and content speak of.
    pub(super) fn spoken_of(submission: &Submission) -> Option<Self> {
        Self::in_texts(&[submission.title.words(), submission.content.words()])
    }

    /// The emergency that texts of one petition speak of.
    pub fn in_texts(texts: &[&str]) -> Option<Self> {
        texts.iter().find_map(|text| Self::in_text(text))
    }

    fn in_text(text: &str) -> Option<Self> {
        let text = lower(text);
        // Each text by itself: a title in capitals often has no marks where the content has them. A dash or an emoji is no mark.
        let has_marks = text.chars().any(|c| c.is_alphabetic() && !c.is_ascii());
        let phrases = if has_marks { PHRASES } else { PHRASES_WITHOUT_MARKS };
        let spoken = |phrase: &&str| contains_words(&text, phrase);
        phrases.iter().find(|(_, phrases)| phrases.iter().any(spoken)).map(|(kind, _)| *kind)
    }
}

/// Whether the phrase stands in the text as words of its own.
fn contains_words(text: &str, phrase: &str) -> bool {
    text.match_indices(phrase).any(|(start, found)| {
        let before = text.get(..start).and_then(|text| text.chars().next_back());
        let after = text.get(start + found.len()..).and_then(|text| text.chars().next());
        [before, after].into_iter().flatten().all(|c| !c.is_alphanumeric())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(title: &str) -> Option<Emergency> {
        Emergency::in_texts(&[title, ""])
    }

    #[test]
    fn an_emergency_is_recognised() {
        assert_eq!(of("CHÁY NHÀ ở ngõ 12, khói đen"), Some(Emergency::Fire));
        assert_eq!(of("Vừa xảy ra tai nạn, có người bị thương"), Some(Emergency::Accident));
        assert_eq!(of("Nhóm thanh niên đang đánh nhau"), Some(Emergency::Crime));
        assert_eq!(of("co nguoi bi thuong o nga tu"), Some(Emergency::Accident));
        assert_eq!(Emergency::in_texts(&["Khẩn", "xưởng gỗ đang cháy"]), Some(Emergency::Fire));
        assert_eq!(Emergency::in_texts(&["CHAY NHA", "Ngõ 12 đường Trần Phú"]), Some(Emergency::Fire));
        assert_eq!(of("chay nha – ngo 12 🔥"), Some(Emergency::Fire));
    }

    #[test]
    fn what_only_sounds_like_one_is_none() {
        for title in [
            "Đèn đường cháy bóng",
            "Nước đang chảy tràn ra đường",
            "Xe tải đang chạy quá tốc độ",
            "Vạch sơn mờ, dễ gây tai nạn",
            "den duong chay bong",
            "nuoc dang chay ra duong",
            "Trộm cắp vặt tháng trước chưa giải quyết",
        ] {
            assert_eq!(of(title), None, "{title}");
        }
    }
}
