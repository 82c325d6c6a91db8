//! All that is held on a person, and what is left of it after an erasure. Every table that says something about a person has its
//! line here; a test looks at the schema and fails for one that does not.

use domain::{account::Role, id::AccountId, time::Instant};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseConnection, EntityTrait, QueryFilter, QuerySelect, Statement, sea_query::Expr,
};

use crate::{
    account::Account,
    entity::{
        account, delivery, idempotency_key, notice, notice_preference, one_time_code, petition_follower, push_token,
        refresh_token, saved_filter, session,
    },
    error::StoreError,
    store::{Engine, Store},
    unit_of_work::UnitOfWork,
};

/// What no password hashes to.
const NO_PASSWORD: &str = "erased";

impl Account {
    /// Whether the person behind it was erased: every other account has a name.
    pub fn is_erased(&self) -> bool {
        self.full_name.is_empty()
    }
}

/// A filter of the queue that some member of the staff keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptFilter {
    /// Whose.
    pub account: AccountId,
    /// Its id.
    pub id: domain::id::FilterId,
    /// Its name.
    pub name: String,
    /// The query string.
    pub query: String,
}

impl Store {
    /// Every filter that anybody keeps: what is searched for may be a person's name.
    ///
    /// # Errors
    /// As the database says.
    pub async fn all_filters(&self) -> Result<Vec<KeptFilter>, StoreError> {
        let rows = saved_filter::Entity::find().all(self.reader()).await?.into_iter();
        let kept = |row: saved_filter::Model| KeptFilter {
            account: AccountId(row.account_id),
            id: domain::id::FilterId(row.id),
            name: row.name,
            query: row.query,
        };
        Ok(rows.map(kept).collect())
    }

    /// Takes from the disk what was deleted, as far as the engine lets it; whether all of it is gone.
    ///
    /// SQLite overwrites what is deleted (`secure_delete`), but the pages as they were still lie in the write-ahead log until it
    /// is copied back and cut off: nobody may read an older state meanwhile, so it may have to be tried again. On PostgreSQL dead rows
    /// go with VACUUM; its own log and backups are the operator's (SECURITY.md).
    ///
    /// # Errors
    /// As the database says.
    pub async fn scrub(&self) -> Result<bool, StoreError> {
        match self.engine() {
            Engine::Sqlite => cut_off_log(self.reader()).await,
            Engine::Postgres => {
                // One statement each: VACUUM takes part in no transaction.
                for table in [
                    "words",
                    "petition_search",
                    "account",
                    "session",
                    "one_time_code",
                    "identity",
                    "identity_attempt",
                    "upload",
                    "partial_upload",
                    "idempotency_key",
                    "saved_filter",
                    "erasure",
                    "push_token",
                    "notice",
                ] {
                    self.reader().execute_unprepared(&format!("VACUUM {table}")).await?;
                }
                Ok(true)
            }
        }
    }
}

/// How long those who write wait at most for the log to be cut off, in milliseconds.
const CUTTING_OFF: u32 = 250;

async fn cut_off_log(connection: &DatabaseConnection) -> Result<bool, StoreError> {
    // Most of it is copied back while others write; what is left after that is little.
    connection.execute_unprepared("PRAGMA wal_checkpoint(PASSIVE)").await?;
    // In one statement, since the connection is anybody's between two: its own patience is longer than writers should wait.
    let patience = crate::store::LOCK_PATIENCE.as_millis();
    let sql = format!(
        "PRAGMA busy_timeout = {CUTTING_OFF}; PRAGMA wal_checkpoint(TRUNCATE); PRAGMA busy_timeout = {patience}"
    );
    let rows = connection.query_all_raw(Statement::from_string(connection.get_database_backend(), sql)).await?;
    // The checkpoint alone has a column of that name: 1 where it could not finish.
    Ok(rows.iter().any(|row| row.try_get::<i64>("", "busy").is_ok_and(|busy| busy == 0)))
}

impl UnitOfWork {
    /// Lets nobody sign in to an account any more, and ends its sessions and, on every server, its access tokens: nothing is to come while its data are erased.
    ///
    /// # Errors
    /// As the database says.
    pub async fn close_account(&mut self, account: &Account, now: Instant) -> Result<(), StoreError> {
        account::Entity::update_many()
            .col_expr(account::Column::IsActive, Expr::value(false))
            .col_expr(account::Column::DeactivatedAt, Expr::value(now.micros()))
            .col_expr(account::Column::PasswordHash, Expr::value(NO_PASSWORD))
            .filter(account::Column::Id.eq(account.id.0))
            .exec(self.transaction())
            .await?;
        let theirs = session::Entity::find().select_only().column(session::Column::Id);
        let theirs = theirs.filter(session::Column::AccountId.eq(account.id.0));
        refresh_token::Entity::delete_many()
            .filter(refresh_token::Column::SessionId.in_subquery(sea_orm::QueryTrait::into_query(theirs)))
            .exec(self.transaction())
            .await?;
        session::Entity::delete_many()
            .filter(session::Column::AccountId.eq(account.id.0))
            .exec(self.transaction())
            .await?;
        if account.role.needs_agency() {
            // An agency without staff gets no petitions.
            self.bump_catalogue().await?;
        }
        Ok(())
    }

    /// Erases what is held on a person beside their petitions. The account's row stays, without name or login, since the log
    /// and the petitions name it by its id.
    ///
    /// # Errors
    /// As the database says.
    pub async fn forget_person(&mut self, account: &Account, now: Instant) -> Result<(), StoreError> {
        self.close_account(account, now).await?;
        let id = account.id.0;
        account::Entity::update_many()
            .col_expr(account::Column::Login, Expr::value(format!("erased.{id}")))
            .col_expr(account::Column::FullName, Expr::value(""))
            .col_expr(account::Column::MustChangePassword, Expr::value(false))
            .col_expr(account::Column::VerifiedAt, Expr::value(Option::<i64>::None))
            .col_expr(account::Column::ContactPhone, Expr::value(Option::<String>::None))
            .filter(account::Column::Id.eq(id))
            .exec(self.transaction())
            .await?;
        self.forget_second_factor(account.id).await?;
        self.forget_identities(account.id).await?;
        if account.role == Role::Citizen {
            // What staff sent belongs to the answers of their agency.
            self.doom_uploads_of(account.id).await?;
        }
        let transaction = self.transaction();
        one_time_code::Entity::delete_many().filter(one_time_code::Column::AccountId.eq(id)).exec(transaction).await?;
        saved_filter::Entity::delete_many().filter(saved_filter::Column::AccountId.eq(id)).exec(transaction).await?;
        // The key is the phone's own text, and the fingerprint a plain digest of what was written.
        idempotency_key::Entity::delete_many()
            .filter(idempotency_key::Column::AccountId.eq(id))
            .exec(transaction)
            .await?;
        petition_follower::Entity::delete_many()
            .filter(petition_follower::Column::AccountId.eq(id))
            .exec(transaction)
            .await?;
        delivery::Entity::delete_many().filter(delivery::Column::AccountId.eq(id)).exec(transaction).await?;
        notice::Entity::delete_many().filter(notice::Column::AccountId.eq(id)).exec(transaction).await?;
        push_token::Entity::delete_many().filter(push_token::Column::AccountId.eq(id)).exec(transaction).await?;
        notice_preference::Entity::delete_by_id(id).exec(transaction).await?;
        Ok(())
    }
}
