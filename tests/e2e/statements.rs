//! No list asks the database more often for a hundred rows than for ten.

use std::{collections::BTreeSet, sync::atomic::Ordering};

use serde_json::{Value, json};
use tests::{Draft, Person, TestApp, both_engines};

both_engines!(no_list_asks_more_often_for_more_rows,);

/// Whom a list is for.
#[derive(Debug, Clone, Copy)]
enum Reader {
    Citizen,
    Officer,
    Coordinator,
    Follower,
    Public,
}

/// Every list of many rows that has a `limit`; what else is here has none and grows all the same.
const LISTS: &[(Reader, &str)] = &[
    (Reader::Citizen, "me/petitions"),
    (Reader::Citizen, "me/petitions/changes"),
    (Reader::Follower, "me/followed"),
    (Reader::Officer, "agency/petitions"),
    (Reader::Officer, "agency/staff"),
    (Reader::Coordinator, "agency/petitions"),
    (Reader::Coordinator, "rates/petitions?bucket=submitted"),
    (Reader::Public, "public/petitions"),
    (Reader::Public, "seals"),
];

async fn no_list_asks_more_often_for_more_rows(app: TestApp) {
    let (officer, coordinator, citizen) = (app.officer("ubnd-256").await, app.coordinator().await, app.citizen().await);
    let (follower, admin) = (app.citizen().await, app.admin().await);
    let first = citizen.submits(&Draft::street_lamp()).await;
    for number in 0..109 {
        // From several people, with an assignee, published, merged: whatever a row may make one look up.
        let code = citizen.submits(&Draft::street_lamp()).await;
        officer.receives(&code).await;
        if number % 3 == 0 {
            officer.starts(&code).await;
        }
        if number % 2 == 0 {
            coordinator.does(&code, "publish", &json!({})).await;
            follower.does(&code, "follow", &json!({})).await;
        }
        if number % 3 == 1 {
            admin.post("admin/seals", &json!({})).await;
        }
        if number % 5 == 0 {
            coordinator.transfers(&code, "dieu-phoi", "Xem lại.").await;
        }
        if number % 4 == 0 {
            coordinator.does(&code, "merge", &json!({"into": first})).await;
        }
    }
    let document: Value = serde_json::to_value(api::server::contract()).unwrap();
    let paged: BTreeSet<String> = document["paths"]
        .as_object()
        .unwrap()
        .iter()
        .filter(|(_, item)| {
            let parameters = item["get"]["parameters"].as_array().into_iter().flatten();
            parameters.into_iter().any(|parameter| parameter["name"] == "limit")
        })
        .map(|(path, _)| path.strip_prefix("/api/v1/").unwrap().to_owned())
        .collect();
    let listed: BTreeSet<String> = LISTS.iter().map(|(_, list)| list.split('?').next().unwrap().to_owned()).collect();
    assert!(paged.is_subset(&listed), "a list that nobody counts: {:?}", paged.difference(&listed));

    let stranger = app.stranger();
    for (reader, path) in LISTS {
        let person: &Person<'_> = match reader {
            Reader::Citizen => &citizen,
            Reader::Officer => &officer,
            Reader::Coordinator => &coordinator,
            Reader::Follower => &follower,
            Reader::Public => &stranger,
        };
        let mut asked = Vec::new();
        for limit in [10, 100] {
            // The least of a few tries: the server looks at the log now and then besides.
            let mut least = u64::MAX;
            for _ in 0..5 {
                let before = app.statements.load(Ordering::Relaxed);
                let mark = if path.contains('?') { '&' } else { '?' };
                let answer = person.get(&format!("{path}{mark}limit={limit}")).await.expect(200);
                least = least.min(app.statements.load(Ordering::Relaxed) - before);
                let rows = answer["items"].as_array();
                assert!(rows.is_some_and(|rows| !rows.is_empty()), "{path}: {answer}");
            }
            asked.push(least);
        }
        assert!(asked[0] > 0 && asked[1] <= asked[0], "{path} asks {asked:?} times for 10 and for 100 rows");
    }
}
