//! What an operator sets to have what everybody reads read from a replica.

use std::time::Duration;

use clap::Args;
use persistence::ReplicaOptions;
use secrecy::{ExposeSecret, SecretString};

/// A replica of the PostgreSQL that is written to.
#[derive(Debug, Clone, Args)]
pub struct ReplicaSettings {
    /// `postgres://USER:PASSWORD@HOST/DATABASE`, a streaming replica of PAKN_DATABASE_URL: the public feed, the map and Open311 are read from it. It is one server, not a name
    /// for several, since it is known of that one how far it lags.
    #[arg(long, env = "PAKN_DATABASE_READ_URL", hide_env_values = true, global = true)]
    pub database_read_url: Option<SecretString>,
    /// By how many seconds it may lag. Beyond that, and while it does not answer, the primary is read.
    #[arg(long, env = "PAKN_DATABASE_READ_LAG", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=300), global = true)]
    pub database_read_lag: u16,
}

impl Default for ReplicaSettings {
    fn default() -> Self {
        Self { database_read_url: None, database_read_lag: 5 }
    }
}

impl ReplicaSettings {
    /// How to read from it, where there is one; a text that is empty names none.
    pub fn options(&self, max_connections: u32) -> Option<ReplicaOptions> {
        let url = self.database_read_url.as_ref().map(|url| url.expose_secret()).filter(|url| !url.is_empty())?;
        Some(ReplicaOptions {
            url: url.to_owned(),
            max_connections,
            most_lag: Duration::from_secs(self.database_read_lag.into()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_text_names_no_replica() {
        let named = |url: &str| ReplicaSettings { database_read_url: Some(url.into()), ..ReplicaSettings::default() };
        assert!(ReplicaSettings::default().options(4).is_none());
        assert!(named("").options(4).is_none());
        let options = named("postgres://there/pakn").options(4).unwrap();
        assert_eq!((options.max_connections, options.most_lag), (4, Duration::from_secs(5)));
    }
}
