//! `schema-check man`

use std::path::PathBuf;

use clap::{Args, Command, CommandFactory};

use super::problem::Problem;
use super::write::{Existing, write};
use super::{CLEAN, Cli, print};
use crate::report::plural;
use crate::report::untrusted::Untrusted;

#[derive(Debug, Args)]
pub(super) struct Man {
    /// The folder to write the pages of all commands to, one each; what is there of them is replaced.
    #[arg(short, long, value_name = "FOLDER")]
    output: Option<PathBuf>,
}

impl Man {
    pub(super) fn run(&self) -> Result<u8, Problem> {
        let mut cli = Cli::command().disable_help_subcommand(true);
        // Names each command by the whole way to it: schema-check-check.
        cli.build();
        let Some(folder) = &self.output else {
            print(&page(cli))?;
            return Ok(CLEAN);
        };
        let commands = cli.get_subcommands().cloned();
        let pages: Vec<(PathBuf, String)> =
            commands.chain([cli.clone()]).map(|command| (folder.join(file(&command)), page(command))).collect();
        // If that fails, so does writing, which says why.
        let _ = std::fs::create_dir_all(folder);
        write(&pages, Existing::Replace)?;
        let folder = Untrusted::new(folder.display().to_string()).term();
        print(&format!("wrote  {} to {folder}\n", plural(pages.len(), "page")))?;
        Ok(CLEAN)
    }
}

fn file(command: &Command) -> String {
    format!("{}.1", command.get_display_name().unwrap_or(command.get_name()))
}

fn page(command: Command) -> String {
    let mut page = Vec::new();
    // Nothing can fail that is written to memory.
    let _ = clap_mangen::Man::new(command).render(&mut page);
    String::from_utf8_lossy(&page).into_owned()
}
