//! A report for programs; `docs/json.md` describes it.

use serde_json::{Value as Json, json};

use super::told::{Place, Told};
use super::{Report, untrusted};
use crate::catalog::Origin;
use crate::files::Files;
use crate::findings::Severity;
use crate::snapshot::value_to_json;
use crate::waivers::Waived;

/// Grows its first number when a reader of the old form would break.
const FORMAT_VERSION: &str = "1.0";

/// The form of it, as a JSON Schema (draft 7).
pub fn schema() -> Json {
    serde_json::from_str(include_str!("report.schema.json")).unwrap_or_default()
}

pub(super) fn render(report: &Report<'_>) -> String {
    let findings: Vec<Json> = report.told().iter().map(finding).collect();
    let notes: Vec<Json> = report
        .notes
        .iter()
        .map(|note| json!({ "message": note.message, "at": place(&note.origin, report.files) }))
        .collect();
    let checked: serde_json::Map<String, Json> =
        report.checked().into_iter().map(|(kind, count)| (kind.name().to_owned(), json!(count))).collect();
    let counts: serde_json::Map<String, Json> =
        Severity::ALL.iter().map(|severity| (severity.word().to_owned(), json!(report.count(*severity)))).collect();
    let root = json!({
        "format_version": FORMAT_VERSION,
        "tool": { "name": "schema-check", "version": env!("CARGO_PKG_VERSION") },
        "exit_code": report.exit_code,
        "verdict": report.verdict,
        "config": report.config,
        "target": report.target,
        "expected": report.expected,
        "observed": report.observed,
        "summary": {
            "findings": counts,
            "checked": checked,
            "assertions": report.assertions.len(),
            "waived": report.waived.len(),
            "not_covered": report.notes.len(),
        },
        "findings": findings,
        "waived": report.waived.iter().map(|waived| waived_finding(waived, report)).collect::<Vec<_>>(),
        "not_covered": notes,
    });
    untrusted::json(&format!("{root:#}\n"))
}

pub(super) fn finding(told: &Told<'_>) -> Json {
    let finding = told.finding();
    let object = told.object().map(|(kind, id)| {
        let path: Vec<&str> = id.path().iter().map(crate::sql::Ident::as_str).collect();
        json!({ "kind": kind.name(), "name": id.to_string(), "path": path })
    });
    let place = |is_expected| told.places.iter().find(|place| place.is_expected == is_expected).map(place_told);
    json!({
        "code": finding.code,
        "severity": finding.severity.word(),
        "fingerprint": told.fingerprint,
        "object": object,
        "message": finding.message,
        "expected": finding.expected.as_ref().map(value_to_json),
        "observed": finding.observed.as_ref().map(value_to_json),
        "expected_at": place(true),
        "observed_at": place(false),
        "also_at": told.also.iter().map(place_told).collect::<Vec<_>>(),
        "schemas": told.schemas().map(|schema| schema.data().to_owned()).collect::<Vec<_>>(),
        "notes": finding.notes,
        "about": finding.about,
        "help": finding.help,
        "assertion": finding.assertion.as_ref().map(|assertion| json!({
            "name": assertion.name,
            "columns": assertion.columns,
            "rows": assertion.rows,
            "more": assertion.is_cut,
        })),
    })
}

/// The finding, and beside its own fields why it does not count.
fn waived_finding(waived: &Waived, report: &Report<'_>) -> Json {
    let waiver = &waived.waiver;
    let mut json = finding(&Told::new(&waived.finding, report.is_spec, report.files));
    json["waiver"] = json!({
        "finding": waiver.finding.text,
        "object": waiver.object.text,
        "reason": waiver.reason,
        "owner": waiver.owner,
        "expires": waiver.expires.as_ref().map(|expires| expires.date.to_string()),
        "at": place(&waiver.place, report.files),
    });
    json
}

fn place_told(place: &Place<'_>) -> Json {
    let Place { file, path, line, column, end_line, end_column, .. } = place;
    place_at((file.data(), path.data()), (*line, *column), (*end_line, *end_column))
}

fn place(origin: &Origin, files: &Files) -> Option<Json> {
    let at = files.position(origin)?;
    Some(place_at((at.file, at.path), (at.line, at.column), (at.end_line, at.end_column)))
}

fn place_at((file, path): (&str, &str), (line, column): (usize, usize), end: (usize, usize)) -> Json {
    json!({
        "file": file,
        "path": path,
        "line": line,
        "column": column,
        "end_line": end.0,
        "end_column": end.1,
    })
}
