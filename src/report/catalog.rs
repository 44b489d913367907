//! A catalog for people: what `show` prints.

use std::fmt::Write;

use comfy_table::{ContentArrangement, Table, presets};

use super::terminal::{Style, not_covered};
use super::untrusted::Untrusted;
use crate::catalog::{Catalog, Class, Facts, Kind, Note, Object, ObjectId, Value, Within};
use crate::files::Files;

/// Schemas, extensions, types and their like in one table each; every relation with its columns and the rest.
pub fn render(catalog: &Catalog, notes: &[Note], files: &Files, style: Style) -> String {
    let mut out = String::new();
    // What is no part of a relation; tables follow, each with its parts.
    let alone = Kind::ALL.iter().copied().filter(|kind| kind.class().within() != Within::Relation);
    for kind in alone.filter(|kind| *kind != Kind::Table) {
        let of_kind: Vec<(&ObjectId, &Object)> =
            catalog.objects.iter().filter(|(_, object)| object.facts.kind() == kind).collect();
        listing(&mut out, kind, &of_kind, style);
    }
    for (id, object) in &catalog.objects {
        let Facts::Table(table) = &object.facts else { continue };
        let remarks: Vec<String> = attributes(object).filter(|(name, _)| *name != "column_order").map(said).collect();
        let _ = writeln!(out, "\ntable {}  {}", Untrusted::new(id.to_string()).term(), remarks.join(", "));
        for kind in PARTS {
            let mut parts: Vec<(&ObjectId, &Object)> =
                catalog.children(id).filter(|(_, object)| object.facts.kind() == kind).collect();
            if kind == Kind::Column {
                let order = table.column_order.get();
                parts.sort_by_key(|(id, _)| order.and_then(|order| order.iter().position(|name| name == id.name())));
            }
            listing(&mut out, kind, &parts, style);
        }
    }
    let others: Vec<String> = catalog
        .unmodelled
        .iter()
        .filter(|(id, other)| {
            !matches!(id.class(), Class::Routine | Class::Operator | Class::Cast | Class::Collation)
                && !other.is_brought_along()
        })
        .map(|(id, other)| format!("{} {id}", other.what))
        .collect();
    if !others.is_empty() {
        let _ = writeln!(out, "\nalso there: {}", Untrusted::new(others.join(", ")).term());
    }
    not_covered(&mut out, notes, usize::MAX, files);
    out
}

/// What is listed of a table.
const PARTS: [Kind; 8] = [
    Kind::Column,
    Kind::PrimaryKey,
    Kind::Unique,
    Kind::Check,
    Kind::ForeignKey,
    Kind::Exclusion,
    Kind::Index,
    Kind::Policy,
];

/// A table with a column for each attribute that says something for at least one of the objects.
fn listing(out: &mut String, kind: Kind, objects: &[(&ObjectId, &Object)], style: Style) {
    if objects.is_empty() {
        return;
    }
    let rows: Vec<Vec<(&'static str, Value)>> =
        objects.iter().map(|(_, object)| attributes(object).collect()).collect();
    let telling = |name: &str| rows.iter().flatten().any(|(other, value)| *other == name && says_something(value));
    let names: Vec<&'static str> = kind.definitions().iter().map(|d| d.name).filter(|name| telling(name)).collect();
    let mut table = Table::new();
    table.load_style(presets::UTF8_BORDERS_ONLY).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(u16::try_from(style.width).unwrap_or(u16::MAX));
    table.set_header(std::iter::once(kind.noun()).chain(names.iter().copied()));
    for ((id, _), row) in objects.iter().zip(&rows) {
        let cells = names.iter().map(|name| {
            let value = row.iter().find(|(other, _)| other == name).map(|(_, value)| value);
            value
                .filter(|value| says_something(value))
                .map_or_else(String::new, |value| Untrusted::new(value.to_string()).term())
        });
        table.add_row(std::iter::once(Untrusted::new(id.name().to_string()).term()).chain(cells));
    }
    let _ = writeln!(out, "{table}");
}

fn attributes(object: &Object) -> impl Iterator<Item = (&'static str, Value)> {
    object.facts.attributes().into_iter().filter_map(|(definition, value)| Some((definition.name, value?.0)))
}

fn says_something(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::List(items) => !items.is_empty(),
        Value::Bool(true) | Value::Int(_) | Value::Text(_) | Value::Map(_) | Value::Expr(_) => true,
    }
}

fn said((name, value): (&'static str, Value)) -> String {
    format!("{}: {}", name.replace('_', " "), Untrusted::new(value.to_string()).term())
}
