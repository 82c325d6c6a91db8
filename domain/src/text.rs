//! What people write: normalised once at the edge, then safe to store, to compare and to search.

use std::fmt;

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Why a text was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextFault {
    /// Nothing but white space.
    #[error("is empty")]
    Blank,
    /// More characters (Unicode scalar values after NFC) than the field holds.
    #[error("has more than {max} characters")]
    TooLong {
        /// How many it may have.
        max: usize,
    },
    /// A control character other than line feed and tab, a bidirectional override, or a noncharacter.
    #[error("has a control character")]
    ControlCharacter,
}

/// NFC, line ends as `\n`, no white space around; refused when blank, too long, or carrying control characters.
///
/// Vietnamese typed on iOS and macOS often comes decomposed (NFD); Decree 92/2017/NĐ-CP asks for Unicode by TCVN 6909:2001.
///
/// # Errors
/// The first [`TextFault`] that applies.
pub fn normalise(raw: &str, max: usize, lines: Lines) -> Result<String, TextFault> {
    let text: String = raw.replace("\r\n", "\n").trim().nfc().collect();
    if text.is_empty() {
        return Err(TextFault::Blank);
    }
    if text.chars().any(|c| forbidden(c, lines)) {
        return Err(TextFault::ControlCharacter);
    }
    if text.chars().all(|c| c.is_whitespace() || is_invisible(c)) {
        return Err(TextFault::Blank);
    }
    if text.chars().count() > max {
        return Err(TextFault::TooLong { max });
    }
    Ok(text)
}

/// Whether a field holds one line or many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lines {
    /// A line feed or tab is a control character like any other.
    One,
    /// Line feeds and tabs are kept.
    Many,
}

fn forbidden(c: char, lines: Lines) -> bool {
    match c {
        '\n' | '\t' | '\u{2028}' | '\u{2029}' => lines == Lines::One,
        // Direction overrides make a text read otherwise than it is stored.
        '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FDD0}'..='\u{FDEF}' => true,
        // The last two of every plane.
        other if u32::from(other) & 0xFFFE == 0xFFFE => true,
        other => other.is_control(),
    }
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}' | '\u{00AD}')
}

/// Lower case with the marks kept, composed (NFC), single spaces: for what cannot be told without marks.
pub(crate) fn lower(text: &str) -> String {
    let lower: String = text.nfc().flat_map(char::to_lowercase).collect();
    lower.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The form that texts and queries are compared in: marks off, `đ` as `d`, lower case, single spaces.
///
/// So `duong nguyen hue` finds `Đường Nguyễn Huệ`, whichever way either was typed, and on both database engines alike.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.nfd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase) {
        match c {
            'đ' => folded.push('d'),
            c if c.is_whitespace() => {
                if !folded.is_empty() && !folded.ends_with(' ') {
                    folded.push(' ');
                }
            }
            c => folded.push(c),
        }
    }
    if folded.ends_with(' ') {
        folded.pop();
    }
    folded
}

macro_rules! text {
    ($(#[$doc:meta])* $name:ident, $max:expr, $lines:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq)]
        pub struct $name(String);

        impl $name {
            /// The most characters it may have.
            pub const MAX: usize = $max;

            /// Normalises and checks what was typed.
            ///
            /// # Errors
            /// The [`TextFault`] that was found.
            pub fn parse(raw: &str) -> Result<Self, TextFault> {
                normalise(raw, Self::MAX, $lines).map(Self)
            }

            /// The normalised text.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The normalised text, taken out.
            pub fn into_string(self) -> String {
                self.0
            }
        }

        // People's words never reach a log through Debug.
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({} bytes)", stringify!($name), self.0.len())
            }
        }
    };
}

text! {
    /// The title of a petition.
    Title, 200, Lines::One
}
text! {
    /// The content of a petition or of an answer, a message, a reason.
    Content, 10_000, Lines::Many
}
text! {
    /// An address as the citizen gives it.
    Address, 500, Lines::One
}
text! {
    /// A person's name: Vietnamese names have one word or six, and no pattern fits them all.
    FullName, 200, Lines::One
}

/// How many characters a title has at most that is made of a text.
const FIRST_WORDS: usize = 80;

impl Title {
    /// The first words of a text, for what comes without a title: its first line, cut between words where it is long.
    pub fn first_words(content: &Content) -> Option<Self> {
        let line = content.as_str().lines().map(str::trim).find(|line| !line.is_empty())?;
        let mut title = String::new();
        let mut length = 0;
        for word in line.split_whitespace() {
            let with = length + word.chars().count() + usize::from(length > 0);
            if with > FIRST_WORDS {
                // A first word that is longer than any is cut within it.
                if length == 0 {
                    title.extend(word.chars().take(FIRST_WORDS));
                }
                title.push('…');
                break;
            }
            if length > 0 {
                title.push(' ');
            }
            title.push_str(word);
            length = with;
        }
        Self::parse(&title).ok()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn decomposed_vietnamese_is_stored_composed() {
        let decomposed: String = "Đường Nguyễn Huệ".nfd().collect();
        assert_ne!(decomposed, "Đường Nguyễn Huệ");
        assert_eq!(Title::parse(&decomposed).unwrap().as_str(), "Đường Nguyễn Huệ");
    }

    #[test]
    fn the_fold_takes_all_marks_off() {
        assert_eq!(fold("  ĐƯỜNG\tNguyễn   Huệ "), "duong nguyen hue");
        assert_eq!(fold("ổ gà, Ẩm ướt, Ỷ lại, Đặng"), "o ga, am uot, y lai, dang");
    }

    #[test]
    fn faults_are_told_apart() {
        assert_eq!(Title::parse(" \u{200B} \u{3000}"), Err(TextFault::Blank));
        assert_eq!(Title::parse("a\nb"), Err(TextFault::ControlCharacter));
        assert_eq!(Content::parse("a\u{0}b"), Err(TextFault::ControlCharacter));
        assert_eq!(Content::parse("a\u{202E}b"), Err(TextFault::ControlCharacter));
        assert_eq!(Title::parse(&"ư".repeat(201)), Err(TextFault::TooLong { max: 200 }));
        assert_eq!(Content::parse("dòng một\r\ndòng hai").unwrap().as_str(), "dòng một\ndòng hai");
    }

    proptest! {
        #[test]
        fn folding_twice_is_folding_once_and_the_form_of_input_does_not_matter(text in "[\\PC\\s]{0,60}") {
            let once = fold(&text);
            prop_assert_eq!(&fold(&once), &once);
            let (nfc, nfd): (String, String) = (text.nfc().collect(), text.nfd().collect());
            prop_assert_eq!(fold(&nfc), fold(&nfd));
        }
    }
}
