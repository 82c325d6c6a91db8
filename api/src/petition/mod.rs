//! What all audiences share about petitions: how one is shown, told, found and changed.

mod attempt;
mod explain;
mod history_view;
mod if_match;
mod missing_deadlines;
mod order;
mod request_key;
mod show;
mod view;

pub use attempt::{execute, find};
pub use explain::explain;
pub use history_view::{HistoryEntry, HistoryView};
pub use if_match::IfMatch;
pub use missing_deadlines::set_missing_deadlines;
pub use order::{Order, no_uploads, sealed};
pub use request_key::RequestKey;
pub use show::{petition_history, show_petition};
pub use view::{AgencyRef, PetitionView, RoutingView, UnitRef, shown, shown_all};
