//! What has been read so far.

use std::collections::BTreeMap;

use super::pg_acl::Rights;
use super::row::Trouble;
use crate::catalog::kind::{OperatorName, RoutineName};
use crate::catalog::{Catalog, Coverage, Facts, Meaning, Note, Object, ObjectId, Origin, Unmodelled};
use crate::sql::{Ident, TypeName};

/// How many names a note spells out.
const NAMES_IN_A_NOTE: usize = 5;

pub(super) struct Reading {
    pub(super) catalog: Catalog,
    /// The columns of each table, by the OID of the table and `attnum`.
    pub(super) columns: BTreeMap<u32, BTreeMap<i16, Ident>>,
    /// The columns, with their types, of the relations that the model does not hold.
    pub(super) uncompared_columns: BTreeMap<u32, Vec<(Ident, TypeName)>>,
    /// The extensions that things belong to, by the name of the catalog that holds the member, and its OID.
    pub(super) members: BTreeMap<String, BTreeMap<u32, String>>,
    /// The comments, by the name of the catalog that holds what they are about, `objoid` and `objsubid`.
    pub(super) comments: BTreeMap<String, BTreeMap<(u32, i32), String>>,
    /// Who owns what and may do what with it, by the name of the catalog that holds it, its OID and that of its part.
    pub(super) rights: BTreeMap<String, BTreeMap<(u32, i32), Rights>>,
    /// What routines are called that others name, by OID.
    pub(super) routines: BTreeMap<u32, RoutineName>,
    /// The same of operators.
    pub(super) operators: BTreeMap<u32, OperatorName>,
    /// The names of what is not compared, by what it is.
    uncompared: BTreeMap<String, Vec<String>>,
    /// A schema has many columns and few types.
    types: BTreeMap<String, TypeName>,
}

impl Reading {
    /// Of a server of this major version.
    pub(super) fn new(version: u32) -> Self {
        Self {
            catalog: Catalog { version, is_whole: true, ..Catalog::new(Coverage::Everything) },
            columns: BTreeMap::new(),
            uncompared_columns: BTreeMap::new(),
            members: BTreeMap::new(),
            comments: BTreeMap::new(),
            rights: BTreeMap::new(),
            routines: BTreeMap::new(),
            operators: BTreeMap::new(),
            uncompared: BTreeMap::new(),
            types: BTreeMap::new(),
        }
    }

    pub(super) fn add(&mut self, id: ObjectId, facts: impl Into<Facts>) {
        let object = Object::new(&id, facts, Origin::Server);
        self.catalog.objects.insert(id, object);
    }

    /// Something of a kind that the model does not hold.
    pub(super) fn add_unmodelled(&mut self, id: ObjectId, what: impl Into<String>, meaning: Meaning) {
        let unmodelled = Unmodelled { meaning, ..Unmodelled::new(what, Origin::Server) };
        self.catalog.unmodelled.entry(id).or_insert(unmodelled);
    }

    /// What a member of an extension is.
    pub(super) fn member_of(&self, catalog: &str, oid: u32) -> Option<String> {
        self.members
            .get(catalog)?
            .get(&oid)
            .map(|extension| format!("member of the extension {}", Ident::new(extension)))
    }

    /// Whether it is a member of an extension, which then is known by its name alone.
    pub(super) fn is_member(&mut self, catalog: &str, oid: u32, id: &ObjectId) -> bool {
        let what = self.member_of(catalog, oid);
        what.into_iter().map(|what| self.add_unmodelled(id.clone(), what, Meaning::Unknown)).count() > 0
    }

    /// Keeps in mind that a `what` is there and is not compared.
    pub(super) fn not_compared(&mut self, what: &str, name: impl Into<String>) {
        self.uncompared.entry(what.into()).or_default().push(name.into());
    }

    pub(super) fn comment(&self, catalog: &str, objoid: u32, objsubid: i32) -> Option<String> {
        self.comments.get(catalog)?.get(&(objoid, objsubid)).cloned()
    }

    /// All columns of a table in their physical order.
    pub(super) fn column_order(&self, table: u32) -> Vec<Ident> {
        self.columns.get(&table).into_iter().flat_map(BTreeMap::values).cloned().collect()
    }

    pub(super) fn column_names(&self, table: u32, numbers: &[i16]) -> Result<Vec<Ident>, Trouble> {
        numbers.iter().map(|number| self.column_name(table, *number)).collect()
    }

    pub(super) fn column_name(&self, table: u32, number: i16) -> Result<Ident, Trouble> {
        let name = self.columns.get(&table).and_then(|columns| columns.get(&number)).cloned();
        name.ok_or_else(|| Trouble::Surprise(format!("the table {table} has no column {number}")))
    }

    /// The type that `format_type()` printed.
    pub(super) fn type_name(&mut self, text: &str) -> Result<TypeName, Trouble> {
        if let Some(known) = self.types.get(text) {
            return Ok(known.clone());
        }
        // So does format_type() print a type that it cannot find.
        if text.starts_with("???") {
            return Err(Trouble::Gone("a type".into()));
        }
        let parsed =
            TypeName::parse(text).map_err(|error| Trouble::Surprise(format!("the type {text}: {}", error.message)))?;
        self.types.insert(text.to_owned(), parsed.clone());
        Ok(parsed)
    }

    pub(super) fn routine(&self, oid: u32) -> Result<RoutineName, Trouble> {
        self.routines.get(&oid).cloned().ok_or_else(|| Trouble::Gone("a routine".into()))
    }

    /// None for OID 0.
    pub(super) fn optional_routine(&self, oid: u32) -> Result<Option<RoutineName>, Trouble> {
        if oid == 0 { Ok(None) } else { self.routine(oid).map(Some) }
    }

    pub(super) fn operator(&self, oid: u32) -> Result<OperatorName, Trouble> {
        self.operators.get(&oid).cloned().ok_or_else(|| Trouble::Gone("an operator".into()))
    }

    /// None for OID 0.
    pub(super) fn optional_operator(&self, oid: u32) -> Result<Option<OperatorName>, Trouble> {
        if oid == 0 { Ok(None) } else { self.operator(oid).map(Some) }
    }

    /// A note for each sort of thing that is not compared.
    pub(super) fn notes(&self) -> Vec<Note> {
        self.uncompared
            .iter()
            .map(|(what, names)| Note { message: message(what, names), origin: Origin::Server })
            .collect()
    }
}

fn message(what: &str, names: &[String]) -> String {
    let mut spelled: Vec<&str> = names.iter().map(String::as_str).collect();
    spelled.dedup();
    let more = spelled.len() > NAMES_IN_A_NOTE;
    spelled.truncate(NAMES_IN_A_NOTE);
    if more {
        spelled.push("…");
    }
    let spelled = spelled.join(", ");
    match names.len() {
        1 => format!("1 {what} is not compared yet: {spelled}"),
        n => format!("{n} {} are not compared yet: {spelled}", plural(what)),
    }
}

fn plural(noun: &str) -> String {
    match noun.strip_suffix('y') {
        Some(stem) => format!("{stem}ies"),
        None if noun.ends_with(['s', 'x']) => format!("{noun}es"),
        None => format!("{noun}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(what: &str, names: &[&str], expected: &str) {
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        assert_eq!(message(what, &names), expected);
    }

    #[test]
    fn notes_count_and_name() {
        check("view", &["a.v"], "1 view is not compared yet: a.v");
        check("text search dictionary", &["x", "y"], "2 text search dictionaries are not compared yet: x, y");
        check("index", &["1", "2", "3", "4", "5", "6", "7"], "7 indexes are not compared yet: 1, 2, 3, 4, 5, …");
        check("function", &["f", "f", "g"], "3 functions are not compared yet: f, g");
    }
}
