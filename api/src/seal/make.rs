//! Making a seal.

use domain::seal::{Seal, Statement, is_due};
use persistence::Store;

use super::SealKey;
use crate::{
    clock,
    problem::{Code, Problem},
};

/// Why a seal is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occasion {
    /// A day may be over; a seal is made even if nothing happened on it, and says so.
    DayOver,
    /// Somebody asks for one; where nothing happened since the last, that one stands.
    Asked,
}

/// The seal that there is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Made {
    /// It was made now.
    Now(Seal),
    /// It was there before.
    Before(Seal),
}

/// How often it is tried again when another server was faster.
const ATTEMPTS: u32 = 5;

/// Seals the log, where the occasion asks for it. All is gathered before anything is written; of several servers that do it at
/// once, one adds the seal, and the others look again whether there is anything left to seal.
///
/// # Errors
/// As the store says; [`Code::Unavailable`] when others were faster again and again.
pub async fn make(store: &Store, key: &SealKey, occasion: Occasion) -> Result<Made, Problem> {
    for _ in 0..ATTEMPTS {
        let last = store.last_seal().await?;
        let before = last.as_ref().map(|last| &last.statement);
        let stands = |is_so: bool| last.clone().filter(|_| is_so);
        if let Some(last) = stands(occasion == Occasion::DayOver && !is_due(before, clock::now())) {
            return Ok(Made::Before(last));
        }
        let (upto, contents) = store.to_be_sealed(before).await?;
        let statement = Statement::after(before, upto, &contents, key.public(), clock::now());
        let statement = statement.map_err(Problem::internal)?;
        // The root covers everything: the number of petitions and the head of each.
        let nothing_new = before.is_some_and(|before| before.root == statement.root);
        if let Some(last) = stands(occasion == Occasion::Asked && nothing_new) {
            return Ok(Made::Before(last));
        }
        let signature = key.sign(&statement.canonical().map_err(Problem::internal)?).map_err(Problem::internal)?;
        let seal = Seal { statement, signature };
        let mut unit = store.begin().await?;
        if unit.add_seal(&seal, &contents.blocks).await? {
            unit.commit().await?;
            key.keep_copy(&seal);
            let Statement { number, petitions, root, .. } = &seal.statement;
            tracing::info!(seal.number = number, petitions, %root, "the log was sealed");
            return Ok(Made::Now(seal));
        }
    }
    Err(Problem::new(Code::Unavailable))
}
