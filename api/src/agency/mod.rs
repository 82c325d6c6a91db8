//! What staff do: their queue, and the commands on a petition.

mod answering;
mod bulk;
mod coordinating;
mod counts;
mod filter;
mod handling;
mod nearby;
mod officers;
mod queue;
mod saved_filters;

pub use answering::{answer_petition, approve_answer, draft_answer, extend_petition, return_answer};
pub use bulk::{bulk_assign, bulk_receive};
pub use coordinating::{merge_petition, publish_petition, reject_petition, unpublish_petition};
pub use counts::{agency_counts, agency_staff};
pub(crate) use filter::desks;
pub use handling::{
    assign_petition, note_petition, recategorise_petition, receive_petition, report_progress, request_information,
    return_petition, start_petition, transfer_petition,
};
pub use nearby::nearby_petitions;
pub use officers::{
    activate_officer, create_officer, deactivate_officer, list_officers, reset_officer_password,
    reset_officer_second_factor,
};
pub use queue::agency_queue;
pub use saved_filters::{forget_filter, list_filters, save_filter};
