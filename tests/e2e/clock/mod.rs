//! A system clock that is set back an hour while the program serves.
//!
//! The program is the one that is shipped, and has no setting for this: the clock is set beneath it, by a few lines of C that answer
//! in the place of the C library's `clock_gettime` (`set.c`).

use std::{
    fs::{File, OpenOptions},
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use chrono::DateTime;
use serde_json::{Value, json};
use tests::{
    Draft, TestApp, Visitor, both_engines,
    program::{self, Serving},
};
use tokio::task::block_in_place;

both_engines!(a_clock_that_is_set_back_breaks_nothing_and_is_noticed,);

const HOUR: i64 = 3_600;

/// A program with a clock that can be set.
struct Clockwork {
    offset: File,
    log: PathBuf,
    serving: Serving,
}

impl Clockwork {
    /// On the database of that server, and with its keys.
    fn serve(app: &TestApp) -> Self {
        let folder = app.folder.path();
        let (library, file, log) = (folder.join("set.so"), folder.join("clock"), folder.join("log"));
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("e2e/clock/set.c");
        let mut compiler = Command::new("cc");
        compiler.args(["-shared", "-fPIC", "-o"]).arg(&library).arg(source).arg("-ldl");
        assert!(compiler.status().unwrap().success(), "a C compiler is needed to build pakn, and for this test");
        let offset = OpenOptions::new().write(true).create_new(true).open(&file).unwrap();
        offset.write_all_at(&0_i64.to_ne_bytes(), 0).unwrap();
        let mut command = program::command(folder, Some(&app.database_url), &["serve"]);
        command.env("LD_PRELOAD", library).env("PAKN_TEST_CLOCK", file).stderr(File::create(&log).unwrap());
        Self { offset, log, serving: program::started(command) }
    }

    /// Sets it so many seconds off.
    fn set(&self, seconds: i64) {
        self.offset.write_all_at(&seconds.to_ne_bytes(), 0).unwrap();
    }

    /// The lines of the log that say so.
    fn logged(&self, text: &str) -> Vec<String> {
        let log = std::fs::read_to_string(&self.log).unwrap();
        log.lines().filter(|line| line.contains(text)).map(str::to_owned).collect()
    }
}

/// Asks until it is so.
async fn eventually(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    for _ in 0..300 {
        if is_so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{what} did not come about");
}

fn micros(instant: &Value) -> i64 {
    DateTime::parse_from_rfc3339(instant.as_str().unwrap()).unwrap().timestamp_micros()
}

/// The instants of a petition's events.
async fn instants(visitor: &Visitor, code: &str) -> Vec<i64> {
    let history = visitor.get(&format!("petitions/{code}/history")).await.expect(200);
    history["items"].as_array().unwrap().iter().map(|entry| micros(&entry["at"])).collect()
}

async fn command(visitor: &Visitor, code: &str, name: &str, body: Value) -> Value {
    visitor.post(&format!("petitions/{code}/{name}"), &body).await.expect(200)
}

/// How many petitions were sent, and how many of these are answered.
async fn counted(steering: &Visitor, query: &str) -> (u64, u64) {
    let counts = steering.get(&format!("rates?{query}")).await.expect(200)["total"]["counts"].clone();
    (counts["submitted"].as_u64().unwrap(), counts["answered"].as_u64().unwrap())
}

async fn a_clock_that_is_set_back_breaks_nothing_and_is_noticed(app: TestApp) {
    let tokens = [app.officer("ubnd-256").await.token.unwrap(), app.steering().await.token.unwrap()];
    let clock = block_in_place(|| Clockwork::serve(&app));
    let address = clock.serving.address;
    let [officer, steering] = tokens.map(|token| Visitor::holding(address, &token));
    let citizen = Visitor::citizen(address, 12_345_678).await;
    let signed_in = json!({"login": "0912345678", "password": "mật khẩu của người dân"});
    let session = citizen.post("auth/login", &signed_in).await.expect(200);
    let ready = async || officer.get("/health/ready").await.expect(200)["clock_set_back"].clone();
    assert_eq!(ready().await, Value::Null);

    let lamp = Draft::street_lamp();
    let sent = citizen.tries("lamp", &lamp).await.unwrap().expect(201);
    let first = sent["code"].as_str().unwrap().to_owned();
    command(&officer, &first, "receive", json!({})).await;
    eventually("that the figures have taken it in", async || counted(&steering, "").await == (1, 0)).await;

    clock.set(-HOUR);
    eventually("that the jump is noticed", async || ready().await.is_object()).await;
    let noticed = ready().await;
    assert_eq!(noticed["times"], 1);
    assert!((noticed["by_seconds"].as_f64().unwrap() - 3_600.0).abs() < 2.0, "{noticed}");
    assert!(micros(&noticed["noticed_at"]) < micros(&sent["submitted_at"]), "by the clock as it is since: {noticed}");

    // A key of an hour ahead, tokens of an hour ahead, and new ones.
    assert_eq!(citizen.tries("lamp", &lamp).await.unwrap().expect(201)["code"], sent["code"]);
    let refreshed = citizen.post("auth/refresh", &json!({"refresh_token": session["refresh_token"]})).await.expect(200);
    let citizen = Visitor::holding(address, refreshed["access_token"].as_str().unwrap());
    assert_eq!(citizen.own().await, [first.clone()]);
    citizen.clone().signed_in("0912345678", "mật khẩu của người dân").await;

    // The first goes on, in order whatever a client claims; another is sent within the hour that comes again.
    command(&officer, &first, "note", json!({"content": "Đã gọi điện lực.", "at": "2022-01-01T00:00:00Z"})).await;
    command(&officer, &first, "answer", json!({"content": "Đã thay bóng đèn.", "answered_at": "2022-01-01"})).await;
    let second = citizen.tries("another lamp", &lamp).await.unwrap().expect(201);
    let (sent_again, second) = (micros(&second["submitted_at"]), second["code"].as_str().unwrap().to_owned());
    command(&officer, &second, "receive", json!({})).await;
    command(&officer, &second, "answer", json!({"content": "Đã thay bóng đèn."})).await;
    let (old, new) = (instants(&officer, &first).await, instants(&officer, &second).await);
    assert_eq!((old.len(), old[2], old[3]), (4, old[1], old[1]), "stamped like the one before");
    assert!(old.is_sorted() && new.is_sorted(), "{old:?} {new:?}");
    assert!(new[0] < old[0] && sent_again == new[0], "an hour before the first, by the clock");

    // Now is an hour ago: what happened after it has not happened, and cannot be asked about, until the clock has caught up.
    let later =
        DateTime::from_timestamp_micros(old[3] + 1).unwrap().to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
    eventually("that the figures have taken it in", async || counted(&steering, "").await == (1, 1)).await;
    steering.get(&format!("rates?as_of={later}")).await.faults(&[("/as_of", "in_future")]);
    verifies(&app);

    clock.set(0);
    for query in [String::new(), format!("as_of={later}")] {
        assert_eq!(counted(&steering, &query).await, (2, 2), "{query}");
    }
    let between = DateTime::from_timestamp_micros(old[0]).unwrap().to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
    assert_eq!(counted(&steering, &format!("as_of={between}")).await, (1, 1), "before the first, by the clock");
    let signs = steering.get(&format!("rates/signs?as_of={later}")).await.expect(200);
    assert_eq!((&signs["total"]["answers"], &signs["total"]["quick_answers"]), (&json!(2), &json!(2)));
    verifies(&app);

    assert_eq!(clock.logged("the system clock was set back").len(), 1, "{:?}", clock.logged(""));
    assert_eq!(
        clock.logged("is stamped like the one before it").len(),
        1,
        "twice, and told once: {:?}",
        clock.logged("")
    );
    assert_eq!(ready().await["times"], 1, "set right is not set back");
    clock.serving.terminate();
    let (ended, _) = block_in_place(|| clock.serving.ends());
    assert!(ended.success());
}

fn verifies(app: &TestApp) {
    let output = block_in_place(|| program::run(app.folder.path(), Some(&app.database_url), &["verify"]));
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && printed.ends_with("everything agrees\n"), "{output:?}");
}
