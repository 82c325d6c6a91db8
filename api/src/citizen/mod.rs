//! What citizens do: send a petition, read their own, and what comes after.

mod changes;
mod follow_up;
mod followed;
mod mine;
mod submit;

pub use changes::my_changes;
pub use follow_up::{close_petition, rate_petition, reopen_petition, supplement_petition, withdraw_petition};
pub use followed::{follow_petition, followed_petitions, support_petition, unfollow_petition};
pub(crate) use mine::page_of;
pub use mine::{PetitionPage, my_petitions};
pub use submit::submit_petition;
