//! No list asks the database more often for a hundred rows than for ten.

use std::{collections::BTreeSet, sync::atomic::Ordering, time::Duration};

use api::clock;
use domain::{chain::Digest, id::SessionId, petition::PetitionCode};
use futures_util::future::join_all;
use persistence::Origin;
use sea_orm::{ConnectionTrait, Database, DbBackend, Statement};
use serde_json::{Value, json};
use tests::{Draft, Person, TestApp, both_engines};
use tokio::time::timeout;

use crate::accounts::executes;

both_engines!(
    no_list_asks_more_often_for_more_rows,
    a_hot_call_asks_as_often_as_is_written_down,
    who_asks_at_once_asks_together
);

/// Whom a list is for.
#[derive(Debug, Clone, Copy)]
enum Reader {
    Citizen,
    Officer,
    Leader,
    Coordinator,
    Follower,
    Steering,
    Admin,
    Public,
}

/// Every list of many rows that has a `limit`; what else is here has none and grows all the same.
const LISTS: &[(Reader, &str)] = &[
    (Reader::Citizen, "me/petitions"),
    (Reader::Citizen, "me/petitions/changes"),
    (Reader::Citizen, "me/sessions"),
    (Reader::Citizen, "me/access-log"),
    (Reader::Follower, "me/followed"),
    (Reader::Admin, "admin/erasures"),
    (Reader::Admin, "api-keys"),
    (Reader::Officer, "agency/petitions"),
    (Reader::Officer, "agency/staff"),
    (Reader::Leader, "agency/officers"),
    (Reader::Admin, "admin/accounts"),
    (Reader::Admin, "admin/changes"),
    (Reader::Admin, "admin/dead-letters"),
    (Reader::Admin, "webhooks"),
    (Reader::Admin, DELIVERIES),
    (Reader::Citizen, "me/inbox"),
    (Reader::Coordinator, "agency/petitions"),
    (Reader::Steering, "rates/petitions?bucket=submitted"),
    (Reader::Public, "public/petitions"),
    (Reader::Public, "seals"),
];

/// With the id of a webhook in it.
const DELIVERIES: &str = "webhooks/{id}/deliveries";

/// How often the database is asked for a list, and how many rows that gives. The least of a few tries: the server looks at the log
/// now and then besides.
async fn least(app: &TestApp, person: &Person<'_>, path: &str) -> (u64, usize) {
    let (mut least, mut rows) = (u64::MAX, 0);
    for _ in 0..5 {
        let before = app.statements.load(Ordering::Relaxed);
        let answer = person.get(path).await.expect(200);
        least = least.min(app.statements.load(Ordering::Relaxed) - before);
        rows = answer["items"].as_array().unwrap().len();
    }
    (least, rows)
}

/// One more device of theirs.
async fn signs_in_somewhere(app: &TestApp, person: &Person<'_>) {
    let (account, now) = (person.account.as_ref().unwrap().id, clock::now());
    let session = SessionId::new(now, &clock::id_randomness());
    let token = Digest::of(&[clock::secret().as_bytes()]);
    let mut unit = app.app.store.begin().await.unwrap();
    let until = now.plus(chrono::Duration::days(1));
    unit.begin_session(session, account, &Origin::default(), &token, now, until).await.unwrap();
    unit.commit().await.unwrap();
}

async fn no_list_asks_more_often_for_more_rows(app: TestApp) {
    let (officer, coordinator, citizen) = (app.officer("ubnd-256").await, app.coordinator().await, app.citizen().await);
    let (follower, admin) = (app.citizen().await, app.admin().await);
    let mut last = citizen.submits(&Draft::street_lamp()).await;
    for number in 0..109 {
        // From several people, with an assignee, published, merged: whatever a row may make one look up.
        let code = citizen.submits(&Draft::street_lamp()).await;
        officer.receives(&code).await;
        if number % 3 == 0 {
            officer.starts(&code).await;
        }
        if number % 2 == 0 {
            coordinator.does(&code, "publish", &json!({})).await;
            follower.does(&code, "follow", &json!({})).await;
        }
        if number % 3 == 1 {
            admin.post("admin/seals", &json!({})).await;
        }
        if number % 5 == 0 {
            coordinator.transfers(&code, "dieu-phoi", "Xem lại.").await;
        }
        if number % 4 == 0 {
            coordinator.does(&code, "merge", &json!({"into": last})).await;
        }
        last = code;
    }
    for number in 0..15 {
        admin.post("admin/targets", &crate::targets::new(&format!("cds-{number}"))).await.expect(201);
        let login = app.citizen().await.account.unwrap().login.as_str().to_owned();
        admin.post("admin/erasures", &json!({"login": login, "reference": "Đơn"})).await.expect(201);
        let key = json!({"name": "Văn bản", "scopes": ["read"], "agency": "ubnd-256"});
        admin.post("api-keys", &key).await.expect(201);
    }
    let mut webhook = String::new();
    for desk in ["ubnd-256", "ubnd-09163"] {
        for _ in 0..8 {
            let body = json!({"url": "https://example.vn/pakn", "agency": desk});
            webhook = admin.post("webhooks", &body).await.expect(201)["id"].as_str().unwrap().to_owned();
        }
    }
    for _ in 0..15 {
        admin.post(&format!("webhooks/{webhook}/test"), &json!({})).await.expect(202);
    }
    // Another test's transaction may hold back the log's end on PostgreSQL.
    while citizen.get("me/inbox?limit=100").await.expect(200)["items"].as_array().unwrap().len() < 100 {
        while app.app.tell_news(clock::now()).await.unwrap() {}
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let given_up = "INSERT INTO delivery (id, account_id, notice_id, carrier, due_at, tries, state, settled_at) \
                    SELECT id, account_id, id, 'sms', 0, 1, 'dead', 1 FROM notice";
    executes(&app, given_up).await;
    // A lonely one with nothing but its submission, and one among all the others with more of a history.
    let lonely = citizen.submits(&Draft::street_lamp().with("location", json!({"lat": 21.05, "lon": 106.2}))).await;
    for _ in 0..20 {
        coordinator.does(&last, "note", &json!({"content": "Đã xem."})).await;
    }
    for list in ["nearby?metres=2000", "history"] {
        let (few, many) = (format!("petitions/{lonely}/{list}"), format!("petitions/{last}/{list}"));
        let (asked, rows) = least(&app, &coordinator, &few).await;
        let (asked_for_more, more_rows) = least(&app, &coordinator, &many).await;
        assert!(
            asked_for_more <= asked && more_rows > rows + 10,
            "{list}: {asked} {asked_for_more} {rows} {more_rows}"
        );
    }
    let document: Value = serde_json::to_value(api::server::contract()).unwrap();
    let paged: BTreeSet<String> = document["paths"]
        .as_object()
        .unwrap()
        .iter()
        .filter(|(_, item)| {
            let parameters = item["get"]["parameters"].as_array().into_iter().flatten();
            parameters.into_iter().any(|parameter| parameter["name"] == "limit")
        })
        .map(|(path, _)| path.strip_prefix("/api/v1/").unwrap().to_owned())
        .collect();
    let path = |(_, list): &(Reader, &str)| list.split('?').next().unwrap().to_owned();
    // What a portal asks is signed, and counted where the portal is.
    let elsewhere = ["exchange/changes".to_owned()];
    let listed: BTreeSet<String> = LISTS.iter().map(path).chain(elsewhere).collect();
    assert!(paged.is_subset(&listed), "a list that nobody counts: {:?}", paged.difference(&listed));

    let (stranger, steering, leader) = (app.stranger(), app.steering().await, app.leader("ubnd-256").await);
    for _ in 0..11 {
        app.officer("ubnd-256").await;
        signs_in_somewhere(&app, &citizen).await;
    }
    app.folds().await;
    for (reader, path) in LISTS {
        let person: &Person<'_> = match reader {
            Reader::Citizen => &citizen,
            Reader::Officer => &officer,
            Reader::Leader => &leader,
            Reader::Admin => &admin,
            Reader::Coordinator => &coordinator,
            Reader::Follower => &follower,
            Reader::Steering => &steering,
            Reader::Public => &stranger,
        };
        let mut asked = Vec::new();
        for limit in [10, 100] {
            let sign = if path.contains('?') { '&' } else { '?' };
            let path = path.replace("{id}", &webhook);
            let (least, rows) = least(&app, person, &format!("{path}{sign}limit={limit}")).await;
            assert!(rows > 0, "{path}");
            asked.push(least);
        }
        assert!(asked[0] > 0 && asked[1] <= asked[0], "{path} asks {asked:?} times for 10 and for 100 rows");
    }
}

/// How often a call asks the database, beside BEGIN and COMMIT: what ARCHITECTURE.md says of it.
const HOT: &[(&str, u64, u64)] = &[
    ("submit", 7, 2),
    ("submit, nowhere", 6, 1),
    ("receive", 6, 6),
    ("answer", 7, 7),
    ("a petition by code", 1, 1),
    ("a published petition by code", 2, 2),
    ("the queue", 1, 1),
    ("the public feed", 4, 4),
];

async fn a_hot_call_asks_as_often_as_is_written_down(app: TestApp) {
    let (officer, coordinator, citizen) = (app.officer("ubnd-256").await, app.coordinator().await, app.citizen().await);
    let somewhere = |number: usize| {
        let lat = 21.183 + f64::from(u32::try_from(number).unwrap()) * 0.003;
        Draft::street_lamp().with("location", json!({"lat": lat, "lon": 106.0838}))
    };
    let mut asked = vec![u64::MAX; HOT.len()];
    for number in 0..4 {
        let mut place = 0;
        let mut counted = |before: u64| {
            asked[place] = asked[place].min(app.statements.load(Ordering::Relaxed) - before);
            place += 1;
        };
        let now = || app.statements.load(Ordering::Relaxed);
        let before = now();
        let code = citizen.submits(&somewhere(number)).await;
        counted(before);
        let before = now();
        citizen.submits(&Draft::street_lamp().without("location")).await;
        counted(before);
        let before = now();
        officer.receives(&code).await;
        counted(before);
        let before = now();
        officer.answers(&code, "Đã thay bóng đèn.").await;
        counted(before);
        let before = now();
        citizen.reads(&code).await;
        counted(before);
        coordinator.does(&code, "publish", &json!({})).await;
        let before = now();
        app.stranger().reads(&code).await;
        counted(before);
        let before = now();
        officer.queue("limit=50").await;
        counted(before);
        let before = now();
        app.stranger().get("public/petitions?limit=50").await.expect(200);
        counted(before);
    }
    let written_down: Vec<u64> = HOT
        .iter()
        .map(|(_, sqlite, postgres)| match app.engine {
            persistence::Engine::Sqlite => *sqlite,
            persistence::Engine::Postgres => *postgres,
        })
        .collect();
    let calls: Vec<&str> = HOT.iter().map(|(call, ..)| *call).collect();
    assert_eq!(asked, written_down, "{calls:?}");
}

async fn who_asks_at_once_asks_together(app: TestApp) {
    let citizen = app.citizen().await;
    let mut codes = Vec::new();
    for _ in 0..8 {
        codes.push(PetitionCode::parse(&citizen.submits(&Draft::street_lamp()).await).unwrap());
    }
    let nobodys = PetitionCode::parse("PAKN.20220831.999999").unwrap();
    let store = &app.app.store;
    let asked: Vec<&PetitionCode> = codes.iter().chain([&nobodys]).cycle().take(180).collect();
    let before = app.statements.load(Ordering::Relaxed);
    let answers = join_all(asked.iter().enumerate().map(|(number, code)| async move {
        match number % 10 {
            // These give up at once.
            0 => timeout(Duration::ZERO, store.dossier(code)).await.ok(),
            _ => Some(store.dossier(code).await),
        }
    }));
    let answers = answers.await;
    let statements = app.statements.load(Ordering::Relaxed) - before;
    for (code, answer) in asked.into_iter().zip(answers) {
        let Some(answer) = answer else { continue };
        let found = answer.unwrap().map(|dossier| dossier.stored.petition.code);
        assert_eq!(found.as_ref(), Some(code).filter(|code| **code != nobodys));
    }
    // How many come together is chance.
    assert!(statements < 90, "{statements} statements");
}

/// `.cargo/config.toml` says how. Otherwise nearly every statement on a petition is prepared anew each time.
#[tokio::test]
async fn sqlite_is_built_as_it_should_be() {
    let database = Database::connect("sqlite::memory:").await.unwrap();
    let asked = Statement::from_string(DbBackend::Sqlite, "PRAGMA compile_options");
    let rows = database.query_all_raw(asked).await.unwrap();
    let options: BTreeSet<String> = rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect();
    for option in ["ENABLE_QPSG", "DEFAULT_MEMSTATUS=0"] {
        assert!(options.contains(option), "{options:?}");
    }
    assert!(!options.contains("ENABLE_MEMORY_MANAGEMENT"), "{options:?}");
}
