//! Petitions that come in when the calendar does not reach far enough, and get their deadlines later.

use domain::{
    calendar::{CalendarGap, DayKind, WorkingCalendar, YearStatus},
    catalogue::Catalogue,
    deadline::Deadlines,
    petition::{Command, CommandKind, EventData, Refusal},
    time::Instant,
};

use crate::world::*;

const PROJECTED: CalendarGap = CalendarGap::Projected { year: 2023 };

fn sent(now: &str) -> Story {
    Story::begins(now, petition_on("chieu_sang", "09163"))
}

/// Both deadlines, empty for none, and the gap.
fn both(receive: &str, answer: &str, gap: Option<CalendarGap>) -> Deadlines {
    let some = |text: &str| (!text.is_empty()).then(|| at(text));
    Deadlines { receive: some(receive), answer: some(answer), gap }
}

/// What the system does once the calendar was mended.
#[track_caller]
fn mended(story: &mut Story, now: &str, catalogue: &Catalogue) -> Deadlines {
    let decision = story.attempt(Who::System, Command::SetDeadlines, at(now), catalogue).unwrap();
    assert!(decision.words.is_empty());
    assert_eq!(decision.event.actor.account, None);
    assert_eq!(decision.event.data, EventData::DeadlinesSet(story.petition.deadlines.clone()));
    story.petition.deadlines.clone()
}

#[test]
fn beyond_the_calendar_a_petition_is_stored_without_a_deadline_and_says_why() {
    for (now, expected) in [
        ("2022-12-20 10:00", both("2022-12-21 10:00", "2022-12-29 16:30", None)),
        ("2022-12-21 10:00", both("2022-12-22 10:00", "2022-12-30 16:30", None)), // the last day that is known
        ("2022-12-22 10:00", both("2022-12-23 10:00", "", Some(PROJECTED))),
        ("2022-12-30 16:00", both("", "", Some(PROJECTED))),
        ("2023-02-01 09:00", both("", "", Some(PROJECTED))),
        ("2024-05-02 09:00", both("", "", Some(CalendarGap::NotLoaded { year: 2024 }))),
    ] {
        assert_eq!(sent(now).petition.deadlines, expected, "{now}");
    }
}

#[test]
fn without_a_deadline_nothing_is_overdue_and_no_answer_in_time() {
    let mut story = sent("2022-12-30 16:00");
    assert!(!story.petition.overdue_at(at("2030-01-01 00:00")));
    story.then("2022-12-30 16:10", Who::Officer, Command::Receive);
    story.then("2022-12-30 16:20", Who::Officer, answer());
    assert!(!story.petition.answered_on_time());
}

#[test]
fn when_the_calendar_is_mended_the_system_gives_the_deadlines_counted_from_the_submission() {
    for (now, expected) in [
        ("2022-12-22 10:00", both("2022-12-23 10:00", "2023-01-03 16:30", None)),
        ("2022-12-30 16:00", both("2023-01-03 16:00", "2023-01-11 16:30", None)),
        ("2023-01-19 07:30", both("2023-01-19 16:30", "2023-02-06 16:30", None)), // Tết, from the 20th to the 26th
    ] {
        let mut story = sent(now);
        story.then(now, Who::Officer, Command::Receive);
        let status = story.petition.status;
        assert_eq!(mended(&mut story, "2023-02-15 03:00", with_2023()), expected, "{now}");
        assert_eq!(story.petition.status, status);
        assert_eq!(story.petition.updated_at, at("2023-02-15 03:00"));
        assert!(story.petition.overdue_at(at("2023-02-15 03:00")), "the promise counts from the submission");
    }
}

#[test]
fn deadlines_are_the_systems_to_give_and_only_where_somebody_is_judged_by_them() {
    let mut story = sent("2022-12-30 16:00");
    let now = at("2023-01-04 08:00");
    for who in [Who::Owner, Who::Officer, Who::Leader, Who::Coordinator] {
        let refusal = story.attempt(who, Command::SetDeadlines, now, with_2023()).unwrap_err();
        assert_eq!(refusal, Refusal::Forbidden(CommandKind::SetDeadlines), "{who:?}");
    }
    story.then("2023-01-04 09:00", Who::Owner, withdraw());
    let refusal = story.attempt(Who::System, Command::SetDeadlines, now, with_2023()).unwrap_err();
    assert!(matches!(refusal, Refusal::NotAllowed { .. }), "{refusal:?}");
}

#[test]
fn a_field_that_can_no_longer_be_chosen_still_has_its_allowance() {
    let send_in =
        |catalogue: &Catalogue, now: Instant| Story::submitted(petition_on("gia_cu", "09163"), now, catalogue);
    let nothing_confirmed = catalogue(calendar(&[(2022, YearStatus::Projected)]));
    let mut story = send_in(&nothing_confirmed, at("2022-02-28 09:00")).unwrap();
    assert_eq!(story.petition.deadlines.gap, Some(CalendarGap::Projected { year: 2022 }));
    let expected = both("2022-03-01 09:00", "2022-03-09 16:30", None);
    assert_eq!(mended(&mut story, "2022-03-02 03:00", province()), expected);
}

#[test]
fn the_desk_a_petition_was_passed_to_has_its_own_time_also_beyond_the_calendar() {
    let mut story = sent("2022-12-20 10:00");
    story.then("2022-12-21 14:00", Who::Officer, transfer_to("ubnd-256"));
    assert_eq!(story.petition.deadlines, both("2022-12-22 14:00", "2022-12-29 16:30", None));
    story.then("2022-12-30 16:00", Who::Officer, give_back());
    let answer = story.petition.deadlines.answer;
    assert_eq!((story.petition.deadlines.receive, answer), (None, Some(at("2022-12-29 16:30"))), "the promise stays");

    let expected = both("2023-01-03 16:00", "2022-12-29 16:30", None);
    assert_eq!(mended(&mut story, "2023-01-10 03:00", with_2023()), expected, "counted from when it came there");
}

#[test]
fn what_the_desk_was_told_when_it_came_stays() {
    let mut story = sent("2022-12-22 10:00");
    story.then("2022-12-23 07:30", Who::Officer, transfer_to("ubnd-256"));
    assert_eq!(story.petition.deadlines, both("2022-12-23 16:30", "", Some(PROJECTED)));
    story.then("2022-12-23 09:00", Who::Officer, Command::Receive);
    let expected = both("2022-12-23 16:30", "2023-01-03 16:30", None);
    assert_eq!(mended(&mut story, "2023-01-02 03:00", with_2023()), expected);
}

/// The province after a day off was announced that nobody had known of.
fn with_a_day_off(text: &str) -> Catalogue {
    let days_off = DAYS_OFF.split_whitespace().chain([text]).map(|text| (day(text), DayKind::Holiday));
    let years = [2022, 2023].map(|year| (year, YearStatus::Confirmed));
    catalogue(WorkingCalendar::new(days_off, years, province().calendar.hours().clone()))
}

#[test]
fn a_change_of_the_calendar_moves_the_deadlines_of_what_is_open() {
    let changed = with_a_day_off("2022-03-10");
    let mut story = sent("2022-03-07 09:00");
    assert_eq!(story.petition.deadlines, both("2022-03-08 09:00", "2022-03-16 16:30", None));
    story.then("2022-03-07 10:00", Who::Officer, Command::Receive);
    let expected = both("2022-03-08 09:00", "2022-03-17 16:30", None);
    assert_eq!(mended(&mut story, "2022-03-09 03:00", &changed), expected);
    let again = story.attempt(Who::System, Command::SetDeadlines, at("2022-03-09 04:00"), &changed).unwrap_err();
    assert_eq!(again, Refusal::NoEffect(CommandKind::SetDeadlines));

    let mut waiting = sent("2022-03-09 09:00");
    let changed = with_a_day_off("2022-03-10");
    assert_eq!(mended(&mut waiting, "2022-03-09 10:00", &changed), both("2022-03-11 09:00", "2022-03-21 16:30", None));
}

#[test]
fn a_change_of_the_calendar_keeps_the_time_that_the_citizen_was_waited_for() {
    let mut story = sent("2022-03-07 09:00");
    story.then("2022-03-07 10:00", Who::Officer, Command::Receive);
    story.then("2022-03-08 07:30", Who::Officer, ask());
    story.then("2022-03-09 07:30", Who::Owner, supplement());
    assert_eq!(story.petition.deadlines.answer, Some(at("2022-03-17 16:30")), "a working day later");
    assert_eq!(
        mended(&mut story, "2022-03-09 08:00", &with_a_day_off("2022-03-10")).answer,
        Some(at("2022-03-18 16:30"))
    );
}

#[test]
fn what_was_judged_stays_judged() {
    let mut late = sent("2022-03-07 09:00");
    late.then("2022-03-07 10:00", Who::Officer, Command::Receive);
    late.then("2022-03-17 09:00", Who::Officer, answer());
    assert!(!late.petition.answered_on_time());
    let refusal =
        late.attempt(Who::System, Command::SetDeadlines, at("2022-03-18 03:00"), &with_a_day_off("2022-03-10"));
    assert_eq!(refusal.unwrap_err(), Refusal::NoEffect(CommandKind::SetDeadlines));
}

#[test]
fn a_calendar_that_reaches_less_far_takes_no_deadline_back() {
    let emptied = catalogue(calendar(&[(2022, YearStatus::Projected)]));
    let mut story = sent("2022-03-07 09:00");
    let refusal = story.attempt(Who::System, Command::SetDeadlines, at("2022-06-01 03:00"), &emptied).unwrap_err();
    assert_eq!(refusal, Refusal::NoEffect(CommandKind::SetDeadlines));
    assert!(story.petition.overdue_at(at("2022-06-01 03:00")), "nobody improves a rate by emptying the calendar");
}

#[test]
fn a_deadline_that_had_a_calendar_is_not_lost_where_the_other_has_none() {
    let mut story = sent("2022-12-20 10:00");
    let refusal = story.attempt(Who::System, Command::SetDeadlines, at("2022-12-21 03:00"), with_2023()).unwrap_err();
    assert_eq!(refusal, Refusal::NoEffect(CommandKind::SetDeadlines), "nothing was missing");
    let told = story.petition.deadlines.answer;
    story.then("2022-12-30 16:00", Who::Officer, give_back());
    assert_eq!(mended(&mut story, "2023-01-10 03:00", with_2023()).answer, told, "nothing of it was missing");
}

#[test]
fn while_a_deadline_is_missing_the_calendar_of_the_day_says_why() {
    let mut story = sent("2022-12-20 10:00");
    story.then("2022-12-30 16:00", Who::Officer, give_back());
    let unknown = catalogue(calendar(&[(2022, YearStatus::Confirmed)]));
    for (known, gap) in [(province(), PROJECTED), (&unknown, CalendarGap::NotLoaded { year: 2023 })] {
        assert_eq!(story.petition.calendar_gap(known), Some(gap));
        let refusal = story.attempt(Who::System, Command::SetDeadlines, at("2023-01-02 03:00"), known).unwrap_err();
        assert_eq!(refusal, Refusal::NoEffect(CommandKind::SetDeadlines), "to know why is no deadline");
    }
    let expected = both("2023-01-03 16:00", "2022-12-29 16:30", None);
    assert_eq!(mended(&mut story, "2023-01-02 03:00", with_2023()), expected);
}

#[test]
fn an_answer_given_before_the_calendar_was_known_is_judged_by_it_afterwards() {
    let mut story = sent("2022-12-30 16:00");
    story.then("2022-12-30 16:10", Who::Officer, Command::Receive);
    story.then("2022-12-30 16:20", Who::Officer, answer());
    assert!(!story.petition.answered_on_time(), "no deadline, not on time");
    mended(&mut story, "2023-01-04 08:00", with_2023());
    assert!(story.petition.answered_on_time());
}
