//! A report as one page of HTML that needs nothing beside itself: no network, and no script to be read.

mod card;
mod codes;
mod diagram;
mod layout;
mod plan;
mod svg;
mod values;

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, Render, html};
use sha2::{Digest, Sha256};

use self::diagram::{Diagram, State};
use super::told::Told;
use super::untrusted::Untrusted;
use super::{Report, plural};
use crate::catalog::ObjectId;
use crate::findings::{Finding, Severity};
use crate::waivers::said;

const STYLE: &str = include_str!("html/style.css");
const SCRIPT: &str = include_str!("html/script.js");

/// From so many findings on, a browser lays out the cards only when they come into view.
const MANY: usize = 200;

/// What stands in the tab of a browser; nothing is fetched for it.
const ICON: &str = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Cpath d='M2 3h5v10H2zM9 3h5v4H9zM9 9h5v4H9z' fill='%236b7280'/%3E%3C/svg%3E";

/// Markup is escaped by the writer, and what could act without any is spelled out.
impl Render for Untrusted<'_> {
    fn render_to(&self, buffer: &mut String) {
        self.html().render_to(buffer);
    }
}

pub(super) fn render(report: &Report<'_>) -> String {
    let told = report.told();
    let content = html! {
        (head(report))
        @if let Some(progress) = &report.progress { (plan::render(progress, report)) }
        (counts(report, &told))
        @if let Some(diagram) = Diagram::new(report, &told) { (figure(&diagram)) }
        (findings(report, &told))
        (waived(report))
        (not_covered(report))
        (codes::render(&told))
    };
    // No line of the page begins with what stands behind the line break of a text: a runner of GitHub Actions would
    // read it.
    let content = content.into_string().replace('\n', "&#10;");
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy());
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                meta name="generator" content={ "schema-check " (env!("CARGO_PKG_VERSION")) };
                title { (title(report)) " – schema-check" }
                link rel="icon" href=(ICON);
                style { (PreEscaped(STYLE)) }
            }
            body {
                a class="skip" href="#findings" { "To the findings" }
                main { (PreEscaped(content)) }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    page.into_string()
}

/// Only this style and this script, and nothing from anywhere.
fn policy() -> String {
    let hash = |text: &str| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)));
    format!(
        "default-src 'none'; style-src {}; script-src {}; img-src data:; base-uri 'none'; form-action 'none'",
        hash(STYLE),
        hash(SCRIPT)
    )
}

/// By this the card of an object is found: the same in each run.
fn anchor(id: &ObjectId) -> String {
    anchor_of(&format!("{} {id}", id.class().word()))
}

fn anchor_of(name: &str) -> String {
    let hash: String = Sha256::digest(name).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    format!("o-{hash}")
}

/// What stands between backticks is code.
fn with_code(text: &str) -> Markup {
    html! {
        @if text.matches('`').count().is_multiple_of(2) {
            @for (number, part) in text.split('`').enumerate() {
                @if number % 2 == 1 { code { (part) } } @else { (part) }
            }
        } @else {
            (text)
        }
    }
}

/// What tells how bad a finding is where colours do not.
fn sign(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "✕",
        Severity::Warning => "▲",
        Severity::Info => "●",
    }
}

fn title(report: &Report<'_>) -> &'static str {
    match (report.exit_code, report.findings.is_empty()) {
        (0, true) => "No drift",
        (0, false) => "Passed, with findings",
        (_, false) => "The schema has drifted",
        (_, true) => "Not everything was covered",
    }
}

fn head(report: &Report<'_>) -> Markup {
    let (class, sign) = match (report.exit_code, report.findings.is_empty()) {
        (0, true) => ("passed", "✓"),
        (0, false) => ("noted", "!"),
        _ => ("failed", "✕"),
    };
    html! {
        header class={ "verdict " (class) } {
            span class="seal" aria-hidden="true" { (sign) }
            div {
                h1 { (title(report)) }
                p class="why" { (Untrusted::new(report.verdict.as_str())) }
            }
        }
        dl class="sides-of" {
            @for (label, names) in [("Expected", &report.expected), ("Observed", &report.observed)] {
                div {
                    dt { (label) }
                    @for name in names { dd { (Untrusted::new(name.as_str())) } }
                }
            }
            @if let Some(config) = &report.config {
                div { dt { "Config" } dd { (Untrusted::new(config.as_str())) } }
            }
        }
    }
}

/// What a finding is about, in a word.
fn kind_of(told: &Told<'_>) -> &'static str {
    match (told.object(), told.code().split("::").next()) {
        (Some((kind, _)), _) => kind.noun(),
        (None, Some("replay")) => "statement",
        (None, Some("assertion")) => "assertion",
        (None, Some("waiver")) => "waiver",
        (None, _) => "spec",
    }
}

fn counts(report: &Report<'_>, told: &[Told<'_>]) -> Markup {
    let mut checked: BTreeMap<&str, usize> =
        report.checked().into_iter().map(|(kind, count)| (kind.noun(), count)).collect();
    if !report.assertions.is_empty() {
        checked.insert("assertion", report.assertions.len());
    }
    let mut found: BTreeMap<&str, [usize; 3]> = BTreeMap::new();
    for told in told {
        let counts = found.entry(kind_of(told)).or_default();
        let at = Severity::ALL.iter().position(|severity| *severity == told.severity()).unwrap_or_default();
        counts[at] += 1;
    }
    let clean = checked.iter().filter(|(kind, _)| !found.contains_key(**kind));
    let clean: Vec<String> = clean.map(|(kind, count)| plural(*count, kind)).collect();
    html! {
        section class="counts" aria-label="Counts" {
            ul class="tiles" {
                @for severity in Severity::ALL {
                    @let count = report.count(severity);
                    li class={ "tile " (severity.word()) @if count == 0 { " none" } } {
                        span class="number" { (count) }
                        span class="word" { span class="sign" aria-hidden="true" { (sign(severity)) } " " (plural(count, severity.word()).split_once(' ').map_or("", |(_, word)| word)) }
                    }
                }
                @for (count, word, to) in [(report.waived.len(), "waived", "#waived"), (report.notes.len(), "not covered", "#not-covered")] {
                    li class={ "tile other" @if count == 0 { " none" } } {
                        span class="number" { (count) }
                        span class="word" { @if count == 0 { (word) } @else { a href=(to) { (word) } } }
                    }
                }
            }
            @if !found.is_empty() {
                table class="kinds" {
                    thead {
                        tr {
                            th scope="col" { "Kind" }
                            th scope="col" { "Checked" }
                            th scope="col" { "Errors" }
                            th scope="col" { "Warnings" }
                            th scope="col" { "Info" }
                        }
                    }
                    tbody {
                        @for (kind, counts) in &found {
                            tr {
                                th scope="row" { (kind) }
                                td { @match checked.get(kind) { Some(count) => (count), None => span class="zero" { "–" } } }
                                @for count in counts { td { @if *count == 0 { span class="zero" { "0" } } @else { (count) } } }
                            }
                        }
                    }
                }
            }
            p class="clean" {
                @if clean.is_empty() && found.is_empty() { "Nothing was checked." }
                @if !clean.is_empty() { "As expected: " (clean.join(", ")) "." }
            }
        }
    }
}

fn figure(diagram: &Diagram) -> Markup {
    html! {
        figure class="diagram" {
            figcaption {
                h2 { "Drifted tables" }
                p {
                    "With what they refer to and are referred to by. A crow’s foot stands at many rows, a bar at one, a circle where there need not be any. Each table leads to its findings."
                    @if diagram.left_out > 0 {
                        " " strong { "The " (diagram::MOST) " worst are drawn; " (diagram.left_out) " more are not." }
                    }
                }
                ul class="legend" {
                    @for state in State::ALL {
                        li class=(state.class()) { span class="swatch" aria-hidden="true" { (state.sign()) } (state.word()) }
                    }
                }
            }
            (svg::draw(diagram))
        }
    }
}

fn findings(report: &Report<'_>, told: &[Told<'_>]) -> Markup {
    let mut kinds: Vec<&str> = told.iter().map(kind_of).collect();
    kinds.sort_unstable();
    kinds.dedup();
    html! {
        section id="findings" class=[(told.len() > MANY).then_some("many")] aria-labelledby="findings-title" {
            @if !told.is_empty() {
                h2 id="findings-title" { "Findings" }
                div id="filter" class="filter" role="search" hidden {
                    label class="text" { span { "Filter" } input id="filter-text" type="search" placeholder="name, code or text" autocomplete="off" spellcheck="false"; }
                    div class="severities" role="group" aria-label="Severity" {
                        @for severity in Severity::ALL.into_iter().filter(|severity| report.count(*severity) > 0) {
                            label class=(severity.word()) {
                                input type="checkbox" name="severity" value=(severity.word()) checked;
                                span { span class="sign" aria-hidden="true" { (sign(severity)) } " " (severity.word()) }
                            }
                        }
                    }
                    label class="kind" {
                        span { "Kind" }
                        select id="filter-kind" {
                            option value="" { "all kinds" }
                            @for kind in kinds { option value=(kind) { (kind) } }
                        }
                    }
                    output id="filter-count" aria-live="polite" {}
                }
                @for group in told.chunk_by(card::belong_together) { (card::render(group, report)) }
                p id="filter-none" class="empty" hidden { "No finding matches the filter." }
            }
        }
    }
}

fn waived(report: &Report<'_>) -> Markup {
    if report.waived.is_empty() {
        return Markup::default();
    }
    html! {
        details id="waived" class="aside" {
            summary { h2 { "Waived" } span class="count" { (report.waived.len()) } }
            ul {
                @for one in &report.waived {
                    @let Finding { severity, code, message, .. } = &one.finding;
                    li {
                        p { span class={ "severity " (severity.word()) } { (sign(*severity)) " " (severity.word()) } " " (Untrusted::new(message.as_str())) " " code class="code" { (code) } }
                        p class="remark" {
                            (Untrusted::new(said(&one.waiver)))
                            @if let Some(expires) = &one.waiver.expires { ", until " (expires.date.to_string()) }
                            @if let Some(at) = report.files.position(&one.waiver.place) {
                                " " span class="at" { (Untrusted::new(format!("{}:{}", at.path, at.line))) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn not_covered(report: &Report<'_>) -> Markup {
    if report.notes.is_empty() {
        return Markup::default();
    }
    html! {
        details id="not-covered" class="aside" {
            summary { h2 { "Not covered" } span class="count" { (report.notes.len()) } }
            p { "What was not read, not understood or not run, and so not compared." }
            ul {
                @for note in &report.notes {
                    li {
                        (Untrusted::new(note.message.as_str()))
                        @if let Some(at) = report.files.position(&note.origin) {
                            " " span class="at" { (Untrusted::new(format!("{}:{}", at.path, at.line))) }
                        }
                    }
                }
            }
        }
    }
}
