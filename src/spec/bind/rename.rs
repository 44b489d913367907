//! `renamed_from`: what is still called by its legacy name.

use super::each::{schemas_of, selected_there};
use super::resolve::id_along;
use crate::catalog::{Catalog, Class, Kind, ObjectId, Origin, Value};
use crate::expr;
use crate::findings::{Finding, Severity};
use crate::replay::Replay;
use crate::spec::SpecError;
use crate::spec::document::{Body, Entry, Name, Section};
use crate::spec::names::{Spelled, part_name};
use crate::spec::section::SectionKey;
use crate::sql::Ident;

/// Gives what is called by its legacy name the new one, with all that refers to it, and tells of each.
///
/// # Errors
/// A legacy name that is none, or that nothing can be renamed from.
pub(super) fn legacy_names(
    layers: &[&Body],
    observed: &mut Catalog,
    schemas: &[Ident],
) -> Result<Vec<Finding>, Vec<SpecError>> {
    let schemas = schemas.to_vec();
    let mut renaming = Renaming { replay: None, observed, schemas, findings: Vec::new(), errors: Vec::new() };
    for body in layers {
        renaming.body(body);
    }
    let Renaming { replay, findings, errors, .. } = renaming;
    if let Some(replay) = replay {
        observed.objects.clone_from(&replay.catalog().objects);
        observed.unmodelled.clone_from(&replay.catalog().unmodelled);
    }
    if errors.is_empty() { Ok(findings) } else { Err(errors) }
}

struct Renaming<'a> {
    /// Made for the first name that is a legacy one.
    replay: Option<Replay>,
    observed: &'a Catalog,
    schemas: Vec<Ident>,
    findings: Vec<Finding>,
    errors: Vec<SpecError>,
}

impl Renaming<'_> {
    fn catalog(&self) -> &Catalog {
        self.replay.as_ref().map_or(self.observed, Replay::catalog)
    }

    fn body(&mut self, body: &Body) {
        for section in &body.sections {
            self.section(section, None);
        }
        for each in &body.each {
            for owner in selected_there(self.catalog(), &self.schemas, each) {
                for section in &each.body.sections {
                    self.section(section, Some(&owner));
                }
            }
        }
        let own = self.schemas.clone();
        for template in &body.templates {
            for schema in schemas_of(template, self.catalog()) {
                self.schemas = vec![schema.name().clone()];
                self.body(&template.body);
            }
        }
        self.schemas = own;
    }

    fn section(&mut self, section: &Section, owner: Option<&ObjectId>) {
        for entry in &section.entries {
            let Some(id) = self.id(section.key, &entry.name, owner) else { continue };
            if let Some(legacy) = &entry.renamed_from {
                self.entry(section.key, entry, &id, legacy, owner);
            }
            for section in &entry.sections {
                self.section(section, Some(&id));
            }
        }
    }

    fn id(&self, key: SectionKey, name: &Name, owner: Option<&ObjectId>) -> Option<ObjectId> {
        match owner {
            Some(owner) => Some(owner.part(key.class(), &Ident::new(part_name(&name.text)))),
            None => {
                id_along(self.catalog(), &self.schemas, key.class(), &Spelled::parse(key.class(), &name.text).ok()?)
            }
        }
    }

    fn entry(&mut self, key: SectionKey, entry: &Entry, id: &ObjectId, legacy: &Name, owner: Option<&ObjectId>) {
        let Some(old) = self.id(key, legacy, owner) else { return };
        let catalog = self.catalog();
        let Some(kind) = catalog.facts(&old).map(|facts| facts.kind()).filter(|_| !catalog.exists(id)) else { return };
        let origin = catalog.objects.get(&old).map(|object| object.origin.clone());
        let Some(statements) = renames(kind, &old, id) else {
            self.errors.push(SpecError {
                message: format!("{} cannot be given by its legacy name", kind.one()),
                place: legacy.place.clone(),
                help: Some("state the old name under `allowed:` or `absent:`".into()),
                also: None,
            });
            return;
        };
        let whole = expr::resolve_all(self.observed);
        let replay = self.replay.get_or_insert_with(|| Replay::for_binding(whole, self.schemas.clone()));
        for statement in statements {
            // What is in the way of the new name shows up when all is compared.
            let _ = replay.try_statement(crate::catalog::FileId(0), &statement);
        }
        self.findings.push(Finding {
            object: Some((kind, id.clone())),
            expected: Some(Value::Text(id.name().to_string())),
            observed: Some(Value::Text(old.name().to_string())),
            observed_at: origin.or(Some(Origin::Server)),
            notes: entry.note.iter().cloned().collect(),
            help: Some("all else is compared as if it were renamed".into()),
            ..Finding::new(
                format!("drift::{}::legacy_name", kind.name()),
                entry.severity.unwrap_or(Severity::Error),
                format!("{} {id} still has its legacy name {}", kind.noun(), legacy.text),
                legacy.place.clone(),
            )
        });
    }
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
