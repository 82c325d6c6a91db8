//! Questions that a field asks besides title and content, and what a sender answers.
//!
//! The answers of a petition are kept with the questions as they were asked: what somebody answered keeps its meaning, however the
//! question is put later.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    code::QuestionCode,
    text::{Content, TextFault},
    vocabulary::vocabulary,
};

/// How many questions a field may ask: more would keep people from sending at all.
pub const MOST_QUESTIONS: usize = 20;

/// How many choices a question may offer.
pub const MOST_CHOICES: usize = 100;

/// How far from nought a number may be that somebody answers: as far as JSON numbers are exact everywhere.
pub const GREATEST_NUMBER: f64 = 9_007_199_254_740_991.0;

vocabulary! {
    /// What an answer is made of.
    QuestionKind {
        /// Words.
        Text = "text",
        /// A number.
        Number = "number",
        /// One of the choices.
        SingleChoice = "single_choice",
        /// One or more of the choices.
        MultipleChoice = "multiple_choice",
        /// A day.
        Date = "date",
        /// Yes or no.
        Boolean = "boolean",
    }
}

impl QuestionKind {
    /// Whether it offers choices.
    pub fn has_choices(self) -> bool {
        match self {
            Self::SingleChoice | Self::MultipleChoice => true,
            Self::Text | Self::Number | Self::Date | Self::Boolean => false,
        }
    }
}

/// Something that may be chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// Its code, which an answer names.
    pub code: QuestionCode,
    /// What people read, in Vietnamese.
    pub label: String,
    /// The same in English.
    pub label_en: String,
}

/// A question of a field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// Its code, unique in its field.
    pub code: QuestionCode,
    /// What people are asked, in Vietnamese.
    pub label: String,
    /// The same in English.
    pub label_en: String,
    /// What an answer is made of.
    pub kind: QuestionKind,
    /// Whether a petition of the field must answer it.
    pub required: bool,
    /// What may be chosen, where anything is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<Choice>,
}

/// What somebody answered, with the question as it was asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answered {
    /// The question.
    pub code: QuestionCode,
    /// What was asked, in Vietnamese.
    pub label: String,
    /// The same in English.
    pub label_en: String,
    /// What the answer is made of.
    pub kind: QuestionKind,
    /// The answer as it was sent: a text, a number, a day, `true` or `false`, a code, a list of codes.
    pub value: Value,
    /// What was chosen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<Choice>,
}

/// What is wrong with an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnswerFault {
    /// It must be there.
    Missing,
    /// The field does not ask this.
    NotAsked,
    /// It is of another JSON type.
    WrongType,
    /// The text is none.
    Text(TextFault),
    /// The number is too great.
    OutOfRange,
    /// It is no day.
    NotADay,
    /// None of the choices; these there are.
    UnknownChoice(Vec<String>),
    /// It was chosen before.
    ChosenTwice,
}

/// Checks answers against the questions of a field; in the order of the questions. What was not answered is not among them.
///
/// # Errors
/// Everything that is wrong, each with where: the code of the question, and for a list the place in it.
pub fn check_answers(
    questions: &[Question],
    mut given: Map<String, Value>,
) -> Result<Vec<Answered>, Vec<(String, AnswerFault)>> {
    let (mut answers, mut faults) = (Vec::new(), Vec::new());
    for question in questions {
        let code = question.code.as_str();
        match given.remove(code) {
            None | Some(Value::Null) if question.required => faults.push((code.to_owned(), AnswerFault::Missing)),
            None | Some(Value::Null) => {}
            Some(value) => match check(question, value) {
                Ok(answer) => answers.push(answer),
                Err(found) => faults.extend(found.into_iter().map(|(at, fault)| (format!("{code}{at}"), fault))),
            },
        }
    }
    faults.extend(given.into_iter().map(|(code, _)| (code, AnswerFault::NotAsked)));
    if faults.is_empty() { Ok(answers) } else { Err(faults) }
}

type Found = Vec<(String, AnswerFault)>;

fn check(question: &Question, value: Value) -> Result<Answered, Found> {
    let wrong = |fault| vec![(String::new(), fault)];
    let mut choices = Vec::new();
    let value = match (question.kind, value) {
        (QuestionKind::Text, Value::String(text)) => {
            let text = Content::parse(&text).map_err(|fault| wrong(AnswerFault::Text(fault)))?;
            Value::String(text.into_string())
        }
        (QuestionKind::Number, Value::Number(number)) => {
            let fits = number.as_f64().is_some_and(|number| number.abs() <= GREATEST_NUMBER);
            if !fits {
                return Err(wrong(AnswerFault::OutOfRange));
            }
            Value::Number(number)
        }
        (QuestionKind::Date, Value::String(text)) => {
            // Written again and compared, since chrono also reads "2022-3-7".
            let day = text.parse::<NaiveDate>().ok().filter(|day| day.to_string() == text);
            Value::String(day.ok_or_else(|| wrong(AnswerFault::NotADay))?.to_string())
        }
        (QuestionKind::Boolean, Value::Bool(yes)) => Value::Bool(yes),
        (QuestionKind::SingleChoice, Value::String(code)) => {
            choices.push(choice(question, &code).map_err(wrong)?);
            Value::String(code)
        }
        (QuestionKind::MultipleChoice, Value::Array(codes)) => {
            choices = several(question, &codes)?;
            Value::Array(codes)
        }
        (
            QuestionKind::Text
            | QuestionKind::Number
            | QuestionKind::Date
            | QuestionKind::Boolean
            | QuestionKind::SingleChoice
            | QuestionKind::MultipleChoice,
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Object(_),
        ) => return Err(wrong(AnswerFault::WrongType)),
    };
    let Question { code, label, label_en, kind, .. } = question.clone();
    Ok(Answered { code, label, label_en, kind, value, choices })
}

fn choice(question: &Question, code: &str) -> Result<Choice, AnswerFault> {
    let found = question.choices.iter().find(|choice| choice.code.as_str() == code);
    found.cloned().ok_or_else(|| {
        AnswerFault::UnknownChoice(question.choices.iter().map(|choice| choice.code.to_string()).collect())
    })
}

fn several(question: &Question, codes: &[Value]) -> Result<Vec<Choice>, Found> {
    if codes.is_empty() && question.required {
        return Err(vec![(String::new(), AnswerFault::Missing)]);
    }
    let (mut chosen, mut faults, mut seen) = (Vec::new(), Vec::new(), BTreeSet::new());
    for (index, code) in codes.iter().enumerate() {
        let found = match code.as_str() {
            None => Err(AnswerFault::WrongType),
            Some(code) if !seen.insert(code) => Err(AnswerFault::ChosenTwice),
            Some(code) => choice(question, code),
        };
        match found {
            Ok(choice) => chosen.push(choice),
            Err(fault) => faults.push((format!("/{index}"), fault)),
        }
    }
    if faults.is_empty() { Ok(chosen) } else { Err(faults) }
}

/// What is wrong with the questions of a field, each with which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuestionFault {
    /// Another question before has the same code.
    SameCode,
    /// It offers nothing to choose from.
    NoChoices,
    /// It offers choices, and its answer is none.
    ChoicesOfNone,
    /// Another choice before, at that place, has the same code as this one.
    SameChoice {
        /// Which choice.
        choice: usize,
    },
}

/// What is wrong with questions, each by its place.
pub fn question_faults(questions: &[(usize, Question)]) -> Vec<(usize, QuestionFault)> {
    let (mut faults, mut codes) = (Vec::new(), BTreeSet::new());
    for (index, question) in questions {
        if !codes.insert(&question.code) {
            faults.push((*index, QuestionFault::SameCode));
        }
        match (question.kind.has_choices(), question.choices.is_empty()) {
            (true, true) => faults.push((*index, QuestionFault::NoChoices)),
            (false, false) => faults.push((*index, QuestionFault::ChoicesOfNone)),
            (true, false) | (false, true) => {}
        }
        let mut seen = BTreeSet::new();
        for (choice, offered) in question.choices.iter().enumerate() {
            if !seen.insert(&offered.code) {
                faults.push((*index, QuestionFault::SameChoice { choice }));
            }
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn code(text: &str) -> QuestionCode {
        QuestionCode::parse(text).unwrap()
    }

    fn question(text: &str, kind: QuestionKind, required: bool, choices: &[&str]) -> Question {
        let choice = |text: &&str| Choice { code: code(text), label: format!("{text}?"), label_en: (*text).to_owned() };
        let choices = choices.iter().map(choice).collect();
        Question { code: code(text), label: text.to_owned(), label_en: text.to_owned(), kind, required, choices }
    }

    fn questions() -> Vec<Question> {
        vec![
            question("so_cot", QuestionKind::Text, true, &[]),
            question("so_den", QuestionKind::Number, false, &[]),
            question("loai", QuestionKind::SingleChoice, true, &["tat", "nhap_nhay"]),
            question("khi", QuestionKind::MultipleChoice, true, &["toi", "dem"]),
            question("tu_ngay", QuestionKind::Date, false, &[]),
            question("nguy_hiem", QuestionKind::Boolean, false, &[]),
        ]
    }

    fn faults(given: Value) -> Vec<(String, AnswerFault)> {
        let Value::Object(given) = given else { panic!("{given}") };
        check_answers(&questions(), given).unwrap_err()
    }

    #[test]
    fn answers_of_every_kind_are_kept_with_their_questions() {
        let Value::Object(given) = json!({
            "so_cot": " A-12 ", "so_den": 2.5, "loai": "tat", "khi": ["dem", "toi"], "tu_ngay": "2022-03-07", "nguy_hiem": false,
        }) else {
            panic!()
        };
        let answers = check_answers(&questions(), given).unwrap();
        let values: Vec<&Value> = answers.iter().map(|answer| &answer.value).collect();
        assert_eq!(
            values,
            [&json!("A-12"), &json!(2.5), &json!("tat"), &json!(["dem", "toi"]), &json!("2022-03-07"), &json!(false)]
        );
        let chosen: Vec<&str> = answers[3].choices.iter().map(|choice| choice.label.as_str()).collect();
        assert_eq!(chosen, ["dem?", "toi?"], "in the order in which they were chosen");
        let kept: Vec<Answered> = serde_json::from_str(&serde_json::to_string(&answers).unwrap()).unwrap();
        assert_eq!(kept, answers);
    }

    #[test]
    fn all_that_is_wrong_is_named() {
        let known = || AnswerFault::UnknownChoice(vec!["tat".to_owned(), "nhap_nhay".to_owned()]);
        let found = faults(json!({
            "so_cot": "", "so_den": "2", "loai": "hong", "khi": ["toi", "toi", 5], "tu_ngay": "2022-3-7", "nguy_hiem": "có",
            "mau": "đỏ",
        }));
        let expected = [
            ("so_cot", AnswerFault::Text(TextFault::Blank)),
            ("so_den", AnswerFault::WrongType),
            ("loai", known()),
            ("khi/1", AnswerFault::ChosenTwice),
            ("khi/2", AnswerFault::WrongType),
            ("tu_ngay", AnswerFault::NotADay),
            ("nguy_hiem", AnswerFault::WrongType),
            ("mau", AnswerFault::NotAsked),
        ];
        assert_eq!(found, expected.map(|(at, fault)| (at.to_owned(), fault)));
        let missing = [("so_cot", AnswerFault::Missing), ("loai", AnswerFault::Missing), ("khi", AnswerFault::Missing)];
        assert_eq!(
            faults(json!({"loai": null, "so_den": null})),
            missing.clone().map(|(at, fault)| (at.to_owned(), fault))
        );
        assert_eq!(faults(json!({"so_cot": "A", "loai": "tat", "khi": []})).len(), 1);
        assert_eq!(faults(json!({"so_den": 1e300, "so_cot": "A", "loai": "tat", "khi": ["toi"]})).len(), 1);
    }

    #[test]
    fn questions_must_make_sense() {
        let twice = question("so_cot", QuestionKind::Text, false, &["tat"]);
        let of_none = question("mau", QuestionKind::SingleChoice, false, &[]);
        let same = question("khi_nao", QuestionKind::SingleChoice, false, &["toi", "toi"]);
        let all: Vec<_> = questions().into_iter().chain([twice, of_none, same]).enumerate().collect();
        let expected = [
            (6, QuestionFault::SameCode),
            (6, QuestionFault::ChoicesOfNone),
            (7, QuestionFault::NoChoices),
            (8, QuestionFault::SameChoice { choice: 1 }),
        ];
        assert_eq!(question_faults(&all), expected);
    }
}
