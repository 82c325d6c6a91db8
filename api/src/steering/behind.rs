//! `GET /api/v1/rates/petitions`: the petitions behind a number.

use actix_web::{HttpResponse, get, web::Data};
use domain::{
    catalogue::Channel,
    code::{AgencyCode, CategoryCode, UnitCode},
    id::PetitionId,
    petition::{PetitionCode, RatingLevel},
    rate::{Bucket, Stage},
    time::Instant,
};
use persistence::{Behind, Counted, Page};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    asked::{Asked, PeriodView, RatesQuery, read_asked},
    files::Shape,
    list::{self, List},
};
use crate::{
    answers::Guarded,
    app::App,
    auth::{Allowed, RateReaders},
    field::Faults,
    language::Language,
    problem::{FaultCode, Problem},
    query::{Query, cursor},
};

/// Which count, and which page of its petitions.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct BucketQuery {
    /// A count by its name: `submitted`, `received`, `awaiting_citizen`, `answered`, `answered_on_time`, `rejected`, `reopened`,
    /// `pending_in_time`, `pending_overdue`, `rated`, `satisfied`, `acceptable`, `unsatisfied`.
    #[param(example = "pending_overdue")]
    bucket: Option<String>,
    /// How many, 1 to 100; 20 unless given.
    #[param(value_type = Option<u32>)]
    limit: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// A petition and how it is counted. Nothing personal.
#[derive(Debug, Serialize, ToSchema)]
pub struct CountedView {
    #[schema(value_type = String, example = "PAKN.20220822.003001")]
    code: PetitionCode,
    /// When it was sent.
    submitted_at: String,
    /// The agency that had it.
    #[schema(value_type = String)]
    agency: AgencyCode,
    /// The commune or district it is about.
    #[schema(value_type = Option<String>)]
    unit: Option<UnitCode>,
    /// The field it had.
    #[schema(value_type = Option<String>)]
    category: Option<CategoryCode>,
    #[schema(value_type = String)]
    channel: Channel,
    /// How it is counted.
    standing: StandingView,
}

/// How a petition is counted.
#[derive(Debug, Serialize, ToSchema)]
pub struct StandingView {
    /// The counts that part the petitions: the one it is in.
    #[schema(value_type = String, example = "pending_overdue")]
    stage: Bucket,
    /// Answered by the deadline; `null` unless answered.
    on_time: Option<bool>,
    /// Waiting for the citizen.
    awaiting_citizen: bool,
    /// Acknowledged at some time.
    received: bool,
    /// Reopened at some time.
    reopened: bool,
    /// What the citizen says of the answer.
    #[schema(value_type = Option<String>)]
    rating: Option<RatingLevel>,
    /// Since when it is counted so: an event, or a deadline that passed.
    since: String,
}

/// The petitions behind a count.
#[derive(Debug, Serialize, ToSchema)]
pub struct BehindView {
    /// The instant, exclusive.
    as_of: String,
    period: PeriodView,
    /// The count.
    #[schema(value_type = String)]
    bucket: Bucket,
    /// In the order they were sent.
    items: Vec<CountedView>,
    /// For the next page; `null` on the last.
    next_cursor: Option<String>,
}

impl From<Counted> for CountedView {
    fn from(counted: Counted) -> Self {
        let Counted { petition: _, code, submitted_at, heading, standing, since } = counted;
        let (stage, on_time, awaiting_citizen) = match standing.stage {
            Stage::Rejected => (Bucket::Rejected, None, false),
            Stage::AnsweredOnTime => (Bucket::Answered, Some(true), false),
            Stage::AnsweredLate => (Bucket::Answered, Some(false), false),
            Stage::PendingInTime => (Bucket::PendingInTime, None, false),
            Stage::PendingOverdue => (Bucket::PendingOverdue, None, false),
            Stage::AwaitingInTime => (Bucket::PendingInTime, None, true),
            Stage::AwaitingOverdue => (Bucket::PendingOverdue, None, true),
        };
        Self {
            code,
            submitted_at: submitted_at.to_local_rfc3339(),
            agency: heading.agency,
            unit: heading.unit,
            category: heading.category,
            channel: heading.channel,
            standing: StandingView {
                stage,
                on_time,
                awaiting_citizen,
                received: standing.received,
                reopened: standing.reopened,
                rating: standing.rating,
                since: since.to_local_rfc3339(),
            },
        }
    }
}

/// The count whose petitions are asked for.
pub(crate) fn read_bucket(raw: Option<&str>, faults: &mut Faults) -> Option<Bucket> {
    let Some(raw) = raw else {
        faults.add("/bucket", FaultCode::Required);
        return None;
    };
    faults.word("/bucket", raw, Bucket::parse, Bucket::ALL, Bucket::as_str)
}

/// The petition that a page comes after, and when it was sent.
pub(crate) fn read_place(raw: Option<&str>, faults: &mut Faults) -> Option<(Instant, PetitionId)> {
    let (sent, id) = faults.cursor(raw)?;
    let sent = Instant::from_micros(sent);
    if sent.is_none() {
        faults.add("/cursor", FaultCode::InvalidCursor);
    }
    sent.zip(Some(id))
}

/// A page of petitions, and the cursor of the next where there is one.
pub(crate) async fn page_behind(
    app: &App,
    behind: Behind<'_>,
    page: Page<(Instant, PetitionId)>,
) -> Result<(Vec<Counted>, Option<String>), Problem> {
    let (catalogue, snapshot) = (app.catalogue(), app.store.snapshot().await?);
    let one_more = Page { limit: page.limit + 1, ..page };
    let mut counted = snapshot.petitions_behind(behind, &catalogue.catalogue.directory, one_more).await?;
    let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
    let more = counted.len() > limit;
    counted.truncate(limit);
    let next = counted.last().filter(|_| more).map(|last| cursor(last.submitted_at.micros(), last.petition));
    Ok((counted, next))
}

/// The petitions that a count counts: all pages together are as many as `GET /api/v1/rates` says for the same question, so that
/// a number can be checked one by one. For one of its groups, give the group's key as filters (a month as `from` and `to`).
/// `Accept: text/csv` or that of XLSX gives a file with all of them, whatever `limit` says.
#[utoipa::path(
    operation_id = "rates_petitions", tag = "steering", security(("bearer" = [])), params(RatesQuery, BucketQuery),
    extensions(("x-roles" = json!(["steering", "officer", "leader", "coordinator", "admin"]))),
    responses(
        (status = 200, content((BehindView = "application/json"), (String = "text/csv"),
            (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"))),
        Guarded,
    )
)]
#[get("/rates/petitions")]
pub async fn petitions_behind(
    app: Data<App>,
    _: Allowed<RateReaders>,
    language: Language,
    shape: Shape,
    Query(query): Query<RatesQuery>,
    Query(page): Query<BucketQuery>,
) -> Result<HttpResponse, Problem> {
    let catalogue = app.catalogue();
    let mut faults = Faults::default();
    let asked = read_asked(&query, &catalogue, &mut faults);
    let bucket = read_bucket(page.bucket.as_deref(), &mut faults);
    let limit = faults.limit(page.limit.as_deref());
    let after = read_place(page.cursor.as_deref(), &mut faults);
    let (Asked { question, as_of, .. }, bucket) = faults.finish(asked.zip(bucket))?;
    match shape {
        Shape::Json => {}
        Shape::Csv => return list::csv(List { app, language, question, as_of, bucket }),
        Shape::Xlsx => return list::xlsx(List { app, language, question, as_of, bucket }).await,
    }
    let behind = Behind { question: &question, as_of, bucket };
    let (counted, next_cursor) = page_behind(&app, behind, Page { after, limit }).await?;
    Ok(HttpResponse::Ok().json(BehindView {
        as_of: as_of.to_local_rfc3339(),
        period: PeriodView::from(&question),
        bucket,
        items: counted.into_iter().map(CountedView::from).collect(),
        next_cursor,
    }))
}
