//! All that was found of one object.

use std::ops::Range;

use maud::{Markup, html};

use super::values::{self, EXPECTED, OBSERVED, Side};
use super::{anchor, anchor_of, codes, kind_of, sign, with_code};
use crate::findings::Severity;
use crate::report::told::{Answer, Place, Told, common_notes};
use crate::report::untrusted::Untrusted;
use crate::report::{Report, plural};

/// The most characters of a text, of a line of a file, and of a value in a row.
const LONGEST: usize = 4000;
const LONGEST_LINE: usize = 300;
const LONGEST_CELL: usize = 400;

/// Whether two findings that follow each other stand in one card.
pub(super) fn belong_together(one: &Told<'_>, next: &Told<'_>) -> bool {
    match (one.owner(), next.owner()) {
        (None, None) => one.heading == next.heading,
        (one, next) => one == next,
    }
}

pub(super) fn render(group: &[Told<'_>], report: &Report<'_>) -> Markup {
    let id = group[0].owner().map_or_else(|| anchor_of(group[0].heading.data()), |owner| anchor(&owner));
    let count = |severity| group.iter().filter(|told| told.severity() == severity).count();
    let common = common_notes(group);
    html! {
        section class="card" id=(id) aria-labelledby={ (id) "-title" } {
            header {
                h3 id={ (id) "-title" } { a href={ "#" (id) } { (group[0].heading) } }
                p class="tally" {
                    @for severity in Severity::ALL.into_iter().filter(|severity| count(*severity) > 0) {
                        span class={ "severity " (severity.word()) } { (sign(severity)) " " (plural(count(severity), severity.word())) }
                    }
                }
            }
            @for note in &common { (remark("note", "Note", note)) }
            @for told in group { (finding(told, &common, report)) }
        }
    }
}

fn finding(told: &Told<'_>, noted: &[Untrusted<'_>], report: &Report<'_>) -> Markup {
    let severity = told.severity().word();
    let id = format!("f-{}", &told.fingerprint);
    html! {
        article class={ "finding " (severity) } id=(id) data-severity=(severity) data-kind=(kind_of(told)) {
            header {
                span class={ "severity " (severity) } { (sign(told.severity())) " " (severity) }
                h4 { a href={ "#" (id) } { (told.short.cut(LONGEST)) } }
                @match codes::anchor(told.code()) {
                    Some(at) => a class="code" href={ "#" (at) } title="What this means" { (told.code()) },
                    None => span class="code" { (told.code()) },
                }
            }
            (sides(told, report))
            @if let Some(answer) = told.assertion() { (rows(answer)) }
            @if told.schemas().len() > 0 {
                p class="remark" {
                    b { "Schemas" } " "
                    @for (number, schema) in told.schemas().enumerate() { @if number > 0 { ", " } code { (schema) } }
                }
            }
            @if let Some(about) = told.about() { (remark("about", "Means", &about)) }
            @for note in told.notes().filter(|note| !noted.contains(note)) { (remark("note", "Note", &note)) }
            @if let Some(help) = told.help() { (remark("help", "Help", &help)) }
            (also(&told.also, report))
        }
    }
}

fn remark(class: &str, label: &str, text: &Untrusted<'_>) -> Markup {
    html! { p class={ "remark " (class) } { b { (label) } " " span { (with_code(&text.cut(LONGEST).html())) } } }
}

/// What is expected on the left, what was observed on the right, each with its place.
fn sides(told: &Told<'_>, report: &Report<'_>) -> Markup {
    let (mut one, mut two, mut lines) = (None, None, Markup::default());
    if let Some((expected, observed)) = &told.values {
        if values::has_lines(expected, observed) {
            lines = values::lines(expected, observed);
        } else {
            // What a query has answered is no other spelling of what it should.
            let (expected, observed) = values::pair(expected, observed, told.assertion().is_none());
            (one, two) = (Some(expected), Some(observed));
        }
    }
    let side = |side: Side, value: Option<Markup>, is_expected: bool| {
        let places: Vec<&Place<'_>> = told.places.iter().filter(|place| place.is_expected == is_expected).collect();
        html! {
            @if value.is_some() || !places.is_empty() {
                div class={ "side " (side.class) } {
                    @if let Some(value) = value {
                        h5 { span class="sign" aria-hidden="true" { (side.sign) } " " (side.word) }
                        pre class="value" { code { (value) } }
                    }
                    @for place in places { (quoted(place, report)) }
                }
            }
        }
    };
    html! {
        (lines)
        div class="sides" { (side(EXPECTED, one, true)) (side(OBSERVED, two, false)) }
    }
}

/// A place, what it has to do with the finding, and its line.
fn quoted(place: &Place<'_>, report: &Report<'_>) -> Markup {
    let (line, span) = &place.source;
    let line = line.data();
    let Range { start, end } = shown(line, span);
    let is_all = line[..span.start].trim().is_empty() && line[span.end..].trim_end_matches(';').trim().is_empty();
    let cut = |from: usize, to: usize| Untrusted::new(&line[from.clamp(start, end)..to.clamp(start, end)]);
    html! {
        figure class="place" {
            figcaption { (linked(place, report)) " " span class="label" { (place.label) } }
            pre class="source" {
                code {
                    span class="number" aria-hidden="true" { (place.line) }
                    @if start > 0 && !line[..start].trim().is_empty() { "…" }
                    @if is_all {
                        (cut(0, line.len()))
                    } @else {
                        (cut(0, span.start)) u { (cut(span.start, span.end)) } (cut(span.end, line.len()))
                    }
                    @if end < line.len() { "…" }
                }
            }
        }
    }
}

/// The stretch of a line that is shown: without its indentation, and of a very long one what is around the span.
fn shown(line: &str, span: &Range<usize>) -> Range<usize> {
    let indent = line.len() - line.trim_start().len();
    let start = indent.min(span.start).max(span.start.saturating_sub(LONGEST_LINE / 3));
    let end = line.len().min(start + LONGEST_LINE);
    line.floor_char_boundary(start)..line.ceil_char_boundary(end)
}

/// A place, with a way to it where there is one.
fn linked(place: &Place<'_>, report: &Report<'_>) -> Markup {
    let text = Untrusted::new(format!("{}:{}", place.path.data(), place.line));
    html! {
        @match place.url(report) {
            Some(url) => a class="at" href=(url) rel="noreferrer" { (text) },
            None => span class="at" { (text) },
        }
    }
}

fn also(places: &[Place<'_>], report: &Report<'_>) -> Markup {
    html! {
        @if !places.is_empty() {
            details class="also" {
                summary { (plural(places.len(), "more place")) " of the same" }
                ul { @for place in places { li { (linked(place, report)) } } }
            }
        }
    }
}

fn rows(answer: Answer<'_>) -> Markup {
    let rows = answer.rows();
    html! {
        @if !rows.is_empty() {
            div class="rows" tabindex="0" role="region" aria-label="Rows that were answered" {
                table {
                    thead { tr { @for name in answer.columns() { th scope="col" { (name.cut(LONGEST_CELL)) } } } }
                    tbody { @for row in &rows { tr { @for cell in row { td { (cell.cut(LONGEST_CELL)) } } } } }
                }
                @if answer.is_cut() { p class="cut" { "… and more rows" } }
            }
        }
    }
}
