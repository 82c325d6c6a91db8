//! The requests of the protocol.

use std::time::Duration;

use actix_web::{
    HttpRequest, HttpResponse, delete, get,
    http::header,
    options, patch, post,
    web::{Data, Path, Payload},
};
use domain::id::UploadId;
use futures_util::StreamExt;
use persistence::{FileName, PartialUpload};
use utoipa::IntoParams;
use uuid::Uuid;

use super::{
    VERSION,
    checksum::{ALGORITHMS, Checksum},
    finish::{finish, forget},
    headers::{Tus, date, metadata, number},
    writer::{MOST_PARTS, Piece, write},
};
use crate::{
    answers::Guarded,
    app::App,
    auth::{Allowed, Caller, PetitionReaders},
    clock,
    files::{
        kind::most_bytes,
        unusable::{MB, Unusable},
        upload::not_too_many,
    },
    problem::{Code, Problem, ProblemDetails},
};

/// How long nothing may come over a connection before it is taken for dead.
const SILENCE: Duration = Duration::from_secs(30);

/// The header that every request but `OPTIONS` has, for the contract.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "nothing is ever read from it: it is documentation")]
pub struct TusHeader {
    /// `1.0.0`.
    #[param(rename = "Tus-Resumable", pattern = "^1\\.0\\.0$", example = "1.0.0")]
    tus_resumable: String,
}

/// The path of an upload, for the contract.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "nothing is ever read from it: it is documentation")]
pub struct TusPath {
    /// The id of the upload: the one that it is attached by when it is whole.
    id: String,
}

/// What of the tus protocol this server speaks.
#[utoipa::path(
    operation_id = "tus_options", tag = "files", security(()),
    responses((status = 204, description = "Told in headers.", headers(
        ("Tus-Version" = String), ("Tus-Extension" = String), ("Tus-Max-Size" = u64), ("Tus-Checksum-Algorithm" = String))))
)]
#[options("/uploads/tus")]
pub async fn upload_options(app: Data<App>) -> HttpResponse {
    HttpResponse::NoContent()
        .insert_header(("tus-version", VERSION))
        .insert_header(("tus-extension", "creation,termination,checksum,expiration"))
        .insert_header(("tus-max-size", most_bytes(&app.files.settings)))
        .insert_header(("tus-checksum-algorithm", ALGORITHMS))
        .finish()
}

/// Begins a file that will come piece by piece (tus 1.0.0, creation). The id at the end of `Location` is the one to attach it by, once it is
/// whole.
#[utoipa::path(
    operation_id = "tus_begin", tag = "files", security(("bearer" = [])),
    params(TusHeader,
        ("Upload-Length" = u64, Header, description = "How many bytes it will have."),
        ("Upload-Metadata" = Option<String>, Header, description = "Given back as it came; nothing follows from it.")),
    extensions(("x-roles" = json!(["citizen", "officer", "leader", "coordinator"]))),
    responses(
        (status = 201, description = "It may come.", headers(
            ("Location" = String, description = "Where to."), ("Upload-Expires" = String, description = "Until when."))),
        (status = 409, body = ProblemDetails, content_type = "application/problem+json", description = "`too_many`"),
        (status = 412, body = ProblemDetails, content_type = "application/problem+json", description = "`unsupported_tus_version`"),
        (status = 413, body = ProblemDetails, content_type = "application/problem+json", description = "`file_too_large`"),
        Guarded,
        (status = 422, body = ProblemDetails, content_type = "application/problem+json",
            description = "`empty_file`; `invalid_input` with every wrong field"),
    )
)]
#[post("/uploads/tus")]
pub async fn begin_upload(
    app: Data<App>,
    allowed: Allowed<PetitionReaders>,
    _tus: Tus,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let length = number(request.headers(), "Upload-Length")?;
    let metadata = metadata(request.headers())?;
    let most = most_bytes(&app.files.settings);
    match length {
        0 => return Err(Unusable::Empty.into()),
        length if length > most => return Err(Unusable::TooLarge(most / MB).into()),
        _ => {}
    }
    not_too_many(&app, &allowed.caller).await?;
    let now = clock::now();
    let partial = PartialUpload {
        id: UploadId::new(now, &clock::id_randomness()),
        account: allowed.caller.account,
        name: FileName(clock::salt()),
        length,
        received: 0,
        parts: 0,
        metadata,
        expires_at: now.plus(chrono::Duration::hours(i64::from(app.files.settings.upload_keep_hours))),
    };
    let mut unit = app.store.begin().await?;
    unit.begin_partial_upload(&partial).await?;
    unit.commit().await?;
    Ok(HttpResponse::Created()
        .insert_header(("location", format!("/api/v1/uploads/tus/{}", partial.id)))
        .insert_header(("upload-expires", date(partial.expires_at)))
        .finish())
}

/// What there is under an id.
enum Known {
    /// A file that is coming.
    Coming(PartialUpload),
    /// One that came, of so many bytes.
    Whole(u64),
}

async fn find(app: &App, caller: &Caller, id: &str) -> Result<Known, Problem> {
    let id = UploadId(Uuid::try_parse(id).map_err(|_| Problem::new(Code::NotFound))?);
    let coming = app.store.partial_upload(caller.account, id).await?;
    if let Some(whole) = app.store.upload(id).await?.filter(|whole| whole.account == caller.account) {
        return Ok(Known::Whole(whole.sent.size));
    }
    match coming {
        None => Err(Problem::new(Code::NotFound)),
        Some(partial) if partial.expires_at <= clock::now() => Err(Problem::new(Code::UploadGone)),
        Some(partial) => Ok(Known::Coming(partial)),
    }
}

/// How far a file has come; asked by `HEAD`. One that is whole by its bytes is looked at before this is answered.
#[utoipa::path(
    operation_id = "tus_state", tag = "files", security(("bearer" = [])), params(TusHeader, TusPath),
    extensions(("x-roles" = json!(["citizen", "officer", "leader", "coordinator"]))),
    responses(
        (status = 200, description = "Told in headers.", headers(
            ("Upload-Offset" = u64), ("Upload-Length" = u64), ("Upload-Expires" = String), ("Upload-Metadata" = String))),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json", description = "`not_found`"),
        (status = 410, body = ProblemDetails, content_type = "application/problem+json",
            description = "`upload_gone`: it took too long, was ended, or was refused"),
        (status = 412, body = ProblemDetails, content_type = "application/problem+json", description = "`unsupported_tus_version`"),
        (status = 413, body = ProblemDetails, content_type = "application/problem+json", description = "`file_too_large`"),
        (status = 415, body = ProblemDetails, content_type = "application/problem+json", description = "`unsupported_file`"),
        (status = 423, body = ProblemDetails, content_type = "application/problem+json", description = "`upload_busy`"),
        Guarded,
        (status = 422, body = ProblemDetails, content_type = "application/problem+json",
            description = "`damaged_file`, `too_many_pixels`, `video_too_long`; `invalid_input` with every wrong field"),
    )
)]
#[get("/uploads/tus/{id}")]
pub async fn upload_state(
    app: Data<App>,
    allowed: Allowed<PetitionReaders>,
    _tus: Tus,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let mut response = HttpResponse::Ok();
    let (offset, length) = match find(&app, &allowed.caller, &id).await? {
        Known::Whole(size) => (size, size),
        Known::Coming(partial) => {
            // The answer to its last piece may have been lost: whoever reads that all has come takes it for done.
            if partial.received == partial.length {
                finish(&app, &partial).await?;
            }
            response.insert_header(("upload-expires", date(partial.expires_at)));
            if let Some(metadata) = &partial.metadata {
                response.insert_header(("upload-metadata", metadata.as_str()));
            }
            (partial.received, partial.length)
        }
    };
    Ok(response.insert_header(("upload-offset", offset)).insert_header(("upload-length", length)).finish())
}

/// Sends the next piece (tus 1.0.0). A connection may break at any byte: what came counts, unless a checksum was promised. After the last
/// piece the file is looked at, as one that comes whole is.
#[utoipa::path(
    operation_id = "tus_part", tag = "files", security(("bearer" = [])),
    params(TusHeader, TusPath,
        ("Upload-Offset" = u64, Header, description = "How many bytes have come before."),
        ("Upload-Checksum" = Option<String>, Header, description = "`sha1` or `sha256`, and the digest of this piece in base64.")),
    request_body(content = Vec<u8>, content_type = "application/offset+octet-stream"),
    extensions(("x-roles" = json!(["citizen", "officer", "leader", "coordinator"]))),
    responses(
        (status = 204, description = "It was kept.", headers(
            ("Upload-Offset" = u64, description = "How many bytes have come now."), ("Upload-Expires" = String))),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json", description = "`not_found`"),
        (status = 409, body = ProblemDetails, content_type = "application/problem+json", description = "`offset_mismatch`"),
        (status = 410, body = ProblemDetails, content_type = "application/problem+json", description = "`upload_gone`"),
        (status = 412, body = ProblemDetails, content_type = "application/problem+json", description = "`unsupported_tus_version`"),
        (status = 413, body = ProblemDetails, content_type = "application/problem+json", description = "`file_too_large`: or more than was said"),
        (status = 415, body = ProblemDetails, content_type = "application/problem+json",
            description = "`unsupported_media_type`: of the request; `unsupported_file`: of the file"),
        (status = 423, body = ProblemDetails, content_type = "application/problem+json", description = "`upload_busy`"),
        (status = 460, body = ProblemDetails, content_type = "application/problem+json", description = "`checksum_mismatch`"),
        Guarded,
        (status = 422, body = ProblemDetails, content_type = "application/problem+json",
            description = "`damaged_file`, `too_many_pixels`, `video_too_long`; `invalid_input` with every wrong field"),
    )
)]
#[patch("/uploads/tus/{id}")]
pub async fn send_part(
    app: Data<App>,
    allowed: Allowed<PetitionReaders>,
    _tus: Tus,
    id: Path<String>,
    request: HttpRequest,
    mut payload: Payload,
) -> Result<HttpResponse, Problem> {
    let kind = request.headers().get(header::CONTENT_TYPE);
    if kind.is_none_or(|kind| kind != "application/offset+octet-stream") {
        return Err(Problem::with(Code::UnsupportedMediaType, "application/offset+octet-stream"));
    }
    let offset = number(request.headers(), "Upload-Offset")?;
    let checksum = Checksum::of(request.headers())?;
    let partial = match find(&app, &allowed.caller, &id).await? {
        Known::Whole(size) if offset == size => return Ok(kept(size)),
        Known::Whole(_) => return Err(Problem::new(Code::OffsetMismatch)),
        Known::Coming(partial) => partial,
    };
    if offset != partial.received {
        return Err(Problem::with(Code::OffsetMismatch, format!("Upload-Offset: {}", partial.received)));
    }
    if partial.parts >= MOST_PARTS {
        return Err(Problem::with(Code::MalformedRequest, format!("max {MOST_PARTS} PATCH")));
    }
    let app = app.into_inner();
    let (sender, pieces) = tokio::sync::mpsc::channel(4);
    let writing = tokio::spawn(write(app.clone(), partial.clone(), checksum, pieces));
    loop {
        match tokio::time::timeout(SILENCE, payload.next()).await {
            Ok(Some(Ok(bytes))) => {
                // Whoever does not listen any more says why below.
                if sender.send(Piece::Bytes(bytes)).await.is_err() {
                    break;
                }
            }
            Ok(None) => {
                let _heard = sender.send(Piece::End).await.is_ok();
                break;
            }
            Ok(Some(Err(_))) | Err(_) => break,
        }
    }
    drop(sender);
    let received = writing.await.map_err(Problem::internal)??;
    if received == partial.length {
        finish(&app, &partial).await?;
    }
    let mut response = kept(received);
    response.headers_mut().insert(header::HeaderName::from_static("upload-expires"), expires(&partial)?);
    Ok(response)
}

fn kept(received: u64) -> HttpResponse {
    HttpResponse::NoContent().insert_header(("upload-offset", received)).finish()
}

fn expires(partial: &PartialUpload) -> Result<header::HeaderValue, Problem> {
    header::TryIntoHeaderValue::try_into_value(date(partial.expires_at)).map_err(Problem::internal)
}

/// Ends a file that is coming (tus 1.0.0, termination): what came of it is removed. One that is whole and attached to nothing goes by itself.
#[utoipa::path(
    operation_id = "tus_end", tag = "files", security(("bearer" = [])), params(TusHeader, TusPath),
    extensions(("x-roles" = json!(["citizen", "officer", "leader", "coordinator"]))),
    responses(
        (status = 204, description = "It is gone."),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json", description = "`not_found`"),
        (status = 409, body = ProblemDetails, content_type = "application/problem+json", description = "`upload_whole`: it may be attached already"),
        (status = 410, body = ProblemDetails, content_type = "application/problem+json", description = "`upload_gone`"),
        (status = 412, body = ProblemDetails, content_type = "application/problem+json", description = "`unsupported_tus_version`"),
        Guarded,
    )
)]
#[delete("/uploads/tus/{id}")]
pub async fn end_upload(
    app: Data<App>,
    allowed: Allowed<PetitionReaders>,
    _tus: Tus,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let partial = match find(&app, &allowed.caller, &id).await? {
        Known::Coming(partial) => partial,
        Known::Whole(_) => return Err(Problem::new(Code::UploadWhole)),
    };
    let mut unit = app.store.begin().await?;
    unit.end_partial_upload(partial.id).await?;
    unit.commit().await?;
    forget(&app, &partial).await?;
    Ok(HttpResponse::NoContent().finish())
}
