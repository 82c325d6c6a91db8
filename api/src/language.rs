//! The language of an answer: Vietnamese, or English where the client asks for it.

use actix_web::{
    HttpMessage, HttpRequest,
    http::header::{AcceptLanguage, Header},
};
use domain::wording::{Worded, Wording, Wordings};
use serde::Deserialize;

/// A language that texts come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// The default.
    Vietnamese,
    /// On `Accept-Language: en`.
    English,
}

impl Language {
    /// The first of the client's languages, by its preference, that there is.
    pub fn of(request: &impl HttpMessage) -> Self {
        let Ok(accepted) = AcceptLanguage::parse(request) else { return Self::Vietnamese };
        let ranked = accepted.ranked();
        let known = ranked.iter().filter_map(|language| {
            let tag = language.to_string().to_ascii_lowercase();
            tag.split('-').next().and_then(Self::from_tag)
        });
        known.into_iter().next().unwrap_or(Self::Vietnamese)
    }

    /// The language of a page for a person: the one that its address names (`?lang=vi`, `?lang=en`), else [`Language::of`].
    pub fn of_page(request: &HttpRequest) -> Self {
        #[derive(Deserialize)]
        struct Named {
            lang: Option<String>,
        }
        let named = serde_urlencoded::from_str::<Named>(request.query_string()).ok().and_then(|named| named.lang);
        named.as_deref().and_then(Self::from_tag).unwrap_or_else(|| Self::of(request))
    }

    fn from_tag(tag: &str) -> Option<Self> {
        match tag {
            "vi" => Some(Self::Vietnamese),
            "en" => Some(Self::English),
            _ => None,
        }
    }

    /// The one that a page can be turned to.
    pub fn other(self) -> Self {
        match self {
            Self::Vietnamese => Self::English,
            Self::English => Self::Vietnamese,
        }
    }

    /// Its BCP 47 tag.
    pub fn tag(self) -> &'static str {
        match self {
            Self::Vietnamese => "vi",
            Self::English => "en",
        }
    }

    /// A text that an operator may have put in other words.
    pub fn worded(self, wordings: &Wordings, wording: Wording) -> String {
        let Worded { vietnamese, english } = wordings.told(wording);
        match self {
            Self::Vietnamese => vietnamese,
            Self::English => english,
        }
    }

    /// One of two texts.
    pub fn choose<'a>(self, vietnamese: &'a str, english: &'a str) -> &'a str {
        match self {
            Self::Vietnamese => vietnamese,
            Self::English => english,
        }
    }
}

impl actix_web::FromRequest for Language {
    type Error = std::convert::Infallible;
    type Future = std::future::Ready<Result<Self, Self::Error>>;

    fn from_request(request: &actix_web::HttpRequest, _: &mut actix_web::dev::Payload) -> Self::Future {
        std::future::ready(Ok(Self::of(request)))
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn vietnamese_unless_english_is_preferred() {
        let of = |value: &str| {
            Language::of(&TestRequest::default().insert_header(("accept-language", value)).to_http_request())
        };
        assert_eq!(Language::of(&TestRequest::default().to_http_request()), Language::Vietnamese);
        assert_eq!(of("en"), Language::English);
        assert_eq!(of("en-GB,en;q=0.9,vi;q=0.8"), Language::English);
        assert_eq!(of("fr, en;q=0.5, vi;q=0.7"), Language::Vietnamese);
        assert_eq!(of("*"), Language::Vietnamese);
        assert_eq!(of(";;;"), Language::Vietnamese);
    }

    #[test]
    fn an_address_names_the_language_of_a_page() {
        let of = |uri: &str, accepted: &str| {
            let request = TestRequest::with_uri(uri).insert_header(("accept-language", accepted));
            Language::of_page(&request.to_http_request())
        };
        assert_eq!(of("/dashboard?lang=en", "vi"), Language::English);
        assert_eq!(of("/dashboard?as_of=&lang=vi", "en"), Language::Vietnamese);
        assert_eq!(of("/dashboard?lang=fr", "en"), Language::English);
        assert_eq!(of("/dashboard?lang=en&lang=vi", "vi"), Language::Vietnamese);
    }
}
