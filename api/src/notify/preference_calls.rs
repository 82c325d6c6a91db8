//! `/api/v1/me/notifications`: what the caller wants to be told by which way, and when; `/api/v1/agency/notifications`: what holds for the people of
//! a desk who chose nothing.

use actix_web::{HttpResponse, delete, get, put, web::Data};
use domain::{
    code::AgencyCode,
    id::AccountId,
    notice::{ChosenBy, Digest, NoticeKind, Preferences, QuietHours, Tongue, Way, WayChoice},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    answers::Guarded,
    app::App,
    auth::{Allowed, Approvers, Caller, SignedIn, Staff},
    body::Body,
    field::{Faults, Field, Object},
    problem::{Code, FaultCode, Problem},
};

/// What goes one way.
#[derive(Debug, Serialize, ToSchema)]
pub struct WayView {
    /// Whether anything does.
    on: bool,
    /// Of what; `null`: of what usually does.
    #[schema(value_type = Option<Vec<String>>, example = json!(["answered", "information_requested"]))]
    kinds: Option<Vec<NoticeKind>>,
}

/// What goes each way.
#[derive(Debug, Serialize, ToSchema)]
pub struct WaysView {
    /// To the phones that the app has registered.
    push: WayView,
    /// To the e-mail address that the account signs in with, once it is verified.
    email: WayView,
    /// To the phone number that the account signs in with, once it is verified.
    sms: WayView,
}

/// When nobody wants to be disturbed.
#[derive(Debug, Serialize, ToSchema)]
pub struct QuietHoursView {
    /// Local time.
    #[schema(example = "22:00")]
    from: String,
    /// Local time; of the next day where it is before the beginning.
    #[schema(example = "06:00")]
    to: String,
}

/// What somebody is told, and how. The inbox has everything whatever is chosen here.
#[derive(Debug, Serialize, ToSchema)]
pub struct NotificationsView {
    /// The language of messages.
    #[schema(value_type = String, example = "vi")]
    language: Tongue,
    ways: WaysView,
    /// When messages wait that are not urgent.
    quiet_hours: Option<QuietHoursView>,
    /// `off`, or `daily`: one e-mail a day, with what was not read by then.
    #[schema(value_type = String, example = "off")]
    digest: Digest,
    /// Whose choice that is: `person`, the `agency`'s for its people, or `nobody`'s.
    #[schema(value_type = String, example = "person")]
    chosen_by: ChosenBy,
}

impl NotificationsView {
    fn of(chosen: &Preferences, chosen_by: ChosenBy) -> Self {
        let way = |way| {
            let WayChoice { on, kinds } = chosen.way(way).clone();
            WayView { on, kinds }
        };
        let quiet = |quiet: QuietHours| {
            let (from, to) = quiet.ends();
            QuietHoursView { from, to }
        };
        Self {
            language: chosen.language,
            ways: WaysView { push: way(Way::Push), email: way(Way::Email), sms: way(Way::Sms) },
            quiet_hours: chosen.quiet.map(quiet),
            digest: chosen.digest,
            chosen_by,
        }
    }
}

/// What is to go one way.
#[derive(Debug, Deserialize, ToSchema)]
pub struct WayBody {
    /// Whether anything does.
    #[serde(default)]
    #[schema(value_type = bool)]
    on: Field<bool>,
    /// Of what; what usually does unless given.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>, example = json!(["answered", "information_requested"]))]
    kinds: Field<Vec<Field<String>>>,
}

/// What is to go each way.
#[derive(Debug, Deserialize, ToSchema)]
pub struct WaysBody {
    #[serde(default)]
    #[schema(value_type = WayBody)]
    push: Field<Object<WayBody>>,
    #[serde(default)]
    #[schema(value_type = WayBody)]
    email: Field<Object<WayBody>>,
    #[serde(default)]
    #[schema(value_type = WayBody)]
    sms: Field<Object<WayBody>>,
}

/// When nobody is to be disturbed.
#[derive(Debug, Deserialize, ToSchema)]
pub struct QuietHoursBody {
    /// Local time.
    #[serde(default)]
    #[schema(value_type = String, example = "22:00")]
    from: Field<String>,
    /// Local time; of the next day where it is before the beginning.
    #[serde(default)]
    #[schema(value_type = String, example = "06:00")]
    to: Field<String>,
}

/// What somebody is to be told, whole.
#[derive(Debug, Deserialize, ToSchema)]
pub struct NotificationsBody {
    /// `vi` or `en`.
    #[serde(default)]
    #[schema(value_type = String, example = "vi")]
    language: Field<String>,
    #[serde(default)]
    #[schema(value_type = WaysBody)]
    ways: Field<Object<WaysBody>>,
    /// None unless given.
    #[serde(default)]
    #[schema(value_type = Option<QuietHoursBody>)]
    quiet_hours: Field<Object<QuietHoursBody>>,
    /// `off` or `daily`.
    #[serde(default)]
    #[schema(value_type = String, example = "off")]
    digest: Field<String>,
}

fn parse_way(faults: &mut Faults, pointer: &str, field: Field<Object<WayBody>>) -> Option<WayChoice> {
    let Object(WayBody { on, kinds }) = faults.required(pointer, field)?;
    let mut within = Faults::default();
    let on = within.required("/on", on);
    let kinds = match kinds {
        Field::Absent => None,
        given @ (Field::WrongType | Field::Given(_)) => {
            within.word_list("/kinds", given, NoticeKind::parse, NoticeKind::ALL, NoticeKind::as_str)
        }
    };
    faults.extend_under(pointer, within);
    on.map(|on| WayChoice { on, kinds })
}

fn parse_quiet(faults: &mut Faults, field: Field<Object<QuietHoursBody>>) -> Option<QuietHours> {
    let Object(QuietHoursBody { from, to }) = faults.optional("/quiet_hours", field)?;
    let from = faults.required("/quiet_hours/from", from);
    let to = faults.required("/quiet_hours/to", to);
    let (from, to) = from.zip(to)?;
    let quiet = QuietHours::new(&from, &to);
    if quiet.is_none() {
        faults.add("/quiet_hours", FaultCode::InvalidQuietHours);
    }
    quiet
}

fn parse(body: NotificationsBody) -> Result<Preferences, Problem> {
    let NotificationsBody { language, ways, quiet_hours, digest } = body;
    let mut faults = Faults::default();
    let language = faults
        .required("/language", language)
        .and_then(|raw| faults.word("/language", &raw, Tongue::parse, Tongue::ALL, Tongue::as_str));
    let ways = faults.required("/ways", ways).and_then(|Object(WaysBody { push, email, sms })| {
        let push = parse_way(&mut faults, "/ways/push", push);
        let email = parse_way(&mut faults, "/ways/email", email);
        let sms = parse_way(&mut faults, "/ways/sms", sms);
        push.zip(email).zip(sms)
    });
    let quiet = parse_quiet(&mut faults, quiet_hours);
    let digest = faults
        .required("/digest", digest)
        .and_then(|raw| faults.word("/digest", &raw, Digest::parse, Digest::ALL, Digest::as_str));
    let ((language, ((push, email), sms)), digest) = faults.finish(language.zip(ways).zip(digest))?;
    Ok(Preferences { language, push, email, sms, quiet, digest })
}

/// What holds for somebody.
pub(crate) async fn notifications_of(app: &App, account: AccountId) -> Result<NotificationsView, Problem> {
    let kept = app.store.account(account).await?.ok_or_else(|| Problem::new(Code::InvalidToken))?;
    let (chosen, by) = app.store.preferences(&kept).await?;
    Ok(NotificationsView::of(&chosen, by))
}

/// What the caller is told by which way, and when.
#[utoipa::path(
    operation_id = "my_notifications", tag = "notifications", security(("bearer" = [])),
    responses((status = 200, body = NotificationsView), Guarded)
)]
#[get("/me/notifications")]
pub async fn my_notifications(app: Data<App>, SignedIn(caller): SignedIn) -> Result<HttpResponse, Problem> {
    Ok(HttpResponse::Ok().json(notifications_of(&app, caller.account).await?))
}

/// Chooses, whole. It holds for what happens from now on.
#[utoipa::path(
    operation_id = "choose_notifications", tag = "notifications", security(("bearer" = [])), request_body = NotificationsBody,
    responses(
        (status = 200, body = NotificationsView),
        Guarded,
    )
)]
#[put("/me/notifications")]
pub async fn choose_notifications(
    app: Data<App>,
    SignedIn(caller): SignedIn,
    body: Body<NotificationsBody>,
) -> Result<HttpResponse, Problem> {
    let chosen = parse(body.value)?;
    let mut unit = app.store.begin().await?;
    unit.choose(caller.account, &chosen).await?;
    unit.commit().await?;
    Ok(HttpResponse::Ok().json(NotificationsView::of(&chosen, ChosenBy::Person)))
}

/// Takes a choice back: what the caller's agency chose for its people holds again, or what is usual.
#[utoipa::path(
    operation_id = "forget_notifications", tag = "notifications", security(("bearer" = [])),
    responses((status = 204), Guarded)
)]
#[delete("/me/notifications")]
pub async fn forget_notifications(app: Data<App>, SignedIn(caller): SignedIn) -> Result<HttpResponse, Problem> {
    let mut unit = app.store.begin().await?;
    unit.forget_choice(caller.account).await?;
    unit.commit().await?;
    Ok(HttpResponse::NoContent().finish())
}

fn desk_of(caller: &Caller) -> Result<AgencyCode, Problem> {
    caller.actor.agency().ok_or_else(|| Problem::new(Code::Forbidden))
}

/// What the people of the caller's agency are told who chose nothing themselves.
#[utoipa::path(
    operation_id = "agency_notifications", tag = "notifications", security(("bearer" = [])),
    extensions(("x-roles" = json!(["officer", "leader", "coordinator"]))),
    responses((status = 200, body = NotificationsView), Guarded)
)]
#[get("/agency/notifications")]
pub async fn agency_notifications(app: Data<App>, allowed: Allowed<Staff>) -> Result<HttpResponse, Problem> {
    let of_agency = app.store.preferences_of_agency(&desk_of(&allowed.caller)?).await?;
    let (chosen, by) = Preferences::that_hold(None, of_agency, allowed.caller.role);
    Ok(HttpResponse::Ok().json(NotificationsView::of(&chosen, by)))
}

/// Chooses for the people of the caller's agency, whole: language, ways, kinds, quiet hours, digest. It holds for whoever chose nothing themselves, from now on.
#[utoipa::path(
    operation_id = "choose_agency_notifications", tag = "notifications", security(("bearer" = [])),
    request_body = NotificationsBody,
    extensions(("x-roles" = json!(["leader", "coordinator"]))),
    responses((status = 200, body = NotificationsView), Guarded)
)]
#[put("/agency/notifications")]
pub async fn choose_agency_notifications(
    app: Data<App>,
    allowed: Allowed<Approvers>,
    body: Body<NotificationsBody>,
) -> Result<HttpResponse, Problem> {
    let chosen = parse(body.value)?;
    choose_for_agency(&app, &allowed.caller, Some(&chosen)).await?;
    Ok(HttpResponse::Ok().json(NotificationsView::of(&chosen, ChosenBy::Agency)))
}

/// Takes back what was chosen for the people of the caller's agency: what is usual holds again.
#[utoipa::path(
    operation_id = "forget_agency_notifications", tag = "notifications", security(("bearer" = [])),
    extensions(("x-roles" = json!(["leader", "coordinator"]))),
    responses((status = 204), Guarded)
)]
#[delete("/agency/notifications")]
pub async fn forget_agency_notifications(app: Data<App>, allowed: Allowed<Approvers>) -> Result<HttpResponse, Problem> {
    choose_for_agency(&app, &allowed.caller, None).await?;
    Ok(HttpResponse::NoContent().finish())
}

async fn choose_for_agency(app: &App, caller: &Caller, chosen: Option<&Preferences>) -> Result<(), Problem> {
    let agency = desk_of(caller)?;
    let mut unit = app.store.begin().await?;
    unit.choose_for_agency(&agency, chosen).await?;
    unit.commit().await?;
    tracing::info!(target: "audit", { agency = %agency, by = %caller.account }, "an agency's notifications chosen");
    Ok(())
}
