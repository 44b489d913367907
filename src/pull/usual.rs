//! What is as it is by itself, so that a person would not write it.

use super::Options;
use super::draft::Drafter;
use super::each::is_said_of_all;
use crate::catalog::kind::{Persistence, RowSecurity};
use crate::catalog::{AttrValue, Facts, Kind, Value};
use crate::spec::SectionKey;

/// Whether a setting is written beside the SQL of an object, or instead of any.
pub(super) fn is_written(facts: &Facts, name: &str, value: &Value, has_sql: bool, drafter: &Drafter<'_>) -> bool {
    let options = drafter.options;
    let is_usual = || is_usual(facts.kind(), name, value);
    match name {
        "owner" => options.owners,
        "grants" => {
            let is_of_all = drafter.is_of_all() && SectionKey::of(facts.kind()).is_some_and(is_said_of_all);
            options.grants && (!is_usual() || !is_of_all)
        }
        "comment" | "index_comment" | "not_null_comment" => {
            options.comments && (options.defaults || *value != Value::Null)
        }
        // What is listed, and in which order, is said by the section of the columns where there is one.
        "column_order" => options.defaults && !lists_columns(facts) && facts.partition_of().is_some(),
        "not_null_constraint" => options.defaults && has_sql && *value != Value::Null,
        "default" if matches!(facts, Facts::Column(_)) => !has_sql && options.defaults,
        "row_security" => !drafter.all_are_secured && (drafter.is_secured || options.defaults),
        "replica_identity" => options.defaults || !is_usual(),
        "columns" if facts.kind() == Kind::PrimaryKey => !has_sql,
        "schema" | "version" if facts.kind() == Kind::Extension => options.defaults,
        _ => !has_sql && !matches!(facts, Facts::Column(_)) && (options.defaults || !is_usual()),
    }
}

pub(super) fn is_usual(kind: Kind, name: &str, value: &Value) -> bool {
    let is_word = |word: &str| *value == Value::Text(word.to_owned());
    match name {
        "grants" => {
            let usual = kind.built_in_privileges().iter().map(AttrValue::to_value).collect();
            *value == Value::List(usual)
        }
        "persistence" => is_word(Persistence::Permanent.word()),
        "access_method" => is_word("heap") || *value == Value::Null,
        "replica_identity" => is_word("default"),
        _ => matches!(value, Value::Null | Value::Bool(false)) || *value == Value::List(Vec::new()),
    }
}

/// Whether the columns of a relation are its own: a partition has those of its table, a typed table those of its type,
/// and those of a view follow from its query.
pub(super) fn lists_columns(facts: &Facts) -> bool {
    let is_typed = matches!(facts, Facts::Table(table) if table.of_type.get().is_some_and(Option::is_some));
    is_made_of_columns(facts) && facts.partition_of().is_none() && !is_typed
}

/// Whether it is made of columns, and not of a query.
pub(super) fn is_made_of_columns(facts: &Facts) -> bool {
    matches!(facts, Facts::Table(_) | Facts::ForeignTable(_))
}

/// Whether something is said of a column of a view that does not follow from its query.
pub(super) fn has_own_words(facts: &Facts, options: &Options) -> bool {
    let Facts::Column(column) = facts else { return false };
    options.defaults
        || column.default.get().is_some_and(Option::is_some)
        || options.comments && column.comment.get().is_some_and(Option::is_some)
        || options.grants && column.privileges.get().is_some_and(|grants| !grants.is_empty())
}

/// Whether row security has to do with an object.
pub(super) fn is_secured(facts: &Facts) -> bool {
    match facts {
        Facts::Policy(_) => true,
        Facts::Table(table) => table.row_security.get().is_some_and(|one: &RowSecurity| one.flags() != (false, false)),
        _ => false,
    }
}

/// Sections in which something new should show up even if there was nothing when the spec was written.
pub(super) const COMMON: [SectionKey; 8] = [
    SectionKey::Extensions,
    SectionKey::Types,
    SectionKey::Sequences,
    SectionKey::Tables,
    SectionKey::Views,
    SectionKey::MaterializedViews,
    SectionKey::Functions,
    SectionKey::Procedures,
];

/// The same of what belongs to a table.
pub(super) const COMMON_PARTS: [SectionKey; 6] = [
    SectionKey::PrimaryKey,
    SectionKey::Constraints,
    SectionKey::Indexes,
    SectionKey::Policies,
    SectionKey::Triggers,
    SectionKey::Rules,
];
