//! What operators ask and read: health, figures for Prometheus, the log, traces.

mod bound;
mod health;
mod logs;
mod meters;

mod process;
mod report;
mod scrape;
mod settings;
mod traces;

pub use bound::{Fullness, Tally, Waiting};
pub use health::{live, ready};
pub(crate) use logs::start as start_logging;
pub use logs::{log_lines, may_be_told};
pub use meters::Meters;
pub use scrape::{Metrics, metrics};
pub use settings::{MetricsSettings, ShortToken};
pub use traces::TraceSettings;
pub(crate) use traces::{begin as begin_trace, end as end_trace};
