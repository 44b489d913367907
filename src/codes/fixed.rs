//! What is about no one kind of object: counts, rules, assertions, waivers, and the errors that keep a run from a verdict.

use std::sync::LazyLock;

use super::texts::{Entry, Texts};
use super::{Code, Weight, drift};
use crate::findings::Severity;
use crate::rules;

static TEXTS: LazyLock<Texts> = LazyLock::new(|| Texts::read(include_str!("fixed.md")));

pub(super) fn all() -> impl Iterator<Item = Code> {
    TEXTS.headings().filter_map(find)
}

pub(super) fn find(code: &str) -> Option<Code> {
    let entry = TEXTS.get(code)?;
    match code.strip_prefix("rule::") {
        Some(name) => rules::find(name).map(|rule| of_rule(code, rule, entry)),
        None => Some(stated(code, entry)),
    }
}

fn stated(code: &str, entry: &Entry) -> Code {
    let text = |what| entry.text(what).to_owned();
    let severity = if code == "waiver::unused" { Severity::Warning } else { Severity::Error };
    Code {
        code: code.to_owned(),
        weight: match entry.text("Exit").parse() {
            Ok(exit_code) => Weight::Error { exit_code },
            Err(_) => Weight::Finding(severity),
        },
        title: text("Title"),
        meaning: text("Meaning"),
        why: text("Why"),
        mend: text("Mend"),
        accept: text("Accept"),
        example: entry.example.clone(),
    }
}

/// What a rule is about is said where it is made.
fn of_rule(code: &str, rule: &rules::Rule, entry: &Entry) -> Code {
    Code {
        weight: Weight::Rule,
        meaning: format!("An object breaks the rule that {}.", rule.about),
        accept: format!(
            "A rule counts only where the spec asks for it, of the severity that it states there; `ignore` takes it back in \
             a later phase. {}",
            drift::waived(code)
        ),
        ..stated(code, entry)
    }
}
