//! Reforms: units and agencies that change on a day, and what follows them.
//!
//! The change itself is one transaction. Staff and petitions follow it, one at a time, whenever a server or the command finds some whose
//! agency has ended ([`App::follow_reforms`]): so a reform may be applied before its day, and what was cut off is taken up again by whoever
//! comes next. Nothing says how far that has come, since nothing has to: what is still at an agency that has ended is what is left.
//!
//! [`App::follow_reforms`]: crate::app::App::follow_reforms

mod apply;
mod asked;
mod calls;
mod follow;
mod report;

pub use apply::{NotApplied, apply, rehearse};
pub use calls::{apply_reform, list_reforms};
pub use follow::{petitions_follow, staff_follow};
pub use report::{HumanMatter, ReformReport};
