//! What the page shows, and how.

use persistence::Folding;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{
    Browser, Draft, Engine, Reply, TestApp, both_engines,
    browser::form_token,
    database::Database,
    postgres,
    program::{self, Serving},
};

use super::reader;

both_engines!(
    an_empty_installation_has_a_page,
    a_mistake_in_the_address_is_said,
    the_language_is_the_readers,
    names_are_text,
    its_files_are_kept_by_browsers,
    however_many_petitions_it_asks_as_often,
);

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

/// It is whole: nothing from elsewhere, every picture has its table, every table its caption and headings.
#[track_caller]
fn is_whole(page: &str) {
    for elsewhere in ["http://", "https://", "src=\"//", "href=\"//", "style=\"", "onclick", "javascript:"] {
        assert!(!page.contains(elsewhere), "{elsewhere}");
    }
    for section in page.split("<section").skip(1).map(|rest| rest.split_once("</section>").unwrap().0) {
        let pictures = section.matches("<svg").count();
        let (told, hidden) = (section.matches("role=\"img\"").count(), section.matches("<svg").count());
        assert!(pictures == 0 || section.contains("<table"), "a picture without its table: {section}");
        let aria_hidden =
            section.split("<svg").skip(1).filter(|svg| svg.split_once('>').unwrap().0.contains("aria-hidden")).count();
        assert_eq!(told + aria_hidden, hidden, "a picture that is neither told nor hidden: {section}");
        for picture in section.split("role=\"img\"").skip(1) {
            assert!(picture.contains("<title id=") && picture.contains("<desc id="), "{picture}");
        }
    }
    for table in page.split("<table").skip(1).map(|rest| rest.split_once("</table>").unwrap().0) {
        assert!(table.contains("<caption") && table.contains("scope=\"col\""), "{table}");
        for row in table.split("<tbody>").nth(1).unwrap().split("<tr").skip(1) {
            assert!(row.contains("scope=\"row\""), "{row}");
        }
    }
    for landmark in ["<header", "<main id=\"main\"", "<footer", "class=\"skip\" href=\"#main\"", "<h1>"] {
        assert!(page.contains(landmark), "{landmark}");
    }
}

async fn an_empty_installation_has_a_page(app: TestApp) {
    let mut browser = reader(&app).await;
    for path in
        ["/dashboard", "/dashboard?as_of=2022-08-01", "/dashboard?as_of=2001-01-01", "/dashboard?level=commune&as_of="]
    {
        let page = browser.opens(path).await;
        assert_eq!(page.status, 200, "{path}: {}", page.text);
        is_whole(&page.text);
        assert!(page.text.contains("Chưa có dữ liệu: chưa có phản ánh, kiến nghị nào"), "{}", page.text);
        assert!(!page.text.contains("NaN") && !page.text.contains("inf"), "{path}");
    }
    // The steps are there all the same.
    assert!(browser.opens("/dashboard?as_of=2022-08-01").await.text.contains("70\u{a0}%"));
}

async fn a_mistake_in_the_address_is_said(app: TestApp) {
    let mut browser = reader(&app).await;
    let wrong = [
        ("as_of=2999-01-01", "thời điểm chưa đến"),
        ("as_of=%3Cscript%3Ealert(1)%3C/script%3E", "không phải thời điểm"),
        ("as_of=2022-02-30", "không phải thời điểm"),
        ("level=provincial", "giá trị không có trong danh sách"),
        ("level=x%22%3E%3Cb%3E", "giá trị không có trong danh sách"),
        ("target=cds-2999", "giá trị không có trong danh sách"),
    ];
    for (query, told) in wrong {
        let page = browser.opens(&format!("/dashboard?{query}")).await;
        assert_eq!(page.status, 422, "{query}");
        assert!(page.text.contains("role=\"alert\"") && page.text.contains(told), "{query}: {}", page.text);
        assert!(page.text.contains("id=\"controls\""), "the form is there to mend it");
        // Figures of another instant could be taken for those that were asked for.
        assert!(!page.text.contains("class=\"headline\""), "{query}");
        assert!(!page.text.contains("<script>alert") && !page.text.contains("\"><b>"), "{query}: {}", page.text);
    }
}

async fn the_language_is_the_readers(app: TestApp) {
    let mut browser = reader(&app).await;
    let asks = async |browser: &mut Browser, path: &str, accepted: &str| {
        let request = browser.request(Method::GET, path).header("accept-language", accepted);
        let page = browser.sends(request).await;
        let (_, rest) = page.text.split_once("<html lang=\"").unwrap();
        assert_eq!(page.header("content-language"), rest.split('"').next().unwrap());
        rest.split('"').next().unwrap().to_owned()
    };
    assert_eq!(asks(&mut browser, "/dashboard", "").await, "vi");
    assert_eq!(asks(&mut browser, "/dashboard", "en-GB,en;q=0.9").await, "en");
    assert_eq!(asks(&mut browser, "/dashboard?lang=vi", "en").await, "vi");
    assert_eq!(asks(&mut browser, "/dashboard?lang=en&as_of=x", "vi").await, "en");
    assert_eq!(asks(&mut browser, "/dashboard/nothing?lang=en", "vi").await, "en");
    let page = browser.opens("/dashboard?lang=en&as_of=2022-08-01").await.text;
    assert!(page.contains("href=\"/dashboard?as_of=2022-08-01&amp;lang=vi\""), "{page}");
    assert!(page.contains("before 1\u{a0}August\u{a0}2022") && page.contains("No data yet"), "{page}");
}

/// A target over the present.
async fn present_target(app: &TestApp, name: &str) {
    let target = json!({
        "code": "hien-nay", "name": name, "channels": ["mobile"], "levels": ["district", "commune"], "from": "2021-01-01",
        "to": "2030-01-01", "milestones": [{"before": "2029-12-01", "rate": 0.7}], "reason": "Thử.",
    });
    app.admin().await.post("admin/targets", &target).await.expect(201);
}

async fn names_are_text(app: TestApp) {
    use sea_orm::{ConnectionTrait, Database as Orm};
    app.staff_everywhere().await;
    let mut browser = reader(&app).await;
    let code = app.citizen().await.submits(&Draft::street_lamp()).await;
    assert!(code.starts_with("PAKN."));
    present_target(&app, "<script>alert(1)</script>").await;
    let database = Orm::connect(&app.database_url).await.unwrap();
    for sql in [
        "UPDATE agency SET name = '<script>alert(2)</script>\"''&'",
        "UPDATE unit SET name = '<script>alert(3)</script>'",
        "UPDATE category SET name = '<script>alert(4)</script>'",
        "UPDATE catalogue_revision SET revision = revision + 1",
    ] {
        database.execute_unprepared(sql).await.unwrap();
    }
    app.app.refresh_catalogue().await.unwrap();
    let page = browser.opens("/dashboard").await;
    assert_eq!(page.status, 200, "{}", page.text);
    for number in 1..=4 {
        assert!(page.text.contains(&format!("&lt;script&gt;alert({number})")), "{number}: {}", page.text);
    }
    assert!(!page.text.contains("<script>"), "{}", page.text);
}

async fn its_files_are_kept_by_browsers(app: TestApp) {
    let mut browser = Browser::at(app.address);
    let page = browser.opens("/dashboard/sign-in").await.text;
    let files: Vec<&str> = page.split('"').filter(|text| text.starts_with("/dashboard/assets/")).collect();
    assert_eq!(files.len(), 3, "{files:?}");
    for file in files {
        let given = browser.opens(file).await;
        assert_eq!((given.status, given.header("cache-control")), (200, "public, max-age=31536000, immutable"));
        assert!(!given.text.contains("http") || file.contains("icon"), "{file} names another place");
        let request = browser.request(Method::GET, file).header("if-none-match", given.header("etag").to_owned());
        let again = browser.sends(request).await;
        assert_eq!((again.status, again.text.as_str()), (304, ""), "{file}");
    }
    let unknown = browser.opens("/dashboard/assets/style.0000000000000000.css").await;
    assert_eq!((unknown.status, unknown.header("content-type")), (404, "text/html; charset=utf-8"));
}

async fn however_many_petitions_it_asks_as_often(app: TestApp) {
    use std::sync::atomic::Ordering::Relaxed;
    let mut browser = reader(&app).await;
    app.staff_everywhere().await;
    present_target(&app, "Hiện nay").await;
    let citizen = app.citizen().await;
    let mut asked = Vec::new();
    for petitions in [1, 12] {
        for number in 0..petitions {
            let draft = if number % 2 == 0 { Draft::street_lamp() } else { Draft::rubbish() };
            citizen.submits(&draft).await;
        }
        // The least of several: on PostgreSQL an open transaction of another test's database may hold the fold back for a moment,
        // and the session is written once a minute.
        let mut least = u64::MAX;
        for _ in 0..10 {
            while app.app.store.fold_rates(api::clock::now().local_date()).await.unwrap() == Folding::Advanced {}
            let before = app.statements.load(Relaxed);
            assert_eq!(browser.opens("/dashboard").await.status, 200);
            least = least.min(app.statements.load(Relaxed) - before);
        }
        asked.push(least);
    }
    assert_eq!(asked[0], asked[1], "{asked:?}");
    assert!(asked[0] < 60, "{asked:?}");
}

const DEMO_PASSWORD: &str = "mật khẩu của năm mô phỏng";

/// What the API answers to whoever reads rates.
struct Api {
    client: reqwest::Client,
    base: String,
    token: String,
}

impl Api {
    async fn of(serving: &Serving) -> Self {
        let (client, base) = (reqwest::Client::new(), format!("http://{}/api/v1", serving.address));
        let body = json!({"login": "demo.steering", "password": DEMO_PASSWORD});
        let signed_in = client.post(format!("{base}/auth/login")).json(&body).send().await.unwrap();
        let token = Reply::read(signed_in).await.expect(200)["access_token"].as_str().unwrap().to_owned();
        Self { client, base, token }
    }

    async fn get(&self, path: &str) -> Value {
        let request = self.client.get(format!("{}/{path}", self.base)).bearer_auth(&self.token);
        Reply::read(request.send().await.unwrap()).await.expect(200)
    }
}

/// A share as the page writes it in English: rounded down to a tenth of a percent.
fn percent(share: &Value, counts: &Value) -> String {
    let Some(_) = share.as_f64() else { return "–".to_owned() };
    let answered = counts["answered"].as_u64().unwrap();
    let whole = counts["submitted"].as_u64().unwrap() - counts["rejected"].as_u64().unwrap();
    let tenths = answered * 1000 / whole;
    format!("{}.{}%", tenths / 10, tenths % 10)
}

async fn shows_what_the_api_says(serving: &Serving, as_of: &str, level: &str) {
    let api = Api::of(serving).await;
    let mut browser = Browser::at(serving.address);
    assert_eq!(browser.signs_in("demo.steering", DEMO_PASSWORD).await.status, 303);
    let only = if level.is_empty() { String::new() } else { format!("&level={level}") };
    let encoded = as_of.replace('+', "%2B");
    let page = browser.opens(&format!("/dashboard?lang=en&as_of={encoded}{only}")).await.text;
    is_whole(&page);
    let levels = if level.is_empty() { "district,commune" } else { level };
    let period = "from=2022-01-01&to=2023-01-01&channel=mobile";
    let rates = api.get(&format!("rates?{period}&level={levels}&as_of={encoded}&group_by=agency")).await;
    let (counts, share) = (&rates["total"]["counts"], &rates["total"]["rate"]);
    assert_eq!(text_of(&page, "<p class=\"figure\">", "</p>"), percent(share, counts), "{as_of}");
    let sentence = text_of(&page, "<p class=\"sentence\">", "</p>");
    let whole = counts["submitted"].as_u64().unwrap() - counts["rejected"].as_u64().unwrap();
    assert!(sentence.starts_with(&format!("{} of {whole} petitions", counts["answered"])), "{sentence}");
    let shown = text_of(&page, "<dl class=\"counts\">", "</dl>");
    let counted = ["submitted", "rejected", "answered", "pending_in_time", "pending_overdue"];
    let expected: Vec<String> = ["Submitted", "Rejected", "Answered", "Open, in time", "Open, overdue"]
        .iter()
        .zip(counted)
        .map(|(term, count)| format!("{term}{}", counts[count]))
        .collect();
    assert_eq!(shown, expected.concat(), "{as_of}");

    // Every agency, with its own figures.
    let groups = rates["groups"].as_array().unwrap();
    let agencies = api.get("agencies").await;
    assert_eq!(
        page.split("<table class=\"ranked\">")
            .skip(1)
            .map(|table| table.split_once("</table>").unwrap().0.matches("scope=\"row\"").count())
            .sum::<usize>(),
        groups.len()
    );
    for group in groups {
        let code = group["key"]["agency"].as_str().unwrap();
        let agencies = api.get("agencies").await;
        let name = agencies["items"].as_array().unwrap().iter().find(|agency| agency["code"] == code).unwrap()["name"]
            .as_str()
            .unwrap()
            .to_owned();
        let row = text_of(&page, &format!("<th scope=\"row\">{name}</th>"), "</tr>");
        let counts = &group["counts"];
        let begin = format!(
            "{}{}{}{}",
            counts["submitted"],
            counts["answered"],
            counts["pending_overdue"],
            percent(&group["rate"], counts)
        );
        assert!(row.starts_with(&begin), "{name}: {row} {begin}");
    }
    if level.is_empty() {
        // And how the target stands.
        let progress = api.get(&format!("targets/cds-2022/progress?as_of={encoded}")).await;
        let steps = page.split_once("class=\"steps\"").unwrap().1.split_once("</table>").unwrap().0.to_owned();
        let rows: Vec<String> = steps
            .split("<tbody>")
            .nth(1)
            .unwrap()
            .split("<tr>")
            .skip(1)
            .map(|row| text_of(&format!("<r>{row}</r>"), "<r>", "</r>"))
            .collect();
        for (step, row) in progress["milestones"].as_array().unwrap().iter().zip(&rows) {
            let status = match step["status"].as_str().unwrap() {
                "met" => "Met",
                "missed" => "Missed",
                _ => "Still ahead",
            };
            let figures = &step["figures"];
            assert!(
                row.contains(&format!("{}{status}", percent(&figures["rate"], &figures["counts"]))),
                "{row}: {step}"
            );
            if let Some(needed) = step["answers_needed"].as_u64() {
                let a_day =
                    step["answers_per_working_day"].as_f64().map_or("–".to_owned(), |rate| format!("{rate:.1}"));
                assert!(row.contains(&format!("{status}{needed}{a_day}")), "{row}: {step}");
            }
        }
        assert_eq!(rows.len(), progress["milestones"].as_array().unwrap().len());
    }
    // The files say the same.
    let csv = browser.opens(&format!("/dashboard/rates.csv?lang=en&as_of={encoded}{only}")).await;
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    let client = reqwest::Client::new()
        .get(format!("{}/rates?{period}&level={levels}&as_of={encoded}&group_by=level,agency", api.base));
    let same = client
        .bearer_auth(&api.token)
        .header("accept", "text/csv")
        .header("accept-language", "en")
        .send()
        .await
        .unwrap();
    assert_eq!(csv.text, Reply::read(same).await.text, "{as_of}");
    let overdue =
        browser.opens(&format!("/dashboard/petitions.csv?lang=en&as_of={encoded}{only}&bucket=pending_overdue")).await;
    let listed = overdue.text.lines().filter(|line| line.contains("PAKN.")).count();
    assert_eq!(listed, usize::try_from(counts["pending_overdue"].as_u64().unwrap()).unwrap(), "{as_of}");
    assert!(!form_token(&page).is_empty());
}

async fn is_the_demos_year_on(engine: Engine) {
    let folder = tempfile::tempdir().unwrap();
    let database = tokio::task::block_in_place(|| Database::new(engine, folder.path()));
    let url = Some(database.url.as_str());
    let demo = ["demo", "--petitions", "400", "--seed", "7", "--password", DEMO_PASSWORD];
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
