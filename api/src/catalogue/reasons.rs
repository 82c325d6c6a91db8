//! `GET /api/v1/rejection-reasons`: why a petition may be refused, and what its sender may do then.

use actix_web::{HttpResponse, get, web::Data};
use domain::{
    petition::RejectionCode,
    wording::{Wording, Wordings},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::Whole;
use crate::{answers::Public, app::App, language::Language, problem::Problem};

/// A reason to refuse a petition.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReasonView {
    /// The `reason_code` of a refusal.
    #[schema(value_type = String, example = "complaint")]
    code: RejectionCode,
    /// What it is called, in the language of the answer.
    #[schema(example = "Khiếu nại")]
    name: String,
    /// Where to go instead, or what to do.
    guidance: String,
}

impl ReasonView {
    pub(crate) fn new(code: RejectionCode, wordings: &Wordings, language: Language) -> Self {
        let (name, guidance) = Wording::reason(code);
        Self { code, name: language.worded(wordings, name), guidance: language.worded(wordings, guidance) }
    }
}

/// Why a petition may be refused, and what its sender may do then.
#[utoipa::path(
    operation_id = "rejection_reasons", tag = "catalogue", security(()),
    responses((status = 200, body = Whole<ReasonView>), Public)
)]
#[get("/rejection-reasons")]
pub async fn list_rejection_reasons(app: Data<App>, language: Language) -> Result<HttpResponse, Problem> {
    let catalogue = app.catalogue();
    let view = |code: &RejectionCode| ReasonView::new(*code, &catalogue.wordings, language);
    Ok(HttpResponse::Ok().json(Whole::new(RejectionCode::ALL.iter().map(view).collect())))
}
