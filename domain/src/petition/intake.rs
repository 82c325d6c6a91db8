//! Petitions that came another way, and are entered by the coordinator or handed over by another portal.
//!
//! What comes on paper, by telephone, fax or e-mail is entered in full into the system as well (QĐ 31/2021/QĐ-TTg, Art. 43), with
//! when it came. Three things follow from when it came and when it was entered, each so that nobody gains by naming another instant:
//!
//! - The **clock to answer** counts from when it came: the law counts from receipt (Law on Receiving Citizens 2013, Art. 28; Decree
//!   20/2008/NĐ-CP, Art. 9a), and a sender does not care how long a letter lay. An earlier instant makes the deadline earlier.
//! - The **clock to acknowledge** counts from when it was entered: before that the desk had nothing to acknowledge.
//! - It **counts in figures** from when it was entered, as submitted then. So what was told of a past instant stays, and a period that is
//!   over gets no petition more, answered or not.

use chrono::Duration;
use serde::{Deserialize, Serialize};

use crate::{
    account::Actor,
    catalogue::Channel,
    chain::{Digest, SealedText},
    code::SourceCode,
    id::AccountId,
    time::Instant,
};

/// How many days may lie between a petition's coming and its being entered. What has lain for longer is for an archive: a deadline
/// that passed a year ago tells nobody anything.
pub const REACH_DAYS: i64 = 366;

/// What a submission names when it came another way.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Where it came in first.
    pub source: SourceCode,
    /// The account that stands for its sender; nobody signs in to it.
    pub sender: AccountId,
    /// When it came there.
    pub came_at: CameAt,
    /// What it is known by there.
    pub reference: Option<SealedText>,
}

impl Entry {
    /// What the log keeps of it.
    pub(super) fn record(&self) -> Intake {
        Intake {
            source: self.source.clone(),
            sender: self.sender,
            came_at: self.came_at.0,
            reference: self.reference.as_ref().map(SealedText::digest),
        }
    }
}

/// How a petition came that nobody sent by the app or the web page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intake {
    /// Where it came in first.
    pub source: SourceCode,
    /// The account that stands for its sender.
    pub sender: AccountId,
    /// When it came there; from here the clock to answer counts.
    pub came_at: Instant,
    /// What it is known by there: with [`super::Slot::Reference`] the key of the words.
    pub reference: Option<Digest>,
}

/// An instant at which a petition can have come that is entered now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CameAt(Instant);

/// Why a petition cannot have come then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CameAtFault {
    /// It has not come yet.
    #[error("is in the future")]
    InFuture,
    /// More than [`REACH_DAYS`] before.
    #[error("is more than {REACH_DAYS} days ago")]
    TooLongAgo,
}

impl CameAt {
    /// Checks an instant against the server's clock.
    ///
    /// # Errors
    /// [`CameAtFault`].
    pub fn new(at: Instant, now: Instant) -> Result<Self, CameAtFault> {
        if at > now {
            return Err(CameAtFault::InFuture);
        }
        if at < now.plus(-Duration::days(REACH_DAYS)) {
            return Err(CameAtFault::TooLongAgo);
        }
        Ok(Self(at))
    }

    /// The instant.
    pub fn instant(self) -> Instant {
        self.0
    }
}

/// Whether this actor may submit a petition that came so. Citizens send their own; the coordinator enters what others brought; a portal
/// hands over what its citizen sent there, as that citizen.
///
/// What is entered never counts as sent by phone or on the page: a target counts these, and would be for the coordinator to meet.
pub(super) fn may_submit(actor: &Actor, entry: Option<&Entry>, channel: Channel) -> bool {
    let entered = entry.is_none() || !channel.is_senders_own();
    match actor {
        Actor::Citizen(account) => entered && entry.is_none_or(|entry| entry.sender == *account),
        Actor::Coordinator(_) => entered && entry.is_some(),
        Actor::Officer(..) | Actor::Leader(..) | Actor::Steering(_) | Actor::Admin(_) | Actor::System => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_came_within_a_year_and_not_tomorrow() {
        let now = Instant::parse("2022-08-15T09:00:00+07:00").unwrap();
        let of = |text: &str| CameAt::new(Instant::parse(text).unwrap(), now).map(CameAt::instant);
        assert_eq!(of("2022-08-15T09:00:00+07:00"), Ok(now));
        assert!(of("2021-08-14T09:00:00+07:00").is_ok());
        assert_eq!(of("2022-08-15T09:00:01+07:00"), Err(CameAtFault::InFuture));
        assert_eq!(of("2021-08-14T08:59:59+07:00"), Err(CameAtFault::TooLongAgo));
    }
}
