//! Whatever is taken away or changed, the seals say so; and no seal is blamed that is good.

use std::collections::BTreeSet;

use api::seal::SealKey;
use domain::seal::{Seal, Statement};
use persistence::Engine;
use sea_orm::{ConnectionTrait, DatabaseConnection};
use tests::{Draft, TestApp, both_engines};

use super::{checked, sealed};
use crate::log::{connected, unguarded as unguarded_log, verified};

both_engines!(
    the_database_refuses_to_change_a_seal,
    whatever_is_changed_in_a_seal_is_found_out,
    whatever_is_taken_away_is_found_out,
    a_seal_of_somebody_else_is_none,
);

/// Somebody at the database, with all of its guards taken off.
pub(super) async fn unguarded(app: &TestApp) -> DatabaseConnection {
    let database = unguarded_log(app).await;
    for table in ["seal", "seal_tree"] {
        let sql = match app.engine {
            Engine::Sqlite => format!(
                "DROP TRIGGER {table}_no_update; DROP TRIGGER {table}_no_delete; DROP TRIGGER {table}_no_replace"
            ),
            Engine::Postgres => format!("ALTER TABLE {table} DISABLE TRIGGER ALL"),
        };
        database.execute_unprepared(&sql).await.unwrap();
    }
    database
}

async fn the_database_refuses_to_change_a_seal(app: TestApp) {
    sealed(&app, &app.admin().await).await;
    let database = connected(&app).await;
    let mut attempts = vec![
        "UPDATE seal SET petitions = petitions",
        "DELETE FROM seal",
        "UPDATE seal_tree SET blocks = blocks",
        "DELETE FROM seal_tree",
    ];
    match app.engine {
        Engine::Sqlite => attempts.extend([
            "INSERT OR REPLACE INTO seal SELECT * FROM seal",
            "INSERT OR REPLACE INTO seal_tree SELECT * FROM seal_tree",
        ]),
        Engine::Postgres => attempts.extend(["TRUNCATE seal CASCADE", "TRUNCATE seal_tree"]),
    }
    for sql in attempts {
        let refusal = database.execute_unprepared(sql).await.expect_err(sql).to_string();
        assert!(refusal.contains("seals are append-only"), "{sql}: {refusal}");
    }
}

/// Three seals, over one, two and three petitions.
async fn three_seals(app: &TestApp) -> Vec<String> {
    let (admin, citizen) = (app.admin().await, app.citizen().await);
    let mut codes = Vec::new();
    for _ in 0..3 {
        codes.push(citizen.submits(&Draft::street_lamp()).await);
        sealed(app, &admin).await;
    }
    assert_eq!(checked(app).await.damages, []);
    codes
}

/// What was done, which seals must be named, and what must be said of the first of them.
const TAMPERINGS: &[(&str, &[u64], &str)] = &[
    ("UPDATE seal SET petitions = 3 WHERE number = 2", &[2], "its signature is not"),
    ("UPDATE seal SET sealed_at = sealed_at - 1 WHERE number = 2", &[2], "its signature is not"),
    ("UPDATE seal SET upto = '0-1' WHERE number = 2", &[2], "its signature is not"),
    ("UPDATE seal SET upto = '9-9' WHERE number = 2", &[2], "its signature is not"),
    ("UPDATE seal SET root = previous WHERE number = 2", &[2], "its signature is not"),
    ("UPDATE seal SET previous = root WHERE number = 2", &[2], "its signature is not"),
    ("UPDATE seal SET public_key = root WHERE number = 2", &[2], "a key that is not known"),
    ("UPDATE seal SET root = signature WHERE number = 3", &[3], "it cannot be read"),
    (
        "UPDATE seal SET signature = (SELECT s.signature FROM seal s WHERE s.number = 1) WHERE number = 2",
        &[2],
        "its signature is not",
    ),
    ("DELETE FROM seal WHERE number = 2", &[3], "the seals from 2 to 2 are missing before it"),
    ("DELETE FROM seal WHERE number < 3", &[3], "the seals from 1 to 2 are missing before it"),
    ("UPDATE seal SET number = 4 WHERE number = 3", &[4], "the seals from 3 to 3 are missing before it"),
    ("DELETE FROM seal_tree WHERE number = 2", &[2], "the tree that is stored with it has another root"),
    (
        "UPDATE seal_tree SET blocks = (SELECT t.blocks FROM seal_tree t WHERE t.number = 1) WHERE number = 3",
        &[3],
        "the tree that is stored with it has another root",
    ),
    (
        "UPDATE event SET hash = (SELECT root FROM seal WHERE number = 1) WHERE petition_id = {second}",
        &[2, 3],
        "at {code}",
    ),
    ("UPDATE event SET seq = 2 WHERE petition_id = {first}", &[1, 2, 3], "the log no longer gives its root"),
    ("DELETE FROM event WHERE petition_id = {first}", &[1, 2, 3], "it sealed 1 petitions, and there are 0"),
    ("DELETE FROM event WHERE petition_id = {second}", &[2, 3], "it sealed 2 petitions, and there are 1"),
    // One that was not there when it was sealed.
    ("UPDATE event SET {earlier} WHERE petition_id = {third}", &[1, 2], "it sealed 1 petitions, and there are 2"),
];

async fn whatever_is_changed_in_a_seal_is_found_out(app: TestApp) {
    let codes = three_seals(&app).await;
    let database = unguarded(&app).await;
    for table in ["seal", "seal_tree", "event"] {
        database.execute_unprepared(&format!("CREATE TABLE kept_{table} AS SELECT * FROM {table}")).await.unwrap();
    }
    let id = |code: &str| format!("(SELECT id FROM petition WHERE code = '{code}')");
    let earlier = match app.engine {
        Engine::Sqlite => "position = -1",
        Engine::Postgres => "xid = '3'::xid8",
    };
    for (sql, numbers, text) in TAMPERINGS {
        let sql = sql.replace("{first}", &id(&codes[0])).replace("{second}", &id(&codes[1]));
        let sql = sql.replace("{third}", &id(&codes[2])).replace("{earlier}", earlier);
        database.execute_unprepared(&sql).await.unwrap();
        let found = checked(&app).await;
        let named: BTreeSet<String> = found.damages.iter().map(|damage| damage.petition.clone()).collect();
        let expected: BTreeSet<String> = numbers.iter().map(|number| format!("seal {number}")).collect();
        assert_eq!(named, expected, "{sql}: {found:?}");
        let first = &found.damages[0].problem;
        assert!(first.contains(&text.replace("{code}", &codes[1])), "{sql}: {first}");
        for table in ["seal_tree", "seal", "event"] {
            database.execute_unprepared(&format!("DELETE FROM {table}")).await.unwrap();
        }
        for table in ["seal", "seal_tree", "event"] {
            database.execute_unprepared(&format!("INSERT INTO {table} SELECT * FROM kept_{table}")).await.unwrap();
        }
        assert_eq!(checked(&app).await.damages, [], "{sql}");
    }
}

/// What the chains alone do not show.
async fn whatever_is_taken_away_is_found_out(app: TestApp) {
    let (admin, citizen, officer) = (app.admin().await, app.citizen().await, app.officer("ubnd-256").await);
    let [stays, received, gone] = [
        citizen.submits(&Draft::street_lamp()).await,
        citizen.submits(&Draft::street_lamp()).await,
        citizen.submits(&Draft::street_lamp()).await,
    ];
    sealed(&app, &admin).await;
    let database = unguarded(&app).await;
    database.execute_unprepared("CREATE TABLE kept_petition AS SELECT * FROM petition").await.unwrap();
    officer.receives(&received).await;
    sealed(&app, &admin).await;
    officer.receives(&stays).await;

    // The last event, with the row as it was before.
    let id = |code: &str| format!("(SELECT id FROM petition WHERE code = '{code}')");
    let sql = format!(
        "DELETE FROM event WHERE seq = 2 AND petition_id = {};
         DELETE FROM petition WHERE code = '{received}';
         INSERT INTO petition SELECT * FROM kept_petition WHERE code = '{received}'",
        id(&received)
    );
    database.execute_unprepared(&sql).await.unwrap();
    assert_eq!(verified(&app).await.damages, [], "the chains do not show it");
    let found = checked(&app).await;
    assert_eq!(found.damages.len(), 1, "{found:?}");
    assert_eq!(found.damages[0].petition, "seal 2");
    assert!(found.damages[0].problem.starts_with("the log no longer gives its root; the first change"), "{found:?}");

    // A petition with all that there is of it.
    let id = id(&gone);
    let sql = format!(
        "DELETE FROM words WHERE petition_id = {id}; DELETE FROM petition_search WHERE petition_id = {id};
         DELETE FROM event WHERE petition_id = {id}; DELETE FROM petition WHERE code = '{gone}'"
    );
    database.execute_unprepared(&sql).await.unwrap();
    assert_eq!(verified(&app).await.damages, [], "the chains do not show it");
    let found = checked(&app).await;
    let named: Vec<&str> = found.damages.iter().map(|damage| damage.petition.as_str()).collect();
    assert_eq!(named, ["seal 1", "seal 2"]);
    assert!(found.damages[0].problem.contains("it sealed 3 petitions, and there are 2"), "{found:?}");
    // Nobody is given a proof that proves nothing.
    citizen.get(&format!("petitions/{stays}/proof")).await.problem(500, "internal");
}

/// Who has the database and no key makes a new one: everything fits, but for the key.
async fn a_seal_of_somebody_else_is_none(app: TestApp) {
    three_seals(&app).await;
    let theirs = SealKey::open(tempfile::tempdir().unwrap().path()).unwrap();
    let database = unguarded(&app).await;
    let mut seals = app.app.store.seals(None, 3).await.unwrap();
    seals.reverse();
    database.execute_unprepared("CREATE TABLE kept AS SELECT * FROM seal_tree").await.unwrap();
    database.execute_unprepared("DELETE FROM seal_tree; DELETE FROM seal").await.unwrap();
    let mut before: Option<Statement> = None;
    for Seal { mut statement, .. } in seals {
        statement.public_key = theirs.public();
        if let Some(before) = &before {
            statement.previous = before.digest().unwrap();
        }
        let signature = theirs.sign(&statement.canonical().unwrap()).unwrap();
        let mut unit = app.app.store.begin().await.unwrap();
        let seal = Seal { statement: statement.clone(), signature };
        assert!(unit.add_seal(&seal, &domain::seal::Blocks::default()).await.unwrap());
        unit.commit().await.unwrap();
        before = Some(statement);
    }
    database.execute_unprepared("DELETE FROM seal_tree; INSERT INTO seal_tree SELECT * FROM kept").await.unwrap();
    let found = checked(&app).await;
    assert_eq!(found.damages.len(), 3, "{found:?}");
    assert!(found.damages.iter().all(|damage| damage.problem.contains("a key that is not known")), "{found:?}");
    let any = app.app.store.snapshot().await.unwrap().check_seals(&[], |_| Ok(())).await.unwrap();
    assert_eq!(any.damages, [], "but for the key it fits");
}
