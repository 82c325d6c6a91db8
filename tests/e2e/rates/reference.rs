//! The figures of `GET /rates` counted once more, as plainly as can be, from what `pakn export events` writes and from what
//! DESIGN.md says of the life of a petition and of rates. Nothing here is shared with the product: events are JSON, an instant
//! is the microseconds since 1970, a day's beginning is seven hours before UTC's.

use std::collections::{BTreeMap, HashMap};

use chrono::DateTime;
use serde_json::{Map, Value, json};

/// The counts of the contract.
pub const COUNTS: [&str; 13] = [
    "submitted",
    "received",
    "awaiting_citizen",
    "answered",
    "answered_on_time",
    "rejected",
    "reopened",
    "pending_in_time",
    "pending_overdue",
    "rated",
    "satisfied",
    "acceptable",
    "unsatisfied",
];
/// The headings of the contract, in the order in which groups are sorted by them.
pub const HEADINGS: [&str; 6] = ["level", "agency", "unit", "category", "channel", "month"];
/// Words that sort as the contract lists them; all else sorts as text.
const LISTED: [&str; 10] =
    ["commune", "district", "provincial", "coordinator", "mobile", "web", "phone", "paper", "email", "portal"];
const VIETNAM: i64 = 7 * 3_600_000_000;

/// What is asked. Empty lists mean all; `as_of: None` means now, which is after every event.
#[derive(Debug, Clone)]
pub struct Question {
    pub from: Option<i64>,
    pub to: Option<i64>,
    pub as_of: Option<i64>,
    pub level: Vec<String>,
    pub agency: Vec<String>,
    pub category: Vec<String>,
    pub channel: Vec<String>,
    pub definition: &'static str,
    pub group_by: Vec<&'static str>,
}

/// The log as it was exported: the events of each petition in their order, each with its instant.
pub struct Log {
    pub(super) histories: Vec<Vec<(i64, Value)>>,
    pub(super) levels: HashMap<String, String>,
}

/// A petition as it stood at an instant.
#[derive(Default)]
pub(super) struct Standing<'a> {
    status: &'a str,
    pub(super) holder: &'a str,
    unit: Option<&'a str>,
    pub(super) category: &'a str,
    pub(super) channel: &'a str,
    pub(super) submitted_at: i64,
    pub(super) due: Option<i64>,
    asked_at: i64,
    answered_at: i64,
    rating: Option<&'a str>,
    received: bool,
    reopened: bool,
}

type Counts = BTreeMap<&'static str, u64>;
/// A heading's values, each so that it sorts as the contract wants.
type Key = Vec<(usize, Option<String>)>;

/// The instant that RFC 3339 writes so.
pub fn micros(text: &Value) -> Option<i64> {
    text.as_str().map(|text| DateTime::parse_from_rfc3339(text).unwrap().timestamp_micros())
}

impl Log {
    /// Reads an export, and the levels of agencies from `GET /agencies`.
    pub fn read(export: &str, agencies: &Value) -> Self {
        let mut histories: BTreeMap<String, Vec<(i64, Value)>> = BTreeMap::new();
        for line in export.lines() {
            let mut line: Value = serde_json::from_str(line).unwrap();
            let event = line["event"].take();
            let of = event["petition"].as_str().unwrap().to_owned();
            histories.entry(of).or_default().push((micros(&event["at"]).unwrap(), event));
        }
        let mut histories: Vec<_> = histories.into_values().collect();
        for history in &mut histories {
            history.sort_by_key(|(_, event)| event["seq"].as_u64().unwrap());
        }
        let text = |agency: &Value, name: &str| agency[name].as_str().unwrap().to_owned();
        let agencies = agencies["items"].as_array().unwrap().iter();
        Self { histories, levels: agencies.map(|agency| (text(agency, "code"), text(agency, "level"))).collect() }
    }

    /// Every event.
    pub fn events(&self) -> impl Iterator<Item = &(i64, Value)> {
        self.histories.iter().flatten()
    }

    /// What `/rates` must answer: its `definition`, `total` and `groups`.
    pub fn answer(&self, question: &Question) -> Value {
        let as_of = question.as_of.unwrap_or(i64::MAX);
        let (mut total, mut groups) = (Counts::new(), BTreeMap::<Key, Counts>::new());
        for history in &self.histories {
            let Some(petition) = Standing::before(as_of, history) else { continue };
            let level = self.levels[petition.holder].as_str();
            let asked_for = question.from.is_none_or(|from| from <= petition.submitted_at)
                && question.to.is_none_or(|to| petition.submitted_at < to)
                && among(&question.level, level)
                && among(&question.agency, petition.holder)
                && among(&question.category, petition.category)
                && among(&question.channel, petition.channel);
            let counted = petition.counts_as(as_of);
            if !asked_for || counted.is_empty() {
                continue;
            }
            let key = HEADINGS.iter().filter(|heading| question.group_by.contains(heading));
            let key = key.map(|heading| sortable(petition.under(heading, level))).collect();
            for counts in [&mut total, groups.entry(key).or_default()] {
                counted.iter().for_each(|name| *counts.entry(*name).or_default() += 1);
            }
        }
        let headings: Vec<&str> = HEADINGS.into_iter().filter(|heading| question.group_by.contains(heading)).collect();
        if headings.is_empty() {
            groups.clear();
        }
        let groups = groups.into_iter().map(|(key, counts)| {
            let values = key.into_iter().map(|(_, value)| json!(value));
            let key: Map<String, Value> = headings.iter().map(ToString::to_string).zip(values).collect();
            let mut group = figures(&counts, question.definition);
            group["key"] = Value::Object(key);
            group
        });
        json!({
            "definition": question.definition,
            "groups": groups.collect::<Vec<_>>(),
            "total": figures(&total, question.definition),
        })
    }
}

impl<'a> Standing<'a> {
    /// What the events before an instant make of a petition; nothing where it had not been sent.
    fn before(as_of: i64, history: &'a [(i64, Value)]) -> Option<Self> {
        let mut petition: Option<Self> = None;
        for (at, event) in history.iter().filter(|(at, _)| *at < as_of) {
            petition.get_or_insert_default().meets(event["type"].as_str().unwrap(), &event["data"], *at);
        }
        petition
    }

    pub(super) fn meets(&mut self, kind: &str, data: &'a Value, at: i64) {
        match kind {
            "submitted" => {
                self.status = "submitted";
                self.submitted_at = at;
                self.holder = data["routing"]["agency"].as_str().unwrap();
                self.unit = data["routing"]["unit"].as_str();
                self.category = data["category"].as_str().unwrap();
                self.channel = data["channel"].as_str().unwrap();
            }
            "received" => (self.status, self.received) = ("received", true),
            "started" | "supplemented" => self.status = "in_progress",
            "information_requested" => (self.status, self.asked_at) = ("awaiting_citizen", at),
            "answered" | "answer_approved" => (self.status, self.answered_at) = ("answered", at),
            "transferred" => (self.status, self.holder) = ("submitted", data["to"].as_str().unwrap()),
            "returned" => (self.status, self.holder) = ("submitted", "dieu-phoi"),
            "reopened" => (self.status, self.reopened, self.rating) = ("received", true, None),
            "rated" => self.rating = data["level"].as_str(),
            "recategorised" => self.category = data["category"].as_str().unwrap(),
            "closed" => self.status = "closed",
            "rejected" => self.status = "rejected",
            "withdrawn" => self.status = "withdrawn",
            "merged" => self.status = "merged",
            // What touches no figure; a deadline, where they bring one, is taken below.
            "assigned" | "progressed" | "extended" | "answer_drafted" | "answer_returned" | "absorbed" | "noted"
            | "published" | "unpublished" | "deadlines_set" | "escalated" => {}
            other => panic!("an event of the kind {other:?}, of which nothing is known"),
        }
        // Where both deadlines are counted anew they are named so, where the clock goes on only the one to answer is.
        if kind == "deadlines_set" {
            self.due = micros(&data["answer"]);
        } else if data["deadlines"].is_object() {
            self.due = micros(&data["deadlines"]["answer"]);
        } else if data["resumed"].is_object() {
            self.due = micros(&data["resumed"]["due_at"]);
        }
    }

    /// The counts it is one of; none for what was taken back or merged.
    fn counts_as(&self, as_of: i64) -> Vec<&'static str> {
        let mut counts = vec!["submitted"];
        match self.status {
            "withdrawn" | "merged" => return Vec::new(),
            "rejected" => counts.push("rejected"),
            "answered" | "closed" => {
                counts.push("answered");
                counts.extend(self.due.is_some_and(|due| self.answered_at <= due).then_some("answered_on_time"));
            }
            _ => {
                let waits = self.status == "awaiting_citizen";
                counts.extend(waits.then_some("awaiting_citizen"));
                // The instant is exclusive, like every instant that is asked about; a question stops the clock.
                let now = if waits { self.asked_at } else { as_of };
                let overdue = self.due.is_some_and(|due| due < now);
                counts.push(if overdue { "pending_overdue" } else { "pending_in_time" });
            }
        }
        counts.extend((self.received && self.status != "rejected").then_some("received"));
        counts.extend(self.reopened.then_some("reopened"));
        if let Some(rating) = self.rating {
            counts.push("rated");
            counts.push(COUNTS.into_iter().find(|name| *name == rating).unwrap());
        }
        counts
    }

    /// Its value under a heading.
    fn under(&self, heading: &str, level: &str) -> Option<String> {
        match heading {
            "level" => Some(level.to_owned()),
            "agency" => Some(self.holder.to_owned()),
            "unit" => self.unit.map(ToOwned::to_owned),
            "category" => Some(self.category.to_owned()),
            "channel" => Some(self.channel.to_owned()),
            "month" => {
                Some(DateTime::from_timestamp_micros(self.submitted_at + VIETNAM).unwrap().format("%Y-%m").to_string())
            }
            other => panic!("no heading: {other}"),
        }
    }
}

pub(super) fn among(asked: &[String], value: &str) -> bool {
    asked.is_empty() || asked.iter().any(|one| one == value)
}

fn sortable(value: Option<String>) -> (usize, Option<String>) {
    let listed = LISTED.iter().position(|word| Some(*word) == value.as_deref());
    (listed.unwrap_or_default(), value)
}

fn figures(counts: &Counts, definition: &str) -> Value {
    let of = |name: &str| counts.get(name).copied().unwrap_or_default();
    let eligible = of("submitted") - of("rejected");
    let denominator = match definition {
        "eligible" => eligible,
        "all" => of("submitted"),
        "actionable" => eligible - of("awaiting_citizen"),
        other => panic!("no definition: {other}"),
    };
    let share = |part: u64, whole: u64| (whole > 0).then(|| small(part) / small(whole));
    json!({
        "counts": COUNTS.into_iter().map(|name| (name.to_owned(), json!(of(name)))).collect::<Map<_, _>>(),
        "rate": share(of("answered"), denominator),
        "received_rate": share(of("received"), eligible),
        "on_time_rate": share(of("answered_on_time"), of("answered") + of("pending_overdue")),
        "satisfaction_rate": share(of("satisfied") + of("acceptable"), of("rated")),
    })
}

fn small(count: u64) -> f64 {
    f64::from(u32::try_from(count).unwrap())
}
