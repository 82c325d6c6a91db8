//! Files that come piece by piece: the tus protocol, request by request. Real clients are in `tests/tus/run.sh`.

use std::{io::Write, net::TcpStream};

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use reqwest::Method;
use serde_json::json;
use tests::{
    Draft, Person, Reply, TestApp, both_engines,
    files::{encoded, jpeg, mp4, picture},
};

both_engines!(
    a_video_comes_in_pieces_over_two_servers,
    a_connection_that_breaks_loses_nothing_that_came,
    a_piece_counts_only_with_its_checksum,
    what_is_no_tus_is_refused,
    uploads_end_by_request_and_by_time,
    a_bad_file_is_refused_as_early_as_can_be,
    the_last_answer_may_be_lost,
    two_connections_do_not_mix,
);

const PIECE: &str = "application/offset+octet-stream";

fn tus(person: &Person<'_>, method: Method, path: &str) -> reqwest::RequestBuilder {
    person.request(method, path).header("tus-resumable", "1.0.0")
}

async fn sent(request: reqwest::RequestBuilder) -> Reply {
    Reply::read(request.send().await.unwrap()).await
}

async fn begins(person: &Person<'_>, length: usize) -> String {
    let reply = sent(tus(person, Method::POST, "uploads/tus").header("upload-length", length)).await;
    reply.expect(201);
    assert_eq!(reply.header("tus-resumable"), "1.0.0");
    reply.header("location").to_owned()
}

fn piece(person: &Person<'_>, path: &str, offset: usize, bytes: &[u8]) -> reqwest::RequestBuilder {
    let request = tus(person, Method::PATCH, path).header("content-type", PIECE).header("upload-offset", offset);
    request.body(bytes.to_vec())
}

async fn offset(person: &Person<'_>, path: &str) -> usize {
    let reply = sent(tus(person, Method::HEAD, path)).await;
    assert_eq!((reply.status, reply.header("cache-control")), (200, "no-store"));
    reply.header("upload-offset").parse().unwrap()
}

fn id(path: &str) -> &str {
    path.rsplit('/').next().unwrap()
}

async fn a_video_comes_in_pieces_over_two_servers(app: TestApp) {
    let citizen = app.citizen().await;
    let other = app.another_server().await;
    let video = mp4(30, 5_000_000);
    let options = sent(app.stranger().request(Method::OPTIONS, "uploads/tus")).await;
    assert_eq!((options.status, options.header("tus-version")), (204, "1.0.0"));
    assert_eq!(options.header("tus-extension"), "creation,termination,checksum,expiration");
    assert_eq!(options.header("tus-max-size"), (64 * 1024 * 1024).to_string());

    let begun = tus(&citizen, Method::POST, "uploads/tus").header("upload-length", video.len());
    let begun = sent(begun.header("upload-metadata", "filename dsOpZGVvLm1wNA==,is_confidential")).await;
    let path = begun.header("location").to_owned();
    assert!(begun.status == 201 && begun.header("upload-expires").ends_with(" GMT"), "{:?}", begun.headers);
    citizen.get(&format!("uploads/{}", id(&path))).await.problem(404, "not_found");
    let mut at = 0;
    for (index, bytes) in video.chunks(1_300_000).enumerate() {
        let request = piece(&citizen, &path, at, bytes);
        let request = if index % 2 == 0 {
            request
        } else {
            // At the other server.
            let (client, request) = request.build_split();
            let mut request = request.unwrap();
            request.url_mut().set_port(Some(other.address.port())).unwrap();
            reqwest::RequestBuilder::from_parts(client, request)
        };
        let reply = sent(request).await;
        at += bytes.len();
        assert_eq!((reply.status, reply.header("upload-offset")), (204, at.to_string().as_str()));
        let state = sent(tus(&citizen, Method::HEAD, &path)).await;
        assert_eq!(state.header("upload-offset"), at.to_string());
        assert_eq!(state.header("upload-length"), video.len().to_string());
        if at < video.len() {
            assert_eq!(state.header("upload-metadata"), "filename dsOpZGVvLm1wNA==,is_confidential");
        }
    }
    let receipt = citizen.get(&format!("uploads/{}", id(&path))).await.expect(200);
    assert_eq!((&receipt["media_type"], &receipt["size"]), (&json!("video/mp4"), &json!(video.len())));
    assert_eq!(receipt["sha256"], domain::chain::Digest::of(&[&video]).to_string());
    let petition = citizen.sends(&Draft::street_lamp().with("attachments", json!([id(&path)]))).await.expect(201);
    assert_eq!(petition["attachments"][0]["media_type"], "video/mp4");
    assert_eq!(app.app.files.store.count().await.unwrap().0, 1, "no part is left");
}

async fn a_connection_that_breaks_loses_nothing_that_came(app: TestApp) {
    let citizen = app.citizen().await;
    let video = mp4(30, 3_000_000);
    let path = begins(&citizen, video.len()).await;
    let mut at = 0;
    for share in [7, 3, 5, 2, 11] {
        let rest = &video[at..];
        let came = rest.len() / share;
        let head = format!(
            "PATCH {path} HTTP/1.1\r\nHost: pakn\r\nAuthorization: Bearer {}\r\nTus-Resumable: 1.0.0\r\nContent-Type: {PIECE}\r\n\
             Upload-Offset: {at}\r\nContent-Length: {}\r\n\r\n",
            citizen.token.as_ref().unwrap(),
            rest.len()
        );
        let address = app.address;
        let bytes = [head.as_bytes(), &rest[..came]].concat();
        tokio::task::spawn_blocking(move || {
            let mut stream = TcpStream::connect(address).unwrap();
            stream.write_all(&bytes).unwrap();
            // And then the train is in the tunnel.
        })
        .await
        .unwrap();
        let mut now = at;
        for _ in 0..100 {
            now = offset(&citizen, &path).await;
            if now == at + came {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        assert_eq!(now, at + came, "what came is kept");
        at = now;
    }
    let last = sent(piece(&citizen, &path, at, &video[at..])).await;
    assert_eq!((last.status, offset(&citizen, &path).await), (204, video.len()));
    let receipt = citizen.get(&format!("uploads/{}", id(&path))).await.expect(200);
    assert_eq!(receipt["sha256"], domain::chain::Digest::of(&[&video]).to_string());
}

async fn a_piece_counts_only_with_its_checksum(app: TestApp) {
    let citizen = app.citizen().await;
    let photo = encoded(&picture(300, 200), image::ImageFormat::Png);
    let path = begins(&citizen, photo.len()).await;
    let (first, rest) = photo.split_at(photo.len() / 2);
    let sum = |bytes: &[u8]| hex_to_base64(digest(&SHA1_FOR_LEGACY_USE_ONLY, bytes).as_ref());
    let with = |offset: usize, bytes: &[u8], checksum: &str| {
        piece(&citizen, &path, offset, bytes).header("upload-checksum", checksum.to_owned())
    };
    sent(with(0, first, &format!("sha1 {}", sum(rest)))).await.problem(460, "checksum_mismatch");
    assert_eq!(offset(&citizen, &path).await, 0, "nothing of it counts");
    for unreadable in ["sha1", "md5 1B2M2Y8AsgTpgAmY7PhCfg==", "sha1 %%%"] {
        sent(with(0, first, unreadable)).await.problem(400, "malformed_header");
    }
    sent(with(0, first, &format!("sha1 {}", sum(first)))).await.expect(204);
    let last = hex_to_base64(domain::chain::Digest::of(&[rest]).as_bytes());
    sent(with(first.len(), rest, &format!("sha256 {last}"))).await.expect(204);
    citizen.get(&format!("uploads/{}", id(&path))).await.expect(200);
    assert_eq!(app.app.files.store.count().await.unwrap().0, 3, "also what did not count is gone");
}

/// Base64, by hand: a test shares no code with what it tests.
fn hex_to_base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let number = three.iter().fold(0_u32, |number, byte| number << 8 | u32::from(*byte)) << (8 * (3 - three.len()));
        for place in 0..4 {
            let letter = LETTERS[(number >> (18 - 6 * place) & 63) as usize];
            text.push(if place <= three.len() { char::from(letter) } else { '=' });
        }
    }
    text
}

async fn what_is_no_tus_is_refused(app: TestApp) {
    let (citizen, other) = (app.citizen().await, app.citizen().await);
    let path = begins(&citizen, 1_000).await;
    let old = sent(citizen.request(Method::HEAD, &path).header("tus-resumable", "0.2.2")).await;
    assert_eq!((old.status, old.header("tus-version"), old.header("tus-resumable")), (412, "1.0.0", "1.0.0"));
    sent(citizen.request(Method::POST, "uploads/tus").header("upload-length", 9))
        .await
        .problem(412, "unsupported_tus_version");
    for length in ["-1", "+5", "1e3", "", "9999999999999999999999"] {
        let reply = sent(tus(&citizen, Method::POST, "uploads/tus").header("upload-length", length)).await;
        assert_eq!(reply.problem(400, "malformed_header")["detail"], "Upload-Length");
    }
    sent(tus(&citizen, Method::POST, "uploads/tus")).await.problem(400, "malformed_header");
    sent(tus(&citizen, Method::POST, "uploads/tus").header("upload-length", 0)).await.problem(422, "empty_file");
    sent(tus(&citizen, Method::POST, "uploads/tus").header("upload-length", 1_u64 << 40))
        .await
        .problem(413, "file_too_large");
    for metadata in ["a b c", "name %%%", ",", "a eA==,,b"] {
        let request =
            tus(&citizen, Method::POST, "uploads/tus").header("upload-length", 9).header("upload-metadata", metadata);
        sent(request).await.problem(400, "malformed_header");
    }
    // Somebody else's is not there.
    for (method, path) in
        [(Method::HEAD, path.as_str()), (Method::DELETE, &path), (Method::HEAD, "uploads/tus/khong-co")]
    {
        assert_eq!(sent(tus(&other, method, path)).await.status, 404);
    }
    sent(piece(&other, &path, 0, &[0; 9])).await.problem(404, "not_found");
    sent(tus(&citizen, Method::PATCH, &path).header("upload-offset", 0).json(&json!({})))
        .await
        .problem(415, "unsupported_media_type");
    sent(tus(&citizen, Method::PATCH, &path).header("content-type", PIECE).body(vec![0; 9]))
        .await
        .problem(400, "malformed_header");
    sent(piece(&citizen, &path, 5, &[0; 9])).await.problem(409, "offset_mismatch");
    assert_eq!(offset(&citizen, &path).await, 0);
    let photo = jpeg();
    sent(piece(&citizen, &path, 0, &[photo.as_slice(), &[0; 1_000]].concat())).await.problem(413, "file_too_large");
    assert!(offset(&citizen, &path).await <= 1_000);
    // A client that knows no PATCH.
    let path = begins(&citizen, photo.len()).await;
    let request = tus(&citizen, Method::POST, &path).header("x-http-method-override", "PATCH");
    sent(request.header("content-type", PIECE).header("upload-offset", 0).body(photo)).await.expect(204);
    citizen.get(&format!("uploads/{}", id(&path))).await.expect(200);
}

async fn uploads_end_by_request_and_by_time(app: TestApp) {
    use sea_orm::{ConnectionTrait, Database};
    let citizen = app.citizen().await;
    let (ended, late) = (begins(&citizen, 100_000).await, begins(&citizen, 100_000).await);
    let head = [b"\xFF\xD8\xFF".as_slice(), &[0; 50_000]].concat();
    for path in [&ended, &late] {
        sent(piece(&citizen, path, 0, &head)).await.expect(204);
    }
    sent(tus(&citizen, Method::DELETE, &ended)).await.expect(204);
    assert_eq!(sent(tus(&citizen, Method::HEAD, &ended)).await.status, 404);
    sent(piece(&citizen, &ended, head.len(), &head)).await.problem(404, "not_found");
    assert_eq!(app.app.files.store.count().await.unwrap().0, 1);

    let database = Database::connect(&app.database_url).await.unwrap();
    assert_eq!(api::files::sweep(&app.app).await.unwrap(), 0);
    database.execute_unprepared("UPDATE partial_upload SET expires_at = 1000000").await.unwrap();
    assert_eq!(sent(tus(&citizen, Method::HEAD, &late)).await.status, 410);
    sent(piece(&citizen, &late, head.len(), &head)).await.problem(410, "upload_gone");
    assert_eq!(api::files::sweep(&app.app).await.unwrap(), 1);
    assert_eq!(app.app.files.store.count().await.unwrap().0, 0);
    assert_eq!(sent(tus(&citizen, Method::HEAD, &late)).await.status, 404);
    // One that is whole may be attached by now.
    let photo = jpeg();
    let whole = begins(&citizen, photo.len()).await;
    sent(piece(&citizen, &whole, 0, &photo)).await.expect(204);
    sent(tus(&citizen, Method::DELETE, &whole)).await.problem(409, "upload_whole");
}

async fn a_bad_file_is_refused_as_early_as_can_be(app: TestApp) {
    let citizen = app.citizen().await;
    let path = begins(&citizen, 30_000_000).await;
    sent(piece(&citizen, &path, 0, b"\x7FELF\x02\x01\x01 and so on")).await.problem(415, "unsupported_file");
    assert_eq!(sent(tus(&citizen, Method::HEAD, &path)).await.status, 410);
    // A photo may not be as long as a video may.
    let path = begins(&citizen, 30_000_000).await;
    sent(piece(&citizen, &path, 0, &jpeg())).await.problem(413, "file_too_large");
    // What shows only at the end is told there.
    let photo = jpeg();
    let path = begins(&citizen, photo.len() - 100).await;
    sent(piece(&citizen, &path, 0, &photo[..photo.len() - 100])).await.problem(422, "damaged_file");
    assert_eq!(sent(tus(&citizen, Method::HEAD, &path)).await.status, 410);
    api::files::sweep(&app.app).await.unwrap();
    assert_eq!(app.app.files.store.count().await.unwrap().0, 0);
    assert_eq!(app.app.store.waiting_uploads(citizen.account.as_ref().unwrap().id).await.unwrap(), 0);
}

async fn the_last_answer_may_be_lost(app: TestApp) {
    use sea_orm::{ConnectionTrait, Database};
    let citizen = app.citizen().await;
    let photo = jpeg();
    let path = begins(&citizen, photo.len()).await;
    sent(piece(&citizen, &path, 0, &photo[..10])).await.expect(204);
    // All has come, and the server stopped before it looked at it, having kept half of what it made.
    let partial = app
        .app
        .store
        .partial_upload(citizen.account.as_ref().unwrap().id, domain::id::UploadId(id(&path).parse().unwrap()));
    let partial = partial.await.unwrap().unwrap();
    let part = persistence::UploadPart { at: 10, size: photo.len() as u64 - 10, name: persistence::FileName([7; 16]) };
    let key = persistence::FileKey::part(partial.name, part.name);
    app.app.files.store.put(&key, photo[10..].to_vec().into()).await.unwrap();
    let mut unit = app.app.store.begin().await.unwrap();
    assert!(unit.add_upload_part(partial.id, &part, api::clock::now()).await.unwrap());
    assert!(!unit.add_upload_part(partial.id, &part, api::clock::now()).await.unwrap(), "it counts once");
    unit.commit().await.unwrap();
    // Whoever reads that all has come takes it for done: asking makes it so.
    assert_eq!(offset(&citizen, &path).await, photo.len());
    citizen.get(&format!("uploads/{}", id(&path))).await.expect(200);
    assert_eq!(sent(piece(&citizen, &path, photo.len(), &[])).await.status, 204);
    let database = Database::connect(&app.database_url).await.unwrap();
    let rows = database.query_one_raw(sea_orm::Statement::from_string(
        database.get_database_backend(),
        "SELECT count(*) FROM upload_part",
    ));
    let left: i64 = rows.await.unwrap().unwrap().try_get_by_index(0).unwrap();
    assert_eq!((left, app.app.files.store.count().await.unwrap().0), (0, 3));
}

async fn two_connections_do_not_mix(app: TestApp) {
    let citizen = app.citizen().await;
    let photo = encoded(&picture(640, 480), image::ImageFormat::Png);
    let path = begins(&citizen, photo.len()).await;
    let tried: Vec<_> = (0..4).map(|_| piece(&citizen, &path, 0, &photo)).collect();
    let [one, two, three, four]: [_; 4] = tried.try_into().unwrap();
    let replies = tokio::join!(sent(one), sent(two), sent(three), sent(four));
    let statuses = [replies.0.status, replies.1.status, replies.2.status, replies.3.status];
    assert!(statuses.contains(&204) && statuses.iter().all(|status| [204, 409].contains(status)), "{statuses:?}");
    let receipt = citizen.get(&format!("uploads/{}", id(&path))).await.expect(200);
    assert_eq!(receipt["sha256"], domain::chain::Digest::of(&[&photo]).to_string());
    api::files::sweep(&app.app).await.unwrap();
    assert_eq!(app.app.files.store.count().await.unwrap().0, 3);
}
