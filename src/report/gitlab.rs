//! GitLab's code quality report: what a merge request shows beside its lines.

use serde_json::{Value as Json, json};

use super::told::Told;
use super::{Report, untrusted};
use crate::findings::Severity;

pub(super) fn render(report: &Report<'_>) -> String {
    let issues: Vec<Json> = report.told().iter().map(|told| issue(told, report)).collect();
    untrusted::json(&format!("{:#}\n", Json::from(issues)))
}

fn issue(told: &Told<'_>, report: &Report<'_>) -> Json {
    let severity = match told.severity() {
        Severity::Error => "major",
        Severity::Warning => "minor",
        Severity::Info => "info",
    };
    let values = told.values.as_ref().map(|(expected, observed)| {
        format!(" (expected {}, observed {})", expected.cut(LONGEST).data(), observed.cut(LONGEST).data())
    });
    // GitLab passes over an issue without a place.
    let place = told.main_place();
    let path = place.map_or_else(|| report.anywhere(), |place| place.path.data().to_owned());
    json!({
        "description": format!("{}{}", told.message.data(), values.unwrap_or_default()),
        "check_name": told.code(),
        "fingerprint": told.fingerprint,
        "severity": severity,
        "location": {
            "path": path.trim_start_matches("./"),
            "lines": { "begin": place.map_or(1, |place| place.line) },
        },
    })
}

/// The most characters of a value.
const LONGEST: usize = 300;
