//! The files that a project begins with.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::{Project, SPEC};
use crate::catalog::kind::{Persistence, RowSecurity, Table};
use crate::catalog::{FactsOf, ObjectId};
use crate::cli::source::Source;
use crate::cli::sql::OnError;
use crate::files::Files;
use crate::spec::names::quoted;
use crate::sql::Ident;

/// A `schema-check.yaml` that says what was found.
pub(super) fn config(project: &Project) -> String {
    let Project { sql, variables, replaying } = project;
    let mut out = String::from("# What `schema-check` checks here. All that can stand here is in docs/config.md.\n");
    let _ = writeln!(out, "specs: {SPEC}");
    let mut entry = |key: &str, value: Option<String>| {
        if let Some(value) = value {
            let _ = writeln!(out, "{key}: {value}");
        }
    };
    let list = |items: Vec<String>| match items.as_slice() {
        [] => None,
        [only] => Some(scalar(only)),
        _ => Some(format!("[{}]", items.iter().map(|item| scalar(item)).collect::<Vec<_>>().join(", "))),
    };
    entry("sql", list(sql.iter().map(|path| path.display().to_string()).collect()));
    entry("layout", replaying.layout.map(|layout| layout.name().to_owned()));
    entry("prelude", list(replaying.preludes.clone()));
    let values: Vec<String> =
        replaying.variables.iter().map(|(name, value)| format!("{}: {}", scalar(name), scalar(value))).collect();
    entry("variables", (!values.is_empty()).then(|| format!("{{ {} }}", values.join(", "))));
    entry("postgres", replaying.version.map(|version| version.to_string()));
    entry("encoding", replaying.encoding.map(|encoding| encoding.name().to_ascii_lowercase()));
    entry("role", replaying.role.as_deref().map(scalar));
    entry("on_error", (replaying.on_error == Some(OnError::Stop)).then(|| "stop".to_owned()));
    entry("include_anywhere", replaying.include_anywhere.then(|| "true".to_owned()));
    entry("complete", replaying.complete.then(|| "true".to_owned()));
    if let Some(first) = variables.first() {
        out += "\n# Databases: `schema-check check --target NAME`. Their URLs stay in the environment.\ntargets:\n";
        for variable in variables {
            let _ = writeln!(out, "  {}: {{ url: env:{} }}", scalar(&variable.target()), variable.name);
        }
        if variables.len() > 1 {
            let _ = writeln!(out, "target: {}", scalar(&first.target()));
        }
    }
    out
}

/// A spec that holds of what was found, and is short enough to be read.
pub(super) fn spec(source: &Source, files: &Files) -> String {
    let mut tables = tables(source, files);
    let mut schemas: Vec<&Ident> =
        tables.iter().filter_map(|(id, _)| id.schema()).collect::<BTreeSet<_>>().into_iter().collect();
    // Names without a schema are most often meant to be there.
    schemas.sort_by_key(|schema| schema.as_str() != "public");
    tables.sort_by_key(|(id, _)| id.schema() != schemas.first().copied());
    let mut out = String::from(
        "# What the schema must be. It asserts what it states and nothing else; docs/spec.md has the language.\nversion: 1\n",
    );
    let names: Vec<String> = schemas.iter().map(|schema| scalar(schema.as_str())).collect();
    if names.iter().any(|name| name != "public") {
        let _ = writeln!(out, "\n# Names without a schema are looked for in these.\nschemas: [{}]", names.join(", "));
    }
    out += "\n# The tables there are. One that is gone is an error, a new one a warning until it is listed. What one must be is\n\
            # stated in it: `columns: { id: bigint not null }`.\n";
    if tables.is_empty() {
        out += "tables: {}\n";
        return out;
    }
    out += "tables:\n";
    for (id, _) in &tables {
        let _ = writeln!(out, "  {}: {{}}", scalar(&name(id, schemas.first().copied())));
    }
    let all = |holds: fn(&Table) -> bool| tables.iter().all(|(_, table)| holds(table));
    let permanent = all(|table| table.persistence.get() == Some(&Persistence::Permanent));
    let secured = all(|table| table.row_security.get() == Some(&RowSecurity::Enabled));
    if permanent || secured {
        out += "\n# What holds of every table by now, and must hold of those that come.\neach:\n  - tables: \"*\"\n";
        out += if permanent { "    persistence: permanent\n" } else { "" };
        out += if secured { "    row_security: enabled\n" } else { "" };
    }
    out
}

/// The tables of the project itself: what a platform has is not its business.
fn tables<'a>(source: &'a Source, files: &Files) -> Vec<(&'a ObjectId, &'a Table)> {
    let is_own = |origin| files.position(origin).is_none_or(|at| !at.file.starts_with("prelude "));
    let objects = source.catalog.objects.iter().filter(|(_, object)| is_own(&object.origin));
    objects.filter_map(|(id, object)| Some((id, Table::of(&object.facts)?))).collect()
}

/// As a spec spells it.
fn name(id: &ObjectId, first: Option<&Ident>) -> String {
    let part = |name: &Ident| match name.as_str() {
        plain if !plain.contains(['.', '"']) => plain.to_owned(),
        other => quoted(other),
    };
    let parts = id.path().iter().skip(usize::from(id.schema() == first));
    parts.map(part).collect::<Vec<_>>().join(".")
}

/// A text of YAML, between quotes where it would be something else without.
fn scalar(text: &str) -> String {
    let is_word = |text: &str| text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let is_path = text == "." || text.starts_with("./") || text.starts_with("../");
    let is_plain = (is_word(text) || is_path)
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "_-./".contains(c))
        && !["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(&text.to_ascii_lowercase().as_str());
    if is_plain {
        return text.to_owned();
    }
    let escaped = |c: char| match c {
        '"' | '\\' => format!("\\{c}"),
        c if c.is_control() => format!("\\u{:04x}", u32::from(c)),
        c => c.to_string(),
    };
    format!("\"{}\"", text.chars().map(escaped).collect::<String>())
}
