//! What people are told: their inboxes, and how far into the log they have been told.

use domain::{
    id::{AccountId, DeliveryId, NoticeId},
    notice::{Carrier, NoticeKind},
    petition::PetitionCode,
    time::Instant,
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, EntityTrait, ExprTrait, Order, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, OnConflict},
};

use crate::{
    entity::{
        delivery,
        notice::{ActiveModel, Column, Entity, Model},
    },
    error::StoreError,
    queue::Page,
    store::Store,
    unit_of_work::UnitOfWork,
};

/// Rows in one statement: ten values each at the most, and SQLite binds at most 32,766.
const CHUNK: usize = 3_000;

/// Something that a person is told: an entry of their inbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Its id.
    pub id: NoticeId,
    /// Who is told.
    pub account: AccountId,
    /// What it is about.
    pub kind: NoticeKind,
    /// The petition.
    pub code: Option<PetitionCode>,
    /// What else its text names; nothing personal but to whom it is told.
    pub about: Option<String>,
    /// When that happened.
    pub at: Instant,
    /// When it was read.
    pub read_at: Option<Instant>,
    /// The e-mail of a day that has it.
    pub digest: Option<DeliveryId>,
}

/// A message that is to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDelivery {
    /// Its id: the key that travels with it.
    pub id: DeliveryId,
    /// What it takes to the person; `None`: the notices of a day, which name it.
    pub notice: Option<NoticeId>,
    /// Who carries it.
    pub carrier: Carrier,
    /// To which phone.
    pub phone: Option<domain::id::PushTokenId>,
    /// When.
    pub due_at: Instant,
}

/// A notice with the messages that take it to the person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// The entry of the inbox.
    pub notice: Notice,
    /// The messages.
    pub deliveries: Vec<NewDelivery>,
}

impl Store {
    /// Somebody's inbox, the newest first; the key is the id.
    ///
    /// # Errors
    /// As the database says.
    pub async fn inbox(
        &self,
        account: AccountId,
        unread_only: bool,
        page: Page<NoticeId>,
    ) -> Result<Vec<Notice>, StoreError> {
        let mut query = Entity::find().filter(Column::AccountId.eq(account.0));
        if unread_only {
            query = query.filter(Column::ReadAt.is_null());
        }
        if let Some(id) = page.after {
            query = query.filter(Column::Id.lt(id.0));
        }
        let rows = query.order_by(Column::Id, Order::Desc).limit(page.limit).all(self.reader()).await?;
        rows.into_iter().map(Notice::try_from).collect()
    }

    /// How many notices somebody has not read.
    ///
    /// # Errors
    /// As the database says.
    pub async fn unread(&self, account: AccountId) -> Result<u64, StoreError> {
        let unread = Entity::find().filter(Column::AccountId.eq(account.0)).filter(Column::ReadAt.is_null());
        Ok(unread.count(self.reader()).await?)
    }

    /// The notices of those ids, and those that those e-mails of a day have.
    ///
    /// # Errors
    /// As the database says.
    pub async fn notices(&self, ids: &[NoticeId], digests: &[DeliveryId]) -> Result<Vec<Notice>, StoreError> {
        let mut found = Vec::new();
        if !ids.is_empty() {
            let named = Column::Id.is_in(ids.iter().map(|id| id.0));
            found.extend(Entity::find().filter(named).all(self.reader()).await?);
        }
        if !digests.is_empty() {
            let theirs = Column::DigestId.is_in(digests.iter().map(|id| id.0));
            found.extend(Entity::find().filter(theirs).order_by(Column::Id, Order::Asc).all(self.reader()).await?);
        }
        found.into_iter().map(Notice::try_from).collect()
    }
}

impl UnitOfWork {
    /// Puts notices into inboxes and their messages on the way. What is there already stays as it is, so that this may be done again.
    ///
    /// # Errors
    /// As the database says.
    pub async fn post(&mut self, letters: &[Letter]) -> Result<(), StoreError> {
        // In one order, so that two servers that write the same rows wait for each other and never in a circle.
        let mut ordered: Vec<&Letter> = letters.iter().collect();
        ordered.sort_unstable_by_key(|letter| letter.notice.id);
        for chunk in ordered.chunks(CHUNK) {
            let rows = chunk.iter().map(|letter| ActiveModel {
                id: Set(letter.notice.id.0),
                account_id: Set(letter.notice.account.0),
                kind: Set(letter.notice.kind.as_str().to_owned()),
                code: Set(letter.notice.code.as_ref().map(ToString::to_string)),
                about: Set(letter.notice.about.clone()),
                at: Set(letter.notice.at.micros()),
                read_at: Set(letter.notice.read_at.map(Instant::micros)),
                digest_id: Set(letter.notice.digest.map(|digest| digest.0)),
            });
            Entity::insert_many(rows)
                .on_conflict(OnConflict::column(Column::Id).do_nothing().to_owned())
                .exec_without_returning(self.transaction())
                .await?;
        }
        let deliveries = letters.iter().flat_map(|letter| {
            letter.deliveries.iter().map(|delivery| delivery::ActiveModel {
                id: Set(delivery.id.0),
                account_id: Set(letter.notice.account.0),
                notice_id: Set(delivery.notice.map(|notice| notice.0)),
                carrier: Set(delivery.carrier.as_str().to_owned()),
                push_token_id: Set(delivery.phone.map(|phone| phone.0)),
                due_at: Set(delivery.due_at.micros()),
                tries: Set(0),
                state: Set(crate::delivery::WAITING.to_owned()),
                problem: Set(None),
                settled_at: Set(None),
            })
        });
        let mut deliveries: Vec<_> = deliveries.collect();
        deliveries.sort_unstable_by_key(|delivery| delivery.id.clone().take());
        while !deliveries.is_empty() {
            let chunk: Vec<_> = deliveries.drain(..deliveries.len().min(CHUNK)).collect();
            delivery::Entity::insert_many(chunk)
                .on_conflict(OnConflict::column(delivery::Column::Id).do_nothing().to_owned())
                .exec_without_returning(self.transaction())
                .await?;
        }
        Ok(())
    }

    /// Notes that somebody has read a notice of theirs; the first time stays. Whether there is such a notice.
    ///
    /// # Errors
    /// As the database says.
    pub async fn read_notice(&mut self, account: AccountId, id: NoticeId, now: Instant) -> Result<bool, StoreError> {
        let first = Expr::col(Column::ReadAt).if_null(now.micros());
        let read = Entity::update_many()
            .col_expr(Column::ReadAt, first)
            .filter(Column::Id.eq(id.0))
            .filter(Column::AccountId.eq(account.0))
            .exec(self.transaction())
            .await?;
        Ok(read.rows_affected == 1)
    }

    /// Notes that somebody has read all of their notices up to one.
    ///
    /// # Errors
    /// As the database says.
    pub async fn read_notices(&mut self, account: AccountId, upto: NoticeId, now: Instant) -> Result<(), StoreError> {
        Entity::update_many()
            .col_expr(Column::ReadAt, Expr::value(now.micros()))
            .filter(Column::AccountId.eq(account.0))
            .filter(Column::ReadAt.is_null())
            .filter(Column::Id.lte(upto.0))
            .exec(self.transaction())
            .await?;
        Ok(())
    }
}

impl TryFrom<Model> for Notice {
    type Error = StoreError;

    fn try_from(row: Model) -> Result<Self, StoreError> {
        let wrong = |column, problem: &str| StoreError::inconsistent("notice", column, row.id, problem);
        let instant = |column, micros| Instant::from_micros(micros).ok_or_else(|| wrong(column, "not an instant"));
        let code = row.code.as_deref().map(PetitionCode::parse).transpose();
        Ok(Self {
            id: NoticeId(row.id),
            account: AccountId(row.account_id),
            kind: NoticeKind::parse(&row.kind).ok_or_else(|| wrong("kind", "an unknown word"))?,
            code: code.map_err(|error| wrong("code", &error.to_string()))?,
            at: instant("at", row.at)?,
            read_at: row.read_at.map(|micros| instant("read_at", micros)).transpose()?,
            digest: row.digest_id.map(DeliveryId),
            about: row.about,
        })
    }
}
