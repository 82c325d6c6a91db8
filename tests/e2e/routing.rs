//! Petitions as citizens write them, and real places, go through routing.

use serde_json::{Value, json};
use tests::{
    Draft, TestApp, both_engines,
    data::{RealPetition, real_petitions, shared},
    program,
};

both_engines!(
    every_real_petition_is_stored_and_reaches_the_desk_its_field_names,
    with_real_boundaries_every_petition_is_in_its_commune,
    with_real_boundaries_real_places_are_found,
    boundaries_are_taken_in_all_or_none,
    boundaries_hold_from_their_day_on,
    what_boundaries_are_to_each_other_is_told_before_they_are_taken_in,
);

fn draft(petition: &RealPetition) -> Draft {
    let title: String = petition.text.chars().take(60).collect();
    // One is an advertisement, which is no field; its sender would choose "other".
    let category = if petition.category == "spam" { "khac" } else { &petition.category };
    Draft(json!({
        "category": category,
        "title": title,
        "content": petition.text,
        "location": {"lat": petition.lat, "lon": petition.lon},
    }))
}

async fn every_real_petition_is_stored_and_reaches_the_desk_its_field_names(app: TestApp) {
    app.staff_everywhere().await;
    let citizen = app.citizen().await;
    let fields = app.stranger().get("categories").await.expect(200);
    let competence = |code: &str| {
        let mut fields = fields["items"].as_array().unwrap().iter();
        fields.find(|field| field["code"] == code).unwrap()["competence"].as_str().unwrap().to_owned()
    };
    let units = app.stranger().get("units?level=commune").await.expect(200);
    let district = |commune: &Value| {
        let mut units = units["items"].as_array().unwrap().iter();
        units.find(|unit| unit["code"] == *commune).unwrap()["parent"].as_str().unwrap().to_owned()
    };
    let petitions = real_petitions();
    assert_eq!(petitions.len(), 52);
    for petition in &petitions {
        let sent = citizen.sends(&draft(petition)).await.expect(201);
        let (unit, agency) = (&sent["unit"]["code"], sent["agency"]["code"].as_str().unwrap());
        let expected = match competence(sent["category"]["code"].as_str().unwrap()).as_str() {
            _ if unit.is_null() => "dieu-phoi".to_owned(),
            "commune" => format!("ubnd-{}", unit.as_str().unwrap()),
            "district" => format!("ubnd-{}", district(unit)),
            "coordinator" => "dieu-phoi".to_owned(),
            named => named.to_owned(),
        };
        assert_eq!(agency, expected, "{}: {sent}", petition.id);
        // Without boundaries a place just across the province's river may seem inside; a place inside is never lost.
        assert!(!unit.is_null() || petition.commune_code.is_empty(), "{}: {sent}", petition.id);
        assert!(sent["routing"]["explanation"].as_str().unwrap().contains(sent["agency"]["name"].as_str().unwrap()));
    }
}

/// Imports a file with the program, beside the running server, and waits for nothing: the catalogue is read again at once.
async fn imports(app: &TestApp, file: &std::path::Path, day: &str) -> std::process::Output {
    let arguments = ["import-units", file.to_str().unwrap(), "--valid-from", day];
    let output = tokio::task::block_in_place(|| program::run(app.folder.path(), Some(&app.database_url), &arguments));
    app.app.refresh_catalogue().await.unwrap();
    output
}

async fn with_real_boundaries_every_petition_is_in_its_commune(app: TestApp) {
    let Some(file) = shared("boundaries_2022.geojson") else { return };
    app.staff_everywhere().await;
    let output = imports(&app, &file, "2022-06-01").await;
    assert!(output.status.success(), "{output:?}");
    let citizen = app.citizen().await;
    for petition in real_petitions() {
        let sent = citizen.sends(&draft(&petition)).await.expect(201);
        if petition.commune_code.is_empty() {
            assert_eq!(sent["routing"]["rule"], "outside_province", "{}", petition.id);
        } else {
            assert_eq!(sent["unit"]["code"], petition.commune_code, "{}: {sent}", petition.id);
            assert_eq!(sent["routing"]["precision"], "boundary", "{}: {sent}", petition.id);
        }
    }
}

async fn with_real_boundaries_real_places_are_found(app: TestApp) {
    let (Some(boundaries), Some(places)) = (shared("boundaries_2022.geojson"), shared("routing_points.csv")) else {
        return;
    };
    assert!(imports(&app, &boundaries, "2022-06-01").await.status.success());
    let stranger = app.stranger();
    let (mut agreed, mut asked) = (0, 0);
    for row in csv::Reader::from_path(places).unwrap().into_deserialize().step_by(5) {
        let row: std::collections::HashMap<String, String> = row.unwrap();
        if row["agrees"] != "yes" || row["dist_to_nearest_border_m"].parse::<f64>().unwrap_or(0.0) < 200.0 {
            continue;
        }
        let query = format!("routing/preview?category=moi_truong&lat={}&lon={}", row["lat"], row["lon"]);
        let found = stranger.get(&query).await.expect(200);
        asked += 1;
        let fits = match (row["expected_commune_code"].as_str(), row["expected_district_code"].as_str()) {
            ("", "") => found["unit"].is_null(),
            ("", district) => {
                let units = app.app.catalogue();
                let code = found["unit"]["code"].as_str().unwrap_or_default();
                units.units.iter().any(|unit| {
                    unit.code.as_str() == code && unit.parent.as_ref().is_some_and(|parent| parent.as_str() == district)
                })
            }
            (commune, _) => found["unit"]["code"] == commune,
        };
        agreed += usize::from(fits);
    }
    assert!(asked > 50 && agreed * 100 >= asked * 99, "{agreed} of {asked}");
}

async fn boundaries_are_taken_in_all_or_none(app: TestApp) {
    let square =
        |lon: f64| json!([[[lon, 21.18], [lon + 0.01, 21.18], [lon + 0.01, 21.19], [lon, 21.19], [lon, 21.18]]]);
    let feature = |code: &str, coordinates: Value| json!({"type": "Feature", "properties": {"code": code}, "geometry": {"type": "Polygon", "coordinates": coordinates}});
    let file = app.folder.path().join("units.geojson");
    let write = |features: Value| {
        std::fs::write(&file, json!({"type": "FeatureCollection", "features": features}).to_string()).unwrap()
    };
    let preview = "routing/preview?category=moi_truong&lat=21.1875&lon=106.0838";

    write(json!([
        feature("09163", square(106.08)),
        feature("99999", square(106.2)),
        feature("09166", json!([[[0, 0], [1, 1]]]))
    ]));
    let output = imports(&app, &file, "2026-01-01").await;
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(
        !output.status.success() && printed.contains("99999: no such unit") && printed.contains("09166: "),
        "{printed}"
    );
    assert_eq!(app.stranger().get(preview).await.expect(200)["precision"], "nearest_centre", "nothing was written");

    write(json!([feature("09163", square(106.08))]));
    assert!(imports(&app, &file, "2026-01-01").await.status.success());
    assert_eq!(app.stranger().get(preview).await.expect(200)["precision"], "boundary");

    std::fs::write(&file, "{\"type\": \"FeatureCollection\", \"features\": [").unwrap();
    let output = imports(&app, &file, "2026-01-01").await;
    assert!(!output.status.success() && String::from_utf8(output.stdout).unwrap().contains("not GeoJSON"));
    assert_eq!(app.stranger().get(preview).await.expect(200)["precision"], "boundary", "the boundary stays");
}

fn square(west: f64, south: f64) -> Value {
    let (east, north) = (west + 0.01, south + 0.01);
    json!({"type": "Polygon", "coordinates": [[[west, south], [east, south], [east, north], [west, north], [west, south]]]})
}

fn collection(features: &[(&str, Value)]) -> String {
    let features: Vec<Value> = features
        .iter()
        .map(|(code, geometry)| json!({"type": "Feature", "properties": {"code": code}, "geometry": geometry}))
        .collect();
    json!({"type": "FeatureCollection", "features": features}).to_string()
}

async fn boundaries_hold_from_their_day_on(app: TestApp) {
    let file = app.folder.path().join("units.geojson");
    for (day, west) in [("2022-01-01", 106.08), ("2024-01-01", 106.09)] {
        std::fs::write(&file, collection(&[("09163", square(west, 21.18))])).unwrap();
        assert!(imports(&app, &file, day).await.status.success());
    }
    let point = |lon| domain::place::Point::from_degrees(21.185, lon).unwrap();
    for (day, inside, outside) in [
        ("2021-12-01", 106.085, 106.095), // before the first: better that line than none
        ("2023-12-31", 106.085, 106.095),
        ("2024-01-01", 106.095, 106.085),
        ("2026-01-01", 106.095, 106.085),
    ] {
        let catalogue = app.app.catalogue_on(day.parse().unwrap()).await.unwrap();
        let precision =
            |lon| catalogue.catalogue.directory.gazetteer().locate(point(lon), None).map(|found| found.precision);
        assert_eq!(precision(inside), Some(domain::place::Precision::Boundary), "{day}");
        assert_ne!(precision(outside), Some(domain::place::Precision::Boundary), "{day}");
    }
    let admin = app.admin().await;
    let changes = admin.get("admin/changes").await.expect(200);
    assert_eq!(changes["items"][0]["kind"], "boundary", "{changes}");
}

async fn what_boundaries_are_to_each_other_is_told_before_they_are_taken_in(app: TestApp) {
    let file = app.folder.path().join("units.geojson");
    let both = collection(&[
        ("09163", square(106.08, 21.18)),
        ("09166", square(106.085, 21.18)),
        ("256", square(106.08, 21.18)),
    ]);
    std::fs::write(&file, both).unwrap();
    let arguments = ["import-units", file.to_str().unwrap(), "--dry-run"];
    let output = tokio::task::block_in_place(|| program::run(app.folder.path(), Some(&app.database_url), &arguments));
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{printed}");
    for told in [
        "09163 and 09166 overlap: 0.58 km²",
        "09166 lies outside of 256: 0.58 km²",
        "3 boundaries are good; nothing was written",
    ] {
        assert!(printed.contains(told), "{told}: {printed}");
    }
    app.app.refresh_catalogue().await.unwrap();
    let preview = app.stranger().get("routing/preview?category=moi_truong&lat=21.1875&lon=106.0838").await.expect(200);
    assert_eq!(preview["precision"], "nearest_centre", "nothing was written");
}
