//! Questions about the rates that make no sense, or much work, or come while the figures are made anew.

use std::time::{Duration, Instant};

use domain::petition::Command;
use serde_json::{Value, json};
use tests::{
    Draft, Person, TestApp, both_engines,
    past::{self, Past, at, sealed},
    program,
};

both_engines!(
    what_is_wrong_with_a_question_is_named_with_what_there_is,
    nothing_to_count_is_zero_and_null,
    a_hundred_years_are_counted_like_one,
    figures_are_right_while_they_are_made_anew,
);

/// Everything that takes the question of the rates.
const OPERATIONS: [&str; 5] = [
    "rates?",
    "rates/signs?",
    "rates/series?from=2022-01-01&interval=month&",
    "rates/petitions?bucket=submitted&",
    "rates/report?",
];

async fn what_is_wrong_with_a_question_is_named_with_what_there_is(app: TestApp) {
    let steering = app.steering().await;
    let report = "rates/report?from=2022-01-01&to=2022-02-01&";
    let wrong: [(&str, &str, &[&str]); 9] = [
        ("level=commune,tinh", "/level", &["unknown_value", "tinh", "commune, district, provincial, coordinator"]),
        ("channel=fax", "/channel", &["unknown_value", "fax", "mobile, web, phone, paper, email, portal"]),
        ("definition=best", "/definition", &["unknown_value", "best", "eligible, all, actionable"]),
        ("group_by=day", "/group_by", &["unknown_value", "day", "level, agency, unit, category, channel, month"]),
        ("category=den_duong", "/category", &["unknown_category", "den_duong", "chieu_sang", "moi_truong"]),
        // There are hundreds: those that look like it.
        ("agency=ubnd-9163", "/agency", &["unknown_agency", "ubnd-9163", "ubnd-09163"]),
        ("unit=9163", "/unit", &["unknown_unit", "9163", "09163"]),
        ("as_of=2050-01-01", "/as_of", &["in_future"]),
        ("as_of=hôm qua", "/as_of", &["invalid_instant"]),
    ];
    for operation in OPERATIONS {
        let operation = if operation == "rates/report?" { report } else { operation };
        for (query, pointer, told) in wrong {
            let reply = steering.get(&format!("{operation}{query}")).await;
            reply.faults(&[(pointer, told[0])]);
            let detail = reply.json()["errors"][0]["detail"].as_str().unwrap().to_owned();
            assert!(told[1..].iter().all(|text| detail.contains(text)), "{operation}{query}: {detail}");
            assert!(detail.chars().count() < 600, "{detail}");
        }
    }
    for operation in ["rates?", "rates/signs?", "rates/petitions?bucket=submitted&", "rates/report?"] {
        for (from, to) in [("2022-02-01", "2022-01-01"), ("2022-01-01", "2022-01-01")] {
            let reply = steering.get(&format!("{operation}from={from}&to={to}")).await;
            reply.faults(&[("/to", "empty_period")]);
        }
    }
    let reply = steering.get("rates/petitions?bucket=late").await;
    reply.faults(&[("/bucket", "unknown_value")]);
    assert!(reply.text.contains("late (submitted, received, "), "{}", reply.text);
    // All at once.
    let all = "rates/signs?level=x&agency=y&category=z&channel=fax&unit=u&from=2022-02-01&to=2022-01-01";
    steering.get(all).await.faults(&[
        ("/level", "unknown_value"),
        ("/agency", "unknown_agency"),
        ("/category", "unknown_category"),
        ("/channel", "unknown_value"),
        ("/unit", "unknown_unit"),
        ("/to", "empty_period"),
    ]);
}

/// All counts zero, all shares `null`.
#[track_caller]
fn nothing(figures: &Value) {
    for (name, value) in figures.as_object().unwrap() {
        let empty = value.is_null()
            || *value == 0
            || value.as_object().is_some_and(|counts| counts.values().all(|count| *count == 0));
        assert!(empty, "{name}: {figures}");
    }
}

/// Petitions of the past, one every 40 days from 2022 on, received and answered; the last stays open.
async fn history(app: &TestApp) -> Vec<String> {
    let (citizen, officer) = (app.citizen().await, app.officer("ubnd-256").await);
    let desk = officer.account.as_ref().unwrap().actor.clone();
    let catalogue = app.app.catalogue();
    let mut played = Vec::new();
    for number in 1..=30_u64 {
        let sent = at("2022-01-10T09:00:00+07:00").plus(chrono::TimeDelta::days(40 * i64::try_from(number).unwrap()));
        let mut past = Past::begins(&catalogue, &citizen, number, sent);
        past.then(&catalogue, sent.plus(chrono::TimeDelta::hours(2)), &desk, Command::Receive);
        if number < 30 {
            let answer = Command::Answer { content: sealed("Đã thay bóng đèn."), attachments: Vec::new() };
            past.then(&catalogue, sent.plus(chrono::TimeDelta::days(3)), &desk, answer);
        }
        played.push(past.played());
    }
    past::store(app, &played).await;
    played.iter().map(|played| played.decisions[0].event.petition.0.to_string()).collect()
}

async fn nothing_to_count_is_zero_and_null(app: TestApp) {
    let steering = app.steering().await;
    history(&app).await;
    for folded in [false, true] {
        for query in ["as_of=2021-06-01", "from=2019-01-01&to=2019-02-01", "as_of=0001-01-01"] {
            for operation in ["rates", "rates/signs"] {
                let told = steering.get(&format!("{operation}?group_by=agency&{query}")).await.expect(200);
                nothing(&told["total"]);
                let groups = told.get("groups").or(told.get("items")).unwrap();
                assert_eq!(*groups, json!([]), "{operation} {query}");
            }
            let list = steering.get(&format!("rates/petitions?bucket=submitted&{query}")).await.expect(200);
            assert_eq!(list["items"], json!([]));
        }
        let report = steering.get("rates/report?from=2019-01-01&to=2019-02-01").await.expect(200);
        nothing(&report["total"]);
        let series = steering.get("rates/series?from=2021-01-01&as_of=2021-03-01&interval=month").await.expect(200);
        series["points"].as_array().unwrap().iter().for_each(|point| nothing(&point["total"]));
        if !folded {
            app.folds().await;
        }
    }
}

async fn a_hundred_years_are_counted_like_one(app: TestApp) {
    let steering = app.steering().await;
    history(&app).await;
    for folded in [false, true] {
        // Whole years, months, days and hours; as far as years are written with four digits.
        for (from, to) in [
            ("1950-01-01", "2050-01-01"),
            ("1950-02-01", "2050-03-01"),
            ("1950-02-03", "2050-03-04"),
            ("1950-02-03T04:05:06Z", "2050-03-04T05:06:07Z"),
            ("0001-01-01", "9999-12-31"),
            ("0001-02-03", "5500-01-01"),
            ("2022-01-01", "9000-02-02"),
        ] {
            for group_by in ["", "&group_by=agency,month", "&group_by=category", "&group_by=unit,category"] {
                let began = Instant::now();
                let told = steering.get(&format!("rates?from={from}&to={to}{group_by}")).await.expect(200);
                let counts = &told["total"]["counts"];
                let seen = (&counts["submitted"], &counts["answered"]);
                assert_eq!(seen, (&json!(30), &json!(29)), "{from} {to} {group_by} {folded}");
                assert!(began.elapsed() < Duration::from_secs(2), "{from} {to}: {:?}", began.elapsed());
            }
            let signs = steering.get(&format!("rates/signs?from={from}&to={to}")).await.expect(200);
            assert_eq!(signs["total"]["answers"], 29);
            let list = steering.get(&format!("rates/petitions?bucket=answered&limit=100&from={from}&to={to}")).await;
            assert_eq!(list.expect(200)["items"].as_array().unwrap().len(), 29);
        }
        let series = steering.get("rates/series?from=1926-01-01&to=2026-01-01&interval=day").await;
        series.faults(&[("/interval", "too_many_points")]);
        let report = steering.get("rates/report?from=1926-01-01&to=2026-01-01").await.expect(200);
        assert_eq!((&report["total"]["carried_over"], &report["total"]["received"]), (&json!(0), &json!(30)));
        if !folded {
            app.folds().await;
        }
    }
}

/// The figures and the signs, as they must always be.
async fn asked(steering: &Person<'_>) -> [Value; 3] {
    let query = "from=2022-01-01&to=2026-01-01&group_by=agency&as_of=2026-06-01";
    let rates = steering.get(&format!("rates?{query}")).await.expect(200);
    let signs = steering.get(&format!("rates/signs?{query}")).await.expect(200);
    let list = steering.get(&format!("rates/petitions?bucket=answered&limit=100&{query}")).await.expect(200);
    [rates, signs, list]
}

async fn figures_are_right_while_they_are_made_anew(app: TestApp) {
    let steering = app.steering().await;
    history(&app).await;
    let expected = asked(&steering).await;
    assert_eq!(expected[0]["total"]["counts"]["answered"], 29);
    assert_eq!(expected[1]["total"]["equal_answers"], 29);
    let rebuilds = async {
        for _ in 0..2 {
            let mut rebuild = program::command(app.folder.path(), Some(&app.database_url), &["rebuild"]);
            let output = tokio::task::spawn_blocking(move || rebuild.output().unwrap()).await.unwrap();
            assert!(output.status.success(), "{output:?}");
        }
    };
    let asked_often = std::cell::Cell::new(0_u32);
    let questions = async {
        loop {
            assert_eq!(asked(&steering).await, expected, "after {} questions", asked_often.get());
            asked_often.set(asked_often.get() + 1);
        }
    };
    // Somebody else sends petitions of today all the while, which are not asked about, and is not kept from it.
    let citizen = app.citizen().await;
    let sends = async {
        loop {
            citizen.submits(&Draft::street_lamp()).await;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::select! {
        () = rebuilds => {}
        () = questions => {}
        () = sends => {}
    }
    assert!(asked_often.get() > 10, "{}", asked_often.get());
    assert_eq!(asked(&steering).await, expected);
    assert_eq!(app.app.store.snapshot().await.unwrap().verify().await.unwrap().damages, []);
}
