//! How far a database is in a migration plan: which phases of a spec hold in it, and what is open in the next.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::{Catalog, ObjectId, Origin};
use crate::compare::compare;
use crate::expr;
use crate::findings::{Finding, Severity, judge};
use crate::spec::document::Phase;
use crate::spec::waiver::Date;
use crate::spec::{Bound, Document, SpecError, bind};
use crate::waivers;

/// A phase, and how much of it holds.
#[derive(Debug)]
pub struct Step {
    pub id: String,
    pub title: Option<String>,
    /// What the phase itself states and forbids, and what of that holds.
    pub stated: usize,
    pub holds: usize,
    /// What a check up to this phase finds, at whatever place, and no waiver puts up with.
    pub findings: Vec<Finding>,
    /// What of that the phase itself asks for.
    pub open: Vec<Finding>,
}

/// All phases of a spec against one catalog.
#[derive(Debug)]
pub struct Progress {
    pub steps: Vec<Step>,
    /// The last phase up to which nothing is wrong and that holds itself; where there is none, and it does not stand
    /// before them all, the first up to which nothing is wrong.
    pub stands_in: Option<usize>,
    /// Nothing is wrong before the first phase.
    pub is_before: bool,
}

impl Step {
    /// Nothing is wrong: no more than warnings.
    fn is_clean(&self) -> bool {
        is_clean(&self.findings)
    }

    /// All of it holds, also what is no error if it does not.
    fn is_done(&self) -> bool {
        self.is_clean() && self.holds == self.stated
    }
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

/// Checks a catalog up to each phase. `asserted`: what is wrong with the assertions of all phases. `today` says which
/// waivers count.
///
/// # Errors
/// What the spec gets wrong.
pub fn progress(
    document: &Document,
    observed: &Catalog,
    asserted: &[Finding],
    today: Date,
) -> Result<Progress, Vec<SpecError>> {
    let against = Against { observed, asserted, today };
    let phases = document.phases.iter().enumerate();
    let steps = phases.map(|(number, phase)| against.step(document, number, phase)).collect::<Result<Vec<_>, _>>()?;
    let base = Document { phases: Vec::new(), ..document.clone() };
    let says_nothing = base.asserts_nothing();
    let is_before = says_nothing || is_clean(&against.check(&base, None)?.findings);
    let first = || steps.iter().position(Step::is_clean).filter(|_| says_nothing || !is_before);
    Ok(Progress { stands_in: steps.iter().rposition(Step::is_done).or_else(first), steps, is_before })
}

fn is_clean(findings: &[Finding]) -> bool {
    findings.iter().all(|finding| finding.severity < Severity::Error)
}

/// What a spec is checked against, and when.
struct Against<'a> {
    observed: &'a Catalog,
    asserted: &'a [Finding],
    today: Date,
}

/// What a check up to a phase says.
struct Checked {
    bound: Bound,
    /// With new names where it has legacy ones.
    observed: Catalog,
    findings: Vec<Finding>,
    /// What is not there, or something else, and is put up with.
    waived: BTreeSet<ObjectId>,
}

impl Against<'_> {
    fn step(&self, document: &Document, number: usize, phase: &Phase) -> Result<Step, Vec<SpecError>> {
        let checked = self.check(document, Some(number))?;
        let is_own = |place: &Origin| place.is_within(&phase.place);
        let is_found = |place: &Origin| checked.findings.iter().any(|finding| finding.expected_at == *place);
        let mut held = checked.statements(is_own);
        held.extend(checked.bound.absent.iter().filter(|place| is_own(place)).map(|place| !is_found(place)));
        held.extend(phase.body.assertions.iter().map(|assertion| !is_found(&assertion.name.place)));
        let open = checked.findings.iter().filter(|finding| is_own(&finding.expected_at)).cloned().collect();
        Ok(Step {
            id: phase.id.text.clone(),
            title: phase.title.clone(),
            stated: held.len(),
            holds: held.iter().filter(|holds| **holds).count(),
            findings: checked.findings,
            open,
        })
    }

    fn check(&self, document: &Document, up_to: Option<usize>) -> Result<Checked, Vec<SpecError>> {
        let mut observed = self.observed.clone();
        let mut bound = bind(document, &mut observed, up_to)?;
        expr::settle(&mut bound.expected, &mut observed);
        let mut findings = std::mem::take(&mut bound.remarks.findings);
        findings.extend(judge(compare(&bound.expected, &observed), &bound.remarks));
        let asked = document.assertions(up_to);
        let is_asked = |finding: &&Finding| asked.iter().any(|one| one.name.place == finding.expected_at);
        findings.extend(self.asserted.iter().filter(is_asked).cloned());
        let (mut findings, waived) = waivers::apply(findings, &document.waivers, self.today);
        // Whether a waiver is of use is for a check to say: it may be meant for another phase.
        findings.retain(|finding| finding.waiver.is_none());
        let waived = waived.into_iter().filter_map(|one| one.finding.object).map(|(_, id)| id).collect();
        Ok(Checked { bound, observed, findings, waived })
    }
}

impl Checked {
    /// Of each statement at one of some places, whether it holds. What stands at one place is one statement about an
    /// object, however much it means.
    fn statements(&self, is_wanted: impl Fn(&Origin) -> bool) -> Vec<bool> {
        let mut wrong: BTreeMap<&ObjectId, Vec<&Origin>> = BTreeMap::new();
        for finding in &self.findings {
            if let Some((_, id)) = &finding.object {
                wrong.entry(id).or_default().push(&finding.expected_at);
            }
        }
        let mut held = Vec::new();
        for (id, object) in &self.bound.expected.objects {
            let there = self.observed.facts(id).is_none_or(|facts| facts.kind() == object.facts.kind());
            let is_there = there && self.observed.exists(id) || self.is_waived(id);
            let attributes = object.facts.attributes();
            let mut places = vec![&object.origin];
            for (_, place) in attributes.iter().filter_map(|(_, stated)| stated.as_ref()) {
                if !places.contains(place) {
                    places.push(place);
                }
            }
            let is_wrong = |place: &&Origin| wrong.get(id).is_some_and(|places| places.contains(place));
            held.extend(places.iter().filter(|place| is_wanted(place)).map(|place| is_there && !is_wrong(place)));
        }
        held
    }

    /// Whether something is put up with about an object, or about what it belongs to.
    fn is_waived(&self, id: &ObjectId) -> bool {
        std::iter::successors(Some(id.clone()), ObjectId::parent).any(|id| self.waived.contains(&id))
    }
}
