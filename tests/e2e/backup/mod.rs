//! A backup that is made while petitions come in, and what becomes of it elsewhere: nothing acknowledged is missing, nothing is told twice, nothing new is
//! skipped.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::Output,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use persistence::{Engine, LogCursor, Store, StoreOptions};
use serde_json::{Value, json};
use tests::{Draft, Person, TestApp, Visitor, both_engines, files::jpeg, postgres::PrivateCluster, program};
use tokio::task::block_in_place;

both_engines!(
    a_backup_under_load_is_the_same_elsewhere,
    a_restore_refuses_what_is_damaged_and_where_something_is,
    what_is_missing_in_the_object_store_is_named,
    files_that_were_left_where_they_are_are_found_there,
    files_stay_as_long_as_a_backup_wants_them,
);

/// Where nothing is yet: another folder, and another cluster.
struct Elsewhere {
    folder: tempfile::TempDir,
    url: Option<String>,
    _cluster: Option<PrivateCluster>,
}

impl Elsewhere {
    fn new(engine: Engine) -> Self {
        let cluster = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => Some(block_in_place(PrivateCluster::start).unwrap()),
        };
        let url = cluster.as_ref().map(|cluster| cluster.url("postgres"));
        Self { folder: tempfile::tempdir().unwrap(), url, _cluster: cluster }
    }

    fn runs(&self, arguments: &[&str]) -> Output {
        block_in_place(|| program::run(self.folder.path(), self.url.as_deref(), arguments))
    }

    async fn store(&self) -> Store {
        let url = self.url.clone();
        let url = url.unwrap_or_else(|| format!("sqlite://{}", self.folder.path().join("pakn.sqlite").display()));
        Store::connect(&StoreOptions { url, max_connections: 2 }).await.unwrap()
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// It must refuse, with that text, in one line.
#[track_caller]
fn refused(output: &Output, expected: &str) {
    let said = text(&output.stderr);
    assert!(!output.status.success() && said.contains(expected) && said.lines().count() == 1, "{said}");
}

fn backs_up(app: &TestApp, to: &Path, how: &[&str]) -> Output {
    let arguments = [&["backup", to.to_str().unwrap()], how].concat();
    program::run(app.folder.path(), Some(&app.database_url), &arguments)
}

/// Their own, for the server elsewhere: with the token they had.
fn there(person: &Person<'_>, address: std::net::SocketAddr) -> Visitor {
    Visitor::holding(address, person.token.as_deref().unwrap())
}

/// Everything that the log tells after a place.
async fn told_after(store: &Store, after: LogCursor) -> Vec<(String, &'static str, LogCursor)> {
    let news = store.log_after(after, 100_000).await.unwrap();
    news.into_iter().map(|news| (news.code.to_string(), news.data.kind().as_str(), news.cursor)).collect()
}

async fn a_backup_under_load_is_the_same_elsewhere(app: TestApp) {
    block_in_place(program::pakn);
    let (citizen, officer, admin) = (app.citizen().await, app.officer("ubnd-256").await, app.admin().await);
    let upload = citizen.uploads(&jpeg()).await;
    let sent = citizen.sends(&Draft::street_lamp().with("attachments", json!([upload]))).await.expect(201);
    let link = sent["attachments"][0]["url"].as_str().unwrap().to_owned();
    let photo = app.client.get(app.url(&link)).send().await.unwrap().bytes().await.unwrap();
    officer.receives(sent["code"].as_str().unwrap()).await;
    for wait in 0.. {
        while app.app.tell_news(api::clock::now()).await.unwrap() {}
        if citizen.get("me/inbox/count").await.expect(200)["unread"] == 1 {
            break;
        }
        assert!(wait < 600, "nobody was told");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let sealed = admin.post("admin/seals", &json!({})).await.expect(201);
    let mut acknowledged = vec![sent["code"].as_str().unwrap().to_owned()];
    for _ in 0..20 {
        acknowledged.push(citizen.submits(&Draft::street_lamp()).await);
    }
    let told = told_after(&app.app.store, LogCursor::beginning()).await;
    let last = told.last().map_or(LogCursor::beginning(), |(.., cursor)| *cursor);

    let (outside, enough) = (tempfile::tempdir().unwrap(), AtomicBool::new(false));
    let to = outside.path().join("backup");
    let sending = async {
        let mut during = 0;
        while !enough.load(Ordering::SeqCst) {
            citizen.submits(&Draft::rubbish()).await;
            during += 1;
        }
        during
    };
    let (folder, url, into) = (app.folder.path().to_owned(), app.database_url.clone(), to.clone());
    let backing_up = async {
        let run = move || program::run(&folder, Some(&url), &["backup", into.to_str().unwrap()]);
        let output = tokio::task::spawn_blocking(run).await.unwrap();
        enough.store(true, Ordering::SeqCst);
        output
    };
    let (output, during) = tokio::join!(backing_up, sending);
    assert!(output.status.success(), "{output:?}");
    assert!(during > 0, "petitions came in meanwhile");
    private(&to);
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 1, "nothing lies beside it");

    let elsewhere = Elsewhere::new(app.engine);
    let restored = elsewhere.runs(&["restore", to.to_str().unwrap()]);
    assert!(restored.status.success(), "{restored:?}");
    let printed = text(&restored.stdout);
    assert!(printed.ends_with("everything agrees\n") && printed.contains("checked 1 seals"), "{printed}");
    let again = elsewhere.runs(&["restore", to.to_str().unwrap()]);
    refused(&again, "already");

    let serving = block_in_place(|| program::serve(elsewhere.folder.path(), elsewhere.url.as_deref()));
    let (citizen, officer) = (there(&citizen, serving.address), there(&officer, serving.address));
    for code in &acknowledged {
        citizen.get(&format!("petitions/{code}")).await.expect(200);
    }
    let there = reqwest::get(format!("http://{}{link}", serving.address)).await.unwrap();
    assert_eq!(there.bytes().await.unwrap(), photo, "the link that was good is good, and the file is the same");
    // What is new is told, and what was told is not told again.
    let new = citizen.post("petitions", &Draft::street_lamp().0).await.expect(201);
    let new = new["code"].as_str().unwrap();
    officer.post(&format!("petitions/{new}/receive"), &json!({})).await.expect(200);
    let mut inbox = Value::Null;
    for _ in 0..600 {
        inbox = citizen.get("me/inbox?limit=100").await.expect(200);
        if inbox["items"].as_array().unwrap().len() > 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let codes: Vec<&Value> = inbox["items"].as_array().unwrap().iter().map(|notice| &notice["code"]).collect();
    assert_eq!(codes, [&json!(new), &sent["code"]], "{inbox}");
    let store = elsewhere.store().await;
    let news = told_after(&store, last).await;
    let of_new: Vec<&str> = news.iter().filter(|(code, ..)| code == new).map(|(_, kind, _)| *kind).collect();
    assert_eq!(of_new, ["submitted", "received"]);
    let told: Vec<&String> = told.iter().map(|(code, ..)| code).collect();
    assert!(news.iter().all(|(code, ..)| !told.contains(&code)), "told twice: {news:?}");
    store.close().await.unwrap();
    serving.terminate();
    assert!(block_in_place(|| serving.ends()).0.success());
    // A seal on top of the one from before; and all of it holds.
    let seal = elsewhere.runs(&["seal"]);
    assert!(seal.status.success(), "{seal:?}");
    let verified = elsewhere.runs(&["verify", "--seals"]);
    let printed = text(&verified.stdout);
    assert!(verified.status.success() && printed.contains("checked 2 seals"), "{verified:?}");
    assert_eq!(sealed["statement"]["number"], 1);
}

/// Nobody but its owner may read anything of it.
fn private(folder: &Path) {
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(folder), 0o700, "{}", folder.display());
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            private(&path);
        } else {
            assert_eq!(mode(&path), 0o600, "{}", path.display());
        }
    }
}

/// How many files are in a folder, in those in it too.
fn files_in(folder: &Path) -> usize {
    let Ok(entries) = fs::read_dir(folder) else { return 0 };
    entries.map(|entry| entry.unwrap().path()).map(|path| if path.is_dir() { files_in(&path) } else { 1 }).sum()
}

async fn a_restore_refuses_what_is_damaged_and_where_something_is(app: TestApp) {
    let citizen = app.citizen().await;
    let upload = citizen.uploads(&jpeg()).await;
    citizen.submits(&Draft::street_lamp().with("attachments", json!([upload]))).await;
    let outside = tempfile::tempdir().unwrap();
    let to = outside.path().join("backup");
    let made = block_in_place(|| backs_up(&app, &to, &[]));
    assert!(made.status.success(), "{made:?}");
    refused(&block_in_place(|| backs_up(&app, &to, &[])), "is there already");
    refused(&block_in_place(|| backs_up(&app, &outside.path().join("no/where"), &[])), "No such file");

    let elsewhere = tempfile::tempdir().unwrap();
    let (path, nowhere) = (to.to_str().unwrap(), elsewhere.path());
    // A database that is not there, which no refusal gets to.
    let url = match app.engine {
        Engine::Sqlite => None,
        Engine::Postgres => Some("postgres://pakn:geheim@127.0.0.1:1/pakn"),
    };
    let restores = |arguments: &[&str]| block_in_place(|| program::run(nowhere, url, arguments));
    let good = restores(&["restore", path, "--check"]);
    assert!(good.status.success() && text(&good.stdout).ends_with("everything agrees\n"), "{good:?}");
    refused(&restores(&["restore", outside.path().to_str().unwrap()]), "is no backup");
    // Every file of it, changed by one bit.
    let mut files = Vec::new();
    let list = fs::read_to_string(to.join("list.ndjson")).unwrap();
    files.extend(list.lines().map(|line| {
        let listed: Value = serde_json::from_str(line).unwrap();
        listed["path"].as_str().unwrap().to_owned()
    }));
    assert!(files.iter().any(|file| file.starts_with("files/uploads/")), "{files:?}");
    assert!(files.iter().any(|file| file.starts_with("data/keys/")), "{files:?}");
    files.push("list.ndjson".to_owned());
    for file in &files {
        let file = to.join(file);
        let content = fs::read(&file).unwrap();
        let mut changed = content.clone();
        let middle = changed.len() / 2;
        changed[middle] ^= 1;
        fs::write(&file, &changed).unwrap();
        refused(&restores(&["restore", path]), "the backup is damaged: ");
        fs::write(&file, &content).unwrap();
    }
    let gone = to.join(&files[0]);
    let content = fs::read(&gone).unwrap();
    fs::remove_file(&gone).unwrap();
    refused(&restores(&["restore", path]), &format!("the backup is damaged: {}", files[0]));
    fs::write(&gone, content).unwrap();
    // Of a program that is newer, of a format that is none of ours.
    let manifest = fs::read_to_string(to.join("manifest.json")).unwrap();
    let mut newer: Value = serde_json::from_str(&manifest).unwrap();
    newer["steps"].as_array_mut().unwrap().push(json!("m20991231_000099_later"));
    fs::write(to.join("manifest.json"), newer.to_string()).unwrap();
    refused(&restores(&["restore", path]), "m20991231_000099_later of the schema, which this program does not know");
    newer["format"] = json!(2);
    fs::write(to.join("manifest.json"), newer.to_string()).unwrap();
    refused(&restores(&["restore", path]), "format 2, this program reads 1");
    fs::write(to.join("manifest.json"), manifest).unwrap();
    assert_eq!(files_in(nowhere), 0, "nothing was written");
    // Onto another engine, onto an installation.
    let (other, expected) = match app.engine {
        Engine::Sqlite => (Some("postgres://pakn:geheim@127.0.0.1:1/pakn"), "of another database engine"),
        Engine::Postgres => (None, "of another database engine"),
    };
    refused(&block_in_place(|| program::run(nowhere, other, &["restore", path])), expected);
    let own = || program::run(app.folder.path(), Some(&app.database_url), &["restore", path]);
    refused(&block_in_place(own), "there are keys in");
    // Without keys and files, the database alone is in the way.
    let own = || program::run(nowhere, Some(&app.database_url), &["restore", path]);
    refused(&block_in_place(own), "already");
    let verified = block_in_place(|| program::run(app.folder.path(), Some(&app.database_url), &["verify"]));
    assert!(verified.status.success(), "{verified:?}");
}

async fn what_is_missing_in_the_object_store_is_named(app: TestApp) {
    let citizen = app.citizen().await;
    for _ in 0..2 {
        let upload = citizen.uploads(&jpeg()).await;
        citizen.submits(&Draft::street_lamp().with("attachments", json!([upload]))).await;
    }
    let uploads = app.folder.path().join("files/uploads");
    let lost = fs::read_dir(&uploads).unwrap().next().unwrap().unwrap().path().join("full");
    fs::remove_file(&lost).unwrap();
    let outside = tempfile::tempdir().unwrap();
    let to = outside.path().join("backup");
    let made = block_in_place(|| backs_up(&app, &to, &[]));
    let named = format!("files/uploads/{}/full", lost.parent().unwrap().file_name().unwrap().to_str().unwrap());
    let printed = text(&made.stdout);
    assert_eq!(made.status.code(), Some(1), "{made:?}");
    assert!(printed.contains(&format!("DAMAGED {named}: ")), "{printed}");
    // All that there is is in it, and may be left out.
    let check = |to: &Path| program::run(app.folder.path(), None, &["restore", to.to_str().unwrap(), "--check"]);
    assert!(block_in_place(|| check(&to)).status.success());
    assert_eq!(files_in(&to.join("files")), 5);
    let to = outside.path().join("without");
    let made = block_in_place(|| backs_up(&app, &to, &["--without-files"]));
    assert!(made.status.success() && files_in(&to.join("files")) == 0, "{made:?}");
}

/// Puts a copy of a folder somewhere, with all that is in it.
fn copied(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (source, name) = entry.map(|entry| (entry.path(), entry.file_name())).unwrap();
        if source.is_dir() {
            copied(&source, &to.join(name));
        } else {
            fs::copy(source, to.join(name)).unwrap();
        }
    }
}

async fn files_that_were_left_where_they_are_are_found_there(app: TestApp) {
    let citizen = app.citizen().await;
    let mut links = Vec::new();
    for _ in 0..2 {
        let upload = citizen.uploads(&jpeg()).await;
        let sent = citizen.sends(&Draft::street_lamp().with("attachments", json!([upload]))).await.expect(201);
        links.push(sent["attachments"][0]["url"].as_str().unwrap().to_owned());
    }
    let photo = app.client.get(app.url(&links[0])).send().await.unwrap().bytes().await.unwrap();
    let outside = tempfile::tempdir().unwrap();
    let to = outside.path().join("backup");
    let made = block_in_place(|| backs_up(&app, &to, &["--without-files"]));
    assert!(made.status.success(), "{made:?}");

    // A bucket that is kept safe by itself, but for one file.
    let elsewhere = Elsewhere::new(app.engine);
    let uploads = elsewhere.folder.path().join("files/uploads");
    copied(&app.folder.path().join("files/uploads"), &uploads);
    let lost = fs::read_dir(&uploads).unwrap().next().unwrap().unwrap().path();
    fs::remove_file(lost.join("full")).unwrap();
    let restored = elsewhere.runs(&["restore", to.to_str().unwrap()]);
    let printed = text(&restored.stdout);
    assert!(restored.status.success() && printed.ends_with("everything agrees\n"), "{restored:?}");
    let missing: Vec<&str> = printed.lines().filter(|line| line.starts_with("MISSING ")).collect();
    assert!(matches!(&missing[..], [one] if one.ends_with("/full")), "{printed}");
    assert!(printed.contains("of 6 files in ") && printed.contains(" 1 are missing\n"), "{printed}");
    let serving = block_in_place(|| program::serve(elsewhere.folder.path(), elsewhere.url.as_deref()));
    let mut served = Vec::new();
    for link in &links {
        let reply = reqwest::get(format!("http://{}{link}", serving.address)).await.unwrap();
        // What is lost ends before it has begun.
        served.extend(reply.bytes().await.ok());
    }
    assert_eq!(served, [photo], "one is there, and is what it was");
}

async fn files_stay_as_long_as_a_backup_wants_them(app: TestApp) {
    let citizen = app.citizen().await;
    citizen.uploads(&jpeg()).await;
    crate::accounts::executes(&app, "UPDATE upload SET state = 'doomed'").await;
    let objects = || async { app.app.files.store.count().await.unwrap().0 };
    assert_eq!(objects().await, 3);
    let soon = api::clock::now().plus(chrono::Duration::milliseconds(1_500));
    app.app.store.hold_files(soon).await.unwrap();
    // A shorter wish does not end a longer one.
    app.app.store.hold_files(api::clock::now()).await.unwrap();
    assert_eq!((api::files::sweep(&app.app).await.unwrap(), objects().await), (0, 3));
    while api::clock::now() <= soon {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!((api::files::sweep(&app.app).await.unwrap(), objects().await), (1, 0));
}

/// The tools of PostgreSQL that tell what they were called with.
#[tokio::test(flavor = "multi_thread")]
async fn no_password_is_on_a_command_line_and_a_tool_that_fails_leaves_nothing() {
    if block_in_place(tests::postgres::server).is_none() {
        return;
    }
    let app = TestApp::start(Engine::Postgres).await;
    let (tools, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (told, to) = (tools.path().join("told"), outside.path().join("backup"));
    let script = format!(
        "#!/bin/sh\n[ \"$1\" = --version ] && echo 'pg_dump (PostgreSQL) 99.1' && exit\necho \"$@\" > {}\necho \"$PGPASSWORD\" >> {0}\n\
         echo 'pg_dump: error: the disk is full' >&2\nexit 1\n",
        told.display()
    );
    let program = tools.path().join("pg_dump");
    fs::write(&program, script).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o700)).unwrap();
    let url = app.database_url.replacen("://pakn:pakn@", "://pakn:mat-khau-bi-mat@", 1);
    let arguments = ["backup", to.to_str().unwrap(), "--postgres-tools", tools.path().to_str().unwrap()];
    let output = block_in_place(|| program::run(app.folder.path(), Some(&url), &arguments));
    refused(&output, "pg_dump failed (exit status: 1): error: the disk is full");
    let told = fs::read_to_string(told).unwrap();
    let (arguments, password) = told.trim().split_once('\n').unwrap();
    assert!(arguments.contains("--snapshot=") && !arguments.contains("mat-khau"), "{arguments}");
    if url.contains("mat-khau") {
        assert_eq!(password, "mat-khau-bi-mat");
    }
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0, "nothing is left of it");
    let arguments = ["backup", to.to_str().unwrap(), "--postgres-tools", outside.path().to_str().unwrap()];
    refused(&block_in_place(|| program::run(app.folder.path(), Some(&url), &arguments)), "there is no pg_dump");
}
