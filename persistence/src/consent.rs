//! What people consented to, and when; and the wordings, which are data (Law 91/2025/QH15, Art. 9).

use chrono::NaiveDate;
use domain::{
    id::{AccountId, ConsentId},
    time::Instant,
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, EntityTrait, IntoActiveModel, Order, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, OnConflict},
};
use serde::Deserialize;

use crate::{
    entity::{consent, consent_wording},
    error::StoreError,
    store::Store,
    unit_of_work::UnitOfWork,
};

/// What people are asked to consent to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsentWording {
    /// Its name.
    pub version: String,
    /// In Vietnamese.
    pub vietnamese: String,
    /// In English.
    pub english: String,
    /// The first day it is asked for.
    pub valid_from: NaiveDate,
}

/// A person's consent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// Its id.
    pub id: ConsentId,
    /// To which wording.
    pub version: String,
    /// When it was given.
    pub given_at: Instant,
    /// When it was withdrawn.
    pub withdrawn_at: Option<Instant>,
}

#[derive(Deserialize)]
struct WordingRow {
    version: String,
    valid_from: String,
    vietnamese: String,
    english: String,
}

impl Store {
    /// The wording that is asked for on that day; `None` before the first.
    ///
    /// # Errors
    /// As the database says.
    pub async fn consent_wording(&self, day: NaiveDate) -> Result<Option<ConsentWording>, StoreError> {
        let row = consent_wording::Entity::find()
            .filter(consent_wording::Column::ValidFrom.lte(day.to_string()))
            .order_by(consent_wording::Column::ValidFrom, Order::Desc)
            .limit(1)
            .one(self.reader())
            .await?;
        row.map(ConsentWording::try_from).transpose()
    }

    /// A person's consents, the oldest first, each with its wording.
    ///
    /// # Errors
    /// As the database says.
    pub async fn consents_of(&self, account: AccountId) -> Result<Vec<(Consent, ConsentWording)>, StoreError> {
        let wordings = consent_wording::Entity::find().all(self.reader()).await?;
        let given = consent::Entity::find()
            .filter(consent::Column::AccountId.eq(account.0))
            .order_by(consent::Column::Id, Order::Asc)
            .all(self.reader())
            .await?;
        let with_wording = |row: consent::Model| {
            let wrong = |column, problem: &str| StoreError::inconsistent("consent", column, row.id, problem);
            let wording = wordings.iter().find(|wording| wording.version == row.version);
            let wording = wording.cloned().ok_or_else(|| wrong("version", "no such wording"))?;
            let instant = |column, micros| Instant::from_micros(micros).ok_or_else(|| wrong(column, "not an instant"));
            let consent = Consent {
                id: ConsentId(row.id),
                given_at: instant("given_at", row.given_at)?,
                withdrawn_at: row.withdrawn_at.map(|micros| instant("withdrawn_at", micros)).transpose()?,
                version: row.version.clone(),
            };
            Ok((consent, ConsentWording::try_from(wording)?))
        };
        given.into_iter().map(with_wording).collect()
    }
}

impl UnitOfWork {
    /// Keeps a person's consent.
    ///
    /// # Errors
    /// As the database says.
    pub async fn give_consent(&mut self, account: AccountId, consent: &Consent) -> Result<(), StoreError> {
        let row = consent::ActiveModel {
            id: Set(consent.id.0),
            account_id: Set(account.0),
            version: Set(consent.version.clone()),
            given_at: Set(consent.given_at.micros()),
            withdrawn_at: Set(consent.withdrawn_at.map(Instant::micros)),
        };
        consent::Entity::insert(row).exec_without_returning(self.transaction()).await?;
        Ok(())
    }

    /// Withdraws all that a person consented to; whether there was anything.
    ///
    /// # Errors
    /// As the database says.
    pub async fn withdraw_consents(&mut self, account: AccountId, now: Instant) -> Result<bool, StoreError> {
        let withdrawn = consent::Entity::update_many()
            .col_expr(consent::Column::WithdrawnAt, Expr::value(now.micros()))
            .filter(consent::Column::AccountId.eq(account.0))
            .filter(consent::Column::WithdrawnAt.is_null())
            .exec(self.transaction())
            .await?;
        Ok(withdrawn.rows_affected > 0)
    }

    /// Adds the wordings that are missing of those this program knows. One that was ever asked for is never changed.
    ///
    /// # Errors
    /// As the database says.
    pub(crate) async fn seed_consent_wordings(&mut self, csv: &str) -> Result<(), StoreError> {
        let rows = csv::Reader::from_reader(csv.as_bytes()).into_deserialize().collect::<Result<Vec<WordingRow>, _>>();
        let rows = rows.map_err(|error| StoreError::inconsistent("consent_wording", "csv", "catalogue", error))?;
        let rows = rows.into_iter().map(|WordingRow { version, valid_from, vietnamese, english }| {
            consent_wording::Model { version, vietnamese, english, valid_from }.into_active_model()
        });
        consent_wording::Entity::insert_many(rows)
            .on_conflict(OnConflict::column(consent_wording::Column::Version).do_nothing().to_owned())
            .exec_without_returning(self.transaction())
            .await?;
        Ok(())
    }
}

impl TryFrom<consent_wording::Model> for ConsentWording {
    type Error = StoreError;

    fn try_from(row: consent_wording::Model) -> Result<Self, StoreError> {
        let consent_wording::Model { version, vietnamese, english, valid_from } = row;
        let day = valid_from.parse();
        let valid_from =
            day.map_err(|error| StoreError::inconsistent("consent_wording", "valid_from", &version, error))?;
        Ok(Self { version, vietnamese, english, valid_from })
    }
}
