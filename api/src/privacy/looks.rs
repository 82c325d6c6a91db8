//! Who of the staff was shown whose petition: noted in memory as an answer is made, written down a moment later.
//!
//! A look is an answer to staff in which a person's petition stands, with the sender's name or without. An officer whose queue is read
//! anew every ten seconds looks at the same fifty petitions three hundred times an hour, and the person learns nothing more from the
//! second time: so the same look counts once an hour. Nothing is written on the way of a request, and what is written is inserted.
//! An orderly stop writes all of it; a crash loses what was noted since the last pass, a second ago.

use std::{
    collections::HashSet,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use domain::{
    account::Role,
    id::{AccountId, LookId, PetitionId},
    time::Instant,
};
use persistence::{Look, Purpose, Store, StoreError};

use crate::{
    auth::{Audience, Caller, Staff},
    clock,
    problem::{Code, Problem},
};

/// How often looks are written down.
pub(super) const PASS: Duration = Duration::from_secs(1);

/// How many may wait. With the database away for so long that there are more, nobody is shown anything any more: a look that cannot
/// be accounted for is not to be had.
const MOST_WAITING: usize = 100_000;

const MICROS_OF_AN_HOUR: i64 = 3_600_000_000;

/// What makes two looks the same.
type Sight = (AccountId, PetitionId, Purpose, bool);

#[derive(Debug, Default)]
struct Noted {
    /// Which hour since 1970 `seen` is of.
    hour: i64,
    seen: HashSet<Sight>,
    waiting: Vec<Look>,
}

/// Looks that are not written down yet, and those of this hour.
#[derive(Debug, Default)]
pub struct Looks(Mutex<Noted>);

/// A petition as somebody was shown it.
#[derive(Debug, Clone, Copy)]
pub struct Seen {
    /// Which.
    pub petition: PetitionId,
    /// Whose.
    pub subject: AccountId,
    /// Whether with the sender's name.
    pub named: bool,
}

impl Looks {
    fn noted(&self) -> MutexGuard<'_, Noted> {
        // Whoever panicked here left a list that is whole: nothing is done to it but to push.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that a caller is shown petitions. What others than staff see is their own, or everybody's.
    ///
    /// # Errors
    /// [`Code::Unavailable`] when too many wait to be written down.
    pub fn note(
        &self,
        caller: &Caller,
        purpose: Purpose,
        seen: impl IntoIterator<Item = Seen>,
        now: Instant,
    ) -> Result<(), Problem> {
        if !Staff::ROLES.contains(&caller.role) {
            return Ok(());
        }
        let mut noted = self.noted();
        let hour = now.micros().div_euclid(MICROS_OF_AN_HOUR);
        if noted.hour != hour {
            noted.hour = hour;
            noted.seen.clear();
        }
        for Seen { petition, subject, named } in seen {
            if noted.waiting.len() >= MOST_WAITING {
                return Err(Problem::new(Code::Unavailable));
            }
            // Who has seen the name with it learns nothing more without.
            let known = !named && noted.seen.contains(&(caller.account, petition, purpose, true));
            if !known && noted.seen.insert((caller.account, petition, purpose, named)) {
                noted.waiting.push(look(caller, purpose, subject, Some(petition), named, now));
            }
        }
        Ok(())
    }

    /// Notes that an administrator is shown a person of a request.
    pub fn note_person(&self, caller: &Caller, subject: AccountId, now: Instant) {
        self.noted().waiting.push(look(caller, Purpose::Erasure, subject, None, true, now));
    }

    /// Writes down what waits. What cannot be written waits on.
    ///
    /// # Errors
    /// As the store says.
    pub async fn write_down(&self, store: &Store) -> Result<(), StoreError> {
        let waiting = std::mem::take(&mut self.noted().waiting);
        if waiting.is_empty() {
            return Ok(());
        }
        let written = async {
            let mut unit = store.begin().await?;
            unit.keep_looks(&waiting).await?;
            unit.commit().await
        };
        match written.await {
            Ok(()) => Ok(()),
            Err(error) => {
                let mut noted = self.noted();
                let since = std::mem::replace(&mut noted.waiting, waiting);
                noted.waiting.extend(since);
                Err(error)
            }
        }
    }
}

fn look(
    caller: &Caller,
    purpose: Purpose,
    subject: AccountId,
    petition: Option<PetitionId>,
    named: bool,
    now: Instant,
) -> Look {
    Look {
        id: LookId::new(now, &clock::id_randomness()),
        at: now,
        viewer: caller.account,
        role: caller.role,
        agency: caller.actor.agency().filter(|_| caller.role != Role::Admin),
        subject,
        petition,
        purpose,
        named,
    }
}

#[cfg(test)]
mod tests {
    use domain::{account::Actor, code::AgencyCode, id::SessionId};
    use uuid::Uuid;

    use super::*;

    fn caller(role: Role) -> Caller {
        let account = AccountId(Uuid::from_u128(9));
        let agency = role.needs_agency().then(|| AgencyCode::parse("ubnd-256").unwrap());
        Caller {
            actor: Actor::new(account, role, agency).unwrap(),
            account,
            role,
            session: SessionId(Uuid::nil()),
            must_change_password: false,
            has_second_factor: false,
            expires_at: Duration::ZERO,
        }
    }

    #[test]
    fn the_same_look_counts_once_an_hour_and_others_than_staff_never() {
        let looks = Looks::default();
        let seen = |named| Seen { petition: PetitionId(Uuid::nil()), subject: AccountId(Uuid::nil()), named };
        let at = |text: &str| Instant::parse(text).unwrap();
        let note =
            |role, purpose, named, when: &str| looks.note(&caller(role), purpose, [seen(named)], at(when)).unwrap();
        let waiting = || looks.noted().waiting.len();
        note(Role::Citizen, Purpose::Handling, true, "2026-11-25T10:00:00+07:00");
        assert_eq!(waiting(), 0);
        note(Role::Officer, Purpose::List, false, "2026-11-25T10:00:00+07:00");
        note(Role::Officer, Purpose::List, false, "2026-11-25T10:59:59+07:00");
        assert_eq!(waiting(), 1);
        note(Role::Officer, Purpose::Handling, false, "2026-11-25T10:59:59+07:00");
        note(Role::Officer, Purpose::List, true, "2026-11-25T10:59:59+07:00");
        note(Role::Officer, Purpose::Handling, true, "2026-11-25T10:59:59+07:00");
        note(Role::Officer, Purpose::Handling, false, "2026-11-25T10:59:59+07:00");
        note(Role::Officer, Purpose::List, false, "2026-11-25T11:00:00+07:00");
        assert_eq!(waiting(), 5, "with the name is another look, without it after that is none");
    }

    #[test]
    fn what_cannot_be_written_down_is_not_shown() {
        let looks = Looks::default();
        let seen = (0..=MOST_WAITING).map(|number| Seen {
            petition: PetitionId(Uuid::from_u128(u128::try_from(number).unwrap())),
            subject: AccountId(Uuid::nil()),
            named: false,
        });
        let refused = looks.note(&caller(Role::Officer), Purpose::List, seen, clock::now());
        assert_eq!(refused.unwrap_err().code, Code::Unavailable);
    }
}
