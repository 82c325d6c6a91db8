//! Figures counted by hand, straight from the events: nothing here uses how the product folds or tallies.

use std::collections::BTreeMap;

use domain::{
    catalogue::AgencyLevel,
    code::{AgencyCode, CategoryCode},
    petition::{Event, EventData, RatingLevel, Resumed},
    rate::{Counts, Dimension, Key, Question},
    time::Instant,
};

use crate::world::{AGENCIES, agency};

/// Total and groups.
pub(crate) fn recount(
    histories: &[Vec<Event>],
    question: &Question,
    as_of: Instant,
) -> (Counts, BTreeMap<Key, Counts>) {
    let (mut total, mut groups) = (Counts::default(), BTreeMap::new());
    for history in histories {
        let known: Vec<&Event> = history.iter().filter(|event| event.at.micros() < as_of.micros()).collect();
        let Some(key) = heading(&known, question) else { continue };
        count(&known, as_of, &mut total);
        if !question.group_by.is_empty() {
            count(&known, as_of, groups.entry(key).or_default());
        }
    }
    groups.retain(|_, counts| counts.submitted > 0);
    (total, groups)
}

/// Who has it: whoever the last move says.
fn holder(known: &[&Event]) -> Option<AgencyCode> {
    known.iter().rev().find_map(|event| match &event.data {
        EventData::Submitted(submitted) => Some(submitted.routing.agency.clone()),
        EventData::Transferred { to, .. } | EventData::CarriedOver { to, .. } => Some(to.clone()),
        EventData::Returned { .. } => Some(agency("dieu-phoi")),
        EventData::Received {}
        | EventData::Assigned { .. }
        | EventData::Started { .. }
        | EventData::InformationRequested { .. }
        | EventData::Supplemented { .. }
        | EventData::Progressed { .. }
        | EventData::Extended { .. }
        | EventData::AnswerDrafted { .. }
        | EventData::AnswerReturned { .. }
        | EventData::AnswerApproved { .. }
        | EventData::Answered { .. }
        | EventData::Rejected { .. }
        | EventData::Withdrawn { .. }
        | EventData::Merged { .. }
        | EventData::Absorbed { .. }
        | EventData::Noted { .. }
        | EventData::Recategorised { .. }
        | EventData::Published { .. }
        | EventData::Unpublished { .. }
        | EventData::Reopened { .. }
        | EventData::Rated { .. }
        | EventData::Closed {}
        | EventData::DeadlinesSet(_)
        | EventData::Escalated { .. }
        | EventData::Erased { .. } => None,
    })
}

/// Its field: whatever it was given last.
fn field(known: &[&Event]) -> Option<CategoryCode> {
    known.iter().rev().find_map(|event| match &event.data {
        EventData::Submitted(submitted) => Some(submitted.category.clone()),
        EventData::Recategorised { category, .. } => Some(category.clone()),
        EventData::Transferred { .. }
        | EventData::Returned { .. }
        | EventData::Received {}
        | EventData::Assigned { .. }
        | EventData::Started { .. }
        | EventData::InformationRequested { .. }
        | EventData::Supplemented { .. }
        | EventData::Progressed { .. }
        | EventData::Extended { .. }
        | EventData::AnswerDrafted { .. }
        | EventData::AnswerReturned { .. }
        | EventData::AnswerApproved { .. }
        | EventData::Answered { .. }
        | EventData::Rejected { .. }
        | EventData::Withdrawn { .. }
        | EventData::Merged { .. }
        | EventData::Absorbed { .. }
        | EventData::Noted { .. }
        | EventData::Published { .. }
        | EventData::Unpublished { .. }
        | EventData::Reopened { .. }
        | EventData::Rated { .. }
        | EventData::Closed {}
        | EventData::DeadlinesSet(_)
        | EventData::Escalated { .. }
        | EventData::CarriedOver { .. }
        | EventData::Erased { .. } => None,
    })
}

fn level(of: &AgencyCode) -> AgencyLevel {
    AGENCIES.iter().find(|row| row.0 == of.as_str()).unwrap().1
}

/// Under which heading it is counted; `None` if it is not asked for, or not there yet.
fn heading(known: &[&Event], question: &Question) -> Option<Key> {
    let first = known.first()?;
    let EventData::Submitted(submitted) = &first.data else { panic!("{first:?}") };
    let holder = holder(known)?;
    let (level, field) = (level(&holder), field(known)?);
    let filter = &question.filter;
    let asked_for = question.from.is_none_or(|from| first.at >= from)
        && question.to.is_none_or(|to| first.at < to)
        && (filter.agencies.is_empty() || filter.agencies.contains(&holder))
        && (filter.levels.is_empty() || filter.levels.contains(&level))
        && (filter.categories.is_empty() || filter.categories.contains(&field))
        && (filter.channels.is_empty() || filter.channels.contains(&submitted.channel));
    let by = |dimension| question.group_by.contains(&dimension);
    let routing = &submitted.routing;
    // In Việt Nam it is seven hours later.
    let local = chrono::DateTime::from_timestamp_micros(first.at.micros() + 7 * 3_600_000_000).unwrap();
    asked_for.then(|| Key {
        level: by(Dimension::Level).then_some(level),
        agency: by(Dimension::Agency).then_some(holder),
        unit: by(Dimension::Unit).then(|| routing.unit.clone().or(routing.district.clone())),
        category: by(Dimension::Category).then_some(field),
        channel: by(Dimension::Channel).then_some(submitted.channel),
        month: by(Dimension::Month).then(|| local.to_string().chars().take(7).collect()),
    })
}

/// What the events of a petition come to, as far as it is counted.
#[derive(Default)]
struct Sum {
    received: u64,
    reopened: u64,
    answered_at: Option<Instant>,
    due: Option<Instant>,
    asked_at: Option<Instant>,
    rated: Option<RatingLevel>,
    rejected: bool,
    gone: bool,
}

impl Sum {
    fn take(&mut self, event: &Event) {
        match &event.data {
            EventData::Submitted(submitted) => self.due = submitted.deadlines.answer,
            EventData::DeadlinesSet(deadlines) | EventData::Recategorised { deadlines, .. } => {
                self.due = deadlines.answer;
            }
            EventData::Received {} => self.received = 1,
            EventData::InformationRequested { .. } => self.asked_at = Some(event.at),
            EventData::Supplemented { resumed, .. } => self.goes_on(Some(resumed)),
            EventData::Transferred { resumed, .. } | EventData::Returned { resumed, .. } => {
                self.goes_on(resumed.as_ref());
            }
            EventData::Answered { resumed, .. } | EventData::AnswerApproved { resumed, .. } => {
                self.goes_on(resumed.as_ref());
                self.answered_at = Some(event.at);
            }
            EventData::Reopened { deadlines, .. } => {
                (self.reopened, self.answered_at, self.rated, self.due) = (1, None, None, deadlines.answer);
            }
            EventData::Rated { level, .. } => self.rated = Some(*level),
            EventData::Rejected { .. } => self.rejected = true,
            EventData::Withdrawn { .. } | EventData::Merged { .. } => self.gone = true,
            EventData::Assigned { .. }
            | EventData::Started { .. }
            | EventData::Progressed { .. }
            | EventData::Extended { .. }
            | EventData::AnswerDrafted { .. }
            | EventData::AnswerReturned { .. }
            | EventData::Absorbed { .. }
            | EventData::Noted { .. }
            | EventData::Published { .. }
            | EventData::Unpublished { .. }
            | EventData::Closed {}
            | EventData::Escalated { .. }
            | EventData::CarriedOver { .. }
            | EventData::Erased { .. } => {}
        }
    }

    fn goes_on(&mut self, resumed: Option<&Resumed>) {
        self.asked_at = None;
        if let Some(resumed) = resumed {
            self.due = resumed.due_at;
        }
    }
}

fn count(known: &[&Event], as_of: Instant, counts: &mut Counts) {
    let mut sum = Sum::default();
    known.iter().for_each(|event| sum.take(event));
    if sum.gone {
        return;
    }
    counts.submitted += 1;
    counts.reopened += sum.reopened;
    if sum.rejected {
        counts.rejected += 1;
        return;
    }
    counts.received += sum.received;
    if let Some(level) = sum.rated {
        counts.rated += 1;
        match level {
            RatingLevel::Satisfied => counts.satisfied += 1,
            RatingLevel::Acceptable => counts.acceptable += 1,
            RatingLevel::Unsatisfied => counts.unsatisfied += 1,
        }
    }
    match (sum.answered_at, sum.due) {
        (Some(answered_at), Some(due)) if answered_at <= due => {
            counts.answered += 1;
            counts.answered_on_time += 1;
        }
        (Some(_), _) => counts.answered += 1,
        (None, due) => {
            counts.awaiting_citizen += u64::from(sum.asked_at.is_some());
            // What was due before now, and the instant itself is not over; or before the clock was stopped.
            if due.is_some_and(|due| due < as_of && sum.asked_at.is_none_or(|asked_at| due < asked_at)) {
                counts.pending_overdue += 1;
            } else {
                counts.pending_in_time += 1;
            }
        }
    }
}
