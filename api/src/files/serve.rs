//! `GET /api/v1/files/{id}/{variant}`: a file, to whoever has a link that is good.

use actix_web::{
    HttpRequest, HttpResponse, get,
    http::header::{self, ByteRangeSpec, Header, Range},
    web::{Data, Path},
};
use domain::{id::UploadId, petition::MediaType};
use persistence::{FileKey, Upload, Variant};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use crate::{
    answers::Public,
    app::App,
    clock,
    problem::{Code, Problem, ProblemDetails},
    query::Query,
};

/// What makes a link good.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct LinkQuery {
    /// When it ends, seconds since 1970.
    #[param(value_type = Option<i64>)]
    expires: Option<String>,
    /// That we made it.
    signature: Option<String>,
}

/// A file, by a link that a petition's answer gave. Links end after some minutes: the petition is asked for again, not kept with its
/// links. Ranges are served, so that a video can be looked at from its middle.
#[utoipa::path(
    operation_id = "file", tag = "files", security(()),
    params(
        ("id" = String, Path, description = "The upload."),
        ("variant" = String, Path, description = "`full`, `large` or `small`.", example = "full"),
        LinkQuery,
    ),
    responses(
        (status = 200, description = "The file, as what it is: `image/jpeg`, `application/pdf`, `video/mp4`.", content_type = "application/octet-stream"),
        (status = 206, description = "The part of it that was asked for.", content_type = "application/octet-stream"),
        (status = 304, description = "It has not changed: files never do."),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json",
            description = "`not_found`: no such file, or a link that is not ours"),
        (status = 410, body = ProblemDetails, content_type = "application/problem+json", description = "`link_expired`"),
        (status = 416, body = ProblemDetails, content_type = "application/problem+json", description = "`range_not_satisfiable`"),
        Public,
    )
)]
#[get("/files/{id}/{variant}")]
pub async fn read_file(
    app: Data<App>,
    request: HttpRequest,
    path: Path<(String, String)>,
    Query(query): Query<LinkQuery>,
) -> Result<HttpResponse, Problem> {
    let not_found = || Problem::new(Code::NotFound);
    let (id, variant) = path.into_inner();
    let id = UploadId(Uuid::try_parse(&id).map_err(|_| not_found())?);
    let variant = Variant::parse(&variant).ok_or_else(not_found)?;
    let ends = query.expires.as_deref().and_then(|ends| ends.parse().ok()).ok_or_else(not_found)?;
    let good_for = app.files.links.check(id, variant, ends, &query.signature.unwrap_or_default(), clock::now());
    let good_for = good_for.ok_or_else(not_found)?;
    if good_for == 0 {
        return Err(Problem::new(Code::LinkExpired));
    }
    let upload = app.store.upload(id).await?.ok_or_else(not_found)?;
    let (kind, size) = object(&upload, variant).ok_or_else(not_found)?;
    let tag = format!("\"{id}.{}\"", variant.as_str());
    let named = |name| request.headers().get(name).and_then(|value: &header::HeaderValue| value.to_str().ok());
    let mut response = HttpResponse::Ok();
    if named(header::IF_NONE_MATCH).is_some_and(|known| known.split(',').any(|known| known.trim() == tag)) {
        response.status(actix_web::http::StatusCode::NOT_MODIFIED);
        return Ok(response.insert_header(("etag", tag)).finish());
    }
    // A part is asked for of the file that it had begun with; of another it would be the wrong part.
    let asked = named(header::IF_RANGE).is_none_or(|whole| whole == tag);
    let range = if asked { Range::parse(&request).ok() } else { None };
    let (from, until) = match part(range, size)? {
        None => (0, size),
        Some((first, last)) => {
            response.status(actix_web::http::StatusCode::PARTIAL_CONTENT);
            response.insert_header(("content-range", format!("bytes {first}-{last}/{size}")));
            (first, last + 1)
        }
    };
    let how = if kind == MediaType::Pdf { "attachment" } else { "inline" };
    response
        .content_type(kind.as_str())
        .insert_header(("etag", tag))
        .insert_header(("accept-ranges", "bytes"))
        .insert_header(("cache-control", format!("private, max-age={good_for}, immutable")))
        .insert_header(("content-disposition", format!("{how}; filename=\"{}\"", file_name(&upload, kind))))
        // It is somebody's file: beside our pages it may do nothing and load nothing.
        .insert_header(("content-security-policy", "default-src 'none'; sandbox"))
        .insert_header(("cross-origin-resource-policy", "same-site"))
        .insert_header(("referrer-policy", "no-referrer"))
        // Compressed, a part would not be that part.
        .insert_header(header::ContentEncoding::Identity)
        .no_chunking(until - from);
    Ok(response.streaming(app.files.store.read(FileKey::upload(upload.name, variant), from..until)))
}

/// What lies there, and its bytes.
fn object(upload: &Upload, variant: Variant) -> Option<(MediaType, u64)> {
    match variant {
        Variant::Full => Some((upload.kept.media_type, upload.kept.size)),
        Variant::Large => upload.picture.map(|picture| (MediaType::Jpeg, picture.large)),
        Variant::Small => upload.picture.map(|picture| (MediaType::Jpeg, picture.small)),
    }
}

/// What a file is called when it is handed out: not what its sender called it.
pub(crate) fn file_name(upload: &Upload, kind: MediaType) -> String {
    let ending = match kind {
        MediaType::Jpeg => "jpg",
        MediaType::Png => "png",
        MediaType::Webp => "webp",
        MediaType::Pdf => "pdf",
        MediaType::Mp4 => "mp4",
    };
    format!("pakn-{}.{ending}", upload.id)
}

/// First and last byte of the one part that is asked for; all of it for what is no range of bytes, and for several at once, which a server
/// need not serve (RFC 9110, 14.2).
fn part(range: Option<Range>, size: u64) -> Result<Option<(u64, u64)>, Problem> {
    let Some(Range::Bytes(parts)) = range else { return Ok(None) };
    let [part]: [ByteRangeSpec; 1] = match parts.try_into() {
        Ok(one) => one,
        Err(_) => return Ok(None),
    };
    let satisfied = part.to_satisfiable_range(size);
    satisfied.map(Some).ok_or_else(|| Problem::with(Code::RangeNotSatisfiable, format!("bytes */{size}")))
}
