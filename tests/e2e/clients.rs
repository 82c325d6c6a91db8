//! Clients that were generated from the contract as it is checked in, each playing a petition from the phone to the answer and back: what
//! does not compile, or is answered otherwise than the contract says, fails here.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use serde_json::Value;
use tests::{TestApp, both_engines, node, python};

both_engines!(typescript, python);

const DESK: &str = "ubnd-256";

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// Runs a program that must come to a good end; what it printed.
pub(crate) fn runs(mut command: Command) -> String {
    let output = command.output().unwrap();
    let (printed, complained) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?}\n{printed}\n{complained}");
    printed.into_owned()
}

/// The story, with what it needs to know of the server; and that it happened.
async fn plays(app: &TestApp, story: Option<Command>) {
    let Some(mut story) = story else { return };
    let officer = app.officer(DESK).await;
    story.env("PAKN_URL", app.url("/").trim_end_matches('/')).env("OFFICER_TOKEN", officer.token.as_ref().unwrap());
    let printed = tokio::task::block_in_place(|| runs(story));
    let said: Value = serde_json::from_str(printed.trim()).unwrap_or_else(|error| panic!("{error}: {printed}"));
    let petition = officer.reads(said["code"].as_str().unwrap()).await;
    assert_eq!((&petition["status"], &petition["version"]), (&"answered".into(), &4.into()), "{petition}");
    assert_eq!(petition["rating"]["level"], "satisfied");
    assert_eq!(petition["attachments"][0]["id"], said["photo"]);
}

async fn typescript(app: TestApp) {
    static COMPILED: OnceLock<Option<PathBuf>> = OnceLock::new();
    let compiled = tokio::task::block_in_place(|| {
        COMPILED.get_or_init(|| {
            let folder = root().join("tests/clients");
            node::installed(&folder).then(|| {
                for step in [["npm", "run", "generate"].as_slice(), &["npx", "tsc"]] {
                    let mut command = Command::new(step[0]);
                    command.args(&step[1..]).current_dir(&folder);
                    runs(command);
                }
                folder.join("built/story.js")
            })
        })
    });
    let story = compiled.as_ref().map(|story| {
        let mut command = Command::new("node");
        command.arg(story);
        command
    });
    plays(&app, story).await;
}

/// Where the Python client is, generated once in a process; what is written against it has types that hold. `None` where there is no Python.
pub(crate) fn python_client() -> Option<&'static Path> {
    static GENERATED: OnceLock<Option<tempfile::TempDir>> = OnceLock::new();
    let generated = GENERATED.get_or_init(|| {
        let mut generator = python::program("openapi-python-client")?;
        let folder = tempfile::tempdir().unwrap();
        generator
            .args(["generate", "--fail-on-warning", "--meta", "none", "--path"])
            .arg(root().join("openapi/openapi.json"))
            .arg("--config")
            .arg(root().join("openapi/examples/agency/pakn_client.yaml"))
            .arg("--output-path")
            .arg(folder.path().join("pakn_client"));
        runs(generator);
        let agency = root().join("openapi/examples/agency");
        let mut mypy = python::program("mypy")?;
        mypy.args(["--strict", "--follow-imports=silent", "--cache-dir"]).arg(folder.path().join("mypy"));
        mypy.arg(python::folder().join("client_story.py")).arg(agency.join("agency.py"));
        mypy.env("MYPYPATH", std::env::join_paths([folder.path(), &agency]).unwrap());
        runs(mypy);
        Some(folder)
    });
    generated.as_ref().map(tempfile::TempDir::path)
}

async fn python(app: TestApp) {
    let client = tokio::task::block_in_place(python_client);
    let story = client.and_then(|client| {
        let mut script = python::script("client_story.py")?;
        script.env("PYTHONPATH", client);
        Some(script)
    });
    plays(&app, story).await;
}
