//! Annotations of GitHub Actions, and the summary of a step.

use std::fmt::Write;

use super::told::{Place, Told};
use super::untrusted::Untrusted;
use super::{Report, markdown, plural};
use crate::findings::Severity;

/// So many annotations of a level are shown for a step; a runner drops the others without a word.
const SHOWN: usize = 10;

/// The runner takes so many bytes for the summary of one step, and nothing at all of a longer one. The unit of the
/// bound is MiB; less is used, for what else may be added.
const SUMMARY: usize = 900_000;

/// The most characters of a value.
const LONGEST: usize = 1000;

/// The worst first; where there are more than a step shows, the last of a level says how many, and where they are.
pub fn annotations(report: &Report<'_>) -> String {
    let mut out = String::new();
    let told = report.told();
    for severity in Severity::ALL {
        let of_level: Vec<&Told<'_>> = told.iter().filter(|told| told.severity() == severity).collect();
        // The notice that there are more is one of the ten itself.
        let room = SHOWN - usize::from(severity == Severity::Info && is_cut(&told));
        for told in of_level.iter().take(room) {
            let title = Untrusted::new(format!("schema-check: {}", told.code()));
            annotation(&mut out, severity, told.main_place(), &title, &Untrusted::new(message(told)));
        }
    }
    if is_cut(&told) {
        let hidden: usize = Severity::ALL.map(|severity| hidden(&told, severity)).iter().sum();
        let message = format!("{} in the report for people", plural(hidden, "more finding"));
        annotation(&mut out, Severity::Info, None, &Untrusted::new("schema-check"), &Untrusted::new(message));
    }
    out
}

fn hidden(told: &[Told<'_>], severity: Severity) -> usize {
    let room = if severity == Severity::Info { SHOWN - 1 } else { SHOWN };
    let count = told.iter().filter(|told| told.severity() == severity).count();
    if severity == Severity::Info && count == SHOWN { 0 } else { count.saturating_sub(room) }
}

fn is_cut(told: &[Told<'_>]) -> bool {
    Severity::ALL.into_iter().any(|severity| hidden(told, severity) > 0)
}

/// An error that came to no report.
pub fn problem(message: &str, place: Option<&(&str, usize, usize)>) -> String {
    let at = place.map(|(path, line, column)| {
        format!(" file={},line={line},col={column}", Untrusted::new(*path).github_property())
    });
    format!("::error{}::{}\n", at.unwrap_or_default(), Untrusted::new(message).github_message())
}

fn annotation(
    out: &mut String,
    severity: Severity,
    place: Option<&Place<'_>>,
    title: &Untrusted<'_>,
    message: &Untrusted<'_>,
) {
    let level = match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "notice",
    };
    let at = place.map(|place| {
        let Place { path, line, column, end_line, end_column, .. } = place;
        // Columns are heeded only where a place ends in the line in which it begins.
        let columns = if line == end_line { format!(",col={column},endColumn={end_column}") } else { String::new() };
        format!("file={},line={line},endLine={end_line}{columns},", path.github_property())
    });
    let title = title.github_property();
    let _ = writeln!(out, "::{level} {}title={title}::{}", at.unwrap_or_default(), message.github_message());
}

fn message(told: &Told<'_>) -> String {
    let mut lines = vec![told.message.data().to_owned()];
    if let Some((expected, observed)) = &told.values {
        lines.push(format!("expected  {}", expected.cut(LONGEST).data()));
        lines.push(format!("observed  {}", observed.cut(LONGEST).data()));
    }
    lines.extend(told.notes().map(|note| format!("note: {}", note.data())));
    lines.extend(told.help().map(|help| format!("help: {}", help.data())));
    Untrusted::new(lines.join("\n")).cut(4 * LONGEST).data().to_owned()
}

/// The summary of a step, behind what is there already: so many bytes.
pub fn summary(report: &Report<'_>, there: usize) -> String {
    markdown::render(report, SUMMARY.saturating_sub(there))
}

/// A text in which a runner obeys nothing, whatever it says. `token`: what nobody can have foreseen.
pub fn without_commands(text: &str, token: &str) -> String {
    let end = if text.ends_with('\n') || text.is_empty() { "" } else { "\n" };
    format!("::stop-commands::{token}\n{text}{end}::{token}::\n")
}
