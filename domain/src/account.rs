//! Who acts: accounts, roles, and the actor of a command.

use std::fmt;

use crate::{
    code::AgencyCode,
    id::AccountId,
    text::{Lines, normalise},
    vocabulary::vocabulary,
};

vocabulary! {
    /// What an account is for.
    Role {
        /// Sends petitions.
        Citizen = "citizen",
        /// Deals with the petitions of one agency.
        Officer = "officer",
        /// An officer who also answers for that agency.
        Leader = "leader",
        /// Routes, rejects, publishes, merges: the provincial operations centre.
        Coordinator = "coordinator",
        /// Reads rates, nothing personal.
        Steering = "steering",
        /// Keeps accounts, catalogue, calendar and targets; sees no petition.
        Admin = "admin",
    }
}

impl Role {
    /// Whether an account of this role belongs to an agency that it must name.
    pub fn needs_agency(self) -> bool {
        match self {
            Self::Officer | Self::Leader => true,
            Self::Citizen | Self::Coordinator | Self::Steering | Self::Admin => false,
        }
    }
}

/// Who gives a command, with what their role makes them part of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// A citizen.
    Citizen(AccountId),
    /// An officer of an agency.
    Officer(AccountId, AgencyCode),
    /// A leader of an agency.
    Leader(AccountId, AgencyCode),
    /// A coordinator.
    Coordinator(AccountId),
    /// A member of the Steering Committee.
    Steering(AccountId),
    /// An administrator.
    Admin(AccountId),
    /// pakn itself: what follows from a change of the calendar, for example.
    System,
}

/// An officer or leader without an agency, or another role with one. The coordinator's own desk has coordinators alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an officer or leader belongs to an agency other than the coordinator's, and nobody else does")]
pub struct AgencyMismatch;

impl Actor {
    /// The actor behind an account.
    ///
    /// # Errors
    /// [`AgencyMismatch`] when role and agency do not go together.
    pub fn new(account: AccountId, role: Role, agency: Option<AgencyCode>) -> Result<Self, AgencyMismatch> {
        let coordinators = |agency: &AgencyCode| *agency == AgencyCode::coordinator();
        match (role, agency) {
            (Role::Officer, Some(agency)) if !coordinators(&agency) => Ok(Self::Officer(account, agency)),
            (Role::Leader, Some(agency)) if !coordinators(&agency) => Ok(Self::Leader(account, agency)),
            (Role::Coordinator, Some(agency)) if coordinators(&agency) => Ok(Self::Coordinator(account)),
            (Role::Coordinator, None) => Ok(Self::Coordinator(account)),
            (Role::Citizen, None) => Ok(Self::Citizen(account)),
            (Role::Steering, None) => Ok(Self::Steering(account)),
            (Role::Admin, None) => Ok(Self::Admin(account)),
            (Role::Officer | Role::Leader, _)
            | (Role::Citizen | Role::Coordinator | Role::Steering | Role::Admin, Some(_)) => Err(AgencyMismatch),
        }
    }

    /// The account; `None` for the system.
    pub fn account(&self) -> Option<AccountId> {
        match self {
            Self::Citizen(account)
            | Self::Officer(account, _)
            | Self::Leader(account, _)
            | Self::Coordinator(account)
            | Self::Steering(account)
            | Self::Admin(account) => Some(*account),
            Self::System => None,
        }
    }

    /// The role; `None` for the system.
    pub fn role(&self) -> Option<Role> {
        match self {
            Self::Citizen(_) => Some(Role::Citizen),
            Self::Officer(..) => Some(Role::Officer),
            Self::Leader(..) => Some(Role::Leader),
            Self::Coordinator(_) => Some(Role::Coordinator),
            Self::Steering(_) => Some(Role::Steering),
            Self::Admin(_) => Some(Role::Admin),
            Self::System => None,
        }
    }

    /// The agency whose desk this actor sits at; the coordinator sits at its own.
    pub fn agency(&self) -> Option<AgencyCode> {
        match self {
            Self::Officer(_, agency) | Self::Leader(_, agency) => Some(agency.clone()),
            Self::Coordinator(_) => Some(AgencyCode::coordinator()),
            Self::Citizen(_) | Self::Steering(_) | Self::Admin(_) | Self::System => None,
        }
    }
}

/// The most characters of an e-mail address (RFC 5321).
const EMAIL_MAX: usize = 254;

/// What an account signs in with.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Login {
    /// A Vietnamese mobile or landline number in E.164: `+84912345678`.
    Phone(String),
    /// An e-mail address, in lower case.
    Email(String),
    /// A staff login name: `canbo.256`.
    Name(String),
}

/// A login of none of the three kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("neither a phone number of Việt Nam, nor an e-mail address, nor a login name")]
pub struct InvalidLogin;

impl Login {
    /// A phone number as people write it (`0912 345 678`, `+84…`, `84…`), to E.164.
    ///
    /// Prefixes of operators change, so only the shape is checked: nine digits after the code for mobiles, which begin with
    /// 3, 5, 7, 8 or 9, nine or ten for landlines, which begin with 2.
    ///
    /// # Errors
    /// [`InvalidLogin`] for anything else.
    pub fn phone(raw: &str) -> Result<Self, InvalidLogin> {
        let digits: String = raw.chars().filter(|c| !matches!(c, ' ' | '.' | '-' | '(' | ')')).collect();
        let national = digits
            .strip_prefix("+84")
            .or_else(|| digits.strip_prefix('0'))
            .or_else(|| digits.strip_prefix("84"))
            .ok_or(InvalidLogin)?;
        let fits = match national.as_bytes() {
            [b'3' | b'5' | b'7' | b'8' | b'9', rest @ ..] => rest.len() == 8,
            [b'2', rest @ ..] => matches!(rest.len(), 8 | 9),
            _ => false,
        };
        if fits && national.bytes().all(|b| b.is_ascii_digit()) {
            Ok(Self::Phone(format!("+84{national}")))
        } else {
            Err(InvalidLogin)
        }
    }

    /// An e-mail address: one `@`, a domain with a dot, no spaces; whether it exists only a message to it can tell.
    ///
    /// # Errors
    /// [`InvalidLogin`] for anything else.
    pub fn email(raw: &str) -> Result<Self, InvalidLogin> {
        let text = normalise(raw, EMAIL_MAX, Lines::One).map_err(|_| InvalidLogin)?.to_lowercase();
        let (local, domain) = text.split_once('@').ok_or(InvalidLogin)?;
        let plain = |c: char| !c.is_whitespace() && !matches!(c, '@' | ',' | ';' | '<' | '>' | '"' | '(' | ')');
        // Counted again: small letters may be more than the capital was.
        let fits = text.chars().count() <= EMAIL_MAX
            && !local.is_empty()
            && local.len() <= 64
            && local.chars().all(plain)
            && domain.split('.').count() >= 2
            && domain
                .split('.')
                .all(|label| !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-'));
        if fits { Ok(Self::Email(text)) } else { Err(InvalidLogin) }
    }

    /// A staff login name: 3 to 64 of lower-case letters, digits, `.`, `-`, `_`, beginning with a letter.
    ///
    /// # Errors
    /// [`InvalidLogin`] for anything else.
    pub fn name(raw: &str) -> Result<Self, InvalidLogin> {
        let fits = (3..=64).contains(&raw.len())
            && raw.starts_with(|c: char| c.is_ascii_lowercase())
            && raw.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'_'));
        if fits { Ok(Self::Name(raw.to_owned())) } else { Err(InvalidLogin) }
    }

    /// Whichever of the three the text is.
    ///
    /// # Errors
    /// [`InvalidLogin`] when it is none.
    pub fn parse(raw: &str) -> Result<Self, InvalidLogin> {
        Self::phone(raw).or_else(|_| Self::email(raw)).or_else(|_| Self::name(raw))
    }

    /// As stored; unique over all accounts.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Phone(text) | Self::Email(text) | Self::Name(text) => text,
        }
    }
}

// A login may be a citizen's phone number: it stays out of logs.
impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Phone(_) => "Login::Phone(…)",
            Self::Email(_) => "Login::Email(…)",
            Self::Name(_) => "Login::Name(…)",
        })
    }
}

/// Whether an account of that role and agency is for this actor to make, to deactivate and to help when its password is lost: an
/// administrator's are all but citizens', a leader's are the officers of their agency.
pub fn keeps(actor: &Actor, role: Role, agency: Option<&AgencyCode>) -> bool {
    match (actor, role) {
        (Actor::Admin(_), Role::Officer | Role::Leader | Role::Coordinator | Role::Steering | Role::Admin) => true,
        (Actor::Leader(_, own), Role::Officer) => agency == Some(own),
        (Actor::Admin(_), Role::Citizen)
        | (Actor::Leader(..), Role::Citizen | Role::Leader | Role::Coordinator | Role::Steering | Role::Admin)
        | (
            Actor::Citizen(_) | Actor::Officer(..) | Actor::Coordinator(_) | Actor::Steering(_) | Actor::System,
            Role::Citizen | Role::Officer | Role::Leader | Role::Coordinator | Role::Steering | Role::Admin,
        ) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phones_become_e164() {
        for raw in ["0912345678", "+84 912 345 678", "84912345678", "0912.345.678", "(091) 234-5678"] {
            assert_eq!(Login::parse(raw).unwrap().as_str(), "+84912345678", "{raw}");
        }
        assert_eq!(Login::parse("0222 3822 155").unwrap().as_str(), "+842223822155");
        for raw in ["0112345678", "091234567", "09123456789", "+85512345678", "1022", "0912a45678"] {
            assert_eq!(Login::phone(raw), Err(InvalidLogin), "{raw}");
        }
    }

    #[test]
    fn addresses_and_names_are_told_apart() {
        assert_eq!(Login::parse(" Nguyen.An@Example.VN ").unwrap(), Login::Email("nguyen.an@example.vn".into()));
        assert_eq!(Login::parse("canbo.256").unwrap(), Login::Name("canbo.256".into()));
        for raw in ["", "a", "a@b", "@b.vn", "a@@b.vn", "a b@c.vn", "Đặng", "9abc", "x@y..vn"] {
            assert_eq!(Login::parse(raw), Err(InvalidLogin), "{raw}");
        }
    }

    #[test]
    fn an_agency_goes_with_officers_and_leaders_alone() {
        let account = AccountId(uuid::Uuid::nil());
        for role in Role::ALL {
            let of =
                |agency: Option<&str>| Actor::new(account, *role, agency.map(|code| AgencyCode::parse(code).unwrap()));
            assert_eq!(of(Some("ubnd-256")).is_ok(), role.needs_agency(), "{role}");
            assert_eq!(of(None).is_ok(), !role.needs_agency(), "{role}");
            assert_eq!(of(Some("dieu-phoi")).is_ok(), *role == Role::Coordinator, "{role}");
        }
    }

    #[test]
    fn leaders_keep_the_officers_of_their_agency_and_administrators_all_staff() {
        let id = AccountId(uuid::Uuid::nil());
        let (own, other) = (AgencyCode::parse("ubnd-256").unwrap(), AgencyCode::parse("ubnd-258").unwrap());
        let actor = |role: Role| Actor::new(id, role, role.needs_agency().then(|| own.clone())).unwrap();
        for by in Role::ALL {
            for of in Role::ALL {
                for agency in [None, Some(&own), Some(&other)] {
                    let kept = match by {
                        Role::Admin => *of != Role::Citizen,
                        Role::Leader => *of == Role::Officer && agency == Some(&own),
                        Role::Citizen | Role::Officer | Role::Coordinator | Role::Steering => false,
                    };
                    assert_eq!(keeps(&actor(*by), *of, agency), kept, "{by} {of} {agency:?}");
                }
            }
        }
        assert!(!keeps(&Actor::System, Role::Officer, Some(&own)));
    }
}
