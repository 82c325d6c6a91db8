//! Petitions that came another way: which item of a source is which petition, and the accounts that stand for their senders.

use domain::{account::Role, chain::Digest, code::SourceCode, id::PetitionId, petition::Petition};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr};

use crate::{
    account::Account,
    entity::{account, intake_item, petition},
    error::StoreError,
    petition::StoredPetition,
    store::Store,
    unit_of_work::UnitOfWork,
};

impl Store {
    /// The petition that an item of a source was entered as; `key` is the keyed digest of its reference.
    ///
    /// # Errors
    /// As the database says.
    pub async fn entered_before(
        &self,
        source: &SourceCode,
        key: &Digest,
    ) -> Result<Option<StoredPetition>, StoreError> {
        let item = intake_item::Entity::find_by_id((source.as_str().to_owned(), key.as_bytes().to_vec()));
        let Some(item) = item.one(self.reader()).await? else { return Ok(None) };
        self.petition_by_id(PetitionId(item.petition_id)).await
    }

    /// The petitions that were put to one of those.
    ///
    /// # Errors
    /// As the database says.
    pub async fn put_to(&self, petitions: &[PetitionId]) -> Result<Vec<Petition>, StoreError> {
        if petitions.is_empty() {
            return Ok(Vec::new());
        }
        let merged = petition::Column::MergedInto.is_in(petitions.iter().map(|id| id.0));
        let rows = petition::Entity::find().filter(merged).all(self.reader()).await?;
        rows.into_iter().map(|row| StoredPetition::try_from(row).map(|stored| stored.petition)).collect()
    }

    /// The account that stands for a sender who was entered before with that number and name, and was not erased.
    ///
    /// # Errors
    /// As the database says.
    pub async fn contact(&self, phone: &str, full_name: &str) -> Result<Option<Account>, StoreError> {
        let row = account::Entity::find()
            .filter(account::Column::ContactPhone.eq(phone))
            .filter(account::Column::FullName.eq(full_name))
            .filter(account::Column::Role.eq(Role::Citizen.as_str()))
            .order_by_asc(account::Column::Id)
            .limit(1)
            .one(self.reader())
            .await?;
        row.map(Account::try_from).transpose()
    }

    /// Accounts that stand for senders none of whose petitions has a word any more.
    ///
    /// # Errors
    /// As the database says.
    pub async fn contacts_without_words(&self, limit: u64) -> Result<Vec<Account>, StoreError> {
        let wordless =
            "NOT EXISTS (SELECT 1 FROM petition p JOIN words w ON w.petition_id = p.id WHERE p.submitter = account.id)";
        let rows = account::Entity::find()
            .filter(account::Column::Login.starts_with("contact."))
            .filter(account::Column::FullName.ne(""))
            .filter(Expr::cust(wordless))
            .limit(limit)
            .all(self.reader())
            .await?;
        rows.into_iter().map(Account::try_from).collect()
    }
}

impl UnitOfWork {
    /// Notes which petition an item of a source is.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] on [`crate::Constraint::IntakeItem`] when it was entered in the meantime.
    pub async fn add_intake_item(
        &mut self,
        source: &SourceCode,
        key: &Digest,
        petition: PetitionId,
    ) -> Result<(), StoreError> {
        let row = intake_item::ActiveModel {
            source: Set(source.as_str().to_owned()),
            key: Set(key.as_bytes().to_vec()),
            petition_id: Set(petition.0),
        };
        intake_item::Entity::insert(row).exec_without_returning(self.transaction()).await?;
        Ok(())
    }
}
