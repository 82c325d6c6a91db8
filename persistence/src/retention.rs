//! What is kept for a time, and taken away after it.

use domain::{
    id::{AccountId, LookId, NoticeId, PetitionId, WebhookDeliveryId},
    time::Instant,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, FromQueryResult, Order, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, Query},
};
use std::collections::HashMap;
use uuid::Uuid;

use crate::{
    entity::{petition, words},
    error::StoreError,
    queue::Page,
    store::{Engine, Store},
    unit_of_work::UnitOfWork,
};

/// How many rows are taken away in one statement, so that nobody waits long for it.
const CHUNK: u32 = 5_000;

/// What is kept for a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// Who was shown whose data.
    Looks,
    /// What requests did, by their `Idempotency-Key`.
    IdempotencyKeys,
    /// Tokens that have expired, and then their sessions.
    Sessions,
    /// What people were told, and the messages that took it to them.
    Notices,
    /// What webhooks were told.
    WebhookDeliveries,
}

impl Kept {
    /// Each statement takes away a chunk; the older ones first where one refers to another.
    fn statements(self, before: Instant, engine: Engine) -> Vec<String> {
        let micros = before.micros();
        match self {
            Self::Looks => vec![older(LookId::new(before, &[0; 10]).0, "look", engine)],
            Self::Notices => {
                let first_kept = NoticeId::new(before, &[0; 10]).0;
                vec![older(first_kept, "delivery", engine), older(first_kept, "notice", engine)]
            }
            Self::IdempotencyKeys => vec![format!(
                "DELETE FROM idempotency_key WHERE (account_id, key) IN
                    (SELECT account_id, key FROM idempotency_key WHERE created_at < {micros} LIMIT {CHUNK})"
            )],
            Self::Sessions => vec![
                format!(
                    "DELETE FROM refresh_token WHERE hash IN
                        (SELECT hash FROM refresh_token WHERE expires_at < {micros} LIMIT {CHUNK})"
                ),
                format!(
                    "DELETE FROM session WHERE id IN (SELECT s.id FROM session s WHERE s.created_at < {micros}
                        AND NOT EXISTS (SELECT 1 FROM refresh_token r WHERE r.session_id = s.id) LIMIT {CHUNK})"
                ),
            ],
            Self::WebhookDeliveries => {
                vec![older(WebhookDeliveryId::new(before, &[0; 10]).0, "webhook_delivery", engine)]
            }
        }
    }
}

/// Takes away a chunk by the id, which has the time: the rows before it are all that is read.
fn older(first_kept: Uuid, table: &str, engine: Engine) -> String {
    let first_kept = match engine {
        Engine::Sqlite => format!("x'{}'", first_kept.simple()),
        Engine::Postgres => format!("'{first_kept}'"),
    };
    format!(
        "DELETE FROM {table} WHERE id IN (SELECT id FROM {table} WHERE id < {first_kept} ORDER BY id LIMIT {CHUNK})"
    )
}

#[derive(FromQueryResult)]
struct Open {
    submitter: Uuid,
    open: i64,
}

impl Store {
    /// How many petitions of each of those people are still owed an answer; none where one is missing.
    ///
    /// # Errors
    /// As the database says.
    pub async fn open_petitions_of(&self, people: &[AccountId]) -> Result<HashMap<AccountId, u64>, StoreError> {
        if people.is_empty() {
            return Ok(HashMap::new());
        }
        let rows = petition::Entity::find()
            .select_only()
            .column(petition::Column::Submitter)
            .column_as(Expr::cust("COUNT(*)"), "open")
            .filter(petition::Column::Submitter.is_in(people.iter().map(|id| id.0)))
            .filter(petition::Column::IsOpen.eq(true))
            .group_by(petition::Column::Submitter)
            .into_model::<Open>()
            .all(self.reader())
            .await?;
        let counted = |Open { submitter, open }| (AccountId(submitter), u64::try_from(open).unwrap_or_default());
        Ok(rows.into_iter().map(counted).collect())
    }

    /// The petitions that are settled, of which nothing was heard since an instant, and that still have words; the key is the id.
    ///
    /// # Errors
    /// As the database says.
    pub async fn petitions_to_forget(
        &self,
        before: Instant,
        page: Page<PetitionId>,
    ) -> Result<Vec<PetitionId>, StoreError> {
        let theirs =
            Expr::col((words::Entity, words::Column::PetitionId)).equals((petition::Entity, petition::Column::Id));
        let any = Query::select().expr(Expr::value(1)).from(words::Entity).and_where(theirs).to_owned();
        let mut query = petition::Entity::find()
            .select_only()
            .column(petition::Column::Id)
            .filter(petition::Column::IsOpen.eq(false))
            .filter(petition::Column::UpdatedAt.lt(before.micros()))
            .filter(Expr::exists(any));
        if let Some(id) = page.after {
            query = query.filter(petition::Column::Id.gt(id.0));
        }
        let ids = query.order_by(petition::Column::Id, Order::Asc).limit(page.limit).into_tuple::<Uuid>();
        Ok(ids.all(self.reader()).await?.into_iter().map(PetitionId).collect())
    }
}

impl UnitOfWork {
    /// Takes away a part of what was kept since before an instant; whether there may be more.
    ///
    /// # Errors
    /// As the database says.
    pub async fn clear(&mut self, kept: Kept, before: Instant) -> Result<bool, StoreError> {
        let mut more = false;
        for sql in kept.statements(before, self.engine()) {
            let gone = self.transaction().execute_unprepared(&sql).await?.rows_affected();
            more |= gone == u64::from(CHUNK);
        }
        Ok(more)
    }
}
