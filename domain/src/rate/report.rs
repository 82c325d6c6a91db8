//! The report of a period, in the columns of the national reporting forms: what was carried over, what came, what became of it.
//!
//! It is taken from counts alone, so it can be recounted by anybody for any past period. The counts speak of petitions as they
//! stand *at an instant*, for who has them then; what happened *within* the period is the difference between its two ends:
//!
//! - carried over: pending at the start;
//! - received: submitted within the period and held at its end (one withdrawn or merged before the end is no part of it, as in
//!   every other figure here);
//! - answered and rejected: how many more stand so at the end than at the start. The *net*, because only it closes the balance: a
//!   petition answered earlier and reopened within the period is pending again at the end, though nothing was carried over for it.
//!   So the net falls below zero where more was reopened, or moved away once answered, than was answered anew;
//! - pending: at the end;
//! - other: what else took petitions away (withdrawn, merged, moved to another agency's level or another field), less what moved
//!   in; negative where more moved in. Over all levels and fields the moves cancel.
//!
//! `carried_over + received = answered_in_time + answered_late + rejected + other + pending_in_time + pending_overdue` in every
//! line and every sum of lines, and the end of one period is the start of the next.

use std::collections::BTreeMap;

use super::{
    figures::Counts,
    tally::{Dimension, Filter, Question, Tally},
};
use crate::{catalogue::AgencyLevel, code::CategoryCode, time::Instant};

/// Which report: the period `[from, to)` and the petitions it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reporting {
    /// Where the period begins.
    pub from: Instant,
    /// Before where it ends; not in the future, or the report is not final.
    pub to: Instant,
    /// Of which petitions.
    pub filter: Filter,
}

impl Reporting {
    /// What to ask as of [`Self::from`] and as of [`Self::to`]: all petitions there were.
    pub fn standing(&self) -> Question {
        self.question(None, None)
    }

    /// What to ask as of [`Self::to`] alone: the petitions submitted within the period.
    pub fn arrivals(&self) -> Question {
        self.question(Some(self.from), Some(self.to))
    }

    fn question(&self, from: Option<Instant>, to: Option<Instant>) -> Question {
        Question { from, to, filter: self.filter.clone(), group_by: vec![Dimension::Level, Dimension::Category] }
    }
}

/// A line of the report. See the module for what each column counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Line {
    /// *Kỳ trước chuyển sang*.
    pub carried_over: u64,
    /// *Tiếp nhận trong kỳ*.
    pub received: u64,
    /// *Đã trả lời trong hạn*, net.
    pub answered_in_time: i64,
    /// *Đã trả lời quá hạn*, net.
    pub answered_late: i64,
    /// *Từ chối*, net.
    pub rejected: i64,
    /// *Rút, gộp, chuyển*, net.
    pub other: i64,
    /// *Chưa trả lời, trong hạn*.
    pub pending_in_time: u64,
    /// *Chưa trả lời, quá hạn*.
    pub pending_overdue: u64,
}

impl Line {
    /// From the counts at the start, at the end, and of what was submitted between them, at the end.
    pub fn new(opening: &Counts, closing: &Counts, arrivals: &Counts) -> Self {
        let late = |counts: &Counts| counts.answered.saturating_sub(counts.answered_on_time);
        let carried_over = opening.pending_in_time + opening.pending_overdue;
        let gone = [
            change(opening.answered, closing.answered),
            change(opening.rejected, closing.rejected),
            change(0, closing.pending_in_time),
            change(0, closing.pending_overdue),
        ];
        Self {
            carried_over,
            received: arrivals.submitted,
            answered_in_time: change(opening.answered_on_time, closing.answered_on_time),
            answered_late: change(late(opening), late(closing)),
            rejected: change(opening.rejected, closing.rejected),
            other: change(0, carried_over + arrivals.submitted) - gone.into_iter().sum::<i64>(),
            pending_in_time: closing.pending_in_time,
            pending_overdue: closing.pending_overdue,
        }
    }

    /// Adds another line.
    pub fn add(&mut self, other: &Self) {
        self.carried_over += other.carried_over;
        self.received += other.received;
        self.answered_in_time += other.answered_in_time;
        self.answered_late += other.answered_late;
        self.rejected += other.rejected;
        self.other += other.other;
        self.pending_in_time += other.pending_in_time;
        self.pending_overdue += other.pending_overdue;
    }
}

/// By how much a count grew. Exact for all counts below 2⁶³.
fn change(before: u64, after: u64) -> i64 {
    after.wrapping_sub(before).cast_signed()
}

/// The report: a line for each level and field that had any petition.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// The lines.
    pub lines: BTreeMap<(AgencyLevel, CategoryCode), Line>,
    /// Over all of them.
    pub total: Line,
}

impl Report {
    /// From the answers to [`Reporting::standing`] at the start and at the end, and to [`Reporting::arrivals`] at the end.
    pub fn new(opening: &Tally, closing: &Tally, arrivals: &Tally) -> Self {
        let headings = [opening, closing, arrivals].into_iter().flat_map(|tally| tally.groups.keys());
        let mut lines = BTreeMap::new();
        for key in headings {
            // Grouped as the questions ask, a heading has both.
            let Some(heading) = key.level.zip(key.category.clone()) else { continue };
            lines.entry(heading).or_insert_with(|| {
                let of = |tally: &Tally| tally.groups.get(key).copied().unwrap_or_default();
                Line::new(&of(opening), &of(closing), &of(arrivals))
            });
        }
        Self { lines, total: Line::new(&opening.total, &closing.total, &arrivals.total) }
    }

    /// The sum for each level.
    pub fn by_level(&self) -> BTreeMap<AgencyLevel, Line> {
        self.sums(|(level, _)| *level)
    }

    /// The sum for each field.
    pub fn by_category(&self) -> BTreeMap<CategoryCode, Line> {
        self.sums(|(_, category)| category.clone())
    }

    fn sums<K: Ord>(&self, heading: impl Fn(&(AgencyLevel, CategoryCode)) -> K) -> BTreeMap<K, Line> {
        let mut sums: BTreeMap<K, Line> = BTreeMap::new();
        for (key, line) in &self.lines {
            sums.entry(heading(key)).or_default().add(line);
        }
        sums
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::Key, *};

    fn counts(answered_on_time: u64, late: u64, rejected: u64, pending_in_time: u64, pending_overdue: u64) -> Counts {
        let answered = answered_on_time + late;
        let submitted = answered + rejected + pending_in_time + pending_overdue;
        Counts {
            submitted,
            answered,
            answered_on_time,
            rejected,
            pending_in_time,
            pending_overdue,
            ..Counts::default()
        }
    }

    fn key(level: AgencyLevel, category: &str) -> Key {
        Key { level: Some(level), category: Some(CategoryCode::parse(category).unwrap()), ..Key::default() }
    }

    fn tally(groups: impl IntoIterator<Item = (Key, Counts)>) -> Tally {
        let mut tally = Tally::default();
        for (key, counts) in groups {
            tally.total.add(&counts);
            tally.groups.insert(key, counts);
        }
        tally
    }

    fn outflow(line: &Line) -> i64 {
        let pending = i64::try_from(line.pending_in_time + line.pending_overdue).unwrap();
        line.answered_in_time + line.answered_late + line.rejected + line.other + pending
    }

    fn inflow(line: &Line) -> i64 {
        i64::try_from(line.carried_over + line.received).unwrap()
    }

    #[test]
    fn a_month_worked_out_by_hand() {
        // Carried over: 3 in time and 1 overdue. Within the month 10 came of which one was withdrawn; one of the carried over was
        // merged. 6 were answered in time, 2 late, 1 rejected; of the 3 left one is overdue.
        let line = Line::new(&counts(20, 5, 2, 3, 1), &counts(26, 7, 3, 2, 1), &counts(5, 0, 1, 2, 1));
        assert_eq!(
            line,
            Line {
                carried_over: 4,
                received: 9,
                answered_in_time: 6,
                answered_late: 2,
                rejected: 1,
                other: 1,
                pending_in_time: 2,
                pending_overdue: 1,
            }
        );
    }

    #[test]
    fn a_reopening_takes_an_answer_back() {
        let line = Line::new(&counts(3, 0, 0, 0, 0), &counts(2, 0, 0, 1, 0), &Counts::default());
        assert_eq!((line.carried_over, line.answered_in_time, line.pending_in_time, line.other), (0, -1, 1, 0));
    }

    #[test]
    fn what_moves_between_fields_cancels_in_the_total() {
        let (from, to) = (key(AgencyLevel::Commune, "chieu_sang"), key(AgencyLevel::District, "moi_truong"));
        let opening = tally([(from, counts(0, 0, 0, 2, 0))]);
        let closing = tally([(to, counts(0, 0, 0, 0, 2))]);
        let report = Report::new(&opening, &closing, &Tally::default());
        let others: Vec<i64> = report.lines.values().map(|line| line.other).collect();
        assert_eq!(others, [2, -2]);
        assert_eq!(report.total.other, 0);
        assert_eq!(report.by_level().values().map(|line| line.other).collect::<Vec<_>>(), [2, -2]);
    }

    #[test]
    fn the_questions_ask_for_both_headings_and_for_the_period() {
        let instant = |day| Instant::parse(day).unwrap();
        let reporting = Reporting { from: instant("2022-08-01"), to: instant("2022-09-01"), filter: Filter::default() };
        assert!(reporting.standing().covers(instant("2000-01-01")));
        assert!(
            !reporting.arrivals().covers(instant("2022-09-01")) && reporting.arrivals().covers(instant("2022-08-01"))
        );
        assert_eq!(reporting.standing().group_by, reporting.arrivals().group_by);
    }

    fn any_counts() -> impl Strategy<Value = Counts> {
        (0..50_u64, 0..50_u64, 0..50_u64, 0..50_u64, 0..50_u64).prop_map(|(a, b, c, d, e)| counts(a, b, c, d, e))
    }

    fn any_tally() -> impl Strategy<Value = Tally> {
        let heading = (prop::sample::select(AgencyLevel::ALL), prop::sample::select(vec!["a", "b", "c"]));
        let heading = heading.prop_map(|(level, category)| key(level, category));
        prop::collection::btree_map(heading, any_counts(), 0..6).prop_map(tally)
    }

    proptest! {
        #[test]
        fn the_balance_closes_in_every_line_and_sum(opening in any_tally(), closing in any_tally(), arrivals in any_tally()) {
            let report = Report::new(&opening, &closing, &arrivals);
            for line in report.lines.values().chain([&report.total]) {
                prop_assert_eq!(inflow(line), outflow(line));
            }
            for sums in [
                report.by_level().into_values().collect::<Vec<_>>(),
                report.by_category().into_values().collect(),
                report.lines.values().copied().collect(),
            ] {
                let mut sum = Line::default();
                sums.iter().for_each(|line| sum.add(line));
                prop_assert_eq!(sum, report.total);
            }
        }

        #[test]
        fn other_is_what_left_less_what_came(opening in any_counts(), closing in any_counts(), arrivals in any_counts()) {
            let left = i64::try_from(opening.submitted + arrivals.submitted).unwrap() - i64::try_from(closing.submitted).unwrap();
            prop_assert_eq!(Line::new(&opening, &closing, &arrivals).other, left);
        }
    }
}
