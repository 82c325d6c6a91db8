//! Who of the staff was shown whose petition, when, and what for.

use domain::{
    account::Role,
    code::AgencyCode,
    id::{AccountId, LookId, PetitionId},
    time::Instant,
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, Order, QueryFilter, QueryOrder, QuerySelect, sea_query::OnConflict,
};
use serde::{Deserialize, Serialize};

use crate::{
    entity::look::{ActiveModel, Column, Entity, Model},
    error::StoreError,
    queue::Page,
    store::Store,
    unit_of_work::UnitOfWork,
};

/// What somebody was shown a person's data for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// The petition was opened, or dealt with.
    Handling,
    /// It stood in a list.
    List,
    /// Its history was read.
    History,
    /// A request to be erased was dealt with.
    Erasure,
}

impl Purpose {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Handling, Self::List, Self::History, Self::Erasure];

    /// The word as the contract and the database write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Handling => "handling",
            Self::List => "list",
            Self::History => "history",
            Self::Erasure => "erasure",
        }
    }
}

/// Somebody of the staff was shown a person's petition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// Its id.
    pub id: LookId,
    /// When.
    pub at: Instant,
    /// Who.
    pub viewer: AccountId,
    /// As what.
    pub role: Role,
    /// From which desk.
    pub agency: Option<AgencyCode>,
    /// Whose petition.
    pub subject: AccountId,
    /// Which.
    pub petition: Option<PetitionId>,
    /// What for.
    pub purpose: Purpose,
    /// Whether the person's name was shown with it.
    pub named: bool,
}

/// Rows per statement: nine values each, and SQLite binds at most 32,766.
const CHUNK: usize = 3_000;

impl Store {
    /// Who was shown a person's data, the newest first; the key is the id.
    ///
    /// # Errors
    /// As the database says.
    pub async fn looks_at(&self, subject: AccountId, page: Page<LookId>) -> Result<Vec<Look>, StoreError> {
        let mut query = Entity::find().filter(Column::Subject.eq(subject.0));
        if let Some(id) = page.after {
            query = query.filter(Column::Id.lt(id.0));
        }
        let rows = query.order_by(Column::Id, Order::Desc).limit(page.limit).all(self.reader()).await?;
        rows.into_iter().map(Look::try_from).collect()
    }
}

impl UnitOfWork {
    /// Keeps looks. Only inserts.
    ///
    /// # Errors
    /// As the database says.
    pub async fn keep_looks(&mut self, looks: &[Look]) -> Result<(), StoreError> {
        for chunk in looks.chunks(CHUNK) {
            let rows = chunk.iter().map(|look| ActiveModel {
                id: Set(look.id.0),
                at: Set(look.at.micros()),
                viewer: Set(look.viewer.0),
                role: Set(look.role.as_str().to_owned()),
                agency: Set(look.agency.as_ref().map(|agency| agency.as_str().to_owned())),
                subject: Set(look.subject.0),
                petition_id: Set(look.petition.map(|petition| petition.0)),
                purpose: Set(look.purpose.as_str().to_owned()),
                named: Set(look.named),
            });
            // Those of a commit of which nobody knows whether it happened come again.
            Entity::insert_many(rows)
                .on_conflict(OnConflict::column(Column::Id).do_nothing().to_owned())
                .exec_without_returning(self.transaction())
                .await?;
        }
        Ok(())
    }
}

impl TryFrom<Model> for Look {
    type Error = StoreError;

    fn try_from(row: Model) -> Result<Self, StoreError> {
        let wrong = |column, problem: &str| StoreError::inconsistent("look", column, row.id, problem);
        let purpose = Purpose::ALL.into_iter().find(|purpose| purpose.as_str() == row.purpose);
        let agency = row.agency.as_deref().map(AgencyCode::parse).transpose();
        Ok(Self {
            id: LookId(row.id),
            at: Instant::from_micros(row.at).ok_or_else(|| wrong("at", "not an instant"))?,
            viewer: AccountId(row.viewer),
            role: Role::parse(&row.role).ok_or_else(|| wrong("role", "an unknown word"))?,
            agency: agency.map_err(|error| wrong("agency", &error.to_string()))?,
            subject: AccountId(row.subject),
            petition: row.petition_id.map(PetitionId),
            purpose: purpose.ok_or_else(|| wrong("purpose", "an unknown word"))?,
            named: row.named,
        })
    }
}
