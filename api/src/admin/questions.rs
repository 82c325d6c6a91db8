//! The questions of a field, as an administrator sends them.

use domain::{
    code::QuestionCode,
    question::{Choice, MOST_CHOICES, MOST_QUESTIONS, Question, QuestionFault, QuestionKind, question_faults},
};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    field::{Faults, Field, Object},
    problem::FaultCode,
};

/// Something that may be chosen.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ChoiceBody {
    /// Its code, 1 to 64 of `a-z 0-9 _`, unique in its question.
    #[serde(default)]
    #[schema(value_type = String, example = "nhap_nhay")]
    code: Field<String>,
    /// What people read, in Vietnamese.
    #[serde(default)]
    #[schema(value_type = String, max_length = 200, example = "Nhấp nháy")]
    label: Field<String>,
    /// The same in English; the Vietnamese one unless given.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 200, example = "Flickering")]
    label_en: Field<String>,
}

/// A question.
#[derive(Debug, Deserialize, ToSchema)]
pub struct QuestionBody {
    /// Its code, 1 to 64 of `a-z 0-9 _`, unique in its field.
    #[serde(default)]
    #[schema(value_type = String, example = "tinh_trang")]
    code: Field<String>,
    /// What people are asked, in Vietnamese.
    #[serde(default)]
    #[schema(value_type = String, max_length = 200, example = "Tình trạng đèn")]
    label: Field<String>,
    /// The same in English; the Vietnamese one unless given.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 200, example = "State of the lamp")]
    label_en: Field<String>,
    /// `text`, `number`, `single_choice`, `multiple_choice`, `date` or `boolean`.
    #[serde(default, rename = "type")]
    #[schema(value_type = String, example = "single_choice")]
    kind: Field<String>,
    /// Whether a petition must answer it; `false` unless given.
    #[serde(default)]
    #[schema(value_type = Option<bool>)]
    required: Field<bool>,
    /// What may be chosen, of a question of choices; at most 100.
    #[serde(default)]
    #[schema(value_type = Option<Vec<ChoiceBody>>)]
    choices: Field<Vec<Field<Object<ChoiceBody>>>>,
}

/// The questions, none unless given; what is wrong with them is added to the faults.
pub(super) fn parse_questions(field: Field<Vec<Field<Object<QuestionBody>>>>, faults: &mut Faults) -> Vec<Question> {
    let list = faults.optional("/questions", field).unwrap_or_default();
    if list.len() > MOST_QUESTIONS {
        faults.add_with("/questions", FaultCode::TooManyItems, format!("max {MOST_QUESTIONS}"));
        return Vec::new();
    }
    let mut questions = Vec::new();
    for (index, body) in list.into_iter().enumerate() {
        questions
            .extend(parse_question(&format!("/questions/{index}"), body, faults).map(|question| (index, question)));
    }
    for (index, fault) in question_faults(&questions) {
        let at = format!("/questions/{index}");
        match fault {
            QuestionFault::SameCode => faults.add(format!("{at}/code"), FaultCode::Repeated),
            QuestionFault::NoChoices | QuestionFault::ChoicesOfNone => {
                faults.add(format!("{at}/choices"), FaultCode::ChoicesMismatch);
            }
            QuestionFault::SameChoice { choice } => {
                faults.add(format!("{at}/choices/{choice}/code"), FaultCode::Repeated);
            }
        }
    }
    questions.into_iter().map(|(_, question)| question).collect()
}

fn parse_question(at: &str, body: Field<Object<QuestionBody>>, faults: &mut Faults) -> Option<Question> {
    let Object(QuestionBody { code, label, label_en, kind, required, choices }) = faults.required(at, body)?;
    let code = parse_code(&format!("{at}/code"), code, faults);
    let label = faults.name(&format!("{at}/label"), label);
    let label_en = faults.name_en(&format!("{at}/label_en"), label_en, label.as_ref());
    let pointer = format!("{at}/type");
    let kind = faults.required(&pointer, kind);
    let kind =
        kind.and_then(|raw| faults.word(&pointer, &raw, QuestionKind::parse, QuestionKind::ALL, QuestionKind::as_str));
    let required = faults.optional(&format!("{at}/required"), required).unwrap_or(false);
    let pointer = format!("{at}/choices");
    let list = faults.optional(&pointer, choices).unwrap_or_default();
    if list.len() > MOST_CHOICES {
        faults.add_with(pointer, FaultCode::TooManyItems, format!("max {MOST_CHOICES}"));
        return None;
    }
    let (mut choices, count) = (Vec::new(), list.len());
    for (index, choice) in list.into_iter().enumerate() {
        choices.extend(parse_choice(&format!("{pointer}/{index}"), choice, faults));
    }
    // Of a list with a wrong choice it cannot be said what is missing in it.
    if choices.len() < count {
        return None;
    }
    let ((code, label), (label_en, kind)) = code.zip(label).zip(label_en.zip(kind))?;
    Some(Question { code, label, label_en, kind, required, choices })
}

fn parse_choice(at: &str, body: Field<Object<ChoiceBody>>, faults: &mut Faults) -> Option<Choice> {
    let Object(ChoiceBody { code, label, label_en }) = faults.required(at, body)?;
    let code = parse_code(&format!("{at}/code"), code, faults);
    let label = faults.name(&format!("{at}/label"), label);
    let label_en = faults.name_en(&format!("{at}/label_en"), label_en, label.as_ref());
    let ((code, label), label_en) = code.zip(label).zip(label_en)?;
    Some(Choice { code, label, label_en })
}

fn parse_code(at: &str, field: Field<String>, faults: &mut Faults) -> Option<QuestionCode> {
    let raw = faults.required(at, field)?;
    QuestionCode::parse(&raw).inspect_err(|_| faults.add(at, FaultCode::InvalidCode)).ok()
}
