//! Who asks for a petition while others are being answered asks together with all who came meanwhile: the way to the database and back takes several times
//! as long as what is done there. Who comes to an idle server waits for nobody.

use std::{
    collections::{BTreeMap, VecDeque},
    fmt,
    iter::repeat_n,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use domain::petition::PetitionCode;
use sea_orm::DatabaseConnection;
use tokio::{sync::oneshot, time::timeout};

use super::{Dossier, of_codes};
use crate::{error::StoreError, store::PATIENCE};

/// Statements that may be under way at once; who comes meanwhile waits for the first of them to end.
const MOST_UNDER_WAY: usize = 2;
/// The most that are asked for in one statement.
const MOST_TOGETHER: usize = 32;
/// The most that wait.
const MOST_WAITING: usize = 1_024;

type Answer = Result<Option<Dossier>, StoreError>;

/// Somebody who waits for a petition.
struct Waiting {
    code: PetitionCode,
    answer: oneshot::Sender<Answer>,
}

#[derive(Default)]
struct Line {
    waiting: VecDeque<Waiting>,
    under_way: usize,
}

/// Those who ask.
#[derive(Clone, Default)]
pub(crate) struct Together(Arc<Mutex<Line>>);

impl fmt::Debug for Together {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Together").finish_non_exhaustive()
    }
}

impl Together {
    pub async fn ask(&self, reader: &DatabaseConnection, code: &PetitionCode) -> Answer {
        let (answer, answered) = oneshot::channel();
        if let Some(turn) = self.queue(Waiting { code: code.clone(), answer })? {
            // A task of its own: who gives up meanwhile does not take the others with them.
            tokio::spawn(turn.serve(reader.clone()));
        }
        match timeout(PATIENCE, answered).await {
            Ok(Ok(answer)) => answer,
            // The thread that it was served on ended, as one does before the others where a server stops.
            Ok(Err(_)) => of_codes(reader, &[code.as_str()]).await?.remove(code.as_str()).transpose(),
            Err(_) => Err(StoreError::Busy),
        }
    }

    /// Puts somebody in the line; the turn, where one more may be under way.
    fn queue(&self, one: Waiting) -> Result<Option<Turn>, StoreError> {
        let mut line = self.line();
        if line.waiting.len() >= MOST_WAITING {
            return Err(StoreError::Busy);
        }
        line.waiting.push_back(one);
        if line.under_way == MOST_UNDER_WAY {
            return Ok(None);
        }
        line.under_way += 1;
        Ok(Some(Turn { of: self.clone(), has_ended: false }))
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One of those that may be under way.
struct Turn {
    of: Together,
    has_ended: bool,
}

impl Turn {
    /// Answers until nobody waits.
    async fn serve(mut self, reader: DatabaseConnection) {
        while let Some(some) = self.next() {
            let codes: Vec<&str> = some.keys().map(PetitionCode::as_str).collect();
            let mut found = of_codes(&reader, &codes).await;
            for (code, answers) in some {
                let its_own = match &mut found {
                    Ok(found) => found.remove(code.as_str()).transpose(),
                    Err(error) => Err(error.clone()),
                };
                let copies = repeat_n(its_own, answers.len());
                for (answer, its_own) in answers.into_iter().zip(copies) {
                    // Who has given up hears nothing.
                    let _heard = answer.send(its_own).is_ok();
                }
            }
        }
    }

    /// Those who are next, by what they ask for; where nobody waits the turn has ended, and that is seen with the line held: who comes after must begin one.
    fn next(&mut self) -> Option<BTreeMap<PetitionCode, Vec<oneshot::Sender<Answer>>>> {
        let mut line = self.of.line();
        // Who has given up is not asked for.
        line.waiting.retain(|one| !one.answer.is_closed());
        if line.waiting.is_empty() {
            line.under_way -= 1;
            self.has_ended = true;
            return None;
        }
        let most = line.waiting.len().min(MOST_TOGETHER);
        let mut some: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for Waiting { code, answer } in line.waiting.drain(..most) {
            some.entry(code).or_default().push(answer);
        }
        Some(some)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        // With the runtime it was served on, or in a panic.
        if !self.has_ended {
            self.of.line().under_way -= 1;
        }
    }
}
