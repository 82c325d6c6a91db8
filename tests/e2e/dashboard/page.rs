//! What the page shows, and how.

use reqwest::Method;
use serde_json::json;
use tests::{Browser, Draft, TestApp, both_engines};

use super::reader;

both_engines!(
    an_empty_installation_has_a_page,
    a_mistake_in_the_address_is_said,
    the_language_is_the_readers,
    names_are_text,
    its_files_are_kept_by_browsers,
    however_many_petitions_it_asks_as_often,
);

/// It is whole: nothing from elsewhere, every picture has its table, every table its caption and headings.
#[track_caller]
pub(super) fn is_whole(page: &str) {
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
        app.folds().await;
        // The least of several: the session is written once a minute.
        let mut least = u64::MAX;
        for _ in 0..10 {
            let before = app.statements.load(Relaxed);
            assert_eq!(browser.opens("/dashboard").await.status, 200);
            least = least.min(app.statements.load(Relaxed) - before);
        }
        asked.push(least);
    }
    assert_eq!(asked[0], asked[1], "{asked:?}");
    assert!(asked[0] < 60, "{asked:?}");
}
