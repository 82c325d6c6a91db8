//! The way to an answer: who is on it, what is drafted and approved, and for when it is promised.

use domain::{
    account::Actor,
    calendar::CalendarGap,
    petition::{Answer, Command, CommandKind, EventData, Refusal, Slot, Status},
};

use crate::world::*;

/// A petition at an agency, received; due on 16 March at half past four.
fn received_by(field: &str) -> Story {
    let mut story = Story::begins("2022-03-07 09:00", petition_on(field, "09163"));
    story.then("2022-03-07 10:00", Who::Officer, Command::Receive);
    story
}

const DUE: &str = "2022-03-16 16:30";

#[test]
fn an_assignee_works_at_the_desk_that_has_it() {
    let mut story = received_by("chieu_sang");
    let foreign = Refusal::ForeignAssignee(agency("ubnd-09163"));
    for actor in [
        Actor::Officer(account(41), agency("ubnd-09166")),
        Actor::Leader(account(42), agency("ubnd-256")),
        Actor::Coordinator(account(43)),
        Actor::Steering(account(44)),
        citizen(),
        Actor::System,
    ] {
        assert_eq!(story.refused("2022-03-07 11:00", Who::Leader, assign(Some(actor.clone()))), foreign, "{actor:?}");
        let start = Command::Start { assignee: Some(actor.clone()) };
        assert_eq!(story.refused("2022-03-07 11:00", Who::Leader, start), foreign, "{actor:?}");
    }
    let colleague = Actor::Officer(account(45), agency("ubnd-09163"));
    let assigned = story.then("2022-03-07 11:00", Who::Leader, assign(Some(colleague.clone())));
    assert_eq!(assigned.event.data, EventData::Assigned { assignee: Some(account(45)) });
    assert_eq!(story.petition.assignee, Some(account(45)));
    let again = story.refused("2022-03-07 11:01", Who::Leader, assign(Some(colleague)));
    assert_eq!(again, Refusal::NoEffect(CommandKind::Assign));
    story.then("2022-03-07 11:02", Who::Leader, assign(None));
    assert_eq!(story.petition.assignee, None);
    assert_eq!(story.refused("2022-03-07 11:03", Who::Leader, assign(None)), Refusal::NoEffect(CommandKind::Assign));
}

#[test]
fn who_starts_is_on_it_unless_somebody_else_is() {
    let colleague = || Some(Actor::Officer(account(45), agency("ubnd-09163")));
    let starts = |story: &mut Story, assignee| {
        let started = story.then("2022-03-07 11:00", Who::Officer, Command::Start { assignee });
        let EventData::Started { assignee } = started.event.data else { panic!() };
        (assignee, story.petition.assignee)
    };
    let nobodys = received_by("chieu_sang");
    assert_eq!(starts(&mut nobodys.clone(), None), (Some(account(2)), Some(account(2))));
    assert_eq!(starts(&mut nobodys.clone(), colleague()), (Some(account(45)), Some(account(45))));
    let mut somebodys = nobodys;
    somebodys.then("2022-03-07 10:30", Who::Leader, assign(colleague()));
    assert_eq!(starts(&mut somebodys, None), (None, Some(account(45))));
}

#[test]
fn a_move_leaves_assignee_and_draft_behind() {
    for away in [transfer_to("ubnd-256"), give_back()] {
        let mut story = received_by("xay_dung");
        story.then("2022-03-07 11:00", Who::Officer, start());
        story.then("2022-03-07 12:00", Who::Officer, draft());
        assert_eq!((story.petition.assignee, story.petition.draft), (Some(account(2)), Some(4)));
        story.then("2022-03-07 13:00", Who::Officer, away);
        assert_eq!((story.petition.assignee, story.petition.draft), (None, None));
    }
}

#[test]
fn where_a_leader_approves_the_officer_drafts() {
    let mut story = received_by("xay_dung");
    let refused = story.refused("2022-03-07 11:00", Who::Officer, answer());
    assert_eq!(refused, Refusal::Forbidden(CommandKind::Answer));
    let nothing =
        [Command::ApproveAnswer, send_back()].map(|command| story.refused("2022-03-07 11:00", Who::Leader, command));
    assert_eq!(nothing, [Refusal::NoDraft, Refusal::NoDraft]);

    let drafted = story.then("2022-03-07 12:00", Who::Officer, draft());
    let words = sealed("Dự thảo: đã thay bóng đèn");
    assert_eq!(drafted.event.data, EventData::AnswerDrafted { content: words.digest(), attachments: Vec::new() });
    assert_eq!(drafted.words, [(Slot::Answer, words)]);
    assert_eq!((story.petition.status, story.petition.answer), (Status::Received, None), "nobody was answered yet");
    let own = story.refused("2022-03-07 12:01", Who::Officer, Command::ApproveAnswer);
    assert_eq!(own, Refusal::Forbidden(CommandKind::ApproveAnswer));

    story.then("2022-03-07 13:00", Who::Leader, send_back());
    assert_eq!(story.petition.draft, None);
    assert_eq!(story.refused("2022-03-07 13:01", Who::Leader, Command::ApproveAnswer), Refusal::NoDraft);

    story.then("2022-03-08 09:00", Who::Officer, draft());
    let second = story.then("2022-03-08 10:00", Who::Officer, draft());
    let approved = story.then("2022-03-09 09:00", Who::Leader, Command::ApproveAnswer);
    assert_eq!(approved.event.data, EventData::AnswerApproved { draft: second.event.seq, resumed: None });
    assert_eq!(approved.words, [], "they lie with the draft");
    let given = Answer { seq: second.event.seq, at: at("2022-03-09 09:00") };
    assert_eq!((story.petition.status, story.petition.answer), (Status::Answered, Some(given)));
    assert_eq!(story.petition.draft, None);
}

#[test]
fn it_is_answered_when_the_leader_approves_not_when_it_was_drafted() {
    let mut story = received_by("xay_dung");
    story.then(DUE, Who::Officer, draft());
    let (mut in_time, mut late) = (story.clone(), story);
    in_time.then(DUE, Who::Leader, Command::ApproveAnswer);
    late.attempt(Who::Leader, Command::ApproveAnswer, just_after(at(DUE)), province()).unwrap();
    assert!(in_time.petition.answered_on_time() && !late.petition.answered_on_time());
}

#[test]
fn an_answer_given_past_a_draft_is_the_one_that_stands() {
    let mut story = received_by("xay_dung");
    story.then("2022-03-07 12:00", Who::Officer, draft());
    let given = story.then("2022-03-07 13:00", Who::Leader, answer());
    assert_eq!(story.petition.answer.map(|answer| answer.seq), Some(given.event.seq));
    story.then("2022-03-08 09:00", Who::Owner, reopen());
    assert_eq!(story.refused("2022-03-08 10:00", Who::Leader, Command::ApproveAnswer), Refusal::NoDraft);
}

#[test]
fn an_extension_promises_the_answer_for_later_and_heals_nothing() {
    let mut story = received_by("chieu_sang");
    let extended = story.then("2022-03-10 09:00", Who::Leader, extend("2022-03-25 16:30"));
    let (due_at, reason) = (at("2022-03-25 16:30"), sealed("Chờ vật tư"));
    assert_eq!(extended.event.data, EventData::Extended { due_at, reason: reason.digest() });
    assert_eq!(extended.words, [(Slot::Reason, reason)]);
    let petition = &story.petition;
    assert_eq!((petition.promised_at(), petition.deadlines.answer), (Some(due_at), Some(at(DUE))));
    assert_eq!(petition.extensions, 1);
    assert!(petition.overdue_at(just_after(at(DUE))));

    let (mut in_time, mut late) = (story.clone(), story);
    in_time.then(DUE, Who::Officer, answer());
    late.attempt(Who::Officer, answer(), just_after(at(DUE)), province()).unwrap();
    assert!(in_time.petition.answered_on_time(), "by the deadline all the same");
    assert!(!late.petition.answered_on_time(), "an extension never makes a late answer on time");
}

#[test]
fn an_extension_is_for_later_than_now_and_than_what_was_promised_on_a_day_that_is_known() {
    let mut story = received_by("chieu_sang");
    let not_later = |promised: Option<&str>| Refusal::NotLater { promised: promised.map(at) };
    for (now, to, refusal) in [
        ("2022-03-10 09:00", "2022-03-10 09:00", not_later(None)),
        ("2022-03-10 09:00", "2022-03-09 09:00", not_later(None)),
        ("2022-03-10 09:00", DUE, not_later(Some(DUE))),
        ("2022-03-10 09:00", "2022-03-15 16:30", not_later(Some(DUE))),
        ("2022-03-10 09:00", "2023-01-04 16:30", Refusal::NoCalendar(CalendarGap::Projected { year: 2023 })),
        ("2022-03-20 09:00", "2022-03-18 16:30", not_later(None)),
    ] {
        assert_eq!(story.refused(now, Who::Leader, extend(to)), refusal, "to {to}");
    }
    story.then("2022-03-20 09:00", Who::Leader, extend("2022-03-25 16:30"));
    let shorter = story.refused("2022-03-21 09:00", Who::Leader, extend("2022-03-25 16:30"));
    assert_eq!(shorter, not_later(Some("2022-03-25 16:30")), "no later than the one before");
    story.then("2022-03-21 09:00", Who::Leader, extend("2022-03-28 16:30"));
    assert_eq!(story.petition.extensions, 2);

    let mut without = Story::begins("2022-12-30 16:00", petition_on("chieu_sang", "09163"));
    without.then("2022-12-30 16:10", Who::Officer, Command::Receive);
    let refused = without.attempt(Who::Leader, extend("2023-03-01 16:30"), at("2023-01-04 09:00"), with_2023());
    let gap = CalendarGap::Projected { year: 2023 };
    assert_eq!(refused.unwrap_err(), Refusal::NoCalendar(gap), "there is no deadline yet that could be later");
}

#[test]
fn progress_and_remarks_are_kept_and_stop_no_clock() {
    let mut story = received_by("chieu_sang");
    let before = story.petition.clone();
    let told = story.then("2022-03-08 09:00", Who::Officer, progress());
    let kept = story.then("2022-03-08 10:00", Who::Officer, note());
    assert_eq!(told.words, [(Slot::Message, sealed("Đang chờ vật tư"))]);
    assert_eq!(kept.words, [(Slot::Note, sealed("Đã gọi cho điện lực"))]);
    assert!(kept.event.data.is_internal() && !told.event.data.is_internal());
    let updated_at = at("2022-03-08 10:00");
    assert_eq!(story.petition, domain::petition::Petition { version: 4, updated_at, ..before });
}
