//! A report in Markdown: a comment on a pull request, or the summary of a step.

use std::fmt::Write;

use super::told::{Answer, Place, Told};
use super::untrusted::Untrusted;
use super::{Report, plural};
use crate::findings::Severity;
use crate::waivers::{Waived, said};

/// A comment may have 65,536 characters, and no byte is less than one.
pub(super) const COMMENT: usize = 65_000;

/// By this a comment is found again.
const MARKER: &str = "<!-- schema-check -->";

/// The most characters of a value.
const LONGEST: usize = 1000;

/// The most entries of what was not covered, and of what is waived.
const LISTED: usize = 50;

/// At most `limit` bytes: what there is no room for is counted.
pub(super) fn render(report: &Report<'_>, limit: usize) -> String {
    let mut head = format!("{MARKER}\n");
    let mark = if report.exit_code == 0 { "✅" } else { "❌" };
    let _ = writeln!(head, "### {mark} schema-check: {}\n", Untrusted::new(report.verdict.as_str()).markdown());
    for (label, names) in [("Expected", &report.expected), ("Observed", &report.observed)] {
        let names: Vec<String> = names.iter().map(|name| Untrusted::new(name.as_str()).markdown_code()).collect();
        let _ = writeln!(head, "{label}: {}  ", names.join(", "));
    }
    let checked: Vec<String> = report.checked().iter().map(|(kind, count)| plural(*count, kind.noun())).collect();
    let tail = format!("\nChecked: {}\n", if checked.is_empty() { "nothing".into() } else { checked.join(", ") });
    let told = report.told();
    let extras = [listed_waived(report), listed_notes(report)];
    // Each part is whole or left out; a last line says what was.
    let mut room = limit.saturating_sub(head.len() + tail.len() + LAST);
    let mut body = String::new();
    let mut heading = None;
    let mut left_out: Vec<&Told<'_>> = Vec::new();
    for told in &told {
        let mut part = String::new();
        if heading != Some(&told.heading) {
            let _ = writeln!(part, "\n#### {}\n", told.heading.markdown());
        }
        finding(&mut part, told, report);
        if part.len() > room || !left_out.is_empty() {
            left_out.push(told);
            continue;
        }
        heading = Some(&told.heading);
        room -= part.len();
        body += &part;
    }
    if !left_out.is_empty() {
        let count = |severity| left_out.iter().filter(|told| told.severity() == severity).count();
        let counted: Vec<String> = Severity::ALL
            .into_iter()
            .filter(|severity| count(*severity) > 0)
            .map(|severity| plural(count(severity), severity.word()))
            .collect();
        let _ = writeln!(
            body,
            "\n**{} not shown here for want of room: the report for people has them, with --all.**",
            counted.join(", ")
        );
    }
    let mut missing = 0;
    for (count, extra) in extras {
        if extra.len() <= room {
            room -= extra.len();
            body += &extra;
        } else {
            missing += count;
        }
    }
    if missing > 0 {
        let _ = writeln!(
            body,
            "\n**{} of what is waived or not covered not shown here for want of room.**",
            plural(missing, "line")
        );
    }
    format!("{head}{body}{tail}")
}

/// What the last lines need, which say what was left out.
const LAST: usize = 300;

fn finding(out: &mut String, told: &Told<'_>, report: &Report<'_>) {
    let mark = match told.severity() {
        Severity::Error => "❌ **error**",
        Severity::Warning => "⚠️ **warning**",
        Severity::Info => "ℹ️ **info**",
    };
    let _ = writeln!(out, "- {mark} {} `{}`", told.short.markdown(), told.code());
    if let Some((expected, observed)) = &told.values {
        if [expected, observed].iter().any(|value| value.data().trim_end().contains('\n')) {
            let lines = super::difference::hunks(expected.data(), observed.data());
            let lines: Vec<String> =
                lines.iter().flat_map(|hunk| &hunk.lines).map(|(sign, line)| format!("{sign}{line}")).collect();
            indented(out, &Untrusted::new(lines.join("\n")).cut(4 * LONGEST).markdown_block("diff"));
        } else {
            let [expected, observed] = [expected, observed].map(|value| value.cut(LONGEST).markdown_code());
            let _ = writeln!(out, "  - expected {expected}\n  - observed {observed}");
        }
    }
    if let Some(answer) = told.assertion() {
        rows(out, answer);
    }
    if told.schemas().len() > 0 {
        let names: Vec<String> = told.schemas().map(|name| name.markdown_code()).collect();
        let _ = writeln!(out, "  - schemas: {}", names.join(", "));
    }
    let remarks = told.notes().map(|note| ("note", note)).chain(told.help().map(|help| ("help", help)));
    for (label, text) in remarks {
        let _ = writeln!(out, "  - {label}: {}", text.cut(LONGEST).markdown());
    }
    for place in told.places.iter().chain(&told.also) {
        let _ = writeln!(out, "  - {}: {}", place.label, linked(place, report));
    }
}

/// A place, with a way to it where there is one.
fn linked(place: &Place<'_>, report: &Report<'_>) -> String {
    let text = Untrusted::new(format!("{}:{}", place.path.data(), place.line)).markdown_code();
    match place.url(report) {
        Some(url) => format!("[{text}](<{url}>)"),
        None => text,
    }
}

fn rows(out: &mut String, answer: Answer<'_>) {
    let rows = answer.rows();
    if rows.is_empty() {
        return;
    }
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let names: Vec<String> = answer.columns().map(|name| name.cut(LONGEST).markdown()).collect();
    let mut table = line(names.clone()) + &line(vec!["---".to_owned(); names.len()]);
    for row in rows {
        table += &line(row.iter().map(|cell| cell.cut(LONGEST).markdown()).collect());
    }
    if answer.is_cut() {
        table += &line(vec!["…".to_owned(); names.len()]);
    }
    indented(out, &table);
}

/// A block that belongs to the entry of a list.
fn indented(out: &mut String, block: &str) {
    out.push('\n');
    for line in block.lines() {
        let _ = writeln!(out, "  {line}");
    }
    out.push('\n');
}

fn listed_waived(report: &Report<'_>) -> (usize, String) {
    let lines = report.waived.iter().map(|Waived { finding, waiver }| {
        let until = waiver.expires.as_ref().map_or_else(String::new, |expires| format!(", until {}", expires.date));
        let message = Untrusted::new(finding.message.as_str()).markdown();
        let why = Untrusted::new(said(waiver)).cut(LONGEST).markdown();
        format!("- {} {message} `{}`: {why}{until}\n", finding.severity.word(), finding.code)
    });
    details("waived", lines.collect())
}

fn listed_notes(report: &Report<'_>) -> (usize, String) {
    let lines = report.notes.iter().map(|note| {
        let at = report.files.position(&note.origin);
        let at = at.map(|at| format!("{}: ", Untrusted::new(format!("{}:{}", at.path, at.line)).markdown_code()));
        format!("- {}{}\n", at.unwrap_or_default(), Untrusted::new(note.message.as_str()).cut(LONGEST).markdown())
    });
    details("not covered", lines.collect())
}

/// A list that opens when somebody wants to see it, and how many there are.
fn details(what: &str, lines: Vec<String>) -> (usize, String) {
    if lines.is_empty() {
        return (0, String::new());
    }
    let shown: String = lines.iter().take(LISTED).map(String::as_str).collect();
    let more = match lines.len().checked_sub(LISTED).filter(|more| *more > 0) {
        Some(more) => format!("- … {more} more\n"),
        None => String::new(),
    };
    let text = format!("\n<details><summary>{} {what}</summary>\n\n{shown}{more}\n</details>\n", lines.len());
    (lines.len(), text)
}
