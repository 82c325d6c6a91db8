//! The target of a webhook, for tests: an agency's system that takes what it is sent, and answers as it is told to.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, dev::ServerHandle, http::StatusCode, web};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;

/// How long something may take to come, on a machine that builds and tests at the same time.
const PATIENCE: Duration = Duration::from_secs(60);

/// How a target answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answering {
    /// With that status, and that header where there is one.
    Status(u16, Option<(&'static str, String)>),
    /// Not before that time.
    Hangs(Duration),
    /// With 200 and a gigabyte.
    Floods,
}

/// A request that came.
#[derive(Debug, Clone)]
pub struct Told {
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: String,
}

impl Told {
    /// A header.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap_or_else(|| panic!("no {name} in {self:?}")).to_str().unwrap()
    }

    /// `webhook-id`.
    pub fn id(&self) -> &str {
        self.header("webhook-id")
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// The type of the message.
    pub fn kind(&self) -> String {
        self.json()["type"].as_str().unwrap().to_owned()
    }

    /// Whether the reference library of Standard Webhooks takes the signature for one by that secret.
    pub fn is_signed_by(&self, secret: &str) -> bool {
        let reference = standardwebhooks::Webhook::new(secret).unwrap();
        reference.verify(self.body.as_bytes(), &self.headers).is_ok()
    }
}

#[derive(Debug)]
struct Kept {
    told: Vec<Told>,
    answers: VecDeque<Answering>,
    otherwise: Answering,
}

/// The target.
pub struct WebhookTarget {
    /// Where it listens.
    pub address: SocketAddr,
    kept: Arc<Mutex<Kept>>,
    flooded: Arc<AtomicU64>,
    handle: ServerHandle,
}

impl WebhookTarget {
    /// Starts one that answers 204.
    pub fn start() -> Self {
        let otherwise = Answering::Status(204, None);
        let kept = Arc::new(Mutex::new(Kept { told: Vec::new(), answers: VecDeque::new(), otherwise }));
        let flooded: Arc<AtomicU64> = Arc::default();
        let (sender, receiver) = std::sync::mpsc::channel();
        let (data, flood) = (web::Data::from(Arc::clone(&kept)), web::Data::from(Arc::clone(&flooded)));
        thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let server = HttpServer::new(move || {
                    App::new().app_data(data.clone()).app_data(flood.clone()).default_service(web::to(take))
                });
                let server = server.workers(1).disable_signals().shutdown_timeout(0).bind(("127.0.0.1", 0)).unwrap();
                let address = server.addrs()[0];
                let server = server.run();
                sender.send((address, server.handle())).unwrap();
                server.await.unwrap();
            });
        });
        let (address, handle) = receiver.recv().unwrap();
        Self { address, kept, flooded, handle }
    }

    /// Its URL.
    pub fn url(&self) -> String {
        format!("http://{}/pakn", self.address)
    }

    /// Answers the next request so.
    pub fn answers(&self, answer: Answering) {
        self.kept.lock().unwrap().answers.push_back(answer);
    }

    /// Answers so whatever comes and nothing else was said of.
    pub fn always_answers(&self, answer: Answering) {
        self.kept.lock().unwrap().otherwise = answer;
    }

    /// What has come so far.
    pub fn told(&self) -> Vec<Told> {
        self.kept.lock().unwrap().told.clone()
    }

    /// What has come, once it is so much.
    pub async fn hears(&self, count: usize) -> Vec<Told> {
        let until = Instant::now() + PATIENCE;
        loop {
            let told = self.told();
            if told.len() >= count {
                return told;
            }
            assert!(Instant::now() < until, "{} of {count} came: {told:?}", told.len());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// How many bytes of a flood were given to the socket.
    pub fn flooded(&self) -> u64 {
        self.flooded.load(Ordering::SeqCst)
    }
}

impl Drop for WebhookTarget {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
    }
}

async fn take(
    kept: web::Data<Mutex<Kept>>,
    flooded: web::Data<AtomicU64>,
    request: HttpRequest,
    body: String,
) -> HttpResponse {
    let headers = request.headers().iter().map(|(name, value)| {
        let name = HeaderName::from_bytes(name.as_str().as_bytes()).unwrap();
        (name, HeaderValue::from_bytes(value.as_bytes()).unwrap())
    });
    let answer = {
        let mut kept = kept.lock().unwrap();
        kept.told.push(Told { headers: headers.collect(), body });
        kept.answers.pop_front().unwrap_or_else(|| kept.otherwise.clone())
    };
    match answer {
        Answering::Status(status, header) => {
            let mut response = HttpResponse::build(StatusCode::from_u16(status).unwrap());
            if let Some((name, value)) = header {
                response.insert_header((name, value));
            }
            response.finish()
        }
        Answering::Hangs(time) => {
            actix_web::rt::time::sleep(time).await;
            HttpResponse::Ok().finish()
        }
        Answering::Floods => {
            const PIECE: usize = 1 << 20;
            let pieces = (0..1024).map(move |_| {
                flooded.fetch_add(1 << 20, Ordering::SeqCst);
                Ok::<_, actix_web::Error>(web::Bytes::from(vec![b'x'; PIECE]))
            });
            HttpResponse::Ok().streaming(futures_util::stream::iter(pieces))
        }
    }
}
