//! Who is told of what, in which words, by which way and when. What is told lies in a person's inbox in any case; the ways only
//! make them look there.

mod audience;
mod preferences;
mod retry;
mod text;

pub use audience::{Audience, TOLD_FOR_DAYS, Telling, tellings};
pub use preferences::{ChosenBy, DIGEST_AT, Digest, Dispatch, Preferences, QuietHours, WayChoice};
pub use retry::{Circuit, MOST_TRIES, Passage, put_off};
pub use text::{told, unmarked};

use crate::{
    chain,
    id::{AccountId, DeliveryId, NoticeId, PetitionId, PushTokenId, Randomness},
    time::Instant,
    vocabulary::vocabulary,
};

vocabulary! {
    /// What a notice is about. Where one event makes it, it has that event's name; the names are kept with what people chose: add,
    /// never rename.
    NoticeKind {
        /// An agency has acknowledged it.
        Received = "received",
        /// An officer has begun.
        Started = "started",
        /// The sender is asked for more.
        InformationRequested = "information_requested",
        /// How it stands.
        Progressed = "progressed",
        /// The answer is promised for later.
        Extended = "extended",
        /// Another agency deals with it now.
        Transferred = "transferred",
        /// It was answered.
        Answered = "answered",
        /// It was refused.
        Rejected = "rejected",
        /// It was put to another.
        Merged = "merged",
        /// Everybody may read it.
        Published = "published",
        /// Nobody may read it any more but those who have to do with it.
        Unpublished = "unpublished",
        /// Its sender says it is not settled.
        Reopened = "reopened",
        /// It has ended.
        Closed = "closed",
        /// It has come to the desk, from its sender or from another desk.
        Arrived = "arrived",
        /// It has come to the desk and speaks of an emergency.
        Emergency = "emergency",
        /// The sender gave what was asked for.
        Supplemented = "supplemented",
        /// It was handed to the one who is told.
        Assigned = "assigned",
        /// The sender took it back.
        Withdrawn = "withdrawn",
        /// An answer waits for the leader.
        AnswerDrafted = "answer_drafted",
        /// The drafted answer was sent back.
        AnswerReturned = "answer_returned",
        /// The drafted answer was given to the sender.
        AnswerApproved = "answer_approved",
        /// It is overdue and rose to the one who is told.
        Escalated = "escalated",
        /// The account was opened from where it had not been before.
        NewDevice = "new_device",
        /// An identity that somebody else vouches for opens the account from now on.
        IdentityLinked = "identity_linked",
        /// The account has another password.
        PasswordChanged = "password_changed",
        /// What the agency's own system is told does not arrive, and is told no more.
        WebhookPaused = "webhook_paused",
    }
}

impl NoticeKind {
    /// Whether it wakes people: an emergency, and what may mean that somebody else is in their account.
    pub fn is_urgent(self) -> bool {
        match self {
            Self::Emergency | Self::NewDevice | Self::IdentityLinked | Self::PasswordChanged => true,
            Self::Received
            | Self::Started
            | Self::InformationRequested
            | Self::Progressed
            | Self::Extended
            | Self::Transferred
            | Self::Answered
            | Self::Rejected
            | Self::Merged
            | Self::Published
            | Self::Unpublished
            | Self::Reopened
            | Self::Closed
            | Self::Arrived
            | Self::Supplemented
            | Self::Assigned
            | Self::Withdrawn
            | Self::AnswerDrafted
            | Self::AnswerReturned
            | Self::AnswerApproved
            | Self::Escalated
            | Self::WebhookPaused => false,
        }
    }

    /// Whether an SMS says it unless the person chose otherwise: each costs the province money, so only what the person must act on
    /// or has waited for.
    pub fn is_worth_an_sms(self) -> bool {
        match self {
            Self::InformationRequested
            | Self::Answered
            | Self::Rejected
            | Self::NewDevice
            | Self::IdentityLinked
            | Self::PasswordChanged => true,
            Self::Received
            | Self::Started
            | Self::Progressed
            | Self::Extended
            | Self::Transferred
            | Self::Merged
            | Self::Published
            | Self::Unpublished
            | Self::Reopened
            | Self::Closed
            | Self::Arrived
            | Self::Emergency
            | Self::Supplemented
            | Self::Assigned
            | Self::Withdrawn
            | Self::AnswerDrafted
            | Self::AnswerReturned
            | Self::AnswerApproved
            | Self::Escalated
            | Self::WebhookPaused => false,
        }
    }
}

vocabulary! {
    /// How a notice reaches a person who does not look into the inbox.
    Way {
        /// On the screen of a phone.
        Push = "push",
        /// By e-mail.
        Email = "email",
        /// By SMS.
        Sms = "sms",
    }
}

vocabulary! {
    /// Who carries a message. Each may be down by itself.
    Carrier {
        /// Firebase Cloud Messaging: push to Android.
        Fcm = "fcm",
        /// The Apple Push Notification service.
        Apns = "apns",
        /// The SMTP server.
        Email = "email",
        /// The SMS gateway.
        Sms = "sms",
    }
}

impl Carrier {
    /// The way it serves.
    pub fn way(self) -> Way {
        match self {
            Self::Fcm | Self::Apns => Way::Push,
            Self::Email => Way::Email,
            Self::Sms => Way::Sms,
        }
    }
}

vocabulary! {
    /// The language that somebody is told in.
    Tongue {
        /// Vietnamese.
        Vietnamese = "vi",
        /// English.
        English = "en",
    }
}

/// What a notice comes from. Of one source a person has one notice, however often it is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source<'a> {
    /// An event of a petition, by its place in the history.
    Event(PetitionId, u32),
    /// Something else, by a name that is no other's: kind and id.
    Other(&'a str),
}

/// The random part of an id that is always the same for what it is made from.
fn repeated(pieces: &[&[u8]]) -> Randomness {
    // With lengths, so that no two lists of pieces are the same bytes.
    let lengths: Vec<[u8; 8]> =
        pieces.iter().map(|piece| u64::try_from(piece.len()).unwrap_or(u64::MAX).to_be_bytes()).collect();
    let with_lengths: Vec<&[u8]> =
        lengths.iter().zip(pieces).flat_map(|(length, piece)| [length.as_slice(), *piece]).collect();
    let digest = chain::Digest::of(&with_lengths);
    let mut randomness = Randomness::default();
    for (to, from) in randomness.iter_mut().zip(digest.as_bytes()) {
        *to = *from;
    }
    randomness
}

/// The id of what a person is told of a source: made again it is the same, so that nobody is told twice.
pub fn notice_id(source: Source<'_>, account: AccountId, at: Instant) -> NoticeId {
    let randomness = match source {
        Source::Event(petition, seq) => {
            repeated(&[b"event", petition.0.as_bytes(), &seq.to_be_bytes(), account.0.as_bytes()])
        }
        Source::Other(name) => repeated(&[b"other", name.as_bytes(), account.0.as_bytes()]),
    };
    NoticeId::new(at, &randomness)
}

/// The id of a message: the key that travels with it, the same at each try. A phone has one of its own.
pub fn delivery_id(notice: NoticeId, at: Instant, carrier: Carrier, phone: Option<PushTokenId>) -> DeliveryId {
    let phone = phone.map(|phone| phone.0.into_bytes()).unwrap_or_default();
    DeliveryId::new(at, &repeated(&[b"delivery", notice.0.as_bytes(), carrier.as_str().as_bytes(), &phone]))
}

/// The id of the e-mail that tells a person all of a day at once.
pub fn digest_id(account: AccountId, due_at: Instant) -> DeliveryId {
    DeliveryId::new(due_at, &repeated(&[b"digest", account.0.as_bytes()]))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn ids_are_the_same_for_the_same_and_others_for_others() {
        let at = Instant::parse("2026-11-26T08:00:00Z").unwrap();
        let (petition, account) = (PetitionId(Uuid::from_u128(1)), AccountId(Uuid::from_u128(2)));
        let id = |source, account| notice_id(source, account, at);
        let first = id(Source::Event(petition, 3), account);
        assert_eq!(first, id(Source::Event(petition, 3), account));
        assert_ne!(first, id(Source::Event(petition, 4), account));
        assert_ne!(first, id(Source::Event(petition, 3), AccountId(Uuid::from_u128(3))));
        assert_ne!(id(Source::Other("session a"), account), id(Source::Other("session b"), account));
        let phones = [None, Some(PushTokenId(Uuid::from_u128(1))), Some(PushTokenId(Uuid::from_u128(2)))];
        let mut all: Vec<DeliveryId> = Carrier::ALL
            .iter()
            .flat_map(|carrier| phones.map(|phone| delivery_id(first, at, *carrier, phone)))
            .collect();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 12);
        assert_eq!(digest_id(account, at), digest_id(account, at));
    }
}
