//! Nothing is sent where it should not be.

use std::{io::ErrorKind, net::TcpListener};

use serde_json::json;
use tests::{Draft, TestApp, both_engines};

use super::{DESK, Telling};

both_engines!(an_address_inside_is_refused_at_once, a_name_that_leads_inside_is_not_connected_to,);

async fn an_address_inside_is_refused_at_once(app: TestApp) {
    let leader = app.leader(DESK).await;
    let tries = async |url: &str| leader.post("webhooks", &json!({"url": url})).await;
    for url in [
        "https://127.0.0.1/",
        "https://2130706433/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]:8443/",
        "https://10.1.2.3/",
        "https://169.254.169.254/latest/meta-data/",
        "https://[fd00:ec2::254]/",
    ] {
        tries(url).await.faults(&[("/url", "forbidden_target")]);
    }
    for url in ["http://example.vn/", "https://u:p@example.vn/", "https://example.vn:25/", "ftp://example.vn/", "x", ""]
    {
        tries(url).await.faults(&[("/url", "invalid_url")]);
    }
    tries(&format!("https://example.vn/{}", "x".repeat(2_000))).await.faults(&[("/url", "too_long")]);
    assert_eq!(leader.get("webhooks").await.expect(200)["items"], json!([]));
}

async fn a_name_that_leads_inside_is_not_connected_to(app: TestApp) {
    let _telling = Telling::by(&app.app);
    let (leader, citizen) = (app.leader(DESK).await, app.citizen().await);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let url = format!("https://localhost:{}/", listener.local_addr().unwrap().port());
    // What a name means is not known before something is sent, and may change: it is looked at then.
    let made = leader.post("webhooks", &json!({"url": url})).await.expect(201);
    let made = super::Made { id: made["id"].as_str().unwrap().to_owned(), secret: String::new() };
    citizen.submits(&Draft::street_lamp()).await;
    let tried = made.tried(&leader, 1).await;
    assert_eq!(tried["attempts"][0]["outcome"], "forbidden_address", "{tried}");
    assert_eq!(listener.accept().unwrap_err().kind(), ErrorKind::WouldBlock, "nobody has knocked");
}
