//! Sign-in, sign-out, and everybody who is turned away.

use domain::chain::Digest;
use persistence::Engine;
use reqwest::Method;
use serde_json::json;
use tests::{Browser, Reply, TestApp, both_engines, browser::form_token};

use super::{PASSWORD, account, reader};

both_engines!(
    a_reader_signs_in_and_out,
    one_comes_back_to_what_one_asked_for,
    a_form_that_is_not_ours_is_refused,
    whoever_may_not_read_is_turned_away,
    all_of_it_is_closed_unless_it_says_otherwise,
    a_session_ends_when_it_should,
    the_api_knows_nothing_of_the_cookie,
    a_link_on_another_site_finds_the_session,
);

/// What lies behind the guard, and what nobody has thought of yet.
const CLOSED: [&str; 7] = [
    "/dashboard",
    "/dashboard/rates.csv",
    "/dashboard/rates.xlsx?as_of=2022-09-01",
    "/dashboard/petitions?bucket=answered",
    "/dashboard/petitions.csv?bucket=answered",
    "/dashboard/nothing",
    "/dashboard/assets",
];

/// It must lead to the sign-in.
#[track_caller]
fn is_sent_to_sign_in(reply: &Reply) {
    let location = reply.header("location");
    assert_eq!(reply.status, 303, "{}", reply.text);
    assert!(location.starts_with("/dashboard/sign-in?"), "{location}");
}

/// It must be a page of our making with that status.
#[track_caller]
fn is_a_page(reply: &Reply, status: u16) {
    assert_eq!(reply.status, status, "{}", reply.text);
    assert_eq!(reply.header("content-type"), "text/html; charset=utf-8");
    let policy = reply.header("content-security-policy");
    for directive in [
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        "img-src 'self' data:",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    ] {
        assert!(policy.contains(directive), "{policy}");
    }
    assert!(!policy.contains("unsafe") && !policy.contains('*'), "{policy}");
    assert_eq!((reply.header("x-content-type-options"), reply.header("cache-control")), ("nosniff", "no-store"));
    assert_eq!(reply.header("referrer-policy"), "same-origin");
}

async fn a_reader_signs_in_and_out(app: TestApp) {
    account(&app, "steering", Some(PASSWORD)).await;
    let mut browser = Browser::at(app.address);
    is_a_page(&browser.opens("/dashboard/sign-in").await, 200);
    let entered = browser.signs_in("steering.trang", PASSWORD).await;
    let set: Vec<&str> = entered.headers.get_all("set-cookie").iter().map(|line| line.to_str().unwrap()).collect();
    let session = set.iter().find(|line| line.starts_with("pakn_session=")).unwrap();
    let flags: Vec<&str> = session.split("; ").skip(1).collect();
    assert_eq!(flags, ["Path=/dashboard", "Max-Age=43200", "HttpOnly", "SameSite=Strict"]);
    assert!(set.iter().any(|line| line.starts_with("pakn_sign_in=; ") && line.contains("Max-Age=0")), "{set:?}");
    assert!(!browser.cookies.contains_key("pakn_sign_in"));

    let page = browser.opens("/dashboard").await;
    is_a_page(&page, 200);
    assert!(page.text.contains("Lê &lt;b&gt;Chỉ&lt;/b&gt; Đạo"), "a name is text");
    let before = browser.clone();
    let left = browser.submits("/dashboard/sign-out", &[("form_token", &form_token(&page.text))]).await;
    is_sent_to_sign_in(&left);
    assert!(!browser.cookies.contains_key("pakn_session"));
    // The cookie that somebody kept opens nothing any more.
    is_sent_to_sign_in(&before.clone().opens("/dashboard").await);

    // Where the browser says that it came by https, the cookie goes no other way.
    let form = Browser::at(app.address).opens("/dashboard/sign-in").await;
    assert!(!form.header("set-cookie").contains("Secure"), "{}", form.header("set-cookie"));
    let mut proxied = Browser::at(app.address);
    let request = proxied.request(Method::GET, "/dashboard/sign-in").header("x-forwarded-proto", "https");
    assert!(proxied.sends(request).await.header("set-cookie").ends_with("; Secure"));
}

async fn one_comes_back_to_what_one_asked_for(app: TestApp) {
    account(&app, "steering", Some(PASSWORD)).await;
    let mut browser = Browser::at(app.address);
    let sent = browser.opens("/dashboard?as_of=2022-09-01&lang=en").await;
    is_sent_to_sign_in(&sent);
    let form = browser.opens(sent.header("location")).await;
    assert!(form.text.contains("<html lang=\"en\">") && form.text.contains(">Sign in</button>"), "{}", form.text);
    assert!(form.text.contains("name=\"next\" value=\"/dashboard?as_of=2022-09-01&amp;lang=en\""), "{}", form.text);
    for (next, goes_to) in [
        ("/dashboard?as_of=2022-09-01&lang=en", "/dashboard?as_of=2022-09-01&lang=en"),
        ("https://evil.example/dashboard", "/dashboard"),
        ("//evil.example", "/dashboard"),
    ] {
        let token = form_token(&browser.opens("/dashboard/sign-in").await.text);
        let fields = [("form_token", &*token), ("login", "steering.trang"), ("password", PASSWORD), ("next", next)];
        let entered = browser.submits("/dashboard/sign-in", &fields).await;
        assert_eq!((entered.status, entered.header("location")), (303, goes_to), "{next}");
    }
}

/// A token (`None`: the right one), and what the browser says about where the form comes from.
type Attempt<'a> = (Option<&'a str>, Option<(&'a str, &'a str)>);

async fn a_form_that_is_not_ours_is_refused(app: TestApp) {
    let mut browser = reader(&app).await;
    let page = browser.opens("/dashboard").await;
    let token = form_token(&page.text);
    let here = format!("http://{}", app.address);
    // Somebody else's token is good for their own cookie alone.
    let mut other = Browser::at(app.address);
    let foreign = form_token(&other.opens("/dashboard/sign-in").await.text);
    let attempts: [Attempt<'_>; 8] = [
        (Some(""), Some(("origin", &here))),
        (Some(&foreign), Some(("origin", &here))),
        (Some("x.y"), Some(("origin", &here))),
        (None, None),
        (None, Some(("origin", "null"))),
        (None, Some(("origin", "http://evil.example"))),
        (None, Some(("sec-fetch-site", "cross-site"))),
        (None, Some(("sec-fetch-site", "same-site"))),
    ];
    for (wrong, header) in attempts {
        let form = browser.form("/dashboard/sign-out", &[("form_token", wrong.unwrap_or(&token))]);
        let form = header.into_iter().fold(form, |form, (name, value)| form.header(name, value));
        is_a_page(&browser.sends(form).await, 403);
        is_a_page(&browser.opens("/dashboard").await, 200);
    }
    // Nor is anybody signed in by another site: with the right password, but not from our form.
    for (wrong, header) in attempts {
        let mut victim = Browser::at(app.address);
        let own = form_token(&victim.opens("/dashboard/sign-in").await.text);
        let fields = [("form_token", wrong.unwrap_or(&own)), ("login", "steering.trang"), ("password", PASSWORD)];
        let form = victim.form("/dashboard/sign-in", &fields);
        let form = header.into_iter().fold(form, |form, (name, value)| form.header(name, value));
        is_a_page(&victim.sends(form).await, 403);
        assert!(!victim.cookies.contains_key("pakn_session"));
    }
    let mut without_cookie = Browser::at(app.address);
    let fields = [("form_token", foreign.as_str()), ("login", "steering.trang"), ("password", PASSWORD)];
    is_a_page(&without_cookie.submits("/dashboard/sign-in", &fields).await, 403);
    let form = browser.form("/dashboard/sign-out", &[("form_token", &token)]).header("sec-fetch-site", "same-origin");
    is_sent_to_sign_in(&browser.sends(form).await);
}

async fn whoever_may_not_read_is_turned_away(app: TestApp) {
    let mut browser = Browser::at(app.address);
    for (login, password) in
        [("steering.trang", "sai mật khẩu"), ("khong-co", PASSWORD), ("", ""), ("<script>alert(1)</script>", "x")]
    {
        let refused = browser.signs_in(login, password).await;
        is_a_page(&refused, 401);
        assert!(refused.text.contains("Tên đăng nhập hoặc mật khẩu không đúng"), "{}", refused.text);
        assert!(!refused.text.contains("<script>alert"), "{}", refused.text);
        assert!(!browser.cookies.contains_key("pakn_session"));
    }
    let citizen = json!({"phone": "0912345678", "password": PASSWORD, "full_name": "Nguyễn Thị Hà"});
    app.stranger().post("auth/register", &citizen).await.expect(201);
    is_a_page(&browser.signs_in("0912 345 678", PASSWORD).await, 403);
    assert!(!browser.cookies.contains_key("pakn_session"), "a citizen gets no session here");
    for role in ["officer", "leader", "coordinator", "admin", "steering"] {
        account(&app, role, Some(PASSWORD)).await;
        let mut browser = Browser::at(app.address);
        assert_eq!(browser.signs_in(&format!("{role}.trang"), PASSWORD).await.status, 303, "{role}");
        is_a_page(&browser.opens("/dashboard").await, 200);
    }
    let body = json!({"login": "moi.tao", "full_name": "Mới", "role": "steering"});
    let made = app.admin().await.post("admin/accounts", &body).await.expect(201);
    let told = browser.signs_in("moi.tao", made["password"].as_str().unwrap()).await;
    is_a_page(&told, 403);
    assert!(told.text.contains("Phải đổi mật khẩu") && !browser.cookies.contains_key("pakn_session"), "{}", told.text);
}

async fn all_of_it_is_closed_unless_it_says_otherwise(app: TestApp) {
    let mut ours = reader(&app).await;
    let elsewhere = TestApp::start(Engine::Sqlite).await;
    let foreign = reader(&elsewhere).await.secret().to_owned();
    let secret = ours.secret().to_owned();
    let forged = [foreign, "0".repeat(64), "x".to_owned(), String::new(), format!("{secret}0"), secret.to_uppercase()];
    for path in CLOSED {
        let mut stranger = Browser::at(app.address);
        is_sent_to_sign_in(&stranger.opens(path).await);
        for secret in &forged {
            stranger.cookies.insert("pakn_session".to_owned(), ("/dashboard".to_owned(), secret.clone()));
            is_sent_to_sign_in(&stranger.opens(path).await);
        }
        // Two cookies of one name are nobody's.
        let two = stranger.request(Method::GET, path);
        let two = two.header("cookie", format!("pakn_session={secret}"));
        is_sent_to_sign_in(&stranger.sends(two).await);
        for method in [Method::POST, Method::PUT, Method::DELETE, Method::PATCH] {
            is_a_page(&stranger.sends(stranger.request(method, path)).await, 401);
        }
    }
    is_a_page(&Browser::at(app.address).submits("/dashboard/sign-out", &[]).await, 401);
    is_a_page(&ours.opens("/dashboard/nothing").await, 404);
    is_a_page(&ours.opens("/dashboard/petitions.pdf?bucket=answered").await, 404);
    is_a_page(&ours.opens("/dashboard/petitions").await, 422);
    is_a_page(&ours.opens("/dashboard/petitions?bucket=%3Cscript%3E&agency=x&as_of=y").await, 422);
    is_a_page(&ours.opens("/dashboard?level=a&level=b").await, 400);
    // A bearer token opens nothing here.
    let person = app.steering().await;
    let reply = Reply::read(
        app.client.get(app.url("/dashboard/rates.csv")).bearer_auth(person.token.unwrap()).send().await.unwrap(),
    );
    assert!(reply.await.text.contains("Đăng nhập"));
    // What looks like it is not it.
    app.stranger().get("/dashboardx").await.problem(404, "not_found");
}

/// What is stored of a browser's secret.
fn digest(secret: &str) -> Digest {
    Digest::of(&[b"browser\0", secret.as_bytes()])
}

async fn a_session_ends_when_it_should(app: TestApp) {
    let mut browser = reader(&app).await;
    let now = api::clock::now();
    let held = async |browser: &Browser| app.app.store.browser_session(&digest(browser.secret()), now).await.unwrap();
    let session = held(&browser).await.unwrap();
    assert_eq!(session.expires_at.since(session.began_at), chrono::Duration::hours(1));
    let until = async |browser: &Browser, minutes: i64| {
        let mut unit = app.app.store.begin().await.unwrap();
        unit.prolong(&digest(browser.secret()), now, now.plus(chrono::Duration::minutes(minutes))).await.unwrap();
        unit.commit().await.unwrap();
    };
    // Use puts the end off.
    until(&browser, 5).await;
    is_a_page(&browser.opens("/dashboard").await, 200);
    assert!(held(&browser).await.unwrap().expires_at >= now.plus(chrono::Duration::minutes(59)));
    // Unused it is over.
    until(&browser, -1).await;
    is_sent_to_sign_in(&browser.opens("/dashboard").await);
    assert_eq!(held(&browser).await, None);

    // A change of the password ends it on every device.
    assert_eq!(browser.signs_in("steering.trang", PASSWORD).await.status, 303);
    let pair = app.stranger().post("auth/login", &json!({"login": "steering.trang", "password": PASSWORD})).await;
    let person = app.stranger().with_token(pair.expect(200)["access_token"].as_str().unwrap());
    let change = json!({"current_password": PASSWORD, "new_password": "mat-khau-khac-han"});
    person.post("me/password", &change).await.expect(200);
    is_sent_to_sign_in(&browser.opens("/dashboard").await);

    // Whoever signs in anew leaves no session behind.
    assert_eq!(browser.signs_in("steering.trang", "mat-khau-khac-han").await.status, 303);
    let before = browser.clone();
    assert_eq!(browser.signs_in("steering.trang", "mat-khau-khac-han").await.status, 303);
    assert_ne!(before.secret(), browser.secret());
    is_sent_to_sign_in(&before.clone().opens("/dashboard").await);
    is_a_page(&browser.opens("/dashboard").await, 200);
}

async fn the_api_knows_nothing_of_the_cookie(app: TestApp) {
    let browser = reader(&app).await;
    let cookie = format!("pakn_session={}", browser.secret());
    let request = app.client.get(app.url("rates")).header("cookie", cookie);
    Reply::read(request.send().await.unwrap()).await.problem(401, "unauthenticated");
    app.stranger().with_token(browser.secret()).get("rates").await.problem(401, "invalid_token");
    let refreshed = app.stranger().post("auth/refresh", &json!({"refresh_token": browser.secret()})).await;
    refreshed.problem(401, "invalid_refresh_token");
    is_a_page(&browser.clone().opens("/dashboard").await, 200);
    // Nor is a refresh token a cookie.
    let pair =
        app.stranger().post("auth/login", &json!({"login": "steering.trang", "password": PASSWORD})).await.expect(200);
    let mut other = Browser::at(app.address);
    let refresh = pair["refresh_token"].as_str().unwrap().to_owned();
    other.cookies.insert("pakn_session".to_owned(), ("/dashboard".to_owned(), refresh));
    is_sent_to_sign_in(&other.opens("/dashboard").await);
}

async fn a_link_on_another_site_finds_the_session(app: TestApp) {
    // A browser keeps a strict cookie back when a link elsewhere is followed: it is asked to come once more, by itself.
    let mut stranger = Browser::at(app.address);
    let followed = stranger
        .request(Method::GET, "/dashboard?as_of=2022-09-01&level=commune")
        .header("sec-fetch-site", "cross-site");
    let page = stranger.sends(followed).await;
    is_a_page(&page, 200);
    assert!(page.text.contains("content=\"0;url=/dashboard?as_of=2022-09-01&amp;level=commune\""), "{}", page.text);
    let again = stranger.request(Method::GET, "/dashboard?as_of=2022-09-01").header("sec-fetch-site", "same-origin");
    is_sent_to_sign_in(&stranger.sends(again).await);
}
