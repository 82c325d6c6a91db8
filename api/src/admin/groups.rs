//! `/api/v1/admin/category-groups`: the upper level of the tree of fields.

use actix_web::{
    HttpResponse, get, put,
    web::{Data, Path},
};
use domain::{catalogue::CategoryGroup, change::ChangeKind, code::GroupCode};
use persistence::Versioned;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
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

/// How many groups there may be.
const MOST_GROUPS: usize = 100;

/// A group of fields.
#[derive(Debug, Serialize, ToSchema)]
pub struct CategoryGroupView {
    #[schema(value_type = String, example = "infrastructure")]
    code: GroupCode,
    /// Its place in lists.
    rank: i32,
    /// Its name in Vietnamese.
    name: String,
    name_en: String,
    /// Its `ETag`.
    version: u32,
}

impl From<&Versioned<CategoryGroup>> for CategoryGroupView {
    fn from(kept: &Versioned<CategoryGroup>) -> Self {
        let CategoryGroup { code, rank, name, name_en } = kept.value.clone();
        Self { code, rank, name, name_en, version: kept.version }
    }
}

/// A group of fields, whole.
#[derive(Debug, Deserialize, ToSchema)]
pub struct CategoryGroupBody {
    /// Its name in Vietnamese.
    #[serde(default)]
    #[schema(value_type = String, max_length = 200, example = "Hạ tầng")]
    name: Field<String>,
    /// Its name in English; the Vietnamese one unless given.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 200, example = "Infrastructure")]
    name_en: Field<String>,
    /// Its place in lists; as it is, or last, unless given.
    #[serde(default)]
    #[schema(value_type = Option<i32>, minimum = 0, maximum = 1_000_000)]
    rank: Field<i32>,
    /// Why.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 10000)]
    reason: Field<String>,
}

/// The groups of fields, in the order of lists.
#[utoipa::path(
    operation_id = "category_groups", tag = "admin", security(("bearer" = [])), extensions(("x-roles" = json!(["admin"]))),
    responses((status = 200, body = Whole<CategoryGroupView>), Guarded)
)]
#[get("/admin/category-groups")]
pub async fn list_category_groups(app: Data<App>, _: Allowed<Admins>) -> Result<HttpResponse, Problem> {
    let groups = app.store.category_groups().await?;
    Ok(HttpResponse::Ok().json(Whole::new(groups.iter().map(CategoryGroupView::from).collect())))
}

/// Sets up a group, or changes it, whole. A change names the version it means.
#[utoipa::path(
    operation_id = "set_category_group", tag = "admin", security(("bearer" = [])), request_body = CategoryGroupBody,
    extensions(("x-roles" = json!(["admin"]))),
    params(
        ("code" = String, Path, description = "Its code, 1 to 64 of `a-z 0-9 _`.", example = "infrastructure"),
        ("If-Match" = Option<String>, Header, description = "The version that is to be changed; of one that is not there yet none."),
    ),
    responses(
        (status = 200, body = CategoryGroupView, headers(("ETag" = String, description = "Its version."))),
        (status = 201, body = CategoryGroupView, headers(("ETag" = String, description = "Its version."))),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json", description = "No group can have such a code."),
        (status = 409, body = ProblemDetails, content_type = "application/problem+json", description = "`no_effect`, `too_many`"),
        (status = 412, body = ProblemDetails, content_type = "application/problem+json", description = "`stale_version`: `If-Match` names another version"),
        (status = 428, body = ProblemDetails, content_type = "application/problem+json", description = "`precondition_required`: without `If-Match`"),
        Guarded,
    )
)]
#[put("/admin/category-groups/{code}")]
pub async fn set_category_group(
    app: Data<App>,
    allowed: Allowed<Admins>,
    code: Path<String>,
    if_match: IfMatch,
    body: Body<CategoryGroupBody>,
) -> Result<HttpResponse, Problem> {
    let code = GroupCode::parse(&code).map_err(|_| Problem::new(Code::NotFound))?;
    let mut unit = app.store.begin().await?;
    let known = unit.category_groups_to_change().await?;
    let before = known.iter().find(|kept| kept.value.code == code);
    if let Some(before) = before {
        if_match.required()?.check(before.version)?;
    } else if known.len() >= MOST_GROUPS {
        return Err(Problem::with(Code::TooMany, format!("max {MOST_GROUPS}")));
    }
    let CategoryGroupBody { name, name_en, rank, reason } = body.value;
    let mut faults = Faults::default();
    let name = faults.name("/name", name);
    let name_en = faults.name_en("/name_en", name_en, name.as_ref());
    let rank = faults.optional("/rank", rank);
    if rank.is_some_and(|rank| !(0..=1_000_000).contains(&rank)) {
        faults.add_with("/rank", FaultCode::OutOfRange, "0–1000000");
    }
    let reason = faults.reason_if_given(reason);
    let (name, name_en) = faults.finish(name.zip(name_en))?;
    let last = known.iter().map(|kept| kept.value.rank).max().unwrap_or(0);
    let rank = rank.or(before.map(|kept| kept.value.rank)).unwrap_or_else(|| last.saturating_add(1));
    let group = CategoryGroup { code, rank, name, name_en };
    if before.is_some_and(|kept| kept.value == group) {
        return Err(Problem::new(Code::NoEffect));
    }
    let (group, response) = match before {
        Some(before) => (before.next(group), HttpResponse::Ok()),
        None => (Versioned::first(group), HttpResponse::Created()),
    };
    unit.set_category_group(&group).await?;
    let view = CategoryGroupView::from(&group);
    let change = change_by(&allowed.caller, ChangeKind::CategoryGroup, &group.value.code);
    let told_before = before.map(|kept| told(&CategoryGroupView::from(kept))).transpose()?.flatten();
    settle(&app, unit, &change.between(told_before, told(&view)?).because(reason)).await?;
    Ok(tagged(response, &group, &view))
}
