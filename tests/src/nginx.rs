//! The proxy of `deploy/nginx.conf`, as it stands but for where it listens, where the servers are and TLS. Where nginx is not installed, that
//! is said loudly and what needs it is left out; in CI it is a failure.

use std::{
    env, fs,
    io::{self, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    sync::Once,
    thread,
    time::Duration,
};

use tempfile::TempDir;

/// The proxy before some servers.
#[derive(Debug)]
pub struct Nginx {
    /// Where it listens.
    pub address: SocketAddr,
    program: Child,
    _folder: TempDir,
}

fn say_absent() {
    static SAID: Once = Once::new();
    let message =
        "\n*** NO nginx ON THIS MACHINE (apt-get install nginx-light): THE PROXY'S CONFIGURATION IS NOT TESTED ***\n";
    assert!(env::var("CI").is_ok_and(|ci| ci == "false") || env::var_os("CI").is_none(), "{message}");
    // Past the capture of `cargo test`.
    SAID.call_once(|| writeln!(io::stderr(), "{message}").unwrap_or_else(|_| panic!("{message}")));
}

/// A port that was free a moment ago.
pub fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// Replaces what must be there.
fn replaced(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "deploy/nginx.conf has no {from:?} any more");
    text.replace(from, to)
}

impl Nginx {
    /// Starts it; `None` where it is not installed.
    pub fn before(servers: &[SocketAddr]) -> Option<Self> {
        let program = ["nginx", "/usr/sbin/nginx"].into_iter().find(|program| {
            Command::new(program).arg("-v").stderr(Stdio::null()).status().is_ok_and(|status| status.success())
        });
        let Some(program) = program else {
            say_absent();
            return None;
        };
        let (folder, address) = (tempfile::tempdir().unwrap(), free_address());
        // Its workers run as somebody else where it is started by root.
        fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/nginx.conf");
        let text = fs::read_to_string(file).unwrap();
        let here = folder.path().display();
        let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .iter()
            .map(|kind| format!("    {kind}_temp_path {here}/{kind};\n"))
            .collect();
        // As the names that Docker resolves: each request knows all of them, and none is left aside for what happened to another request.
        let upstream: String = servers.iter().map(|server| format!("server {server} max_fails=0; ")).collect();
        let text = replaced(&text, "http {\n", &format!("http {{\n{temporary}    upstream servers {{ {upstream}}}\n"));
        let text = replaced(&text, "set $pakn_upstream api:8080;", "set $pakn_upstream servers;");
        let text =
            replaced(&text, "listen 443 ssl http2 default_server;", &format!("listen {address} default_server;"));
        let text = replaced(
            &text,
            "listen 80 default_server;\n        server_name _;\n        return",
            "listen unix:/dev/null;\n        return",
        );
        let text = replaced(&text, "listen unix:/dev/null;", &format!("listen unix:{here}/plain;"));
        let text = replaced(&text, "/dev/stdout", &format!("{here}/access"));
        let kept = text.lines().filter(|line| !line.trim().starts_with("ssl_")).map(|line| format!("{line}\n"));
        let text: String = kept.chain([format!("pid {here}/pid;\n")]).collect();
        let configuration = folder.path().join("nginx.conf");
        fs::write(&configuration, text).unwrap();
        let program = Command::new(program)
            .arg("-c")
            .arg(&configuration)
            .args(["-p"])
            .arg(folder.path())
            .args(["-g", "daemon off;"])
            .stderr(Stdio::null())
            .spawn();
        let nginx = Self { address, program: program.unwrap(), _folder: folder };
        for _ in 0..200 {
            if TcpStream::connect(address).is_ok() {
                return Some(nginx);
            }
            thread::sleep(Duration::from_millis(25));
        }
        panic!("nginx does not listen on {address}");
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // By SIGTERM, so that its workers end too.
        let told = Command::new("sh").args(["-c", "kill -TERM $0", &self.program.id().to_string()]).status();
        let _ended = told.and_then(|_| self.program.wait()).is_ok();
    }
}
