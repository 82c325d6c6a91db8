//! What the Steering Committee asks: rates, and how targets stand.

mod figures;
mod rates;
mod targets;

pub use rates::read_rates;
pub use targets::{list_targets, target_progress};
