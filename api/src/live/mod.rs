//! What happens, told to desks as it happens.

mod hub;
mod stream;

pub use hub::Hub;
pub use stream::agency_events;
