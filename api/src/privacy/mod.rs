//! Personal data (Law 91/2025/QH15): consent, what is held on a person, who looked at it, and how it is erased.

mod access_log;
mod archive;
mod asked;
mod consent_calls;
pub(crate) mod copies;
mod desk;
mod erasing;
mod export;
mod looks;
mod promises;
mod retention;

use std::sync::atomic::AtomicBool;

pub use access_log::my_access_log;
pub use asked::{erase_me, my_erasure};
pub(crate) use consent_calls::{consent_asked_for, new_consent, parse_consent};
pub use consent_calls::{give_consent, my_consents, show_consent, withdraw_consent};
pub use desk::{answer_erasure, complete_erasure, enter_erasure, extend_erasure, list_erasures, refuse_erasure};
pub use export::export_me;
pub use looks::{Looks, Seen};

use self::archive::Archives;
use crate::{ops::Fullness, settings::PrivacySettings};

/// What a server keeps in mind about personal data.
#[derive(Debug, Default)]
pub struct Privacy {
    /// The operator's terms.
    pub settings: PrivacySettings,
    /// Who was shown whose data, until it is written down.
    pub looks: Looks,
    /// Turns for archives of what is held on a person.
    archives: Archives,
    /// Whether something was deleted that may still lie on the disk.
    scrub_due: AtomicBool,
}

impl Privacy {
    /// With the operator's terms.
    pub fn new(settings: PrivacySettings) -> Self {
        // What a server was in the middle of when it was killed may lie there too.
        Self { settings, scrub_due: AtomicBool::new(true), ..Self::default() }
    }

    /// How many copies of people's data are written.
    pub fn fullness(&self) -> Fullness {
        self.archives.fullness()
    }
}
