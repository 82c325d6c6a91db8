//! In which form an answer is wanted, and how a file is given.

use actix_web::{
    FromRequest, HttpRequest, HttpResponse,
    dev::Payload,
    http::header::{Accept, Header},
    web,
};
use domain::{
    code::{AgencyCode, CategoryCode, UnitCode},
    time::Instant,
};
use persistence::CatalogueDay;

use super::{Book, CSV, Names, XLSX, csv, xlsx};
use crate::{
    app::{App, unit_on},
    language::Language,
    problem::Problem,
};

/// The form of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// JSON, unless asked otherwise.
    Json,
    /// CSV.
    Csv,
    /// XLSX.
    Xlsx,
}

/// `Accept` says which; JSON wherever it names neither file.
impl FromRequest for Shape {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let accepted = Accept::parse(request).map(|accept| accept.0).unwrap_or_default();
        let best = accepted.iter().filter_map(|one| Some((Self::of(one.item.essence_str())?, one.quality)));
        // Of equal ones the first.
        let best = best.reduce(|best, next| if next.1 > best.1 { next } else { best });
        std::future::ready(Ok(best.map_or(Self::Json, |(shape, _)| shape)))
    }
}

impl Shape {
    fn of(media_type: &str) -> Option<Self> {
        match media_type {
            "text/csv" => Some(Self::Csv),
            XLSX => Some(Self::Xlsx),
            "application/json" | "*/*" | "application/*" => Some(Self::Json),
            _ => None,
        }
    }
}

/// Names for a file, in a language, from the catalogue.
pub fn named<T>(catalogue: &CatalogueDay, language: Language, say: impl FnOnce(Names<'_>) -> T) -> T {
    let today = catalogue.catalogue.directory.day();
    let agency = |code: &AgencyCode| {
        let agency = catalogue.catalogue.directory.agency(code)?;
        Some((agency.name.clone(), agency.level))
    };
    let unit = |code: &UnitCode| Some(unit_on(catalogue, code, today)?.name.clone());
    let category = |code: &CategoryCode| {
        let category = catalogue.catalogue.category(code)?;
        Some(language.choose(&category.name, &category.name_en).to_owned())
    };
    say(Names { language, agency: &agency, unit: &unit, category: &category })
}

/// A book as a file; `as_of` decides its bytes, so the same question gives the same file.
pub async fn file(book: Book, shape: Shape, as_of: Instant, name: &str, app: &App) -> Result<HttpResponse, Problem> {
    let folder = app.data_dir.clone();
    let written = web::block(move || match shape {
        Shape::Csv => csv(&book),
        Shape::Xlsx | Shape::Json => xlsx(&book, as_of, &folder),
    });
    let bytes = written.await.map_err(Problem::internal)?.map_err(Problem::internal)?;
    Ok(headers(shape, name).body(bytes))
}

/// The answer that a file is given with.
pub fn headers(shape: Shape, name: &str) -> actix_web::HttpResponseBuilder {
    let (media_type, ending) = match shape {
        Shape::Csv => (CSV, "csv"),
        Shape::Xlsx | Shape::Json => (XLSX, "xlsx"),
    };
    let mut response = HttpResponse::Ok();
    response.insert_header(("content-type", media_type));
    response.insert_header(("content-disposition", format!("attachment; filename=\"{name}.{ending}\"")));
    response.insert_header(("vary", "accept, accept-language"));
    response
}
