//! The one place where time and randomness come from; everything below takes them as parameters.

mod watch;

use std::sync::LazyLock;

use domain::{chain::Salt, id::Randomness, time::Instant};
use rand::RngExt;

pub use watch::{SetBack, Watch};

/// The server's clock.
pub fn now() -> Instant {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the clock")]
    Instant::new(chrono::Utc::now())
}

/// The time since the server started, as instants: they never go back, whatever becomes of the system's clock, and mean nothing to
/// anybody else.
pub fn steady() -> Instant {
    static BEGAN: LazyLock<(std::time::Instant, Instant)> = LazyLock::new(|| (std::time::Instant::now(), now()));
    let (began, instant) = *BEGAN;
    instant.plus(chrono::Duration::from_std(began.elapsed()).unwrap_or(chrono::Duration::zero()))
}

/// The random part of an id.
pub fn id_randomness() -> Randomness {
    rand::rng().random()
}

/// The salt of a text.
pub fn salt() -> Salt {
    rand::rng().random()
}

/// Random bytes for a key.
pub fn random_bytes<const N: usize>() -> [u8; N] {
    rand::rng().random()
}

/// Chance, for what is done again after a while by many.
pub fn jitter() -> u16 {
    rand::rng().random()
}

/// A one-time code: six digits.
pub fn code() -> String {
    format!("{:06}", rand::rng().random_range(0..1_000_000))
}

/// A secret of 256 bits, as 64 hexadecimal digits.
pub fn secret() -> String {
    hex::encode(rand::rng().random::<[u8; 32]>())
}

/// A password that a person can type: 20 of 31 letters and digits that are not mistaken for each other (99 bits).
pub fn password() -> String {
    const ALPHABET: &[u8; 31] = b"abcdefghjkmnpqrstuvwxyz23456789";
    let mut rng = rand::rng();
    let letters = (0..20).filter_map(|_| ALPHABET.get(rng.random_range(0..ALPHABET.len())).copied().map(char::from));
    let letters: Vec<char> = letters.collect();
    letters.chunks(5).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join("-")
}
