//! `HEAD` is answered as `GET` is, but for the body.

use std::time::Duration;

use reqwest::{Method, Response};
use serde_json::json;
use tests::{Draft, Person, TestApp, both_engines};

both_engines!(head_is_get_without_a_body,);

async fn asks(person: &Person<'_>, method: Method, path: &str) -> Response {
    // Uncompressed, so that the length is that of the answer.
    let request = person.request(method, path).header("accept-encoding", "identity");
    tokio::time::timeout(Duration::from_secs(60), request.send()).await.expect("an answer with an end").unwrap()
}

async fn head_is_get_without_a_body(app: TestApp) {
    let (stranger, citizen, officer) = (app.stranger(), app.citizen().await, app.officer("ubnd-256").await);
    let code = citizen.submits(&Draft::street_lamp()).await;
    let own = format!("petitions/{code}");
    for (person, path) in [
        (&stranger, "/health/live"),
        (&stranger, "/health/ready"),
        (&stranger, "/openapi.json"),
        (&stranger, "/docs/"),
        (&stranger, "/.well-known/jwks.json"),
        (&stranger, "categories"),
        (&stranger, "public/petitions"),
        (&stranger, "public/petitions?limit=0"),
        (&stranger, "me"),
        (&stranger, &own),
        (&stranger, "nowhere"),
        (&citizen, &own),
        (&citizen, "me/petitions"),
        (&officer, "agency/petitions"),
    ] {
        let (get, head) = (asks(person, Method::GET, path).await, asks(person, Method::HEAD, path).await);
        assert_eq!(head.status(), get.status(), "{path}");
        let of = |reply: &Response, name: &str| reply.headers().get(name).cloned();
        for header in ["content-type", "content-length", "etag", "cache-control"] {
            assert_eq!(of(&head, header), of(&get, header), "{header} of {path}");
        }
        assert!(head.text().await.unwrap().is_empty(), "{path}");
    }
    // What writes is not asked so, and nothing is done.
    for path in ["auth/logout", "petitions", "petitions/x/withdraw"] {
        assert_eq!(asks(&citizen, Method::HEAD, path).await.status(), 405, "{path}");
    }
    // A stream ends at once and keeps no seat: there are five.
    for _ in 0..8 {
        assert_eq!(asks(&officer, Method::HEAD, "agency/events").await.status(), 200);
    }
    assert_eq!(asks(&officer, Method::GET, "agency/events").await.status(), 200);
    assert_eq!(officer.does(&code, "receive", &json!({})).await["version"], 2);
}
