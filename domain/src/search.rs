//! What is searched by: one way to take texts and queries apart, for both database engines.
//!
//! The engines see only what comes out of here, tokens of letters and digits with one space between, and neither's own idea of a word
//! or of an accent takes part:
//!
//! - SQLite: an FTS5 table with `tokenize = 'ascii'`, which parts at the space and takes every other character here as it is
//!   (`unicode61` would part at letters that are younger than its tables); `"token" *` is a prefix.
//! - PostgreSQL: `array_to_tsvector(string_to_array(folded, ' '))` and `'token':*` cast to `tsquery`, since `to_tsvector` and
//!   `to_tsquery` would run their own parser, for which `1e5` is a number and `a.b` a host.
//!
//! [`SearchQuery::matches`] and [`SearchQuery::matches_exactly`] say what both must answer.

use std::fmt;

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use crate::{account::Login, text::fold};

/// The most characters of a token, in a text and in a query alike: the rest is not searched.
pub const TOKEN_MAX: usize = 64;

/// The most different words of a query; those after them are not looked at.
pub const QUERY_MAX: usize = 16;

/// The most digits of a phone number as typed: `84`, and the ten of a landline.
const PHONE_DIGITS_MAX: usize = 12;

/// What stands between two groups of a phone number. White space is one space by then.
const PHONE_GAPS: [&str; 8] = [" ", ".", "-", "–", ". ", " - ", ")", ") "];

/// A text as it is stored for searching: each token once, in the order of their first appearance, one space between.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Indexed {
    /// Lower case, marks off, `đ` as `d`.
    pub folded: String,
    /// Lower case in NFC, marks and `đ` kept.
    pub marked: String,
}

/// Takes the texts of one petition apart. A phone number gives its national form (`0912345678`) besides what was typed.
pub fn index<'a>(texts: impl IntoIterator<Item = &'a str>) -> Indexed {
    let (mut folded, mut marked) = (Vec::new(), Vec::new());
    for text in texts {
        let words = words(text);
        for (start, word) in words.iter().enumerate() {
            folded.push(word.folded.clone());
            marked.push(word.marked.clone());
            // Every number that could be read here: a query with less around it may be read another way than the whole text.
            for (_, phone) in words.get(start..).into_iter().flat_map(phones_at) {
                folded.push(phone.clone());
                marked.push(phone);
            }
        }
    }
    Indexed { folded: unique(folded).join(" "), marked: unique(marked).join(" ") }
}

/// What somebody looks for: every one of its tokens must begin some token of the text.
#[derive(Clone, PartialEq, Eq)]
pub struct SearchQuery {
    folded: Vec<String>,
    marked: Vec<String>,
}

impl SearchQuery {
    /// Takes apart what was typed; there is no syntax, so `AND` is a word. `None` where no letter or digit is in it.
    ///
    /// A phone number, however grouped, is one token in national form.
    pub fn parse(raw: &str) -> Option<Self> {
        let words = words(raw);
        let mut rest = words.as_slice();
        let mut wanted: Vec<Word> = Vec::new();
        while let Some((first, others)) = rest.split_first() {
            let word = if let Some((groups, phone)) = phones_at(rest).pop() {
                rest = rest.get(groups..).unwrap_or_default();
                Word { folded: phone.clone(), marked: phone, adjoins: false }
            } else {
                rest = others;
                first.clone()
            };
            if wanted.iter().all(|other| other.marked != word.marked) {
                wanted.push(word);
            }
            if wanted.len() == QUERY_MAX {
                break;
            }
        }
        let (folded, marked): (Vec<_>, Vec<_>) = wanted.into_iter().map(|word| (word.folded, word.marked)).unzip();
        (!marked.is_empty()).then(|| Self { folded: unique(folded), marked })
    }

    /// The tokens with their marks off, at least one and at most [`QUERY_MAX`].
    pub fn folded(&self) -> &[String] {
        &self.folded
    }

    /// The tokens with their marks kept, at least one and at most [`QUERY_MAX`].
    pub fn marked(&self) -> &[String] {
        &self.marked
    }

    /// Whether the text has every token, marks aside.
    pub fn matches(&self, indexed: &Indexed) -> bool {
        all_begin_a_token(&self.folded, &indexed.folded)
    }

    /// Whether the text has every token as it was typed, marks and all.
    pub fn matches_exactly(&self, indexed: &Indexed) -> bool {
        all_begin_a_token(&self.marked, &indexed.marked)
    }
}

// Texts and queries are people's words and phone numbers, and never reach a log through Debug.
impl fmt::Debug for Indexed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Indexed({} bytes)", self.folded.len())
    }
}

impl fmt::Debug for SearchQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SearchQuery({} tokens)", self.marked.len())
    }
}

fn all_begin_a_token(wanted: &[String], tokens: &str) -> bool {
    wanted.iter().all(|beginning| tokens.split(' ').any(|token| token.starts_with(beginning)))
}

fn unique(tokens: Vec<String>) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    tokens.into_iter().filter(|token| seen.insert(token.clone())).collect()
}

/// A token, neither form of which is empty.
#[derive(Clone)]
pub(crate) struct Word {
    pub(crate) folded: String,
    pub(crate) marked: String,
    /// Whether what stands before it could part two groups of a phone number.
    adjoins: bool,
}

/// The words of a text in their order, cut to [`TOKEN_MAX`].
pub(crate) fn words(text: &str) -> Vec<Word> {
    let (mut words, mut marked, mut gap) = (Vec::new(), String::new(), String::new());
    // Lower case of the decomposed form and then composed: the same for whichever form came in.
    for c in text.nfd().flat_map(char::to_lowercase).nfc() {
        // A mark that composes with nothing belongs to its letter, and does not part a word.
        if c.is_alphanumeric() || is_combining_mark(c) {
            marked.push(c);
            continue;
        }
        finish(&mut words, &mut marked, &mut gap);
        if !c.is_whitespace() {
            gap.push(c);
        } else if !gap.ends_with(' ') {
            gap.push(' ');
        }
    }
    finish(&mut words, &mut marked, &mut gap);
    words
}

/// Ends the word that has been gathered, if there is one.
fn finish(words: &mut Vec<Word>, gathered: &mut String, gap: &mut String) {
    let marked: String = gathered.drain(..).filter(|c| c.is_alphanumeric()).take(TOKEN_MAX).collect();
    // From the cut form, so that what is found with marks is found without.
    let folded: String = fold(&marked).chars().filter(|c| c.is_alphanumeric()).collect();
    // Some scripts write vowels as marks that count as letters; alone they fold to nothing.
    if !folded.is_empty() {
        words.push(Word { folded, marked, adjoins: PHONE_GAPS.contains(&gap.as_str()) });
        gap.clear();
    }
}

/// The phone numbers that begin with the first word, in national form, with how many words each takes; the longest comes last.
fn phones_at(words: &[Word]) -> Vec<(usize, String)> {
    let (mut digits, mut phones) = (String::new(), Vec::new());
    for (position, word) in words.iter().enumerate() {
        let is_group = word.marked.bytes().all(|b| b.is_ascii_digit()) && (position == 0 || word.adjoins);
        if !is_group || digits.len() + word.marked.len() > PHONE_DIGITS_MAX {
            break;
        }
        digits.push_str(&word.marked);
        // A plus sign is not needed to tell `84…` for what it is.
        if let Ok(phone) = Login::phone(&digits)
            && let Some(national) = phone.as_str().strip_prefix("+84")
        {
            phones.push((position + 1, format!("0{national}")));
        }
    }
    phones
}

#[cfg(test)]
mod tests;
