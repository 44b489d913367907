//! A [`Document`] and the catalog it is checked against → the catalog that is expected. Globs,
//! unqualified names, types and expressions mean what they mean there; what a piece of SQL
//! states is what a replay makes of it on a copy of that catalog.

mod claims;
mod definition;

use std::collections::{BTreeMap, BTreeSet};

use super::SpecError;
use super::document::{
    Document, Each, Entry, Form, Name, Section, SectionKey, Setting, TableSpec, Text, name_parts, part_name,
};
use super::fragment::Fragment;
use crate::catalog::coverage::{Claims, Pattern};
use crate::catalog::kind::{Column, Schema, Table};
use crate::catalog::{Catalog, Class, Coverage, Facts, FileId, Kind, Object, ObjectId, Origin, Value};
use crate::findings::{Finding, Remark, Remarks, Severity};
use crate::replay::Replay;
use crate::sql::{Ident, parse};

/// A spec bound to what it is checked against.
#[derive(Debug)]
pub struct Bound {
    pub expected: Catalog,
    pub remarks: Remarks,
}

/// Binds a spec.
///
/// # Errors
/// What the spec gets wrong whatever the database is like, and a spec that leaves nothing to compare.
pub fn bind(document: &Document, observed: &Catalog) -> Result<Bound, Vec<SpecError>> {
    let schemas: Vec<Ident> = match document.schemas.as_slice() {
        [] => vec![Ident::new("public")],
        stated => stated.iter().map(|name| Ident::from(&name.text)).collect(),
    };
    let mut binder = Binder {
        observed,
        replay: Replay::for_binding(observed.clone(), schemas.clone()),
        schemas,
        objects: BTreeMap::new(),
        claims: Claims::default(),
        remarks: Remarks { is_deliberate: true, ..Remarks::default() },
        errors: Vec::new(),
    };
    binder.document(document);
    if binder.errors.is_empty()
        && binder.objects.is_empty()
        && binder.claims.absent.is_empty()
        && binder.claims.listed.is_empty()
    {
        let place = document
            .each
            .first()
            .and_then(|each| each.tables.first())
            .map_or(Origin::Server, |name| name.place.clone());
        binder.errors.push(SpecError {
            message: "the spec selects nothing here, so there is nothing to compare".into(),
            place,
            help: Some(
                "check `schemas:` and the patterns under `each:` against what `schema-check show` prints".into(),
            ),
            also: None,
        });
    }
    if !binder.errors.is_empty() {
        return Err(binder.errors);
    }
    let mut expected = Catalog::new(Coverage::Claimed(binder.claims));
    expected.objects = binder.objects;
    Ok(Bound { expected, remarks: binder.remarks })
}

struct Binder<'a> {
    observed: &'a Catalog,
    /// A copy of `observed`, on which the spec's pieces of SQL are tried.
    replay: Replay,
    schemas: Vec<Ident>,
    objects: BTreeMap<ObjectId, Object>,
    claims: Claims,
    remarks: Remarks,
    errors: Vec<SpecError>,
}

/// Objects that a piece of SQL has made in the replay, to be read once its whole table is there.
struct Made {
    id: ObjectId,
    place: Origin,
    /// The spec gives it this name; else it is matched by what it is.
    is_named: bool,
    remark: (Option<Severity>, Option<String>),
}

impl Binder<'_> {
    fn document(&mut self, document: &Document) {
        for name in &document.schemas {
            let id = ObjectId::top(Class::Schema, &Ident::from(&name.text));
            self.state(&id, Schema::default().into(), &name.place);
        }
        self.unlisted(&document.unlisted, None);
        if let Some(section) = &document.extensions {
            self.extensions(section);
        }
        if let Some(section) = &document.types {
            self.claim(SectionKey::Types, section, None);
            section.entries.iter().for_each(|entry| self.enum_type(entry));
        }
        // What is said of many tables comes first, so that what is said of one of them goes over it.
        document.each.iter().for_each(|each| self.each(each));
        if let Some(section) = &document.tables {
            self.claim(SectionKey::Tables, section, None);
            for table in &section.entries {
                let id = self.qualify(Class::Relation, &table.entry.name.text);
                self.claims.by_pattern.remove(&id);
                self.table(&id, table, true);
            }
        }
        document.absent.iter().for_each(|absent| self.absent(absent));
    }

    fn extensions(&mut self, section: &Section<Entry>) {
        self.claim(SectionKey::Extensions, section, None);
        for entry in &section.entries {
            let id = ObjectId::top(Class::Extension, &Ident::from(&entry.name.text));
            self.settings_entry(&id, entry, None);
        }
    }

    fn enum_type(&mut self, entry: &Entry) {
        let id = self.qualify(Class::Type, &entry.name.text);
        match &entry.form {
            Form::Sql(text) => {
                self.replay.forget(&id);
                self.run(SectionKey::Types, &id, &id, text, &entry.name);
                let made = Made::named(id, entry);
                self.read_out(&[made], None);
            }
            Form::Settings { .. } => self.settings_entry(&id, entry, None),
        }
    }

    fn each(&mut self, each: &Each) {
        let mut selected: BTreeSet<ObjectId> = BTreeSet::new();
        for name in &each.tables {
            let pattern = Pattern::new(name.text.clone());
            if !pattern.is_glob() {
                selected.insert(self.qualify(Class::Relation, &name.text));
                continue;
            }
            let is_table = |object: &Object| matches!(object.facts, Facts::Table(_));
            let tables = self.observed.objects.iter().filter(|(_, object)| is_table(object)).map(|(id, _)| id);
            selected.extend(tables.filter(|id| self.selects(&name.text, id)).cloned());
        }
        selected.retain(|id| !each.except.iter().any(|name| self.selects(&name.text, id)));
        if let Some((count, place)) = &each.count
            && *count != selected.len()
        {
            self.wrong_count(*count, &selected, place);
        }
        let remark =
            Remark { severity: each.body.entry.severity, notes: each.body.entry.note.clone().into_iter().collect() };
        self.remarks.places.push((each.place.clone(), remark));
        for id in &selected {
            let mut body = each.body.clone();
            (body.entry.severity, body.entry.note) = (None, None);
            let own = each.tables.iter().find(|name| self.selects(&name.text, id));
            if let Some(name) = own {
                body.entry.name = name.clone();
            }
            let is_spelled_out =
                each.tables.iter().any(|name| !Pattern::new(&*name.text).is_glob() && self.selects(&name.text, id));
            if is_spelled_out {
                self.claims.by_pattern.remove(id);
            } else if !self.objects.contains_key(id) {
                self.claims.by_pattern.insert(id.clone());
            }
            self.table(id, &body, false);
        }
    }

    fn wrong_count(&mut self, count: usize, selected: &BTreeSet<ObjectId>, place: &Origin) {
        let names: Vec<String> = selected.iter().map(|id| id.name().to_string()).collect();
        self.remarks.findings.push(Finding {
            code: "drift::each::count".into(),
            severity: Severity::Error,
            object: None,
            message: format!("`each` selects {} tables, and the spec says {count}", selected.len()),
            expected: Some(Value::Int(i64::try_from(count).unwrap_or(i64::MAX))),
            observed: Some(Value::Text(format!("{}: {}", selected.len(), names.join(", ")))),
            expected_at: place.clone(),
            observed_at: None,
            also_at: Vec::new(),
            notes: Vec::new(),
            about: None,
            help: Some("either a table is missing from the list, or the number is wrong".into()),
        });
    }

    /// Whether a pattern, with or without a schema, stands for a relation.
    fn selects(&self, pattern: &str, id: &ObjectId) -> bool {
        let parts = name_parts(pattern);
        match parts.as_slice() {
            [schema, name] => Pattern::new(schema).matches(&id.path()[0]) && Pattern::new(name).matches(id.name()),
            [name] => self.schemas.contains(&id.path()[0]) && Pattern::new(name).matches(id.name()),
            _ => false,
        }
    }

    /// All that is said of one table. `is_closed`: its sections list everything there is.
    fn table(&mut self, id: &ObjectId, spec: &TableSpec, is_closed: bool) {
        let place = &spec.entry.name.place;
        let parent = id.parent();
        if let Some(schema) = parent.filter(|schema| !self.replay.catalog().exists(schema)) {
            self.replay.put(&schema, Schema::default().into());
        }
        if self.observed.unmodelled.contains_key(id) {
            // Not a table, or none that can be looked into: comparing says which.
            self.state(id, Table::default().into(), place);
            self.remark(id, &spec.entry);
            return;
        }
        // The parts are tried one by one on the bare table, so that the names the server would choose are free.
        let parts: Vec<ObjectId> = self.replay.catalog().children(id).map(|(part, _)| part.clone()).collect();
        parts.iter().filter(|part| part.class() != Class::Column).for_each(|part| self.replay.forget(part));
        let mut made = Vec::new();
        match &spec.entry.form {
            Form::Sql(text) => made.extend(self.create_table(id, &spec.entry, text)),
            Form::Settings { .. } => self.settings_entry(id, &spec.entry, None),
        }
        if !self.replay.catalog().exists(id) {
            self.replay.put(id, Table::default().into());
        }
        let sections = [
            (SectionKey::Columns, &spec.columns),
            (SectionKey::PrimaryKey, &spec.primary_key),
            (SectionKey::Constraints, &spec.constraints),
            (SectionKey::Indexes, &spec.indexes),
            (SectionKey::Policies, &spec.policies),
        ];
        for (key, section) in sections {
            let Some(section) = section else { continue };
            if is_closed {
                self.claim(key, section, Some(id));
            }
            for entry in &section.entries {
                made.extend(self.part(key, id, entry));
            }
            if key == SectionKey::Columns {
                self.order_columns(id);
            }
        }
        self.unlisted(&spec.unlisted, Some(id));
        self.read_out(&made, Some(id));
    }

    /// A table in SQL form: its columns and constraints are all there are.
    fn create_table(&mut self, id: &ObjectId, entry: &Entry, text: &Text) -> Vec<Made> {
        self.replay.forget(id);
        self.run(SectionKey::Tables, id, id, text, &entry.name);
        let mut table = Table::default();
        if let Some(made) = self.replay.catalog().get::<Table>(id) {
            table.persistence = made.persistence.clone();
        }
        let mut facts: Facts = table.into();
        facts.place(&text.place);
        self.state(id, facts, &entry.name.place);
        self.remark(id, entry);
        for key in [SectionKey::Columns, SectionKey::PrimaryKey, SectionKey::Constraints] {
            let section = Section { place: entry.name.place.clone(), entries: Vec::<Entry>::new() };
            self.claim(key, &section, Some(id));
        }
        self.order_columns(id);
        let named = parse::constraint_names(&text.sql);
        self.replay
            .catalog()
            .children(id)
            .map(|(part, _)| Made {
                id: part.clone(),
                place: text.place.clone(),
                is_named: part.class() != Class::Constraint || named.contains(part.name().as_str()),
                remark: (None, None),
            })
            .collect()
    }

    /// The columns are in the order that is there, unless the spec states another: `*` means them all.
    fn order_columns(&mut self, id: &ObjectId) {
        let stated = |objects: &BTreeMap<ObjectId, Object>| {
            let Facts::Table(table) = &objects.get(id)?.facts else { return None };
            table.column_order.get().cloned()
        };
        let order = stated(&self.objects).or_else(|| stated(&self.observed.objects)).unwrap_or_default();
        self.replay.order_columns(id, &order);
    }

    /// One entry of a table's section.
    fn part(&mut self, key: SectionKey, table: &ObjectId, entry: &Entry) -> Vec<Made> {
        let class = key.kinds()[0].class();
        let name = Ident::new(part_name(&entry.name.text));
        let text = match &entry.form {
            Form::Settings { kind, .. } if name.as_str().is_empty() => {
                return self.unnamed_settings(*kind, table, entry);
            }
            Form::Settings { .. } => {
                self.settings_entry(&table.part(class, &name), entry, Some(table));
                return Vec::new();
            }
            Form::Sql(text) => text,
        };
        let id = table.part(class, &name);
        self.replay.forget(&id);
        let before: BTreeSet<ObjectId> = self.replay.catalog().children(table).map(|(part, _)| part.clone()).collect();
        self.run(key, table, &id, text, &entry.name);
        if let Some(column) = self.replay.made_not_null_by(&id) {
            self.state_not_null(&column, entry, text);
        }
        let named = parse::constraint_names(&text.sql);
        let new = self.replay.catalog().children(table).map(|(part, _)| part).filter(|part| !before.contains(*part));
        new.map(|part| Made {
            id: part.clone(),
            place: text.place.clone(),
            is_named: *part == id || part.class() != Class::Constraint || named.contains(part.name().as_str()),
            remark: (entry.severity, entry.note.clone()),
        })
        .collect()
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
    fn run(&mut self, key: SectionKey, owner: &ObjectId, id: &ObjectId, text: &Text, name: &Name) {
        let fragment = Fragment::new(key, &owner.qualified_name(), id.name(), &text.sql);
        let file = match &text.place {
            Origin::File { file, .. } => *file,
            Origin::Server => FileId(0),
        };
        let home = id.schema().into_iter().chain(self.schemas.iter().filter(|schema| Some(*schema) != id.schema()));
        self.replay.create_in(home.cloned().collect());
        let outcome = self.replay.try_statement(file, &fragment.statement);
        self.replay.create_in(self.schemas.clone());
        let wrong = match outcome {
            Ok(()) if key == SectionKey::Tables && !self.replay.catalog().exists(id) => {
                Some((format!("`{}` cannot be: this makes a table of another name", name.text), None))
            }
            Ok(()) => None,
            Err((message, help)) => Some((format!("`{}` cannot be: {message}", name.text), help)),
        };
        self.errors.extend(wrong.map(|(message, help)| SpecError {
            message,
            place: text.place.clone(),
            help,
            also: None,
        }));
    }

    /// States what the pieces of SQL have made, now that all of them are there.
    fn read_out(&mut self, made: &[Made], table: Option<&ObjectId>) {
        let mut matched: BTreeSet<ObjectId> =
            made.iter().filter(|one| one.is_named).map(|one| one.id.clone()).collect();
        for one in made {
            let Some(mut facts) = self.replay.catalog().facts(&one.id).cloned() else { continue };
            // What the SQL cannot say it does not state.
            facts.unstate("comment");
            facts.unstate("index_comment");
            facts.place(&one.place);
            self.fill_in_key(&mut facts);
            let id = match table {
                Some(table) if !one.is_named => self.match_by_definition(table, &facts, &one.id, &mut matched),
                _ => one.id.clone(),
            };
            if let Facts::Column(column) = &mut facts {
                self.adopt_serial(&id, column);
            }
            self.state(&id, facts, &one.place);
            self.add_remark(&id, one.remark.0, one.remark.1.as_ref());
        }
    }

    /// `primary_key: [id]`: the table's primary key, whatever its name.
    fn unnamed_settings(&mut self, kind: Kind, table: &ObjectId, entry: &Entry) -> Vec<Made> {
        let Some(mut facts) = self.facts_of(entry) else { return Vec::new() };
        self.replay.resolve_facts(&mut facts, Some(table), None);
        let label = if kind == Kind::PrimaryKey { "pkey" } else { "key" };
        let usual = crate::sql::names::make_object_name(table.name().as_str(), "", label);
        let usual = table.part(Class::Constraint, &Ident::new(usual));
        let id = self.match_by_definition(table, &facts, &usual, &mut BTreeSet::new());
        self.replay.put(&id, facts.clone());
        self.state(&id, facts, &entry.name.place);
        self.remark(&id, entry);
        Vec::new()
    }

    /// An entry in mapping form: just what it states.
    fn settings_entry(&mut self, id: &ObjectId, entry: &Entry, table: Option<&ObjectId>) {
        let Some(mut facts) = self.facts_of(entry) else { return };
        self.accept_more_values(id, &mut facts, entry);
        let column = (id.class() == Class::Column).then_some(id);
        self.replay.resolve_facts(&mut facts, table, column);
        self.fill_in_key(&mut facts);
        self.replay.put(id, facts.clone());
        self.state(id, facts, &entry.name.place);
        self.remark(id, entry);
    }

    fn facts_of(&mut self, entry: &Entry) -> Option<Facts> {
        let Form::Settings { kind, settings } = &entry.form else { return None };
        let mut facts = kind.unstated();
        for Setting { attribute, value, place, .. } in settings {
            // Reading the spec has checked that the value fits.
            let _ = facts.set(attribute, value.clone(), place.clone());
        }
        // Sets have one order.
        if let Facts::Policy(policy) = &mut facts
            && let Some(roles) = policy.roles.get_mut()
        {
            roles.sort();
            roles.dedup();
        }
        let parameters = match &mut facts {
            Facts::Index(index) => Some(&mut index.storage_parameters),
            Facts::PrimaryKey(key) => Some(&mut key.storage_parameters),
            Facts::Unique(unique) => Some(&mut unique.storage_parameters),
            _ => None,
        };
        if let Some(parameters) = parameters.and_then(|attr| attr.get_mut()) {
            parameters.sort();
        }
        Some(facts)
    }

    /// `values: at_least`: more values in between are as good as the ones stated.
    fn accept_more_values(&self, id: &ObjectId, facts: &mut Facts, entry: &Entry) {
        let Form::Settings { settings, .. } = &entry.form else { return };
        let (true, Facts::Enum(wanted), Some(Facts::Enum(observed))) =
            (settings.iter().any(|setting| setting.at_least), facts, self.observed.facts(id))
        else {
            return;
        };
        let (Some(values), Some(have)) = (wanted.values.get_mut(), observed.values.get()) else { return };
        let mut remaining = have.iter();
        if values.iter().all(|value| remaining.any(|other| other == value)) {
            values.clone_from(have);
        }
    }

    /// A name as the database has it: unqualified ones along `schemas`, the first if it is nowhere.
    fn qualify(&self, class: Class, name: &str) -> ObjectId {
        let parts = name_parts(name);
        if let [schema, name] = parts.as_slice() {
            return ObjectId::in_schema(class, &Ident::new(schema), &Ident::new(name));
        }
        let name = Ident::new(parts.last().cloned().unwrap_or_default());
        let mut candidates = self.schemas.iter().map(|schema| ObjectId::in_schema(class, schema, &name));
        let first = candidates.clone().next().unwrap_or_else(|| ObjectId::top(class, &name));
        candidates.find(|id| self.observed.exists(id)).unwrap_or(first)
    }

    fn state(&mut self, id: &ObjectId, facts: Facts, place: &Origin) {
        match self.objects.get_mut(id) {
            Some(object) => {
                object.facts.overlay(facts);
                object.origin = place.clone();
            }
            None => {
                self.objects.insert(id.clone(), Object::new(id, facts, place.clone()));
            }
        }
    }

    fn remark(&mut self, id: &ObjectId, entry: &Entry) {
        self.add_remark(id, entry.severity, entry.note.as_ref());
    }

    fn add_remark(&mut self, id: &ObjectId, severity: Option<Severity>, note: Option<&String>) {
        if severity.is_none() && note.is_none() {
            return;
        }
        let remark = self.remarks.objects.entry(id.clone()).or_default();
        remark.severity = severity.or(remark.severity);
        if let Some(note) = note.filter(|note| !remark.notes.contains(note)) {
            remark.notes.push(note.clone());
        }
    }
}

impl Made {
    fn named(id: ObjectId, entry: &Entry) -> Self {
        let place = match &entry.form {
            Form::Sql(text) => text.place.clone(),
            Form::Settings { .. } => entry.name.place.clone(),
        };
        Self { id, place, is_named: true, remark: (entry.severity, entry.note.clone()) }
    }
}
