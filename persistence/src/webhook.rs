//! Webhooks of agencies' own systems: where they lead, what they want, and how they fare.

use domain::{
    code::{AgencyCode, CategoryCode},
    id::{AccountId, WebhookId},
    petition::EventKind,
    time::Instant,
    webhook::{DeliveryState, Interest, PausedReason, WebhookState},
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, ExprTrait, Order, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::Expr,
};

use crate::{
    entity::{
        webhook::{ActiveModel, Column, Entity, Model},
        webhook_delivery,
    },
    error::StoreError,
    queue::Page,
    store::Store,
    unit_of_work::UnitOfWork,
};

/// How close together it is written down that something got through: nobody needs to know it to the second.
const NEWS_OF_SUCCESS: chrono::Duration = chrono::Duration::seconds(60);

/// A webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Its id.
    pub id: WebhookId,
    /// Of which agency.
    pub agency: AgencyCode,
    /// What it is for.
    pub name: Option<String>,
    /// Where it leads.
    pub url: String,
    /// What it wants to be told.
    pub interest: Interest,
    /// Whether it is told anything.
    pub state: WebhookState,
    /// Why it is paused, and since when.
    pub paused: Option<(PausedReason, Instant)>,
    /// What signs what it is told.
    pub secrets: WebhookSecrets,
    /// When the first try began that failed after the last that got through.
    pub failing_since: Option<Instant>,
    /// When something last got through, within a minute.
    pub last_delivered_at: Option<Instant>,
    /// Who made it.
    pub created_by: AccountId,
    /// When.
    pub created_at: Instant,
}

/// The secrets that sign, encrypted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookSecrets {
    /// The one in force.
    pub current: Vec<u8>,
    /// The one before, and until when it signs too.
    pub before: Option<(Vec<u8>, Instant)>,
}

impl Store {
    /// The webhooks of an agency, or all, the newest first; the key is the id.
    ///
    /// # Errors
    /// As the database says.
    pub async fn webhooks(
        &self,
        agency: Option<&AgencyCode>,
        page: Page<WebhookId>,
    ) -> Result<Vec<Webhook>, StoreError> {
        let mut query = Entity::find();
        if let Some(agency) = agency {
            query = query.filter(Column::Agency.eq(agency.as_str()));
        }
        if let Some(id) = page.after {
            query = query.filter(Column::Id.lt(id.0));
        }
        let rows = query.order_by(Column::Id, Order::Desc).limit(page.limit).all(self.reader()).await?;
        rows.into_iter().map(Webhook::try_from).collect()
    }

    /// The webhook of that id.
    ///
    /// # Errors
    /// As the database says.
    pub async fn webhook(&self, id: WebhookId) -> Result<Option<Webhook>, StoreError> {
        Entity::find_by_id(id.0).one(self.reader()).await?.map(Webhook::try_from).transpose()
    }
}

impl UnitOfWork {
    /// How many webhooks an agency has.
    ///
    /// # Errors
    /// As the database says.
    pub async fn count_webhooks(&mut self, agency: &AgencyCode) -> Result<u64, StoreError> {
        Ok(Entity::find().filter(Column::Agency.eq(agency.as_str())).count(self.transaction()).await?)
    }

    /// All webhooks, as they are until this unit of work ends: none is paused or goes on meanwhile.
    ///
    /// # Errors
    /// As the database says.
    pub async fn webhooks_to_tell(&mut self) -> Result<Vec<Webhook>, StoreError> {
        let rows = Entity::find().order_by(Column::Id, Order::Asc).lock_shared().all(self.transaction()).await?;
        rows.into_iter().map(Webhook::try_from).collect()
    }

    /// Keeps a webhook.
    ///
    /// # Errors
    /// As the database says.
    pub async fn add_webhook(&mut self, webhook: &Webhook) -> Result<(), StoreError> {
        let (paused_reason, paused_at) = webhook.paused.unzip();
        let (old_secret, old_secret_until) = webhook.secrets.before.clone().unzip();
        let row = ActiveModel {
            id: Set(webhook.id.0),
            agency: Set(webhook.agency.to_string()),
            name: Set(webhook.name.clone()),
            url: Set(webhook.url.clone()),
            events: Set(events(&webhook.interest)),
            categories: Set(categories(&webhook.interest)),
            state: Set(webhook.state.to_string()),
            paused_reason: Set(paused_reason.map(|reason: PausedReason| reason.to_string())),
            paused_at: Set(paused_at.map(Instant::micros)),
            secret: Set(webhook.secrets.current.clone()),
            old_secret: Set(old_secret),
            old_secret_until: Set(old_secret_until.map(Instant::micros)),
            failing_since: Set(webhook.failing_since.map(Instant::micros)),
            last_delivered_at: Set(webhook.last_delivered_at.map(Instant::micros)),
            created_by: Set(webhook.created_by.0),
            created_at: Set(webhook.created_at.micros()),
        };
        Entity::insert(row).exec_without_returning(self.transaction()).await?;
        Ok(())
    }

    /// Changes where a webhook leads, what it is for and what it wants; whether there still is one.
    ///
    /// # Errors
    /// As the database says.
    pub async fn change_webhook(
        &mut self,
        id: WebhookId,
        name: Option<&str>,
        url: &str,
        interest: &Interest,
    ) -> Result<bool, StoreError> {
        let changed = Entity::update_many()
            .col_expr(Column::Name, Expr::value(name))
            .col_expr(Column::Url, Expr::value(url))
            .col_expr(Column::Events, Expr::value(events(interest)))
            .col_expr(Column::Categories, Expr::value(categories(interest)))
            .filter(Column::Id.eq(id.0))
            .exec(self.transaction())
            .await?;
        Ok(changed.rows_affected == 1)
    }

    /// Gives a webhook other secrets; whether it still had the one that is to be the one before.
    ///
    /// # Errors
    /// As the database says.
    pub async fn rotate_webhook(
        &mut self,
        id: WebhookId,
        from: &[u8],
        secrets: &WebhookSecrets,
    ) -> Result<bool, StoreError> {
        let (before, until) = secrets.before.clone().unzip();
        let rotated = Entity::update_many()
            .col_expr(Column::Secret, Expr::value(secrets.current.clone()))
            .col_expr(Column::OldSecret, Expr::value(before))
            .col_expr(Column::OldSecretUntil, Expr::value(until.map(Instant::micros)))
            .filter(Column::Id.eq(id.0))
            .filter(Column::Secret.eq(from.to_vec()))
            .exec(self.transaction())
            .await?;
        Ok(rotated.rows_affected == 1)
    }

    /// Pauses a webhook that is told what happens, and holds what waits; whether it was.
    ///
    /// # Errors
    /// As the database says.
    pub async fn pause_webhook(
        &mut self,
        id: WebhookId,
        reason: PausedReason,
        now: Instant,
    ) -> Result<bool, StoreError> {
        let paused = Entity::update_many()
            .col_expr(Column::State, Expr::value(WebhookState::Paused.as_str()))
            .col_expr(Column::PausedReason, Expr::value(reason.as_str()))
            .col_expr(Column::PausedAt, Expr::value(now.micros()))
            .filter(Column::Id.eq(id.0))
            .filter(Column::State.eq(WebhookState::Active.as_str()))
            .exec(self.transaction())
            .await?;
        if paused.rows_affected == 0 {
            return Ok(false);
        }
        self.hold_deliveries(id).await?;
        Ok(true)
    }

    /// Lets a paused webhook go on, with what was held and as if nothing had failed; whether it was paused.
    ///
    /// # Errors
    /// As the database says.
    pub async fn resume_webhook(&mut self, id: WebhookId, now: Instant) -> Result<bool, StoreError> {
        let resumed = Entity::update_many()
            .col_expr(Column::State, Expr::value(WebhookState::Active.as_str()))
            .col_expr(Column::PausedReason, Expr::value(None::<String>))
            .col_expr(Column::PausedAt, Expr::value(None::<i64>))
            .col_expr(Column::FailingSince, Expr::value(None::<i64>))
            .filter(Column::Id.eq(id.0))
            .filter(Column::State.eq(WebhookState::Paused.as_str()))
            .exec(self.transaction())
            .await?;
        if resumed.rows_affected == 0 {
            return Ok(false);
        }
        webhook_delivery::Entity::update_many()
            .col_expr(webhook_delivery::Column::State, Expr::value(DeliveryState::Waiting.as_str()))
            .col_expr(webhook_delivery::Column::Tries, Expr::value(0))
            .col_expr(webhook_delivery::Column::FirstAt, Expr::value(None::<i64>))
            .col_expr(webhook_delivery::Column::NextAt, Expr::value(now.micros()))
            .filter(webhook_delivery::Column::WebhookId.eq(id.0))
            .filter(webhook_delivery::Column::State.eq(DeliveryState::Held.as_str()))
            .exec(self.transaction())
            .await?;
        Ok(true)
    }

    /// Notes that something got through, or since when nothing does.
    ///
    /// # Errors
    /// As the database says.
    pub async fn note_webhook(
        &mut self,
        id: WebhookId,
        failed_at: Option<Instant>,
        now: Instant,
    ) -> Result<(), StoreError> {
        let one = Entity::update_many().filter(Column::Id.eq(id.0));
        let noted = match failed_at {
            Some(at) => one
                .col_expr(Column::FailingSince, Expr::value(at.micros()))
                .filter(Column::FailingSince.is_null().or(Column::FailingSince.gt(at.micros()))),
            None => one
                .col_expr(Column::FailingSince, Expr::value(None::<i64>))
                .col_expr(Column::LastDeliveredAt, Expr::value(now.micros()))
                .filter(
                    Column::FailingSince
                        .is_not_null()
                        .or(Column::LastDeliveredAt.is_null())
                        .or(Column::LastDeliveredAt.lt(now.plus(-NEWS_OF_SUCCESS).micros())),
                ),
        };
        noted.exec(self.transaction()).await?;
        Ok(())
    }

    /// Lets the webhooks of an agency be those of another, which has taken over.
    ///
    /// # Errors
    /// As the database says.
    pub async fn move_webhooks(&mut self, from: &AgencyCode, to: &AgencyCode) -> Result<(), StoreError> {
        let moved = Entity::update_many().col_expr(Column::Agency, Expr::value(to.as_str()));
        moved.filter(Column::Agency.eq(from.as_str())).exec(self.transaction()).await?;
        Ok(())
    }

    /// Forgets a webhook; whether there was one. What it was told goes first, see [`UnitOfWork::forget_deliveries`].
    ///
    /// # Errors
    /// As the database says.
    pub async fn forget_webhook(&mut self, id: WebhookId) -> Result<bool, StoreError> {
        Ok(Entity::delete_by_id(id.0).exec(self.transaction()).await?.rows_affected == 1)
    }
}

fn events(interest: &Interest) -> String {
    interest.events.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(" ")
}

fn categories(interest: &Interest) -> String {
    interest.categories.iter().map(CategoryCode::as_str).collect::<Vec<_>>().join(" ")
}

impl TryFrom<Model> for Webhook {
    type Error = StoreError;

    fn try_from(row: Model) -> Result<Self, StoreError> {
        let key = row.id;
        let wrong = |column, problem: &str| StoreError::inconsistent("webhook", column, key, problem);
        let instant = |column, micros| Instant::from_micros(micros).ok_or_else(|| wrong(column, "not an instant"));
        let optional = |column, micros: Option<i64>| micros.map(|micros| instant(column, micros)).transpose();
        let event = |word| EventKind::parse(word).ok_or_else(|| wrong("events", "an unknown word"));
        let category = |code| CategoryCode::parse(code).map_err(|error| wrong("categories", &error.to_string()));
        let reason = |word: String| PausedReason::parse(&word).ok_or_else(|| wrong("paused_reason", "an unknown word"));
        let paused_at = optional("paused_at", row.paused_at)?;
        let old_until = optional("old_secret_until", row.old_secret_until)?;
        Ok(Self {
            id: WebhookId(row.id),
            agency: AgencyCode::parse(&row.agency).map_err(|error| wrong("agency", &error.to_string()))?,
            name: row.name,
            url: row.url,
            interest: Interest {
                events: row.events.split_whitespace().map(event).collect::<Result<_, _>>()?,
                categories: row.categories.split_whitespace().map(category).collect::<Result<_, _>>()?,
            },
            state: WebhookState::parse(&row.state).ok_or_else(|| wrong("state", "an unknown word"))?,
            paused: row.paused_reason.map(reason).transpose()?.zip(paused_at),
            secrets: WebhookSecrets { current: row.secret, before: row.old_secret.zip(old_until) },
            failing_since: optional("failing_since", row.failing_since)?,
            last_delivered_at: optional("last_delivered_at", row.last_delivered_at)?,
            created_by: AccountId(row.created_by),
            created_at: instant("created_at", row.created_at)?,
        })
    }
}
