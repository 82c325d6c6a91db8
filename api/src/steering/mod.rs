//! What the Steering Committee asks: rates, and how targets stand.

mod asked;
mod behind;
mod figures;
mod files;
mod forecast;
mod list;
mod progress;
mod rates;
mod report;
mod targets;

pub use behind::petitions_behind;
pub use forecast::target_forecast;
pub use progress::target_progress;
pub use rates::{read_rates, read_series};
pub use report::read_report;
pub use targets::{TargetView, list_targets, target_versions};
