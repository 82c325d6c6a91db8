//! What operators ask and read: health, figures for Prometheus, the log.

mod bound;
mod health;
mod logs;
mod meters;

mod process;
mod report;
mod scrape;
mod settings;

pub use bound::{Fullness, Tally, Waiting};
pub use health::{live, ready};
pub(crate) use logs::start as start_logging;
pub use meters::Meters;
pub use scrape::{Metrics, metrics};
pub use settings::{MetricsSettings, ShortToken};
