//! What holds for any history, whoever tried whatever at whatever time.

use std::collections::BTreeSet;

use domain::{
    chain::{Digest, canonical},
    code::AgencyCode,
    petition::{CommandKind, Event, EventData, Refusal, Status, may, replay, sees},
};
use proptest::{prelude::*, sample::Index, strategy::ValueTree, test_runner::TestRunner};

use crate::{
    chance::{Tried, life},
    world::*,
};

/// Every change of status there is.
const EDGES: [(Status, CommandKind, Status); 20] = {
    use {CommandKind as C, Status as S};
    [
        (S::Submitted, C::Receive, S::Received),
        (S::Received, C::Start, S::InProgress),
        (S::Received, C::Answer, S::Answered),
        (S::InProgress, C::Answer, S::Answered),
        (S::Submitted, C::Transfer, S::Submitted),
        (S::Received, C::Transfer, S::Submitted),
        (S::InProgress, C::Transfer, S::Submitted),
        (S::Submitted, C::Return, S::Submitted),
        (S::Received, C::Return, S::Submitted),
        (S::InProgress, C::Return, S::Submitted),
        (S::Submitted, C::Reject, S::Rejected),
        (S::Received, C::Reject, S::Rejected),
        (S::InProgress, C::Reject, S::Rejected),
        (S::Submitted, C::Withdraw, S::Withdrawn),
        (S::Received, C::Withdraw, S::Withdrawn),
        (S::InProgress, C::Withdraw, S::Withdrawn),
        (S::Submitted, C::SetDeadlines, S::Submitted),
        (S::Received, C::SetDeadlines, S::Received),
        (S::InProgress, C::SetDeadlines, S::InProgress),
        (S::Answered, C::SetDeadlines, S::Answered),
    ]
};

#[test]
fn the_diagram_in_the_documentation_shows_these_edges() {
    let source = include_str!("../../src/petition/mod.rs");
    let arrows = source.lines().filter_map(|line| line.strip_prefix("//!     ")?.split_once(" --> "));
    let drawn: BTreeSet<(Status, CommandKind, Status)> = arrows
        .filter_map(|(from, rest)| Some((Status::parse(from)?, rest.split_once(": ")?)))
        .flat_map(|(from, (to, commands))| commands.split(", ").map(move |command| (from, command, to)))
        .map(|(from, command, to)| (from, CommandKind::parse(command).unwrap(), Status::parse(to).unwrap()))
        .collect();
    let changes = EDGES.into_iter().filter(|edge| edge.1 != CommandKind::SetDeadlines);
    assert_eq!(drawn, changes.collect());
}

/// A step was taken if, and only if, all the rules let it be, and a refusal names the first rule that did not.
fn check(tried: &Tried<'_>) {
    let (before, after) = (&tried.before.petition, &tried.after.petition);
    let (actor, kind) = (tried.step.who.actor(before), tried.step.command.kind());
    let (seen, theirs, open) = (sees(before, &actor), may(before, &actor, kind), before.status.allows(kind));
    assert_eq!(
        seen,
        !is_stranger(tried.step.who, &before.holder),
        "{:?} and what {} has",
        tried.step.who,
        before.holder
    );
    match &tried.outcome {
        Ok(words) => {
            assert!(seen && theirs && open, "{kind} by {actor:?} while {}", before.status);
            assert!(
                EDGES.contains(&(before.status, kind, after.status)),
                "{} -{kind}-> {}",
                before.status,
                after.status
            );
            let event = tried.after.events.last().unwrap();
            assert_eq!((event.petition, event.seq, after.version), (before.id, before.version + 1, event.seq));
            assert_eq!((event.actor.account, event.actor.role), (actor.account(), actor.role()));
            assert!(event.at >= before.updated_at && event.at == after.updated_at);
            let named: Vec<Digest> = event.data.digests().into_iter().map(|(_, digest)| digest).collect();
            assert_eq!(*words, named, "every text is named by its digest, and no other");
            moved(&event.data, &before.holder, &after.holder);
            if kind != CommandKind::SetDeadlines {
                assert_eq!(before.deadlines.answer, after.deadlines.answer, "the promise to the citizen stays");
            }
        }
        Err(refusal) => {
            assert_eq!((before, &tried.before.events), (after, &tried.after.events));
            let expected = match refusal {
                Refusal::Hidden => !seen,
                Refusal::Forbidden(_) => seen && !theirs,
                Refusal::NotAllowed { .. } => theirs && !open,
                Refusal::UnknownAgency(_) | Refusal::AgencyWithoutStaff(_) | Refusal::SameAgency(_) => {
                    theirs && open && kind == CommandKind::Transfer
                }
                Refusal::UnknownCategory(_) => false,
            };
            assert!(expected, "{refusal:?}: {kind} by {actor:?} while {}", before.status);
        }
    }
}

fn is_stranger(who: Who, holder: &AgencyCode) -> bool {
    match who {
        Who::Owner | Who::Officer | Who::Leader | Who::Coordinator | Who::System => false,
        Who::OtherCitizen | Who::Steering | Who::Admin => true,
        Who::OfficerOf(desk) => *holder != agency(desk),
    }
}

/// A petition moves by a transfer or a return alone; those move it, and to a desk where it will be seen.
fn moved(data: &EventData, from: &AgencyCode, to: &AgencyCode) {
    let coordinator = AgencyCode::coordinator();
    match data {
        EventData::Transferred { to: named, asked, .. } => {
            assert!(from != to && named == to);
            assert!(*to == coordinator || asked.is_none() && province().directory.is_staffed(to));
        }
        EventData::Returned { .. } => assert!(*from != coordinator && *to == coordinator),
        EventData::Submitted(_)
        | EventData::Received {}
        | EventData::Started {}
        | EventData::Answered { .. }
        | EventData::Rejected { .. }
        | EventData::Withdrawn { .. }
        | EventData::DeadlinesSet(_) => assert_eq!(from, to),
    }
}

fn head(events: &[Event]) -> Digest {
    events.iter().fold(Digest::ZERO, |previous, event| event.hash(&previous).unwrap())
}

/// As the documentation has it: SHA-256 over the hash before and the canonical form.
fn head_of(forms: &[Vec<u8>]) -> Digest {
    forms.iter().fold(Digest::ZERO, |previous, form| Digest::of(&[previous.as_bytes(), form]))
}

fn has_fractions(value: &serde_json::Value) -> bool {
    match value {
        serde_json::Value::Number(number) => number.is_f64(),
        serde_json::Value::Array(values) => values.iter().any(has_fractions),
        serde_json::Value::Object(fields) => fields.values().any(has_fractions),
        serde_json::Value::Null | serde_json::Value::Bool(_) | serde_json::Value::String(_) => false,
    }
}

proptest! {
    #[test]
    fn what_is_done_was_allowed_and_what_is_refused_leaves_no_trace(life in life()) {
        let story = life.lived(|tried| check(&tried));
        prop_assert_eq!(usize::try_from(story.petition.version)?, story.events.len());
        prop_assert!(story.events.iter().map(|event| event.at).is_sorted());
    }

    #[test]
    fn replaying_the_events_gives_the_petition_at_every_step(life in life()) {
        let mut steps = Vec::new();
        let story = life.lived(|tried| steps.push((tried.after.events.len(), tried.after.petition.clone())));
        for (count, petition) in steps {
            prop_assert_eq!(replay(&story.events[..count]), Ok(petition));
        }
        prop_assert_eq!(replay(&story.events), Ok(story.petition));
        for missing in 0..story.events.len() - 1 {
            let events = story.events.iter().enumerate().filter(|(index, _)| *index != missing).map(|(_, event)| event);
            prop_assert!(replay(events).is_err(), "without event {}", missing + 1);
        }
    }

    #[test]
    fn an_event_reads_back_as_it_was_written(life in life()) {
        for event in life.lived(|_| {}).events {
            let json = serde_json::to_value(&event)?;
            prop_assert!(!has_fractions(&json), "{json}");
            let form = canonical(&event)?;
            prop_assert_eq!(&serde_json::from_value::<Event>(json)?, &event);
            prop_assert_eq!(&serde_json::from_str::<Event>(&form)?, &event);

            let (kind, data) = event.data.to_parts()?;
            prop_assert_eq!(canonical(&serde_json::from_str::<serde_json::Value>(&data)?)?, data.as_str());
            let in_the_form = [format!(r#""data":{data},"#), format!(r#""type":"{kind}"}}"#)];
            prop_assert!(in_the_form.iter().all(|part| form.contains(part)), "{form}");
            prop_assert_eq!(EventData::from_parts(&kind, &data)?, event.data);
        }
    }

    #[test]
    fn the_chain_shows_any_change(life in life(), which: Index, byte: Index, flipped in 1..=u8::MAX) {
        let events = life.lived(|_| {}).events;
        let forms: Vec<Vec<u8>> = events.iter().map(|event| canonical(event).unwrap().into_bytes()).collect();
        let whole = head(&events);
        prop_assert_eq!(whole, head_of(&forms));

        let mut changed = forms.clone();
        let form = which.get(&forms);
        changed[which.index(forms.len())][byte.index(form.len())] ^= flipped;
        prop_assert_ne!(head_of(&changed), whole);

        let mut shortened = forms;
        shortened.remove(which.index(events.len()));
        prop_assert_ne!(head_of(&shortened), whole);
    }
}

#[test]
fn chance_tries_everything() {
    let (mut edges, mut refusals) = (BTreeSet::new(), BTreeSet::new());
    let (mut runner, lives) = (TestRunner::deterministic(), life());
    for _ in 0..500 {
        lives.new_tree(&mut runner).unwrap().current().lived(|tried| {
            let kind = tried.step.command.kind();
            match tried.outcome {
                Ok(_) => edges.insert((tried.before.petition.status, kind, tried.after.petition.status)),
                Err(refusal) => refusals.insert(format!("{refusal:?}").split(['(', ' ']).next().unwrap().to_owned()),
            };
        });
    }
    assert_eq!(edges, EDGES.into());
    let seen: Vec<&str> = refusals.iter().map(String::as_str).collect();
    assert_eq!(seen, ["AgencyWithoutStaff", "Forbidden", "Hidden", "NotAllowed", "SameAgency", "UnknownAgency"]);
}
