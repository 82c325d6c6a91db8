//! What a phone may send wrongly: every field in turn, and all of them at once. Every refusal names all that is
//! wrong, and nothing is half stored. What is unusual but right is taken.

use serde_json::{Value, json};
use tests::{Draft, TestApp, both_engines};

use crate::bad_bodies::sends_bytes;

both_engines!(
    every_field_wrong_in_turn_is_named,
    all_that_is_wrong_is_named_in_one_answer,
    a_petition_from_outside_the_province_is_stored_and_the_coordinator_has_it,
    a_petition_with_no_place_or_a_rough_one_finds_a_desk,
    unusual_words_are_taken_as_they_are,
    what_nobody_asked_for_is_ignored,
);

/// How many petitions there are, after the whole log was checked against what is stored.
pub(crate) async fn petitions(app: &TestApp) -> u64 {
    let verification = app.app.store.snapshot().await.unwrap().verify().await.unwrap();
    assert_eq!(verification.damages, []);
    let counted = &app.steering().await.get("rates").await.expect(200)["total"]["counts"]["submitted"];
    // No test that asks withdraws or merges one, so that both counts are the same.
    assert_eq!(*counted, verification.petitions);
    verification.petitions
}

pub(crate) fn lamp() -> Draft {
    Draft::street_lamp()
}

fn at(location: Value) -> Draft {
    lamp().with("location", location)
}

fn in_unit(unit: Value) -> Draft {
    lamp().without("location").with("unit", unit)
}

async fn every_field_wrong_in_turn_is_named(app: TestApp) {
    app.staff_everywhere().await;
    let citizen = app.citizen().await;
    let (nul, override_, noncharacter) = ("đèn\u{0}hỏng", "đèn\u{202E}hỏng\u{202C}", "đèn\u{FFFE}");
    let cases: &[(Draft, (&str, &str))] = &[
        (lamp().without("category"), ("/category", "required")),
        (lamp().with("category", json!(null)), ("/category", "required")),
        (lamp().with("category", json!(5)), ("/category", "wrong_type")),
        (lamp().with("category", json!(["chieu_sang"])), ("/category", "wrong_type")),
        (lamp().with("category", json!("")), ("/category", "unknown_category")),
        (lamp().with("category", json!("CHIEU_SANG")), ("/category", "unknown_category")),
        (lamp().with("category", json!("chiếu sáng")), ("/category", "unknown_category")),
        (lamp().with("category", json!("x' OR '1'='1")), ("/category", "unknown_category")),
        (lamp().without("title"), ("/title", "required")),
        (lamp().with("title", json!(true)), ("/title", "wrong_type")),
        (lamp().with("title", json!({"vi": "Đèn"})), ("/title", "wrong_type")),
        (lamp().with("title", json!("")), ("/title", "blank")),
        (lamp().with("title", json!(" \u{A0}\u{3000} ")), ("/title", "blank")),
        (lamp().with("title", json!("\u{200B}\u{FEFF}")), ("/title", "blank")),
        (lamp().with("title", json!("ệ".repeat(201))), ("/title", "too_long")),
        (lamp().with("title", json!("hai\ndòng")), ("/title", "control_character")),
        (lamp().with("title", json!(nul)), ("/title", "control_character")),
        (lamp().with("title", json!(override_)), ("/title", "control_character")),
        (lamp().with("title", json!("\u{2067}đèn\u{2069}")), ("/title", "control_character")),
        (lamp().with("title", json!(noncharacter)), ("/title", "control_character")),
        (lamp().without("content"), ("/content", "required")),
        (lamp().with("content", json!(["một", "hai"])), ("/content", "wrong_type")),
        (lamp().with("content", json!(" \r\n\t ")), ("/content", "blank")),
        (lamp().with("content", json!("x".repeat(10_001))), ("/content", "too_long")),
        (lamp().with("content", json!("ệ".repeat(350_000))), ("/content", "too_long")),
        (lamp().with("content", json!(nul)), ("/content", "control_character")),
        (lamp().with("content", json!("\u{1B}[31mđỏ")), ("/content", "control_character")),
        (lamp().with("content", json!(override_)), ("/content", "control_character")),
        (at(json!("21.1875, 106.0838")), ("/location", "wrong_type")),
        // As GeoJSON has it, and not as it is asked for here.
        (at(json!([106.0838, 21.1875])), ("/location", "wrong_type")),
        (at(json!([])), ("/location", "wrong_type")),
        (at(json!(false)), ("/location", "wrong_type")),
        (at(json!({"lon": 106.0838})), ("/location/lat", "required")),
        (at(json!({"lat": null, "lon": 106.0838})), ("/location/lat", "required")),
        (at(json!({"lat": "21.1875", "lon": 106.0838})), ("/location/lat", "wrong_type")),
        (at(json!({"lat": "NaN", "lon": 106.0838})), ("/location/lat", "wrong_type")),
        (at(json!({"lat": 90.000_001, "lon": 106.0838})), ("/location/lat", "out_of_range")),
        (at(json!({"lat": -1e300, "lon": 106.0838})), ("/location/lat", "out_of_range")),
        (at(json!({"lat": 21.1875})), ("/location/lon", "required")),
        (at(json!({"lat": 21.1875, "lon": "106,0838"})), ("/location/lon", "wrong_type")),
        (at(json!({"lat": 21.1875, "lon": [106.0838]})), ("/location/lon", "wrong_type")),
        (at(json!({"lat": 21.1875, "lon": 180.5})), ("/location/lon", "out_of_range")),
        (at(json!({"lat": 106.0838, "lon": 21.1875})), ("/location/lat", "out_of_range")),
        (at(json!({"lat": 21.1875, "lon": 106.0838, "accuracy_m": "5"})), ("/location/accuracy_m", "wrong_type")),
        (at(json!({"lat": 21.1875, "lon": 106.0838, "accuracy_m": -1})), ("/location/accuracy_m", "out_of_range")),
        (at(json!({"lat": 21.1875, "lon": 106.0838, "accuracy_m": 1e12})), ("/location/accuracy_m", "out_of_range")),
        (at(json!({"lat": 21.1875, "lon": 106.0838, "address": 5})), ("/location/address", "wrong_type")),
        (at(json!({"lat": 21.1875, "lon": 106.0838, "address": nul})), ("/location/address", "control_character")),
        (at(json!({"lat": 21.1875, "lon": 106.0838, "address": "x".repeat(501)})), ("/location/address", "too_long")),
        (in_unit(json!(9163)), ("/unit", "wrong_type")),
        (in_unit(json!("")), ("/unit", "unknown_unit")),
        (in_unit(json!("99999")), ("/unit", "unknown_unit")),
        (in_unit(json!("Phường Vũ Ninh")), ("/unit", "unknown_unit")),
        (lamp().with("unit", json!("09163")), ("/unit", "two_places")),
        (lamp().with("attachments", json!("ảnh.jpg")), ("/attachments", "wrong_type")),
        (lamp().with("attachments", json!([5])), ("/attachments", "wrong_type")),
        (lamp().with("attachments", json!(["ảnh.jpg"])), ("/attachments/0", "unknown_upload")),
        (lamp().with("hide_identity", json!("true")), ("/hide_identity", "wrong_type")),
        (lamp().with("hide_identity", json!(1)), ("/hide_identity", "wrong_type")),
        (lamp().with("channel", json!(5)), ("/channel", "wrong_type")),
        (lamp().with("channel", json!("phone")), ("/channel", "unknown_value")),
        (lamp().with("channel", json!("Mobile")), ("/channel", "unknown_value")),
    ];
    for (draft, fault) in cases {
        citizen.sends(draft).await.faults(&[*fault]);
    }
    assert_eq!(petitions(&app).await, 0);
    citizen.submits(&lamp()).await;
    assert_eq!(petitions(&app).await, 1);
}

async fn all_that_is_wrong_is_named_in_one_answer(app: TestApp) {
    let citizen = app.citizen().await;
    citizen.sends(&Draft(json!({}))).await.faults(&[
        ("/category", "required"),
        ("/title", "required"),
        ("/content", "required"),
    ]);
    let reply = citizen
        .sends(&Draft(json!({
            "category": "khong_co",
            "title": "ệ".repeat(201),
            "content": "a\u{7}b",
            "location": {"lat": 91, "lon": "x", "accuracy_m": -5, "address": "một\nhai"},
            "unit": "99999",
            "attachments": ["một", "hai"],
            "hide_identity": "có",
            "channel": "paper",
        })))
        .await;
    reply.faults(&[
        ("/category", "unknown_category"),
        ("/title", "too_long"),
        ("/content", "control_character"),
        ("/location/lat", "out_of_range"),
        ("/location/lon", "wrong_type"),
        ("/location/accuracy_m", "out_of_range"),
        ("/location/address", "control_character"),
        ("/unit", "two_places"),
        ("/unit", "unknown_unit"),
        ("/attachments/0", "unknown_upload"),
        ("/attachments/1", "unknown_upload"),
        ("/hide_identity", "wrong_type"),
        ("/channel", "unknown_value"),
    ]);
    let told = |pointer: &str| {
        let errors = reply.json()["errors"].as_array().unwrap().clone();
        errors.iter().find(|error| error["pointer"] == pointer).unwrap()["detail"].as_str().unwrap().to_owned()
    };
    assert!(told("/title").contains("200"), "the limit is told: {}", told("/title"));
    assert!(told("/channel").contains("mobile, web"), "the words are told: {}", told("/channel"));
    assert_eq!(petitions(&app).await, 0);
}

async fn a_petition_from_outside_the_province_is_stored_and_the_coordinator_has_it(app: TestApp) {
    app.staff_everywhere().await;
    let (citizen, coordinator) = (app.citizen().await, app.coordinator().await);
    let places = [
        ("Hà Nội", json!({"lat": 21.0285, "lon": 105.8542})),
        ("the Gulf of Guinea, where a phone without a fix is", json!({"lat": 0, "lon": 0})),
        ("the South Pole", json!({"lat": -90, "lon": 180})),
    ];
    let count = places.len();
    for (name, location) in places {
        // Whatever the field: one of a district, one that an agency has in the whole province.
        for category in ["giao_thong", "chay_no"] {
            let sent = citizen.sends(&at(location.clone()).with("category", json!(category))).await.expect(201);
            assert_eq!(sent["agency"]["code"], "dieu-phoi", "{name}");
            assert_eq!(sent["routing"]["rule"], "outside_province", "{name}");
            assert_eq!(sent["unit"], Value::Null, "{name}");
            let explanation = sent["routing"]["explanation"].as_str().unwrap();
            assert!(explanation.contains("ngoài địa bàn tỉnh Bắc Ninh"), "{explanation}");
            assert_eq!(sent["location"]["lat"].as_f64(), location["lat"].as_f64(), "kept as it was sent");
        }
    }
    assert_eq!(coordinator.queue("").await.len(), 2 * count);
    let english = citizen.post_with("petitions", ("accept-language", "en"), &at(json!({"lat": 0, "lon": 0})).0).await;
    let explanation = english.expect(201)["routing"]["explanation"].as_str().unwrap().to_owned();
    assert!(explanation.contains("outside Bắc Ninh province"), "{explanation}");
}

async fn a_petition_with_no_place_or_a_rough_one_finds_a_desk(app: TestApp) {
    app.staff_everywhere().await;
    let citizen = app.citizen().await;
    let in_no_place = Draft::rubbish().without("location");
    let in_unit = |unit: &str| in_no_place.clone().with("unit", json!(unit));
    // Rubbish is a matter of the commune, lamps of the district, fire of the police.
    let cases = [
        (in_no_place.clone(), "dieu-phoi", "no_place", Value::Null, Value::Null),
        (in_no_place.clone().with("location", json!(null)), "dieu-phoi", "no_place", Value::Null, Value::Null),
        (in_unit("09163"), "ubnd-09163", "competence", json!("named_unit"), json!("09163")),
        (in_unit("256"), "dieu-phoi", "unit_too_coarse", json!("named_unit"), json!("256")),
        (
            in_unit("256").with("category", json!("chieu_sang")),
            "ubnd-256",
            "competence",
            json!("named_unit"),
            json!("256"),
        ),
        (
            in_unit("09163").with("category", json!("chieu_sang")),
            "ubnd-256",
            "competence",
            json!("named_unit"),
            json!("09163"),
        ),
        (in_unit("27"), "dieu-phoi", "unit_too_coarse", json!("named_unit"), Value::Null),
        (
            in_no_place.clone().with("category", json!("chay_no")),
            "cong-an-tinh",
            "category_owner",
            Value::Null,
            Value::Null,
        ),
        (
            in_no_place.clone().with("category", json!("khac")),
            "dieu-phoi",
            "coordinator_category",
            Value::Null,
            Value::Null,
        ),
    ];
    for (draft, agency, rule, precision, unit) in cases {
        let sent = citizen.sends(&draft).await.expect(201);
        let found =
            (&sent["agency"]["code"], &sent["routing"]["rule"], &sent["routing"]["precision"], &sent["unit"]["code"]);
        assert_eq!(found, (&json!(agency), &json!(rule), &precision, &unit), "{}", draft.0);
        assert_eq!(sent["location"], Value::Null);
        let explanation = sent["routing"]["explanation"].as_str().unwrap();
        let desk = sent["agency"]["name"].as_str().unwrap();
        assert!(explanation.contains(desk), "the reason names the desk: {explanation}");
    }
    let explanation = citizen.sends(&in_no_place).await.expect(201)["routing"]["explanation"].clone();
    assert!(explanation.as_str().unwrap().contains("không nêu vị trí"), "{explanation}");
}

async fn unusual_words_are_taken_as_they_are(app: TestApp) {
    let (officer, citizen) = (app.officer("ubnd-256").await, app.citizen().await);
    // What is sent as the title, and what it is stored as.
    let decomposed = "Tra\u{302}\u{300}n Hu\u{31B}ng Đa\u{323}o";
    let two_hundred = "ệ".repeat(200);
    let cases = [
        (decomposed, "Trần Hưng Đạo"),
        ("  Đèn hỏng \u{3000}\n", "Đèn hỏng"),
        ("Đèn hỏng 💡👨‍👩‍👧‍👦🇻🇳", "Đèn hỏng 💡👨‍👩‍👧‍👦🇻🇳"),
        ("<script>alert('x')</script> &amp; \"%_\\", "<script>alert('x')</script> &amp; \"%_\\"),
        ("'; DROP TABLE petition; --", "'; DROP TABLE petition; --"),
        ("đèn 电灯 лампа مصباح", "đèn 电灯 лампа مصباح"),
        // Counted as a person counts them: composed, 200.
        (&"e\u{323}\u{302}".repeat(200), &two_hundred),
    ];
    for (sent, stored) in &cases {
        let code = citizen.submits(&lamp().with("title", json!(sent))).await;
        assert_eq!(officer.reads(&code).await["title"], *stored);
    }
    let found = officer.queue("q=tran hung dao").await;
    assert_eq!(officer.reads(&found[0]).await["title"], "Trần Hưng Đạo", "typed without marks, found composed");
    assert_eq!(officer.queue(&format!("q={decomposed}")).await, found, "and found by what was typed");

    let content = "Dòng một.\r\n\tDòng hai: «ệ».\n\nDòng ba.";
    let address = at(json!({"lat": 21.1875, "lon": 106.0838, "address": "  "})).with("content", json!(content));
    let code = citizen.submits(&address).await;
    let read = officer.reads(&code).await;
    assert_eq!(read["content"], "Dòng một.\n\tDòng hai: «ệ».\n\nDòng ba.");
    assert_eq!(read["location"]["address"], Value::Null, "an empty line is no address");
    let longest = citizen.submits(&lamp().with("content", json!("ệ".repeat(10_000)))).await;
    assert_eq!(officer.reads(&longest).await["content"].as_str().unwrap().chars().count(), 10_000);
    assert_eq!(petitions(&app).await, 9);
}

async fn what_nobody_asked_for_is_ignored(app: TestApp) {
    let (citizen, officer) = (app.citizen().await, app.officer("ubnd-256").await);
    // A newer phone, or somebody who tries to write what is not theirs to write.
    let more = lamp()
        .with("app_version", json!("9.1"))
        .with("status", json!("answered"))
        .with("agency", json!("so-xd"))
        .with("priority", json!("urgent"))
        .with("submitted_at", json!("2022-08-31T00:00:00+07:00"))
        .with("code", json!("PAKN.20220831.000001"))
        .with("number", json!(u64::MAX));
    let sent = citizen.sends(&more).await.expect(201);
    let plain = citizen.sends(&lamp()).await.expect(201);
    for field in ["status", "agency", "priority"] {
        assert_eq!(sent[field], plain[field]);
    }
    assert_ne!(sent["code"], "PAKN.20220831.000001");
    assert!(!sent["submitted_at"].as_str().unwrap().starts_with("2022"), "the clock is the server's");
    // A key twice: the last one counts, as with most readers of JSON.
    let twice = "{\"title\": 5, \"category\": \"khac\", \"content\": \"x\", \"title\": \"Đèn\", \"category\": \"chieu_sang\", \"unit\": \"256\"}";
    let taken = sends_bytes(&citizen, Some("application/json"), twice.as_bytes()).await.expect(201);
    assert_eq!((&taken["title"], &taken["category"]["code"]), (&json!("Đèn"), &json!("chieu_sang")));
    assert_eq!(officer.queue("").await.len(), 3);
    assert_eq!(petitions(&app).await, 3);
}
