//! `attribute[code]=…`: answers to what a service asks, which a form gives as texts, as the values that they are.

use domain::{
    catalogue::Category,
    question::{Question, QuestionKind},
    time::Instant,
};
use serde_json::{Map, Number, Value};

use crate::{field::Faults, problem::FaultCode};

/// The code of `attribute[code]` or `attribute[code][]`.
fn code_of(name: &str) -> Option<&str> {
    let inner = name.strip_prefix("attribute[")?;
    let inner = inner.strip_suffix("[]").unwrap_or(inner);
    inner.strip_suffix(']').filter(|code| !code.is_empty())
}

/// The answers among the parameters of a form, by the code of the question. What the field does not ask is among them too, for whoever checks
/// them to say so; an empty value is none.
pub(super) fn attributes(
    faults: &mut Faults,
    parameters: &[(String, String)],
    category: Option<&Category>,
) -> Map<String, Value> {
    let mut given: Vec<(&str, Vec<&str>)> = Vec::new();
    for (name, value) in parameters.iter().filter(|(name, _)| name.starts_with("attribute[")) {
        let Some(code) = code_of(name) else {
            faults.add(format!("/{}", name.chars().take(80).collect::<String>()), FaultCode::UnknownField);
            continue;
        };
        if value.trim().is_empty() {
            continue;
        }
        match given.iter_mut().find(|(known, _)| *known == code) {
            Some((_, values)) => values.push(value),
            None => given.push((code, vec![value])),
        }
    }
    let asks = |code: &str| category.and_then(|field| field.questions.iter().find(|asked| asked.code.as_str() == code));
    let mut answers = Map::new();
    for (code, values) in given {
        answers.insert(code.to_owned(), value_of(faults, code, &values, asks(code)));
    }
    answers
}

fn value_of(faults: &mut Faults, code: &str, values: &[&str], question: Option<&Question>) -> Value {
    let text = |value: &str| Value::String(value.to_owned());
    if question.is_some_and(|question| question.kind == QuestionKind::MultipleChoice) {
        return Value::Array(values.iter().map(|value| text(value)).collect());
    }
    let (&[first], kind) = (values, question.map(|question| question.kind)) else {
        faults.add(format!("/attributes/{code}"), FaultCode::Repeated);
        return Value::Null;
    };
    match kind {
        Some(QuestionKind::Number) => first.trim().parse::<Number>().map_or_else(|_| text(first), Value::Number),
        Some(QuestionKind::Boolean) => first.trim().parse().map_or_else(|_| text(first), Value::Bool),
        // A client writes a `datetime` with its time; what is asked is the day, here.
        Some(QuestionKind::Date) if first.contains('T') => {
            Instant::parse(first).map_or_else(|_| text(first), |at| Value::String(at.local_date().to_string()))
        }
        Some(QuestionKind::Text | QuestionKind::SingleChoice | QuestionKind::Date | QuestionKind::MultipleChoice)
        | None => text(first),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_stands_in_brackets() {
        for (name, code) in [
            ("attribute[so_cot]", Some("so_cot")),
            ("attribute[khi][]", Some("khi")),
            ("attribute[]", None),
            ("attribute[a", None),
            ("attributes[a]", None),
        ] {
            assert_eq!(code_of(name), code, "{name}");
        }
    }
}
