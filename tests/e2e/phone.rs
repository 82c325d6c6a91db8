//! The example of a phone (`openapi/examples/phone`) on a network that breaks, killed again and again: nothing is lost, nothing is doubled.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::OnceLock,
    time::Duration,
};

use serde_json::{Value, json};
use tests::{TestApp, both_engines, broken_network::BrokenNetwork, node};

use crate::clients::runs;

both_engines!(a_phone_loses_nothing);

const PASSWORD: &str = "mat-khau-cua-toi";
const PETITIONS: usize = 6;
/// How often the phone is killed while it sends.
const KILLED: u64 = 5;

/// The program, built once in a process; `None` where there is no Node.js.
fn built() -> Option<&'static PathBuf> {
    static BUILT: OnceLock<Option<PathBuf>> = OnceLock::new();
    let built = BUILT.get_or_init(|| {
        let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../openapi/examples/phone"));
        node::installed(folder).then(|| {
            let mut build = Command::new("npm");
            build.args(["run", "build"]).current_dir(folder);
            runs(build);
            folder.join("built/phone.js")
        })
    });
    built.as_ref()
}

struct Phone {
    folder: tempfile::TempDir,
    server: String,
    login: String,
}

impl Phone {
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("node");
        command
            .arg(built().unwrap())
            .args(arguments)
            .env("PAKN_URL", &self.server)
            .env("PHONE_LOGIN", &self.login)
            .env("PHONE_PASSWORD", PASSWORD)
            .env("PHONE_DIR", self.folder.path().join("phone"));
        command
    }

    fn writes(&self, title: &str, photo: &Path) {
        let content = "Đèn trước nhà không sáng đã ba hôm nay.";
        let mut command = self.command(&["write", "--category", "chieu_sang", "--title", title, "--content", content]);
        command.args(["--lat", "21.1875", "--lon", "106.0838", "--photo"]).arg(photo);
        // There is no network to write by.
        command.env("PAKN_URL", "http://127.0.0.1:1");
        runs(command);
    }

    fn copy(&self) -> Value {
        let copy = std::fs::read(self.folder.path().join("phone/petitions.json")).unwrap();
        serde_json::from_slice(&copy).unwrap()
    }
}

/// A picture that does not get smaller by packing.
fn noise(path: &Path, seed: u32) {
    let mut state = seed | 1;
    let picture = image::RgbImage::from_fn(200, 200, |_, _| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        let [red, green, blue, _] = state.to_le_bytes();
        image::Rgb([red, green, blue])
    });
    picture.save(path).unwrap();
}

async fn a_phone_loses_nothing(app: TestApp) {
    if tokio::task::block_in_place(built).is_none() {
        return;
    }
    // There is somebody to answer.
    let officer = app.officer("ubnd-256").await;
    let login = "0912345678";
    let person = json!({"phone": login, "password": PASSWORD, "full_name": "Nguyễn Thị Hà"});
    app.stranger().post("auth/register", &person).await.expect(201);
    let tokens = app.stranger().post("auth/login", &json!({"login": login, "password": PASSWORD})).await.expect(200);
    let citizen = app.stranger().with_token(tokens["access_token"].as_str().unwrap());
    let network = BrokenNetwork::before(app.address, 7).await;
    let phone = Phone {
        folder: tempfile::tempdir().unwrap(),
        server: format!("http://{}", network.address),
        login: login.to_owned(),
    };
    let titles: BTreeSet<String> = (0..PETITIONS).map(|number| format!("Đèn số {number} hỏng")).collect();
    tokio::task::block_in_place(|| {
        for (number, title) in titles.iter().enumerate() {
            let photo = phone.folder.path().join(format!("{number}.png"));
            noise(&photo, u32::try_from(number).unwrap() * 7919 + 1);
            phone.writes(title, &photo);
            // It needs the picture no more: the phone has its own.
            std::fs::remove_file(photo).unwrap();
        }
        for round in 1..=KILLED {
            let mut sending = phone.command(&["sync"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            std::thread::sleep(Duration::from_millis(400 * round));
            sending.kill().unwrap();
            sending.wait().unwrap();
        }
        runs(phone.command(&["sync"]));
    });
    assert!(network.broken() >= 5, "only {} connections broke", network.broken());

    // The server has each once, with its photo.
    let page = citizen.get("me/petitions?limit=100").await.expect(200);
    let sent = page["items"].as_array().unwrap();
    assert_eq!(sent.len(), PETITIONS, "{page}");
    let titled: BTreeSet<String> = sent.iter().map(|item| item["title"].as_str().unwrap().to_owned()).collect();
    assert_eq!(titled, titles);
    let mut photos = BTreeSet::new();
    for item in sent {
        let petition = citizen.reads(item["code"].as_str().unwrap()).await;
        let attachments = petition["attachments"].as_array().unwrap();
        assert_eq!((attachments.len(), &attachments[0]["width"]), (1, &200.into()), "{petition}");
        photos.insert(attachments[0]["id"].as_str().unwrap().to_owned());
    }
    assert_eq!(photos.len(), PETITIONS);

    // So has the phone, and nothing waits or was refused.
    assert_eq!(phone.copy()["petitions"].as_object().unwrap().len(), PETITIONS);
    for folder in ["outbox", "refused"] {
        let folder = phone.folder.path().join("phone").join(folder);
        let left = std::fs::read_dir(&folder).map_or(0, Iterator::count);
        assert_eq!(left, 0, "{}", folder.display());
    }

    // What happens at the desk comes to the phone.
    let code = sent[0]["code"].as_str().unwrap();
    officer.receives(code).await;
    officer.answers(code, "Đã thay bóng đèn.").await;
    let said = tokio::task::block_in_place(|| runs(phone.command(&["sync"])));
    assert!(said.contains("1 changed"), "{said}");
    let copied = phone.copy()["petitions"][code].clone();
    assert_eq!((&copied["status"], &copied["answer"]["content"]), (&"answered".into(), &"Đã thay bóng đèn.".into()));
    println!("{} connections broke", network.broken());
}
