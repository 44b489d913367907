//! The first draft of a spec: every object in its section, in the plainest words.

use std::collections::BTreeMap;

use super::fragment::ways;
use super::usual::{COMMON, COMMON_PARTS, has_own_words, is_made_of_columns, is_secured, is_written, lists_columns};
use super::{Options, Path, Ways, is_called};
use crate::catalog::kind::Column;
use crate::catalog::{Catalog, Class, Facts, FileId, Kind, Object, ObjectId, Origin, Value};
use crate::ddl;
use crate::findings::Severity;
use crate::spec::document::{ColumnOrder, Document, Entry, Mention, Name, Section, Setting, Text, Unlisted};
use crate::spec::names;
use crate::spec::{self, SectionKey};
use crate::sql::Ident;

#[derive(Default)]
pub(super) struct Draft {
    pub(super) document: Document,
    pub(super) ways: BTreeMap<Path, Ways>,
    pub(super) path_of: BTreeMap<ObjectId, Path>,
    /// What there is no entry to say it in.
    pub(super) left_out: Vec<String>,
    /// Of how many objects it is not known who may do what.
    pub(super) unknown_grants: usize,
}

/// A draft stands in no file.
pub(super) const NOWHERE: Origin = Origin::Server;

/// The sections that a reader wants first.
const FIRST: [SectionKey; 11] = [
    SectionKey::Schemas,
    SectionKey::Extensions,
    SectionKey::Roles,
    SectionKey::Types,
    SectionKey::Sequences,
    SectionKey::Tables,
    SectionKey::ForeignTables,
    SectionKey::Views,
    SectionKey::MaterializedViews,
    SectionKey::Functions,
    SectionKey::Procedures,
];

impl Draft {
    pub(super) fn new(catalog: &Catalog, options: &Options) -> Self {
        let own = || catalog.objects.iter().filter(|(id, _)| !options.foreign.contains(id));
        let mut schemas: Vec<Ident> =
            own().filter(|(id, _)| id.class() == Class::Schema).map(|(id, _)| id.name().clone()).collect();
        schemas.sort_by_key(|schema| (schema.as_str() != "public", schema.clone()));
        let mut drafter = Drafter {
            catalog,
            options,
            definitions: ddl::definitions(catalog),
            all_are_secured: false,
            is_secured: own().any(|(_, object)| is_secured(&object.facts)),
            schemas,
        };
        drafter.all_are_secured = drafter.are_all_secured();
        let mut draft = Self::default();
        drafter.fill(&mut draft);
        draft
    }
}

pub(super) struct Drafter<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) options: &'a Options,
    definitions: BTreeMap<ObjectId, String>,
    /// Where some tables have row security, it matters of all of them.
    pub(super) is_secured: bool,
    /// Where all have it, those that come must have it too.
    pub(super) all_are_secured: bool,
    /// The first one is that of names without any.
    pub(super) schemas: Vec<Ident>,
}

impl Drafter<'_> {
    fn fill(&self, draft: &mut Draft) {
        for key in FIRST.into_iter().chain(SectionKey::top().filter(|key| !FIRST.contains(key))) {
            let objects = self.objects(key);
            let entries: Vec<Entry> = objects
                .into_iter()
                .map(|(id, object)| self.entry(draft, key, &Vec::new(), id, &object.facts))
                .collect();
            // The schemas that are listed are those that the spec is about, and no others are amiss by that.
            if (entries.is_empty() || key == SectionKey::Schemas) && self.is_closed(key) {
                self.unlisted(draft, key, Some(Severity::Warning));
            }
            if !entries.is_empty() {
                draft.document.body.sections.push(Section { key, place: NOWHERE, entries });
            }
        }
        // The word for the constraints of tables closes those of domains too.
        let is_part =
            |key: &SectionKey| !key.is_top() && ![SectionKey::Columns, SectionKey::DomainConstraints].contains(key);
        for key in SectionKey::ALL.iter().copied().filter(is_part) {
            if self.options.defaults || COMMON_PARTS.contains(&key) {
                self.unlisted(draft, key, Some(Severity::Error));
            }
        }
        self.leave_out(draft);
        self.say_of_all(draft);
    }

    /// Whether something new should show up in a section where there is nothing by now.
    fn is_closed(&self, key: SectionKey) -> bool {
        self.options.only.is_empty() && self.is_asked_for(key) && (self.options.defaults || COMMON.contains(&key))
    }

    fn is_asked_for(&self, key: SectionKey) -> bool {
        match key {
            SectionKey::Roles => self.options.roles,
            SectionKey::DefaultPrivileges => self.options.grants,
            _ => true,
        }
    }

    fn unlisted(&self, draft: &mut Draft, section: SectionKey, severity: Option<Severity>) {
        draft.document.body.unlisted.push(Unlisted { section, severity, place: NOWHERE });
    }

    /// What was not asked for is none of the spec's business.
    fn leave_out(&self, draft: &mut Draft) {
        let listed: Vec<SectionKey> = draft.document.body.sections.iter().map(|section| section.key).collect();
        for key in SectionKey::top().filter(|key| *key != SectionKey::Schemas) {
            let left: Vec<&ObjectId> = self.of(key).map(|(id, _)| id).filter(|id| !self.is_wanted(key, id)).collect();
            if left.is_empty() {
                continue;
            }
            if !self.options.only.is_empty() {
                if listed.contains(&key) {
                    self.unlisted(draft, key, None);
                }
                continue;
            }
            let is_closed = listed.contains(&key) || self.is_closed(key);
            let is_looked_at = |id: &ObjectId| id.schema().is_none_or(|schema| self.schemas.contains(schema));
            for (id, object) in self.of(key).filter(|_| is_closed) {
                if self.options.foreign.contains(id) && !self.adds_to(id) && is_looked_at(id) {
                    let name = Name { text: self.name(key, id, &object.facts), place: NOWHERE };
                    draft.document.body.allowed.push(Mention { section: key, name });
                }
            }
            for pattern in &self.options.except {
                if left.iter().any(|id| is_called(id, std::slice::from_ref(pattern), &self.schemas)) {
                    let name = Name { text: pattern.clone(), place: NOWHERE };
                    draft.document.body.allowed.push(Mention { section: key, name });
                }
            }
        }
    }

    fn of(&self, key: SectionKey) -> impl Iterator<Item = (&ObjectId, &Object)> {
        self.catalog.objects.iter().filter(move |(_, object)| key.kinds().contains(&object.facts.kind()))
    }

    fn objects(&self, key: SectionKey) -> Vec<(&ObjectId, &Object)> {
        let comes_along = |id: &ObjectId, facts: &Facts| self.is_made_by_column(id, facts);
        let wanted = self.of(key).filter(|(id, object)| {
            self.is_asked_for(key) && self.is_wanted(key, id) && !comes_along(id, &object.facts)
        });
        let mut found: Vec<_> = wanted.collect();
        let place = |id: &ObjectId| self.schemas.iter().position(|schema| Some(schema) == id.schema());
        // What is somebody else's comes last.
        found.sort_by_key(|(id, _)| (self.options.foreign.contains(*id), place(id)));
        found
    }

    /// Whether a sequence is there because a column is an identity or takes its values from it.
    fn is_made_by_column(&self, id: &ObjectId, facts: &Facts) -> bool {
        let Facts::Sequence(sequence) = facts else { return false };
        let owner = facts.goes_with(id, self.catalog);
        let column = owner.as_ref().and_then(|owner| self.catalog.get::<Column>(owner));
        let default = column.and_then(|column| column.default.get()?.as_ref());
        sequence.identity.get() == Some(&true)
            || default.is_some_and(|default| default.text() == format!("nextval('{id}'::regclass)"))
    }

    fn is_wanted(&self, key: SectionKey, id: &ObjectId) -> bool {
        let Options { only, except, foreign, .. } = self.options;
        let is_in = |patterns: &[String]| is_called(id, patterns, &self.schemas);
        let is_asked_for = key == SectionKey::Schemas || (only.is_empty() || is_in(only)) && !is_in(except);
        is_asked_for && (!foreign.contains(id) || self.adds_to(id))
    }

    /// Whether something of one's own stands on what is somebody else's.
    fn adds_to(&self, id: &ObjectId) -> bool {
        self.catalog.children(id).any(|(part, _)| !self.options.foreign.contains(part))
    }

    fn entry(&self, draft: &mut Draft, key: SectionKey, above: &Path, id: &ObjectId, facts: &Facts) -> Entry {
        let mut entry = Entry::new(Name { text: self.name(key, id, facts), place: NOWHERE });
        entry.kind = Some(facts.kind());
        let mut path = above.clone();
        path.push((key, entry.name.text.clone()));
        draft.path_of.insert(id.clone(), path.clone());
        if key.is_top() && self.options.foreign.contains(id) {
            self.added(draft, &path, id, facts, &mut entry);
            return entry;
        }
        let texts = self.texts(key, id, facts);
        if let Some(sql) = texts.first() {
            entry.sql = Some(Text::new(sql.clone(), NOWHERE, None));
            draft.ways.insert(path.clone(), Ways { texts, at: 0 });
        }
        self.settings(&mut entry, facts);
        let follows = is_made_of_columns(facts) && !lists_columns(facts);
        let has_parts = |part: &SectionKey| *part != SectionKey::Columns || !follows;
        if self.options.defaults && lists_columns(facts) {
            entry.column_order = ColumnOrder::Exact(NOWHERE);
        }
        for part in SectionKey::within(facts.kind()).filter(has_parts) {
            let mut entries = Vec::new();
            for (part_id, facts) in self.parts(part, id, facts) {
                entries.push(self.entry(draft, part, &path, &part_id, facts));
            }
            if !entries.is_empty() || part == SectionKey::Columns && is_made_of_columns(facts) {
                entry.sections.push(Section { key: part, place: NOWHERE, entries });
            }
        }
        entry
    }

    /// Of somebody else's table what stands on it, kind by kind, and nothing else.
    fn added(&self, draft: &mut Draft, path: &Path, id: &ObjectId, facts: &Facts, entry: &mut Entry) {
        for part in SectionKey::within(facts.kind()).filter(|part| *part != SectionKey::Columns) {
            let parts = self.parts(part, id, facts);
            if parts.iter().all(|(part_id, _)| self.options.foreign.contains(part_id)) {
                entry.unlisted.push(Unlisted { section: part, severity: None, place: NOWHERE });
                continue;
            }
            let entries =
                parts.into_iter().map(|(part_id, facts)| self.entry(draft, part, path, &part_id, facts)).collect();
            entry.sections.push(Section { key: part, place: NOWHERE, entries });
        }
    }

    /// The ways to say it in SQL; none for what is said by settings.
    fn texts(&self, key: SectionKey, id: &ObjectId, facts: &Facts) -> Vec<String> {
        let by_settings = match key {
            SectionKey::Schemas
            | SectionKey::Extensions
            | SectionKey::Tables
            | SectionKey::ForeignTables
            | SectionKey::Subscriptions
            | SectionKey::DefaultPrivileges => true,
            SectionKey::Types => matches!(facts, Facts::BaseType(_)),
            SectionKey::PrimaryKey => !self.options.defaults,
            SectionKey::Columns => {
                !id.parent().and_then(|owner| self.catalog.facts(&owner)).is_some_and(is_made_of_columns)
            }
            _ => false,
        };
        let Some(statement) = self.definitions.get(id).filter(|_| !by_settings) else { return Vec::new() };
        let home = self.schemas.first();
        let without_name = || match facts {
            // What the constraint behind NOT NULL is called is nothing that people write.
            Facts::Column(column) if !self.options.defaults => {
                let name = &column.not_null_constraint.get()?.as_ref()?.name;
                Some(statement.replace(&format!(" CONSTRAINT {name} NOT NULL"), " NOT NULL"))
            }
            _ => None,
        };
        let statement = without_name().unwrap_or_else(|| statement.clone());
        let serial = self.serial(id, facts, &statement);
        serial.into_iter().chain(ways(key, id, &statement, home)).collect()
    }

    /// What belongs to an object, in the order in which people would write it.
    fn parts(&self, key: SectionKey, owner: &ObjectId, facts: &Facts) -> Vec<(ObjectId, &Facts)> {
        if key == SectionKey::Columns {
            let names = facts.column_order().into_iter().flatten();
            let ids = names.map(|name| owner.part(Class::Column, name));
            let columns = ids.filter_map(|id| Some((id.clone(), self.catalog.facts(&id)?)));
            let columns: Vec<(ObjectId, &Facts)> = columns.collect();
            let is_listed =
                is_made_of_columns(facts) || columns.iter().any(|(_, one)| has_own_words(one, self.options));
            return if is_listed { columns } else { Vec::new() };
        }
        let is_own = |id: &ObjectId, facts: &Facts| match facts {
            // The others stand in the SQL of their domain.
            Facts::DomainCheck(check) => check.validated.get() == Some(&false),
            _ => key.kinds().contains(&facts.kind()) && facts.goes_with(id, self.catalog).is_none(),
        };
        let parts = self.catalog.children(owner).filter(|(id, object)| is_own(id, &object.facts));
        parts.map(|(id, object)| (id.clone(), &object.facts)).collect()
    }

    /// `bigserial` for a column with a sequence of its own.
    fn serial(&self, id: &ObjectId, facts: &Facts, statement: &str) -> Option<String> {
        let Facts::Column(column) = facts else { return None };
        let default = column.default.get()?.as_ref()?.text();
        let is_own = self.catalog.is_serial(id, default);
        let serials = [("smallint", "smallserial"), ("integer", "serial"), ("bigint", "bigserial")];
        serials.into_iter().filter(|_| is_own).find_map(|(of, serial)| {
            let (_, rest) = statement.split_once(&format!(" ADD COLUMN {} {of} DEFAULT {default}", id.name()))?;
            (rest == " NOT NULL").then(|| serial.to_owned())
        })
    }

    fn settings(&self, entry: &mut Entry, facts: &Facts) {
        let has_sql = entry.sql.is_some();
        for (definition, stated) in facts.attributes() {
            let Some((value, _)) = stated else { continue };
            if is_written(facts, definition.name, &value, has_sql, self) {
                entry.settings.push(Setting { attribute: definition.name, value, place: NOWHERE });
            } else if let ("comment", Value::Text(text), false) =
                (definition.name, value, facts.kind() == Kind::Extension)
            {
                entry.comment = Some(text);
            }
        }
    }

    /// What an object is called in its section.
    fn name(&self, key: SectionKey, id: &ObjectId, facts: &Facts) -> String {
        if !key.is_top() {
            let name = id.name().as_str();
            let is_usual = key == SectionKey::PrimaryKey && !self.options.defaults && is_usual_key(id);
            return match name {
                _ if is_usual => String::new(),
                name if name.contains('"') => names::quoted(name),
                name => name.to_owned(),
            };
        }
        let is_home = id.class().has_schema() && self.schemas.first() == id.schema();
        let names: Vec<String> = id.path().iter().skip(usize::from(is_home)).map(part).collect();
        match id.class() {
            Class::Cast | Class::Operator => id.to_string(),
            Class::DefaultPrivileges if id.path()[1].as_str().is_empty() => format!("{}.{}", names[0], names[2]),
            Class::Routine => {
                let same = self.catalog.overloads(Class::Routine, &id.path()[0], id.name());
                let of_kind = |other: &Facts| key.kinds().contains(&other.kind());
                let same = same.filter(|(other, _)| self.catalog.facts(other).is_none_or(of_kind));
                let has_others = same.count() > 1 || facts.kind() == Kind::Aggregate;
                let full = id.to_string();
                let args = if has_others { &full[id.qualified_name().to_string().len()..] } else { "" };
                format!("{}{args}", names.join("."))
            }
            _ => names.join("."),
        }
    }
}

/// A part of a name that dots would part.
fn part(name: &Ident) -> String {
    match name.as_str() {
        name if name.contains(['.', '"', '(', ')']) => names::quoted(name),
        name => name.to_owned(),
    }
}

fn is_usual_key(id: &ObjectId) -> bool {
    let usual = |table: ObjectId| crate::sql::names::make_object_name(table.name().as_str(), "", "pkey");
    id.parent().is_some_and(|table| id.name().as_str() == usual(table))
}

/// The place of each piece of SQL in a text that is a spec, and the entry that it is of.
pub(super) fn sql_spans(text: &str) -> Vec<(Origin, Path)> {
    fn within(section: &Section, above: &Path, found: &mut Vec<(Origin, Path)>) {
        for entry in &section.entries {
            let mut path = above.clone();
            path.push((section.key, entry.name.text.clone()));
            found.extend(entry.sql.iter().map(|text| (text.place.clone(), path.clone())));
            entry.sections.iter().for_each(|section| within(section, &path, found));
        }
    }
    let mut found = Vec::new();
    let (document, _) = spec::parse(FileId(u32::MAX), text);
    document.body.sections.iter().for_each(|section| within(section, &Vec::new(), &mut found));
    found
}
