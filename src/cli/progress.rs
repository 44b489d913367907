//! `schema-check progress`

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::asserting::Asserting;
use super::check::today;
use super::config::Config;
use super::problem::Problem;
use super::source::Begun;
use super::sql::Replaying;
use super::{CLEAN, FINDINGS, Observed, Timeouts, print, show, specs};
use crate::files::Files;
use crate::progress::progress;
use crate::report::progress::{human, json};
use crate::report::terminal::Style;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Human,
    /// For programs.
    Json,
}

#[derive(Debug, Args)]
pub(super) struct Progress {
    /// Spec files, or folders of them; several are read as one.
    #[arg(long, value_name = "PATH", num_args = 1..)]
    spec: Vec<PathBuf>,
    #[command(flatten)]
    observed: Observed,
    /// How to print it.
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    format: Format,
    #[command(flatten)]
    timeouts: Timeouts,
    #[command(flatten)]
    replaying: Replaying,
    #[command(flatten)]
    asserting: Asserting,
}

impl Progress {
    pub(super) fn run(&self, config: &Config, files: &mut Files, style: Style) -> Result<u8, Problem> {
        let chosen = config.choose(&self.observed)?;
        let settings = config.settings(chosen.target);
        let spec = config.specs(&self.spec, &settings)?;
        let (timeouts, replaying) = (self.timeouts.or(&settings.timeouts), self.replaying.or(&config.replaying));
        let begun = Begun::of(&chosen.place, &timeouts, specs::may_guard(spec));
        let mut document = specs::read(spec, files)?.document;
        if document.phases.is_empty() {
            let help = "add `phases:`; docs/spec.md shows how".to_owned();
            return Err(Problem::input("the spec has no phases, so there is no progress to tell", Some(help)));
        }
        let how = (&timeouts, &replaying);
        let assertions = document.assertions_of_all_phases();
        let (observed, asserted) = self.asserting.observe(&mut document, &assertions, begun, files, how)?;
        show::tell(&observed, files, style);
        let progress = progress(&document, &observed.catalog, &asserted.findings, today())?;
        let text = match self.format {
            Format::Human => human(&progress, &observed.name, &observed.notes, files, style),
            Format::Json => json(&progress, &observed.name, &observed.notes, files),
        };
        print(&text)?;
        Ok(if progress.is_somewhere() && observed.refused.is_empty() { CLEAN } else { FINDINGS })
    }
}
