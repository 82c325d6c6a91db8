//! A database for each test: a copy of one that was migrated and seeded once.

use std::{
    fs,
    path::Path,
    process,
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};

use persistence::{Engine, Store, StoreOptions};
use tempfile::TempDir;

use crate::postgres::{self, PrivateCluster};

/// A database that goes away with its test.
pub struct Database {
    /// Where it is.
    pub url: String,
    postgres_name: Option<String>,
}

/// Where the program itself would make it in its data folder.
const SQLITE_FILE: &str = "pakn.sqlite";
static NUMBER: AtomicU32 = AtomicU32::new(0);
static SQLITE_TEMPLATE: OnceLock<TempDir> = OnceLock::new();
static POSTGRES_TEMPLATE: OnceLock<String> = OnceLock::new();

fn unique(kind: &str) -> String {
    format!("pakn_{kind}_{}_{}", process::id(), NUMBER.fetch_add(1, Ordering::Relaxed))
}

/// Migrates and seeds on a runtime of its own: this is called from within others.
fn prepare(url: String) {
    let worker = std::thread::spawn(move || {
        tokio::runtime::Runtime::new().unwrap().block_on(async {
            let store = Store::connect(&StoreOptions { url, max_connections: 2 }).await.unwrap();
            store.migrate().await.unwrap();
            let mut unit = store.begin().await.unwrap();
            unit.seed(api::clock::now()).await.unwrap();
            unit.commit().await.unwrap();
            store.close().await.unwrap();
        });
    });
    worker.join().unwrap();
}

impl Database {
    /// A fresh one, migrated and seeded.
    pub fn new(engine: Engine, folder: &Path) -> Self {
        match engine {
            Engine::Sqlite => {
                let template = SQLITE_TEMPLATE.get_or_init(|| {
                    let folder = tempfile::tempdir().unwrap();
                    prepare(format!("sqlite://{}", folder.path().join("template.sqlite").display()));
                    folder
                });
                let database = Self::empty(engine, folder);
                fs::copy(template.path().join("template.sqlite"), folder.join(SQLITE_FILE)).unwrap();
                database
            }
            Engine::Postgres => {
                let server = postgres::server().expect("PostgreSQL");
                let template = POSTGRES_TEMPLATE.get_or_init(|| {
                    let name = unique("template");
                    server.create_database(&name, None).unwrap();
                    prepare(server.url(&name));
                    name
                });
                Self::on_postgres(Some(template))
            }
        }
    }

    /// One in a cluster of the test's own, migrated and seeded, which goes away with that.
    pub fn within(cluster: &PrivateCluster) -> Self {
        let url = cluster.url("postgres");
        prepare(url.clone());
        Self { url, postgres_name: None }
    }

    /// A place for one: schema and catalogue are the program's to make.
    pub fn empty(engine: Engine, folder: &Path) -> Self {
        match engine {
            Engine::Sqlite => {
                Self { url: format!("sqlite://{}", folder.join(SQLITE_FILE).display()), postgres_name: None }
            }
            Engine::Postgres => Self::on_postgres(None),
        }
    }

    fn on_postgres(template: Option<&str>) -> Self {
        let server = postgres::server().expect("PostgreSQL");
        let name = unique("test");
        server.create_database(&name, template).unwrap();
        Self { url: server.url(&name), postgres_name: Some(name) }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let (Some(name), Some(server)) = (&self.postgres_name, postgres::server()) {
            // A database that stays behind is no failure of the test.
            let _dropped = server.drop_database(name).is_ok();
        }
    }
}
