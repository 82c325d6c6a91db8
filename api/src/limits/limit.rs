//! What is limited, by whom, and how much of it there is unless an operator says otherwise.

use std::str::FromStr;

use actix_web::http::Method;
use domain::quota::Quota;

macro_rules! limits {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $tokens:literal / $secs:literal, $exact:literal;)+) => {
        /// A limit: an action, and by whom it is counted.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Limit { $($(#[$doc])* $name,)+ }

        impl Limit {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// Its name in settings and header fields.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),+ }
            }

            /// The quota, unless an operator says otherwise.
            pub fn quota(self) -> Quota {
                match self { $(Self::$name => Quota::new($tokens, $secs)),+ }
            }

            /// Whether every token is asked of the database, so that no server gives one too many.
            pub fn is_exact(self) -> bool {
                match self { $(Self::$name => $exact),+ }
            }
        }

        /// What `--help` says of them.
        pub const LIMITS_HELP: &str = concat!(
            "Other quotas than these, as NAME=TOKENS/SECONDS or NAME=off, separated by commas. By default:",
            $(" ", $text, "=", stringify!($tokens), "/", stringify!($secs)),+
        );
    };
}

// Addresses are generous: behind one there may be an office, or with CGNAT the phones of a town.
limits! {
    /// Sign-ins with one login.
    SignInLogin = "sign-in-login", 60 / 600, false;
    /// Sign-ins from an address.
    SignInAddress = "sign-in-address", 600 / 600, false;
    /// Accounts made from an address.
    RegisterAddress = "register-address", 60 / 3600, true;
    /// Codes asked for and tried from an address; by login they have a delay of their own.
    CodeAddress = "code-address", 120 / 3600, true;
    /// Sessions prolonged from an address.
    RefreshAddress = "refresh-address", 6000 / 600, false;
    /// Petitions sent by an account.
    SubmitAccount = "submit-account", 1000 / 3600, false;
    /// Petitions sent from an address.
    SubmitAddress = "submit-address", 3000 / 3600, false;
    /// Files sent by an account.
    UploadAccount = "upload-account", 2000 / 3600, false;
    /// Files sent from an address.
    UploadAddress = "upload-address", 6000 / 3600, false;
    /// Searches by an account.
    SearchAccount = "search-account", 600 / 60, false;
    /// Searches from an address, by those who are not signed in.
    SearchAddress = "search-address", 600 / 60, false;
    /// The public feed, read by an account.
    PublicAccount = "public-account", 1200 / 60, false;
    /// Petitions sent by a program with its keys (Open311).
    Open311Key = "open311-key", 1000 / 3600, false;
    /// Forms sent to Open311 from an address, with whatever key.
    Open311Address = "open311-address", 6000 / 3600, false;
    /// The public feed, read from an address by those who are not signed in.
    PublicAddress = "public-address", 1200 / 60, false;
}

/// What a request does, as far as there is a limit for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    SignIn,
    Register,
    Code,
    Refresh,
    Submit,
    Upload,
    Search,
    Public,
    /// By its address alone: a key stands in the form, and is counted where that was read.
    Open311,
}

impl Action {
    /// What a request to a route does; `searches`: whether its query has words to look for.
    pub(super) fn of(method: &Method, route: &str, searches: bool) -> Option<Self> {
        if *method == Method::POST && route == "/dashboard/sign-in" {
            return Some(Self::SignIn);
        }
        if let Some(route) = route.strip_prefix("/open311/v2") {
            return match route {
                "/requests.{format}" if *method == Method::POST => Some(Self::Open311),
                "/requests.{format}" | "/requests/{service_request_id}.{format}" | "/tokens/{token}.{format}" => {
                    Some(Self::Public)
                }
                _ => None,
            };
        }
        let route = route.strip_prefix("/api/v1")?;
        if *method == Method::GET || *method == Method::HEAD {
            return match route {
                "/public/petitions" | "/agency/petitions" | "/agency/counts" if searches => Some(Self::Search),
                "/public/petitions" | "/public/clusters" => Some(Self::Public),
                _ => None,
            };
        }
        // A resumable upload is many requests; its creation is the one that counts.
        if *method == Method::POST && (route == "/uploads" || route.starts_with("/uploads/")) {
            return Some(Self::Upload);
        }
        match route {
            "/auth/login" | "/auth/identity/start" | "/auth/identity/finish" | "/me/identities" => Some(Self::SignIn),
            "/auth/register" => Some(Self::Register),
            "/auth/password/code" | "/auth/password/reset" | "/me/verification" | "/me/verification/confirm" => {
                Some(Self::Code)
            }
            "/auth/refresh" => Some(Self::Refresh),
            "/petitions" => Some(Self::Submit),
            "/categories/suggest" => Some(Self::Search),
            _ => None,
        }
    }

    /// The limit by account, for somebody who is signed in.
    pub(super) fn by_account(self) -> Option<Limit> {
        match self {
            Self::SignIn | Self::Register | Self::Code | Self::Refresh | Self::Open311 => None,
            Self::Submit => Some(Limit::SubmitAccount),
            Self::Upload => Some(Limit::UploadAccount),
            Self::Search => Some(Limit::SearchAccount),
            Self::Public => Some(Limit::PublicAccount),
        }
    }

    /// The limit by address. Who is signed in only reads: their account is counted, and the office that they sit in with others is not.
    pub(super) fn by_address(self, signed_in: bool) -> Option<Limit> {
        match self {
            Self::SignIn => Some(Limit::SignInAddress),
            Self::Register => Some(Limit::RegisterAddress),
            Self::Code => Some(Limit::CodeAddress),
            Self::Refresh => Some(Limit::RefreshAddress),
            Self::Submit => Some(Limit::SubmitAddress),
            Self::Upload => Some(Limit::UploadAddress),
            Self::Search => (!signed_in).then_some(Limit::SearchAddress),
            Self::Public => (!signed_in).then_some(Limit::PublicAddress),
            Self::Open311 => Some(Limit::Open311Address),
        }
    }
}

/// Another quota for a limit, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LimitSetting {
    /// Which.
    pub limit: Limit,
    /// How much; `None`: as much as there is.
    pub quota: Option<Quota>,
}

impl FromStr for LimitSetting {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, quota) = text.split_once('=').ok_or("must be NAME=TOKENS/SECONDS or NAME=off")?;
        let limit = Limit::ALL.iter().find(|limit| limit.as_str() == name.trim());
        let limit = *limit.ok_or_else(|| format!("{name} is no limit"))?;
        let quota = match quota.trim() {
            "off" => None,
            quota => Some(quota.parse().map_err(|error: domain::quota::InvalidQuota| error.to_string())?),
        };
        Ok(Self { limit, quota })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read() {
        let read = |text: &str| text.parse::<LimitSetting>();
        assert_eq!(
            read("submit-account=30/3600"),
            Ok(LimitSetting { limit: Limit::SubmitAccount, quota: Some(Quota::new(30, 3600)) })
        );
        assert_eq!(read("search-address=off"), Ok(LimitSetting { limit: Limit::SearchAddress, quota: None }));
        for wrong in ["", "submit-account", "submit=30/3600", "submit-account=0/1", "submit-account=on"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        assert!(LIMITS_HELP.contains(" submit-account=1000/3600 "), "{LIMITS_HELP}");
    }
}
