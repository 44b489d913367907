//! Resolving only what differs: most texts of two catalogs are the same, and resolving costs more
//! than reading.

use std::collections::BTreeMap;

use super::place::resolve_facts;
use crate::catalog::{Catalog, Facts, Meaning, ObjectId, Value};
use crate::parallel;

/// Resolves the expressions whose texts differ between two catalogs, so that comparing their
/// values compares what they mean. What has a tree already keeps it; the text of the rest is
/// what a server printed under an empty `search_path`.
pub fn settle(one: &mut Catalog, other: &mut Catalog) {
    let pending: Vec<ObjectId> =
        one.objects.keys().filter(|id| other.objects.contains_key(*id) && differ(one, other, id)).cloned().collect();
    if pending.is_empty() {
        return;
    }
    // One after the other, for each takes a copy of a whole catalog.
    let resolved_one = all_resolved(one, other, &pending);
    let resolved_other = all_resolved(other, one, &pending);
    for (catalog, resolved) in [(one, resolved_one), (other, resolved_other)] {
        for (id, facts) in pending.iter().zip(resolved) {
            if let Some((object, facts)) = catalog.objects.get_mut(id).zip(facts) {
                object.facts = facts;
            }
        }
    }
}

fn all_resolved(own: &Catalog, other: &Catalog, pending: &[ObjectId]) -> Vec<Option<Facts>> {
    let around = completed(own, other);
    parallel::map(pending, |id| {
        let mut facts = own.facts(id)?.clone();
        resolve_facts(&mut facts, id, &around, &[]);
        Some(facts)
    })
}

/// Whether there is an attribute that both state, of different value, with an expression in it
/// that has not been resolved.
fn differ(one: &Catalog, other: &Catalog, id: &ObjectId) -> bool {
    let (Some(one), Some(other)) = (one.facts(id), other.facts(id)) else { return false };
    one.kind() == other.kind()
        && !one.agrees(other)
        && one.attributes().into_iter().zip(other.attributes()).any(|(one, other)| match (one.1, other.1) {
            (Some((one, _)), Some((other, _))) => one != other && (is_pending(&one) || is_pending(&other)),
            _ => false,
        })
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
    let mut whole = other.clone();
    for (id, object) in &own.objects {
        match whole.objects.get_mut(id) {
            Some(known) => {
                known.facts.overlay(object.facts.clone());
                // Who states a thing or two about a function need not say what it returns.
                if known.meaning == Meaning::Unknown {
                    known.meaning.clone_from(&object.meaning);
                }
            }
            None => {
                whole.objects.insert(id.clone(), object.clone());
            }
        }
    }
    let mut unmodelled: BTreeMap<_, _> = own.unmodelled.clone();
    unmodelled.extend(other.unmodelled.clone());
    whole.unmodelled = unmodelled;
    whole
}
