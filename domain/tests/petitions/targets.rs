//! Dated targets: what was reached when, and what it still takes.

use domain::{
    catalogue::{AgencyLevel, Channel},
    code::TargetCode,
    petition::{Command, Event, Submission},
    rate::{
        Counts, Definition, Key, Milestone, MilestoneProgress, MilestoneStatus, NoForecast, Progress, Readings, Tally,
        Target, progress, tallies,
    },
    time::Instant,
};
use proptest::{prelude::*, sample::select};

use crate::world::*;

/// The target of 2022: 70 % before 1 September, 80 % before 1 December.
pub(crate) fn target() -> Target {
    let milestone =
        |before, required_basis_points| Milestone { before: at(before), required_basis_points, level: None };
    Target {
        code: TargetCode::parse("cds-2022").unwrap(),
        name: "Chuyển đổi số 2022".to_owned(),
        name_en: "Digital transformation 2022".to_owned(),
        channels: vec![Channel::Mobile],
        levels: vec![AgencyLevel::District, AgencyLevel::Commune],
        definition: Definition::Eligible,
        from: at("2022-01-01 00:00"),
        to: at("2023-01-01 00:00"),
        milestones: vec![milestone("2022-09-01 00:00", 7000), milestone("2022-12-01 00:00", 8000)],
    }
}

/// A target with one step.
fn step(before: &str, required_basis_points: u32) -> Target {
    let milestones = vec![Milestone { before: at(before), required_basis_points, level: None }];
    Target { milestones, ..target() }
}

/// So many answered of so many.
fn of(answered: u64, eligible: u64) -> Counts {
    Counts { submitted: eligible, answered, pending_in_time: eligible - answered, ..Counts::default() }
}

/// How a target stands where the counts were these from these instants on. What is read at other instants than were announced
/// changes nothing.
fn stands(target: &Target, as_of: Instant, known: &[(&str, Counts)]) -> Progress {
    let calendar = &province().calendar;
    let announced = target.instants(as_of);
    assert!(announced.is_sorted_by(|one, next| one < next) && announced.last() == Some(&as_of), "{announced:?}");
    let reading = |instant: &Instant| {
        let before = known.iter().rev().find(|(from, _)| at(from) <= *instant);
        Tally { total: before.map(|(_, counts)| *counts).unwrap_or_default(), ..Tally::default() }
    };
    let stands = |instants: &[Instant]| {
        let tallies = instants.iter().map(reading);
        progress(target, as_of, calendar, &Readings::new(instants.iter().copied(), tallies))
    };
    let days = target.from.local_date().iter_days().take(400).map(Instant::start_of_day);
    assert_eq!(stands(&announced), stands(&announced.iter().copied().chain(days).collect::<Vec<_>>()));
    stands(&announced)
}

/// The one step of a target, over counts that never changed.
fn stands_still(target: &Target, as_of: &str, counts: Counts) -> MilestoneProgress {
    let progress = stands(target, at(as_of), &[("2022-01-01 00:00", counts)]);
    let [milestone] = progress.milestones.as_slice() else { panic!("{progress:?}") };
    *milestone
}

#[test]
fn each_step_is_judged_at_its_own_instant_and_stays_so() {
    let known = [
        ("2022-03-01 00:00", of(10, 100)),
        ("2022-08-31 23:59:59.999999", of(70, 100)),
        ("2022-09-01 00:00:00.000001", of(70, 140)), // half of them, but a moment later
        ("2022-11-30 12:00", of(159, 200)),
        ("2022-12-10 00:00", of(200, 200)),
    ];
    let at_the_end = stands(&target(), at("2022-12-31 00:00"), &known);
    let [first, second] = at_the_end.milestones.as_slice() else { panic!() };
    assert_eq!(
        (first.status, first.figures.counts, first.figures.rate),
        (MilestoneStatus::Met, of(70, 100), Some(0.7))
    );
    assert_eq!((second.status, second.figures.counts), (MilestoneStatus::Missed, of(159, 200)));
    assert_eq!((at_the_end.as_of, at_the_end.current.rate), (at("2022-12-31 00:00"), Some(1.0)));
    for judged in [first, second] {
        assert_eq!(
            (judged.answers_needed, judged.answers_per_working_day, judged.projected_rate),
            (None, None, None),
            "it is over"
        );
    }

    let between = stands(&target(), at("2022-10-01 00:00"), &known);
    let [first, second] = between.milestones.as_slice() else { panic!() };
    assert_eq!((first.status, first.figures.counts), (MilestoneStatus::Met, of(70, 100)));
    assert_eq!((second.status, second.figures), (MilestoneStatus::Ahead, between.current));
    assert_eq!(second.answers_needed, Some(42), "80 % of 140 are 112");
}

#[test]
fn a_step_is_ahead_until_its_instant_comes() {
    let counts = of(70, 100);
    let status = |as_of| stands_still(&step("2022-09-01 00:00", 7000), as_of, counts).status;
    assert_eq!(status("2022-08-31 23:59:59.999999"), MilestoneStatus::Ahead);
    assert_eq!(status("2022-09-01 00:00"), MilestoneStatus::Met);
}

#[test]
fn a_step_is_met_to_the_last_petition() {
    let third = 3333;
    for (basis_points, answered, eligible, met) in [
        (7000, 70, 100, true),
        (7000, 69, 100, false),
        (7000, 7, 10, true),
        (7000, 7, 11, false), // 7.7
        (7000, 8, 11, true),
        (third, 1, 3, true),
        (third, 0, 3, false), // 0.9999
        (7001, 70, 100, false),
        (7000, 6_999_999, 10_000_000, false),
        (10_000, 99, 100, false),
        (10_000, 100, 100, true),
        (0, 0, 5, true),
        (7000, 0, 0, false), // over nothing there is no rate, and none that could be reached
        (0, 0, 0, false),
    ] {
        let step = step("2022-09-01 00:00", basis_points);
        let judged = stands_still(&step, "2022-09-01 00:00", of(answered, eligible));
        let expected = if met { MilestoneStatus::Met } else { MilestoneStatus::Missed };
        assert_eq!(judged.status, expected, "{answered} of {eligible}, {basis_points} asked for");
    }
}

#[test]
fn the_answers_needed_are_rounded_up() {
    for (basis_points, answered, eligible, needed) in [
        (7000, 69, 100, 1),
        (7000, 70, 100, 0),
        (7000, 90, 100, 0),
        (7000, 0, 101, 71), // 70.7
        (8000, 0, 3, 3),    // 2.4
        (3333, 0, 3, 1),    // 0.9999
        (10_000, 0, 7, 7),
        (7000, 0, 0, 0),
    ] {
        let ahead = stands_still(&step("2022-09-01 00:00", basis_points), "2022-06-01 00:00", of(answered, eligible));
        assert_eq!(ahead.answers_needed, Some(needed), "{answered} of {eligible}, {basis_points} asked for");
        assert_eq!(ahead.status, MilestoneStatus::Ahead);
    }
}

#[test]
fn what_a_share_is_taken_of_is_the_definitions_to_say() {
    let counts = Counts { submitted: 100, rejected: 10, awaiting_citizen: 20, answered: 60, ..Counts::default() };
    for (definition, rate, needed) in [
        (Definition::All, 0.6, 10),               // 70 of 100
        (Definition::Eligible, 60.0 / 90.0, 3),   // 63 of 90
        (Definition::Actionable, 60.0 / 70.0, 0), // 49 of 70
    ] {
        let target = Target { definition, ..step("2022-09-01 00:00", 7000) };
        let ahead = stands_still(&target, "2022-08-15 00:00", counts);
        assert_eq!((ahead.figures.rate, ahead.answers_needed), (Some(rate), Some(needed)), "{definition}");
        let judged = stands_still(&target, "2022-09-01 00:00", counts);
        assert_eq!(judged.status == MilestoneStatus::Met, needed == 0, "{definition}");
    }
}

#[test]
fn what_is_needed_is_spread_over_the_working_days_left() {
    let per_day = |before, as_of| stands_still(&step(before, 7000), as_of, of(44, 100)).answers_per_working_day;
    assert_eq!(per_day("2022-09-01 00:00", "2022-08-15 00:00"), Some(2.0), "26 over 5 + 5 + 3 days");
    assert_eq!(per_day("2022-09-01 00:00", "2022-08-15 23:59"), Some(2.0), "today counts until midnight");
    assert_eq!(per_day("2022-09-01 00:00", "2022-08-31 12:00"), Some(26.0), "the last day");
    assert_eq!(per_day("2022-09-06 00:00", "2022-09-01 00:00"), Some(26.0), "of a long weekend, the Monday after");
    assert_eq!(per_day("2022-09-05 00:00", "2022-09-01 00:00"), None, "no working day is left");
    assert_eq!(per_day("2023-01-01 00:00", "2022-12-19 00:00"), Some(2.6), "to the end of the calendar");
    assert_eq!(per_day("2023-01-01 00:00", "2022-12-31 12:00"), None, "a Saturday");
    assert_eq!(per_day("2023-01-02 00:00", "2022-12-19 00:00"), None, "beyond the calendar nobody guesses");
}

#[test]
fn without_a_calendar_or_petitions_nothing_is_projected() {
    let counts = of(44, 100);
    let early = stands_still(&step("2022-09-01 00:00", 7000), "2022-01-20 00:00", counts);
    assert_eq!((early.projected_rate, early.forecast), (None, Some(Err(NoForecast::TooFewDays))), "two weeks");
    assert!(early.answers_per_working_day.is_some());
    let late = stands_still(&step("2023-03-01 00:00", 7000), "2022-08-15 00:00", counts);
    assert_eq!((late.projected_rate, late.answers_per_working_day), (None, None));
    assert_eq!(late.answers_needed, Some(26));

    let nothing = stands_still(&step("2022-09-01 00:00", 7000), "2022-08-15 00:00", Counts::default());
    assert_eq!((nothing.status, nothing.figures.rate, nothing.projected_rate), (MilestoneStatus::Ahead, None, None));
    assert_eq!((nothing.answers_needed, nothing.answers_per_working_day), (Some(0), Some(0.0)));
    assert_eq!(nothing.forecast, Some(Err(NoForecast::TooFewPetitions)));
}

#[test]
fn a_step_of_a_level_is_judged_over_that_level_alone() {
    let (as_of, before) = (at("2022-08-15 00:00"), at("2022-09-01 00:00"));
    let levels = [(AgencyLevel::District, of(80, 100)), (AgencyLevel::Commune, of(110, 200))];
    let mut tally = Tally::default();
    for (level, counts) in levels {
        tally.total.add(&counts);
        tally.groups.insert(Key { level: Some(level), ..Key::default() }, counts);
    }
    let step = |level| Milestone { before, required_basis_points: 7000, level };
    let scopes = [None, Some(AgencyLevel::District), Some(AgencyLevel::Commune)];
    let target = Target { milestones: scopes.map(step).to_vec(), ..target() };
    let stands = |as_of| {
        let instants = target.instants(as_of);
        let tallies = vec![tally.clone(); instants.len()];
        progress(&target, as_of, &province().calendar, &Readings::new(instants, tallies)).milestones
    };
    let needed = |step: &MilestoneProgress| (step.answers_needed, step.answers_per_working_day);
    let ahead: Vec<_> = stands(as_of).iter().map(needed).collect();
    let per_day = |needed: u32| (Some(u64::from(needed)), Some(f64::from(needed) / 13.0));
    assert_eq!(ahead, [per_day(20), per_day(0), per_day(30)], "over thirteen working days");
    let judged: Vec<_> = stands(before).iter().map(|step| (step.status, step.figures.rate)).collect();
    let expected = [
        (MilestoneStatus::Missed, Some(190.0 / 300.0)),
        (MilestoneStatus::Met, Some(0.8)),
        (MilestoneStatus::Missed, Some(0.55)),
    ];
    assert_eq!(judged, expected);
}

#[test]
fn the_target_of_2022_counts_what_came_by_phone_to_districts_and_communes() {
    let send = |number, field, about, channel| {
        let submission = Submission { channel, ..numbered(number, field, about) };
        Story::submitted(submission, at("2022-08-22 09:00"), province()).unwrap()
    };
    let mut counted = vec![
        send(1, "chieu_sang", "09163", Channel::Mobile),
        send(2, "chieu_sang", "09166", Channel::Mobile),
        send(3, "moi_truong", "09169", Channel::Mobile),
        send(4, "moi_truong", "258", Channel::Mobile),
    ];
    for (story, when) in counted.iter_mut().zip(["2022-08-22", "2022-08-23", "2022-08-31"]) {
        story.then(&format!("{when} 10:00"), Who::Officer, Command::Receive);
        story.then(&format!("{when} 11:00"), Who::Officer, answer());
    }
    counted[3].then("2022-09-01 00:00", Who::Owner, withdraw());
    let others = [
        send(5, "chieu_sang", "09163", Channel::Web),
        send(6, "xay_dung", "09163", Channel::Mobile),
        send(7, "khac", "09163", Channel::Mobile),
    ];
    let histories: Vec<Vec<Event>> = counted.into_iter().chain(others).map(|story| story.events).collect();

    let (target, as_of) = (target(), at("2022-10-01 00:00"));
    let question = target.question();
    assert_eq!((question.from, question.to), (Some(target.from), Some(target.to)));
    let instants = target.instants(as_of);
    let histories = histories.iter().map(Vec::as_slice);
    let tallies = tallies(histories, &question, &instants, &province().directory).unwrap();
    let progress = progress(&target, as_of, &province().calendar, &Readings::new(instants, tallies));
    assert_eq!(
        (progress.milestones[0].status, progress.milestones[0].figures.rate),
        (MilestoneStatus::Met, Some(0.75))
    );
    assert_eq!(progress.current.rate, Some(1.0), "the fourth was withdrawn as August ended");
}

proptest! {
    #[test]
    fn the_answers_needed_are_the_fewest_that_reach_the_rate(
        (eligible, answered) in (0..100_000_u64).prop_flat_map(|all| (Just(all), 0..=all)), basis_points in 0..=10_000_u32,
        as_of in select(vec!["2022-06-01 00:00", "2022-08-31 23:59:59.999999", "2022-09-01 00:00", "2022-12-31 09:00"]),
    ) {
        let step = step("2022-09-01 00:00", basis_points);
        let stands = stands_still(&step, as_of, of(answered, eligible));
        let reaches = |answered: u64| eligible > 0 && answered * 10_000 >= u64::from(basis_points) * eligible;
        prop_assert_eq!(stands.status == MilestoneStatus::Ahead, at(as_of) < at("2022-09-01 00:00"));
        match stands.answers_needed {
            Some(needed) => {
                prop_assert!(reaches(answered + needed) || eligible == 0);
                prop_assert!(needed == 0 || !reaches(answered + needed - 1));
                prop_assert!(answered + needed <= eligible);
                prop_assert!(stands.projected_rate.is_none_or(|rate| (0.0..=1.0).contains(&rate)));
            }
            None => prop_assert_eq!(stands.status == MilestoneStatus::Met, reaches(answered)),
        }
    }
}
