//! The catalog being built, every change of which can be taken back.

mod index;

use std::collections::{BTreeMap, BTreeSet};

use super::acl;
use crate::catalog::kind::{Grant, Schema};
use crate::catalog::{Attr, Catalog, Class, Coverage, Facts, FactsOf, Object, ObjectId, Origin, Unmodelled, server};
use crate::sql::Ident;
use index::{Index, mentioned_as};

pub(super) use index::Space;

/// A catalog, the ways to find things in it, and a log of what each change replaced.
#[derive(Clone, Debug)]
pub(super) struct Database {
    catalog: Catalog,
    index: Index,
    undo: Vec<Undo>,
    /// What has been made since this was asked last, where anybody asks.
    made: Option<Vec<ObjectId>>,
    /// What indexes call their columns, where their tables call them otherwise by now.
    index_columns: BTreeMap<ObjectId, Vec<String>>,
    /// In which order indexes were made, and the constraints that stand on one: that of their OIDs.
    numbers: BTreeMap<ObjectId, usize>,
    newest: usize,
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
    IndexColumns(ObjectId, Option<Vec<String>>),
    Number(ObjectId, Option<usize>),
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
        let mut index = Index::default();
        catalog.objects.iter().for_each(|(id, object)| index.add(id, &object.facts));
        catalog.unmodelled.keys().for_each(|id| index.add_unmodelled(id));
        Self {
            catalog,
            index,
            undo: Vec::new(),
            made: None,
            index_columns: BTreeMap::new(),
            numbers: BTreeMap::new(),
            newest: 0,
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

    /// What has been made since the last time, and is there.
    pub(super) fn take_made(&mut self) -> BTreeSet<ObjectId> {
        let made = self.made.replace(Vec::new()).unwrap_or_default();
        made.into_iter().filter(|id| self.catalog.exists(id)).collect()
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
                Some(Undo::IndexColumns(id, before)) => {
                    self.put_index_columns(id, before);
                }
                Some(Undo::Number(id, before)) => match before {
                    Some(number) => drop(self.numbers.insert(id, number)),
                    None => drop(self.numbers.remove(&id)),
                },
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
        self.set_index_columns(&id, None);
        if matches!(id.class(), Class::Index | Class::Constraint) && !self.catalog.exists(&id) {
            self.renew_number(&id);
        }
        self.keep(id, facts, origin);
    }

    fn keep(&mut self, id: ObjectId, facts: Facts, origin: Origin) {
        let before = self.put(id.clone(), Some(Object::new(&id, facts, origin)));
        if let Some(made) = self.made.as_mut().filter(|_| before.is_none()) {
            made.push(id.clone());
        }
        self.undo.push(Undo::Object(id, before.map(Box::new)));
    }

    fn set_number(&mut self, id: &ObjectId, number: usize) {
        let before = self.numbers.insert(id.clone(), number);
        self.undo.push(Undo::Number(id.clone(), before));
    }

    /// The place of an index in the order in which they were made.
    pub(super) fn number(&self, id: &ObjectId) -> Option<usize> {
        self.numbers.get(id).copied()
    }

    /// An index is made anew, and is the newest.
    pub(super) fn renew_number(&mut self, id: &ObjectId) {
        self.newest += 1;
        self.set_number(id, self.newest);
    }

    /// An index is called otherwise, and is no newer for that.
    pub(super) fn keep_number(&mut self, from: &ObjectId, to: &ObjectId) {
        if let Some(number) = self.number(from) {
            self.set_number(to, number);
        }
    }

    /// `RelationGetIndexList()`: the parts of a table with its indexes in the order in which they were made.
    pub(super) fn by_age(&self, table: &ObjectId) -> Vec<(&ObjectId, &Object)> {
        let mut parts: Vec<_> = self.catalog.children(table).collect();
        parts.sort_by_key(|(id, _)| self.numbers.get(*id));
        parts
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
            self.keep_number(from, &to);
            if let Some(names) = self.index_columns.get(from).cloned() {
                self.set_index_columns(from, None);
                self.set_index_columns(&to, Some(names));
            }
        }
        if let Some(unmodelled) = self.remove_unmodelled(from) {
            self.insert_unmodelled(to, unmodelled);
        }
    }

    /// What an index calls its columns (`pg_attribute.attname` of the index): renaming those of the table does not
    /// change it. None if it calls them as the table does.
    pub(super) fn index_columns(&self, index: &ObjectId) -> Option<&Vec<String>> {
        self.index_columns.get(index)
    }

    pub(super) fn set_index_columns(&mut self, index: &ObjectId, names: Option<Vec<String>>) {
        let has_some = names.is_some();
        let before = self.put_index_columns(index.clone(), names);
        if has_some || before.is_some() {
            self.undo.push(Undo::IndexColumns(index.clone(), before));
        }
    }

    fn put_index_columns(&mut self, index: ObjectId, names: Option<Vec<String>>) -> Option<Vec<String>> {
        match names {
            Some(names) => self.index_columns.insert(index, names),
            None => self.index_columns.remove(&index),
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
        let Some(object) = self.catalog.objects.get_mut(id) else { return };
        let before = object.clone();
        change(&mut object.facts);
        object.meaning = object.facts.meaning(id);
        self.index.change(id, &before.facts, &object.facts);
        // What has changed on the way, as names do, has changed here.
        object.facts.restate_changed(&before.facts, &self.at);
        self.undo.push(Undo::Object(id.clone(), Some(Box::new(before))));
    }

    pub(super) fn get<K: FactsOf>(&self, id: &ObjectId) -> Option<&K> {
        self.catalog.get(id)
    }

    /// What bears this name in a space of a schema.
    pub(super) fn named(&self, space: Space, schema: &Ident, name: &Ident) -> impl Iterator<Item = &ObjectId> {
        self.index.named(space, schema, name)
    }

    /// The sequences that go away with a column; the children of a table.
    pub(super) fn owned_by(&self, column: &ObjectId) -> impl Iterator<Item = &ObjectId> {
        self.index.owned_by(column)
    }

    /// The objects of a class that there is little of: all that stand in no schema, operator classes and families.
    pub(super) fn rare(&self, class: Class) -> impl Iterator<Item = &ObjectId> {
        self.index.rare(class)
    }

    /// All that may refer to an object, or to another that is mentioned by the same name.
    pub(super) fn may_refer_to(&self, id: &ObjectId) -> BTreeSet<ObjectId> {
        let Some(name) = mentioned_as(id) else { return self.catalog.ids().cloned().collect() };
        let mut found = BTreeSet::new();
        for one in self.index.mentioning(name, &self.catalog) {
            // The indexes and constraints of a partition leave it to their table to name its parent.
            if one.class() == Class::Relation {
                found.extend(self.catalog.children(&one).map(|(part, _)| part.clone()));
            }
            found.insert(one);
        }
        found
    }

    pub(super) fn is_taken(&self, space: Space, schema: &Ident, name: &str) -> bool {
        self.named(space, schema, &Ident::new(name)).next().is_some()
    }

    fn put(&mut self, id: ObjectId, object: Option<Object>) -> Option<Object> {
        let is_there = object.is_some();
        let before = match object {
            Some(object) => self.catalog.objects.insert(id.clone(), object),
            None => self.catalog.objects.remove(&id),
        };
        if let Some(before) = &before {
            self.index.remove(&id, &before.facts);
        }
        self.index_what_is_there(&id);
        self.remember(&id, is_there, before.is_some());
        before
    }

    /// Something that the model does not hold may have the same identity.
    fn index_what_is_there(&mut self, id: &ObjectId) {
        if let Some(object) = self.catalog.objects.get(id) {
            self.index.add(id, &object.facts);
        }
        if self.catalog.unmodelled.contains_key(id) {
            self.index.add_unmodelled(id);
        }
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
            Some(unmodelled) => self.catalog.unmodelled.insert(id.clone(), unmodelled),
            None => self.catalog.unmodelled.remove(&id),
        };
        if before.is_some() {
            self.index.remove_unmodelled(&id);
        }
        self.index_what_is_there(&id);
        self.remember(&id, is_there, before.is_some());
        before
    }
}

/// Nothing is said of the extension's own comment: its control file may bring one.
pub(super) fn unstated<T>() -> Attr<T> {
    Attr::Unstated
}
