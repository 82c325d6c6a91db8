//! What is overdue rises: to the leader of the desk, and two working days later to the coordinator.

use domain::{
    petition::{Command, CommandKind, Escalation, EventData, Refusal},
    time::Instant,
};

use crate::world::*;

/// Due on Wednesday 16 March 2022, received.
fn received() -> Story {
    let mut story = Story::begins("2022-03-07 09:00", petition_on("chieu_sang", "09163"));
    story.then("2022-03-07 10:00", Who::Officer, Command::Receive);
    story
}

const DUE: &str = "2022-03-16 16:30";

/// To whom it rises at that instant, if it does.
fn rises(story: &mut Story, now: Instant) -> Option<Escalation> {
    match story.attempt(Who::System, Command::Escalate, now, province()) {
        Ok(decision) => {
            let EventData::Escalated { to } = decision.event.data else { panic!() };
            assert_eq!((story.petition.escalated, decision.words), (Some(to), vec![]));
            assert!(story.petition.is_flagged() && story.events.last().unwrap().data.is_internal());
            Some(to)
        }
        Err(refusal) => {
            assert_eq!(refusal, Refusal::NoEffect(CommandKind::Escalate));
            None
        }
    }
}

#[test]
fn first_to_the_leader_then_to_the_coordinator_and_to_nobody_twice() {
    let mut story = received();
    assert_eq!(rises(&mut story, at(DUE)), None, "the last instant is in time");
    assert_eq!(rises(&mut story, just_after(at(DUE))), Some(Escalation::Leader));
    assert_eq!(rises(&mut story, at("2022-03-18 16:30")), None);
    assert_eq!(rises(&mut story, just_after(at("2022-03-18 16:30"))), Some(Escalation::Coordinator));
    assert_eq!(rises(&mut story, at("2022-06-01 09:00")), None);
}

#[test]
fn also_what_nobody_has_acknowledged_rises_and_what_is_answered_does_not() {
    let mut unseen = Story::begins("2022-03-07 09:00", petition_on("chieu_sang", "09163"));
    assert_eq!(rises(&mut unseen, just_after(at(DUE))), Some(Escalation::Leader));
    let mut answered = received();
    answered.then("2022-03-17 09:00", Who::Officer, answer());
    let refusal = answered.refused("2022-03-18 09:00", Who::System, Command::Escalate);
    assert!(matches!(refusal, Refusal::NotAllowed { .. }), "{refusal:?}");
}

#[test]
fn what_the_coordinator_has_rises_to_the_coordinator() {
    let mut story = Story::begins("2022-03-07 09:00", petition_on("khac", "09163"));
    assert_eq!(rises(&mut story, just_after(at(DUE))), Some(Escalation::Coordinator));
    assert_eq!(rises(&mut story, at("2022-06-01 09:00")), None);
}

#[test]
fn an_extension_holds_it_back() {
    let mut before = received();
    before.then("2022-03-15 09:00", Who::Leader, extend("2022-03-25 16:30"));
    assert_eq!(rises(&mut before, at("2022-03-25 16:30")), None, "overdue, but promised for later");
    assert_eq!(rises(&mut before, just_after(at("2022-03-25 16:30"))), Some(Escalation::Leader));

    let mut after = received();
    assert_eq!(rises(&mut after, at("2022-03-17 09:00")), Some(Escalation::Leader));
    after.then("2022-03-18 09:00", Who::Leader, extend("2022-03-25 16:30"));
    assert_eq!(rises(&mut after, at("2022-03-29 16:30")), None, "two working days from what was promised");
    assert_eq!(rises(&mut after, just_after(at("2022-03-29 16:30"))), Some(Escalation::Coordinator));
}

#[test]
fn a_new_desk_begins_anew_and_its_leader_has_as_long() {
    let mut story = received();
    assert_eq!(rises(&mut story, at("2022-03-17 09:00")), Some(Escalation::Leader));
    assert_eq!(rises(&mut story, at("2022-03-21 09:00")), Some(Escalation::Coordinator));
    story.then("2022-03-22 09:00", Who::Coordinator, transfer_to("ubnd-256"));
    assert_eq!((story.petition.escalated, story.petition.is_flagged()), (None, false));
    assert_eq!(rises(&mut story, at("2022-03-22 09:00")), Some(Escalation::Leader));
    assert_eq!(rises(&mut story, at("2022-03-24 16:30")), None);
    assert_eq!(rises(&mut story, just_after(at("2022-03-24 16:30"))), Some(Escalation::Coordinator));
    story.then("2022-03-25 09:00", Who::Officer, give_back());
    assert_eq!(rises(&mut story, at("2022-03-25 10:00")), Some(Escalation::Coordinator));
}

#[test]
fn a_reopened_petition_begins_anew() {
    let mut story = received();
    assert_eq!(rises(&mut story, at("2022-03-17 09:00")), Some(Escalation::Leader));
    story.then("2022-03-17 10:00", Who::Officer, answer());
    story.then("2022-03-18 09:00", Who::Owner, reopen());
    assert_eq!(story.petition.deadlines.answer, Some(at("2022-03-29 16:30")));
    assert_eq!(rises(&mut story, at("2022-03-29 16:30")), None);
    assert_eq!(rises(&mut story, just_after(at("2022-03-29 16:30"))), Some(Escalation::Leader));
}

#[test]
fn while_the_citizen_is_asked_only_what_was_overdue_before_rises() {
    let mut in_time = received();
    in_time.then(DUE, Who::Officer, ask());
    assert_eq!(rises(&mut in_time, at("2022-06-01 09:00")), None);
    let mut late = received();
    late.attempt(Who::Officer, ask(), just_after(at(DUE)), province()).unwrap();
    assert_eq!(rises(&mut late, at("2022-03-17 09:00")), Some(Escalation::Leader));
}

#[test]
fn without_a_deadline_nothing_rises() {
    let mut story = Story::begins("2022-12-30 16:00", petition_on("chieu_sang", "09163"));
    assert_eq!(rises(&mut story, at("2023-06-01 09:00")), None);
}
