//! What operators ask: health, and the contract itself.

mod health;
mod openapi;

pub use health::{live, ready};
pub use openapi::{document, open_to_api_keys};
