//! The Test Anything Protocol, version 13: a line for each thing that was looked at.

use std::fmt::Write;

use super::Report;
use super::outcome::{self, Outcome};
use super::told::Told;
use super::untrusted::{self, Untrusted};

pub(super) fn render(report: &Report<'_>) -> String {
    let told = report.told();
    let suites = outcome::suites(report, &told);
    let count: usize = suites.iter().map(|suite| suite.cases.len()).sum();
    let mut out = format!("TAP version 13\n1..{count}\n");
    let mut number = 0;
    for suite in &suites {
        let _ = writeln!(out, "# {}", suite.heading.term());
        for case in &suite.cases {
            number += 1;
            let (result, directive, found): (_, _, &[&Told<'_>]) = match &case.outcome {
                Outcome::Passed => ("ok", String::new(), &[]),
                Outcome::Failed(found) => ("not ok", String::new(), found),
                // What a reader calls TODO may fail.
                Outcome::Tolerated(found) => ("not ok", " # TODO does not count".to_owned(), found),
                Outcome::NotCovered(_) if report.is_strict => ("not ok", String::new(), &[]),
                Outcome::Skipped(why) => ("ok", format!(" # SKIP {}", why.tap()), &[]),
                // Why it was not is its name.
                Outcome::NotCovered(_) => ("ok", " # SKIP not covered".to_owned(), &[]),
            };
            let heading = suite.heading.tap();
            // The table of a table is named once.
            let name = Some(case.name.tap()).filter(|name| *name != heading);
            let name = name.map_or_else(|| heading.clone(), |name| format!("{heading}: {name}"));
            let _ = writeln!(out, "{result} {number} - {name}{directive}");
            diagnostics(&mut out, found);
        }
    }
    out
}

/// The most characters of a value.
const LONGEST: usize = 1000;

/// A block of YAML, with all texts as JSON writes them, which is YAML too.
fn diagnostics(out: &mut String, found: &[&Told<'_>]) {
    if found.is_empty() {
        return;
    }
    let text = |text: &Untrusted<'_>| untrusted::json(&serde_json::Value::from(text.data()).to_string());
    let _ = writeln!(out, "  ---\n  findings:");
    for told in found {
        let _ = writeln!(out, "    - code: {}", text(&Untrusted::new(told.code())));
        let _ = writeln!(out, "      severity: {}", told.severity().word());
        let _ = writeln!(out, "      message: {}", text(&told.message));
        if let Some((expected, observed)) = &told.values {
            let _ = writeln!(
                out,
                "      expected: {}\n      observed: {}",
                text(&expected.cut(LONGEST)),
                text(&observed.cut(LONGEST))
            );
        }
        if let Some(place) = told.main_place() {
            let at = format!("{}:{}:{}", place.path.data(), place.line, place.column);
            let _ = writeln!(out, "      at: {}", text(&Untrusted::new(at)));
        }
    }
    let _ = writeln!(out, "  ...");
}
