//! The exchange with another portal, the national one above all: it hands over what its citizens sent there, and pulls what comes of it.
//! `openapi/EXCHANGE.md` has the bytes.

mod changes;
mod messages;
mod partner;
mod signature;

pub use changes::exchange_changes;
pub use messages::exchange_message;
pub use partner::{PartnerKey, Partners};
pub use signature::WINDOW_SECONDS;
