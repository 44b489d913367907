//! What became of each thing that was looked at, for formats that tell of what is well too.

use std::collections::BTreeMap;

use super::Report;
use super::told::{self, Told};
use super::untrusted::Untrusted;
use crate::catalog::{Kind, ObjectId};
use crate::waivers::said;

/// What stands under one heading.
pub(super) struct Suite<'a> {
    pub(super) heading: Untrusted<'a>,
    pub(super) cases: Vec<Case<'a>>,
}

/// One thing that was looked at, or should have been.
pub(super) struct Case<'a> {
    pub(super) name: Untrusted<'a>,
    pub(super) outcome: Outcome<'a>,
}

pub(super) enum Outcome<'a> {
    Passed,
    /// At least one of the findings makes the run fail.
    Failed(Vec<&'a Told<'a>>),
    /// What was found does not count.
    Tolerated(Vec<&'a Told<'a>>),
    /// It was found and is put up with, or could not be looked at; why. It fails where all must be covered.
    Skipped(Untrusted<'a>),
    NotCovered(Untrusted<'a>),
}

/// The suites in the order in which a report is read; those without findings behind.
pub(super) fn suites<'a>(report: &'a Report<'_>, all: &'a [Told<'a>]) -> Vec<Suite<'a>> {
    let mut suites = Suites { report, suites: Vec::new(), places: BTreeMap::new() };
    for told in all {
        suites.find(told);
    }
    for (id, object) in &report.wanted.objects {
        let kind = object.facts.kind();
        let outcome = suites.case(told::heading_of(kind, id), name(kind, id));
        if matches!(outcome, Outcome::Passed)
            && let Some(missing) = not_looked_at(report, id)
        {
            *outcome = Outcome::Skipped(Untrusted::new(missing));
        }
    }
    for assertion in &report.assertions {
        suites.case(Untrusted::new("assertions"), Untrusted::new(assertion.as_str()));
    }
    for waived in &report.waived {
        let outcome = match &waived.finding.object {
            Some((kind, id)) => suites.case(told::heading_of(*kind, id), name(*kind, id)),
            None => suites.case(Untrusted::new("waived"), Untrusted::new(waived.finding.message.as_str())),
        };
        if matches!(outcome, Outcome::Passed) {
            let why = format!("waived: {}: {}", waived.finding.message, said(&waived.waiver));
            *outcome = Outcome::Skipped(Untrusted::new(why));
        }
    }
    for note in &report.notes {
        let at = report.files.position(&note.origin);
        let place = at.map_or_else(String::new, |at| format!("{}:{}: ", at.path, at.line));
        let why = Untrusted::new(note.message.as_str());
        let name = Untrusted::new(format!("{place}{}", note.message));
        *suites.case(Untrusted::new("not covered"), name) = Outcome::NotCovered(why);
    }
    suites.suites
}

/// Why nothing was told of an object although it is expected: what it would be in is not there, or something else.
fn not_looked_at(report: &Report<'_>, id: &ObjectId) -> Option<String> {
    let inside = std::iter::successors(id.parent(), ObjectId::parent);
    let absent = |parent: &ObjectId| {
        let wanted = report.wanted.objects.get(parent)?;
        let found = report.found.objects.get(parent).map(|found| found.facts.kind());
        let kind = wanted.facts.kind();
        (found != Some(kind)).then(|| format!("not looked at: {} {parent} is not there", kind.noun()))
    };
    inside.filter_map(|parent| absent(&parent)).last()
}

struct Suites<'a, 'r> {
    report: &'a Report<'r>,
    suites: Vec<Suite<'a>>,
    /// Where the case of a heading and a name is.
    places: BTreeMap<(Untrusted<'a>, Untrusted<'a>), (usize, usize)>,
}

impl<'a> Suites<'a, '_> {
    /// The case of that name, which has passed if nobody says otherwise.
    fn case(&mut self, heading: Untrusted<'a>, name: Untrusted<'a>) -> &mut Outcome<'a> {
        let key = (heading, name);
        let (suite, case) = match self.places.get(&key) {
            Some(at) => *at,
            None => {
                let (heading, name) = key.clone();
                let known = self.suites.iter().position(|suite| suite.heading == heading);
                let suite = known.unwrap_or_else(|| {
                    self.suites.push(Suite { heading, cases: Vec::new() });
                    self.suites.len() - 1
                });
                self.suites[suite].cases.push(Case { name, outcome: Outcome::Passed });
                let at = (suite, self.suites[suite].cases.len() - 1);
                self.places.insert(key, at);
                at
            }
        };
        &mut self.suites[suite].cases[case].outcome
    }

    fn find(&mut self, told: &'a Told<'a>) {
        match (told.object(), told.assertion()) {
            (Some((kind, id)), _) => {
                for id in told.of_each_schema(id) {
                    self.add(told::heading_of(*kind, &id), name(*kind, &id), told);
                }
            }
            (None, Some(answer)) => self.add(told.heading.clone(), answer.name(), told),
            (None, None) => self.add(told.heading.clone(), told.message.clone(), told),
        }
    }

    fn add(&mut self, heading: Untrusted<'a>, name: Untrusted<'a>, told: &'a Told<'a>) {
        let fails = self.report.fails(told);
        let outcome = self.case(heading, name);
        let (mut found, had_failed) = match std::mem::replace(outcome, Outcome::Passed) {
            Outcome::Failed(found) => (found, true),
            Outcome::Tolerated(found) => (found, false),
            Outcome::Passed | Outcome::Skipped(_) | Outcome::NotCovered(_) => (Vec::new(), false),
        };
        found.push(told);
        *outcome = if fails || had_failed { Outcome::Failed(found) } else { Outcome::Tolerated(found) };
    }
}

/// What an object is called in its suite: `column email`.
fn name(kind: Kind, id: &ObjectId) -> Untrusted<'static> {
    let is_own = told::owner_of(id).is_none_or(|owner| owner == *id);
    let name = if is_own { id.to_string() } else { id.name().to_string() };
    Untrusted::new(format!("{} {name}", kind.noun()))
}

/// A finding in lines: what it is, the two values, what is noted, where.
pub(super) fn lines(told: &Told<'_>) -> Vec<Untrusted<'static>> {
    let line = |text: String| Untrusted::new(text);
    let mut lines = vec![line(format!("{} {}: {}", told.severity().word(), told.code(), told.message.data()))];
    if let Some((expected, observed)) = &told.values {
        lines.push(line(format!("expected  {}", expected.cut(LONGEST).data())));
        lines.push(line(format!("observed  {}", observed.cut(LONGEST).data())));
    }
    lines.extend(told.notes().map(|note| line(format!("note      {}", note.cut(LONGEST).data()))));
    lines.extend(told.help().map(|help| line(format!("help      {}", help.cut(LONGEST).data()))));
    for place in told.places.iter().chain(&told.also) {
        lines.push(line(format!("{}:{}:{}  {}", place.path.data(), place.line, place.column, place.label)));
    }
    lines
}

/// The most characters of a text.
const LONGEST: usize = 1000;
