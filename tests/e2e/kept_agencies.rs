//! Agencies as an administrator keeps them: set up, changed, dissolved, by two at once, on every server.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Draft, Reply, TestApp, both_engines};
use tokio::task::JoinSet;

use crate::changes::{listed, puts};

both_engines!(
    an_agency_is_set_up_and_changed_with_its_history,
    all_that_is_wrong_with_an_agency_is_named,
    an_agency_is_dissolved_for_a_successor,
    what_figures_rest_on_stays,
    a_change_names_the_version_it_means,
    of_two_who_change_it_at_once_one_is_told,
    every_server_has_it,
    only_administrators_keep_agencies,
);

fn department() -> Value {
    json!({
        "code": "so-kh", "name": "Sở Khoa học và Công nghệ", "level": "provincial",
        "hotline": "0222 3822 123", "office_hours": ["08:00-12:00", "13:30-17:00"], "reason": "Thành lập mới.",
    })
}

fn whole(fields: Value) -> Value {
    let mut body = json!({"name": "UBND TP. Bắc Ninh", "level": "district", "unit": "256", "reason": "Đổi tên."});
    for (field, value) in fields.as_object().unwrap() {
        body[field] = value.clone();
    }
    body
}

async fn an_agency_is_set_up_and_changed_with_its_history(app: TestApp) {
    let (admin, stranger) = (app.admin().await, app.stranger());
    let reply = admin.post("admin/agencies", &department()).await;
    assert_eq!(reply.header("etag"), "\"1\"");
    let made = reply.expect(201);
    assert_eq!(
        (&made["level"], &made["unit"], &made["needs_approval"]),
        (&json!("provincial"), &json!(null), &json!(false))
    );
    assert_eq!(made["office_hours"], json!(["08:00-12:00", "13:30-17:00"]));
    admin.post("admin/agencies", &department()).await.problem(409, "code_taken");
    let public = stranger.get("agencies?level=provincial").await.expect(200);
    let shown = public["items"].as_array().unwrap().iter().find(|agency| agency["code"] == "so-kh").unwrap();
    assert_eq!((&shown["hotline"], &shown["office_hours"]), (&json!("0222 3822 123"), &made["office_hours"]));
    let other = public["items"].as_array().unwrap().iter().find(|agency| agency["code"] == "so-xd").unwrap();
    assert_eq!(other["office_hours"], json!(["07:30-12:00", "13:00-16:30"]), "as everywhere");

    let read = admin.get("admin/agencies/ubnd-256").await;
    assert_eq!(read.header("etag"), "\"1\"");
    let before = read.expect(200);
    let reply = puts(&admin, "admin/agencies/ubnd-256", Some("\"1\""), &whole(json!({"needs_approval": true}))).await;
    assert_eq!(reply.header("etag"), "\"2\"");
    let after = reply.expect(200);
    assert_eq!((&after["name"], &after["needs_approval"]), (&json!("UBND TP. Bắc Ninh"), &json!(true)));
    assert_eq!(after["valid_from"], before["valid_from"]);
    let again = puts(&admin, "admin/agencies/ubnd-256", Some("\"2\""), &whole(json!({"needs_approval": true}))).await;
    again.problem(409, "no_effect");
    for needs_approval in [false, false] {
        admin.post("admin/agencies/ubnd-256/approval", &json!({"needs_approval": needs_approval})).await.expect(200);
    }
    let told = listed(&admin, "kind=agency").await;
    let keys: Vec<&Value> = told.iter().map(|change| &change["key"]).collect();
    assert_eq!(keys, ["ubnd-256", "ubnd-256", "so-kh"], "what changed nothing is not in the list");
    assert_eq!((&told[1]["before"], &told[1]["after"], &told[1]["reason"]), (&before, &after, &json!("Đổi tên.")));
    assert_eq!((&told[2]["before"], &told[2]["after"]), (&Value::Null, &made));
    assert_eq!(admin.get("admin/agencies").await.expect(200)["items"].as_array().unwrap().len(), 151);
}

async fn all_that_is_wrong_with_an_agency_is_named(app: TestApp) {
    let admin = app.admin().await;
    admin.post("admin/agencies", &json!({})).await.faults(&[
        ("/code", "required"),
        ("/name", "required"),
        ("/level", "required"),
    ]);
    let bad = json!({
        "code": "Sở KH", "name": " ", "level": "coordinator", "unit": "A b", "needs_approval": "có", "hotline": "gọi em",
        "office_hours": ["08:00-12:00", "8h"], "valid_from": "2022-01-01", "reason": "",
    });
    admin.post("admin/agencies", &bad).await.faults(&[
        ("/code", "invalid_code"),
        ("/name", "blank"),
        ("/level", "unknown_value"),
        ("/unit", "unknown_unit"),
        ("/needs_approval", "wrong_type"),
        ("/hotline", "invalid_number"),
        ("/office_hours/1", "invalid_hours"),
        ("/valid_from", "in_past"),
        ("/reason", "blank"),
    ]);
    let of = |level: &str, unit: Value| {
        let mut body = department();
        (body["level"], body["unit"]) = (json!(level), unit);
        body
    };
    for (level, unit, fault) in [
        ("commune", json!(null), "unit_mismatch"),
        ("commune", json!("256"), "unit_mismatch"),
        ("commune", json!("99999"), "unknown_unit"),
        ("provincial", json!("09163"), "unit_mismatch"),
        ("district", json!("256"), "committee_exists"),
    ] {
        // A district that has a committee is refused once, whatever else.
        admin.post("admin/agencies", &of(level, unit)).await.faults(&[("/unit", fault)]);
    }
    let mut overlapping = department();
    overlapping["office_hours"] = json!(["13:00-17:00", "08:00-12:00"]);
    admin.post("admin/agencies", &overlapping).await.faults(&[("/office_hours", "invalid_hours")]);
    let reply = puts(&admin, "admin/agencies/ubnd-256", Some("\"1\""), &json!({"level": "district"})).await;
    reply.faults(&[("/name", "required"), ("/reason", "required")]);
    let coordinator = json!({"name": "Trung tâm", "level": "provincial", "reason": "x"});
    puts(&admin, "admin/agencies/dieu-phoi", Some("\"1\""), &coordinator).await.faults(&[("/level", "unknown_value")]);
}

async fn an_agency_is_dissolved_for_a_successor(app: TestApp) {
    let (admin, citizen) = (app.admin().await, app.citizen().await);
    let officer = app.officer("ubnd-09163").await;
    let code = citizen.submits(&Draft::rubbish()).await;
    assert_eq!(officer.queue("").await, [code]);
    let dissolve = async |agency: &str, tag: &str, body: &Value| {
        admin.post_with(&format!("admin/agencies/{agency}/dissolve"), ("if-match", tag), body).await
    };
    let today = app.app.catalogue().catalogue.directory.day().to_string();
    let none = json!({"on": today, "reason": "Sáp nhập."});
    let refused = dissolve("ubnd-09163", "\"1\"", &none).await.problem(409, "successor_required");
    assert!(refused["detail"].as_str().unwrap().contains('1'), "it says how many wait: {refused}");
    dissolve("dieu-phoi", "\"1\"", &none).await.problem(409, "in_use");
    dissolve("ubnd-09163", "\"1\"", &json!({"on": "2022-01-01", "successor": "khong-co"})).await.faults(&[
        ("/on", "in_past"),
        ("/successor", "unknown_agency"),
        ("/reason", "required"),
    ]);
    dissolve("ubnd-09163", "\"1\"", &json!({"reason": "x"})).await.faults(&[("/on", "required")]);
    let itself = json!({"on": "2099-01-01", "successor": "ubnd-09163", "reason": "Sáp nhập."});
    dissolve("ubnd-09163", "\"1\"", &itself).await.faults(&[("/successor", "not_a_successor")]);

    let rule = json!({"category": "moi_truong", "area": "09166", "agency": "ubnd-09163"});
    let rule = admin.post("admin/rules", &rule).await.expect(201)["id"].clone();
    let body = json!({"on": "2099-07-01", "successor": "ubnd-09166", "reason": "Sáp nhập."});
    let view = dissolve("ubnd-09163", "\"1\"", &body).await.expect(200);
    assert_eq!(
        (&view["agency"]["valid_to"], &view["agency"]["successors"]),
        (&json!("2099-07-01"), &json!(["ubnd-09166"]))
    );
    assert_eq!((&view["open_petitions"], &view["staff"], &view["rules"]), (&json!(1), &json!(1), &json!([rule])));
    dissolve("ubnd-09163", "\"2\"", &body).await.problem(409, "no_effect");
    // Who has it in the end may not be who leaves it.
    let back = json!({"on": "2099-06-01", "successor": "ubnd-09163", "reason": "Sáp nhập."});
    dissolve("ubnd-09166", "\"1\"", &back).await.faults(&[("/successor", "not_a_successor")]);
    let review = admin.get("admin/routing/review").await.expect(200);
    assert_eq!(review["without_agency"], json!([rule]), "the rule outlives its agency");
    let owner = json!({"on": "2099-06-01", "successor": "so-tnmt", "reason": "Sắp xếp bộ máy."});
    let view = dissolve("so-tttt", "\"1\"", &owner).await.expect(200);
    assert_eq!(view["categories"], json!(["vien_thong"]));
    let gone = app.stranger().get("agencies?on=2099-07-02").await.expect(200);
    assert!(gone["items"].as_array().unwrap().iter().all(|agency| agency["code"] != "ubnd-09163"));
}

async fn what_figures_rest_on_stays(app: TestApp) {
    let (admin, citizen) = (app.admin().await, app.citizen().await);
    let provincial = json!({"name": "UBND thành phố Bắc Ninh", "level": "provincial", "reason": "Nhầm cấp."});
    let officer = app.officer("ubnd-256").await;
    let code = citizen.submits(&Draft::street_lamp()).await;
    puts(&admin, "admin/agencies/ubnd-256", Some("\"1\""), &provincial).await.problem(409, "in_use");
    officer.transfers(&code, "dieu-phoi", "Chuyển.").await;
    app.folds().await;
    puts(&admin, "admin/agencies/ubnd-256", Some("\"1\""), &provincial).await.problem(409, "in_use");
    // Where nothing has been yet, a slip may be mended.
    let mended = json!({"name": "UBND huyện Lương Tài", "level": "provincial", "reason": "Nhầm cấp."});
    puts(&admin, "admin/agencies/ubnd-264", Some("\"1\""), &mended).await.expect(200);
}

async fn a_change_names_the_version_it_means(app: TestApp) {
    let admin = app.admin().await;
    let path = "admin/agencies/ubnd-256";
    puts(&admin, path, None, &whole(json!({}))).await.problem(428, "precondition_required");
    puts(&admin, path, Some("\"7\""), &whole(json!({}))).await.problem(412, "stale_version");
    puts(&admin, path, Some("1"), &whole(json!({}))).await.problem(400, "malformed_header");
    puts(&admin, "admin/agencies/khong-co", Some("*"), &whole(json!({}))).await.problem(404, "not_found");
    puts(&admin, path, Some("*"), &whole(json!({}))).await.expect(200);
    admin.post(&format!("{path}/dissolve"), &json!({})).await.problem(428, "precondition_required");
}

async fn of_two_who_change_it_at_once_one_is_told(app: TestApp) {
    let admin = app.admin().await;
    let mut all = JoinSet::new();
    for number in 0..6 {
        let body = whole(json!({"name": format!("Tên số {number}")}));
        let request = admin.request(Method::PUT, "admin/agencies/ubnd-256").header("if-match", "\"1\"").json(&body);
        all.spawn(async move { request.send().await.unwrap().status().as_u16() });
    }
    let mut statuses = all.join_all().await;
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412, 412, 412, 412, 412]);
    assert_eq!(listed(&admin, "kind=agency&key=ubnd-256").await.len(), 1);
}

async fn every_server_has_it(app: TestApp) {
    let other = app.another_server().await;
    let admin = app.admin().await;
    puts(&admin, "admin/agencies/ubnd-256", Some("*"), &whole(json!({"name": "Tên mới"}))).await.expect(200);
    // What its task does every two seconds.
    assert!(other.app.refresh_catalogue().await.unwrap(), "the revision has grown");
    let request = app.client.get(format!("http://{}/api/v1/agencies?level=district", other.address));
    let told = Reply::read(request.send().await.unwrap()).await.expect(200);
    assert!(told["items"].as_array().unwrap().iter().any(|agency| agency["name"] == "Tên mới"), "{told}");
}

async fn only_administrators_keep_agencies(app: TestApp) {
    let people = [app.citizen().await, app.officer("ubnd-256").await, app.leader("ubnd-256").await];
    for person in people.iter().chain([&app.coordinator().await, &app.steering().await]) {
        person.get("admin/agencies").await.problem(403, "forbidden");
        person.post("admin/agencies", &department()).await.problem(403, "forbidden");
        puts(person, "admin/agencies/ubnd-256", Some("*"), &whole(json!({}))).await.problem(403, "forbidden");
        person.post("admin/agencies/ubnd-256/dissolve", &json!({})).await.problem(403, "forbidden");
    }
    assert_eq!(listed(&app.admin().await, "").await, Vec::<Value>::new());
}
