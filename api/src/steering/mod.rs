//! What the Steering Committee asks: rates, and how targets stand.

mod asked;
mod behind;
mod figures;
mod files;
mod list;
mod rates;
mod report;
mod targets;

pub use behind::petitions_behind;
pub use rates::{read_rates, read_series};
pub use report::read_report;
pub use targets::{list_targets, target_progress};
