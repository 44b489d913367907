//! `schema-check show`

use std::io::{IsTerminal, Write};

use clap::{Args, ValueEnum};

use super::asserting::Asking;
use super::config::Config;
use super::problem::Problem;
use super::source::Source;
use super::sql::Replaying;
use super::{CLEAN, FINDINGS, Observed, Timeouts, print, snapshot, source};
use crate::ddl;
use crate::files::Files;
use crate::report;
use crate::report::terminal::{Style, render_finding};
use crate::report::untrusted::Untrusted;
use crate::spec::document::Guard;

#[derive(Debug, Args)]
pub(super) struct Show {
    #[command(flatten)]
    observed: Observed,
    /// How to print it; JSON is a snapshot without the time, SQL makes it again in an empty database.
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    format: ShowFormat,
    #[command(flatten)]
    timeouts: Timeouts,
    #[command(flatten)]
    replaying: Replaying,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ShowFormat {
    /// For people.
    Human,
    /// For programs; docs/json.md describes it.
    Json,
    /// For a server.
    Sql,
}

impl Show {
    pub(super) fn run(&self, config: &Config, files: &mut Files, style: Style) -> Result<u8, Problem> {
        let chosen = config.choose(&self.observed)?;
        let timeouts = self.timeouts.or(&config.settings(chosen.target).timeouts);
        let replaying = self.replaying.or(&config.replaying);
        let source =
            source::observed(&chosen.place, files, &timeouts, &Asking::nothing(&Guard::default()), &replaying)?;
        tell(&source, files, style);
        let text = match self.format {
            ShowFormat::Human => report::catalog::render(&source.catalog, &source.notes, files, style),
            ShowFormat::Json => snapshot::render(&snapshot::of(&source, files)),
            ShowFormat::Sql => {
                let printed = ddl::print(&source.catalog);
                for left_out in &printed.left_out {
                    let _ = writeln!(std::io::stderr(), "not printed: {}", Untrusted::new(left_out).term());
                }
                // Who pipes it on wants just what it is.
                if std::io::stdout().is_terminal() { Untrusted::new(&printed.text).term_block() } else { printed.text }
            }
        };
        print(&text)?;
        Ok(if source.refused.is_empty() { CLEAN } else { FINDINGS })
    }
}

/// Tells how folders were read, and what a server would have refused: it is not in the catalog, and whoever reads
/// that must know.
pub(super) fn tell(source: &Source, files: &Files, style: Style) {
    for layout in &source.layouts {
        let _ = writeln!(std::io::stderr(), "layout: {layout}");
    }
    for finding in &source.refused {
        let _ = std::io::stderr().write_all(render_finding(finding, false, files, style).as_bytes());
    }
}
