//! The statement that makes an object → the part of it that is its SQL form in a spec.

use std::collections::BTreeSet;

use crate::catalog::ObjectId;
use crate::spec::SectionKey;
use crate::sql::Ident;
use crate::sql::plain::{Plainness, plain};

/// The ways to write it, the plainest first.
pub(super) fn ways(key: SectionKey, id: &ObjectId, statement: &str, home: Option<&Ident>) -> Vec<String> {
    let Some(exact) = form(key, id, statement) else { return Vec::new() };
    // What an identity column's sequence is called and begins with is mostly as it comes.
    let short_identity = || Some(exact.split_once(" AS IDENTITY (")?.0.to_owned() + " AS IDENTITY");
    let is_query = matches!(key, SectionKey::Views | SectionKey::MaterializedViews);
    let short = match key {
        SectionKey::Columns => short_identity(),
        _ if is_query => query_alone(&exact),
        SectionKey::Sequences => without(&exact, &SEQUENCE_DEFAULTS),
        SectionKey::Functions | SectionKey::Procedures => without(&exact, &ROUTINE_DEFAULTS),
        _ => None,
    };
    let mut ways = Vec::new();
    for sql in short.iter().chain([&exact]) {
        ways.extend([Plainness::Sense, Plainness::Names].map(|plainness| plain(sql, home, plainness)));
    }
    ways.push(exact);
    let mut seen = BTreeSet::new();
    ways.retain(|way| seen.insert(way.clone()));
    ways
}

/// What a server prints of every sequence that counts upwards from 1.
const SEQUENCE_DEFAULTS: [&str; 6] = [
    " INCREMENT BY 1",
    " MINVALUE 1",
    " MAXVALUE 9223372036854775807",
    " MAXVALUE 2147483647",
    " MAXVALUE 32767",
    " CACHE 1",
];

/// What is taken of every function in a language that is neither C nor internal.
const ROUTINE_DEFAULTS: [&str; 2] = [" COST 100", " ROWS 1000"];

/// The text with less said, if that leaves something of it.
fn without(sql: &str, words: &[&str]) -> Option<String> {
    // A body may say anything.
    let end = sql.find("AS $").or_else(|| sql.find("BEGIN ATOMIC")).unwrap_or(sql.len());
    let (head, body) = sql.split_at(end);
    let head = format!("{} ", head.split_whitespace().collect::<Vec<_>>().join(" "));
    let shorter = words.iter().fold(head.clone(), |text, word| text.replacen(&format!("{word} "), " ", 1));
    (shorter != head).then(|| format!("{shorter}{body}").trim_end().to_owned())
}

/// What stands behind the name.
fn form(key: SectionKey, id: &ObjectId, statement: &str) -> Option<String> {
    let name = id.name().to_string();
    let full = id.qualified_name().to_string();
    let owner = id.parent().map(|owner| owner.qualified_name().to_string()).unwrap_or_default();
    let behind = |words: &str| statement.split_once(words).map(|(_, rest)| rest.trim().to_owned());
    match key {
        SectionKey::Columns => behind(&format!(" ADD COLUMN {name} ")),
        SectionKey::PrimaryKey | SectionKey::Constraints | SectionKey::DomainConstraints => {
            behind(&format!(" ADD CONSTRAINT {name} "))
        }
        SectionKey::Policies => behind(&format!("CREATE POLICY {name} ON {owner}")),
        SectionKey::Indexes => {
            let unique = if statement.starts_with("CREATE UNIQUE") { "unique " } else { "" };
            let only = format!(" INDEX {name} ON ONLY {owner} ");
            let keys = behind(&format!(" INDEX {name} ON {owner} ")).or_else(|| behind(&only))?;
            Some(format!("{unique}{}", keys.strip_prefix("USING btree ").unwrap_or(&keys)))
        }
        SectionKey::Triggers => {
            let constraint = if statement.starts_with("CREATE CONSTRAINT") { "constraint " } else { "" };
            let rest = behind(&format!("TRIGGER {name} "))?;
            Some(format!("{constraint}{}", rest.replacen(&format!(" ON {owner}"), "", 1)))
        }
        SectionKey::Rules => Some(behind(&format!("CREATE RULE {name} AS "))?.replacen(&format!(" TO {owner}"), "", 1)),
        SectionKey::Types => match behind(&format!("CREATE DOMAIN {full} AS ")) {
            Some(domain) => Some(format!("domain {domain}")),
            None => behind(&format!("CREATE TYPE {full} AS ")).or_else(|| Some(statement.to_owned())),
        },
        SectionKey::Functions | SectionKey::Procedures | SectionKey::Sequences | SectionKey::Collations => {
            behind(&format!(" {full}"))
        }
        SectionKey::Views | SectionKey::MaterializedViews => behind(&format!("VIEW {full}")),
        SectionKey::Publications | SectionKey::EventTriggers | SectionKey::ForeignDataWrappers => {
            behind(&format!(" {name}"))
        }
        SectionKey::ForeignServers => behind(&format!("CREATE SERVER {name} ")),
        SectionKey::UserMappings => behind(&format!(" SERVER {}", id.path()[0])),
        SectionKey::Statistics
        | SectionKey::OperatorClasses
        | SectionKey::TextSearchParsers
        | SectionKey::TextSearchTemplates
        | SectionKey::TextSearchDictionaries
        | SectionKey::TextSearchConfigurations => behind(&format!(" {full} ")),
        SectionKey::Operators => behind(&format!("CREATE OPERATOR {}.{} ", id.path()[0], id.name().as_str())),
        SectionKey::Casts => behind(&format!("CREATE CAST {id} ")),
        SectionKey::Conversions => {
            let default = if statement.starts_with("CREATE DEFAULT") { "default " } else { "" };
            Some(format!("{default}{}", behind(&format!(" {full} "))?))
        }
        _ => Some(statement.to_owned()),
    }
}

/// The query of a view without the names of its columns, where nothing else stands before it.
fn query_alone(sql: &str) -> Option<String> {
    let (before, query) = sql.split_once("AS\n")?;
    (!before.contains("WITH (") && !before.contains("USING ")).then(|| query.trim().to_owned())
}
