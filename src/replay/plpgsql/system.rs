//! The rows of the server's own relations, as far as code asks for them: `pg_catalog` and `information_schema`. Each
//! relation is a table of its columns, and of what each says of the thing that a row stands for. A column that is not
//! here is not known; neither is a relation.

mod columns;
mod constraints;
mod indexes;
mod objects;
mod relations;
mod rights;
mod routines;
mod triggers;
mod types;

use super::value::{Row, Value, name, text};
use crate::catalog::{Attr, Class, Facts, Object, ObjectId};
use crate::replay::Replay;
use crate::sql::{Ident, TypeName};

/// A column, and what it is in the row that stands for a thing.
type Column<T> = (&'static str, fn(&Replay, &T) -> Value);

/// The rows of a relation; none where it cannot be told what is in it.
type Answer = fn(&Replay) -> Option<Vec<Row>>;

const PG_CATALOG: &[(&str, Answer)] = &[
    ("pg_attrdef", columns::pg_attrdef),
    ("pg_attribute", columns::pg_attribute),
    ("pg_authid", objects::pg_roles),
    ("pg_available_extensions", objects::pg_available_extensions),
    ("pg_class", relations::pg_class),
    ("pg_constraint", constraints::pg_constraint),
    ("pg_description", objects::pg_description),
    ("pg_enum", types::pg_enum),
    ("pg_extension", objects::pg_extension),
    ("pg_foreign_server", objects::pg_foreign_server),
    ("pg_index", indexes::pg_index),
    ("pg_indexes", indexes::pg_indexes),
    ("pg_inherits", relations::pg_inherits),
    ("pg_language", routines::pg_language),
    ("pg_matviews", relations::pg_matviews),
    ("pg_namespace", objects::pg_namespace),
    ("pg_policies", objects::pg_policies),
    ("pg_policy", objects::pg_policy),
    ("pg_proc", routines::pg_proc),
    ("pg_publication", objects::pg_publication),
    ("pg_publication_rel", objects::pg_publication_rel),
    ("pg_publication_tables", objects::pg_publication_tables),
    ("pg_roles", objects::pg_roles),
    ("pg_rules", objects::pg_rules),
    ("pg_sequence", relations::pg_sequence),
    ("pg_sequences", relations::pg_sequences),
    ("pg_tables", relations::pg_tables),
    ("pg_trigger", triggers::pg_trigger),
    ("pg_ts_config", |replay| objects::text_search(replay, Class::TextSearchConfiguration, "cfgname", "cfgnamespace")),
    ("pg_ts_dict", |replay| objects::text_search(replay, Class::TextSearchDictionary, "dictname", "dictnamespace")),
    ("pg_ts_parser", |replay| objects::text_search(replay, Class::TextSearchParser, "prsname", "prsnamespace")),
    ("pg_ts_template", |replay| objects::text_search(replay, Class::TextSearchTemplate, "tmplname", "tmplnamespace")),
    ("pg_type", types::pg_type),
    ("pg_user", objects::pg_user),
    ("pg_views", relations::pg_views),
];

const INFORMATION_SCHEMA: &[(&str, Answer)] = &[
    ("check_constraints", constraints::check_constraints),
    ("columns", columns::columns),
    ("constraint_column_usage", |replay| constraints::column_usage(replay, true)),
    ("domains", types::domains),
    ("foreign_tables", relations::foreign_tables),
    ("key_column_usage", |replay| constraints::column_usage(replay, false)),
    ("referential_constraints", constraints::referential_constraints),
    ("role_table_grants", rights::table_privileges),
    ("routines", routines::routines),
    ("schemata", objects::schemata),
    ("sequences", relations::sequences),
    ("table_constraints", constraints::table_constraints),
    ("table_privileges", rights::table_privileges),
    ("tables", relations::tables),
    ("triggers", triggers::triggers),
    ("views", relations::views),
];

impl Replay {
    pub(super) fn system_relation(&self, relation: &str) -> Option<Vec<Row>> {
        answer(self, PG_CATALOG, relation)
    }

    pub(super) fn information_schema(&self, relation: &str) -> Option<Vec<Row>> {
        answer(self, INFORMATION_SCHEMA, relation)
    }

    /// All of one class, modelled or not.
    fn of_class(&self, class: Class) -> impl Iterator<Item = Thing<'_>> {
        self.catalog().ids().filter(move |id| id.class() == class).map(|id| Thing::new(self, id.clone()))
    }
}

fn answer(replay: &Replay, relations: &[(&str, Answer)], relation: &str) -> Option<Vec<Row>> {
    let (_, answer) = relations.iter().find(|(known, _)| *known == relation)?;
    answer(replay)
}

/// A row for each of these things.
fn rows<T>(replay: &Replay, of: impl IntoIterator<Item = T>, columns: &[Column<T>]) -> Option<Vec<Row>> {
    let row = |of: T| columns.iter().map(|(name, value)| ((*name).to_owned(), value(replay, &of))).collect();
    Some(of.into_iter().map(row).collect())
}

/// Something in the catalog, and what is known of it if the model holds it.
struct Thing<'a> {
    id: ObjectId,
    facts: Option<&'a Facts>,
}

impl<'a> Thing<'a> {
    fn new(replay: &'a Replay, id: ObjectId) -> Self {
        let facts = replay.catalog().facts(&id);
        Self { id, facts }
    }

    fn oid(&self) -> Value {
        Value::Object(self.id.clone())
    }

    fn name(&self) -> Value {
        name(self.id.name())
    }

    /// The name of the relation that it is a part of.
    fn table(&self) -> Value {
        self.id.path().get(1).map_or(Value::Unknown, name)
    }

    fn schema(&self) -> Value {
        schema_of(&self.id)
    }

    fn namespace(&self) -> Value {
        namespace_of(&self.id)
    }

    fn parent(&self) -> Value {
        self.id.parent().map_or(Value::Unknown, Value::Object)
    }

    fn owner(&self) -> Value {
        self.facts.and_then(Facts::owner).map_or(Value::Unknown, |owner| stated(owner, role))
    }

    fn owner_name(&self) -> Value {
        self.facts.and_then(Facts::owner).map_or(Value::Unknown, |owner| stated(owner, name))
    }
}

/// What an attribute is worth; unknown where it is not stated.
fn stated<T>(attr: &Attr<T>, value: impl FnOnce(&T) -> Value) -> Value {
    attr.get().map_or(Value::Unknown, value)
}

/// NULL where there is none.
fn or_null<T>(attr: &Attr<Option<T>>, value: impl FnOnce(&T) -> Value) -> Value {
    stated(attr, |inner| inner.as_ref().map_or(Value::Null, value))
}

fn flag(attr: &Attr<bool>) -> Value {
    stated(attr, |value| Value::Bool(*value))
}

fn code(code: char) -> Value {
    Value::Text(code.to_string())
}

/// `yes_or_no`
fn yes_or_no(value: &Value) -> Value {
    match value {
        Value::Bool(value) => text(if *value { "YES" } else { "NO" }),
        _ => Value::Unknown,
    }
}

/// `character_data`
fn as_text(value: &Value) -> Value {
    value.words().map_or(Value::Unknown, Value::Text)
}

fn role(role: &Ident) -> Value {
    Value::Object(ObjectId::top(Class::Role, role))
}

fn schema_of(id: &ObjectId) -> Value {
    name(&id.path()[0])
}

fn namespace_of(id: &ObjectId) -> Value {
    Value::Object(ObjectId::top(Class::Schema, &id.path()[0]))
}

/// A type, as `regtype` has it.
fn type_value(id: &ObjectId) -> Value {
    let name = id.qualified_name();
    let is_system = name.schema.as_ref().is_some_and(|schema| *schema == "pg_catalog");
    Value::Type(if is_system {
        TypeName::builtin(name.name.as_str())
    } else {
        TypeName { name, ..TypeName::default() }
    })
}

/// The numbers of columns in a relation.
fn positions(replay: &Replay, relation: &ObjectId, columns: &[Ident]) -> Value {
    let Some(order) = replay.relation_columns(relation) else { return Value::Unknown };
    let position = |column: &Ident| order.iter().position(|(known, _)| known == column);
    Value::Array(columns.iter().filter_map(position).map(|at| super::value::number(at + 1)).collect())
}

/// Whether an object stands on an index, or is one.
fn is_index(object: &Object) -> bool {
    let kind = object.facts.kind();
    kind == crate::catalog::Kind::Index || kind.stands_on_index()
}
