//! What a field asks besides title and content: answers taken in, and shown.

use domain::{
    catalogue::Category,
    chain::SealedText,
    code::QuestionCode,
    question::{AnswerFault, Answered, QuestionKind, check_answers},
};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::{
    clock,
    field::{Faults, Field},
    language::Language,
    problem::{FaultCode, Problem},
};

/// An answer to a question of the field.
#[derive(Debug, Serialize, ToSchema)]
pub struct AttributeView {
    /// The question.
    #[schema(value_type = String, example = "tinh_trang")]
    code: QuestionCode,
    /// What was asked, in the language of the answer, as it was asked then.
    #[schema(example = "Tình trạng đèn")]
    label: String,
    /// `text`, `number`, `single_choice`, `multiple_choice`, `date` or `boolean`.
    #[serde(rename = "type")]
    #[schema(value_type = String, example = "single_choice")]
    kind: QuestionKind,
    /// As it was sent: a text, a number, a day, `true` or `false`, a code, a list of codes.
    #[schema(value_type = Value, example = "nhap_nhay")]
    value: Value,
    /// The same for people.
    #[schema(example = "Nhấp nháy")]
    text: String,
}

/// Checks the answers to what a field asks, and seals them; `None` where there are none or something is wrong, which is noted.
///
/// # Errors
/// [`Problem`] of the program: what was checked has no JSON form.
pub fn parse_attributes(
    faults: &mut Faults,
    category: Option<&Category>,
    field: Field<Map<String, Value>>,
) -> Result<Option<SealedText>, Problem> {
    let given = faults.optional("/attributes", field).unwrap_or_default();
    // What an unknown field asks nobody knows.
    let Some(category) = category else { return Ok(None) };
    let answers = match check_answers(&category.questions, given) {
        Ok(answers) => answers,
        Err(found) => {
            for (at, fault) in found {
                // RFC 6901: what a client made up may have these two signs in it.
                let at = at.split('/').map(|part| part.replace('~', "~0")).collect::<Vec<_>>().join("/");
                note(faults, &format!("/attributes/{at}"), fault);
            }
            return Ok(None);
        }
    };
    if answers.is_empty() {
        return Ok(None);
    }
    let text = serde_json::to_string(&answers).map_err(Problem::internal)?;
    Ok(Some(SealedText::new(text, clock::salt())))
}

fn note(faults: &mut Faults, at: &str, fault: AnswerFault) {
    match fault {
        AnswerFault::Missing => faults.add(at, FaultCode::Required),
        AnswerFault::NotAsked => faults.add(at, FaultCode::NotAsked),
        AnswerFault::WrongType => faults.add(at, FaultCode::WrongType),
        AnswerFault::Text(fault) => {
            faults.text::<()>(at, Err(fault));
        }
        AnswerFault::OutOfRange => faults.add(at, FaultCode::OutOfRange),
        AnswerFault::NotADay => faults.add(at, FaultCode::InvalidDay),
        AnswerFault::UnknownChoice(known) => faults.add_with(at, FaultCode::UnknownWord, known.join(", ")),
        AnswerFault::ChosenTwice => faults.add(at, FaultCode::Repeated),
    }
}

/// The answers as a reader is shown them; none where there were none, or they were erased.
pub(super) fn shown_attributes(words: Option<&str>, language: Language) -> Vec<AttributeView> {
    let answers: Vec<Answered> = words.and_then(|words| serde_json::from_str(words).ok()).unwrap_or_default();
    answers.into_iter().map(|answer| shown(answer, language)).collect()
}

fn shown(answer: Answered, language: Language) -> AttributeView {
    let Answered { code, label, label_en, kind, value, choices } = answer;
    let text = match (kind, &value) {
        (QuestionKind::SingleChoice | QuestionKind::MultipleChoice, _) => {
            let labels = choices.iter().map(|choice| language.choose(&choice.label, &choice.label_en));
            labels.collect::<Vec<_>>().join(", ")
        }
        (QuestionKind::Boolean, Value::Bool(true)) => language.choose("Có", "Yes").to_owned(),
        (QuestionKind::Boolean, _) => language.choose("Không", "No").to_owned(),
        (QuestionKind::Text | QuestionKind::Number | QuestionKind::Date, Value::String(text)) => text.clone(),
        (QuestionKind::Text | QuestionKind::Number | QuestionKind::Date, other) => other.to_string(),
    };
    AttributeView { code, label: language.choose(&label, &label_en).to_owned(), kind, value, text }
}
