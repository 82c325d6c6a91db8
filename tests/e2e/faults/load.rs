//! Citizens who send petitions whatever happens, and what is held against what the server told them.

use std::{
    collections::HashSet,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use serde_json::json;
use tests::{Draft, Engine, Visitor};
use tokio::{sync::watch, task::JoinSet};

/// How many send at once.
const SENDERS: usize = 4;

/// How soon each request must be answered, or its connection end.
const SOON: Duration = Duration::from_secs(10);

/// How soon after a fault everybody must be served again.
const BACK: Duration = Duration::from_secs(45);

/// Where the servers are by now.
pub type Places = watch::Sender<Vec<SocketAddr>>;

/// What one sender saw.
#[derive(Default)]
struct Seen {
    /// Each key with the code that it was acknowledged under.
    acknowledged: Vec<(String, String)>,
    /// When each was.
    at: Vec<Instant>,
    /// How often it was told to come again.
    refused: usize,
    /// How often no whole answer came.
    unanswered: usize,
}

/// A load under way.
pub struct Load {
    citizens: Vec<Visitor>,
    places: watch::Receiver<Vec<SocketAddr>>,
    senders: JoinSet<Seen>,
    enough: Arc<AtomicBool>,
    acknowledged: Arc<AtomicUsize>,
    began: Instant,
}

fn draft(key: &str) -> Draft {
    Draft::street_lamp().with("title", json!(format!("Phản ánh {key}")))
}

/// Sends one petition under its key until it is acknowledged.
async fn insists(
    citizen: &Visitor,
    places: &watch::Receiver<Vec<SocketAddr>>,
    turn: &mut usize,
    key: &str,
    seen: &mut Seen,
) {
    let began = Instant::now();
    loop {
        let address = {
            let places = places.borrow();
            places[*turn % places.len()]
        };
        let asked = Instant::now();
        let reply = citizen.moved(address).tries(key, &draft(key)).await;
        assert!(asked.elapsed() < SOON, "{key}: {:?} for {:?}", asked.elapsed(), reply.map(|reply| reply.status));
        match reply {
            Some(reply) if reply.status == 201 => {
                seen.acknowledged.push((key.to_owned(), reply.json()["code"].as_str().unwrap().to_owned()));
                seen.at.push(Instant::now());
                return;
            }
            Some(reply) => {
                reply.problem(503, "unavailable");
                assert!(reply.header("retry-after").parse::<u32>().is_ok_and(|seconds| seconds > 0));
                seen.refused += 1;
            }
            None => seen.unanswered += 1,
        }
        assert!(began.elapsed() < BACK, "{key} is not taken, {:?} after it was sent first", began.elapsed());
        *turn += 1;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

impl Load {
    /// Registers citizens and has them send from now on.
    pub async fn begin(places: &Places) -> Self {
        let first = places.borrow()[0];
        let mut citizens = Vec::new();
        for number in 0..SENDERS {
            citizens.push(Visitor::citizen(first, number).await);
        }
        let (enough, acknowledged) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let mut senders = JoinSet::new();
        for (name, citizen) in citizens.iter().cloned().enumerate() {
            let (places, enough, acknowledged) = (places.subscribe(), Arc::clone(&enough), Arc::clone(&acknowledged));
            senders.spawn(async move {
                let (mut seen, mut turn) = (Seen::default(), name);
                while !enough.load(Ordering::SeqCst) {
                    let key = format!("{name}-{}", seen.acknowledged.len());
                    insists(&citizen, &places, &mut turn, &key, &mut seen).await;
                    acknowledged.fetch_add(1, Ordering::SeqCst);
                    // Enough to be in the middle of something at any moment; more would only take longer to be counted.
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
                seen
            });
        }
        Self { citizens, places: places.subscribe(), senders, enough, acknowledged, began: Instant::now() }
    }

    /// Waits until so many more were acknowledged.
    pub async fn goes_on(&self, more: usize) {
        let (until, wanted) = (Instant::now() + BACK, self.acknowledged.load(Ordering::SeqCst) + more);
        while self.acknowledged.load(Ordering::SeqCst) < wanted {
            assert!(Instant::now() < until, "nobody is served again");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// Ends it when all that was begun is acknowledged, and holds what there is against it. How many tries were in vain.
    pub async fn ends(mut self, engine: Engine, fault: &str, times: usize) -> usize {
        self.enough.store(true, Ordering::SeqCst);
        let mut all = Seen::default();
        while let Some(seen) = self.senders.join_next().await {
            let seen = seen.unwrap();
            all.acknowledged.extend(seen.acknowledged);
            all.at.extend(seen.at);
            all.refused += seen.refused;
            all.unanswered += seen.unanswered;
        }
        let address = self.places.borrow()[0];
        let mut own = Vec::new();
        for citizen in &self.citizens {
            own.extend(citizen.moved(address).own().await);
        }
        let there: HashSet<&String> = own.iter().collect();
        let lost = all.acknowledged.iter().filter(|(_, code)| !there.contains(code)).count();
        let keys: HashSet<&String> = all.acknowledged.iter().map(|(key, _)| key).collect();
        let doubled = own.len() - (keys.len() - lost);
        all.at.push(self.began);
        all.at.sort_unstable();
        let longest = all.at.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or_default();
        println!(
            "| {fault} | {engine:?} | {times} | {} | {} | {} | {lost} | {doubled} | {:.1} s |",
            keys.len(),
            all.refused,
            all.unanswered,
            longest.as_secs_f64(),
        );
        assert_eq!((lost, doubled), (0, 0), "{fault}");
        // A key that comes again has the petition that it had.
        for (key, code) in all.acknowledged.iter().rev().take(8) {
            let name: usize = key.split('-').next().unwrap().parse().unwrap();
            let again = self.citizens[name].moved(address).tries(key, &draft(key)).await.unwrap().expect(201);
            assert_eq!(again["code"], *code, "{key}");
        }
        all.refused + all.unanswered
    }
}
