//! Those who know a server by its address alone: for tests in which the program is killed, stopped, or loses its database.

use std::net::SocketAddr;

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::{Draft, Reply, app::client};

/// Somebody at a connection of their own.
#[derive(Debug, Clone)]
pub struct Visitor {
    client: reqwest::Client,
    address: SocketAddr,
    token: Option<String>,
}

/// The password that citizens register with.
const PASSWORD: &str = "mật khẩu của người dân";

impl Visitor {
    /// Somebody who is not signed in.
    pub fn at(address: SocketAddr) -> Self {
        let client = client().build().unwrap();
        Self { client, address, token: None }
    }

    /// Somebody who was signed in elsewhere.
    pub fn holding(address: SocketAddr, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..Self::at(address) }
    }

    /// A citizen, registered and signed in.
    pub async fn citizen(address: SocketAddr, number: usize) -> Self {
        let phone = format!("09{number:08}");
        let visitor = Self::at(address);
        let registration = json!({"phone": phone, "password": PASSWORD, "full_name": "Nguyễn Thị Thử"});
        visitor.post("auth/register", &registration).await.expect(201);
        visitor.signed_in(&phone, PASSWORD).await
    }

    /// The same person, signed in.
    pub async fn signed_in(self, login: &str, password: &str) -> Self {
        let pair = self.post("auth/login", &json!({"login": login, "password": password})).await.expect(200);
        Self { token: Some(pair["access_token"].as_str().unwrap().to_owned()), ..self }
    }

    /// The same person, still signed in, at another address, on a new connection.
    pub fn moved(&self, address: SocketAddr) -> Self {
        Self { token: self.token.clone(), ..Self::at(address) }
    }

    /// Their access token.
    pub fn token(&self) -> &str {
        self.token.as_deref().expect("signed in")
    }

    /// A request, to be finished by the test. A path without a leading `/` lies under `/api/v1/`.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/api/v1/{path}") };
        let request = self.client.request(method, format!("http://{}{path}", self.address));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// `GET`.
    pub async fn get(&self, path: &str) -> Reply {
        Reply::read(self.request(Method::GET, path).send().await.unwrap()).await
    }

    /// `POST`.
    pub async fn post(&self, path: &str, body: &Value) -> Reply {
        Reply::read(self.request(Method::POST, path).json(body).send().await.unwrap()).await
    }

    /// Sends a petition under a key; `None` when no whole answer came.
    pub async fn tries(&self, key: &str, draft: &Draft) -> Option<Reply> {
        let request = self.request(Method::POST, "petitions").header("idempotency-key", key).json(&draft.0);
        let response = request.send().await.ok()?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Some(Reply { status, headers, text: response.text().await.ok()? })
    }

    /// The codes of all petitions they have sent.
    pub async fn own(&self) -> Vec<String> {
        let (mut codes, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = self.get(&format!("me/petitions?limit=100{cursor}")).await.expect(200);
            let items = page["items"].as_array().unwrap().iter();
            codes.extend(items.map(|item| item["code"].as_str().unwrap().to_owned()));
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return codes,
            }
        }
    }
}
