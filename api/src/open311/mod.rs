//! Open311 GeoReport v2 under `/open311/v2`: what other cities' programs speak, as a thin layer over the same commands and the same
//! published petitions as everything else.
//!
//! What is public here is what is public anyway. A program that sends petitions does so with a key that an administrator gave it
//! ([`domain::api_key::KeyHolder::Sender`]), and follows with it what came through it. Everything is answered in JSON and in XML, also what
//! goes wrong, from one value ([`format`]).

pub mod answers;
mod attributes;
mod discovery;
mod errors;
mod form;
mod format;
mod jurisdiction;
mod list;
mod period;
mod sending;
mod services;
mod settings;
mod view;
mod xml;

pub use answers::also_in_xml;
pub use discovery::open311_discovery;
pub(crate) use errors::{format_of, of_problem};
pub(crate) use format::Format;
pub(crate) use list::MOST_REQUESTS;
pub use list::{open311_request, open311_requests, open311_token};
pub(crate) use sending::SENDING;
pub use sending::open311_send;
pub use services::{open311_service, open311_services};
pub use settings::Open311Settings;
