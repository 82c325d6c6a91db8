//! What administrators do: accounts, the calendar.

mod accounts;
mod calendar;

pub use accounts::create_account;
pub(crate) use accounts::{NewStaff, add_staff};
pub use calendar::{confirm_calendar_year, show_calendar_year};
