//! HTTP Message Signatures (RFC 9421) in the one form that the exchange takes: one signature, HMAC-SHA256, over method, path and query,
//! and over the digest of the body (RFC 9530) where there is one. The fields are read by `sfv`, so that whatever library a partner signs
//! with may order and space them as it likes.

use std::fmt::Write;

use actix_web::{HttpRequest, http::header::HeaderMap};
use aws_lc_rs::hmac;
use domain::{chain::Digest, time::Instant};
use sfv::{BareItem, Dictionary, FieldType, InnerList, List, ListEntry, Parser};

use crate::problem::{Code, Problem};

/// How far the clock of a partner may be from ours, in seconds, and for how long a request is good. What is played again within it does
/// nothing a second time: a message is known by its id.
pub const WINDOW_SECONDS: i64 = 300;

/// What a signature must cover.
const COVERED: [&str; 3] = ["@method", "@path", "@query"];
/// The same, where there is a body.
const BODY: &str = "content-digest";

/// A signature that was read and whose text is known, before anybody has looked whether it is good.
#[derive(Debug)]
pub(super) struct Claimed {
    /// Who it is said to be.
    pub(super) key_id: String,
    created: i64,
    expires: Option<i64>,
    base: String,
    signature: Vec<u8>,
}

fn refused(why: &str) -> Problem {
    Problem::with(Code::InvalidSignature, why)
}

impl Claimed {
    /// Reads the signature of a request, and what it must have been made over.
    ///
    /// # Errors
    /// [`Code::Unsigned`] where there is none, [`Code::InvalidSignature`] for one that covers too little or another body.
    pub(super) fn read(request: &HttpRequest, body: &[u8]) -> Result<Self, Problem> {
        let headers = request.headers();
        let (Some(input), Some(signature)) =
            (dictionary(headers, "signature-input")?, dictionary(headers, "signature")?)
        else {
            return Err(Problem::new(Code::Unsigned));
        };
        let mut members = input.into_iter();
        let (Some((label, ListEntry::InnerList(input))), None) = (members.next(), members.next()) else {
            return Err(refused("Signature-Input: one signature, no more"));
        };
        let signature = bytes_of(&signature, label.as_str()).ok_or_else(|| refused("Signature: none of that label"))?;
        let covered = covered(&input)?;
        let missing = COVERED.iter().chain((!body.is_empty()).then_some(&BODY)).find(|name| !covered.contains(name));
        if let Some(missing) = missing {
            return Err(refused(&format!("Signature-Input: {missing} is not covered")));
        }
        check_digest(headers, body)?;
        let number = |name: &str| input.params.get(name).and_then(BareItem::as_integer).map(i64::from);
        let text =
            |name: &str| input.params.get(name).and_then(BareItem::as_string).map(|text| text.as_str().to_owned());
        let (key_id, created, expires) = (text("keyid"), number("created"), number("expires"));
        if text("alg").is_some_and(|algorithm| algorithm != "hmac-sha256") {
            return Err(refused("alg: hmac-sha256"));
        }
        Ok(Self {
            key_id: key_id.ok_or_else(|| refused("keyid: missing"))?,
            created: created.ok_or_else(|| refused("created: missing"))?,
            expires,
            base: base(request, &covered, input)?,
            signature,
        })
    }

    /// Whether one of those keys made it, and lately.
    ///
    /// # Errors
    /// [`Code::InvalidSignature`], [`Code::StaleSignature`].
    pub(super) fn check(&self, keys: &[&hmac::Key], now: Instant) -> Result<(), Problem> {
        let good = keys.iter().any(|key| hmac::verify(key, self.base.as_bytes(), &self.signature).is_ok());
        if !good {
            // Not what was wrong: the text that was signed may be anybody's.
            return Err(Problem::new(Code::InvalidSignature));
        }
        let now = now.micros().div_euclid(1_000_000);
        let fresh = (self.created - now).abs() <= WINDOW_SECONDS && self.expires.is_none_or(|expires| now < expires);
        if fresh { Ok(()) } else { Err(Problem::new(Code::StaleSignature)) }
    }
}

fn dictionary(headers: &HeaderMap, name: &str) -> Result<Option<Dictionary>, Problem> {
    let mut values = headers.get_all(name);
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(refused(&format!("{name}: in one field")));
    }
    let parsed = Parser::new(value.as_bytes()).parse::<Dictionary>();
    parsed.map(Some).map_err(|error| refused(&format!("{name}: {error}")))
}

/// The components that are covered, each once and of those that we can say the value of.
fn covered(input: &InnerList) -> Result<Vec<&'static str>, Problem> {
    let mut covered: Vec<&'static str> = Vec::new();
    for item in &input.items {
        let name = item.bare_item.as_string().filter(|_| item.params.is_empty());
        let name = name.ok_or_else(|| refused("Signature-Input: a component with parameters"))?.as_str();
        let known = COVERED.iter().chain([&BODY, &"@authority", &"content-type"]).find(|known| **known == name);
        let known = known.ok_or_else(|| refused(&format!("Signature-Input: {name} is not known here")))?;
        if covered.contains(known) {
            return Err(refused(&format!("Signature-Input: {known} twice")));
        }
        covered.push(known);
    }
    Ok(covered)
}

/// That the body is the one whose digest was signed.
fn check_digest(headers: &HeaderMap, body: &[u8]) -> Result<(), Problem> {
    let digest = dictionary(headers, BODY)?;
    if digest.is_none() && body.is_empty() {
        return Ok(());
    }
    let named = digest.as_ref().and_then(|digest| bytes_of(digest, "sha-256"));
    let named = named.ok_or_else(|| refused("Content-Digest: sha-256"))?;
    if Digest::of(&[body]).as_bytes().as_slice() == named.as_slice() {
        Ok(())
    } else {
        Err(refused("Content-Digest: not of this body"))
    }
}

/// The bytes of a member.
fn bytes_of(dictionary: &Dictionary, name: &str) -> Option<Vec<u8>> {
    match dictionary.get(name)? {
        ListEntry::Item(item) => item.bare_item.as_byte_sequence().map(<[u8]>::to_vec),
        ListEntry::InnerList(_) => None,
    }
}

/// What is signed (RFC 9421, 2.5).
fn base(request: &HttpRequest, covered: &[&str], input: InnerList) -> Result<String, Problem> {
    let mut base = String::new();
    for name in covered {
        let value = match *name {
            "@method" => request.method().as_str().to_owned(),
            "@path" => request.uri().path().to_owned(),
            "@query" => format!("?{}", request.query_string()),
            "@authority" => request.connection_info().host().to_ascii_lowercase(),
            field => {
                let values: Vec<&str> =
                    request.headers().get_all(field).filter_map(|value| value.to_str().ok()).map(str::trim).collect();
                if values.is_empty() {
                    return Err(refused(&format!("{field}: missing")));
                }
                values.join(", ")
            }
        };
        writeln!(base, "\"{name}\": {value}").map_err(Problem::internal)?;
    }
    let list: List = vec![ListEntry::InnerList(input)];
    let parameters = list.serialize().ok_or_else(|| refused("Signature-Input: empty"))?;
    write!(base, "\"@signature-params\": {parameters}").map_err(Problem::internal)?;
    Ok(base)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;
    use base64::{Engine, engine::general_purpose::STANDARD};

    use super::*;

    /// The request of RFC 9421, B.2, with the shared secret of B.1.5, signed anew over what the exchange asks for; by Python's `hmac`.
    fn request(signature: &str, digest: &str) -> HttpRequest {
        TestRequest::post()
            .uri("/foo?param=Value&Pet=dog")
            .insert_header(("content-digest", format!("sha-256=:{digest}:")))
            .insert_header((
                "signature-input",
                "sig1=(\"@method\"  \"@path\" \"@query\" \"content-digest\");created=1618884473;keyid=\"test-shared-secret\"",
            ))
            .insert_header(("signature", format!("sig1=:{signature}:")))
            .to_http_request()
    }

    fn key() -> hmac::Key {
        let secret = "uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ==";
        hmac::Key::new(hmac::HMAC_SHA256, &STANDARD.decode(secret).unwrap())
    }

    const BODY: &[u8] = b"{\"hello\": \"world\"}";
    const DIGEST: &str = "X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=";
    const SIGNATURE: &str = "GpndXkavayL9xwDdOQBXZK+bymPZb0OQykqiS0zQxIo=";

    fn at(seconds: i64) -> Instant {
        Instant::from_micros(seconds * 1_000_000).unwrap()
    }

    #[test]
    fn what_another_program_signed_is_good_for_a_while() {
        let claimed = Claimed::read(&request(SIGNATURE, DIGEST), BODY).unwrap();
        assert_eq!(claimed.key_id, "test-shared-secret");
        let (other, key) = (hmac::Key::new(hmac::HMAC_SHA256, b"other"), key());
        claimed.check(&[&other, &key], at(1_618_884_473 + 300)).unwrap();
        claimed.check(&[&key], at(1_618_884_473 - 300)).unwrap();
        for seconds in [301, -301] {
            let stale = claimed.check(&[&key], at(1_618_884_473 + seconds)).unwrap_err();
            assert_eq!(stale.code, Code::StaleSignature);
        }
        assert_eq!(claimed.check(&[&other], at(1_618_884_473)).unwrap_err().code, Code::InvalidSignature);
    }

    #[test]
    fn another_body_and_another_request_are_refused() {
        let read = Claimed::read(&request(SIGNATURE, DIGEST), b"{\"hello\": \"World\"}");
        assert_eq!(read.unwrap_err().code, Code::InvalidSignature);
        // Another signature of the same length.
        let forged = Claimed::read(&request(&STANDARD.encode([7_u8; 32]), DIGEST), BODY).unwrap();
        assert_eq!(forged.check(&[&key()], at(1_618_884_473)).unwrap_err().code, Code::InvalidSignature);
    }

    #[test]
    fn what_covers_too_little_or_cannot_be_read_is_refused() {
        let signed = |input: &str| {
            TestRequest::post()
                .uri("/foo")
                .insert_header(("content-digest", format!("sha-256=:{DIGEST}:")))
                .insert_header(("signature-input", input))
                .insert_header(("signature", format!("sig1=:{SIGNATURE}:")))
                .to_http_request()
        };
        let all = "(\"@method\" \"@path\" \"@query\" \"content-digest\")";
        for input in [
            "sig1=(\"@method\" \"@path\" \"@query\");created=1;keyid=\"a\"".to_owned(),
            "sig1=(\"@method\" \"@path\" \"content-digest\");created=1;keyid=\"a\"".to_owned(),
            format!("sig1={all};keyid=\"a\""),
            format!("sig1={all};created=1"),
            format!("sig1={all};created=1;keyid=\"a\";alg=\"ed25519\""),
            format!("sig2={all};created=1;keyid=\"a\""),
            format!("sig1={all};created=1;keyid=\"a\", sig2={all};created=1;keyid=\"a\""),
            "sig1=(\"@method\" \"@method\");created=1;keyid=\"a\"".to_owned(),
            "sig1=(\"@method\";req \"@path\");created=1;keyid=\"a\"".to_owned(),
            "sig1=(\"x-other\");created=1;keyid=\"a\"".to_owned(),
            "sig1=1".to_owned(),
            "sig1=(".to_owned(),
        ] {
            let read = Claimed::read(&signed(&input), BODY);
            assert_eq!(read.unwrap_err().code, Code::InvalidSignature, "{input}");
        }
        let unsigned = TestRequest::post().uri("/foo").to_http_request();
        assert_eq!(Claimed::read(&unsigned, BODY).unwrap_err().code, Code::Unsigned);
    }
}
