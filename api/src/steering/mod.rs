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
mod signs;
mod targets;

// What the page shows too.
pub(crate) use asked::Asked;
pub use behind::petitions_behind;
pub(crate) use behind::{page_behind, read_bucket, read_place};
pub(crate) use files::{
    Cell, GENERATOR, Kind, Names, Shape, bucket_name, channel_name, definition_text, level_name, named, row, table,
};
pub use forecast::target_forecast;
pub(crate) use list::{List, csv, xlsx};
pub use progress::target_progress;
pub(crate) use rates::rates_answer;
pub use rates::{read_rates, read_series};
pub use report::read_report;
pub use signs::read_signs;
pub use targets::{TargetView, list_targets, target_versions};
