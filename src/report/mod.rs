//! Findings → text and JSON. Decides nothing: no filter, no severity, no order but by object.

pub mod catalog;
mod difference;
pub mod expr;
pub mod json;
pub mod progress;
mod snippet;
pub mod terminal;
pub mod untrusted;

use std::collections::BTreeMap;

use crate::catalog::{Catalog, Kind, Note};
use crate::files::Files;
use crate::findings::{Finding, Severity};
use crate::waivers::Waived;

/// All that a comparison has come to.
#[derive(Debug)]
pub struct Report<'a> {
    /// The file that has said what the arguments left open, and what was taken from there.
    pub config: Option<String>,
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
    /// How many objects of each kind were compared.
    pub checked: BTreeMap<Kind, usize>,
    /// How many assertions were run.
    pub assertions: usize,
    pub exit_code: u8,
    /// Why the exit code is what it is.
    pub verdict: String,
    pub files: &'a Files,
}

impl Report<'_> {
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }
}

/// How many objects of each kind a catalog speaks of.
pub fn count_objects(catalog: &Catalog) -> BTreeMap<Kind, usize> {
    let mut counts = BTreeMap::new();
    for object in catalog.objects.values() {
        *counts.entry(object.facts.kind()).or_default() += 1;
    }
    counts
}
