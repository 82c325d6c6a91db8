//! What the citizen may do with an answer: reopen, rate, close; and what follows when nothing is done.

use domain::petition::{AnswerClock, Command, CommandKind, EventData, RatingLevel, Refusal, Slot, Status};

use crate::world::*;

/// Answered on Thursday 10 March 2022; the time to reopen it is fifteen days, to the end of the 25th.
fn answered() -> Story {
    let mut story = Story::begins("2022-03-07 09:00", petition_on("chieu_sang", "09163"));
    story.then("2022-03-07 10:00", Who::Officer, Command::Receive);
    story.then("2022-03-10 15:00", Who::Officer, answer());
    story
}

const LAST_INSTANT: &str = "2022-03-25 23:59:59.999999";
const OVER: &str = "2022-03-26 00:00";

#[test]
fn the_answer_stops_counting_and_the_clock_begins_anew() {
    let mut story = answered();
    story.then("2022-03-11 08:00", Who::Owner, rate(RatingLevel::Unsatisfied));
    let before = story.petition.clone();
    let reopened = story.then("2022-03-14 09:00", Who::Owner, reopen());
    let EventData::Reopened { reason, deadlines } = reopened.event.data else { panic!() };
    assert_eq!((reason, reopened.words), (sealed("Đèn lại tắt").digest(), vec![(Slot::Reason, sealed("Đèn lại tắt"))]));
    assert_eq!((deadlines.answer, deadlines.gap), (Some(at("2022-03-23 16:30")), None));
    assert_eq!(deadlines.receive, before.deadlines.receive, "it was acknowledged");

    let petition = &story.petition;
    assert_eq!((petition.status, petition.answer, petition.rating), (Status::Received, None, None));
    assert_eq!((petition.reopenings, &petition.holder), (1, &before.holder));
    assert_eq!((petition.received_at, &petition.deadlines), (before.received_at, &deadlines));
    let began_at = at("2022-03-14 09:00");
    let clock = AnswerClock { began_at, paused_at: None, paused_seconds: 0, extended_to: None };
    assert_eq!(petition.clock, clock);
    assert!(!petition.answered_on_time());

    story.then("2022-03-23 16:30", Who::Officer, answer());
    assert!(story.petition.answered_on_time(), "by its own deadline");
}

#[test]
fn a_reopened_petition_forgets_the_pauses_and_extensions_of_its_first_clock() {
    let mut story = Story::begins("2022-03-07 09:00", petition_on("chieu_sang", "09163"));
    story.then("2022-03-07 10:00", Who::Officer, Command::Receive);
    story.then("2022-03-08 07:30", Who::Officer, ask());
    story.then("2022-03-09 07:30", Who::Owner, supplement());
    story.then("2022-03-09 08:00", Who::Leader, extend("2022-04-29 16:30"));
    story.then("2022-03-10 15:00", Who::Officer, answer());
    story.then("2022-03-14 09:00", Who::Owner, reopen());
    assert_eq!(story.petition.promised_at(), Some(at("2022-03-23 16:30")));
    let refusal = story.refused("2022-03-15 03:00", Who::System, Command::SetDeadlines);
    assert_eq!(refusal, Refusal::NoEffect(CommandKind::SetDeadlines), "a recount counts from the reopening as well");
}

#[test]
fn the_window_is_open_to_the_last_instant_of_its_last_day() {
    for close in [false, true] {
        let mut story = answered();
        if close {
            story.then("2022-03-11 09:00", Who::Owner, Command::Close);
        }
        let over = story.refused(OVER, Who::Owner, reopen());
        assert_eq!(over, Refusal::WindowOver { ended_at: at(OVER) });
        story.then(LAST_INSTANT, Who::Owner, reopen());
        assert_eq!(story.petition.status, Status::Received, "closed before: {close}");
    }
}

#[test]
fn the_window_counts_from_the_answer_that_stands() {
    let mut story = answered();
    story.then("2022-03-14 09:00", Who::Owner, reopen());
    story.then("2022-03-23 09:00", Who::Officer, answer());
    story.then("2022-04-07 23:59", Who::Owner, reopen());
    assert_eq!(story.petition.reopenings, 2);
}

#[test]
fn the_citizen_closes_at_any_time_and_the_system_when_the_window_is_over() {
    let mut story = answered();
    let early = story.refused(LAST_INSTANT, Who::System, Command::Close);
    assert_eq!(early, Refusal::NoEffect(CommandKind::Close));
    for (now, who) in [("2022-03-10 15:01", Who::Owner), (OVER, Who::System), (OVER, Who::Owner)] {
        let mut story = story.clone();
        let closed = story.then(now, who, Command::Close);
        assert_eq!((closed.event.data, story.petition.status), (EventData::Closed {}, Status::Closed));
        assert!(story.petition.answered_on_time(), "a closed petition has its answer");
    }
}

#[test]
fn the_days_asked_of_the_log_are_those_of_the_rule() {
    let policy = province().policy;
    let answered_at = at("2022-03-10 15:00");
    assert_eq!(policy.reopening_ends(answered_at), at(OVER));
    assert!(answered_at >= policy.reopening_ended_for_answers_before(at(LAST_INSTANT)), "not yet");
    assert!(answered_at < policy.reopening_ended_for_answers_before(at(OVER)));
    for hour in 0..24 * 20 {
        let answered_at = at("2022-03-01 00:00").plus(chrono::Duration::hours(hour));
        for now in [LAST_INSTANT, OVER, "2022-03-20 12:00"].map(at) {
            let over = policy.reopening_ends(answered_at) <= now;
            assert_eq!(over, answered_at < policy.reopening_ended_for_answers_before(now), "{answered_at} {now}");
        }
    }
}

#[test]
fn an_answer_is_rated_once_and_the_next_one_again() {
    let mut story = answered();
    let comment = sealed("Nhanh");
    let level = RatingLevel::Satisfied;
    let rated = story.then("2022-03-11 09:00", Who::Owner, Command::Rating { level, comment: Some(comment.clone()) });
    assert_eq!(rated.event.data, EventData::Rated { level, comment: Some(comment.digest()) });
    assert_eq!(rated.words, [(Slot::Comment, comment)]);
    assert_eq!(story.petition.rating.map(|rating| (rating.seq, rating.level)), Some((4, level)));
    let again = story.refused("2022-03-11 10:00", Who::Owner, rate(RatingLevel::Unsatisfied));
    assert_eq!(again, Refusal::AlreadyRated);
    story.then("2022-03-11 11:00", Who::Owner, Command::Close);
    let closed = story.refused("2022-03-11 12:00", Who::Owner, rate(RatingLevel::Unsatisfied));
    assert_eq!(closed, Refusal::AlreadyRated, "to close it makes it no other answer");

    story.then("2022-03-14 09:00", Who::Owner, reopen());
    let open = story.refused("2022-03-14 10:00", Who::Owner, rate(RatingLevel::Unsatisfied));
    assert!(matches!(open, Refusal::NotAllowed { .. }), "{open:?}");
    story.then("2022-03-15 09:00", Who::Officer, answer());
    story.then("2022-06-01 09:00", Who::Owner, rate(RatingLevel::Unsatisfied));
    assert_eq!(story.petition.rating.map(|rating| rating.level), Some(RatingLevel::Unsatisfied));
}
