//! Messages on their way: claimed for a while by one server, sent outside of any transaction, and settled.

use domain::{
    id::{AccountId, DeliveryId, NoticeId, PushTokenId},
    notice::Carrier,
    time::Instant,
};
use sea_orm::{
    ColumnTrait, EntityTrait, FromQueryResult, Order, QueryFilter, QueryOrder, QuerySelect, Statement, Value,
    sea_query::Expr,
};
use uuid::Uuid;

use crate::{
    entity::delivery::{Column, Entity, Model},
    error::StoreError,
    queue::Page,
    store::{Engine, Store},
    unit_of_work::UnitOfWork,
};

/// The state of a message that is to be sent.
pub(crate) const WAITING: &str = "waiting";
const DEAD: &str = "dead";

/// A message that a server has to itself for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claimed {
    /// Its id: the key that travels with it.
    pub id: DeliveryId,
    /// To whom.
    pub account: AccountId,
    /// What it takes there; `None`: the notices of a day, which name it.
    pub notice: Option<NoticeId>,
    /// To which phone.
    pub phone: Option<PushTokenId>,
    /// How often it was taken up, this time included.
    pub tries: u32,
}

/// What became of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled {
    /// The carrier has it.
    Sent,
    /// There is nobody, or nothing, to send any more.
    Dropped(&'static str),
    /// It is tried again then.
    Again(Instant, String),
    /// Somebody must look at it.
    Dead(String),
}

/// A message that did not arrive and is not tried again by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// Its id.
    pub id: DeliveryId,
    /// To whom.
    pub account: AccountId,
    /// What it would take there.
    pub notice: Option<NoticeId>,
    /// Who was to carry it.
    pub carrier: Carrier,
    /// How often it was tried.
    pub tries: u32,
    /// Why it did not arrive.
    pub problem: String,
    /// When it was given up.
    pub settled_at: Instant,
}

/// A message as its addressee is told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptDelivery {
    /// What it takes to them; `None`: the notices of a day.
    pub notice: Option<NoticeId>,
    /// Who carries it.
    pub carrier: Carrier,
    /// What became of it.
    pub state: String,
    /// When that was.
    pub settled_at: Option<Instant>,
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    account_id: Uuid,
    notice_id: Option<Uuid>,
    push_token_id: Option<Uuid>,
    tries: i32,
}

fn tries(row: Uuid, tries: i32) -> Result<u32, StoreError> {
    u32::try_from(tries).map_err(|error| StoreError::inconsistent("delivery", "tries", row, error))
}

impl Store {
    /// Whether a carrier has anything to do.
    ///
    /// # Errors
    /// As the database says.
    pub async fn has_due(&self, carrier: Carrier, now: Instant) -> Result<bool, StoreError> {
        // The word as it stands in the index, or it would not be used.
        let due = Entity::find()
            .select_only()
            .column(Column::Id)
            .filter(Expr::cust("state = 'waiting'"))
            .filter(Column::Carrier.eq(carrier.as_str()))
            .filter(Column::DueAt.lte(now.micros()));
        Ok(due.into_tuple::<Uuid>().one(self.reader()).await?.is_some())
    }

    /// The messages that were given up, the newest first; the key is the id.
    ///
    /// # Errors
    /// As the database says.
    pub async fn dead_letters(&self, page: Page<DeliveryId>) -> Result<Vec<DeadLetter>, StoreError> {
        let mut query = Entity::find().filter(Expr::cust("state = 'dead'"));
        if let Some(id) = page.after {
            query = query.filter(Column::Id.lt(id.0));
        }
        let rows = query.order_by(Column::Id, Order::Desc).limit(page.limit).all(self.reader()).await?;
        rows.into_iter().map(DeadLetter::try_from).collect()
    }

    /// The messages to somebody, the oldest first.
    ///
    /// # Errors
    /// As the database says.
    pub async fn deliveries_to(&self, account: AccountId) -> Result<Vec<KeptDelivery>, StoreError> {
        let theirs = Entity::find().filter(Column::AccountId.eq(account.0));
        let rows = theirs.order_by(Column::Id, Order::Asc).all(self.reader()).await?;
        let kept = |row: Model| {
            Ok(KeptDelivery {
                notice: row.notice_id.map(NoticeId),
                carrier: carrier(&row)?,
                settled_at: row.settled_at.map(|micros| settled_at(&row, micros)).transpose()?,
                state: row.state,
            })
        };
        rows.into_iter().map(kept).collect()
    }
}

impl UnitOfWork {
    /// Claims messages that are due until an instant: no other server tries them before. Each try is counted here, so that one that ends
    /// the server every time comes to an end.
    ///
    /// # Errors
    /// As the database says.
    pub async fn claim(
        &mut self,
        carrier: Carrier,
        limit: u32,
        now: Instant,
        until: Instant,
    ) -> Result<Vec<Claimed>, StoreError> {
        let due = "SELECT id FROM delivery WHERE carrier = $1 AND state = 'waiting' AND due_at <= $2 ORDER BY due_at LIMIT $3";
        let chosen = match self.engine() {
            Engine::Sqlite => format!("id IN ({due})"),
            // What another server is claiming is passed over, not waited for.
            Engine::Postgres => format!("id = ANY (ARRAY ({due} FOR UPDATE SKIP LOCKED))"),
        };
        let sql = format!(
            "UPDATE delivery SET due_at = $4, tries = tries + 1 WHERE {chosen} \
             RETURNING id, account_id, notice_id, push_token_id, tries"
        );
        let backend = sea_orm::ConnectionTrait::get_database_backend(self.transaction());
        let values = [
            Value::from(carrier.as_str()),
            Value::from(now.micros()),
            Value::from(i64::from(limit)),
            Value::from(until.micros()),
        ];
        let statement = Statement::from_sql_and_values(backend, sql, values);
        let rows = Row::find_by_statement(statement).all(self.transaction()).await?;
        let claimed = |row: Row| {
            Ok(Claimed {
                id: DeliveryId(row.id),
                account: AccountId(row.account_id),
                notice: row.notice_id.map(NoticeId),
                phone: row.push_token_id.map(PushTokenId),
                tries: tries(row.id, row.tries)?,
            })
        };
        rows.into_iter().map(claimed).collect()
    }

    /// Settles a message. That it was sent holds whoever sent it; anything else only for who has claimed it last.
    ///
    /// # Errors
    /// As the database says.
    pub async fn settle(&mut self, claimed: &Claimed, settled: &Settled, now: Instant) -> Result<(), StoreError> {
        let update = Entity::update_many().filter(Column::Id.eq(claimed.id.0)).filter(Column::State.eq(WAITING));
        let own = Column::Tries.eq(i32::try_from(claimed.tries).unwrap_or(i32::MAX));
        let ended = |state: &str, problem: Option<String>| {
            [
                (Column::State, Expr::value(state)),
                (Column::Problem, Expr::value(problem)),
                (Column::SettledAt, Expr::value(now.micros())),
            ]
        };
        let set = |update: sea_orm::UpdateMany<Entity>, values: [(Column, sea_orm::sea_query::Expr); 3]| {
            values.into_iter().fold(update, |update, (column, value)| update.col_expr(column, value))
        };
        let update = match settled {
            Settled::Sent => set(update, ended("sent", None)),
            Settled::Dropped(why) => set(update.filter(own), ended("dropped", Some((*why).to_owned()))),
            Settled::Dead(problem) => set(update.filter(own), ended(DEAD, Some(problem.clone()))),
            Settled::Again(at, problem) => update
                .filter(own)
                .col_expr(Column::DueAt, Expr::value(at.micros()))
                .col_expr(Column::Problem, Expr::value(problem.clone())),
        };
        update.exec(self.transaction()).await?;
        Ok(())
    }

    /// Has a message tried anew that was given up; whether it was.
    ///
    /// # Errors
    /// As the database says.
    pub async fn revive(&mut self, id: DeliveryId, now: Instant) -> Result<bool, StoreError> {
        let revived = Entity::update_many()
            .col_expr(Column::State, Expr::value(WAITING))
            .col_expr(Column::Tries, Expr::value(0))
            .col_expr(Column::DueAt, Expr::value(now.micros()))
            .col_expr(Column::SettledAt, Expr::value(Option::<i64>::None))
            .filter(Column::Id.eq(id.0))
            .filter(Column::State.eq(DEAD))
            .exec(self.transaction())
            .await?;
        Ok(revived.rows_affected == 1)
    }
}

fn carrier(row: &Model) -> Result<Carrier, StoreError> {
    Carrier::parse(&row.carrier)
        .ok_or_else(|| StoreError::inconsistent("delivery", "carrier", row.id, "an unknown word"))
}

fn settled_at(row: &Model, micros: i64) -> Result<Instant, StoreError> {
    Instant::from_micros(micros)
        .ok_or_else(|| StoreError::inconsistent("delivery", "settled_at", row.id, "not an instant"))
}

impl TryFrom<Model> for DeadLetter {
    type Error = StoreError;

    fn try_from(row: Model) -> Result<Self, StoreError> {
        Ok(Self {
            id: DeliveryId(row.id),
            account: AccountId(row.account_id),
            notice: row.notice_id.map(NoticeId),
            carrier: carrier(&row)?,
            tries: tries(row.id, row.tries)?,
            settled_at: settled_at(&row, row.settled_at.unwrap_or_default())?,
            problem: row.problem.unwrap_or_default(),
        })
    }
}
