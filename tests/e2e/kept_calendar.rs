//! The working calendar as an administrator keeps it: a year at once, as JSON and as CSV; a gap is refused with its days; a holiday that is
//! announced late moves deadlines.

use chrono::{Datelike, Days, NaiveDate, Weekday};
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Draft, Person, Reply, TestApp, both_engines};
use tokio::task::JoinSet;

use crate::changes::{listed, puts};

both_engines!(
    a_year_comes_as_json_and_as_csv,
    a_year_with_a_gap_is_refused_with_its_days,
    all_that_is_wrong_with_a_year_is_named,
    a_holiday_that_is_announced_late_moves_deadlines,
    of_two_who_change_a_year_at_once_one_is_told,
    every_server_has_it,
    only_administrators_keep_the_calendar,
);

/// 2028 as it may be announced.
fn days_of_2028() -> Vec<(&'static str, &'static str)> {
    let holidays = "01-01 01-24 01-25 01-26 01-27 01-28 04-04 04-30 05-01 09-01 09-02";
    let stead = "01-03 05-02 09-04";
    let of = |days: &'static str, kind| days.split(' ').map(move |day| (day, kind));
    of(holidays, "holiday").chain(of(stead, "compensation")).collect()
}

fn year(days: &[(&str, &str)]) -> Value {
    let days: Vec<Value> = days
        .iter()
        .map(|(day, kind)| json!({"date": format!("2028-{day}"), "name": "Ngày nghỉ", "kind": kind, "source": "Thông báo 2027"}))
        .collect();
    json!({"status": "confirmed", "days": days, "reason": "Thông báo nghỉ lễ năm 2028."})
}

async fn puts_csv(admin: &Person<'_>, path: &str, text: &str) -> Reply {
    let request = admin.request(Method::PUT, path).header("content-type", "text/csv; charset=utf-8");
    Reply::read(request.body(text.to_owned()).send().await.unwrap()).await
}

async fn a_year_comes_as_json_and_as_csv(app: TestApp) {
    let admin = app.admin().await;
    admin.get("admin/calendar/2028").await.problem(404, "not_found");
    let reply = puts(&admin, "admin/calendar/2028", None, &year(&days_of_2028())).await;
    assert_eq!(reply.header("etag"), "\"1\"");
    let made = reply.expect(201);
    assert_eq!(
        (&made["year"], &made["status"], made["days"].as_array().unwrap().len()),
        (&json!(2028), &json!("confirmed"), 14)
    );
    assert!(made["days"].as_array().unwrap().is_sorted_by_key(|day| day["date"].as_str()), "{made}");
    let read = admin.get("admin/calendar/2028").await;
    assert_eq!(read.header("etag"), "\"1\"");
    assert_eq!(read.expect(200)["days"], made["days"]);
    puts(&admin, "admin/calendar/2028", None, &year(&days_of_2028())).await.problem(428, "precondition_required");
    puts(&admin, "admin/calendar/2028", Some("\"1\""), &year(&days_of_2028())).await.problem(409, "no_effect");

    // As an office has it: with the mark of Excel, another order of columns, an empty cell.
    let holidays = "01-01 02-12 02-13 02-14 02-15 02-16 04-04 04-30 05-01 09-02 09-03";
    let row = |kind: &str, day: &str| format!("{kind},2029-{day},\"Nghỉ, theo thông báo\",Thông báo 2028,\r\n");
    let rows: String = holidays.split(' ').map(|day| row("holiday", day)).collect();
    let text = format!("\u{feff}Kind,date,name,source,status\r\n{rows}{}", row("compensation", "09-04"));
    let reply = puts_csv(&admin, "admin/calendar/2029?status=projected&reason=D%E1%BB%B1%20ki%E1%BA%BFn.", &text).await;
    let made = reply.expect(201);
    assert_eq!((&made["status"], &made["days"][0]["name"]), (&json!("projected"), &json!("Nghỉ, theo thông báo")));
    let told = listed(&admin, "kind=calendar").await;
    assert_eq!(
        (&told[0]["key"], &told[0]["reason"], &told[0]["before"]),
        (&json!("2029"), &json!("Dự kiến."), &Value::Null)
    );
    assert_eq!(told[0]["after"]["days"], made["days"]);
}

async fn a_year_with_a_gap_is_refused_with_its_days(app: TestApp) {
    let admin = app.admin().await;
    let mut days = days_of_2028();
    days.retain(|(day, _)| !["04-30", "01-28", "09-04"].contains(day));
    let refused = puts(&admin, "admin/calendar/2028", None, &year(&days)).await;
    // 30 April 2028 and 2 September 2028 fall on a weekly rest.
    refused.faults(&[("/days", "calendar_gap"), ("/days", "calendar_gap"), ("/days", "not_compensated")]);
    let text = refused.text;
    for days in ["2028-04-30: 0/1", "2028-01-18–2028-02-26: 4/5", "2028-09-02"] {
        assert!(text.contains(days), "{days}: {text}");
    }
    let far =
        puts(&admin, "admin/calendar/2031", None, &json!({"status": "confirmed", "days": [], "reason": "x"})).await;
    assert!(far.text.contains("2028-01-01–2030-12-31"), "the years between are named: {}", far.text);
    far.problem(422, "invalid_input");
    admin.get("admin/calendar/2031").await.problem(404, "not_found");
}

async fn all_that_is_wrong_with_a_year_is_named(app: TestApp) {
    let admin = app.admin().await;
    puts(&admin, "admin/calendar/2028", None, &json!({})).await.faults(&[
        ("/status", "required"),
        ("/days", "required"),
        ("/reason", "required"),
    ]);
    let bad = json!({"status": "maybe", "reason": " ", "days": [
        {"date": "2028-1-1", "name": "", "kind": "feast", "source": "x", "status": "perhaps"}, 7, {},
    ]});
    puts(&admin, "admin/calendar/2028", None, &bad).await.faults(&[
        ("/status", "unknown_value"),
        ("/reason", "blank"),
        ("/days/0/date", "invalid_day"),
        ("/days/0/name", "blank"),
        ("/days/0/kind", "unknown_value"),
        ("/days/0/status", "unknown_value"),
        ("/days/1", "wrong_type"),
        ("/days/2/date", "required"),
        ("/days/2/name", "required"),
        ("/days/2/kind", "required"),
        ("/days/2/source", "required"),
    ]);
    let mut odd = days_of_2028();
    // A Monday that is worked anyway, a Sunday that is free anyway, the same day twice.
    odd.extend([("06-05", "makeup_workday"), ("06-11", "swap_off"), ("01-01", "holiday")]);
    puts(&admin, "admin/calendar/2028", None, &year(&odd)).await.faults(&[
        ("/days/14/date", "wrong_weekday"),
        ("/days/15/date", "wrong_weekday"),
        ("/days/16/date", "repeated"),
    ]);
    puts(&admin, "admin/calendar/20280", None, &year(&odd)).await.problem(404, "not_found");
    puts_csv(&admin, "admin/calendar/2028", "date,name,kind\n").await.problem(400, "malformed_request");
    puts_csv(&admin, "admin/calendar/2028", "date,name,kind,source\n1,2\n").await.problem(400, "malformed_request");
    let csv = "date,name,kind,source\n2027-01-01,,holiday,x\n";
    puts_csv(&admin, "admin/calendar/2028?status=confirmed", csv)
        .await
        .faults(&[("/days/0/name", "required"), ("/reason", "required")]);
    let request =
        admin.request(Method::PUT, "admin/calendar/2028").header("content-type", "application/xml").body("<a/>");
    Reply::read(request.send().await.unwrap()).await.problem(415, "unsupported_media_type");
    assert_eq!(listed(&admin, "").await, Vec::<Value>::new());
}

/// The first day after it that is worked by its weekday and by no list.
fn next_workday(from: NaiveDate, listed: &[String]) -> NaiveDate {
    let mut days = from.iter_days().skip(1);
    days.find(|day| !matches!(day.weekday(), Weekday::Sat | Weekday::Sun) && !listed.contains(&day.to_string()))
        .unwrap()
}

async fn a_holiday_that_is_announced_late_moves_deadlines(app: TestApp) {
    let (admin, citizen) = (app.admin().await, app.citizen().await);
    app.officer("ubnd-256").await;
    let sent = citizen.sends(&Draft::street_lamp()).await.expect(201);
    let (code, due) = (sent["code"].as_str().unwrap(), sent["due_at"].as_str().unwrap_or_default().to_owned());
    if due.is_empty() {
        // In the last days of a year whose next one is a projection there is no deadline to move.
        return;
    }
    let today = app.app.catalogue().catalogue.directory.day();
    let read = admin.get(&format!("admin/calendar/{}", today.year())).await;
    let tag = read.header("etag").to_owned();
    let mut body = read.expect(200);
    let listed: Vec<String> =
        body["days"].as_array().unwrap().iter().map(|day| day["date"].as_str().unwrap().to_owned()).collect();
    let free = next_workday(today, &listed);
    if free.year() != today.year() || today.checked_add_days(Days::new(12)).unwrap().year() != today.year() {
        return;
    }
    body["reason"] = json!("Nghỉ tránh bão, công điện khẩn.");
    let day =
        json!({"date": free.to_string(), "name": "Nghỉ tránh bão", "kind": "holiday", "source": "Công điện khẩn"});
    body["days"].as_array_mut().unwrap().push(day);
    let set = puts(&admin, &format!("admin/calendar/{}", today.year()), Some(&tag), &body).await.expect(200);
    assert_eq!(set["deadlines_set"], 1);
    let after = citizen.reads(code).await;
    assert!(after["due_at"].as_str().unwrap() > due.as_str(), "{due} → {}", after["due_at"]);
    let history = citizen.get(&format!("petitions/{code}/history")).await.expect(200);
    assert_eq!(history["items"].as_array().unwrap().last().unwrap()["type"], "deadlines_set");
}

async fn of_two_who_change_a_year_at_once_one_is_told(app: TestApp) {
    let admin = app.admin().await;
    let mut all = JoinSet::new();
    for _ in 0..4 {
        let request = admin.request(Method::PUT, "admin/calendar/2028").json(&year(&days_of_2028()));
        all.spawn(async move { request.send().await.unwrap().status().as_u16() });
    }
    let mut statuses = all.join_all().await;
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 428, 428, 428], "who comes later has not seen it");
    let mut all = JoinSet::new();
    for number in 1..=4 {
        let mut body = year(&days_of_2028());
        body["days"][0]["name"] = json!(format!("Tên số {number}"));
        let request = admin.request(Method::PUT, "admin/calendar/2028").header("if-match", "\"1\"").json(&body);
        all.spawn(async move { request.send().await.unwrap().status().as_u16() });
    }
    let mut statuses = all.join_all().await;
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412, 412, 412]);
}

async fn every_server_has_it(app: TestApp) {
    let other = app.another_server().await;
    let admin = app.admin().await;
    puts(&admin, "admin/calendar/2028", None, &year(&days_of_2028())).await.expect(201);
    // What its task does every two seconds.
    assert!(other.app.refresh_catalogue().await.unwrap(), "the revision has grown");
    let calendar = &other.app.catalogue().catalogue.calendar.clone();
    assert_eq!(calendar.is_working("2028-09-01".parse().unwrap()), Ok(false));
    assert_eq!(calendar.is_working("2028-09-05".parse().unwrap()), Ok(true));
}

async fn only_administrators_keep_the_calendar(app: TestApp) {
    let people = [app.citizen().await, app.officer("ubnd-256").await, app.leader("ubnd-256").await];
    for person in people.iter().chain([&app.coordinator().await, &app.steering().await]) {
        puts(person, "admin/calendar/2028", None, &year(&days_of_2028())).await.problem(403, "forbidden");
        puts_csv(person, "admin/calendar/2028", "x").await.problem(403, "forbidden");
    }
    app.stranger().get("admin/calendar/2027").await.problem(401, "unauthenticated");
}
