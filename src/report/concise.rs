//! A report with a line for each finding, for editors and `grep`.

use std::fmt::Write;

use super::Report;
use super::untrusted::Untrusted;

/// `file:line:column: code: message`, and `-` for the place of what is in no file; then what was not covered, and the
/// verdict.
pub(super) fn render(report: &Report<'_>) -> String {
    let mut out = String::new();
    for told in report.told() {
        let place = told.main_place().map_or_else(|| "-".to_owned(), super::told::Place::term);
        let values = told.values.as_ref().map(|(expected, observed)| {
            format!(": expected {}, observed {}", expected.cut(LONGEST).term(), observed.cut(LONGEST).term())
        });
        let _ = writeln!(out, "{place}: {}: {}{}", told.code(), told.message.term(), values.unwrap_or_default());
    }
    for note in &report.notes {
        let at = report.files.position(&note.origin);
        let place = at.map(|at| format!("{}:{}:{}", Untrusted::new(at.file).term(), at.line, at.column));
        let message = Untrusted::new(note.message.as_str()).term();
        let _ = writeln!(out, "{}: not covered: {message}", place.unwrap_or_else(|| "-".into()));
    }
    let _ = writeln!(out, "{}", report.verdict);
    out
}

/// The most characters of a value.
const LONGEST: usize = 200;
