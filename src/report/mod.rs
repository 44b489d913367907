//! Findings → what people and programs read. Decides nothing: no filter, no severity, no order but by object.
//! told.rs says a finding in words; each format has a file that encodes them.

pub mod catalog;
mod concise;
mod difference;
pub mod expr;
mod format;
pub mod github;
mod gitlab;
mod html;
mod json;
mod junit;
mod markdown;
mod outcome;
pub mod progress;
mod sarif;
mod snippet;
mod tap;
pub mod terminal;
pub mod told;
pub mod untrusted;

use std::collections::BTreeMap;

use crate::catalog::{Catalog, Kind, Note};
use crate::files::Files;
use crate::findings::{Finding, Severity};
use crate::progress::Progress;
use crate::waivers::Waived;
pub use format::Format;
pub use json::schema;
use told::Told;

/// All that a comparison has come to.
#[derive(Debug)]
pub struct Report<'a> {
    /// The file that has said what the arguments left open, and what was taken from there.
    pub config: Option<String>,
    /// What the database is called there.
    pub target: Option<String>,
    /// What was asked for, and of what.
    pub expected: Vec<String>,
    pub observed: Vec<String>,
    /// Whether what is expected was written down as a spec.
    pub is_spec: bool,
    pub findings: Vec<Finding>,
    /// What the spec puts up with.
    pub waived: Vec<Waived>,
    /// What was not read, not understood or not run.
    pub notes: Vec<Note>,
    /// The two sides, as they were compared.
    pub wanted: &'a Catalog,
    pub found: &'a Catalog,
    /// The names of the assertions that were run.
    pub assertions: Vec<String>,
    pub exit_code: u8,
    /// From which severity on a finding counts, and whether all must be covered.
    pub fails_from: Option<Severity>,
    pub is_strict: bool,
    /// Why the exit code is what it is.
    pub verdict: String,
    /// How far a plan is, where the spec has one; its assertions are left out of that.
    pub progress: Option<Progress>,
    pub files: &'a Files,
    /// What the path of a file is put behind to make an address of it, where the repository can be looked at.
    pub base_url: Option<String>,
}

impl Report<'_> {
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }

    /// Whether a finding is one of those that make the run fail.
    pub fn fails(&self, told: &Told<'_>) -> bool {
        let is_uncertain = told.code().starts_with("uncertain::");
        self.fails_from.is_some_and(|least| told.severity() >= least) || self.is_strict && is_uncertain
    }

    /// How many objects of each kind were looked at, as a spec has its kinds.
    pub fn checked(&self) -> Vec<(Kind, usize)> {
        let mut counts: BTreeMap<Kind, usize> = BTreeMap::new();
        for object in self.wanted.objects.values() {
            *counts.entry(object.facts.kind()).or_default() += 1;
        }
        Kind::ALL.iter().filter_map(|kind| Some((*kind, *counts.get(kind)?))).collect()
    }

    /// The file that stands for what is in none, for formats that ask for one.
    pub(crate) fn anywhere(&self) -> String {
        self.files.first().unwrap_or("schema-check.yaml").to_owned()
    }

    /// The findings in words, in the order in which they are read.
    pub fn told(&self) -> Vec<Told<'_>> {
        told::tell(self)
    }
}

/// A number of things.
pub fn plural(count: usize, noun: &str) -> String {
    let is_consonant = |stem: &str| !stem.ends_with(['a', 'e', 'i', 'o', 'u']);
    let plural = match (noun, noun.strip_suffix('y')) {
        _ if count == 1 || noun == "info" => noun.to_owned(),
        (_, Some(stem)) if is_consonant(stem) => format!("{stem}ies"),
        _ if noun.ends_with('x') || noun.ends_with("ss") => format!("{noun}es"),
        _ if noun.ends_with('s') => noun.to_owned(),
        _ => format!("{noun}s"),
    };
    format!("{count} {plural}")
}
