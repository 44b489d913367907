//! What a run has found so far, each cause once.

use std::collections::BTreeMap;
use std::fmt::{self, Display};
use std::time::Instant;

use super::expression::Node;
use super::judge::{Found, Kind, Wrong};

pub(crate) struct Report {
    started: Instant,
    told: Instant,
    pub(crate) expressions: usize,
    pub(crate) refused: usize,
    pub(crate) pairs: usize,
    same: usize,
    pub(crate) misprinted: Vec<String>,
    counts: BTreeMap<Kind, usize>,
    reasons: BTreeMap<String, (usize, String)>,
    pub(crate) kept: Vec<Wrong>,
    /// How many causes are kept of each kind.
    limit: usize,
}

impl Report {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            started: Instant::now(),
            told: Instant::now(),
            expressions: 0,
            refused: 0,
            pairs: 0,
            same: 0,
            misprinted: Vec::new(),
            counts: BTreeMap::new(),
            reasons: BTreeMap::new(),
            kept: Vec::new(),
            limit,
        }
    }

    pub(crate) fn add(&mut self, found: &Found) {
        self.expressions += found.expressions;
        for why in &found.refused {
            // What is not immutable cannot be in an index, and nobody need have known.
            if !why.starts_with("42P17") {
                self.refused += 1;
            }
            let reason = self.reasons.entry(why.chars().take(40).collect()).or_insert((0, why.clone()));
            reason.0 += 1;
        }
        self.pairs += found.pairs;
        self.same += found.same;
        self.misprinted.extend(found.misprinted.iter().cloned());
        for wrong in &found.wrong {
            *self.counts.entry(wrong.kind).or_default() += 1;
        }
    }

    /// Says now and then how far it is.
    pub(crate) fn progress(&mut self) {
        if self.told.elapsed().as_secs() >= 10 {
            self.told = Instant::now();
            eprintln!("{self}");
        }
    }

    /// Whether nothing that was kept explains it, and there is room for more of its kind.
    pub(crate) fn is_new(&self, wrong: &Wrong) -> bool {
        if self.kept.iter().filter(|kept| kept.kind == wrong.kind).count() >= self.limit {
            return false;
        }
        let skeletons: Vec<String> = wrong.members.iter().map(|written| written.node.skeleton()).collect();
        let explains = |kept: &Wrong| {
            let cores: Vec<String> = kept.members.iter().map(|written| core(&written.node)).collect();
            let in_order = cores.iter().zip(&skeletons).all(|(core, skeleton)| skeleton.contains(core));
            let turned = cores.iter().rev().zip(&skeletons).all(|(core, skeleton)| skeleton.contains(core));
            kept.kind == wrong.kind && (in_order || turned)
        };
        !self.kept.iter().any(explains)
    }

    pub(crate) fn keep(&mut self, wrong: Wrong) {
        if self.is_new(&wrong) {
            self.kept.push(wrong);
        }
    }

    /// Why the server refuses what it does, most frequent first.
    pub(crate) fn reasons(&self) -> Vec<String> {
        let mut reasons: Vec<&(usize, String)> = self.reasons.values().collect();
        reasons.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
        reasons.iter().map(|(count, why)| format!("{count} {why}")).collect()
    }
}

/// What a cause looks like wherever it stands: without the comparison that only makes a condition of it.
fn core(node: &Node) -> String {
    let mut inner = node.slots().flat_map(|(_, slot)| &slot.items).filter(|item| !item.is_leaf());
    match (inner.next(), inner.next()) {
        (Some(only), None) if node.of == "boolean" => only.skeleton(),
        _ => node.skeleton(),
    }
}

impl Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.started.elapsed().as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "a rate to look at")]
        let rate = self.pairs as f64 / seconds;
        write!(
            f,
            "{} expressions, {} refused, {} misprinted; ",
            self.expressions,
            self.refused,
            self.misprinted.len()
        )?;
        write!(f, "{} pairs ({} the same), {rate:.0}/s; wrong {:?}", self.pairs, self.same, self.counts)?;
        write!(f, ", {} causes", self.kept.len())
    }
}
