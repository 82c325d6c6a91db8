//! Where a rate leads, and when nobody should say.

use domain::{
    calendar::{DayKind, WorkingCalendar, YearStatus},
    rate::{Counts, Estimate, FORECAST_WEEKS, Forecast, NoForecast, Readings, Tally, Target},
    time::Instant,
};
use proptest::{collection::vec, prelude::*};

use crate::{targets::target, world::*};

/// The day that forecasts are made on: a Monday, with no holiday in the twelve weeks before it.
const AS_OF: &str = "2022-08-15 00:00";

/// What was sent and answered in the weeks up to [`AS_OF`], the last of them last; an even share of it each (working) day.
fn read(weeks: &[(u32, u32)]) -> Readings {
    let end = at(AS_OF);
    let reading = |instant: Instant| {
        let back = end.since(instant).num_days().max(0);
        let (mut submitted, mut answered) = (0.0, 0.0);
        for ((arrivals, answers), index) in weeks.iter().rev().zip(0_i32..) {
            // How much of this week had passed.
            let passed = 7 - (back - i64::from(index) * 7).clamp(0, 7);
            let passed = f64::from(i32::try_from(passed).unwrap());
            submitted += f64::from(*arrivals) * passed / 7.0;
            answered += f64::from(*answers) * passed.min(5.0) / 5.0;
        }
        let whole = |count: f64| format!("{count:.0}").parse::<u64>().unwrap();
        let (submitted, answered) = (whole(submitted), whole(answered));
        Tally { total: Counts { submitted, answered, ..Counts::default() }, ..Tally::default() }
    };
    let instants = Forecast::instants(end);
    Readings::new(instants.clone(), instants.into_iter().map(reading))
}

/// So many weeks of seventy petitions and forty answers.
fn even(weeks: usize) -> Vec<(u32, u32)> {
    vec![(70, 40); weeks]
}

fn since(from: &str) -> Target {
    Target { from: at(from), ..target() }
}

fn forecast(target: &Target, weeks: &[(u32, u32)]) -> Result<Forecast<'static>, NoForecast> {
    Forecast::new(target, None, at(AS_OF), &province().calendar, &read(weeks))
}

fn nearly(one: f64, other: f64) -> bool {
    (one - other).abs() < 1e-9
}

#[test]
fn an_even_pace_goes_on_by_office_hours_and_by_the_clock() {
    let forecast = forecast(&target(), &even(20)).unwrap();
    let pace = forecast.pace();
    assert_eq!((pace.from, pace.until), (at("2022-05-23 00:00"), at(AS_OF)));
    assert_eq!((pace.weeks, pace.working_days), (FORECAST_WEEKS, 60));
    assert!(nearly(pace.arrivals_per_day, 10.0) && nearly(pace.answers_per_working_day, 8.0), "{pace:?}");
    assert!(nearly(pace.spread_per_week, 0.0), "{pace:?}");
    for (when, answered, submitted) in [
        (AS_OF, 800.0, 1_400.0),
        ("2022-08-15 11:30", 804.0, 1_400.0 + 10.0 * 11.5 / 24.0), // half of the office hours
        ("2022-08-16 00:00", 808.0, 1_410.0),
        ("2022-08-29 00:00", 880.0, 1_540.0),
        ("2022-09-01 00:00", 904.0, 1_570.0),
        ("2022-09-05 00:00", 904.0, 1_610.0), // National Day and a weekend: people write, nobody answers
        ("2022-10-10 00:00", 904.0 + 200.0, 1_960.0),
    ] {
        let Estimate { rate, low, high } = forecast.at(at(when)).unwrap();
        assert!(nearly(rate, answered / submitted), "{when}: {rate}");
        assert!(nearly(low, rate) && nearly(high, rate), "what never varied is expected to go on: {when}");
        assert_eq!(forecast.leads_to(at(when)), Ok(rate), "{when}");
    }
}

#[test]
fn the_interval_is_what_its_formula_says() {
    // Answers six more and six fewer by turns: every week misses by six, with eleven degrees of freedom.
    let weeks: Vec<(u32, u32)> = (0..20).map(|week| (70, if week % 2 == 0 { 46 } else { 34 })).collect();
    let forecast = forecast(&target(), &weeks).unwrap();
    let spread = (12.0_f64 * 36.0 / 11.0).sqrt();
    assert!(nearly(forecast.pace().spread_per_week, spread), "{:?}", forecast.pace());
    let Estimate { rate, low, high } = forecast.at(at("2022-09-12 00:00")).unwrap();
    let (ahead, window) = (4.0_f64, 12.0);
    let variance = spread.powi(2) * (ahead + ahead.powi(2) / window + ahead.powi(3) / (3.0 * window));
    let half = 1.363 * variance.sqrt() / 1_680.0;
    assert!(nearly(rate - low, half) && nearly(high - rate, half), "{low} {rate} {high}, expected ± {half}");
}

#[test]
fn more_petitions_and_more_answers_together_are_no_spread_of_the_rate() {
    // Two weeks of three, then one of six: whoever answers half of what comes is at a half whatever comes.
    let together: Vec<(u32, u32)> = (0..20).map(|week| if week % 3 == 0 { (140, 70) } else { (70, 35) }).collect();
    let apart: Vec<(u32, u32)> = (0..20).map(|week| if week % 3 == 0 { (140, 35) } else { (70, 70) }).collect();
    let spread = |weeks: &[(u32, u32)]| forecast(&target(), weeks).unwrap().pace().spread_per_week;
    assert!(spread(&together) < 2.0, "{}", spread(&together));
    assert!(spread(&apart) > 20.0, "{}", spread(&apart));
}

#[test]
fn nothing_comes_after_the_period() {
    let closing = Target { to: at("2022-08-22 00:00"), ..target() };
    let forecast = forecast(&closing, &even(20)).unwrap();
    let rate = |when| forecast.at(at(when)).unwrap().rate;
    assert!(nearly(rate("2022-08-22 00:00"), 840.0 / 1_470.0));
    assert!(nearly(rate("2022-08-29 00:00"), 880.0 / 1_470.0), "answers go on");
    assert_eq!(forecast.leads_to(at("2022-12-31 00:00")), Ok(1.0), "more than all nobody answers");
}

#[test]
fn where_there_is_too_little_it_says_so() {
    let all = even(20);
    for (from, weeks, why) in [
        ("2022-01-01 00:00", all.as_slice(), None),
        ("2022-07-18 00:00", &all, None), // four weeks
        ("2022-07-18 00:00:01", &all, Some(NoForecast::TooFewDays)),
        ("2022-08-15 00:00", &all, Some(NoForecast::TooFewDays)),
        ("2022-10-01 00:00", &all, Some(NoForecast::TooFewDays)), // not begun
        ("2022-01-01 00:00", &[], Some(NoForecast::TooFewPetitions)),
        ("2022-01-01 00:00", &[(0, 0); 12], Some(NoForecast::TooFewPetitions)),
        ("2022-01-01 00:00", &[(2, 1); 12], Some(NoForecast::TooFewPetitions)), // 24
        ("2022-01-01 00:00", &[(3, 1); 12], None),                              // 36
        (
            "2022-01-01 00:00",
            &[(70, 40), (1, 1), (1, 1), (0, 0), (0, 0), (0, 0), (0, 0), (0, 0), (0, 0), (0, 0), (0, 0), (0, 0), (0, 0)],
            Some(NoForecast::TooFewPetitions),
        ), // nothing moves any more
    ] {
        assert_eq!(forecast(&since(from), weeks).err(), why, "{from} {weeks:?}");
    }

    let early = at("2022-01-20 00:00");
    let told = Forecast::new(&since("2021-01-01 00:00"), None, early, &province().calendar, &Readings::default());
    assert_eq!(told.err(), Some(NoForecast::NoCalendar), "the weeks before were in a year that is not loaded");

    // A summer in which hardly anybody was at work.
    let closed = at("2022-07-18 00:00").local_date().iter_days().take(19).map(|day| (day, DayKind::Holiday));
    let calendar = WorkingCalendar::new(closed, [(2022, YearStatus::Confirmed)], province().calendar.hours().clone());
    let readings = read(&all);
    let told = Forecast::new(&since("2022-07-18 00:00"), None, at(AS_OF), &calendar, &readings);
    assert_eq!(told.err(), Some(NoForecast::TooFewDays), "five working days");
}

#[test]
fn it_looks_two_thirds_as_far_ahead_as_it_looked_back() {
    let forecast = forecast(&target(), &even(20)).unwrap();
    assert_eq!(forecast.reaches(), at("2022-10-10 00:00"));
    let beyond = at("2022-10-10 00:00:00.000001");
    assert_eq!(forecast.at(beyond), Err(NoForecast::TooFar));
    assert!(forecast.leads_to(beyond).is_ok(), "where the pace leads is not a forecast");
    assert_eq!(forecast.leads_to(at("2023-02-01 00:00")), Err(NoForecast::NoCalendar));

    let short = self::forecast(&since("2022-07-18 00:00"), &even(20)).unwrap();
    assert_eq!((short.pace().weeks, short.reaches()), (4, at("2022-09-02 00:00")));

    let (path, missing) =
        forecast.path(&["2022-08-01", "2022-08-16", "2022-10-10", "2022-10-11"].map(|day| at(&format!("{day} 00:00"))));
    let days: Vec<Instant> = path.iter().map(|(at, _)| *at).collect();
    assert_eq!(days, [AS_OF, "2022-08-16 00:00", "2022-10-10 00:00"].map(at));
    assert_eq!(missing, Some(NoForecast::TooFar));
    let Estimate { rate, low, high } = path[0].1;
    assert!(nearly(rate, 800.0 / 1_400.0) && low == rate && high == rate, "what is, is certain");
}

fn histories() -> impl Strategy<Value = Vec<(u32, u32)>> {
    vec((0..400_u32).prop_flat_map(|arrivals| (Just(arrivals), 0..=arrivals)), 4..40)
}

proptest! {
    #[test]
    fn an_interval_holds_its_point_and_widens(weeks in histories(), from in 0..20_i64) {
        // The period began up to twenty weeks before, in the middle of a history or before it.
        let begins = at(AS_OF).plus(chrono::TimeDelta::weeks(-from));
        let target = Target { from: begins, ..target() };
        let Ok(forecast) = forecast(&target, &weeks) else { return Ok(()) };
        let mut before = 0.0;
        for day in 0..=56 {
            let Ok(estimate) = forecast.at(at(AS_OF).plus(chrono::TimeDelta::days(day))) else {
                prop_assert!(day > 0);
                break;
            };
            let Estimate { rate, low, high } = estimate;
            prop_assert!(0.0 <= low && low <= rate && rate <= high && high <= 1.0, "{:?}", estimate);
            // An end that ran into 0 or 1 was cut off.
            if low > 0.0 && high < 1.0 {
                prop_assert!(high - low >= before - 1e-12, "day {}: {} after {}", day, high - low, before);
                before = high - low;
            }
        }
    }

    #[test]
    fn whoever_answered_more_is_not_expected_to_stand_worse(weeks in histories(), more in 1..50_u32, ahead in 0..56_i64) {
        let mut better = weeks.clone();
        let (arrivals, answers) = *weeks.last().unwrap();
        *better.last_mut().unwrap() = (arrivals, answers + more);
        let then = at(AS_OF).plus(chrono::TimeDelta::days(ahead));
        let rate = |weeks: &[(u32, u32)]| forecast(&target(), weeks).and_then(|forecast| forecast.leads_to(then));
        if let (Ok(one), Ok(other)) = (rate(&weeks), rate(&better)) {
            prop_assert!(other >= one - 1e-12, "{} < {}", other, one);
        }
    }
}
