//! Resolving only what differs: most texts of two catalogs are the same, and resolving costs more
//! than reading.

use super::place::resolve_facts;
use crate::catalog::{Catalog, Facts, Meaning, ObjectId, Value};
use crate::parallel;

/// Resolves the expressions whose texts differ between two catalogs, so that comparing their
/// values compares what they mean. What has a tree already keeps it; the text of the rest is
/// what a server printed under an empty `search_path`.
pub fn settle(one: &mut Catalog, other: &mut Catalog) {
    let shared: Vec<&ObjectId> = one.objects.keys().filter(|id| other.objects.contains_key(id)).collect();
    let open = parallel::map(&shared, |id| left_open(one.facts(id)?, other.facts(id)?));
    let (mut in_one, mut in_other) = (Vec::new(), Vec::new());
    for (id, open) in shared.into_iter().zip(open) {
        let Some(open) = open else { continue };
        in_one.extend(open.in_one.then(|| id.clone()));
        in_other.extend(open.in_other.then(|| id.clone()));
    }
    // One after the other, for each takes a copy of a whole catalog.
    let resolved_one = all_resolved(one, other, &in_one);
    let resolved_other = all_resolved(other, one, &in_other);
    for (catalog, ids, resolved) in [(one, in_one, resolved_one), (other, in_other, resolved_other)] {
        for (id, facts) in ids.iter().zip(resolved) {
            if let Some((object, facts)) = catalog.objects.get_mut(id).zip(facts) {
                object.facts = facts;
            }
        }
    }
}

fn all_resolved(own: &Catalog, other: &Catalog, pending: &[ObjectId]) -> Vec<Option<Facts>> {
    if pending.is_empty() {
        return Vec::new();
    }
    let around = completed(own, other);
    parallel::map(pending, |id| {
        let mut facts = own.facts(id)?.clone();
        resolve_facts(&mut facts, id, &around, &[]);
        Some(facts)
    })
}

/// On which side expressions have to be resolved before two objects can be compared.
struct Open {
    in_one: bool,
    in_other: bool,
}

/// None where the two agree, or differ in nothing that resolving would change.
fn left_open(one: &Facts, other: &Facts) -> Option<Open> {
    if one.kind() != other.kind() || one.agrees(other) {
        return None;
    }
    let mut open = Open { in_one: false, in_other: false };
    for (one, other) in one.attributes().into_iter().zip(other.attributes()) {
        if let (Some((one, _)), Some((other, _))) = (one.1, other.1)
            && one != other
        {
            open.in_one |= is_pending(&one);
            open.in_other |= is_pending(&other);
        }
    }
    (open.in_one || open.in_other).then_some(open)
}

fn is_pending(value: &Value) -> bool {
    match value {
        Value::Expr(expr) => expr.tree().is_none(),
        Value::List(items) => items.iter().any(is_pending),
        Value::Map(entries) => entries.iter().any(|(_, value)| is_pending(value)),
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Text(_) => false,
    }
}

/// A catalog with all that only the other one knows: a spec need not name every column that its
/// expressions use.
fn completed(own: &Catalog, other: &Catalog) -> Catalog {
    let mut whole =
        Catalog { version: other.version, is_whole: other.is_whole, ..Catalog::new(other.coverage.clone()) };
    whole.objects = own.objects.clone();
    for (id, object) in &other.objects {
        match whole.objects.get_mut(id) {
            Some(known) => {
                if !known.facts.states_all_of(&object.facts) {
                    let facts = std::mem::replace(&mut known.facts, object.facts.clone());
                    known.facts.overlay(facts);
                }
                // Who states a thing or two about a function need not say what it returns.
                if object.meaning != Meaning::Unknown {
                    known.meaning.clone_from(&object.meaning);
                }
            }
            None => {
                whole.objects.insert(id.clone(), object.clone());
            }
        }
    }
    whole.unmodelled.clone_from(&own.unmodelled);
    whole.unmodelled.extend(other.unmodelled.clone());
    whole
}
