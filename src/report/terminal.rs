//! A report for people, on a terminal or in a log.

use std::fmt::Write;

use comfy_table::{ContentArrangement, Table, presets};
use unicode_width::UnicodeWidthStr;

use super::difference::{self, Hunk, Marked};
use super::snippet::{Line, Snippet};
use super::told::{Answer, Place, Told, common_notes};
use super::untrusted::Untrusted;
use super::{Report, plural};
use crate::catalog::{Note, Origin};
use crate::files::Files;
use crate::findings::{Finding, Severity};
use crate::waivers::{Waived, said};

/// The most characters of one text that a report repeats.
const LONGEST: usize = 2000;

/// The most characters of one value in a table of them.
const LONGEST_CELL: usize = 120;

/// So many findings, and so many of the notes at the end, are shown unless all are asked for.
const SHOWN: usize = 20;

/// Up to so many findings there is room for the lines of the files that they are about.
const FRAMED: usize = 3;

/// How to write.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    pub color: bool,
    /// In columns.
    pub width: usize,
}

/// `is_all`: leaves nothing out, however much there is.
pub fn render(report: &Report<'_>, is_all: bool, style: Style) -> String {
    let mut out = String::new();
    header(&mut out, report, style);
    let all = report.told();
    let shown = shown(&all, if is_all { usize::MAX } else { SHOWN });
    let is_framed = all.len() <= FRAMED;
    for group in shown.chunk_by(|one, next| one.heading == next.heading) {
        let _ = writeln!(out, "\n{}", paint(&group[0].heading.term(), "1", style));
        let common = common_notes(group);
        common.iter().for_each(|note| row(&mut out, 2, "note", &note.cut(LONGEST).term(), style));
        for (number, told) in group.iter().enumerate() {
            if is_framed && number > 0 {
                out.push('\n');
            }
            finding(&mut out, told, &common, is_framed, style);
        }
    }
    checked(&mut out, report, style);
    let limit = if is_all { usize::MAX } else { SHOWN };
    waived(&mut out, &report.waived, limit, report.files);
    not_covered(&mut out, &report.notes, limit, report.files);
    verdict(&mut out, report, &all, &shown, style);
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
    let message = Untrusted::new(message).cut(LONGEST).term_block();
    let mut snippet = Snippet::new(miette::Severity::Error, message);
    snippet.code = Some(code.to_owned());
    snippet.help = help.map(|help| Untrusted::new(help).term_block());
    let mut places = places.iter();
    if let Some((origin, label)) = places.next() {
        snippet = snippet.at(files, origin, label, style.width);
    }
    for (origin, label) in places {
        snippet =
            snippet.and(Some(Snippet::new(miette::Severity::Advice, *label).at(files, origin, label, style.width)));
    }
    snippet.render(style.color, style.width)
}

/// One finding with the lines that it is about, outside of any report. `is_spec`: what is expected was written down
/// as a spec.
pub fn render_finding(one: &Finding, is_spec: bool, files: &Files, style: Style) -> String {
    let mut out = String::new();
    finding(&mut out, &Told::new(one, is_spec, files), &[], true, style);
    out
}

fn header(out: &mut String, report: &Report<'_>, style: Style) {
    if let Some(config) = &report.config {
        row(out, 0, "config", &Untrusted::new(config).term(), style);
    }
    for (label, names) in [("expected", &report.expected), ("observed", &report.observed)] {
        for name in names {
            header_row(out, label, &Untrusted::new(name).term(), style);
        }
    }
}

/// What a side is called, which may be a long list of files: its beginning, and its end, where they are counted.
fn header_row(out: &mut String, label: &str, text: &str, style: Style) {
    const LINES: usize = 4;
    let mut lines = wrapped(text, style.width.saturating_sub(10));
    if lines.len() > LINES {
        lines.splice(LINES - 2..lines.len() - 1, ["…".to_owned()]);
    }
    for (number, line) in lines.iter().enumerate() {
        let _ = writeln!(out, "{:<10}{line}", if number == 0 { label } else { "" });
    }
}

/// The worst of them, in their order.
fn shown<'t, 'a>(all: &'t [Told<'a>], limit: usize) -> Vec<&'t Told<'a>> {
    let mut worst: Vec<usize> = (0..all.len()).collect();
    worst.sort_by_key(|at| std::cmp::Reverse(all[*at].severity()));
    worst.truncate(limit);
    worst.sort_unstable();
    worst.into_iter().map(|at| &all[at]).collect()
}

/// `noted`: what has been said of its group; `is_framed`: with the lines of the files, underlined.
fn finding(out: &mut String, told: &Told<'_>, noted: &[Untrusted<'_>], is_framed: bool, style: Style) {
    let (mark, color) = match told.severity() {
        Severity::Error => ("×", "31"),
        Severity::Warning => ("⚠", "33"),
        Severity::Info => ("·", "36"),
    };
    let lines = wrapped(&told.short.cut(LONGEST).term(), style.width.saturating_sub(4));
    for (number, line) in lines.iter().enumerate() {
        let start = if number == 0 { paint(mark, color, style) } else { " ".to_owned() };
        // The sign, and the spaces around it.
        let left = (format!("  {start} {line}"), line.width() + 4);
        let is_last = number + 1 == lines.len();
        push_right(out, left, if is_last { told.code() } else { "" }, style);
    }
    // A place stands beside the value that it has to do with.
    let mut places: Vec<&Place<'_>> = if is_framed { Vec::new() } else { told.places.iter().collect() };
    if let Some((expected, observed)) = &told.values {
        values(out, told, (expected, observed), &mut places, style);
    }
    told.assertion().iter().for_each(|answer| rows(out, *answer, style));
    if told.schemas().len() > 0 {
        let names: Vec<String> = told.schemas().map(|name| name.term()).collect();
        row(out, 6, "schemas", &some_of(&names), style);
    }
    let notes = told.notes().filter(|note| !noted.contains(note));
    notes.for_each(|note| row(out, 6, "note", &note.cut(LONGEST).term(), style));
    told.help().iter().for_each(|help| row(out, 6, "help", &help.cut(LONGEST).term(), style));
    for place in places {
        let left = (format!("      {}", place.label), 6 + place.label.width());
        push_right(out, left, &place.term(), style);
    }
    if is_framed {
        told.places.iter().for_each(|place| out.push_str(&frame(place, style)));
    }
    also(out, &told.also);
}

fn frame(place: &Place<'_>, style: Style) -> String {
    let Place { file, line, column, source: (text, span), label, .. } = place;
    let shown = Line::around(file, (*line, *column), text, span.clone(), style.width);
    Snippet::new(miette::Severity::Error, "").of(shown, label).frame(style.color, style.width)
}

/// A text on the left, and on the right one that is less looked at, below it where there is no room.
fn push_right(out: &mut String, (left, left_width): (String, usize), right: &str, style: Style) {
    let right_width = right.width();
    if right.is_empty() {
        let _ = writeln!(out, "{left}");
    } else if left_width + 2 + right_width <= style.width {
        let space = style.width - left_width - right_width;
        let _ = writeln!(out, "{left}{}{}", " ".repeat(space), paint(right, "2", style));
    } else {
        let space = style.width.saturating_sub(right_width).max(6);
        let _ = writeln!(out, "{left}\n{}{}", " ".repeat(space), paint(right, "2", style));
    }
}

fn values(
    out: &mut String,
    told: &Told<'_>,
    (expected, observed): (&Untrusted<'_>, &Untrusted<'_>),
    places: &mut Vec<&Place<'_>>,
    style: Style,
) {
    // Text on several lines, such as the body of a function, is compared by its lines.
    if expected.data().trim_end().contains('\n') || observed.data().trim_end().contains('\n') {
        let (expected, observed) = (expected.term_block(), observed.term_block());
        return hunks(out, &difference::hunks(&expected, &observed), style);
    }
    let (expected, observed) = (expected.term(), observed.term());
    // What a query has answered is no other spelling of what it should.
    let marked = difference::marked(&expected, &observed).filter(|_| told.assertion().is_none());
    let plain = |text: &str| Marked { text: Untrusted::new(text).cut(LONGEST).data().to_owned(), marks: String::new() };
    let (one, two) = marked.unwrap_or_else(|| (plain(&expected), plain(&observed)));
    for (label, text, is_expected) in [("expected", one, true), ("observed", two, false)] {
        let at = places.iter().position(|place| place.is_expected == is_expected);
        let place = at.map(|at| places.remove(at).term());
        value(out, label, &text, place.as_deref().unwrap_or_default(), style);
    }
}

/// What stands before a value, or below one.
const LABEL: usize = 16;

/// A value with marks at what differs: in colours at the text itself, else below it.
fn value(out: &mut String, label: &str, text: &Marked, right: &str, style: Style) {
    let width = style.width.saturating_sub(LABEL).max(20);
    let characters: Vec<char> = Untrusted::new(text.text.as_str()).cut(LONGEST).data().chars().collect();
    let marks: Vec<char> = text.marks.chars().collect();
    let parts = chunks(&characters, width);
    let last = parts.len().saturating_sub(1);
    for (number, part) in parts.into_iter().enumerate() {
        let right = if number == last { right } else { "" };
        let is_marked = |at: usize| marks.get(at).is_some_and(|mark| *mark == '^');
        let line: String = characters[part.clone()].iter().collect();
        let line = line.trim_end();
        let label = if number == 0 { label } else { "" };
        let shown = if style.color { painted(line, |at| is_marked(part.start + at)) } else { line.to_owned() };
        push_right(out, (format!("      {label:<10}{shown}"), LABEL + line.width()), right, style);
        if !style.color && part.clone().any(is_marked) {
            let below = |at: usize| {
                let mark = if is_marked(at) { '^' } else { ' ' };
                std::iter::repeat_n(mark, unicode_width::UnicodeWidthChar::width(characters[at]).unwrap_or(1))
            };
            let below: String = part.flat_map(below).collect();
            let _ = writeln!(out, "{}{}", " ".repeat(LABEL), below.trim_end());
        }
    }
    if characters.is_empty() {
        push_right(out, (format!("      {label:<10}"), LABEL), right, style);
    }
}

/// Stretches of at most so many columns, broken behind a space where there is one.
fn chunks(characters: &[char], width: usize) -> Vec<std::ops::Range<usize>> {
    let mut chunks = Vec::new();
    let mut start = 0;
    while start < characters.len() {
        let (mut end, mut used) = (start, 0);
        while end < characters.len() {
            used += unicode_width::UnicodeWidthChar::width(characters[end]).unwrap_or(1);
            if used > width {
                break;
            }
            end += 1;
        }
        if characters.get(end) == Some(&' ') {
            end += 1;
        } else if end < characters.len() {
            // A path without any space is broken between its parts.
            let last = |wanted: char| characters[start..end].iter().rposition(|character| *character == wanted);
            end = last(' ').or_else(|| last('/')).map_or(end, |at| start + at + 1);
        }
        let end = end.max(start + 1);
        chunks.push(start..end);
        start = end;
    }
    chunks
}

/// Bold and underlined where it is marked.
fn painted(line: &str, is_marked: impl Fn(usize) -> bool) -> String {
    let mut out = String::new();
    let mut inside = false;
    for (at, character) in line.chars().enumerate() {
        if is_marked(at) != inside {
            inside = !inside;
            out.push_str(if inside { "\u{1b}[1;4;35m" } else { "\u{1b}[0m" });
        }
        out.push(character);
    }
    if inside {
        out.push_str("\u{1b}[0m");
    }
    out
}

/// Lines that are expected and lines that are observed, with what is around them.
fn hunks(out: &mut String, hunks: &[Hunk], style: Style) {
    const LINES: usize = 30;
    let lines: Vec<(char, &str)> = hunks
        .iter()
        .enumerate()
        .flat_map(|(number, hunk)| {
            let before = (number > 0 || hunk.is_inside).then_some((' ', "…"));
            before.into_iter().chain(hunk.lines.iter().map(|(sign, line)| (*sign, line.as_str())))
        })
        .collect();
    let _ = writeln!(out, "      {}", paint("- expected  + observed", "2", style));
    for (sign, line) in lines.iter().take(LINES) {
        let line = Untrusted::new(*line).cut(style.width.saturating_sub(30).max(40));
        let text = format!("{sign} {}", line.data());
        let text = match sign {
            '-' => paint(&text, "32", style),
            '+' => paint(&text, "31", style),
            _ => text,
        };
        let _ = writeln!(out, "      {}", text.trim_end());
    }
    if let Some(more) = lines.len().checked_sub(LINES).filter(|more| *more > 0) {
        let _ = writeln!(out, "      … {} more", plural(more, "line"));
    }
}

/// The first names of a list, and how many more there are.
fn some_of(names: &[String]) -> String {
    const SHOWN: usize = 12;
    match names.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        Some(more) => format!("{} and {more} more", names[..SHOWN].join(", ")),
        None => names.join(", "),
    }
}

/// The rows of an answer.
fn rows(out: &mut String, answer: Answer<'_>, style: Style) {
    let rows = answer.rows();
    if rows.is_empty() {
        return;
    }
    let mut table = Table::new();
    table.load_style(presets::UTF8_BORDERS_ONLY).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(u16::try_from(style.width.saturating_sub(6)).unwrap_or(u16::MAX));
    table.set_header(answer.columns().map(|name| name.cut(LONGEST_CELL).term()));
    for row in rows {
        table.add_row(row.iter().map(|cell| cell.cut(LONGEST_CELL).term()));
    }
    let more = if answer.is_cut() { "\n… and more" } else { "" };
    for line in format!("{table}{more}").lines() {
        let _ = writeln!(out, "      {line}");
    }
}

/// A label, so far from the left, and a text behind it.
fn row(out: &mut String, indent: usize, label: &str, text: &str, style: Style) {
    for (number, part) in wrapped(text, style.width.saturating_sub(indent + 10)).iter().enumerate() {
        let label = if number == 0 { label } else { "" };
        let _ = writeln!(out, "{}{label:<10}{part}", " ".repeat(indent));
    }
}

/// Lines of at most so many columns, broken at spaces where there are any.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let characters: Vec<char> = text.chars().collect();
    let lines = chunks(&characters, width.max(20));
    lines.into_iter().map(|part| characters[part].iter().collect::<String>().trim_end().to_owned()).collect()
}

/// More places of the same, file by file.
fn also(out: &mut String, places: &[Place<'_>]) {
    let mut file = None;
    for place in places {
        if file == Some(&place.file) {
            let _ = write!(out, ", {}", place.line);
            continue;
        }
        let before = if file.is_none() { "" } else { "\n" };
        let _ = write!(out, "{before}      and in {}: line {}", place.file.term(), place.line);
        file = Some(&place.file);
    }
    if file.is_some() {
        out.push('\n');
    }
}

/// What has been looked at, whatever came of it.
fn checked(out: &mut String, report: &Report<'_>, style: Style) {
    let mut counted: Vec<String> = report.checked().iter().map(|(kind, count)| plural(*count, kind.noun())).collect();
    if !report.assertions.is_empty() {
        counted.push(plural(report.assertions.len(), "assertion"));
    }
    // A number and what it counts stay on one line.
    let counted: Vec<String> = counted.iter().map(|one| one.replace(' ', "\u{a0}")).collect();
    let text = if counted.is_empty() { "nothing".to_owned() } else { counted.join(", ") };
    let mut rows = String::new();
    row(&mut rows, 0, "checked", &text, style);
    let _ = write!(out, "\n{}", rows.replace('\u{a0}', " "));
}

/// What is put up with, why, and for how long.
fn waived(out: &mut String, waived: &[Waived], limit: usize, files: &Files) {
    if waived.is_empty() {
        return;
    }
    let _ = writeln!(out, "\nwaived ({}):", waived.len());
    for Waived { finding, waiver } in waived.iter().take(limit) {
        let place = files.position(&waiver.place);
        let place = place.map(|at| format!(" [{}:{}]", Untrusted::new(at.file).term(), at.line));
        let until = waiver.expires.as_ref().map(|expires| format!(", until {}", expires.date));
        let why = Untrusted::new(said(waiver)).cut(LONGEST).term();
        let (code, message) = (&finding.code, Untrusted::new(finding.message.as_str()).term());
        let _ = writeln!(out, "  {} {code}: {message}", finding.severity.word());
        let _ = writeln!(out, "    {why}{}{}", until.unwrap_or_default(), place.unwrap_or_default());
    }
    and_more(out, waived.len(), limit);
}

/// What was passed over, with its place.
pub(crate) fn not_covered(out: &mut String, notes: &[Note], limit: usize, files: &Files) {
    if notes.is_empty() {
        return;
    }
    let _ = writeln!(out, "\nnot covered ({}):", notes.len());
    for note in notes.iter().take(limit) {
        let message = Untrusted::new(note.message.as_str()).term();
        let _ = match files.position(&note.origin) {
            Some(at) => {
                writeln!(out, "  {}:{}:{}: {message}", Untrusted::new(at.file).term(), at.line, at.column)
            }
            None => writeln!(out, "  {message}"),
        };
    }
    and_more(out, notes.len(), limit);
}

fn and_more(out: &mut String, count: usize, limit: usize) {
    if let Some(more) = count.checked_sub(limit).filter(|more| *more > 0) {
        let _ = writeln!(out, "  … {more} more: --all shows them");
    }
}

/// What it comes to, why the exit code is what it is, and what to do next.
fn verdict(out: &mut String, report: &Report<'_>, all: &[Told<'_>], shown: &[&Told<'_>], style: Style) {
    let mark = match report.exit_code {
        0 if all.is_empty() => ("✓", "32"),
        0 => ("•", "33"),
        _ => ("✗", "31"),
    };
    let more = all.len() - shown.len();
    if more > 0 {
        let _ = writeln!(out, "\n… {}, none worse than those shown: --all shows them", plural(more, "more finding"));
    }
    let _ = writeln!(out, "\n{} {}", paint(mark.0, mark.1, style), paint(&report.verdict, "1", style));
    let worst = all.iter().map(Told::severity).max();
    if let Some(worst) = shown.iter().find(|told| Some(told.severity()) == worst) {
        let next = format!("  next: schema-check explain {}", worst.code());
        let why = "   what it means, and how to mend or accept it";
        let _ = writeln!(out, "{next}{}", if next.width() + why.width() <= style.width { why } else { "" });
    }
}

pub(super) fn paint(text: &str, code: &str, style: Style) -> String {
    if style.color { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
}
