//! The PostgreSQL that tests use: the server of `TEST_DATABASE_URL`, or else a throw-away cluster
//! of this process, made from the PostgreSQL programs of this machine. Where there is neither, that
//! is said loudly and the tests are skipped; in CI (`CI` set, and not to `false`) it is a failure.
//!
//! A throw-away cluster listens on a free port of 127.0.0.1 with `trust` authentication (its URLs
//! have a password because URLs usually do) and writes nothing durably. It belongs to a small shell
//! process, the watchdog, which runs as an unprivileged user when the tests run as root, whom
//! PostgreSQL refuses, and which reads orders from a pipe of this process. When this process ends,
//! however it ends, the watchdog stops PostgreSQL and removes the directory.
//!
//! Everything here blocks.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::io::{self, BufRead, BufReader, Write};
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::{Once, OnceLock};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

/// The variable that names the server to use in place of a throw-away cluster.
const URL: &str = "TEST_DATABASE_URL";

/// The watchdog: `$1` is the directory, `$2` where the programs are. It answers each line it reads
/// with one line, and cleans up at the end of its input or on a signal. The `sleep` before each
/// `kill -0` makes the shell collect a `postgres` that has ended, which passes as alive until then.
/// No Unix socket: under some temporary directories its path would be too long. Commits stay
/// synchronous: that costs little without fsync, and what is committed outlives a `stop`. `$3` is
/// whether a power cut is survived too: `on` or `off`.
const WATCHDOG: &str = r#"
dir=$1 bin=$2 durable=$3 pid=
stop() {
    [ -n "$pid" ] || return 0
    kill -QUIT "$pid"
    tries=0
    while sleep 0.05; kill -0 "$pid" && [ "$tries" -lt 200 ]; do tries=$((tries + 1)); done
    kill -KILL "$pid"
    wait "$pid"
    pid=
} 2>/dev/null
trap '' PIPE
trap 'stop; rm -rf "$dir" || { sleep 1; rm -rf "$dir"; }' EXIT
trap 'exit 1' HUP INT TERM
exec 2>>"$dir/log"
while read -r order port; do
    case $order in
    init)
        "$bin/initdb" -D "$dir/data" -U pakn -A trust -E UTF8 --locale=C --no-sync \
            </dev/null >>"$dir/log" 2>&1 && echo done || echo failed ;;
    copy)
        "$bin/pg_basebackup" -D "$dir/data" -h 127.0.0.1 -p "$port" -U pakn -R -X stream -c fast --no-sync \
            </dev/null >>"$dir/log" 2>&1 && echo done || echo failed ;;
    start)
        stop
        "$bin/postgres" -D "$dir/data" -p "$port" -c listen_addresses=127.0.0.1 \
            -c unix_socket_directories= -c "fsync=$durable" -c "full_page_writes=$durable" \
            -c max_connections=300 -c shared_buffers=128MB -c max_wal_size=4GB -c jit=off \
            </dev/null >>"$dir/log" 2>&1 &
        pid=$!
        echo "$pid" ;;
    alive)
        sleep 0.05
        kill -0 "$pid" 2>/dev/null && echo yes || echo no ;;
    stop)
        stop
        echo done ;;
    esac
done
"#;

/// The server of this run, started once in a process; `None` when there is none on this machine.
///
/// # Panics
///
/// When there is none and this is CI, when the server of `TEST_DATABASE_URL` does not answer, and
/// when the installed PostgreSQL does not start.
pub fn server() -> Option<&'static Server> {
    static SERVER: OnceLock<Result<Option<Server>, String>> = OnceLock::new();
    match SERVER.get_or_init(Server::find) {
        Ok(server) => server.as_ref(),
        Err(message) => panic!("{message}"),
    }
}

/// A PostgreSQL server on which tests may create databases.
#[derive(Debug)]
pub struct Server {
    /// The URL of the database from which others are created and dropped.
    maintenance: String,
    psql: PathBuf,
    /// The throw-away cluster, which runs for as long as this is held.
    _cluster: Option<PrivateCluster>,
}

impl Server {
    /// The server, if there is one; an error is what each test is to fail with.
    fn find() -> Result<Option<Self>, String> {
        let programs = programs();
        // Beside the server's programs, or else where the PATH has it.
        let psql = programs.clone().unwrap_or_default().join("psql");
        let (name, maintenance, _cluster) = match (variable(URL), programs) {
            (Some(url), _) => (URL, url, None),
            (None, Some(programs)) => {
                let cluster = PrivateCluster::make(&programs, &env::temp_dir(), Durable::No, "init")
                    .map_err(|e| e.to_string())?;
                ("this run", cluster.url("postgres"), Some(cluster))
            }
            (None, None) => {
                say_absent();
                return Ok(None);
            }
        };
        // `dbname` would outweigh the path.
        if !maintenance.starts_with("postgres") || maintenance.contains("dbname=") {
            return Err(format!("{name}: no postgres URL, or one with dbname="));
        }
        let server = Self { maintenance, psql, _cluster };
        match server.run(&server.maintenance, "SELECT 1") {
            Ok(()) => Ok(Some(server)),
            Err(error) => Err(format!("the PostgreSQL of {name} does not answer: {error}")),
        }
    }

    /// The URL of one database: `postgres://user:password@host:port/database`, with the parameters
    /// that `TEST_DATABASE_URL` has.
    pub fn url(&self, database: &str) -> String {
        let url = self.maintenance.as_str();
        let (address, parameters) = url.split_at(url.find('?').unwrap_or(url.len()));
        let (scheme, rest) = address.split_once("://").unwrap_or(("postgres", address));
        let authority = rest.split('/').next().unwrap_or_default();
        format!("{scheme}://{authority}/{database}{parameters}")
    }

    /// Runs SQL on one database: one statement, or several that are then one transaction.
    pub fn psql(&self, database: &str, sql: &str) -> io::Result<()> {
        self.run(&self.url(database), sql)
    }

    /// Creates a database: empty, or a copy of another to which nothing is connected.
    pub fn create_database(&self, name: &str, template: Option<&str>) -> io::Result<()> {
        let mut sql = format!("CREATE DATABASE {}", quoted(name));
        if let Some(template) = template {
            sql.push_str(&format!(" TEMPLATE {}", quoted(template)));
        }
        self.run(&self.maintenance, &sql)
    }

    /// Drops a database, if it is there, with whatever is still connected to it.
    pub fn drop_database(&self, name: &str) -> io::Result<()> {
        let sql = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", quoted(name));
        self.run(&self.maintenance, &sql)
    }

    /// Everything in a database, as `pg_dump` writes it.
    pub fn dump(&self, url: &str) -> io::Result<Vec<u8>> {
        let mut program = Command::new(self.psql.with_file_name("pg_dump"));
        let output = program.args(["-w", "-d", url]).stdin(Stdio::null()).output()?;
        if output.status.success() {
            Ok(output.stdout)
        } else {
            Err(io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned()))
        }
    }

    /// Runs `pgbench` with a script on a database, each statement prepared once; how many
    /// transactions a second it says.
    pub fn pgbench(&self, url: &str, script: &Path, clients: usize, length: Duration) -> io::Result<f64> {
        let mut pgbench = Command::new(self.psql.with_file_name("pgbench"));
        pgbench.args(["-n", "-M", "prepared", "-D", "n=0", "-j", "2", "-c", &clients.to_string()]);
        pgbench.args(["-T", &length.as_secs().to_string(), "-f"]).arg(script).arg(url);
        let output = pgbench.stdin(Stdio::null()).output()?;
        let said = String::from_utf8_lossy(&output.stdout);
        let rate = said.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok());
        match rate {
            Some(rate) if output.status.success() => Ok(rate),
            Some(_) | None => {
                let complaint = String::from_utf8_lossy(&output.stderr);
                Err(io::Error::other(format!("pgbench: {}: {said}{complaint}", output.status)))
            }
        }
    }

    /// Runs SQL through `psql`; what that says is the error.
    fn run(&self, url: &str, sql: &str) -> io::Result<()> {
        let mut psql = Command::new(&self.psql);
        psql.args(["-Xqwv", "ON_ERROR_STOP=1", "-c", sql, "-d", url]);
        psql.env("PGCONNECT_TIMEOUT", "10").stdin(Stdio::null());
        let output = psql.output();
        let output = output.map_err(|e| io::Error::new(e.kind(), format!("psql: {e}")))?;
        let said = String::from_utf8_lossy(&output.stderr);
        match output.status {
            status if status.success() => Ok(()),
            status => Err(io::Error::other(format!("psql: {status}: {said}"))),
        }
    }
}

/// Whether a cluster keeps what is committed through a power cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Durable {
    /// As a production server does, at its price.
    Yes,
    No,
}

/// A cluster of its own, for a test that takes the database away and brings it back. It has the
/// database `postgres`. Dropping it stops it and removes all its files.
#[derive(Debug)]
pub struct PrivateCluster {
    watchdog: Child,
    answers: BufReader<ChildStdout>,
    directory: PathBuf,
    port: u16,
}

impl PrivateCluster {
    /// Starts one; `None` when the PostgreSQL programs are not on this machine.
    ///
    /// # Panics
    ///
    /// When there are none and this is CI, and when PostgreSQL does not start.
    pub fn start() -> Option<Self> {
        Self::start_as(&env::temp_dir(), Durable::No)
    }

    /// The same, in that folder.
    ///
    /// # Panics
    ///
    /// As [`Self::start`] does.
    pub fn start_in(folder: &Path) -> Option<Self> {
        Self::start_as(folder, Durable::No)
    }

    /// Starts one that keeps what is committed through a power cut, for measuring; otherwise as
    /// [`Self::start`].
    ///
    /// # Panics
    ///
    /// As [`Self::start`].
    pub fn start_durable() -> Option<Self> {
        Self::start_as(&env::temp_dir(), Durable::Yes)
    }

    fn start_as(folder: &Path, durable: Durable) -> Option<Self> {
        let Some(programs) = programs() else {
            say_absent();
            return None;
        };
        Some(Self::make(&programs, folder, durable, "init").unwrap_or_else(|error| panic!("{error}")))
    }

    /// Starts a streaming replica of it.
    ///
    /// # Panics
    ///
    /// When it does not start.
    pub fn replica(&self) -> Self {
        let programs = programs().expect("it has been started");
        let copied = format!("copy {}", self.port);
        Self::make(&programs, &env::temp_dir(), Durable::No, &copied).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Whether it runs.
    pub fn is_alive(&mut self) -> bool {
        self.ask("alive").unwrap_or_else(|error| panic!("{error}")) == "yes"
    }

    /// Runs SQL on it, each statement by itself in one session.
    ///
    /// # Panics
    ///
    /// When it refuses.
    pub fn psql(&self, statements: &[&str]) {
        let Some(programs) = programs() else { return };
        let mut psql = Command::new(programs.join("psql"));
        psql.args(["-Xqw", "-v", "ON_ERROR_STOP=1", "-d", &self.url("postgres")]);
        psql.args(statements.iter().flat_map(|sql| ["-c", sql])).stdin(Stdio::null());
        let output = psql.output().unwrap_or_else(|error| panic!("psql: {error}"));
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// The URL of one database: `postgres://user:password@127.0.0.1:port/database`. It stays the
    /// same over a restart.
    pub fn url(&self, database: &str) -> String {
        let port = self.port;
        format!("postgres://pakn:pakn@127.0.0.1:{port}/{database}")
    }

    /// Stops it at once, as a crash would; returns when nothing listens any more.
    pub fn stop(&mut self) {
        self.ask("stop").unwrap_or_else(|error| panic!("{error}"));
    }

    /// Starts it again on the same port, stopping it first if it runs; returns when it accepts
    /// connections.
    pub fn restart(&mut self) {
        // Another process may be holding the port for a moment.
        for _ in 0..20 {
            match self.launch() {
                Ok(true) => return,
                Ok(false) => thread::sleep(Duration::from_millis(250)),
                Err(error) => panic!("{error}"),
            }
        }
        panic!("{}", self.failure("ended at each of 20 starts"));
    }

    /// Makes a cluster, new or a copy, as `order` tells the watchdog, and waits until it accepts connections.
    fn make(programs: &Path, parent: &Path, durable: Durable, order: &str) -> io::Result<Self> {
        let parent = parent.canonicalize()?;
        let mut builder = tempfile::Builder::new();
        builder.prefix("pakn-postgres-");
        let mut directory = builder.tempdir_in(&parent)?;
        let mut shell = Command::new("/bin/sh");
        // What this process creates belongs to the user it runs as.
        if fs::metadata(directory.path())?.uid() == 0 {
            let (uid, gid) = unprivileged_user()?;
            if !has_mode(&parent, 0o003) || !parent.ancestors().all(|it| has_mode(it, 0o001)) {
                directory = builder.tempdir_in("/tmp")?;
            }
            chown(directory.path(), Some(uid), Some(gid))?;
            shell.uid(uid).gid(gid);
        }
        shell.args(["-c", WATCHDOG, "watchdog"]);
        shell.arg(directory.path()).arg(programs).arg(match durable {
            Durable::Yes => "on",
            Durable::No => "off",
        });
        // In a process group of its own it survives a Ctrl-C, to clean up.
        shell.current_dir("/").env("LC_ALL", "C").process_group(0);
        shell.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut watchdog = shell.stderr(Stdio::null()).spawn()?;
        let output = watchdog.stdout.take();
        let answers = BufReader::new(output.ok_or_else(|| io::Error::other("no pipe"))?);
        let mut cluster = Self {
            watchdog,
            answers,
            // From here on it is the watchdog's to remove.
            directory: directory.keep(),
            port: 0,
        };
        if cluster.ask(order)? != "done" {
            return Err(cluster.failure("could not be initialised"));
        }
        // Between being found free and being used, a port can be taken.
        for _ in 0..5 {
            cluster.port = free_port()?;
            if cluster.launch()? {
                return Ok(cluster);
            }
        }
        Err(cluster.failure("ended at once on each of five ports"))
    }

    /// Starts PostgreSQL and waits until it accepts connections; `false` when it ended instead.
    fn launch(&mut self) -> io::Result<bool> {
        let pid = self.ask(&format!("start {}", self.port))?;
        let deadline = Instant::now() + Duration::from_secs(30);
        while Instant::now() < deadline {
            if self.ask("alive")? != "yes" {
                return Ok(false);
            }
            // The lock file tells this PostgreSQL from another one that got the port: its first
            // line is the process, its eighth the state.
            let lock = fs::read_to_string(self.directory.join("data/postmaster.pid"));
            let lock = lock.unwrap_or_default();
            let mut lines = lock.lines().map(str::trim);
            if lines.next() == Some(pid.as_str()) && lines.nth(6) == Some("ready") {
                return Ok(true);
            }
        }
        Err(self.failure("was not ready within 30 s"))
    }

    /// Gives the watchdog an order and returns its answer.
    fn ask(&mut self, order: &str) -> io::Result<String> {
        let mut answer = String::new();
        if let Some(orders) = self.watchdog.stdin.as_mut() {
            orders.write_all(format!("{order}\n").as_bytes())?;
            self.answers.read_line(&mut answer)?;
        }
        if answer.is_empty() {
            return Err(self.failure("lost its watchdog"));
        }
        Ok(answer.trim().to_owned())
    }

    /// An error with the end of the log.
    fn failure(&self, what: &str) -> io::Error {
        let log = fs::read(self.directory.join("log")).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let before = log.lines().count().saturating_sub(40);
        let tail = log.lines().skip(before).collect::<Vec<_>>().join("\n");
        io::Error::other(format!("the tests' PostgreSQL {what}; its log:\n{tail}"))
    }
}

impl Drop for PrivateCluster {
    fn drop(&mut self) {
        // This closes the pipe first, which tells the watchdog to clean up.
        self.watchdog.wait().ok();
    }
}

/// A variable of the environment, unless it is empty.
fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// Says once, in a frame, that tests are skipped for want of PostgreSQL; in CI it panics instead.
fn say_absent() {
    static SAID: Once = Once::new();
    let skipped = match variable(URL) {
        Some(_) => "THE TESTS THAT STOP POSTGRESQL",
        None => "ALL POSTGRESQL TESTS",
    };
    let frame = "=".repeat(78);
    let message = format!(
        "\n{frame}\nNO POSTGRESQL PROGRAMS ON THIS MACHINE: {skipped} ARE BEING SKIPPED.\n\n\
         To run them, install it:  apt-get install postgresql-15\n\
         or name a server where databases may be created (enough for all tests but\n\
         those that stop and restart it):\n    \
         {URL}=postgres://user:password@host:5432/database\n{frame}\n"
    );
    if variable("CI").is_some_and(|ci| ci != "false") {
        panic!("{message}");
    }
    // Not `eprintln!`, which the test harness captures.
    SAID.call_once(|| writeln!(io::stderr(), "{message}").unwrap_or_else(|_| panic!("{message}")));
}

/// The directory of the PostgreSQL programs: on the `PATH`, or else the newest installed.
fn programs() -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut directories: Vec<PathBuf> = env::split_paths(&path).collect();
    if let Ok(output) = Command::new("pg_config").arg("--bindir").output() {
        directories.push(String::from_utf8_lossy(&output.stdout).trim().into());
    }
    // From the first version that can drop a database WITH (FORCE) to ones far ahead.
    for version in (13..50).rev() {
        for home in ["lib/postgresql/", "pgsql-", "local/opt/postgresql@"] {
            directories.push(format!("/usr/{home}{version}/bin").into());
        }
        directories.push(format!("/opt/homebrew/opt/postgresql@{version}/bin").into());
    }
    directories.push("/usr/local/pgsql/bin".into());
    directories.into_iter().find(|directory| {
        let mut needed = ["initdb", "postgres", "psql"].iter();
        directory.is_absolute() && needed.all(|name| has_mode(&directory.join(name), 0o001))
    })
}

/// Whether a file or directory has all of these permissions.
fn has_mode(path: &Path, bits: u32) -> bool {
    fs::metadata(path).is_ok_and(|found| found.permissions().mode() & bits == bits)
}

/// The user and group that run PostgreSQL for root.
fn unprivileged_user() -> io::Result<(u32, u32)> {
    let users = fs::read_to_string("/etc/passwd")?;
    let ids = |name: &str| {
        let mut lines = users.lines();
        let line = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
        let mut fields = line.split(':').skip(1);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    };
    let found = ids("postgres").or_else(|| ids("nobody"));
    found.ok_or_else(|| io::Error::other("no user postgres or nobody to run PostgreSQL for root"))
}

/// A port of 127.0.0.1 that nothing listens on, below those that systems give to outgoing
/// connections: one of those could be taken while a cluster is stopped.
fn free_port() -> io::Result<u16> {
    for _ in 0..50 {
        let random = RandomState::new().build_hasher().finish();
        let port = u16::try_from(20_000 + random % 10_000).map_err(io::Error::other)?;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return Ok(port);
        }
    }
    Err(io::Error::other("no free port for PostgreSQL"))
}

/// A name as an SQL identifier.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
