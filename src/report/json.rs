//! A report for programs; `docs/json.md` describes it.

use serde_json::{Value as Json, json};

use super::{Report, untrusted};
use crate::catalog::{Kind, Origin};
use crate::files::Files;
use crate::findings::{Finding, Severity};
use crate::snapshot::value_to_json;
use crate::waivers::Waived;

/// Grows its first number when a reader of the old form would break.
const FORMAT_VERSION: &str = "1.0";

pub(super) fn render(report: &Report<'_>) -> String {
    let findings: Vec<Json> = report.findings.iter().map(|finding| finding_to_json(finding, report.files)).collect();
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
        "exit_code": report.exit_code,
        "verdict": report.verdict,
        "config": report.config,
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
        "waived": report.waived.iter().map(|waived| waived_to_json(waived, report.files)).collect::<Vec<_>>(),
        "not_covered": notes,
    });
    untrusted::json(&format!("{root:#}\n"))
}

pub(super) fn finding_to_json(finding: &Finding, files: &Files) -> Json {
    let object = finding.object.as_ref().map(|(kind, id): &(Kind, _)| {
        let path: Vec<&str> = id.path().iter().map(crate::sql::Ident::as_str).collect();
        json!({ "kind": kind.name(), "name": id.to_string(), "path": path })
    });
    json!({
        "code": finding.code,
        "severity": finding.severity.word(),
        "object": object,
        "message": finding.message,
        "expected": finding.expected.as_ref().map(value_to_json),
        "observed": finding.observed.as_ref().map(value_to_json),
        "expected_at": place(&finding.expected_at, files),
        "observed_at": finding.observed_at.as_ref().and_then(|origin| place(origin, files)),
        "also_at": finding.also_at.iter().filter_map(|origin| place(origin, files)).collect::<Vec<_>>(),
        "schemas": finding.schemas,
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
fn waived_to_json(waived: &Waived, files: &Files) -> Json {
    let Waived { finding, waiver } = waived;
    let mut json = finding_to_json(finding, files);
    json["waiver"] = json!({
        "finding": waiver.finding.text,
        "object": waiver.object.text,
        "reason": waiver.reason,
        "owner": waiver.owner,
        "expires": waiver.expires.as_ref().map(|expires| expires.date.to_string()),
        "at": place(&waiver.place, files),
    });
    json
}

fn place(origin: &Origin, files: &Files) -> Option<Json> {
    let at = files.position(origin)?;
    Some(json!({
        "file": at.file,
        "line": at.line,
        "column": at.column,
        "end_line": at.end_line,
        "end_column": at.end_column,
    }))
}
