//! The request around a command: which petition, in which version, under which key, answered in which language.

use actix_web::{FromRequest, HttpRequest, HttpResponse, dev::Payload};
use domain::{
    chain::{Digest, SealedText},
    petition::Command,
    text::{Content, TextFault},
};
use utoipa::IntoParams;

use super::{Ask, IfMatch, RequestKey, execute, shown};
use crate::{
    app::App,
    auth::Caller,
    clock,
    field::{Faults, Field},
    language::Language,
    problem::{FaultCode, Problem},
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
        shown(app, caller, language, &petition, HttpResponse::Ok()).await
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

/// A body's content with its uploads.
///
/// # Errors
/// [`Problem`] naming what is wrong with either.
pub fn content_with_uploads(content: Field<String>, attachments: Field<Vec<String>>) -> Result<SealedText, Problem> {
    let mut faults = Faults::default();
    let content = sealed(&mut faults, "/content", content);
    no_uploads(&mut faults, attachments);
    faults.finish(content)
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

/// Ids of uploads: until uploads come, none is known.
pub fn no_uploads(faults: &mut Faults, attachments: Field<Vec<String>>) {
    for (index, _) in faults.optional("/attachments", attachments).unwrap_or_default().iter().enumerate() {
        faults.add(format!("/attachments/{index}"), FaultCode::UnknownUpload);
    }
}
