//! A target through time: what was set when, by whom and why.

use super::target::Target;
use crate::{id::AccountId, time::Instant};

/// A target as it was set at a time. What was set stays: a change is the next version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetVersion {
    /// Which one: 1 is the first.
    pub number: u32,
    /// When it was set.
    pub recorded_at: Instant,
    /// Who set it; `None`: it came with the catalogue.
    pub author: Option<AccountId>,
    /// Why.
    pub reason: Option<String>,
    /// What was set.
    pub target: Target,
}

/// A change that would change nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the target is so already")]
pub struct Unchanged;

/// All versions of a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetHistory {
    first: TargetVersion,
    /// In their order.
    later: Vec<TargetVersion>,
}

impl TargetHistory {
    /// A target that is new.
    pub fn begin(first: TargetVersion) -> Self {
        Self { first, later: Vec::new() }
    }

    /// Adds what comes after.
    pub fn push(&mut self, next: TargetVersion) {
        self.later.push(next);
    }

    /// All of them, the first one first.
    pub fn versions(&self) -> impl DoubleEndedIterator<Item = &TargetVersion> {
        std::iter::once(&self.first).chain(&self.later)
    }

    /// The one that is valid now.
    pub fn newest(&self) -> &TargetVersion {
        self.later.last().unwrap_or(&self.first)
    }

    /// The one that was valid just before an instant: what was asked about the past stays. Before there was any, the first: a plan
    /// may be written down after the year it is for began.
    pub fn in_force(&self, as_of: Instant) -> &TargetVersion {
        self.versions().rev().find(|version| version.recorded_at < as_of).unwrap_or(&self.first)
    }

    /// The version of that number.
    pub fn version(&self, number: u32) -> Option<&TargetVersion> {
        self.versions().find(|version| version.number == number)
    }

    /// The version after the newest. A clock that was set back does not put it before that one.
    ///
    /// # Errors
    /// [`Unchanged`] where it would be the same target.
    pub fn next(
        &self,
        target: Target,
        author: AccountId,
        reason: String,
        now: Instant,
    ) -> Result<TargetVersion, Unchanged> {
        let newest = self.newest();
        if newest.target == target {
            return Err(Unchanged);
        }
        Ok(TargetVersion {
            number: newest.number + 1,
            recorded_at: now.max(newest.recorded_at),
            author: Some(author),
            reason: Some(reason),
            target,
        })
    }
}
