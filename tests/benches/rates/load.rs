//! Many petitions with whole histories, quickly: decided by the domain and chained like any other, written by thousands in the
//! order in which they happened. What no rate and no foreign key needs (words, what is searched) is left out.

#![expect(dead_code, reason = "each bench needs a part of it")]

use std::{collections::BTreeMap, time::Duration, time::Instant as Clock};

use api::clock;
use chrono::NaiveDate;
use domain::{
    account::Actor,
    catalogue::{Channel, Priority, UnitLevel},
    chain::{Digest, SealedText, canonical},
    code::{AgencyCode, CategoryCode, UnitCode},
    id::{AccountId, PetitionId},
    petition::{
        Command, CommandKind, Decision, Event, Petition, PetitionCode, Place, RatingLevel, RejectionCode, Submission,
        TransferOrder, decide,
    },
    time::Instant,
};
use persistence::{CatalogueDay, Consumer, Engine, LogCursor, PlayedPetition, Store};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, TransactionTrait, Value,
    sea_query::{Alias, Expr, Query},
};
use tests::TestApp;
use tokio::sync::mpsc::{Sender, channel};

/// Petitions in one transaction, with about five times as many events.
const BATCH: usize = 5_000;
/// Values in one statement: SQLite takes 32,766.
const VALUES: usize = 32_000;
const HOUR: i64 = 3_600_000_000;
const EVENT: [&str; 9] =
    ["petition_id", "seq", "at", "type", "actor_account", "actor_role", "actor_agency", "data", "hash"];
const PETITION: [&str; 39] = [
    "id",
    "number",
    "code",
    "version",
    "head",
    "status",
    "is_open",
    "submitter",
    "hide_identity",
    "channel",
    "category",
    "priority",
    "place",
    "routing",
    "holder",
    "held_since",
    "submitted_at",
    "received_at",
    "receive_due_at",
    "due_at",
    "due_order",
    "answer_seq",
    "answered_at",
    "transfers",
    "sent_away_by",
    "travels",
    "updated_at",
    "clock_began_at",
    "paused_at",
    "paused_seconds",
    "assignee",
    "rejection_seq",
    "rejection_code",
    "rating_seq",
    "rating",
    "reopenings",
    "published_seq",
    "published_at",
    "unit",
];

/// The first instant of the two years, and the one after them.
pub fn period() -> (Instant, Instant) {
    let day = |year| Instant::start_of_day(NaiveDate::from_ymd_opt(year, 11, 1).unwrap());
    (day(2024), day(2026))
}

/// What was loaded, and how long it took.
pub struct Loaded {
    pub events: usize,
    pub time: Duration,
}

type Row = Vec<Value>;

#[derive(Default)]
struct Batch {
    petitions: Vec<Row>,
    events: Vec<Row>,
}

/// Loads so many petitions, spread over the whole period and over all agencies of the catalogue.
pub async fn load(app: &TestApp, petitions: usize) -> Loaded {
    let began = Clock::now();
    let mut author = Author::of(app).await;
    let mut options = ConnectOptions::new(&app.database_url);
    options.max_connections(1).sqlx_logging(false);
    let database = Database::connect(options).await.unwrap();
    if app.engine == Engine::Sqlite {
        database.execute_unprepared("PRAGMA synchronous = OFF; PRAGMA cache_size = -200000").await.unwrap();
    }
    let (sender, mut batches) = channel(2);
    let author = std::thread::spawn(move || author.write(petitions, &sender));
    let mut events = 0;
    while let Some(Batch { petitions, events: happened }) = batches.recv().await {
        events += happened.len();
        let transaction = database.begin().await.unwrap();
        insert(&transaction, "petition", &PETITION, petitions).await;
        insert(&transaction, "event", &EVENT, happened).await;
        transaction.commit().await.unwrap();
    }
    author.join().unwrap();
    settle(&database, app.engine).await;
    Loaded { events, time: began.elapsed() }
}

/// The same with words and all, as a server would have it: a few times slower. Who follows the log to tell people and agencies, or to learn, has told and
/// learned all of it.
pub async fn load_whole(app: &TestApp, petitions: usize) -> Loaded {
    let began = Clock::now();
    let mut author = Author::of(app).await;
    let beyond = LogCursor::parse(&format!("{0}-{0}", i64::MAX)).unwrap();
    put_followers(&app.app.store, beyond).await;
    let (sender, mut batches) = channel(2);
    let author = std::thread::spawn(move || {
        let mut batch = Vec::with_capacity(BATCH);
        for (number, at) in author.submissions(petitions) {
            let (_, decisions) = author.life(number, at);
            batch.push(PlayedPetition { number: u64::try_from(number).unwrap(), decisions });
            if batch.len() == BATCH {
                sender.blocking_send(std::mem::take(&mut batch)).unwrap();
            }
        }
        sender.blocking_send(batch).unwrap();
    });
    let mut events = 0;
    while let Some(batch) = batches.recv().await {
        events += batch.iter().map(|petition| petition.decisions.len()).sum::<usize>();
        let mut unit = app.app.store.begin().await.unwrap();
        unit.record_all(&batch).await.unwrap();
        unit.commit().await.unwrap();
    }
    author.join().unwrap();
    settle(&Database::connect(&app.database_url).await.unwrap(), app.engine).await;
    put_followers(&app.app.store, app.app.store.log_end().await.unwrap()).await;
    Loaded { events, time: began.elapsed() }
}

/// Puts those who follow the log at a place in it.
async fn put_followers(store: &Store, upto: LogCursor) {
    for consumer in [Consumer::Suggestion, Consumer::Notices, Consumer::Webhooks] {
        let mut is_there = false;
        // The server that runs meanwhile may have been faster.
        while !is_there {
            let turn = store.turn(consumer).await.unwrap();
            let mut unit = store.begin().await.unwrap();
            is_there = unit.take_log_turn(turn, upto).await.unwrap();
            unit.commit().await.unwrap();
        }
    }
}

async fn insert(database: &impl ConnectionTrait, table: &'static str, columns: &[&'static str], rows: Vec<Row>) {
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        let mut query = Query::insert();
        query.into_table(Alias::new(table)).columns(columns.iter().map(|column| Alias::new(*column)));
        for row in rows.by_ref().take(VALUES / columns.len()) {
            query.values_panic(row.into_iter().map(Expr::val));
        }
        database.execute(&query).await.unwrap();
    }
}

/// As an engine would be that has run for long: its statistics are there, its log is short, and its numbers go on after these.
async fn settle(database: &DatabaseConnection, engine: Engine) {
    let sql: &[&str] = match engine {
        Engine::Sqlite => &["ANALYZE", "PRAGMA wal_checkpoint(TRUNCATE)"],
        Engine::Postgres => {
            &["SELECT setval('petition_number', (SELECT MAX(number) FROM petition))", "VACUUM ANALYZE", "CHECKPOINT"]
        }
    };
    for sql in sql {
        database.execute_unprepared(sql).await.unwrap();
    }
}

/// Writes the histories.
struct Author {
    catalogue: CatalogueDay,
    citizen: AccountId,
    communes: Vec<UnitCode>,
    categories: Vec<CategoryCode>,
    agencies: Vec<AgencyCode>,
    words: SealedText,
    now: Instant,
    chance: ChaCha8Rng,
}

impl Author {
    /// Whoever writes about that province, whose desks all have people then.
    async fn of(app: &TestApp) -> Self {
        app.staff_everywhere().await;
        let citizen = app.citizen().await.account.unwrap().id;
        let catalogue = app.app.store.snapshot().await.unwrap().catalogue(period().1.local_date()).await.unwrap();
        let communes = catalogue.units.iter().filter(|unit| unit.level == UnitLevel::Commune);
        Self {
            citizen,
            communes: communes.map(|unit| unit.code.clone()).collect(),
            categories: catalogue.category_order.clone(),
            agencies: catalogue.catalogue.directory.agencies().map(|agency| agency.code.clone()).collect(),
            now: clock::now(),
            words: SealedText::new("Đèn đường không sáng.".to_owned(), [7; 16]),
            chance: ChaCha8Rng::seed_from_u64(1),
            catalogue,
        }
    }

    /// When each of so many petitions is sent, in order.
    fn submissions(&mut self, petitions: usize) -> impl Iterator<Item = (usize, Instant)> + use<> {
        let (begins, ends) = period();
        let step = (ends.micros() - begins.micros()) / i64::try_from(petitions).unwrap();
        let mut chance = ChaCha8Rng::seed_from_u64(self.chance.random());
        (0..petitions).map(move |number| {
            let at = begins.micros() + step * i64::try_from(number).unwrap() + chance.random_range(0..step);
            (number, Instant::from_micros(at).unwrap())
        })
    }

    /// All petitions in the order of their submission; of the events that follow only those that have come by then.
    fn write(&mut self, petitions: usize, batches: &Sender<Batch>) {
        let mut to_come: BTreeMap<(i64, usize, u32), Row> = BTreeMap::new();
        let mut batch = Batch::default();
        for (number, at) in self.submissions(petitions) {
            while let Some(event) = to_come.first_entry().filter(|event| event.key().0 < at.micros()) {
                batch.events.push(event.remove());
            }
            if batch.petitions.len() == BATCH {
                batches.blocking_send(std::mem::take(&mut batch)).unwrap();
            }
            let (petition, decisions) = self.life(number, at);
            let mut head = Digest::ZERO;
            for Decision { event, .. } in &decisions {
                head = event.hash(&head).unwrap();
                to_come.insert((event.at.micros(), number, event.seq), event_row(event, &head));
            }
            batch.petitions.push(petition_row(number, &petition, &head));
        }
        batch.events.extend(to_come.into_values());
        batches.blocking_send(batch).unwrap();
    }

    /// A petition with what was decided up to the end of the period, and what the system did since.
    fn life(&mut self, number: usize, at: Instant) -> (Petition, Vec<Decision>) {
        let submission = Submission {
            id: PetitionId::new(at, &self.chance.random()),
            code: PetitionCode::new(at.local_date(), u64::try_from(number).unwrap()),
            category: one(&mut self.chance, &self.categories),
            priority: Priority::Normal,
            channel: if self.percent(80) { Channel::Mobile } else { one(&mut self.chance, Channel::ALL) },
            place: Place::Unit { unit: one(&mut self.chance, &self.communes) },
            title: self.words.clone(),
            content: self.words.clone(),
            address: None,
            attributes: None,
            attachments: Vec::new(),
            hide_identity: false,
            entry: None,
        };
        let (command, citizen) = (Command::Submit(Box::new(submission)), Actor::Citizen(self.citizen));
        let sent = decide(None, command, &citizen, &self.catalogue.catalogue, at).unwrap();
        let mut petition = Petition::begin(&sent.event).unwrap();
        let mut decisions = vec![sent];
        for (kind, hours) in self.plan() {
            let wait = self.chance.random_range(1..hours * HOUR);
            let now = Instant::from_micros(petition.updated_at.micros() + wait).unwrap();
            if now >= period().1 {
                break;
            }
            let (command, actor) = self.given(kind, &petition);
            // What is refused (a transfer to the desk that has it) did not happen.
            let Ok(decision) = decide(Some(&petition), command, &actor, &self.catalogue.catalogue, now) else {
                continue;
            };
            petition.apply(&decision.event).unwrap();
            decisions.push(decision);
        }
        // What a server does by itself, which the one that is measured would do meanwhile for a third of them: they rise to the leader and the
        // coordinator, and end.
        for command in [Command::Escalate, Command::Escalate, Command::Close] {
            let now = Instant::from_micros(self.now.micros() - self.chance.random_range(1..HOUR)).unwrap();
            let now = now.max(petition.updated_at);
            if let Ok(decision) = decide(Some(&petition), command, &Actor::System, &self.catalogue.catalogue, now) {
                petition.apply(&decision.event).unwrap();
                decisions.push(decision);
            }
        }
        (petition, decisions)
    }

    /// What will be done with a petition, each with the most hours after what was done before.
    fn plan(&mut self) -> Vec<(CommandKind, i64)> {
        let mut plan = Vec::new();
        if self.percent(8) {
            plan.push((CommandKind::Transfer, 24));
        }
        match self.chance.random_range(0..100) {
            0..2 => plan.push((CommandKind::Withdraw, 48)),
            2..5 => plan.push((CommandKind::Reject, 72)),
            // Nobody ever looks at some.
            5..8 => {}
            _ => {
                plan.extend([(CommandKind::Receive, 40), (CommandKind::Start, 30)]);
                plan.extend(self.percent(40).then_some((CommandKind::Publish, 30)));
                if self.percent(6) {
                    plan.extend([(CommandKind::RequestInformation, 10), (CommandKind::Supplement, 72)]);
                }
                if self.percent(92) {
                    plan.push((CommandKind::Answer, 160));
                    if self.percent(4) {
                        plan.extend([(CommandKind::Reopen, 200), (CommandKind::Answer, 120)]);
                    }
                    plan.extend(self.percent(50).then_some((CommandKind::Rating, 72)));
                    plan.extend(self.percent(60).then_some((CommandKind::Close, 200)));
                }
            }
        }
        plan
    }

    fn given(&mut self, kind: CommandKind, petition: &Petition) -> (Command, Actor) {
        let words = self.words.clone();
        let owner = Actor::Citizen(petition.submitter);
        let coordinator = Actor::Coordinator(self.citizen);
        let desk = match petition.holder == AgencyCode::coordinator() {
            true => coordinator.clone(),
            false => Actor::Leader(self.citizen, petition.holder.clone()),
        };
        match kind {
            CommandKind::Transfer => {
                let to = one(&mut self.chance, &self.agencies);
                (Command::Transfer(TransferOrder { to, reason: words }), coordinator)
            }
            CommandKind::Withdraw => (Command::Withdraw { reason: None }, owner),
            CommandKind::Reject => (Command::Reject { code: RejectionCode::Unclear, message: words }, coordinator),
            CommandKind::Receive => (Command::Receive, desk),
            CommandKind::Publish => (Command::Publish { title: None, content: None }, coordinator),
            CommandKind::Start => (Command::Start { assignee: None }, desk),
            CommandKind::RequestInformation => (Command::RequestInformation { message: words }, desk),
            CommandKind::Supplement => (Command::Supplement { content: words, attachments: Vec::new() }, owner),
            CommandKind::Answer => (Command::Answer { content: words, attachments: Vec::new() }, desk),
            CommandKind::Reopen => (Command::Reopen { reason: words }, owner),
            CommandKind::Rating => {
                (Command::Rating { level: one(&mut self.chance, RatingLevel::ALL), comment: None }, owner)
            }
            CommandKind::Close => (Command::Close, owner),
            other => panic!("{other} is in no plan"),
        }
    }

    fn percent(&mut self, times: u32) -> bool {
        self.chance.random_ratio(times, 100)
    }
}

fn one<T: Clone>(chance: &mut ChaCha8Rng, of: &[T]) -> T {
    of[chance.random_range(0..of.len())].clone()
}

fn event_row(event: &Event, hash: &Digest) -> Row {
    let (kind, data) = event.data.to_parts().unwrap();
    vec![
        event.petition.0.into(),
        int(event.seq).into(),
        event.at.micros().into(),
        kind.into(),
        event.actor.account.map(|account| account.0).into(),
        event.actor.role.map(|role| role.to_string()).into(),
        event.actor.agency.as_ref().map(ToString::to_string).into(),
        data.into(),
        hash.as_bytes().to_vec().into(),
    ]
}

fn petition_row(number: usize, petition: &Petition, head: &Digest) -> Row {
    let due = petition.deadlines.answer.map(Instant::micros);
    vec![
        petition.id.0.into(),
        i64::try_from(number).unwrap().into(),
        petition.code.to_string().into(),
        int(petition.version).into(),
        head.as_bytes().to_vec().into(),
        petition.status.to_string().into(),
        petition.status.is_open().into(),
        petition.submitter.0.into(),
        petition.hide_identity.into(),
        petition.channel.to_string().into(),
        petition.category.to_string().into(),
        petition.priority.to_string().into(),
        canonical(&petition.place).unwrap().into(),
        canonical(&petition.routing).unwrap().into(),
        petition.holder.to_string().into(),
        petition.held_since.micros().into(),
        petition.submitted_at.micros().into(),
        petition.received_at.map(Instant::micros).into(),
        petition.deadlines.receive.map(Instant::micros).into(),
        due.into(),
        due.unwrap_or(i64::MAX).into(),
        petition.answer.map(|answer| int(answer.seq)).into(),
        petition.answer.map(|answer| answer.at.micros()).into(),
        int(petition.transfers).into(),
        String::new().into(),
        petition.travels.into(),
        petition.updated_at.micros().into(),
        petition.clock.began_at.micros().into(),
        petition.clock.paused_at.map(Instant::micros).into(),
        i64::from(petition.clock.paused_seconds).into(),
        petition.assignee.map(|account| account.0).into(),
        petition.rejection.map(|rejection| int(rejection.seq)).into(),
        petition.rejection.map(|rejection| rejection.code.to_string()).into(),
        petition.rating.map(|rating| int(rating.seq)).into(),
        petition.rating.map(|rating| rating.level.to_string()).into(),
        int(petition.reopenings).into(),
        petition.published.map(|published| int(published.seq)).into(),
        petition.published.map(|published| published.at.micros()).into(),
        petition.routing.unit.as_ref().map(ToString::to_string).into(),
    ]
}

fn int(number: u32) -> i32 {
    i32::try_from(number).unwrap()
}
