//! Accounts.

use std::fmt;

use domain::{
    account::{Actor, Login, Role},
    code::AgencyCode,
    id::AccountId,
    time::Instant,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, sea_query::Expr};

use crate::{entity::account, error::StoreError, store::Store, unit_of_work::UnitOfWork};

/// As it stands in `account_by_role`, which would not be used with a value in its place.
pub(crate) const NOT_CITIZENS: &str = "role <> 'citizen'";

/// An account.
#[derive(Clone, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// What it signs in with.
    pub login: Login,
    /// The argon2id hash of its password, in PHC form.
    pub password_hash: String,
    /// The person's name.
    pub full_name: String,
    /// Who they are when they act.
    pub actor: Actor,
    /// Their role.
    pub role: Role,
    /// Whether the password was made by the system and must be changed.
    pub must_change_password: bool,
    /// Whether it may sign in.
    pub is_active: bool,
    /// When it was made.
    pub created_at: Instant,
    /// When its phone number or e-mail address was shown to be its own.
    pub verified_at: Option<Instant>,
    /// Whether a sign-in asks for a second factor.
    pub has_second_factor: bool,
    /// The phone number, E.164, of somebody whose petition was entered for them; nobody signs in with it.
    pub contact_phone: Option<String>,
}

// Neither a hash nor a person's name reaches a log.
impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account").field("id", &self.id).field("role", &self.role).finish_non_exhaustive()
    }
}

impl Account {
    /// A citizen's, as it is made: active, and nothing verified.
    pub fn citizen(id: AccountId, login: Login, password_hash: String, full_name: String, now: Instant) -> Self {
        Self {
            id,
            login,
            password_hash,
            full_name,
            actor: Actor::Citizen(id),
            role: Role::Citizen,
            must_change_password: false,
            is_active: true,
            created_at: now,
            verified_at: None,
            has_second_factor: false,
            contact_phone: None,
        }
    }

    /// The phone number: what the account signs in with, or what somebody left who has none.
    pub fn phone(&self) -> Option<&str> {
        match &self.login {
            Login::Phone(number) => Some(number),
            Login::Email(_) | Login::Name(_) => self.contact_phone.as_deref(),
        }
    }
}

/// The accounts of those ids, in one query.
pub(crate) async fn accounts_of(
    connection: &impl ConnectionTrait,
    ids: &[AccountId],
) -> Result<Vec<Account>, StoreError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let wanted = account::Column::Id.is_in(ids.iter().map(|id| id.0));
    let rows = account::Entity::find().filter(wanted).all(connection).await?;
    rows.into_iter().map(Account::try_from).collect()
}

impl Store {
    /// The account that signs in with that.
    ///
    /// # Errors
    /// As the database says.
    pub async fn account_by_login(&self, login: &Login) -> Result<Option<Account>, StoreError> {
        let row = account::Entity::find().filter(account::Column::Login.eq(login.as_str())).one(self.reader()).await?;
        row.map(Account::try_from).transpose()
    }

    /// The account of that id.
    ///
    /// # Errors
    /// As the database says.
    pub async fn account(&self, id: AccountId) -> Result<Option<Account>, StoreError> {
        account::Entity::find_by_id(id.0).one(self.reader()).await?.map(Account::try_from).transpose()
    }

    /// The accounts of those ids, in one query.
    ///
    /// # Errors
    /// As the database says.
    pub async fn accounts(&self, ids: &[AccountId]) -> Result<Vec<Account>, StoreError> {
        accounts_of(self.reader(), ids).await
    }

    /// Whether anybody has that role.
    ///
    /// # Errors
    /// As the database says.
    pub async fn has_role(&self, role: Role) -> Result<bool, StoreError> {
        let row = account::Entity::find()
            .filter(account::Column::Role.eq(role.as_str()))
            .filter(Expr::cust(NOT_CITIZENS))
            .limit(1)
            .one(self.reader())
            .await?;
        Ok(row.is_some())
    }
}

impl UnitOfWork {
    /// Adds accounts. With staff among them the catalogue changes: an agency without staff gets no petitions.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] on [`crate::Constraint::AccountLogin`] when a login is taken.
    pub async fn add_accounts(&mut self, accounts: &[Account]) -> Result<(), StoreError> {
        for chunk in accounts.chunks(1_000) {
            let rows = chunk.iter().map(Account::row);
            account::Entity::insert_many(rows).exec_without_returning(self.transaction()).await?;
        }
        if accounts.iter().any(|account| account.role.needs_agency()) {
            self.bump_catalogue().await?;
        }
        Ok(())
    }

    /// Gives an account another password; one that the system made must be changed before anything else.
    ///
    /// # Errors
    /// As the database says.
    pub async fn set_password(
        &mut self,
        id: AccountId,
        password_hash: &str,
        must_change: bool,
    ) -> Result<(), StoreError> {
        account::Entity::update_many()
            .col_expr(account::Column::PasswordHash, Expr::value(password_hash))
            .col_expr(account::Column::MustChangePassword, Expr::value(must_change))
            .filter(account::Column::Id.eq(id.0))
            .exec(self.transaction())
            .await?;
        Ok(())
    }

    /// Keeps another hash of the same password, unless it was changed meanwhile.
    ///
    /// # Errors
    /// As the database says.
    pub async fn rehash_password(&mut self, id: AccountId, before: &str, after: &str) -> Result<(), StoreError> {
        account::Entity::update_many()
            .col_expr(account::Column::PasswordHash, Expr::value(after))
            .filter(account::Column::Id.eq(id.0))
            .filter(account::Column::PasswordHash.eq(before))
            .exec(self.transaction())
            .await?;
        Ok(())
    }

    /// Notes that an account's phone number or e-mail address is its own; the first time stays.
    ///
    /// # Errors
    /// As the database says.
    pub async fn set_verified(&mut self, id: AccountId, now: Instant) -> Result<(), StoreError> {
        account::Entity::update_many()
            .col_expr(account::Column::VerifiedAt, Expr::value(now.micros()))
            .filter(account::Column::Id.eq(id.0))
            .filter(account::Column::VerifiedAt.is_null())
            .exec(self.transaction())
            .await?;
        Ok(())
    }
}

impl Account {
    fn row(&self) -> account::ActiveModel {
        // The coordinator's desk follows from the role; only officers and leaders store theirs.
        let agency = self.role.needs_agency().then(|| self.actor.agency()).flatten();
        account::ActiveModel {
            id: Set(self.id.0),
            login: Set(self.login.as_str().to_owned()),
            password_hash: Set(self.password_hash.clone()),
            full_name: Set(self.full_name.clone()),
            role: Set(self.role.as_str().to_owned()),
            agency: Set(agency.map(String::from)),
            must_change_password: Set(self.must_change_password),
            is_active: Set(self.is_active),
            created_at: Set(self.created_at.micros()),
            verified_at: Set(self.verified_at.map(Instant::micros)),
            deactivated_at: Set(None),
            // A second factor is begun and confirmed, never given.
            totp_secret: Set(None),
            totp_confirmed_at: Set(None),
            totp_step: Set(None),
            contact_phone: Set(self.contact_phone.clone()),
        }
    }
}

impl TryFrom<account::Model> for Account {
    type Error = StoreError;

    fn try_from(row: account::Model) -> Result<Self, StoreError> {
        let wrong = |column, problem: String| StoreError::inconsistent("account", column, row.id, problem);
        let instant =
            |column, micros| Instant::from_micros(micros).ok_or_else(|| wrong(column, "no instant".to_owned()));
        let id = AccountId(row.id);
        let role = Role::parse(&row.role).ok_or_else(|| wrong("role", format!("unknown word {:?}", row.role)))?;
        let agency = row.agency.as_deref().map(AgencyCode::parse).transpose();
        let agency = agency.map_err(|error| wrong("agency", error.to_string()))?;
        Ok(Self {
            id,
            login: Login::parse(&row.login).map_err(|error| wrong("login", error.to_string()))?,
            actor: Actor::new(id, role, agency).map_err(|error| wrong("agency", error.to_string()))?,
            role,
            must_change_password: row.must_change_password,
            is_active: row.is_active,
            created_at: instant("created_at", row.created_at)?,
            verified_at: row.verified_at.map(|micros| instant("verified_at", micros)).transpose()?,
            has_second_factor: row.totp_confirmed_at.is_some(),
            contact_phone: row.contact_phone,
            password_hash: row.password_hash,
            full_name: row.full_name,
        })
    }
}
