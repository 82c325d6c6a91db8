//! Petitions that came another way: by telephone, on paper, by e-mail, through another portal. The coordinator enters them, one by one
//! or from a table.

mod enter;
mod entry;
mod import;

pub use enter::enter_petition;
pub(crate) use entry::{SenderBody, entering, known_item, note_came};
pub use import::import_petitions;
