//! What administrators do: accounts, the whole catalogue, and the list of what was changed.
//!
//! A change of the catalogue begins with `…_to_change` of the unit of work, at which all changes wait for each other; it is held against
//! what is there then, written, and ended by `keeping::settle`, which notes it in the list.

mod accounts;
mod agencies;
mod calendar;
mod calendar_body;
mod categories;
mod changes;
mod dissolving;
mod groups;
mod keeping;
mod questions;
mod rule_preview;
mod rule_replay;
mod rule_review;
mod rules;
mod staff_calls;
mod targets;
mod terms;
mod trial;
mod wordings;

pub(crate) use accounts::{NewStaff, account_change, add_staff, create_staff, may};
pub use accounts::{StaffCreated, create_account};
pub use agencies::{change_agency, create_agency, list_kept_agencies, set_approval, show_kept_agency};
pub use calendar::{confirm_calendar_year, set_calendar_year, show_calendar_year};
pub use categories::{
    change_category, close_category, create_category, list_kept_categories, remove_category, show_kept_category,
};
pub use changes::list_changes;
pub use dissolving::dissolve_agency;
pub use groups::{list_category_groups, set_category_group};
pub use rule_preview::preview_rule;
pub use rule_replay::replay_rule;
pub use rule_review::review_rules;
pub use rules::{change_rule, create_rule, end_rule, list_rules, show_rule};
pub use staff_calls::{
    activate_account, deactivate_account, list_accounts, reset_account_password, reset_account_second_factor,
};
pub use targets::{change_target, create_target};
pub use wordings::{list_wordings, set_wording};
