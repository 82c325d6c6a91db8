//! Who is calling: passwords, one-time codes, second factors, access tokens, sessions, and the extractors that let a caller in.

mod account_calls;
mod anyone;
mod api_key_calls;
mod api_keys;
mod caller;
mod code_calls;
mod codes;
mod device_calls;
mod identity;
mod keys;
mod known;
mod lockout;
mod passwords;
mod revoked;
mod second_factor;
mod session_calls;
mod sign_in;
mod token;
mod vault;

pub(crate) use account_calls::password_fault;
pub use account_calls::{AccountView, change_password, me, register};
pub use anyone::Anyone;
pub(crate) use api_key_calls::{agency_to_keep_for, agency_to_list, kept_by};
pub use api_key_calls::{create_api_key, list_api_keys, revoke_api_key};
pub use api_keys::ApiKeys;
pub(crate) use api_keys::scope_of;
pub use caller::{
    Admins, Allowed, Approvers, Audience, Caller, Citizens, Coordinators, Desks, KeyKeepers, Leaders, PetitionReaders,
    RateReaders, SignedIn, Staff,
};
pub(crate) use caller::{app_of, caller};
pub use code_calls::{confirm_verification, reset_password, send_reset_code, send_verification_code};
pub use codes::OnTheirWay;
pub use device_calls::{end_other_sessions, end_session, my_sessions};
pub(crate) use identity::IdentityView;
pub use identity::{
    Identities, ProvidersError, begin_identity_link, begin_identity_sign_in, end_identity_sign_in, link_identity,
    list_identity_providers, my_identities, unlink_identity,
};
pub use keys::{KeyStanding, Keys};
pub(crate) use lockout::oldest_tries;
pub use passwords::{Cost, Passwords, Verified};
pub use revoked::{REVOCATION_POLL, Revoked};
pub use second_factor::{begin_second_factor, confirm_second_factor, remove_second_factor};
pub use session_calls::{jwks, login, logout, refresh};
pub use sign_in::TokenPair;
pub(crate) use sign_in::{Credentials, authenticate, browser_digest};
pub use token::{ACCESS_TOKEN_LIFE, AccessClaims};
pub use vault::{Sealed, Vault};
