//! `/api/v1/admin/wordings`: hotlines, what a refusal means and where to go instead, messages, in the operator's words.

use actix_web::{
    HttpResponse, get, put,
    web::{Data, Path},
};
use domain::{
    change::ChangeKind,
    text::{Lines, normalise},
    wording::{Worded, Wording},
};
use persistence::Versioned;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    agencies::is_number,
    changes::{change_by, told},
    keeping::{settle, tagged},
};
use crate::{
    answers::Guarded,
    app::App,
    auth::{Admins, Allowed},
    body::Body,
    catalogue::Whole,
    field::{Faults, Field},
    petition::IfMatch,
    problem::{Code, FaultCode, Problem, ProblemDetails},
};

/// The most characters of a text.
const LONGEST: usize = 2_000;

/// A text that people read.
#[derive(Debug, Serialize, ToSchema)]
pub struct WordingView {
    #[schema(value_type = String, example = "guidance.complaint")]
    name: Wording,
    /// `null`: only a setting has it.
    vietnamese: Option<String>,
    english: Option<String>,
    /// The places it may name, each filled in when it is told.
    #[schema(example = json!(["{code}", "{minutes}"]))]
    places: Vec<String>,
    /// Its `ETag`; 0: the program's own text.
    version: u32,
}

impl WordingView {
    fn new(name: Wording, text: Option<Worded>, version: u32) -> Self {
        let text = text.or_else(|| name.own());
        let (vietnamese, english) = text.map(|text| (text.vietnamese, text.english)).unzip();
        let places = name.blanks().iter().map(|blank| format!("{{{}}}", blank.name)).collect();
        Self { name, vietnamese, english, places, version }
    }
}

/// A text in both languages.
#[derive(Debug, Deserialize, ToSchema)]
pub struct WordingBody {
    /// In Vietnamese; with the places it must name.
    #[serde(default)]
    #[schema(value_type = String, max_length = 2000)]
    vietnamese: Field<String>,
    /// In English; the Vietnamese one unless given.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 2000)]
    english: Field<String>,
    /// Why.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 10000)]
    reason: Field<String>,
}

/// All texts, each with its program's own words or the operator's.
#[utoipa::path(
    operation_id = "wordings", tag = "admin", security(("bearer" = [])), extensions(("x-roles" = json!(["admin"]))),
    responses((status = 200, body = Whole<WordingView>), Guarded)
)]
#[get("/admin/wordings")]
pub async fn list_wordings(app: Data<App>, _: Allowed<Admins>) -> Result<HttpResponse, Problem> {
    let set = app.store.wordings().await?;
    let view = |name: &Wording| {
        let kept = set.iter().find(|kept| kept.value.0 == *name);
        WordingView::new(*name, kept.map(|kept| kept.value.1.clone()), kept.map_or(0, |kept| kept.version))
    };
    Ok(HttpResponse::Ok().json(Whole::new(Wording::ALL.iter().map(view).collect())))
}

fn parse(name: Wording, at: &str, raw: &str, faults: &mut Faults) -> Option<String> {
    let text = faults.text(at, normalise(raw, LONGEST, Lines::Many))?;
    if name.is_number() && !is_number(&text) {
        faults.add(at, FaultCode::InvalidNumber);
        return None;
    }
    if let Some(blank) = name.blank_fault(&text) {
        faults.add_with(at, FaultCode::WrongPlace, blank);
        return None;
    }
    Some(text)
}

/// Puts a text in the operator's words. It is told from then on.
#[utoipa::path(
    operation_id = "set_wording", tag = "admin", security(("bearer" = [])), request_body = WordingBody,
    extensions(("x-roles" = json!(["admin"]))),
    params(
        ("code" = String, Path, description = "Its name.", example = "guidance.complaint"),
        ("If-Match" = String, Header, description = "The version that is to be changed; `\"0\"` for the program's own text."),
    ),
    responses(
        (status = 200, body = WordingView, headers(("ETag" = String, description = "Its version."))),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json", description = "There is no such text."),
        (status = 409, body = ProblemDetails, content_type = "application/problem+json", description = "`no_effect`"),
        (status = 412, body = ProblemDetails, content_type = "application/problem+json", description = "`stale_version`: `If-Match` names another version"),
        (status = 428, body = ProblemDetails, content_type = "application/problem+json", description = "`precondition_required`: without `If-Match`"),
        Guarded,
    )
)]
#[put("/admin/wordings/{code}")]
pub async fn set_wording(
    app: Data<App>,
    allowed: Allowed<Admins>,
    name: Path<String>,
    if_match: IfMatch,
    body: Body<WordingBody>,
) -> Result<HttpResponse, Problem> {
    let name = Wording::parse(&name).ok_or_else(|| Problem::new(Code::NotFound))?;
    let if_match = if_match.required()?;
    let mut unit = app.store.begin().await?;
    let set = unit.wordings_to_change().await?;
    let before = set.iter().find(|kept| kept.value.0 == name);
    let version = before.map_or(0, |kept| kept.version);
    if_match.check(version)?;
    let WordingBody { vietnamese, english, reason } = body.value;
    let mut faults = Faults::default();
    let vietnamese = faults.required("/vietnamese", vietnamese);
    let vietnamese = vietnamese.and_then(|raw| parse(name, "/vietnamese", &raw, &mut faults));
    let english = match faults.optional("/english", english) {
        None => vietnamese.clone(),
        Some(raw) => parse(name, "/english", &raw, &mut faults),
    };
    let reason = faults.reason_if_given(reason);
    let values = vietnamese.zip(english).map(|(vietnamese, english)| Worded { vietnamese, english });
    let text = faults.finish(values)?;
    let old = before.map(|kept| kept.value.1.clone());
    if old.clone().or_else(|| name.own()).as_ref() == Some(&text) {
        return Err(Problem::new(Code::NoEffect));
    }
    let kept = Versioned { value: (name, text), version: version.saturating_add(1) };
    unit.set_wording(&kept).await?;
    let view = WordingView::new(name, Some(kept.value.1.clone()), kept.version);
    let change = change_by(&allowed.caller, ChangeKind::Wording, name);
    let change = change.between(told(&WordingView::new(name, old, version))?, told(&view)?).because(reason);
    settle(&app, unit, &change).await?;
    Ok(tagged(HttpResponse::Ok(), &kept, &view))
}
