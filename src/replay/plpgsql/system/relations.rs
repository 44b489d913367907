//! `pg_class`, and the views that show it by its kinds.

use super::{Thing, code, flag, is_index, or_null, role, rows, schema_of, stated};
use crate::catalog::kind::{Persistence, RowSecurity, Sequence};
use crate::catalog::{Attr, Class, Facts, ObjectId};
use crate::replay::Replay;
use crate::replay::plpgsql::value::{Row, Value, name, number, text};
use crate::sql::Ident;

/// A row of `pg_class`.
pub(super) struct Relation<'a> {
    pub(super) of: Thing<'a>,
    pub(super) relkind: &'static str,
}

impl Replay {
    /// All but indexes and composite types.
    pub(super) fn relations(&self) -> impl Iterator<Item = Relation<'_>> {
        self.of_class(Class::Relation).map(|of| {
            let relkind = match (of.facts, self.catalog().unmodelled.get(&of.id)) {
                (Some(Facts::View(_)), _) => "v",
                (Some(Facts::MaterializedView(_)), _) => "m",
                (Some(Facts::ForeignTable(_)), _) => "f",
                (Some(Facts::Sequence(_)), _) => "S",
                (Some(Facts::Table(table)), _) if table.partition_by.get().is_some_and(Option::is_some) => "p",
                (None, Some(other)) => match other.what.as_str() {
                    "view" => "v",
                    "materialized view" => "m",
                    "foreign table" => "f",
                    "sequence" => "S",
                    _ => "r",
                },
                _ => "r",
            };
            Relation { of, relkind }
        })
    }

    fn of_kinds(&self, relkinds: &'static [&'static str]) -> impl Iterator<Item = Relation<'_>> {
        self.relations().filter(|relation| relkinds.contains(&relation.relkind))
    }

    /// Whether a relation has parts of that class.
    fn has_parts(&self, id: &ObjectId, class: Class) -> Value {
        Value::Bool(self.catalog().parts(id, class).next().is_some())
    }

    fn has_indexes(&self, id: &ObjectId) -> Value {
        Value::Bool(self.catalog().children(id).any(|(_, object)| is_index(object)))
    }
}

/// What a relation descends from, with the place of each parent.
fn parents(facts: &Facts) -> Vec<ObjectId> {
    let (inherits, partition_of) = match facts {
        Facts::Table(table) => (&table.inherits, &table.partition_of),
        Facts::ForeignTable(table) => (&table.inherits, &table.partition_of),
        _ => return Vec::new(),
    };
    let partition_of = partition_of.get().into_iter().flatten();
    inherits.get().into_iter().flatten().chain(partition_of).filter_map(|parent| parent.id()).collect()
}

fn is_partition(of: &Thing<'_>) -> Value {
    match of.facts {
        Some(Facts::Table(table)) => stated(&table.partition_of, |of| Value::Bool(of.is_some())),
        Some(Facts::ForeignTable(table)) => stated(&table.partition_of, |of| Value::Bool(of.is_some())),
        Some(_) => Value::Bool(false),
        None => Value::Unknown,
    }
}

fn persistence<'a>(of: &Thing<'a>) -> Option<&'a Attr<Persistence>> {
    match of.facts? {
        Facts::Table(table) => Some(&table.persistence),
        Facts::View(view) => Some(&view.persistence),
        Facts::Sequence(sequence) => Some(&sequence.persistence),
        _ => None,
    }
}

/// Something of row security; of what can have none, that it has none.
fn row_security(of: &Thing<'_>, holds: fn(RowSecurity) -> bool) -> Value {
    match of.facts {
        Some(Facts::Table(table)) => stated(&table.row_security, |security| Value::Bool(holds(*security))),
        Some(_) => Value::Bool(false),
        None => Value::Unknown,
    }
}

fn is_enabled(security: RowSecurity) -> bool {
    matches!(security, RowSecurity::Enabled | RowSecurity::Forced)
}

pub(super) fn pg_class(replay: &Replay) -> Option<Vec<Row>> {
    let catalog = replay.catalog();
    let indexes = catalog.objects.iter().filter(|(_, object)| is_index(object)).map(|(id, _)| {
        let is_cut_up = id.parent().is_some_and(|table| replay.is_partitioned(&table));
        Relation { of: Thing::new(replay, id.clone()), relkind: if is_cut_up { "I" } else { "i" } }
    });
    let composites = replay.composites().map(|(id, _)| Relation { of: Thing { id, facts: None }, relkind: "c" });
    rows(
        replay,
        replay.relations().chain(indexes).chain(composites),
        &[
            ("oid", |_, one| one.of.oid()),
            ("relname", |_, one| one.of.name()),
            ("relnamespace", |_, one| one.of.namespace()),
            ("relkind", |_, one| text(one.relkind)),
            ("relowner", |replay, one| match one.relkind {
                "i" | "I" => {
                    let table = one.of.id.parent();
                    let owner = table.as_ref().and_then(|table| replay.catalog().facts(table)?.owner()?.get());
                    owner.map_or(Value::Unknown, role)
                }
                _ => one.of.owner(),
            }),
            ("relpersistence", |_, one| match (persistence(&one.of), one.relkind) {
                (Some(attr), _) => stated(attr, |persistence| code(persistence.code())),
                (None, "m" | "f" | "c") => text("p"),
                (None, _) => Value::Unknown,
            }),
            ("relispartition", |_, one| match one.relkind {
                "c" => Value::Bool(false),
                "i" | "I" => Value::Bool(derived_from(&one.of).is_some()),
                _ => is_partition(&one.of),
            }),
            ("relrowsecurity", |_, one| row_security(&one.of, is_enabled)),
            ("relforcerowsecurity", |_, one| {
                row_security(&one.of, |one| matches!(one, RowSecurity::Forced | RowSecurity::ForcedButDisabled))
            }),
            ("relnatts", |replay, one| match replay.relation_columns(&one.of.id) {
                Some(columns) if matches!(one.relkind, "v" | "m") => number(columns.len()),
                _ => Value::Unknown,
            }),
            ("relispopulated", |_, one| match one.of.facts {
                Some(Facts::MaterializedView(view)) => flag(&view.populated),
                Some(_) => Value::Bool(true),
                None => Value::Unknown,
            }),
        ],
    )
}

/// The index of the parent that one of a partition hangs on.
pub(super) fn derived_from<'a>(of: &Thing<'a>) -> Option<&'a Ident> {
    match of.facts? {
        Facts::Index(index) => index.derived_from.get()?.as_ref(),
        Facts::PrimaryKey(key) => key.derived_from.get()?.as_ref(),
        Facts::Unique(key) => key.derived_from.get()?.as_ref(),
        Facts::Exclusion(key) => key.derived_from.get()?.as_ref(),
        Facts::ForeignKey(key) => key.derived_from.get()?.as_ref(),
        _ => None,
    }
}

pub(super) fn pg_inherits(replay: &Replay) -> Option<Vec<Row>> {
    let objects = replay.catalog().objects.iter();
    let links = objects.flat_map(|(id, object)| {
        let index = is_index(object).then(|| object.facts.goes_with(id, replay.catalog())).flatten();
        let parents = parents(&object.facts).into_iter().chain(index).enumerate();
        parents.map(|(at, parent)| (id.clone(), parent, number(at + 1))).collect::<Vec<_>>()
    });
    rows(
        replay,
        links,
        &[
            ("inhrelid", |_, (id, ..)| Value::Object(id.clone())),
            ("inhparent", |_, (_, parent, _)| Value::Object(parent.clone())),
            ("inhseqno", |_, (.., at)| at.clone()),
        ],
    )
}

pub(super) fn pg_tables(replay: &Replay) -> Option<Vec<Row>> {
    rows(
        replay,
        replay.of_kinds(&["r", "p"]),
        &[
            ("schemaname", |_, one| one.of.schema()),
            ("tablename", |_, one| one.of.name()),
            ("tableowner", |_, one| one.of.owner_name()),
            ("tablespace", |_, one| match one.of.facts {
                Some(Facts::Table(table)) => or_null(&table.tablespace, name),
                _ => Value::Unknown,
            }),
            ("hasindexes", |replay, one| replay.has_indexes(&one.of.id)),
            ("hasrules", |replay, one| replay.has_parts(&one.of.id, Class::Rule)),
            ("rowsecurity", |_, one| row_security(&one.of, is_enabled)),
        ],
    )
}

pub(super) fn pg_views(replay: &Replay) -> Option<Vec<Row>> {
    rows(
        replay,
        replay.of_kinds(&["v"]),
        &[
            ("schemaname", |_, one| one.of.schema()),
            ("viewname", |_, one| one.of.name()),
            ("viewowner", |_, one| one.of.owner_name()),
        ],
    )
}

pub(super) fn pg_matviews(replay: &Replay) -> Option<Vec<Row>> {
    rows(
        replay,
        replay.of_kinds(&["m"]),
        &[
            ("schemaname", |_, one| one.of.schema()),
            ("matviewname", |_, one| one.of.name()),
            ("matviewowner", |_, one| one.of.owner_name()),
            ("hasindexes", |replay, one| replay.has_indexes(&one.of.id)),
            ("ispopulated", |_, one| match one.of.facts {
                Some(Facts::MaterializedView(view)) => flag(&view.populated),
                _ => Value::Unknown,
            }),
        ],
    )
}

fn sequence<'a>(one: &Relation<'a>) -> Option<&'a Sequence> {
    match one.of.facts? {
        Facts::Sequence(sequence) => Some(sequence),
        _ => None,
    }
}

fn of_sequence(one: &Relation<'_>, attr: fn(&Sequence) -> &Attr<i64>) -> Value {
    sequence(one).map_or(Value::Unknown, |sequence| stated(attr(sequence), |value| Value::Number(*value)))
}

fn type_of_sequence(one: &Relation<'_>) -> Value {
    sequence(one).map_or(Value::Unknown, |sequence| stated(&sequence.data_type, |of| Value::Type(of.clone())))
}

fn cycles(one: &Relation<'_>) -> Value {
    sequence(one).map_or(Value::Unknown, |sequence| flag(&sequence.cycle))
}

pub(super) fn pg_sequences(replay: &Replay) -> Option<Vec<Row>> {
    rows(
        replay,
        replay.of_kinds(&["S"]),
        &[
            ("schemaname", |_, one| one.of.schema()),
            ("sequencename", |_, one| one.of.name()),
            ("sequenceowner", |_, one| one.of.owner_name()),
            ("data_type", |_, one| type_of_sequence(one)),
            ("start_value", |_, one| of_sequence(one, |sequence| &sequence.start)),
            ("min_value", |_, one| of_sequence(one, |sequence| &sequence.min_value)),
            ("max_value", |_, one| of_sequence(one, |sequence| &sequence.max_value)),
            ("increment_by", |_, one| of_sequence(one, |sequence| &sequence.increment)),
            ("cycle", |_, one| cycles(one)),
            ("cache_size", |_, one| of_sequence(one, |sequence| &sequence.cache)),
        ],
    )
}

pub(super) fn pg_sequence(replay: &Replay) -> Option<Vec<Row>> {
    rows(
        replay,
        replay.of_kinds(&["S"]),
        &[
            ("seqrelid", |_, one| one.of.oid()),
            ("seqtypid", |_, one| type_of_sequence(one)),
            ("seqstart", |_, one| of_sequence(one, |sequence| &sequence.start)),
            ("seqincrement", |_, one| of_sequence(one, |sequence| &sequence.increment)),
            ("seqmax", |_, one| of_sequence(one, |sequence| &sequence.max_value)),
            ("seqmin", |_, one| of_sequence(one, |sequence| &sequence.min_value)),
            ("seqcache", |_, one| of_sequence(one, |sequence| &sequence.cache)),
            ("seqcycle", |_, one| cycles(one)),
        ],
    )
}

/// Those of identity columns are not shown.
pub(super) fn sequences(replay: &Replay) -> Option<Vec<Row>> {
    let is_identity = |one: &Relation<'_>| sequence(one).is_some_and(|of| of.identity.get() == Some(&true));
    rows(
        replay,
        replay.of_kinds(&["S"]).filter(|one| !is_identity(one)),
        &[
            ("sequence_schema", |_, one| one.of.schema()),
            ("sequence_name", |_, one| one.of.name()),
            ("data_type", |_, one| match type_of_sequence(one) {
                Value::Type(of) => text(&of.to_string()),
                _ => Value::Unknown,
            }),
            ("start_value", |_, one| super::as_text(&of_sequence(one, |sequence| &sequence.start))),
            ("minimum_value", |_, one| super::as_text(&of_sequence(one, |sequence| &sequence.min_value))),
            ("maximum_value", |_, one| super::as_text(&of_sequence(one, |sequence| &sequence.max_value))),
            ("increment", |_, one| super::as_text(&of_sequence(one, |sequence| &sequence.increment))),
            ("cycle_option", |_, one| super::yes_or_no(&cycles(one))),
        ],
    )
}

pub(super) fn tables(replay: &Replay) -> Option<Vec<Row>> {
    rows(
        replay,
        replay.of_kinds(&["r", "p", "v", "f"]),
        &[
            ("table_schema", |_, one| schema_of(&one.of.id)),
            ("table_name", |_, one| one.of.name()),
            ("table_type", |_, one| {
                let is_temporary = persistence(&one.of).and_then(Attr::get) == Some(&Persistence::Temporary);
                text(match one.relkind {
                    _ if is_temporary => "LOCAL TEMPORARY",
                    "v" => "VIEW",
                    "f" => "FOREIGN",
                    _ => "BASE TABLE",
                })
            }),
        ],
    )
}

pub(super) fn views(replay: &Replay) -> Option<Vec<Row>> {
    rows(
        replay,
        replay.of_kinds(&["v"]),
        &[
            ("table_schema", |_, one| one.of.schema()),
            ("table_name", |_, one| one.of.name()),
            ("check_option", |_, one| match one.of.facts {
                Some(Facts::View(view)) => stated(&view.check_option, |option| {
                    text(&option.map_or("NONE".into(), |one| one.word().to_uppercase()))
                }),
                _ => Value::Unknown,
            }),
        ],
    )
}

pub(super) fn foreign_tables(replay: &Replay) -> Option<Vec<Row>> {
    rows(
        replay,
        replay.of_kinds(&["f"]),
        &[
            ("foreign_table_schema", |_, one| one.of.schema()),
            ("foreign_table_name", |_, one| one.of.name()),
            ("foreign_server_name", |_, one| match one.of.facts {
                Some(Facts::ForeignTable(table)) => stated(&table.server, name),
                _ => Value::Unknown,
            }),
        ],
    )
}
