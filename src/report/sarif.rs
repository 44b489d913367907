//! SARIF 2.1.0, as GitHub's code scanning takes it.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::told::{Place, Told};
use super::{Report, untrusted};
use crate::catalog::Origin;
use crate::codes;
use crate::files::Files;
use crate::findings::Severity;

/// GitHub takes so many results, and no file with more; the worst are kept.
const RESULTS: usize = 25_000;

/// The most characters of a text.
const LONGEST: usize = 1000;

pub(super) fn render(report: &Report<'_>) -> String {
    let mut told = report.told();
    let left_out = told.len().saturating_sub(RESULTS);
    if left_out > 0 {
        told.sort_by_key(|told| std::cmp::Reverse(told.severity()));
        told.truncate(RESULTS);
    }
    let mut numbers: BTreeMap<&str, usize> = told.iter().map(|told| (told.code(), 0)).collect();
    numbers.values_mut().enumerate().for_each(|(number, at)| *at = number);
    let rules: Vec<Json> = numbers.keys().map(|code| rule(code)).collect();
    let mut results: Vec<Json> = told.iter().map(|told| result(told, numbers[told.code()], report)).collect();
    results.extend(report.waived.iter().map(|waived| {
        let told = Told::new(&waived.finding, report.is_spec, report.files);
        let mut result = result(&told, 0, report);
        if let Some(result) = result.as_object_mut() {
            result.remove("ruleIndex");
            result.remove("partialFingerprints");
        }
        result["suppressions"] = json!([{ "kind": "external", "justification": waived.waiver.reason }]);
        result
    }));
    let mut notes: Vec<Json> =
        report.notes.iter().map(|note| notification(&note.message, &note.origin, report.files)).collect();
    if left_out > 0 {
        let message = format!("{left_out} more findings are left out: GitHub takes {RESULTS}");
        notes.push(notification(&message, &Origin::Server, report.files));
    }
    let root = json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "schema-check",
                "version": env!("CARGO_PKG_VERSION"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            } },
            "automationDetails": { "id": format!("schema-check/{}/", report.target.as_deref().unwrap_or("all")) },
            "columnKind": "unicodeCodePoints",
            "invocations": [{
                "executionSuccessful": true,
                "exitCode": report.exit_code,
                "exitCodeDescription": report.verdict,
                "toolExecutionNotifications": notes,
            }],
            "results": results,
        }],
    });
    untrusted::json(&format!("{root:#}\n"))
}

fn rule(code: &str) -> Json {
    let Some(known) = codes::find(code) else { return json!({ "id": code, "shortDescription": { "text": code } }) };
    let level = match known.severity() {
        Some(Severity::Warning) => "warning",
        Some(Severity::Info) => "note",
        Some(Severity::Error) | None => "error",
    };
    json!({
        "id": code,
        "name": known.title,
        "shortDescription": { "text": known.title },
        "fullDescription": { "text": known.meaning.chars().take(LONGEST).collect::<String>() },
        "help": { "text": known.text(), "markdown": known.markdown() },
        "defaultConfiguration": { "level": level },
    })
}

fn result(told: &Told<'_>, rule: usize, report: &Report<'_>) -> Json {
    let level = match told.severity() {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    };
    let main = told.main_place();
    let location = main.map_or_else(
        || json!({ "physicalLocation": { "artifactLocation": { "uri": uri(&report.anywhere()) }, "region": { "startLine": 1 } } }),
        physical,
    );
    let is_main = |place: &Place<'_>| main.is_some_and(|main| std::ptr::eq(main, place));
    let related =
        told.places.iter().filter(|place| !is_main(place)).chain(&told.also).enumerate().map(|(number, place)| {
            let mut location = physical(place);
            location["id"] = json!(number + 1);
            location["message"] = json!({ "text": place.label });
            location
        });
    let mut result = json!({
        "ruleId": told.code(),
        "ruleIndex": rule,
        "level": level,
        "message": { "text": message(told) },
        "locations": [location],
        "partialFingerprints": { "primaryLocationLineHash": told.fingerprint, "schemaCheck/v1": told.fingerprint },
    });
    let related: Vec<Json> = related.collect();
    if !related.is_empty() {
        result["relatedLocations"] = related.into();
    }
    result
}

fn message(told: &Told<'_>) -> String {
    let mut lines = vec![format!("{}.", told.message.data())];
    if let Some((expected, observed)) = &told.values {
        lines.push(format!("Expected: {}", expected.cut(LONGEST).data()));
        lines.push(format!("Observed: {}", observed.cut(LONGEST).data()));
    }
    lines.extend(told.notes().map(|note| format!("Note: {}", note.cut(LONGEST).data())));
    lines.extend(told.help().map(|help| format!("Help: {}", help.cut(LONGEST).data())));
    // A bracket would begin a link.
    lines.join("\n").replace('[', "\\[").replace(']', "\\]")
}

fn physical(place: &Place<'_>) -> Json {
    let Place { path, line, column, end_line, end_column, .. } = place;
    json!({ "physicalLocation": {
        "artifactLocation": { "uri": uri(path.data()) },
        "region": { "startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column },
    } })
}

/// A path as a relative reference.
fn uri(path: &str) -> String {
    super::told::percent_encoded(path.trim_start_matches("./"))
}

fn notification(message: &str, origin: &Origin, files: &Files) -> Json {
    let mut notification = json!({ "level": "warning", "message": { "text": format!("not covered: {message}") } });
    if let Some(at) = files.position(origin) {
        notification["locations"] = json!([{ "physicalLocation": {
            "artifactLocation": { "uri": uri(at.path) },
            "region": { "startLine": at.line, "startColumn": at.column },
        } }]);
    }
    notification
}
