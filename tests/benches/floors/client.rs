//! The client that asks, in a process of its own: raw HTTP/1.1 on kept connections, so that it takes little from the server on the same cores.

use std::{
    collections::BTreeMap,
    io::{self, Read, Write},
    net::SocketAddr,
    process::{Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
    time,
};

use super::measure::percentile;

/// Stands in a request for a key that no other has.
pub const KEY: &str = "{key}";
/// Stands in a request for the code of the petition that the first of its row made.
pub const CODE: &str = "{code}";

/// What is asked, and how.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Plan {
    /// Whom.
    pub address: SocketAddr,
    /// How the requests come.
    pub pace: Pace,
    /// For how long, after as long a warm-up as a quarter of it.
    pub seconds: u64,
    /// Rows of requests: one of a row follows upon the answer to that before it. They are taken in turn.
    pub rows: Vec<Vec<String>>,
}

/// How requests come.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub enum Pace {
    /// So many connections, each asking as fast as it is answered.
    Connections(usize),
    /// So many rows a second, each on a connection of its own, whether the others are answered or not.
    Arrivals(f64),
}

/// What came of it. A row counts once, by the answer to its last request.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Outcome {
    /// How many rows were answered well.
    pub good: u64,
    /// Those that were told to come again later: 429 or 503 with `Retry-After`.
    pub put_off: u64,
    /// All others, by what was wrong with them.
    pub bad: BTreeMap<String, u64>,
    /// For how long, seconds.
    pub seconds: f64,
    /// How long each row took that was answered well, ascending.
    pub times: Vec<Duration>,
}

impl Outcome {
    /// Rows answered well in a second.
    pub fn rate(&self) -> f64 {
        f64::from(u32::try_from(self.good).unwrap()) / self.seconds
    }

    /// The milliseconds that so many percent do not exceed.
    pub fn percentile(&self, percent: usize) -> f64 {
        if self.times.is_empty() { f64::NAN } else { percentile(&self.times, percent) }
    }
}

/// Has a process of its own carry it out.
pub fn carry_out(plan: &Plan) -> Outcome {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .env(super::ROLE, "client")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(&serde_json::to_vec(plan).unwrap()).unwrap();
    let mut told = Vec::new();
    child.stdout.take().unwrap().read_to_end(&mut told).unwrap();
    assert!(child.wait().unwrap().success(), "the client failed");
    serde_json::from_slice(&told).unwrap()
}

/// What that process does.
pub fn serve() {
    let mut plan = Vec::new();
    io::stdin().read_to_end(&mut plan).unwrap();
    let plan: Plan = serde_json::from_slice(&plan).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let outcome = runtime.block_on(run(plan));
    println!("{}", serde_json::to_string(&outcome).unwrap());
}

/// How a row ended.
enum End {
    Good,
    PutOff,
    Bad(String),
}

async fn run(plan: Plan) -> Outcome {
    let plan = Arc::new(plan);
    let length = Duration::from_secs(plan.seconds);
    let warm = match plan.pace {
        Pace::Connections(_) => length / 4,
        Pace::Arrivals(_) => Duration::ZERO,
    };
    let (from, until) = (Instant::now() + warm, Instant::now() + warm + length);
    let mut asking: JoinSet<Vec<(Instant, Duration, End)>> = JoinSet::new();
    match plan.pace {
        Pace::Connections(connections) => {
            for number in 0..connections {
                asking.spawn(keeps_asking(Arc::clone(&plan), number, connections, until));
            }
        }
        Pace::Arrivals(rate) => {
            let mut next = time::interval(Duration::from_secs_f64(1.0 / rate));
            let mut number = 0;
            while Instant::now() < until {
                next.tick().await;
                let plan = Arc::clone(&plan);
                asking.spawn(async move {
                    let began = Instant::now();
                    let asked = async {
                        let mut connection = Connection::open(plan.address).await?;
                        connection.row(&plan.rows[number % plan.rows.len()], number).await
                    };
                    let asked = time::timeout(Duration::from_secs(30), asked).await;
                    let end = asked.unwrap_or_else(|_| Ok(End::Bad("no answer within 30 s".to_owned())));
                    vec![(began, began.elapsed(), end.unwrap_or_else(|error| End::Bad(error.kind().to_string())))]
                });
                number += 1;
            }
        }
    }
    let mut outcome = Outcome { seconds: length.as_secs_f64(), ..Outcome::default() };
    for (began, took, end) in asking.join_all().await.into_iter().flatten() {
        let ended = began + took;
        match end {
            _ if matches!(plan.pace, Pace::Connections(_)) && (ended < from || ended > until) => {}
            End::Good => {
                outcome.good += 1;
                outcome.times.push(took);
            }
            End::PutOff => outcome.put_off += 1,
            End::Bad(what) => *outcome.bad.entry(what).or_default() += 1,
        }
    }
    outcome.times.sort();
    outcome
}

async fn keeps_asking(
    plan: Arc<Plan>,
    mut number: usize,
    step: usize,
    until: Instant,
) -> Vec<(Instant, Duration, End)> {
    let mut connection = Connection::open(plan.address).await.unwrap();
    let mut ended = Vec::new();
    while Instant::now() < until {
        let began = Instant::now();
        let end = connection.row(&plan.rows[number % plan.rows.len()], number).await;
        let end = end.unwrap_or_else(|error| End::Bad(error.kind().to_string()));
        if matches!(end, End::Bad(_)) {
            connection = Connection::open(plan.address).await.unwrap();
        }
        ended.push((began, began.elapsed(), end));
        number += step;
    }
    ended
}

struct Connection {
    stream: TcpStream,
    read: Vec<u8>,
}

/// The head of an answer.
struct Answer {
    status: u16,
    says_when: bool,
    location: Option<String>,
}

impl Connection {
    async fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, read: Vec::with_capacity(64 * 1024) })
    }

    async fn row(&mut self, requests: &[String], number: usize) -> io::Result<End> {
        let mut code = String::new();
        for (step, request) in requests.iter().enumerate() {
            let key = format!("{}-{number}-{step}", std::process::id());
            let request = request.replacen(KEY, &key, 1);
            let answer = self.ask(&request.replacen(CODE, &code, 1)).await?;
            match answer.status {
                200..300 => {}
                429 | 503 if answer.says_when => return Ok(End::PutOff),
                other => return Ok(End::Bad(other.to_string())),
            }
            if let Some(location) = answer.location {
                code = location.rsplit('/').next().unwrap_or_default().to_owned();
            }
        }
        Ok(End::Good)
    }

    async fn ask(&mut self, request: &str) -> io::Result<Answer> {
        self.stream.write_all(request.as_bytes()).await?;
        let odd = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
        self.read.clear();
        let head = loop {
            if let Some(end) = self.read.windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
            if self.stream.read_buf(&mut self.read).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        };
        let text = std::str::from_utf8(&self.read[..head]).map_err(|_| odd("the head is no text"))?;
        let status = text.get(9..12).and_then(|status| status.parse().ok()).ok_or_else(|| odd("no status"))?;
        let mut answer = Answer { status, says_when: false, location: None };
        let mut length = None;
        for (name, value) in text.lines().filter_map(|line| line.split_once(':')) {
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.trim().parse::<usize>().ok(),
                "location" => answer.location = Some(value.trim().to_owned()),
                "retry-after" => answer.says_when = true,
                _ => {}
            }
        }
        let whole = head + length.ok_or_else(|| odd("no content-length"))?;
        while self.read.len() < whole {
            if self.stream.read_buf(&mut self.read).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(answer)
    }
}
