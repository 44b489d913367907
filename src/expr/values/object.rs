//! What names an object of the catalog (regproc.c), where its name alone tells how it is printed.

use crate::catalog::Class;
use crate::library::Library;
use crate::sql::{Ident, TypeName};

/// `regtypein()` and `regtypeout()` of a built-in type.
pub(super) fn regtype(text: &str) -> Option<String> {
    let of = Some(text).filter(|text| text.len() < 100).and_then(|text| TypeName::parse(text).ok())?;
    let certain = of.name.schema.is_none() && !of.is_unresolved() && of.typmod.is_empty();
    // These two are printed so only where nothing has to be read back (`format_type_be()`).
    let printed = match (of.name.name.as_str(), of.array) {
        ("bpchar", false) => "character".to_owned(),
        ("bpchar", true) => "character[]".to_owned(),
        ("bit", false) => "bit".to_owned(),
        ("bit", true) => "bit[]".to_owned(),
        _ => of.to_string(),
    };
    certain.then_some(printed)
}

/// `regprocin()` and `regprocout()` of a built-in function that no other shares its name with.
pub(super) fn regproc(text: &str, version: u32) -> Option<String> {
    let name = in_pg_catalog(text);
    (Library::of(version).routines(name).len() == 1 && is_plain(name)).then(|| name.to_owned())
}

/// `regrolein()`, `regnamespacein()` and their output functions: a name without a schema.
pub(super) fn top_level(text: &str) -> Option<String> {
    let name = text.strip_prefix('"').and_then(|inner| inner.strip_suffix('"')).filter(|_| text.len() > 2);
    match name {
        Some(name) => (!name.contains('"')).then(|| Ident::new(name).to_string()),
        None => is_plain(text).then(|| text.to_owned()),
    }
}

/// `regconfigin()`, `regdictionaryin()` and their output functions, of what is built in.
pub(super) fn text_search(class: Class, text: &str, version: u32) -> Option<String> {
    let name = in_pg_catalog(text);
    (Library::of(version).has_text_search(class, name) && is_plain(name)).then(|| name.to_owned())
}

/// `regcollationin()` and `regcollationout()` of a collation that there is in each database.
pub(super) fn regcollation(text: &str) -> Option<String> {
    let name = in_pg_catalog(text);
    matches!(name, "\"C\"" | "\"POSIX\"" | "\"default\"").then(|| name.to_owned())
}

/// Objects of this schema are printed without it.
fn in_pg_catalog(text: &str) -> &str {
    text.strip_prefix("pg_catalog.").unwrap_or(text)
}

fn is_plain(name: &str) -> bool {
    let printed = Ident::new(name).to_string();
    !name.is_empty() && name.len() < 64 && printed == name
}
