//! `GET /dashboard`: the page.

use actix_web::{HttpRequest, HttpResponse, get, http::StatusCode, web::Data};
use maud::{Markup, html};
use persistence::CatalogueDay;

use super::{
    chosen::{Address, Chosen, in_force},
    page::Page,
    parts::{self, Shown},
    reading::Reading,
    session::Reader,
};
use crate::{app::App, clock, language::Language, problem::Problem, query::Query, steering::named};

/// The figures at an instant. After a mistake in its address it says what is wrong and shows no figures: those of another instant
/// could be taken for the ones that were asked for.
#[get("")]
pub async fn figures(
    app: Data<App>,
    request: HttpRequest,
    reader: Reader,
    Query(address): Query<Address>,
) -> Result<HttpResponse, Problem> {
    let (language, catalogue, now) = (Language::of_page(&request), app.catalogue(), clock::now());
    let title = language.choose("Số liệu phản ánh, kiến nghị", "Figures of petitions");
    let page = Page {
        reader: Some(&reader),
        other_language: Some(format!("/dashboard?{}", address.in_language(language.other()).query())),
        ..Page::plain(language, title)
    };
    let controls = |chosen: Option<&Chosen>, problem: Option<&Problem>| {
        let targets = in_force(&catalogue, chosen.map_or(now, |chosen| chosen.as_of));
        parts::controls(&targets, &address, chosen, problem, now, language)
    };
    let (status, inside) = match Chosen::read(&address, &catalogue, now) {
        Err(problem) => (problem.code.status(), controls(None, Some(&problem))),
        Ok(None) => (
            StatusCode::OK,
            html! { p .nothing { (language.choose("Chưa có chỉ tiêu nào.", "There is no target yet.")) } },
        ),
        Ok(Some(chosen)) => {
            let reading = Reading::of(&app, &catalogue, &chosen).await?;
            let controls = controls(Some(&chosen), None);
            (StatusCode::OK, whole(&catalogue, &address, &chosen, &reading, &controls, language))
        }
    };
    Ok(page.around(status, &html! { h1 { (title) } (inside) }))
}

fn whole(
    catalogue: &CatalogueDay,
    address: &Address,
    chosen: &Chosen,
    reading: &Reading,
    controls: &Markup,
    language: Language,
) -> Markup {
    named(catalogue, language, |names| {
        let shown = Shown { language, names, catalogue, address, chosen, reading };
        html! {
            (controls)
            div .overview { (parts::headline(&shown)) (parts::steps(&shown)) }
            (parts::curve(&shown))
            (parts::ranking(&shown))
            div .side-by-side {
                div .column { (parts::map(&shown)) (parts::satisfaction(&shown)) }
                (parts::fields(&shown))
            }
            (parts::lateness(&shown))
            (parts::downloads(&shown))
            (parts::printed(&shown))
        }
    })
}
