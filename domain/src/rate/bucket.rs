//! The petitions behind a count.

use super::{figures::Counts, standing::Standing};
use crate::vocabulary::vocabulary;

vocabulary! {
    /// One of the counts, by its name in an answer.
    Bucket {
        /// [`Counts::submitted`].
        Submitted = "submitted",
        /// [`Counts::received`].
        Received = "received",
        /// [`Counts::awaiting_citizen`].
        AwaitingCitizen = "awaiting_citizen",
        /// [`Counts::answered`].
        Answered = "answered",
        /// [`Counts::answered_on_time`].
        AnsweredOnTime = "answered_on_time",
        /// [`Counts::rejected`].
        Rejected = "rejected",
        /// [`Counts::reopened`].
        Reopened = "reopened",
        /// [`Counts::pending_in_time`].
        PendingInTime = "pending_in_time",
        /// [`Counts::pending_overdue`].
        PendingOverdue = "pending_overdue",
        /// [`Counts::rated`].
        Rated = "rated",
        /// [`Counts::satisfied`].
        Satisfied = "satisfied",
        /// [`Counts::acceptable`].
        Acceptable = "acceptable",
        /// [`Counts::unsatisfied`].
        Unsatisfied = "unsatisfied",
    }
}

impl Bucket {
    /// How many are in it.
    pub fn count(self, counts: &Counts) -> u64 {
        match self {
            Self::Submitted => counts.submitted,
            Self::Received => counts.received,
            Self::AwaitingCitizen => counts.awaiting_citizen,
            Self::Answered => counts.answered,
            Self::AnsweredOnTime => counts.answered_on_time,
            Self::Rejected => counts.rejected,
            Self::Reopened => counts.reopened,
            Self::PendingInTime => counts.pending_in_time,
            Self::PendingOverdue => counts.pending_overdue,
            Self::Rated => counts.rated,
            Self::Satisfied => counts.satisfied,
            Self::Acceptable => counts.acceptable,
            Self::Unsatisfied => counts.unsatisfied,
        }
    }

    /// Whether a petition that stands so is counted in it.
    pub fn holds(self, standing: Standing) -> bool {
        let mut counts = Counts::default();
        counts.take(standing, 1);
        self.count(&counts) > 0
    }
}
