//! Files that come piece by piece (the tus protocol), on whichever server a piece arrives.
//!
//! The database says how far a file has come; a part counts once its object lies in the store and the offset was moved by exactly its
//! length from exactly where it began. Of two connections that send the same piece one is late, and its object is removed.

use domain::{
    id::{AccountId, UploadId},
    time::Instant,
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::Expr,
};

use crate::{
    entity::{
        partial_upload::{ActiveModel, Column, Entity, Model},
        upload_part,
    },
    error::StoreError,
    files::FileName,
    store::Store,
    unit_of_work::UnitOfWork,
};

/// A file of which parts have come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartialUpload {
    /// The id that the upload will have.
    pub id: UploadId,
    /// Who sends it.
    pub account: AccountId,
    /// Where its parts lie.
    pub name: FileName,
    /// How many bytes it will have.
    pub length: u64,
    /// How many have come.
    pub received: u64,
    /// In how many parts.
    pub parts: u32,
    /// `Upload-Metadata` as the client sent it.
    pub metadata: Option<String>,
    /// When it is forgotten.
    pub expires_at: Instant,
}

/// A part whose object lies in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UploadPart {
    /// Its first byte's place in the file.
    pub at: u64,
    /// Its bytes.
    pub size: u64,
    /// Its name beneath that of the upload.
    pub name: FileName,
}

impl Store {
    /// What has come of it, if that account sends it.
    ///
    /// # Errors
    /// As the database says.
    pub async fn partial_upload(&self, account: AccountId, id: UploadId) -> Result<Option<PartialUpload>, StoreError> {
        let own = Entity::find_by_id(id.0).filter(Column::AccountId.eq(account.0));
        own.one(self.reader()).await?.map(PartialUpload::try_from).transpose()
    }

    /// Its parts, in order.
    ///
    /// # Errors
    /// As the database says.
    pub async fn upload_parts(&self, id: UploadId) -> Result<Vec<UploadPart>, StoreError> {
        let rows = upload_part::Entity::find().filter(upload_part::Column::UploadId.eq(id.0));
        let rows = rows.order_by_asc(upload_part::Column::At).all(self.reader()).await?;
        let wrong = |column| StoreError::inconsistent("upload_part", column, id, "not what it may be");
        let part = |row: upload_part::Model| {
            Ok(UploadPart {
                at: u64::try_from(row.at).map_err(|_| wrong("at"))?,
                size: u64::try_from(row.size).map_err(|_| wrong("size"))?,
                name: FileName(row.name.as_slice().try_into().map_err(|_| wrong("name"))?),
            })
        };
        rows.into_iter().map(part).collect()
    }

    /// What is past its time, and no server is putting together.
    ///
    /// # Errors
    /// As the database says.
    pub async fn expired_partial_uploads(&self, now: Instant, limit: u64) -> Result<Vec<PartialUpload>, StoreError> {
        let over = Entity::find().filter(Column::ExpiresAt.lte(now.micros())).filter(nobody_finishes(now));
        let rows = over.order_by_asc(Column::ExpiresAt).limit(limit).all(self.reader()).await?;
        rows.into_iter().map(PartialUpload::try_from).collect()
    }
}

fn nobody_finishes(now: Instant) -> Condition {
    Condition::any().add(Column::FinishingUntil.is_null()).add(Column::FinishingUntil.lt(now.micros()))
}

impl UnitOfWork {
    /// Notes a file that will come.
    ///
    /// # Errors
    /// As the database says.
    pub async fn begin_partial_upload(&mut self, upload: &PartialUpload) -> Result<(), StoreError> {
        let PartialUpload { id, account, name, length, received: _, parts: _, metadata, expires_at } = upload;
        let row = ActiveModel {
            id: Set(id.0),
            account_id: Set(account.0),
            name: Set(name.0.to_vec()),
            length: Set(stored(*length, *id)?),
            received: Set(0),
            parts: Set(0),
            metadata: Set(metadata.clone()),
            expires_at: Set(expires_at.micros()),
            finishing_until: Set(None),
        };
        Entity::insert(row).exec_without_returning(self.transaction()).await?;
        Ok(())
    }

    /// Counts a part whose object is in the store; `false` where the file has come further meanwhile, is whole, past its time, or
    /// gone.
    ///
    /// # Errors
    /// As the database says.
    pub async fn add_upload_part(&mut self, id: UploadId, part: &UploadPart, now: Instant) -> Result<bool, StoreError> {
        let (at, size) = (stored(part.at, id)?, stored(part.size, id)?);
        let moved = Entity::update_many()
            .col_expr(Column::Received, Expr::col(Column::Received).add(size))
            .col_expr(Column::Parts, Expr::col(Column::Parts).add(1))
            .filter(Column::Id.eq(id.0))
            .filter(Column::Received.eq(at))
            .filter(Expr::col(Column::Length).gte(at.saturating_add(size)))
            .filter(Column::ExpiresAt.gt(now.micros()))
            .exec(self.transaction())
            .await?;
        if moved.rows_affected != 1 {
            return Ok(false);
        }
        let row = upload_part::ActiveModel {
            upload_id: Set(id.0),
            at: Set(at),
            size: Set(size),
            name: Set(part.name.0.to_vec()),
        };
        upload_part::Entity::insert(row).exec_without_returning(self.transaction()).await?;
        Ok(true)
    }

    /// Takes the turn to put a whole file together, until that instant; whether it was to be had.
    ///
    /// # Errors
    /// As the database says.
    pub async fn finish_partial_upload(
        &mut self,
        id: UploadId,
        now: Instant,
        until: Instant,
    ) -> Result<bool, StoreError> {
        let taken = Entity::update_many()
            .col_expr(Column::FinishingUntil, Expr::value(until.micros()))
            .filter(Column::Id.eq(id.0))
            .filter(Expr::col(Column::Received).equals(Column::Length))
            .filter(Column::ExpiresAt.gt(now.micros()))
            .filter(nobody_finishes(now))
            .exec(self.transaction())
            .await?;
        Ok(taken.rows_affected == 1)
    }

    /// Gives the turn back, so that another server may try.
    ///
    /// # Errors
    /// As the database says.
    pub async fn leave_partial_upload(&mut self, id: UploadId) -> Result<(), StoreError> {
        let left = Entity::update_many().col_expr(Column::FinishingUntil, Expr::value(None::<i64>));
        left.filter(Column::Id.eq(id.0)).exec(self.transaction()).await?;
        Ok(())
    }

    /// Ends it: nothing is added to it any more, and a sweep removes what is left. `false` where it had ended before.
    ///
    /// # Errors
    /// As the database says.
    pub async fn end_partial_upload(&mut self, id: UploadId) -> Result<bool, StoreError> {
        let ended = Entity::update_many()
            .col_expr(Column::ExpiresAt, Expr::value(0_i64))
            .col_expr(Column::FinishingUntil, Expr::value(None::<i64>))
            .filter(Column::Id.eq(id.0))
            .filter(Column::ExpiresAt.gt(0))
            .exec(self.transaction())
            .await?;
        Ok(ended.rows_affected == 1)
    }

    /// Forgets it, once the objects of its parts are gone.
    ///
    /// # Errors
    /// As the database says.
    pub async fn forget_partial_upload(&mut self, id: UploadId) -> Result<(), StoreError> {
        Entity::delete_by_id(id.0).exec(self.transaction()).await?;
        Ok(())
    }
}

fn stored(number: u64, id: UploadId) -> Result<i64, StoreError> {
    i64::try_from(number).map_err(|error| StoreError::inconsistent("partial_upload", "length", id, error))
}

impl TryFrom<Model> for PartialUpload {
    type Error = StoreError;

    fn try_from(row: Model) -> Result<Self, StoreError> {
        let wrong = |column| StoreError::inconsistent("partial_upload", column, row.id, "not what it may be");
        Ok(Self {
            id: UploadId(row.id),
            account: AccountId(row.account_id),
            name: FileName(row.name.as_slice().try_into().map_err(|_| wrong("name"))?),
            length: u64::try_from(row.length).map_err(|_| wrong("length"))?,
            received: u64::try_from(row.received).map_err(|_| wrong("received"))?,
            parts: u32::try_from(row.parts).map_err(|_| wrong("parts"))?,
            metadata: row.metadata,
            expires_at: Instant::from_micros(row.expires_at).ok_or_else(|| wrong("expires_at"))?,
        })
    }
}
