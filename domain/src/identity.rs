//! Signing in with an identity that somebody else vouches for (OpenID Connect): what must hold of their word, and whose account it opens.
//!
//! An identity opens the account that it was linked to, and no other. That its phone number is another account's own links nothing: whoever
//! registered that account may have known the number only, and would share it with the person from then on.

use chrono::Duration;

use crate::{account::Login, text::FullName, time::Instant};

/// How long a sign-in with an identity may take, from its beginning to its end, in seconds.
pub const ATTEMPT_LIFE_SECS: u32 = 600;

/// How far the provider's clock may be from ours.
const SKEW: Duration = Duration::seconds(60);

/// What an ID token says of itself (OpenID Connect Core 1.0, section 2).
#[derive(Debug, Clone, Copy)]
pub struct Presented<'a> {
    /// Who vouches.
    pub issuer: &'a str,
    /// For whom.
    pub subject: &'a str,
    /// To whom.
    pub audience: &'a [String],
    /// The client that asked, where the provider says so.
    pub authorized_party: Option<&'a str>,
    /// What was sent along when it was asked for.
    pub nonce: Option<&'a str>,
    /// When it was made.
    pub issued_at: Instant,
    /// From when it counts, where that is said.
    pub not_before: Option<Instant>,
    /// Until when it counts.
    pub expires_at: Instant,
}

/// What it must say.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// The issuer that was asked.
    pub issuer: &'a str,
    /// The id that it knows us by.
    pub client: &'a str,
    /// What this sign-in sent along.
    pub nonce: &'a str,
}

/// Why an ID token proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdentityFault {
    /// Somebody else made it.
    #[error("the ID token is another issuer's")]
    Issuer,
    /// It is for somebody else.
    #[error("the ID token is for another client")]
    Audience,
    /// It belongs to another sign-in.
    #[error("the ID token has another nonce")]
    Nonce,
    /// It names nobody, or with more characters than there may be.
    #[error("the ID token names no subject")]
    Subject,
    /// It counts no more.
    #[error("the ID token has expired")]
    Expired,
    /// It does not count yet.
    #[error("the ID token is not valid yet")]
    NotYet,
}

/// The most characters of a subject (Core 1.0, section 2).
const SUBJECT_MAX: usize = 255;

/// Whether an ID token whose signature is right proves who is signing in (Core 1.0, section 3.1.3.7).
///
/// # Errors
/// The first [`IdentityFault`].
pub fn check(presented: &Presented<'_>, expected: &Expected<'_>, now: Instant) -> Result<(), IdentityFault> {
    if presented.issuer != expected.issuer {
        return Err(IdentityFault::Issuer);
    }
    let is_ours = presented.audience.iter().any(|client| client == expected.client);
    let asked_for_by_us = match presented.authorized_party {
        Some(client) => client == expected.client,
        // One that is for several says which of them asked.
        None => presented.audience.len() == 1,
    };
    if !is_ours || !asked_for_by_us {
        return Err(IdentityFault::Audience);
    }
    if presented.nonce != Some(expected.nonce) {
        return Err(IdentityFault::Nonce);
    }
    if presented.subject.is_empty() || presented.subject.len() > SUBJECT_MAX {
        return Err(IdentityFault::Subject);
    }
    if presented.expires_at.plus(SKEW) <= now {
        return Err(IdentityFault::Expired);
    }
    let begins = presented.not_before.unwrap_or(presented.issued_at).max(presented.issued_at);
    if begins > now.plus(SKEW) {
        return Err(IdentityFault::NotYet);
    }
    Ok(())
}

/// What a provider says of a person, beside who they are.
#[derive(Debug, Clone, Default)]
pub struct Described<'a> {
    /// `name`.
    pub name: Option<&'a str>,
    /// `phone_number`.
    pub phone: Option<&'a str>,
    /// `phone_number_verified`.
    pub phone_verified: bool,
    /// `email`.
    pub email: Option<&'a str>,
    /// `email_verified`.
    pub email_verified: bool,
}

impl Described<'_> {
    /// What an account of that person signs in with too: the phone number, or else the e-mail address, that the provider has verified.
    pub fn login(&self) -> Option<Login> {
        let phone = self.phone.filter(|_| self.phone_verified).and_then(|phone| Login::phone(phone).ok());
        phone.or_else(|| self.email.filter(|_| self.email_verified).and_then(|email| Login::email(email).ok()))
    }

    /// The person's name, where it is one.
    pub fn full_name(&self) -> Option<FullName> {
        self.name.and_then(|name| FullName::parse(name).ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXPECTED: Expected<'_> = Expected { issuer: "https://id.example.vn", client: "pakn", nonce: "n" };

    fn at(secs: i64) -> Instant {
        Instant::from_micros(1_800_000_000_000_000 + secs * 1_000_000).unwrap()
    }

    fn checked(change: impl FnOnce(&mut Presented<'_>), audience: &[&str]) -> Result<(), IdentityFault> {
        let audience: Vec<String> = audience.iter().map(|client| (*client).to_owned()).collect();
        let mut presented = Presented {
            issuer: EXPECTED.issuer,
            subject: "027090000001",
            audience: &audience,
            authorized_party: None,
            nonce: Some("n"),
            issued_at: at(0),
            not_before: None,
            expires_at: at(300),
        };
        change(&mut presented);
        check(&presented, &EXPECTED, at(10))
    }

    #[test]
    fn a_token_for_this_sign_in_proves_it_and_no_other_does() {
        use IdentityFault::{Audience, Expired, Issuer, Nonce, NotYet, Subject};
        let ours = ["pakn"];
        assert_eq!(checked(|_| {}, &ours), Ok(()));
        assert_eq!(checked(|token| token.issuer = "https://id.example.vn/", &ours), Err(Issuer));
        assert_eq!(checked(|_| {}, &["pakn2"]), Err(Audience));
        assert_eq!(checked(|_| {}, &[]), Err(Audience));
        assert_eq!(checked(|_| {}, &["other", "pakn"]), Err(Audience), "who of them asked?");
        assert_eq!(checked(|token| token.authorized_party = Some("pakn"), &["other", "pakn"]), Ok(()));
        assert_eq!(checked(|token| token.authorized_party = Some("other"), &ours), Err(Audience));
        assert_eq!(checked(|token| token.nonce = None, &ours), Err(Nonce));
        assert_eq!(checked(|token| token.nonce = Some("m"), &ours), Err(Nonce));
        assert_eq!(checked(|token| token.subject = "", &ours), Err(Subject));
        assert_eq!(checked(|token| token.subject = "0".repeat(256).leak(), &ours), Err(Subject));
        assert_eq!(checked(|token| token.expires_at = at(-49), &ours), Ok(()), "clocks differ");
        assert_eq!(checked(|token| token.expires_at = at(-50), &ours), Err(Expired));
        assert_eq!(checked(|token| token.issued_at = at(70), &ours), Ok(()));
        assert_eq!(checked(|token| token.issued_at = at(71), &ours), Err(NotYet));
        assert_eq!(checked(|token| token.not_before = Some(at(71)), &ours), Err(NotYet));
    }

    #[test]
    fn only_what_the_provider_verified_is_signed_in_with() {
        let described = Described { phone: Some("0912 345 678"), email: Some("ha@example.vn"), ..Described::default() };
        assert_eq!(described.login(), None);
        let by_mail = Described { email_verified: true, ..described.clone() };
        assert_eq!(by_mail.login(), Some(Login::Email("ha@example.vn".to_owned())));
        let by_phone = Described { phone_verified: true, ..by_mail };
        assert_eq!(by_phone.login(), Some(Login::Phone("+84912345678".to_owned())));
        let abroad = Described { phone: Some("+1 202 555 0100"), phone_verified: true, ..Described::default() };
        assert_eq!(abroad.login(), None);
    }

    #[test]
    fn a_name_is_taken_as_it_is_or_not_at_all() {
        let named = |name| Described { name: Some(name), ..Described::default() }.full_name().is_some();
        assert!(named("Nguyễn Đặng Thuỳ-Trâm"));
        assert!(!named("  "));
        assert!(!named(&"a".repeat(300)));
    }
}
