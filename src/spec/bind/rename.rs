//! `renamed_from`: what is still called by its legacy name, and what earlier layers of a spec say of it by that.

use std::collections::{BTreeMap, BTreeSet};

use super::Binder;
use super::each::{schemas_of, selected_there};
use super::mention::belongs_to;
use super::resolve::id_along;
use crate::catalog::{Catalog, Class, Coverage, FileId, Kind, ObjectId, Origin, Value};
use crate::expr;
use crate::findings::{Finding, Severity};
use crate::replay::Replay;
use crate::spec::SpecError;
use crate::spec::document::{Body, Name, Section};
use crate::spec::names::{Spelled, part_name};
use crate::spec::section::SectionKey;
use crate::sql::Ident;

/// An object of which a layer of a spec gives the legacy name.
struct Renamed<'s> {
    legacy: &'s Name,
    /// What it was called. What it belongs to has its new name already.
    old: ObjectId,
    new: ObjectId,
}

/// All of which a layer gives the legacy name: what others belong to before those.
fn renamed_in<'s>(body: &'s Body, catalog: &Catalog, schemas: &[Ident]) -> Vec<Renamed<'s>> {
    let mut found = Vec::new();
    let names = Names { catalog, schemas };
    names.of_sections(body, &mut |_, renamed| found.extend(renamed));
    names.of_selections(body, &mut |_, renamed| found.extend(renamed));
    found
}

/// Where names are looked up.
struct Names<'a> {
    catalog: &'a Catalog,
    schemas: &'a [Ident],
}

/// Is told the name of each entry of the sections, and what it was called.
type Told<'t, 's> = &'t mut dyn FnMut(&ObjectId, Option<Renamed<'s>>);

impl Names<'_> {
    fn of_sections<'s>(&self, body: &'s Body, tell: Told<'_, 's>) {
        body.sections.iter().for_each(|section| self.section(section, None, tell));
    }

    /// Of what belongs to all that an `each` selects, and of each schema that a template is for.
    fn of_selections<'s>(&self, body: &'s Body, tell: Told<'_, 's>) {
        for each in &body.each {
            for owner in selected_there(self.catalog, self.schemas, each) {
                each.body.sections.iter().for_each(|section| self.section(section, Some(&owner), tell));
            }
        }
        for template in &body.templates {
            for schema in schemas_of(template, self.catalog) {
                let names = Names { schemas: &[schema.name().clone()], ..*self };
                names.of_sections(&template.body, tell);
                names.of_selections(&template.body, tell);
            }
        }
    }

    fn section<'s>(&self, section: &'s Section, owner: Option<&ObjectId>, tell: Told<'_, 's>) {
        for entry in &section.entries {
            let Some(new) = self.id(section.key, &entry.name, owner) else { continue };
            let renamed = entry.renamed_from.as_ref().and_then(|legacy| {
                let old = self.id(section.key, legacy, owner)?;
                Some(Renamed { legacy, old, new: new.clone() })
            });
            tell(&new, renamed);
            entry.sections.iter().for_each(|section| self.section(section, Some(&new), tell));
        }
    }

    fn id(&self, key: SectionKey, name: &Name, owner: Option<&ObjectId>) -> Option<ObjectId> {
        match owner {
            Some(owner) => Some(owner.part(key.class(), &Ident::new(part_name(&name.text)))),
            None => id_along(self.catalog, self.schemas, key.class(), &Spelled::parse(key.class(), &name.text).ok()?),
        }
    }
}

/// Gives what is called by its legacy name the new one, with all that refers to it, and tells of each.
///
/// # Errors
/// A legacy name that nothing can be renamed from.
pub(super) fn legacy_names(
    layers: &[&Body],
    observed: &mut Catalog,
    schemas: &[Ident],
) -> Result<Vec<Finding>, Vec<SpecError>> {
    let mut replay: Option<Replay> = None;
    let (mut findings, mut errors) = (Vec::new(), Vec::new());
    for (body, is_of_sections) in layers.iter().flat_map(|body| [(body, true), (body, false)]) {
        // An `each` may select by a name that a section has just given.
        let names = Names { catalog: replay.as_ref().map_or(&*observed, Replay::catalog), schemas };
        let mut renamed = Vec::new();
        let mut tell = |_: &ObjectId, one| renamed.extend(one);
        if is_of_sections {
            names.of_sections(body, &mut tell)
        } else {
            names.of_selections(body, &mut tell)
        }
        for one in renamed {
            let catalog = replay.as_ref().map_or(&*observed, Replay::catalog);
            let Some(object) = catalog.objects.get(&one.old).filter(|_| !catalog.exists(&one.new)) else { continue };
            let (kind, made_at) = (object.facts.kind(), object.origin.clone());
            if renames(kind, &one.old, &one.new).is_none() {
                errors.push(SpecError {
                    message: format!("{} cannot be given by its legacy name", kind.one()),
                    place: one.legacy.place.clone(),
                    help: Some("state the old name under `allowed:` or `absent:`".into()),
                    also: None,
                });
                continue;
            }
            let binding = || Replay::for_binding(expr::resolve_all(observed), schemas.to_vec());
            rename(replay.get_or_insert_with(binding), &one.old, &one.new);
            findings.push(legacy_name(one, kind, made_at));
        }
    }
    if let Some(replay) = replay {
        observed.objects.clone_from(&replay.catalog().objects);
        observed.unmodelled.clone_from(&replay.catalog().unmodelled);
    }
    if errors.is_empty() { Ok(findings) } else { Err(errors) }
}

fn legacy_name(one: Renamed<'_>, kind: Kind, made_at: Origin) -> Finding {
    let Renamed { legacy, old, new } = one;
    let message = format!("{} {new} still has its legacy name {}", kind.noun(), legacy.text);
    Finding {
        expected: Some(Value::Text(new.name().to_string())),
        observed: Some(Value::Text(old.name().to_string())),
        observed_at: Some(made_at),
        object: Some((kind, new)),
        help: Some("all else is compared as if it were renamed".into()),
        ..Finding::new(format!("drift::{}::legacy_name", kind.name()), Severity::Error, message, legacy.place.clone())
    }
}

/// The places that give a legacy name.
pub(super) fn places(layers: &[&Body], catalog: &Catalog, schemas: &[Ident]) -> Vec<Origin> {
    let all = layers.iter().flat_map(|body| renamed_in(body, catalog, schemas));
    all.map(|one| one.legacy.place.clone()).collect()
}

/// The catalog with the names that the last of some layers renames from, as the layers before it know them. None where
/// nothing in it was renamed by that layer, or they know the new name too.
pub(super) fn before(layers: &[&Body], catalog: &Catalog, schemas: &[Ident]) -> Option<Catalog> {
    let (body, earlier) = layers.split_last()?;
    let mut renamed = renamed_in(body, catalog, schemas);
    renamed.retain(|one| catalog.exists(&one.new) && !catalog.exists(&one.old));
    let names = Names { catalog, schemas };
    for body in earlier {
        names.of_sections(body, &mut |known, _| renamed.retain(|one| one.new != *known));
    }
    if renamed.is_empty() {
        return None;
    }
    let mut replay = Replay::for_binding(expr::resolve_all(catalog), schemas.to_vec());
    for one in renamed.iter().rev() {
        rename(&mut replay, &one.new, &one.old);
    }
    let Catalog { objects, unmodelled, .. } = replay.catalog().clone();
    Some(Catalog { objects, unmodelled, ..catalog.clone() })
}

impl Binder<'_> {
    /// What the layers before have said of a legacy name is said of the new one from this layer on.
    pub(super) fn take_over(&mut self, body: &Body, catalog: &Catalog) {
        let renamed = renamed_in(body, catalog, &self.schemas);
        if renamed.is_empty() {
            return;
        }
        let mut stated = Catalog { version: catalog.version, ..Catalog::new(Coverage::Everything) };
        stated.objects = std::mem::take(&mut self.objects);
        let mut stated = Replay::for_binding(stated, self.schemas.clone());
        for Renamed { old, new, .. } in renamed {
            rename(&mut self.replay, &old, &new);
            if rename(&mut stated, &old, &new) {
                self.move_what_is_said(&old, &new);
                // This layer is the first that says so by this name.
                self.stated_in.remove(&new);
            }
        }
        self.objects.clone_from(&stated.catalog().objects);
    }

    /// All that is known of an object and its parts, under another name.
    fn move_what_is_said(&mut self, old: &ObjectId, new: &ObjectId) {
        let moved = |id: ObjectId| if id == *old || belongs_to(&id, old) { id.moved(old, new) } else { id };
        let of_parent = |(kind, parent): (Kind, Option<ObjectId>)| (kind, parent.map(moved));
        fn keys<K: Ord, V>(map: &mut BTreeMap<K, V>, change: impl Fn(K) -> K) {
            *map = std::mem::take(map).into_iter().map(|(key, value)| (change(key), value)).collect();
        }
        fn members<K: Ord>(set: &mut BTreeSet<K>, change: impl Fn(K) -> K) {
            *set = std::mem::take(set).into_iter().map(change).collect();
        }
        keys(&mut self.stated_in, moved);
        keys(&mut self.created_order, moved);
        keys(&mut self.claims.listed, of_parent);
        members(&mut self.claims.by_pattern, moved);
        keys(&mut self.remarks.objects, moved);
        keys(&mut self.remarks.unlisted, of_parent);
        members(&mut self.remarks.ignored, of_parent);
    }
}

/// Gives an object another name, with all that refers to it, unless something is called so already. What else is in the
/// way of the new name shows up when all is compared.
fn rename(replay: &mut Replay, from: &ObjectId, to: &ObjectId) -> bool {
    let catalog = replay.catalog();
    let Some(kind) = catalog.facts(from).map(|facts| facts.kind()).filter(|_| !catalog.exists(to)) else {
        return false;
    };
    let statements = renames(kind, from, to).unwrap_or_default();
    statements.iter().all(|statement| replay.try_statement(FileId(0), statement).is_ok())
}

/// The statements that give an object another name, and another schema where that differs.
fn renames(kind: Kind, old: &ObjectId, new: &ObjectId) -> Option<Vec<String>> {
    let (from, to) = (old.name(), new.name());
    let owner = old.parent().filter(|parent| parent.class() == Class::Relation);
    let noun = match kind {
        Kind::Enum | Kind::Composite | Kind::Range | Kind::BaseType => "TYPE".to_owned(),
        other => other.noun().to_uppercase(),
    };
    let statement = match (old.class(), owner) {
        (Class::Column, Some(owner)) => format!("ALTER TABLE {owner} RENAME COLUMN {from} TO {to}"),
        (Class::Constraint, Some(owner)) => format!("ALTER TABLE {owner} RENAME CONSTRAINT {from} TO {to}"),
        (Class::Index, Some(owner)) => {
            format!("ALTER INDEX {}.{from} RENAME TO {to}", owner.path()[0])
        }
        (Class::Policy | Class::Trigger | Class::Rule, Some(owner)) => {
            format!("ALTER {noun} {from} ON {owner} RENAME TO {to}")
        }
        (Class::Relation | Class::Type | Class::Routine | Class::Schema, None) => {
            let mut statements = Vec::new();
            let mut current = old.clone();
            if old.class() != Class::Schema && old.schema() != new.schema() {
                let schema = new.schema()?;
                statements.push(format!("ALTER {noun} {old} SET SCHEMA {schema}"));
                current = old.in_other_schema(schema);
            }
            if from != to {
                statements.push(format!("ALTER {noun} {current} RENAME TO {to}"));
            }
            return Some(statements);
        }
        _ => return None,
    };
    Some(vec![statement])
}
