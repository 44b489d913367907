//! `pg_index` and `pg_indexes`.

use super::{Thing, flag, is_index, or_null, positions, rows, stated};
use crate::catalog::kind::{Index, IndexKey, KeyTerm};
use crate::catalog::{Attr, Expr, Facts, ObjectId};
use crate::replay::Replay;
use crate::replay::plpgsql::value::{Row, Value, name, number, text};
use crate::sql::Ident;

impl Replay {
    /// Indexes, and those behind constraints.
    fn indexes(&self) -> impl Iterator<Item = Thing<'_>> {
        let indexes = self.catalog().objects.iter().filter(|(_, object)| is_index(object));
        indexes.map(|(id, object)| Thing { id: id.clone(), facts: Some(&object.facts) })
    }
}

/// What an index has as keys, and beside them.
fn terms(facts: &Facts) -> Option<(Vec<KeyTerm>, &[Ident])> {
    let columns = |columns: &[Ident]| columns.iter().cloned().map(KeyTerm::Column).collect();
    let keys = |keys: &[IndexKey]| keys.iter().map(|key| key.term.clone()).collect();
    Some(match facts {
        Facts::PrimaryKey(key) => (columns(key.columns.get()?), key.include.get()?),
        Facts::Unique(key) => (columns(key.columns.get()?), key.include.get()?),
        Facts::Exclusion(key) => (keys(key.keys.get()?), key.include.get()?),
        Facts::Index(index) => (keys(index.keys.get()?), index.include.get()?),
        _ => return None,
    })
}

fn terms_of<'a>(one: &Thing<'a>) -> Option<(Vec<KeyTerm>, &'a [Ident])> {
    one.facts.and_then(terms)
}

/// `indkey`: an expression has no number.
fn key_numbers(replay: &Replay, one: &Thing<'_>) -> Option<Value> {
    let (terms, include) = terms_of(one)?;
    let table = one.id.parent()?;
    let number_of = |column: &Ident| match positions(replay, &table, std::slice::from_ref(column)) {
        Value::Array(at) => at.into_iter().next(),
        _ => None,
    };
    let keys = terms.iter().map(|term| match term {
        KeyTerm::Column(column) => number_of(column),
        KeyTerm::Expr(_) => Some(Value::Number(0)),
    });
    Some(Value::Vector(keys.chain(include.iter().map(number_of)).collect::<Option<_>>()?))
}

fn predicate<'a>(one: &Thing<'a>) -> Option<&'a Attr<Option<Expr>>> {
    match one.facts? {
        Facts::Index(index) => Some(&index.predicate),
        Facts::Exclusion(key) => Some(&key.predicate),
        _ => None,
    }
}

pub(super) fn pg_index(replay: &Replay) -> Option<Vec<Row>> {
    rows(
        replay,
        replay.indexes(),
        &[
            ("indexrelid", |_, one| one.oid()),
            ("indrelid", |_, one| one.parent()),
            ("indisunique", |_, one| match one.facts {
                Some(Facts::PrimaryKey(_) | Facts::Unique(_)) => Value::Bool(true),
                Some(Facts::Index(index)) => flag(&index.unique),
                _ => Value::Bool(false),
            }),
            ("indisprimary", |_, one| Value::Bool(matches!(one.facts, Some(Facts::PrimaryKey(_))))),
            ("indisexclusion", |_, one| Value::Bool(matches!(one.facts, Some(Facts::Exclusion(_))))),
            ("indimmediate", |_, one| match one.facts {
                Some(Facts::PrimaryKey(key)) => stated(&key.deferrable, |deferrable| Value::Bool(!deferrable)),
                Some(Facts::Unique(key)) => stated(&key.deferrable, |deferrable| Value::Bool(!deferrable)),
                Some(Facts::Exclusion(key)) => stated(&key.deferrable, |deferrable| Value::Bool(!deferrable)),
                _ => Value::Bool(true),
            }),
            ("indisclustered", |_, one| match one.facts {
                Some(Facts::PrimaryKey(key)) => flag(&key.clustered),
                Some(Facts::Unique(key)) => flag(&key.clustered),
                Some(Facts::Index(index)) => flag(&index.clustered),
                _ => Value::Bool(false),
            }),
            ("indisvalid", |_, one| match one.facts {
                Some(Facts::Index(index)) => flag(&index.valid),
                _ => Value::Bool(true),
            }),
            ("indnatts", |_, one| {
                terms_of(one).map_or(Value::Unknown, |(terms, include)| number(terms.len() + include.len()))
            }),
            ("indnkeyatts", |_, one| terms_of(one).map_or(Value::Unknown, |(terms, _)| number(terms.len()))),
            ("indkey", |replay, one| key_numbers(replay, one).unwrap_or(Value::Unknown)),
            ("indexprs", |_, one| match terms_of(one) {
                Some((terms, _)) if !terms.iter().any(|term| matches!(term, KeyTerm::Expr(_))) => Value::Null,
                _ => Value::Unknown,
            }),
            ("indpred", |_, one| match predicate(one) {
                Some(attr) => or_null(attr, |predicate| text(predicate.text())),
                None => Value::Null,
            }),
        ],
    )
}

pub(super) fn pg_indexes(replay: &Replay) -> Option<Vec<Row>> {
    rows(
        replay,
        replay.indexes(),
        &[
            ("schemaname", |_, one| one.schema()),
            ("tablename", |_, one| one.table()),
            ("indexname", |_, one| one.name()),
            ("tablespace", |_, one| match one.facts {
                Some(Facts::PrimaryKey(key)) => or_null(&key.tablespace, name),
                Some(Facts::Unique(key)) => or_null(&key.tablespace, name),
                Some(Facts::Exclusion(key)) => or_null(&key.tablespace, name),
                Some(Facts::Index(index)) => or_null(&index.tablespace, name),
                _ => Value::Unknown,
            }),
            ("indexdef", |replay, one| replay.index_definition(&one.id)),
        ],
    )
}

impl Replay {
    /// `pg_get_indexdef()`, where no expression stands in it: those are not printed just as the server does.
    pub(in crate::replay::plpgsql) fn index_definition(&self, id: &ObjectId) -> Value {
        self.index_words(id).map_or(Value::Unknown, Value::Text)
    }

    fn index_words(&self, id: &ObjectId) -> Option<String> {
        let keys_of = |columns: &Attr<Vec<Ident>>| columns.get().map(|columns| name_list(columns));
        let (is_unique, method, keys, include, nulls, parameters) = match self.catalog().facts(id)? {
            Facts::PrimaryKey(key) if !*key.without_overlaps.get()? => {
                (true, "btree".to_owned(), keys_of(&key.columns)?, &key.include, false, &key.storage_parameters)
            }
            Facts::Unique(key) if !*key.without_overlaps.get()? => {
                let nulls = *key.nulls_not_distinct.get()?;
                (true, "btree".to_owned(), keys_of(&key.columns)?, &key.include, nulls, &key.storage_parameters)
            }
            Facts::Index(index) => {
                let nulls = *index.nulls_not_distinct.get()?;
                let (keys, method) = (plain_keys(index)?, index.method.get()?.to_string());
                (*index.unique.get()?, method, keys, &index.include, nulls, &index.storage_parameters)
            }
            _ => return None,
        };
        if !parameters.get()?.is_empty() {
            return None;
        }
        let unique = if is_unique { "UNIQUE " } else { "" };
        let table = id.parent()?;
        let only = if self.is_partitioned(&table) { "ONLY " } else { "" };
        let mut words = format!("CREATE {unique}INDEX {} ON {only}{table} USING {method} ({keys})", id.name());
        match include.get()?.as_slice() {
            [] => {}
            columns => words += &format!(" INCLUDE ({})", name_list(columns)),
        }
        words += if nulls { " NULLS NOT DISTINCT" } else { "" };
        Some(words)
    }
}

/// The keys of an index, if they are columns with nothing that would have to be looked up.
fn plain_keys(index: &Index) -> Option<String> {
    if index.predicate.get()?.is_some() {
        return None;
    }
    let key = |key: &IndexKey| match &key.term {
        KeyTerm::Column(column) if key.collation.is_none() && key.opclass.is_none() => {
            let order = match (key.descending, key.nulls_first) {
                (false, false) => "",
                (false, true) => " NULLS FIRST",
                (true, true) => " DESC",
                (true, false) => " DESC NULLS LAST",
            };
            key.opclass_options.is_empty().then(|| format!("{column}{order}"))
        }
        _ => None,
    };
    let keys: Option<Vec<String>> = index.keys.get()?.iter().map(key).collect();
    keys.map(|keys| keys.join(", "))
}

pub(super) fn name_list(columns: &[Ident]) -> String {
    columns.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
