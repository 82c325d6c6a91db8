//! The README's story, line by line as it stands, against the program a reader would run.

use std::process::Command;

use tests::{Engine, database::Database, postgres, program};

/// The lines between two marks of the README.
fn lines(mark: &str) -> String {
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md")).unwrap();
    let (_, rest) = readme.split_once(&format!("<!-- {mark} -->\n```sh\n")).expect("the story begins");
    let (lines, _) = rest.split_once(&format!("```\n<!-- /{mark} -->")).expect("the story ends");
    lines.to_owned()
}

fn is_true_on(engine: Engine) {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::new(engine, folder.path());
    let serving = program::serve(folder.path(), Some(&database.url));
    let script = lines("story")
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
        "\"required_rate\":0.7,\"level\":null,\"status\":\"missed\"",
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

fn the_hard_case_is_told_on(engine: Engine) {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::new(engine, folder.path());
    let played =
        program::command(folder.path(), Some(&database.url), &["demo", "--password", PASSWORD]).output().unwrap();
    let printed = String::from_utf8(played.stdout).unwrap();
    assert!(played.status.success() && printed.contains("PAKN.20220822.002001"), "{printed}");
    let serving = program::serve(folder.path(), Some(&database.url));
    let script = lines("hard-case").replace("127.0.0.1:8081", &serving.address.to_string());
    let output = Command::new("bash")
        .args(["-euo", "pipefail", "-c", &script.replace("\n\n", "\necho; echo ====\n")])
        .env("PAKN_DEMO_PASSWORD", PASSWORD)
        .output()
        .unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{told}");
    let parts: Vec<&str> = told.split("====").collect();
    let [_, sender, agency, public, feed] = parts.as_slice() else { panic!("{told}") };
    for shared in
        ["Trả lại cơ quan điều phối", "đã tạm dừng 27 giờ 30 phút làm việc, hạn trả lời: 2022-09-06T11:00:00+07:00"]
    {
        assert!(sender.contains(shared), "{shared} is not in {sender}");
    }
    assert!(sender.contains("Miệng cống ngay trước số nhà 7") && sender.contains("hài lòng"), "{sender}");
    assert!(!sender.contains("answer_drafted") && !sender.contains("ba miệng cống"), "{sender}");
    for english in
        ["Given back to the coordinator", "The drafted answer was sent back", "27 h 30 min", "Reopened by the sender"]
    {
        assert!(agency.contains(english), "{english} is not in {agency}");
    }
    assert!(agency.contains("Hiện trường có ba miệng cống"), "{agency}");
    assert!(public.contains("Đã nạo vét toàn tuyến cống") && public.contains("\"type\":\"reopened\""), "{public}");
    for private in ["số nhà 7, cạnh", "ngõ 12 đường Hồ Ngọc Lân bị rác", "chưa rõ người dân", "+8490"]
    {
        assert!(!public.contains(private) && !feed.contains(private), "{private} is public: {public}{feed}");
    }
    assert!(feed.contains("PAKN.20220822.002001"), "{feed}");
}

const PASSWORD: &str = "mat-khau-cho-demo";

#[test]
fn the_hard_case_is_told_on_sqlite() {
    the_hard_case_is_told_on(Engine::Sqlite);
}

#[test]
fn the_hard_case_is_told_on_postgres() {
    if postgres::server().is_some() {
        the_hard_case_is_told_on(Engine::Postgres);
    }
}
