//! The request around a command: which petition, in which version, under which key, answered in which language.

use actix_web::{FromRequest, HttpRequest, HttpResponse, dev::Payload};
use domain::{
    chain::{Digest, SealedText},
    petition::Command,
    text::Content,
};

use super::{IfMatch, RequestKey, execute, shown};
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
        let Self { code, if_match, key, language } = self;
        let petition = execute(app, caller, &code, command, &if_match, &key, fingerprint).await?;
        shown(app, caller, language, &petition, HttpResponse::Ok()).await
    }
}

/// A text that must be there, sealed.
pub fn sealed(faults: &mut Faults, pointer: &str, field: Field<String>) -> Option<SealedText> {
    let text = faults.required_text(pointer, field, Content::parse)?;
    Some(SealedText::new(text.into_string(), clock::salt()))
}

/// Ids of uploads: until uploads come, none is known.
pub fn no_uploads(faults: &mut Faults, attachments: Field<Vec<String>>) {
    for (index, _) in faults.optional("/attachments", attachments).unwrap_or_default().iter().enumerate() {
        faults.add(format!("/attachments/{index}"), FaultCode::UnknownUpload);
    }
}
