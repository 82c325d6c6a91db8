//! Checking all seals against each other, their signatures, and the log.

use std::collections::BTreeMap;

use domain::{
    id::PetitionId,
    seal::{Blocks, Flaw, Replay, Seal, Statement},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr};
use uuid::Uuid;

use super::{leaf, place};
use crate::{
    entity::{event, seal, seal_tree},
    error::StoreError,
    store::{Engine, Snapshot},
    tail::LogCursor,
    verify::Damage,
};

/// How many seals are read at a time, each with its tree: 48 KB for a million petitions.
const SEALS: u64 = 100;

/// How many events are read at a time.
const EVENTS: u64 = 20_000;

/// What a check of the seals found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SealCheck {
    /// How many seals were checked.
    pub seals: u64,
    /// What the last of them says.
    pub last: Option<Statement>,
    /// What does not hold.
    pub damages: Vec<Damage>,
}

/// Where the check has come to.
struct Pass<'a, F> {
    snapshot: &'a Snapshot,
    is_signed: F,
    /// By number, what copies say that were kept elsewhere.
    copies: BTreeMap<u64, Vec<&'a Statement>>,
    /// The seal before, and whether its signature is good: a forged one says nothing of the next.
    before: Option<(Statement, bool)>,
    replay: Replay,
    reached: LogCursor,
    found: SealCheck,
}

impl Snapshot {
    /// Checks every seal: that it follows from the one before, that it is signed (`is_signed` says what is wrong otherwise), that
    /// the log still gives its root, and that those of which copies were kept are still here as they were.
    ///
    /// # Errors
    /// As the database says; what does not hold is no error but part of the answer.
    pub async fn check_seals(
        &self,
        copies: &[Seal],
        is_signed: impl Fn(&Seal) -> Result<(), String>,
    ) -> Result<SealCheck, StoreError> {
        let mut pass = Pass {
            snapshot: self,
            copies: BTreeMap::new(),
            before: None,
            replay: Replay::default(),
            reached: LogCursor::BEGIN,
            found: SealCheck::default(),
            is_signed,
        };
        for copy in copies {
            let number = copy.statement.number;
            match (pass.is_signed)(copy) {
                Ok(()) => pass.copies.entry(number).or_default().push(&copy.statement),
                Err(problem) => pass.damage(number, format!("the copy that was kept: {problem}")),
            }
        }
        let mut after = i64::MIN;
        loop {
            let seals = seal::Entity::find()
                .filter(seal::Column::Number.gt(after))
                .order_by_asc(seal::Column::Number)
                .limit(SEALS)
                .all(&self.0)
                .await?;
            let (Some(first), Some(last)) = (seals.first(), seals.last()) else { break };
            after = last.number;
            let trees = seal_tree::Column::Number.between(first.number, last.number);
            let trees = seal_tree::Entity::find().filter(trees).all(&self.0).await?;
            let mut trees: BTreeMap<i64, Vec<u8>> = trees.into_iter().map(|row| (row.number, row.blocks)).collect();
            for row in seals {
                pass.check(trees.remove(&row.number), row).await?;
            }
        }
        let Pass { mut found, before, copies, .. } = pass;
        let missing =
            copies.into_keys().map(|number| damage(number, "a copy of it was kept, and it is gone".to_owned()));
        found.damages.extend(missing);
        found.last = before.map(|(last, _)| last);
        Ok(found)
    }

    async fn named(&self, id: PetitionId) -> String {
        self.code(id.0).await.unwrap_or_else(|| id.to_string())
    }
}

impl<F: Fn(&Seal) -> Result<(), String>> Pass<'_, F> {
    fn damage(&mut self, number: impl std::fmt::Display, problem: String) {
        self.found.damages.push(damage(number, problem));
    }

    async fn check(&mut self, tree: Option<Vec<u8>>, row: seal::Model) -> Result<(), StoreError> {
        self.found.seals += 1;
        let number = row.number;
        let seal = match Seal::try_from(row) {
            Ok(seal) => seal,
            Err(error) => {
                self.damage(number, error.to_string());
                return Ok(());
            }
        };
        let signed = (self.is_signed)(&seal);
        let Seal { statement, .. } = seal;
        let (before, trusted) = self.before.as_ref().map_or((None, true), |(before, good)| (Some(before), *good));
        match statement.follows(before) {
            // What one of the two says is somebody else's word.
            Err(Flaw::Unchained | Flaw::Older) if !trusted || signed.is_err() => {}
            Err(flaw) => self.damage(number, flaw.to_string()),
            Ok(()) => {}
        }
        let copies = self.copies.remove(&statement.number).unwrap_or_default();
        if copies.into_iter().any(|copy| *copy != statement) {
            self.damage(number, "it is not the one of which a copy was kept".to_owned());
        }
        match &signed {
            Ok(()) => self.check_root(&statement, tree).await?,
            Err(problem) => self.damage(number, problem.clone()),
        }
        self.before = Some((statement, signed.is_ok()));
        Ok(())
    }

    /// Whether the log still gives what was sealed, and where it first does not.
    async fn check_root(&mut self, statement: &Statement, tree: Option<Vec<u8>>) -> Result<(), StoreError> {
        let number = statement.number;
        let upto = match place(statement) {
            Ok(upto) if upto < self.reached => {
                self.damage(number, "it ends before the seal before it does".to_owned());
                return Ok(());
            }
            Ok(upto) => upto,
            Err(error) => {
                self.damage(number, error.to_string());
                return Ok(());
            }
        };
        self.read_to(upto, number).await?;
        let blocks = tree.and_then(|bytes| Blocks::from_bytes(&bytes));
        let blocks = blocks.filter(|blocks| blocks.root() == statement.root);
        if blocks.is_none() {
            self.damage(number, "the tree that is stored with it has another root".to_owned());
        }
        let (petitions, root) = (self.replay.petitions(), self.replay.root());
        if (petitions, root) == (statement.petitions, statement.root) {
            return Ok(());
        }
        let mut problem = "the log no longer gives its root".to_owned();
        if petitions != statement.petitions {
            problem += &format!("; it sealed {} petitions, and there are {petitions}", statement.petitions);
        }
        if let Some((after, last)) = blocks.and_then(|blocks| blocks.differs_from(self.replay.blocks())) {
            let last = self.snapshot.named(last).await;
            problem += &match after {
                PetitionId(id) if id.is_nil() => format!("; the first change lies at {last} or before"),
                after => {
                    format!("; the first change lies after {}, at {last} or before", self.snapshot.named(after).await)
                }
            };
        }
        self.damage(number, problem);
        Ok(())
    }

    /// Goes on through the log up to a place.
    async fn read_to(&mut self, upto: LogCursor, number: u64) -> Result<(), StoreError> {
        let connection = &self.snapshot.0;
        let engine = Engine::of(connection);
        while self.reached < upto {
            let page = event::Entity::find()
                .select_only()
                .expr_as(LogCursor::transaction_of_event(engine), "transaction")
                .columns([event::Column::Position, event::Column::PetitionId, event::Column::Seq, event::Column::Hash])
                .filter(self.reached.precedes_event(engine))
                .filter(upto.covers_event(engine));
            let page = match engine {
                Engine::Sqlite => page,
                Engine::Postgres => page.order_by_asc(Expr::cust("xid")),
            };
            let page = page.order_by_asc(event::Column::Position).limit(EVENTS);
            let rows: Vec<(i64, i64, Uuid, i32, Vec<u8>)> = page.into_tuple().all(connection).await?;
            let Some((transaction, position, ..)) = rows.last() else { break };
            self.reached = LogCursor::new(*transaction, *position);
            for (.., petition, seq, hash) in rows {
                match leaf((petition, seq, hash)) {
                    Ok(leaf) => self.replay.add(leaf),
                    Err(error) => self.found.damages.push(damage(number, error.to_string())),
                }
            }
        }
        self.reached = upto;
        Ok(())
    }
}

fn damage(number: impl std::fmt::Display, problem: String) -> Damage {
    Damage { petition: format!("seal {number}"), problem }
}
