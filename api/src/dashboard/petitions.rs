//! `GET /dashboard/petitions`: the petitions behind a number of the page, and as a file.

use actix_web::{
    HttpRequest, HttpResponse, get,
    http::StatusCode,
    web::{Data, Path},
};
use domain::{
    code::AgencyCode,
    id::PetitionId,
    rate::{Bucket, Question},
    time::Instant,
};
use maud::html;
use persistence::{Behind, CatalogueDay, Page as Stretch};
use serde::{Deserialize, Serialize};

use super::{
    chosen::{Address, Chosen},
    downloads::shape,
    page::Page,
    session::Reader,
};
use crate::{
    app::App,
    clock,
    field::Faults,
    language::Language,
    problem::{Code, Problem},
    query::Query,
    steering::{self, Cell, Kind, List, Shape, bucket_name, named, page_behind, read_bucket, read_place, row, table},
};

/// How many petitions a page lists.
const AT_ONCE: u64 = 100;

/// Which petitions, beside what the page is about.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Narrowed {
    #[serde(skip_serializing_if = "Option::is_none")]
    bucket: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    agency: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cursor: Option<String>,
}

impl Narrowed {
    fn after(&self, cursor: &str) -> Self {
        Self { cursor: Some(cursor.to_owned()), ..self.clone() }
    }

    fn whole(&self) -> Self {
        Self { cursor: None, ..self.clone() }
    }

    fn query(&self, address: &Address) -> String {
        format!("{}&{}", address.query(), serde_urlencoded::to_string(self).unwrap_or_default())
    }
}

/// What is listed.
struct Listed {
    chosen: Chosen,
    bucket: Bucket,
    agencies: Vec<AgencyCode>,
    after: Option<(Instant, PetitionId)>,
}

impl Listed {
    fn read(address: &Address, narrowed: &Narrowed, catalogue: &CatalogueDay) -> Result<Self, Problem> {
        let chosen = Chosen::read(address, catalogue, clock::now())?.ok_or_else(|| Problem::new(Code::NotFound))?;
        let mut faults = Faults::default();
        let bucket = read_bucket(narrowed.bucket.as_deref(), &mut faults);
        let agencies = faults.agencies(narrowed.agency.as_deref(), catalogue);
        let after = read_place(narrowed.cursor.as_deref(), &mut faults);
        let bucket = faults.finish(bucket)?;
        Ok(Self { chosen, bucket, agencies, after })
    }

    fn question(&self) -> Question {
        let mut question = self.chosen.question(&[]);
        question.filter.agencies.clone_from(&self.agencies);
        question
    }
}

/// A page of them.
#[get("/petitions")]
pub async fn browse(
    app: Data<App>,
    request: HttpRequest,
    reader: Reader,
    Query(address): Query<Address>,
    Query(narrowed): Query<Narrowed>,
) -> Result<HttpResponse, Problem> {
    let (language, catalogue) = (Language::of_page(&request), app.catalogue());
    let listed = Listed::read(&address, &narrowed, &catalogue)?;
    let question = listed.question();
    let behind = Behind { question: &question, as_of: listed.chosen.as_of, bucket: listed.bucket };
    let (counted, next) = page_behind(&app, behind, Stretch { after: listed.after, limit: AT_ONCE }).await?;
    let title = bucket_name(listed.bucket, language);
    let page = Page {
        reader: Some(&reader),
        other_language: Some(format!(
            "/dashboard/petitions?{}",
            narrowed.query(&address.in_language(language.other()))
        )),
        ..Page::plain(language, title)
    };
    let main = named(&catalogue, language, |names| {
        let columns = table(&names);
        let agencies: Vec<String> = listed.agencies.iter().map(|code| names.agency_name(code)).collect();
        html! {
            p { a href={ "/dashboard?" (address.query()) } { (language.choose("← Về trang số liệu", "← To the figures")) } }
            h1 { (title) }
            p .lead {
                (language.before(listed.chosen.as_of))
                @if !agencies.is_empty() { " · " (agencies.join(", ")) }
            }
            @if counted.is_empty() {
                p .nothing { (language.choose("Không có phản ánh nào.", "There is no petition.")) }
            } @else {
                div .scroll tabindex="0" role="group" aria-label=(title) {
                    table .list {
                        caption .hidden { (title) }
                        thead { tr { @for column in columns.columns.iter().filter(|column| is_shown(column.kind)) { th scope="col" { (column.heading) } } } }
                        tbody {
                            @for counted in &counted {
                                tr {
                                    th scope="row" { (counted.code) }
                                    @for (column, cell) in columns.columns.iter().zip(row(counted, &names)).filter(|(column, _)| is_shown(column.kind)) {
                                        td class=(if column.kind == Kind::Instant { "instant" } else { "words" }) { (told(&cell, language)) }
                                    }
                                }
                            }
                        }
                    }
                }
            }
            p .downloads {
                @if let Some(next) = &next {
                    a href={ "/dashboard/petitions?" (narrowed.after(next).query(&address)) } { (language.choose("Trang sau", "Next page")) }
                    " · "
                }
                @for ending in ["csv", "xlsx"] {
                    a href={ "/dashboard/petitions." (ending) "?" (narrowed.whole().query(&address.in_language(language))) } {
                        (language.choose("Tải tất cả: ", "Download all: ")) (ending.to_uppercase())
                    }
                    " "
                }
            }
        }
    });
    Ok(page.around(StatusCode::OK, &main))
}

/// The codes stand in the files; on the page the names say enough.
fn is_shown(kind: Kind) -> bool {
    match kind {
        Kind::Name | Kind::Instant => true,
        Kind::Code | Kind::Count | Kind::Share => false,
    }
}

fn told(cell: &Cell, language: Language) -> String {
    match cell {
        Cell::Text(text) => text.clone(),
        Cell::Count(count) => language.count(*count),
        Cell::Net(net) => net.to_string(),
        Cell::Share(share) => language.share(*share),
        Cell::Instant(instant) => language.moment(*instant),
        Cell::Empty => String::new(),
    }
}

/// All of them, as a file.
#[get("/petitions.{ending}")]
pub async fn download(
    app: Data<App>,
    request: HttpRequest,
    _: Reader,
    ending: Path<String>,
    Query(address): Query<Address>,
    Query(narrowed): Query<Narrowed>,
) -> Result<HttpResponse, Problem> {
    let shape = shape(&ending)?;
    let listed = Listed::read(&address, &narrowed, &app.catalogue())?;
    let (question, as_of, bucket) = (listed.question(), listed.chosen.as_of, listed.bucket);
    let list = List { app, language: Language::of_page(&request), question, as_of, bucket };
    match shape {
        Shape::Csv => steering::csv(list),
        Shape::Xlsx | Shape::Json => steering::xlsx(list).await,
    }
}
