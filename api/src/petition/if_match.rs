//! `ETag` and `If-Match`: the version of a petition, a target, or another thing of the catalogue.

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header};

use crate::problem::{Code, Problem};

/// The versions that a change may meet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IfMatch(Meant);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Meant {
    /// Nothing was said.
    Unsaid,
    /// `*`.
    Any,
    These(Vec<u32>),
}

impl IfMatch {
    /// Any version.
    pub fn any() -> Self {
        Self(Meant::Any)
    }

    /// Whether the header is absent, `*`, or names that version.
    pub fn accepts(&self, version: u32) -> bool {
        match &self.0 {
            Meant::Unsaid | Meant::Any => true,
            Meant::These(versions) => versions.contains(&version),
        }
    }

    /// The same, where a version must be named: of the catalogue, which two people may change at once without knowing of each other.
    ///
    /// # Errors
    /// `precondition_required` where the header is absent.
    pub fn required(self) -> Result<Self, Problem> {
        if self.0 == Meant::Unsaid { Err(Problem::new(Code::PreconditionRequired)) } else { Ok(self) }
    }

    /// That the version is one that is meant.
    ///
    /// # Errors
    /// `stale_version` where it is not.
    pub fn check(&self, version: u32) -> Result<(), Problem> {
        if self.accepts(version) { Ok(()) } else { Err(Problem::new(Code::StaleVersion)) }
    }
}

/// The tag of a version.
pub fn etag(version: u32) -> String {
    format!("\"{version}\"")
}

impl FromRequest for IfMatch {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(parse(request))
    }
}

fn parse(request: &HttpRequest) -> Result<IfMatch, Problem> {
    let Some(value) = request.headers().get(header::IF_MATCH) else { return Ok(IfMatch(Meant::Unsaid)) };
    let malformed = || Problem::with(Code::MalformedHeader, "If-Match");
    let text = value.to_str().map_err(|_| malformed())?.trim();
    if text == "*" {
        return Ok(IfMatch(Meant::Any));
    }
    // A tag that no version has is well-formed and matches nothing. After a point stands how it was read, which no command minds.
    let tags = text.split(',').map(str::trim);
    let versions = tags.map(|tag| {
        let quoted = tag.strip_prefix("W/").unwrap_or(tag).strip_prefix('"').and_then(|tag| tag.strip_suffix('"'));
        let version = quoted.map(|tag| tag.split_once('.').map_or(tag, |(version, _)| version));
        version.map(|version| version.parse().unwrap_or(0)).ok_or_else(malformed)
    });
    Ok(IfMatch(Meant::These(versions.collect::<Result<_, _>>()?)))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn versions_are_read_from_tags() {
        let of = |value: &str| parse(&TestRequest::default().insert_header(("if-match", value)).to_http_request());
        assert!(of("\"3\"").unwrap().accepts(3));
        assert!(!of("\"3\"").unwrap().accepts(4));
        assert!(of("\"2\", \"3\"").unwrap().accepts(3));
        assert!(of("\"3.0f9e\"").unwrap().accepts(3));
        assert!(!of("\"3.4\"").unwrap().accepts(4));
        assert!(of("*").unwrap().accepts(9));
        assert!(!of("\"abc\"").unwrap().accepts(1));
        assert!(of("3").is_err());
        assert!(of("*").unwrap().required().is_ok());
        let unsaid = parse(&TestRequest::default().to_http_request()).unwrap();
        assert!(unsaid.accepts(9) && unsaid.required().is_err());
    }
}
