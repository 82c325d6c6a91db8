//! What administrators do: accounts, agencies, the calendar, targets.

mod accounts;
mod agencies;
mod calendar;
mod staff_calls;
mod targets;

pub(crate) use accounts::{NewStaff, add_staff, create_staff};
pub use accounts::{StaffCreated, create_account};
pub use agencies::set_approval;
pub use calendar::{confirm_calendar_year, show_calendar_year};
pub use staff_calls::{
    activate_account, deactivate_account, list_accounts, reset_account_password, reset_account_second_factor,
};
pub use targets::{change_target, create_target};
