//! The body of a request: a form, urlencoded or multipart, with files in parts called `media`.

use actix_multipart::{Multipart, MultipartError};
use actix_web::{FromRequest, HttpRequest, http::header, web::Payload};
use domain::chain::Digest;
use futures_util::{StreamExt, TryStreamExt};
use url::form_urlencoded;

use crate::{
    app::App,
    auth::Sealed,
    body::{MAX_BODY_BYTES, RawBody, essence},
    files::{Received, fits},
    problem::{Code, FaultCode, Problem},
};

/// The part that a file comes in.
const MEDIA: &str = "media";

/// The most parameters of a form, which are about twenty and the answers to at most twenty questions.
const MOST_PARAMETERS: usize = 300;

/// A form.
pub(super) struct Form {
    /// Names and values, in their order.
    pub(super) parameters: Vec<(String, String)>,
    /// The files.
    pub(super) media: Vec<Received>,
}

/// Whether the body is a form at all.
pub(super) fn is_form(request: &HttpRequest) -> bool {
    matches!(essence(request).as_str(), "application/x-www-form-urlencoded" | "multipart/form-data")
}

impl Form {
    /// Reads it; what stands in the address comes after what stands in the body.
    ///
    /// # Errors
    /// What is no form, is too large, or is not UTF-8.
    pub(super) async fn read(app: &App, request: &HttpRequest, payload: Payload) -> Result<Self, Problem> {
        if request.headers().contains_key(header::CONTENT_ENCODING) {
            return Err(Problem::with(Code::MalformedRequest, "Content-Encoding"));
        }
        let mut form = match essence(request).as_str() {
            "application/x-www-form-urlencoded" => {
                let body = RawBody::from_request(request, &mut payload.into_inner()).await?;
                Self { parameters: pairs(&body.bytes), media: Vec::new() }
            }
            "multipart/form-data" => Self::of_parts(app, Multipart::new(request.headers(), payload)).await?,
            _ => {
                let forms = "application/x-www-form-urlencoded, multipart/form-data";
                return Err(Problem::with(Code::MalformedRequest, forms));
            }
        };
        form.parameters.extend(pairs(request.query_string().as_bytes()));
        if form.parameters.len() > MOST_PARAMETERS {
            return Err(Problem::with(Code::MalformedRequest, format!("max {MOST_PARAMETERS} parameters")));
        }
        // The decoder puts this sign where it cannot read; to go on would be to lose what somebody wrote.
        if form.parameters.iter().any(|(_, value)| value.contains(char::REPLACEMENT_CHARACTER)) {
            return Err(Problem::with(Code::MalformedRequest, "UTF-8"));
        }
        Ok(form)
    }

    async fn of_parts(app: &App, mut parts: Multipart) -> Result<Self, Problem> {
        let broken = |error: MultipartError| Problem::with(Code::MalformedRequest, error.to_string());
        let most = app.files.settings.attachments_max;
        let (mut form, mut bytes) = (Self { parameters: Vec::new(), media: Vec::new() }, 0);
        while let Some(mut part) = parts.try_next().await.map_err(broken)? {
            let name = part.name().unwrap_or_default().to_owned();
            let is_file = part.content_disposition().is_some_and(|part| part.get_filename().is_some());
            if is_file || name == MEDIA {
                if name.trim_end_matches("[]") != MEDIA {
                    let pointer = format!("/{}", name.chars().take(80).collect::<String>());
                    return Err(Problem::fault(pointer, FaultCode::UnknownField));
                }
                if form.media.len() >= most {
                    return Err(Problem::fault(format!("/{MEDIA}"), FaultCode::TooManyItems));
                }
                let mut receiving = app.files.receive().await.map_err(Problem::internal)?;
                while let Some(piece) = part.next().await {
                    receiving.take(&piece.map_err(broken)?).await.map_err(Problem::internal)?;
                    fits(app, receiving.size(), receiving.head())?;
                }
                // A form of a page has an empty part where no file was chosen.
                if receiving.size() > 0 {
                    form.media.push(receiving.end().await.map_err(Problem::internal)?);
                }
                continue;
            }
            let mut value = Vec::new();
            while let Some(piece) = part.next().await {
                let piece = piece.map_err(broken)?;
                bytes += piece.len();
                if bytes > MAX_BODY_BYTES {
                    return Err(Problem::with(Code::BodyTooLarge, format!("max {MAX_BODY_BYTES} bytes")));
                }
                value.extend_from_slice(&piece);
            }
            let value = String::from_utf8(value).map_err(|_| Problem::with(Code::MalformedRequest, "UTF-8"))?;
            form.parameters.push((name, value));
            if form.parameters.len() > MOST_PARAMETERS {
                return Err(Problem::with(Code::MalformedRequest, format!("max {MOST_PARAMETERS} parameters")));
            }
        }
        Ok(form)
    }

    /// A parameter that is there and not empty: the first of that name.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let mut named = self.parameters.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str());
        named.find(|value| !value.trim().is_empty())
    }

    /// What makes it the same form again, however it was sent; whose key it came with does not.
    pub(super) fn fingerprint(&self, app: &App) -> Digest {
        let mut parameters: Vec<&(String, String)> =
            self.parameters.iter().filter(|(name, _)| name != "api_key").collect();
        parameters.sort();
        let texts = parameters.iter().flat_map(|(name, value)| [name.as_bytes(), b"=", value.as_bytes(), b"\n"]);
        let mut pieces: Vec<&[u8]> = texts.collect();
        pieces.extend(self.media.iter().map(|file| file.sha256.as_bytes().as_slice()));
        // Under the server's secret: what is kept must say nothing of a sender who is erased.
        app.vault.digest(Sealed::Request, &pieces)
    }
}

fn pairs(text: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(text).take(MOST_PARAMETERS + 1).map(|(name, value)| (name.into(), value.into())).collect()
}
