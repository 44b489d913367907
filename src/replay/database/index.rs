//! What is found by something else than its identity: by a name that it takes up, by its owner, by what it mentions.

use std::cell::RefCell;
use std::collections::BTreeSet;

use crate::catalog::kind::{ColumnName, OperatorName, RelationName, RoutineName};
use crate::catalog::tree::Names;
use crate::catalog::{Catalog, Class, Expr, Facts, Kind, ObjectId, Unmodelled, Visitor, Within};
use crate::sql::{Ident, QualifiedName, TypeName};

/// The two spaces of names that span a whole schema though the objects in them belong to tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::replay) enum Space {
    /// `pg_class`: relations, indexes, and the indexes behind constraints.
    Relation,
    /// `pg_constraint`: the server chooses names that are new in the schema.
    Constraint,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Index {
    names: BTreeSet<(Space, Ident, Ident, ObjectId)>,
    /// The columns that own sequences, and the tables that others inherit from or are partitions of, with those.
    owners: BTreeSet<(ObjectId, ObjectId)>,
    mentions: RefCell<Mentioned>,
    /// What is of a rare class.
    rare: BTreeSet<(Class, ObjectId)>,
}

impl Index {
    pub(super) fn add(&mut self, id: &ObjectId, facts: &Facts) {
        if is_rare(id.class()) {
            self.rare.insert((id.class(), id.clone()));
        }
        self.names.extend(names_of(id, Some(facts)));
        self.owners.extend(owners_of(facts).map(|owner| (owner, id.clone())));
        self.mentions.get_mut().awaits(id);
    }

    pub(super) fn remove(&mut self, id: &ObjectId, facts: &Facts) {
        if is_rare(id.class()) {
            self.rare.remove(&(id.class(), id.clone()));
        }
        for name in names_of(id, Some(facts)) {
            self.names.remove(&name);
        }
        for owner in owners_of(facts) {
            self.owners.remove(&(owner, id.clone()));
        }
    }

    /// The same object says something else.
    pub(super) fn change(&mut self, id: &ObjectId, before: &Facts, after: &Facts) {
        let is_found_by_the_same = before.kind() == after.kind()
            && not_null_name(before) == not_null_name(after)
            && owners_of(before).eq(owners_of(after));
        if is_found_by_the_same {
            self.mentions.get_mut().awaits(id);
        } else {
            self.remove(id, before);
            self.add(id, after);
        }
    }

    pub(super) fn add_unmodelled(&mut self, id: &ObjectId) {
        self.names.extend(names_of(id, None));
        self.mentions.get_mut().awaits(id);
    }

    pub(super) fn remove_unmodelled(&mut self, id: &ObjectId) {
        for name in names_of(id, None) {
            self.names.remove(&name);
        }
    }

    /// What bears this name in a space of a schema.
    pub(super) fn named(&self, space: Space, schema: &Ident, name: &Ident) -> impl Iterator<Item = &ObjectId> {
        self.names
            .range((space, schema.clone(), name.clone(), first())..)
            .take_while(move |(s, in_schema, n, _)| *s == space && in_schema == schema && n == name)
            .map(|(.., id)| id)
    }

    pub(super) fn owned_by(&self, owner: &ObjectId) -> impl Iterator<Item = &ObjectId> {
        let owned = self.owners.range((owner.clone(), first())..).take_while(move |(one, _)| one == owner);
        owned.map(|(_, id)| id)
    }

    /// The objects of a rare class.
    pub(super) fn rare(&self, class: Class) -> impl Iterator<Item = &ObjectId> {
        debug_assert!(is_rare(class));
        self.rare.range((class, first())..).take_while(move |(one, _)| *one == class).map(|(_, id)| id)
    }

    /// All that has said a name since it is there, and may say something else by now.
    pub(super) fn mentioning(&self, name: &Ident, catalog: &Catalog) -> Vec<ObjectId> {
        let mut mentions = self.mentions.borrow_mut();
        mentions.catch_up(catalog);
        let said = mentions.said.range((name.clone(), first())..).take_while(move |(one, _)| one == name);
        said.map(|(_, id)| id).filter(|id| catalog.exists(id)).cloned().collect()
    }
}

/// The bare names that objects say, beside their own. Most are never asked for, so it waits for the first who asks.
#[derive(Clone, Debug, Default)]
struct Mentioned {
    said: BTreeSet<(Ident, ObjectId)>,
    /// What has come or changed since.
    awaiting: BTreeSet<ObjectId>,
}

impl Mentioned {
    fn awaits(&mut self, id: &ObjectId) {
        self.awaiting.insert(id.clone());
    }

    fn catch_up(&mut self, catalog: &Catalog) {
        for id in std::mem::take(&mut self.awaiting) {
            let modelled = catalog.facts(&id).map(|facts| Mentions::of(&id, facts));
            let other = catalog.unmodelled.get(&id).map(|other| Mentions::of_unmodelled(&id, other));
            let names: BTreeSet<Ident> = modelled.into_iter().chain(other).flat_map(|mentions| mentions.0).collect();
            self.said.extend(names.into_iter().map(|name| (name, id.clone())));
        }
    }
}

/// Whether there is little of a class, and it is looked through often: what stands in no schema, and operator classes
/// and families.
fn is_rare(class: Class) -> bool {
    matches!(class.within(), Within::Database | Within::Pair | Within::Role | Within::AccessMethod)
}

/// No identity stands before this one.
fn first() -> ObjectId {
    ObjectId::top(Class::Schema, &Ident::default())
}

/// What owns or begets something: the column of a sequence, the parents of a table.
fn owners_of(facts: &Facts) -> impl Iterator<Item = ObjectId> {
    let owners: Vec<Option<ObjectId>> = match facts {
        Facts::Sequence(sequence) => {
            sequence.owned_by.get().and_then(Option::as_ref).map(ColumnName::id).into_iter().collect()
        }
        facts => facts.parents().map(RelationName::id).collect(),
    };
    owners.into_iter().flatten()
}

/// The names an object takes up in its schema, a column that of its NOT NULL constraint.
fn names_of(id: &ObjectId, facts: Option<&Facts>) -> impl Iterator<Item = (Space, Ident, Ident, ObjectId)> + use<> {
    let kind = facts.map(Facts::kind);
    let relation = match id.class() {
        Class::Relation | Class::Index => true,
        // It has columns, and so is in pg_class too.
        Class::Type => kind == Some(Kind::Composite),
        Class::Constraint => kind.is_none_or(Kind::stands_on_index),
        _ => false,
    };
    let constraint = match id.class() {
        Class::Constraint | Class::DomainConstraint => Some(id.name()),
        _ => facts.and_then(not_null_name),
    };
    let constraint = constraint.cloned();
    let spaces =
        [relation.then(|| (Space::Relation, id.name().clone())), constraint.map(|name| (Space::Constraint, name))];
    let (schema, id) = (id.path()[0].clone(), id.clone());
    spaces.into_iter().flatten().map(move |(space, name)| (space, schema.clone(), name, id.clone()))
}

/// What the constraint that makes a column NOT NULL is called.
fn not_null_name(facts: &Facts) -> Option<&Ident> {
    match facts {
        Facts::Column(column) => Some(&column.not_null_constraint.get()?.as_ref()?.name),
        _ => None,
    }
}

/// The bare names of what an object refers to, or is part of. They follow from the object alone, whatever else is
/// there, so that they are right for as long as it does not change. Whether they stand for what bears that name is
/// for [`references`](crate::replay::references) to say.
#[derive(Default)]
struct Mentions(BTreeSet<Ident>);

impl Mentions {
    fn of(id: &ObjectId, facts: &Facts) -> Self {
        let mut mentions = Self::of_identity(id);
        facts.clone().visit(&mut mentions);
        mentions
    }

    fn of_unmodelled(id: &ObjectId, other: &Unmodelled) -> Self {
        let mut mentions = Self::of_identity(id);
        other.meaning.clone().visit(&mut mentions);
        mentions.0.extend(other.owned_by.iter().filter_map(|owner| mentioned_as(owner).cloned()));
        mentions
    }

    fn of_identity(id: &ObjectId) -> Self {
        let mut mentions = Self::default();
        mentions.0.extend(mentioned_as(id).cloned());
        id.args().iter().for_each(|of| mentions.keep(&of.name));
        mentions
    }

    /// What stands in no schema is the server's own.
    fn keep(&mut self, name: &QualifiedName) {
        if name.schema.is_some() {
            self.0.insert(name.name.clone());
        }
    }
}

/// The name by which others mention an object, or the relation or the type that it is a part of. None of what is not
/// mentioned by a name: a schema, an operator class that is the usual one.
pub(super) fn mentioned_as(id: &ObjectId) -> Option<&Ident> {
    match id.class().within() {
        Within::Schema | Within::Relation | Within::Type => Some(&id.path()[1]),
        Within::Database | Within::Pair | Within::AccessMethod | Within::Role => None,
    }
}

impl Visitor for Mentions {
    fn expr(&mut self, expr: &mut Expr) {
        if let Some(tree) = expr.tree() {
            tree.root.clone().visit(self);
        }
    }

    fn type_name(&mut self, name: &mut TypeName) {
        self.keep(&name.name);
    }

    fn relation(&mut self, name: &mut QualifiedName) {
        self.keep(name);
    }

    fn routine(&mut self, name: &mut RoutineName) {
        self.keep(&name.name);
    }

    fn operator(&mut self, name: &mut OperatorName) {
        self.0.insert(name.name.clone());
    }

    fn object(&mut self, _class: Class, name: &mut QualifiedName) {
        self.keep(name);
    }
}

impl Names for Mentions {
    fn column(&mut self, table: &mut QualifiedName, _name: &mut Ident) {
        self.keep(table);
    }

    fn relation(&mut self, name: &mut QualifiedName) {
        self.keep(name);
    }

    fn object(&mut self, _class: Class, name: &mut QualifiedName) {
        self.keep(name);
    }

    fn type_name(&mut self, name: &mut TypeName) {
        self.keep(&name.name);
    }

    fn function(&mut self, name: &mut QualifiedName, _declared: Option<&[TypeName]>) {
        self.keep(name);
    }

    fn operator(&mut self, name: &mut QualifiedName) {
        self.keep(name);
    }

    fn collation(&mut self, name: &mut QualifiedName) {
        self.keep(name);
    }
}
