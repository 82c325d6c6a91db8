//! What was acknowledged survives the end of the program, once; told to stop, it finishes what it has begun; and what its
//! commands say when they cannot do it.

use std::{
    collections::HashSet,
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    process::{Output, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use serde_json::json;
use tests::{
    Draft, Engine, Visitor,
    database::Database,
    program::{self, Serving},
};
use tokio::task::{JoinSet, block_in_place};

const CITIZENS: usize = 4;
const CONNECTIONS: usize = 8;
const ADMIN_PASSWORD: &str = "mật khẩu của quản trị";

/// An installation, of which the program makes everything itself.
struct Installation {
    folder: tempfile::TempDir,
    database: Database,
}

impl Installation {
    fn new(engine: Engine) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = block_in_place(|| Database::empty(engine, folder.path()));
        Self { folder, database }
    }

    fn serve(&self) -> Serving {
        block_in_place(|| program::serve(self.folder.path(), Some(&self.database.url)))
    }

    fn runs(&self, arguments: &[&str], input: &str) -> Output {
        block_in_place(|| {
            let mut command = program::command(self.folder.path(), Some(&self.database.url), arguments);
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
            let mut child = command.spawn().unwrap();
            // One that needs no input may have ended before it came.
            let _read = child.stdin.take().unwrap().write_all(input.as_bytes()).is_ok();
            child.wait_with_output().unwrap()
        })
    }

    fn verifies(&self) {
        let output = self.runs(&["verify"], "");
        let printed = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && printed.ends_with("everything agrees\n"), "{output:?}");
    }

    /// It must refuse, with that text, and with nothing on its standard output.
    fn refuses(&self, arguments: &[&str], input: &str, text: &str) {
        refused(&self.runs(arguments, input), text);
    }
}

#[track_caller]
fn refused(output: &Output, text: &str) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(1), &b""[..]), "{said}");
    assert!(said.starts_with("pakn: ") && said.contains(text) && said.lines().count() == 1, "{said}");
}

async fn citizens(address: SocketAddr) -> Vec<Visitor> {
    let mut citizens = Vec::new();
    for number in 0..CITIZENS {
        citizens.push(Visitor::citizen(address, number).await);
    }
    citizens
}

fn title(index: usize) -> String {
    format!("Phản ánh thứ {index}")
}

/// Sends so many petitions, each under its key, over eight connections; their codes, `None` where no whole answer came.
async fn all_sent(
    citizens: &[Visitor],
    address: SocketAddr,
    count: usize,
    answered: &Arc<AtomicUsize>,
) -> Vec<Option<String>> {
    let mut connections = JoinSet::new();
    for connection in 0..CONNECTIONS {
        let (citizen, answered) = (citizens[connection % CITIZENS].moved(address), Arc::clone(answered));
        connections.spawn(async move {
            let mut codes = Vec::new();
            for index in (connection..count).step_by(CONNECTIONS) {
                let draft = Draft::street_lamp().with("title", json!(title(index)));
                let reply = citizen.tries(&format!("request-{index}"), &draft).await;
                let code = reply.map(|reply| reply.expect(201)["code"].as_str().unwrap().to_owned());
                answered.fetch_add(usize::from(code.is_some()), Ordering::SeqCst);
                codes.push((index, code));
            }
            codes
        });
    }
    let mut codes = connections.join_all().await.concat();
    codes.sort();
    codes.into_iter().map(|(_, code)| code).collect()
}

/// Every petition that was acknowledged must be there as it was sent; those sent before under the same key are the same.
async fn kept(citizens: &[Visitor], address: SocketAddr, known: &mut Vec<Option<String>>, codes: Vec<Option<String>>) {
    known.resize(codes.len(), None);
    for (index, code) in codes.into_iter().enumerate() {
        let Some(code) = code else { continue };
        let citizen = citizens[index % CONNECTIONS % CITIZENS].moved(address);
        let petition = citizen.get(&format!("petitions/{code}")).await.expect(200);
        assert_eq!(petition["title"], title(index));
        let before = known[index].get_or_insert_with(|| code.clone());
        assert_eq!(*before, code, "request {index} again");
    }
}

async fn a_killed_server_keeps_what_it_acknowledged_once(engine: Engine) {
    const REQUESTS: usize = 200;
    let installation = Installation::new(engine);
    let serving = installation.serve();
    assert!(serving.printed[0].ends_with(&format!("listens on http://{}", serving.address)), "{:?}", serving.printed);
    let made = serving.prints("administrator admin, password ");
    let made = made.split_once("password ").unwrap().1.split_once(" (").unwrap().0.to_owned();
    let admin = Visitor::at(serving.address).signed_in("admin", &made).await;
    admin.get("rates").await.problem(403, "password_change_required");
    let change = json!({"current_password": made, "new_password": ADMIN_PASSWORD});
    admin.post("me/password", &change).await.expect(200);
    let citizens = citizens(serving.address).await;

    // Killed twice: with half of the petitions new, and with most of them sent before.
    let (mut known, mut serving) = (Vec::new(), serving);
    for answers in [80, 120] {
        let (answered, address) = (Arc::new(AtomicUsize::new(0)), serving.address);
        let killed = async {
            while answered.load(Ordering::SeqCst) < answers {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            block_in_place(|| serving.kill());
        };
        let (codes, ()) = tokio::join!(all_sent(&citizens, address, REQUESTS, &answered), killed);
        assert!(codes.iter().any(Option::is_none), "all were answered before the program was killed");
        serving = installation.serve();
        installation.verifies();
        kept(&citizens, serving.address, &mut known, codes).await;
    }
    let codes = all_sent(&citizens, serving.address, REQUESTS, &Arc::default()).await;
    assert!(codes.iter().all(Option::is_some));
    kept(&citizens, serving.address, &mut known, codes).await;

    let known: HashSet<String> = known.into_iter().flatten().collect();
    let mut own = Vec::new();
    for citizen in &citizens {
        own.extend(citizen.moved(serving.address).own().await);
    }
    assert_eq!((own.len(), known.len()), (REQUESTS, REQUESTS));
    assert_eq!(own.into_iter().collect::<HashSet<_>>(), known);
    let admin = Visitor::at(serving.address).signed_in("admin", ADMIN_PASSWORD).await;
    assert_eq!(admin.get("rates").await.expect(200)["total"]["counts"]["submitted"], REQUESTS);
    installation.verifies();
    serving.terminate();
    let (status, printed) = block_in_place(|| serving.ends());
    assert!(status.success() && printed == ["stopped"], "an administrator is made once: {status} {printed:?}");
}

async fn a_server_that_is_stopped_in_its_first_moment_stops(engine: Engine) {
    let installation = Installation::new(engine);
    for _ in 0..4 {
        let serving = installation.serve();
        serving.terminate();
        let (status, printed) = block_in_place(|| serving.ends());
        assert!(status.success() && printed.last().is_some_and(|line| line == "stopped"), "{status} {printed:?}");
    }
}

/// A submission of which the server has half.
pub(crate) fn begun(address: SocketAddr, token: &str) -> (TcpStream, String) {
    let body = Draft::rubbish().with("title", json!("Nửa chừng")).0.to_string();
    let (first, rest) = body.split_at(body.find("location").unwrap());
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let head = format!(
        "POST /api/v1/petitions HTTP/1.1\r\nHost: pakn\r\nContent-Type: application/json\r\nAuthorization: Bearer {token}\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(first.as_bytes())).unwrap();
    (stream, rest.to_owned())
}

async fn a_stopped_server_finishes_what_it_has_begun(engine: Engine) {
    const REQUESTS: usize = 20 * CONNECTIONS;
    let installation = Installation::new(engine);
    let serving = installation.serve();
    let citizens = citizens(serving.address).await;
    let (mut half_sent, rest) = begun(serving.address, citizens[0].token());
    let idle = TcpStream::connect(serving.address).unwrap();

    let answered = Arc::new(AtomicUsize::new(0));
    let stopped = async {
        while answered.load(Ordering::SeqCst) < REQUESTS / 4 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        serving.terminate();
    };
    let (codes, ()) = tokio::join!(all_sent(&citizens, serving.address, REQUESTS, &answered), stopped);
    assert!(codes.iter().any(Option::is_none), "all were answered before the program was told to stop");
    assert!(TcpStream::connect(serving.address).is_err(), "what stops takes no new connections");
    let mut reply = String::new();
    block_in_place(|| half_sent.write_all(rest.as_bytes()).and_then(|()| half_sent.read_to_string(&mut reply)))
        .unwrap();
    assert!(reply.starts_with("HTTP/1.1 201 Created\r\n") && reply.ends_with('}'), "{reply}");
    let (status, printed) = block_in_place(|| serving.ends());
    assert!(status.success() && printed.last().is_some_and(|line| line == "stopped"), "{status} {printed:?}");
    drop(idle);

    let serving = installation.serve();
    let mut known = Vec::new();
    kept(&citizens, serving.address, &mut known, codes).await;
    let codes = all_sent(&citizens, serving.address, REQUESTS, &Arc::default()).await;
    kept(&citizens, serving.address, &mut known, codes).await;
    let mut own = 0;
    for citizen in &citizens {
        own += citizen.moved(serving.address).own().await.len();
    }
    assert_eq!((own, known.into_iter().flatten().collect::<HashSet<_>>().len()), (REQUESTS + 1, REQUESTS));
    installation.verifies();
}

async fn an_administrator_is_made_beside_the_server(engine: Engine) {
    let installation = Installation::new(engine);
    let nothing = match engine {
        Engine::Sqlite => "there is no database at ",
        Engine::Postgres => "run `pakn migrate` first",
    };
    installation.refuses(&["verify"], "", nothing);
    installation.refuses(&["export", "events"], "", nothing);
    let serving = installation.serve();
    let create = |login| ["admin", "create", "--login", login, "--password-stdin"];
    let made = installation.runs(&create("quan.tri"), "mật khẩu dài\r\n");
    assert!(made.status.success(), "{made:?}");
    assert_eq!(String::from_utf8_lossy(&made.stdout), "administrator quan.tri created\n");
    let admin = Visitor::at(serving.address).signed_in("quan.tri", "mật khẩu dài").await;
    let me = admin.get("me").await.expect(200);
    assert_eq!((&me["role"], &me["must_change_password"]), (&json!("admin"), &json!(false)));
    admin.get("rates").await.expect(200);

    let address = serving.address.to_string();
    installation.refuses(&["serve", "--listen", &address], "", &format!("cannot listen on {address}: "));
    installation.refuses(&create("quan.tri"), "mật khẩu khác\n", "the login quan.tri is taken");
    installation.refuses(&create("quan.tri.2"), "ngắn\n", "the password has fewer than 8 characters");
    installation.refuses(&create("quan.tri.2"), "", "the password has fewer than 8 characters");
    installation.refuses(&create("quan.tri.2"), "quan.tri.2\n", "the password is the login");
    installation.refuses(&create("?"), "mật khẩu dài\n", "login name");
    installation.verifies();
    let made = installation.runs(&create("quan.tri.2")[..4], "");
    let printed = String::from_utf8(made.stdout).unwrap();
    let password = printed.split_once("\npassword ").unwrap().1.split_once(" (").unwrap().0;
    let admin = Visitor::at(serving.address).signed_in("quan.tri.2", password).await;
    admin.get("rates").await.problem(403, "password_change_required");
}

macro_rules! on_both_engines {
    ($($name:ident),+ $(,)?) => {
        mod on_sqlite {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $name() {
                    super::$name(tests::Engine::Sqlite).await;
                }
            )+
        }
        mod on_postgres {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $name() {
                    if tokio::task::block_in_place(tests::postgres::server).is_some() {
                        super::$name(tests::Engine::Postgres).await;
                    }
                }
            )+
        }
    };
}

pub(crate) use on_both_engines;

on_both_engines!(
    a_killed_server_keeps_what_it_acknowledged_once,
    a_server_that_is_stopped_in_its_first_moment_stops,
    a_stopped_server_finishes_what_it_has_begun,
    an_administrator_is_made_beside_the_server,
);

#[test]
fn a_database_that_cannot_be_had_is_told_in_one_line_without_its_password() {
    let folder = tempfile::tempdir().unwrap();
    // A port that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let unreachable = format!("postgres://pakn:geheim@127.0.0.1:{port}/pakn");
    let nowhere = format!("sqlite://{}/pakn.sqlite", folder.path().join("file").display());
    std::fs::write(folder.path().join("file"), "").unwrap();
    for (url, text) in [
        ("mysql://pakn:geheim@127.0.0.1/pakn", "its URL is neither sqlite://PATH nor postgres://"),
        ("pakn:geheim@127.0.0.1/pakn", "its URL is neither sqlite://PATH nor postgres://"),
        ("postgres://pakn:ge#heim@127.0.0.1/pakn", "its URL: "),
        (unreachable.as_str(), "the database is not available"),
        (nowhere.as_str(), "file"),
    ] {
        for arguments in [&["verify"][..], &["serve"], &["export", "events"]] {
            let output = program::run(folder.path(), Some(url), arguments);
            refused(&output, text);
            assert!(!String::from_utf8_lossy(&output.stderr).contains("heim"), "{output:?}");
        }
    }
}
