//! Drift and refusals → findings with a code, words and a severity: the one place that decides how bad a thing is.

mod template;

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::tree::Unresolved;
use crate::catalog::{Kind, ObjectId, Origin, Value};
use crate::compare::{Drift, What};
use crate::replay::{Refusal, Source};
use crate::sql::Ident;
pub use template::group;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Info,
    Warning,
    Error,
}

impl Severity {
    pub const ALL: [Self; 3] = [Self::Error, Self::Warning, Self::Info];

    pub fn word(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// One line of the verdict.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Stable and documented: `drift::column::nullable`.
    pub code: String,
    pub severity: Severity,
    /// What it is about; a refused statement is about none.
    pub object: Option<(Kind, ObjectId)>,
    /// One sentence, without a full stop.
    pub message: String,
    pub expected: Option<Value>,
    pub observed: Option<Value>,
    /// The place that states the expectation; of a refused statement the one that makes, too late, what it lacks.
    pub expected_at: Origin,
    pub observed_at: Option<Origin>,
    /// More places of just the same.
    pub also_at: Vec<Origin>,
    /// The schemas in which it is found alike, where there are several; the object is that of the first.
    pub schemas: Vec<Ident>,
    /// What the spec's author wrote about the object.
    pub notes: Vec<String>,
    /// What the attribute at hand means.
    pub about: Option<String>,
    /// A way out, or a hint at the cause.
    pub help: Option<String>,
    /// The assertion that it is about.
    pub assertion: Option<Asserted>,
    /// Nothing was found out: the tool itself is wrong.
    pub is_bug: bool,
    /// The waiver that it is about, by what that is for.
    pub waiver: Option<String>,
}

impl Finding {
    /// Nothing but what every finding has.
    pub fn new(code: impl Into<String>, severity: Severity, message: impl Into<String>, expected_at: Origin) -> Self {
        Self {
            code: code.into(),
            severity,
            object: None,
            message: message.into(),
            expected: None,
            observed: None,
            expected_at,
            observed_at: None,
            also_at: Vec::new(),
            schemas: Vec::new(),
            notes: Vec::new(),
            about: None,
            help: None,
            assertion: None,
            is_bug: false,
            waiver: None,
        }
    }

    /// Whether it is about a statement that a server would refuse.
    pub fn is_refusal(&self) -> bool {
        self.code.starts_with("replay::")
    }
}

/// An assertion that does not hold, or that could not be judged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asserted {
    pub name: String,
    pub columns: Vec<String>,
    /// The first of the rows that were answered, as the server prints them.
    pub rows: Vec<Vec<Option<String>>>,
    /// There are more rows.
    pub is_cut: bool,
}

/// What the author of a spec said about objects beyond what they must be.
#[derive(Clone, Debug, Default)]
pub struct Remarks {
    pub objects: BTreeMap<ObjectId, Remark>,
    /// How bad it is if something is there that a section does not list.
    pub unlisted: BTreeMap<(Kind, Option<ObjectId>), Severity>,
    /// Where it does not matter at all.
    pub ignored: BTreeSet<(Kind, Option<ObjectId>)>,
    /// What an entry of `each` says about the expectations that stand in it, by its place.
    pub places: Vec<(Origin, Remark)>,
    /// Whether every attribute that is expected was asked for, as a spec does.
    pub is_deliberate: bool,
    /// The templates of a spec by their places, and the schemas that each was laid over.
    pub templates: Vec<(Origin, Vec<ObjectId>)>,
    /// Findings made while the spec was bound to what it is checked against.
    pub findings: Vec<Finding>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remark {
    pub severity: Option<Severity>,
    /// Of some attributes, which goes before that of the object.
    pub severities: BTreeMap<&'static str, Severity>,
    pub notes: Vec<String>,
}

impl Remarks {
    /// What there is to say about an object, as a place expects it.
    pub fn notes(&self, id: &ObjectId, expected_at: &Origin) -> Vec<String> {
        let of_objects = ancestry(id).filter_map(|id| self.objects.get(&id));
        of_objects.chain(self.around(expected_at)).flat_map(|remark| remark.notes.clone()).collect()
    }

    /// What the entries of `each`, the templates and the phases say in which an expectation stands.
    fn around(&self, expected_at: &Origin) -> impl Iterator<Item = &Remark> {
        self.places.iter().filter(|(place, _)| expected_at.is_within(place)).map(|(_, remark)| remark)
    }

    /// Gives what was found while a spec was bound the severity and the notes of what it is about.
    pub fn add(&mut self, finding: Finding) {
        let Some((_, id)) = &finding.object else { return self.findings.push(finding) };
        let of_objects = || ancestry(id).find_map(|id| self.objects.get(&id)?.severity);
        let by_place = || self.around(&finding.expected_at).find_map(|remark| remark.severity);
        let severity = of_objects().or_else(by_place).unwrap_or(finding.severity);
        let notes = self.notes(id, &finding.expected_at);
        self.findings.push(Finding { severity, notes, ..finding });
    }
}

/// Gives each drift its code, words, severity and notes.
pub fn judge(drifts: Vec<Drift>, remarks: &Remarks) -> Vec<Finding> {
    let matters = |drift: &Drift| {
        let is_listing = matches!(drift.what, What::Unexpected { forbidden: false });
        // What a constraint is called that says no more than NOT NULL matters to who asks for it alone.
        let is_asked_for = match &drift.what {
            What::Attribute { definition, .. } => definition.name != "not_null_constraint" || remarks.is_deliberate,
            What::Missing | What::Unexpected { .. } | What::Kind { .. } | What::Uncertain { .. } => true,
        };
        is_asked_for && !(is_listing && remarks.ignored.contains(&(drift.kind, drift.id.parent())))
    };
    drifts.into_iter().filter(matters).map(|drift| finding(drift, remarks)).collect()
}

fn finding(drift: Drift, remarks: &Remarks) -> Finding {
    let (noun, name) = (drift.kind.noun(), &drift.id);
    let code = |last: &str| format!("drift::{}::{last}", drift.kind.name());
    let mut finding = Finding {
        observed_at: drift.observed_at.clone(),
        notes: remarks.notes(&drift.id, &drift.expected_at),
        object: Some((drift.kind, drift.id.clone())),
        ..Finding::new("", severity(&drift, remarks), "", drift.expected_at.clone())
    };
    match drift.what {
        What::Missing => {
            finding.code = code("missing");
            finding.message = format!("{noun} {name} is missing");
        }
        What::Unexpected { forbidden } => {
            finding.code = code("unexpected");
            let why = if forbidden { "must not be there" } else { "is not expected" };
            finding.message = format!("{noun} {name} {why}");
        }
        What::Kind { expected, observed } => {
            finding.code = code("kind");
            finding.message = format!("{name} should be a {expected} and is a {observed}");
            finding.expected = Some(Value::Text(expected));
            finding.observed = Some(Value::Text(observed));
        }
        What::Uncertain { definition, expected, observed, unresolved } => {
            finding.code = format!("uncertain::{}::{}", drift.kind.name(), definition.name);
            finding.message = format!("{noun} {name} may differ in {}", definition.name);
            finding.expected = Some(expected);
            finding.observed = Some(observed);
            finding.about = Some(definition.help.trim().to_owned());
            let unresolved: Vec<String> = unresolved.iter().map(ToString::to_string).collect();
            finding.help = Some(format!(
                "it could not be told what this stands for: {}; what makes it can stand in a file before the others: --sql prelude.sql",
                unresolved.join(", ")
            ));
        }
        What::Attribute { definition, expected, observed } => {
            finding.code = code(definition.name);
            finding.message = format!("{noun} {name} differs in {}", definition.name);
            let mut unknown = Vec::new();
            unknown_names(&expected, &mut unknown);
            if !unknown.is_empty() {
                finding.help = Some(format!("what is expected names what was not found: {}", unknown.join(", ")));
            }
            finding.expected = Some(expected);
            finding.observed = Some(observed);
            finding.about = Some(definition.help.trim().to_owned());
        }
    }
    finding
}

/// The names in the expressions of a value that stand for nothing.
fn unknown_names(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Expr(expr) => {
            let unresolved = expr.tree().into_iter().flat_map(|tree| &tree.unresolved);
            found.extend(unresolved.filter(|what| matches!(what, Unresolved::Name(..))).map(ToString::to_string));
        }
        Value::List(items) => items.iter().for_each(|item| unknown_names(item, found)),
        Value::Map(entries) => entries.iter().for_each(|(_, item)| unknown_names(item, found)),
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Text(_) => {}
    }
}

/// The nearest word of the author decides; else the kind of the drift does.
fn severity(drift: &Drift, remarks: &Remarks) -> Severity {
    if let What::Unexpected { forbidden: false } = drift.what
        && let Some(severity) = remarks.unlisted.get(&(drift.kind, drift.id.parent()))
    {
        return *severity;
    }
    let of_attribute = |remark: &Remark| match &drift.what {
        What::Attribute { definition, .. } | What::Uncertain { definition, .. } => {
            remark.severities.get(definition.name).copied()
        }
        What::Missing | What::Unexpected { .. } | What::Kind { .. } => None,
    };
    let of_object = |id: &ObjectId| remarks.objects.get(id)?.severity;
    let around = || remarks.around(&drift.expected_at);
    let by_place = || around().find_map(|remark| of_attribute(remark).or(remark.severity));
    let stated = remarks.objects.get(&drift.id).and_then(of_attribute);
    let stated = stated.or_else(|| of_object(&drift.id)).or_else(by_place);
    let stated = stated.or_else(|| ancestry(&drift.id).find_map(|id| of_object(&id)));
    let usual = match &drift.what {
        // The order of columns is seldom anybody's doing.
        What::Attribute { definition, .. } if definition.name == "column_order" && !remarks.is_deliberate => {
            Severity::Info
        }
        _ => Severity::Error,
    };
    match drift.what {
        // What is not certain is no error, whatever it is about.
        What::Uncertain { .. } => stated.unwrap_or(usual).min(Severity::Warning),
        What::Missing | What::Unexpected { .. } | What::Kind { .. } | What::Attribute { .. } => stated.unwrap_or(usual),
    }
}

/// The object, what it belongs to, and so on.
fn ancestry(id: &ObjectId) -> impl Iterator<Item = ObjectId> {
    std::iter::successors(Some(id.clone()), ObjectId::parent)
}

fn lack(source: &Source) -> &'static str {
    match source {
        Source::Later(_) => "what it needs is made later: are the files in the right order?",
        Source::Refused(_) => "the statement that would have made what it needs was refused",
    }
}

/// The statements that a server would have refused. Those refused for one and the same reason are
/// one finding: where a table could not be made, all that needs it fails alike.
pub fn refused(refusals: &[Refusal]) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for refusal in refusals {
        let code = format!("replay::{}", refusal.sqlstate);
        let message = format!("the server would refuse this: {}", refusal.message);
        match findings.iter_mut().find(|finding| finding.code == code && finding.message == message) {
            Some(finding) => finding.also_at.push(refusal.origin.clone()),
            None => {
                let needed_at = match &refusal.source {
                    Some(Source::Later(origin) | Source::Refused(origin)) => origin.clone(),
                    None => Origin::Server,
                };
                let lack = || refusal.source.as_ref().map(|source| lack(source).to_owned());
                findings.push(Finding {
                    observed_at: Some(refusal.origin.clone()),
                    help: refusal.hint.clone().or_else(lack),
                    ..Finding::new(code, Severity::Error, message, needed_at)
                });
            }
        }
    }
    findings
}
