//! Keys of other systems: whose they are, what they may be used for, and for how long.

use crate::{
    account::{InvalidLogin, Login},
    code::{AgencyCode, SourceCode},
    vocabulary::vocabulary,
};

vocabulary! {
    /// What a key may be used for. What an agency's key may all together is less than an officer of the agency may do.
    ApiScope {
        /// Read the agency's queue and its petitions.
        Read = "read",
        /// Receive, hand on, ask, note, draft: everything up to the answer.
        Handle = "handle",
        /// Answer the citizen, where the agency's officers may.
        Answer = "answer",
        /// Send citizens' petitions by Open311, and follow those that it sent.
        Open311 = "open311",
    }
}

impl ApiScope {
    /// Whether it is for programs that send petitions; the others are for agencies' systems.
    pub fn is_senders(self) -> bool {
        match self {
            Self::Open311 => true,
            Self::Read | Self::Handle | Self::Answer => false,
        }
    }
}

/// Whose system a key is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyHolder {
    /// An agency's own: it acts as one of its officers.
    Agency(AgencyCode),
    /// A program through which citizens send petitions: another city's app, a portal. Several keys may be of one, so that a new key
    /// takes the place of an old one and what was sent stays its own.
    Sender(SourceCode),
}

/// What the login begins with of the account that a sending program acts by. Nobody signs in to it.
const SENDER_LOGIN: &str = "open311.";

impl KeyHolder {
    /// The agency, where it is one's.
    pub fn agency(&self) -> Option<&AgencyCode> {
        match self {
            Self::Agency(agency) => Some(agency),
            Self::Sender(_) => None,
        }
    }

    /// The program, where it is one that sends petitions.
    pub fn sender(&self) -> Option<&SourceCode> {
        match self {
            Self::Agency(_) => None,
            Self::Sender(source) => Some(source),
        }
    }

    /// The login of a sending program's account.
    ///
    /// # Errors
    /// [`InvalidLogin`] where the code is too long for one.
    pub fn sender_login(source: &SourceCode) -> Result<Login, InvalidLogin> {
        Login::name(&format!("{SENDER_LOGIN}{source}"))
    }

    /// The sending program whose account has that login; `None` for another login.
    pub fn of_sender_login(login: &str) -> Option<Self> {
        login.strip_prefix(SENDER_LOGIN).and_then(|source| SourceCode::parse(source).ok()).map(Self::Sender)
    }
}

/// The source of petitions that come through a sending program. It begins in a way of its own, so that a program never takes what another
/// portal or the hotline sent for its own.
pub fn sent_through(source: &SourceCode) -> Option<SourceCode> {
    SourceCode::parse(&format!("open311-{source}")).ok()
}

/// For how many days a key is good, unless somebody says less.
pub const API_KEY_DAYS: u16 = 365;

/// How many keys an agency, or a sending program, may have at a time.
pub const API_KEYS_OF_AN_AGENCY: usize = 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_known_by_the_login_of_its_account() {
        let source = SourceCode::parse("toi-yeu-bac-ninh").unwrap();
        let login = KeyHolder::sender_login(&source).unwrap();
        assert_eq!(login.as_str(), "open311.toi-yeu-bac-ninh");
        assert_eq!(KeyHolder::of_sender_login(login.as_str()), Some(KeyHolder::Sender(source.clone())));
        assert_eq!(sent_through(&source).unwrap().as_str(), "open311-toi-yeu-bac-ninh");
        for other in ["canbo.256", "partner.dvcqg", "open311.", "open311.A"] {
            assert_eq!(KeyHolder::of_sender_login(other), None, "{other}");
        }
        let long = SourceCode::parse(&"a".repeat(60)).unwrap();
        assert!(KeyHolder::sender_login(&long).is_err() && sent_through(&long).is_none());
    }
}
