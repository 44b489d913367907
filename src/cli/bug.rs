//! What is said where the tool itself is wrong.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::io::Write;

/// Lets a panic be told as what it is: a bug, with its place in our sources. Its own words are left out, as they may
/// quote what was read, and a password with it.
pub fn tell_bugs() {
    // Where the tool is built for tests, one can be asked for.
    #[cfg(debug_assertions)]
    if let Ok(name) = std::env::var("SCHEMA_CHECK_BUG_IN") {
        let _ = crate::rules::BUG_IN.set(name);
    }
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(|at| format!(" ({}:{})", at.file(), at.line())).unwrap_or_default();
        let mut told = format!(
            "schema_check::bug\n\n  × this is a bug in schema-check {}{place}\n  help: report it, with the command and \
             what you can show of its input; RUST_BACKTRACE=1 tells more of where it stands\n",
            env!("CARGO_PKG_VERSION")
        );
        let trace = Backtrace::capture();
        if trace.status() == BacktraceStatus::Captured {
            told += &format!("\n{trace}\n");
        }
        let _ = std::io::stderr().write_all(told.as_bytes());
    }));
}
