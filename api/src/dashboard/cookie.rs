//! The two cookies of the page: which they are, how they are read and set.

use std::time::Duration;

use actix_web::{
    HttpRequest,
    http::{Uri, header},
    web::Data,
};

use crate::settings::CookieSecure;

/// A cookie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cookie {
    /// What a sign-in gives.
    Session,
    /// What the sign-in form is bound to, before there is a session.
    SignIn,
}

/// How many hexadecimal digits a secret has.
const SECRET_DIGITS: usize = 64;

impl Cookie {
    fn name(self) -> &'static str {
        match self {
            Self::Session => "pakn_session",
            Self::SignIn => "pakn_sign_in",
        }
    }

    fn path(self) -> &'static str {
        match self {
            Self::Session => "/dashboard",
            Self::SignIn => "/dashboard/sign-in",
        }
    }

    /// The secret that a request shows, where it shows exactly one: of two cookies of one name, which a neighbouring site under the
    /// same domain can bring about, nobody can say whose they are.
    pub fn of(self, request: &HttpRequest) -> Option<String> {
        let headers = request.headers().get_all(header::COOKIE).filter_map(|value| value.to_str().ok());
        let pairs = headers.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let mut values = pairs.filter(|(name, _)| *name == self.name()).map(|(_, value)| value);
        let only = values.next().filter(|_| values.next().is_none())?;
        let is_secret =
            only.len() == SECRET_DIGITS && only.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        is_secret.then(|| only.to_owned())
    }

    /// The header that sets it.
    pub fn set(self, secret: &str, life: Duration, request: &HttpRequest) -> (header::HeaderName, String) {
        let (name, path, secure) = (self.name(), self.path(), if is_secure(request) { "; Secure" } else { "" });
        let value =
            format!("{name}={secret}; Path={path}; Max-Age={}; HttpOnly; SameSite=Strict{secure}", life.as_secs());
        (header::SET_COOKIE, value)
    }

    /// The header that takes it away.
    pub fn clear(self, request: &HttpRequest) -> (header::HeaderName, String) {
        self.set("", Duration::ZERO, request)
    }
}

/// Whether the cookie may travel over https alone. What a client claims here concerns nobody's cookie but its own.
fn is_secure(request: &HttpRequest) -> bool {
    match request.app_data::<Data<CookieSecure>>().map_or(CookieSecure::Auto, |setting| ***setting) {
        CookieSecure::Always => true,
        CookieSecure::Never => false,
        CookieSecure::Auto => {
            let origin = request.headers().get(header::ORIGIN).and_then(|origin| origin.to_str().ok());
            let scheme = origin.and_then(|origin| origin.parse::<Uri>().ok()?.scheme_str().map(str::to_owned));
            scheme.as_deref() == Some("https") || request.connection_info().scheme() == "https"
        }
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn secret(digit: char) -> String {
        digit.to_string().repeat(SECRET_DIGITS)
    }

    fn reads(lines: &[String]) -> Option<String> {
        let request = lines
            .iter()
            .fold(TestRequest::default(), |request, line| request.append_header((header::COOKIE, line.as_str())));
        Cookie::Session.of(&request.to_http_request())
    }

    #[test]
    fn a_cookie_is_read_where_there_is_one_and_it_looks_like_ours() {
        let a = secret('a');
        assert_eq!(reads(&[format!("pakn_session={a}")]), Some(a.clone()));
        assert_eq!(reads(&[format!("x=1; pakn_session={a}; pakn_sign_in=2")]), Some(a.clone()));
        let wrong = [
            String::new(),
            "pakn_session=".to_owned(),
            "pakn_session=x".to_owned(),
            format!("pakn_session={}", a.to_uppercase()),
            format!("pakn_session={a}; pakn_session={}", secret('b')),
            format!("xpakn_session={a}"),
        ];
        for line in wrong {
            assert_eq!(reads(std::slice::from_ref(&line)), None, "{line}");
        }
        assert_eq!(reads(&[format!("pakn_session={a}"), format!("pakn_session={a}")]), None);
    }

    fn is_set_secure(setting: CookieSecure, headers: &[(&str, &str)]) -> bool {
        let request = TestRequest::default().app_data(Data::new(setting));
        let request = headers.iter().fold(request, |request, header| request.insert_header(*header));
        Cookie::Session.set("", Duration::ZERO, &request.to_http_request()).1.ends_with("; Secure")
    }

    #[test]
    fn the_setting_decides_whether_it_is_secure() {
        let (proxied, origin) = (("x-forwarded-proto", "https"), ("origin", "https://pakn.example"));
        for headers in [&[proxied][..], &[origin]] {
            assert!(is_set_secure(CookieSecure::Auto, headers), "{headers:?}");
            assert!(!is_set_secure(CookieSecure::Never, headers), "{headers:?}");
        }
        for headers in [&[][..], &[("origin", "http://pakn.example")], &[("origin", "null")]] {
            assert!(!is_set_secure(CookieSecure::Auto, headers), "{headers:?}");
            assert!(is_set_secure(CookieSecure::Always, headers), "{headers:?}");
        }
    }
}
