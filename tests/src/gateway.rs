//! An SMS gateway for tests: an HTTP server that takes whatever it is sent, and answers as it is told to.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};

use crate::neighbour::Neighbour;

/// A request that came.
#[derive(Debug, Clone)]
pub struct Sent {
    /// The method.
    pub method: String,
    /// Path and query.
    pub address: String,
    /// The content type.
    pub content_type: String,
    /// `Authorization`.
    pub authorization: String,
    /// The body.
    pub body: String,
}

impl Sent {
    /// The last six digits that stand alone: the code.
    pub fn code(&self) -> String {
        let mut words = self.body.split(|c: char| !c.is_ascii_digit());
        words.rfind(|word| word.len() == 6).unwrap_or_else(|| panic!("no code in {self:?}")).to_owned()
    }
}

#[derive(Debug, Default)]
struct Kept {
    sent: Vec<Sent>,
    answers: VecDeque<(u16, String)>,
}

/// The gateway.
pub struct SmsGateway {
    /// Where it listens.
    pub address: SocketAddr,
    kept: Arc<Mutex<Kept>>,
    _server: Neighbour,
}

impl SmsGateway {
    /// Starts one.
    pub fn start() -> Self {
        let kept: Arc<Mutex<Kept>> = Arc::default();
        let data = web::Data::from(Arc::clone(&kept));
        let server = Neighbour::answering(move |config| {
            config.app_data(data.clone()).default_service(web::to(take));
        });
        Self { address: server.address, kept, _server: server }
    }

    /// Answers the next request so.
    pub fn answers(&self, status: u16, body: &str) {
        self.kept.lock().unwrap().answers.push_back((status, body.to_owned()));
    }

    /// How many requests came.
    pub fn count(&self) -> usize {
        self.kept.lock().unwrap().sent.len()
    }

    /// The request of that number, counted from 0, once it has come.
    pub async fn sent(&self, number: usize) -> Sent {
        for _ in 0..600 {
            if let Some(sent) = self.kept.lock().unwrap().sent.get(number) {
                return sent.clone();
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("nothing came");
    }
}

async fn take(kept: web::Data<Mutex<Kept>>, request: HttpRequest, body: String) -> HttpResponse {
    let header = |name: &str| request.headers().get(name).map_or("", |value| value.to_str().unwrap()).to_owned();
    let mut kept = kept.lock().unwrap();
    kept.sent.push(Sent {
        method: request.method().to_string(),
        address: request.uri().to_string(),
        content_type: header("content-type"),
        authorization: header("authorization"),
        body,
    });
    let (status, body) = kept.answers.pop_front().unwrap_or((200, "{\"result\": \"ok\"}".to_owned()));
    HttpResponse::build(StatusCode::from_u16(status).unwrap()).body(body)
}
