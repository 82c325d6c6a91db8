//! `/api/v1/admin/categories`: what petitions may be about, whose it is, how much time there is, what is asked besides.

use actix_web::{
    HttpResponse, delete, get, post, put,
    web::{Data, Path},
};
use chrono::NaiveDate;
use domain::{
    catalogue::{Category, Terms, Validity},
    change::ChangeKind,
    code::{CategoryCode, GroupCode},
};
use persistence::Versioned;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    changes::{change_by, told},
    keeping::{changed, made, parse_end, settle, tagged},
    questions::{QuestionBody, parse_questions},
    terms::{AllowancesBody, TermsView, parse_terms},
};
use crate::{
    answers::Guarded,
    app::App,
    auth::{Admins, Allowed},
    body::Body,
    catalogue::{QuestionView, Whole},
    field::{Faults, Field, Object},
    language::Language,
    petition::IfMatch,
    problem::{Code, FaultCode, Problem, ProblemDetails},
};

/// How many fields there may be: all are in every server's memory.
const MOST_CATEGORIES: usize = 1_000;

/// A field as its keeper sees it.
#[derive(Debug, Serialize, ToSchema)]
pub struct KeptCategoryView {
    #[schema(value_type = String, example = "chieu_sang")]
    code: CategoryCode,
    /// Its place in lists.
    rank: i32,
    /// Its name in Vietnamese.
    name: String,
    name_en: String,
    #[schema(value_type = String, example = "infrastructure")]
    group: GroupCode,
    /// Who is competent and how much time there is, from day to day; the last entry that has begun holds.
    terms: Vec<TermsView>,
    questions: Vec<QuestionView>,
    #[schema(value_type = String, format = Date)]
    valid_from: NaiveDate,
    /// The first day on which it cannot be chosen.
    #[schema(value_type = Option<String>, format = Date)]
    valid_to: Option<NaiveDate>,
    /// Its `ETag`.
    version: u32,
}

impl From<&Versioned<Category>> for KeptCategoryView {
    fn from(kept: &Versioned<Category>) -> Self {
        let field = &kept.value;
        let first = std::iter::once((field.validity.from, &field.terms));
        let later = field.later_terms.iter().map(|(from, terms)| (*from, terms));
        Self {
            code: field.code.clone(),
            rank: field.rank,
            name: field.name.clone(),
            name_en: field.name_en.clone(),
            group: field.group.clone(),
            terms: first.chain(later).map(|(from, terms)| TermsView::new(from, terms)).collect(),
            questions: field
                .questions
                .iter()
                .map(|question| QuestionView::new(question, Language::Vietnamese))
                .collect(),
            valid_from: field.validity.from,
            valid_to: field.validity.to,
            version: kept.version,
        }
    }
}

/// A field, whole.
#[derive(Debug, Deserialize, ToSchema)]
pub struct CategoryBody {
    /// Its name in Vietnamese.
    #[serde(default)]
    #[schema(value_type = String, max_length = 200, example = "Chiếu sáng công cộng")]
    name: Field<String>,
    /// Its name in English; the Vietnamese one unless given.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 200, example = "Street lighting")]
    name_en: Field<String>,
    /// The group it belongs to.
    #[serde(default)]
    #[schema(value_type = String, example = "infrastructure")]
    group: Field<String>,
    /// Its place in lists; as it is, or last, unless given.
    #[serde(default)]
    #[schema(value_type = Option<i32>, minimum = 0, maximum = 1_000_000)]
    rank: Field<i32>,
    /// `commune`, `district`, `coordinator`, or the code of an agency.
    #[serde(default)]
    #[schema(value_type = String, example = "district")]
    competence: Field<String>,
    /// Both deadlines for each priority.
    #[serde(default)]
    #[schema(value_type = AllowancesBody)]
    allowances: Field<Object<AllowancesBody>>,
    /// From which day competence and allowances hold, not a past one; today unless given. What was sent before keeps its own, and what
    /// was set for later days is dropped.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    terms_from: Field<String>,
    /// What it asks besides title and content; at most 20.
    #[serde(default)]
    #[schema(value_type = Option<Vec<QuestionBody>>)]
    questions: Field<Vec<Field<Object<QuestionBody>>>>,
    /// Why; a change must say.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 10000)]
    reason: Field<String>,
}

/// A new field.
#[derive(Debug, Deserialize, ToSchema)]
pub struct NewCategoryBody {
    /// Its code, 1 to 64 of `a-z 0-9 _`, its own for all time.
    #[serde(default)]
    #[schema(value_type = String, example = "nghia_trang")]
    code: Field<String>,
    #[serde(flatten)]
    category: CategoryBody,
}

/// From when a field cannot be chosen.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ClosingBody {
    /// The first day on which it cannot be chosen, not a past one; today unless given.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    on: Field<String>,
    /// Why.
    #[serde(default)]
    #[schema(value_type = String, max_length = 10000)]
    reason: Field<String>,
}

/// What a body says, beside code, validity and reason.
struct Parsed {
    name: String,
    name_en: String,
    group: GroupCode,
    rank: Option<i32>,
    terms: Terms,
    terms_from: NaiveDate,
    questions: Vec<domain::question::Question>,
}

/// What is said of a field is held against what there is.
fn parse(body: CategoryBody, app: &App, groups: &[GroupCode], faults: &mut Faults) -> (Option<Parsed>, Field<String>) {
    let CategoryBody { name, name_en, group, rank, competence, allowances, terms_from, questions, reason } = body;
    let catalogue = app.catalogue();
    let today = catalogue.catalogue.directory.day();
    let name = faults.name("/name", name);
    let name_en = faults.name_en("/name_en", name_en, name.as_ref());
    let group = faults.required("/group", group).and_then(|raw| {
        let found = groups.iter().find(|group| group.as_str() == raw);
        if found.is_none() {
            let known: Vec<&str> = groups.iter().map(GroupCode::as_str).collect();
            faults.unknown("/group", FaultCode::UnknownGroup, &raw, &known);
        }
        found.cloned()
    });
    let rank = faults.optional("/rank", rank).filter(|rank| {
        let fits = (0..=1_000_000).contains(rank);
        if !fits {
            faults.add_with("/rank", FaultCode::OutOfRange, "0–1000000");
        }
        fits
    });
    let terms_from = faults.coming_day("/terms_from", terms_from, today);
    let terms = parse_terms(competence, allowances, terms_from.unwrap_or(today), &catalogue, faults);
    let questions = parse_questions(questions, faults);
    let values = name.zip(name_en).zip(group).zip(terms.zip(terms_from));
    let parsed = values.map(|(((name, name_en), group), (terms, terms_from))| Parsed {
        name,
        name_en,
        group,
        rank,
        terms,
        terms_from,
        questions,
    });
    (parsed, reason)
}

/// The field that a path names.
fn named<'a>(known: &'a [Versioned<Category>], path: &str) -> Result<&'a Versioned<Category>, Problem> {
    known.iter().find(|kept| kept.value.code.as_str() == path).ok_or_else(|| Problem::new(Code::NotFound))
}

/// The field with other terms from a day on; what was set for later days is dropped.
fn with_terms(field: &Category, from: NaiveDate, terms: Terms) -> (Terms, Vec<(NaiveDate, Terms)>) {
    if from <= field.validity.from {
        return (terms, Vec::new());
    }
    let mut later: Vec<_> = field.later_terms.iter().filter(|(day, _)| *day < from).cloned().collect();
    let before = later.last().map_or(&field.terms, |(_, terms)| terms);
    if *before != terms {
        later.push((from, terms));
    }
    (field.terms.clone(), later)
}

/// All fields, also those that can no longer be chosen, in the order of lists.
#[utoipa::path(
    operation_id = "kept_categories", tag = "admin", security(("bearer" = [])), extensions(("x-roles" = json!(["admin"]))),
    responses((status = 200, body = Whole<KeptCategoryView>), Guarded)
)]
#[get("/admin/categories")]
pub async fn list_kept_categories(app: Data<App>, _: Allowed<Admins>) -> Result<HttpResponse, Problem> {
    let fields = app.store.categories().await?;
    Ok(HttpResponse::Ok().json(Whole::new(fields.iter().map(KeptCategoryView::from).collect())))
}

/// A field, with the tag that a change of it names.
#[utoipa::path(
    operation_id = "kept_category", tag = "admin", security(("bearer" = [])), extensions(("x-roles" = json!(["admin"]))),
    params(("code" = String, Path, description = "The code of the field.", example = "chieu_sang")),
    responses(
        (status = 200, body = KeptCategoryView, headers(("ETag" = String, description = "Its version."))),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json", description = "There is no such field."),
        Guarded,
    )
)]
#[get("/admin/categories/{code}")]
pub async fn show_kept_category(
    app: Data<App>,
    _: Allowed<Admins>,
    code: Path<String>,
) -> Result<HttpResponse, Problem> {
    let fields = app.store.categories().await?;
    let kept = named(&fields, &code)?;
    Ok(tagged(HttpResponse::Ok(), kept, &KeptCategoryView::from(kept)))
}

/// Sets up a field. It can be chosen from `terms_from` on.
#[utoipa::path(
    operation_id = "create_category", tag = "admin", security(("bearer" = [])), request_body = NewCategoryBody,
    extensions(("x-roles" = json!(["admin"]))),
    responses(
        (status = 201, body = KeptCategoryView, headers(("ETag" = String, description = "Its version."))),
        (status = 409, body = ProblemDetails, content_type = "application/problem+json", description = "`code_taken`, `too_many`"),
        Guarded,
    )
)]
#[post("/admin/categories")]
pub async fn create_category(
    app: Data<App>,
    allowed: Allowed<Admins>,
    body: Body<NewCategoryBody>,
) -> Result<HttpResponse, Problem> {
    let NewCategoryBody { code, category } = body.value;
    let mut unit = app.store.begin().await?;
    let known = unit.categories_to_change().await?;
    let groups = unit.category_groups_to_change().await?;
    let groups: Vec<GroupCode> = groups.into_iter().map(|kept| kept.value.code).collect();
    let mut faults = Faults::default();
    let code = faults.required("/code", code);
    let code = code
        .and_then(|raw| CategoryCode::parse(&raw).inspect_err(|_| faults.add("/code", FaultCode::InvalidCode)).ok());
    let (parsed, reason) = parse(category, &app, &groups, &mut faults);
    let reason = faults.reason_if_given(reason);
    let (code, parsed) = faults.finish(code.zip(parsed))?;
    if known.iter().any(|kept| kept.value.code == code) {
        return Err(Problem::new(Code::CodeTaken));
    }
    if known.len() >= MOST_CATEGORIES {
        return Err(Problem::with(Code::TooMany, format!("max {MOST_CATEGORIES}")));
    }
    let Parsed { name, name_en, group, rank, terms, terms_from, questions } = parsed;
    let last = known.iter().map(|kept| kept.value.rank).max().unwrap_or(0);
    let rank = rank.unwrap_or_else(|| last.saturating_add(1));
    let validity = Validity { from: terms_from, to: None };
    let later_terms = Vec::new();
    let field =
        Versioned::first(Category { code, rank, name, name_en, group, terms, later_terms, questions, validity });
    unit.add_category(&field).await?;
    let view = KeptCategoryView::from(&field);
    let change = change_by(&allowed.caller, ChangeKind::Category, &field.value.code);
    made(&app, unit, change, (&field, &view), reason).await
}

/// Changes a field, whole. When it can be chosen is not changed here: see `close`.
#[utoipa::path(
    operation_id = "change_category", tag = "admin", security(("bearer" = [])), request_body = CategoryBody,
    extensions(("x-roles" = json!(["admin"]))),
    params(
        ("code" = String, Path, description = "The code of the field.", example = "chieu_sang"),
        ("If-Match" = String, Header, description = "The version that is to be changed, as `ETag` gave it."),
    ),
    responses(
        (status = 200, body = KeptCategoryView, headers(("ETag" = String, description = "Its version."))),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json", description = "There is no such field."),
        (status = 409, body = ProblemDetails, content_type = "application/problem+json", description = "`no_effect`"),
        (status = 412, body = ProblemDetails, content_type = "application/problem+json", description = "`stale_version`: `If-Match` names another version"),
        (status = 428, body = ProblemDetails, content_type = "application/problem+json", description = "`precondition_required`: without `If-Match`"),
        Guarded,
    )
)]
#[put("/admin/categories/{code}")]
pub async fn change_category(
    app: Data<App>,
    allowed: Allowed<Admins>,
    code: Path<String>,
    if_match: IfMatch,
    body: Body<CategoryBody>,
) -> Result<HttpResponse, Problem> {
    let if_match = if_match.required()?;
    let mut unit = app.store.begin().await?;
    let known = unit.categories_to_change().await?;
    let groups = unit.category_groups_to_change().await?;
    let groups: Vec<GroupCode> = groups.into_iter().map(|kept| kept.value.code).collect();
    let before = named(&known, &code)?;
    if_match.check(before.version)?;
    let mut faults = Faults::default();
    let (parsed, reason) = parse(body.value, &app, &groups, &mut faults);
    let reason = faults.reason(reason);
    let (parsed, reason) = faults.finish(parsed.zip(reason))?;
    let Parsed { name, name_en, group, rank, terms, terms_from, questions } = parsed;
    let old = &before.value;
    let (terms, later_terms) = with_terms(old, terms_from, terms);
    let (rank, validity) = (rank.unwrap_or(old.rank), old.validity);
    let code = old.code.clone();
    let field = Category { code, rank, name, name_en, group, terms, later_terms, questions, validity };
    if field == *old {
        return Err(Problem::new(Code::NoEffect));
    }
    let field = before.next(field);
    unit.set_category(&field).await?;
    let view = KeptCategoryView::from(&field);
    let change = change_by(&allowed.caller, ChangeKind::Category, &field.value.code);
    changed(&app, unit, change, &KeptCategoryView::from(before), (&field, &view), reason).await
}

/// Closes a field: from that day on it cannot be chosen. What is of it already goes on as it is.
#[utoipa::path(
    operation_id = "close_category", tag = "admin", security(("bearer" = [])), request_body = ClosingBody,
    extensions(("x-roles" = json!(["admin"]))),
    params(
        ("code" = String, Path, description = "The code of the field.", example = "chieu_sang"),
        ("If-Match" = String, Header, description = "The version that is to be changed, as `ETag` gave it."),
    ),
    responses(
        (status = 200, body = KeptCategoryView, headers(("ETag" = String, description = "Its version."))),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json", description = "There is no such field."),
        (status = 409, body = ProblemDetails, content_type = "application/problem+json", description = "`no_effect`: it is closed, or closes on that day"),
        (status = 412, body = ProblemDetails, content_type = "application/problem+json", description = "`stale_version`: `If-Match` names another version"),
        (status = 428, body = ProblemDetails, content_type = "application/problem+json", description = "`precondition_required`: without `If-Match`"),
        Guarded,
    )
)]
#[post("/admin/categories/{code}/close")]
pub async fn close_category(
    app: Data<App>,
    allowed: Allowed<Admins>,
    code: Path<String>,
    if_match: IfMatch,
    body: Body<ClosingBody>,
) -> Result<HttpResponse, Problem> {
    let if_match = if_match.required()?;
    let today = app.catalogue().catalogue.directory.day();
    let mut unit = app.store.begin().await?;
    let known = unit.categories_to_change().await?;
    let before = named(&known, &code)?;
    if_match.check(before.version)?;
    let ClosingBody { on, reason } = body.value;
    let (validity, reason) = parse_end(before.value.validity, on, reason, today)?;
    let field = before.next(Category { validity, ..before.value.clone() });
    unit.set_category(&field).await?;
    let view = KeptCategoryView::from(&field);
    let change = change_by(&allowed.caller, ChangeKind::Category, &field.value.code);
    changed(&app, unit, change, &KeptCategoryView::from(before), (&field, &view), reason).await
}

/// Takes a field away that no petition, rule or figure names; any other is closed instead.
#[utoipa::path(
    operation_id = "remove_category", tag = "admin", security(("bearer" = [])), extensions(("x-roles" = json!(["admin"]))),
    params(
        ("code" = String, Path, description = "The code of the field.", example = "chieu_sang"),
        ("If-Match" = String, Header, description = "The version that is to be removed, as `ETag` gave it."),
    ),
    responses(
        (status = 204, description = "It is gone."),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json", description = "There is no such field."),
        (status = 409, body = ProblemDetails, content_type = "application/problem+json", description = "`in_use`: close it instead"),
        (status = 412, body = ProblemDetails, content_type = "application/problem+json", description = "`stale_version`: `If-Match` names another version"),
        (status = 428, body = ProblemDetails, content_type = "application/problem+json", description = "`precondition_required`: without `If-Match`"),
        Guarded,
    )
)]
#[delete("/admin/categories/{code}")]
pub async fn remove_category(
    app: Data<App>,
    allowed: Allowed<Admins>,
    code: Path<String>,
    if_match: IfMatch,
) -> Result<HttpResponse, Problem> {
    let if_match = if_match.required()?;
    let mut unit = app.store.begin().await?;
    let known = unit.categories_to_change().await?;
    let before = named(&known, &code)?;
    if_match.check(before.version)?;
    if unit.category_is_in_use(&before.value.code).await? {
        return Err(Problem::with(Code::InUse, before.value.code.to_string()));
    }
    unit.remove_category(&before.value.code).await?;
    let change = change_by(&allowed.caller, ChangeKind::Category, &before.value.code);
    settle(&app, unit, &change.between(told(&KeptCategoryView::from(before))?, None)).await?;
    Ok(HttpResponse::NoContent().finish())
}
