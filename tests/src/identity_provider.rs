//! An OpenID provider for tests. It keeps to the protocol, and checks that pakn does; and it lies as it is told to, which no provider from
//! a registry does. That pakn gets along with one of those is another test's matter (`oidc_provider`).

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use actix_web::{HttpRequest, HttpResponse, web};
use aws_lc_rs::{
    digest::{SHA256, digest},
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use reqwest::Url;
use serde_json::{Value, json};

use crate::neighbour::Neighbour;

/// The id and secret that pakn is registered with; the secret has what must be encoded in a header.
pub const CLIENT: (&str, &str) = ("pakn app", "s3cret:+ %");

/// What the next token says that is not true.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lie {
    /// Of another issuer.
    Issuer,
    /// For another client.
    Audience,
    /// For several clients, of which another asked.
    Party,
    /// Of another sign-in.
    Nonce,
    /// Of no sign-in in particular.
    NoNonce,
    /// Expired an hour ago.
    Expired,
    /// Good from an hour on.
    NotYet,
    /// Signed by a key that is not the provider's, under the id of its key.
    Forged,
    /// Not signed at all.
    Unsigned,
    /// Signed with the public key as if it were a shared secret.
    Shared,
    /// No token.
    Garbage,
    /// Another person's, at the endpoint for what is said of them.
    Somebody,
}

/// Somebody whom it knows: `sub`, and what else it says of them.
pub type Known = Value;

struct Grant {
    who: Known,
    nonce: String,
    challenge: String,
    redirect_uri: String,
}

struct Key {
    id: String,
    pkcs8: Vec<u8>,
    public: Vec<u8>,
}

impl Key {
    fn new(number: usize) -> Self {
        let pkcs8 = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let public = pkcs8.public_key().as_ref().to_vec();
        Self { id: format!("key-{number}"), pkcs8: pkcs8.to_pkcs8v1().unwrap().as_ref().to_vec(), public }
    }

    fn jwk(&self) -> Value {
        let part = |range: std::ops::Range<usize>| URL_SAFE_NO_PAD.encode(&self.public[range]);
        json!({"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": self.id, "x": part(1..33), "y": part(33..65)})
    }
}

struct Inside {
    issuer: String,
    key: Key,
    grants: HashMap<String, Grant>,
    tokens: HashMap<String, Known>,
    lie: Option<Lie>,
    down: bool,
    answers_with_issuer: bool,
    asked: usize,
    count: usize,
}

/// The provider.
pub struct IdentityProvider {
    /// Where it listens.
    pub address: SocketAddr,
    inside: Arc<Mutex<Inside>>,
    _server: Neighbour,
}

/// What a person comes back to the app with.
#[derive(Debug, Clone)]
pub struct Back {
    /// `code`.
    pub code: String,
    /// `state`.
    pub state: String,
}

impl IdentityProvider {
    /// Starts one.
    pub fn start() -> Self {
        let inside = Arc::new(Mutex::new(Inside {
            issuer: String::new(),
            key: Key::new(0),
            grants: HashMap::new(),
            tokens: HashMap::new(),
            lie: None,
            down: false,
            answers_with_issuer: false,
            asked: 0,
            count: 0,
        }));
        let data = web::Data::from(Arc::clone(&inside));
        let server = Neighbour::answering(move |config| {
            config
                .app_data(data.clone())
                .route("/.well-known/openid-configuration", web::get().to(configuration))
                .route("/keys", web::get().to(keys))
                .route("/token", web::post().to(token))
                .route("/userinfo", web::get().to(userinfo));
        });
        let address = server.address;
        inside.lock().unwrap().issuer = format!("http://{address}");
        Self { address, inside, _server: server }
    }

    /// What an operator writes into the file of providers.
    pub fn settings(&self) -> Value {
        json!({"code": "vneid", "name": "VNeID", "issuer": format!("http://{}", self.address), "client_id": CLIENT.0,
            "client_secret": CLIENT.1, "redirect_uris": ["vn.example.pakn:/dang-nhap", "https://pakn.example.vn/dang-nhap"]})
    }

    /// The next token is a lie.
    pub fn lies(&self, lie: Lie) {
        self.inside.lock().unwrap().lie = Some(lie);
    }

    /// Signs with another key from now on.
    pub fn rotates(&self) {
        let mut inside = self.inside.lock().unwrap();
        inside.count += 1;
        inside.key = Key::new(inside.count);
    }

    /// Answers 500 to everything, or no more.
    pub fn is_down(&self, down: bool) {
        self.inside.lock().unwrap().down = down;
    }

    /// Says that it puts its issuer into the link back (RFC 9207).
    pub fn answers_with_issuer(&self) {
        self.inside.lock().unwrap().answers_with_issuer = true;
    }

    /// How often it was asked for a token.
    pub fn asked(&self) -> usize {
        self.inside.lock().unwrap().asked
    }

    /// A person goes where pakn sends them, shows who they are, and comes back.
    pub fn shows(&self, authorization_url: &str, who: &Known) -> Back {
        let url = Url::parse(authorization_url).unwrap();
        assert!(authorization_url.starts_with(&format!("http://{}/authorize?", self.address)), "{url}");
        let asked: HashMap<String, String> = url.query_pairs().into_owned().collect();
        let said = |name: &str| asked[name].clone();
        assert_eq!((said("response_type"), said("client_id")), ("code".to_owned(), CLIENT.0.to_owned()));
        assert_eq!(said("code_challenge_method"), "S256");
        assert_eq!(said("scope"), "openid profile phone");
        assert!(said("state").len() >= 32 && said("nonce").len() >= 32 && said("state") != said("nonce"));
        let mut inside = self.inside.lock().unwrap();
        inside.count += 1;
        let code = format!("code-{}", inside.count);
        let grant = Grant {
            who: who.clone(),
            nonce: said("nonce"),
            challenge: said("code_challenge"),
            redirect_uri: said("redirect_uri"),
        };
        inside.grants.insert(code.clone(), grant);
        Back { code, state: said("state") }
    }
}

async fn configuration(inside: web::Data<Mutex<Inside>>) -> HttpResponse {
    let inside = inside.lock().unwrap();
    if inside.down {
        return HttpResponse::InternalServerError().finish();
    }
    let at = |path: &str| format!("{}/{path}", inside.issuer);
    HttpResponse::Ok().json(json!({
        "issuer": inside.issuer, "authorization_endpoint": at("authorize"), "token_endpoint": at("token"),
        "userinfo_endpoint": at("userinfo"), "jwks_uri": at("keys"), "response_types_supported": ["code"],
        "authorization_response_iss_parameter_supported": inside.answers_with_issuer,
    }))
}

async fn keys(inside: web::Data<Mutex<Inside>>) -> HttpResponse {
    let inside = inside.lock().unwrap();
    // One of a kind that pakn does not know does not hide the other.
    HttpResponse::Ok().json(json!({"keys": [{"kty": "PQ", "kid": "new"}, inside.key.jwk()]}))
}

async fn token(
    request: HttpRequest,
    form: web::Form<HashMap<String, String>>,
    inside: web::Data<Mutex<Inside>>,
) -> HttpResponse {
    let mut inside = inside.lock().unwrap();
    inside.asked += 1;
    if inside.down {
        return HttpResponse::InternalServerError().finish();
    }
    let encoded = |text: &str| text.replace('%', "%25").replace(':', "%3A").replace('+', "%2B").replace(' ', "+");
    let pair = format!("{}:{}", encoded(CLIENT.0), encoded(CLIENT.1));
    let expected = format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair));
    let said = request.headers().get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
    if said != expected {
        return HttpResponse::Unauthorized().json(json!({"error": "invalid_client"}));
    }
    let field = |name: &str| form.get(name).cloned().unwrap_or_default();
    let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, field("code_verifier").as_bytes()));
    // A code is good once, with the verifier and the link back that it was asked for with.
    let grant = inside.grants.remove(&field("code"));
    let grant = grant.filter(|grant| grant.challenge == challenge && grant.redirect_uri == field("redirect_uri"));
    let Some(grant) = grant.filter(|_| field("grant_type") == "authorization_code") else {
        return HttpResponse::BadRequest().json(json!({"error": "invalid_grant"}));
    };
    inside.count += 1;
    let access_token = format!("access-{}", inside.count);
    let id_token = signed(&inside, &grant);
    inside.tokens.insert(access_token.clone(), grant.who);
    if inside.lie != Some(Lie::Somebody) {
        inside.lie = None;
    }
    HttpResponse::Ok()
        .json(json!({"access_token": access_token, "token_type": "Bearer", "expires_in": 60, "id_token": id_token}))
}

fn signed(inside: &Inside, grant: &Grant) -> String {
    let now = chrono::Utc::now().timestamp();
    let mut claims = json!({"iss": inside.issuer, "sub": grant.who["sub"], "aud": CLIENT.0, "iat": now, "exp": now + 300, "nonce": grant.nonce});
    let mut header = Header::new(Algorithm::ES256);
    header.kid = Some(inside.key.id.clone());
    let mut pkcs8 = inside.key.pkcs8.clone();
    match inside.lie {
        None | Some(Lie::Somebody) => {}
        Some(Lie::Issuer) => claims["iss"] = json!("https://id.example.vn"),
        Some(Lie::Audience) => claims["aud"] = json!("another app"),
        Some(Lie::Party) => {
            claims["aud"] = json!([CLIENT.0, "another app"]);
            claims["azp"] = json!("another app");
        }
        Some(Lie::Nonce) => claims["nonce"] = json!("0".repeat(64)),
        Some(Lie::NoNonce) => drop(claims.as_object_mut().unwrap().remove("nonce")),
        Some(Lie::Expired) => {
            claims["iat"] = json!(now - 3900);
            claims["exp"] = json!(now - 3600);
        }
        Some(Lie::NotYet) => {
            claims["iat"] = json!(now + 3600);
            claims["exp"] = json!(now + 3900);
        }
        Some(Lie::Forged) => pkcs8 = Key::new(0).pkcs8,
        Some(Lie::Unsigned) => {
            let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
            return format!("{}.{}.", part(json!({"alg": "none", "kid": inside.key.id})), part(claims));
        }
        Some(Lie::Shared) => {
            header.alg = Algorithm::HS256;
            return encode(&header, &claims, &EncodingKey::from_secret(&inside.key.public)).unwrap();
        }
        Some(Lie::Garbage) => return "x.y.z".to_owned(),
    }
    encode(&header, &claims, &EncodingKey::from_ec_der(&pkcs8)).unwrap()
}

async fn userinfo(request: HttpRequest, inside: web::Data<Mutex<Inside>>) -> HttpResponse {
    let mut inside = inside.lock().unwrap();
    let said = request.headers().get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let Some(mut who) = said.strip_prefix("Bearer ").and_then(|token| inside.tokens.get(token)).cloned() else {
        return HttpResponse::Unauthorized().finish();
    };
    if inside.lie.take() == Some(Lie::Somebody) {
        who["sub"] = json!("somebody else");
    }
    HttpResponse::Ok().json(who)
}
