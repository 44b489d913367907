//! How far a database is in a migration plan: which phases of a spec hold in it, and what is open in the next.

use crate::catalog::{Catalog, Origin};
use crate::compare::{Drift, What, compare};
use crate::expr;
use crate::findings::{Finding, Severity, judge};
use crate::spec::document::Phase;
use crate::spec::{Bound, Document, SpecError, bind};

/// A phase, and how much of it holds.
#[derive(Debug)]
pub struct Step {
    pub id: String,
    pub title: Option<String>,
    /// What the phase itself states and forbids, and what of that holds.
    pub stated: usize,
    pub holds: usize,
    /// What a check up to this phase finds, at whatever place.
    pub findings: Vec<Finding>,
    /// What of that the phase itself asks for.
    pub open: Vec<Finding>,
}

/// All phases of a spec against one catalog.
#[derive(Debug)]
pub struct Progress {
    pub steps: Vec<Step>,
    /// The last phase up to which nothing is wrong.
    pub stands_in: Option<usize>,
    /// Nothing is wrong before the first phase.
    pub is_before: bool,
}

impl Progress {
    /// The phase that comes next, if there is one.
    pub fn next(&self) -> Option<&Step> {
        self.steps.get(self.stands_in.map_or(0, |at| at + 1))
    }

    /// Whether it can be told where the database stands.
    pub fn is_somewhere(&self) -> bool {
        self.stands_in.is_some() || self.is_before
    }
}

/// Checks a catalog up to each phase. `asserted`: what is wrong with the assertions of all phases.
///
/// # Errors
/// What the spec gets wrong.
pub fn progress(document: &Document, observed: &Catalog, asserted: &[Finding]) -> Result<Progress, Vec<SpecError>> {
    let mut steps = Vec::new();
    for (number, phase) in document.phases.iter().enumerate() {
        steps.push(step(document, number, phase, observed, asserted)?);
    }
    let is_clean = |findings: &[Finding]| findings.iter().all(|finding| finding.severity < Severity::Error);
    let base = Document { phases: Vec::new(), ..document.clone() };
    let is_before = base.asserts_nothing() || is_clean(&findings(&base, None, observed, asserted)?.2);
    Ok(Progress { stands_in: steps.iter().rposition(|step| is_clean(&step.findings)), steps, is_before })
}

fn step(
    document: &Document,
    number: usize,
    phase: &Phase,
    observed: &Catalog,
    asserted: &[Finding],
) -> Result<Step, Vec<SpecError>> {
    let (bound, drifts, findings) = findings(document, Some(number), observed, asserted)?;
    let is_own = |place: &Origin| place.is_within(&phase.place);
    let mut held: Vec<bool> = Vec::new();
    for (id, object) in &bound.expected.objects {
        let drift = |fits: &dyn Fn(&What) -> bool| drifts.iter().any(|drift| drift.id == *id && fits(&drift.what));
        let is_there = observed.exists(id) && !drift(&|what| matches!(what, What::Kind { .. }));
        // What stands at one place is one statement, however much it means.
        let mut statements: Vec<(&Origin, bool)> = vec![(&object.origin, is_there)];
        let attributes = object.facts.attributes();
        for (definition, place) in attributes.iter().filter_map(|(of, stated)| Some((of, stated.as_ref()?.1))) {
            let holds = is_there && !drift(&|what| is_about(what, definition.name));
            match statements.iter_mut().find(|(known, _)| *known == place) {
                Some((_, all)) => *all &= holds,
                None => statements.push((place, holds)),
            }
        }
        held.extend(statements.into_iter().filter(|(place, _)| is_own(place)).map(|(_, holds)| holds));
    }
    let is_found = |place: &Origin| findings.iter().any(|finding| finding.expected_at == *place);
    held.extend(bound.absent.iter().filter(|place| is_own(place)).map(|place| !is_found(place)));
    held.extend(phase.body.assertions.iter().map(|assertion| !is_found(&assertion.name.place)));
    Ok(Step {
        id: phase.id.text.clone(),
        title: phase.title.clone(),
        stated: held.len(),
        holds: held.iter().filter(|holds| **holds).count(),
        open: findings.iter().filter(|finding| is_own(&finding.expected_at)).cloned().collect(),
        findings,
    })
}

/// What a check up to a phase says.
fn findings(
    document: &Document,
    up_to: Option<usize>,
    observed: &Catalog,
    asserted: &[Finding],
) -> Result<(Bound, Vec<Drift>, Vec<Finding>), Vec<SpecError>> {
    let mut observed = observed.clone();
    let mut bound = bind(document, &mut observed, up_to)?;
    expr::settle(&mut bound.expected, &mut observed);
    let drifts = compare(&bound.expected, &observed);
    let mut findings = std::mem::take(&mut bound.remarks.findings);
    findings.extend(judge(drifts.clone(), &bound.remarks));
    let asked: Vec<Origin> = document.assertions(up_to).into_iter().map(|assertion| assertion.name.place).collect();
    let is_asked = |finding: &&Finding| asked.contains(&finding.expected_at);
    findings.extend(asserted.iter().filter(is_asked).cloned());
    Ok((bound, drifts, findings))
}

fn is_about(what: &What, attribute: &str) -> bool {
    match what {
        What::Attribute { definition, .. } | What::Uncertain { definition, .. } => definition.name == attribute,
        What::Missing | What::Unexpected { .. } | What::Kind { .. } => false,
    }
}
