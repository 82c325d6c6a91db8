//! What citizens do: send a petition, read their own, take one back.

mod mine;
mod submit;
mod withdraw;

pub(crate) use mine::page_of;
pub use mine::{PetitionPage, my_petitions};
pub use submit::submit_petition;
pub use withdraw::withdraw_petition;
