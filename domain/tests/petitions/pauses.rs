//! How the clock to answer stands still while the citizen is asked for more, and goes on.

use domain::{
    calendar::CalendarGap,
    petition::{Command, CommandKind, EventData, Refusal, Resumed, Slot, Status},
};

use crate::world::*;

/// A petition of Monday 29 August 2022, received; due after the National Day, on 9 September.
fn received() -> Story {
    let mut story = Story::begins("2022-08-29 09:00", petition_on("chieu_sang", "09163"));
    story.then("2022-08-29 10:00", Who::Officer, Command::Receive);
    assert_eq!(story.petition.deadlines.answer, Some(at("2022-09-09 16:30")));
    story
}

/// 31 August from 14:00, 5 September, and 6 September to 09:00; the 1st and 2nd are days off, then comes a weekend.
const TWELVE_HOURS: u32 = 12 * 3600;

#[test]
fn the_agency_gets_the_office_time_that_it_waited() {
    let mut story = received();
    let asked = story.then("2022-08-31 14:00", Who::Officer, ask());
    let message = sealed("Xin cho biết số cột đèn");
    assert_eq!(asked.event.data, EventData::InformationRequested { message: message.digest() });
    assert_eq!(asked.words, [(Slot::Message, message)]);
    assert_eq!(
        (story.petition.status, story.petition.clock.paused_at),
        (Status::AwaitingCitizen, Some(at("2022-08-31 14:00")))
    );
    assert_eq!(story.petition.deadlines.answer, Some(at("2022-09-09 16:30")), "not known yet by how much it moves");

    let given = story.then("2022-09-06 09:00", Who::Owner, supplement());
    let resumed = Resumed { paused_seconds: TWELVE_HOURS, due_at: Some(at("2022-09-13 11:30")), gap: None };
    let content = sealed("Cột số 12");
    assert_eq!(
        given.event.data,
        EventData::Supplemented { content: content.digest(), attachments: Vec::new(), resumed }
    );
    assert_eq!(given.words, [(Slot::Content, content)]);
    assert_eq!(story.petition.status, Status::InProgress);
    assert_eq!(story.petition.deadlines.answer, Some(at("2022-09-13 11:30")));
    assert_eq!((story.petition.clock.paused_at, story.petition.clock.paused_seconds), (None, TWELVE_HOURS));
}

#[test]
fn pauses_add_up() {
    let mut story = received();
    story.then("2022-08-31 14:00", Who::Officer, ask());
    story.then("2022-09-06 09:00", Who::Owner, supplement());
    story.then("2022-09-06 10:00", Who::Officer, ask());
    story.then("2022-09-06 11:00", Who::Owner, supplement());
    assert_eq!(story.petition.clock.paused_seconds, TWELVE_HOURS + 3600);
    assert_eq!(story.petition.deadlines.answer, Some(at("2022-09-13 13:30")), "an hour of office, over lunch");
}

#[test]
fn a_deadline_that_moves_past_an_extension_is_what_is_promised() {
    let mut story = received();
    story.then("2022-08-31 09:00", Who::Leader, extend("2022-09-12 16:30"));
    assert_eq!(story.petition.promised_at(), Some(at("2022-09-12 16:30")));
    story.then("2022-08-31 14:00", Who::Officer, ask());
    story.then("2022-09-06 09:00", Who::Owner, supplement());
    assert_eq!(story.petition.promised_at(), Some(at("2022-09-13 11:30")));
}

#[test]
fn who_answers_at_a_weekend_costs_no_office_time() {
    let mut story = received();
    story.then("2022-08-31 16:30", Who::Officer, ask());
    story.then("2022-09-05 07:30", Who::Owner, supplement());
    assert_eq!(story.petition.clock.paused_seconds, 0);
    assert_eq!(story.petition.deadlines.answer, Some(at("2022-09-09 16:30")));
}

#[test]
fn while_it_waits_it_does_not_become_overdue() {
    let mut story = received();
    story.then("2022-09-09 16:30", Who::Officer, ask());
    assert!(!story.petition.overdue_at(at("2022-12-01 00:00")), "asked at the last instant");
    story.then("2022-11-01 07:30", Who::Owner, supplement());
    let due = at("2022-10-31 16:30");
    assert_eq!(story.petition.deadlines.answer, Some(due), "nothing was left of its time, and nothing was lost");
    assert!(!story.petition.overdue_at(due) && story.petition.overdue_at(just_after(due)));
}

#[test]
fn what_was_overdue_before_the_question_stays_overdue() {
    let mut story = received();
    story.attempt(Who::Officer, ask(), just_after(at("2022-09-09 16:30")), province()).unwrap();
    assert!(story.petition.overdue_at(at("2022-09-10 09:00")));
    let given = story.then("2022-10-03 09:00", Who::Owner, supplement());
    let EventData::Supplemented { resumed, .. } = given.event.data else { panic!() };
    let nothing = Resumed { paused_seconds: 0, due_at: Some(at("2022-09-09 16:30")), gap: None };
    assert_eq!(resumed, nothing);
    story.then("2022-10-03 10:00", Who::Officer, answer());
    assert!(!story.petition.answered_on_time());
}

#[test]
fn an_answer_a_transfer_or_a_return_lets_the_clock_go_on_as_well() {
    let mut asked = received();
    asked.then("2022-08-31 14:00", Who::Officer, ask());
    for command in [answer(), transfer_to("ubnd-256"), give_back()] {
        let mut story = asked.clone();
        let decision = story.then("2022-09-06 09:00", Who::Officer, command);
        let (EventData::Answered { resumed, .. }
        | EventData::Transferred { resumed, .. }
        | EventData::Returned { resumed, .. }) = decision.event.data
        else {
            panic!()
        };
        assert_eq!(resumed.map(|resumed| resumed.paused_seconds), Some(TWELVE_HOURS));
        assert_eq!(story.petition.deadlines.answer, Some(at("2022-09-13 11:30")));
        assert_eq!(story.petition.clock.paused_at, None);
    }
}

#[test]
fn an_answer_to_a_citizen_who_said_nothing_is_in_time() {
    let mut story = received();
    story.then("2022-08-31 14:00", Who::Officer, ask());
    story.then("2022-10-31 09:00", Who::Officer, answer());
    assert!(story.petition.answered_on_time());
}

#[test]
fn only_a_question_can_be_answered_and_only_once() {
    let mut story = received();
    let nothing_asked = story.refused("2022-08-31 13:00", Who::Owner, supplement());
    assert!(matches!(nothing_asked, Refusal::NotAllowed { command: CommandKind::Supplement, .. }));
    story.then("2022-08-31 14:00", Who::Officer, ask());
    let twice = story.refused("2022-08-31 15:00", Who::Officer, ask());
    assert!(
        matches!(twice, Refusal::NotAllowed { command: CommandKind::RequestInformation, .. }),
        "it stands still once"
    );
    story.then("2022-09-06 09:00", Who::Owner, supplement());
    let again = story.refused("2022-09-06 09:01", Who::Owner, supplement());
    assert!(matches!(again, Refusal::NotAllowed { .. }));
}

#[test]
fn what_would_be_due_beyond_the_calendar_is_counted_when_it_reaches() {
    let mut story = Story::begins("2022-12-20 09:00", petition_on("chieu_sang", "09163"));
    story.then("2022-12-20 10:00", Who::Officer, Command::Receive);
    story.then("2022-12-28 07:30", Who::Officer, ask());
    story.then("2022-12-30 16:30", Who::Owner, supplement());
    let gap = CalendarGap::Projected { year: 2023 };
    assert_eq!((story.petition.deadlines.answer, story.petition.deadlines.gap), (None, Some(gap)));
    assert_eq!(story.petition.clock.paused_seconds, 3 * 8 * 3600);
    story.attempt(Who::System, Command::SetDeadlines, at("2023-01-03 03:00"), with_2023()).unwrap();
    assert_eq!(story.petition.deadlines.answer, Some(at("2023-01-04 16:30")), "due on the 29th, and three days");
    assert_eq!(story.petition.deadlines.gap, None);
}
