//! `pg_attribute`, `pg_attrdef`, and `information_schema.columns`.

use super::types::{Described, type_modifier};
use super::{or_null, rows, schema_of, stated, yes_or_no};
use crate::catalog::kind::{Column, GeneratedKind};
use crate::catalog::{Expr, Facts, ObjectId};
use crate::replay::Replay;
use crate::replay::plpgsql::value::{Row, Value, name, number, text};
use crate::sql::{Ident, TypeName};

/// A row of `pg_attribute`; of a relation whose columns are not known, one that may be any of them.
struct Attribute<'a> {
    relation: ObjectId,
    relkind: &'static str,
    column: Option<(usize, Ident, TypeName)>,
    facts: Option<&'a Column>,
}

impl Attribute<'_> {
    fn name(&self) -> Value {
        self.column.as_ref().map_or(Value::Unknown, |(_, column, _)| name(column))
    }

    fn position(&self) -> Value {
        self.column.as_ref().map_or(Value::Unknown, |(at, ..)| number(*at))
    }

    fn of_type(&self, value: impl FnOnce(&TypeName) -> Value) -> Value {
        self.column.as_ref().map_or(Value::Unknown, |(.., of)| value(of))
    }

    /// What its facts say; of columns that have none of their own, such as those of views, `otherwise`.
    fn of_facts(&self, value: impl FnOnce(&Column) -> Value, otherwise: Value) -> Value {
        match self.facts {
            Some(facts) => value(facts),
            None if self.column.is_some() && matches!(self.relkind, "v" | "m" | "c") => otherwise,
            None => Value::Unknown,
        }
    }

    fn not_null(&self) -> Value {
        self.of_facts(|facts| stated(&facts.nullable, |nullable| Value::Bool(!nullable)), Value::Bool(false))
    }

    fn default(&self) -> Value {
        self.of_facts(|facts| or_null(&facts.default, shown), Value::Null)
    }

    fn generated(&self) -> Value {
        let word = |kind: Option<GeneratedKind>| text(&kind.map(|kind| kind.code().to_string()).unwrap_or_default());
        self.of_facts(|facts| stated(&facts.generated, |one| word(one.as_ref().map(|one| one.kind))), text(""))
    }

    fn identity(&self) -> Value {
        let word = |facts: &Column| {
            stated(&facts.identity, |one| text(&one.map(|one| one.code().to_string()).unwrap_or_default()))
        };
        self.of_facts(word, text(""))
    }

    fn described<'r>(&self, replay: &'r Replay) -> Option<Described<'r>> {
        self.column.as_ref().map(|(.., of)| Described::of(replay, of))
    }
}

fn shown(expr: &Expr) -> Value {
    text(expr.text())
}

impl Replay {
    /// The columns of tables, views and their like.
    fn attributes(&self) -> Vec<Attribute<'_>> {
        let mut found = Vec::new();
        for one in self.relations().filter(|one| one.relkind != "S") {
            let relation = one.of.id;
            let unknown = Attribute { relation: relation.clone(), relkind: one.relkind, column: None, facts: None };
            let Some(columns) = self.relation_columns(&relation) else {
                found.push(unknown);
                continue;
            };
            found.extend(columns.into_iter().enumerate().map(|(at, (column, of))| Attribute {
                facts: self.catalog().column(&relation, &column),
                column: Some((at + 1, column, of)),
                relation: relation.clone(),
                relkind: one.relkind,
            }));
        }
        found
    }

    fn attributes_of_types(&self) -> Vec<Attribute<'_>> {
        let mut found = Vec::new();
        for (relation, composite) in self.composites() {
            for (at, one) in composite.attributes.get().into_iter().flatten().enumerate() {
                let column = Some((at + 1, one.name.clone(), one.of.clone()));
                found.push(Attribute { relation: relation.clone(), relkind: "c", column, facts: None });
            }
        }
        found
    }
}

pub(super) fn pg_attribute(replay: &Replay) -> Option<Vec<Row>> {
    rows(
        replay,
        replay.attributes().into_iter().chain(replay.attributes_of_types()),
        &[
            ("attrelid", |_, one| Value::Object(one.relation.clone())),
            ("attname", |_, one| one.name()),
            ("attnum", |_, one| one.position()),
            ("atttypid", |_, one| one.of_type(|of| Value::Type(of.clone()))),
            ("atttypmod", |_, one| one.of_type(type_modifier)),
            ("attnotnull", |_, one| one.not_null()),
            ("atthasdef", |_, one| match (one.default(), one.generated()) {
                (Value::Unknown, _) | (_, Value::Unknown) => Value::Unknown,
                (default, generated) => Value::Bool(default != Value::Null || generated != text("")),
            }),
            ("attidentity", |_, one| one.identity()),
            ("attgenerated", |_, one| one.generated()),
            ("attisdropped", |_, _| Value::Bool(false)),
            ("attislocal", |_, one| {
                let local = |facts: &Column| stated(&facts.local, |local| Value::Bool(*local));
                one.of_facts(local, Value::Bool(true))
            }),
        ],
    )
}

pub(super) fn pg_attrdef(replay: &Replay) -> Option<Vec<Row>> {
    let has_any = |one: &Attribute<'_>| {
        one.facts.is_some_and(|facts| !matches!((facts.default.get(), facts.generated.get()), (Some(None), Some(None))))
    };
    rows(
        replay,
        replay.attributes().into_iter().filter(has_any),
        &[
            ("adrelid", |_, one| Value::Object(one.relation.clone())),
            ("adnum", |_, one| one.position()),
            ("adbin", |_, one| {
                let facts = |facts: &Column| match facts.generated.get() {
                    Some(Some(generated)) => shown(&generated.expression),
                    _ => or_null(&facts.default, shown),
                };
                one.of_facts(facts, Value::Unknown)
            }),
        ],
    )
}

pub(super) fn columns(replay: &Replay) -> Option<Vec<Row>> {
    rows(
        replay,
        replay.attributes().into_iter().filter(|one| one.relkind != "m"),
        &[
            ("table_schema", |_, one| schema_of(&one.relation)),
            ("table_name", |_, one| name(one.relation.name())),
            ("column_name", |_, one| one.name()),
            ("ordinal_position", |_, one| one.position()),
            ("column_default", |_, one| one.default()),
            ("is_nullable", |replay, one| {
                let domain = one.described(replay).and_then(|of| of.domain);
                let domain = domain.and_then(|id| match replay.catalog().facts(&id) {
                    Some(Facts::Domain(domain)) => domain.nullable.get().copied(),
                    _ => Some(true),
                });
                match (one.not_null(), domain) {
                    (Value::Bool(false), Some(false)) => text("NO"),
                    (Value::Bool(not_null), _) => yes_or_no(&Value::Bool(!not_null)),
                    _ => Value::Unknown,
                }
            }),
            ("data_type", |replay, one| one.described(replay).map_or(Value::Unknown, |of| of.data_type())),
            ("character_maximum_length", |replay, one| {
                one.described(replay).map_or(Value::Unknown, |of| of.character_length())
            }),
            ("numeric_precision", |replay, one| one.described(replay).map_or(Value::Unknown, |of| of.precision())),
            ("numeric_scale", |replay, one| one.described(replay).map_or(Value::Unknown, |of| of.scale())),
            ("datetime_precision", |replay, one| {
                one.described(replay).map_or(Value::Unknown, |of| of.datetime_precision())
            }),
            ("udt_schema", |replay, one| one.described(replay).map_or(Value::Unknown, |of| of.udt_schema())),
            ("udt_name", |replay, one| one.described(replay).map_or(Value::Unknown, |of| of.udt_name())),
            ("domain_schema", |replay, one| domain(replay, one, schema_of)),
            ("domain_name", |replay, one| domain(replay, one, |id| name(id.name()))),
            ("is_identity", |_, one| match one.identity() {
                Value::Text(identity) => yes_or_no(&Value::Bool(!identity.is_empty())),
                _ => Value::Unknown,
            }),
            ("identity_generation", |_, one| {
                let word = |facts: &Column| or_null(&facts.identity, |one| text(&one.word().to_uppercase()));
                one.of_facts(word, Value::Null)
            }),
            ("is_generated", |_, one| match one.generated() {
                Value::Text(generated) => text(if generated.is_empty() { "NEVER" } else { "ALWAYS" }),
                _ => Value::Unknown,
            }),
            ("generation_expression", |_, one| {
                let shown = |facts: &Column| or_null(&facts.generated, |one| shown(&one.expression));
                one.of_facts(shown, Value::Null)
            }),
        ],
    )
}

fn domain(replay: &Replay, one: &Attribute<'_>, value: impl FnOnce(&ObjectId) -> Value) -> Value {
    one.described(replay).map_or(Value::Unknown, |of| of.domain.as_ref().map_or(Value::Null, value))
}
