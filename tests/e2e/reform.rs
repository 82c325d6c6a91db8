//! Units and agencies that change on a day: nothing is lost, nothing of the past changes, and what was cut off is gone on with.

use std::{collections::BTreeMap, process::Output, time::Duration};

use api::clock;
use domain::{
    code::AgencyCode,
    id::{PetitionId, SessionId},
    petition::{EventData, Inheritance, Petition},
};
use serde_json::{Value, json};
use tests::{Draft, Person, TestApp, both_engines, program};

both_engines!(
    the_year_of_the_demo_survives_the_reform_of_2025,
    a_reform_that_is_killed_is_gone_on_with,
    a_reform_by_the_api_moves_desks_officers_rules_and_petitions,
    a_reform_that_is_to_come_changes_nothing_before_its_day,
    a_reform_that_does_not_fit_is_refused_with_everything_that_is_wrong,
);

/// Runs a command of the program beside the server.
fn pakn(app: &TestApp, arguments: &[&str]) -> Output {
    tokio::task::block_in_place(|| {
        program::command(app.folder.path(), Some(&app.database_url), arguments)
            .env("PAKN_DEMO_PASSWORD", "mot-mat-khau-demo")
            .output()
            .unwrap()
    })
}

fn printed(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

async fn plays_the_demo(app: &TestApp, petitions: &str) {
    let played = pakn(app, &["demo", "--petitions", petitions]);
    assert!(played.status.success(), "{played:?}");
    app.app.refresh_catalogue().await.unwrap();
}

/// Everything that owes an answer, by id.
async fn open(app: &TestApp) -> BTreeMap<PetitionId, Petition> {
    let catalogue = app.app.catalogue();
    let everybody: Vec<AgencyCode> =
        catalogue.catalogue.directory.agencies().map(|agency| agency.code.clone()).collect();
    let owed = app.app.store.owed_by(&everybody, None, 10_000).await.unwrap();
    owed.into_iter().map(|stored| (stored.petition.id, stored.petition)).collect()
}

async fn figures(steering: &Person<'_>) -> Vec<Value> {
    let mut answers = Vec::new();
    for path in [
        "rates?as_of=2022-09-01&group_by=level,agency",
        "rates?as_of=2022-12-01&group_by=agency,unit",
        "rates?as_of=2023-01-01&group_by=unit,category,month",
        "rates?from=2022-03-01&to=2022-07-01&as_of=2022-10-01&level=commune&group_by=agency,month",
        "rates/series?from=2022-01-01&to=2023-01-01&as_of=2022-12-31&interval=month",
        "rates/signs?as_of=2023-01-01",
        "targets/cds-2022/progress?as_of=2022-12-01",
    ] {
        answers.push(steering.get(path).await.expect(200));
    }
    answers
}

fn is_clean(app: &TestApp) {
    let verified = pakn(app, &["verify"]);
    assert!(verified.status.success(), "{}", printed(&verified));
}

async fn the_year_of_the_demo_survives_the_reform_of_2025(app: TestApp) {
    plays_the_demo(&app, "300").await;
    app.folds().await;
    let (steering, coordinator) = (app.steering().await, app.coordinator().await);
    let (before, open_before) = (figures(&steering).await, open(&app).await);
    assert!(open_before.len() > 20, "{}", open_before.len());
    let revision = app.app.store.catalogue_revision().await.unwrap();

    let rehearsed = pakn(&app, &["catalogue", "apply", "2025", "--on", "2025-07-01", "--dry-run"]);
    let told = printed(&rehearsed);
    assert!(rehearsed.status.success(), "{told}");
    for line in [
        "135 end, 100 begin",
        "134 end, 99 begin",
        "nothing was written (--dry-run)",
        "staff canbo.256: ubnd-256 has 5 successors",
    ] {
        assert!(told.contains(line), "{line}: {told}");
    }
    assert_eq!(app.app.store.catalogue_revision().await.unwrap(), revision);

    let applied = pakn(&app, &["catalogue", "apply", "2025", "--on", "2025-07-01"]);
    assert!(applied.status.success(), "{}", printed(&applied));
    let ends_told = |text: &str| {
        text.lines()
            .filter(|line| !line.contains("nothing") && !line.contains("carried over") && *line != "applied")
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(ends_told(&printed(&applied)), ends_told(&told), "it does what was rehearsed");
    app.app.refresh_catalogue().await.unwrap();

    let open_after = open(&app).await;
    assert_eq!(open_before.keys().collect::<Vec<_>>(), open_after.keys().collect::<Vec<_>>(), "nothing is lost");
    let catalogue = app.app.catalogue();
    let (directory, today) = (&catalogue.catalogue.directory, clock::now().local_date());
    let (mut carried, mut to_successors) = (0, 0);
    for (id, after) in &open_after {
        let before = &open_before[id];
        assert!(directory.agency(&after.holder).unwrap().validity.covers(today), "{}", after.holder);
        assert_eq!((before.status, &before.deadlines, &before.clock), (after.status, &after.deadlines, &after.clock));
        let history = app.app.store.history(*id).await.unwrap();
        match &history.last().unwrap().event.data {
            EventData::CarriedOver { to, basis, ended_on, .. } => {
                assert_eq!((to, ended_on.to_string().as_str()), (&after.holder, "2025-07-01"));
                let heirs = directory.succession().heirs_of_agency(&before.holder, today);
                match basis {
                    Inheritance::SoleHeir | Inheritance::Place => {
                        assert!(heirs.contains(to));
                        to_successors += 1;
                    }
                    Inheritance::SeveralHeirs | Inheritance::NoStaff => assert_eq!(*to, AgencyCode::coordinator()),
                    Inheritance::NoHeir => panic!("every agency has a successor"),
                }
                carried += 1;
            }
            _ => assert_eq!(before, after, "its agency is there"),
        }
    }
    assert!(to_successors * 2 > carried && carried > 10, "{to_successors} of {carried}");
    assert_eq!(figures(&steering).await, before, "behind the fold");
    app.folds().await;
    assert_eq!(figures(&steering).await, before, "and folded");
    is_clean(&app);

    // Whoever reads it is told, in words; also of what nobody has carried over, since it owes no answer.
    let code = &open_after.values().find(|petition| petition.holder.as_str().ends_with("-2025")).unwrap().code;
    let history = coordinator.get(&format!("petitions/{code}/history")).await.expect(200);
    let last = history["items"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(last["type"], "carried_over");
    let label = last["label"].as_str().unwrap();
    assert!(label.starts_with("Cơ quan đang xử lý kết thúc hoạt động từ 01/07/2025; chuyển đến UBND "), "{label}");
    let published = app.stranger().get("public/petitions?limit=5").await.expect(200);
    for petition in published["items"].as_array().unwrap() {
        let shown = app.stranger().get(&format!("petitions/{}", petition["code"].as_str().unwrap())).await.expect(200);
        assert!(!shown["agency"]["name"].as_str().unwrap().is_empty());
    }

    // The figures of 2022 under the names of today: the same petitions.
    let today_names = steering.get("rates?as_of=2022-12-01&group_by=agency&agencies=successors").await.expect(200);
    assert_eq!(today_names["total"]["counts"], before[1]["total"]["counts"]);
    let groups = today_names["groups"].as_array().unwrap();
    assert!(groups.iter().any(|group| group["key"]["agency"] == "ubnd-09169-2025"), "{groups:?}");
    assert!(groups.iter().all(|group| group["key"]["agency"] != "ubnd-09163"), "{groups:?}");
    let one = steering.get("rates?as_of=2022-12-01&agency=ubnd-09169-2025&agencies=successors").await.expect(200);
    let of_group = groups.iter().find(|group| group["key"]["agency"] == "ubnd-09169-2025").unwrap();
    assert_eq!(one["total"]["counts"], of_group["counts"]);
    let behind = steering
        .get("rates/petitions?as_of=2022-12-01&agency=ubnd-09169-2025&agencies=successors&bucket=submitted&limit=100")
        .await
        .expect(200);
    assert_eq!(
        behind["items"].as_array().unwrap().len(),
        usize::try_from(one["total"]["counts"]["submitted"].as_u64().unwrap()).unwrap()
    );

    // Twice.
    let revision = app.app.store.catalogue_revision().await.unwrap();
    let again = pakn(&app, &["catalogue", "apply", "2025", "--on", "2025-07-01"]);
    assert!(!again.status.success() && printed(&again).contains("was applied before"), "{}", printed(&again));
    assert_eq!(app.app.store.catalogue_revision().await.unwrap(), revision);
    assert_eq!(open(&app).await, open_after);
}

async fn a_reform_that_is_killed_is_gone_on_with(app: TestApp) {
    plays_the_demo(&app, "300").await;
    let open_before = open(&app).await;
    let ended = |petition: &Petition| {
        let catalogue = app.app.catalogue();
        let agency = catalogue.catalogue.directory.agency(&petition.holder).unwrap();
        agency.validity.to.is_some()
    };
    let mut child = program::command(
        app.folder.path(),
        Some(&app.database_url),
        &["catalogue", "apply", "2025", "--on", "2025-07-01"],
    )
    .stdout(std::process::Stdio::null())
    .spawn()
    .unwrap();
    // Until the first petition has been carried over, or the command has ended.
    let until = std::time::Instant::now() + Duration::from_secs(60);
    loop {
        let now = open(&app).await;
        let moved = now.iter().any(|(id, petition)| petition.version != open_before[id].version);
        if moved || child.try_wait().unwrap().is_some() {
            break;
        }
        assert!(std::time::Instant::now() < until, "nothing happens");
    }
    child.kill().unwrap();
    child.wait().unwrap();
    app.app.refresh_catalogue().await.unwrap();
    assert_eq!(app.app.store.reforms().await.unwrap().len(), 1, "the catalogue changes whole");
    assert_eq!(app.app.catalogue().units.len(), 235);
    is_clean(&app);
    // Any server goes on with it, and so would the command.
    app.app.follow_reforms().await.unwrap();
    let open_after = open(&app).await;
    assert_eq!(open_before.keys().collect::<Vec<_>>(), open_after.keys().collect::<Vec<_>>());
    assert!(!open_after.values().any(ended));
    assert!(open_after.iter().all(|(id, petition)| petition.version <= open_before[id].version + 1), "each once");
    assert_eq!(app.app.follow_reforms().await.unwrap(), 0);
    is_clean(&app);
}

/// The account as it is now, signed in anew.
async fn signs_in_again<'a>(app: &'a TestApp, person: &Person<'a>) -> Person<'a> {
    let account = app.app.store.account(person.account.as_ref().unwrap().id).await.unwrap().unwrap();
    let now = clock::now();
    person.with_token(&app.app.keys.sign(&account, SessionId::new(now, &clock::id_randomness()), now).unwrap())
}

/// Vũ Ninh and Đáp Cầu merge, from today on, under the code of the first.
fn merger() -> Value {
    json!({
        "code": "gop-thu",
        "on": clock::now().local_date().to_string(),
        "units_begin": [{"code": "09163", "name": "Phường Vũ Ninh mới", "level": "commune", "parent": "256", "lat": 21.192, "lon": 106.076}],
        "units_end": [{"code": "09163", "heirs": ["09163"]}, {"code": "09166", "heirs": ["09163"]}],
    })
}

fn new_committee() -> String {
    format!("ubnd-09163-{}", clock::now().local_date().format("%Y"))
}

async fn a_reform_by_the_api_moves_desks_officers_rules_and_petitions(app: TestApp) {
    let (citizen, admin, steering) = (app.citizen().await, app.admin().await, app.steering().await);
    let (officer, _other) = (app.officer("ubnd-09163").await, app.officer("ubnd-09166").await);
    let code = citizen.submits(&Draft::rubbish()).await;
    officer.receives(&code).await;
    let begun = officer.starts(&code).await;
    assert_eq!(begun["agency"]["code"], "ubnd-09163");
    let answered = citizen.submits(&Draft::rubbish().with("title", json!("Rác ở chợ"))).await;
    officer.receives(&answered).await;
    officer.answers(&answered, "Đã dọn.").await;
    let before_reform = clock::now().to_local_rfc3339().replace('+', "%2B");
    let rates = steering.get(&format!("rates?as_of={before_reform}&group_by=agency")).await.expect(200);

    let mut rehearsal = merger();
    rehearsal["dry_run"] = json!(true);
    let told = admin.post("admin/catalogue/reforms", &rehearsal).await.expect(200);
    assert_eq!((&told["units_end"], &told["agencies_begin"], &told["staff_moves"]), (&json!(2), &json!(1), &json!(2)));
    assert_eq!(told["petitions"], json!([{"agency": new_committee(), "basis": "sole_heir", "petitions": 1}]));
    assert_eq!(admin.get("admin/catalogue/reforms").await.expect(200)["items"], json!([]));
    let applied = admin.post("admin/catalogue/reforms", &merger()).await.expect(201);
    assert_eq!(applied, told);
    admin.post("admin/catalogue/reforms", &merger()).await.problem(409, "reform_applied");
    let listed = admin.get("admin/catalogue/reforms").await.expect(200);
    assert_eq!(
        (&listed["items"][0]["code"], &listed["items"][0]["author"]),
        (&json!("gop-thu"), &json!(admin.account.as_ref().unwrap().id))
    );
    app.app.follow_reforms().await.unwrap();

    // The officer goes on where they were, on the desk of the successor.
    let officer = signs_in_again(&app, &officer).await;
    let held = officer.reads(&code).await;
    assert_eq!((&held["agency"]["code"], &held["status"]), (&json!(new_committee()), &json!("in_progress")));
    assert_eq!(
        (&held["due_at"], &held["receive_due_at"], &held["unit"]["code"]),
        (&begun["due_at"], &begun["receive_due_at"], &begun["unit"]["code"])
    );
    assert!(officer.queue("").await.contains(&code));
    officer.answers(&code, "Đã dọn bãi rác.").await;
    let history = citizen.get(&format!("petitions/{code}/history")).await.expect(200);
    let kinds: Vec<&str> =
        history["items"].as_array().unwrap().iter().map(|entry| entry["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["submitted", "received", "started", "carried_over", "answered"]);
    // What owes no answer stays with the agency that gave it, and is carried over when it is reopened.
    assert_eq!(citizen.reads(&answered).await["agency"]["code"], "ubnd-09163");
    assert_eq!(officer.reads(&answered).await["status"], "answered", "the successor reads what it took over");
    citizen.does(&answered, "reopen", &json!({"reason": "Lại có rác"})).await;
    app.app.follow_reforms().await.unwrap();
    assert_eq!(citizen.reads(&answered).await["agency"]["code"], new_committee());

    let again = steering.get(&format!("rates?as_of={before_reform}&group_by=agency")).await.expect(200);
    assert_eq!(again, rates, "what was asked before is as it was");
    let sent = citizen.sends(&Draft::rubbish().with("title", json!("Rác hôm nay"))).await.expect(201);
    assert_eq!(
        (&sent["agency"]["code"], &sent["unit"]["name"]),
        (&json!(new_committee()), &json!("Phường Vũ Ninh mới"))
    );
    // A day of the past has its own units and desks.
    let past = app.app.catalogue_on("2022-06-01".parse().unwrap()).await.unwrap();
    let (unit, directory) = (domain::code::UnitCode::parse("09163").unwrap(), &past.catalogue.directory);
    assert_eq!(directory.gazetteer().unit(&unit).unwrap().name, "Phường Vũ Ninh");
    let then = directory.committee(&unit, "2022-06-01".parse().unwrap()).unwrap();
    assert_eq!(then.code.as_str(), "ubnd-09163");
    assert!(directory.is_staffed(&then.code), "who had staff then is not kept");
    assert!(
        std::sync::Arc::ptr_eq(&past, &app.app.catalogue_on("2023-01-01".parse().unwrap()).await.unwrap()),
        "read once"
    );
    is_clean(&app);
}

async fn a_reform_that_is_to_come_changes_nothing_before_its_day(app: TestApp) {
    let (citizen, admin) = (app.citizen().await, app.admin().await);
    let officer = app.officer("ubnd-09163").await;
    let code = citizen.submits(&Draft::rubbish()).await;
    let mut to_come = merger();
    to_come["on"] = json!((clock::now().local_date() + chrono::Days::new(30)).to_string());
    admin.post("admin/catalogue/reforms", &to_come).await.expect(201);
    assert_eq!(app.app.follow_reforms().await.unwrap(), 0);
    assert_eq!(officer.receives(&code).await["agency"]["code"], "ubnd-09163");
    let sent = citizen.sends(&Draft::rubbish().with("title", json!("Rác ở chợ"))).await.expect(201);
    assert_eq!(sent["agency"]["code"], "ubnd-09163");
    let units = app.stranger().get(&format!("units?on={}", to_come["on"].as_str().unwrap())).await.expect(200);
    let names: Vec<&str> =
        units["items"].as_array().unwrap().iter().map(|unit| unit["name"].as_str().unwrap()).collect();
    assert!(names.contains(&"Phường Vũ Ninh mới") && !names.contains(&"Phường Vũ Ninh"), "{names:?}");
}

async fn a_reform_that_does_not_fit_is_refused_with_everything_that_is_wrong(app: TestApp) {
    let admin = app.admin().await;
    let revision = app.app.store.catalogue_revision().await.unwrap();
    let malformed = json!({
        "on": "hôm nay",
        "code": "Gộp",
        "dry_run": "no",
        "units_begin": [{"code": "09163", "name": "", "level": "ward", "lat": 100.0, "lon": 0.0}, 5],
        "units_end": [{"heirs": [7]}, {"code": "09163"}, {"code": "09163"}],
    });
    let refused = admin.post("admin/catalogue/reforms", &malformed).await;
    let problem = refused.problem(422, "invalid_input");
    let named: Vec<&str> =
        problem["errors"].as_array().unwrap().iter().map(|error| error["pointer"].as_str().unwrap()).collect();
    for pointer in [
        "/on",
        "/code",
        "/dry_run",
        "/units_begin/0/name",
        "/units_begin/0/level",
        "/units_begin/0/lat",
        "/units_begin/1",
        "/units_end/0/code",
        "/units_end/0/heirs/0",
        "/units_end",
    ] {
        assert!(named.contains(&pointer), "{pointer}: {named:?}");
    }
    let mut unfit = merger();
    unfit["units_end"] = json!([{"code": "99999", "heirs": ["09163"]}, {"code": "09166", "heirs": []}]);
    unfit["units_begin"][0]["parent"] = json!("09163");
    unfit["agencies_end"] = json!([{"code": "dieu-phoi", "heirs": ["so-xd"]}]);
    let problem = admin.post("admin/catalogue/reforms", &unfit).await.problem(422, "invalid_input");
    let codes: Vec<&str> =
        problem["errors"].as_array().unwrap().iter().map(|error| error["code"].as_str().unwrap()).collect();
    for code in ["unknown_unit", "no_successor", "code_in_use", "no_parent", "coordinator_stays"] {
        assert!(codes.contains(&code), "{code}: {problem}");
    }
    admin
        .post("admin/catalogue/reforms", &json!({"catalogue": "2031", "on": "2031-01-01"}))
        .await
        .problem(422, "invalid_input");
    admin
        .post("admin/catalogue/reforms", &json!({"code": "2025", "on": "2025-07-01"}))
        .await
        .problem(422, "invalid_input");
    assert_eq!(app.app.store.catalogue_revision().await.unwrap(), revision, "nothing was written");
    let unknown = pakn(&app, &["openapi"]);
    assert!(unknown.status.success());
}
