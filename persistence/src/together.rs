//! Who asks something while others are being answered asks together with all who came meanwhile: the way to the database and back takes several times
//! as long as what is done there. Who comes to an idle server waits for nobody.

use std::{
    collections::VecDeque,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use sea_orm::DatabaseConnection;
use tokio::{sync::oneshot, time::timeout};

use crate::{error::StoreError, store::PATIENCE};

/// Statements that may be under way at once; who comes meanwhile waits for the first of them to end.
const MOST_UNDER_WAY: usize = 2;
/// The most that is asked in one statement.
const MOST_TOGETHER: usize = 32;
/// The most that wait.
const MOST_WAITING: usize = 1_024;

/// An answer to each, or a failure that is all theirs.
pub(crate) type Answers<A> = Result<Vec<Result<A, StoreError>>, StoreError>;

/// What many may ask at once.
pub(crate) trait Question: Clone + Send + 'static {
    /// What is answered.
    type Answer: Send + 'static;

    /// The answers to all of them, in their order, in one statement.
    fn ask_all(all: Vec<Self>, reader: &DatabaseConnection) -> impl Future<Output = Answers<Self::Answer>> + Send;
}

/// Somebody who waits for an answer.
struct Waiting<Q: Question> {
    question: Q,
    answer: oneshot::Sender<Result<Q::Answer, StoreError>>,
}

struct Line<Q: Question> {
    waiting: VecDeque<Waiting<Q>>,
    under_way: usize,
}

/// Those who ask.
pub(crate) struct Together<Q: Question>(Arc<Mutex<Line<Q>>>);

impl<Q: Question> Clone for Together<Q> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<Q: Question> Default for Together<Q> {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Line { waiting: VecDeque::new(), under_way: 0 })))
    }
}

impl<Q: Question> fmt::Debug for Together<Q> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Together").finish_non_exhaustive()
    }
}

impl<Q: Question> Together<Q> {
    /// The answer.
    ///
    /// # Errors
    /// [`StoreError::Busy`] where too many ask, or for too long; otherwise as the database says.
    pub async fn ask(&self, reader: &DatabaseConnection, question: Q) -> Result<Q::Answer, StoreError> {
        let (answer, answered) = oneshot::channel();
        if let Some(turn) = self.queue(Waiting { question: question.clone(), answer })? {
            // A task of its own: who gives up meanwhile does not take the others with them.
            tokio::spawn(turn.serve(reader.clone()));
        }
        match timeout(PATIENCE, answered).await {
            Ok(Ok(answer)) => answer,
            // The thread that it was served on ended, as one does before the others where a server stops.
            Ok(Err(_)) => Q::ask_all(vec![question], reader).await?.pop().unwrap_or(Err(StoreError::Busy)),
            Err(_) => Err(StoreError::Busy),
        }
    }

    /// Puts somebody in the line; the turn, where one more may be under way.
    fn queue(&self, one: Waiting<Q>) -> Result<Option<Turn<Q>>, StoreError> {
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

    fn line(&self) -> MutexGuard<'_, Line<Q>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One of those that may be under way.
struct Turn<Q: Question> {
    of: Together<Q>,
    has_ended: bool,
}

impl<Q: Question> Turn<Q> {
    /// Answers until nobody waits.
    async fn serve(mut self, reader: DatabaseConnection) {
        while let Some(some) = self.next() {
            let questions = some.iter().map(|one| one.question.clone()).collect();
            let answers = match Q::ask_all(questions, &reader).await {
                Ok(answers) => answers,
                Err(error) => some.iter().map(|_| Err(error.clone())).collect(),
            };
            for (one, answer) in some.into_iter().zip(answers) {
                // Who has given up hears nothing.
                let _heard = one.answer.send(answer).is_ok();
            }
        }
    }

    /// Those who are next; where nobody waits the turn has ended, and that is seen with the line held: who comes after must begin one.
    fn next(&mut self) -> Option<Vec<Waiting<Q>>> {
        let mut line = self.of.line();
        // Who has given up is not asked for.
        line.waiting.retain(|one| !one.answer.is_closed());
        if line.waiting.is_empty() {
            line.under_way -= 1;
            self.has_ended = true;
            return None;
        }
        let most = line.waiting.len().min(MOST_TOGETHER);
        Some(line.waiting.drain(..most).collect())
    }
}

impl<Q: Question> Drop for Turn<Q> {
    fn drop(&mut self) {
        // With the runtime it was served on, or in a panic.
        if !self.has_ended {
            self.of.line().under_way -= 1;
        }
    }
}
