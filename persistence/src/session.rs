//! Sessions: families of refresh tokens, each token good for one use; and those of browsers, whose one token is prolonged.
//!
//! Both kinds of token lie in one table by their hash. They cannot be taken for each other: what a browser holds is hashed
//! together with a word of its own (`api/src/auth/sign_in.rs`), so its cookie is no refresh token, and a refresh token no cookie.

use domain::{
    chain::Digest,
    id::{AccountId, SessionId},
    time::Instant,
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr,
};

use crate::{
    entity::{refresh_token, session},
    error::StoreError,
    store::Store,
    unit_of_work::UnitOfWork,
};

/// The session that a browser's token opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BrowserSession {
    /// The session.
    pub session: SessionId,
    /// Whose it is.
    pub account: AccountId,
    /// When it began.
    pub began_at: Instant,
    /// When it ends unless it is used.
    pub expires_at: Instant,
}

/// What is known of a sign-in beside whose it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// What the device calls itself.
    pub device: Option<String>,
    /// Keyed digest of the address.
    pub address: Option<Digest>,
}

/// A session that has not ended: a device that is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenSession {
    /// The session.
    pub id: SessionId,
    /// What the device calls itself.
    pub device: Option<String>,
    /// When it began.
    pub began_at: Instant,
    /// When it was last used to get an access token.
    pub last_used_at: Instant,
    /// When it ends unless it is used.
    pub expires_at: Instant,
}

impl Store {
    /// The open sessions of an account, the newest first, a page of them.
    ///
    /// # Errors
    /// As the database says; [`StoreError::Inconsistent`] for an instant that is none.
    pub async fn open_sessions(
        &self,
        account: AccountId,
        before: Option<SessionId>,
        limit: u64,
        now: Instant,
    ) -> Result<Vec<OpenSession>, StoreError> {
        use session::Column;
        let mut open = session::Entity::find()
            .filter(Column::AccountId.eq(account.0))
            .filter(Column::EndedAt.is_null())
            .filter(Column::ExpiresAt.gt(now.micros()));
        if let Some(before) = before {
            open = open.filter(Column::Id.lt(before.0));
        }
        // Ids are in the order of time.
        let rows = open.order_by_desc(Column::Id).limit(limit).all(self.reader()).await?;
        let open = |row: session::Model| {
            let instant = |column, micros| instant_of(row.id, column, micros);
            Ok(OpenSession {
                id: SessionId(row.id),
                began_at: instant("created_at", row.created_at)?,
                last_used_at: instant("last_used_at", row.last_used_at.unwrap_or(row.created_at))?,
                expires_at: instant("expires_at", row.expires_at.unwrap_or(row.created_at))?,
                device: row.device,
            })
        };
        rows.into_iter().map(open).collect()
    }

    /// Whether an account has signed in from that address since then.
    ///
    /// # Errors
    /// As the database says.
    pub async fn has_come_from(
        &self,
        account: AccountId,
        address: &Digest,
        since: Instant,
    ) -> Result<bool, StoreError> {
        let found = session::Entity::find()
            .select_only()
            .column(session::Column::Id)
            .filter(session::Column::AccountId.eq(account.0))
            .filter(session::Column::Address.eq(address.as_bytes().to_vec()))
            .filter(session::Column::CreatedAt.gt(since.micros()))
            .limit(1)
            .into_tuple::<uuid::Uuid>()
            .one(self.reader())
            .await?;
        Ok(found.is_some())
    }

    /// Whether an account was signed in to before, but never on that device at that address.
    ///
    /// # Errors
    /// As the database says.
    pub async fn is_new_origin(&self, account: AccountId, origin: &Origin) -> Result<bool, StoreError> {
        let theirs = || {
            let theirs = session::Entity::find().select_only().column(session::Column::Id);
            theirs.filter(session::Column::AccountId.eq(account.0))
        };
        let device = match &origin.device {
            Some(device) => session::Column::Device.eq(device.as_str()),
            None => session::Column::Device.is_null(),
        };
        let address = match origin.address {
            Some(address) => session::Column::Address.eq(address.as_bytes().to_vec()),
            None => session::Column::Address.is_null(),
        };
        let same = theirs().filter(device).filter(address).limit(1).into_tuple::<uuid::Uuid>();
        if same.one(self.reader()).await?.is_some() {
            return Ok(false);
        }
        let any = theirs().limit(1).into_tuple::<uuid::Uuid>().one(self.reader()).await?;
        Ok(any.is_some())
    }

    /// The sessions that ended after that, with the instant.
    ///
    /// # Errors
    /// As the database says; [`StoreError::Inconsistent`] for an instant that is none.
    pub async fn sessions_ended_since(&self, since: Instant) -> Result<Vec<(SessionId, Instant)>, StoreError> {
        let rows: Vec<(uuid::Uuid, i64)> = session::Entity::find()
            .select_only()
            .columns([session::Column::Id, session::Column::EndedAt])
            .filter(session::Column::EndedAt.gt(since.micros()))
            .into_tuple()
            .all(self.reader())
            .await?;
        rows.into_iter().map(|(id, at)| Ok((SessionId(id), instant_of(id, "ended_at", at)?))).collect()
    }

    /// The session that a browser's token opens; `None` for a token that is unknown or expired, or whose session has ended.
    ///
    /// # Errors
    /// As the database says; [`StoreError::Inconsistent`] for an instant that is none.
    pub async fn browser_session(&self, token: &Digest, now: Instant) -> Result<Option<BrowserSession>, StoreError> {
        let found = refresh_token::Entity::find_by_id(token.as_bytes().to_vec()).one(self.reader()).await?;
        let Some(token) = found.filter(|token| token.used_at.is_none() && token.expires_at > now.micros()) else {
            return Ok(None);
        };
        let found = session::Entity::find_by_id(token.session_id).one(self.reader()).await?;
        let Some(session) = found.filter(|session| session.ended_at.is_none()) else { return Ok(None) };
        let instant = |column, micros| instant_of(session.id, column, micros);
        Ok(Some(BrowserSession {
            session: SessionId(session.id),
            account: AccountId(session.account_id),
            began_at: instant("created_at", session.created_at)?,
            expires_at: instant("expires_at", token.expires_at)?,
        }))
    }
}

/// A session as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptSession {
    /// Its id.
    pub id: SessionId,
    /// What the device called itself.
    pub device: Option<String>,
    /// When it began.
    pub began_at: Instant,
    /// When it ended.
    pub ended_at: Option<Instant>,
    /// When it was used last.
    pub last_used_at: Option<Instant>,
}

impl Store {
    /// All sessions that are kept of an account, the oldest first.
    ///
    /// # Errors
    /// As the database says.
    pub async fn sessions_of(&self, account: AccountId) -> Result<Vec<KeptSession>, StoreError> {
        let rows = session::Entity::find().filter(session::Column::AccountId.eq(account.0));
        let kept = |row: session::Model| {
            let instant = |column, micros| instant_of(row.id, column, micros);
            Ok(KeptSession {
                id: SessionId(row.id),
                began_at: instant("created_at", row.created_at)?,
                ended_at: row.ended_at.map(|micros| instant("ended_at", micros)).transpose()?,
                last_used_at: row.last_used_at.map(|micros| instant("last_used_at", micros)).transpose()?,
                device: row.device,
            })
        };
        rows.order_by_asc(session::Column::Id).all(self.reader()).await?.into_iter().map(kept).collect()
    }
}

fn instant_of(session: uuid::Uuid, column: &'static str, micros: i64) -> Result<Instant, StoreError> {
    Instant::from_micros(micros).ok_or_else(|| StoreError::inconsistent("session", column, session, "not an instant"))
}

/// What became of a refresh token that was presented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refresh {
    /// It was good; another takes its place.
    Rotated {
        /// The account that is signed in.
        account: AccountId,
        /// The session.
        session: SessionId,
    },
    /// It was used before: it or its successor is in wrong hands, so the session has ended.
    Reused {
        /// The session that has ended.
        session: SessionId,
    },
    /// Unknown, expired, or of a session that has ended.
    Invalid,
}

impl UnitOfWork {
    /// Begins a session with its first refresh token, or with the token of a browser.
    ///
    /// # Errors
    /// As the database says.
    pub async fn begin_session(
        &mut self,
        id: SessionId,
        account: AccountId,
        origin: &Origin,
        token: &Digest,
        now: Instant,
        expires_at: Instant,
    ) -> Result<(), StoreError> {
        let row = session::ActiveModel {
            id: Set(id.0),
            account_id: Set(account.0),
            created_at: Set(now.micros()),
            ended_at: Set(None),
            device: Set(origin.device.clone()),
            address: Set(origin.address.map(|address| address.as_bytes().to_vec())),
            last_used_at: Set(Some(now.micros())),
            expires_at: Set(Some(expires_at.micros())),
        };
        session::Entity::insert(row).exec_without_returning(self.transaction()).await?;
        self.add_token(id, token, expires_at).await
    }

    /// Takes a refresh token and puts another in its place. Whatever comes of it must be committed: a token used twice ends
    /// its family.
    ///
    /// # Errors
    /// As the database says.
    pub async fn rotate(
        &mut self,
        token: &Digest,
        successor: &Digest,
        now: Instant,
        expires_at: Instant,
    ) -> Result<Refresh, StoreError> {
        let found = refresh_token::Entity::find_by_id(token.as_bytes().to_vec()).one(self.transaction()).await?;
        let Some(found) = found else { return Ok(Refresh::Invalid) };
        let Some(session) = session::Entity::find_by_id(found.session_id).one(self.transaction()).await? else {
            return Ok(Refresh::Invalid);
        };
        let id = SessionId(session.id);
        if session.ended_at.is_some() {
            return Ok(Refresh::Invalid);
        }
        // The condition decides, not the row read above: two requests may carry the same token at once.
        let used = refresh_token::Entity::update_many()
            .col_expr(refresh_token::Column::UsedAt, Expr::value(now.micros()))
            .filter(refresh_token::Column::Hash.eq(token.as_bytes().to_vec()))
            .filter(refresh_token::Column::UsedAt.is_null())
            .exec(self.transaction())
            .await?;
        if used.rows_affected != 1 {
            self.end_session(id, now).await?;
            return Ok(Refresh::Reused { session: id });
        }
        if found.expires_at <= now.micros() {
            return Ok(Refresh::Invalid);
        }
        self.add_token(id, successor, expires_at).await?;
        self.touch(id, now, expires_at).await?;
        Ok(Refresh::Rotated { account: AccountId(session.account_id), session: id })
    }

    /// Puts the end of a browser's session off, with that of its token.
    ///
    /// # Errors
    /// As the database says.
    pub async fn prolong(&mut self, token: &Digest, now: Instant, expires_at: Instant) -> Result<(), StoreError> {
        let prolonged = refresh_token::Entity::update_many()
            .col_expr(refresh_token::Column::ExpiresAt, Expr::value(expires_at.micros()))
            .filter(refresh_token::Column::Hash.eq(token.as_bytes().to_vec()))
            .exec_with_returning(self.transaction())
            .await?;
        for token in prolonged {
            self.touch(SessionId(token.session_id), now, expires_at).await?;
        }
        Ok(())
    }

    /// Ends a session.
    ///
    /// # Errors
    /// As the database says.
    pub async fn end_session(&mut self, id: SessionId, now: Instant) -> Result<(), StoreError> {
        self.end_sessions(session::Column::Id.eq(id.0), now).await
    }

    /// Ends all sessions of an account.
    ///
    /// # Errors
    /// As the database says.
    pub async fn end_sessions_of(&mut self, account: AccountId, now: Instant) -> Result<(), StoreError> {
        self.end_sessions(session::Column::AccountId.eq(account.0), now).await
    }

    /// Ends all sessions of an account but one.
    ///
    /// # Errors
    /// As the database says.
    pub async fn end_other_sessions(
        &mut self,
        account: AccountId,
        kept: SessionId,
        now: Instant,
    ) -> Result<(), StoreError> {
        let others = session::Column::AccountId.eq(account.0).and(session::Column::Id.ne(kept.0));
        self.end_sessions(others, now).await
    }

    /// Ends a session of an account; whether it has one of that id that was open.
    ///
    /// # Errors
    /// As the database says.
    pub async fn end_own_session(
        &mut self,
        account: AccountId,
        id: SessionId,
        now: Instant,
    ) -> Result<bool, StoreError> {
        let ended = session::Entity::update_many()
            .col_expr(session::Column::EndedAt, Expr::value(now.micros()))
            .filter(session::Column::Id.eq(id.0))
            .filter(session::Column::AccountId.eq(account.0))
            .filter(session::Column::EndedAt.is_null())
            .exec(self.transaction())
            .await?;
        Ok(ended.rows_affected == 1)
    }

    async fn touch(&self, id: SessionId, now: Instant, expires_at: Instant) -> Result<(), StoreError> {
        session::Entity::update_many()
            .col_expr(session::Column::LastUsedAt, Expr::value(now.micros()))
            .col_expr(session::Column::ExpiresAt, Expr::value(expires_at.micros()))
            .filter(session::Column::Id.eq(id.0))
            .exec(self.transaction())
            .await?;
        Ok(())
    }

    async fn end_sessions(&self, which: sea_orm::sea_query::SimpleExpr, now: Instant) -> Result<(), StoreError> {
        session::Entity::update_many()
            .col_expr(session::Column::EndedAt, Expr::value(now.micros()))
            .filter(which)
            .filter(session::Column::EndedAt.is_null())
            .exec(self.transaction())
            .await?;
        Ok(())
    }

    async fn add_token(&self, session: SessionId, token: &Digest, expires_at: Instant) -> Result<(), StoreError> {
        let row = refresh_token::ActiveModel {
            hash: Set(token.as_bytes().to_vec()),
            session_id: Set(session.0),
            expires_at: Set(expires_at.micros()),
            used_at: Set(None),
        };
        refresh_token::Entity::insert(row).exec_without_returning(self.transaction()).await?;
        Ok(())
    }
}
