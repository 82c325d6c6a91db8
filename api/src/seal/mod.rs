//! The seal of the log: made once a day and on demand, published, and proved from. What it is: [`domain::seal`].

mod calls;
pub mod copies;
mod key;
mod make;
mod proof;
mod view;

pub use calls::{create_seal, list_seals, show_seal};
pub use key::{KnownKeys, SealKey};
pub use make::{Made, Occasion, make};
pub use proof::petition_proof;
