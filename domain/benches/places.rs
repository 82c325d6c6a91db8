//! How long it takes to find the units of a point: `cargo bench -p domain --bench places`. Fails where the median is a microsecond or
//! more, or the 99th percentile five: each call is timed by itself, on points in an order by chance, on one thread.

#[path = "../tests/real_places/mod.rs"]
#[expect(dead_code, reason = "the tests need all of it")]
mod real_places;

use std::{
    hint::black_box,
    io::Write as _,
    process::ExitCode,
    time::{Duration, Instant},
};

use domain::place::{Gazetteer, Point, TOLERANCE_M};
use real_places::{IN_2022, IN_2025, Outcome, boundaries, data, labels, units};

/// How many points by chance, besides the labelled ones.
const BY_CHANCE: usize = 100_000;
const MEDIAN: Duration = Duration::from_micros(1);
const P99: Duration = Duration::from_micros(5);

/// Numbers that look like chance and are the same each time (SplitMix64).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn between(&mut self, low: i32, high: i32) -> Outcome<i32> {
        let span = u64::try_from(i64::from(high) - i64::from(low))?;
        Ok(i32::try_from(i64::from(low) + i64::try_from(self.next() % span)?)?)
    }
}

/// Times each call by itself; whether it is fast enough.
fn measure(name: &str, gazetteer: &Gazetteer, points: &[Point]) -> Outcome<bool> {
    // Once for nothing: pages and caches.
    points.iter().for_each(|at| drop(black_box(gazetteer.locate(*at, None))));
    let mut times: Vec<Duration> = points
        .iter()
        .map(|at| {
            let began = Instant::now();
            let found = black_box(gazetteer.locate(black_box(*at), None));
            let took = began.elapsed();
            drop(found);
            took
        })
        .collect();
    times.sort_unstable();
    let at = |percent: usize| times.get(times.len() * percent / 100).copied().unwrap_or_default();
    let (median, p99) = (at(50), at(99));
    let mut out = std::io::stdout();
    writeln!(out, "{name}: {} points, median {median:?}, 90 % {:?}, 99 % {p99:?}", times.len(), at(90))?;
    Ok(median < MEDIAN && p99 < P99)
}

fn run() -> Outcome<bool> {
    let Some(data) = data() else { return Ok(true) };
    let mut chance = Chance(2022);
    let labelled: Vec<Point> = labels(&data)?.into_iter().map(|label| label.at).collect();
    let mut fast = true;
    for (year, day, file) in
        [("2022", IN_2022, "boundaries_2022.geojson"), ("2025", IN_2025, "boundaries_2025.geojson")]
    {
        let (units, outlines) = (units(&data, day)?, boundaries(&data, file)?);
        let began = Instant::now();
        let gazetteer = Gazetteer::new(units, outlines, TOLERANCE_M);
        writeln!(std::io::stdout(), "boundaries of {year}: the index is built in {:?}", began.elapsed())?;
        let mut places: Vec<Point> = (0..20).flat_map(|_| labelled.clone()).collect();
        for index in (1..places.len()).rev() {
            let other = usize::try_from(chance.next() % u64::try_from(index + 1)?)?;
            places.swap(index, other);
        }
        fast &= measure("  labelled places", &gazetteer, &places)?;
        // A box around what was the province until 2025: some are outside.
        let anywhere = (0..BY_CHANCE)
            .map(|_| {
                let (lat, lon) =
                    (chance.between(209_600_000, 212_700_000)?, chance.between(1_058_900_000, 1_063_200_000)?);
                Ok(Point::from_e7(lat, lon)?)
            })
            .collect::<Outcome<Vec<Point>>>()?;
        fast &= measure("  anywhere", &gazetteer, &anywhere)?;
    }
    Ok(fast)
}

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => {
            drop(writeln!(std::io::stderr(), "too slow: {MEDIAN:?} and {P99:?} are asked for"));
            ExitCode::FAILURE
        }
        Err(error) => {
            drop(writeln!(std::io::stderr(), "{error}"));
            ExitCode::FAILURE
        }
    }
}
