//! What keeps another site from acting in a reader's name: a form is taken only from our own page ([`from_our_page`]), with a
//! token that this page had for the reader's cookie ([`form_token`]). `SameSite=Strict` on the cookie stands before both.

use actix_web::{
    HttpRequest,
    http::{Uri, header},
};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use domain::chain::Digest;

use crate::clock;

const SEC_FETCH_SITE: header::HeaderName = header::HeaderName::from_static("sec-fetch-site");

/// What a browser says about who sent a request, in `Sec-Fetch-Site`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sender {
    /// Our own page.
    Ourselves,
    /// Another site.
    AnotherSite,
    /// A neighbour, the reader's own hand (a bookmark), or a browser that does not say: over plain http none does.
    Unknown,
}

impl Sender {
    /// Who sent it.
    pub fn of(request: &HttpRequest) -> Self {
        match request.headers().get(SEC_FETCH_SITE).map(header::HeaderValue::as_bytes) {
            Some(b"same-origin") => Self::Ourselves,
            Some(b"cross-site") => Self::AnotherSite,
            Some(_) | None => Self::Unknown,
        }
    }
}

/// Whether a form was sent by our own page. `Sec-Fetch-Site` says so where there is one, else `Origin`, which every browser sends
/// with a form; a request without either is not a browser's.
pub fn from_our_page(request: &HttpRequest) -> bool {
    if request.headers().contains_key(SEC_FETCH_SITE) {
        return Sender::of(request) == Sender::Ourselves;
    }
    let text = |name| request.headers().get(name).and_then(|value: &header::HeaderValue| value.to_str().ok());
    let origin = text(header::ORIGIN).and_then(|origin| origin.parse::<Uri>().ok());
    // The host alone: behind a proxy the scheme that we see is not the browser's.
    let authority = origin.as_ref().and_then(Uri::authority);
    authority.zip(text(header::HOST)).is_some_and(|(authority, host)| authority.as_str().eq_ignore_ascii_case(host))
}

/// A token for a form: it fits the cookie's secret, does not tell it, and is another one each time, so that compression of a page
/// that is asked for again and again gives nothing away.
pub fn form_token(secret: &str) -> String {
    let nonce = clock::secret();
    format!("{nonce}.{}", binding(&nonce, secret))
}

/// Whether a form's token is one that was made for this secret.
pub fn fits(token: &str, secret: &str) -> bool {
    let Some((nonce, bound)) = token.split_once('.') else { return false };
    verify_slices_are_equal(binding(nonce, secret).as_bytes(), bound.as_bytes()).is_ok()
}

fn binding(nonce: &str, secret: &str) -> String {
    hex::encode(Digest::of(&[b"form\0", nonce.as_bytes(), b"\0", secret.as_bytes()]).as_bytes())
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn a_token_fits_its_own_secret_alone() {
        let (one, other) = (clock::secret(), clock::secret());
        let token = form_token(&one);
        assert!(fits(&token, &one) && !token.contains(&one));
        assert!(!fits(&token, &other));
        assert_ne!(token, form_token(&one));
        for wrong in ["", ".", "x", &token[1..], &token[..token.len() - 1], token.split('.').next().unwrap()] {
            assert!(!fits(wrong, &one), "{wrong}");
        }
    }

    fn is_ours(headers: &[(&str, &str)]) -> bool {
        let request = TestRequest::default().insert_header(("host", "pakn.example:8080"));
        let request = headers.iter().fold(request, |request, header| request.insert_header(*header));
        from_our_page(&request.to_http_request())
    }

    #[test]
    fn a_form_is_taken_from_our_own_page_alone() {
        for ours in [
            &[("sec-fetch-site", "same-origin")][..],
            &[("origin", "http://pakn.example:8080")],
            &[("origin", "https://PAKN.example:8080")],
        ] {
            assert!(is_ours(ours), "{ours:?}");
        }
        for foreign in [
            &[][..],
            &[("origin", "null")],
            &[("origin", "http://pakn.example")],
            &[("origin", "http://pakn.example:8080.evil.example")],
            &[("origin", "http://evil.example")],
            &[("sec-fetch-site", "cross-site"), ("origin", "http://pakn.example:8080")],
            &[("sec-fetch-site", "same-site"), ("origin", "http://pakn.example:8080")],
            &[("sec-fetch-site", "none")],
        ] {
            assert!(!is_ours(foreign), "{foreign:?}");
        }
    }
}
