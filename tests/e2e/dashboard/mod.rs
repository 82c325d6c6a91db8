//! `/dashboard`: who gets in, what another site can and cannot do, and that it shows what the API says.

mod figures;
mod page;
mod sessions;

use serde_json::{Value, json};
use tests::{Browser, TestApp};

const PASSWORD: &str = "mat-khau-ban-chi-dao";

/// An account of a role that can sign in; its login.
async fn account(app: &TestApp, role: &str, password: Option<&str>) -> Value {
    let login = format!("{role}.trang");
    let agency = matches!(role, "officer" | "leader").then_some("ubnd-256");
    let body = json!({
        "login": login, "full_name": "Lê <b>Chỉ</b> Đạo", "role": role, "agency": agency, "password": password,
    });
    app.admin().await.post("admin/accounts", &body).await.expect(201)
}

/// A member of the Steering Committee at the page.
async fn reader(app: &TestApp) -> Browser {
    account(app, "steering", Some(PASSWORD)).await;
    let mut browser = Browser::at(app.address);
    let entered = browser.signs_in("steering.trang", PASSWORD).await;
    assert_eq!((entered.status, entered.header("location")), (303, "/dashboard"), "{}", entered.text);
    browser
}
