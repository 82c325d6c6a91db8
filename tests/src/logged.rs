//! The log of every server within a test run, looked through line by line as it is written: nobody's name, telephone number or text may stand in it,
//! whatever test is run. It is the product's own log in JSON, at `debug`.

use std::{
    io::{self, Write},
    sync::{
        Once,
        atomic::{AtomicU64, Ordering},
    },
};

use api::{ops, settings::LogFormat};
use tracing_subscriber::{EnvFilter, filter::filter_fn, layer::SubscriberExt, util::SubscriberInitExt};

static LINES: AtomicU64 = AtomicU64::new(0);

/// How many lines were looked through in this process.
pub fn lines() -> u64 {
    LINES.load(Ordering::Relaxed)
}

/// Has all that is logged in this process looked through from now on.
pub fn look_through() {
    static BEGUN: Once = Once::new();
    BEGUN.call_once(|| {
        let lines = ops::log_lines(EnvFilter::new("debug"), LogFormat::Json, || Reader);
        // Where no gateway is set up messages are logged instead of sent, with number and code: that is what this target is.
        let is_told = filter_fn(|what| ops::may_be_told(what) && what.target() != "messages");
        tracing_subscriber::registry().with(is_told).with(lines).init();
    });
}

/// What is personal in a line. All that is logged is English and names of programs, while citizens and officers write Vietnamese: a letter with a mark is
/// of a name or a text. A telephone number is one of Việt Nam.
pub fn personal(line: &str) -> Option<&str> {
    let mut words = line.split(|c: char| !c.is_alphanumeric() && !matches!(c, '@' | '.' | '_' | '-'));
    words.find(|word| word.chars().any(|c| !c.is_ascii() && c.is_alphabetic()) || word.contains('@') || is_phone(word))
}

fn is_phone(word: &str) -> bool {
    let digits = word.strip_prefix("84").filter(|rest| rest.len() == 9).or_else(|| word.strip_prefix('0'));
    digits.is_some_and(|digits| {
        digits.len() == 9 && digits.starts_with(['3', '5', '7', '8', '9']) && digits.bytes().all(|b| b.is_ascii_digit())
    })
}

/// Reads what is written. One write is one line.
struct Reader;

impl Write for Reader {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        LINES.fetch_add(1, Ordering::Relaxed);
        let text = String::from_utf8_lossy(line);
        if let Some(word) = personal(&text) {
            // Past the capture of `cargo test`, and of whatever catches panics.
            writeln!(io::stderr(), "\n*** SOMETHING PERSONAL IN THE LOG: {word} ***\n{text}")?;
            std::process::exit(101);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
