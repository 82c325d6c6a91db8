//! The page shows what the API says, at any instant.

use serde_json::Value;
use tests::{
    Browser, Engine,
    database::Database,
    postgres,
    program::{self, Serving},
};

use super::page::is_whole;
use crate::demo::{PASSWORD, Reader};

/// The text of the first element that begins so, without its tags.
fn text_of(page: &str, begin: &str, end: &str) -> String {
    let (_, rest) = page.split_once(begin).unwrap_or_else(|| panic!("no {begin} in {page}"));
    let inside = rest.split_once(end).unwrap().0;
    let mut text = String::new();
    for part in inside.split('<') {
        text.push_str(part.split_once('>').map_or(part, |(_, text)| text));
    }
    text.replace("&amp;", "&").replace("&lt;", "<")
}

/// An answer rate as the page writes it in English: rounded down to a tenth of a percent, here from the counts alone.
fn percent(figures: &Value) -> String {
    let count = |name: &str| figures["counts"][name].as_u64().unwrap();
    match count("submitted") - count("rejected") {
        0 => "–".to_owned(),
        whole => {
            let tenths = count("answered") * 1000 / whole;
            format!("{}.{}%", tenths / 10, tenths % 10)
        }
    }
}

/// The rows of the first table after a mark, each as the text of its cells.
fn rows(page: &str, mark: &str) -> Vec<String> {
    let table = page.split_once(mark).unwrap().1.split_once("<tbody>").unwrap().1.split_once("</tbody>").unwrap().0;
    table.split("<tr").skip(1).map(|row| text_of(row, ">", "</tr>")).collect()
}

/// What the page is asked for, and the API with it.
struct Asked<'a> {
    browser: Browser,
    api: Reader,
    /// As it stands in an address.
    as_of: String,
    /// One level, or none in particular.
    level: &'a str,
}

const PERIOD: &str = "from=2022-01-01&to=2023-01-01&channel=mobile";

impl Asked<'_> {
    fn address(&self, path: &str) -> String {
        let level = if self.level.is_empty() { String::new() } else { format!("&level={}", self.level) };
        format!("/dashboard{path}?lang=en&as_of={}{level}", self.as_of)
    }

    fn rates(&self, group_by: &str) -> String {
        let levels = if self.level.is_empty() { "district,commune" } else { self.level };
        format!("rates?{PERIOD}&level={levels}&as_of={}&group_by={group_by}", self.as_of)
    }

    async fn the_rate_and_its_counts(&self, page: &str) {
        let total = &self.api.get(&self.rates("agency")).await["total"];
        let counts = &total["counts"];
        assert_eq!(text_of(page, "<p class=\"figure\">", "</p>"), percent(total));
        let whole = counts["submitted"].as_u64().unwrap() - counts["rejected"].as_u64().unwrap();
        let sentence = text_of(page, "<p class=\"sentence\">", "</p>");
        assert!(sentence.starts_with(&format!("{} of {whole} petitions", counts["answered"])), "{sentence}");
        let terms = ["Submitted", "Rejected", "Answered", "Open, in time", "Open, overdue"];
        let names = ["submitted", "rejected", "answered", "pending_in_time", "pending_overdue"];
        let expected = terms.iter().zip(names).map(|(term, name)| format!("{term}{}", counts[name]));
        assert_eq!(text_of(page, "<dl class=\"counts\">", "</dl>"), expected.collect::<String>());
    }

    async fn every_agency(&self, page: &str) {
        let (rates, agencies) = (self.api.get(&self.rates("agency")).await, self.api.get("agencies").await);
        let (groups, agencies) = (rates["groups"].as_array().unwrap(), agencies["items"].as_array().unwrap());
        let tables = page.split("<table class=\"ranked\">").skip(1).map(|rest| rest.split_once("</table>").unwrap().0);
        assert_eq!(tables.map(|table| table.matches("scope=\"row\"").count()).sum::<usize>(), groups.len());
        for group in groups {
            let agency = agencies.iter().find(|agency| agency["code"] == group["key"]["agency"]).unwrap();
            let name = agency["name"].as_str().unwrap();
            let row = text_of(page, &format!("<th scope=\"row\">{name}</th>"), "</tr>");
            let counts = &group["counts"];
            let counted = ["submitted", "answered", "pending_overdue"].map(|count| counts[count].to_string());
            let expected = format!("{}{}", counted.concat(), percent(group));
            assert!(row.starts_with(&expected), "{name}: {row}, not {expected}");
        }
    }

    async fn every_step(&self, page: &str) {
        let progress = self.api.get(&format!("targets/cds-2022/progress?as_of={}", self.as_of)).await;
        let (steps, rows) = (progress["milestones"].as_array().unwrap(), rows(page, "class=\"steps\""));
        assert_eq!(rows.len(), steps.len());
        for (step, row) in steps.iter().zip(&rows) {
            let status = match step["status"].as_str().unwrap() {
                "met" => "Met",
                "missed" => "Missed",
                _ => "Still ahead",
            };
            let ahead = step["answers_needed"].as_u64().map(|needed| {
                let a_day =
                    step["answers_per_working_day"].as_f64().map_or("–".to_owned(), |rate| format!("{rate:.1}"));
                format!("{needed}{a_day}")
            });
            let expected = format!("{}{status}{}", percent(&step["figures"]), ahead.unwrap_or_default());
            assert!(row.contains(&expected), "{row}, not {expected}");
            if let Some(rate) = step["forecast"]["rate"].as_f64() {
                assert!(row.contains(&format!("{:.1}% (", rate * 100.0)), "{row}: {step}");
            }
        }
    }

    async fn the_files(&mut self) {
        let csv = self.browser.opens(&self.address("/rates.csv")).await;
        assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
        assert_eq!(csv.text, self.api.gets(&self.rates("level,agency"), "text/csv").await.text);
        let overdue = self.browser.opens(&format!("{}&bucket=pending_overdue", self.address("/petitions.csv"))).await;
        let listed = overdue.text.lines().filter(|line| line.contains("PAKN.")).count();
        let counts = &self.api.get(&self.rates("agency")).await["total"]["counts"];
        assert_eq!(counts["pending_overdue"], listed);
        let page = self.browser.opens(&format!("{}&bucket=pending_overdue", self.address("/petitions"))).await;
        is_whole(&page.text);
        assert_eq!(page.text.matches("<th scope=\"row\">PAKN.").count(), listed.min(100));
    }
}

async fn shows_what_the_api_says(serving: &Serving, as_of: &str, level: &str) {
    let mut browser = Browser::at(serving.address);
    assert_eq!(browser.signs_in("demo.steering", PASSWORD).await.status, 303);
    let api = Reader::sign_in(serving, "demo.steering").await;
    let mut asked = Asked { browser, api, as_of: as_of.replace('+', "%2B"), level };
    let page = asked.browser.opens(&asked.address("")).await.text;
    is_whole(&page);
    asked.the_rate_and_its_counts(&page).await;
    asked.every_agency(&page).await;
    if level.is_empty() {
        asked.every_step(&page).await;
    }
    asked.the_files().await;
}

async fn is_the_demos_year_on(engine: Engine) {
    let folder = tempfile::tempdir().unwrap();
    let database = tokio::task::block_in_place(|| Database::new(engine, folder.path()));
    let url = Some(database.url.as_str());
    let demo = ["demo", "--petitions", "400", "--seed", "7", "--password", PASSWORD];
    let played = tokio::task::block_in_place(|| program::run(folder.path(), url, &demo));
    assert!(played.status.success(), "{played:?}");
    let serving = tokio::task::block_in_place(|| program::serve(folder.path(), url));
    for (as_of, level) in
        [("2022-08-01", ""), ("2022-12-01", ""), ("2022-06-15T10:30:00+07:00", "commune"), ("2023-03-01", "district")]
    {
        shows_what_the_api_says(&serving, as_of, level).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_chosen_instant_shows_what_the_api_says_on_sqlite() {
    is_the_demos_year_on(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_chosen_instant_shows_what_the_api_says_on_postgres() {
    if postgres::server().is_some() {
        is_the_demos_year_on(Engine::Postgres).await;
    }
}
