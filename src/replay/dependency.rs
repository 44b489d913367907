//! What goes with an object that is dropped, and what stands in the way (`dependency.c`).

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::Replay;
use super::references::{Dependency, Dependent, Found};
use super::refusal::{DEPENDENT_OBJECTS_STILL_EXIST, Outcome, Stop};
use crate::catalog::kind::{Column, Composite};
use crate::catalog::{Attr, Class, ObjectId, Origin};

/// What depends on each object, and how; looked up as it is asked for.
struct Dependents<'a> {
    replay: &'a Replay,
    found: Found<'a>,
    /// What has been looked at.
    read: BTreeSet<ObjectId>,
    by_target: BTreeMap<ObjectId, Vec<(Dependent, Dependency)>>,
}

impl<'a> Dependents<'a> {
    fn new(replay: &'a Replay) -> Self {
        Self { replay, found: Found::new(replay), read: BTreeSet::new(), by_target: BTreeMap::new() }
    }

    fn look_up(&mut self, on: &Dependent) {
        let Dependent::Object(on) = on else { return };
        for id in self.replay.database.may_refer_to(on) {
            if !self.read.insert(id.clone()) {
                continue;
            }
            for (dependent, on, how) in self.found.of_object(&id) {
                if dependent != Dependent::Object(on.clone()) {
                    self.by_target.entry(on).or_default().push((dependent, how));
                }
            }
        }
    }

    /// Of one that was looked up.
    fn of(&self, on: &Dependent) -> &[(Dependent, Dependency)] {
        match on {
            Dependent::Object(id) => self.by_target.get(id).map_or(&[], Vec::as_slice),
            Dependent::Default(_) | Dependent::Attribute(..) | Dependent::Member(..) => &[],
        }
    }

    /// These, and all that goes with them without being asked. Each of them is looked up.
    fn closure(&mut self, targets: impl IntoIterator<Item = Dependent>) -> BTreeSet<Dependent> {
        let mut queue: VecDeque<Dependent> = targets.into_iter().collect();
        let mut found: BTreeSet<Dependent> = queue.iter().cloned().collect();
        while let Some(next) = queue.pop_front() {
            self.look_up(&next);
            for (dependent, how) in self.of(&next) {
                if *how == Dependency::Auto && found.insert(dependent.clone()) {
                    queue.push_back(dependent.clone());
                }
            }
        }
        found
    }

    /// What has to be named with these, or CASCADE said: itself, and on which of them it depends.
    fn left_out<'b>(&'b self, gone: &'b BTreeSet<Dependent>) -> impl Iterator<Item = (&'b Dependent, &'b Dependent)> {
        let pairs = gone.iter().flat_map(|on| self.of(on).iter().map(move |(dependent, _)| (dependent, on)));
        pairs.filter(|(dependent, _)| !gone.contains(*dependent))
    }
}

impl Replay {
    /// `findDependentObjects()`: a member goes with its extension alone.
    pub(super) fn is_no_member(&self, id: &ObjectId) -> Outcome {
        let other = self.catalog().unmodelled.get(id);
        if let Some(owner) =
            other.and_then(|other| other.owned_by.as_ref()).filter(|owner| owner.class() == Class::Type)
        {
            let owner = self.describe(owner);
            let message = format!("cannot drop {} because {owner} requires it", self.describe(id));
            return Err(Stop::refused(DEPENDENT_OBJECTS_STILL_EXIST, message)
                .with_hint(format!("You can drop {owner} instead.")));
        }
        let what = other.map_or("", |other| other.what.as_str());
        let Some(extension) = what.strip_prefix("member of the ") else { return Ok(()) };
        let noun = match id.class() {
            Class::Type => "type",
            Class::Routine => "function",
            _ => "relation",
        };
        let message = format!("cannot drop {noun} {} because {extension} requires it", id.name());
        Err(Stop::refused(DEPENDENT_OBJECTS_STILL_EXIST, message)
            .with_hint(format!("You can drop {extension} instead.")))
    }

    /// `performMultipleDeletions()`
    pub(super) fn perform_deletion(&mut self, targets: &[ObjectId], cascade: bool, origin: &Origin) -> Outcome {
        let mut dependents = Dependents::new(self);
        let mut gone = dependents.closure(targets.iter().cloned().map(Dependent::Object));
        loop {
            let also: BTreeSet<Dependent> =
                dependents.left_out(&gone).map(|(dependent, _)| dependent.clone()).collect();
            if also.is_empty() {
                break;
            }
            if !cascade {
                return Err(self.still_needed(targets, dependents.left_out(&gone).next()));
            }
            gone.extend(dependents.closure(also));
        }
        self.delete(&gone, origin);
        if cascade {
            self.doubt_relations();
        }
        Ok(())
    }

    /// `reportDependentObjects()`
    fn still_needed(&self, targets: &[ObjectId], blocking: Option<(&Dependent, &Dependent)>) -> Stop {
        let words = |dependent: &Dependent| match dependent {
            Dependent::Object(id) => self.describe(id),
            Dependent::Default(column) => format!("default value for {}", self.describe(column)),
            Dependent::Attribute(of, name) => format!("column {name} of {}", self.describe(of)),
            Dependent::Member(family, slot) => format!("{slot} of {}", self.describe(family)),
        };
        let target = targets.first().map(|id| self.describe(id)).unwrap_or_default();
        let message = format!("cannot drop {target} because other objects depend on it");
        let stop = Stop::refused(DEPENDENT_OBJECTS_STILL_EXIST, message);
        match blocking {
            Some((dependent, on)) => stop.with_hint(format!("{} depends on {}", words(dependent), words(on))),
            None => stop,
        }
    }

    /// What goes without a word to anybody.
    pub(super) fn delete_with_parts(&mut self, targets: &[ObjectId], origin: &Origin) {
        let gone = Dependents::new(self).closure(targets.iter().cloned().map(Dependent::Object));
        self.delete(&gone, origin);
    }

    fn delete(&mut self, gone: &BTreeSet<Dependent>, origin: &Origin) {
        for dependent in gone {
            match dependent {
                Dependent::Default(column) => {
                    let none = Attr::Is(None, origin.clone());
                    self.database.edit::<Column>(column, |column| column.default = none);
                }
                Dependent::Attribute(of, name) => self.database.edit::<Composite>(of, |composite| {
                    if let Some(attributes) = composite.attributes.get_mut() {
                        attributes.retain(|one| one.name != *name);
                    }
                }),
                Dependent::Member(family, slot) => self.remove_member(family, slot, origin),
                Dependent::Object(id) => self.delete_object(id, origin),
            }
        }
    }

    fn delete_object(&mut self, id: &ObjectId, origin: &Origin) {
        if id.class() == Class::Operator {
            self.unlink_operator(id, origin);
        }
        if id.class() == Class::Column
            && let Some(table) = id.parent()
        {
            self.database.edit_facts(&table, |table| {
                if let Some(order) = table.column_order_mut() {
                    order.retain(|column| column != id.name());
                }
            });
        }
        if matches!(id.class(), Class::Index | Class::Constraint)
            && let Some(table) = id.parent()
        {
            self.rename_replica_identity(&table, id.name(), None);
        }
        self.database.remove(id);
        self.database.remove_unmodelled(id);
        self.unpublish(id);
    }

    /// As the server names an object in an error (`getObjectDescription()`).
    pub(super) fn describe(&self, id: &ObjectId) -> String {
        let what = match (self.catalog().facts(id), self.catalog().unmodelled.get(id)) {
            (Some(facts), _) => facts.kind().noun(),
            (None, Some(other)) => other.what.as_str(),
            (None, None) => "object",
        };
        let part = |noun: &str| format!("{noun} {} on table {}", id.name(), id.path()[1]);
        match id.class() {
            Class::Type => format!("type {}", id.name()),
            Class::Routine => format!("function {}", id.name()),
            Class::Operator => format!("operator {}", id.name().as_str()),
            Class::Cast => format!("cast {}", id.name().as_str()),
            Class::Column => format!("column {} of table {}", id.name(), id.path()[1]),
            Class::Constraint => part("constraint"),
            Class::DomainConstraint => format!("constraint {} of domain {}", id.name(), id.path()[1]),
            Class::Policy => part("policy"),
            Class::Trigger => part("trigger"),
            Class::Rule => part("rule"),
            Class::OperatorClass | Class::OperatorFamily => {
                format!("{what} {} for access method {}", id.name(), id.path()[1])
            }
            _ => format!("{what} {}", id.name()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::FileId;

    /// What refers to an object is looked for among what mentions its name.
    #[test]
    fn all_that_refers_to_an_object_may() {
        for area in std::fs::read_dir("fixtures/replay").unwrap() {
            for file in std::fs::read_dir(area.unwrap().path()).unwrap() {
                let path = file.unwrap().path();
                let mut replay = Replay::new();
                replay.file(FileId(0), &std::fs::read_to_string(&path).unwrap());
                for (dependent, on, _) in replay.references() {
                    let (Dependent::Object(id)
                    | Dependent::Default(id)
                    | Dependent::Attribute(id, _)
                    | Dependent::Member(id, _)) = dependent;
                    assert!(replay.database.may_refer_to(&on).contains(&id), "{}: {id} refers to {on}", path.display());
                }
            }
        }
    }
}
