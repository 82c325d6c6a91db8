//! Identifiers: typed, so that one is never given where another is meant.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::{Builder, Uuid};

use crate::time::Instant;

/// The random part of a version 7 id; it comes in as a parameter, so that a simulated year can be played again.
pub type Randomness = [u8; 10];

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new version 7 id: the time first, so that ids sort as they were made.
            pub fn new(at: Instant, randomness: &Randomness) -> Self {
                Self(Builder::from_unix_timestamp_millis(at.unix_millis(), randomness).into_uuid())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id! {
    /// A petition, for programs. People use its [`crate::petition::PetitionCode`].
    PetitionId
}
id! {
    /// A citizen's or an officer's account.
    AccountId
}
id! {
    /// A filter of the queue that somebody keeps.
    FilterId
}

id! {
    /// A file that somebody sent: before it belongs to a petition, and after.
    UploadId
}
id! {
    /// A person's request to be erased.
    ErasureId
}
id! {
    /// Somebody of the staff was shown a person's petition.
    LookId
}
id! {
    /// A person's consent to a wording.
    ConsentId
}
id! {
    /// A key of an agency's own system.
    ApiKeyId
}
id! {
    /// An identity that somebody else vouches for, linked to an account.
    IdentityId
}

id! {
    /// A family of refresh tokens: one sign-in on one device.
    SessionId
}
id! {
    /// A change of the catalogue.
    ChangeId
}

id! {
    /// Something that a person is told.
    NoticeId
}
id! {
    /// A message that takes a notice, or a day's notices, to a person.
    DeliveryId
}
id! {
    /// A phone that takes push messages.
    PushTokenId
}
id! {
    /// A webhook of an agency's own system.
    WebhookId
}
id! {
    /// What a webhook is told of one event. Its time is the event's.
    WebhookDeliveryId
}
