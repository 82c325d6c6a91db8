//! The counts of `GET /rates/signs` once more, from what `pakn export events` writes, from the words that were written, and from
//! what the definitions say. Nothing here is shared with the product.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    histories::Texts,
    reference::{Log, Question, Standing, among, micros},
};

/// The counts.
pub const SIGNS: [&str; 11] = [
    "answers",
    "quick_answers",
    "short_answers",
    "equal_answers",
    "unknown_texts",
    "reopened",
    "extensions",
    "sent_away",
    "sent_away_late",
    "recategorised",
    "recategorised_before_milestone",
];
const MINUTE: i64 = 60_000_000;
const DAY: i64 = 24 * 60 * MINUTE;

/// Something that was done, whether or not it is asked for.
struct Done<'a> {
    agency: &'a str,
    asked_for: bool,
    counts: Vec<&'static str>,
    /// What an answer says, without the difference of capitals: nobody here writes without marks.
    says: Option<String>,
}

impl Log {
    /// What `/rates/signs` must answer: the counts of each agency that has any.
    pub fn signs(&self, question: &Question, texts: &Texts, targets: &Value) -> BTreeMap<String, BTreeMap<&str, u64>> {
        let done: Vec<Done<'_>> =
            self.histories.iter().flat_map(|history| self.done(history, question, texts, targets)).collect();
        let mut counted: BTreeMap<String, BTreeMap<&str, u64>> = BTreeMap::new();
        for one in done.iter().filter(|one| one.asked_for) {
            let says_the_same = |other: &&Done<'_>| other.agency == one.agency && other.says == one.says;
            let equal = one.says.is_some() && done.iter().filter(says_the_same).count() > 10;
            for name in one.counts.iter().chain(equal.then_some(&"equal_answers")) {
                *counted.entry(one.agency.to_owned()).or_default().entry(name).or_default() += 1;
            }
        }
        counted
    }

    fn done<'a>(
        &self,
        history: &'a [(i64, Value)],
        question: &Question,
        texts: &Texts,
        targets: &Value,
    ) -> Vec<Done<'a>> {
        let (mut petition, mut taken_up_at) = (Standing::default(), 0);
        let mut done: Vec<Done<'a>> = Vec::new();
        for (at, event) in history.iter().filter(|(at, _)| question.as_of.is_none_or(|as_of| *at < as_of)) {
            let (kind, data) = (event["type"].as_str().unwrap(), &event["data"]);
            let answer = |named_by: &Value| {
                let event = (event["petition"].as_str().unwrap().to_owned(), named_by.as_u64().unwrap());
                let says = &texts[&event];
                let mut counts = vec!["answers"];
                counts.extend((at - taken_up_at <= 10 * MINUTE).then_some("quick_answers"));
                counts.extend((says.chars().count() < 20).then_some("short_answers"));
                (counts, Some(says.to_lowercase()))
            };
            let what = match kind {
                "answered" => Some(answer(&event["seq"])),
                "answer_approved" => Some(answer(&data["draft"])),
                "extended" => Some((vec!["extensions"], None)),
                "transferred" | "returned" => {
                    let due =
                        if data["resumed"].is_object() { micros(&data["resumed"]["due_at"]) } else { petition.due };
                    let late = due.is_some_and(|due| due - at < DAY);
                    Some(([Some("sent_away"), late.then_some("sent_away_late")].into_iter().flatten().collect(), None))
                }
                "recategorised" if data["category"] != petition.category => {
                    let near = self.is_before_milestone(&petition, *at, targets);
                    let counts = [Some("recategorised"), near.then_some("recategorised_before_milestone")];
                    Some((counts.into_iter().flatten().collect(), None))
                }
                "reopened" => {
                    let last = done.iter_mut().rev().find(|one| one.counts.contains(&"answers")).unwrap();
                    last.counts.push("reopened");
                    None
                }
                _ => None,
            };
            if ["received", "reopened"].contains(&kind) {
                taken_up_at = *at;
            }
            if let Some((counts, says)) = what {
                let agency = event["actor"]["agency"].as_str().unwrap();
                let asked_for = question.from.is_none_or(|from| from <= petition.submitted_at)
                    && question.to.is_none_or(|to| petition.submitted_at < to)
                    && among(&question.level, &self.levels[agency])
                    && among(&question.agency, agency)
                    && among(&question.category, petition.category)
                    && among(&question.channel, petition.channel);
                done.push(Done { agency, asked_for, counts, says });
            }
            petition.meets(kind, data, *at);
        }
        done
    }

    fn is_before_milestone(&self, petition: &Standing<'_>, at: i64, targets: &Value) -> bool {
        targets["items"].as_array().unwrap().iter().any(|target| {
            let has = |list: &str, word: &str| target[list].as_array().unwrap().contains(&json!(word));
            let within = micros(&target["from"]) <= Some(petition.submitted_at)
                && Some(petition.submitted_at) < micros(&target["to"]);
            let near = target["milestones"].as_array().unwrap().iter().any(|milestone| {
                let before = micros(&milestone["before"]).unwrap();
                before - 7 * DAY <= at && at < before
            });
            within && near && has("channels", petition.channel) && has("levels", &self.levels[petition.holder])
        })
    }
}

/// What `/rates/signs` answered, as [`Log::signs`] says it; the sum must be the sum.
pub fn told(answer: &Value) -> BTreeMap<String, BTreeMap<&'static str, u64>> {
    let counts = |signs: &Value| {
        let counts = SIGNS.map(|name| (name, signs[name].as_u64().unwrap()));
        counts.into_iter().filter(|(_, count)| *count > 0).collect::<BTreeMap<_, _>>()
    };
    let items = answer["items"].as_array().unwrap().iter();
    let told: BTreeMap<_, _> =
        items.map(|item| (item["agency"]["code"].as_str().unwrap().to_owned(), counts(item))).collect();
    let mut total = BTreeMap::new();
    for (name, count) in told.values().flatten() {
        *total.entry(*name).or_default() += count;
    }
    assert_eq!(counts(&answer["total"]), total);
    told
}
