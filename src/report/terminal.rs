//! A report for people, on a terminal or in a log.

use std::fmt::Write;

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

use super::difference::{self, Marked};
use super::snippet::Snippet;
use super::{Report, untrusted};
use crate::catalog::{Class, Kind, Note, ObjectId, Origin, Within};
use crate::files::Files;
use crate::findings::{Asserted, Finding, Severity};
use crate::waivers::{Waived, said};

/// The most characters of one text that a report repeats.
const LONGEST: usize = 2000;

/// The most characters of one value in a table of them.
const LONGEST_CELL: usize = 120;

/// How to write.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    pub color: bool,
    /// In columns.
    pub width: usize,
}

pub fn render(report: &Report<'_>, style: Style) -> String {
    let mut out = String::new();
    header(&mut out, report);
    let mut group = None;
    for finding in ordered(&report.findings) {
        let heading = heading(finding);
        if group.as_ref() != Some(&heading) {
            let _ = writeln!(out, "\n{}", paint(&untrusted::line(&heading), "1", style));
            group = Some(heading);
        }
        out.push_str(&render_finding(finding, report.is_spec, report.files, style));
    }
    summary(&mut out, report, style);
    out
}

/// A mistake in the input, underlined.
pub fn render_problem(
    message: &str,
    code: &str,
    help: Option<&str>,
    places: &[(&Origin, &str)],
    files: &Files,
    style: Style,
) -> String {
    let mut snippet = Snippet::new(miette::Severity::Error, untrusted::cut(&untrusted::block(message), LONGEST));
    snippet.code = Some(code.to_owned());
    snippet.help = help.map(untrusted::block);
    let mut places = places.iter();
    if let Some((origin, label)) = places.next() {
        snippet = snippet.at(files, origin, label);
    }
    for (origin, label) in places {
        snippet = snippet.and(Some(Snippet::new(miette::Severity::Advice, *label).at(files, origin, label)));
    }
    snippet.render(style.color, style.width)
}

fn header(out: &mut String, report: &Report<'_>) {
    if let Some(config) = &report.config {
        let _ = writeln!(out, "config    {}", untrusted::line(config));
    }
    for (label, names) in [("expected", &report.expected), ("observed", &report.observed)] {
        for name in names {
            let _ = writeln!(out, "{label}  {}", untrusted::line(name));
        }
    }
}

/// What is about no one object first, for it may be the cause of the rest; then by the object a person
/// thinks in, the table, and within it the worst first; assertions and waivers at the end.
fn ordered(findings: &[Finding]) -> Vec<&Finding> {
    let group = |finding: &Finding| {
        let Finding { object, assertion, waiver, .. } = finding;
        (waiver.is_some(), assertion.is_some(), object.is_some())
    };
    let mut sorted: Vec<&Finding> = findings.iter().collect();
    sorted.sort_by_key(|finding| (group(finding), owner(finding), std::cmp::Reverse(finding.severity)));
    sorted
}

fn owner(finding: &Finding) -> Option<ObjectId> {
    let (_, id) = finding.object.as_ref()?;
    match id.class().within() {
        Within::Relation | Within::Type => id.parent(),
        Within::Database | Within::Pair | Within::Schema | Within::AccessMethod | Within::Role => Some(id.clone()),
    }
}

fn heading(finding: &Finding) -> String {
    match (owner(finding), &finding.object) {
        (Some(owner), Some((kind, id))) => {
            let noun = match owner.class() {
                _ if owner == *id => kind.noun(),
                Class::Type => Kind::Domain.noun(),
                _ => Kind::Table.noun(),
            };
            match finding.schemas.first() {
                Some(schema) => format!("{noun} {}", owner.to_string().replacen(&format!("{schema}."), "", 1)),
                None => format!("{noun} {owner}"),
            }
        }
        _ if finding.assertion.is_some() => "assertions".into(),
        _ if finding.waiver.is_some() => "waivers".into(),
        _ if finding.code.starts_with("replay::") => "statements that a server would refuse".into(),
        _ => "the spec as a whole".into(),
    }
}

/// One finding with its places. `is_spec`: what is expected was written down as a spec.
pub fn render_finding(finding: &Finding, is_spec: bool, files: &Files, style: Style) -> String {
    let (mark, color) = match finding.severity {
        Severity::Error => ("×", "31"),
        Severity::Warning => ("⚠", "33"),
        Severity::Info => ("·", "36"),
    };
    let head = format!("{mark} {} {}", finding.severity.word(), finding.code);
    let mut out = format!("\n  {}\n    {}\n", paint(&head, color, style), untrusted::line(&finding.message));
    if let (Some(expected), Some(observed)) = (&finding.expected, &finding.observed) {
        let (expected, observed) = difference::texts(expected, observed);
        let (expected, observed) = (untrusted::line(&expected), untrusted::line(&observed));
        // What a query has answered is no other spelling of what it should.
        let marked_up = difference::marked(&expected, &observed).filter(|_| finding.assertion.is_none());
        match marked_up {
            Some((expected, observed)) => {
                marked(&mut out, "expected", &expected, style);
                marked(&mut out, "observed", &observed, style);
            }
            None => {
                row(&mut out, "expected", &expected, style);
                row(&mut out, "observed", &observed, style);
            }
        }
    }
    finding.assertion.iter().for_each(|assertion| rows(&mut out, assertion, style));
    if !finding.schemas.is_empty() {
        row(&mut out, "schemas", &untrusted::line(&some_of(&finding.schemas)), style);
    }
    finding.notes.iter().for_each(|note| row(&mut out, "note", &untrusted::line(note), style));
    finding.help.iter().for_each(|help| row(&mut out, "help", &untrusted::line(help), style));
    let frame = |origin: &Origin, label: &str| {
        Snippet::new(miette::Severity::Error, "").at(files, origin, label).frame(style.color, style.width)
    };
    let is_refused = finding.code.starts_with("replay::");
    let expected = match (is_refused, is_spec) {
        _ if finding.code == "assertion::error" => "the server says so of this",
        (true, _) => "what it needs was to be made here",
        (false, true) => "the spec says so here",
        (false, false) => "expected for this",
    };
    let observed = match finding.observed {
        _ if is_refused => "here",
        _ if finding.code.ends_with("::missing") => "this statement took it away",
        Some(_) => "this statement made it so",
        None => "this statement made it",
    };
    let stated = frame(&finding.expected_at, expected);
    let made = finding.observed_at.as_ref().map(|origin| frame(origin, observed));
    // A refused statement itself comes before the one that it should have come behind.
    let frames = if is_refused { [made.unwrap_or_default(), stated] } else { [stated, made.unwrap_or_default()] };
    out.push_str(&frames.concat());
    also(&mut out, &finding.also_at, files);
    out
}

/// The first names of a list, and how many more there are.
fn some_of(names: &[String]) -> String {
    const SHOWN: usize = 12;
    match names.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        Some(more) => format!("{} and {more} more", names[..SHOWN].join(", ")),
        None => names.join(", "),
    }
}

/// The rows of an answer, unless that is one value, which has been told.
fn rows(out: &mut String, assertion: &Asserted, style: Style) {
    let Asserted { columns, rows, is_cut, .. } = assertion;
    if rows.is_empty() || columns.is_empty() || rows.len() == 1 && columns.len() == 1 && !is_cut {
        return;
    }
    let mut table = Table::new();
    table.load_style(presets::UTF8_BORDERS_ONLY).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(u16::try_from(style.width.saturating_sub(4)).unwrap_or(u16::MAX));
    table.set_header(columns.iter().map(|name| untrusted::line(&untrusted::cut(name, LONGEST_CELL))));
    for row in rows {
        let cells = row.iter().map(|cell| cell.as_deref().unwrap_or("NULL"));
        table.add_row(cells.map(|cell| untrusted::line(&untrusted::cut(cell, LONGEST_CELL))));
    }
    let more = if *is_cut { "\n… and more" } else { "" };
    for line in format!("{table}{more}").lines() {
        let _ = writeln!(out, "    {line}");
    }
}

/// A label and a text behind it.
fn row(out: &mut String, label: &str, text: &str, style: Style) {
    let lines = wrapped(&untrusted::cut(text, LONGEST), style.width.saturating_sub(14));
    for (number, part) in lines.iter().enumerate() {
        let _ = writeln!(out, "    {:<10}{part}", if number == 0 { label } else { "" });
    }
}

/// The same with marks below what differs.
fn marked(out: &mut String, label: &str, text: &Marked, style: Style) {
    let width = style.width.saturating_sub(14).max(20);
    let characters: Vec<char> = untrusted::cut(&text.text, LONGEST).chars().collect();
    let marks: Vec<char> = text.marks.chars().collect();
    for (number, part) in characters.chunks(width).enumerate() {
        let part: String = part.iter().collect();
        let _ = writeln!(out, "    {:<10}{}", if number == 0 { label } else { "" }, part.trim_end());
        let from = (number * width).min(marks.len());
        let below: String = marks[from..(from + width).min(marks.len())].iter().collect();
        let below = below.trim_end();
        if !below.is_empty() {
            let (space, carets) = below.split_at(below.find('^').unwrap_or(0));
            let _ = writeln!(out, "              {space}{}", paint(carets, "35", style));
        }
    }
}

/// Lines of at most `width` characters, broken at spaces where there are any.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in text.split_inclusive(' ') {
        let length = word.trim_end().chars().count();
        if used > 0 && used + length > width {
            lines.push(String::new());
            used = 0;
        }
        if let Some(line) = lines.last_mut() {
            line.push_str(word);
        }
        used += word.chars().count();
    }
    lines.iter().map(|line| line.trim_end().to_owned()).collect()
}

/// More places of the same, file by file.
fn also(out: &mut String, places: &[Origin], files: &Files) {
    let mut file = "";
    for at in places.iter().filter_map(|origin| files.position(origin)) {
        if at.file == file {
            let _ = write!(out, ", {}", at.line);
            continue;
        }
        let before = if file.is_empty() { "" } else { "\n" };
        let _ = write!(out, "{before}    and in {}: line {}", untrusted::line(at.file), at.line);
        file = at.file;
    }
    if !file.is_empty() {
        out.push('\n');
    }
}

fn summary(out: &mut String, report: &Report<'_>, style: Style) {
    let mut table = Table::new();
    table.load_style(presets::UTF8_BORDERS_ONLY).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(["kind", "checked", "errors", "warnings", "info"]);
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    let kinds = Kind::ALL.iter().filter(|kind| {
        report.checked.contains_key(kind) || report.findings.iter().any(|finding| is_about(finding, **kind))
    });
    let count = |wanted: &dyn Fn(&Finding) -> bool, severity| {
        report.findings.iter().filter(|finding| finding.severity == severity && wanted(finding)).count()
    };
    let row = |name: &str, checked: String, wanted: &dyn Fn(&Finding) -> bool| {
        let counts = Severity::ALL.map(|severity| count(wanted, severity).to_string());
        [vec![name.to_owned(), checked], counts.to_vec()].concat()
    };
    for kind in kinds {
        let checked = report.checked.get(kind).copied().unwrap_or(0).to_string();
        table.add_row(row(kind.noun(), checked, &|finding: &Finding| is_about(finding, *kind)));
    }
    let is_whole = |finding: &Finding| finding.object.is_none() && finding.assertion.is_none();
    if report.findings.iter().any(is_whole) {
        table.add_row(row("as a whole", "–".into(), &is_whole));
    }
    if report.assertions > 0 {
        table.add_row(row("assertion", report.assertions.to_string(), &|finding| finding.assertion.is_some()));
    }
    let _ = write!(out, "\n{table}\n");
    waived(out, &report.waived, report.files);
    not_covered(out, &report.notes, report.files);
    let mark = match report.exit_code {
        0 if report.findings.is_empty() => ("✓", "32"),
        0 => ("•", "33"),
        _ => ("✗", "31"),
    };
    let _ = writeln!(out, "\n{} {}", paint(mark.0, mark.1, style), paint(&report.verdict, "1", style));
}

fn is_about(finding: &Finding, kind: Kind) -> bool {
    finding.object.as_ref().is_some_and(|(about, _)| *about == kind)
}

/// What is put up with, why, and for how long.
fn waived(out: &mut String, waived: &[Waived], files: &Files) {
    if waived.is_empty() {
        return;
    }
    let _ = writeln!(out, "\nwaived ({}):", waived.len());
    for Waived { finding, waiver } in waived {
        let place = files.position(&waiver.place).map(|at| format!(" [{}:{}]", untrusted::line(at.file), at.line));
        let until = waiver.expires.as_ref().map(|expires| format!(", until {}", expires.date));
        let why = untrusted::line(&untrusted::cut(&said(waiver), LONGEST));
        let (code, message) = (&finding.code, untrusted::line(&finding.message));
        let _ = writeln!(out, "  {} {code}: {message}", finding.severity.word());
        let _ = writeln!(out, "    {why}{}{}", until.unwrap_or_default(), place.unwrap_or_default());
    }
}

/// What was passed over, with its place.
pub(crate) fn not_covered(out: &mut String, notes: &[Note], files: &Files) {
    if notes.is_empty() {
        return;
    }
    let _ = writeln!(out, "\nnot covered ({}):", notes.len());
    for note in notes {
        let message = untrusted::line(&note.message);
        let _ = match files.position(&note.origin) {
            Some(at) => writeln!(out, "  {}:{}:{}: {message}", untrusted::line(at.file), at.line, at.column),
            None => writeln!(out, "  {message}"),
        };
    }
}

pub(super) fn paint(text: &str, code: &str, style: Style) -> String {
    if style.color { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
}
