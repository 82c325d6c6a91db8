//! What is counted, and the rates that follow from the counts.

use serde::Serialize;

use super::standing::{Stage, Standing};
use crate::{petition::RatingLevel, vocabulary::vocabulary};

/// How many petitions stand how. Withdrawn and merged ones are in none of these.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// All that are held.
    pub submitted: u64,
    /// Acknowledged at some time, or beyond; rejected ones left out, so that it is a part of the eligible.
    pub received: u64,
    /// Waiting for the citizen.
    pub awaiting_citizen: u64,
    /// Answered and not reopened since, closed ones included.
    pub answered: u64,
    /// Of these, answered by their deadline.
    pub answered_on_time: u64,
    /// Rejected.
    pub rejected: u64,
    /// Reopened at some time.
    pub reopened: u64,
    /// Open, the deadline not passed (or none set).
    pub pending_in_time: u64,
    /// Open, the deadline passed.
    pub pending_overdue: u64,
    /// Rated by the citizen.
    pub rated: u64,
    /// Rated *hài lòng*.
    pub satisfied: u64,
    /// Rated *chấp nhận*.
    pub acceptable: u64,
    /// Rated *không hài lòng*.
    pub unsatisfied: u64,
}

impl Counts {
    /// Counts that many petitions that stand so.
    pub fn take(&mut self, standing: Standing, petitions: u64) {
        let Standing { stage, received, reopened, rating } = standing;
        self.submitted += petitions;
        match stage {
            Stage::Rejected => self.rejected += petitions,
            Stage::AnsweredOnTime => {
                self.answered += petitions;
                self.answered_on_time += petitions;
            }
            Stage::AnsweredLate => self.answered += petitions,
            Stage::PendingInTime => self.pending_in_time += petitions,
            Stage::PendingOverdue => self.pending_overdue += petitions,
            Stage::AwaitingInTime => {
                self.awaiting_citizen += petitions;
                self.pending_in_time += petitions;
            }
            Stage::AwaitingOverdue => {
                self.awaiting_citizen += petitions;
                self.pending_overdue += petitions;
            }
        }
        self.received += if received && stage != Stage::Rejected { petitions } else { 0 };
        self.reopened += if reopened { petitions } else { 0 };
        let Some(level) = rating else { return };
        self.rated += petitions;
        match level {
            RatingLevel::Satisfied => self.satisfied += petitions,
            RatingLevel::Acceptable => self.acceptable += petitions,
            RatingLevel::Unsatisfied => self.unsatisfied += petitions,
        }
    }

    /// Adds the counts of other petitions.
    pub fn add(&mut self, other: &Self) {
        let Self {
            submitted,
            received,
            awaiting_citizen,
            answered,
            answered_on_time,
            rejected,
            reopened,
            pending_in_time,
            pending_overdue,
            rated,
            satisfied,
            acceptable,
            unsatisfied,
        } = other;
        self.submitted += submitted;
        self.received += received;
        self.awaiting_citizen += awaiting_citizen;
        self.answered += answered;
        self.answered_on_time += answered_on_time;
        self.rejected += rejected;
        self.reopened += reopened;
        self.pending_in_time += pending_in_time;
        self.pending_overdue += pending_overdue;
        self.rated += rated;
        self.satisfied += satisfied;
        self.acceptable += acceptable;
        self.unsatisfied += unsatisfied;
    }

    /// `submitted − rejected`.
    pub fn eligible(&self) -> u64 {
        self.submitted.saturating_sub(self.rejected)
    }
}

vocabulary! {
    /// Which petitions an answer rate is taken over.
    Definition {
        /// `answered / (submitted − rejected)`, the pattern of the Government Office's report of 2017.
        Eligible = "eligible",
        /// `answered / submitted`, the pattern of "nearly 1,500 of nearly 2,000, over 73 %" (Bắc Ninh, 2022).
        All = "all",
        /// `answered / (submitted − rejected − awaiting_citizen)`.
        Actionable = "actionable",
    }
}

impl Definition {
    /// What the answered are divided by.
    pub fn denominator(self, counts: &Counts) -> u64 {
        match self {
            Self::Eligible => counts.eligible(),
            Self::All => counts.submitted,
            Self::Actionable => counts.eligible().saturating_sub(counts.awaiting_citizen),
        }
    }
}

/// A share; `None` over nothing, never 0 or 1.
pub fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| approximate(part) / approximate(whole))
}

/// A count as a float: exact below 2⁵³, and there are fewer petitions than that.
#[expect(clippy::as_conversions, clippy::cast_precision_loss, reason = "counts stay below 2^53")]
pub(super) fn approximate(count: u64) -> f64 {
    count as f64
}

/// Counts with their rates, each between 0 and 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Figures {
    /// The counts behind the rates.
    pub counts: Counts,
    /// The answer rate by the definition asked for.
    pub rate: Option<f64>,
    /// `received / eligible`.
    pub received_rate: Option<f64>,
    /// `answered_on_time / (answered + pending_overdue)`, so that an old open case hurts.
    pub on_time_rate: Option<f64>,
    /// `(satisfied + acceptable) / rated`.
    pub satisfaction_rate: Option<f64>,
}

impl Figures {
    /// The rates that follow from the counts.
    pub fn new(counts: Counts, definition: Definition) -> Self {
        Self {
            rate: share(counts.answered, definition.denominator(&counts)),
            received_rate: share(counts.received, counts.eligible()),
            on_time_rate: share(counts.answered_on_time, counts.answered + counts.pending_overdue),
            satisfaction_rate: share(counts.satisfied + counts.acceptable, counts.rated),
            counts,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_counted_gives_no_rate() {
        for definition in Definition::ALL {
            let figures = Figures::new(Counts::default(), *definition);
            assert_eq!(
                (figures.rate, figures.received_rate, figures.on_time_rate, figures.satisfaction_rate),
                (None, None, None, None)
            );
        }
        let all_rejected = Counts { submitted: 3, rejected: 3, ..Counts::default() };
        assert_eq!(Figures::new(all_rejected, Definition::Eligible).rate, None);
        assert_eq!(Figures::new(all_rejected, Definition::All).rate, Some(0.0));
    }

    #[test]
    fn the_three_definitions_differ_by_their_denominator() {
        let counts = Counts { submitted: 10, rejected: 2, awaiting_citizen: 3, answered: 4, ..Counts::default() };
        let rate = |definition| Figures::new(counts, definition).rate;
        assert_eq!(rate(Definition::Eligible), Some(0.5));
        assert_eq!(rate(Definition::All), Some(0.4));
        assert_eq!(rate(Definition::Actionable), Some(0.8));
    }

    #[test]
    fn an_old_open_case_hurts_the_on_time_rate() {
        let counts = Counts { submitted: 4, answered: 3, answered_on_time: 3, pending_overdue: 1, ..Counts::default() };
        assert_eq!(Figures::new(counts, Definition::Eligible).on_time_rate, Some(0.75));
    }
}
