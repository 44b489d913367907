//! Reads the arguments, runs the command, exits with its code.

use std::process::ExitCode;

use schema_check::cli;
use schema_check::sql;

/// A catalog is made of many small pieces; the allocator of musl, which a static binary would have, is slow at these.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cli::tell_bugs();
    let cli = match cli::parse() {
        Ok(cli) => cli,
        Err(code) => return ExitCode::from(code),
    };
    // SQL nests as deep as people write it, and so do the walks over it.
    let command = std::thread::Builder::new().stack_size(sql::STACK_SIZE).spawn(move || cli::run(cli));
    let code = match command.map(std::thread::JoinHandle::join) {
        Ok(Ok(code)) => code,
        // A panic has said what it was; no verdict has been reached.
        _ => cli::NO_VERDICT,
    };
    ExitCode::from(code)
}
