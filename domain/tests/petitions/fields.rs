//! Another field or priority, and the emergencies that get one of their own accord.

use domain::{
    calendar::YearStatus,
    catalogue::{Catalogue, Priority},
    deadline::WorkingTime,
    petition::{Command, CommandKind, Emergency, EventData, Refusal, Submission},
};

use crate::world::*;

/// Normal, due on 16 March.
fn received() -> Story {
    let mut story = Story::begins("2022-03-07 09:00", petition_on("chieu_sang", "09163"));
    story.then("2022-03-07 10:00", Who::Officer, Command::Receive);
    story
}

const NOW: &str = "2022-03-08 09:00";

/// Where the environment takes ten days.
fn with_a_slow_field() -> Catalogue {
    let mut slow = catalogue(calendar(&[(2022, YearStatus::Confirmed)]));
    slow.categories.get_mut(&category("moi_truong")).unwrap().terms.allowances.normal.answer = WorkingTime::Days(10);
    slow
}

#[test]
fn another_field_or_priority_brings_its_deadlines_counted_from_the_submission() {
    let mut story = received();
    let before = story.petition.clone();
    let changed = story.then(NOW, Who::Officer, recategorise("moi_truong", Some(Priority::Urgent)));
    let EventData::Recategorised { category: field, priority, deadlines } = changed.event.data else { panic!() };
    assert_eq!((&field, priority, changed.words), (&category("moi_truong"), Priority::Urgent, vec![]));
    assert_eq!((deadlines.receive, deadlines.answer), (before.deadlines.receive, Some(at("2022-03-08 16:30"))));
    assert_eq!((&story.petition.category, story.petition.priority), (&field, Priority::Urgent));
    assert_eq!(
        (story.petition.status, &story.petition.holder),
        (before.status, &before.holder),
        "it stays where it is"
    );
    assert_eq!(story.petition.deadlines, deadlines);
}

#[test]
fn an_agency_gives_itself_no_more_time_but_the_coordinator_may() {
    let slow = with_a_slow_field();
    for (command, due) in [
        (recategorise("chieu_sang", Some(Priority::Complex)), "2022-03-28 16:30"),
        (recategorise("moi_truong", None), "2022-03-21 16:30"),
    ] {
        for who in [Who::Officer, Who::Leader] {
            let refusal = received().attempt(who, command.clone(), at(NOW), &slow).unwrap_err();
            assert_eq!(refusal, Refusal::LongerDeadline, "{who:?}");
        }
        let mut story = received();
        story.attempt(Who::Coordinator, command, at(NOW), &slow).unwrap();
        assert_eq!(story.petition.deadlines.answer, Some(at(due)));
    }
    let mut story = received();
    story.attempt(Who::Officer, recategorise("xay_dung", None), at(NOW), &slow).unwrap();
    assert_eq!(story.petition.deadlines.answer, Some(at("2022-03-16 16:30")), "no longer, no shorter");
}

#[test]
fn where_nobody_can_count_the_days_an_agency_still_takes_no_more_of_them() {
    let sent = || {
        let mut story = Story::begins("2022-12-30 16:00", petition_on("chieu_sang", "09163"));
        story.then("2022-12-30 16:10", Who::Officer, Command::Receive);
        assert_eq!(story.petition.deadlines.answer, None);
        story
    };
    let now = "2022-12-30 16:20";
    let complex = recategorise("chieu_sang", Some(Priority::Complex));
    assert_eq!(sent().refused(now, Who::Officer, complex.clone()), Refusal::LongerDeadline);
    let later = sent().attempt(Who::Officer, complex.clone(), at("2023-01-04 09:00"), with_2023());
    assert_eq!(later.unwrap_err(), Refusal::LongerDeadline, "nor once they can be counted, but were not");
    sent().then(now, Who::Officer, recategorise("chieu_sang", Some(Priority::Urgent)));
    sent().then(now, Who::Officer, recategorise("moi_truong", None));
    sent().then(now, Who::Coordinator, complex);
}

#[test]
fn no_deadline_at_all_is_later_than_any() {
    let mut story = Story::begins("2022-12-20 09:00", petition_on("chieu_sang", "09163"));
    let complex = recategorise("chieu_sang", Some(Priority::Complex));
    assert_eq!(story.refused("2022-12-20 10:00", Who::Officer, complex.clone()), Refusal::LongerDeadline);
    story.then("2022-12-20 10:00", Who::Coordinator, complex);
    assert!(story.petition.deadlines.answer.is_none() && story.petition.deadlines.gap.is_some());
}

#[test]
fn the_time_that_the_citizen_was_waited_for_goes_along() {
    let mut story = received();
    story.then("2022-03-08 07:30", Who::Officer, ask());
    story.then("2022-03-09 07:30", Who::Owner, supplement());
    story.then("2022-03-09 08:00", Who::Coordinator, recategorise("chieu_sang", Some(Priority::Complex)));
    assert_eq!(story.petition.deadlines.answer, Some(at("2022-03-29 16:30")), "fifteen days and one");
}

#[test]
fn a_new_field_must_be_one_that_can_be_chosen_that_day_and_another_one() {
    let mut story = received();
    for unknown in ["khong_co", "gia_cu"] {
        let refusal = story.refused(NOW, Who::Coordinator, recategorise(unknown, None));
        assert_eq!(refusal, Refusal::UnknownCategory(category(unknown)));
    }
    for priority in [None, Some(Priority::Normal)] {
        let refusal = story.refused(NOW, Who::Coordinator, recategorise("chieu_sang", priority));
        assert_eq!(refusal, Refusal::NoEffect(CommandKind::Recategorise));
    }
    let mut old = Story::begins("2022-02-28 09:00", petition_on("gia_cu", "09163"));
    old.then("2022-03-02 09:00", Who::Officer, recategorise("gia_cu", Some(Priority::Urgent)));
    assert_eq!(old.petition.priority, Priority::Urgent, "a field it has already may have ended");
}

#[test]
fn an_emergency_is_urgent_and_flagged_whatever_was_said() {
    let fire =
        |priority| Submission {
            title: sealed("CHÁY NHÀ ở ngõ 12"), priority, ..petition_on("chieu_sang", "09163")
        };
    let mut story = Story::begins("2022-03-07 09:00", fire(Priority::Complex));
    let petition = &story.petition;
    assert_eq!((petition.emergency, petition.priority), (Some(Emergency::Fire), Priority::Urgent));
    assert_eq!(petition.deadlines.answer, Some(at("2022-03-08 16:30")));
    assert!(petition.is_flagged());
    assert_eq!(Emergency::ALL.iter().map(|emergency| emergency.hotline()).collect::<Vec<_>>(), ["114", "115", "113"]);

    let normal = recategorise("chieu_sang", Some(Priority::Normal));
    assert_eq!(story.refused("2022-03-07 10:00", Who::Leader, normal.clone()), Refusal::LongerDeadline);
    story.then("2022-03-07 10:00", Who::Coordinator, normal);
    assert_eq!((story.petition.priority, story.petition.emergency), (Priority::Normal, Some(Emergency::Fire)));

    let lamp = Story::begins("2022-03-07 09:00", petition_on("chieu_sang", "09163")).petition;
    assert_eq!((lamp.emergency, lamp.priority, lamp.is_flagged()), (None, Priority::Normal, false));
    let in_content = Submission { content: sealed("Có người bị thương"), ..petition_on("chieu_sang", "09163") };
    assert_eq!(Story::begins("2022-03-07 09:00", in_content).petition.emergency, Some(Emergency::Accident));
}

#[test]
fn the_coordinator_does_not_heal_what_is_late_by_another_name_for_it() {
    let mut story = Story::begins("2022-03-07 09:00", petition_on("chieu_sang", "09163"));
    story.then("2022-03-08 09:00", Who::Coordinator, recategorise("chieu_sang", Some(Priority::Complex)));
    let due = story.petition.deadlines.answer.unwrap();
    assert!(due > at("2022-03-16 16:30"), "in time, the coordinator may");
    story.then("2022-03-08 10:00", Who::Coordinator, recategorise("chieu_sang", Some(Priority::Normal)));
    let late = story.refused("2022-03-16 16:31", Who::Coordinator, recategorise("chieu_sang", Some(Priority::Complex)));
    assert_eq!(late, Refusal::LongerDeadline);
}

#[test]
fn what_was_sent_before_keeps_the_terms_that_it_was_sent_under() {
    let mut changed = catalogue(calendar(&[(2022, YearStatus::Confirmed)]));
    let field = changed.categories.get_mut(&category("chieu_sang")).unwrap();
    let mut longer = field.terms.clone();
    longer.allowances.normal.answer = WorkingTime::Days(15);
    field.later_terms.push((day("2022-03-10"), longer));

    let mut before = Story::begins("2022-03-07 09:00", petition_on("chieu_sang", "09163"));
    let counted = before.attempt(Who::System, Command::SetDeadlines, at("2022-03-11 09:00"), &changed);
    assert_eq!(counted.unwrap_err(), Refusal::NoEffect(CommandKind::SetDeadlines));
    let on = |day: &str| Story::submitted(petition_on("chieu_sang", "09163"), at(day), &changed).unwrap().petition;
    assert_eq!(on("2022-03-09 09:00").deadlines.answer, Some(at("2022-03-18 16:30")), "seven working days");
    assert_eq!(on("2022-03-10 09:00").deadlines.answer, Some(at("2022-03-31 16:30")), "fifteen");
}
