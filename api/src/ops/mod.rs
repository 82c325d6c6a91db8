//! What operators ask: health.

mod health;

pub use health::{live, ready};
