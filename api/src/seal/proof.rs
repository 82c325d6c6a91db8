//! `GET /api/v1/petitions/{code}/proof`.

use actix_web::{
    HttpResponse, get,
    web::{Data, Path},
};
use domain::{seal::Seal, time::Instant};
use serde::Deserialize;
use utoipa::IntoParams;

use super::view::ProofView;
use crate::{
    answers::Open,
    app::App,
    auth::Anyone,
    clock,
    field::Faults,
    language::Language,
    petition::open,
    problem::{Code, FaultCode, Problem, ProblemDetails},
    query::Query,
};

/// In which seal.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ProofQuery {
    /// The number of the seal; the newest unless given.
    #[param(value_type = Option<u64>)]
    seal: Option<String>,
}

/// The proof that a petition, with all that had happened to it by then, is in a seal: for whom its history is to read. `not_sealed`
/// says when one that is new will be.
#[utoipa::path(
    operation_id = "petition_proof", tag = "seals", security((), ("bearer" = [])),
    params(("code" = String, Path, description = "The public code."), ProofQuery),
    responses(
        Open,
        (status = 200, body = ProofView),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json",
            description = "`not_found`: there is no such petition, or not for this caller; `not_sealed`: it is in no seal yet, or not in that one"),
        (status = 422, body = ProblemDetails, content_type = "application/problem+json", description = "`invalid_input`: no such seal"),
    )
)]
#[get("/petitions/{code}/proof")]
pub async fn petition_proof(
    app: Data<App>,
    Anyone(who): Anyone,
    language: Language,
    code: Path<String>,
    Query(query): Query<ProofQuery>,
) -> Result<HttpResponse, Problem> {
    let mut faults = Faults::default();
    let number = query.seal.as_deref().and_then(|raw| {
        let number = raw.parse::<u64>();
        number.inspect_err(|_| faults.add("/seal", FaultCode::UnknownSeal)).ok()
    });
    faults.finish(Some(()))?;
    let (stored, _) = open(&app, who, &code).await?;
    let newest = app.store.last_seal().await?;
    let seal = match number {
        None => newest.clone(),
        Some(number) => {
            let seal = app.store.seal(number).await?;
            Some(seal.ok_or_else(|| Problem::fault("/seal", FaultCode::UnknownSeal))?)
        }
    };
    let Some(seal) = seal else { return Err(not_sealed(None, language)) };
    let Some(proof) = app.store.prove(&seal.statement, stored.petition.id).await? else {
        let older = newest.filter(|newest| newest.statement.number != seal.statement.number).map(|_| &seal);
        return Err(not_sealed(older, language));
    };
    let chain = app.store.chain(&proof.0).await?;
    Ok(HttpResponse::Ok().json(ProofView::new(seal, proof, chain)?))
}

/// When it will be, or in which seal it is not: one that is not the newest.
fn not_sealed(older: Option<&Seal>, language: Language) -> Problem {
    let detail = match (older, language) {
        (Some(seal), Language::Vietnamese) => {
            format!("Bản niêm phong số {} được lập trước khi có phản ánh này.", seal.statement.number)
        }
        (Some(seal), Language::English) => format!("Seal {} was made before this petition.", seal.statement.number),
        (None, language) => {
            let tomorrow = clock::now().local_date().succ_opt().map(Instant::start_of_day);
            let tomorrow = tomorrow.map_or_else(String::new, Instant::to_local_rfc3339);
            match language {
                Language::Vietnamese => format!("Phản ánh sẽ được niêm phong ngay sau {tomorrow}."),
                Language::English => format!("It will be sealed soon after {tomorrow}."),
            }
        }
    };
    Problem::with(Code::NotSealed, detail)
}
