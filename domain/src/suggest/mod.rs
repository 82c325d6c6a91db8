//! Which field a text may belong to: a proposal for whoever writes it, never a decision.
//!
//! Words and pairs of words speak for and against fields ([`Model`]): at first by a table of keywords for the fields of the
//! starting catalogue (`keywords.csv`) and by the names of all fields, then more and more by what staff decide in this installation
//! ([`Learned`]). What is learned is how many petitions of a field have a word, under a key that the caller makes of it, and of words that
//! few petitions have nothing is used: a name in one petition moves no proposal, and cannot be asked for.
//!
//! [`Nature`] says where a text reads like something that no petition is for: a complaint, a denunciation, an emergency.
//!
//! `cargo test -p domain --test suggest -- --nocapture` prints how often both are right, on petitions that were not used for tuning.

mod model;
mod nature;

use std::collections::{BTreeSet, HashMap, HashSet};

pub use model::{Fit, Model};
pub use nature::Nature;

use crate::{
    code::CategoryCode,
    search::{Word, words},
};

/// How many petitions must have a word before it counts: fewer may be one person, or one street.
pub const MIN_PETITIONS: u32 = 5;

/// How many words of a text are looked at: a title and what one says first.
const MAX_WORDS: usize = 200;

/// What stands before a form that has its marks: without, `tối` (dark) and `tôi` (I) are one word.
const MARKED: char = '=';

/// What a form of a word is counted under.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WordKey(pub i64);

/// A word or a pair of words of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Feature {
    /// Lower case, marks off.
    folded: String,
    /// Lower case, as it was written.
    said: String,
}

impl Feature {
    fn is_pair(&self) -> bool {
        self.folded.contains(' ')
    }

    fn marked(&self) -> String {
        format!("{MARKED}{}", self.said)
    }
}

/// What a text is judged by: each word and each pair of neighbours once. Numbers are left out, since they are houses, telephones and
/// dates; `4g` and `f0` are words.
fn features(text: &str) -> Vec<Feature> {
    let is_word = |word: &&Word| {
        let digits = word.folded.bytes().filter(u8::is_ascii_digit).count();
        digits < word.folded.len() && digits < 3
    };
    let words = words(text);
    let words: Vec<&Word> = words.iter().filter(is_word).take(MAX_WORDS).collect();
    let one = |word: &&Word| Feature { folded: word.folded.clone(), said: word.marked.clone() };
    let pair = |pair: &[&Word]| match pair {
        [first, second] => Some(Feature {
            folded: format!("{} {}", first.folded, second.folded),
            said: format!("{} {}", first.marked, second.marked),
        }),
        _ => None,
    };
    let mut seen = HashSet::new();
    let all = words.windows(2).filter_map(pair).chain(words.iter().map(one));
    all.filter(|feature| seen.insert(feature.said.clone())).collect()
}

/// Whether a text is written with marks. One that is not says less of each word.
fn has_marks(text: &str) -> bool {
    text.chars().any(|c| c.is_alphabetic() && !c.is_ascii())
}

/// The forms under which a petition's text is counted, each once: without marks, and with them where it has any.
pub fn counted_forms(text: &str) -> BTreeSet<String> {
    let marks = has_marks(text);
    let forms = features(text).into_iter().flat_map(|feature| {
        let marked = marks.then(|| feature.marked());
        std::iter::once(feature.folded).chain(marked)
    });
    forms.collect()
}

/// What was learned: how many petitions of each field, and how many of these have each word. A word is in it only if at least
/// [`MIN_PETITIONS`] have it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Learned {
    petitions: HashMap<CategoryCode, u32>,
    words: HashMap<WordKey, Vec<(CategoryCode, u32)>>,
}

impl Learned {
    /// From counts; those of words that too few petitions have are dropped.
    pub fn new(
        petitions: impl IntoIterator<Item = (CategoryCode, u32)>,
        words: impl IntoIterator<Item = (WordKey, CategoryCode, u32)>,
    ) -> Self {
        let mut learned = Self { petitions: petitions.into_iter().collect(), words: HashMap::new() };
        for (key, category, count) in words {
            learned.words.entry(key).or_default().push((category, count));
        }
        learned.words.retain(|_, counts| counts.iter().map(|(_, count)| count).sum::<u32>() >= MIN_PETITIONS);
        learned
    }

    /// How many petitions it was learned from.
    pub fn petitions(&self) -> u32 {
        self.petitions.values().sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(text: &str) -> Vec<String> {
        features(text).into_iter().map(|feature| feature.folded).collect()
    }

    #[test]
    fn a_text_is_words_and_pairs_without_numbers() {
        assert_eq!(
            folded("Đèn đường số 12 HỎNG, đèn!"),
            ["den duong", "duong so", "so hong", "hong den", "den", "duong", "so", "hong"]
        );
        assert_eq!(folded("gọi 0912345678, sóng 4G"), ["goi song", "song 4g", "goi", "song", "4g"]);
        assert!(features("").is_empty() && features("12 345").is_empty());
        assert_eq!(features("Rác").first().map(|feature| feature.said.as_str()), Some("rác"));
        assert_eq!(Vec::from_iter(counted_forms("Tối om")), ["=om", "=tối", "=tối om", "om", "toi", "toi om"]);
        assert_eq!(Vec::from_iter(counted_forms("toi om")), ["om", "toi", "toi om"]);
    }

    #[test]
    fn words_of_few_petitions_are_not_learned() {
        let category = |code: &str| CategoryCode::parse(code).unwrap();
        let words = [
            (WordKey(1), category("dien"), MIN_PETITIONS - 1),
            (WordKey(2), category("dien"), MIN_PETITIONS - 1),
            (WordKey(2), category("y_te"), 1),
        ];
        let learned = Learned::new([(category("dien"), 9)], words);
        assert_eq!(learned.words.keys().collect::<Vec<_>>(), [&WordKey(2)]);
        assert_eq!(learned.petitions(), 9);
    }
}
