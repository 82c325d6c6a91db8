//! A certified OpenID provider from a registry (npm `oidc-provider`, in `tests/oidc`), and a person's browser before it.
//!
//! It wants Node.js 20 or later ([`crate::node`]).

use std::{
    collections::HashMap,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
};

use reqwest::{Response, Url, header, redirect};
use serde_json::{Value, json};

use crate::{identity_provider::Back, node};

/// The id and secret that pakn is registered with.
const CLIENT: (&str, &str) = ("pakn", "a secret: of 100 % + pakn");
/// Where it sends people back to.
const REDIRECT: &str = "https://pakn.example.vn/dang-nhap";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("oidc")
}

/// The provider.
#[derive(Debug)]
pub struct OidcProvider {
    issuer: String,
    secret_method: String,
    program: Child,
    /// What it says more: with nobody to listen it would end.
    _says: BufReader<ChildStdout>,
}

impl OidcProvider {
    /// Starts one that wants the client's secret in that way; `None` where there is no Node.js.
    pub fn start(secret_method: &str) -> Option<Self> {
        if !node::installed(&folder()) {
            return None;
        }
        let mut program = Command::new("node")
            .args(["provider.mjs", secret_method])
            .current_dir(folder())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut said = String::new();
        let mut says = BufReader::new(program.stdout.take().unwrap());
        says.read_line(&mut said).unwrap();
        let issuer = said.trim().strip_prefix("listens on ").unwrap_or_else(|| panic!("it said {said:?}")).to_owned();
        Some(Self { issuer, secret_method: secret_method.to_owned(), program, _says: says })
    }

    /// What an operator writes into the file of providers.
    pub fn settings(&self) -> Value {
        json!({"code": "vneid", "name": "VNeID", "issuer": self.issuer, "client_id": CLIENT.0, "client_secret": CLIENT.1,
            "token_endpoint_auth_method": self.secret_method, "redirect_uris": [REDIRECT]})
    }

    /// Its issuer identifier.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// A person goes where pakn sends them, in a browser of their own, signs in there, agrees, and comes back.
    pub async fn shows(&self, authorization_url: &str, who: &str) -> Back {
        let mut browser = Browser::default();
        let mut at = Url::parse(authorization_url).unwrap();
        for _ in 0..10 {
            if at.as_str().starts_with(REDIRECT) {
                let back: HashMap<String, String> = at.query_pairs().into_owned().collect();
                assert_eq!(back["iss"], self.issuer);
                return Back { code: back["code"].clone(), state: back["state"].clone() };
            }
            let page = browser.goes(&at, None).await;
            let Some(next) = moved(&at, &page) else {
                let form = page.text().await.unwrap();
                let body = if form.contains("name=\"login\"") {
                    format!("prompt=login&login={who}&password=x")
                } else {
                    assert!(form.contains("value=\"consent\""), "{form}");
                    "prompt=consent".to_owned()
                };
                at = moved(&at, &browser.goes(&at, Some(body)).await).expect("a form leads on");
                continue;
            };
            at = next;
        }
        panic!("going around in circles: {at}");
    }
}

impl Drop for OidcProvider {
    fn drop(&mut self) {
        let _ended = self.program.kill().and_then(|()| self.program.wait());
    }
}

fn moved(from: &Url, page: &Response) -> Option<Url> {
    let location = page.headers().get(header::LOCATION)?.to_str().unwrap();
    Some(from.join(location).unwrap())
}

/// A browser that keeps cookies and follows nothing by itself.
struct Browser {
    client: reqwest::Client,
    cookies: HashMap<String, String>,
}

impl Default for Browser {
    fn default() -> Self {
        let client = crate::app::client().redirect(redirect::Policy::none()).build().unwrap();
        Self { client, cookies: HashMap::new() }
    }
}

impl Browser {
    async fn goes(&mut self, to: &Url, form: Option<String>) -> Response {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = match form {
            None => self.client.get(to.clone()),
            Some(body) => {
                self.client.post(to.clone()).header("content-type", "application/x-www-form-urlencoded").body(body)
            }
        };
        let page = request.header("cookie", cookies.join("; ")).send().await.unwrap();
        assert!(page.status().is_success() || page.status().is_redirection(), "{} at {to}", page.status());
        for set in page.headers().get_all(header::SET_COOKIE) {
            let (name, value) = set.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        page
    }
}
