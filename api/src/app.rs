//! What every request shares: the store, the catalogue in memory, keys and passwords.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use arc_swap::ArcSwap;
use chrono::NaiveDate;
use domain::{
    account::Role,
    calendar::WorkingCalendar,
    catalogue::{Policy, Unit},
    code::{AgencyCode, UnitCode},
};
use persistence::{BucketError, CatalogueDay, Store, StoreError};
use tokio::{
    sync::{Mutex, Notify},
    time::MissedTickBehavior,
};

use crate::{
    auth::{
        ApiKeys, Identities, Keys, OnTheirWay, Passwords, ProvidersError, REVOCATION_POLL, Revoked, Vault, oldest_tries,
    },
    clock,
    exchange::Partners,
    files::{self, Files, FilesError},
    key_file::KeyError,
    limits::Limits,
    live::Hub,
    message::{GatewayError, Gateways},
    open311::Open311Settings,
    ops::{Fullness, Metrics, ShortToken, Tally},
    petition,
    privacy::Privacy,
    reform,
    seal::{self, Made, Occasion, SealKey},
    server::Admission,
    settings::{AccountSettings, ServeSettings},
    suggest::Suggester,
    webhook::Webhooks,
};

/// How often a server looks whether another one changed the catalogue.
const CATALOGUE_POLL: Duration = Duration::from_secs(2);

/// How many catalogues of other days are held. Units change every few years.
const OTHER_DAYS: usize = 4;

/// The running application.
pub struct App {
    /// Where everything is kept.
    pub store: Store,
    /// The keys of access tokens.
    pub keys: Keys,
    /// The keys of agencies' own systems.
    pub api_keys: ApiKeys,
    /// Those who vouch for people.
    pub identities: Identities,
    /// The key of seals.
    pub seal_key: SealKey,
    /// The password hasher.
    pub passwords: Passwords,
    /// Where the program keeps its files.
    pub data_dir: PathBuf,
    /// Photos, documents and videos.
    pub files: Files,
    /// Those who listen to what happens.
    pub live: Arc<Hub>,
    /// What is counted and told to those who watch.
    pub metrics: Metrics,
    /// Notices when the system's clock is set back.
    pub clock: clock::Watch,
    /// The server's own secret.
    pub vault: Vault,
    /// Access tokens that are good no more.
    pub revoked: Revoked,
    /// How many requests are under way.
    pub admission: Admission,
    /// Petitions that wait to be written.
    pub arrivals: Tally,
    /// How often somebody may do something.
    pub limits: Limits,
    /// How messages reach people.
    pub gateways: Gateways,
    /// Messages that are on their way to them.
    pub on_their_way: OnTheirWay,
    /// How many trusted proxies stand before this server.
    pub trusted_hops: usize,
    accounts: AccountSettings,
    /// Who was shown whose data, and the terms of personal data.
    pub privacy: Privacy,
    /// What Open311 clients are told of the authority.
    pub open311: Open311Settings,
    /// The portals that there is an exchange with.
    pub partners: Partners,
    /// Which field a text may belong to.
    pub suggester: Suggester,
    /// How agencies' systems are told.
    pub webhooks: Webhooks,
    catalogue: ArcSwap<CatalogueDay>,
    /// Those of other days, by the first day with the same places.
    other_days: Mutex<BTreeMap<NaiveDate, Arc<CatalogueDay>>>,
    policy: Policy,
    /// Wakes what petitions do by themselves before its time.
    pub moves: Notify,
    /// Held while the catalogue is read again: an older reading must not take the place of a newer one.
    reading: Mutex<()>,
}

/// Why the application cannot start.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is no key to sign with.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// Files cannot be kept.
    #[error(transparent)]
    Files(#[from] FilesError),
    /// argon2 failed.
    #[error("argon2: {0}")]
    Passwords(argon2::password_hash::Error),
    /// Messages cannot be sent as the settings say.
    #[error(transparent)]
    Gateways(#[from] GatewayError),
    /// The limits cannot be shared as the settings say.
    #[error("PAKN_LIMITS_REDIS: {0}")]
    Limits(#[from] BucketError),
    /// Identity providers cannot be used as the settings say.
    #[error(transparent)]
    IdentityProviders(#[from] ProvidersError),
    /// The token of those who watch can be guessed.
    #[error(transparent)]
    Metrics(#[from] ShortToken),
    /// Nothing can be sent by HTTP.
    #[error("webhooks: {0}")]
    Webhooks(#[from] reqwest::Error),
}

impl App {
    /// Reads keys and catalogue; the settings are the operator's.
    ///
    /// # Errors
    /// [`AppError`].
    pub async fn open(store: Store, data_dir: &Path, settings: &ServeSettings) -> Result<Self, AppError> {
        let policy = settings.policy();
        let revoked = Revoked::default();
        revoked.refresh(&store).await?;
        let catalogue = load(&store, policy, clock::now().local_date()).await?;
        let vault = Vault::open(data_dir)?;
        let suggester = Suggester::open(&store, &catalogue, &vault).await?;
        let api_keys = ApiKeys::default();
        api_keys.read_again(&store).await?;
        Ok(Self {
            api_keys,
            identities: Identities::open(settings.accounts.identity_providers.as_deref())?,
            keys: Keys::open(data_dir)?,
            seal_key: SealKey::open(data_dir)?,
            files: Files::open(&settings.files, data_dir)?,
            passwords: Passwords::new(settings.accounts.cost()).map_err(AppError::Passwords)?,
            catalogue: ArcSwap::from_pointee(catalogue),
            other_days: Mutex::default(),
            moves: Notify::new(),
            policy,
            live: Arc::default(),
            clock: clock::Watch::default(),
            privacy: Privacy::new(settings.privacy.clone()),
            webhooks: Webhooks::new(&settings.webhooks)?,
            metrics: Metrics::new(&settings.metrics)?,
            open311: settings.open311.clone(),
            partners: Partners::new(&settings.exchange.partner_keys),
            data_dir: data_dir.to_owned(),
            reading: Mutex::new(()),
            vault,
            suggester,
            revoked,
            admission: Admission::of(settings.max_requests),
            arrivals: Tally::default(),
            limits: Limits::new(&settings.limits, &store)?,
            gateways: Gateways::new(&settings.messages)?,
            on_their_way: OnTheirWay::default(),
            trusted_hops: settings.trusted_hops,
            accounts: settings.accounts.clone(),
            store,
        })
    }

    /// How full the bounds are that keep one kind of work from taking everything.
    pub fn bounds(&self) -> Vec<Fullness> {
        let (waiting, room) = self.store.waiting_arrivals();
        let own = [
            Fullness::new("arrivals", room, waiting, &self.arrivals),
            self.passwords.fullness(),
            self.files.fullness(),
            self.live.fullness(),
            self.identities.fullness(),
            self.on_their_way.fullness(),
            self.privacy.fullness(),
        ];
        self.admission.fullness().into_iter().chain(own).collect()
    }

    /// Whether somebody of that role must set up a second factor before anything else.
    pub fn lacks_second_factor(&self, role: Role, has_one: bool) -> bool {
        !has_one && self.accounts.require_second_factor.contains(&role)
    }

    /// Whether a citizen must be verified to send petitions.
    pub fn requires_verified(&self) -> bool {
        self.accounts.require_verified
    }

    /// The catalogue as it is now; it stays the same for whoever holds it.
    pub fn catalogue(&self) -> Arc<CatalogueDay> {
        self.catalogue.load_full()
    }

    /// The catalogue with the units and boundaries of a day. Agencies, rules and fields are all there are, as ever: whoever asks names the
    /// day. [`domain::routing::Directory::day`] is today or the first day with the same places, so that however many days are asked for,
    /// few are held.
    ///
    /// # Errors
    /// As the store says.
    pub async fn catalogue_on(&self, day: NaiveDate) -> Result<Arc<CatalogueDay>, StoreError> {
        let held = self.catalogue();
        let today = held.catalogue.directory.day();
        let since = held.places_since(day);
        if since == held.places_since(today) {
            return Ok(held);
        }
        // Held while one is read: many that ask at once for the same day wait for one reading.
        let mut others = self.other_days.lock().await;
        others.retain(|_, other| other.revision >= held.revision);
        if let Some(other) = others.get(&since) {
            return Ok(Arc::clone(other));
        }
        let mut loaded = load(&self.store, self.policy, since).await?;
        if since < today {
            loaded.catalogue.directory = loaded.catalogue.directory.in_the_past(today);
        }
        if others.len() >= OTHER_DAYS {
            others.pop_first();
        }
        let loaded = Arc::new(loaded);
        others.insert(since, Arc::clone(&loaded));
        Ok(loaded)
    }

    /// Reads the catalogue again if it changed, or if a new day began in Việt Nam; whether it did.
    ///
    /// # Errors
    /// As the store says; the catalogue in memory then stays.
    pub async fn refresh_catalogue(&self) -> Result<bool, StoreError> {
        let _one_at_a_time = self.reading.lock().await;
        let (held, day) = (self.catalogue(), clock::now().local_date());
        if held.catalogue.directory.day() == day && self.store.catalogue_revision().await? == held.revision {
            return Ok(false);
        }
        let loaded = load(&self.store, self.policy, day).await?;
        tracing::info!(catalogue.revision = loaded.revision, %day, "catalogue loaded");
        self.catalogue.store(Arc::new(loaded));
        Ok(true)
    }

    /// Keeps the catalogue fresh until the task is ended, and the deadlines that follow from its calendar: also those that
    /// this server stored by the old one a moment ago, or that were left when a server stopped.
    pub async fn keep_catalogue_fresh(self: Arc<Self>) {
        let mut counted_by: Option<WorkingCalendar> = None;
        loop {
            let catalogue = self.catalogue();
            if counted_by.as_ref() != Some(&catalogue.catalogue.calendar) {
                match petition::recount_deadlines(&self).await {
                    Ok(_) => counted_by = Some(catalogue.catalogue.calendar.clone()),
                    Err(problem) => tracing::warn!(%problem, "deadlines could not be counted anew; tried again soon"),
                }
            }
            tokio::time::sleep(CATALOGUE_POLL).await;
            if let Err(error) = self.refresh_catalogue().await {
                tracing::warn!(%error, "the catalogue could not be read again; the one in memory stays");
            }
        }
    }
}

/// How often a server looks what is overdue, and what has ended.
const RISE: Duration = Duration::from_secs(30);

impl App {
    /// Raises what is overdue and ends what is settled, until the task is ended.
    pub async fn keep_petitions_moving(self: Arc<Self>) {
        loop {
            if let Err(error) = self.follow_reforms().await {
                tracing::warn!(%error, "what agencies left that have ended could not be carried over; tried again soon");
            }
            if let Err(problem) = petition::escalate_overdue(&self).await {
                tracing::warn!(%problem, "overdue petitions could not be raised; tried again soon");
            }
            if let Err(problem) = petition::close_settled(&self).await {
                tracing::warn!(%problem, "settled petitions could not be closed; tried again soon");
            }
            // Whichever comes first.
            drop(tokio::time::timeout(RISE, self.moves.notified()).await);
        }
    }
}

impl App {
    /// Lets officers, leaders and open petitions of agencies that have ended go to those that took over; how many petitions.
    ///
    /// # Errors
    /// As the store says; repeating the call takes up where it ended.
    pub async fn follow_reforms(&self) -> Result<usize, StoreError> {
        if reform::staff_follow(&self.store, &self.catalogue().catalogue.directory).await? > 0 {
            self.refresh_catalogue().await?;
        }
        reform::petitions_follow(&self.store, &self.catalogue().catalogue.directory).await
    }
}

impl App {
    /// Watches the clock, until the task is ended.
    pub async fn keep_watch_on_the_clock(self: Arc<Self>) {
        self.clock.keep().await;
    }
}

/// How often a server sweeps away what nobody is counted by any more, and files that nobody waits for.
const SWEEP: Duration = Duration::from_secs(300);

impl App {
    /// Ends access tokens on this server of what has just ended. What was ended has, whatever comes of this: it is read again soon.
    pub async fn refresh_revoked(&self) {
        if let Err(error) = self.revoked.refresh(&self.store).await {
            tracing::warn!(%error, "what has ended could not be read; tried again soon");
        }
    }

    /// Ends access tokens on this server of what has ended on others, until the task is ended.
    pub async fn keep_tokens_revoked(self: Arc<Self>) {
        loop {
            tokio::time::sleep(REVOCATION_POLL).await;
            self.refresh_revoked().await;
        }
    }

    /// Sweeps away expired codes, forgotten tries and full buckets, until the task is ended.
    pub async fn keep_tries_swept(self: Arc<Self>) {
        loop {
            let now = clock::now();
            let swept = async {
                let mut unit = self.store.begin().await?;
                unit.sweep_codes(now).await?;
                unit.sweep_attempts(now).await?;
                unit.sweep_tries(oldest_tries(now)).await?;
                unit.sweep_buckets(now).await?;
                unit.commit().await
            };
            if let Err(error) = swept.await {
                tracing::warn!(%error, "expired codes and tries could not be swept away; tried again later");
            }
            tokio::time::sleep(SWEEP).await;
        }
    }
}

/// How often a server takes into the figures what has come, at the most: a pass rewrites sums however little it brings, and on
/// SQLite holds the only writer meanwhile. One that takes longer has a whole batch before it, and the next follows at once.
const FOLD: Duration = Duration::from_secs(1);

impl App {
    /// Keeps the fold that figures come from close behind the log, until the task is ended. Figures are right without it too,
    /// only slower.
    pub async fn keep_rates_folded(self: Arc<Self>) {
        let mut next_pass = tokio::time::interval(FOLD);
        next_pass.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            next_pass.tick().await;
            if let Err(error) = self.store.fold_rates(clock::now().local_date()).await {
                tracing::warn!(%error, "the figures could not be brought up to date; tried again soon");
            }
        }
    }
}

/// How often a server looks whether a day is over that is not sealed.
const SEAL: Duration = Duration::from_secs(60);

impl App {
    /// Seals the log once a day, until the task is ended. Of several servers whichever comes first does.
    pub async fn keep_days_sealed(self: Arc<Self>) {
        loop {
            match seal::make(&self.store, &self.seal_key, Occasion::DayOver).await {
                Ok(Made::Now(_) | Made::Before(_)) => {}
                Err(problem) => tracing::warn!(%problem, "the day could not be sealed; tried again soon"),
            }
            tokio::time::sleep(SEAL).await;
        }
    }
}

impl App {
    /// Removes files that were attached to nothing in time, and those that were erased, until the task is ended.
    pub async fn keep_files_swept(self: Arc<Self>) {
        loop {
            match files::sweep(&self).await {
                Ok(0) => {}
                Ok(files) => tracing::info!(files, "files removed that belonged to nothing"),
                Err(problem) => tracing::warn!(%problem, "files could not be swept; tried again soon"),
            }
            tokio::time::sleep(SWEEP).await;
        }
    }
}

async fn load(store: &Store, policy: Policy, day: NaiveDate) -> Result<CatalogueDay, StoreError> {
    let mut loaded = store.snapshot().await?.catalogue(day).await?;
    loaded.catalogue.policy = policy;
    Ok(loaded)
}

/// The unit of that code on that day: codes were re-used with other meanings.
pub fn unit_on<'a>(catalogue: &'a CatalogueDay, code: &UnitCode, day: NaiveDate) -> Option<&'a Unit> {
    let units = catalogue.units.iter().filter(|unit| unit.code == *code);
    units.min_by_key(|unit| !unit.validity.covers(day))
}

/// The name of an agency; its code where the catalogue does not know it.
pub fn agency_name(catalogue: &CatalogueDay, code: &AgencyCode) -> String {
    let agency = catalogue.catalogue.directory.agency(code);
    agency.map_or_else(|| code.to_string(), |agency| agency.name.clone())
}
