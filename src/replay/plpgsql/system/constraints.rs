//! `pg_constraint`, `pg_get_constraintdef()`, and what `information_schema` shows of constraints.

use super::indexes::name_list;
use super::relations::derived_from;
use super::{Thing, code, flag, positions, rows, schema_of, stated, type_value, yes_or_no};
use crate::catalog::kind::{FkAction, FkMatch, ForeignKey, KeyTerm, References};
use crate::catalog::{Attr, Class, Facts, ObjectId};
use crate::replay::Replay;
use crate::replay::indexcmds::is_unique_over;
use crate::replay::plpgsql::value::{Row, Value, name, number, text};
use crate::sql::Ident;

/// A row of `pg_constraint`.
struct Constraint<'a> {
    of: Thing<'a>,
    contype: &'static str,
    /// The column that it makes NOT NULL.
    not_null: Option<&'a Ident>,
}

impl Replay {
    /// Those of relations.
    fn table_constraints(&self) -> impl Iterator<Item = Constraint<'_>> {
        self.of_class(Class::Constraint).map(|of| {
            let contype = match of.facts {
                Some(Facts::PrimaryKey(_)) => "p",
                Some(Facts::Unique(_)) => "u",
                Some(Facts::Check(_)) => "c",
                Some(Facts::ForeignKey(_)) => "f",
                _ => "x",
            };
            Constraint { of, contype, not_null: None }
        })
    }

    /// Those that make columns NOT NULL; servers before 18 have none.
    fn not_null_constraints(&self) -> impl Iterator<Item = Constraint<'_>> {
        self.catalog().objects.iter().filter_map(|(id, object)| {
            let Facts::Column(column) = &object.facts else { return None };
            let name = &column.not_null_constraint.get()?.as_ref()?.name;
            let of = Thing { id: id.parent()?.part(Class::Constraint, name), facts: Some(&object.facts) };
            Some(Constraint { of, contype: "n", not_null: Some(id.name()) })
        })
    }
}

fn foreign_key<'a>(one: &Constraint<'a>) -> Option<&'a ForeignKey> {
    match one.of.facts? {
        Facts::ForeignKey(key) => Some(key),
        _ => None,
    }
}

/// What a foreign key refers to.
fn referenced(key: &ForeignKey) -> Option<(ObjectId, &[Ident])> {
    let References { relation, columns } = key.references.get()?;
    Some((ObjectId::in_schema(Class::Relation, relation.schema.as_ref()?, &relation.name), columns))
}

/// Something of a foreign key; of other constraints `otherwise`.
fn of_key(one: &Constraint<'_>, value: impl FnOnce(&ForeignKey) -> Value, otherwise: Value) -> Value {
    foreign_key(one).map_or(otherwise, value)
}

/// The columns that a constraint is over, in the order of `conkey`.
fn columns_of(replay: &Replay, one: &Constraint<'_>) -> Option<Vec<Ident>> {
    if let Some(column) = one.not_null {
        return Some(vec![column.clone()]);
    }
    match one.of.facts? {
        Facts::PrimaryKey(key) => key.columns.get().cloned(),
        Facts::Unique(key) => key.columns.get().cloned(),
        Facts::ForeignKey(key) => key.columns.get().cloned(),
        Facts::Check(check) => {
            let named = check.expression.get()?.tree()?.columns();
            let order = replay.relation_columns(&one.of.id.parent()?)?;
            let is_named = |column: &Ident| named.iter().any(|(_, known)| known == column);
            Some(order.into_iter().map(|(column, _)| column).filter(is_named).collect())
        }
        Facts::Exclusion(key) => {
            let column = |term: &KeyTerm| match term {
                KeyTerm::Column(column) => Some(column.clone()),
                KeyTerm::Expr(_) => None,
            };
            key.keys.get()?.iter().map(|key| column(&key.term)).collect()
        }
        _ => None,
    }
}

fn deferrable(facts: &Facts) -> Option<(&Attr<bool>, &Attr<bool>)> {
    match facts {
        Facts::PrimaryKey(key) => Some((&key.deferrable, &key.initially_deferred)),
        Facts::Unique(key) => Some((&key.deferrable, &key.initially_deferred)),
        Facts::ForeignKey(key) => Some((&key.deferrable, &key.initially_deferred)),
        Facts::Exclusion(key) => Some((&key.deferrable, &key.initially_deferred)),
        Facts::Trigger(trigger) => Some((&trigger.deferrable, &trigger.initially_deferred)),
        _ => None,
    }
}

fn is_deferrable(one: &Constraint<'_>) -> Value {
    one.of.facts.and_then(deferrable).map_or(Value::Bool(false), |(can_be, _)| flag(can_be))
}

fn is_deferred(one: &Constraint<'_>) -> Value {
    one.of.facts.and_then(deferrable).map_or(Value::Bool(false), |(_, is)| flag(is))
}

pub(super) fn pg_constraint(replay: &Replay) -> Option<Vec<Row>> {
    let of_domains = replay.of_class(Class::DomainConstraint);
    let of_domains = of_domains.map(|of| Constraint { of, contype: "c", not_null: None });
    let triggers = replay
        .of_class(Class::Trigger)
        .filter(|of| matches!(of.facts, Some(Facts::Trigger(trigger)) if trigger.constraint.get() == Some(&true)));
    let triggers = triggers.map(|of| Constraint { of, contype: "t", not_null: None });
    rows(
        replay,
        replay.table_constraints().chain(replay.not_null_constraints()).chain(of_domains).chain(triggers),
        &[
            ("oid", |_, one| one.of.oid()),
            ("conname", |_, one| one.of.name()),
            ("connamespace", |_, one| one.of.namespace()),
            ("contype", |_, one| text(one.contype)),
            ("condeferrable", |_, one| is_deferrable(one)),
            ("condeferred", |_, one| is_deferred(one)),
            ("convalidated", |_, one| match one.of.facts {
                Some(Facts::Check(check)) => flag(&check.validated),
                Some(Facts::ForeignKey(key)) => flag(&key.validated),
                Some(Facts::DomainCheck(check)) => flag(&check.validated),
                Some(Facts::Column(column)) => {
                    let not_null = column.not_null_constraint.get().and_then(Option::as_ref);
                    not_null.map_or(Value::Unknown, |not_null| Value::Bool(not_null.validated))
                }
                Some(_) => Value::Bool(true),
                None => Value::Unknown,
            }),
            ("conrelid", |_, one| match one.of.id.class() {
                Class::DomainConstraint => Value::Number(0),
                _ => one.of.parent(),
            }),
            ("contypid", |_, one| match (one.of.id.class(), one.of.id.parent()) {
                (Class::DomainConstraint, Some(of)) => type_value(&of),
                _ => Value::Number(0),
            }),
            ("conindid", |replay, one| match (one.contype, foreign_key(one)) {
                ("p" | "u" | "x", _) => one.of.oid(),
                (_, Some(key)) => unique_key(replay, key).map_or(Value::Unknown, Value::Object),
                _ => Value::Number(0),
            }),
            ("conparentid", |_, one| match derived_from(&one.of) {
                Some(_) => Value::Unknown,
                None => Value::Number(0),
            }),
            ("confrelid", |_, one| {
                let to = |key: &ForeignKey| referenced(key).map_or(Value::Unknown, |(table, _)| Value::Object(table));
                of_key(one, to, Value::Number(0))
            }),
            ("confupdtype", |_, one| {
                of_key(one, |key| stated(&key.on_update, |action| code(action.code())), text(" "))
            }),
            ("confdeltype", |_, one| {
                of_key(one, |key| stated(&key.on_delete, |action| code(action.code())), text(" "))
            }),
            ("confmatchtype", |_, one| of_key(one, |key| stated(&key.match_type, |of| code(of.code())), text(" "))),
            ("connoinherit", |_, one| match one.of.facts {
                Some(Facts::Check(check)) => flag(&check.no_inherit),
                _ => Value::Unknown,
            }),
            ("conkey", |replay, one| match (one.contype, one.of.id.parent(), columns_of(replay, one)) {
                ("t", ..) => Value::Null,
                (_, Some(table), Some(columns)) if !columns.is_empty() => positions(replay, &table, &columns),
                ("c", _, Some(_)) => Value::Null,
                _ if one.of.id.class() == Class::DomainConstraint => Value::Null,
                _ => Value::Unknown,
            }),
            ("confkey", |replay, one| {
                let columns = |key: &ForeignKey| {
                    referenced(key).map_or(Value::Unknown, |(table, columns)| positions(replay, &table, columns))
                };
                of_key(one, columns, Value::Null)
            }),
        ],
    )
}

/// The key that a foreign key was built on, if there is only one that it can be.
fn unique_key(replay: &Replay, key: &ForeignKey) -> Option<ObjectId> {
    let (table, columns) = referenced(key)?;
    let mut keys = replay.catalog().children(&table).filter(|(_, object)| is_unique_over(object, columns));
    match (keys.next(), keys.next()) {
        (Some((id, _)), None) => Some(id.clone()),
        _ => None,
    }
}

pub(super) fn table_constraints(replay: &Replay) -> Option<Vec<Row>> {
    let constraints = replay.table_constraints().filter(|one| one.contype != "x");
    rows(
        replay,
        constraints.chain(replay.not_null_constraints()),
        &[
            ("constraint_schema", |_, one| one.of.schema()),
            ("constraint_name", |_, one| one.of.name()),
            ("table_schema", |_, one| one.of.schema()),
            ("table_name", |_, one| one.of.table()),
            ("constraint_type", |_, one| {
                text(match one.contype {
                    "p" => "PRIMARY KEY",
                    "u" => "UNIQUE",
                    "f" => "FOREIGN KEY",
                    _ => "CHECK",
                })
            }),
            ("is_deferrable", |_, one| yes_or_no(&is_deferrable(one))),
            ("initially_deferred", |_, one| yes_or_no(&is_deferred(one))),
        ],
    )
}

pub(super) fn check_constraints(replay: &Replay) -> Option<Vec<Row>> {
    let of_domains = replay.of_class(Class::DomainConstraint);
    let of_domains = of_domains.map(|of| Constraint { of, contype: "c", not_null: None });
    rows(
        replay,
        replay
            .table_constraints()
            .filter(|one| one.contype == "c")
            .chain(replay.not_null_constraints())
            .chain(of_domains),
        &[
            ("constraint_schema", |_, one| one.of.schema()),
            ("constraint_name", |_, one| one.of.name()),
            ("check_clause", |_, one| {
                one.not_null.map_or(Value::Unknown, |column| text(&format!("{column} IS NOT NULL")))
            }),
        ],
    )
}

pub(super) fn referential_constraints(replay: &Replay) -> Option<Vec<Row>> {
    let rule = |action: &Attr<FkAction>| stated(action, |action| text(&action.word().to_uppercase()));
    let keys = replay.table_constraints().filter_map(|one| {
        let key = foreign_key(&one)?;
        Some((one, unique_key(replay, key), rule(&key.on_update), rule(&key.on_delete)))
    });
    rows(
        replay,
        keys,
        &[
            ("constraint_schema", |_, (one, ..)| one.of.schema()),
            ("constraint_name", |_, (one, ..)| one.of.name()),
            ("unique_constraint_schema", |_, (_, key, ..)| key.as_ref().map_or(Value::Unknown, schema_of)),
            ("unique_constraint_name", |_, (_, key, ..)| match key {
                // An index that is no constraint has no name here.
                Some(key) if key.class() == Class::Constraint => name(key.name()),
                _ => Value::Unknown,
            }),
            ("match_option", |_, (one, ..)| {
                let word =
                    |of: &FkMatch| if *of == FkMatch::Simple { "NONE".to_owned() } else { of.word().to_uppercase() };
                of_key(one, |key| stated(&key.match_type, |of| text(&word(of))), Value::Unknown)
            }),
            ("update_rule", |_, (_, _, rule, _)| rule.clone()),
            ("delete_rule", |_, (.., rule)| rule.clone()),
        ],
    )
}

/// The columns of keys; or those that a constraint uses, of a foreign key the referenced ones.
pub(super) fn column_usage(replay: &Replay, used: bool) -> Option<Vec<Row>> {
    struct Usage {
        constraint: ObjectId,
        table: ObjectId,
        column: Ident,
        at: usize,
        /// The place in the key that is referred to.
        referred: Value,
    }
    let mut found = Vec::new();
    let not_nulls = replay.not_null_constraints().filter(|_| used);
    for one in replay.table_constraints().chain(not_nulls) {
        let is_key = matches!(one.contype, "p" | "u" | "f");
        let Some(table) = one.of.id.parent().filter(|_| one.contype != "x" && (used || is_key)) else { continue };
        let key = foreign_key(&one);
        let referenced = key.and_then(referenced);
        let (table, columns) = match (&referenced, used) {
            (Some((table, columns)), true) => (table.clone(), columns.to_vec()),
            _ => (table, columns_of(replay, &one).unwrap_or_default()),
        };
        let unique = key.and_then(|key| unique_key(replay, key)).map(|id| Thing::new(replay, id));
        let unique = unique.map(|of| Constraint { of, contype: "u", not_null: None });
        let order = unique.and_then(|unique| columns_of(replay, &unique));
        for (at, column) in columns.into_iter().enumerate() {
            let target = referenced.as_ref().and_then(|(_, columns)| columns.get(at));
            let place = order.as_ref().and_then(|order| order.iter().position(|known| Some(known) == target));
            let referred = match key {
                None => Value::Null,
                Some(_) => place.map_or(Value::Unknown, |place| number(place + 1)),
            };
            found.push(Usage { constraint: one.of.id.clone(), table: table.clone(), column, at: at + 1, referred });
        }
    }
    let columns: &[super::Column<Usage>] = &[
        ("constraint_schema", |_, one| schema_of(&one.constraint)),
        ("constraint_name", |_, one| name(one.constraint.name())),
        ("table_schema", |_, one| schema_of(&one.table)),
        ("table_name", |_, one| name(one.table.name())),
        ("column_name", |_, one| name(&one.column)),
        ("ordinal_position", |_, one| number(one.at)),
        ("position_in_unique_constraint", |_, one| one.referred.clone()),
    ];
    rows(replay, found, if used { &columns[..5] } else { columns })
}

impl Replay {
    /// `pg_get_constraintdef()`, where no expression stands in it: those are not printed just as the server does.
    pub(in crate::replay::plpgsql) fn constraint_definition(&self, id: &ObjectId) -> Value {
        self.definition_of(id).map_or(Value::Unknown, Value::Text)
    }

    fn definition_of(&self, id: &ObjectId) -> Option<String> {
        let facts = self.catalog().facts(id)?;
        let mut words = match facts {
            Facts::PrimaryKey(key) if *key.without_overlaps.get()? => return None,
            Facts::Unique(key) if *key.without_overlaps.get()? => return None,
            Facts::PrimaryKey(key) => {
                format!("PRIMARY KEY ({}){}", name_list(key.columns.get()?), include(&key.include)?)
            }
            Facts::Unique(key) => {
                let nulls = if *key.nulls_not_distinct.get()? { " NULLS NOT DISTINCT" } else { "" };
                format!("UNIQUE{nulls} ({}){}", name_list(key.columns.get()?), include(&key.include)?)
            }
            Facts::ForeignKey(key) => self.foreign_key_definition(key)?,
            _ => return None,
        };
        let (can_be_deferred, is_deferred) = deferrable(facts)?;
        words += if *can_be_deferred.get()? { " DEFERRABLE" } else { "" };
        words += if *is_deferred.get()? { " INITIALLY DEFERRED" } else { "" };
        if let Facts::ForeignKey(key) = facts {
            words += match (key.enforced.get(), key.validated.get()?) {
                (Some(false), _) => " NOT ENFORCED",
                (_, false) => " NOT VALID",
                (_, true) => "",
            };
        }
        Some(words)
    }

    fn foreign_key_definition(&self, key: &ForeignKey) -> Option<String> {
        if key.period.get() == Some(&true) {
            return None;
        }
        let (table, columns) = referenced(key)?;
        // `generate_relation_name()`
        let is_visible = self.find_relation("", table.name().as_str()).as_ref() == Some(&table);
        let to = if is_visible { table.name().to_string() } else { table.to_string() };
        let mut words =
            format!("FOREIGN KEY ({}) REFERENCES {to}({})", name_list(key.columns.get()?), name_list(columns));
        words += match key.match_type.get()? {
            FkMatch::Simple => "",
            FkMatch::Full => " MATCH FULL",
            FkMatch::Partial => " MATCH PARTIAL",
        };
        for (event, action) in [("UPDATE", &key.on_update), ("DELETE", &key.on_delete)] {
            let action = *action.get()?;
            if action != FkAction::NoAction {
                words += &format!(" ON {event} {}", action.word().to_uppercase());
            }
        }
        match key.on_delete_columns.get().map_or(&[][..], Vec::as_slice) {
            [] => {}
            columns => words += &format!(" ({})", name_list(columns)),
        }
        Some(words)
    }
}

fn include(columns: &Attr<Vec<Ident>>) -> Option<String> {
    let columns = columns.get()?;
    Some(if columns.is_empty() { String::new() } else { format!(" INCLUDE ({})", name_list(columns)) })
}
