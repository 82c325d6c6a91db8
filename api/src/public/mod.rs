//! What everybody may read: the published petitions.
//!
//! What is shown is a view of its own, so that nothing which is added to a petition becomes public by accident.

mod clusters;
mod feed;
mod filter;
mod view;

pub use clusters::public_clusters;
pub use feed::public_petitions;
pub(crate) use filter::area;
pub use view::{PublicPetitionView, PublicPetitions};
