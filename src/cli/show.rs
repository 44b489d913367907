//! `schema-check show`

use std::io::{IsTerminal, Write};

use clap::{Args, ValueEnum};

use super::problem::Problem;
use super::source::Source;
use super::sql::{self, Replaying};
use super::{CLEAN, FINDINGS, Observed, Timeouts, print, source};
use crate::catalog::Origin;
use crate::ddl;
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
    /// How to print it; JSON is a snapshot that `diff` reads, SQL makes it again in an empty database.
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
    pub(super) fn run(&self, files: &mut Files, style: Style) -> Result<u8, Problem> {
        let source = match &self.observed.db {
            Some(url) => source::database(url, &self.timeouts, &Guard::default())?,
            None => sql::replay(&self.observed.sql, files, &self.replaying, self.replaying.version)?,
        };
        for layout in &source.layouts {
            let _ = std::io::Write::write_all(&mut std::io::stderr(), format!("layout: {layout}\n").as_bytes());
        }
        // What a server would have refused is not in the catalog: whoever reads it must know.
        for finding in &source.refused {
            let text = render_finding(finding, false, files, style);
            let _ = std::io::stderr().write_all(text.as_bytes());
        }
        let text = match self.format {
            ShowFormat::Human => report::catalog::render(&source.catalog, &source.notes, files, style),
            ShowFormat::Json => {
                let json = snapshot::to_json(&source.catalog, &not_covered(&source, files));
                untrusted::json(&format!("{json:#}\n"))
            }
            ShowFormat::Sql => {
                let printed = ddl::print(&source.catalog);
                for left_out in &printed.left_out {
                    let _ = writeln!(std::io::stderr(), "not printed: {}", untrusted::line(left_out));
                }
                // Who pipes it on wants just what it is.
                if std::io::stdout().is_terminal() { untrusted::block(&printed.text) } else { printed.text }
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
