//! Targets that make no sense, and questions about targets that make none.

use serde_json::{Value, json};
use tests::{TestApp, both_engines};

use crate::targets::{changes, new, plan, with};

both_engines!(
    everything_wrong_with_a_target_is_named,
    each_wrong_target_is_told_what_is_wrong,
    wrong_questions_about_a_target_are_told_so,
);

async fn everything_wrong_with_a_target_is_named(app: TestApp) {
    let admin = app.admin().await;
    admin.post("admin/targets", &json!({})).await.faults(&[
        ("/code", "required"),
        ("/name", "required"),
        ("/channels", "required"),
        ("/levels", "required"),
        ("/from", "required"),
        ("/to", "required"),
        ("/milestones", "required"),
    ]);
    let wrong = json!({
        "code": "CDS 2026", "name": "", "name_en": 5, "channels": ["mobile", "fax", 5, "mobile"], "levels": [],
        "definition": "best", "from": "2026-13-01", "to": 2027,
        "milestones": [
            5, {}, {"before": "x", "rate": 0}, {"before": "2026-09-01", "rate": 70},
            {"before": "2026-10-01", "rate": 0.70001, "level": "ward"}, {"before": "2026-11-01", "rate": "0.7"},
            {"before": "2026-12-01", "rate": 0.7}, {"before": "2026-12-01T17:00:00+07:00", "rate": 0.8},
        ],
        "reason": "\u{7}",
    });
    admin.post("admin/targets", &wrong).await.faults(&[
        ("/code", "invalid_code"),
        ("/name", "blank"),
        ("/name_en", "wrong_type"),
        ("/channels/1", "unknown_value"),
        ("/channels/2", "wrong_type"),
        ("/channels/3", "repeated"),
        ("/levels", "required"),
        ("/definition", "unknown_value"),
        ("/from", "invalid_instant"),
        ("/to", "wrong_type"),
        ("/milestones/0", "wrong_type"),
        ("/milestones/1/before", "required"),
        ("/milestones/1/rate", "required"),
        ("/milestones/2/before", "invalid_instant"),
        ("/milestones/2/rate", "out_of_range"),
        ("/milestones/3/rate", "out_of_range"),
        ("/milestones/4/rate", "rate_too_fine"),
        ("/milestones/4/level", "unknown_value"),
        ("/milestones/5/rate", "wrong_type"),
        ("/milestones/7/before", "repeated"),
        ("/reason", "control_character"),
    ]);
    let mut silent = plan();
    silent.as_object_mut().unwrap().remove("reason");
    changes(&admin, "cds-2022", None, &silent).await.faults(&[("/reason", "required")]);
    changes(&admin, "cds-2022", None, &with(silent, "reason", json!(5))).await.faults(&[("/reason", "wrong_type")]);
    assert_eq!(app.steering().await.get("targets").await.expect(200)["items"].as_array().unwrap().len(), 1);
}

async fn each_wrong_target_is_told_what_is_wrong(app: TestApp) {
    let admin = app.admin().await;
    let steps = |milestones: Value| with(new("moi"), "milestones", milestones);
    let step = |before: &str, rate: Value| steps(json!([{"before": before, "rate": rate}]));
    let many: Vec<Value> =
        (0..51).map(|hour| json!({"before": format!("2026-02-{:02}", 1 + hour % 28), "rate": 0.5})).collect();
    let cases = [
        (with(new("moi"), "code", json!("")), ("/code", "invalid_code"), ""),
        (with(new("moi"), "code", json!("a".repeat(65))), ("/code", "invalid_code"), ""),
        (
            with(new("moi"), "channels", json!(["Mobile"])),
            ("/channels/0", "unknown_value"),
            "mobile, web, phone, paper, email, portal",
        ),
        (
            with(new("moi"), "levels", json!(["xã"])),
            ("/levels/0", "unknown_value"),
            "commune, district, provincial, coordinator",
        ),
        (with(new("moi"), "definition", json!("")), ("/definition", "unknown_value"), "eligible, all, actionable"),
        (with(new("moi"), "to", json!("2026-01-01")), ("/to", "empty_period"), ""),
        (with(new("moi"), "to", json!("2036-01-01T00:00:01+07:00")), ("/to", "period_too_long"), "10"),
        (steps(json!([])), ("/milestones", "required"), ""),
        (steps(json!(many)), ("/milestones", "too_long"), "50"),
        (step("2026-01-01", json!(0.7)), ("/milestones/0/before", "before_period"), ""),
        (step("2025-12-31", json!(0.7)), ("/milestones/0/before", "before_period"), ""),
        (step("2026-09-01", json!(0)), ("/milestones/0/rate", "out_of_range"), "0 < rate ≤ 1"),
        (step("2026-09-01", json!(-0.5)), ("/milestones/0/rate", "out_of_range"), ""),
        (step("2026-09-01", json!(1.0001)), ("/milestones/0/rate", "out_of_range"), ""),
        (step("2026-09-01", json!(0.333_333)), ("/milestones/0/rate", "rate_too_fine"), ""),
        (step("2026-09-01", json!(0.000_01)), ("/milestones/0/rate", "rate_too_fine"), ""),
        (
            steps(json!([{"before": "2026-09-01", "rate": 0.5, "level": "provincial"}])),
            ("/milestones/0/level", "level_not_counted"),
            "district, commune",
        ),
        (
            steps(json!([{"before": "2026-09-02", "rate": 0.5}, {"before": "2026-09-01T17:00:00Z", "rate": 0.6}])),
            ("/milestones/1/before", "repeated"),
            "/milestones/0/before",
        ),
    ];
    for (body, fault, told) in cases {
        let reply = admin.post("admin/targets", &body).await;
        reply.faults(&[fault]);
        let detail = reply.json()["errors"][0]["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains(told), "{detail}, not {told}");
    }
    // What is just right.
    for (number, body) in [
        step("2026-01-01T00:00:01+07:00", json!(1)),
        step("2030-01-01", json!(0.0001)),
        with(step("2026-09-01", json!(0.07)), "to", json!("2036-01-01")),
        steps(json!([{"before": "2026-09-01", "rate": 0.5, "level": "commune"}, {"before": "2026-09-01", "rate": 0.5, "level": "district"}])),
    ].into_iter().enumerate() {
        admin.post("admin/targets", &with(body, "code", json!(format!("moi-{number}")))).await.expect(201);
    }
}

async fn wrong_questions_about_a_target_are_told_so(app: TestApp) {
    let steering = app.steering().await;
    for what in ["versions", "progress", "forecast"] {
        steering.get(&format!("targets/cds-1999/{what}")).await.problem(404, "not_found");
    }
    for (query, fault) in [
        ("version=0", ("/version", "unknown_value")),
        ("version=2", ("/version", "unknown_value")),
        ("version=-1", ("/version", "unknown_value")),
        ("version=", ("/version", "unknown_value")),
        ("version=99999999999", ("/version", "unknown_value")),
        ("as_of=2999-01-01", ("/as_of", "in_future")),
    ] {
        steering.get(&format!("targets/cds-2022/progress?{query}")).await.faults(&[fault]);
        steering
            .get(&format!("targets/cds-2022/forecast?until=2999-01-02&{query}"))
            .await
            .problem(422, "invalid_input");
    }
    for (query, fault) in [
        ("until=2022-08-01", ("/until", "empty_period")),
        ("until=2022-07-31", ("/until", "empty_period")),
        ("until=2023-09-06", ("/until", "too_many_points")),
        ("until=9999-12-31", ("/until", "too_many_points")),
        ("until=mai", ("/until", "invalid_instant")),
        ("level=provincial", ("/level", "unknown_value")),
        ("level=", ("/level", "unknown_value")),
    ] {
        steering.get(&format!("targets/cds-2022/forecast?as_of=2022-08-01&{query}")).await.faults(&[fault]);
    }
    for query in ["until=2023-09-04", "until=2022-08-01T00:00:00.000001%2B07:00", "version=1&level=commune"] {
        steering.get(&format!("targets/cds-2022/forecast?as_of=2022-08-01&{query}")).await.expect(200);
    }
}
