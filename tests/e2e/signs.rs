//! Signs beside the rates: a story with every one of them, whose counts are known beforehand.

use std::sync::Arc;

use chrono::TimeDelta;
use domain::{
    account::Actor,
    code::{AgencyCode, CategoryCode},
    petition::{Command, ErasureBasis, Event, TransferOrder, erase, texts_left},
    time::Instant,
};
use persistence::{CatalogueDay, PlayedPetition};
use sea_orm::{ConnectionTrait, Database};
use serde_json::{Value, json};
use tests::{
    Person, Reply, TestApp, both_engines,
    past::{self, Past, at, sealed},
};

both_engines!(
    every_sign_is_counted_for_who_did_it_folded_or_not,
    words_that_are_erased_are_unknown_and_not_short,
    the_definitions_come_with_the_counts_in_both_languages_and_in_files,
);

/// 31 characters, and none of an answer of its own.
const SAME: &str = "Đã tiếp nhận và xử lý phản ánh.";
const DISTRICT: &str = "ubnd-256";
const COMMUNE: &str = "ubnd-09163";

/// The people of the story, and how far it has come.
struct Story<'a> {
    catalogue: Arc<CatalogueDay>,
    citizen: Person<'a>,
    officer: Actor,
    leader: Actor,
    coordinator: Actor,
    number: u64,
}

fn hours(count: i64) -> TimeDelta {
    TimeDelta::hours(count)
}

fn answer(words: &str) -> Command {
    Command::Answer { content: sealed(words), attachments: Vec::new() }
}

fn transfer(to: &str) -> Command {
    Command::Transfer(TransferOrder {
        to: AgencyCode::parse(to).unwrap(), reason: sealed("Không thuộc địa bàn.")
    })
}

impl<'a> Story<'a> {
    async fn new(app: &'a TestApp) -> Self {
        let actor = |person: &Person<'_>| person.account.as_ref().unwrap().actor.clone();
        let (officer, coordinator) = (actor(&app.officer(DISTRICT).await), actor(&app.coordinator().await));
        let leader = actor(&app.leader(DISTRICT).await);
        app.officer(COMMUNE).await;
        Self { citizen: app.citizen().await, catalogue: app.app.catalogue(), officer, leader, coordinator, number: 0 }
    }

    /// A petition that the district received an hour after it was sent; what comes then, each so long after the receipt.
    fn received(&mut self, sent: &str, steps: impl FnOnce(&Past) -> Vec<(Instant, Actor, Command)>) -> PlayedPetition {
        self.number += 1;
        let mut past = Past::begins(&self.catalogue, &self.citizen, self.number, at(sent));
        past.then(&self.catalogue, at(sent).plus(hours(1)), &self.officer, Command::Receive);
        for (when, actor, command) in steps(&past) {
            past.then(&self.catalogue, when, &actor, command);
        }
        past.played()
    }

    /// Answered so long after it was received.
    fn answered(&mut self, sent: &str, after: TimeDelta, words: &str) -> PlayedPetition {
        let officer = self.officer.clone();
        self.received(sent, |past| vec![(past.petition.updated_at.plus(after), officer, answer(words))])
    }

    /// Eleven equal answers, an hour after each other.
    fn equal(&mut self) -> Vec<PlayedPetition> {
        (0..11).map(|n| self.answered("2022-03-07T08:00:00+07:00", hours(24 + n), SAME)).collect()
    }

    /// All the rest.
    fn others(&mut self) -> Vec<PlayedPetition> {
        let (officer, leader, coordinator) = (self.officer.clone(), self.leader.clone(), self.coordinator.clone());
        let citizen = self.citizen.account.as_ref().unwrap().actor.clone();
        let recategorise =
            || Command::Recategorise { category: CategoryCode::parse("moi_truong").unwrap(), priority: None };
        let (give_back, reopen) = (
            Command::Return { reason: sealed("Không phải việc của huyện.") },
            Command::Reopen { reason: sealed("Đèn lại tắt.") },
        );
        let sent = "2022-04-12T08:00:00+07:00";
        vec![
            self.answered(sent, TimeDelta::minutes(5), "Điện lực đã thay bóng đèn lúc chín giờ."),
            self.answered(sent, hours(24), "Xong."),
            self.received(sent, |past| {
                let began = past.petition.updated_at;
                vec![
                    (began.plus(hours(24)), officer.clone(), answer("Điện lực sẽ thay bóng đèn trong tuần.")),
                    (began.plus(hours(48)), citizen, reopen),
                    (began.plus(hours(72)), officer.clone(), answer("Điện lực đã thay bóng đèn sáng nay.")),
                ]
            }),
            self.received(sent, |past| {
                let began = past.petition.updated_at;
                let due_at = past.petition.deadlines.answer.unwrap().plus(hours(24 * 7));
                let extend = Command::Extend { due_at, reason: sealed("Chờ vật tư.") };
                vec![(began.plus(hours(24)), leader.clone(), extend)]
            }),
            self.received(sent, |past| {
                let due = past.petition.deadlines.answer.unwrap();
                vec![
                    (due.plus(hours(-2)), officer.clone(), give_back),
                    (due.plus(hours(-1)), coordinator.clone(), transfer(COMMUNE)),
                ]
            }),
            self.received(sent, |past| {
                vec![(past.petition.updated_at.plus(hours(2)), officer.clone(), transfer(COMMUNE))]
            }),
            self.received("2022-08-22T08:00:00+07:00", |_| {
                vec![(at("2022-08-25T00:00:00+07:00"), coordinator.clone(), recategorise())]
            }),
            self.received("2022-08-22T08:00:00+07:00", |_| {
                vec![(at("2022-08-24T23:59:59+07:00"), coordinator.clone(), recategorise())]
            }),
        ]
    }
}

async fn verifies(app: &TestApp) {
    let verification = app.app.store.snapshot().await.unwrap().verify().await.unwrap();
    assert_eq!(verification.damages, []);
}

/// The counts that are not zero, by agency and in all; the shares are looked at apart.
async fn counted(steering: &Person<'_>, query: &str) -> Value {
    let told = steering.get(&format!("rates/signs?{query}")).await.expect(200);
    let counts = |signs: &Value| {
        let counts = signs.as_object().unwrap().iter();
        let counts = counts.filter(|(_, count)| count.as_u64().is_some_and(|count| count > 0));
        Value::Object(counts.map(|(name, count)| (name.clone(), count.clone())).collect())
    };
    let mut all = json!({"total": counts(&told["total"])});
    for item in told["items"].as_array().unwrap() {
        all[item["agency"]["code"].as_str().unwrap()] = counts(item);
    }
    all
}

async fn every_sign_is_counted_for_who_did_it_folded_or_not(app: TestApp) {
    let mut story = Story::new(&app).await;
    let steering = app.steering().await;
    let (equal, others) = (story.equal(), story.others());
    assert_eq!(counted(&steering, "").await, json!({"total": {}}), "nothing was done yet");

    let district = json!({
        "answers": 15, "quick_answers": 1, "short_answers": 1, "equal_answers": 11, "reopened": 1, "extensions": 1,
        "sent_away": 2, "sent_away_late": 1,
    });
    let coordinator =
        json!({"sent_away": 1, "sent_away_late": 1, "recategorised": 2, "recategorised_before_milestone": 1});
    let mut total = district.clone();
    total["sent_away"] = json!(3);
    total["sent_away_late"] = json!(2);
    total["recategorised"] = json!(2);
    total["recategorised_before_milestone"] = json!(1);
    let everything = json!({"total": total, DISTRICT: district, "dieu-phoi": coordinator});

    // Nothing folded, some, all; and all of it anew.
    past::store(&app, &equal).await;
    let answers = json!({"answers": 11, "equal_answers": 11});
    assert_eq!(counted(&steering, "").await, json!({"total": answers, DISTRICT: answers}));
    app.folds().await;
    assert_eq!(counted(&steering, "").await, json!({"total": answers, DISTRICT: answers}));
    past::store(&app, &others).await;
    for state in ["half folded", "folded", "dropped", "folded again"] {
        assert_eq!(counted(&steering, "").await, everything, "{state}");
        let of_coordinator = counted(&steering, "level=coordinator").await;
        assert_eq!(of_coordinator, json!({"total": coordinator, "dieu-phoi": coordinator}), "{state}");
        let of_district = counted(&steering, &format!("agency={DISTRICT}")).await;
        assert_eq!(of_district, json!({"total": district, DISTRICT: district}), "{state}");

        // Just before the eleventh answer none is equal to ten others; the next instant all are.
        let eleventh = at("2022-03-07T09:00:00+07:00").plus(hours(24 + 10));
        let ten = counted(&steering, &format!("as_of={eleventh}")).await;
        assert_eq!(ten, json!({"total": {"answers": 10}, DISTRICT: {"answers": 10}}), "{state}");
        let eleven = counted(&steering, &format!("as_of={}", eleventh.plus(TimeDelta::microseconds(1)))).await;
        assert_eq!(eleven, json!({"total": answers, DISTRICT: answers}), "{state}");

        // By when the petitions were sent, and by what they were: the answers stay equal to those that are not asked for.
        let april = counted(&steering, "from=2022-04-01&to=2022-05-01").await;
        assert_eq!(
            (&april[DISTRICT]["answers"], &april[DISTRICT]["equal_answers"]),
            (&json!(4), &Value::Null),
            "{state}"
        );
        let minute = "from=2022-03-07T08:00:00%2B07:00&to=2022-03-07T08:01:00%2B07:00";
        assert_eq!(counted(&steering, minute).await, json!({"total": answers, DISTRICT: answers}), "{state}");
        assert_eq!(counted(&steering, "category=moi_truong").await, json!({"total": {}}), "the field before: {state}");
        assert_eq!(counted(&steering, "unit=09163&channel=mobile&category=chieu_sang").await, everything, "{state}");
        assert_eq!(counted(&steering, "channel=web").await, json!({"total": {}}), "{state}");
        assert_eq!(counted(&steering, "as_of=2022-01-01").await, json!({"total": {}}), "{state}");

        match state {
            "half folded" | "dropped" => app.folds().await,
            _ => app.app.store.drop_rates().await.unwrap(),
        }
        verifies(&app).await;
    }
    let told = steering.get("rates/signs").await.expect(200);
    let shares: Vec<&Value> = told["items"].as_array().unwrap().iter().map(|item| &item["reopened_share"]).collect();
    assert_eq!(shares, [&Value::Null, &json!(1.0 / 15.0)], "the coordinator answered nothing");
    assert_eq!(told["items"][1]["agency"]["level"], "district");
}

async fn words_that_are_erased_are_unknown_and_not_short(app: TestApp) {
    let mut story = Story::new(&app).await;
    let steering = app.steering().await;
    past::store(&app, &story.equal()).await;
    let short = story.answered("2022-03-07T08:00:00+07:00", hours(24), "Xong.");
    let erased = short.decisions[0].event.petition;
    past::store(&app, &[short]).await;
    app.folds().await;
    let before = json!({"answers": 12, "equal_answers": 11, "short_answers": 1});
    assert_eq!(counted(&steering, "").await[DISTRICT], before);

    let database = Database::connect(app.database_url.as_str()).await.unwrap();
    let id = match app.engine {
        tests::Engine::Sqlite => format!("x'{}'", erased.0.simple()),
        tests::Engine::Postgres => format!("'{}'", erased.0),
    };
    let sql = format!("DELETE FROM words WHERE slot = 'answer' AND petition_id = {id}");
    assert_eq!(database.execute_unprepared(&sql).await.unwrap().rows_affected(), 1);
    // Lost without an event it is found out; what was taken in still knows that it was short.
    let verification = app.app.store.snapshot().await.unwrap().verify().await.unwrap();
    assert_eq!(verification.damages.len(), 1, "{verification:?}");
    assert_eq!(counted(&steering, "").await[DISTRICT], before);
    // The event that an erasure leaves has the petition read anew.
    let stored = app.app.store.petition_by_id(erased).await.unwrap().unwrap();
    let history = app.app.store.history(erased).await.unwrap();
    let events: Vec<Event> = history.into_iter().map(|logged| logged.event).collect();
    let (texts, basis) = (texts_left(&events), ErasureBasis::Retention);
    let decision = erase(&stored.petition, texts, basis, &Actor::System, api::clock::now()).unwrap();
    let mut unit = app.app.store.begin().await.unwrap();
    unit.advance(&stored, &decision).await.unwrap();
    unit.commit().await.unwrap();
    let after = json!({"answers": 12, "equal_answers": 11, "unknown_texts": 1});
    assert_eq!(counted(&steering, "").await[DISTRICT], after, "from the log");
    app.folds().await;
    assert_eq!(counted(&steering, "").await[DISTRICT], after, "from the fold");
    verifies(&app).await;
}

async fn the_definitions_come_with_the_counts_in_both_languages_and_in_files(app: TestApp) {
    let mut story = Story::new(&app).await;
    let steering = app.steering().await;
    past::store(&app, &story.others()).await;
    let get = async |header: (&str, &str)| {
        let request = steering.request(reqwest::Method::GET, "rates/signs").header(header.0, header.1);
        Reply::read(request.send().await.unwrap()).await
    };
    let (vietnamese, english) =
        (get(("accept-language", "vi")).await.expect(200), get(("accept-language", "en")).await.expect(200));
    let definitions = |told: &Value| told["definitions"].as_array().unwrap().clone();
    let quick = json!({
        "sign": "quick_answers", "threshold": {"value": 10, "unit": "minutes"},
        "text": "Answers within 10 minutes after the agency acknowledged the petition or the citizen reopened it",
    });
    assert!(definitions(&english).contains(&quick), "{english}");
    for (one, other) in definitions(&vietnamese).iter().zip(definitions(&english)) {
        assert_eq!((&one["sign"], &one["threshold"]), (&other["sign"], &other["threshold"]));
        assert_ne!(one["text"], other["text"]);
        let value = &one["threshold"]["value"];
        assert!(value.is_null() || one["text"].as_str().unwrap().contains(&value.to_string()), "{one}");
        // Every count has its definition.
        assert!(english["total"][one["sign"].as_str().unwrap()].is_u64(), "{one}");
    }
    assert_eq!(definitions(&english).len() + 1, english["total"].as_object().unwrap().len(), "and the share");

    let table = get(("accept", "text/csv")).await;
    assert_eq!((table.status, table.header("content-type")), (200, "text/csv; charset=utf-8"));
    let mut reader = csv::Reader::from_reader(table.text.trim_start_matches('\u{FEFF}').as_bytes());
    let headings = reader.headers().unwrap().clone();
    let place = |name: &str| headings.iter().position(|heading| heading == name).unwrap();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let agencies: Vec<&str> = rows.iter().map(|row| &row[0]).collect();
    assert_eq!(agencies, ["dieu-phoi", DISTRICT]);
    let of_district = |name| &rows[1][place(name)];
    assert_eq!((of_district("Số lần trả lời"), of_district("Tỷ lệ phản ánh lại")), ("4", "0.2500"));
    assert_eq!(&rows[0][place("Tỷ lệ phản ánh lại")], "", "over nothing there is no share");
    let workbook = get(("accept", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")).await;
    assert_eq!(workbook.status, 200);
    assert!(workbook.header("content-disposition").contains("pakn-signs.xlsx"));
    app.citizen().await.get("rates/signs").await.problem(403, "forbidden");
}
