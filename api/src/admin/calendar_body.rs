//! A year of the calendar as it comes: JSON, or the CSV that an office has anyway.

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use futures_util::future::LocalBoxFuture;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    body::{Body, RawBody, essence},
    field::{Field, Object},
    problem::{Code, Problem},
    query::Query,
};

/// A day that is not what its weekday says.
#[derive(Debug, Deserialize, ToSchema)]
pub struct CalendarDayBody {
    /// The day, of that year.
    #[serde(default)]
    #[schema(value_type = String, format = Date, example = "2028-01-01")]
    pub(super) date: Field<String>,
    /// What people call it.
    #[serde(default)]
    #[schema(value_type = String, max_length = 200, example = "Tết Dương lịch")]
    pub(super) name: Field<String>,
    /// `holiday`, `compensation`, `swap_off` or `makeup_workday`.
    #[serde(default)]
    #[schema(value_type = String, example = "holiday")]
    pub(super) kind: Field<String>,
    /// Where that is written.
    #[serde(default)]
    #[schema(value_type = String, max_length = 10000, example = "Thông báo số 6150/TB-BLĐTBXH")]
    pub(super) source: Field<String>,
    /// How well it is known: `observed` (unless given), `secondary_source` or `projected`.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "observed")]
    pub(super) status: Field<String>,
}

/// A year, whole.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub struct CalendarBody {
    /// `confirmed`: deadlines may rest on it; or `projected`.
    #[serde(default)]
    #[schema(value_type = String, example = "confirmed")]
    pub(super) status: Field<String>,
    /// The days that are not what their weekday says.
    #[serde(default)]
    #[schema(value_type = Vec<CalendarDayBody>)]
    pub(super) days: Field<Vec<Field<Object<CalendarDayBody>>>>,
    /// Why.
    #[serde(default)]
    #[schema(value_type = String, max_length = 10000)]
    pub(super) reason: Field<String>,
}

/// What a CSV does not say of its year.
#[derive(Debug, Deserialize)]
struct BesideTheFile {
    status: Option<String>,
    reason: Option<String>,
}

/// A year of either form.
#[derive(Debug)]
pub struct GivenYear(pub(super) CalendarBody);

impl FromRequest for GivenYear {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, mut payload) = (request.clone(), payload.take());
        Box::pin(async move {
            if essence(&request) != "text/csv" {
                let body = Body::<CalendarBody>::from_request(&request, &mut payload).await?;
                return Ok(Self(body.value));
            }
            let Query(BesideTheFile { status, reason }) = Query::from_request(&request, &mut payload).await?;
            let RawBody { bytes, .. } = RawBody::from_request(&request, &mut payload).await?;
            let said = |text: Option<String>| text.map_or(Field::Absent, Field::Given);
            let days = Field::Given(rows(&bytes)?);
            Ok(Self(CalendarBody { status: said(status), days, reason: said(reason) }))
        })
    }
}

/// The rows of a CSV, each as if it had come as JSON; an empty cell is an absent field.
fn rows(bytes: &[u8]) -> Result<Vec<Field<Object<CalendarDayBody>>>, Problem> {
    let malformed = |problem: String| Problem::with(Code::MalformedRequest, problem);
    // Excel begins a file with it.
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(bytes);
    let columns = reader.headers().map_err(|error| malformed(error.to_string()))?.clone();
    let find = |name: &str| columns.iter().position(|column| column.eq_ignore_ascii_case(name));
    let needed = |name: &str| find(name).ok_or_else(|| malformed(format!("no column {name}")));
    let (date, name, kind, source) = (needed("date")?, needed("name")?, needed("kind")?, needed("source")?);
    let status = find("status");
    let mut rows = Vec::new();
    for record in reader.into_records() {
        let record = record.map_err(|error| malformed(error.to_string()))?;
        let cell = |column: usize| match record.get(column) {
            None | Some("") => Field::Absent,
            Some(text) => Field::Given(text.to_owned()),
        };
        rows.push(Field::Given(Object(CalendarDayBody {
            date: cell(date),
            name: cell(name),
            kind: cell(kind),
            source: cell(source),
            status: status.map_or(Field::Absent, cell),
        })));
    }
    Ok(rows)
}
