//! How far into the log webhooks have been told: of several servers one at a time goes on from there.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};

use crate::{
    entity::webhook_checkpoint::{Column, Entity},
    error::StoreError,
    store::Store,
    tail::LogCursor,
    unit_of_work::UnitOfWork,
};

/// How far webhooks have been told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WebhookTurn {
    /// Grows with every turn.
    pub revision: i64,
    /// The last event that was looked at.
    pub upto: LogCursor,
}

impl Store {
    /// How far webhooks have been told.
    ///
    /// # Errors
    /// As the database says.
    pub async fn webhook_turn(&self) -> Result<WebhookTurn, StoreError> {
        let row = Entity::find_by_id(1).one(self.reader()).await?;
        let row = row.ok_or_else(|| StoreError::inconsistent("webhook_checkpoint", "id", 1, "the row is missing"))?;
        Ok(WebhookTurn { revision: row.revision, upto: LogCursor::new(row.transaction_id, row.position) })
    }
}

impl UnitOfWork {
    /// Takes the turn that begins where that one ended, up to a place in the log; `false` where another server has had it.
    ///
    /// # Errors
    /// As the database says.
    pub async fn take_webhook_turn(&mut self, before: WebhookTurn, upto: LogCursor) -> Result<bool, StoreError> {
        let (transaction, position) = upto.parts();
        let taken = Entity::update_many()
            .col_expr(Column::Revision, Expr::value(before.revision + 1))
            .col_expr(Column::TransactionId, Expr::value(transaction))
            .col_expr(Column::Position, Expr::value(position))
            .filter(Column::Revision.eq(before.revision))
            .exec(self.transaction())
            .await?;
        Ok(taken.rows_affected == 1)
    }
}
