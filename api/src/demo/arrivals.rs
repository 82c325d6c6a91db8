//! When petitions come: ever more through the year, least at Tết and on Sundays, at noon and in the evening most of all.

use chrono::Datelike;
use domain::time::Instant;

use super::{
    DemoError, bounds,
    chance::{Chance, Weighted, below, between, percent},
    office::HOUR,
};

/// By month: the app was new.
const MONTHS: [i64; 12] = [55, 42, 68, 76, 86, 94, 100, 104, 112, 118, 124, 126];
/// Monday first.
const WEEKDAYS: [i64; 7] = [112, 106, 104, 102, 100, 92, 84];
/// From midnight on.
const HOURS: [i64; 24] = [8, 4, 2, 1, 2, 8, 26, 52, 66, 62, 56, 58, 60, 44, 46, 48, 52, 60, 66, 82, 94, 86, 54, 24];

/// The instants at which petitions come, in their order.
///
/// Each takes its place in its own share of the year, so that the count of a day is what its weight says, rounded.
pub(super) fn arrivals(count: usize, chance: &mut Chance) -> Result<Vec<Instant>, DemoError> {
    let lost = || DemoError::Lost("an arrival");
    let (first, next) = bounds()?;
    let mut hours = Vec::new();
    for day in first.iter_days().take_while(|day| *day < next) {
        let month = usize::try_from(day.month0()).ok().and_then(|month| MONTHS.get(month));
        let weekday = usize::try_from(day.weekday().num_days_from_monday()).ok().and_then(|day| WEEKDAYS.get(day));
        let usual = month.zip(weekday).map(|(month, weekday)| month * weekday).ok_or_else(lost)?;
        // A storm, a burst pipe, an item on the evening news.
        let weather = if percent(chance, 3) { between(chance, 150, 210) } else { between(chance, 75, 125) };
        let midnight = Instant::start_of_day(day).micros();
        for (hour, share) in (0..).zip(HOURS) {
            let weight = u64::try_from(usual * weather * share).map_err(|_| lost())?;
            hours.push((weight, midnight + hour * HOUR));
        }
    }
    let hours = Weighted::new(hours);
    let count = u64::try_from(count).map_err(|_| lost())?;
    let mut instants = Vec::new();
    for index in 0..count {
        let height = (index * hours.total() + below(chance, hours.total())) / count.max(1);
        let (begins, above, weight) = hours.at(height).ok_or_else(lost)?;
        let hour = u64::try_from(HOUR).map_err(|_| lost())?;
        // The height is coarse: below it, chance again.
        let into = (above * hour + below(chance, hour)) / weight.max(1);
        let into = i64::try_from(into.min(hour - 1)).map_err(|_| lost())?;
        instants.push(Instant::from_micros(begins + into).ok_or_else(lost)?);
    }
    instants.sort_unstable();
    Ok(instants)
}
