//! What is found in many schemas alike, because one template is asserted for all of them.

use std::collections::BTreeMap;

use super::Finding;
use crate::catalog::{ObjectId, Origin, Value};

/// Makes one finding of those that differ in nothing but their schema. `templates`: their places, and the schemas that
/// each was laid over.
pub fn group(findings: Vec<Finding>, templates: &[(Origin, Vec<ObjectId>)]) -> Vec<Finding> {
    let mut groups: BTreeMap<(usize, String), usize> = BTreeMap::new();
    let mut grouped: Vec<(Option<usize>, Finding)> = Vec::new();
    for finding in findings {
        let at = templates.iter().position(|(place, _)| finding.expected_at.is_within(place));
        let schema = finding.object.as_ref().and_then(|(_, id)| id.schema()).cloned();
        let (Some(template), Some(schema)) = (at, schema) else {
            grouped.push((None, finding));
            continue;
        };
        let key = (template, alike(&finding, &schema.to_string()));
        match groups.get(&key) {
            Some(at) => {
                let first = &mut grouped[*at].1;
                first.also_at.extend(finding.observed_at.filter(|origin| !matches!(origin, Origin::Server)));
                first.schemas.push(schema);
            }
            None => {
                groups.insert(key, grouped.len());
                grouped.push((Some(template), Finding { schemas: vec![schema], ..finding }));
            }
        }
    }
    grouped
        .into_iter()
        .map(|(template, finding)| told(finding, template.map_or(0, |at| templates[at].1.len())))
        .collect()
}

/// What a finding says, whichever schema it is about.
fn alike(finding: &Finding, schema: &str) -> String {
    let text = |value: &Option<Value>| value.as_ref().map_or_else(String::new, Value::to_string);
    let Finding { code, severity, message, expected, observed, expected_at, notes, .. } = finding;
    let all =
        format!("{code} {} {message} {} {} {expected_at:?} {notes:?}", severity.word(), text(expected), text(observed));
    all.replace(&format!("{schema}."), "")
}

/// The words of a finding about several schemas.
fn told(mut finding: Finding, of: usize) -> Finding {
    if finding.schemas.len() < 2 {
        finding.schemas.clear();
        return finding;
    }
    let message = finding.message.replace(&format!("{}.", finding.schemas[0]), "");
    finding.message = format!("{message} in {} of {of} schemas", finding.schemas.len());
    finding
}
