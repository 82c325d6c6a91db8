//! Fields of petitions as an administrator keeps them: their tree, their terms from day to day, their questions and what citizens answer.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Draft, Reply, TestApp, both_engines};
use tokio::task::JoinSet;

use crate::changes::{listed, puts};

both_engines!(
    a_field_is_set_up_and_chosen,
    all_that_is_wrong_with_a_field_is_named,
    a_petition_answers_what_its_field_asks,
    what_was_sent_before_keeps_its_terms,
    a_field_in_use_is_closed_and_not_removed,
    what_was_removed_does_not_come_back,
    groups_are_the_upper_level,
    of_two_who_change_it_at_once_one_is_told,
    every_server_has_it,
    only_administrators_keep_fields,
);

fn allowances(answer: &str) -> Value {
    let of = |receive: &str, answer: &str| json!({"receive": receive, "answer": answer});
    json!({"urgent": of("4h", "1d"), "normal": of("8h", answer), "complex": of("8h", "20d")})
}

fn lamps() -> Value {
    json!({
        "name": "Chiếu sáng công cộng", "name_en": "Street lighting", "group": "infrastructure", "competence": "district",
        "allowances": allowances("3d"), "reason": "Hỏi thêm tình trạng đèn.",
        "questions": [
            {"code": "tinh_trang", "label": "Tình trạng đèn", "label_en": "State of the lamp", "type": "single_choice", "required": true,
             "choices": [{"code": "tat", "label": "Tắt hẳn", "label_en": "Off"}, {"code": "nhap_nhay", "label": "Nhấp nháy", "label_en": "Flickering"}]},
            {"code": "so_cot", "label": "Số cột đèn", "type": "text"},
            {"code": "tu_ngay", "label": "Hỏng từ ngày", "type": "date"},
        ],
    })
}

fn with(mut body: Value, field: &str, value: Value) -> Value {
    body[field] = value;
    body
}

async fn a_field_is_set_up_and_chosen(app: TestApp) {
    let (admin, citizen, stranger) = (app.admin().await, app.citizen().await, app.stranger());
    let new = with(with(lamps(), "code", json!("den_trang_tri")), "name", json!("Đèn trang trí"));
    let made = admin.post("admin/categories", &with(new.clone(), "questions", json!([]))).await;
    assert_eq!(made.header("etag"), "\"1\"");
    let made = made.expect(201);
    assert_eq!(made["terms"].as_array().unwrap().len(), 1);
    assert_eq!(
        (&made["terms"][0]["competence"], &made["terms"][0]["normal"]["answer"]),
        (&json!("district"), &json!("3d"))
    );
    admin.post("admin/categories", &new).await.problem(409, "code_taken");
    let fields = stranger.get("categories").await.expect(200);
    let last = fields["items"].as_array().unwrap().last().unwrap();
    assert_eq!((&last["code"], &last["group_name"]), (&json!("den_trang_tri"), &json!("Hạ tầng")));
    let sent = citizen.sends(&Draft::street_lamp().with("category", json!("den_trang_tri"))).await.expect(201);
    assert_eq!(sent["category"]["name"], "Đèn trang trí");
    let told = listed(&admin, "kind=category").await;
    assert_eq!((told.len(), &told[0]["after"]), (1, &made));
}

async fn all_that_is_wrong_with_a_field_is_named(app: TestApp) {
    let admin = app.admin().await;
    admin.post("admin/categories", &json!({})).await.faults(&[
        ("/code", "required"),
        ("/name", "required"),
        ("/group", "required"),
        ("/competence", "required"),
        ("/allowances", "required"),
    ]);
    let bad = json!({
        "code": "Đèn", "name": "", "name_en": "a\u{0}", "group": "khong_co", "rank": -1, "competence": "khong-co", "terms_from": "hôm nay",
        "allowances": {"urgent": {"receive": "0h", "answer": "1d"}, "normal": {"receive": "8h"}, "complex": "20d"},
        "questions": [
            {"code": "a b", "label": "A", "type": "color"},
            {"code": "x", "label": "X", "type": "text", "choices": [{"code": "c", "label": "C"}]},
            {"code": "x", "label": "X", "type": "single_choice"},
            {"code": "y", "label": "Y", "type": "multiple_choice", "choices": [{"code": "c", "label": "C"}, {"code": "c", "label": "C"}]},
            {"code": "z", "label": "Z", "type": "multiple_choice", "choices": [{"label": "C"}]},
            5,
        ],
    });
    admin.post("admin/categories", &bad).await.faults(&[
        ("/code", "invalid_code"),
        ("/name", "blank"),
        ("/name_en", "control_character"),
        ("/group", "unknown_group"),
        ("/rank", "out_of_range"),
        ("/competence", "unknown_agency"),
        ("/terms_from", "invalid_day"),
        ("/allowances/urgent/receive", "invalid_working_time"),
        ("/allowances/normal/answer", "required"),
        ("/allowances/complex", "wrong_type"),
        ("/questions/0/code", "invalid_code"),
        ("/questions/0/type", "unknown_value"),
        ("/questions/1/choices", "choices_mismatch"),
        ("/questions/2/code", "repeated"),
        ("/questions/2/choices", "choices_mismatch"),
        ("/questions/3/choices/1/code", "repeated"),
        ("/questions/4/choices/0/code", "required"),
        ("/questions/5", "wrong_type"),
    ]);
    puts(&admin, "admin/categories/chieu_sang", None, &lamps()).await.problem(428, "precondition_required");
    puts(&admin, "admin/categories/chieu_sang", Some("\"9\""), &lamps()).await.problem(412, "stale_version");
    puts(&admin, "admin/categories/khong_co", Some("*"), &lamps()).await.problem(404, "not_found");
    let past = with(lamps(), "terms_from", json!("2022-01-01"));
    puts(&admin, "admin/categories/chieu_sang", Some("*"), &past).await.faults(&[("/terms_from", "in_past")]);
}

async fn a_petition_answers_what_its_field_asks(app: TestApp) {
    let (admin, citizen, officer) = (app.admin().await, app.citizen().await, app.officer("ubnd-256").await);
    puts(&admin, "admin/categories/chieu_sang", Some("\"1\""), &lamps()).await.expect(200);
    let fields = app.stranger().get("categories").await.expect(200);
    let field = fields["items"].as_array().unwrap().iter().find(|field| field["code"] == "chieu_sang").unwrap().clone();
    assert_eq!(field["questions"][0]["choices"][1]["label"], "Nhấp nháy");
    citizen.sends(&Draft::street_lamp()).await.faults(&[("/attributes/tinh_trang", "required")]);
    let draft = |attributes: Value| Draft::street_lamp().with("attributes", attributes);
    citizen
        .sends(&draft(json!("tat")))
        .await
        .faults(&[("/attributes", "wrong_type"), ("/attributes/tinh_trang", "required")]);
    let bad = draft(json!({"tinh_trang": "hong", "so_cot": 5, "tu_ngay": "hôm qua", "mau": "đỏ"}));
    citizen.sends(&bad.clone().without("title")).await.faults(&[
        ("/title", "required"),
        ("/attributes/tinh_trang", "unknown_value"),
        ("/attributes/so_cot", "wrong_type"),
        ("/attributes/tu_ngay", "invalid_day"),
        ("/attributes/mau", "not_asked"),
    ]);
    // What is not asked of another field is not required there.
    citizen.submits(&Draft::rubbish()).await;
    let asked = draft(json!({"tinh_trang": "nhap_nhay", "so_cot": "NH-07"}));
    let sent = citizen.sends(&asked).await.expect(201);
    let code = sent["code"].as_str().unwrap();
    let expected = json!([
        {"code": "tinh_trang", "label": "Tình trạng đèn", "type": "single_choice", "value": "nhap_nhay", "text": "Nhấp nháy"},
        {"code": "so_cot", "label": "Số cột đèn", "type": "text", "value": "NH-07", "text": "NH-07"},
    ]);
    assert_eq!(sent["attributes"], expected);
    assert_eq!(officer.reads(code).await["attributes"], expected, "the desk reads it");

    // Put otherwise later, the answer keeps the question as it was asked.
    let reworded = with(lamps(), "questions", json!([{"code": "tinh_trang", "label": "Đèn ra sao?", "type": "text"}]));
    puts(&admin, "admin/categories/chieu_sang", Some("\"2\""), &reworded).await.expect(200);
    assert_eq!(officer.reads(code).await["attributes"], expected);
    let english = officer.request(Method::GET, &format!("petitions/{code}")).header("accept-language", "en");
    let english = Reply::read(english.send().await.unwrap()).await.expect(200);
    assert_eq!(
        (&english["attributes"][0]["label"], &english["attributes"][0]["text"]),
        (&json!("State of the lamp"), &json!("Flickering"))
    );

    // The public does not read it, and the log does not have it.
    app.coordinator().await.does(code, "publish", &json!({})).await;
    let public = app.stranger().get(&format!("petitions/{code}")).await;
    assert!(!public.text.contains("NH-07"), "{}", public.text);
    let export = citizen.get("me/export").await;
    assert!(export.text.contains("NH-07"), "whoever wrote it gets it: {}", export.text);
    let verification = app.app.store.snapshot().await.unwrap().verify().await.unwrap();
    assert!(verification.damages.is_empty(), "{verification:?}");
}

async fn what_was_sent_before_keeps_its_terms(app: TestApp) {
    let (admin, citizen) = (app.admin().await, app.citizen().await);
    app.officer("ubnd-256").await;
    let plain = with(lamps(), "questions", json!([]));
    let before = citizen.sends(&Draft::street_lamp()).await.expect(201);
    // From a later day on, competence and time are others.
    let later = with(with(plain.clone(), "terms_from", json!("2099-01-01")), "allowances", allowances("10d"));
    let changed =
        puts(&admin, "admin/categories/chieu_sang", Some("\"1\""), &with(later, "competence", json!("so-xd"))).await;
    let changed = changed.expect(200);
    assert_eq!(changed["terms"].as_array().unwrap().len(), 2, "{changed}");
    let of = async |day: &str| {
        let fields = app.stranger().get(&format!("categories?on={day}")).await.expect(200);
        let fields = fields["items"].as_array().unwrap().clone();
        let field = fields.into_iter().find(|field| field["code"] == "chieu_sang").unwrap();
        (field["competence"].clone(), field["allowance"]["answer"].clone())
    };
    assert_eq!(of("2098-12-31").await, (json!("district"), json!("3d")));
    assert_eq!(of("2099-01-01").await, (json!("so-xd"), json!("10d")));
    let meanwhile = citizen.sends(&Draft::street_lamp()).await.expect(201);
    assert_eq!(meanwhile["due_at"], before["due_at"], "today's terms hold today");
    // Today's change does not move what was sent before it, not even when deadlines are counted anew.
    let longer = with(with(plain, "allowances", allowances("15d")), "competence", json!("district"));
    let changed = puts(&admin, "admin/categories/chieu_sang", Some("\"2\""), &longer).await.expect(200);
    let terms = changed["terms"].as_array().unwrap();
    assert_eq!(terms.last().unwrap()["normal"]["answer"], "15d", "what was set for later is dropped: {terms:?}");
    let sent = citizen.sends(&Draft::street_lamp()).await.expect(201);
    assert!(sent["due_at"].as_str() > before["due_at"].as_str());
}

async fn a_field_in_use_is_closed_and_not_removed(app: TestApp) {
    let (admin, citizen) = (app.admin().await, app.citizen().await);
    let remove = async |code: &str, tag: &str| {
        let request = admin.request(Method::DELETE, &format!("admin/categories/{code}")).header("if-match", tag);
        Reply::read(request.send().await.unwrap()).await
    };
    let code = citizen.submits(&Draft::street_lamp()).await;
    remove("chieu_sang", "\"1\"").await.problem(409, "in_use");
    app.coordinator().await.does(&code, "recategorise", &json!({"category": "cay_xanh"})).await;
    app.folds().await;
    remove("chieu_sang", "\"1\"").await.problem(409, "in_use");
    let close =
        async |body: &Value| admin.post_with("admin/categories/chieu_sang/close", ("if-match", "\"1\""), body).await;
    close(&json!({"on": "2020-01-01"})).await.faults(&[("/on", "in_past"), ("/reason", "required")]);
    let closed = close(&json!({"reason": "Gộp vào lĩnh vực khác."})).await.expect(200);
    assert!(closed["valid_to"].is_string());
    citizen.sends(&Draft::street_lamp()).await.faults(&[("/category", "unknown_category")]);
    assert_eq!(citizen.reads(&code).await["status"], "submitted", "what is there goes on");
    let again =
        admin.post_with("admin/categories/chieu_sang/close", ("if-match", "\"2\""), &json!({"reason": "x"})).await;
    again.problem(409, "no_effect");
}

async fn what_was_removed_does_not_come_back(app: TestApp) {
    let admin = app.admin().await;
    let request = admin.request(Method::DELETE, "admin/categories/tieng_on");
    Reply::read(request.send().await.unwrap()).await.problem(428, "precondition_required");
    let request = admin.request(Method::DELETE, "admin/categories/tieng_on").header("if-match", "\"1\"");
    Reply::read(request.send().await.unwrap()).await.expect(204);
    admin.get("admin/categories/tieng_on").await.problem(404, "not_found");
    // As every start does.
    let mut unit = app.app.store.begin().await.unwrap();
    assert!(unit.seed(api::clock::now()).await.unwrap().is_empty());
    unit.commit().await.unwrap();
    admin.get("admin/categories/tieng_on").await.problem(404, "not_found");
    let told = listed(&admin, "kind=category&key=tieng_on").await;
    assert_eq!((&told[0]["after"], &told[0]["before"]["name"]), (&Value::Null, &json!("Tiếng ồn")));
}

async fn groups_are_the_upper_level(app: TestApp) {
    let admin = app.admin().await;
    let groups = admin.get("admin/category-groups").await.expect(200);
    assert_eq!(groups["items"].as_array().unwrap().len(), 9);
    let new = json!({"name": "Tâm linh", "name_en": "Worship"});
    let made = puts(&admin, "admin/category-groups/tam_linh", None, &new).await;
    assert_eq!((made.header("etag"), made.expect(201)["rank"].clone()), ("\"1\"", json!(10)));
    puts(&admin, "admin/category-groups/tam_linh", None, &new).await.problem(428, "precondition_required");
    puts(&admin, "admin/category-groups/tam_linh", Some("\"2\""), &new).await.problem(412, "stale_version");
    puts(&admin, "admin/category-groups/tam_linh", Some("\"1\""), &new).await.problem(409, "no_effect");
    puts(&admin, "admin/category-groups/tam_linh", Some("\"1\""), &json!({"rank": -5}))
        .await
        .faults(&[("/name", "required"), ("/rank", "out_of_range")]);
    puts(&admin, "admin/category-groups/tam_linh", Some("\"1\""), &with(new, "rank", json!(0))).await.expect(200);
    let own = with(with(lamps(), "group", json!("tam_linh")), "code", json!("den_chua"));
    admin.post("admin/categories", &own).await.expect(201);
    let english = app.stranger().request(Method::GET, "categories").header("accept-language", "en");
    let fields = Reply::read(english.send().await.unwrap()).await.expect(200);
    assert_eq!(fields["items"].as_array().unwrap().last().unwrap()["group_name"], "Worship");
}

async fn of_two_who_change_it_at_once_one_is_told(app: TestApp) {
    let admin = app.admin().await;
    let mut all = JoinSet::new();
    for number in 0..6 {
        let body = with(lamps(), "name", json!(format!("Tên số {number}")));
        let request = admin.request(Method::PUT, "admin/categories/chieu_sang").header("if-match", "\"1\"").json(&body);
        all.spawn(async move { request.send().await.unwrap().status().as_u16() });
    }
    let mut statuses = all.join_all().await;
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412, 412, 412, 412, 412]);
}

async fn every_server_has_it(app: TestApp) {
    let other = app.another_server().await;
    let (admin, citizen) = (app.admin().await, app.citizen().await);
    puts(&admin, "admin/categories/chieu_sang", Some("*"), &lamps()).await.expect(200);
    // What its task does every two seconds.
    assert!(other.app.refresh_catalogue().await.unwrap(), "the revision has grown");
    let request = app.client.post(format!("http://{}/api/v1/petitions", other.address));
    let request = request.bearer_auth(citizen.token.unwrap()).json(&Draft::street_lamp().0);
    let reply = Reply::read(request.send().await.unwrap()).await;
    reply.faults(&[("/attributes/tinh_trang", "required")]);
}

async fn only_administrators_keep_fields(app: TestApp) {
    let people = [app.citizen().await, app.officer("ubnd-256").await, app.leader("ubnd-256").await];
    for person in people.iter().chain([&app.coordinator().await, &app.steering().await]) {
        person.get("admin/categories").await.problem(403, "forbidden");
        person.post("admin/categories", &with(lamps(), "code", json!("x"))).await.problem(403, "forbidden");
        puts(person, "admin/categories/chieu_sang", Some("*"), &lamps()).await.problem(403, "forbidden");
        puts(person, "admin/category-groups/x", None, &json!({"name": "X"})).await.problem(403, "forbidden");
        person.post("admin/categories/chieu_sang/close", &json!({})).await.problem(403, "forbidden");
    }
    assert_eq!(listed(&app.admin().await, "").await, Vec::<Value>::new());
}
