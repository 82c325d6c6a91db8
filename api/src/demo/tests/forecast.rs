//! The forecast held against the year that came: `cargo test -p api --lib the_forecast_is_near -- --nocapture`.

use std::fmt;

use chrono::Days;
use domain::rate::{CONFIDENCE, Definition, Estimate, Forecast, NoForecast};

use super::*;

/// How far ahead the README speaks of.
const AHEAD: u64 = 30;
const SEEDS: [u64; 6] = [2022, 1, 2, 3, 4, 5];

/// How near some forecasts were.
#[derive(Debug, Default)]
struct Record {
    forecasts: u32,
    none: u32,
    missed: f64,
    bias: f64,
    within: u32,
    width: f64,
    /// What "it stays as it is" missed by.
    naive: f64,
}

impl Record {
    fn take(&mut self, told: Result<Estimate, NoForecast>, stays: f64, came: f64) {
        let Ok(Estimate { rate, low, high }) = told else {
            self.none += 1;
            return;
        };
        assert!(low <= rate && rate <= high, "{low} {rate} {high}");
        self.forecasts += 1;
        self.missed += (rate - came).abs();
        self.bias += rate - came;
        self.within += u32::from((low..=high).contains(&came));
        self.width += high - low;
        self.naive += (stays - came).abs();
    }

    fn mean(&self, sum: f64) -> f64 {
        sum / f64::from(self.forecasts)
    }

    fn coverage(&self) -> f64 {
        self.mean(f64::from(self.within))
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let points = |sum| 100.0 * self.mean(sum);
        write!(
            f,
            "{:4} forecasts ({} refused): off by {:.2} points (mean {:+.2}), as it is by {:.2}; {:.0} % within {:.1} points",
            self.forecasts,
            self.none,
            points(self.missed),
            points(self.bias),
            points(self.naive),
            points(f64::from(self.within)),
            points(self.width),
        )
    }
}

/// The year's readings, of each local day's begin.
fn readings(petitions: usize, seed: u64) -> Readings {
    let first: NaiveDate = "2022-01-01".parse().unwrap();
    let days: Vec<Instant> = first.iter_days().take(366).map(Instant::start_of_day).collect();
    let tallies = tallies(&histories(&played(petitions, seed)), &STAGE.target.question(), &days);
    Readings::new(days, tallies)
}

/// Every week from 1 March on, so many days ahead.
fn record(readings: &Readings, level: Option<AgencyLevel>, ahead: u64) -> Record {
    let target = &STAGE.target;
    let rate = |day: NaiveDate| {
        let counts = readings.counts(Instant::start_of_day(day), level);
        Figures::new(counts, Definition::Eligible).rate.unwrap()
    };
    let (first, end): (NaiveDate, NaiveDate) = ("2022-03-01".parse().unwrap(), "2023-01-01".parse().unwrap());
    let mut record = Record::default();
    for origin in first.iter_days().step_by(7).take_while(|day| *day + Days::new(ahead) <= end) {
        let (as_of, then) = (Instant::start_of_day(origin), origin + Days::new(ahead));
        let forecast = Forecast::new(target, level, as_of, &STAGE.catalogue.calendar, readings);
        let told = forecast.and_then(|forecast| forecast.at(Instant::start_of_day(then)));
        record.take(told, rate(origin), rate(then));
    }
    record
}

fn add(records: impl IntoIterator<Item = Record>) -> Record {
    records.into_iter().fold(Record::default(), |sum, next| Record {
        forecasts: sum.forecasts + next.forecasts,
        none: sum.none + next.none,
        missed: sum.missed + next.missed,
        bias: sum.bias + next.bias,
        within: sum.within + next.within,
        width: sum.width + next.width,
        naive: sum.naive + next.naive,
    })
}

#[test]
#[expect(clippy::print_stdout, reason = "the README's table is what `--nocapture` shows, and nobody pipes it")]
fn the_forecast_is_near_what_came() {
    let years = SEEDS.map(|seed| readings(2_000, seed));
    let over = |level, ahead| add(years.iter().map(|year| record(year, level, ahead)));
    for ahead in [7, 14, 42, 56] {
        println!("{ahead:2} days ahead: {}", over(None, ahead));
    }
    for (seed, year) in SEEDS.iter().zip(&years) {
        println!("{AHEAD} days ahead, seed {seed}: {}", record(year, None, AHEAD));
    }
    let scopes = [None, Some(AgencyLevel::District), Some(AgencyLevel::Commune)];
    for level in scopes {
        let record = over(level, AHEAD);
        println!("{AHEAD} days ahead, {}: {record}", level.map_or("together", AgencyLevel::as_str));
        assert!(record.forecasts >= 200, "{record}");
        assert!(record.missed < 0.8 * record.naive, "no better than to say that it stays: {record}");
        assert!((record.coverage() - CONFIDENCE).abs() < 0.1, "it is not as sure as it says: {record}");
    }
}
