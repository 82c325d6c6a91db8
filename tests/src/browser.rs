//! A browser at the page, as far as the server sees one: it keeps cookies where they belong, says where its forms come from, and
//! shows where it is sent.

use std::{collections::BTreeMap, net::SocketAddr};

use reqwest::{Method, RequestBuilder, redirect::Policy};

use crate::{Reply, app::client};

/// A browser.
#[derive(Clone)]
pub struct Browser {
    client: reqwest::Client,
    address: SocketAddr,
    /// Its cookies: by name, the path and the value.
    pub cookies: BTreeMap<String, (String, String)>,
}

impl Browser {
    /// One that has never been there.
    pub fn at(address: SocketAddr) -> Self {
        let client = client().redirect(Policy::none()).build().unwrap();
        Self { client, address, cookies: BTreeMap::new() }
    }

    /// A request with the cookies that belong to the path, to be finished by the test.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.client.request(method, format!("http://{}{path}", self.address));
        let fitting = self.cookies.iter().filter(|(_, (under, _))| path.starts_with(under.as_str()));
        let cookies: Vec<String> = fitting.map(|(name, (_, value))| format!("{name}={value}")).collect();
        if cookies.is_empty() { request } else { request.header("cookie", cookies.join("; ")) }
    }

    /// Sends a request and keeps the cookies that come back.
    pub async fn sends(&mut self, request: RequestBuilder) -> Reply {
        let reply = Reply::read(request.send().await.unwrap()).await;
        for line in reply.headers.get_all("set-cookie") {
            let line = line.to_str().unwrap();
            let mut parts = line.split("; ");
            let (name, value) = parts.next().unwrap().split_once('=').unwrap();
            let path = parts.clone().find_map(|part| part.strip_prefix("Path=")).unwrap();
            if parts.any(|part| part == "Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), (path.to_owned(), value.to_owned()));
            }
        }
        reply
    }

    /// Opens an address.
    pub async fn opens(&mut self, path: &str) -> Reply {
        self.sends(self.request(Method::GET, path)).await
    }

    /// Sends a form as the page's own would be sent.
    pub async fn submits(&mut self, path: &str, fields: &[(&str, &str)]) -> Reply {
        let origin = format!("http://{}", self.address);
        self.sends(self.form(path, fields).header("origin", origin)).await
    }

    /// A form, to be finished by the test: it does not say where it comes from.
    pub fn form(&self, path: &str, fields: &[(&str, &str)]) -> RequestBuilder {
        let encode =
            |text: &str| -> String {
                text.bytes()
                    .map(|byte| {
                        if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") }
                    })
                    .collect()
            };
        let body: Vec<String> =
            fields.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
        self.request(Method::POST, path)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body.join("&"))
    }

    /// Fills in the form of the sign-in and sends it.
    pub async fn signs_in(&mut self, login: &str, password: &str) -> Reply {
        let token = form_token(&self.opens("/dashboard/sign-in").await.text);
        let fields = [("form_token", token.as_str()), ("login", login), ("password", password), ("next", "/dashboard")];
        self.submits("/dashboard/sign-in", &fields).await
    }

    /// The secret of its session.
    pub fn secret(&self) -> &str {
        &self.cookies["pakn_session"].1
    }
}

/// The token of the first form of a page that has one.
pub fn form_token(page: &str) -> String {
    let (_, rest) = page.split_once("name=\"form_token\" value=\"").unwrap_or_else(|| panic!("no form in {page}"));
    rest.split('"').next().unwrap().to_owned()
}
