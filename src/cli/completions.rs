//! `schema-check completions`

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::problem::Problem;
use super::{CLEAN, Cli, print};

#[derive(Debug, Args)]
pub(super) struct Completions {
    /// The shell that reads it.
    shell: Shell,
}

impl Completions {
    pub(super) fn run(&self) -> Result<u8, Problem> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "schema-check", &mut script);
        print(&String::from_utf8_lossy(&script))?;
        Ok(CLEAN)
    }
}
