//! Several files read as one spec.

use super::SpecError;
use super::document::{Document, Entry, Name, Section, TableSpec};

/// Lays `later` beside `first`. An object may be stated in one file only.
///
/// # Errors
/// Every object that both state, with both places.
pub fn merge(mut first: Document, later: Document) -> Result<Document, Vec<SpecError>> {
    let mut errors = Vec::new();
    first.guard.rules.extend(later.guard.rules);
    for schema in later.schemas {
        if !first.schemas.iter().any(|known| known.text == schema.text) {
            first.schemas.push(schema);
        }
    }
    first.extensions = sections(first.extensions, later.extensions, entry_name, &mut errors);
    first.types = sections(first.types, later.types, entry_name, &mut errors);
    first.tables = sections(first.tables, later.tables, table_name, &mut errors);
    first.each.extend(later.each);
    first.absent.extend(later.absent);
    first.unlisted.extend(later.unlisted);
    if errors.is_empty() { Ok(first) } else { Err(errors) }
}

fn entry_name(entry: &Entry) -> &Name {
    &entry.name
}

fn table_name(table: &TableSpec) -> &Name {
    &table.entry.name
}

fn sections<T>(
    first: Option<Section<T>>,
    later: Option<Section<T>>,
    name: impl Fn(&T) -> &Name,
    errors: &mut Vec<SpecError>,
) -> Option<Section<T>> {
    let (mut first, later) = match (first, later) {
        (Some(first), Some(later)) => (first, later),
        (one, other) => return one.or(other),
    };
    for entry in later.entries {
        match first.entries.iter().find(|known| name(known).text == name(&entry).text) {
            Some(known) => errors.push(SpecError {
                message: format!("`{}` is stated twice", name(&entry).text),
                place: name(&entry).place.clone(),
                help: Some("state it in one of the two files, all of it".into()),
                also: Some((name(known).place.clone(), "and here".into())),
            }),
            None => first.entries.push(entry),
        }
    }
    Some(first)
}
