//! What changed among a citizen's own petitions.

use domain::{
    id::{AccountId, PetitionId},
    time::Instant,
};
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, Order, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr};

use crate::{
    entity::petition::{Column, Entity},
    error::StoreError,
    petition::StoredPetition,
    queue::{Page, read},
    store::Store,
};

impl Store {
    /// A citizen's own petitions by when they changed last, earliest first, after that instant and id.
    ///
    /// What is committed late stands among what was read before: to come back for it is the caller's.
    ///
    /// # Errors
    /// As the database says.
    pub async fn changes_of(
        &self,
        submitter: AccountId,
        page: Page<(Instant, PetitionId)>,
    ) -> Result<Vec<StoredPetition>, StoreError> {
        let mut query = Entity::find().filter(Column::Submitter.eq(submitter.0));
        if let Some((at, id)) = page.after {
            let key = Expr::tuple([Expr::col(Column::UpdatedAt), Expr::col(Column::Id)]);
            query = query.filter(key.gt(Expr::tuple([Expr::value(at.micros()), Expr::value(id.0)])));
        }
        let query = query.order_by(Column::UpdatedAt, Order::Asc).order_by(Column::Id, Order::Asc);
        read(self, query.limit(page.limit)).await
    }
}
