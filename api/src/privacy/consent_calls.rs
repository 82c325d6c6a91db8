//! `GET /api/v1/consent`, `/api/v1/me/consents`: what people are asked to consent to, and what they did (Law 91/2025/QH15, Art. 9: silence
//! is no consent, so it is given by the name of the wording, and never for anybody).

use actix_web::{HttpResponse, delete, get, post, web::Data};
use domain::{
    id::{AccountId, ConsentId},
    time::Instant,
};
use persistence::{Consent, ConsentWording};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    answers::{Guarded, Public},
    app::App,
    auth::SignedIn,
    body::Body,
    catalogue::Whole,
    clock,
    field::{Faults, Field},
    language::Language,
    problem::{Code, FaultCode, Problem, ProblemDetails},
    settings::ConsentRule,
};

/// What people are asked to consent to.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConsentWordingView {
    /// Its name: to be sent with the registration.
    #[schema(example = "2022-01")]
    version: String,
    /// The wording, in the language of the answer.
    text: String,
    /// Whether nobody registers or sends a petition without it.
    required: bool,
}

/// A consent that was given.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConsentView {
    /// The wording's name.
    version: String,
    /// The wording, in the language of the answer.
    text: String,
    /// When it was given.
    given_at: String,
    /// When it was withdrawn.
    withdrawn_at: Option<String>,
}

/// A consent.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ConsentBody {
    /// The name of the wording, as `GET /api/v1/consent` gives it.
    #[serde(default)]
    #[schema(value_type = String, example = "2022-01")]
    version: Field<String>,
}

fn text(wording: &ConsentWording, language: Language) -> String {
    language.choose(&wording.vietnamese, &wording.english).to_owned()
}

/// A consent to the wording of that name, given now.
pub(crate) fn new_consent(version: String, now: Instant) -> Consent {
    Consent { id: ConsentId::new(now, &clock::id_randomness()), version, given_at: now, withdrawn_at: None }
}

/// The name of the wording that is asked for today.
async fn current(app: &App) -> Result<ConsentWording, Problem> {
    let wording = app.store.consent_wording(clock::now().local_date()).await?;
    wording.ok_or_else(|| Problem::new(Code::NotFound))
}

/// The consent that somebody registers with, where it is to the wording of today; required where the operator says so.
///
/// # Errors
/// As the store says; what is wrong with it is noted.
pub(crate) async fn parse_consent(
    app: &App,
    faults: &mut Faults,
    given: Field<String>,
) -> Result<Option<String>, Problem> {
    let given = match app.privacy.settings.consent {
        ConsentRule::Recorded => faults.optional("/consent", given),
        ConsentRule::Required => faults.required("/consent", given),
    };
    let Some(given) = given else { return Ok(None) };
    if app.store.consent_wording(clock::now().local_date()).await?.is_none_or(|wording| wording.version != given) {
        faults.add("/consent", FaultCode::UnknownConsent);
        return Ok(None);
    }
    Ok(Some(given))
}

/// Lets nobody go on without consent, where the operator says so.
///
/// # Errors
/// [`Code::ConsentRequired`].
pub(crate) async fn consent_asked_for(app: &App, account: AccountId) -> Result<(), Problem> {
    match app.privacy.settings.consent {
        ConsentRule::Recorded => Ok(()),
        ConsentRule::Required => {
            let given = app.store.consents_of(account).await?;
            let stands = given.iter().any(|(consent, _)| consent.withdrawn_at.is_none());
            if stands { Ok(()) } else { Err(Problem::new(Code::ConsentRequired)) }
        }
    }
}

/// What people are asked to consent to: which data, what for, by whom, with which rights.
#[utoipa::path(
    operation_id = "consent", tag = "auth", security(()),
    responses(
        (status = 200, body = ConsentWordingView),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json", description = "There is no wording yet."),
        Public,
    )
)]
#[get("/consent")]
pub async fn show_consent(app: Data<App>, language: Language) -> Result<HttpResponse, Problem> {
    let wording = current(&app).await?;
    Ok(HttpResponse::Ok().json(ConsentWordingView {
        text: text(&wording, language),
        required: app.privacy.settings.consent == ConsentRule::Required,
        version: wording.version,
    }))
}

/// What the caller consented to, and when; oldest first.
#[utoipa::path(
    operation_id = "my_consents", tag = "auth", security(("bearer" = [])),
    responses((status = 200, body = Whole<ConsentView>), Guarded)
)]
#[get("/me/consents")]
pub async fn my_consents(
    app: Data<App>,
    SignedIn(caller): SignedIn,
    language: Language,
) -> Result<HttpResponse, Problem> {
    Ok(HttpResponse::Ok().json(Whole::new(consents_of(&app, caller.account, language).await?)))
}

/// A person's consents, as they are told them.
pub(super) async fn consents_of(
    app: &App,
    account: AccountId,
    language: Language,
) -> Result<Vec<ConsentView>, Problem> {
    let view = |(consent, wording): (Consent, ConsentWording)| ConsentView {
        text: text(&wording, language),
        version: consent.version,
        given_at: consent.given_at.to_local_rfc3339(),
        withdrawn_at: consent.withdrawn_at.map(Instant::to_local_rfc3339),
    };
    Ok(app.store.consents_of(account).await?.into_iter().map(view).collect())
}

/// Consents to the wording of today.
#[utoipa::path(
    operation_id = "give_consent", tag = "auth", security(("bearer" = [])), request_body = ConsentBody,
    responses((status = 201, body = Whole<ConsentView>, description = "All of them."), Guarded)
)]
#[post("/me/consents")]
pub async fn give_consent(
    app: Data<App>,
    SignedIn(caller): SignedIn,
    language: Language,
    body: Body<ConsentBody>,
) -> Result<HttpResponse, Problem> {
    let mut faults = Faults::default();
    let version = faults.required("/version", body.value.version);
    let version = faults.finish(version)?;
    if app.store.consent_wording(clock::now().local_date()).await?.is_none_or(|wording| wording.version != version) {
        return Err(Problem::fault("/version", FaultCode::UnknownConsent));
    }
    let given = app.store.consents_of(caller.account).await?;
    // To what stands nobody consents twice.
    if !given.iter().any(|(consent, _)| consent.version == version && consent.withdrawn_at.is_none()) {
        let mut unit = app.store.begin().await?;
        unit.give_consent(caller.account, &new_consent(version, clock::now())).await?;
        unit.commit().await?;
    }
    Ok(HttpResponse::Created().json(Whole::new(consents_of(&app, caller.account, language).await?)))
}

/// Withdraws what the caller consented to. What was done before stays right; who wants their data gone asks for that
/// (`DELETE /api/v1/me`). Where consent is required, nothing can be sent after it.
#[utoipa::path(
    operation_id = "withdraw_consent", tag = "auth", security(("bearer" = [])),
    responses(
        (status = 204),
        (status = 409, body = ProblemDetails, content_type = "application/problem+json", description = "`no_effect`: none stands"),
        Guarded,
    )
)]
#[delete("/me/consents")]
pub async fn withdraw_consent(app: Data<App>, SignedIn(caller): SignedIn) -> Result<HttpResponse, Problem> {
    let mut unit = app.store.begin().await?;
    if !unit.withdraw_consents(caller.account, clock::now()).await? {
        return Err(Problem::new(Code::NoEffect));
    }
    unit.commit().await?;
    Ok(HttpResponse::NoContent().finish())
}
