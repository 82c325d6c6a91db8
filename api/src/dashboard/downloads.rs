//! `GET /dashboard/rates.csv` and `…/rates.xlsx`: what the page shows, as the files of `GET /api/v1/rates`.

use actix_web::{
    HttpRequest, HttpResponse, get,
    web::{Data, Path},
};
use domain::rate::Dimension;

use super::{
    chosen::{Address, Chosen},
    session::Reader,
};
use crate::{
    app::App,
    clock,
    language::Language,
    problem::{Code, Problem},
    query::Query,
    steering::{self, Asked, Shape},
};

/// The form that a file's name asks for.
///
/// # Errors
/// [`Code::NotFound`] for any other.
pub fn shape(ending: &str) -> Result<Shape, Problem> {
    match ending {
        "csv" => Ok(Shape::Csv),
        "xlsx" => Ok(Shape::Xlsx),
        _ => Err(Problem::new(Code::NotFound)),
    }
}

/// The figures by level and agency.
#[get("/rates.{ending}")]
pub async fn rates(
    app: Data<App>,
    request: HttpRequest,
    _: Reader,
    ending: Path<String>,
    Query(address): Query<Address>,
) -> Result<HttpResponse, Problem> {
    let shape = shape(&ending)?;
    let chosen = Chosen::read(&address, &app.catalogue(), clock::now())?;
    let chosen = chosen.ok_or_else(|| Problem::new(Code::NotFound))?;
    let asked = Asked {
        question: chosen.question(&[Dimension::Level, Dimension::Agency]),
        as_of: chosen.as_of,
        definition: chosen.target.definition,
    };
    steering::rates_answer(&app, Language::of_page(&request), shape, asked).await
}
