//! The header fields that tell a client how it stands: draft-ietf-httpapi-ratelimit-headers, as of its version 10.

use std::fmt::Write;

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use domain::quota::Quota;

use super::Limit;

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const LIMIT: HeaderName = HeaderName::from_static("ratelimit");

/// How a client stands to a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The limit.
    pub limit: Limit,
    /// Its quota.
    pub quota: Quota,
    /// How many more requests there are, as far as this server knows.
    pub left: u32,
    /// When all of them are there again.
    pub fills_in: chrono::Duration,
}

/// `RateLimit-Policy` and `RateLimit`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fields {
    policy: String,
    standing: String,
}

impl Fields {
    /// Of these.
    pub fn of(standings: &[Standing]) -> Self {
        let mut fields = Self::default();
        for Standing { limit, quota, left, fills_in } in standings {
            let comma = if fields.policy.is_empty() { "" } else { ", " };
            let name = limit.as_str();
            let seconds = u64::try_from(fills_in.num_milliseconds()).unwrap_or(0).div_ceil(1000);
            // Writing to a string does not fail.
            let _policy = write!(fields.policy, "{comma}\"{name}\";q={};w={}", quota.tokens(), quota.per_secs());
            let _standing = write!(fields.standing, "{comma}\"{name}\";r={left};t={seconds}");
        }
        fields
    }

    /// Whether an answer has them.
    pub fn are_in(headers: &HeaderMap) -> bool {
        headers.contains_key(LIMIT)
    }

    /// Adds them to an answer's.
    pub fn add_to(&self, headers: &mut HeaderMap) {
        for (name, value) in [(POLICY, &self.policy), (LIMIT, &self.standing)] {
            if let Ok(value) = HeaderValue::from_str(value)
                && !value.is_empty()
            {
                headers.insert(name, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_limit_is_an_item_of_both_lists() {
        let standing = |limit, left| Standing {
            limit,
            quota: Quota::new(60, 3600),
            left,
            fills_in: chrono::Duration::milliseconds(1_001),
        };
        let fields = Fields::of(&[standing(Limit::SubmitAccount, 59), standing(Limit::SubmitAddress, 7)]);
        assert_eq!(fields.policy, r#""submit-account";q=60;w=3600, "submit-address";q=60;w=3600"#);
        assert_eq!(fields.standing, r#""submit-account";r=59;t=2, "submit-address";r=7;t=2"#);
    }
}
