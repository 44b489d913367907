//! What goes with an object that is dropped, and what stands in the way (`dependency.c`).

use std::collections::{BTreeSet, VecDeque};

use super::Replay;
use super::indexcmds::is_unique_over;
use super::refusal::{DEPENDENT_OBJECTS_STILL_EXIST, Outcome, Stop};
use super::tablecmds::PARTITION;
use super::type_users::is_made_of;
use crate::catalog::kind::{Column, Index, KeyTerm, Table};
use crate::catalog::{Attr, Class, Expr, Facts, Object, ObjectId};
use crate::sql::{Ident, QualifiedName};

/// How an object depends on another (`deptype`).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Dependency {
    /// It goes with it.
    Auto,
    /// It has to be named, or CASCADE said.
    Normal,
}

impl Replay {
    /// `findDependentObjects()`: a member goes with its extension alone.
    pub(super) fn is_no_member(&self, id: &ObjectId) -> Outcome {
        let what = self.catalog().unmodelled.get(id).map_or("", |other| other.what.as_str());
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
    pub(super) fn perform_deletion(&mut self, targets: &[ObjectId], cascade: bool) -> Outcome {
        let mut gone = self.closure(targets);
        if !cascade {
            self.no_default_needs(targets, &gone)?;
            self.no_routine_needs(targets, &gone)?;
        }
        loop {
            let mut blocking = Vec::new();
            for id in &gone {
                let normal = self.dependents(id).into_iter().filter(|(_, how)| *how == Dependency::Normal);
                blocking.extend(normal.map(|(dependent, _)| (dependent, id.clone())));
            }
            blocking.retain(|(dependent, _)| !gone.contains(dependent));
            let Some((dependent, on)) = blocking.first() else { break };
            if !cascade {
                let target = targets.first().unwrap_or(on);
                let message = format!("cannot drop {} because other objects depend on it", self.describe(target));
                let hint = format!("{} depends on {}", self.describe(dependent), self.describe(on));
                return Err(Stop::refused(DEPENDENT_OBJECTS_STILL_EXIST, message).with_hint(hint));
            }
            let also: Vec<ObjectId> = blocking.into_iter().map(|(dependent, _)| dependent).collect();
            gone.extend(self.closure(&also));
        }
        gone.iter().for_each(|id| self.delete(id));
        if cascade {
            self.doubt_relations();
        }
        Ok(())
    }

    /// What goes without a word to anybody.
    pub(super) fn delete_with_parts(&mut self, targets: &[ObjectId]) {
        self.closure(targets).iter().for_each(|id| self.delete(id));
    }

    /// A default stands in the way of dropping what it uses; CASCADE takes the default, not the column.
    fn no_default_needs(&self, targets: &[ObjectId], gone: &BTreeSet<ObjectId>) -> Outcome {
        for used in gone {
            if let Some(column) = self.columns_defaulting_to(used).iter().find(|column| !gone.contains(column)) {
                let target = targets.first().unwrap_or(used);
                let message = format!("cannot drop {} because other objects depend on it", self.describe(target));
                let hint = format!("default value for {} depends on {}", self.describe(column), self.describe(used));
                return Err(Stop::refused(DEPENDENT_OBJECTS_STILL_EXIST, message).with_hint(hint));
            }
        }
        Ok(())
    }

    /// The objects and all that goes with them without being asked.
    fn closure(&self, targets: &[ObjectId]) -> BTreeSet<ObjectId> {
        let mut found: BTreeSet<ObjectId> = targets.iter().cloned().collect();
        let mut queue: VecDeque<ObjectId> = targets.iter().cloned().collect();
        while let Some(id) = queue.pop_front() {
            for (dependent, how) in self.dependents(&id) {
                if how == Dependency::Auto && found.insert(dependent.clone()) {
                    queue.push_back(dependent);
                }
            }
        }
        found
    }

    fn delete(&mut self, id: &ObjectId) {
        let modelled = self.catalog().objects.get(id).map(|object| &object.origin);
        let origin = modelled.or_else(|| self.catalog().unmodelled.get(id).map(|other| &other.origin)).cloned();
        if let Some(origin) = origin {
            for column in self.columns_defaulting_to(id) {
                self.database.edit::<Column>(&column, |column| column.default = Attr::Is(None, origin.clone()));
            }
        }
        if id.class() == Class::Column
            && let Some(table) = id.parent()
        {
            self.database.edit::<Table>(&table, |table| {
                if let Some(order) = table.column_order.get_mut() {
                    order.retain(|column| column != id.name());
                }
            });
        }
        match id.class() {
            Class::Type | Class::Relation => self.forget_type(id),
            _ => {}
        }
        self.database.remove(id);
        self.database.remove_unmodelled(id);
    }

    /// What depends on an object directly.
    fn dependents(&self, id: &ObjectId) -> Vec<(ObjectId, Dependency)> {
        let catalog = self.catalog();
        let normal = |id: &ObjectId| (id.clone(), Dependency::Normal);
        match id.class() {
            Class::Schema => {
                let inside = |other: &&ObjectId| {
                    other.class() != Class::Extension && other.path()[0] == *id.name() && *other != id
                };
                let members = catalog.objects.keys().chain(catalog.unmodelled.keys()).filter(inside);
                let direct = members.filter(|other| other.path().len() == 2);
                let extensions = catalog.objects.iter().filter(|(_, object)| match &object.facts {
                    Facts::Extension(extension) => extension.schema.get() == Some(id.name()),
                    _ => false,
                });
                // What becomes of a routine is not followed, so it stands in nobody's way.
                let how = |id: &ObjectId| match id.class() {
                    Class::Routine | Class::Operator => (id.clone(), Dependency::Auto),
                    _ => normal(id),
                };
                direct.map(how).chain(extensions.map(|(id, _)| normal(id))).collect()
            }
            Class::Extension => self.members_of(id).into_iter().map(|member| (member, Dependency::Auto)).collect(),
            Class::Type => {
                let name = id.qualified_name();
                let uses = |object: &Object| match &object.facts {
                    Facts::Column(Column { data_type, .. }) if data_type.get().is_some_and(|of| of.name == name) => {
                        true
                    }
                    _ => {
                        expressions(object).into_iter().filter_map(Expr::tree).any(|tree| tree.types().contains(&name))
                    }
                };
                let users = catalog.objects.iter().filter(|(_, object)| uses(object)).map(|(id, _)| id);
                let others = catalog.unmodelled.iter().filter(|(_, other)| is_made_of(other, &name)).map(|(id, _)| id);
                users.chain(others).map(normal).collect()
            }
            Class::Relation => {
                let parts = catalog.children(id).map(|(part, _)| (part.clone(), Dependency::Auto));
                let derived = catalog.unmodelled.iter().filter(|(_, other)| other.owned_by.as_ref() == Some(id));
                let derived = derived.map(|(id, other)| {
                    (id.clone(), if other.what == PARTITION { Dependency::Auto } else { Dependency::Normal })
                });
                let name = id.qualified_name();
                let others = catalog.objects.iter().filter(|(other, _)| other.parent().as_ref() != Some(id));
                let users = others.filter(|(_, object)| reads_relation(object, &name)).map(|(id, _)| normal(id));
                parts.chain(derived).chain(users).collect()
            }
            Class::Column => self.dependents_of_column(id),
            Class::Constraint | Class::Index => self.dependents_of_key(id),
            Class::Routine | Class::Operator | Class::Cast | Class::Collation | Class::Policy => Vec::new(),
        }
    }

    fn dependents_of_column(&self, id: &ObjectId) -> Vec<(ObjectId, Dependency)> {
        let Some(table) = id.parent() else { return Vec::new() };
        let relation = table.qualified_name();
        let mut found: Vec<(ObjectId, Dependency)> = Vec::new();
        for (other, object) in &self.catalog().objects {
            let own = other.parent().as_ref() == Some(&table);
            // Nothing else reaches across tables.
            let may = own || matches!(object.facts, Facts::Policy(_) | Facts::ForeignKey(_));
            if other != id && may && reads_column(object, own, &relation, id.name()) {
                let goes = own
                    && match &object.facts {
                        // One that only refers to it, of the same table, stands in the way like any other.
                        Facts::ForeignKey(key) => key.columns.get().is_some_and(|columns| columns.contains(id.name())),
                        _ => matches!(other.class(), Class::Constraint | Class::Index),
                    };
                found.push((other.clone(), if goes { Dependency::Auto } else { Dependency::Normal }));
            }
        }
        found.extend(self.owned_sequences(id).into_iter().map(|sequence| (sequence, Dependency::Auto)));
        found
    }

    /// The foreign keys that need this to be unique.
    fn dependents_of_key(&self, id: &ObjectId) -> Vec<(ObjectId, Dependency)> {
        let (Some(table), Some(key)) = (id.parent(), self.catalog().objects.get(id)) else { return Vec::new() };
        let relation = table.qualified_name();
        let needs = |object: &Object| match &object.facts {
            Facts::ForeignKey(foreign) => {
                foreign.references.get().is_some_and(|to| to.relation == relation && is_unique_over(key, &to.columns))
            }
            _ => false,
        };
        let substitute = |columns: &[Ident]| {
            self.catalog().children(&table).any(|(other, object)| other != id && is_unique_over(object, columns))
        };
        self.catalog()
            .objects
            .iter()
            .filter(|(_, object)| needs(object))
            // Which of two equal keys a foreign key was built on is not known; the server took the first.
            .filter(|(_, object)| match &object.facts {
                Facts::ForeignKey(foreign) => !foreign.references.get().is_some_and(|to| substitute(&to.columns)),
                _ => false,
            })
            .map(|(id, _)| (id.clone(), Dependency::Normal))
            .collect()
    }

    fn columns_where(&self, wanted: impl Fn(&Column) -> bool) -> impl Iterator<Item = (&ObjectId, &Object)> {
        self.catalog().objects.iter().filter(move |(_, object)| match &object.facts {
            Facts::Column(column) => wanted(column),
            _ => false,
        })
    }

    /// The columns whose defaults use a sequence, or a type.
    fn columns_defaulting_to(&self, used: &ObjectId) -> Vec<ObjectId> {
        let uses = |default: &Expr, name: &QualifiedName| match used.class() {
            Class::Relation => default.tree().is_some_and(|tree| tree.relations().contains(name)),
            Class::Type => default.tree().is_some_and(|tree| tree.types().contains(name)),
            Class::Schema
            | Class::Extension
            | Class::Routine
            | Class::Operator
            | Class::Cast
            | Class::Collation
            | Class::Column
            | Class::Constraint
            | Class::Index
            | Class::Policy => false,
        };
        if !matches!(used.class(), Class::Relation | Class::Type) {
            return Vec::new();
        }
        let name = used.qualified_name();
        self.columns_where(|column| matches!(column.default.get(), Some(Some(default)) if uses(default, &name)))
            .map(|(id, _)| id.clone())
            .collect()
    }

    /// As the server names an object in an error.
    pub(super) fn describe(&self, id: &ObjectId) -> String {
        let part = |noun: &str| format!("{noun} {} on table {}", id.name(), id.path()[1]);
        match id.class() {
            Class::Schema => format!("schema {}", id.name()),
            Class::Extension => format!("extension {}", id.name()),
            Class::Type => format!("type {}", id.name()),
            Class::Routine => format!("function {}", id.name()),
            Class::Operator => format!("operator {}", id.name().as_str()),
            Class::Cast => format!("cast {}", id.name().as_str()),
            Class::Collation => format!("collation {}", id.name()),
            Class::Relation => {
                let what = self.catalog().unmodelled.get(id).map_or("table", |other| other.what.as_str());
                format!("{what} {}", id.name())
            }
            Class::Column => format!("column {} of table {}", id.name(), id.path()[1]),
            Class::Constraint => part("constraint"),
            Class::Index => format!("index {}", id.name()),
            Class::Policy => part("policy"),
        }
    }
}

/// Whether an expression of an object calls a function of that name.
pub(super) fn calls(object: &Object, routine: &Ident) -> bool {
    calls_any(object, &BTreeSet::from([routine.clone()]))
}

pub(super) fn calls_any(object: &Object, routines: &BTreeSet<Ident>) -> bool {
    let calls = |expr: &Expr| expr.tree().is_some_and(|tree| !tree.functions().is_disjoint(routines));
    match &object.facts {
        Facts::Column(Column { default, .. }) if matches!(default.get(), Some(Some(default)) if calls(default)) => true,
        _ => expressions(object).into_iter().any(calls),
    }
}

fn expressions(object: &Object) -> Vec<&Expr> {
    match &object.facts {
        Facts::Check(check) => check.expression.get().into_iter().collect(),
        Facts::Index(index) => index_expressions(index),
        Facts::Policy(policy) => {
            [&policy.using, &policy.with_check].into_iter().filter_map(|e| e.get()?.as_ref()).collect()
        }
        Facts::Column(column) => {
            let generated = column.generated.get().and_then(|generated| generated.as_ref());
            generated.map(|generated| &generated.expression).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

fn index_expressions(index: &Index) -> Vec<&Expr> {
    let keys = index.keys.get().into_iter().flatten().filter_map(|key| match &key.term {
        KeyTerm::Expr(expr) => Some(expr),
        KeyTerm::Column(_) => None,
    });
    keys.chain(index.predicate.get().and_then(|predicate| predicate.as_ref())).collect()
}

fn reads_relation(object: &Object, relation: &QualifiedName) -> bool {
    match &object.facts {
        Facts::ForeignKey(key) => key.references.get().is_some_and(|to| to.relation == *relation),
        _ => expressions(object).into_iter().filter_map(Expr::tree).any(|tree| tree.relations().contains(relation)),
    }
}

/// Whether an object reads a column; `own` where both belong to the same table.
pub(super) fn reads_column(object: &Object, own: bool, relation: &QualifiedName, column: &Ident) -> bool {
    let listed = |columns: &Attr<Vec<Ident>>| own && columns.get().is_some_and(|columns| columns.contains(column));
    let direct = match &object.facts {
        Facts::PrimaryKey(key) => listed(&key.columns) || listed(&key.include),
        Facts::Unique(unique) => listed(&unique.columns) || listed(&unique.include),
        Facts::ForeignKey(key) => {
            let referenced =
                |to: &crate::catalog::kind::References| to.relation == *relation && to.columns.contains(column);
            listed(&key.columns) || key.references.get().is_some_and(referenced)
        }
        Facts::Index(index) => {
            let is_key =
                |key: &crate::catalog::kind::IndexKey| matches!(&key.term, KeyTerm::Column(name) if name == column);
            listed(&index.include) || own && index.keys.get().into_iter().flatten().any(is_key)
        }
        _ => false,
    };
    let wanted = (relation.clone(), column.clone());
    direct || expressions(object).into_iter().filter_map(Expr::tree).any(|tree| tree.columns().contains(&wanted))
}
