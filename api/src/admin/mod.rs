//! What administrators do: accounts, agencies, the calendar, targets.

mod accounts;
mod agencies;
mod calendar;
mod targets;

pub use accounts::create_account;
pub(crate) use accounts::{NewStaff, add_staff};
pub use agencies::set_approval;
pub use calendar::{confirm_calendar_year, show_calendar_year};
pub use targets::{change_target, create_target};
