//! Sessions: families of refresh tokens, each token good for one use; and those of browsers, whose one token is prolonged.
//!
//! Both kinds of token lie in one table by their hash. They cannot be taken for each other: what a browser holds is hashed
//! together with a word of its own (`api/src/auth/sign_in.rs`), so its cookie is no refresh token, and a refresh token no cookie.

use domain::{
    chain::Digest,
    id::{AccountId, SessionId},
    time::Instant,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, sea_query::Expr};

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

impl Store {
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
        let instant = |column, micros| {
            Instant::from_micros(micros)
                .ok_or_else(|| StoreError::inconsistent("session", column, session.id, "not an instant"))
        };
        Ok(Some(BrowserSession {
            session: SessionId(session.id),
            account: AccountId(session.account_id),
            began_at: instant("created_at", session.created_at)?,
            expires_at: instant("expires_at", token.expires_at)?,
        }))
    }
}

/// A session as it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeptSession {
    /// Its id.
    pub id: SessionId,
    /// When it began.
    pub began_at: Instant,
    /// When it ended.
    pub ended_at: Option<Instant>,
}

impl Store {
    /// All sessions that are kept of an account, the oldest first.
    ///
    /// # Errors
    /// As the database says.
    pub async fn sessions_of(&self, account: AccountId) -> Result<Vec<KeptSession>, StoreError> {
        let rows = session::Entity::find().filter(session::Column::AccountId.eq(account.0));
        let kept = |row: session::Model| {
            let instant = |column, micros| {
                Instant::from_micros(micros)
                    .ok_or_else(|| StoreError::inconsistent("session", column, row.id, "not an instant"))
            };
            Ok(KeptSession {
                id: SessionId(row.id),
                began_at: instant("created_at", row.created_at)?,
                ended_at: row.ended_at.map(|micros| instant("ended_at", micros)).transpose()?,
            })
        };
        rows.order_by_asc(session::Column::Id).all(self.reader()).await?.into_iter().map(kept).collect()
    }
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
        token: &Digest,
        now: Instant,
        expires_at: Instant,
    ) -> Result<(), StoreError> {
        let row = session::ActiveModel {
            id: Set(id.0),
            account_id: Set(account.0),
            created_at: Set(now.micros()),
            ended_at: Set(None),
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
        Ok(Refresh::Rotated { account: AccountId(session.account_id), session: id })
    }

    /// Puts the end of a browser's token off.
    ///
    /// # Errors
    /// As the database says.
    pub async fn prolong(&mut self, token: &Digest, expires_at: Instant) -> Result<(), StoreError> {
        refresh_token::Entity::update_many()
            .col_expr(refresh_token::Column::ExpiresAt, Expr::value(expires_at.micros()))
            .filter(refresh_token::Column::Hash.eq(token.as_bytes().to_vec()))
            .exec(self.transaction())
            .await?;
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
