//! Those who use the system, and what they do, in the words of the field.

use persistence::Account;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::{Reply, TestApp};

/// Somebody with (or without) an access token.
#[derive(Clone)]
pub struct Person<'a> {
    app: &'a TestApp,
    /// The access token.
    pub token: Option<String>,
    /// The account.
    pub account: Option<Account>,
}

/// A petition about to be sent.
#[derive(Debug, Clone)]
pub struct Draft(pub Value);

impl Draft {
    /// A broken street lamp in Phường Vũ Ninh: a matter of the district, `ubnd-256`.
    pub fn street_lamp() -> Self {
        Self(json!({
            "category": "chieu_sang",
            "title": "Đèn đường hỏng",
            "content": "Đèn trước số 5 đường Nguyễn Huệ không sáng đã ba hôm nay.",
            "location": {"lat": 21.1875, "lon": 106.0838, "address": "5 Nguyễn Huệ, Vũ Ninh"},
        }))
    }

    /// Rubbish in Phường Vũ Ninh: a matter of the commune, `ubnd-09163`.
    pub fn rubbish() -> Self {
        Self::street_lamp().with("category", json!("moi_truong")).with("title", json!("Bãi rác tự phát"))
    }

    /// With another value of a field.
    #[must_use]
    pub fn with(mut self, field: &str, value: Value) -> Self {
        self.0[field] = value;
        self
    }

    /// Without a field.
    #[must_use]
    pub fn without(mut self, field: &str) -> Self {
        self.0.as_object_mut().unwrap().remove(field);
        self
    }
}

impl<'a> Person<'a> {
    pub(crate) fn new(app: &'a TestApp, token: Option<String>, account: Option<Account>) -> Self {
        Self { app, token, account }
    }

    /// The same person with another token.
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self.clone() }
    }

    /// A request, to be finished by the test. A path without a leading `/` lies under `/api/v1/`.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.app.client.request(method, self.app.url(path));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// `GET`.
    pub async fn get(&self, path: &str) -> Reply {
        Reply::read(self.request(Method::GET, path).send().await.unwrap()).await
    }

    /// `POST` of a JSON body.
    pub async fn post(&self, path: &str, body: &Value) -> Reply {
        Reply::read(self.request(Method::POST, path).json(body).send().await.unwrap()).await
    }

    /// `POST` with a header.
    pub async fn post_with(&self, path: &str, header: (&str, &str), body: &Value) -> Reply {
        Reply::read(self.request(Method::POST, path).header(header.0, header.1).json(body).send().await.unwrap()).await
    }

    /// Sends a petition, whatever comes of it.
    pub async fn sends(&self, draft: &Draft) -> Reply {
        self.post("petitions", &draft.0).await
    }

    /// Sends a petition that must be taken; its code.
    pub async fn submits(&self, draft: &Draft) -> String {
        self.sends(draft).await.expect(201)["code"].as_str().unwrap().to_owned()
    }

    /// Gives a command, whatever comes of it.
    pub async fn commands(&self, code: &str, command: &str, body: &Value) -> Reply {
        self.post(&format!("petitions/{code}/{command}"), body).await
    }

    /// Gives a command that must be taken; the petition after it.
    pub async fn does(&self, code: &str, command: &str, body: &Value) -> Value {
        self.commands(code, command, body).await.expect(200)
    }

    /// Acknowledges a petition.
    pub async fn receives(&self, code: &str) -> Value {
        self.does(code, "receive", &json!({})).await
    }

    /// Begins to deal with it.
    pub async fn starts(&self, code: &str) -> Value {
        self.does(code, "start", &json!({})).await
    }

    /// Answers it.
    pub async fn answers(&self, code: &str, content: &str) -> Value {
        self.does(code, "answer", &json!({"content": content})).await
    }

    /// Gives it back to the coordinator.
    pub async fn returns(&self, code: &str, reason: &str) -> Value {
        self.does(code, "return", &json!({"reason": reason})).await
    }

    /// Passes it to another agency.
    pub async fn transfers(&self, code: &str, agency: &str, reason: &str) -> Value {
        self.does(code, "transfer", &json!({"agency": agency, "reason": reason})).await
    }

    /// Refuses it.
    pub async fn rejects(&self, code: &str, reason_code: &str, message: &str) -> Value {
        self.does(code, "reject", &json!({"reason_code": reason_code, "message": message})).await
    }

    /// Takes it back.
    pub async fn withdraws(&self, code: &str) -> Value {
        self.does(code, "withdraw", &json!({})).await
    }

    /// Reads a petition that must be there for them.
    pub async fn reads(&self, code: &str) -> Value {
        self.get(&format!("petitions/{code}")).await.expect(200)
    }

    /// The codes in their queue.
    pub async fn queue(&self, query: &str) -> Vec<String> {
        let page = self.get(&format!("agency/petitions?{query}")).await.expect(200);
        page["items"].as_array().unwrap().iter().map(|item| item["code"].as_str().unwrap().to_owned()).collect()
    }
}
