//! What is deployed to watch the server: alerts, dashboard, runbook. They name what the server tells, and each other.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;
use tests::{Draft, Engine, TestApp};

use super::{scrape, series, settings};

fn deployed(path: &str) -> (PathBuf, String) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy").join(path);
    let text = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    (file, text)
}

/// The names of figures in a text.
fn figures(text: &str) -> BTreeSet<String> {
    let words = text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    let ours = |word: &&str| ["http_re", "process_", "pakn_"].iter().any(|begin| word.starts_with(begin));
    words.filter(ours).map(str::to_owned).collect()
}

/// The expressions of the dashboard's panels.
fn expressions(dashboard: &Value) -> Vec<String> {
    let panels = dashboard["panels"].as_array().unwrap().iter();
    let targets = panels.filter_map(|panel| panel["targets"].as_array()).flatten();
    targets.map(|target| target["expr"].as_str().unwrap().to_owned()).collect()
}

/// The values of a key of the alert file; it is so plain that a line is an entry.
fn entries<'a>(alerts: &'a str, key: &str) -> Vec<&'a str> {
    alerts
        .lines()
        .filter_map(|line| line.trim().trim_start_matches("- ").strip_prefix(key)?.strip_prefix(": "))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_alerts_and_dashboard_name_is_told_by_a_server() {
    let app = TestApp::start_with(Engine::Sqlite, settings()).await;
    app.citizen().await.submits(&Draft::street_lamp()).await;
    let told: BTreeSet<String> = series(&scrape(&app).await.text)
        .into_keys()
        .map(|series| series.split('{').next().unwrap().to_owned())
        .collect();
    let (alerts, dashboard) = (deployed("prometheus/alerts.yml").1, deployed("grafana/pakn.json").1);
    let dashboard: Value = serde_json::from_str(&dashboard).unwrap();
    let mut named = figures(&entries(&alerts, "expr").join(" "));
    // Those that are folded over lines.
    named.extend(figures(&alerts.lines().filter(|line| line.starts_with("          ")).collect::<Vec<_>>().join(" ")));
    named.extend(figures(&expressions(&dashboard).join(" ")));
    assert!(named.len() >= 25, "{named:?}");
    let unknown: Vec<&String> = named.iter().filter(|name| !told.contains(*name)).collect();
    assert!(unknown.is_empty(), "no server tells {unknown:?}; it tells {told:?}");
}

#[test]
fn every_alert_has_an_entry_in_the_runbook_and_every_entry_an_alert() {
    let (alerts, runbook) = (deployed("prometheus/alerts.yml").1, deployed("RUNBOOK.md").1);
    let section = runbook.split("\n## ").find(|section| section.starts_with("Alerts\n")).unwrap();
    let entries_there: BTreeSet<&str> = section.lines().filter_map(|line| line.strip_prefix("### ")).collect();
    let named: BTreeSet<&str> = entries(&alerts, "alert").into_iter().collect();
    assert_eq!(named, entries_there);
    assert!(named.len() >= 20, "{named:?}");
    // Links lead somewhere.
    let heads: BTreeSet<String> = runbook
        .lines()
        .filter(|line| line.starts_with('#'))
        .map(|line| line.trim_start_matches('#').trim().to_lowercase().replace(' ', "-"))
        .collect();
    for link in runbook.split("](#").skip(1).map(|rest| rest.split(')').next().unwrap()) {
        assert!(heads.contains(link), "{link} is no heading: {heads:?}");
    }
}

#[test]
fn the_dashboard_is_one_that_grafana_shows() {
    let dashboard: Value = serde_json::from_str(&deployed("grafana/pakn.json").1).unwrap();
    let (mut ids, mut taken) = (BTreeSet::new(), BTreeSet::new());
    for panel in dashboard["panels"].as_array().unwrap() {
        assert!(ids.insert(panel["id"].as_u64().unwrap()), "{panel}");
        let place = |key: &str| panel["gridPos"][key].as_u64().unwrap();
        assert!(place("x") + place("w") <= 24, "{panel}");
        for cell in (place("x")..place("x") + place("w"))
            .flat_map(|x| (place("y")..place("y") + place("h")).map(move |y| (x, y)))
        {
            assert!(taken.insert(cell), "two panels at {cell:?}: {}", panel["title"]);
        }
        let is_row = panel["type"] == "row";
        assert!(is_row || panel["datasource"]["uid"] == "${datasource}", "{panel}");
        assert!(is_row || !panel["targets"].as_array().unwrap().is_empty(), "{panel}");
    }
}

/// By Prometheus' own word, where it is installed (`apt-get install prometheus`).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn prometheus_reads_the_alerts_the_dashboard_and_the_figures() {
    if Command::new("promtool").arg("--version").output().is_err() {
        eprintln!("SKIPPED: promtool is not installed here");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let check = |file: &Path| {
        let checked = Command::new("promtool").args(["check", "rules"]).arg(file).output().unwrap();
        assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
    };
    check(&deployed("prometheus/alerts.yml").0);
    let dashboard: Value = serde_json::from_str(&deployed("grafana/pakn.json").1).unwrap();
    let rules: Vec<Value> = expressions(&dashboard)
        .iter()
        .enumerate()
        .map(|(number, expression)| serde_json::json!({"record": format!("panel:{number}"), "expr": expression.replace("$job", "pakn")}))
        .collect();
    // YAML has JSON in it.
    let file = folder.path().join("panels.yml");
    fs::write(&file, serde_json::json!({"groups": [{"name": "panels", "rules": rules}]}).to_string()).unwrap();
    check(&file);
    let app = TestApp::start_with(Engine::Sqlite, settings()).await;
    app.stranger().get("/health/live").await.expect(200);
    let file = folder.path().join("figures");
    fs::write(&file, scrape(&app).await.text).unwrap();
    let checked =
        Command::new("promtool").args(["check", "metrics"]).stdin(fs::File::open(&file).unwrap()).output().unwrap();
    let found = String::from_utf8_lossy(&checked.stderr).into_owned() + &String::from_utf8_lossy(&checked.stdout);
    assert!(checked.status.success(), "{found}");
}
