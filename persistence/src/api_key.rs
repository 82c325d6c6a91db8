//! Keys of other systems. Each acts as an account that nobody signs in to and that the log names: a key of an agency's system as one of its
//! own, the keys of a program that sends petitions as that program's.

use domain::{
    api_key::{ApiScope, KeyHolder},
    chain::Digest,
    code::AgencyCode,
    id::{AccountId, ApiKeyId},
    time::Instant,
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, ExprTrait, JoinType, Order, QueryFilter, QueryOrder, QuerySelect,
    sea_query::Expr,
};

use crate::{
    entity::{
        account,
        api_key::{ActiveModel, Column, Entity, Model},
    },
    error::StoreError,
    queue::Page,
    store::Store,
    unit_of_work::UnitOfWork,
};

/// A key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Its id.
    pub id: ApiKeyId,
    /// The account that acts where it is used.
    pub account: AccountId,
    /// Whose system it is of.
    pub holder: KeyHolder,
    /// What it is for.
    pub name: String,
    /// SHA-256 of the secret, which has 256 random bits.
    pub hash: Digest,
    /// What it may be used for.
    pub scopes: Vec<ApiScope>,
    /// Who made it.
    pub created_by: AccountId,
    /// When.
    pub created_at: Instant,
    /// When it ends.
    pub expires_at: Instant,
    /// When it was taken back.
    pub revoked_at: Option<Instant>,
    /// When it was last used, within a minute.
    pub last_used_at: Option<Instant>,
}

impl ApiKey {
    /// Whether it lets anybody in at that instant.
    pub fn is_good_at(&self, now: Instant) -> bool {
        self.revoked_at.is_none() && now < self.expires_at
    }
}

impl Store {
    /// The keys that are good.
    ///
    /// # Errors
    /// As the database says.
    pub async fn good_api_keys(&self, now: Instant) -> Result<Vec<ApiKey>, StoreError> {
        let good = Column::RevokedAt.is_null().and(Column::ExpiresAt.gt(now.micros()));
        let rows = with_account().filter(good).all(self.reader()).await?;
        rows.into_iter().map(read).collect()
    }

    /// The keys of an agency, or all, the newest first; the key is the id.
    ///
    /// # Errors
    /// As the database says.
    pub async fn api_keys(&self, agency: Option<&AgencyCode>, page: Page<ApiKeyId>) -> Result<Vec<ApiKey>, StoreError> {
        let mut query = with_account();
        if let Some(agency) = agency {
            query = query.filter(account::Column::Agency.eq(agency.as_str()));
        }
        if let Some(id) = page.after {
            query = query.filter(Column::Id.lt(id.0));
        }
        let rows = query.order_by(Column::Id, Order::Desc).limit(page.limit).all(self.reader()).await?;
        rows.into_iter().map(read).collect()
    }

    /// The key of that id.
    ///
    /// # Errors
    /// As the database says.
    pub async fn api_key(&self, id: ApiKeyId) -> Result<Option<ApiKey>, StoreError> {
        with_account().filter(Column::Id.eq(id.0)).one(self.reader()).await?.map(read).transpose()
    }
}

impl UnitOfWork {
    /// Keeps a key; its account is added first.
    ///
    /// # Errors
    /// As the database says.
    pub async fn add_api_key(&mut self, key: &ApiKey) -> Result<(), StoreError> {
        let scopes: Vec<&str> = key.scopes.iter().map(|scope| scope.as_str()).collect();
        let row = ActiveModel {
            id: Set(key.id.0),
            account_id: Set(key.account.0),
            name: Set(key.name.clone()),
            hash: Set(key.hash.as_bytes().to_vec()),
            scopes: Set(scopes.join(" ")),
            created_by: Set(key.created_by.0),
            created_at: Set(key.created_at.micros()),
            expires_at: Set(key.expires_at.micros()),
            revoked_at: Set(key.revoked_at.map(Instant::micros)),
            last_used_at: Set(key.last_used_at.map(Instant::micros)),
        };
        Entity::insert(row).exec_without_returning(self.transaction()).await?;
        Ok(())
    }

    /// Takes a key back; whether that was still to be done.
    ///
    /// # Errors
    /// As the database says.
    pub async fn revoke_api_key(&mut self, id: ApiKeyId, now: Instant) -> Result<bool, StoreError> {
        let revoked = Entity::update_many()
            .col_expr(Column::RevokedAt, Expr::value(now.micros()))
            .filter(Column::Id.eq(id.0))
            .filter(Column::RevokedAt.is_null())
            .exec(self.transaction())
            .await?;
        Ok(revoked.rows_affected == 1)
    }

    /// Notes when keys were last used, unless another server knows of a later use.
    ///
    /// # Errors
    /// As the database says.
    pub async fn api_keys_used(&mut self, used: &[(ApiKeyId, Instant)]) -> Result<(), StoreError> {
        for (id, at) in used {
            Entity::update_many()
                .col_expr(Column::LastUsedAt, Expr::value(at.micros()))
                .filter(Column::Id.eq(id.0))
                .filter(Column::LastUsedAt.is_null().or(Column::LastUsedAt.lt(at.micros())))
                .exec(self.transaction())
                .await?;
        }
        Ok(())
    }
}

fn with_account() -> sea_orm::SelectTwo<Entity, account::Entity> {
    let acting = Entity::belongs_to(account::Entity).from(Column::AccountId).to(account::Column::Id).into();
    Entity::find().select_also(account::Entity).join(JoinType::InnerJoin, acting)
}

fn read((row, account): (Model, Option<account::Model>)) -> Result<ApiKey, StoreError> {
    let wrong = |column, problem: &str| StoreError::inconsistent("api_key", column, row.id, problem);
    let instant = |column, micros| Instant::from_micros(micros).ok_or_else(|| wrong(column, "not an instant"));
    let optional = |column, micros: Option<i64>| micros.map(|micros| instant(column, micros)).transpose();
    let holder = account.and_then(|account| match account.agency {
        Some(code) => AgencyCode::parse(&code).ok().map(KeyHolder::Agency),
        None => KeyHolder::of_sender_login(&account.login),
    });
    let scope = |word| ApiScope::parse(word).ok_or_else(|| wrong("scopes", "an unknown word"));
    Ok(ApiKey {
        id: ApiKeyId(row.id),
        account: AccountId(row.account_id),
        holder: holder.ok_or_else(|| wrong("account_id", "neither an agency's account nor a sending program's"))?,
        hash: Digest::from_bytes(&row.hash).ok_or_else(|| wrong("hash", "not 32 bytes"))?,
        scopes: row.scopes.split_whitespace().map(scope).collect::<Result<_, _>>()?,
        created_by: AccountId(row.created_by),
        created_at: instant("created_at", row.created_at)?,
        expires_at: instant("expires_at", row.expires_at)?,
        revoked_at: optional("revoked_at", row.revoked_at)?,
        last_used_at: optional("last_used_at", row.last_used_at)?,
        name: row.name,
    })
}
