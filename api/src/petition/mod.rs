//! What all audiences share about petitions: how one is shown, told, found and changed.

mod attempt;
mod attributes;
mod by_itself;
mod explain;
mod history_view;
mod if_match;
mod label;
mod likely;
mod order;
mod refs;
mod request_key;
mod show;
mod shown;
mod submission;
mod texts;
mod view;

pub use attempt::{Ask, execute, find};
pub use attributes::{AttributeView, parse_attributes};
pub use by_itself::{close_settled, escalate_overdue, recount_deadlines};
pub use history_view::{HistoryEntry, HistoryView, Reader};
pub use if_match::{IfMatch, etag as version_tag};
pub use likely::{LikelyDuplicate, akin, likely_duplicates, rounded, whole_metres};
pub use order::{CommandHeaders, Order, PetitionPath, WrittenBody, only_text, sealed, sealed_if_given};
pub use refs::{AgencyRef, CategoryRef, UnitRef};
pub(crate) use request_key::MAX_KEY_LENGTH;
pub use request_key::RequestKey;
pub(crate) use show::open;
pub use show::{AnyPetitionView, petition_history, show_petition};
pub use shown::{shown, shown_all, shown_to_sender, status_name};
pub use submission::{Channels, Entering, LocationBody, Parsed, SubmissionBody, parse, record, take_in};
pub use texts::{Texts, joined};
pub use view::{EmergencyView, PetitionView, RoutingView};
