//! The log: what is written, how, and that it is counted.

use std::{
    io::IsTerminal,
    sync::atomic::{AtomicU64, Ordering},
};

use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::{
    EnvFilter, Layer,
    filter::{LevelFilter, filter_fn},
    fmt::{self, MakeWriter},
    layer::{Context, SubscriberExt},
    registry::LookupSpan,
    util::SubscriberInitExt,
};

use super::traces::{self, TraceSettings, Traces};
use crate::settings::LogFormat;

static ERRORS: AtomicU64 = AtomicU64::new(0);
static WARNINGS: AtomicU64 = AtomicU64::new(0);

/// Counts what is logged that somebody should look at. The log is the whole program's, and so is the count.
struct Counting;

impl<S: Subscriber> Layer<S> for Counting {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        match *event.metadata().level() {
            Level::ERROR => ERRORS.fetch_add(1, Ordering::Relaxed),
            Level::WARN => WARNINGS.fetch_add(1, Ordering::Relaxed),
            Level::INFO | Level::DEBUG | Level::TRACE => 0,
        };
    }
}

/// How much of each level was logged since the program started.
pub(super) fn written() -> [(&'static str, u64); 2] {
    [("error", ERRORS.load(Ordering::Relaxed)), ("warn", WARNINGS.load(Ordering::Relaxed))]
}

/// The targets that are this program's own.
const OURS: &[&str] = &["api", "domain", "persistence", "pakn", "audit", "messages"];

/// Whether something may be logged at all, whatever the settings say.
///
/// What this program logs has nothing personal in it at any level. Of the libraries nobody knows: below WARN they write headers, lines
/// of SMTP, frames of HTTP/2, values of statements.
pub fn may_be_told(metadata: &Metadata<'_>) -> bool {
    let target = metadata.target();
    let is_ours =
        OURS.iter().any(|ours| target.strip_prefix(ours).is_some_and(|rest| rest.is_empty() || rest.starts_with("::")));
    is_ours || *metadata.level() <= Level::WARN
}

/// The lines of the log that a filter lets through, as `writer` gets them. What [`may_be_told`] forbids must be left out before.
pub fn log_lines<S, W>(filter: EnvFilter, format: LogFormat, writer: W) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let lines = fmt::layer().with_writer(writer).with_ansi(std::io::stderr().is_terminal());
    match format {
        LogFormat::Text => lines.with_filter(filter).boxed(),
        // The spans stand in the list, each once.
        LogFormat::Json => lines.json().flatten_event(true).with_current_span(false).with_filter(filter).boxed(),
    }
}

/// Starts the log of the program, on the standard error, and traces where there is a collector.
///
/// # Errors
/// A filter or an address that cannot be read, or a log that was started before.
pub(crate) fn start(filter: &str, format: LogFormat, traces: &TraceSettings) -> anyhow::Result<Option<Traces>> {
    let filter = EnvFilter::try_new(filter)?
        // Who looked at what, and who changed what, is logged whatever else is not.
        .add_directive("audit=info".parse()?)
        // Whatever is logged says which request it belongs to.
        .add_directive("api::server::span=info".parse()?);
    let lines = log_lines(filter, format, std::io::stderr);
    let bound = filter_fn(may_be_told);
    let (traces, sent) = traces::start(traces)?;
    tracing_subscriber::registry()
        .with(bound)
        .with(sent)
        .with(Counting.with_filter(LevelFilter::WARN))
        .with(lines)
        .try_init()?;
    std::panic::set_hook(Box::new(|panic| {
        // Not what it says: a text that is cut within a letter is told whole.
        let place = panic.location().map(ToString::to_string);
        tracing::error!(place, "a fault of the program: it panicked");
    }));
    Ok(traces)
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    /// The targets and levels that come through.
    #[derive(Clone, Default)]
    struct Heard(Arc<Mutex<Vec<String>>>);

    impl<S: Subscriber> Layer<S> for Heard {
        fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
            let (target, level) = (event.metadata().target(), event.metadata().level());
            self.0.lock().unwrap().push(format!("{target} {level}"));
        }
    }

    #[test]
    fn libraries_are_never_heard_below_warnings() {
        let heard = Heard::default();
        let subscriber = tracing_subscriber::registry()
            .with(EnvFilter::new("trace"))
            .with(filter_fn(may_be_told))
            .with(heard.clone());
        tracing::subscriber::with_default(subscriber, || {
            tracing::trace!(target: "api::server", "ours");
            tracing::debug!(target: "audit", "ours");
            tracing::trace!(target: "h2::codec", "a library");
            tracing::debug!(target: "sqlx::query", "a library");
            tracing::info!(target: "sea_orm", "a library");
            tracing::debug!(target: "apis", "another crate that is called nearly so");
            tracing::warn!(target: "hyper", "a library");
            tracing::error!(target: "actix_http", "a library");
        });
        let expected = ["api::server TRACE", "audit DEBUG", "hyper WARN", "actix_http ERROR"];
        assert_eq!(*heard.0.lock().unwrap(), expected);
    }
}
