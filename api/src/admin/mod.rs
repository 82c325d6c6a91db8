//! What administrators do: accounts, the whole catalogue, and the list of what was changed.

mod accounts;
mod agencies;
mod calendar;
mod changes;
mod staff_calls;
mod targets;

pub(crate) use accounts::{NewStaff, account_change, add_staff, create_staff, may};
pub use accounts::{StaffCreated, create_account};
pub use agencies::set_approval;
pub use changes::list_changes;
pub(crate) use changes::{change_by, told};
pub use calendar::{confirm_calendar_year, show_calendar_year};
pub use staff_calls::{
    activate_account, deactivate_account, list_accounts, reset_account_password, reset_account_second_factor,
};
pub use targets::{change_target, create_target};
