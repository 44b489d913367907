//! A finding in words: what every format tells of it. Nothing here is encoded yet.

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::ops::Range;

use sha2::{Digest, Sha256};

use super::Report;
use super::difference;
use super::untrusted::Untrusted;
use crate::catalog::{Class, Kind, ObjectId, Origin, Within};
use crate::files::Files;
use crate::findings::{Asserted, Finding, Severity};

/// A finding as it is told.
#[derive(Debug)]
pub struct Told<'a> {
    finding: &'a Finding,
    /// What it belongs to, as people think of it: `table public.jobs`.
    pub heading: Untrusted<'a>,
    /// One sentence, without a full stop.
    pub message: Untrusted<'a>,
    /// The same for who has read the heading: a part is called by its own name.
    pub short: Untrusted<'a>,
    /// Expected and observed, where there is something to set side by side; expressions are both as a server
    /// would print them.
    pub values: Option<(Untrusted<'a>, Untrusted<'a>)>,
    /// The places it is about, in the order in which they are to be read.
    pub places: Vec<Place<'a>>,
    /// More places of just the same.
    pub also: Vec<Place<'a>>,
    /// The same in each run for the same finding, wherever its lines have gone; no other finding of a report has it.
    pub fingerprint: String,
}

/// A stretch of a file.
#[derive(Clone, Debug)]
pub struct Place<'a> {
    pub origin: &'a Origin,
    /// As it was asked for.
    pub file: Untrusted<'a>,
    /// From the root of the repository, with `/`; as it was asked for where it lies elsewhere.
    pub path: Untrusted<'a>,
    /// Lines and columns from 1; columns in characters, and the end is the first character behind.
    pub line: usize,
    pub column: usize,
    pub end_line: usize,
    pub end_column: usize,
    /// The line that it begins in, and the bytes of it that are meant.
    pub source: (Untrusted<'a>, Range<usize>),
    /// Whether it states what is expected; else it made what is there.
    pub is_expected: bool,
    /// What it has to do with the finding, in a few words.
    pub label: &'static str,
}

impl<'a> Place<'a> {
    fn new(origin: &'a Origin, files: &'a Files, is_expected: bool, label: &'static str) -> Option<Self> {
        let at = files.position(origin)?;
        let (line, span) = files.line(origin)?;
        Some(Self {
            origin,
            file: Untrusted::new(at.file),
            path: Untrusted::new(at.path),
            line: at.line,
            column: at.column,
            end_line: at.end_line,
            end_column: at.end_column,
            source: (Untrusted::new(line), span),
            is_expected,
            label,
        })
    }

    /// Its address in the web, if the repository has one.
    pub fn url(&self, report: &Report<'_>) -> Option<String> {
        let base = report.base_url.as_ref()?;
        Some(format!("{base}{}#L{}", percent_encoded(self.path.data()), self.line))
    }

    /// `file:line:column`, for a terminal.
    pub fn term(&self) -> String {
        format!("{}:{}:{}", self.file.term(), self.line, self.column)
    }
}

/// A path as a part of an address.
pub(super) fn percent_encoded(path: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    let encoded =
        path.bytes().map(|byte| if is_plain(byte) { char::from(byte).into() } else { format!("%{byte:02X}") });
    encoded.collect()
}

impl<'a> Told<'a> {
    /// `is_spec`: what is expected was written down as a spec.
    pub(super) fn new(finding: &'a Finding, is_spec: bool, files: &'a Files) -> Self {
        let values = finding.expected.as_ref().zip(finding.observed.as_ref());
        let (expected, observed) = labels(finding, is_spec);
        let stated = Place::new(&finding.expected_at, files, true, expected);
        let made = finding.observed_at.as_ref().and_then(|origin| Place::new(origin, files, false, observed));
        // A refused statement itself comes before the one that it should have come behind.
        let places = if finding.is_refusal() { [made, stated] } else { [stated, made] };
        let also = finding.also_at.iter().filter_map(|origin| Place::new(origin, files, false, observed));
        let mut told = Self {
            finding,
            heading: Untrusted::new(heading(finding)),
            message: Untrusted::new(finding.message.as_str()),
            short: Untrusted::new(short(finding)),
            values: values.map(|(expected, observed)| {
                let (expected, observed) = difference::texts(expected, observed);
                (Untrusted::new(expected), Untrusted::new(observed))
            }),
            places: places.into_iter().flatten().collect(),
            also: also.collect(),
            fingerprint: String::new(),
        };
        told.fingerprint = fingerprint(&told.identity());
        told
    }

    pub fn code(&self) -> &'a str {
        &self.finding.code
    }

    pub fn severity(&self) -> Severity {
        self.finding.severity
    }

    pub fn object(&self) -> Option<&'a (Kind, ObjectId)> {
        self.finding.object.as_ref()
    }

    /// The object that it belongs to, as people think of it.
    pub fn owner(&self) -> Option<ObjectId> {
        owner(self.finding)
    }

    /// What the author of the spec wrote about it.
    pub fn notes(&self) -> impl Iterator<Item = Untrusted<'a>> {
        self.finding.notes.iter().map(|note| Untrusted::new(note.as_str()))
    }

    /// What the attribute at hand means.
    pub fn about(&self) -> Option<Untrusted<'a>> {
        self.finding.about.as_deref().map(Untrusted::new)
    }

    pub fn help(&self) -> Option<Untrusted<'a>> {
        self.finding.help.as_deref().map(Untrusted::new)
    }

    /// The schemas in which it is found alike.
    pub fn schemas(&self) -> impl ExactSizeIterator<Item = Untrusted<'a>> {
        self.finding.schemas.iter().map(|schema| Untrusted::new(schema.to_string()))
    }

    /// The object in each of these, or else itself.
    pub(super) fn of_each_schema(&self, id: &ObjectId) -> Vec<ObjectId> {
        match self.finding.schemas.as_slice() {
            [] => vec![id.clone()],
            schemas => schemas.iter().map(|schema| id.in_other_schema(schema)).collect(),
        }
    }

    /// What is told, as it is.
    pub(super) fn finding(&self) -> &'a Finding {
        self.finding
    }

    /// The assertion that it is about, and what that was answered.
    pub fn assertion(&self) -> Option<Answer<'a>> {
        self.finding.assertion.as_ref().map(Answer)
    }

    /// Where to show it, if one place is to be had: what a change has made, or else what asks for something else.
    pub fn main_place(&self) -> Option<&Place<'a>> {
        let made = self.places.iter().find(|place| !place.is_expected);
        made.or_else(|| self.places.first())
    }

    /// What of it the name of the object does not tell: the same finding has the same in each run.
    fn identity(&self) -> String {
        let Finding { code, object, assertion, waiver, message, .. } = self.finding;
        let of = match (object, assertion, waiver) {
            (Some((_, id)), ..) => id.to_string(),
            (None, Some(assertion), _) => assertion.name.clone(),
            (None, None, Some(waiver)) => format!("{waiver}\n{message}"),
            (None, None, None) => message.clone(),
        };
        format!("{code}\n{of}")
    }
}

/// What a database answered to an assertion.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a>(&'a Asserted);

impl<'a> Answer<'a> {
    pub fn name(self) -> Untrusted<'a> {
        Untrusted::new(self.0.name.as_str())
    }

    pub fn columns(self) -> impl Iterator<Item = Untrusted<'a>> {
        self.0.columns.iter().map(|name| Untrusted::new(name.as_str()))
    }

    /// The first rows; there is nothing to show where one value was answered, which is told already.
    pub fn rows(self) -> Vec<Vec<Untrusted<'a>>> {
        let Asserted { columns, rows, is_cut, .. } = self.0;
        if columns.is_empty() || rows.len() == 1 && columns.len() == 1 && !is_cut {
            return Vec::new();
        }
        let cell = |cell: &'a Option<String>| Untrusted::new(cell.as_deref().unwrap_or("NULL"));
        rows.iter().map(|row| row.iter().map(cell).collect()).collect()
    }

    pub fn is_cut(self) -> bool {
        self.0.is_cut
    }
}

/// All findings in words, in the order in which they are read.
pub(super) fn tell<'a>(report: &'a Report<'_>) -> Vec<Told<'a>> {
    let mut all: Vec<Told<'a>> =
        ordered(&report.findings).into_iter().map(|one| Told::new(one, report.is_spec, report.files)).collect();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for told in &mut all {
        let identity = told.identity();
        let count = seen.entry(identity.clone()).or_default();
        *count += 1;
        if *count > 1 {
            told.fingerprint = fingerprint(&format!("{identity}\n{count}"));
        }
    }
    all
}

/// What the spec notes about each of several findings, most likely about what they all belong to.
pub(super) fn common_notes<'a>(group: &[impl Borrow<Told<'a>>]) -> Vec<Untrusted<'a>> {
    let [first, others @ ..] = group else { return Vec::new() };
    let has = |told: &Told<'a>, note: &Untrusted<'_>| told.notes().any(|other| other == *note);
    let is_common = |note: &Untrusted<'_>| others.iter().all(|told| has(told.borrow(), note));
    if others.is_empty() { Vec::new() } else { first.borrow().notes().filter(is_common).collect() }
}

/// 128 bits of SHA-256, in hexadecimal.
fn fingerprint(identity: &str) -> String {
    Sha256::digest(identity).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// What is about no one object first, for it may be the cause of the rest; then by the object a person
/// thinks in, the table, and within it the worst first; assertions and waivers at the end.
fn ordered(findings: &[Finding]) -> Vec<&Finding> {
    let group = |finding: &Finding| {
        let Finding { object, assertion, waiver, .. } = finding;
        (waiver.is_some(), assertion.is_some(), object.is_some())
    };
    let mut sorted: Vec<&Finding> = findings.iter().collect();
    sorted.sort_by_key(|finding| (group(finding), owner(finding), std::cmp::Reverse(finding.severity)));
    sorted
}

fn owner(finding: &Finding) -> Option<ObjectId> {
    owner_of(&finding.object.as_ref()?.1)
}

/// The object that people think of, where another one is a part of it.
pub(super) fn owner_of(id: &ObjectId) -> Option<ObjectId> {
    match id.class().within() {
        Within::Relation | Within::Type => id.parent(),
        Within::Database | Within::Pair | Within::Schema | Within::AccessMethod | Within::Role => Some(id.clone()),
    }
}

fn heading(finding: &Finding) -> String {
    match (owner(finding), &finding.object) {
        (Some(owner), Some((kind, id))) => {
            format!("{} {}", noun_of(&owner, *kind, id), without_schema(&owner, finding))
        }
        _ if finding.assertion.is_some() => "assertions".into(),
        _ if finding.waiver.is_some() => "waivers".into(),
        _ if finding.is_refusal() => "statements that a server would refuse".into(),
        _ => "the spec as a whole".into(),
    }
}

/// What an owner is, for the part of it that is at hand.
fn noun_of(owner: &ObjectId, kind: Kind, id: &ObjectId) -> &'static str {
    match owner.class() {
        _ if owner == id => kind.noun(),
        Class::Type => Kind::Domain.noun(),
        _ => Kind::Table.noun(),
    }
}

/// The heading under which an object stands, as for a finding about it.
pub(super) fn heading_of(kind: Kind, id: &ObjectId) -> Untrusted<'static> {
    let owner = owner_of(id).unwrap_or_else(|| id.clone());
    Untrusted::new(format!("{} {owner}", noun_of(&owner, kind, id)))
}

/// The name of an object, without its schema if that is one of many.
fn without_schema(id: &ObjectId, finding: &Finding) -> String {
    match finding.schemas.first() {
        Some(schema) => id.to_string().replacen(&format!("{schema}."), "", 1),
        None => id.to_string(),
    }
}

fn short(finding: &Finding) -> String {
    match (owner(finding), &finding.object) {
        (Some(owner), Some((_, id))) if owner != *id => {
            finding.message.replacen(&without_schema(id, finding), &id.name().to_string(), 1)
        }
        _ => finding.message.clone(),
    }
}

/// What the places of a finding have to do with it: the one that expects, and the one that made what is there.
fn labels(finding: &Finding, is_spec: bool) -> (&'static str, &'static str) {
    let expected = match (finding.is_refusal(), is_spec) {
        _ if finding.code == "assertion::error" => "the server says so of this",
        (true, _) => "what it needs was to be made here",
        (false, true) => "the spec says so here",
        (false, false) => "expected for this",
    };
    let observed = match finding.observed {
        _ if finding.is_refusal() => "here",
        _ if finding.code.ends_with("::missing") => "this statement took it away",
        Some(_) => "this statement made it so",
        None => "this statement made it",
    };
    (expected, observed)
}
