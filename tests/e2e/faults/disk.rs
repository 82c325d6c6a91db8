//! Disks that are full, or take no writes any more: a small file system in memory. To make one takes the rights of an administrator; without them that is said,
//! and nothing is tried.

use std::{
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use reqwest::Method;
use tests::{
    Engine, Reply, Visitor,
    database::Database,
    files::{form, form_type, jpeg},
    postgres::PrivateCluster,
    program,
};
use tokio::task::block_in_place;

use super::{load::Load, places, serve, serve_with, suffers, times, verifies};

/// A small disk.
struct Disk(tempfile::TempDir);

impl Disk {
    fn of(megabytes: u32) -> Option<Self> {
        let folder = tempfile::tempdir_in("/tmp").unwrap();
        // Everybody may write to it, as the user must that PostgreSQL runs as.
        let made = mounts(&["-t", "tmpfs", "-o", &format!("size={megabytes}m,mode=1777"), "tmpfs"], folder.path());
        if !made {
            // Not `eprintln!`, which the test harness captures.
            let _said =
                writeln!(std::io::stderr(), "\nNO DISK CAN BE MADE HERE (mount -t tmpfs): FULL DISKS ARE NOT TRIED.\n")
                    .is_ok();
        }
        made.then(|| Self(folder))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// Takes all the room there is, but for a few pages' worth that a file may have already.
    fn fills(&self) -> Ballast {
        let ballast = self.path().join("ballast");
        let mut file = File::create(&ballast).unwrap();
        let piece = vec![1_u8; 64 * 1024];
        while file.write_all(&piece).is_ok() {}
        while file.write_all(&[1]).is_ok() {}
        Ballast(ballast)
    }

    /// Has no room for two seconds.
    async fn is_full(&self) {
        let full = block_in_place(|| self.fills());
        tokio::time::sleep(Duration::from_secs(2)).await;
        drop(full);
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _gone = Command::new("umount").args(["-l"]).arg(self.path()).status().is_ok();
    }
}

/// What fills a disk until it is dropped.
struct Ballast(PathBuf);

impl Drop for Ballast {
    fn drop(&mut self) {
        fs::remove_file(&self.0).unwrap();
    }
}

fn mounts(arguments: &[&str], place: &Path) -> bool {
    Command::new("mount")
        .args(arguments)
        .arg(place)
        .stderr(std::process::Stdio::null())
        .status()
        .is_ok_and(|it| it.success())
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_has_no_room() {
    let Some(disk) = block_in_place(|| Disk::of(64)) else { return };
    let database = block_in_place(|| Database::new(Engine::Sqlite, disk.path()));
    let name = "the disk is full for two seconds";
    let felt =
        suffers(Engine::Sqlite, (disk.path(), &database.url), name, times(1, 10), async |_| disk.is_full().await).await;
    assert!(felt > 0, "its disk is another one");
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_is_on_a_disk_that_takes_no_writes() {
    let Some(disk) = block_in_place(|| Disk::of(64)) else { return };
    let database = block_in_place(|| Database::new(Engine::Sqlite, disk.path()));
    // The rest of its data folder stays writable; a file that is open for writing keeps a disk from being made read-only.
    let (folder, times) = (tempfile::tempdir().unwrap(), times(1, 10));
    let mut serving = serve(folder.path(), &database.url);
    let places = places(&[&serving]);
    let load = Load::begin(&places).await;
    for _ in 0..times {
        load.goes_on(8).await;
        block_in_place(|| serving.kill());
        assert!(mounts(&["-o", "remount,ro"], disk.path()));
        let output = block_in_place(|| program::run(folder.path(), Some(&database.url), &["serve"]));
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && said.starts_with("pakn: "), "{output:?}");
        assert!(mounts(&["-o", "remount,rw"], disk.path()));
        serving = serve(folder.path(), &database.url);
        places.send_replace(super::at(&[&serving]));
    }
    load.goes_on(16).await;
    load.ends(Engine::Sqlite, "started on a disk that takes no writes", times).await;
    verifies(folder.path(), &database.url);
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_has_no_room() {
    let Some(disk) = block_in_place(|| Disk::of(256)) else { return };
    let Some(mut cluster) = block_in_place(|| PrivateCluster::start_in(disk.path())) else { return };
    let (folder, url) = (tempfile::tempdir().unwrap(), cluster.url("postgres"));
    let name = "the database's disk is full for two seconds";
    let felt = suffers(Engine::Postgres, (folder.path(), &url), name, times(1, 5), async |_| {
        disk.is_full().await;
        // PostgreSQL gives up where it cannot write its log; somebody starts it again.
        if !cluster.is_alive() {
            block_in_place(|| cluster.restart());
        }
    })
    .await;
    assert!(felt > 0, "its disk is another one");
}

pub async fn uploads(citizen: &Visitor, content: &[u8]) -> Reply {
    let request = citizen.request(Method::POST, "uploads").header("content-type", form_type());
    Reply::read(request.body(form(&[("file", "anh.jpg", content)])).send().await.unwrap()).await
}

/// Files that cannot be kept are refused; what needs no file goes on.
#[tokio::test(flavor = "multi_thread")]
async fn files_have_no_room() {
    let Some(disk) = block_in_place(|| Disk::of(16)) else { return };
    let folder = tempfile::tempdir().unwrap();
    let database = block_in_place(|| Database::new(Engine::Sqlite, folder.path()));
    let files = disk.path().join("files");
    let serving = serve_with(folder.path(), &database.url, |command| command.env("PAKN_OBJECT_STORE", files));
    let places = places(&[&serving]);
    let (citizen, photo) = (Visitor::citizen(serving.address, 100).await, jpeg());
    uploads(&citizen, &photo).await.expect(201);
    let load = Load::begin(&places).await;
    let times = times(1, 10);
    for _ in 0..times {
        let full = block_in_place(|| disk.fills());
        let refused = uploads(&citizen, &photo).await;
        refused.problem(503, "unavailable");
        load.goes_on(8).await;
        drop(full);
        uploads(&citizen, &photo).await.expect(201);
    }
    load.ends(Engine::Sqlite, "the disk of the files is full", times).await;
    verifies(folder.path(), &database.url);
}
