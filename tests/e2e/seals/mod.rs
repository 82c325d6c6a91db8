//! The seal: made once, published, proved from, and checked; also by code that shares nothing with the product.

mod damage;
mod outside;

use std::{collections::BTreeSet, time::Duration};

use api::seal::{Made, Occasion, make};
use persistence::{Engine, LogCursor, SealCheck};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use tests::{Draft, Person, TestApp, both_engines, program};
use tokio::task::block_in_place;

use crate::log::connected;

both_engines!(
    seals_are_published,
    many_servers_seal_a_day_once,
    what_may_still_come_before_is_not_sealed,
    a_petition_is_proved_to_whom_it_exists_for,
    the_program_seals_beside_a_server,
    readers_may_go_away,
);

/// What a check of the seals finds, with whatever key each names.
async fn checked(app: &TestApp) -> SealCheck {
    let keys = api::seal::KnownKeys::recorded(app.folder.path()).unwrap();
    app.app.store.snapshot().await.unwrap().check_seals(&[], |seal| keys.check(seal)).await.unwrap()
}

/// Waits until nothing can come into the log before what is there: on PostgreSQL other tests' transactions count too.
async fn settled(app: &TestApp) {
    let begin = LogCursor::parse("0-0").unwrap();
    loop {
        let all = app.app.store.snapshot().await.unwrap().verify().await.unwrap().events;
        let settled = app.app.store.log_after(begin, 1_000_000).await.unwrap().len();
        if u64::try_from(settled) == Ok(all) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Seals what there is; what the answer says.
async fn sealed(app: &TestApp, admin: &Person<'_>) -> Value {
    settled(app).await;
    admin.post("admin/seals", &json!({})).await.expect(201)
}

async fn seals_are_published(app: TestApp) {
    let (admin, citizen, stranger) = (app.admin().await, app.citizen().await, app.stranger());
    assert_eq!(stranger.get("seals").await.expect(200), json!({"items": [], "next_cursor": null}));
    let first = admin.post("admin/seals", &json!({})).await;
    assert_eq!(first.header("location"), "/api/v1/seals/1");
    let first = first.expect(201);
    assert_eq!((&first["statement"]["number"], &first["statement"]["petitions"]), (&json!(1), &json!(0)));
    assert_eq!(admin.post("admin/seals", &json!({})).await.expect(200), first, "nothing has happened since");
    let mut seals = vec![first];
    for _ in 0..2 {
        citizen.submits(&Draft::street_lamp()).await;
        seals.push(sealed(&app, &admin).await);
    }
    assert_eq!(seals[2]["statement"]["petitions"], 2);
    assert_eq!(seals[2]["statement"]["previous"], seals[1]["digest"]);

    let page = stranger.get("seals?limit=2").await.expect(200);
    assert_eq!(page["items"], json!([seals[2], seals[1]]));
    let next =
        stranger.get(&format!("seals?limit=2&cursor={}", page["next_cursor"].as_str().unwrap())).await.expect(200);
    assert_eq!(next, json!({"items": [seals[0]], "next_cursor": null}));
    let one = stranger.get("seals/2").await;
    assert!(one.header("cache-control").starts_with("public, max-age=") && one.header("etag").starts_with("W/"));
    assert_eq!(one.expect(200), seals[1]);
    for path in ["seals/0", "seals/4", "seals/-1", "seals/x", "seals/99999999999999999999"] {
        stranger.get(path).await.problem(404, "not_found");
    }
    stranger.get("seals?limit=0&cursor=zz").await.faults(&[("/limit", "out_of_range"), ("/cursor", "invalid_cursor")]);
    let found = checked(&app).await;
    assert_eq!((found.seals, found.last.map(|last| last.petitions), found.damages), (3, Some(2), Vec::new()));
}

async fn many_servers_seal_a_day_once(app: TestApp) {
    let citizen = app.citizen().await;
    let other = app.another_server().await;
    let servers = [&app.app, &other.app];
    citizen.submits(&Draft::street_lamp()).await;
    let at_once = |occasion| {
        let tries = (0..8).map(move |number: usize| {
            let server = servers[number % 2].clone();
            tokio::spawn(async move { make(&server.store, &server.seal_key, occasion).await.unwrap() })
        });
        async move {
            let mut numbers = (0, BTreeSet::new());
            for made in tries.collect::<Vec<_>>() {
                let (new, seal) = match made.await.unwrap() {
                    Made::Now(seal) => (1, seal),
                    Made::Before(seal) => (0, seal),
                };
                numbers.0 += new;
                numbers.1.insert(seal.statement.number);
            }
            numbers
        }
    };
    assert_eq!(at_once(Occasion::DayOver).await, (1, BTreeSet::from([1])));
    citizen.submits(&Draft::street_lamp()).await;
    settled(&app).await;
    assert_eq!(at_once(Occasion::DayOver).await, (0, BTreeSet::from([1])), "the day has its seal");
    assert_eq!(at_once(Occasion::Asked).await, (1, BTreeSet::from([2])));
    let found = checked(&app).await;
    assert_eq!((found.seals, found.damages), (2, Vec::new()));
}

async fn what_may_still_come_before_is_not_sealed(app: TestApp) {
    if app.engine == Engine::Sqlite {
        // It has one writer: nothing comes before what is there.
        return;
    }
    let (admin, citizen) = (app.admin().await, app.citizen().await);
    let early = citizen.submits(&Draft::street_lamp()).await;
    settled(&app).await;
    let open = connected(&app).await;
    open.execute_unprepared("BEGIN; SELECT pg_current_xact_id()").await.unwrap();
    let late = citizen.submits(&Draft::street_lamp()).await;
    assert_eq!(admin.post("admin/seals", &json!({})).await.expect(201)["statement"]["petitions"], 1);
    citizen.get(&format!("petitions/{early}/proof")).await.expect(200);
    citizen.get(&format!("petitions/{late}/proof")).await.problem(404, "not_sealed");
    open.execute_unprepared("COMMIT").await.unwrap();
    assert_eq!(sealed(&app, &admin).await["statement"]["petitions"], 2);
    citizen.get(&format!("petitions/{late}/proof")).await.expect(200);
    let found = checked(&app).await;
    assert_eq!((found.seals, found.damages), (2, Vec::new()));
}

async fn a_petition_is_proved_to_whom_it_exists_for(app: TestApp) {
    let (admin, citizen, officer) = (app.admin().await, app.citizen().await, app.officer("ubnd-256").await);
    let (coordinator, stranger) = (app.coordinator().await, app.stranger());
    let code = citizen.submits(&Draft::street_lamp()).await;
    let path = format!("petitions/{code}/proof");
    let problem = citizen.get(&path).await.problem(404, "not_sealed");
    let tomorrow = api::clock::now().local_date().succ_opt().unwrap();
    assert_eq!(problem["detail"], format!("Phản ánh sẽ được niêm phong ngay sau {tomorrow}T00:00:00+07:00."));
    let english = citizen.request(reqwest::Method::GET, &path).header("accept-language", "en").send().await.unwrap();
    assert!(english.text().await.unwrap().contains("It will be sealed soon after 20"));
    sealed(&app, &admin).await;
    officer.receives(&code).await;
    let later = citizen.submits(&Draft::rubbish()).await;
    sealed(&app, &admin).await;

    let proof = citizen.get(&path).await;
    assert_eq!(proof.header("cache-control"), "private, no-cache");
    let proof = proof.expect(200);
    assert_eq!((&proof["seal"]["statement"]["number"], &proof["leaf"]["version"]), (&json!(2), &json!(2)));
    assert_eq!(proof["chain"].as_array().unwrap().len(), 2);
    assert_eq!(proof["chain"][1], json!({"seq": 2, "hash": proof["leaf"]["head"]}));
    let before = citizen.get(&format!("{path}?seal=1")).await.expect(200);
    assert_eq!((&before["leaf"]["version"], &before["chain"]), (&json!(1), &json!([proof["chain"][0]])));
    for person in [&officer, &coordinator] {
        assert_eq!(person.get(&path).await.expect(200), proof);
    }
    for person in [&app.citizen().await, &app.officer("ubnd-09163").await, &stranger, &app.steering().await] {
        person.get(&path).await.problem(404, "not_found");
    }
    coordinator.does(&code, "publish", &json!({})).await;
    assert_eq!(stranger.get(&path).await.expect(200), proof, "published since; sealed as it was");

    let missing = citizen.get(&format!("petitions/{later}/proof?seal=1")).await.problem(404, "not_sealed");
    assert_eq!(missing["detail"], "Bản niêm phong số 1 được lập trước khi có phản ánh này.");
    for seal in ["3", "0", "x", "-1"] {
        citizen.get(&format!("{path}?seal={seal}")).await.faults(&[("/seal", "unknown_seal")]);
    }
}

async fn the_program_seals_beside_a_server(app: TestApp) {
    let (citizen, url) = (app.citizen().await, Some(app.database_url.as_str()));
    citizen.submits(&Draft::street_lamp()).await;
    settled(&app).await;
    let run = |arguments: &[&str]| {
        let output = block_in_place(|| program::run(app.folder.path(), url, arguments));
        (output.status.code(), String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, printed, _) = run(&["seal"]);
    assert!(code == Some(0) && printed.starts_with("seal 1 made\n  petitions  1\n"), "{printed}");
    let (code, printed, _) = run(&["seal"]);
    assert!(code == Some(0) && printed.starts_with("seal 1 stands"), "{printed}");
    let copy = app.stranger().get("seals").await;
    let (kept, key) = (app.folder.path().join("seals.json"), app.app.seal_key.public().to_string());
    std::fs::write(&kept, &copy.text).unwrap();
    let kept = kept.to_str().unwrap();
    let (code, printed, _) = run(&["verify", "--seals", "--public-key", &key, "--against", kept]);
    assert!(code == Some(0) && printed.contains("checked 1 seals; the last, 1, was made at "), "{printed}");
    assert!(printed.ends_with(" over 1 petitions\neverything agrees\n"), "{printed}");
    let (code, printed, _) = run(&["verify", "--seals", "--public-key", &"0".repeat(64)]);
    assert!(
        code == Some(1) && printed.contains("DAMAGED seal 1: it is signed with a key that is not known"),
        "{printed}"
    );
    assert!(printed.ends_with("1 seals do not hold\n"), "{printed}");

    let database = damage::unguarded(&app).await;
    database.execute_unprepared("DELETE FROM seal_tree; DELETE FROM seal").await.unwrap();
    let gone = "DAMAGED seal 1: a copy of it was kept, and it is gone";
    let (code, printed, _) = run(&["verify", "--seals"]);
    assert!(code == Some(1) && printed.contains(gone), "{printed}");
    // Made anew by the server itself, over less than there was.
    database.execute_unprepared("DELETE FROM words; DELETE FROM petition_search; DELETE FROM event").await.unwrap();
    database.execute_unprepared("DELETE FROM petition").await.unwrap();
    let (code, printed, _) = run(&["seal"]);
    assert!(code == Some(0) && printed.starts_with("seal 1 made\n  petitions  0\n"), "{printed}");
    let another = "DAMAGED seal 1: it is not the one of which a copy was kept";
    let (code, printed, _) = run(&["verify", "--seals"]);
    assert!(code == Some(1) && printed.contains(another), "{printed}");
    std::fs::remove_file(api::seal::copies::own(app.folder.path())).unwrap();
    let (code, printed, _) = run(&["verify", "--seals"]);
    assert!(code == Some(0) && printed.contains("no copy of a seal is kept here"), "{printed}");
    let (code, printed, _) = run(&["verify", "--seals", "--against", kept]);
    assert!(code == Some(1) && printed.contains(another), "{printed}");
    let (code, _, complained) = run(&["verify", "--seals", "--against", "/nowhere"]);
    assert!(code == Some(1) && complained.contains("/nowhere"), "{complained}");
}

/// `pakn verify | true`
async fn readers_may_go_away(app: TestApp) {
    app.citizen().await.submits(&Draft::street_lamp()).await;
    for arguments in [&["verify", "--seals"][..], &["seal"], &["openapi"], &["rebuild"]] {
        let mut command = program::command(app.folder.path(), Some(&app.database_url), arguments);
        let output = block_in_place(|| {
            let (reader, writer) = std::io::pipe().unwrap();
            drop(reader);
            command.stdout(writer).output().unwrap()
        });
        assert!(output.status.success() && output.stderr.is_empty(), "{arguments:?}: {output:?}");
    }
}
