//! Checked from outside: by code of this test's own, and by Python and OpenSSL as the document says.

use std::{
    collections::BTreeMap,
    process::{Command, Output},
};

use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tests::{Draft, TestApp, both_engines, program};
use tokio::task::block_in_place;

use super::sealed;
use crate::log::canonical;

both_engines!(seals_are_checked_without_pakn, the_document_is_true,);

fn hash(pieces: &[&[u8]]) -> Vec<u8> {
    pieces.iter().fold(Sha256::new(), |hasher, piece| hasher.chain_update(piece)).finalize().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes(value: &Value) -> Vec<u8> {
    let digits = value.as_str().unwrap();
    (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()).collect()
}

/// RFC 9162, section 2.1.1.
fn root(leaves: &[Vec<u8>]) -> Vec<u8> {
    match leaves {
        [] => hash(&[]),
        [leaf] => leaf.clone(),
        more => {
            let mut half = 1;
            while half * 2 < more.len() {
                half *= 2;
            }
            hash(&[&[1], &root(&more[..half]), &root(&more[half..])])
        }
    }
}

fn leaf_hash(leaf: &Value) -> Vec<u8> {
    hash(&[&[0], canonical(leaf).as_bytes()])
}

/// The root that a proof leads to: the tree is walked down to the leaf, and the path is used from its end.
fn root_by(leaf: Vec<u8>, index: u64, size: u64, path: &[Vec<u8>]) -> Vec<u8> {
    if size == 1 {
        assert!(path.is_empty() && index == 0);
        return leaf;
    }
    let half = size.next_power_of_two() / 2;
    let (beside, below) = path.split_last().unwrap();
    if index < half {
        hash(&[&[1], &root_by(leaf, index, half, below), beside])
    } else {
        hash(&[&[1], beside, &root_by(leaf, index - half, size - half, below)])
    }
}

fn place(value: &Value) -> (u64, u64) {
    let (transaction, position) = value.as_str().unwrap().split_once('-').unwrap();
    (transaction.parse().unwrap(), position.parse().unwrap())
}

fn prove(proof: &Value) {
    let (statement, leaf) = (&proof["seal"]["statement"], &proof["leaf"]);
    let path: Vec<Vec<u8>> = proof["path"].as_array().unwrap().iter().map(bytes).collect();
    let (index, size) = (proof["index"].as_u64().unwrap(), statement["petitions"].as_u64().unwrap());
    assert_eq!(hex(&root_by(leaf_hash(leaf), index, size, &path)), statement["root"], "{proof}");
}

/// Every signature, the chain, and every root from the lines of an export.
fn check(seals: &[Value], lines: &[Value]) {
    let mut previous = "0".repeat(64);
    for (number, seal) in (1..).zip(seals) {
        let statement = &seal["statement"];
        let text = canonical(statement);
        assert_eq!((&statement["number"], &statement["previous"]), (&json!(number), &json!(previous)));
        let key = UnparsedPublicKey::new(&ED25519, bytes(&statement["public_key"]));
        key.verify(text.as_bytes(), &bytes(&seal["signature"])).unwrap();
        previous = hex(&hash(&[text.as_bytes()]));
        assert_eq!(seal["digest"], previous);

        let mut leaves: BTreeMap<&str, Value> = BTreeMap::new();
        for line in lines.iter().filter(|line| place(&line["place"]) <= place(&statement["upto"])) {
            let (petition, seq) = (line["event"]["petition"].as_str().unwrap(), &line["event"]["seq"]);
            let leaf = leaves.entry(petition).or_insert(json!({"petition": petition, "version": 0, "head": ""}));
            if leaf["version"].as_u64() < seq.as_u64() {
                (leaf["version"], leaf["head"]) = (seq.clone(), line["hash"].clone());
            }
        }
        let hashes: Vec<Vec<u8>> = leaves.values().map(leaf_hash).collect();
        assert_eq!(
            (statement["petitions"].as_u64(), &statement["root"]),
            (Some(u64::try_from(hashes.len()).unwrap()), &json!(hex(&root(&hashes))))
        );
    }
}

/// All seals, oldest first.
async fn seals(app: &TestApp) -> Vec<Value> {
    let mut seals = app.stranger().get("seals?limit=100").await.expect(200)["items"].as_array().unwrap().clone();
    seals.reverse();
    seals
}

fn run(app: &TestApp, arguments: &[&str]) -> Output {
    let output = block_in_place(|| program::run(app.folder.path(), Some(&app.database_url), arguments));
    assert!(output.status.success(), "{output:?}");
    output
}

/// More than a block of petitions, sealed; then a few more, and events of old ones, sealed again.
async fn seals_are_checked_without_pakn(app: TestApp) {
    run(&app, &["demo", "--petitions", "1100", "--seed", "3", "--password", "mật khẩu của năm mô phỏng"]);
    let (admin, citizen, officer) = (app.admin().await, app.citizen().await, app.officer("ubnd-256").await);
    let coordinator = app.coordinator().await;
    sealed(&app, &admin).await;
    let code = citizen.submits(&Draft::street_lamp()).await;
    officer.receives(&code).await;
    sealed(&app, &admin).await;
    officer.answers(&code, "Đã thay bóng đèn.").await;
    citizen.submits(&Draft::rubbish()).await;
    sealed(&app, &admin).await;
    officer.does(&code, "note", &json!({"content": "Chưa được niêm phong."})).await;

    let seals = seals(&app).await;
    let exported = String::from_utf8(run(&app, &["export", "events"]).stdout).unwrap();
    let lines: Vec<Value> = exported.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    check(&seals, &lines);
    assert_eq!(seals[2]["statement"]["petitions"], 1_103);

    for (seal, version) in [(2, 2), (3, 3)] {
        let proof = citizen.get(&format!("petitions/{code}/proof?seal={seal}")).await.expect(200);
        assert_eq!((&proof["seal"], &proof["leaf"]["version"]), (&seals[seal - 1], &json!(version)));
        prove(&proof);
        let own: Vec<Value> = lines
            .iter()
            .filter(|line| line["event"]["petition"] == proof["leaf"]["petition"])
            .map(|line| json!({"seq": line["event"]["seq"], "hash": line["hash"]}))
            .take(version)
            .collect();
        assert_eq!(proof["chain"], Value::Array(own));
    }
    // Of both blocks, in the first and in the last seal.
    for number in [1, 2, 500, 1_000, 1_023, 1_024, 1_025, 1_100] {
        let submitted = lines.iter().find(|line| {
            let code = line["event"]["data"]["code"].as_str();
            code.is_some_and(|code| code.ends_with(&format!(".{number:06}")))
        });
        let code = submitted.unwrap()["event"]["data"]["code"].as_str().unwrap();
        for seal in [1, 3] {
            prove(&coordinator.get(&format!("petitions/{code}/proof?seal={seal}")).await.expect(200));
        }
    }
}

async fn the_document_is_true(app: TestApp) {
    let has = |name: &str, argument: &str| Command::new(name).arg(argument).output().is_ok();
    if !has("python3", "--version") || !has("openssl", "version") {
        eprintln!("the script of openapi/SEALS.md is not run: python3 or openssl is not installed");
        return;
    }
    let document = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../openapi/SEALS.md")).unwrap();
    let (_, script) = document.split_once("<!-- check -->\n```python\n").unwrap();
    let (script, _) = script.split_once("```\n<!-- /check -->").unwrap();

    let (admin, citizen, officer) = (app.admin().await, app.citizen().await, app.officer("ubnd-256").await);
    sealed(&app, &admin).await;
    let mut codes = Vec::new();
    for _ in 0..5 {
        codes.push(citizen.submits(&Draft::street_lamp()).await);
    }
    let kept = sealed(&app, &admin).await;
    officer.receives(&codes[2]).await;
    sealed(&app, &admin).await;
    let export = app.folder.path().join("events.ndjson");
    std::fs::write(&export, run(&app, &["export", "events"]).stdout).unwrap();
    let python = |known: &str| {
        let mut command = Command::new("python3");
        command.args(["-c", script, &app.url("/api/v1"), &codes[2], citizen.token.as_deref().unwrap()]);
        command.env("EXPORT", &export).env("KNOWN", known).env("no_proxy", "*");
        let output = block_in_place(|| command.output().unwrap());
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.success(), text(output.stdout) + &text(output.stderr))
    };
    let (good, printed) = python(kept["digest"].as_str().unwrap());
    assert!(good, "{printed}");
    for expected in [
        "3 seals are signed and chained",
        "the seal that was kept is among them",
        "is in seal 3 with its first 2 events",
        "6 events give every hash and the roots of 3 seals",
    ] {
        assert!(printed.contains(expected), "{expected} is not in {printed}");
    }
    let (good, printed) = python(&"0".repeat(64));
    assert!(!good && printed.contains("DOES NOT HOLD: the seal that was kept is gone"), "{printed}");

    let database = super::damage::unguarded(&app).await;
    let sql = "UPDATE seal SET petitions = petitions + 1 WHERE number = 2";
    sea_orm::ConnectionTrait::execute_unprepared(&database, sql).await.unwrap();
    let (good, printed) = python(kept["digest"].as_str().unwrap());
    assert!(!good && printed.contains("DOES NOT HOLD: the signature of seal 2"), "{printed}");
}
