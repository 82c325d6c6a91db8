//! What anybody may read: fields, units, agencies, and where a petition would go.

mod agencies;
mod categories;
mod preview;
mod reasons;
mod units;

pub use agencies::list_agencies;
pub(crate) use agencies::spans;
pub use categories::list_categories;
pub(crate) use categories::{AllowanceView, QuestionView};
pub use preview::preview_routing;
pub(crate) use preview::{AskedPlace, Preview, asked_category};
pub use reasons::list_rejection_reasons;
pub use units::list_units;

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{field::Faults, problem::FaultCode};

/// A list that is short enough to be given whole.
#[derive(Debug, Serialize, ToSchema)]
pub struct Whole<T> {
    items: Vec<T>,
    /// Always `null`: the list is whole.
    #[schema(value_type = Option<String>)]
    next_cursor: Option<()>,
}

impl<T> Whole<T> {
    pub(crate) fn new(items: Vec<T>) -> Self {
        Self { items, next_cursor: None }
    }
}

/// `on`: a day; today unless given.
pub(crate) fn on(faults: &mut Faults, raw: Option<&str>, today: NaiveDate) -> NaiveDate {
    let Some(raw) = raw else { return today };
    raw.parse().unwrap_or_else(|_| {
        faults.add("/on", FaultCode::InvalidInstant);
        today
    })
}
