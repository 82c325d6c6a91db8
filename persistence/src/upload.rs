//! Files that people sent: what is known of each, and the petition it belongs to.
//!
//! A row is `storing` until its objects lie in the object store, then `ready`; `doomed` is what will be removed. Attaching and dooming
//! are both one conditional update of that row, so of two that meet one finds it changed: a sweep never takes what is attached.

use domain::{
    chain::{Digest, Salt},
    id::{AccountId, PetitionId, UploadId},
    petition::{Attachment, Event, MediaType, Slot},
    place::Point,
    time::Instant,
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, EntityTrait, ExprTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, UpdateMany,
    sea_query::{CaseStatement, Expr},
};
use uuid::Uuid;

use crate::{
    entity::{
        partial_upload,
        upload::{ActiveModel, Column, Entity, Model},
    },
    error::StoreError,
    files::{FileKey, FileName, Variant},
    row::stored_int,
    store::{Snapshot, Store},
    unit_of_work::UnitOfWork,
};

const STORING: &str = "storing";
const READY: &str = "ready";
const DOOMED: &str = "doomed";

/// The content of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileContent {
    /// What it is.
    pub media_type: MediaType,
    /// Its bytes.
    pub size: u64,
    /// Their SHA-256.
    pub sha256: Digest,
}

/// What there is of a picture beside the file itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Picture {
    /// Pixels, upright.
    pub width: u32,
    /// Pixels, upright.
    pub height: u32,
    /// Bytes of the larger preview.
    pub large: u64,
    /// Bytes of the smaller preview.
    pub small: u64,
}

/// What a file said of when and where it was taken. Whoever made it may have written anything there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Taken {
    /// When.
    pub at: Option<Instant>,
    /// Where.
    pub place: Option<Point>,
}

/// Where a file belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Belonging {
    /// The petition.
    pub petition: PetitionId,
    /// The event that names it.
    pub seq: u32,
    /// Which of the event's texts it came with.
    pub slot: Slot,
}

/// A file that somebody sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// Its id.
    pub id: UploadId,
    /// Who sent it.
    pub account: AccountId,
    /// Where its objects lie.
    pub name: FileName,
    /// When it came.
    pub created_at: Instant,
    /// As it came.
    pub sent: FileContent,
    /// As it is kept and handed out.
    pub kept: FileContent,
    /// The salt of the digest that the log names it by.
    pub salt: Salt,
    /// Of a picture.
    pub picture: Option<Picture>,
    /// What it said of itself.
    pub taken: Taken,
    /// Where it belongs; `None` as long as it is attached to nothing.
    pub belongs: Option<Belonging>,
}

impl Upload {
    /// As the log names it.
    pub fn as_attachment(&self) -> Attachment {
        Attachment::new(self.id, &self.salt, &self.kept.sha256)
    }
}

impl Upload {
    /// Its objects: where each lies, its bytes, and their digest where the row has it.
    pub fn objects(&self) -> Vec<(FileKey, u64, Option<Digest>)> {
        let key = |variant| FileKey::upload(self.name, variant);
        let mut objects = vec![(key(Variant::Full), self.kept.size, Some(self.kept.sha256))];
        if let Some(picture) = self.picture {
            objects.extend([(key(Variant::Large), picture.large, None), (key(Variant::Small), picture.small, None)]);
        }
        objects
    }
}

/// Those of these files that are of that account and belong to nothing.
fn unused_of(uploads: &[UploadId], account: AccountId) -> UpdateMany<Entity> {
    Entity::update_many()
        .filter(Column::Id.is_in(uploads.iter().map(|upload| upload.0)))
        .filter(Column::AccountId.eq(account.0))
        .filter(Column::PetitionId.is_null())
}

impl Store {
    /// Those of these uploads that this account sent and that belong to nothing yet.
    ///
    /// # Errors
    /// As the database says.
    pub async fn attachable_uploads(&self, account: AccountId, ids: &[UploadId]) -> Result<Vec<Upload>, StoreError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let rows = Entity::find()
            .filter(Column::Id.is_in(ids.iter().map(|id| id.0)))
            .filter(Column::AccountId.eq(account.0))
            .filter(Column::State.eq(READY))
            .filter(Column::PetitionId.is_null());
        rows.all(self.reader()).await?.into_iter().map(Upload::try_from).collect()
    }

    /// An upload that may be read.
    ///
    /// # Errors
    /// As the database says.
    pub async fn upload(&self, id: UploadId) -> Result<Option<Upload>, StoreError> {
        let row = Entity::find_by_id(id.0).filter(Column::State.eq(READY)).one(self.reader()).await?;
        row.map(Upload::try_from).transpose()
    }

    /// The files of those petitions, in the order they came, in one query.
    ///
    /// # Errors
    /// As the database says.
    pub async fn attachments(&self, petitions: &[PetitionId]) -> Result<Vec<Upload>, StoreError> {
        if petitions.is_empty() {
            return Ok(Vec::new());
        }
        let rows = Entity::find()
            .filter(Column::PetitionId.is_in(petitions.iter().map(|id| id.0)))
            .filter(Column::State.eq(READY))
            .order_by_asc(Column::PetitionId)
            .order_by_asc(Column::Seq)
            .order_by_asc(Column::Place);
        rows.all(self.reader()).await?.into_iter().map(Upload::try_from).collect()
    }

    /// All files that an account sent, attached or not: what an export of its data holds.
    ///
    /// # Errors
    /// As the database says.
    pub async fn uploads_of_account(&self, account: AccountId) -> Result<Vec<Upload>, StoreError> {
        let own = Entity::find().filter(Column::AccountId.eq(account.0)).filter(Column::State.eq(READY));
        own.order_by_asc(Column::Id).all(self.reader()).await?.into_iter().map(Upload::try_from).collect()
    }

    /// How many files of an account wait to be attached, those that are still coming included.
    ///
    /// # Errors
    /// As the database says.
    pub async fn waiting_uploads(&self, account: AccountId) -> Result<u64, StoreError> {
        let whole = Entity::find()
            .filter(Column::AccountId.eq(account.0))
            .filter(Column::PetitionId.is_null())
            .filter(Column::State.ne(DOOMED));
        let parts = partial_upload::Entity::find().filter(partial_upload::Column::AccountId.eq(account.0));
        Ok(whole.count(self.reader()).await? + parts.count(self.reader()).await?)
    }

    /// Uploads whose objects are to be removed, and then their rows.
    ///
    /// # Errors
    /// As the database says.
    pub async fn doomed_uploads(&self, limit: u64) -> Result<Vec<(UploadId, FileName)>, StoreError> {
        let doomed = Entity::find().filter(Expr::cust("state = 'doomed'")).order_by_asc(Column::Id).limit(limit);
        doomed.all(self.reader()).await?.into_iter().map(|row| Ok((UploadId(row.id), name_of(&row)?))).collect()
    }

    /// What a server left behind that stopped while it kept this upload.
    ///
    /// # Errors
    /// As the database says.
    pub async fn half_stored_upload(&self, id: UploadId) -> Result<Option<FileName>, StoreError> {
        let row = Entity::find_by_id(id.0).filter(Column::State.eq(STORING)).one(self.reader()).await?;
        row.map(|row| name_of(&row)).transpose()
    }
}

impl Snapshot {
    /// Files that may be read, after that one, in the order of their ids: what a backup has.
    ///
    /// # Errors
    /// As the database says.
    pub async fn ready_uploads(&self, after: Option<UploadId>, limit: u64) -> Result<Vec<Upload>, StoreError> {
        let mut rows = Entity::find().filter(Column::State.eq(READY));
        if let Some(after) = after {
            rows = rows.filter(Column::Id.gt(after.0));
        }
        rows.order_by_asc(Column::Id).limit(limit).all(&self.0).await?.into_iter().map(Upload::try_from).collect()
    }

    /// As [`Store::attachments`], doomed ones included: for a check.
    pub(crate) async fn attached_between(&self, first: Uuid, last: Uuid) -> Result<Vec<Model>, StoreError> {
        Ok(Entity::find().filter(Column::PetitionId.between(first, last)).all(&self.0).await?)
    }
}

impl UnitOfWork {
    /// Notes an upload whose objects are about to be written.
    ///
    /// # Errors
    /// As the database says.
    pub async fn add_upload(&mut self, upload: &Upload) -> Result<(), StoreError> {
        Entity::insert(row(upload)?).exec_without_returning(self.transaction()).await?;
        Ok(())
    }

    /// Notes that its objects are all there; `false` where it was doomed meanwhile.
    ///
    /// # Errors
    /// As the database says.
    pub async fn upload_is_ready(&mut self, id: UploadId) -> Result<bool, StoreError> {
        let noted = Entity::update_many()
            .col_expr(Column::State, Expr::value(READY))
            .filter(Column::Id.eq(id.0))
            .filter(Column::State.eq(STORING));
        Ok(noted.exec(self.transaction()).await?.rows_affected == 1)
    }

    /// Attaches what an event names to its petition. An upload of somebody else, one that is attached elsewhere, or doomed, is
    /// none.
    ///
    /// # Errors
    /// [`StoreError::NoSuchUpload`].
    pub(crate) async fn attach(&self, event: &Event) -> Result<(), StoreError> {
        let (slot, attachments) = event.data.attachments();
        let Some(account) = event.actor.account.filter(|_| !attachments.is_empty()) else {
            return if attachments.is_empty() { Ok(()) } else { Err(StoreError::NoSuchUpload) };
        };
        let mut place = CaseStatement::new();
        for (index, attachment) in (0_i32..).zip(attachments) {
            place = place.case(Expr::col(Column::Id).eq(attachment.upload.0), index);
        }
        let attached = Entity::update_many()
            .col_expr(Column::PetitionId, Expr::value(event.petition.0))
            .col_expr(Column::Seq, Expr::value(stored_int(event.seq)?))
            .col_expr(Column::Slot, Expr::value(slot.as_str()))
            .col_expr(Column::Place, place.finally(0).into())
            .filter(Column::Id.is_in(attachments.iter().map(|attachment| attachment.upload.0)))
            .filter(Column::AccountId.eq(account.0))
            .filter(Column::State.eq(READY))
            .filter(Column::PetitionId.is_null())
            .exec(self.transaction())
            .await?;
        let all = u64::try_from(attachments.len()).is_ok_and(|all| all == attached.rows_affected);
        if all { Ok(()) } else { Err(StoreError::NoSuchUpload) }
    }

    /// Gives files of an account that belong to nothing yet to another one: what a program sent for a citizen becomes the citizen's with
    /// the petition.
    ///
    /// # Errors
    /// As the database says.
    pub async fn hand_over_uploads(
        &mut self,
        uploads: &[UploadId],
        from: AccountId,
        to: AccountId,
    ) -> Result<(), StoreError> {
        if uploads.is_empty() {
            return Ok(());
        }
        let given = unused_of(uploads, from).col_expr(Column::AccountId, Expr::value(to.0));
        given.exec(self.transaction()).await?;
        Ok(())
    }

    /// Dooms files of an account that belong to nothing, and now never will.
    ///
    /// # Errors
    /// As the database says.
    pub async fn doom_unused(&mut self, uploads: &[UploadId], account: AccountId) -> Result<(), StoreError> {
        let doomed = unused_of(uploads, account).col_expr(Column::State, Expr::value(DOOMED));
        doomed.exec(self.transaction()).await?;
        Ok(())
    }

    /// Dooms what belongs to nothing and came before that instant; how many.
    ///
    /// # Errors
    /// As the database says.
    pub async fn doom_unattached(&mut self, before: Instant) -> Result<u64, StoreError> {
        let old = Entity::update_many()
            .col_expr(Column::State, Expr::value(DOOMED))
            .filter(Column::PetitionId.is_null())
            .filter(Column::CreatedAt.lt(before.micros()))
            .filter(Column::State.ne(DOOMED));
        Ok(old.exec(self.transaction()).await?.rows_affected)
    }

    /// Dooms the files of those petitions, as an erasure does; how many. The log goes on naming them.
    ///
    /// # Errors
    /// As the database says.
    pub async fn doom_attachments(&mut self, petitions: &[PetitionId]) -> Result<u64, StoreError> {
        let theirs = Column::PetitionId.is_in(petitions.iter().map(|id| id.0));
        let doomed = Entity::update_many().col_expr(Column::State, Expr::value(DOOMED)).filter(theirs);
        Ok(doomed.exec(self.transaction()).await?.rows_affected)
    }

    /// Dooms all that an account sent, attached or not, also what is still coming, as an erasure does; how many.
    ///
    /// # Errors
    /// As the database says.
    pub async fn doom_uploads_of(&mut self, account: AccountId) -> Result<u64, StoreError> {
        let whole =
            Entity::update_many().col_expr(Column::State, Expr::value(DOOMED)).filter(Column::AccountId.eq(account.0));
        let parts = partial_upload::Entity::update_many()
            .col_expr(partial_upload::Column::ExpiresAt, Expr::value(0_i64))
            .filter(partial_upload::Column::AccountId.eq(account.0));
        let parts = parts.exec(self.transaction()).await?.rows_affected;
        Ok(whole.exec(self.transaction()).await?.rows_affected + parts)
    }

    /// Forgets an upload whose objects are gone; one that may be read stays.
    ///
    /// # Errors
    /// As the database says.
    pub async fn forget_upload(&mut self, id: UploadId) -> Result<(), StoreError> {
        Entity::delete_many()
            .filter(Column::Id.eq(id.0))
            .filter(Column::State.ne(READY))
            .exec(self.transaction())
            .await?;
        Ok(())
    }
}

fn row(upload: &Upload) -> Result<ActiveModel, StoreError> {
    let Upload { id, account, name, created_at, sent, kept, salt, picture, taken, belongs: _ } = upload;
    let int = |size: u64| i64::try_from(size).map_err(|error| StoreError::inconsistent("upload", "size", id, error));
    Ok(ActiveModel {
        id: Set(id.0),
        account_id: Set(account.0),
        name: Set(name.0.to_vec()),
        state: Set(STORING.to_owned()),
        created_at: Set(created_at.micros()),
        sent_type: Set(sent.media_type.to_string()),
        sent_size: Set(int(sent.size)?),
        sent_sha256: Set(sent.sha256.as_bytes().to_vec()),
        media_type: Set(kept.media_type.to_string()),
        size: Set(int(kept.size)?),
        sha256: Set(kept.sha256.as_bytes().to_vec()),
        salt: Set(salt.to_vec()),
        width: Set(picture.map(|picture| stored_int(picture.width)).transpose()?),
        height: Set(picture.map(|picture| stored_int(picture.height)).transpose()?),
        large_size: Set(picture.map(|picture| int(picture.large)).transpose()?),
        small_size: Set(picture.map(|picture| int(picture.small)).transpose()?),
        taken_at: Set(taken.at.map(Instant::micros)),
        lat_e7: Set(taken.place.map(Point::lat_e7)),
        lon_e7: Set(taken.place.map(Point::lon_e7)),
        petition_id: NotSet,
        seq: NotSet,
        slot: NotSet,
        place: NotSet,
    })
}

fn name_of(row: &Model) -> Result<FileName, StoreError> {
    let name = row.name.as_slice().try_into();
    name.map(FileName).map_err(|error| StoreError::inconsistent("upload", "name", row.id, error))
}

impl TryFrom<Model> for Upload {
    type Error = StoreError;

    fn try_from(row: Model) -> Result<Self, StoreError> {
        let wrong = |column| StoreError::inconsistent("upload", column, row.id, "not what it may be");
        let content = |columns: (&'static str, &'static str, &'static str), kind: &str, size: i64, sha256: &[u8]| {
            Ok::<_, StoreError>(FileContent {
                media_type: MediaType::parse(kind).ok_or_else(|| wrong(columns.0))?,
                size: u64::try_from(size).map_err(|_| wrong(columns.1))?,
                sha256: Digest::from_bytes(sha256).ok_or_else(|| wrong(columns.2))?,
            })
        };
        let picture = match (row.width, row.height, row.large_size, row.small_size) {
            (Some(width), Some(height), Some(large), Some(small)) => Some(Picture {
                width: u32::try_from(width).map_err(|_| wrong("width"))?,
                height: u32::try_from(height).map_err(|_| wrong("height"))?,
                large: u64::try_from(large).map_err(|_| wrong("large_size"))?,
                small: u64::try_from(small).map_err(|_| wrong("small_size"))?,
            }),
            (None, None, None, None) => None,
            _ => return Err(wrong("width")),
        };
        let place = match row.lat_e7.zip(row.lon_e7) {
            Some((lat, lon)) => Some(Point::from_e7(lat, lon).map_err(|_| wrong("lat_e7"))?),
            None => None,
        };
        let instant = |column, micros| Instant::from_micros(micros).ok_or_else(|| wrong(column));
        let belongs = match (row.petition_id, row.seq, row.slot.as_deref()) {
            (Some(petition), Some(seq), Some(slot)) => Some(Belonging {
                petition: PetitionId(petition),
                seq: u32::try_from(seq).map_err(|_| wrong("seq"))?,
                slot: Slot::parse(slot).ok_or_else(|| wrong("slot"))?,
            }),
            (None, None, None) => None,
            _ => return Err(wrong("petition_id")),
        };
        Ok(Self {
            id: UploadId(row.id),
            account: AccountId(row.account_id),
            name: name_of(&row)?,
            created_at: instant("created_at", row.created_at)?,
            sent: content(("sent_type", "sent_size", "sent_sha256"), &row.sent_type, row.sent_size, &row.sent_sha256)?,
            kept: content(("media_type", "size", "sha256"), &row.media_type, row.size, &row.sha256)?,
            salt: row.salt.as_slice().try_into().map_err(|_| wrong("salt"))?,
            picture,
            taken: Taken { at: row.taken_at.map(|at| instant("taken_at", at)).transpose()?, place },
            belongs,
        })
    }
}
