//! `GET /api/v1/me/access-log`: who was shown the caller's petitions.

use std::collections::HashMap;

use actix_web::{HttpResponse, get, web::Data};
use domain::{
    account::Role,
    id::{LookId, PetitionId},
    petition::PetitionCode,
};
use persistence::{Look, Page, Purpose};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    answers::Guarded, app::App, auth::SignedIn, field::Faults, language::Language, listed::Listed, petition::AgencyRef,
    problem::Problem, query::Query,
};

/// Somebody of the staff was shown the caller's data.
#[derive(Debug, Serialize, ToSchema)]
pub struct LookView {
    /// When; the same again within an hour is not told again.
    at: String,
    /// The role of who was shown it.
    #[schema(value_type = String, example = "officer")]
    role: Role,
    /// Their agency; `null` for an administrator.
    agency: Option<AgencyRef>,
    /// The petition; `null` where it was about the person alone.
    #[schema(value_type = Option<String>, example = "PAKN.20220831.000042")]
    petition: Option<PetitionCode>,
    /// What for: `handling` (it was opened or dealt with), `list` (it stood in a list), `history`, `erasure` (a request of the
    /// caller's to be erased).
    #[schema(value_type = String, example = "handling")]
    purpose: Purpose,
    /// The same in the language of the answer.
    #[schema(example = "Mở, xử lý phản ánh")]
    purpose_name: &'static str,
    /// Whether the caller's name was shown with it.
    named: bool,
}

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AccessLogQuery {
    /// How many, 1 to 100; 20 unless given.
    #[param(value_type = Option<u32>)]
    limit: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

fn purpose_name(purpose: Purpose, language: Language) -> &'static str {
    let (vietnamese, english) = match purpose {
        Purpose::Handling => ("Mở, xử lý phản ánh", "Opened or dealt with the petition"),
        Purpose::List => ("Xem danh sách có phản ánh", "Read a list with the petition in it"),
        Purpose::History => ("Xem lịch sử xử lý", "Read the petition's history"),
        Purpose::Erasure => ("Giải quyết yêu cầu xóa dữ liệu", "Dealt with a request to be erased"),
    };
    language.choose(vietnamese, english)
}

/// Who of the staff was shown the caller's petitions, when, from which desk and what for; newest first.
#[utoipa::path(
    operation_id = "my_access_log", tag = "auth", security(("bearer" = [])), params(AccessLogQuery),
    responses((status = 200, body = Listed<LookView>), Guarded)
)]
#[get("/me/access-log")]
pub async fn my_access_log(
    app: Data<App>,
    SignedIn(caller): SignedIn,
    language: Language,
    Query(query): Query<AccessLogQuery>,
) -> Result<HttpResponse, Problem> {
    let mut faults = Faults::default();
    let limit = faults.limit(query.limit.as_deref());
    let after = faults.id_cursor(query.cursor.as_deref()).map(LookId);
    faults.finish(Some(()))?;
    // What this server has noted a moment ago is part of the answer.
    app.privacy.looks.write_down(&app.store).await?;
    let found = app.store.looks_at(caller.account, Page { after, limit: limit + 1 }).await?;
    let page = Listed::of(found, limit, |look| look.id.0.to_string());
    Ok(HttpResponse::Ok().json(page.show(async |looks| views(&app, looks, language).await).await?))
}

pub(super) async fn views(app: &App, looks: Vec<Look>, language: Language) -> Result<Vec<LookView>, Problem> {
    let mut ids: Vec<PetitionId> = looks.iter().filter_map(|look| look.petition).collect();
    ids.sort_unstable();
    ids.dedup();
    let petitions = app.store.petitions(&ids).await?.into_iter();
    let codes: HashMap<PetitionId, PetitionCode> =
        petitions.map(|stored| (stored.petition.id, stored.petition.code)).collect();
    let catalogue = app.catalogue();
    let view = |look: Look| LookView {
        at: look.at.to_local_rfc3339(),
        role: look.role,
        agency: look.agency.as_ref().map(|code| AgencyRef::of(&catalogue, code)),
        petition: look.petition.and_then(|id| codes.get(&id).cloned()),
        purpose: look.purpose,
        purpose_name: purpose_name(look.purpose, language),
        named: look.named,
    };
    Ok(looks.into_iter().map(view).collect())
}
