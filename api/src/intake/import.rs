//! `POST /api/v1/intake/petitions/import`: a table of petitions, as a CSV file.
//!
//! Every line stands for itself: what is wrong with one stops no other, and what was entered before is named and not entered again. So a
//! file that was cut off, or of which some lines were mended, is sent again whole.

use std::collections::HashMap;

use actix_web::{HttpResponse, post, web::Data};
use chrono::NaiveDateTime;
use domain::{
    chain::Digest,
    petition::{Petition, PetitionCode},
    time::Instant,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    enter::ENTERED,
    entry::{SenderBody, entering, known_item, note_came},
};
use crate::{
    answers::Guarded,
    app::App,
    auth::{Allowed, Caller, Coordinators},
    body::RawBody,
    field::{Faults, Field, Object},
    files::GivenUploads,
    language::Language,
    petition::{LocationBody, RequestKey, SubmissionBody, parse, record},
    problem::{Code, FaultCode, FieldError, Problem, ProblemDetails},
};

/// The most lines of a file: each is a transaction, and all of them must fit into the time of one request.
const MAX_LINES: usize = 1_000;

/// The columns, in the order of the documentation; those that must be there come first.
const COLUMNS: [&str; 14] = [
    "category",
    "title",
    "content",
    "channel",
    "received_at",
    "source",
    "reference",
    "unit",
    "lat",
    "lon",
    "address",
    "sender_name",
    "sender_phone",
    "hide_identity",
];
const NEEDED: usize = 7;

/// What became of a line.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LineOutcome {
    /// It is a petition now.
    Created,
    /// It was one before.
    Existing,
    /// It is none: `errors` says why.
    Refused,
}

/// A line of the file.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportedLine {
    /// Where it begins in the file; the headings stand in line 1.
    line: u64,
    /// As the line has it; `null` where it cannot be read.
    reference: Option<String>,
    /// What became of it.
    result: LineOutcome,
    /// The petition.
    #[schema(value_type = Option<String>, example = "PAKN.20220831.000042")]
    code: Option<PetitionCode>,
    /// What is wrong with it, by column.
    errors: Vec<FieldError>,
}

/// What became of a file.
#[derive(Debug, Serialize, ToSchema)]
pub struct Imported {
    /// How many lines became petitions.
    created: usize,
    /// How many were petitions before.
    existing: usize,
    /// How many were refused.
    refused: usize,
    /// All lines, in their order.
    lines: Vec<ImportedLine>,
}

/// Enters many petitions that came another way, from a CSV file: UTF-8 with or without a byte order mark, commas or (as a Vietnamese Excel
/// writes) semicolons, at most 1,000 lines and 2 MiB. Columns, in any order: `category`, `title`, `content`, `channel`, `received_at`,
/// `source`, `reference`; and as far as known `unit` or `lat` and `lon` with `address`, `sender_name`, `sender_phone`, `hide_identity`. Each
/// line stands for itself; a file that is sent again gives the same petitions.
#[utoipa::path(
    operation_id = "import_petitions", tag = "intake", security(("bearer" = [])),
    request_body(content = String, content_type = "text/csv", description = "The file."),
    extensions(("x-roles" = json!(["coordinator"]))),
    responses(
        Guarded,
        (status = 200, body = Imported, description = "What became of each line."),
        (status = 415, body = ProblemDetails, content_type = "application/problem+json", description = "`unsupported_media_type`"),
        (status = 422, body = ProblemDetails, content_type = "application/problem+json",
            description = "`invalid_input`: a column is missing, unknown or there twice, or the file has too many lines. Nothing was entered."),
    )
)]
#[post("/intake/petitions/import")]
pub async fn import_petitions(
    app: Data<App>,
    allowed: Allowed<Coordinators>,
    language: Language,
    body: RawBody,
) -> Result<HttpResponse, Problem> {
    if body.essence != "text/csv" {
        return Err(Problem::with(Code::UnsupportedMediaType, "text/csv"));
    }
    let (columns, records) = read(&body.bytes)?;
    let mut imported = Imported { created: 0, existing: 0, refused: 0, lines: Vec::new() };
    for record in records {
        let line = record.position().map_or(0, csv::Position::line);
        let row = columns.row(&record);
        let reference = row.as_ref().ok().and_then(|row| row.text("reference")).map(str::to_owned);
        let entered = match row {
            Ok(row) => enter(&app, &allowed.caller, &row).await,
            Err(code) => Err(Problem::fault("", code)),
        };
        let (result, code, errors) = match entered {
            Ok((petition, true)) => (LineOutcome::Created, Some(petition.code), Vec::new()),
            Ok((petition, false)) => (LineOutcome::Existing, Some(petition.code), Vec::new()),
            Err(problem) if !problem.faults.is_empty() => (
                LineOutcome::Refused,
                None,
                problem.faults.iter().map(|fault| FieldError::of(fault, language)).collect(),
            ),
            // A database that is away is no fault of the line: what was entered stays, and the file is sent again.
            Err(problem) => return Err(problem),
        };
        *match result {
            LineOutcome::Created => &mut imported.created,
            LineOutcome::Existing => &mut imported.existing,
            LineOutcome::Refused => &mut imported.refused,
        } += 1;
        imported.lines.push(ImportedLine { line, reference, result, code, errors });
    }
    Ok(HttpResponse::Ok().json(imported))
}

/// Which column stands where.
struct Columns(HashMap<&'static str, usize>);

/// A line of the file, by its columns.
struct Row<'a>(HashMap<&'static str, &'a str>);

/// The lines of a file, or what keeps all of it from being read. Nothing is entered before all lines are counted.
fn read(bytes: &[u8]) -> Result<(Columns, Vec<csv::ByteRecord>), Problem> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    // So that a line has its number however lines end; in a text both ends are the same.
    let bytes = &one_line_end(bytes);
    let head = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let delimiter = if head.contains(&b';') && !head.contains(&b',') { b';' } else { b',' };
    let mut reader = csv::ReaderBuilder::new().flexible(true).delimiter(delimiter).from_reader(bytes.as_slice());
    let unreadable = |error: csv::Error| Problem::with(Code::MalformedRequest, error.to_string());
    let columns = Columns::of(reader.byte_headers().map_err(unreadable)?)?;
    let mut records = Vec::new();
    for record in reader.into_byte_records() {
        if records.len() == MAX_LINES {
            let mut faults = Faults::default();
            faults.add_with("", FaultCode::TooManyItems, format!("max {MAX_LINES}"));
            return faults.finish(None);
        }
        records.push(record.map_err(unreadable)?);
    }
    Ok((columns, records))
}

/// With `\n` alone at the end of a line.
fn one_line_end(bytes: &[u8]) -> Vec<u8> {
    let followed = bytes.iter().zip(bytes.iter().skip(1).map(Some).chain([None]));
    followed.filter(|pair| *pair != (&b'\r', Some(&b'\n'))).map(|(byte, _)| *byte).collect()
}

impl Columns {
    fn of(headings: &csv::ByteRecord) -> Result<Self, Problem> {
        let (mut faults, mut found) = (Faults::default(), HashMap::new());
        for (place, heading) in headings.iter().enumerate() {
            let heading = String::from_utf8_lossy(heading).trim().to_ascii_lowercase();
            match COLUMNS.iter().find(|known| **known == heading) {
                None => faults.unknown(&format!("/{heading}"), FaultCode::UnknownField, &heading, &COLUMNS),
                Some(known) if found.insert(*known, place).is_some() => {
                    faults.add(format!("/{known}"), FaultCode::Repeated);
                }
                Some(_) => {}
            }
        }
        for needed in COLUMNS.iter().take(NEEDED).filter(|needed| !found.contains_key(**needed)) {
            faults.add(format!("/{needed}"), FaultCode::Required);
        }
        faults.finish(Some(Self(found)))
    }

    /// A line, or what keeps it from being read. A field too many is most often an unquoted comma, and what stands behind it is in the wrong
    /// column; so is what stands in a line that ends early.
    fn row<'a>(&self, record: &'a csv::ByteRecord) -> Result<Row<'a>, FaultCode> {
        if record.len() != self.0.len() {
            return Err(FaultCode::WrongFieldCount);
        }
        let mut row = HashMap::new();
        for (column, place) in &self.0 {
            let field = record.get(*place).unwrap_or_default();
            let field = std::str::from_utf8(field).map_err(|_| FaultCode::NotUtf8)?;
            row.insert(*column, field);
        }
        Ok(Row(row))
    }
}

impl Row<'_> {
    /// What stands in a column; an empty field is none.
    fn text(&self, column: &str) -> Option<&str> {
        self.0.get(column).copied().filter(|text| !text.trim().is_empty())
    }

    fn field(&self, column: &str) -> Field<String> {
        self.text(column).map_or(Field::Absent, |text| Field::Given(text.to_owned()))
    }

    fn number(&self, column: &str) -> Field<f64> {
        // A Vietnamese Excel writes 21,1875.
        let parsed = self.text(column).map(|text| text.trim().replace(',', ".").parse::<f64>());
        parsed.map_or(Field::Absent, |number| number.map_or(Field::WrongType, Field::Given))
    }

    fn flag(&self, column: &str) -> Field<bool> {
        match self.text(column).map(|text| text.trim().to_ascii_lowercase()).as_deref() {
            None => Field::Absent,
            Some("true" | "1") => Field::Given(true),
            Some("false" | "0") => Field::Given(false),
            Some(_) => Field::WrongType,
        }
    }

    /// RFC 3339 or a date, as everywhere; and `2022-08-15 09:30[:00]` in the time of Việt Nam, as our own files and spreadsheets have it.
    fn instant(&self, faults: &mut Faults) -> Option<Instant> {
        let raw = faults.required("/received_at", self.field("received_at"))?;
        let raw = raw.trim();
        let local = ["%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M"];
        let local = local.iter().find_map(|form| NaiveDateTime::parse_from_str(raw, form).ok());
        local.map(|at| Instant::from_local(at.date(), at.time())).or_else(|| faults.instant("/received_at", Some(raw)))
    }

    fn submission(&self) -> SubmissionBody {
        let placed = ["lat", "lon", "address"].iter().any(|column| self.text(column).is_some());
        let location = LocationBody {
            lat: self.number("lat"),
            lon: self.number("lon"),
            address: self.field("address"),
            accuracy_m: Field::Absent,
        };
        SubmissionBody {
            category: self.field("category"),
            title: self.field("title"),
            content: self.field("content"),
            location: if placed { Field::Given(Object(location)) } else { Field::Absent },
            unit: self.field("unit"),
            attributes: Field::Absent,
            attachments: Field::Absent,
            hide_identity: self.flag("hide_identity"),
            channel: self.field("channel"),
        }
    }
}

async fn enter(app: &App, caller: &Caller, row: &Row<'_>) -> Result<(Petition, bool), Problem> {
    let mut faults = Faults::default();
    let received_at = row.instant(&mut faults);
    let sender = SenderBody { full_name: row.field("sender_name"), phone: row.field("sender_phone") };
    let reference = row.field("reference");
    if reference == Field::Absent {
        // Without one a file that is sent twice would be twice as many petitions.
        faults.add("/reference", FaultCode::Required);
    }
    let came = note_came(&mut faults, row.field("source"), reference, received_at, Field::Given(Object(sender)));
    if let Some(came) = &came
        && let Some(petition) = known_item(app, &came.source, came.reference.as_deref()).await?
    {
        return Ok((petition, false));
    }
    let parsed = parse(&mut faults, row.submission(), GivenUploads::none(), ENTERED, &app.catalogue())?;
    let (parsed, came) = faults.finish(parsed.zip(came))?;
    let entering = entering(app, came).await?;
    record(app, caller, &RequestKey::none(), &Digest::ZERO, parsed, entering).await
}
