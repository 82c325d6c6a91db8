//! The README's story, line by line as it stands, against the program a reader would run.

use std::process::Command;

use tests::{Engine, database::Database, postgres, program};

fn story() -> String {
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md")).unwrap();
    let (_, rest) = readme.split_once("<!-- story -->\n```sh\n").expect("the story begins");
    let (story, _) = rest.split_once("```\n<!-- /story -->").expect("the story ends");
    story.to_owned()
}

fn is_true_on(engine: Engine) {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::new(engine, folder.path());
    let serving = program::serve(folder.path(), Some(&database.url));
    let script = story()
        .replace("127.0.0.1:8080", &serving.address.to_string())
        .replace("target/release/pakn", program::pakn().to_str().unwrap());
    let output = Command::new("bash")
        .args(["-euo", "pipefail", "-c", &script])
        .env("PAKN_DATA_DIR", folder.path())
        .env("PAKN_DATABASE_URL", &database.url)
        .env("PAKN_LOG", "warn")
        .output()
        .unwrap();
    let (printed, complained) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(output.status.success(), "{printed}\n{complained}");
    for expected in [
        "administrator quantri created",
        "\"login\":\"canbo.256\"",
        "\"login\":\"+84912345678\"",
        "thuộc thẩm quyền cấp huyện: UBND thành phố Bắc Ninh.",
        "\"status\":\"submitted\"",
        "\"status\":\"received\"",
        "\"content\":\"Đã thay bóng đèn, cảm ơn bà.\"",
        "\"code\":\"command_not_allowed\"",
        "\"type\":\"answered\"",
        "\"key\":{\"level\":\"district\",\"agency\":\"ubnd-256\"}",
        "\"required_rate\":0.7,\"status\":\"missed\"",
        "checked 1 chains, 3 events",
        "everything agrees",
    ] {
        assert!(printed.contains(expected), "{expected} is not in:\n{printed}\n{complained}");
    }
}

#[test]
fn the_story_is_true_on_sqlite() {
    is_true_on(Engine::Sqlite);
}

#[test]
fn the_story_is_true_on_postgres() {
    if postgres::server().is_some() {
        is_true_on(Engine::Postgres);
    }
}
