//! `schema-check show`

use clap::Args;

use super::problem::Problem;
use super::source::Source;
use super::{CLEAN, FINDINGS, Format, Observed, Replaying, Timeouts, print, source};
use crate::catalog::Origin;
use crate::files::Files;
use crate::report;
use crate::report::terminal::{Style, render_finding};
use crate::report::untrusted;
use crate::snapshot;
use crate::spec::document::Guard;

#[derive(Debug, Args)]
pub(super) struct Show {
    #[command(flatten)]
    observed: Observed,
    /// How to print it; JSON is a snapshot that `diff` reads.
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    format: Format,
    #[command(flatten)]
    timeouts: Timeouts,
    #[command(flatten)]
    replaying: Replaying,
}

impl Show {
    pub(super) fn run(&self, files: &mut Files, style: Style) -> Result<u8, Problem> {
        let source = match &self.observed.db {
            Some(url) => source::database(url, &self.timeouts, &Guard::default())?,
            None => source::replay(&self.observed.sql, files, self.replaying.version)?,
        };
        // What a server would have refused is not in the catalog: whoever reads it must know.
        for finding in &source.refused {
            let text = render_finding(finding, false, files, style);
            let _ = std::io::Write::write_all(&mut std::io::stderr(), text.as_bytes());
        }
        let text = match self.format {
            Format::Human => report::catalog::render(&source.catalog, &source.notes, files, style),
            Format::Json => {
                let json = snapshot::to_json(&source.catalog, &not_covered(&source, files));
                untrusted::json(&format!("{json:#}\n"))
            }
        };
        print(&text)?;
        Ok(if source.refused.is_empty() { CLEAN } else { FINDINGS })
    }
}

/// What whoever reads the snapshot must know is not in it.
fn not_covered(source: &Source, files: &Files) -> Vec<String> {
    let placed = |message: &str, origin: &Origin| match files.position(origin) {
        Some(at) => format!("{}:{}: {message}", at.file, at.line),
        None => message.to_owned(),
    };
    let notes = source.notes.iter().map(|note| placed(&note.message, &note.origin));
    let refused = source.refused.iter().flat_map(|finding| {
        let places = finding.observed_at.iter().chain(&finding.also_at);
        places.map(move |origin| placed(&finding.message, origin))
    });
    notes.chain(refused).collect()
}
