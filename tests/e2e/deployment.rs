//! What is written for operators names what there is: settings in every file that sets some, and what the schema shares across the whole database.

use std::{collections::BTreeSet, fs, path::Path};

use persistence::Engine;
use sea_orm::{ConnectionTrait, Statement};
use tests::{TestApp, program};
use tokio::task::block_in_place;

use crate::log::connected;

fn file(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name)).unwrap()
}

/// The `PAKN_…` names in a text.
fn names(text: &str) -> BTreeSet<String> {
    let of_name = |letter: char| letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == '_';
    text.match_indices("PAKN_")
        .map(|(at, _)| text[at..].chars().take_while(|letter| of_name(*letter)).collect())
        .collect()
}

/// What the program takes.
fn settings() -> BTreeSet<String> {
    let folder = tempfile::tempdir().unwrap();
    let help = |arguments: &[&str]| {
        let output = program::run(folder.path(), None, arguments);
        assert!(output.status.success(), "{output:?}");
        names(&String::from_utf8(output.stdout).unwrap())
    };
    let mut known = help(&["--help"]);
    for command in ["backup", "restore", "demo"] {
        known.extend(help(&[command, "--help"]));
    }
    assert!(known.len() > 50, "{known:?}");
    known
}

#[tokio::test(flavor = "multi_thread")]
async fn every_setting_that_is_written_down_is_one() {
    let known = block_in_place(settings);
    let (compose, example) = (file("docker-compose.yml"), file(".env.example"));
    // What `docker compose` reads itself, from `.env`.
    let interpolated: BTreeSet<String> =
        compose.split("${").skip(1).flat_map(|rest| names(rest.split('}').next().unwrap())).collect();
    let own: BTreeSet<&String> = interpolated.difference(&known).collect();
    assert_eq!(
        own,
        BTreeSet::from(["PAKN_DB_PASSWORD", "PAKN_HTTPS_BIND", "PAKN_S3_PASSWORD", "PAKN_S3_USER"].map(str::to_owned))
            .iter()
            .collect()
    );
    assert!(
        own.iter().all(|name| names(&example).contains(*name)),
        "a person who fills .env in must find {own:?} there"
    );
    for name in names(&example) {
        assert!(interpolated.contains(&name), ".env.example names {name}, which docker-compose.yml does not take");
    }
    for (name, text) in [
        ("docker-compose.yml", compose),
        ("Dockerfile", file("Dockerfile")),
        ("deploy/pakn.service", file("deploy/pakn.service")),
        ("deploy/pakn-backup.service", file("deploy/pakn-backup.service")),
        ("README.md", file("README.md")),
        ("SECURITY.md", file("SECURITY.md")),
        ("ARCHITECTURE.md", file("ARCHITECTURE.md")),
        ("deploy/GROWING.md", file("deploy/GROWING.md")),
    ] {
        for setting in names(&text) {
            // `PAKN_KEEP_…` is all that begin so.
            let is_known =
                known.iter().any(|known| *known == setting || setting.ends_with('_') && known.starts_with(&setting));
            assert!(is_known || own.contains(&setting), "{name} names {setting}, which is no setting");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_schema_shares_is_named_in_growing() {
    if block_in_place(tests::postgres::server).is_none() {
        return;
    }
    let app = TestApp::start(Engine::Postgres).await;
    let database = connected(&app).await;
    let growing = file("deploy/GROWING.md");
    let listed = |sql: &str| {
        let statement = Statement::from_string(database.get_database_backend(), sql.to_owned());
        let database = &database;
        async move {
            let rows = database.query_all_raw(statement).await.unwrap();
            rows.iter().map(|row| row.try_get::<String>("", "said").unwrap()).collect::<BTreeSet<String>>()
        }
    };
    let sequences = listed(
        "SELECT relname::text AS said FROM pg_class WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace",
    )
    .await;
    let uniques = listed(
        "SELECT i.indexrelid::regclass::text || ' (' || (SELECT string_agg(a.attname, ', ' ORDER BY k.place) FROM unnest(i.indkey) WITH ORDINALITY k (attribute, place) \
         JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attribute) || ')' AS said FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid \
         WHERE i.indisunique AND c.relnamespace = 'public'::regnamespace",
    ).await;
    let named = |heading: &str| -> BTreeSet<String> {
        let section = growing.split_once(heading).unwrap_or_else(|| panic!("GROWING.md has no {heading:?}")).1;
        let section = section.split("\n## ").next().unwrap();
        let lines = section.lines().filter_map(|line| line.strip_prefix("- `")?.split('`').next());
        lines.map(str::to_owned).collect()
    };
    assert_eq!(named("## Sequences\n"), sequences);
    let (by_petition, by_account) = (named("## By petition\n"), named("## By account\n"));
    let (everywhere, across) = (named("## The same on every node\n"), named("## Unique across all nodes\n"));
    let has = |index: &String, column: &str| {
        let columns = index.split_once('(').unwrap().1.trim_end_matches(')');
        columns.split(", ").any(|name| name == column)
    };
    assert!(
        by_petition.iter().all(|index| has(index, "petition_id") || index == "petition_pkey (id)"),
        "{by_petition:?}"
    );
    assert!(by_account.iter().all(|index| has(index, "account_id") || index == "account_pkey (id)"), "{by_account:?}");
    let all = [&by_petition, &by_account, &everywhere, &across];
    let listed: usize = all.iter().map(|some| some.len()).sum();
    let all: BTreeSet<String> = all.into_iter().flatten().cloned().collect();
    assert_eq!(listed, all.len(), "one is listed twice");
    assert_eq!(all, uniques);
}
