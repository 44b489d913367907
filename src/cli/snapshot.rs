//! `schema-check snapshot`, and snapshots as sources.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use clap::Args;

use super::asserting::Asking;
use super::check::now;
use super::config::Config;
use super::problem::Problem;
use super::source::{Any, MAX_SQL_BYTES, Source, any, refuse};
use super::sql::Replaying;
use super::write::{Existing, spare, write};
use super::{CLEAN, FINDINGS, Timeouts, print, show, text};
use crate::catalog::{Note, Origin};
use crate::files::Files;
use crate::findings::{Finding, Severity};
use crate::report::terminal::Style;
use crate::report::untrusted;
use crate::snapshot::{self, Refused};
use crate::spec::document::Guard;
use crate::spec::guard::Identity;

#[derive(Debug, Args)]
pub(super) struct Snapshot {
    /// What is kept: a URL (or env:NAME), target:NAME, SQL files or a folder of them, a snapshot (.json).
    source: String,
    /// The file that it is written to, in place of what is there; - for stdout.
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
    #[command(flatten)]
    timeouts: Timeouts,
    #[command(flatten)]
    replaying: Replaying,
}

/// Whether a file that is there is a snapshot, by what it begins with.
pub(super) fn is_one(path: &Path) -> bool {
    // A pipe would be waited for.
    if !path.is_file() {
        return false;
    }
    let mut start = [0; 64];
    let read = std::fs::File::open(path).and_then(|mut file| std::io::Read::read(&mut file, &mut start));
    read.is_ok_and(|count| String::from_utf8_lossy(&start[..count]).contains("schema-check catalog"))
}

impl Snapshot {
    pub(super) fn run(&self, config: &Config, files: &mut Files, style: Style) -> Result<u8, Problem> {
        let (source, settings) = config.source(&self.source)?;
        let (timeouts, replaying) = (self.timeouts.or(&settings.timeouts), self.replaying.or(&config.replaying));
        let source =
            any(&source, files, &timeouts, &Asking::nothing(&Guard::default()), &replaying, replaying.version)?;
        let Any::Source(source) = source else {
            let help = "a spec is kept as it is: give a database, or SQL files".to_owned();
            return Err(Problem::input("a spec is nothing to make a snapshot of", Some(help)));
        };
        spare(std::iter::once(self.output.as_path()), files, "snapshot")?;
        show::tell(&source, files, style);
        let kept = of(&source, files);
        // What is read again stays of the time that it was first read at.
        let read_at = kept.read_at.clone().or_else(|| Some(rfc3339(now())));
        let text = render(&snapshot::Snapshot { read_at, ..kept });
        if self.output == Path::new("-") {
            print(&text)?;
        } else {
            write(&[(self.output.clone(), text)], Existing::Replace)?;
        }
        Ok(if source.refused.is_empty() { CLEAN } else { FINDINGS })
    }
}

/// What is kept of a source.
pub(super) fn of(source: &Source, files: &Files) -> snapshot::Snapshot {
    let place = |origin: &Origin| files.position(origin).map(|at| format!("{}:{}", at.file, at.line));
    let note = |note: &Note| match place(&note.origin) {
        Some(place) => format!("{place}: {}", note.message),
        None => note.message.clone(),
    };
    let refused = |finding: &Finding| Refused {
        code: finding.code.clone(),
        message: finding.message.clone(),
        help: finding.help.clone(),
        places: finding
            .notes
            .iter()
            .cloned()
            .chain(finding.observed_at.iter().chain(&finding.also_at).filter_map(place))
            .collect(),
    };
    snapshot::Snapshot {
        catalog: source.catalog.clone(),
        source: source.kept_as.clone(),
        database: source.database.clone(),
        read_at: source.read_at.clone(),
        not_covered: source.notes.iter().map(note).collect(),
        refused: source.refused.iter().map(refused).collect(),
    }
}

/// The text of a snapshot, in which no character acts on a terminal.
pub(super) fn render(snapshot: &snapshot::Snapshot) -> String {
    untrusted::json(&snapshot::write(snapshot))
}

/// Reads a snapshot, unless the guard of a spec is against what it is of.
pub(super) fn open(path: &Path, guard: &Guard) -> Result<Source, Problem> {
    let json = text::read(path, MAX_SQL_BYTES, None)?;
    let shown = path.display();
    let snapshot = snapshot::read(&json).map_err(|message| {
        let help = format!("make it anew: schema-check snapshot SOURCE -o {shown}");
        Problem::input(format!("{shown}: {message}"), Some(help))
    })?;
    if let Some(database) = &snapshot.database {
        refuse(guard, &Identity { host: &database.host, database: &database.name, major: snapshot.catalog.version })?;
    }
    let read_at = snapshot.read_at.as_ref().map_or_else(String::new, |time| format!(", read {time}"));
    Ok(Source {
        name: format!("snapshot {shown} of {}{read_at}", snapshot.source),
        catalog: snapshot.catalog,
        notes: snapshot.not_covered.into_iter().map(|message| Note { message, origin: Origin::Server }).collect(),
        refused: snapshot.refused.into_iter().map(finding).collect(),
        layouts: Vec::new(),
        preludes: Vec::new(),
        kept_as: snapshot.source,
        database: snapshot.database,
        read_at: snapshot.read_at,
        answers: None,
    })
}

/// The places are texts by now.
fn finding(refused: Refused) -> Finding {
    Finding {
        notes: refused.places,
        help: refused.help,
        ..Finding::new(refused.code, Severity::Error, refused.message, Origin::Server)
    }
}

/// A time in UTC, such as `2026-11-29T18:00:00Z`.
fn rfc3339(time: SystemTime) -> String {
    let seconds = time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    // Years that begin in March end with their leap day: in 400 of them there are 146097 days, and from one
    // month to the next 30.6.
    let (era, day) = ((days + 719_468) / 146_097, (days + 719_468) % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (year, month) = if month < 10 { (year + era * 400, month + 3) } else { (year + era * 400 + 1, month - 9) };
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn times_are_those_of_the_calendar() {
        for (seconds, expected) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (951_868_800, "2000-03-01T00:00:00Z"),
            (1_735_689_599, "2024-12-31T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(rfc3339(UNIX_EPOCH + Duration::from_secs(seconds)), expected);
        }
    }
}
