//! Links to files: who may follow one, for how long, and what comes.

use reqwest::Method;
use serde_json::json;
use tests::{
    Draft, Person, Reply, TestApp, both_engines,
    files::{jpeg, mp4},
};

use super::fetched;

both_engines!(
    a_link_is_good_for_its_file_and_its_time,
    a_video_is_read_from_its_middle,
    files_may_be_kept_and_do_nothing_beside_our_pages,
    links_stay_for_a_while_and_are_good_at_every_server,
);

async fn link(citizen: &Person<'_>, content: &[u8]) -> String {
    let upload = citizen.uploads(content).await;
    let sent = citizen.sends(&Draft::street_lamp().with("attachments", json!([upload]))).await.expect(201);
    sent["attachments"][0]["url"].as_str().unwrap().to_owned()
}

async fn a_link_is_good_for_its_file_and_its_time(app: TestApp) {
    let citizen = app.citizen().await;
    let (one, other) = (link(&citizen, &jpeg()).await, link(&citizen, &jpeg()).await);
    let stranger = app.stranger();
    assert_eq!(fetched(&stranger, &one).await.0.status, 200, "the link says all there is to say");
    let (path, query) = one.split_once('?').unwrap();
    let (other_path, other_query) = other.split_once('?').unwrap();
    let (ends, signature) = query.split_once('&').unwrap();
    let later = format!("expires={}", ends.trim_start_matches("expires=").parse::<i64>().unwrap() + 60);
    for forged in [
        path.to_owned(),
        format!("{path}?{ends}"),
        format!("{path}?{signature}"),
        format!("{path}?{other_query}"),
        format!("{other_path}?{query}"),
        format!("{}?{query}", path.replace("/full", "/small")),
        format!("{}?{query}", path.replace("/full", "/original")),
        format!("{}?{query}", path.replace("/full", "/..%2F..%2Fpakn.sqlite")),
        format!("{path}?{later}&{signature}"),
        format!("{path}?{ends}&signature=00"),
        format!("{path}?expires=ngày mai&{signature}"),
        "/api/v1/files/khong/full".to_owned() + "?" + query,
    ] {
        stranger.get(&forged).await.problem(404, "not_found");
    }
    let past = app.app.files.links.make(
        domain::id::UploadId(path.split('/').nth(4).unwrap().parse().unwrap()),
        persistence::Variant::Full,
        api::clock::now().plus(-chrono::Duration::hours(1)),
    );
    stranger.get(&past).await.problem(410, "link_expired");
    // A photo has previews, a document or video has none.
    let video = link(&citizen, &mp4(1, 100)).await;
    let id = domain::id::UploadId(video.split('/').nth(4).unwrap().parse().unwrap());
    let small = app.app.files.links.make(id, persistence::Variant::Small, api::clock::now());
    stranger.get(&small).await.problem(404, "not_found");
}

async fn part(app: &TestApp, link: &str, range: &str) -> (Reply, Vec<u8>) {
    let response = app.stranger().request(Method::GET, link).header("range", range).send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let content = response.bytes().await.unwrap().to_vec();
    (Reply { status, headers, text: String::from_utf8_lossy(&content).into_owned() }, content)
}

async fn a_video_is_read_from_its_middle(app: TestApp) {
    let citizen = app.citizen().await;
    let link = link(&citizen, &mp4(10, 3_000_000)).await;
    let (whole, content) = fetched(&app.stranger(), &link).await;
    let size = content.len();
    assert_eq!((whole.status, whole.header("accept-ranges")), (200, "bytes"));
    assert_eq!(whole.header("content-length"), size.to_string());
    for (range, from, until) in [
        ("bytes=0-0", 0, 1),
        ("bytes=1048570-2097160", 1_048_570, 2_097_161),
        ("bytes=2999000-", 2_999_000, size),
        ("bytes=-10", size - 10, size),
        ("bytes=5-99999999", 5, size),
    ] {
        let (reply, bytes) = part(&app, &link, range).await;
        assert_eq!(reply.status, 206, "{range}");
        assert_eq!(reply.header("content-range"), format!("bytes {from}-{}/{size}", until - 1));
        assert!(bytes == content[from..until], "{range}");
    }
    let (beyond, _) = part(&app, &link, &format!("bytes={size}-")).await;
    beyond.problem(416, "range_not_satisfiable");
    for range in ["bytes=0-1,5-6", "lines=1-2", "bytes=abc", "bytes=9-3"] {
        let (reply, bytes) = part(&app, &link, range).await;
        assert!(reply.status == 200 && bytes.len() == size || reply.status == 416, "{range}: {}", reply.status);
    }
    let tag = whole.header("etag").to_owned();
    for (known, status) in [(tag.as_str(), 206), ("\"another\"", 200)] {
        let request = app.stranger().request(Method::GET, &link).header("range", "bytes=0-9").header("if-range", known);
        assert_eq!(request.send().await.unwrap().status().as_u16(), status);
    }
    let head = app.stranger().request(Method::HEAD, &link).send().await.unwrap();
    assert_eq!((head.status().as_u16(), head.headers()["content-type"].to_str().unwrap()), (200, "video/mp4"));
}

async fn files_may_be_kept_and_do_nothing_beside_our_pages(app: TestApp) {
    let link = link(&app.citizen().await, &jpeg()).await;
    let request = app.stranger().request(Method::GET, &link).header("accept-encoding", "gzip, br");
    let reply = request.send().await.unwrap();
    let header = |name: &str| reply.headers().get(name).map_or("", |value| value.to_str().unwrap()).to_owned();
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert_eq!(header("content-security-policy"), "default-src 'none'; sandbox");
    assert_eq!(header("cross-origin-resource-policy"), "same-site");
    assert_eq!(header("referrer-policy"), "no-referrer");
    assert!(header("content-disposition").starts_with("inline; filename=\"pakn-"));
    let kept: u64 = header("cache-control")
        .strip_prefix("private, max-age=")
        .unwrap()
        .strip_suffix(", immutable")
        .unwrap()
        .parse()
        .unwrap();
    assert!((900..=1_800).contains(&kept), "{kept}: no longer than the link");
    let tag = header("etag");
    let again = app.stranger().request(Method::GET, &link).header("if-none-match", tag).send().await.unwrap();
    assert_eq!((again.status().as_u16(), again.bytes().await.unwrap().len()), (304, 0));
}

async fn links_stay_for_a_while_and_are_good_at_every_server(app: TestApp) {
    let citizen = app.citizen().await;
    let upload = citizen.uploads(&jpeg()).await;
    let code = citizen.submits(&Draft::street_lamp().with("attachments", json!([upload]))).await;
    let path = format!("petitions/{code}");
    let first = citizen.get(&path).await;
    let request = citizen.request(Method::GET, &path).header("if-none-match", first.header("etag"));
    assert_eq!(request.send().await.unwrap().status().as_u16(), 304, "the links of it have not changed");
    let other = app.another_server().await;
    let link = first.json()["attachments"][0]["url"].as_str().unwrap().to_owned();
    let there = app.client.get(format!("http://{}{link}", other.address)).send().await.unwrap();
    assert_eq!(there.status().as_u16(), 200);
}
