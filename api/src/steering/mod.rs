//! What the Steering Committee asks: rates, and how targets stand.

mod asked;
mod behind;
mod figures;
mod files;
mod list;
mod rates;
mod report;
mod targets;

// What the page shows too.
pub(crate) use asked::Asked;
pub use behind::petitions_behind;
pub(crate) use files::{
    Cell, GENERATOR, Kind, Names, Shape, bucket_name, channel_name, definition_text, level_name, named, row, table,
};
pub(crate) use list::{List, csv, xlsx};
pub(crate) use rates::rates_answer;
pub use rates::{read_rates, read_series};
pub use report::read_report;
pub use targets::{list_targets, target_progress};
