//! Figures counted by hand, straight from the events: nothing here uses how the product folds or tallies.

use std::collections::BTreeMap;

use domain::{
    catalogue::AgencyLevel,
    code::AgencyCode,
    petition::{Event, EventData},
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
        EventData::Transferred { to, .. } => Some(to.clone()),
        EventData::Returned { .. } => Some(agency("dieu-phoi")),
        EventData::Received {}
        | EventData::Started {}
        | EventData::Answered { .. }
        | EventData::Rejected { .. }
        | EventData::Withdrawn { .. }
        | EventData::DeadlinesSet(_) => None,
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
    let level = level(&holder);
    let filter = &question.filter;
    let asked_for = question.from.is_none_or(|from| first.at >= from)
        && question.to.is_none_or(|to| first.at < to)
        && (filter.agencies.is_empty() || filter.agencies.contains(&holder))
        && (filter.levels.is_empty() || filter.levels.contains(&level))
        && (filter.categories.is_empty() || filter.categories.contains(&submitted.category))
        && (filter.channels.is_empty() || filter.channels.contains(&submitted.channel));
    let by = |dimension| question.group_by.contains(&dimension);
    let routing = &submitted.routing;
    // In Việt Nam it is seven hours later.
    let local = chrono::DateTime::from_timestamp_micros(first.at.micros() + 7 * 3_600_000_000).unwrap();
    asked_for.then(|| Key {
        level: by(Dimension::Level).then_some(level),
        agency: by(Dimension::Agency).then_some(holder),
        unit: by(Dimension::Unit).then(|| routing.unit.clone().or(routing.district.clone())),
        category: by(Dimension::Category).then(|| submitted.category.clone()),
        channel: by(Dimension::Channel).then_some(submitted.channel),
        month: by(Dimension::Month).then(|| local.to_string().chars().take(7).collect()),
    })
}

fn count(known: &[&Event], as_of: Instant, counts: &mut Counts) {
    let (mut received, mut answered_at, mut due) = (0, None, None);
    let (mut rejected, mut withdrawn) = (false, false);
    for event in known {
        match &event.data {
            EventData::Submitted(submitted) => due = submitted.deadlines.answer,
            EventData::DeadlinesSet(deadlines) => due = deadlines.answer,
            EventData::Received {} => received = 1,
            EventData::Answered { .. } => answered_at = Some(event.at),
            EventData::Rejected { .. } => rejected = true,
            EventData::Withdrawn { .. } => withdrawn = true,
            EventData::Started {} | EventData::Transferred { .. } | EventData::Returned { .. } => {}
        }
    }
    if withdrawn {
        return;
    }
    counts.submitted += 1;
    if rejected {
        counts.rejected += 1;
        return;
    }
    counts.received += received;
    match (answered_at, due) {
        (Some(answered_at), Some(due)) if answered_at <= due => {
            counts.answered += 1;
            counts.answered_on_time += 1;
        }
        (Some(_), _) => counts.answered += 1,
        // What was due before now, and the instant itself is not over.
        (None, Some(due)) if due < as_of => counts.pending_overdue += 1,
        (None, _) => counts.pending_in_time += 1,
    }
}
