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
    invariants::after_a_step,
    world::*,
};

/// Every change of status there is, a move to another desk included; all other commands leave it as it is.
const EDGES: [(Status, CommandKind, Status); 34] = {
    use {CommandKind as C, Status as S};
    [
        (S::Submitted, C::Receive, S::Received),
        (S::Received, C::Start, S::InProgress),
        (S::Received, C::RequestInformation, S::AwaitingCitizen),
        (S::InProgress, C::RequestInformation, S::AwaitingCitizen),
        (S::AwaitingCitizen, C::Supplement, S::InProgress),
        (S::Received, C::Answer, S::Answered),
        (S::Received, C::ApproveAnswer, S::Answered),
        (S::InProgress, C::Answer, S::Answered),
        (S::InProgress, C::ApproveAnswer, S::Answered),
        (S::AwaitingCitizen, C::Answer, S::Answered),
        (S::AwaitingCitizen, C::ApproveAnswer, S::Answered),
        (S::Submitted, C::Transfer, S::Submitted),
        (S::Submitted, C::Return, S::Submitted),
        (S::Received, C::Transfer, S::Submitted),
        (S::Received, C::Return, S::Submitted),
        (S::InProgress, C::Transfer, S::Submitted),
        (S::InProgress, C::Return, S::Submitted),
        (S::AwaitingCitizen, C::Transfer, S::Submitted),
        (S::AwaitingCitizen, C::Return, S::Submitted),
        (S::Submitted, C::Reject, S::Rejected),
        (S::Received, C::Reject, S::Rejected),
        (S::InProgress, C::Reject, S::Rejected),
        (S::AwaitingCitizen, C::Reject, S::Rejected),
        (S::Submitted, C::Merge, S::Merged),
        (S::Received, C::Merge, S::Merged),
        (S::InProgress, C::Merge, S::Merged),
        (S::AwaitingCitizen, C::Merge, S::Merged),
        (S::Submitted, C::Withdraw, S::Withdrawn),
        (S::Received, C::Withdraw, S::Withdrawn),
        (S::InProgress, C::Withdraw, S::Withdrawn),
        (S::AwaitingCitizen, C::Withdraw, S::Withdrawn),
        (S::Answered, C::Close, S::Closed),
        (S::Answered, C::Reopen, S::Received),
        (S::Closed, C::Reopen, S::Received),
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
    assert_eq!(drawn, EDGES.into());
}

/// Where a command leads from a status: along its edge, or nowhere.
fn leads_to(from: Status, kind: CommandKind) -> Status {
    EDGES.into_iter().find(|edge| (edge.0, edge.1) == (from, kind)).map_or(from, |edge| edge.2)
}

/// A step was taken if, and only if, all the rules let it be, and a refusal names the first rule that did not.
fn check(tried: &Tried<'_>) {
    let (before, after) = (&tried.before.petition, &tried.after.petition);
    let (actor, kind) = (tried.step.who.actor(before), tried.step.command.kind());
    let directory = &province().directory;
    let (seen, theirs, open) =
        (sees(before, &actor, directory), may(before, &actor, kind, directory), before.status.allows(kind));
    let stranger = is_stranger(tried.step.who, &before.holder);
    assert_eq!(seen, !stranger, "{:?} and what {} has", tried.step.who, before.holder);
    match &tried.outcome {
        Ok(words) => {
            assert!(seen && theirs && open, "{kind} by {actor:?} while {}", before.status);
            assert_eq!(after.status, leads_to(before.status, kind), "{kind} while {}", before.status);
            let event = tried.after.events.last().unwrap();
            assert_eq!((event.petition, event.seq, after.version), (before.id, before.version + 1, event.seq));
            assert_eq!((event.actor.account, event.actor.role), (actor.account(), actor.role()));
            assert!(event.at >= before.updated_at && event.at == after.updated_at);
            let named: Vec<Digest> = event.data.digests().into_iter().map(|(_, digest)| digest).collect();
            assert_eq!(*words, named, "every text is named by its digest, and no other");
            after_a_step(tried);
        }
        Err(refusal) => {
            assert_eq!((before, &tried.before.events), (after, &tried.after.events));
            let expected = match refusal {
                Refusal::Hidden => !seen,
                Refusal::Forbidden(_) => seen && !theirs,
                Refusal::NotAllowed { .. } => theirs && !open,
                Refusal::UnknownAgency(_)
                | Refusal::AgencyWithoutStaff(_)
                | Refusal::SameAgency(_)
                | Refusal::UnknownCategory(_)
                | Refusal::ForeignAssignee(_)
                | Refusal::NotLater { .. }
                | Refusal::NoCalendar(_)
                | Refusal::LongerDeadline
                | Refusal::NoDraft
                | Refusal::WindowOver { .. }
                | Refusal::AlreadyRated
                | Refusal::NotMergeable(_)
                | Refusal::OthersWait
                | Refusal::NoEffect(_) => theirs && open && is_about_details_of(kind, refusal),
            };
            assert!(expected, "{refusal:?}: {kind} by {actor:?} while {}", before.status);
        }
    }
}

/// Whether a command has details that can be wrong in that way.
fn is_about_details_of(kind: CommandKind, refusal: &Refusal) -> bool {
    use CommandKind as C;
    match refusal {
        Refusal::UnknownAgency(_) | Refusal::AgencyWithoutStaff(_) | Refusal::SameAgency(_) => kind == C::Transfer,
        Refusal::UnknownCategory(_) | Refusal::LongerDeadline => kind == C::Recategorise,
        Refusal::ForeignAssignee(_) => matches!(kind, C::Assign | C::Start),
        Refusal::NotLater { .. } | Refusal::NoCalendar(_) => kind == C::Extend,
        Refusal::NoDraft => matches!(kind, C::ApproveAnswer | C::ReturnAnswer),
        Refusal::WindowOver { .. } => kind == C::Reopen,
        Refusal::AlreadyRated => kind == C::Rating,
        Refusal::NotMergeable(_) => kind == C::Merge,
        Refusal::OthersWait => kind == C::Withdraw,
        Refusal::NoEffect(named) => {
            let without = [C::Assign, C::Recategorise, C::Unpublish, C::Close, C::SetDeadlines, C::Escalate];
            *named == kind && without.contains(&kind)
        }
        Refusal::Hidden | Refusal::Forbidden(_) | Refusal::NotAllowed { .. } => false,
    }
}

fn is_stranger(who: Who, holder: &AgencyCode) -> bool {
    match who {
        Who::Owner | Who::Officer | Who::Leader | Who::Coordinator | Who::System => false,
        Who::OtherCitizen | Who::Steering | Who::Admin => true,
        Who::OfficerOf(desk) => *holder != agency(desk),
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
    let (mut taken, mut refusals) = (BTreeSet::new(), BTreeSet::new());
    let (mut runner, lives) = (TestRunner::deterministic(), life());
    for _ in 0..6000 {
        lives.new_tree(&mut runner).unwrap().current().lived(|tried| {
            match tried.outcome {
                Ok(_) => taken.insert((tried.before.petition.status, tried.step.command.kind())),
                Err(refusal) => refusals.insert(format!("{refusal:?}").split(['(', ' ']).next().unwrap().to_owned()),
            };
        });
    }
    let allowed = Status::ALL.iter().flat_map(|status| status.commands().iter().map(move |kind| (*status, *kind)));
    assert_eq!(taken, allowed.collect());
    let seen: Vec<&str> = refusals.iter().map(String::as_str).collect();
    let all = "AgencyWithoutStaff AlreadyRated Forbidden ForeignAssignee Hidden LongerDeadline NoCalendar NoDraft NoEffect \
               NotAllowed NotLater NotMergeable SameAgency UnknownAgency UnknownCategory WindowOver";
    assert_eq!(seen.join(" "), all);
}
