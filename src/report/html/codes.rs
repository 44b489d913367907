//! What the codes of a report mean: the same text that `schema-check explain` has.

use std::collections::BTreeSet;

use maud::{Markup, html};

use super::with_code;
use crate::codes::{self, Code};
use crate::report::told::Told;

/// Where the page speaks of a code, if it does.
pub(super) fn anchor(code: &str) -> Option<String> {
    codes::find(code).map(|_| format!("c-{}", code.replace("::", "-")))
}

pub(super) fn render(told: &[Told<'_>]) -> Markup {
    let found: BTreeSet<&str> = told.iter().map(Told::code).collect();
    let known: Vec<Code> = found.into_iter().filter_map(codes::find).collect();
    html! {
        @if !known.is_empty() {
            section id="codes" class="aside" aria-labelledby="codes-title" {
                h2 id="codes-title" { "What the codes mean" }
                @for code in &known { (one(code)) }
            }
        }
    }
}

fn one(code: &Code) -> Markup {
    let texts =
        [("Means", &code.meaning), ("Matters", &code.why), ("To mend", &code.mend), ("To accept", &code.accept)];
    html! {
        details id=[anchor(&code.code)] class="explained" {
            summary { code { (code.code) } " " span { (with_code(&code.title)) } }
            dl {
                @for (label, text) in texts.into_iter().filter(|(_, text)| !text.is_empty()) {
                    div { dt { (label) } dd { (with_code(text)) } }
                }
            }
        }
    }
}
