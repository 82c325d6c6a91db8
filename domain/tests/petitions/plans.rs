//! What a target may be, and what it was when.

use domain::{
    catalogue::AgencyLevel,
    id::AccountId,
    rate::{
        Milestone, MilestoneFault, PeriodFault, RateFault, Target, TargetHistory, TargetVersion, Unchanged,
        basis_points, check_period, milestone_faults,
    },
};
use proptest::prelude::*;
use uuid::Uuid;

use crate::{targets::target, world::*};

#[test]
fn a_rate_is_asked_for_in_hundredths_of_a_percent() {
    for (rate, points) in [
        (0.7, Ok(7000)),
        (0.07, Ok(700)),
        (0.0001, Ok(1)),
        (1.0, Ok(10_000)),
        (0.3333, Ok(3333)),
        (0.29, Ok(2900)),
        (0.0, Err(RateFault::OutOfRange)),
        (-0.0, Err(RateFault::OutOfRange)),
        (-0.7, Err(RateFault::OutOfRange)),
        (70.0, Err(RateFault::OutOfRange)),
        (1.000_000_1, Err(RateFault::OutOfRange)),
        (f64::NAN, Err(RateFault::OutOfRange)),
        (f64::INFINITY, Err(RateFault::OutOfRange)),
        (0.70001, Err(RateFault::TooFine)),
        (0.333_333, Err(RateFault::TooFine)),
        (1e-12, Err(RateFault::TooFine)),
        (f64::MIN_POSITIVE, Err(RateFault::TooFine)),
    ] {
        assert_eq!(basis_points(rate), points, "{rate}");
    }
}

#[test]
fn a_period_is_of_ten_years_at_most() {
    for (from, to, expected) in [
        ("2022-01-01 00:00", "2023-01-01 00:00", Ok(())),
        ("2022-01-01 00:00", "2022-01-01 00:00:00.000001", Ok(())),
        ("2022-01-01 00:00", "2022-01-01 00:00", Err(PeriodFault::Empty)),
        ("2022-01-01 00:00", "2021-01-01 00:00", Err(PeriodFault::Empty)),
        ("2022-01-01 00:00", "2032-01-01 00:00", Ok(())),
        ("2022-01-01 00:00", "2032-01-01 00:00:00.000001", Err(PeriodFault::TooLong)),
        ("2024-02-29 00:00", "2034-02-28 00:00", Ok(())),
        ("1022-01-01 00:00", "2022-01-01 00:00", Err(PeriodFault::TooLong)),
    ] {
        assert_eq!(check_period(at(from), at(to)), expected, "{from} {to}");
    }
}

#[test]
fn steps_of_one_scope_come_on_different_days_within_the_period() {
    let step = |before, level| Milestone { before: at(before), required_basis_points: 7000, level };
    let (district, commune) = (Some(AgencyLevel::District), Some(AgencyLevel::Commune));
    let steps = [
        (0, step("2022-01-01 00:00", None)),
        (1, step("2022-01-01 00:00:00.000001", None)),
        (3, step("2022-09-01 00:00", None)),
        (4, step("2022-09-01 23:59", None)),
        (5, step("2022-09-01 00:00", district)),
        (6, step("2022-09-01 00:00", commune)),
        (7, step("2022-09-01 09:00", commune)),
        (8, step("2031-01-01 00:00", district)),
    ];
    let only_communes = [AgencyLevel::Commune];
    let told = milestone_faults(&steps, Some(at("2022-01-01 00:00")), Some(&only_communes));
    let expected = [
        (0, MilestoneFault::NotAfterBeginning),
        (1, MilestoneFault::SameDay { earlier: 0 }),
        (4, MilestoneFault::SameDay { earlier: 3 }),
        (5, MilestoneFault::ForeignLevel),
        (7, MilestoneFault::SameDay { earlier: 6 }),
        (8, MilestoneFault::ForeignLevel),
    ];
    assert_eq!(told, expected);
    let of_themselves = milestone_faults(&steps, None, None);
    assert!(
        of_themselves.iter().all(|(_, fault)| matches!(fault, MilestoneFault::SameDay { .. })),
        "{of_themselves:?}"
    );
}

fn first(recorded: &str) -> TargetVersion {
    TargetVersion { number: 1, recorded_at: at(recorded), author: None, reason: None, target: target() }
}

fn named(name: &str) -> Target {
    Target { name: name.to_owned(), ..target() }
}

#[test]
fn the_version_of_an_instant_is_the_last_recorded_before_it() {
    let author = AccountId(Uuid::from_u128(7));
    let mut history = TargetHistory::begin(first("2022-02-01 00:00"));
    assert_eq!(history.next(target(), author, "Lý do".to_owned(), at("2022-03-01 00:00")), Err(Unchanged));
    // The clock of whoever wrote the third had been set back.
    for (name, now) in [("hai", "2022-06-01 00:00"), ("ba", "2022-05-01 00:00"), ("bốn", "2022-07-01 00:00")] {
        let next = history.next(named(name), author, name.to_owned(), at(now)).unwrap();
        history.push(next);
    }
    let numbers: Vec<u32> = history.versions().map(|version| version.number).collect();
    assert_eq!(numbers, [1, 2, 3, 4]);
    let times: Vec<_> = history.versions().map(|version| version.recorded_at).collect();
    assert!(times.is_sorted(), "{times:?}");
    for (as_of, number) in [
        ("2021-01-01 00:00", 1),
        ("2022-02-01 00:00", 1),
        ("2022-06-01 00:00", 1),
        ("2022-06-01 00:00:00.000001", 3),
        ("2022-07-01 00:00", 3),
        ("2023-01-01 00:00", 4),
    ] {
        assert_eq!(history.in_force(at(as_of)).number, number, "{as_of}");
    }
    let second = history.version(2).unwrap();
    assert_eq!((second.author, second.reason.as_deref()), (Some(author), Some("hai")));
    assert_eq!(second.target.name, "hai");
    assert_eq!((history.version(0), history.version(5)), (None, None));
    assert_eq!(history.newest().target.name, "bốn");
}

proptest! {
    #[test]
    fn every_hundredth_of_a_percent_is_read_as_written(points in 1..=10_000_u32) {
        let written: f64 = format!("{:.4}", f64::from(points) / 10_000.0).parse()?;
        prop_assert_eq!(basis_points(written), Ok(points));
    }
}
