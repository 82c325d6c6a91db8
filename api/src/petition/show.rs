//! `GET /api/v1/petitions/{code}` and `…/history`.

use actix_web::{
    HttpResponse, get,
    web::{Data, Path},
};
use domain::{
    account::Role,
    petition::{Event, Petition, PetitionCode, sees},
};
use persistence::{Dossier, Purpose, StoredPetition};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{Ref, RefOr, Schema, schema::AnyOfBuilder},
};

use super::{HistoryView, PetitionView, Reader, shown};
use crate::{
    answers::Open,
    app::App,
    auth::{Anyone, Caller},
    clock,
    language::Language,
    privacy::Seen,
    problem::{Code, Problem},
    public::{PublicPetitionView, PublicPetitions},
};

/// A petition for those whose it is (`PetitionView`), or as everybody sees it (`PublicPetitionView`), for the contract.
pub struct AnyPetitionView;

impl PartialSchema for AnyPetitionView {
    fn schema() -> RefOr<Schema> {
        // Any, not one: what is public of a petition may be all there is of it.
        let either = AnyOfBuilder::new()
            .item(Ref::from_schema_name("PetitionView"))
            .item(Ref::from_schema_name("PublicPetitionView"));
        either.description(Some("A petition for those whose it is, or as everybody sees it.")).into()
    }
}

impl ToSchema for AnyPetitionView {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((PetitionView::name().into_owned(), PetitionView::schema()));
        PetitionView::schemas(schemas);
        schemas.push((PublicPetitionView::name().into_owned(), PublicPetitionView::schema()));
        PublicPetitionView::schemas(schemas);
    }
}

/// The petition of that code, and who reads it if it is theirs to read: for all others it must be published.
pub(crate) async fn open(
    app: &App,
    who: Option<Caller>,
    code: &str,
) -> Result<(StoredPetition, Option<Caller>), Problem> {
    let stored = app.store.petition(&named(code)?).await?.ok_or_else(|| Problem::new(Code::NotFound))?;
    let reader = reader(app, who, &stored.petition)?;
    Ok((stored, reader))
}

fn named(code: &str) -> Result<PetitionCode, Problem> {
    PetitionCode::parse(code).map_err(|_| Problem::new(Code::NotFound))
}

/// Who reads it, if it is theirs to read.
fn reader(app: &App, who: Option<Caller>, petition: &Petition) -> Result<Option<Caller>, Problem> {
    let directory = &app.catalogue().catalogue.directory;
    let reader = who.filter(|caller| sees(petition, &caller.actor, directory));
    if reader.is_none() && petition.published.is_none() {
        return Err(Problem::new(Code::NotFound));
    }
    Ok(reader)
}

/// A petition: for who sent it, the agency that has it, and the coordinator; and as everybody sees it once it is published. Any other
/// does not exist.
#[utoipa::path(
    operation_id = "petition", tag = "petitions", security((), ("bearer" = [])),
    params(("code" = String, Path, description = "The public code.", example = "PAKN.20220831.000042")),
    responses(
        (status = 200, body = AnyPetitionView, headers(("ETag" = String,
            description = "For `If-None-Match`; for those whose petition it is it begins with the version, for `If-Match`."))),
        Open,
    )
)]
#[get("/petitions/{code}")]
pub async fn show_petition(
    app: Data<App>,
    Anyone(who): Anyone,
    language: Language,
    code: Path<String>,
) -> Result<HttpResponse, Problem> {
    let dossier = app.store.dossier(&named(&code)?).await?.ok_or_else(|| Problem::new(Code::NotFound))?;
    let Dossier { stored: StoredPetition { petition, .. }, beside } = dossier;
    match reader(&app, who, &petition)? {
        Some(caller) => shown(&app, &caller, language, &petition, Some(beside), HttpResponse::Ok()).await,
        None => {
            let published = PublicPetitions::of_one(&app.store, petition, beside).await?;
            let only = published.views(&app, language).into_iter().next();
            let (_, view) = only.ok_or_else(|| Problem::internal("no view of a petition"))?;
            Ok(HttpResponse::Ok().json(view))
        }
    }
}

/// Everything that happened to a petition, for whom it exists; of a published one everybody reads what happened, and the answers.
#[utoipa::path(
    operation_id = "petition_history", tag = "petitions", security((), ("bearer" = [])),
    params(("code" = String, Path, description = "The public code.")),
    responses((status = 200, body = HistoryView), Open)
)]
#[get("/petitions/{code}/history")]
pub async fn petition_history(
    app: Data<App>,
    Anyone(who): Anyone,
    language: Language,
    code: Path<String>,
) -> Result<HttpResponse, Problem> {
    let (stored, reader) = open(&app, who, &code).await?;
    let logged = app.store.history(stored.petition.id).await?;
    let words = app.store.words(&[stored.petition.id]).await?;
    if let Some(caller) = &reader {
        let seen = Seen { petition: stored.petition.id, subject: stored.petition.submitter, named: false };
        app.privacy.looks.note(caller, Purpose::History, [seen], clock::now())?;
    }
    let reader = match reader.map(|caller| caller.role) {
        None => Reader::Public,
        Some(Role::Citizen) => Reader::Sender,
        Some(Role::Officer | Role::Leader | Role::Coordinator | Role::Steering | Role::Admin) => Reader::Staff,
    };
    let events: Vec<Event> = logged.into_iter().map(|logged| logged.event).collect();
    Ok(HttpResponse::Ok().json(HistoryView::new(&events, &words, reader, &app.catalogue(), language)))
}
