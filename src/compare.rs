//! What differs between two catalogs. The differ knows no kind of object: it walks attributes.

use std::collections::BTreeSet;

use crate::catalog::coverage::Claim;
use crate::catalog::tree::Unresolved;
use crate::catalog::{AttrDef, Catalog, Coverage, Facts, Kind, Object, ObjectId, Origin, Tree, Value};

/// One thing that is not as it should be.
#[derive(Clone, Debug)]
pub struct Drift {
    pub id: ObjectId,
    /// Of the object that is expected, or else of the one that is there.
    pub kind: Kind,
    pub what: What,
    /// The place that states the expectation.
    pub expected_at: Origin,
    /// The place that made it what it is.
    pub observed_at: Option<Origin>,
}

#[derive(Clone, Debug)]
pub enum What {
    /// It is expected and not there.
    Missing,
    /// It is there and not expected. `forbidden`: it was named as what must not be.
    Unexpected { forbidden: bool },
    /// Something of another kind bears its name.
    Kind { expected: String, observed: String },
    /// One of its attributes has another value.
    Attribute { definition: &'static AttrDef, expected: Value, observed: Value },
    /// One of its attributes may have another value: expressions differ in which not everything could be looked up.
    Uncertain { definition: &'static AttrDef, expected: Value, observed: Value, unresolved: BTreeSet<Unresolved> },
}

/// All that differs, in the order of the objects' names.
pub fn compare(expected: &Catalog, observed: &Catalog) -> Vec<Drift> {
    let mut found = Vec::new();
    // A spec means what its names stand for in what it is checked against.
    let is_told_all = observed.is_whole && !matches!(expected.coverage, Coverage::Everything);
    for (id, want) in &expected.objects {
        match observed.objects.get(id) {
            Some(have) if want.facts.kind() != have.facts.kind() => found.push(other_kind(id, want, have)),
            Some(have) => found.extend(differences(id, want, have, is_told_all)),
            None => found.extend(absence(id, want, expected, observed)),
        }
    }
    for (id, have) in &observed.objects {
        if let Some(other) = expected.unmodelled.get(id).filter(|other| !other.is_a(have.facts.kind().noun())) {
            let what = What::Kind { expected: other.what.clone(), observed: have.facts.kind().noun().to_owned() };
            let (expected_at, observed_at) = (other.origin.clone(), Some(have.origin.clone()));
            found.push(Drift { id: id.clone(), kind: have.facts.kind(), what, expected_at, observed_at });
        }
        let is_listed = expected.exists(id) && expected.coverage.lists(id);
        let claim = expected.coverage.unexpected(id, have, observed);
        if let Some(claim) = claim.filter(|_| !is_listed && !told(id, observed, expected)) {
            found.push(unexpected(id, have.facts.kind(), &have.origin, claim));
        }
    }
    for (id, other) in &observed.unmodelled {
        if let Some((kind, place)) = expected.coverage.forbids(id) {
            found.push(unexpected(id, *kind, &other.origin, Claim::Forbidden(place)));
        }
    }
    found.sort_by(|a, b| a.id.cmp(&b.id));
    found
}

/// An object that is expected and that the model does not find on the other side.
fn absence(id: &ObjectId, want: &Object, expected: &Catalog, observed: &Catalog) -> Option<Drift> {
    let drift = |what, observed_at| {
        Some(Drift { id: id.clone(), kind: want.facts.kind(), what, expected_at: want.origin.clone(), observed_at })
    };
    if let Some(other) = observed.unmodelled.get(id) {
        // Of the same kind, but made in a way that is not modelled: its source has said so.
        if other.is_a(want.facts.kind().noun()) {
            return None;
        }
        let expected = want.facts.kind().noun().to_owned();
        return drift(What::Kind { expected, observed: other.what.clone() }, Some(other.origin.clone()));
    }
    let looked = observed.coverage.claim(want.facts.kind(), id).is_some();
    let taken_away_at = observed.gone.get(id).cloned();
    if looked && !told(id, expected, observed) { drift(What::Missing, taken_away_at) } else { None }
}

/// Whether the absence of what it belongs to has been reported, which says it all.
fn told(id: &ObjectId, here: &Catalog, there: &Catalog) -> bool {
    let also = here.objects.get(id).and_then(|object| object.facts.goes_with(id, here));
    id.parent().into_iter().chain(also).any(|parent| {
        if there.unmodelled.contains_key(&parent) {
            return true;
        }
        let kind = |object: &Object| object.facts.kind();
        match (here.objects.get(&parent), there.objects.get(&parent)) {
            (Some(one), None) => there.coverage.claim(kind(one), &parent).is_some() || told(&parent, here, there),
            (Some(one), Some(other)) => kind(one) != kind(other),
            (None, _) => false,
        }
    })
}

fn other_kind(id: &ObjectId, want: &Object, have: &Object) -> Drift {
    let noun = |facts: &Facts| facts.kind().noun().to_owned();
    Drift {
        id: id.clone(),
        kind: want.facts.kind(),
        what: What::Kind { expected: noun(&want.facts), observed: noun(&have.facts) },
        expected_at: want.origin.clone(),
        observed_at: Some(have.origin.clone()),
    }
}

fn unexpected(id: &ObjectId, kind: Kind, made: &Origin, claim: Claim<'_>) -> Drift {
    let (forbidden, place) = match claim {
        Claim::Forbidden(place) => (true, place.clone()),
        Claim::Listed(place) => (false, place.clone()),
        Claim::Read => (false, Origin::Server),
    };
    Drift {
        id: id.clone(),
        kind,
        what: What::Unexpected { forbidden },
        expected_at: place,
        observed_at: Some(made.clone()),
    }
}

/// The attributes that both sides state, and state differently.
fn differences(id: &ObjectId, want: &Object, have: &Object, is_told_all: bool) -> Vec<Drift> {
    if want.facts.agrees(&have.facts) {
        return Vec::new();
    }
    let pairs = want.facts.attributes().into_iter().zip(have.facts.attributes());
    let stated = pairs.filter_map(|((definition, expected), (_, observed))| Some((definition, expected?, observed?)));
    stated
        .filter(|(_, (expected, _), (observed, _))| expected != observed)
        .map(|(definition, (expected, expected_at), (observed, observed_at))| Drift {
            id: id.clone(),
            kind: want.facts.kind(),
            what: match uncertain(&expected, &observed, is_told_all) {
                None => What::Attribute { definition, expected, observed },
                Some(unresolved) => What::Uncertain { definition, expected, observed, unresolved },
            },
            expected_at: expected_at.clone(),
            observed_at: Some(observed_at.clone()),
        })
        .collect()
}

/// What could not be looked up in two values that differ, if they differ in nothing but expressions that would
/// be the same if only that stood for the right thing. Where the expectation `is_told_all` that its
/// names can stand for, one that was not found stands for nothing.
fn uncertain(expected: &Value, observed: &Value, is_told_all: bool) -> Option<BTreeSet<Unresolved>> {
    let all = |pairs: &mut dyn Iterator<Item = (&Value, &Value)>| {
        let differing = pairs.filter(|(one, two)| one != two).map(|(one, two)| uncertain(one, two, is_told_all));
        differing.collect::<Option<Vec<_>>>().map(|sets| sets.into_iter().flatten().collect())
    };
    match (expected, observed) {
        (Value::Expr(one), Value::Expr(two)) => {
            let unresolved = [one, two].into_iter().filter_map(|expr| expr.tree()).flat_map(|tree| &tree.unresolved);
            let has_names = |tree: &Tree| tree.unresolved.iter().any(|what| matches!(what, Unresolved::Name(..)));
            let could_equal = one.tree().zip(two.tree()).is_some_and(|(one, two)| {
                let names_nothing = is_told_all && has_names(one) && !has_names(two);
                !names_nothing && one.could_equal(two)
            });
            could_equal.then(|| unresolved.cloned().collect())
        }
        (Value::List(one), Value::List(two)) if one.len() == two.len() => all(&mut one.iter().zip(two)),
        (Value::Map(one), Value::Map(two)) if one.len() == two.len() => {
            let mut pairs = one.iter().zip(two);
            let is_same_key = pairs.clone().all(|((one, _), (two, _))| one == two);
            if is_same_key { all(&mut pairs.by_ref().map(|((_, one), (_, two))| (one, two))) } else { None }
        }
        _ => None,
    }
}
