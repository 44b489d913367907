//! Names followed: by all that refers to what has been given another.

use std::collections::BTreeMap;

use super::Replay;
use crate::catalog::kind::{OperatorName, RoutineName};
use crate::catalog::tree::Called;
use crate::catalog::{Class, Expr, Facts, Meaning, ObjectId, Visitor};
use crate::sql::{QualifiedName, TypeName};

impl Replay {
    /// Rewrites a name wherever something refers to it.
    pub(super) fn follow(&mut self, step: &Move) {
        let (from, to) = (step.from.qualified_name(), step.to.qualified_name());
        let class = step.from.class();
        if matches!(class, Class::OperatorClass | Class::OperatorFamily) {
            return self.follow_opclass(step);
        }
        if matches!(class, Class::Routine | Class::Operator | Class::Collation) {
            return self.follow_calls(std::slice::from_ref(step));
        }
        if !matches!(class, Class::Type | Class::Relation) {
            return self.visit_all(&mut Rename { class, is_type: false, from: &from, to: &to, hit: false });
        }
        // A table has a type of its name; a sequence may stand beside another of that name.
        let row_type = ObjectId::in_schema(Class::Type, &step.from.path()[0], step.from.name());
        let is_type = class == Class::Type || !self.catalog().exists(&row_type);
        self.visit_all(&mut Rename { class, is_type, from: &from, to: &to, hit: false });
        if is_type {
            self.rename_in_args(&from, &to);
        }
    }

    /// The same for what is called.
    pub(super) fn follow_calls(&mut self, steps: &[Move]) {
        let mut moves: BTreeMap<(Class, QualifiedName), Vec<&Move>> = BTreeMap::new();
        for step in steps {
            moves.entry((step.from.class(), step.from.qualified_name())).or_default().push(step);
        }
        let find = |class, name: &QualifiedName, declared: Option<&[TypeName]>| {
            let steps = moves.get(&(class, name.clone()))?;
            // An expression does not say which of several operators it is.
            let is_it = |step: &&&Move| declared.is_none_or(|types| step.from.args() == types);
            steps.iter().find(is_it).map(|step| step.to.qualified_name())
        };
        let new_name = |called: Called<'_>| match called {
            Called::Function(name, types) => find(Class::Routine, name, types),
            Called::Operator(name, types) => find(Class::Operator, name, types),
            Called::Collation(name) => find(Class::Collation, name, None),
        };
        self.visit_all(&mut RenameCalls { new_name: &new_name, hit: false });
    }

    /// The same for operator classes and families, whose names are of an access method.
    fn follow_opclass(&mut self, step: &Move) {
        let (from, to) = (step.from.qualified_name(), step.to.qualified_name());
        let mut changed = Vec::new();
        for (id, object) in &self.catalog().objects {
            let (mut facts, mut is_hit) = (object.facts.clone(), false);
            facts.visit_opclasses(id, &mut |class, method, name| {
                if class == step.from.class() && *method == step.from.path()[1] && *name == from {
                    *name = to.clone();
                    is_hit = true;
                }
            });
            if is_hit {
                changed.push((id.clone(), facts));
            }
        }
        for (id, facts) in changed {
            self.database.edit_facts(&id, |current| *current = facts);
        }
    }

    /// Overloads and casts are called after the types that they take.
    fn rename_in_args(&mut self, from: &QualifiedName, to: &QualifiedName) {
        let takes = |id: &&ObjectId| id.args().iter().any(|of| of.name == *from);
        let catalog = self.catalog();
        let users: Vec<ObjectId> =
            catalog.unmodelled.keys().chain(catalog.objects.keys()).filter(takes).cloned().collect();
        for id in users {
            let renamed = id.map_args(|of| match of.name == *from {
                true => TypeName { name: to.clone(), ..of.clone() },
                false => of.clone(),
            });
            self.database.rename(&id, renamed);
        }
    }

    /// Shows everything that can refer to something to a visitor, and keeps what it changed.
    pub(super) fn visit_all(&mut self, visitor: &mut dyn Rewrite) {
        let refers = |facts: &Facts| {
            !matches!(
                facts,
                Facts::Schema(_) | Facts::Extension(_) | Facts::Enum(_) | Facts::PrimaryKey(_) | Facts::Unique(_)
            )
        };
        let objects = self.catalog().objects.iter().filter(|(_, object)| refers(&object.facts));
        let mut changed = Vec::new();
        for (id, object) in objects {
            let mut facts = object.facts.clone();
            facts.visit(visitor);
            if visitor.take_hit() {
                facts.put_members_in_order();
                changed.push((id.clone(), facts));
            }
        }
        let mut also = Vec::new();
        for (id, other) in self.catalog().unmodelled.iter().filter(|(_, other)| other.meaning != Meaning::Unknown) {
            let mut other = other.clone();
            other.meaning.visit(visitor);
            if visitor.take_hit() {
                also.push((id.clone(), other));
            }
        }
        for (id, facts) in changed {
            self.database.edit_facts(&id, |current| *current = facts);
        }
        for (id, other) in also {
            self.database.insert_unmodelled(id, other);
        }
    }
}

/// A visitor that changes things, and knows whether it has.
pub(super) trait Rewrite: Visitor {
    /// Whether anything was changed since the last time this was asked.
    fn take_hit(&mut self) -> bool;
}

/// What something was called, and is called now.
#[derive(Clone)]
pub(super) struct Move {
    pub(super) from: ObjectId,
    pub(super) to: ObjectId,
}

/// One name rewritten in whatever refers to it.
struct Rename<'a> {
    class: Class,
    /// Whether types can be called that.
    is_type: bool,
    from: &'a QualifiedName,
    to: &'a QualifiedName,
    hit: bool,
}

impl Visitor for Rename<'_> {
    fn expr(&mut self, expr: &mut Expr) {
        let before = expr.clone();
        expr.rewrite(|tree| match self.class {
            Class::Relation => tree.rename_relation(self.from, self.to),
            Class::Type => tree.rename_type(self.from, self.to),
            class => tree.rename_object(class, self.from, self.to),
        });
        self.hit |= *expr != before;
    }

    fn type_name(&mut self, name: &mut TypeName) {
        if self.is_type && name.name == *self.from {
            name.name = self.to.clone();
            self.hit = true;
        }
    }

    fn relation(&mut self, name: &mut QualifiedName) {
        self.object(Class::Relation, name);
    }

    fn object(&mut self, class: Class, name: &mut QualifiedName) {
        if self.class == class && name == self.from {
            *name = self.to.clone();
            self.hit = true;
        }
    }
}

struct RenameCalls<'a> {
    new_name: &'a dyn Fn(Called<'_>) -> Option<QualifiedName>,
    hit: bool,
}

impl RenameCalls<'_> {
    /// The new name of what is called so, unless it keeps the one it has.
    fn renamed(&mut self, called: Called<'_>) -> Option<QualifiedName> {
        let new = (self.new_name)(called);
        self.hit |= new.is_some();
        new
    }
}

impl Visitor for RenameCalls<'_> {
    fn routine(&mut self, name: &mut RoutineName) {
        if let Some(new) = self.renamed(Called::Function(&name.name, Some(&name.args))) {
            name.name = new;
        }
    }

    fn operator(&mut self, name: &mut OperatorName) {
        let called = QualifiedName { schema: name.schema.clone(), name: name.name.clone() };
        if let Some(new) = self.renamed(Called::Operator(&called, Some(&name.args))) {
            (name.schema, name.name) = (new.schema, new.name);
        }
    }

    fn object(&mut self, class: Class, name: &mut QualifiedName) {
        if class == Class::Collation
            && let Some(new) = self.renamed(Called::Collation(name))
        {
            *name = new;
        }
    }

    fn expr(&mut self, expr: &mut Expr) {
        let before = expr.clone();
        expr.rewrite(|tree| tree.rename_calls(self.new_name));
        self.hit |= *expr != before;
    }
}

impl Rewrite for RenameCalls<'_> {
    fn take_hit(&mut self) -> bool {
        std::mem::take(&mut self.hit)
    }
}

impl Rewrite for Rename<'_> {
    fn take_hit(&mut self) -> bool {
        std::mem::take(&mut self.hit)
    }
}
