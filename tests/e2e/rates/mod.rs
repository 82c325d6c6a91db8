//! `GET /rates` and `GET /rates/signs` against a naive count of the log, for random histories, instants, filters and headings, while further histories
//! are being written and two servers answer.
//!
//! `RATES_SEED=…` plays a run again (the histories and the questions; not how the commits of the two writers fall),
//! `RATES_COMPARISONS=…` makes it longer or shorter.

mod histories;
mod reference;
mod signs;

use std::{collections::BTreeMap, net::SocketAddr};

use chrono::{DateTime, FixedOffset, NaiveDate, SecondsFormat};
use domain::time::Instant;
use histories::{AGENCIES, CATEGORIES, Texts, World};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use reference::{COUNTS, HEADINGS, Log, Question, micros};
use serde_json::Value;
use tests::{Reply, TestApp, both_engines, program};
use tokio::{
    sync::mpsc::{UnboundedSender, unbounded_channel},
    task::block_in_place,
};

both_engines!(rates_equal_a_naive_count,);

/// Comparisons of a run, over both engines.
const COMPARISONS: u64 = 1_200;
/// How many questions are put between two writings.
const ROUND: u64 = 24;
/// Petitions and steps of one writing: in the end about 200 petitions with some eight events each.
const WRITTEN: (usize, usize) = (8, 56);
/// How many kinds of events there are.
const KINDS: usize = 27;
const HOUR: i64 = 3_600_000_000;
const DAY: i64 = 24 * HOUR;
/// The definitions of the contract.
const DEFINITIONS: [&str; 3] = ["eligible", "all", "actionable"];

fn variable(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|value| value.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

/// The first instant of a year in Việt Nam, in microseconds.
fn new_year(year: i32) -> i64 {
    Instant::start_of_day(NaiveDate::from_ymd_opt(year, 1, 1).unwrap()).micros()
}

/// Draws questions about the year 2022.
struct Questions {
    chance: ChaCha8Rng,
    turning_points: Vec<i64>,
    /// Tells who writes petitions of another year that it is their turn. As long as somebody does, no question is about these.
    turns: Option<UnboundedSender<()>>,
}

impl Questions {
    fn next(&mut self) -> Question {
        let as_of = (!self.percent(10)).then(|| self.instant());
        let mut from = self.percent(40).then(|| self.edge());
        let mut to = self.percent(40).then(|| self.edge());
        if from.zip(to).is_some_and(|(from, to)| from >= to) {
            (from, to) = (to, from);
        }
        if from == to {
            from = None;
        }
        if self.turns.is_some() && as_of.is_none() {
            to = to.or(Some(new_year(2024)));
        }
        let mut agencies: Vec<&str> = AGENCIES.to_vec();
        agencies.extend(["dieu-phoi", "ubnd-258"]);
        Question {
            from,
            to,
            as_of,
            level: self.some(25, &["commune", "district", "provincial", "coordinator"]),
            agency: self.some(20, &agencies),
            category: self.some(20, &CATEGORIES),
            channel: self.some(30, &["mobile", "web", "phone", "paper"]),
            definition: self.one(&DEFINITIONS),
            group_by: if self.percent(80) {
                HEADINGS.into_iter().filter(|_| self.percent(35)).collect()
            } else {
                vec![]
            },
        }
    }

    /// Any instant, one on which a figure may turn or the one after, a round one, or one before all events.
    fn instant(&mut self) -> i64 {
        let any = self.chance.random_range(new_year(2022) - 5 * DAY..new_year(2023) + 35 * DAY);
        let point = self.one(&self.turning_points.clone());
        match self.chance.random_range(0..20) {
            0..4 => any,
            4..9 => point,
            9..13 => point + 1,
            13 => point - 1,
            14 => midnight(point),
            15 => midnight(any),
            16 => midnight(point) + DAY,
            17 => any.div_euclid(HOUR) * HOUR,
            18 => point.div_euclid(HOUR) * HOUR + HOUR,
            _ => self.one(&[new_year(2022), new_year(2020), new_year(2023), 0]),
        }
    }

    /// Where a period begins or ends: a day, a month, or any instant.
    fn edge(&mut self) -> i64 {
        let instant = self.instant();
        match self.chance.random_range(0..4) {
            0 => midnight(instant),
            1 => new_year(2022) + self.chance.random_range(0..13) * 30 * DAY,
            2 => {
                let month = NaiveDate::from_ymd_opt(2022, self.chance.random_range(1..13), 1).unwrap();
                Instant::start_of_day(month).micros()
            }
            _ => instant,
        }
    }

    fn some(&mut self, percent: u32, of: &[&str]) -> Vec<String> {
        if !self.percent(percent) {
            return Vec::new();
        }
        let mut chosen = vec![self.one(of).to_owned()];
        if self.percent(50) {
            chosen.push(self.one(of).to_owned());
        }
        chosen
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.chance.random_range(0..of.len())]
    }

    fn percent(&mut self, times: u32) -> bool {
        self.chance.random_ratio(times, 100)
    }

    /// The question as a query string, in one of the ways in which it may be written.
    fn written(&mut self, question: &Question) -> String {
        let mut parts = Vec::new();
        for (name, instant) in [("from", question.from), ("to", question.to), ("as_of", question.as_of)] {
            parts.extend(instant.map(|instant| format!("{name}={}", self.instant_written(instant))));
        }
        let lists = [&question.level, &question.agency, &question.category, &question.channel];
        for (name, list) in ["level", "agency", "category", "channel"].into_iter().zip(lists) {
            parts.extend((!list.is_empty()).then(|| format!("{name}={}", list.join(","))));
        }
        if question.definition != "eligible" || self.percent(50) {
            parts.push(format!("definition={}", question.definition));
        }
        if !question.group_by.is_empty() {
            let mut headings = question.group_by.clone();
            let first = self.chance.random_range(0..headings.len());
            headings.rotate_left(first);
            parts.push(format!("group_by={}", headings.join(",")));
        }
        parts.join("&")
    }

    fn instant_written(&mut self, instant: i64) -> String {
        let utc = DateTime::from_timestamp_micros(instant).unwrap();
        let local = utc.with_timezone(&FixedOffset::east_opt(7 * 3600).unwrap());
        if midnight(instant) == instant && self.percent(70) {
            return local.date_naive().to_string();
        }
        if self.percent(50) {
            return utc.to_rfc3339_opts(SecondsFormat::Micros, true);
        }
        local.to_rfc3339_opts(SecondsFormat::AutoSi, true).replace('+', "%2B")
    }
}

/// The local midnight at or before an instant.
fn midnight(instant: i64) -> i64 {
    (instant + 7 * HOUR).div_euclid(DAY) * DAY - 7 * HOUR
}

/// Whether two figures are the same, shares to within what two orders of adding may differ.
fn agree(told: &Value, counted: &Value) -> bool {
    match (told, counted) {
        (Value::Object(told), Value::Object(counted)) => {
            told.len() == counted.len()
                && told.iter().all(|(name, told)| counted.get(name).is_some_and(|counted| agree(told, counted)))
        }
        (Value::Array(told), Value::Array(counted)) => {
            told.len() == counted.len() && told.iter().zip(counted).all(|(told, counted)| agree(told, counted))
        }
        (Value::Number(told), Value::Number(counted)) if told.is_f64() || counted.is_f64() => {
            (told.as_f64().unwrap() - counted.as_f64().unwrap()).abs() <= 1e-12
        }
        (told, counted) => told == counted,
    }
}

/// A question that was put, and what was answered.
struct Asked {
    question: Question,
    query: String,
    server: SocketAddr,
    told: Value,
    /// The signs, where nobody writes what they are about.
    signs: Option<Value>,
}

impl Asked {
    /// Compares with the naive count; which counts were not nothing.
    fn judge(&self, log: &Log, seed: u64, seen: &mut BTreeMap<&'static str, u64>) {
        let Self { question, query, server, told, signs: _ } = self;
        let counted = log.answer(question);
        for name in ["definition", "total", "groups"] {
            let (told, counted) = (&told[name], &counted[name]);
            assert!(
                agree(told, counted),
                "RATES_SEED={seed}: GET /rates?{query} at {server}: {name}\n   told: {told}\ncounted: {counted}"
            );
        }
        assert_eq!(told.as_object().unwrap().len(), 5, "{told}");
        let period = (micros(&told["period"]["from"]), micros(&told["period"]["to"]));
        assert_eq!(period, (question.from, question.to), "{query}");
        assert!(question.as_of.is_none_or(|as_of| micros(&told["as_of"]) == Some(as_of)), "{query}: {told}");
        for name in COUNTS {
            *seen.entry(name).or_default() += counted["total"]["counts"][name].as_u64().unwrap();
        }
    }
}

impl Asked {
    /// Compares the signs with the naive count; which of them were not nothing.
    fn judge_signs(&self, log: &Log, words: &Words<'_>, seed: u64, seen: &mut BTreeMap<&'static str, u64>) {
        let Some(answer) = &self.signs else { return };
        let (told, counted) = (signs::told(answer), log.signs(&self.question, words.texts, words.targets));
        assert_eq!(told, counted, "RATES_SEED={seed}: GET /rates/signs?{} at {}", self.query, self.server);
        for (name, count) in told.into_values().flatten() {
            *seen.entry(name).or_default() += count;
        }
    }
}

/// What signs follow from, beside the log.
struct Words<'a> {
    texts: &'a Texts,
    targets: &'a Value,
}

/// What `pakn export events` writes now.
fn exported(app: &TestApp) -> String {
    let url = Some(app.database_url.as_str());
    let output = block_in_place(|| program::run(app.folder.path(), url, &["export", "events"]));
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Two servers on one database, and somebody who may read rates there.
struct Servers<'a> {
    addresses: [SocketAddr; 2],
    client: &'a reqwest::Client,
    token: String,
}

impl Servers<'_> {
    /// Puts questions, now to the one server, now to the other.
    async fn asked(&self, questions: &mut Questions) -> Vec<Asked> {
        let mut asked = Vec::new();
        for _ in 0..ROUND {
            let question = questions.next();
            let (query, server) = (questions.written(&question), questions.one(&self.addresses));
            questions.turns.iter().for_each(|turns| turns.send(()).unwrap());
            let answer = async |path: &str| {
                let request =
                    self.client.get(format!("http://{server}/api/v1/{path}?{query}")).bearer_auth(&self.token);
                Reply::read(request.send().await.unwrap()).await.expect(200)
            };
            let told = answer("rates").await;
            // Which answers are equal to many follows from all there are, also of petitions that are not asked for.
            let settled = question.as_of.is_some() || questions.turns.is_none();
            let signs = if settled { Some(answer("rates/signs").await) } else { None };
            asked.push(Asked { question, query, server, told, signs });
        }
        asked
    }
}

async fn rates_equal_a_naive_count(app: TestApp) {
    let seed = variable("RATES_SEED").unwrap_or_else(rand::random);
    let comparisons = variable("RATES_COMPARISONS").unwrap_or(COMPARISONS).div_ceil(2);
    println!("RATES_SEED={seed} RATES_COMPARISONS={} ({:?})", 2 * comparisons, app.engine);
    let other = app.another_server().await;
    let addresses = [app.address, other.address];
    let servers = Servers { addresses, client: &app.client, token: app.steering().await.token.unwrap() };
    let agencies = app.stranger().get("agencies").await.expect(200);
    let targets = app.steering().await.get("targets").await.expect(200);

    let mut year = World::new(&app, &app.app.store, 2022, seed).await;
    // While a question is answered, somebody writes histories of another year by the other server's connections.
    let mut later = World::new(&app, &other.app.store, 2024, !seed).await;
    let (turns, mut given) = unbounded_channel();
    let writer = tokio::spawn(async move {
        let mut written: usize = 0;
        while given.recv().await.is_some() {
            later.goes_on(usize::from(written.is_multiple_of(4)), 2).await;
            written += 1;
        }
        later
    });

    let chance = ChaCha8Rng::seed_from_u64(seed.rotate_left(1));
    let mut questions = Questions { chance, turning_points: Vec::new(), turns: Some(turns) };
    let (mut compared, mut seen) = (0, BTreeMap::new());
    let mut signs_seen = BTreeMap::new();
    let mut round = async |questions: &mut Questions, texts: &Texts| {
        let asked = servers.asked(questions).await;
        // Only now, so that whoever lags behind the log has to answer before it has caught up.
        let log = Log::read(&exported(&app), &agencies);
        asked.iter().for_each(|asked| asked.judge(&log, seed, &mut seen));
        let words = Words { texts, targets: &targets };
        asked.iter().for_each(|asked| asked.judge_signs(&log, &words, seed, &mut signs_seen));
        compared += ROUND;
        (compared, log)
    };
    loop {
        year.goes_on(WRITTEN.0, WRITTEN.1).await;
        questions.turning_points = year.turning_points();
        if round(&mut questions, year.texts()).await.0 + ROUND >= comparisons {
            break;
        }
    }
    questions.turns = None;
    let later = writer.await.unwrap();
    // Now that nobody writes, of all that there is.
    let texts = year.texts().iter().chain(later.texts()).map(|(event, says)| (event.clone(), says.clone())).collect();
    let (compared, log) = round(&mut questions, &texts).await;
    let mut kinds = BTreeMap::<&str, usize>::new();
    log.events().for_each(|(_, event)| *kinds.entry(event["type"].as_str().unwrap()).or_default() += 1);
    println!("{compared} comparisons, counted: {seen:?} and {signs_seen:?}; over {kinds:?}");
    assert!(compared >= comparisons, "{compared}");
    // A run that was asked to be short may miss something.
    if compared >= COMPARISONS / 2 {
        assert!(seen.len() == COUNTS.len() && seen.values().all(|count| *count > 0), "a count was always 0: {seen:?}");
        // Nobody erases any words here.
        assert_eq!(signs_seen.len(), signs::SIGNS.len() - 1, "a sign was never seen: {signs_seen:?}");
        assert_eq!(kinds.len(), KINDS, "not everything happened: {kinds:?}");
    }
}
