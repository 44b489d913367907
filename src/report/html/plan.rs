//! The phases of a spec: how far each holds, and where the database stands.

use maud::{Markup, html};

use super::sign;
use crate::progress::{Progress, Step};
use crate::report::progress::{DONE, state, verdict};
use crate::report::untrusted::Untrusted;
use crate::report::{Report, plural};

/// The most findings of the next phase that are listed.
const SHOWN: usize = 20;

pub(super) fn render(progress: &Progress, report: &Report<'_>) -> Markup {
    html! {
        section class="plan" aria-labelledby="plan-title" {
            h2 id="plan-title" { "The plan" }
            p { (Untrusted::new(sentence(&verdict(progress)))) }
            ol class="phases" {
                @for (number, step) in progress.steps.iter().enumerate() {
                    (phase(step, state(progress, number)))
                }
            }
            @if let Some(next) = progress.next().filter(|next| progress.is_somewhere() && !next.open.is_empty()) {
                (open(next, report))
            }
        }
    }
}

fn phase(step: &Step, state: &str) -> Markup {
    let (class, mark) = match state {
        DONE => ("done", "✓"),
        "here" => ("here", "●"),
        "next" => ("next", "○"),
        _ => ("later", ""),
    };
    html! {
        li class={ "phase " (class) } aria-current=[(class == "here").then_some("step")] {
            // What states nothing holds.
            progress max=(step.stated.max(1)) value=(if step.stated == 0 { 1 } else { step.holds }) aria-label="what of it holds" {}
            p class="id" { span class="mark" aria-hidden="true" { (mark) } " " (Untrusted::new(step.id.as_str())) @if !state.is_empty() { " " span class="state" { (state) } } }
            @if let Some(title) = &step.title { p class="title" { (Untrusted::new(title.as_str())) } }
            p class="holds" { (step.holds) " of " (step.stated) }
        }
    }
}

fn open(step: &Step, report: &Report<'_>) -> Markup {
    html! {
        details class="open" {
            summary { "Still open in " (Untrusted::new(step.id.as_str())) ": " (plural(step.open.len(), "finding")) }
            ul {
                @for finding in step.open.iter().take(SHOWN) {
                    li {
                        span class={ "severity " (finding.severity.word()) } { (sign(finding.severity)) " " (finding.severity.word()) } " "
                        (Untrusted::new(finding.message.as_str()))
                        @if let Some(at) = report.files.position(&finding.expected_at) {
                            " " span class="at" { (Untrusted::new(format!("{}:{}", at.path, at.line))) }
                        }
                    }
                }
                @if step.open.len() > SHOWN { li { "… " (step.open.len() - SHOWN) " more" } }
            }
        }
    }
}

/// With a capital and a full stop.
fn sentence(words: &str) -> String {
    let mut characters = words.chars();
    characters.next().map_or_else(String::new, |first| format!("{}{}.", first.to_uppercase(), characters.as_str()))
}
