//! Requests to be erased.

use domain::{
    erasure::{ErasureOrigin, ErasureRequest, ErasureState},
    id::{AccountId, ErasureId},
    time::Instant,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, Order, QueryFilter, QueryOrder, QuerySelect,
    sea_query::Expr,
};

use crate::{
    entity::erasure::{ActiveModel, Column, Entity, Model},
    error::StoreError,
    queue::Page,
    store::Store,
    unit_of_work::UnitOfWork,
};

impl Store {
    /// The request of that id.
    ///
    /// # Errors
    /// As the database says.
    pub async fn erasure(&self, id: ErasureId) -> Result<Option<ErasureRequest>, StoreError> {
        Entity::find_by_id(id.0).one(self.reader()).await?.map(ErasureRequest::try_from).transpose()
    }

    /// The newest request of a person.
    ///
    /// # Errors
    /// As the database says.
    pub async fn erasure_of(&self, account: AccountId) -> Result<Option<ErasureRequest>, StoreError> {
        let newest = Entity::find().filter(Column::AccountId.eq(account.0)).order_by(Column::Id, Order::Desc);
        newest.limit(1).one(self.reader()).await?.map(ErasureRequest::try_from).transpose()
    }

    /// The requests in those states, the oldest first; the key is the id.
    ///
    /// # Errors
    /// As the database says.
    pub async fn erasures(
        &self,
        states: &[ErasureState],
        page: Page<ErasureId>,
    ) -> Result<Vec<ErasureRequest>, StoreError> {
        let mut query = Entity::find().filter(Column::State.is_in(states.iter().map(|state| state.as_str())));
        if let Some(id) = page.after {
            query = query.filter(Column::Id.gt(id.0));
        }
        let rows = query.order_by(Column::Id, Order::Asc).limit(page.limit).all(self.reader()).await?;
        rows.into_iter().map(ErasureRequest::try_from).collect()
    }

    /// The requests that were done before an instant, and after which nobody has looked yet for what came by a token that was
    /// still good.
    ///
    /// # Errors
    /// As the database says.
    pub async fn erasures_to_sweep(&self, before: Instant) -> Result<Vec<ErasureRequest>, StoreError> {
        let rows = Entity::find()
            .filter(Column::State.eq(ErasureState::Erased.as_str()))
            .filter(Column::IsSwept.eq(false))
            .filter(Column::EndedAt.lt(before.micros()))
            .order_by(Column::Id, Order::Asc)
            .all(self.reader());
        rows.await?.into_iter().map(ErasureRequest::try_from).collect()
    }
}

impl UnitOfWork {
    /// Adds a request.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] on [`crate::Constraint::OpenErasure`] where the person has one that is not over.
    pub async fn add_erasure(&mut self, request: &ErasureRequest) -> Result<(), StoreError> {
        Entity::insert(row(request)).exec_without_returning(self.transaction()).await?;
        Ok(())
    }

    /// Keeps how far a request has come, if it is still in the state that it was read in.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when somebody else was faster.
    pub async fn set_erasure(&mut self, request: &ErasureRequest, was: ErasureState) -> Result<(), StoreError> {
        let updated = Entity::update_many()
            .set(row(request))
            .filter(Column::Id.eq(request.id.0))
            .filter(Column::State.eq(was.as_str()))
            .exec(self.transaction())
            .await?;
        if updated.rows_affected == 1 { Ok(()) } else { Err(StoreError::Stale) }
    }

    /// Notes that nothing is left of what came after a request was done.
    ///
    /// # Errors
    /// As the database says.
    pub async fn swept(&mut self, id: ErasureId) -> Result<(), StoreError> {
        Entity::update_many()
            .col_expr(Column::IsSwept, Expr::value(true))
            .filter(Column::Id.eq(id.0))
            .exec(self.transaction())
            .await?;
        Ok(())
    }
}

fn row(request: &ErasureRequest) -> ActiveModel {
    let mut row = ActiveModel::from(Model {
        id: request.id.0,
        account_id: request.account.0,
        origin: request.origin.as_str().to_owned(),
        entered_by: request.entered_by.0,
        reference: request.reference.clone(),
        requested_at: request.requested_at.micros(),
        answer_due_at: request.answer_due_at.map(Instant::micros),
        complete_due_at: request.complete_due_at.micros(),
        answered_at: request.answered_at.map(Instant::micros),
        extended_to: request.extended_to.map(Instant::micros),
        reason: request.reason.clone(),
        state: request.state.as_str().to_owned(),
        ended_at: request.ended_at.map(Instant::micros),
        is_swept: false,
    })
    .reset_all();
    row.id = Set(request.id.0);
    row
}

impl TryFrom<Model> for ErasureRequest {
    type Error = StoreError;

    fn try_from(row: Model) -> Result<Self, StoreError> {
        let wrong = |column, problem: &str| StoreError::inconsistent("erasure", column, row.id, problem);
        let instant = |column, micros| Instant::from_micros(micros).ok_or_else(|| wrong(column, "not an instant"));
        let optional = |column, micros: Option<i64>| micros.map(|micros| instant(column, micros)).transpose();
        Ok(Self {
            id: ErasureId(row.id),
            account: AccountId(row.account_id),
            origin: ErasureOrigin::parse(&row.origin).ok_or_else(|| wrong("origin", "an unknown word"))?,
            entered_by: AccountId(row.entered_by),
            requested_at: instant("requested_at", row.requested_at)?,
            answer_due_at: optional("answer_due_at", row.answer_due_at)?,
            complete_due_at: instant("complete_due_at", row.complete_due_at)?,
            answered_at: optional("answered_at", row.answered_at)?,
            extended_to: optional("extended_to", row.extended_to)?,
            state: ErasureState::parse(&row.state).ok_or_else(|| wrong("state", "an unknown word"))?,
            ended_at: optional("ended_at", row.ended_at)?,
            reference: row.reference,
            reason: row.reason,
        })
    }
}
