//! The language of an answer: Vietnamese, or English where the client asks for it.

use actix_web::{
    HttpMessage,
    http::header::{AcceptLanguage, Header},
};

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
            match tag.split('-').next() {
                Some("vi") => Some(Self::Vietnamese),
                Some("en") => Some(Self::English),
                _ => None,
            }
        });
        known.into_iter().next().unwrap_or(Self::Vietnamese)
    }

    /// Its BCP 47 tag.
    pub fn tag(self) -> &'static str {
        match self {
            Self::Vietnamese => "vi",
            Self::English => "en",
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
}
