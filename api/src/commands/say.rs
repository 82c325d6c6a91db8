//! Printing, also to a reader that goes away.

use std::{
    fmt,
    io::{self, Write},
};

/// Prints a line. A reader that has gone (`| head`) has seen enough, and what a command does and how it ends is the same for that;
/// `println!` would panic.
pub(super) fn say(line: fmt::Arguments<'_>) -> io::Result<()> {
    match writeln!(io::stdout(), "{line}") {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

/// [`say()`], as `println!` is written.
macro_rules! say {
    ($($text:tt)*) => { $crate::commands::say::say(format_args!($($text)*)) };
}
