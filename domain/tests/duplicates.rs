//! How well likely duplicates are told from other matters, on the pairs in `data/duplicate_pairs.csv`.
//!
//! `cargo test -p domain --test duplicates -- --nocapture` prints what is measured. The pairs are made up. Those marked `held_out`
//! were written when all else stood: whoever tunes on them writes new ones. The floors are what was measured, less a pair or two.

use std::error::Error;

use chrono::Duration;
use domain::{
    duplicate::{MIN_SIMILARITY, Sighting, likely_duplicate, similarity},
    place::Point,
    time::Instant,
};

type Outcome<T> = Result<T, Box<dyn Error>>;

const PAIRS: &str = include_str!("data/duplicate_pairs.csv");

/// Metres in a degree of latitude.
const METRES_PER_DEGREE: f64 = 111_195.08;

struct Pair {
    set: String,
    is_same: bool,
    metres: f64,
    days: i64,
    one: String,
    two: String,
}

impl Pair {
    fn all() -> Outcome<Vec<Self>> {
        csv::Reader::from_reader(PAIRS.as_bytes()).deserialize().map(|row| Ok(Self::of(row?))).collect()
    }

    fn of((set, is_same, metres, days, one, two): (String, bool, f64, i64, String, String)) -> Self {
        Self { set, is_same, metres, days, one, two }
    }

    fn likeness(&self) -> Outcome<Option<f64>> {
        let (lat, lon) = (21.186, 106.076);
        let submitted_at = Instant::parse("2022-09-01")?;
        let first = Sighting { point: Point::from_degrees(lat, lon)?, submitted_at, text: &self.one };
        let second = Sighting {
            point: Point::from_degrees(lat + self.metres / METRES_PER_DEGREE, lon)?,
            submitted_at: submitted_at.plus(Duration::days(self.days)),
            text: &self.two,
        };
        Ok(likely_duplicate(&second, &first))
    }
}

/// Precision and recall on one half, printed with every pair that came out wrong.
fn measure(set: &str) -> Outcome<(f64, f64)> {
    let (mut found, mut missed, mut wrong) = (0_u32, 0_u32, 0_u32);
    let pairs: Vec<Pair> = Pair::all()?.into_iter().filter(|pair| pair.set == set).collect();
    for pair in &pairs {
        let likeness = pair.likeness()?;
        match (pair.is_same, likeness.is_some()) {
            (true, true) => found += 1,
            (true, false) => missed += 1,
            (false, true) => wrong += 1,
            (false, false) => {}
        }
        if pair.is_same != likeness.is_some() {
            let alike = similarity(&pair.one, &pair.two);
            let what = if pair.is_same { "missed" } else { "wrong" };
            println!("{set}: {what}, {alike:.2} alike, {} m: {} | {}", pair.metres, pair.one, pair.two);
        }
    }
    let (precision, recall) =
        (f64::from(found) / f64::from(found + wrong), f64::from(found) / f64::from(found + missed));
    println!(
        "{set}: {} pairs, {found} found, {missed} missed, {wrong} wrong: precision {precision:.2}, recall {recall:.2}, threshold {MIN_SIMILARITY}",
        pairs.len()
    );
    Ok((precision, recall))
}

#[test]
fn there_are_enough_pairs_of_either_kind_in_either_half() -> Outcome<()> {
    let pairs = Pair::all()?;
    for set in ["tuning", "held_out"] {
        for is_same in [true, false] {
            let count = pairs.iter().filter(|pair| pair.set == set && pair.is_same == is_same).count();
            assert!(count >= 18, "{set}, {is_same}: {count}");
        }
    }
    assert!(pairs.iter().all(|pair| ["tuning", "held_out"].contains(&pair.set.as_str())));
    Ok(())
}

#[test]
fn on_the_pairs_it_was_tuned_on() -> Outcome<()> {
    let (precision, recall) = measure("tuning")?;
    assert!(precision >= 0.90 && recall >= 0.94, "{precision} {recall}");
    Ok(())
}

#[test]
fn on_the_pairs_it_was_not_tuned_on() -> Outcome<()> {
    let (precision, recall) = measure("held_out")?;
    assert!(precision >= 0.85 && recall >= 0.60, "{precision} {recall}");
    Ok(())
}
