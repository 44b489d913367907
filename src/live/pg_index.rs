use std::thread;

use pg_query::NodeEnum;

use super::pg_class::RelKind;
use super::reading::Reading;
use super::row::{Fields, Row, Trouble};
use crate::catalog::kind::{Exclusion, Index, IndexKey, KeyTerm};
use crate::catalog::{Class, Expr, server};
use crate::sql::{self, Ident, parse};

pub(super) const SQL: &str = concat!(include_str!("scope.sql"), include_str!("pg_index.sql"));

/// `INDOPTION_DESC` and `INDOPTION_NULLS_FIRST` (`pg_index.h`).
const DESCENDING: i16 = 1;
const NULLS_FIRST: i16 = 2;

pub(super) fn read(rows: &[Row], reading: &mut Reading) -> Result<(), Trouble> {
    let printed = rows
        .iter()
        .filter_map(|row| match row.field("is_plain") {
            Ok(true) => None,
            Ok(false) => Some(row.field::<String>("indexdef")),
            Err(trouble) => Some(Err(trouble)),
        })
        .collect::<Result<Vec<_>, _>>()?;
    let mut printed = parse_definitions(printed)?.into_iter();
    for row in rows {
        let relation = row.relation()?;
        let constraint: Option<u32> = row.field("conoid")?;
        let class = if constraint.is_some() { Class::Constraint } else { Class::Index };
        let id = relation.part(class, &row.ident("indexname")?);
        let keys = if row.field("is_plain")? { None } else { printed.next() };
        match row.code("relkind")? {
            RelKind::Table | RelKind::PartitionedTable | RelKind::MaterializedView => (),
            RelKind::View | RelKind::ForeignTable => {
                return Err(Trouble::Surprise(format!("the index {id} is not one of a table")));
            }
        }
        let (table, numbers): (u32, Vec<i16>) = (row.field("indrelid")?, row.field("indkey")?);
        let key_count = usize::try_from(row.field::<i16>("indnkeyatts")?).unwrap_or_default();
        let (key_numbers, include) = numbers.split_at_checked(key_count).ok_or_else(|| surprise("indkey"))?;
        // An expression has no column: its number is 0.
        let names =
            key_numbers.iter().map(|n| if *n == 0 { Ok(None) } else { reading.column_name(table, *n).map(Some) });
        let names: Vec<Option<Ident>> = names.collect::<Result<_, _>>()?;
        let index = Index {
            method: server(row.ident("amname")?),
            unique: server(row.field("indisunique")?),
            keys: server(match keys {
                Some(keys) => printed_keys(row, names, keys)?,
                None => plain_keys(row, names)?,
            }),
            include: server(reading.column_names(table, include)?),
            predicate: server(row.expr("indpred", row.field("is_partial")?)?),
            nulls_not_distinct: server(row.field("indnullsnotdistinct")?),
            storage_parameters: server(row.options("reloptions")?),
            valid: server(row.field("indisvalid")?),
            tablespace: server(row.optional_ident("spcname")?),
            clustered: server(row.field("indisclustered")?),
            statistics: server(row.field("attstattargets")?),
            derived_from: server(row.optional_ident("parentname")?),
            comment: server(reading.comment("pg_class", row.field("oid")?, 0)),
        };
        match constraint {
            Some(oid) => reading.add(id, exclusion(row, reading, oid, index)?),
            None => reading.add(id, index),
        }
    }
    Ok(())
}

/// The exclusion constraint that an index stands behind.
fn exclusion(row: &Row, reading: &Reading, oid: u32, index: Index) -> Result<Exclusion, Trouble> {
    let operators: Vec<u32> = row.field("conexclop")?;
    let operators: Vec<_> = operators.into_iter().map(|oid| reading.operator(oid)).collect::<Result<_, _>>()?;
    Ok(Exclusion {
        method: index.method,
        keys: index.keys,
        operators: server(operators),
        include: index.include,
        predicate: index.predicate,
        deferrable: server(row.field("condeferrable")?),
        initially_deferred: server(row.field("condeferred")?),
        storage_parameters: index.storage_parameters,
        tablespace: index.tablespace,
        derived_from: index.derived_from,
        comment: server(reading.comment("pg_constraint", oid, 0)),
        index_comment: index.comment,
    })
}

/// The keys of a plain index: only their direction can be said of them.
fn plain_keys(row: &Row, names: Vec<Option<Ident>>) -> Result<Vec<IndexKey>, Trouble> {
    let options: Vec<i16> = row.field("indoption")?;
    if options.len() != names.len() {
        return Err(surprise("indoption"));
    }
    let key = |(name, option): (Option<Ident>, i16)| {
        Ok(IndexKey {
            descending: option & DESCENDING != 0,
            nulls_first: option & NULLS_FIRST != 0,
            ..IndexKey::column(name.ok_or_else(|| surprise("indkey"))?)
        })
    };
    names.into_iter().zip(options).map(key).collect()
}

/// The keys as the server printed them, each with its term put in.
fn printed_keys(row: &Row, names: Vec<Option<Ident>>, keys: Vec<IndexKey>) -> Result<Vec<IndexKey>, Trouble> {
    if keys.len() != names.len() {
        return Err(surprise("indexdef"));
    }
    let expressions: Vec<Option<&str>> = row.field::<Option<_>>("indexprs")?.unwrap_or_default();
    let term = |position: usize, name: Option<Ident>| match (name, expressions.get(position).copied().flatten()) {
        (Some(name), _) => Ok(KeyTerm::Column(name)),
        (None, Some(text)) => Ok(KeyTerm::Expr(Expr::new(bare(text)))),
        (None, None) => Err(Trouble::Gone("a key of an index".into())),
    };
    let with_term = |(position, (key, name))| Ok(IndexKey { term: term(position, name)?, ..key });
    keys.into_iter().zip(names).enumerate().map(with_term).collect()
}

/// `pg_get_indexdef()` puts parentheses around what is not a function call. What begins with one
/// ends with the one that belongs to it.
fn bare(text: &str) -> &str {
    text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).unwrap_or(text)
}

/// What stands around the keys in the texts of `pg_get_indexdef()`, on a stack that holds any of them.
fn parse_definitions(definitions: Vec<String>) -> Result<Vec<Vec<IndexKey>>, Trouble> {
    if definitions.is_empty() {
        return Ok(Vec::new());
    }
    thread::Builder::new()
        .stack_size(sql::STACK_SIZE)
        .spawn(move || definitions.iter().map(|definition| keys_around(definition)).collect::<Result<_, _>>())
        .map_err(|error| Trouble::Surprise(format!("no thread to read index definitions on: {error}")))?
        .join()
        .unwrap_or_else(|_| Err(surprise("indexdef")))
}

/// The keys of an index by its definition, with terms that mean nothing.
fn keys_around(definition: &str) -> Result<Vec<IndexKey>, Trouble> {
    let Ok(NodeEnum::IndexStmt(index)) = parse::parse_one(definition) else {
        return Err(Trouble::Surprise(format!("this is no index definition: {definition}")));
    };
    let keys = index.index_params.iter().filter_map(|node| match &node.node {
        Some(NodeEnum::IndexElem(element)) => Some(IndexKey::from_node(element, KeyTerm::Column(Ident::default()))),
        _ => None,
    });
    Ok(keys.collect())
}

fn surprise(column: &str) -> Trouble {
    Trouble::Surprise(format!("{column} does not fit the index"))
}
