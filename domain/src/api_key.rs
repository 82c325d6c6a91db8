//! Keys of agencies' own systems: what they may be used for, and for how long.

use crate::vocabulary::vocabulary;

vocabulary! {
    /// What a key may be used for. All together are less than an officer of its agency may do.
    ApiScope {
        /// Read the agency's queue and its petitions.
        Read = "read",
        /// Receive, hand on, ask, note, draft: everything up to the answer.
        Handle = "handle",
        /// Answer the citizen, where the agency's officers may.
        Answer = "answer",
    }
}

/// For how many days a key is good, unless somebody says less.
pub const API_KEY_DAYS: u16 = 365;

/// How many keys an agency may have at a time.
pub const API_KEYS_OF_AN_AGENCY: usize = 20;
