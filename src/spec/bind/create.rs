//! Entries in SQL form: what a piece of SQL makes on the copy of the catalog, and what it so states.

use std::collections::BTreeSet;

use super::Binder;
use crate::catalog::kind::Column;
use crate::catalog::{Class, Facts, FileId, Kind, ObjectId, Origin};
use crate::findings::Remark;
use crate::spec::SpecError;
use crate::spec::document::{Entry, Name, Text};
use crate::spec::fragment::{Fragment, Subject};
use crate::spec::names::Spelled;
use crate::spec::section::SectionKey;
use crate::sql::parse;

/// An object that a piece of SQL has made in the replay, to be read once all it belongs to is there.
pub(super) struct Made {
    pub(super) id: ObjectId,
    /// What it is said to be, where that was known without trying.
    known: Option<Facts>,
    pub(super) place: Origin,
    /// The spec gives it this name; else it is matched by what it is.
    is_named: bool,
    /// The SQL says what the constraint is called that makes it NOT NULL.
    names_not_null: bool,
    remark: Remark,
}

/// What CREATE cannot say, or what is said of an object by other statements.
const BESIDE: [&str; 7] =
    ["comment", "index_comment", "not_null_comment", "owner", "grants", "row_security", "replica_identity"];

/// What CREATE lists, all of it.
const IN_CREATE: [SectionKey; 4] =
    [SectionKey::Columns, SectionKey::PrimaryKey, SectionKey::Constraints, SectionKey::DomainConstraints];

impl Binder<'_> {
    /// An object at the top, with what it is made of.
    pub(super) fn create(
        &mut self,
        key: SectionKey,
        id: &ObjectId,
        entry: &Entry,
        text: &Text,
    ) -> (ObjectId, Vec<Made>) {
        let is_call = matches!(id.class(), Class::Routine | Class::Operator);
        let has_args = Spelled::parse(id.class(), &entry.name.text).is_ok_and(|spelled| spelled.args.is_some());
        let made = if is_call && !has_args {
            self.create_overload(key, id, entry, text)
        } else {
            self.replay.forget(id);
            self.run(&Subject { section: key, id, has_args, of_foreign: false }, text, &entry.name);
            self.replay.catalog().exists(id).then(|| id.clone())
        };
        let Some(id) = made else {
            self.makes_another(key, entry, text);
            return (id.clone(), Vec::new());
        };
        let remark = remark_of(entry);
        let mut found = vec![Made {
            id: id.clone(),
            known: None,
            place: text.place.clone(),
            is_named: true,
            names_not_null: false,
            remark,
        }];
        if matches!(key, SectionKey::Tables | SectionKey::ForeignTables | SectionKey::Types) {
            let order = self.replay.catalog().facts(&id).and_then(Facts::column_order).cloned();
            self.created_order.extend(order.map(|order| (id.clone(), order)));
            self.order_columns(&id);
            let kind = self.replay.catalog().facts(&id).map(Facts::kind);
            for part in kind.into_iter().flat_map(SectionKey::within).filter(|part| IN_CREATE.contains(part)) {
                self.claim(part, &entry.name.place, Some(&id));
            }
            let named = parse::constraint_names(&text.sql);
            let parts = self.replay.catalog().children(&id).map(|(part, _)| Made {
                id: part.clone(),
                known: None,
                place: text.place.clone(),
                is_named: part.class() == Class::Column || named.contains(part.name().as_str()),
                names_not_null: self.names_not_null(part, &named),
                remark: Remark::default(),
            });
            found.extend(parts);
        }
        (id, found)
    }

    /// A routine or an operator of which the SQL alone says what it takes.
    fn create_overload(&mut self, key: SectionKey, id: &ObjectId, entry: &Entry, text: &Text) -> Option<ObjectId> {
        let (class, schema, name) = (id.class(), id.schema()?, id.name());
        let overloads = |binder: &Self| -> Vec<(ObjectId, Facts)> {
            let catalog = binder.replay.catalog();
            let ids = catalog.overloads(class, schema, name).map(|(id, _)| id);
            ids.filter_map(|id| Some((id.clone(), catalog.facts(id)?.clone()))).collect()
        };
        let others = overloads(self);
        others.iter().for_each(|(id, _)| self.replay.forget(id));
        self.run(&Subject { section: key, id, has_args: false, of_foreign: false }, text, &entry.name);
        let made = overloads(self).into_iter().next().map(|(id, _)| id);
        for (id, facts) in others {
            if Some(&id) != made.as_ref() {
                self.replay.put(&id, facts);
            }
        }
        made
    }

    /// A piece of SQL that says a name itself, and another than the spec does.
    fn makes_another(&mut self, key: SectionKey, entry: &Entry, text: &Text) {
        if self.errors.last().is_some_and(|error| error.place == text.place) {
            return;
        }
        self.errors.push(SpecError {
            message: format!("`{}` cannot be: this makes {} of another name", entry.name.text, key.kinds()[0].one()),
            place: text.place.clone(),
            help: Some(key.sql_help().into()),
            also: None,
        });
    }

    /// A part of a relation or a domain.
    pub(super) fn create_part(
        &mut self,
        key: SectionKey,
        owner: &ObjectId,
        id: &ObjectId,
        entry: &Entry,
        text: &Text,
    ) -> Vec<Made> {
        let remark = remark_of(entry);
        let place = text.place.clone();
        if let Some(facts) = self.known_column(id, text) {
            let known = Some(facts);
            return vec![Made { id: id.clone(), known, place, is_named: true, names_not_null: false, remark }];
        }
        self.replay.forget(id);
        self.replay.take_made();
        let of_foreign = matches!(self.replay.catalog().facts(owner), Some(Facts::ForeignTable(_)));
        self.run(&Subject { section: key, id, has_args: false, of_foreign }, text, &entry.name);
        if let Some(column) = self.replay.made_not_null_by(id) {
            self.state_not_null(&column, entry, text);
        }
        let named = parse::constraint_names(&text.sql);
        let made = self.replay.take_made();
        self.keep_column(id, text, &made);
        let new = made.into_iter().filter(|part| part.is_part_of(owner));
        new.map(|part| Made {
            known: None,
            place: place.clone(),
            is_named: part == *id || part.class() != Class::Constraint || named.contains(part.name().as_str()),
            names_not_null: self.names_not_null(&part, &named),
            remark: remark.clone(),
            id: part,
        })
        .collect()
    }

    /// What a piece of SQL says of a column, where it has been tried on another and the column that is there is just
    /// so: it would not change anything.
    fn known_column(&self, id: &ObjectId, text: &Text) -> Option<Facts> {
        if !self.is_of_plain_table(id) {
            return None;
        }
        let mut facts = self.columns.get(&(id.schema()?.clone(), text.sql.clone()))?.clone();
        if let Facts::Column(column) = &mut facts {
            self.adopt_not_null_name(id, column);
        }
        self.replay.catalog().facts(id).is_some_and(|there| facts.agrees(there)).then_some(facts)
    }

    /// Whether it is a column of a table that has nothing from another.
    fn is_of_plain_table(&self, column: &ObjectId) -> bool {
        let table = column.parent().filter(|_| column.class() == Class::Column);
        let facts = table.as_ref().and_then(|table| self.replay.catalog().facts(table));
        facts.is_some_and(|facts| facts.kind() == Kind::Table && facts.parents().next().is_none())
    }

    /// Keeps in mind what a piece of SQL says of a column, where the same would be said of any other: it makes nothing
    /// beside the column, gives no names, and does not speak of other columns.
    fn keep_column(&mut self, id: &ObjectId, text: &Text, made: &BTreeSet<ObjectId>) {
        let Some(facts) = self.replay.catalog().facts(id).filter(|_| made.len() == 1 && made.contains(id)) else {
            return;
        };
        let Facts::Column(column) = facts else { return };
        let is_alone = column.generated.get().is_some_and(Option::is_none);
        if is_alone && self.is_of_plain_table(id) && parse::constraint_names(&text.sql).is_empty() {
            let key = (id.path()[0].clone(), text.sql.clone());
            self.columns.entry(key).or_insert_with(|| facts.clone());
        }
    }

    /// Whether the constraint that makes a column NOT NULL bears one of the names that a piece of SQL gives.
    fn names_not_null(&self, column: &ObjectId, named: &BTreeSet<String>) -> bool {
        let made = self.replay.catalog().get::<Column>(column);
        let not_null = made.and_then(|made| made.not_null_constraint.get()?.as_ref());
        not_null.is_some_and(|not_null| named.contains(not_null.name.as_str()))
    }

    /// A constraint that makes a column NOT NULL is no object of its own, but says so of the column.
    fn state_not_null(&mut self, column: &ObjectId, entry: &Entry, text: &Text) {
        let Some(made) = self.replay.catalog().get::<Column>(column) else { return };
        let (nullable, not_null_constraint) = (made.nullable.clone(), made.not_null_constraint.clone());
        let mut facts: Facts = Column { nullable, not_null_constraint, ..Column::default() }.into();
        facts.place(&text.place);
        self.state(column, facts, &entry.name.place);
        self.remark(column, entry);
    }

    /// Tries a piece of SQL on the copy.
    fn run(&mut self, subject: &Subject<'_>, text: &Text, name: &Name) {
        let file = match &text.place {
            Origin::File { file, .. } => *file,
            Origin::Server => FileId(0),
        };
        let own = subject.id.schema();
        let home = own.into_iter().chain(self.schemas.iter().filter(|schema| Some(*schema) != own));
        self.replay.create_in(home.cloned().collect());
        let outcome = match subject.parsed(text) {
            Some((statement, node)) => self.replay.try_parsed(file, statement, &node),
            None => self.replay.try_statement(file, &Fragment::new(subject, &text.sql).statement),
        };
        self.replay.create_in(self.schemas.clone());
        if let Err((message, help)) = outcome {
            let message = format!("`{}` cannot be: {message}", name.text);
            self.errors.push(SpecError { message, place: text.place.clone(), help, also: None });
        }
    }

    /// States what the pieces of SQL have made, now that all of them are there.
    pub(super) fn read_out(&mut self, made: &[Made], owner: Option<&ObjectId>) {
        let mut matched: BTreeSet<ObjectId> =
            made.iter().filter(|one| one.is_named).map(|one| one.id.clone()).collect();
        for one in made {
            let made = one.known.as_ref().or_else(|| self.replay.catalog().facts(&one.id));
            let Some(mut facts) = made.cloned() else { continue };
            BESIDE.iter().for_each(|attribute| facts.unstate(attribute));
            // In which order columns stand is said for itself.
            if matches!(facts.kind(), Kind::Table | Kind::ForeignTable) {
                facts.unstate("column_order");
            }
            facts.place(&one.place);
            self.fill_in_key(&mut facts);
            let id = match owner {
                Some(owner) if !one.is_named => self.match_by_definition(owner, &facts, &one.id, &mut matched),
                _ => one.id.clone(),
            };
            if let Facts::Column(column) = &mut facts {
                self.adopt_serial(&id, column);
                if !one.names_not_null {
                    self.adopt_not_null_name(&id, column);
                }
            }
            self.state(&id, facts, &one.place);
            self.add_remark(&id, one.remark.clone());
        }
    }

    /// `primary_key: [id]`: the table's primary key, whatever its name.
    pub(super) fn unnamed_settings(&mut self, table: &ObjectId, entry: &Entry) {
        let kind = entry.kind.unwrap_or(Kind::PrimaryKey);
        let mut facts = kind.unstated();
        for setting in &entry.settings {
            // Reading the spec has checked that the value fits.
            let _ = facts.set(setting.attribute, setting.value.clone(), setting.place.clone());
        }
        let usual = crate::sql::names::make_object_name(table.name().as_str(), "", "pkey");
        let usual = table.part(Class::Constraint, &crate::sql::Ident::new(usual));
        let id = self.match_by_definition(table, &facts, &usual, &mut BTreeSet::new());
        let facts = self.replay.put(&id, facts);
        self.state(&id, facts, &entry.name.place);
        self.remark(&id, entry);
    }
}

/// What an entry says beyond what must be.
pub(super) fn remark_of(entry: &Entry) -> Remark {
    Remark {
        severity: entry.severity,
        severities: entry.severities.clone(),
        notes: entry.note.iter().cloned().collect(),
    }
}
