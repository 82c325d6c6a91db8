//! Whom something is told, and how it reaches them: what they chose, and their phones.

use std::collections::{HashMap, HashSet};

use domain::{
    account::Role,
    code::AgencyCode,
    id::{AccountId, PetitionId, PushTokenId},
    notice::{Carrier, ChosenBy, Preferences},
    time::Instant,
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, EntityTrait, FromQueryResult, Order, QueryFilter, QueryOrder, QuerySelect, Statement, Value,
    sea_query::{Expr, OnConflict},
};
use uuid::Uuid;

use crate::{
    account::Account,
    account::NOT_CITIZENS,
    entity::{account, agency_preference, notice_preference, petition_follower, push_token},
    error::StoreError,
    store::Store,
    unit_of_work::UnitOfWork,
};

/// The most phones of one person.
const MOST_PHONES: usize = 20;

/// The id of a phone that is registered again.
const OWN_ID: &str = "CASE WHEN push_token.account_id = excluded.account_id THEN push_token.id ELSE excluded.id END";

/// A phone that takes push messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phone {
    /// Its id, for its owner.
    pub id: PushTokenId,
    /// Who is told there.
    pub account: AccountId,
    /// Who carries messages to it.
    pub carrier: Carrier,
    /// What the carrier knows it by.
    pub token: String,
    /// When it was last said that it is this person's.
    pub registered_at: Instant,
}

/// Somebody who is told something.
#[derive(Debug, Clone, PartialEq)]
pub struct Addressee {
    /// Who.
    pub account: Account,
    /// What holds for them.
    pub preferences: Preferences,
    /// Their phones.
    pub phones: Vec<Phone>,
}

/// Who sent what was put to `$1`, along the whole way: a petition may be put to one that is put to a third.
const SHARED: &str = "WITH RECURSIVE shared (id, code, submitter) AS (
        SELECT id, code, submitter FROM petition WHERE merged_into = $1
        UNION ALL
        SELECT p.id, p.code, p.submitter FROM shared s JOIN petition p ON p.merged_into = s.id
    ) SELECT code, submitter FROM shared ORDER BY id";

#[derive(FromQueryResult)]
struct Shared {
    code: String,
    submitter: Uuid,
}

impl Store {
    /// Those people, with how to reach them. Whoever may not sign in, or was erased, is told nothing, and not among them.
    ///
    /// # Errors
    /// As the database says.
    pub async fn addressees(&self, ids: &[AccountId]) -> Result<Vec<Addressee>, StoreError> {
        let mut accounts = self.accounts(ids).await?;
        accounts.retain(|account| account.is_active && !account.is_erased());
        if accounts.is_empty() {
            return Ok(Vec::new());
        }
        let theirs: Vec<Uuid> = accounts.iter().map(|account| account.id.0).collect();
        let chosen = notice_preference::Column::AccountId.is_in(theirs.iter().copied());
        let chosen = notice_preference::Entity::find().filter(chosen).all(self.reader()).await?;
        let chosen = chosen.into_iter().map(|row| Ok((row.account_id, parsed(&row)?)));
        let mut chosen = chosen.collect::<Result<HashMap<Uuid, Preferences>, StoreError>>()?;
        let agencies: HashSet<String> =
            accounts.iter().filter_map(|account| account.actor.agency()).map(|code| code.to_string()).collect();
        let of_agencies = self.chosen_by_agencies(agencies).await?;
        let phones = push_token::Entity::find().filter(push_token::Column::AccountId.is_in(theirs));
        let phones = phones.order_by(push_token::Column::Id, Order::Asc).all(self.reader()).await?;
        let mut of: HashMap<AccountId, Vec<Phone>> = HashMap::new();
        for row in phones {
            let phone = Phone::try_from(row)?;
            of.entry(phone.account).or_default().push(phone);
        }
        let addressee = |account: Account| Addressee {
            preferences: Preferences::that_hold(
                chosen.remove(&account.id.0),
                account.actor.agency().and_then(|code| of_agencies.get(code.as_str()).cloned()),
                account.role,
            )
            .0,
            phones: of.remove(&account.id).unwrap_or_default(),
            account,
        };
        Ok(accounts.into_iter().map(addressee).collect())
    }

    /// What holds for somebody, and who chose it.
    ///
    /// # Errors
    /// As the database says.
    pub async fn preferences(&self, account: &Account) -> Result<(Preferences, ChosenBy), StoreError> {
        let own = notice_preference::Entity::find_by_id(account.id.0).one(self.reader()).await?;
        let own = own.as_ref().map(parsed).transpose()?;
        let of_agency = match account.actor.agency() {
            Some(agency) => self.preferences_of_agency(&agency).await?,
            None => None,
        };
        Ok(Preferences::that_hold(own, of_agency, account.role))
    }

    /// What an agency chose for its people; `None`: nothing.
    ///
    /// # Errors
    /// As the database says.
    pub async fn preferences_of_agency(&self, agency: &AgencyCode) -> Result<Option<Preferences>, StoreError> {
        Ok(self.chosen_by_agencies([agency.to_string()]).await?.remove(agency.as_str()))
    }

    async fn chosen_by_agencies(
        &self,
        agencies: impl IntoIterator<Item = String>,
    ) -> Result<HashMap<String, Preferences>, StoreError> {
        let mut agencies = agencies.into_iter().peekable();
        if agencies.peek().is_none() {
            return Ok(HashMap::new());
        }
        let theirs = agency_preference::Column::Agency.is_in(agencies);
        let rows = agency_preference::Entity::find().filter(theirs).all(self.reader()).await?;
        let read = |row: agency_preference::Model| {
            let chosen = serde_json::from_str(&row.chosen);
            let wrong = |error| StoreError::inconsistent("agency_preference", "chosen", &row.agency, error);
            Ok((row.agency.clone(), chosen.map_err(wrong)?))
        };
        rows.into_iter().map(read).collect()
    }

    /// Somebody's phones, the first registered first.
    ///
    /// # Errors
    /// As the database says.
    pub async fn phones_of(&self, account: AccountId) -> Result<Vec<Phone>, StoreError> {
        let theirs = push_token::Entity::find().filter(push_token::Column::AccountId.eq(account.0));
        let rows = theirs.order_by(push_token::Column::Id, Order::Asc).all(self.reader()).await?;
        rows.into_iter().map(Phone::try_from).collect()
    }

    /// The phones of those ids.
    ///
    /// # Errors
    /// As the database says.
    pub async fn phones(&self, ids: &[PushTokenId]) -> Result<Vec<Phone>, StoreError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let named = push_token::Column::Id.is_in(ids.iter().map(|id| id.0));
        let rows = push_token::Entity::find().filter(named).all(self.reader()).await?;
        rows.into_iter().map(Phone::try_from).collect()
    }

    /// The members of a desk who may sign in and have one of those roles; the coordinators where it is theirs.
    ///
    /// # Errors
    /// As the database says.
    pub async fn desk_members(&self, desk: &AgencyCode, roles: &[Role]) -> Result<Vec<AccountId>, StoreError> {
        // In both words: the index leaves citizens out.
        let members = account::Entity::find()
            .select_only()
            .column(account::Column::Id)
            .filter(Expr::cust(NOT_CITIZENS))
            .filter(account::Column::IsActive.eq(true));
        let members = if *desk == AgencyCode::coordinator() {
            members.filter(account::Column::Role.eq(Role::Coordinator.as_str()))
        } else {
            members
                .filter(account::Column::Agency.eq(desk.as_str()))
                .filter(account::Column::Role.is_in(roles.iter().map(|role| role.as_str())))
        };
        let ids: Vec<Uuid> = members.into_tuple().all(self.reader()).await?;
        Ok(ids.into_iter().map(AccountId).collect())
    }

    /// Who follows a petition, in the order of their ids.
    ///
    /// # Errors
    /// As the database says.
    pub async fn followers(&self, petition: PetitionId) -> Result<Vec<AccountId>, StoreError> {
        let ids: Vec<Uuid> = petition_follower::Entity::find()
            .select_only()
            .column(petition_follower::Column::AccountId)
            .filter(petition_follower::Column::PetitionId.eq(petition.0))
            .order_by(petition_follower::Column::AccountId, Order::Asc)
            .into_tuple()
            .all(self.reader())
            .await?;
        Ok(ids.into_iter().map(AccountId).collect())
    }

    /// Who sent the petitions that were put to one, and the code of theirs.
    ///
    /// # Errors
    /// As the database says.
    pub async fn shared_senders(
        &self,
        petition: PetitionId,
    ) -> Result<Vec<(AccountId, domain::petition::PetitionCode)>, StoreError> {
        let backend = self.reader().get_database_backend();
        let statement = Statement::from_sql_and_values(backend, SHARED, [Value::from(petition.0)]);
        let rows = Shared::find_by_statement(statement).all(self.reader()).await?;
        let read = |row: Shared| {
            let code = domain::petition::PetitionCode::parse(&row.code);
            let code = code.map_err(|error| StoreError::inconsistent("petition", "code", &row.code, error))?;
            Ok((AccountId(row.submitter), code))
        };
        rows.into_iter().map(read).collect()
    }
}

impl UnitOfWork {
    /// Keeps what somebody chose.
    ///
    /// # Errors
    /// As the database says.
    pub async fn choose(&mut self, account: AccountId, chosen: &Preferences) -> Result<(), StoreError> {
        let text = serde_json::to_string(chosen)
            .map_err(|error| StoreError::inconsistent("notice_preference", "chosen", account, error))?;
        let row = notice_preference::ActiveModel { account_id: Set(account.0), chosen: Set(text) };
        let again = OnConflict::column(notice_preference::Column::AccountId)
            .update_column(notice_preference::Column::Chosen)
            .to_owned();
        notice_preference::Entity::insert(row).on_conflict(again).exec_without_returning(self.transaction()).await?;
        Ok(())
    }

    /// Forgets what somebody chose: what their agency chose holds again, or what is usual.
    ///
    /// # Errors
    /// As the database says.
    pub async fn forget_choice(&mut self, account: AccountId) -> Result<(), StoreError> {
        notice_preference::Entity::delete_by_id(account.0).exec(self.transaction()).await?;
        Ok(())
    }

    /// Keeps what an agency chose for its people; `None`: nothing any more.
    ///
    /// # Errors
    /// As the database says.
    pub async fn choose_for_agency(
        &mut self,
        agency: &AgencyCode,
        chosen: Option<&Preferences>,
    ) -> Result<(), StoreError> {
        let Some(chosen) = chosen else {
            agency_preference::Entity::delete_by_id(agency.as_str()).exec(self.transaction()).await?;
            return Ok(());
        };
        let text = serde_json::to_string(chosen)
            .map_err(|error| StoreError::inconsistent("agency_preference", "chosen", agency, error))?;
        let row = agency_preference::ActiveModel { agency: Set(agency.to_string()), chosen: Set(text) };
        let again = OnConflict::column(agency_preference::Column::Agency)
            .update_column(agency_preference::Column::Chosen)
            .to_owned();
        agency_preference::Entity::insert(row).on_conflict(again).exec_without_returning(self.transaction()).await?;
        Ok(())
    }

    /// Notes that a phone is that person's; whosever it was before, it is no more. The id that it has: its old one, where it was theirs before.
    /// Of too many phones the one that was not heard of for longest is forgotten.
    ///
    /// # Errors
    /// As the database says.
    pub async fn register_phone(&mut self, phone: &Phone) -> Result<PushTokenId, StoreError> {
        let row = push_token::ActiveModel {
            id: Set(phone.id.0),
            account_id: Set(phone.account.0),
            carrier: Set(phone.carrier.as_str().to_owned()),
            token: Set(phone.token.clone()),
            registered_at: Set(phone.registered_at.micros()),
        };
        // Of another person with another id: what waits for who had it before is not shown to who has it now.
        let moved = OnConflict::columns([push_token::Column::Carrier, push_token::Column::Token])
            .value(push_token::Column::Id, Expr::cust(OWN_ID))
            .update_columns([push_token::Column::AccountId, push_token::Column::RegisteredAt])
            .to_owned();
        push_token::Entity::insert(row).on_conflict(moved).exec_without_returning(self.transaction()).await?;
        let theirs = push_token::Entity::find().filter(push_token::Column::AccountId.eq(phone.account.0));
        let theirs = theirs.order_by(push_token::Column::RegisteredAt, Order::Desc).all(self.transaction()).await?;
        let forgotten: Vec<Uuid> = theirs.iter().skip(MOST_PHONES).map(|row| row.id).collect();
        if !forgotten.is_empty() {
            push_token::Entity::delete_many()
                .filter(push_token::Column::Id.is_in(forgotten))
                .exec(self.transaction())
                .await?;
        }
        let own = theirs.iter().find(|row| row.carrier == phone.carrier.as_str() && row.token == phone.token);
        Ok(own.map_or(phone.id, |row| PushTokenId(row.id)))
    }

    /// Forgets a phone of somebody; whether it was theirs.
    ///
    /// # Errors
    /// As the database says.
    pub async fn forget_phone(&mut self, account: AccountId, id: PushTokenId) -> Result<bool, StoreError> {
        let own = push_token::Entity::delete_many()
            .filter(push_token::Column::Id.eq(id.0))
            .filter(push_token::Column::AccountId.eq(account.0));
        Ok(own.exec(self.transaction()).await?.rows_affected == 1)
    }
}

fn parsed(row: &notice_preference::Model) -> Result<Preferences, StoreError> {
    serde_json::from_str(&row.chosen)
        .map_err(|error| StoreError::inconsistent("notice_preference", "chosen", row.account_id, error))
}

impl TryFrom<push_token::Model> for Phone {
    type Error = StoreError;

    fn try_from(row: push_token::Model) -> Result<Self, StoreError> {
        let wrong = |column, problem| StoreError::inconsistent("push_token", column, row.id, problem);
        Ok(Self {
            id: PushTokenId(row.id),
            account: AccountId(row.account_id),
            carrier: Carrier::parse(&row.carrier).ok_or_else(|| wrong("carrier", "an unknown word"))?,
            registered_at: Instant::from_micros(row.registered_at)
                .ok_or_else(|| wrong("registered_at", "not an instant"))?,
            token: row.token,
        })
    }
}
