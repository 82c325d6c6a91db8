//! Figures as the contract shows them.

use domain::rate::{Counts, Figures};
use serde::Serialize;
use utoipa::ToSchema;

/// How many petitions stand how; withdrawn and merged ones are in none of these.
#[derive(Debug, Serialize, ToSchema)]
pub struct CountsView {
    /// All that are held.
    submitted: u64,
    /// Acknowledged at some time, or beyond; rejected ones left out.
    received: u64,
    /// Waiting for the citizen.
    awaiting_citizen: u64,
    /// Answered and not reopened since, closed ones included.
    answered: u64,
    /// Of these, answered by their deadline.
    answered_on_time: u64,
    rejected: u64,
    /// Reopened at some time.
    reopened: u64,
    /// Open, the deadline not passed (or none set).
    pending_in_time: u64,
    /// Open, the deadline passed.
    pending_overdue: u64,
    /// Rated by the citizen.
    rated: u64,
    satisfied: u64,
    acceptable: u64,
    unsatisfied: u64,
}

/// Counts with their rates: shares between 0 and 1, `null` over nothing.
#[derive(Debug, Serialize, ToSchema)]
pub struct FiguresView {
    counts: CountsView,
    /// The answer rate by the definition asked for.
    #[schema(example = 0.73)]
    rate: Option<f64>,
    /// `received / eligible`.
    received_rate: Option<f64>,
    /// `answered_on_time / (answered + pending_overdue)`.
    on_time_rate: Option<f64>,
    /// `(satisfied + acceptable) / rated`.
    satisfaction_rate: Option<f64>,
}

impl From<Counts> for CountsView {
    fn from(counts: Counts) -> Self {
        let Counts {
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
        } = counts;
        Self {
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
        }
    }
}

impl From<Figures> for FiguresView {
    fn from(figures: Figures) -> Self {
        let Figures { counts, rate, received_rate, on_time_rate, satisfaction_rate } = figures;
        Self { counts: counts.into(), rate, received_rate, on_time_rate, satisfaction_rate }
    }
}
