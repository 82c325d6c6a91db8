//! `POST /api/v1/uploads`, and what became of an upload.

use actix_multipart::Multipart;
use actix_web::{
    HttpRequest, HttpResponse, get,
    http::header,
    post,
    web::{Data, Path, Payload},
};
use domain::{id::UploadId, petition::MediaType};
use futures_util::{StreamExt, TryStreamExt};
use persistence::Upload;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    keep::keep,
    kind::{HEAD, kind, most_bytes, most_mb},
    received::Received,
    unusable::{MB, Unusable},
};
use crate::{
    answers::Guarded,
    app::App,
    auth::{Allowed, Caller, PetitionReaders},
    clock,
    problem::{Code, FaultCode, Problem, ProblemDetails},
};

/// A file that was received: what its sender can compare with what was sent.
#[derive(Debug, Serialize, ToSchema)]
pub struct UploadReceipt {
    /// For `attachments`, once, within a day.
    id: Uuid,
    /// What it is, as its content says.
    #[schema(value_type = String, example = "image/jpeg")]
    media_type: MediaType,
    /// How many bytes came. A picture is handed out in another form, of another size.
    size: u64,
    /// SHA-256 of the bytes that came, hexadecimal.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    sha256: String,
}

impl From<&Upload> for UploadReceipt {
    fn from(upload: &Upload) -> Self {
        let sent = &upload.sent;
        Self { id: upload.id.0, media_type: sent.media_type, size: sent.size, sha256: sent.sha256.to_string() }
    }
}

/// A form with one file.
#[derive(ToSchema)]
#[expect(dead_code, reason = "nothing is ever read from it: it is documentation")]
pub struct UploadForm {
    /// JPEG, PNG, WebP, PDF, or a short MP4 video. Its name and declared type are not looked at.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// Sends a file, to be attached by its id to what is written next. A photo is turned upright and written anew: place and camera are
/// not in it any more. What is attached to nothing within a day is gone.
#[utoipa::path(
    operation_id = "upload", tag = "files", security(("bearer" = [])),
    request_body(content = UploadForm, content_type = "multipart/form-data"),
    extensions(("x-roles" = json!(["citizen", "officer", "leader", "coordinator"]))),
    responses(
        Guarded,
        (status = 201, body = UploadReceipt),
        (status = 409, body = ProblemDetails, content_type = "application/problem+json",
            description = "`too_many`: so many files of the caller wait to be attached"),
        (status = 413, body = ProblemDetails, content_type = "application/problem+json", description = "`file_too_large`"),
        (status = 415, body = ProblemDetails, content_type = "application/problem+json",
            description = "`unsupported_file`: none of the kinds there are; `unsupported_media_type`: no multipart form"),
        (status = 422, body = ProblemDetails, content_type = "application/problem+json",
            description = "`damaged_file`, `too_many_pixels`, `video_too_long`, `empty_file`, or `invalid_input`: no `file`, or more than one"),
    )
)]
#[post("/uploads")]
pub async fn upload_file(
    app: Data<App>,
    allowed: Allowed<PetitionReaders>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    not_too_many(&app, &allowed.caller).await?;
    let received = receive_form(&app, &request, payload).await?;
    let id = UploadId::new(clock::now(), &clock::id_randomness());
    let upload = keep(&app, allowed.caller.account, id, received, async |_| Ok(true)).await?;
    Ok(HttpResponse::Created().json(UploadReceipt::from(&upload)))
}

/// The receipt of an own upload: for who sent it piece by piece, or lost the answer.
#[utoipa::path(
    operation_id = "upload_receipt", tag = "files", security(("bearer" = [])),
    params(("id" = String, Path, description = "Its id.")),
    extensions(("x-roles" = json!(["citizen", "officer", "leader", "coordinator"]))),
    responses(
        (status = 200, body = UploadReceipt),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json",
            description = "`not_found`: not the caller's, not whole yet, or gone"),
        Guarded,
    )
)]
#[get("/uploads/{id}")]
pub async fn show_upload(
    app: Data<App>,
    allowed: Allowed<PetitionReaders>,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let not_found = || Problem::new(Code::NotFound);
    let id = Uuid::try_parse(&id).map_err(|_| not_found())?;
    let upload = app.store.upload(UploadId(id)).await?.filter(|upload| upload.account == allowed.caller.account);
    Ok(HttpResponse::Ok().json(UploadReceipt::from(&upload.ok_or_else(not_found)?)))
}

/// Whether the caller may send another file. Of several that are sent at the same time one or the other may go beyond the limit: it
/// keeps a phone from filling the disk, and is no exact number.
///
/// # Errors
/// [`Code::TooMany`].
pub(super) async fn not_too_many(app: &App, caller: &Caller) -> Result<(), Problem> {
    let most = app.files.settings.uploads_waiting_max;
    if app.store.waiting_uploads(caller.account).await? < most {
        return Ok(());
    }
    Err(Problem::with(Code::TooMany, format!("max {most}")))
}

async fn receive_form(app: &App, request: &HttpRequest, payload: Payload) -> Result<Received, Problem> {
    let essence = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !essence.to_ascii_lowercase().starts_with("multipart/form-data") {
        return Err(Problem::with(Code::UnsupportedMediaType, "multipart/form-data"));
    }
    if request.headers().contains_key(header::CONTENT_ENCODING) {
        return Err(Problem::with(Code::UnsupportedMediaType, "Content-Encoding"));
    }
    let broken = |error: actix_multipart::MultipartError| Problem::with(Code::MalformedRequest, error.to_string());
    let mut form = Multipart::new(request.headers(), payload);
    let mut received = None;
    while let Some(mut field) = form.try_next().await.map_err(broken)? {
        if field.name() != Some("file") {
            let pointer = format!("/{}", field.name().unwrap_or_default().chars().take(80).collect::<String>());
            return Err(Problem::fault(pointer, FaultCode::UnknownField));
        }
        if received.is_some() {
            return Err(Problem::fault("/file", FaultCode::Repeated));
        }
        let mut receiving = app.files.receive().await.map_err(Problem::internal)?;
        while let Some(bytes) = field.next().await {
            receiving.take(&bytes.map_err(broken)?).await.map_err(Problem::internal)?;
            fits(app, receiving.size(), receiving.head())?;
        }
        received = Some(receiving.end().await.map_err(Problem::internal)?);
    }
    received.ok_or_else(|| Problem::fault("/file", FaultCode::Required))
}

/// What has come so far may become a file: refused as soon as that is clear, since the rest would be sent for nothing.
pub(crate) fn fits(app: &App, size: u64, head: &[u8]) -> Result<(), Unusable> {
    let settings = &app.files.settings;
    if head.len() >= HEAD {
        let most = most_mb(kind(head)?, settings);
        if size > most * MB {
            return Err(Unusable::TooLarge(most));
        }
    } else if size > most_bytes(settings) {
        return Err(Unusable::TooLarge(most_bytes(settings) / MB));
    }
    Ok(())
}
