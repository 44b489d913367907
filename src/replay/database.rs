//! The catalog being built, every change of which can be taken back.

use std::collections::BTreeSet;

use super::acl;
use crate::catalog::kind::{ColumnName, Grant, RelationName, Schema};
use crate::catalog::{
    Attr, Catalog, Class, Coverage, Facts, FactsOf, Kind, Object, ObjectId, Origin, Unmodelled, server,
};
use crate::sql::Ident;

/// The two spaces of names that span a whole schema though the objects in them belong to tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Space {
    /// `pg_class`: relations, indexes, and the indexes behind constraints.
    Relation,
    /// `pg_constraint`: the server chooses names that are new in the schema.
    Constraint,
}

/// A catalog, the names in use, and a log of what each change replaced.
#[derive(Clone, Debug)]
pub(super) struct Database {
    catalog: Catalog,
    names: BTreeSet<(Space, Ident, Ident, ObjectId)>,
    /// The columns that own sequences, and the tables that others inherit from or are partitions of, with those.
    owners: BTreeSet<(ObjectId, ObjectId)>,
    undo: Vec<Undo>,
    /// The tables that rows have gone into.
    pub(super) filled: BTreeSet<ObjectId>,
    /// All rows came after it was made.
    pub(super) knows_rows: bool,
    /// The statement at work.
    at: Origin,
    /// The role at work, if it is known.
    pub(super) role: Option<Ident>,
    /// Whether what is made gets an owner and privileges: nobody says so who only describes it.
    pub(super) grants_rights: bool,
}

#[derive(Clone, Debug)]
enum Undo {
    Object(ObjectId, Option<Box<Object>>),
    Unmodelled(ObjectId, Option<Box<Unmodelled>>),
}

/// A moment to go back to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark(usize);

impl Database {
    /// What `template0` holds that the model speaks of: the schema `public`.
    pub(super) fn new() -> Self {
        let mut database = Self { grants_rights: true, ..Self::over(Catalog::new(Coverage::Everything)) };
        let public = ObjectId::top(Class::Schema, &Ident::new("public"));
        database.insert(
            public,
            Schema { comment: server(Some("standard public schema".into())), ..Schema::default() },
            Origin::Server,
        );
        let newest = database.catalog.version;
        database.set_version(newest);
        database.knows_rows = true;
        database.undo.clear();
        database
    }

    /// A catalog that came from elsewhere, to try statements on.
    pub(super) fn over(catalog: Catalog) -> Self {
        let mut names = BTreeSet::new();
        let mut owners = BTreeSet::new();
        for (id, object) in &catalog.objects {
            names.extend(names_of(id, Some(&object.facts)));
            owners.extend(owner_of(id, &object.facts));
        }
        for id in catalog.unmodelled.keys() {
            names.extend(names_of(id, None));
        }
        Self {
            catalog,
            names,
            owners,
            undo: Vec::new(),
            at: Origin::Server,
            role: None,
            grants_rights: false,
            filled: BTreeSet::new(),
            knows_rows: false,
        }
    }

    pub(super) fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// Also what `template0` of that version has: only up to 14 everybody may create in the schema `public`.
    pub(super) fn set_version(&mut self, version: u32) {
        self.catalog.version = version;
        let public = ObjectId::top(Class::Schema, &Ident::new("public"));
        self.edit::<Schema>(&public, |schema| {
            let everybody = Ident::new(acl::PUBLIC);
            let words: &[&str] = if version < 15 { &["create", "usage"] } else { &["usage"] };
            let privileges = words.iter().map(|word| ((*word).to_owned(), false)).collect();
            schema.privileges = server(vec![Grant { grantee: everybody, privileges }]);
            schema.owner = if version < 15 { Attr::Unstated } else { server(Ident::new("pg_database_owner")) };
        });
        self.undo.clear();
    }

    /// What is changed from now on is changed there.
    pub(super) fn stand_at(&mut self, origin: Origin) {
        self.at = origin;
    }

    pub(super) fn into_catalog(self) -> Catalog {
        self.catalog
    }

    pub(super) fn mark(&self) -> Mark {
        Mark(self.undo.len())
    }

    /// Takes back all changes since `mark`.
    pub(super) fn roll_back(&mut self, mark: Mark) {
        while self.undo.len() > mark.0 {
            match self.undo.pop() {
                Some(Undo::Object(id, before)) => {
                    self.put(id.clone(), before.map(|object| *object));
                    self.catalog.gone.remove(&id);
                }
                Some(Undo::Unmodelled(id, before)) => {
                    self.put_unmodelled(id.clone(), before.map(|other| *other));
                    self.catalog.gone.remove(&id);
                }
                None => return,
            }
        }
    }

    /// Forgets how to take anything back: nothing before this moment is in a transaction any more.
    pub(super) fn commit(&mut self) {
        self.undo.clear();
    }

    /// Makes an object, or makes it anew (`CREATE OR REPLACE`); who may do what with it follows.
    pub(super) fn insert(&mut self, id: ObjectId, facts: impl Into<Facts>, origin: Origin) {
        let mut facts = facts.into();
        if self.grants_rights {
            self.begin_rights(&id, &mut facts, &origin);
        }
        self.keep(id, facts, origin);
    }

    fn keep(&mut self, id: ObjectId, facts: Facts, origin: Origin) {
        let before = self.put(id.clone(), Some(Object::new(&id, facts, origin)));
        self.undo.push(Undo::Object(id, before.map(Box::new)));
    }

    pub(super) fn insert_unmodelled(&mut self, id: ObjectId, unmodelled: Unmodelled) {
        let before = self.put_unmodelled(id.clone(), Some(unmodelled));
        self.undo.push(Undo::Unmodelled(id, before.map(Box::new)));
    }

    pub(super) fn remove(&mut self, id: &ObjectId) -> Option<Object> {
        let before = self.put(id.clone(), None);
        if before.is_some() {
            self.undo.push(Undo::Object(id.clone(), before.clone().map(Box::new)));
        }
        before
    }

    /// Takes an object away, and keeps in mind that it is gone also where nobody knew that it was there.
    pub(super) fn forget(&mut self, id: &ObjectId, origin: Origin) {
        if self.remove(id).is_none() {
            self.undo.push(Undo::Object(id.clone(), None));
            self.catalog.gone.insert(id.clone(), origin);
        }
    }

    pub(super) fn remove_unmodelled(&mut self, id: &ObjectId) -> Option<Unmodelled> {
        let before = self.put_unmodelled(id.clone(), None);
        if before.is_some() {
            self.undo.push(Undo::Unmodelled(id.clone(), before.clone().map(Box::new)));
        }
        before
    }

    /// Gives an object another identity; where it gets another name itself, this is what made it.
    pub(super) fn rename(&mut self, from: &ObjectId, to: ObjectId) {
        if self.filled.contains(from) {
            self.filled.insert(to.clone());
        }
        if let Some(object) = self.remove(from) {
            let origin = if from.name() == to.name() { object.origin } else { self.at.clone() };
            self.keep(to.clone(), object.facts, origin);
        }
        if let Some(unmodelled) = self.remove_unmodelled(from) {
            self.insert_unmodelled(to, unmodelled);
        }
    }

    /// Says where something that the model does not hold has been changed last.
    pub(super) fn place_unmodelled(&mut self, id: &ObjectId, origin: &Origin) {
        if let Some(other) = self.catalog.unmodelled.get(id).cloned() {
            self.insert_unmodelled(id.clone(), Unmodelled { origin: origin.clone(), ..other });
        }
    }

    /// Changes an object in place; one that is not there, or is of another kind, is left alone.
    pub(super) fn edit<K: FactsOf>(&mut self, id: &ObjectId, change: impl FnOnce(&mut K)) {
        self.edit_facts(id, |facts| {
            if let Some(facts) = K::of_mut(facts) {
                change(facts);
            }
        });
    }

    pub(super) fn edit_facts(&mut self, id: &ObjectId, change: impl FnOnce(&mut Facts)) {
        if let Some(object) = self.catalog.objects.get_mut(id) {
            self.undo.push(Undo::Object(id.clone(), Some(Box::new(object.clone()))));
            let before = object.facts.clone();
            change(&mut object.facts);
            object.meaning = object.facts.meaning(id);
            for owner in owner_of(id, &before) {
                self.owners.remove(&owner);
            }
            self.owners.extend(owner_of(id, &object.facts));
            // Of the names that it takes up, this one alone is no part of its identity.
            if not_null_name(&before) != not_null_name(&object.facts) {
                for name in names_of(id, Some(&before)) {
                    self.names.remove(&name);
                }
                self.names.extend(names_of(id, Some(&object.facts)));
            }
            // What has changed on the way, as names do, has changed here.
            let values = before.attributes().into_iter().zip(object.facts.attributes());
            let moved = values.filter_map(|((definition, old), (_, new))| {
                let (old, new) = (old?, new?);
                (old.1 == new.1 && old.0 != new.0 && !new.1.is_within(&self.at)).then_some(definition.name)
            });
            for name in moved.collect::<Vec<_>>() {
                object.facts.restate(name, &self.at);
            }
        }
    }

    pub(super) fn get<K: FactsOf>(&self, id: &ObjectId) -> Option<&K> {
        self.catalog.get(id)
    }

    /// What bears this name in a space of a schema.
    pub(super) fn named(&self, space: Space, schema: &Ident, name: &Ident) -> impl Iterator<Item = &ObjectId> {
        let first = ObjectId::top(Class::Schema, &Ident::default());
        self.names
            .range((space, schema.clone(), name.clone(), first)..)
            .take_while(move |(s, in_schema, n, _)| *s == space && in_schema == schema && n == name)
            .map(|(.., id)| id)
    }

    /// The sequences that go away with a column; the children of a table.
    pub(super) fn owned_by(&self, column: &ObjectId) -> impl Iterator<Item = &ObjectId> {
        let first = ObjectId::top(Class::Schema, &Ident::default());
        let owned = self.owners.range((column.clone(), first)..).take_while(move |(owner, _)| owner == column);
        owned.map(|(_, sequence)| sequence)
    }

    pub(super) fn is_taken(&self, space: Space, schema: &Ident, name: &str) -> bool {
        self.named(space, schema, &Ident::new(name)).next().is_some()
    }

    fn put(&mut self, id: ObjectId, object: Option<Object>) -> Option<Object> {
        let names: Vec<_> = object.iter().flat_map(|object| names_of(&id, Some(&object.facts))).collect();
        let owner = object.as_ref().map(|object| owner_of(&id, &object.facts)).unwrap_or_default();
        let is_there = object.is_some();
        let before = match object {
            Some(object) => self.catalog.objects.insert(id.clone(), object),
            None => self.catalog.objects.remove(&id),
        };
        self.remember(&id, is_there, before.is_some());
        if let Some(before) = &before {
            names_of(&id, Some(&before.facts)).for_each(|name| {
                self.names.remove(&name);
            });
            for owner in owner_of(&id, &before.facts) {
                self.owners.remove(&owner);
            }
        }
        self.names.extend(names);
        self.owners.extend(owner);
        before
    }

    /// Keeps in mind where something went that was there.
    fn remember(&mut self, id: &ObjectId, is_there: bool, was_there: bool) {
        if is_there {
            self.catalog.gone.remove(id);
        } else if was_there {
            self.catalog.gone.insert(id.clone(), self.at.clone());
        }
    }

    fn put_unmodelled(&mut self, id: ObjectId, unmodelled: Option<Unmodelled>) -> Option<Unmodelled> {
        let is_there = unmodelled.is_some();
        let before = match unmodelled {
            Some(unmodelled) => {
                self.names.extend(names_of(&id, None));
                self.catalog.unmodelled.insert(id.clone(), unmodelled)
            }
            None => {
                let before = self.catalog.unmodelled.remove(&id);
                // An object may have taken its place.
                if before.is_some() && !self.catalog.objects.contains_key(&id) {
                    names_of(&id, None).for_each(|name| {
                        self.names.remove(&name);
                    });
                }
                before
            }
        };
        self.remember(&id, is_there, before.is_some());
        before
    }
}

/// What owns or begets something, with that: the column of a sequence, the parents of a table.
fn owner_of(id: &ObjectId, facts: &Facts) -> Vec<(ObjectId, ObjectId)> {
    let owners: Vec<Option<ObjectId>> = match facts {
        Facts::Sequence(sequence) => {
            sequence.owned_by.get().and_then(Option::as_ref).map(ColumnName::id).into_iter().collect()
        }
        Facts::Table(table) => {
            let partitioned = table.partition_of.get().and_then(Option::as_ref);
            table.inherits.get().into_iter().flatten().chain(partitioned).map(RelationName::id).collect()
        }
        _ => Vec::new(),
    };
    owners.into_iter().flatten().map(|owner| (owner, id.clone())).collect()
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

/// Nothing is said of the extension's own comment: its control file may bring one.
pub(super) fn unstated<T>() -> Attr<T> {
    Attr::Unstated
}
