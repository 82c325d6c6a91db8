//! The carriers of push messages, for tests: HTTP/2 servers that check who asks them, keep what they are sent, and answer as they are told to.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};

use api::settings::MessageSettings;
use aws_lc_rs::{
    encoding::AsDer,
    rand::SystemRandom,
    rsa::{KeyPair as RsaKeyPair, KeySize},
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};

/// What the service account of tests is called, and its project.
const ACCOUNT: &str = "pakn@du-an.iam.gserviceaccount.com";
const PROJECT: &str = "du-an";
/// The key of tests at Apple.
const KEY_ID: &str = "ABC123DEFG";
const TEAM: &str = "DEF123GHIJ";
const TOPIC: &str = "vn.bacninh.pakn";

/// A message that came.
#[derive(Debug, Clone)]
pub struct Pushed {
    /// The path.
    pub path: String,
    /// `Authorization`.
    pub authorization: String,
    /// The headers that begin with `apns-`.
    pub apns: Vec<(String, String)>,
    /// The body.
    pub body: Value,
}

impl Pushed {
    /// A header that Apple is sent.
    pub fn apns(&self, name: &str) -> &str {
        let found = self.apns.iter().find(|(header, _)| header == name);
        found.map_or_else(|| panic!("no {name} in {self:?}"), |(_, value)| value)
    }

    /// What the phone is told that the message is known by.
    pub fn key(&self) -> String {
        let key = if self.apns.is_empty() { &self.body["message"]["data"]["key"] } else { &self.body["key"] };
        key.as_str().unwrap_or_else(|| panic!("no key in {self:?}")).to_owned()
    }

    /// To which phone.
    pub fn phone(&self) -> String {
        match self.path.strip_prefix("/3/device/") {
            Some(token) => token.to_owned(),
            None => self.body["message"]["token"].as_str().unwrap().to_owned(),
        }
    }
}

/// What a message is answered.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Headers.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Value,
}

impl Answer {
    /// An answer without headers.
    pub fn new(status: u16, body: Value) -> Self {
        Self { status, headers: Vec::new(), body }
    }

    /// An answer of Firebase with an error of its own.
    pub fn fcm(status: u16, code: &str) -> Self {
        let detail = json!({"@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", "errorCode": code});
        Self::new(status, json!({"error": {"code": status, "status": "SOME", "message": "x", "details": [detail]}}))
    }

    /// With a header.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }
}

#[derive(Default)]
struct Kept {
    messages: Vec<Pushed>,
    answers: VecDeque<Answer>,
    /// What messages to a phone of that token are answered, whenever they come.
    always: Vec<(String, Answer)>,
    /// How often an access token was asked for.
    granted: usize,
    /// The good access tokens.
    tokens: Vec<String>,
    hangs: bool,
    /// Faults of those who asked.
    faults: Vec<String>,
}

/// Firebase, Google's token endpoint and Apple's service, in one.
#[derive(Clone)]
pub struct PushServer {
    /// Where it listens.
    pub address: SocketAddr,
    kept: Arc<Mutex<Kept>>,
    rsa: Arc<DecodingKey>,
    ec: Arc<DecodingKey>,
    files: Arc<tempfile::TempDir>,
}

fn pem(der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<&str> = text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", lines.join("\n"))
}

impl PushServer {
    /// Starts one; it ends with the test's runtime.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let files = tempfile::tempdir().unwrap();
        let rsa = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        let private = AsDer::<aws_lc_rs::encoding::Pkcs8V1Der<'_>>::as_der(&rsa).unwrap();
        let account = json!({
            "type": "service_account", "project_id": PROJECT, "private_key_id": "khoa-1", "private_key": pem(private.as_ref()),
            "client_email": ACCOUNT, "client_id": "1", "token_uri": format!("http://{address}/token"),
        });
        std::fs::write(files.path().join("service-account.json"), account.to_string()).unwrap();
        let ec = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).unwrap();
        std::fs::write(files.path().join("AuthKey.p8"), pem(ec.as_ref())).unwrap();
        let ec = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, ec.as_ref()).unwrap();
        let server = Self {
            address,
            kept: Arc::default(),
            rsa: Arc::new(DecodingKey::from_rsa_der(rsa.public_key().as_ref())),
            ec: Arc::new(DecodingKey::from_ec_der(ec.public_key().as_ref())),
            files: Arc::new(files),
        };
        let serving = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serving.clone().speak(stream));
            }
        });
        server
    }

    /// The file of the service account, and that of the key for Apple.
    pub fn files(&self) -> (PathBuf, PathBuf) {
        (self.files.path().join("service-account.json"), self.files.path().join("AuthKey.p8"))
    }

    /// Lets a server send push messages here.
    pub fn settle(&self, settings: &mut MessageSettings) {
        let (account, key) = self.files();
        settings.push.fcm_service_account = Some(account);
        settings.push.fcm_url = format!("http://{}", self.address);
        settings.push.apns_key = Some(key);
        settings.push.apns_key_id = Some(KEY_ID.to_owned());
        settings.push.apns_team_id = Some(TEAM.to_owned());
        settings.push.apns_topic = Some(TOPIC.to_owned());
        settings.push.apns_url = format!("http://{}", self.address);
    }

    /// The same as variables of the program.
    pub fn variables(&self) -> Vec<(&'static str, String)> {
        let (account, key) = self.files();
        vec![
            ("PAKN_FCM_SERVICE_ACCOUNT", account.display().to_string()),
            ("PAKN_FCM_URL", format!("http://{}", self.address)),
            ("PAKN_APNS_KEY", key.display().to_string()),
            ("PAKN_APNS_KEY_ID", KEY_ID.to_owned()),
            ("PAKN_APNS_TEAM_ID", TEAM.to_owned()),
            ("PAKN_APNS_TOPIC", TOPIC.to_owned()),
            ("PAKN_APNS_URL", format!("http://{}", self.address)),
        ]
    }

    /// Answers the next message so.
    pub fn answers(&self, answer: Answer) {
        self.kept.lock().unwrap().answers.push_back(answer);
    }

    /// Answers every message to that phone so.
    pub fn always(&self, phone: &str, answer: Answer) {
        self.kept.lock().unwrap().always.push((phone.to_owned(), answer));
    }

    /// Takes messages and says nothing any more, or does again.
    pub fn hangs(&self, hangs: bool) {
        self.kept.lock().unwrap().hangs = hangs;
    }

    /// Forgets the access tokens that it gave.
    pub fn revokes(&self) {
        self.kept.lock().unwrap().tokens.clear();
    }

    /// The messages that came.
    pub fn messages(&self) -> Vec<Pushed> {
        let kept = self.kept.lock().unwrap();
        assert!(kept.faults.is_empty(), "{:?}", kept.faults);
        kept.messages.clone()
    }

    /// How often an access token was asked for.
    pub fn granted(&self) -> usize {
        self.kept.lock().unwrap().granted
    }

    async fn speak(self, stream: TcpStream) -> Option<()> {
        let mut connection = h2::server::handshake(stream).await.ok()?;
        while let Some(Ok((request, mut respond))) = connection.accept().await {
            let server = self.clone();
            tokio::spawn(async move {
                let (head, mut stream) = request.into_parts();
                let mut body = Vec::new();
                while let Some(Ok(chunk)) = stream.data().await {
                    stream.flow_control().release_capacity(chunk.len()).unwrap();
                    body.extend_from_slice(&chunk);
                }
                let answer = server.answer(&head, &body).await;
                let mut response = http::Response::builder().status(answer.status);
                for (name, value) in &answer.headers {
                    response = response.header(*name, value);
                }
                let mut sending = respond.send_response(response.body(()).unwrap(), false).ok()?;
                sending.send_data(Bytes::from(answer.body.to_string()), true).ok()
            });
        }
        Some(())
    }

    async fn answer(&self, head: &http::request::Parts, body: &[u8]) -> Answer {
        let path = head.uri.path().to_owned();
        let header = |name: &str| head.headers.get(name).map_or("", |value| value.to_str().unwrap()).to_owned();
        if path == "/token" {
            return self.grant(body);
        }
        let authorization = header("authorization");
        let bearer = authorization.strip_prefix("Bearer ").unwrap_or_default();
        let is_apple = path.starts_with("/3/device/");
        let refused = if is_apple { self.refused_by_apple(bearer) } else { self.refused_by_google(&path, bearer) };
        if let Some(refused) = refused {
            return refused;
        }
        let apns = head.headers.iter().filter(|(name, _)| name.as_str().starts_with("apns-"));
        let apns = apns.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
        let pushed = Pushed {
            path,
            authorization,
            apns: apns.collect(),
            body: serde_json::from_slice(body).unwrap_or_default(),
        };
        let (answer, hangs) = {
            let mut kept = self.kept.lock().unwrap();
            let always = kept.always.iter().find(|(phone, _)| *phone == pushed.phone());
            let always = always.map(|(_, answer)| answer.clone());
            kept.messages.push(pushed);
            let usual = Answer::new(200, json!({"name": format!("projects/{PROJECT}/messages/1")}));
            (always.or_else(|| kept.answers.pop_front()).unwrap_or(usual), kept.hangs)
        };
        if hangs {
            tokio::time::sleep(Duration::from_secs(600)).await;
        }
        answer
    }

    fn fault(&self, fault: String) -> Answer {
        self.kept.lock().unwrap().faults.push(fault);
        Answer::new(400, json!({"error": "invalid_grant"}))
    }

    /// Google's token endpoint (RFC 7523): what is signed must be right in everything.
    fn grant(&self, body: &[u8]) -> Answer {
        let form = String::from_utf8_lossy(body);
        let Some(assertion) =
            form.strip_prefix("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=")
        else {
            return self.fault(format!("no grant: {form}"));
        };
        let mut validation = Validation::new(Algorithm::RS256);
        validation.set_issuer(&[ACCOUNT]);
        validation.set_audience(&[format!("http://{}/token", self.address)]);
        validation.set_required_spec_claims(&["iss", "aud", "exp"]);
        let claims = match jsonwebtoken::decode::<Value>(assertion, &self.rsa, &validation) {
            Ok(decoded) if decoded.header.kid.as_deref() == Some("khoa-1") => decoded.claims,
            other => return self.fault(format!("not signed as Google wants it: {other:?}")),
        };
        let lasts = claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap();
        if claims["scope"] != "https://www.googleapis.com/auth/firebase.messaging" || lasts > 3600 {
            return self.fault(format!("claims: {claims}"));
        }
        let mut kept = self.kept.lock().unwrap();
        kept.granted += 1;
        let token = format!("ya29.{}", kept.granted);
        kept.tokens.push(token.clone());
        Answer::new(200, json!({"access_token": token, "expires_in": 3599, "token_type": "Bearer"}))
    }

    fn refused_by_google(&self, path: &str, bearer: &str) -> Option<Answer> {
        if path != format!("/v1/projects/{PROJECT}/messages:send") {
            return Some(self.fault(format!("no such path: {path}")));
        }
        let known = self.kept.lock().unwrap().tokens.iter().any(|token| token == bearer);
        (!known).then(|| Answer::new(401, json!({"error": {"status": "UNAUTHENTICATED"}})))
    }

    fn refused_by_apple(&self, bearer: &str) -> Option<Answer> {
        let mut validation = Validation::new(Algorithm::ES256);
        validation.set_issuer(&[TEAM]);
        validation.set_required_spec_claims(&["iss"]);
        validation.validate_exp = false;
        match jsonwebtoken::decode::<Value>(bearer, &self.ec, &validation) {
            Ok(decoded) if decoded.header.kid.as_deref() == Some(KEY_ID) => {
                let iat = decoded.claims["iat"].as_i64().unwrap();
                let age = api::clock::now().micros() / 1_000_000 - iat;
                (!(0..3600).contains(&age)).then(|| Answer::new(403, json!({"reason": "ExpiredProviderToken"})))
            }
            other => {
                self.kept.lock().unwrap().faults.push(format!("not signed as Apple wants it: {other:?}"));
                Some(Answer::new(403, json!({"reason": "InvalidProviderToken"})))
            }
        }
    }
}
