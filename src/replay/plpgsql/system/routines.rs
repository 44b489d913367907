//! `pg_proc`, `pg_language`, and what `information_schema` shows of routines.

use std::collections::BTreeSet;

use super::{Thing, code, flag, rows, stated};
use crate::catalog::{Attr, Class, Facts, ObjectId};
use crate::replay::Replay;
use crate::replay::extension::PLPGSQL;
use crate::replay::plpgsql::value::{Row, Value, number, text};
use crate::sql::Ident;

fn prokind(one: &Thing<'_>) -> Value {
    match one.facts {
        Some(Facts::Function(function)) => stated(&function.window, |window| text(if *window { "w" } else { "f" })),
        Some(Facts::Procedure(_)) => text("p"),
        Some(Facts::Aggregate(_)) => text("a"),
        _ => Value::Unknown,
    }
}

fn language<'a>(one: &Thing<'a>) -> Option<&'a Ident> {
    match one.facts? {
        Facts::Function(function) => function.language.get(),
        Facts::Procedure(procedure) => procedure.language.get(),
        _ => None,
    }
}

fn security_definer(one: &Thing<'_>) -> Value {
    match one.facts {
        Some(Facts::Function(function)) => flag(&function.security_definer),
        Some(Facts::Procedure(procedure)) => flag(&procedure.security_definer),
        Some(Facts::Aggregate(_)) => Value::Bool(false),
        _ => Value::Unknown,
    }
}

pub(super) fn pg_proc(replay: &Replay) -> Option<Vec<Row>> {
    rows(
        replay,
        replay.of_class(Class::Routine),
        &[
            ("oid", |_, one| one.oid()),
            ("proname", |_, one| one.name()),
            ("pronamespace", |_, one| one.namespace()),
            ("proowner", |_, one| one.owner()),
            ("prolang", |_, one| {
                language(one).map_or(Value::Unknown, |name| Value::Object(ObjectId::top(Class::Language, name)))
            }),
            ("prokind", |_, one| prokind(one)),
            ("prosecdef", |_, one| security_definer(one)),
            ("proisstrict", |_, one| match one.facts {
                Some(Facts::Function(function)) => flag(&function.strict),
                Some(Facts::Procedure(_)) => Value::Bool(false),
                _ => Value::Unknown,
            }),
            ("proretset", |_, one| match one.facts {
                Some(Facts::Function(function)) => flag(&function.returns_set),
                Some(_) => Value::Bool(false),
                None => Value::Unknown,
            }),
            ("provolatile", |_, one| match one.facts {
                Some(Facts::Function(function)) => stated(&function.volatility, |of| code(of.code())),
                _ => Value::Unknown,
            }),
            ("prorettype", |_, one| match one.facts {
                Some(Facts::Function(function)) => stated(&function.result, |of| Value::Type(of.clone())),
                Some(Facts::Aggregate(aggregate)) => stated(&aggregate.result, |of| Value::Type(of.clone())),
                _ => Value::Unknown,
            }),
            ("pronargs", |_, one| number(one.id.args().len())),
            ("proargtypes", |_, one| Value::Vector(one.id.args().iter().cloned().map(Value::Type).collect())),
            ("prosrc", |_, one| match one.facts {
                Some(Facts::Function(function)) => source(&function.source),
                Some(Facts::Procedure(procedure)) => source(&procedure.source),
                _ => Value::Unknown,
            }),
        ],
    )
}

fn source(attr: &Attr<Option<String>>) -> Value {
    stated(attr, |source| source.as_deref().map_or(Value::Unknown, text))
}

pub(super) fn routines(replay: &Replay) -> Option<Vec<Row>> {
    rows(
        replay,
        replay.of_class(Class::Routine),
        &[
            ("routine_schema", |_, one| one.schema()),
            ("routine_name", |_, one| one.name()),
            ("specific_schema", |_, one| one.schema()),
            ("routine_type", |_, one| match prokind(one) {
                Value::Text(kind) if kind == "f" => text("FUNCTION"),
                Value::Text(kind) if kind == "p" => text("PROCEDURE"),
                Value::Text(_) => Value::Null,
                _ => Value::Unknown,
            }),
            ("external_language", |_, one| {
                language(one).map_or(Value::Unknown, |language| text(&language.as_str().to_uppercase()))
            }),
            ("security_type", |_, one| match security_definer(one) {
                Value::Bool(is_definer) => text(if is_definer { "DEFINER" } else { "INVOKER" }),
                _ => Value::Unknown,
            }),
        ],
    )
}

pub(super) fn pg_language(replay: &Replay) -> Option<Vec<Row>> {
    let builtin = ["internal", "c", "sql", PLPGSQL].map(|one| ObjectId::top(Class::Language, &one.into()));
    let own = replay.of_class(Class::Language).map(|of| of.id);
    let all: BTreeSet<ObjectId> = own.chain(builtin).collect();
    rows(
        replay,
        all.into_iter().map(|id| Thing::new(replay, id)),
        &[("oid", |_, one| one.oid()), ("lanname", |_, one| one.name()), ("lanowner", |_, one| one.owner())],
    )
}
