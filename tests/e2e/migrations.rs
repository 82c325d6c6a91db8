//! The schema changes while servers serve: once, whole or not at all, without shutting anybody out, and with an older program beside it.

use std::time::{Duration, Instant};

use persistence::{Engine, Store, StoreError, StoreOptions};
use sea_orm::{ConnectionTrait, Database as Connected, DatabaseConnection, Statement};
use tests::{Draft, TestApp, both_engines, database::Database, program};
use tokio::task::{JoinSet, block_in_place};

use crate::{accounts::executes, log::connected};

both_engines!(
    servers_that_start_together_migrate_once,
    an_older_program_runs_where_a_newer_one_only_added,
    a_step_that_fails_changes_nothing_and_says_what_to_do,
);

const NEWEST: &str = "m20261126_000021_keeping";

async fn store(url: &str) -> Store {
    Store::connect(&StoreOptions { url: url.to_owned(), max_connections: 2 }).await.unwrap()
}

/// The schema and its steps, as text.
async fn schema(database: &DatabaseConnection, engine: Engine) -> Vec<String> {
    let objects = match engine {
        Engine::Sqlite => "SELECT COALESCE(sql, name) AS said FROM sqlite_schema",
        Engine::Postgres => {
            "SELECT c.relname || ' ' || c.relkind::text || ' ' || COALESCE(string_agg(a.attname || a.atttypid::text, ',' ORDER BY a.attnum), '') AS said \
             FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 \
             WHERE c.relnamespace = 'public'::regnamespace GROUP BY c.oid, c.relname, c.relkind"
        }
    };
    let mut said = Vec::new();
    for sql in [objects, "SELECT version AS said FROM seaql_migrations"] {
        let statement = Statement::from_string(database.get_database_backend(), sql);
        let rows = database.query_all_raw(statement).await.unwrap();
        said.extend(rows.iter().map(|row| row.try_get::<String>("", "said").unwrap()));
    }
    said.sort();
    said
}

async fn servers_that_start_together_migrate_once(app: TestApp) {
    let folder = tempfile::tempdir().unwrap();
    let database = block_in_place(|| Database::empty(app.engine, folder.path()));
    let mut starting = JoinSet::new();
    for _ in 0..4 {
        let url = database.url.clone();
        starting.spawn(async move {
            let store = store(&url).await;
            store.migrate().await.unwrap();
            assert_eq!(store.steps_to_migrate().await.unwrap(), 0);
        });
    }
    starting.join_all().await;
    let one_by_one = connected(&app).await;
    let together = Connected::connect(&database.url).await.unwrap();
    assert_eq!(schema(&together, app.engine).await, schema(&one_by_one, app.engine).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_file_is_opened_by_many_at_once() {
    for round in 0..60 {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("pakn.sqlite").display());
        let mut opening = JoinSet::new();
        for _ in 0..8 {
            let options = StoreOptions { url: url.clone(), max_connections: 2 };
            opening.spawn(async move { Store::connect(&options).await.map(drop) });
        }
        let opened = opening.join_all().await;
        assert!(opened.iter().all(Result::is_ok), "{round}: {opened:?}");
    }
}

async fn an_older_program_runs_where_a_newer_one_only_added(app: TestApp) {
    let citizen = app.citizen().await;
    citizen.submits(&Draft::street_lamp()).await;
    let (folder, url) = (app.folder.path(), Some(app.database_url.as_str()));
    let refuses = |expected: &str| {
        for command in ["migrate", "verify", "serve"] {
            let output = block_in_place(|| program::run(folder, url, &[command]));
            let said = String::from_utf8(output.stderr).unwrap();
            assert!(
                !output.status.success() && said.contains(expected) && said.lines().count() == 1,
                "{command}: {said}"
            );
        }
    };
    // As the program that will be writes it: a table, and what one must know to run beside it.
    executes(&app, "CREATE TABLE later (id integer PRIMARY KEY)").await;
    executes(&app, "ALTER TABLE petition ADD COLUMN later text").await;
    executes(&app, "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m20991231_000099_later', 0)").await;
    refuses("the step m20991231_000099_later, of which it does not say who may run after it");
    executes(&app, "INSERT INTO schema_step (version, least) VALUES ('m20991231_000099_later', NULL)").await;
    let migrated = block_in_place(|| program::run(folder, url, &["migrate"]));
    assert!(migrated.status.success(), "{migrated:?}");
    let serving = block_in_place(|| program::serve(folder, url));
    let there = tests::Visitor::holding(serving.address, citizen.token.as_deref().unwrap());
    there.post("petitions", &Draft::street_lamp().0).await.expect(201);
    serving.terminate();
    assert!(block_in_place(|| serving.ends()).0.success());
    let verified = block_in_place(|| program::run(folder, url, &["verify"]));
    assert!(verified.status.success(), "{verified:?}");
    // A later step took something away that only those do without who know the one before.
    executes(&app, "UPDATE schema_step SET least = 'm20991231_000098_sooner' WHERE version = 'm20991231_000099_later'")
        .await;
    refuses("only programs run that know m20991231_000098_sooner, and this one knows m");
    executes(&app, &format!("UPDATE schema_step SET least = '{NEWEST}' WHERE version = 'm20991231_000099_later'"))
        .await;
    let migrated = block_in_place(|| program::run(folder, url, &["migrate"]));
    assert!(migrated.status.success(), "{migrated:?}");
}

async fn a_step_that_fails_changes_nothing_and_says_what_to_do(app: TestApp) {
    let citizen = app.citizen().await;
    let code = citizen.submits(&Draft::street_lamp()).await;
    // The last two steps are still to be made; the first of them can be, the second finds its table there already.
    let database = connected(&app).await;
    executes(&app, "DROP INDEX petition_published_by_submission").await;
    executes(&app, "DROP INDEX petition_published_by_change").await;
    for step in ["m20261126_000018_public_pages", NEWEST] {
        executes(&app, &format!("DELETE FROM seaql_migrations WHERE version = '{step}'")).await;
    }
    let before = schema(&database, app.engine).await;
    assert!(app.app.store.steps_to_migrate().await.unwrap() >= 2);
    match app.app.store.migrate().await {
        Err(StoreError::Migration { step, .. }) => assert_eq!(step, NEWEST),
        other => panic!("{other:?}"),
    }
    let output = block_in_place(|| program::run(app.folder.path(), Some(&app.database_url), &["serve"]));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && said.lines().count() == 1, "{said}");
    assert!(said.starts_with(&format!("pakn: step {NEWEST} of the schema failed: ")), "{said}");
    assert!(said.contains("Nothing was changed") && said.trim_end().ends_with("run `pakn migrate` again"), "{said}");
    assert_eq!(schema(&database, app.engine).await, before);
    // The servers of before go on, and once the cause is mended the step is made.
    citizen.submits(&Draft::street_lamp()).await;
    assert_eq!(citizen.reads(&code).await["status"], "submitted");
    executes(&app, &format!("INSERT INTO seaql_migrations (version, applied_at) VALUES ('{NEWEST}', 0)")).await;
    app.app.store.migrate().await.unwrap();
    assert_eq!(app.app.store.steps_to_migrate().await.unwrap(), 0);
    assert!(schema(&database, app.engine).await.len() > before.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_that_waits_for_a_table_shuts_nobody_out() {
    if block_in_place(tests::postgres::server).is_none() {
        return;
    }
    let app = TestApp::start(Engine::Postgres).await;
    let citizen = app.citizen().await;
    citizen.submits(&Draft::street_lamp()).await;
    // A step that makes an index waits for whoever writes to the table, and whoever comes after it waits behind it.
    executes(&app, "DROP INDEX petition_published_by_submission").await;
    executes(&app, "DROP INDEX petition_published_by_change").await;
    executes(&app, "DELETE FROM seaql_migrations WHERE version = 'm20261126_000018_public_pages'").await;
    let writer = connected(&app).await;
    writer.execute_unprepared("BEGIN; UPDATE petition SET version = version").await.unwrap();
    let began = Instant::now();
    let migrating = tokio::spawn({
        let store = app.app.store.clone();
        async move { store.migrate().await }
    });
    let mut longest = Duration::ZERO;
    while began.elapsed() < Duration::from_secs(4) {
        let asked = Instant::now();
        citizen.submits(&Draft::street_lamp()).await;
        longest = longest.max(asked.elapsed());
    }
    assert!(!migrating.is_finished(), "it did not wait");
    // A second for the step, and the time that the machine takes.
    assert!(longest < Duration::from_millis(2_500), "{longest:?}");
    writer.execute_unprepared("COMMIT").await.unwrap();
    migrating.await.unwrap().unwrap();
    assert_eq!(app.app.store.steps_to_migrate().await.unwrap(), 0);
}
