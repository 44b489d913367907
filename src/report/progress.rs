//! The phases of a spec as a table, and what is open in the next.

use std::fmt::Write;

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use serde_json::{Value as Json, json};

use super::json::finding as finding_json;
use super::terminal::{Style, paint};
use super::told::Told;
use super::untrusted::{self, Untrusted};
use crate::catalog::Note;
use crate::files::Files;
use crate::findings::{Finding, Severity};
use crate::progress::{Progress, Step};

/// The most findings of one phase that are listed; JSON has them all.
const SHOWN: usize = 20;

/// For people.
pub fn human(progress: &Progress, observed: &str, notes: &[Note], files: &Files, style: Style) -> String {
    let mut out = format!("observed  {}\n\n", Untrusted::new(observed).term());
    let mut table = Table::new();
    table.load_style(presets::UTF8_BORDERS_ONLY).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(u16::try_from(style.width).unwrap_or(u16::MAX));
    table.set_header(["phase", "title", "holds", ""]);
    for (number, step) in progress.steps.iter().enumerate() {
        let title = step.title.as_deref().unwrap_or_default();
        let state = state(progress, number);
        let holds = if state == DONE { String::new() } else { format!("{} of {}", step.holds, step.stated) };
        table.add_row([Untrusted::new(&step.id).term(), Untrusted::new(title).term(), holds, state.to_owned()]);
    }
    if let Some(column) = table.column_mut(2) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    let _ = writeln!(out, "{table}\n");
    let _ = writeln!(out, "{}", paint(&Untrusted::new(verdict(progress)).term(), "1", style));
    match (progress.next().filter(|_| progress.is_somewhere()), nearest(progress)) {
        (Some(next), _) => list(&mut out, "still open in it:", &next.open, files),
        (None, Some(near)) if !progress.is_somewhere() => list(&mut out, "what is in the way:", &near.findings, files),
        _ => {}
    }
    if !notes.is_empty() {
        let _ = writeln!(out, "\nnot covered:");
        for note in notes {
            let _ = writeln!(out, "  {}{}", place(&note.origin, files), Untrusted::new(&note.message).term());
        }
    }
    out
}

/// For programs.
pub fn json(progress: &Progress, observed: &str, notes: &[Note], files: &Files) -> String {
    let steps = progress.steps.iter().enumerate().map(|(number, step)| {
        let open: Vec<Json> = step.open.iter().map(|finding| finding_json(&Told::new(finding, true, files))).collect();
        json!({
            "id": step.id,
            "title": step.title,
            "state": state(progress, number),
            "stated": step.stated,
            "holds": step.holds,
            "open": open,
        })
    });
    let id = |step: Option<&Step>| step.map(|step| step.id.clone());
    let root = json!({
        "observed": observed,
        "stands_in": id(progress.stands_in.map(|at| &progress.steps[at])),
        "is_before_the_first": progress.stands_in.is_none() && progress.is_before,
        "next": id(progress.next()),
        "phases": steps.collect::<Vec<_>>(),
        "not_covered": notes.iter().map(|note| note.message.clone()).collect::<Vec<_>>(),
    });
    untrusted::json(&format!("{root:#}\n"))
}

pub(super) const DONE: &str = "done";

pub(super) fn state(progress: &Progress, number: usize) -> &'static str {
    match progress.stands_in {
        Some(at) if number < at => DONE,
        Some(at) if number == at => "here",
        Some(at) if number == at + 1 => "next",
        None if number == 0 && progress.is_before => "next",
        _ => "",
    }
}

pub(super) fn verdict(progress: &Progress) -> String {
    let next = progress.next().map(|next| format!("the next one is {}", next.id));
    match progress.stands_in {
        Some(at) => {
            let next = next.unwrap_or_else(|| "the last one: all is done".into());
            format!("the database stands in phase {}; {next}", progress.steps[at].id)
        }
        None if progress.is_before => {
            format!("the database stands before the first phase; {}", next.unwrap_or_default())
        }
        None => match nearest(progress) {
            Some(step) => format!("the database stands in no phase; it is nearest to {}", step.id),
            None => "the database stands in no phase".into(),
        },
    }
}

/// The phase with the fewest errors; the later of two.
fn nearest(progress: &Progress) -> Option<&Step> {
    let errors = |step: &&Step| step.findings.iter().filter(|finding| finding.severity == Severity::Error).count();
    progress.steps.iter().rev().min_by_key(errors)
}

fn list(out: &mut String, heading: &str, findings: &[Finding], files: &Files) {
    if findings.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n{heading}");
    for finding in findings.iter().take(SHOWN) {
        let message = Untrusted::new(&finding.message).term();
        let _ = writeln!(out, "  {}{} {message}", place(&finding.expected_at, files), finding.severity.word());
    }
    if let Some(more) = findings.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        let _ = writeln!(out, "  and {more} more");
    }
}

fn place(origin: &crate::catalog::Origin, files: &Files) -> String {
    let at = files.position(origin);
    at.map_or_else(String::new, |at| format!("{}:{}: ", Untrusted::new(at.file).term(), at.line))
}
