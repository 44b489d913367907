//! A [`Document`] and the catalog it is checked against → the catalog that is expected. Globs,
//! unqualified names, types and expressions mean what they mean there; what a piece of SQL
//! states is what a replay makes of it on a copy of that catalog.

mod claims;
mod columns;
mod create;
mod definition;
mod each;
mod mention;
mod rename;
mod resolve;

use std::collections::{BTreeMap, BTreeSet};

use super::SpecError;
use super::document::{Body, Document, Entry, Section, Setting, Unlisted, Values};
use super::names::part_name;
use super::section::SectionKey;
use crate::catalog::coverage::Claims;
use crate::catalog::kind::Schema;
use crate::catalog::{Catalog, Class, Coverage, Facts, Kind, Object, ObjectId, Objects, Origin};
use crate::findings::{Remark, Remarks};
use crate::replay::Replay;
use crate::rules::{self, Asked};
use crate::sql::Ident;
use create::{Made, remark_of};
use mention::Mentioned;

/// A spec bound to what it is checked against.
#[derive(Debug)]
pub struct Bound {
    pub expected: Catalog,
    pub remarks: Remarks,
    /// The places that say that something must not be there, or not under its legacy name, whether it is or not.
    pub absent: Vec<Origin>,
}

/// Binds a spec, with its phases up to one or all of them. What is still called by its legacy name is given the new one
/// in `observed`, so that all else can be compared.
///
/// # Errors
/// What the spec gets wrong whatever the database is like, and a spec that leaves nothing to compare.
pub fn bind(document: &Document, observed: &mut Catalog, up_to: Option<usize>) -> Result<Bound, Vec<SpecError>> {
    let layers = document.layers(up_to);
    let schemas = document.search_path();
    let legacy_names = rename::legacy_names(&layers, observed, &schemas)?;
    let observed = &*observed;
    let views = views(&layers, observed, &schemas);
    // As the layers from a number on know it.
    let view = |from: usize| views.iter().skip(from).flatten().next().unwrap_or(observed);
    let mut absent = rename::places(&layers, observed, &schemas);
    let mut binder = Binder {
        observed: view(0),
        replay: Replay::for_binding(view(0).clone(), schemas.clone()),
        schemas,
        objects: Objects::new(),
        layer: 0,
        stated_in: BTreeMap::new(),
        created_order: BTreeMap::new(),
        columns: BTreeMap::new(),
        unlisted_parts: Vec::new(),
        mentioned: Vec::new(),
        claims: Claims::default(),
        remarks: Remarks { is_deliberate: true, ..Remarks::default() },
        errors: Vec::new(),
    };
    for (number, body) in layers.into_iter().enumerate() {
        if number > 0 {
            binder.take_over(body, view(number));
        }
        (binder.layer, binder.observed) = (number, view(number));
        binder.body(body);
    }
    for phase in &document.phases {
        let notes = phase.note.iter().cloned().collect();
        binder.remarks.places.push((phase.place.clone(), Remark { notes, ..Remark::default() }));
    }
    legacy_names.into_iter().for_each(|finding| binder.remarks.add(finding));
    let is_looked_through = binder.apply_rules(&document.rules(up_to));
    let selects_nothing = !is_looked_through
        && binder.objects.is_empty()
        && binder.mentioned.is_empty()
        && binder.claims.listed.is_empty();
    if binder.errors.is_empty() && selects_nothing && document.assertions(up_to).is_empty() {
        let place = document.body.each.first().and_then(|each| each.select.first()).map(|name| name.place.clone());
        binder.errors.push(SpecError {
            message: "the spec selects nothing here, so there is nothing to compare".into(),
            place: place.unwrap_or(Origin::Server),
            help: Some(
                "check `schemas:` and the patterns under `each:` against what `schema-check show` prints".into(),
            ),
            also: None,
        });
    }
    absent.extend(binder.absent_places());
    binder.settle_mentions();
    if !binder.errors.is_empty() {
        return Err(binder.errors);
    }
    let mut expected = Catalog::new(Coverage::Claimed(binder.claims));
    expected.objects = binder.objects;
    Ok(Bound { expected, remarks: binder.remarks, absent })
}

/// The observed catalog as each layer of a spec knows it that stands before one which renames something. The others
/// know it as the next such layer does, or as it is.
fn views(layers: &[&Body], observed: &Catalog, schemas: &[Ident]) -> Vec<Option<Catalog>> {
    let mut views: Vec<Option<Catalog>> = layers.iter().map(|_| None).collect();
    for number in (1..layers.len()).rev() {
        let later = views.iter().skip(number).flatten().next().unwrap_or(observed);
        views[number - 1] = rename::before(&layers[..=number], later, schemas);
    }
    views
}

struct Binder<'a> {
    /// As the layer at hand knows it.
    observed: &'a Catalog,
    /// A copy of `observed`, on which the spec's pieces of SQL are tried.
    replay: Replay,
    /// Where unqualified names are looked up.
    schemas: Vec<Ident>,
    objects: Objects,
    /// The number of the body at hand: the spec's own, then those of its phases.
    layer: usize,
    /// The last layer that states each object.
    stated_in: BTreeMap<ObjectId, usize>,
    /// The columns of tables in SQL form, in the order in which that has them.
    created_order: BTreeMap<ObjectId, Vec<Ident>>,
    /// What pieces of SQL have said of columns, by the schema that unqualified names stand for first, and the piece: many
    /// tables have the same columns.
    columns: BTreeMap<(Ident, String), Facts>,
    /// What is said at the top of the parts of all objects.
    unlisted_parts: Vec<Unlisted>,
    /// What is absent or allowed.
    mentioned: Vec<Mentioned>,
    claims: Claims,
    remarks: Remarks,
    errors: Vec<SpecError>,
}

impl Binder<'_> {
    /// Finds what breaks rules in the schemas that the spec speaks about. False where there is nothing to look at.
    fn apply_rules(&mut self, asked: &[&Asked]) -> bool {
        let in_templates = self.remarks.templates.iter().flat_map(|(_, schemas)| schemas).map(ObjectId::name);
        let schemas: BTreeSet<Ident> = self.schemas.iter().chain(in_templates).cloned().collect();
        let broken = rules::judge(asked, self.observed, &schemas, &self.remarks);
        self.remarks.findings.extend(broken);
        let stands_there = |id: &ObjectId| id.path().len() > 1 && id.schema().is_some_and(|own| schemas.contains(own));
        !asked.is_empty() && self.observed.objects.keys().any(stands_there)
    }

    fn body(&mut self, body: &Body) {
        self.columns.clear();
        self.unlisted(&body.unlisted, None);
        // What is said of many comes first, so that what is said of one of them goes over it.
        let (tops, parts): (Vec<_>, Vec<_>) = body.each.iter().partition(|each| each.section.is_top());
        parts.into_iter().for_each(|each| self.each(each));
        for key in SectionKey::top() {
            tops.iter().filter(|each| each.section == key).for_each(|each| self.each(each));
            for section in body.sections.iter().filter(|section| section.key == key) {
                self.section(section);
            }
        }
        body.templates.iter().for_each(|template| self.template(template));
        body.absent.iter().for_each(|mention| self.mention(mention, true));
        body.allowed.iter().for_each(|mention| self.mention(mention, false));
    }

    fn section(&mut self, section: &Section) {
        // `schemas` says which schemas the spec speaks about, not which there are.
        if section.key != SectionKey::Schemas {
            self.claim(section.key, &section.place, None);
        }
        // What has been said before may have changed what a type or a function is.
        self.columns.clear();
        for entry in &section.entries {
            let Some(id) = self.id_of(section.key, entry) else { continue };
            let was_by_pattern = self.claims.by_pattern.remove(&id);
            // What says first that it is there is what it is missed by; a later phase says more of it.
            let is_more = !was_by_pattern && self.stated_in.get(&id).is_some_and(|layer| *layer < self.layer);
            let first = self.objects.get(&id).filter(|_| is_more).map(|object| object.origin.clone());
            self.object(section.key, &id, entry, true);
            if let (Some(first), Some(object)) = (first, self.objects.get_mut(&id)) {
                object.origin = first;
            }
        }
    }

    /// All that is said of one object that stands at the top. `is_closed`: its sections list everything there is.
    fn object(&mut self, key: SectionKey, id: &ObjectId, entry: &Entry, is_closed: bool) {
        let schema = id.schema().map(|schema| ObjectId::top(Class::Schema, schema));
        if let Some(schema) = schema.filter(|schema| !self.replay.catalog().exists(schema)) {
            self.replay.put(&schema, Schema::default().into());
        }
        if self.observed.unmodelled.contains_key(id) {
            // Not of that kind, or none that can be looked into: comparing says which.
            self.state(id, self.kind_of(key, id, entry).unstated(), &entry.name.place);
            self.remark(id, entry);
            return;
        }
        // The parts are tried one by one on the bare relation, so that the names the server would choose are free.
        if entry.sql.is_some() || !entry.sections.is_empty() {
            let parts: Vec<ObjectId> = self.replay.catalog().children(id).map(|(part, _)| part.clone()).collect();
            parts.iter().filter(|part| part.class() != Class::Column).for_each(|part| self.replay.forget(part));
        }
        let (id, mut made) = match &entry.sql {
            Some(text) => self.create(key, id, entry, text),
            None => (id.clone(), Vec::new()),
        };
        let id = &id;
        // What the SQL has made says which kind it is.
        let kind = self.kind_of(key, id, entry);
        if entry.sql.is_none() {
            self.settings(id, kind, entry);
        }
        if !self.replay.catalog().exists(id) {
            self.replay.put(id, kind.unstated());
        }
        for part in SectionKey::within(kind) {
            for section in entry.sections.iter().filter(|section| section.key == part) {
                if is_closed {
                    self.claim(part, &section.place, Some(id));
                }
                for entry in &section.entries {
                    made.extend(self.part(part, id, None, entry));
                }
                if part == SectionKey::Columns {
                    self.order_columns(id);
                }
            }
        }
        if is_closed {
            self.unlisted_parts(id, kind);
        }
        self.unlisted(&entry.unlisted, Some(id));
        self.read_out(&made, Some(id));
        if entry.sql.is_some() {
            self.settings(id, kind, entry);
        }
        self.state_column_order(id, entry);
    }

    /// One entry of a section of a relation or a domain. `id` where it is known already.
    fn part(&mut self, key: SectionKey, owner: &ObjectId, id: Option<&ObjectId>, entry: &Entry) -> Vec<Made> {
        let name = Ident::new(part_name(&entry.name.text));
        let id = id.cloned().unwrap_or_else(|| {
            let id = owner.part(key.class(), &name);
            self.claims.by_pattern.remove(&id);
            id
        });
        let made = match &entry.sql {
            Some(text) => self.create_part(key, owner, &id, entry, text),
            None => Vec::new(),
        };
        let has_settings = entry.sql.is_none() || !entry.settings.is_empty();
        if has_settings && name.as_str().is_empty() {
            self.unnamed_settings(owner, entry);
        } else if has_settings {
            // What is said beside the SQL is said of what the SQL has made.
            self.read_out(&made, Some(owner));
            let kind = self.kind_of(key, &id, entry);
            self.settings(&id, kind, entry);
            return Vec::new();
        }
        made
    }

    /// The kind that an entry is of: stated, or the one that is there, or the usual one of its section.
    fn kind_of(&self, key: SectionKey, id: &ObjectId, entry: &Entry) -> Kind {
        let there = || {
            let facts = self.replay.catalog().facts(id).or_else(|| self.observed.facts(id));
            facts.map(Facts::kind).filter(|kind| key.kinds().contains(kind))
        };
        entry.kind.or_else(there).unwrap_or(key.kinds()[0])
    }

    /// An entry in mapping form: just what it states.
    fn settings(&mut self, id: &ObjectId, kind: Kind, entry: &Entry) {
        let mut facts = kind.unstated();
        for Setting { attribute, value, place } in &entry.settings {
            if facts.set(attribute, value.clone(), place.clone()).is_err() {
                self.errors.push(SpecError {
                    message: format!("{id} is {}, which has no `{attribute}`", kind.one()),
                    place: place.clone(),
                    help: Some("take it out, or write what has it".into()),
                    also: None,
                });
            }
        }
        facts.put_sets_in_order();
        self.accept_more_values(id, &mut facts, entry.values);
        let mut facts = self.replay.put(id, facts);
        self.fill_in_key(&mut facts);
        self.state(id, facts, &entry.name.place);
        self.remark(id, entry);
    }

    /// `values: at_least` and `ordered`: more values are as good as the ones stated.
    fn accept_more_values(&self, id: &ObjectId, facts: &mut Facts, mode: Values) {
        let (Facts::Enum(wanted), Some(Facts::Enum(observed))) = (facts, self.observed.facts(id)) else { return };
        let (Some(values), Some(have)) = (wanted.values.get_mut(), observed.values.get()) else { return };
        let mut remaining = have.iter();
        let holds = match mode {
            Values::Exact => false,
            Values::AtLeast => values.iter().all(|value| have.contains(value)),
            Values::Ordered => values.iter().all(|value| remaining.any(|other| other == value)),
        };
        if holds {
            values.clone_from(have);
        }
    }

    fn state(&mut self, id: &ObjectId, facts: Facts, place: &Origin) {
        self.stated_in.insert(id.clone(), self.layer);
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
        self.add_remark(id, remark_of(entry));
    }

    fn add_remark(&mut self, id: &ObjectId, said: Remark) {
        if said == Remark::default() {
            return;
        }
        let remark = self.remarks.objects.entry(id.clone()).or_default();
        remark.severity = said.severity.or(remark.severity);
        remark.severities.extend(said.severities);
        for note in said.notes {
            if !remark.notes.contains(&note) {
                remark.notes.push(note);
            }
        }
    }
}
