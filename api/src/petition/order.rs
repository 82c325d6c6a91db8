//! The request around a command: which petition, in which version, under which key, answered in which language.

use actix_web::{FromRequest, HttpRequest, HttpResponse, dev::Payload};
use domain::{
    chain::{Digest, SealedText},
    petition::{Attachment, Command},
    text::{Content, TextFault},
};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::{Ask, IfMatch, RequestKey, execute, shown};
use crate::{
    app::App,
    auth::Caller,
    body::Body,
    clock,
    field::{Faults, Field},
    files::GivenUploads,
    language::Language,
    problem::Problem,
};

/// Everything of a command's request but who gives it and its body.
#[derive(Debug)]
pub struct Order {
    code: String,
    if_match: IfMatch,
    key: RequestKey,
    language: Language,
}

impl FromRequest for Order {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let if_match = IfMatch::from_request(request, payload).into_inner();
        let key = RequestKey::from_request(request, payload).into_inner();
        let code = request.match_info().get("code").unwrap_or_default().to_owned();
        let order =
            if_match.and_then(|if_match| Ok(Self { code, if_match, key: key?, language: Language::of(request) }));
        std::future::ready(order)
    }
}

impl Order {
    /// Gives the command; the petition after it.
    ///
    /// # Errors
    /// As [`execute`].
    pub async fn give(
        self,
        app: &App,
        caller: &Caller,
        command: Command,
        fingerprint: &Digest,
    ) -> Result<HttpResponse, Problem> {
        self.ask(app, caller, Ask::Command(command), fingerprint).await
    }

    /// Gives a command that is words and files.
    ///
    /// # Errors
    /// As [`execute`]; before that [`Problem`] naming what is wrong with the body.
    pub async fn give_written(
        self,
        app: &App,
        caller: &Caller,
        body: Body<WrittenBody>,
        command: impl FnOnce(SealedText, Vec<Attachment>) -> Command,
    ) -> Result<HttpResponse, Problem> {
        let WrittenBody { content, attachments } = body.value;
        let uploads = GivenUploads::find(app, caller, attachments).await?;
        match content_with_uploads(content, uploads) {
            Ok((content, attachments)) => {
                self.give(app, caller, command(content, attachments), &body.fingerprint).await
            }
            Err(problem) => {
                // The same request may have come before, and its files belong to what it did.
                let done = self.key.done_before(app, caller.account, &body.fingerprint).await?.ok_or(problem)?;
                shown(app, caller, self.language, &done, None, HttpResponse::Ok()).await
            }
        }
    }

    /// The same for what is more than a command: a merge names another petition.
    ///
    /// # Errors
    /// As [`execute`].
    pub async fn ask(
        self,
        app: &App,
        caller: &Caller,
        ask: Ask,
        fingerprint: &Digest,
    ) -> Result<HttpResponse, Problem> {
        let Self { code, if_match, key, language } = self;
        let petition = execute(app, caller, &code, &ask, &if_match, &key, fingerprint).await?;
        shown(app, caller, language, &petition, None, HttpResponse::Ok()).await
    }
}

/// A text that must be there, sealed.
pub fn sealed(faults: &mut Faults, pointer: &str, field: Field<String>) -> Option<SealedText> {
    let text = faults.required_text(pointer, field, Content::parse)?;
    Some(SealedText::new(text.into_string(), clock::salt()))
}

/// The one text of a body that has no other field.
///
/// # Errors
/// [`Problem`] where it is missing or not one.
pub fn only_text(pointer: &str, field: Field<String>) -> Result<SealedText, Problem> {
    let mut faults = Faults::default();
    let text = sealed(&mut faults, pointer, field);
    faults.finish(text)
}

/// A body of words and files.
#[derive(Debug, Deserialize, ToSchema)]
pub struct WrittenBody {
    /// What is written.
    #[serde(default)]
    #[schema(value_type = String, max_length = 10_000)]
    content: Field<String>,
    /// Ids of the caller's own uploads that belong to nothing yet; see `POST /api/v1/uploads`.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>)]
    attachments: Field<Vec<String>>,
}

fn content_with_uploads(
    content: Field<String>,
    uploads: GivenUploads,
) -> Result<(SealedText, Vec<Attachment>), Problem> {
    let mut faults = Faults::default();
    let content = sealed(&mut faults, "/content", content);
    let attachments = uploads.take(&mut faults);
    faults.finish(content.map(|content| (content, attachments)))
}

/// A text that may be absent, checked and sealed.
pub fn sealed_if_given<T>(
    faults: &mut Faults,
    pointer: &str,
    field: Field<String>,
    parse: impl Fn(&str) -> Result<T, TextFault>,
    words: impl Fn(T) -> String,
) -> Option<SealedText> {
    let raw = faults.optional(pointer, field)?;
    let text = faults.text(pointer, parse(&raw))?;
    Some(SealedText::new(words(text), clock::salt()))
}

/// What a command's path and headers may hold, for the contract.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "nothing is ever read from it: it is documentation")]
pub struct CommandHeaders {
    /// The version the command is meant for.
    #[param(rename = "If-Match")]
    if_match: Option<String>,
    /// The same key and body again give the first answer again.
    #[param(rename = "Idempotency-Key")]
    idempotency_key: Option<String>,
}

/// The path of a petition, for the contract.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "nothing is ever read from it: it is documentation")]
pub struct PetitionPath {
    /// The public code.
    #[param(example = "PAKN.20220831.000042")]
    code: String,
}
