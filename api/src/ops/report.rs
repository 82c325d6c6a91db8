//! All that /metrics tells, put together anew for every scrape.

use std::sync::atomic::AtomicU64;

use persistence::{Gauges, Lag, Outbox, ReplicaStanding};
use prometheus_client::{
    encoding::{EncodeGaugeValue, EncodeLabelSet, prometheus_text},
    metrics::{
        counter::{ConstCounter, Counter},
        family::Family,
        gauge::{ConstGauge, Gauge},
        info::Info,
    },
    registry::Registry,
};

use super::{bound::Fullness, logs, process};
use crate::{app::App, clock};
use domain::time::Instant;

type Double = Gauge<f64, AtomicU64>;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Build {
    version: &'static str,
    engine: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Pool {
    pool: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Server {
    server: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Bound {
    bound: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Consumer {
    consumer: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Way {
    way: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Level {
    level: &'static str,
}

/// Adds one number.
pub(super) fn gauge<N>(registry: &mut Registry, name: &str, help: &str, value: N)
where
    N: EncodeGaugeValue + std::fmt::Debug + Copy + Send + Sync + 'static,
{
    registry.register(name, help, ConstGauge::new(value));
}

/// Adds a family of numbers.
fn family<L>(registry: &mut Registry, name: &str, help: &str, values: impl IntoIterator<Item = (L, u64)>)
where
    L: EncodeLabelSet + Clone + std::hash::Hash + Eq + std::fmt::Debug + Send + Sync + 'static,
{
    let family: Family<L, Gauge<u64, AtomicU64>> = Family::default();
    for (label, value) in values {
        family.get_or_create(&label).set(value);
    }
    registry.register(name, help, family);
}

/// Adds a family of seconds.
fn seconds<L>(registry: &mut Registry, name: &str, help: &str, values: impl IntoIterator<Item = (L, f64)>)
where
    L: EncodeLabelSet + Clone + std::hash::Hash + Eq + std::fmt::Debug + Send + Sync + 'static,
{
    let family: Family<L, Double> = Family::default();
    for (label, value) in values {
        family.get_or_create(&label).set(value);
    }
    registry.register(name, help, family);
}

/// Adds a family of numbers that only grow.
fn counters<L>(registry: &mut Registry, name: &str, help: &str, values: impl IntoIterator<Item = (L, u64)>)
where
    L: EncodeLabelSet + Clone + std::hash::Hash + Eq + std::fmt::Debug + Send + Sync + 'static,
{
    let family: Family<L, Counter> = Family::default();
    for (label, value) in values {
        family.get_or_create(&label).inc_by(value);
    }
    registry.register(name, help, family);
}

/// How long ago something was; nothing for what was not, or is still to come.
fn age(now: Instant, at: Option<Instant>) -> f64 {
    at.map_or(0.0, |at| now.since(at).as_seconds_f64().max(0.0))
}

/// The whole, in Prometheus' text format. `gauges` are what the database says, if it says anything.
pub(super) fn write(app: &App, gauges: Option<&Gauges>) -> Result<String, std::fmt::Error> {
    let mut registry = Registry::default();
    let engine = match app.store.engine() {
        persistence::Engine::Sqlite => "sqlite",
        persistence::Engine::Postgres => "postgres",
    };
    registry.register(
        "pakn_build",
        "Which program runs",
        Info::new(Build { version: env!("CARGO_PKG_VERSION"), engine }),
    );
    process::add(&mut registry, app.metrics.started_at(), &app.data_dir);
    app.metrics.meters.register(&mut registry);
    counters(
        &mut registry,
        "pakn_log_messages",
        "Messages in the log, by level",
        logs::written().into_iter().map(|(level, number)| (Level { level }, number)),
    );
    let set_back = app.clock.last().map_or(0, |last| last.times);
    registry.register("pakn_clock_set_back", "How often the system's clock was set back", ConstCounter::new(set_back));
    connections(&mut registry, app);
    replica(&mut registry, app.store.replica());
    bounds(&mut registry, &app.bounds());
    gauge(&mut registry, "pakn_database_up", "Whether the database answers", u64::from(gauges.is_some()));
    if let Some(gauges) = gauges {
        told_by_the_database(&mut registry, gauges, clock::now());
    }
    let mut text = String::new();
    prometheus_text::encode(&mut text, &registry)?;
    Ok(text)
}

fn connections(registry: &mut Registry, app: &App) {
    let pools = app.store.connections();
    let each = |of: fn(&persistence::Connections) -> u64| {
        pools.iter().map(move |pool| (Pool { pool: pool.pool }, of(pool))).collect::<Vec<_>>()
    };
    let most = each(|pool| u64::from(pool.most));
    family(registry, "pakn_database_connections_max", "The most connections of a pool", most);
    let open = each(|pool| u64::from(pool.open));
    family(registry, "pakn_database_connections", "Connections of a pool", open);
    let idle = each(|pool| u64::from(pool.idle));
    family(registry, "pakn_database_connections_idle", "Connections of a pool that nobody uses", idle);
    let waiting = each(|pool| pool.waiting);
    let help = "Units of work and snapshots that wait to begin; on SQLite those of the writer are its queue";
    family(registry, "pakn_database_waiting", help, waiting);
}

fn replica(registry: &mut Registry, standing: Option<ReplicaStanding>) {
    gauge(registry, "pakn_replica_wanted", "Whether there is to be a replica", u64::from(standing.is_some()));
    let ReplicaStanding { is_used, lag, read_there, read_here } = standing.unwrap_or_default();
    gauge(registry, "pakn_replica_used", "Whether what everybody reads is read from the replica", u64::from(is_used));
    // What is not known is no lag of zero.
    let lag = lag.map_or(f64::NAN, |lag| lag.as_secs_f64());
    gauge(
        registry,
        "pakn_replica_lag_seconds",
        "By how much the replica lags at most; NaN where nothing is known of it",
        lag,
    );
    let reads = [("replica", read_there), ("primary", read_here)];
    let reads = reads.map(|(server, number)| (Server { server }, number));
    counters(registry, "pakn_replica_reads", "Readings of what everybody may read, by who answered them", reads);
}

fn bounds(registry: &mut Registry, bounds: &[Fullness]) {
    let each = |of: fn(&Fullness) -> u64| {
        bounds.iter().map(move |full| (Bound { bound: full.bound }, of(full))).collect::<Vec<_>>()
    };
    let room = each(|full| u64::try_from(full.room).unwrap_or(u64::MAX));
    family(registry, "pakn_bound_room", "For how much at once there is room", room);
    let taken = each(|full| u64::try_from(full.taken).unwrap_or(u64::MAX));
    family(registry, "pakn_bound_taken", "How much of that room is taken", taken);
    family(registry, "pakn_bound_waiting", "How many wait for room", each(|full| full.waiting));
    counters(registry, "pakn_bound_refused", "How many were sent away (503)", each(|full| full.refused));
}

fn told_by_the_database(registry: &mut Registry, gauges: &Gauges, now: Instant) {
    let Gauges { lags, outboxes, paused_webhooks, due_soon, overdue } = gauges;
    let of_lags = |of: fn(&Lag) -> u64| {
        lags.iter().map(move |lag| (Consumer { consumer: lag.consumer }, of(lag))).collect::<Vec<_>>()
    };
    let help = "Events of the log that somebody who follows it has not taken in, up to 10000";
    family(registry, "pakn_consumer_lag_events", help, of_lags(|lag| lag.events));
    let ages: Vec<_> = lags.iter().map(|lag| (Consumer { consumer: lag.consumer }, age(now, lag.oldest))).collect();
    seconds(registry, "pakn_consumer_lag_seconds", "How long ago the first of them happened", ages);
    let of_ways = |of: fn(&Outbox) -> u64| {
        outboxes.iter().map(move |outbox| (Way { way: outbox.way }, of(outbox))).collect::<Vec<_>>()
    };
    family(registry, "pakn_outbox_due", "Messages that are due, up to 10000", of_ways(|outbox| outbox.due));
    let ages: Vec<_> = outboxes.iter().map(|outbox| (Way { way: outbox.way }, age(now, outbox.oldest_due))).collect();
    seconds(registry, "pakn_outbox_oldest_due_seconds", "Since when the first of them is due", ages);
    let help = "Messages that were given up and wait for a person, up to 10000";
    family(registry, "pakn_outbox_dead", help, of_ways(|outbox| outbox.dead));
    gauge(registry, "pakn_webhooks_paused", "Webhooks that are told nothing", *paused_webhooks);
    let help = "Open petitions whose answer is due within three working days, up to 10000";
    gauge(registry, "pakn_petitions_due_soon", help, *due_soon);
    gauge(registry, "pakn_petitions_overdue", "Open petitions whose answer is overdue, up to 10000", *overdue);
}
