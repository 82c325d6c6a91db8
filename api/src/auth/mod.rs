//! Who is calling: passwords, access tokens, sessions, and the extractors that let a caller in.

mod account_calls;
mod anyone;
mod api_key_calls;
mod api_keys;
mod caller;
mod keys;
mod passwords;
mod session_calls;
mod sign_in;
mod token;

pub(crate) use account_calls::password_fault;
pub use account_calls::{AccountView, change_password, me, register};
pub use anyone::Anyone;
pub use api_key_calls::{create_api_key, list_api_keys, revoke_api_key};
pub use api_keys::ApiKeys;
pub(crate) use api_keys::scope_of;
pub use caller::{
    Admins, Allowed, Approvers, Audience, Caller, Citizens, Coordinators, Desks, KeyKeepers, PetitionReaders,
    RateReaders, SignedIn, Staff,
};
pub use keys::{KeyStanding, Keys};
pub use passwords::Passwords;
pub use session_calls::{jwks, login, logout, refresh};
pub use sign_in::TokenPair;
pub(crate) use sign_in::{authenticate, browser_digest};
pub use token::{ACCESS_TOKEN_LIFE, AccessClaims};
