//! The page's style, script and icon: compiled in, and named by what is in them, so that a browser keeps them for good.

use std::sync::LazyLock;

use actix_web::{
    HttpRequest, HttpResponse, get,
    http::header::{self, HeaderValue},
    web::Path,
};
use domain::chain::Digest;

use crate::problem::{Code, Problem};

/// A file of the page.
pub struct Asset {
    /// Its name, with a digest of its bytes in it.
    name: String,
    media_type: &'static str,
    bytes: &'static str,
}

impl Asset {
    fn new(stem: &str, ending: &str, media_type: &'static str, bytes: &'static str) -> Self {
        let digest = hex::encode(Digest::of(&[bytes.as_bytes()]).as_bytes());
        let short = digest.get(..16).unwrap_or(&digest);
        Self { name: format!("{stem}.{short}.{ending}"), media_type, bytes }
    }

    /// Where it is.
    pub fn address(&self) -> String {
        format!("/dashboard/assets/{}", self.name)
    }
}

/// How the page looks.
pub static STYLE: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("style", "css", "text/css; charset=utf-8", include_str!("assets/style.css")));
/// What makes it a little better where scripts run.
pub static SCRIPT: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new("dashboard", "js", "text/javascript; charset=utf-8", include_str!("assets/dashboard.js"))
});
/// What stands on its tab.
pub static ICON: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("icon", "svg", "image/svg+xml", include_str!("assets/icon.svg")));

/// A file of the page, for anybody: there is nothing in it but what is in the source.
#[get("/dashboard/assets/{name}")]
pub async fn asset(request: HttpRequest, name: Path<String>) -> Result<HttpResponse, Problem> {
    let known = [&*STYLE, &*SCRIPT, &*ICON];
    let found = known.into_iter().find(|asset| asset.name == *name).ok_or_else(|| Problem::new(Code::NotFound))?;
    let tag = format!("\"{}\"", found.name);
    let is_known = request.headers().get_all(header::IF_NONE_MATCH).any(|value: &HeaderValue| value == tag.as_str());
    let mut response = if is_known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response
        .insert_header((header::CACHE_CONTROL, "public, max-age=31536000, immutable"))
        .insert_header((header::ETAG, tag))
        .insert_header(("cross-origin-resource-policy", "same-origin"));
    Ok(if is_known { response.finish() } else { response.content_type(found.media_type).body(found.bytes) })
}
