//! Who may look.

use aws_lc_rs::constant_time;
use clap::Args;
use secrecy::{ExposeSecret, SecretString};

/// The fewest characters of the token, so that nobody guesses it.
const TOKEN_CHARACTERS: usize = 32;

/// What is told to those who watch the server.
#[derive(Debug, Clone, Default, Args)]
pub struct MetricsSettings {
    /// What a scraper shows at /metrics, as `Authorization: Bearer …` (in Prometheus: `authorization: {credentials_file: …}`); at least 32
    /// characters. Nobody is let in unless it is set.
    #[arg(long, env = "PAKN_METRICS_TOKEN", hide_env_values = true, global = true)]
    pub metrics_token: Option<SecretString>,
}

/// A token that can be guessed. What is said of it has nothing of it.
#[derive(Debug, thiserror::Error)]
#[error("PAKN_METRICS_TOKEN has fewer than {TOKEN_CHARACTERS} characters: openssl rand -hex 32")]
pub struct ShortToken;

/// The token of scrapers.
#[derive(Debug)]
pub(super) struct Token(Option<SecretString>);

impl Token {
    /// As the settings say; a text that is empty is none.
    pub(super) fn new(settings: &MetricsSettings) -> Result<Self, ShortToken> {
        let token = settings.metrics_token.clone().filter(|token| !token.expose_secret().is_empty());
        match token {
            Some(token) if token.expose_secret().len() < TOKEN_CHARACTERS => Err(ShortToken),
            token => Ok(Self(token)),
        }
    }

    /// Whether it is that.
    pub(super) fn is(&self, shown: &str) -> bool {
        let token = self.0.as_ref().map(|token| token.expose_secret().as_bytes());
        token.is_some_and(|token| constant_time::verify_slices_are_equal(token, shown.as_bytes()).is_ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(text: &str) -> Result<Token, ShortToken> {
        Token::new(&MetricsSettings { metrics_token: Some(text.into()) })
    }

    #[test]
    fn nobody_is_let_in_by_no_token_an_empty_one_or_one_that_can_be_guessed() {
        let none = Token::new(&MetricsSettings::default()).unwrap();
        assert!(!none.is("") && !none.is("anything"));
        assert!(!token("").unwrap().is(""));
        assert!(token(&"x".repeat(31)).is_err());
        let long = "x".repeat(32);
        assert!(token(&long).unwrap().is(&long));
        assert!(!token(&long).unwrap().is(&"x".repeat(33)));
    }
}
