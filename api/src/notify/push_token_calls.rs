//! `/api/v1/me/push-tokens`: the phones that show the caller what they are told.

use actix_web::{
    HttpResponse, delete, get, post,
    web::{Data, Path},
};
use domain::{id::PushTokenId, notice::Carrier};
use persistence::Phone;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    answers::Guarded,
    app::App,
    auth::SignedIn,
    body::Body,
    catalogue::Whole,
    clock,
    field::{Faults, Field},
    problem::{Code, FaultCode, Problem, ProblemDetails},
};

/// The longest token of Firebase, in characters. How long they are nobody promises; today it is less than 200.
const FCM_LONGEST: usize = 4_096;
/// How long a token of Apple is, in hexadecimal digits. It may grow.
const APNS_LENGTH: std::ops::RangeInclusive<usize> = 64..=200;

/// The carriers that have phones.
const PLATFORMS: &[Carrier] = &[Carrier::Fcm, Carrier::Apns];

/// A phone that shows the caller what they are told.
#[derive(Debug, Serialize, ToSchema)]
pub struct PushTokenView {
    /// Its id.
    id: Uuid,
    /// `fcm` or `apns`.
    #[schema(value_type = String, example = "fcm")]
    platform: Carrier,
    /// When the app last said that it is there.
    registered_at: String,
}

impl PushTokenView {
    pub(crate) fn of(phone: &Phone) -> Self {
        let Phone { id, carrier, registered_at, .. } = phone;
        Self { id: id.0, platform: *carrier, registered_at: registered_at.to_local_rfc3339() }
    }
}

/// A phone, as the app knows it.
#[derive(Debug, Deserialize, ToSchema)]
pub struct PushTokenBody {
    /// `fcm` (Android) or `apns` (iOS).
    #[serde(default)]
    #[schema(value_type = String, example = "fcm")]
    platform: Field<String>,
    /// The registration token that Firebase gave the app; the device token that Apple did, in hexadecimal digits.
    #[serde(default)]
    #[schema(value_type = String, max_length = 4096)]
    token: Field<String>,
}

fn parse(platform: Carrier, raw: &str) -> Option<String> {
    match platform {
        Carrier::Apns => {
            let fits = APNS_LENGTH.contains(&raw.len()) && raw.bytes().all(|byte| byte.is_ascii_hexdigit());
            fits.then(|| raw.to_ascii_lowercase())
        }
        Carrier::Fcm => {
            let fits = (1..=FCM_LONGEST).contains(&raw.len()) && raw.bytes().all(|byte| byte.is_ascii_graphic());
            fits.then(|| raw.to_owned())
        }
        Carrier::Email | Carrier::Sms => None,
    }
}

/// Lets a phone show the caller what they are told. To be sent at each start of the app that somebody is signed in to: a phone that was
/// another account's is this one's from then on. Of more than twenty phones the one that was not heard of for longest is forgotten.
#[utoipa::path(
    operation_id = "register_push_token", tag = "notifications", security(("bearer" = [])), request_body = PushTokenBody,
    responses(
        (status = 201, body = PushTokenView),
        Guarded,
    )
)]
#[post("/me/push-tokens")]
pub async fn register_push_token(
    app: Data<App>,
    SignedIn(caller): SignedIn,
    body: Body<PushTokenBody>,
) -> Result<HttpResponse, Problem> {
    let mut faults = Faults::default();
    let platform = faults.required("/platform", body.value.platform).and_then(|raw| {
        let parse = |word: &str| Carrier::parse(word).filter(|carrier| PLATFORMS.contains(carrier));
        faults.word("/platform", &raw, parse, PLATFORMS, Carrier::as_str)
    });
    let token = faults.required("/token", body.value.token);
    let token = platform.zip(token).and_then(|(platform, raw)| {
        let token = parse(platform, &raw);
        if token.is_none() {
            faults.add("/token", FaultCode::InvalidPushToken);
        }
        token
    });
    let (carrier, token) = faults.finish(platform.zip(token))?;
    let now = clock::now();
    let id = PushTokenId::new(now, &clock::id_randomness());
    let mut unit = app.store.begin().await?;
    let phone = Phone { id, account: caller.account, carrier, token, registered_at: now };
    let id = unit.register_phone(&phone).await?;
    unit.commit().await?;
    Ok(HttpResponse::Created().json(PushTokenView::of(&Phone { id, ..phone })))
}

/// The caller's phones that show what they are told, the first registered first.
#[utoipa::path(
    operation_id = "my_push_tokens", tag = "notifications", security(("bearer" = [])),
    responses((status = 200, body = Whole<PushTokenView>), Guarded)
)]
#[get("/me/push-tokens")]
pub async fn my_push_tokens(app: Data<App>, SignedIn(caller): SignedIn) -> Result<HttpResponse, Problem> {
    let phones = app.store.phones_of(caller.account).await?;
    Ok(HttpResponse::Ok().json(Whole::new(phones.iter().map(PushTokenView::of).collect())))
}

/// Lets a phone show the caller nothing more: before they sign out there.
#[utoipa::path(
    operation_id = "forget_push_token", tag = "notifications", security(("bearer" = [])), params(("id" = Uuid, Path)),
    responses(
        (status = 204),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json", description = "`not_found`"),
        Guarded,
    )
)]
#[delete("/me/push-tokens/{id}")]
pub async fn forget_push_token(
    app: Data<App>,
    SignedIn(caller): SignedIn,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let id = id.parse::<Uuid>().map(PushTokenId).map_err(|_| Problem::new(Code::NotFound))?;
    let mut unit = app.store.begin().await?;
    if !unit.forget_phone(caller.account, id).await? {
        return Err(Problem::new(Code::NotFound));
    }
    unit.commit().await?;
    Ok(HttpResponse::NoContent().finish())
}
