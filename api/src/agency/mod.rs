//! What staff do: their queue, and the commands on a petition.

mod commands;
mod queue;

pub use commands::{
    answer_petition, receive_petition, reject_petition, return_petition, start_petition, transfer_petition,
};
pub use queue::agency_queue;
