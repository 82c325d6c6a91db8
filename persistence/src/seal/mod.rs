//! Seals: gathering what is to be sealed, keeping what was, and proving that a petition is in it.
//!
//! A seal reaches up to a place in the log behind which nothing can come to lie any more (`tail`), so what it covers is the
//! same whenever it is read: no snapshot is held while a million petitions are gone through.

mod check;

use domain::{
    chain::Digest,
    id::PetitionId,
    seal::{Blocks, Contents, Gathering, Inclusion, Leaf, PublicKey, Seal, Signature, Statement},
    time::Instant,
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, EntityTrait, ExprTrait, Order, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, Query},
};
use uuid::Uuid;

pub use self::check::SealCheck;
use crate::{
    entity::{event, seal, seal_tree},
    error::{Constraint, StoreError},
    row::stored_int,
    store::{Engine, Store},
    tail::LogCursor,
    unit_of_work::UnitOfWork,
};

/// How many events are read at a time where all are read.
const PAGE: u64 = 20_000;

impl Store {
    /// What can be sealed now, after the last seal, and up to which place in the log.
    ///
    /// # Errors
    /// [`StoreError::Inconsistent`] on a damaged log, or one that ends before the last seal does; otherwise as the database says.
    pub async fn to_be_sealed(&self, last: Option<&Statement>) -> Result<(String, Contents), StoreError> {
        let upto = self.log_end().await?;
        if let Some(last) = last
            && place(last)? > upto
        {
            // As when a copy was put into another PostgreSQL and no program has started there yet (`log_place`).
            let problem = format!("the log ends at {upto}, before this seal does");
            return Err(StoreError::inconsistent("seal", "upto", last.number, problem));
        }
        let mut gathering = Gathering::default();
        let mut after = (Uuid::nil(), 0);
        loop {
            let (petition, seq) = after;
            let beyond = key().gt(Expr::tuple([Expr::value(petition), Expr::value(seq)]));
            let page = self.newest(beyond, upto, Some(PAGE)).await?;
            let Some(last) = page.last() else { break };
            after = (last.petition.0, stored_int(last.version)?);
            page.into_iter().for_each(|leaf| gathering.add(leaf));
        }
        Ok((upto.to_string(), gathering.finish()))
    }

    /// Some petitions' events up to a place in the log, of each at least the newest and that as its last.
    async fn newest(&self, of: Expr, upto: LogCursor, limit: Option<u64>) -> Result<Vec<Leaf>, StoreError> {
        let which = Condition::all().add(of).add(upto.covers_event(self.engine()));
        match self.engine() {
            // All of them: to read a range of the index is quick, and leaves no choice of plans.
            Engine::Postgres => self.recorded(which, limit).await,
            // Its index alone tells which are the newest, and a row that is handed over costs more than one that is passed by.
            Engine::Sqlite => {
                let mut newest = Query::select();
                newest
                    .column(event::Column::PetitionId)
                    .expr(Expr::col(event::Column::Seq).max())
                    .from(event::Entity)
                    .cond_where(which)
                    .group_by_col(event::Column::PetitionId)
                    .order_by(event::Column::PetitionId, Order::Asc);
                if let Some(limit) = limit {
                    newest.limit(limit);
                }
                self.recorded(Condition::all().add(key().in_subquery(newest)), None).await
            }
        }
    }

    /// Events as leaves that end with them, in the order of petitions and of each one's events.
    async fn recorded(&self, which: Condition, limit: Option<u64>) -> Result<Vec<Leaf>, StoreError> {
        let rows = event::Entity::find()
            .select_only()
            .columns([event::Column::PetitionId, event::Column::Seq, event::Column::Hash])
            .filter(which)
            .order_by_asc(event::Column::PetitionId)
            .order_by_asc(event::Column::Seq)
            .limit(limit)
            .into_tuple::<(Uuid, i32, Vec<u8>)>();
        rows.all(self.reader()).await?.into_iter().map(leaf).collect()
    }

    /// The leaf of a petition in a seal, and the proof that it is there; `None` where the petition is not in it.
    ///
    /// # Errors
    /// [`StoreError::Inconsistent`] when the log no longer gives what was sealed; otherwise as the database says.
    pub async fn prove(
        &self,
        statement: &Statement,
        petition: PetitionId,
    ) -> Result<Option<(Leaf, Inclusion)>, StoreError> {
        let number = stored_number(statement.number)?;
        let row = seal_tree::Entity::find_by_id(number).one(self.reader()).await?;
        let wrong = |problem: &dyn std::fmt::Display| StoreError::inconsistent("seal_tree", "blocks", number, problem);
        let row = row.ok_or_else(|| wrong(&"there is none"))?;
        let blocks = Blocks::from_bytes(&row.blocks).filter(|blocks| blocks.root() == statement.root);
        let blocks = blocks.ok_or_else(|| wrong(&"these are not the blocks of its root"))?;
        let Some((block, after, last)) = blocks.around(petition) else { return Ok(None) };
        let within = event::Column::PetitionId.gt(after.0).and(event::Column::PetitionId.lte(last.0));
        let events = self.newest(within, place(statement)?, None).await?;
        let histories = events.chunk_by(|one, next| one.petition == next.petition);
        let leaves: Vec<Leaf> = histories.filter_map(|history| history.last().copied()).collect();
        blocks.prove(statement.petitions, block, &leaves, petition).map_err(|fault| wrong(&fault))
    }

    /// A petition's chain up to a leaf: each event's number and hash.
    ///
    /// # Errors
    /// As the database says.
    pub async fn chain(&self, leaf: &Leaf) -> Result<Vec<(u32, Digest)>, StoreError> {
        let own = Condition::all()
            .add(event::Column::PetitionId.eq(leaf.petition.0))
            .add(event::Column::Seq.lte(stored_int(leaf.version)?));
        let events = self.recorded(own, None).await?;
        Ok(events.into_iter().map(|event| (event.version, event.head)).collect())
    }

    /// The last seal.
    ///
    /// # Errors
    /// As the database says.
    pub async fn last_seal(&self) -> Result<Option<Seal>, StoreError> {
        Ok(self.seals(None, 1).await?.pop())
    }

    /// The seal of that number.
    ///
    /// # Errors
    /// As the database says.
    pub async fn seal(&self, number: u64) -> Result<Option<Seal>, StoreError> {
        let Ok(number) = i64::try_from(number) else { return Ok(None) };
        seal::Entity::find_by_id(number).one(self.reader()).await?.map(Seal::try_from).transpose()
    }

    /// Seals, newest first, before that number.
    ///
    /// # Errors
    /// As the database says.
    pub async fn seals(&self, before: Option<u64>, limit: u64) -> Result<Vec<Seal>, StoreError> {
        let mut seals = seal::Entity::find().order_by_desc(seal::Column::Number).limit(limit);
        if let Some(Ok(before)) = before.map(i64::try_from) {
            seals = seals.filter(seal::Column::Number.lt(before));
        }
        seals.all(self.reader()).await?.into_iter().map(Seal::try_from).collect()
    }
}

impl UnitOfWork {
    /// Adds a seal, if nobody added one since the last was read; whether it did.
    ///
    /// # Errors
    /// As the database says.
    pub async fn add_seal(&mut self, seal: &Seal, blocks: &Blocks) -> Result<bool, StoreError> {
        let Seal { statement, signature } = seal;
        let number = stored_number(statement.number)?;
        // On SQLite this decides, since nobody else writes meanwhile; on PostgreSQL the key does.
        if seal::Entity::find_by_id(number).one(self.transaction()).await?.is_some() {
            return Ok(false);
        }
        let row = seal::ActiveModel {
            number: Set(number),
            sealed_at: Set(statement.sealed_at.micros()),
            upto: Set(statement.upto.clone()),
            petitions: Set(stored_number(statement.petitions)?),
            root: Set(statement.root.as_bytes().to_vec()),
            previous: Set(statement.previous.as_bytes().to_vec()),
            public_key: Set(statement.public_key.as_bytes().to_vec()),
            signature: Set(signature.as_bytes().to_vec()),
        };
        match seal::Entity::insert(row).exec_without_returning(self.transaction()).await.map_err(StoreError::from) {
            Err(StoreError::Conflict(Constraint::SealNumber, _)) => return Ok(false),
            inserted => inserted?,
        };
        let tree = seal_tree::ActiveModel { number: Set(number), blocks: Set(blocks.to_bytes()) };
        seal_tree::Entity::insert(tree).exec_without_returning(self.transaction()).await?;
        Ok(true)
    }
}

impl TryFrom<seal::Model> for Seal {
    type Error = StoreError;

    fn try_from(row: seal::Model) -> Result<Self, StoreError> {
        let wrong = |column| StoreError::inconsistent("seal", column, row.number, "it cannot be read");
        let number = |column, number: i64| u64::try_from(number).map_err(|_| wrong(column));
        let digest = |column, bytes: &[u8]| Digest::from_bytes(bytes).ok_or_else(|| wrong(column));
        Ok(Self {
            statement: Statement {
                number: number("number", row.number)?,
                sealed_at: Instant::from_micros(row.sealed_at).ok_or_else(|| wrong("sealed_at"))?,
                petitions: number("petitions", row.petitions)?,
                root: digest("root", &row.root)?,
                previous: digest("previous", &row.previous)?,
                public_key: PublicKey::from_bytes(&row.public_key).ok_or_else(|| wrong("public_key"))?,
                upto: row.upto.clone(),
            },
            signature: Signature::from_bytes(&row.signature).ok_or_else(|| wrong("signature"))?,
        })
    }
}

/// What tells events of all petitions apart, and orders them.
fn key() -> Expr {
    Expr::tuple([Expr::col(event::Column::PetitionId), Expr::col(event::Column::Seq)])
}

fn leaf((petition, seq, hash): (Uuid, i32, Vec<u8>)) -> Result<Leaf, StoreError> {
    let wrong = |column| StoreError::inconsistent("event", column, format!("{petition} {seq}"), "it cannot be read");
    Ok(Leaf {
        petition: PetitionId(petition),
        version: u32::try_from(seq).map_err(|_| wrong("seq"))?,
        head: Digest::from_bytes(&hash).ok_or_else(|| wrong("hash"))?,
    })
}

fn place(statement: &Statement) -> Result<LogCursor, StoreError> {
    let place = LogCursor::parse(&statement.upto);
    place.ok_or_else(|| StoreError::inconsistent("seal", "upto", statement.number, "it is no place in the log"))
}

fn stored_number(number: u64) -> Result<i64, StoreError> {
    i64::try_from(number).map_err(|error| StoreError::inconsistent("seal", "number", number, error))
}
