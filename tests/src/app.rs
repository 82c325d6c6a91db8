//! A real server for one test.

use std::{net::SocketAddr, sync::Arc, sync::atomic::AtomicU64, thread, time::Duration};

use actix_web::dev::ServerHandle;
use api::{
    app::App,
    clock,
    open311::Open311Settings,
    ops::{MetricsSettings, TraceSettings},
    replica::ReplicaSettings,
    server,
    settings::{
        AccountSettings, CookieSecure, ExchangeSettings, FileSettings, LimitSettings, Limiting, MessageSettings,
        PrivacySettings, ServeSettings,
    },
    webhook::WebhookSettings,
};
use domain::{
    account::{Actor, Login, Role},
    catalogue::Policy,
    code::AgencyCode,
    id::{AccountId, SessionId},
};
use persistence::{Account, Engine, Folding, Store, StoreOptions};
use tempfile::TempDir;

use crate::{Person, database::Database, logged, postgres::PrivateCluster, recording};

/// A running server with a database and a data folder of its own.
pub struct TestApp {
    /// The engine it runs on.
    pub engine: Engine,
    /// Where it listens.
    pub address: SocketAddr,
    /// Its inside, for what no client can do.
    pub app: Arc<App>,
    /// The client that people share.
    pub client: reqwest::Client,
    /// Where its database is.
    pub database_url: String,
    /// Its data folder.
    pub folder: TempDir,
    /// How often the database was asked something.
    pub statements: Arc<AtomicU64>,
    server: ServerHandle,
    _database: Database,
}

/// No password has it: whoever is made behind the server's back has a token and does not sign in.
const NO_PASSWORD: &str = "$argon2id$v=19$m=8,t=1,p=1$cGFrbi10ZXN0LXNhbHQ$unusable";

impl TestApp {
    /// Starts one.
    pub async fn start(engine: Engine) -> Self {
        Self::start_with(engine, ServeSettings { workers: Some(2), ..settings() }).await
    }

    /// Starts one with other settings; the address is a free port all the same.
    pub async fn start_with(engine: Engine, settings: ServeSettings) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = tokio::task::block_in_place(|| Database::new(engine, folder.path()));
        Self::start_on(engine, database, folder, settings).await
    }

    /// Starts one in a cluster of the test's own.
    pub async fn start_within(cluster: &PrivateCluster) -> Self {
        let database = tokio::task::block_in_place(|| Database::within(cluster));
        Self::start_on(Engine::Postgres, database, tempfile::tempdir().unwrap(), settings()).await
    }

    async fn start_on(engine: Engine, database: Database, folder: TempDir, settings: ServeSettings) -> Self {
        // Not in a bench, whose figures are without.
        if cfg!(debug_assertions) {
            logged::look_through();
        }
        let options = StoreOptions { url: database.url.clone(), max_connections: 8 };
        let mut store = Store::connect(&options).await.unwrap();
        let statements = store.count_statements();
        let app = Arc::new(App::open(store, folder.path(), &settings).await.unwrap());
        let (address, server) = serve(Arc::clone(&app), settings, Alone::Yes);
        let address = recording::before(address);
        let client = client().build().unwrap();
        let database_url = database.url.clone();
        Self { engine, address, app, statements, client, database_url, folder, server, _database: database }
    }

    /// Another server on the same database and data folder, as behind a load balancer.
    pub async fn another_server(&self) -> AnotherServer {
        self.another_server_with(settings()).await
    }

    /// Another server with other settings.
    pub async fn another_server_with(&self, settings: ServeSettings) -> AnotherServer {
        self.open_another(settings, Alone::No).await
    }

    /// Another server that is never told what ends on this one, as any is for some seconds.
    pub async fn another_server_that_is_behind(&self) -> AnotherServer {
        self.open_another(settings(), Alone::Yes).await
    }

    async fn open_another(&self, settings: ServeSettings, alone: Alone) -> AnotherServer {
        let options = StoreOptions { url: self.database_url.clone(), max_connections: 4 };
        let store = Store::connect(&options).await.unwrap();
        let settings = ServeSettings { workers: Some(1), ..settings };
        let app = Arc::new(App::open(store, self.folder.path(), &settings).await.unwrap());
        let (address, handle) = serve(Arc::clone(&app), settings, alone);
        AnotherServer { address, app, handle }
    }

    /// Stops its server: another program is to serve what it made.
    pub async fn stops_serving(&self) {
        self.server.stop(false).await;
    }

    /// The address of a path.
    pub fn url(&self, path: &str) -> String {
        if path.starts_with('/') {
            format!("http://{}{path}", self.address)
        } else {
            format!("http://{}/api/v1/{path}", self.address)
        }
    }

    /// Somebody who is not signed in.
    pub fn stranger(&self) -> Person<'_> {
        Person::new(self, None, None)
    }

    /// A citizen, registered and signed in.
    pub async fn citizen(&self) -> Person<'_> {
        let number = rand_number();
        let login = Login::phone(&format!("09{number:08}")).unwrap();
        self.person(login, Role::Citizen, None).await
    }

    /// An officer of an agency.
    pub async fn officer(&self, agency: &str) -> Person<'_> {
        self.staff(Role::Officer, Some(agency)).await
    }

    /// A leader of an agency.
    pub async fn leader(&self, agency: &str) -> Person<'_> {
        self.staff(Role::Leader, Some(agency)).await
    }

    /// A coordinator.
    pub async fn coordinator(&self) -> Person<'_> {
        self.staff(Role::Coordinator, None).await
    }

    /// A member of the Steering Committee.
    pub async fn steering(&self) -> Person<'_> {
        self.staff(Role::Steering, None).await
    }

    /// An administrator.
    pub async fn admin(&self) -> Person<'_> {
        self.staff(Role::Admin, None).await
    }

    /// Somebody of a role.
    pub async fn of_role(&self, role: Role, agency: &str) -> Person<'_> {
        match role {
            Role::Citizen => self.citizen().await,
            Role::Officer | Role::Leader => self.staff(role, Some(agency)).await,
            Role::Coordinator | Role::Steering | Role::Admin => self.staff(role, None).await,
        }
    }

    async fn staff(&self, role: Role, agency: Option<&str>) -> Person<'_> {
        let login = Login::name(&format!("{role}.{}", rand_number())).unwrap();
        self.person(login, role, agency).await
    }

    /// Brings the fold of the rates to the end of the log. On PostgreSQL that is waited for: a transaction that another test's database
    /// has open holds it back, as any of the cluster does, and what is not folded is asked for besides.
    pub async fn folds(&self) {
        for _ in 0..600 {
            while self.app.store.fold_rates(clock::now().local_date()).await.unwrap() != Folding::Idle {}
            let now = clock::now();
            let lags = self.app.store.gauges(now, now).await.unwrap().lags;
            if lags.iter().any(|lag| lag.consumer == "figures" && lag.events == 0) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("something holds the fold back");
    }

    /// An officer in every agency of the catalogue: petitions reach the desks they are meant for.
    pub async fn staff_everywhere(&self) {
        let catalogue = self.app.catalogue();
        let agencies =
            catalogue.catalogue.directory.agencies().filter(|agency| agency.code != AgencyCode::coordinator());
        let accounts: Vec<Account> = agencies
            .map(|agency| {
                account(
                    Login::name(&format!("canbo.{}", agency.code)).unwrap(),
                    Role::Officer,
                    Some(agency.code.clone()),
                )
            })
            .collect();
        let mut unit = self.app.store.begin().await.unwrap();
        unit.add_accounts(&accounts).await.unwrap();
        unit.commit().await.unwrap();
        self.app.refresh_catalogue().await.unwrap();
    }

    /// Signed in without the detour over argon2, which has tests of its own.
    async fn person(&self, login: Login, role: Role, agency: Option<&str>) -> Person<'_> {
        let account = account(login, role, agency.map(|code| AgencyCode::parse(code).unwrap()));
        let mut unit = self.app.store.begin().await.unwrap();
        unit.add_accounts(std::slice::from_ref(&account)).await.unwrap();
        unit.commit().await.unwrap();
        if role != Role::Citizen {
            self.app.refresh_catalogue().await.unwrap();
        }
        let now = clock::now();
        let token = self.app.keys.sign(&account, SessionId::new(now, &clock::id_randomness()), now).unwrap();
        Person::new(self, Some(token), Some(account))
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        drop(self.server.stop(false));
    }
}

/// A second server.
pub struct AnotherServer {
    /// Where it listens.
    pub address: SocketAddr,
    /// Its inside.
    pub app: Arc<App>,
    handle: ServerHandle,
}

impl Drop for AnotherServer {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
    }
}

/// How tests ask. A connection that was opened and then not needed is closed by the server after ten seconds, with an answer to no
/// question: before that it is not used any more.
pub(crate) fn client() -> reqwest::ClientBuilder {
    reqwest::Client::builder().timeout(Duration::from_secs(60)).pool_idle_timeout(Duration::from_secs(5))
}

/// Any free port, generous limits.
pub fn settings() -> ServeSettings {
    ServeSettings {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        workers: Some(2),
        max_connections: 4_000,
        max_requests: 512,
        request_timeout: 30,
        shutdown_timeout: 1,
        reopen_days: Policy::default().reopen_days,
        cookie_secure: CookieSecure::Auto,
        trusted_hops: 0,
        replica: ReplicaSettings::default(),
        accounts: AccountSettings::default(),
        messages: MessageSettings::default(),
        // A test that is about limits has some.
        limits: LimitSettings { limits: Limiting::Off, ..LimitSettings::default() },
        files: FileSettings::default(),
        privacy: PrivacySettings::default(),
        exchange: ExchangeSettings::default(),
        webhooks: WebhookSettings::default(),
        open311: Open311Settings::default(),
        metrics: MetricsSettings::default(),
        traces: TraceSettings::default(),
    }
}

/// Whether a server has the database to itself.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Alone {
    /// It ends whatever ends, and knows of it at once.
    Yes,
    /// It looks now and then what another one has ended.
    No,
}

fn serve(app: Arc<App>, settings: ServeSettings, alone: Alone) -> (SocketAddr, ServerHandle) {
    let (sender, receiver) = std::sync::mpsc::channel();
    thread::spawn(move || {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async move {
            // Ended with this runtime.
            let _telling = tokio::spawn(Arc::clone(&app.live).tell(app.store.clone()));
            // Not by the first: its statements are counted.
            let _revoking = (alone == Alone::No).then(|| tokio::spawn(Arc::clone(&app).keep_tokens_revoked()));
            let (address, server) = server::bind(app, &settings, std::future::pending()).unwrap();
            sender.send((address, server.handle())).unwrap();
            server.await.unwrap();
        });
    });
    receiver.recv().unwrap()
}

fn account(login: Login, role: Role, agency: Option<AgencyCode>) -> Account {
    let created_at = clock::now();
    let id = AccountId::new(created_at, &clock::id_randomness());
    Account {
        id,
        login,
        password_hash: NO_PASSWORD.to_owned(),
        full_name: "Nguyễn Thị Thử".to_owned(),
        actor: Actor::new(id, role, agency).unwrap(),
        role,
        must_change_password: false,
        is_active: true,
        created_at,
        verified_at: None,
        has_second_factor: false,
        contact_phone: None,
    }
}

fn rand_number() -> u64 {
    let bytes = clock::id_randomness();
    u64::from_be_bytes(bytes[..8].try_into().unwrap()) % 100_000_000
}
