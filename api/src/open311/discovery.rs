//! `GET /open311/v2/discovery`: where what is.

use actix_web::{HttpRequest, HttpResponse, get, http::StatusCode, web::Data};
use domain::code::AgencyCode;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    answers::Reading,
    format::{Format, Root},
    jurisdiction::{Asked, JurisdictionQuery},
};
use crate::{
    app::{App, agency_name},
    problem::Problem,
};

/// When what is offered here last changed.
const CHANGESET: &str = "2026-11-26T00:00:00+07:00";

/// The specification that is spoken.
const SPECIFICATION: &str = "http://wiki.open311.org/GeoReport_v2";

/// Where what is.
#[derive(Debug, Serialize, ToSchema)]
pub struct Discovery {
    /// When what is offered here last changed.
    changeset: &'static str,
    /// Whom developers may ask.
    contact: String,
    /// How a program gets a key.
    key_service: &'static str,
    endpoints: Vec<Endpoint>,
}

/// Where a specification is spoken.
#[derive(Debug, Serialize, ToSchema)]
pub struct Endpoint {
    specification: &'static str,
    #[schema(example = "https://pakn.example.vn/open311/v2")]
    url: String,
    changeset: &'static str,
    /// Always `production`: what is sent here is dealt with.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The media types of answers.
    formats: [&'static str; 2],
}

/// An address on this server, as the client reached it.
pub(super) fn absolute(request: &HttpRequest, path: &str) -> String {
    let connection = request.connection_info();
    format!("{}://{}{path}", connection.scheme(), connection.host())
}

/// Where Open311 is spoken, in which forms, and how a program gets a key.
#[utoipa::path(
    operation_id = "open311_discovery", tag = "open311", security(()),
    params(("format" = inline(Format), Path, description = "The form of the answer."), JurisdictionQuery),
    responses((status = 200, body = Discovery), Reading)
)]
#[get("/discovery.{format}")]
pub async fn open311_discovery(app: Data<App>, asked: Asked, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let coordinator = || agency_name(&app.catalogue(), &AgencyCode::coordinator());
    let discovery = Discovery {
        changeset: CHANGESET,
        contact: app.open311.contact().map_or_else(coordinator, str::to_owned),
        key_service: asked.language.choose(
            "Quản trị viên của hệ thống cấp khóa (POST /api/v1/api-keys, phạm vi open311)",
            "An administrator gives keys (POST /api/v1/api-keys, scope open311)",
        ),
        endpoints: vec![Endpoint {
            specification: SPECIFICATION,
            url: absolute(&request, "/open311/v2"),
            changeset: CHANGESET,
            kind: "production",
            formats: ["text/xml", "application/json"],
        }],
    };
    asked.format.answer(StatusCode::OK, Root::Discovery, &discovery)
}
