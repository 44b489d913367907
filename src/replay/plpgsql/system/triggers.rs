//! `pg_trigger`, with the triggers behind constraints, and what `information_schema` shows of triggers.

use super::{code, flag, rows, schema_of, stated};
use crate::catalog::kind::{FkAction, ForeignKey, RelationName};
use crate::catalog::{Attr, Class, Facts, ObjectId};
use crate::replay::Replay;
use crate::replay::plpgsql::value::{Row, Value, name, number, text};

pub(super) fn pg_trigger(replay: &Replay) -> Option<Vec<Row>> {
    let triggers = replay.of_class(Class::Trigger).filter_map(|of| match of.facts {
        Some(Facts::Trigger(trigger)) => Some((of, trigger)),
        _ => None,
    });
    let mut all = rows(
        replay,
        triggers,
        &[
            ("oid", |_, (of, _)| of.oid()),
            ("tgname", |_, (of, _)| of.name()),
            ("tgrelid", |_, (of, _)| of.parent()),
            ("tgisinternal", |_, _| Value::Bool(false)),
            ("tgenabled", |_, (_, trigger)| stated(&trigger.enabled, |enabled| code(enabled.code()))),
            ("tgfoid", |_, (_, trigger)| {
                stated(&trigger.function, |function| function.id().map_or(Value::Unknown, Value::Object))
            }),
            ("tgconstraint", |_, (_, trigger)| match trigger.constraint.get() {
                Some(false) => Value::Number(0),
                _ => Value::Unknown,
            }),
            ("tgdeferrable", |_, (_, trigger)| flag(&trigger.deferrable)),
            ("tginitdeferred", |_, (_, trigger)| flag(&trigger.initially_deferred)),
            ("tgnargs", |_, (_, trigger)| stated(&trigger.arguments, |arguments| number(arguments.len()))),
        ],
    )?;
    all.extend(internal_triggers(replay)?);
    Some(all)
}

/// A trigger that keeps a constraint.
struct Internal<'a> {
    table: ObjectId,
    /// What it is called but for the OID at its end, which no code can know.
    prefix: &'static str,
    function: String,
    constraint: &'a ObjectId,
    deferrable: Value,
    initially_deferred: Value,
}

/// `createForeignKeyActionTriggers()`, `createForeignKeyCheckTriggers()`, and those of keys that are checked later
/// (`index_constraint_create()`). Of partitions it is not known which they have.
fn internal_triggers(replay: &Replay) -> Option<Vec<Row>> {
    let all = replay.catalog().objects.iter().flat_map(|(id, object)| match &object.facts {
        Facts::ForeignKey(key) if key.enforced.get() != Some(&false) => of_foreign_key(id, key),
        Facts::PrimaryKey(key) => of_key(id, "PK_ConstraintTrigger_", &key.deferrable, &key.initially_deferred),
        Facts::Unique(key) => of_key(id, "Unique_ConstraintTrigger_", &key.deferrable, &key.initially_deferred),
        Facts::Exclusion(key) => of_key(id, "Unique_ConstraintTrigger_", &key.deferrable, &key.initially_deferred),
        _ => Vec::new(),
    });
    let all = all.filter(|one| !replay.is_partitioned(&one.table) && !replay.is_partition(&one.table));
    rows(
        replay,
        all,
        &[
            ("oid", |_, _| Value::Unknown),
            ("tgname", |_, one| text(one.prefix)),
            ("tgrelid", |_, one| Value::Object(one.table.clone())),
            ("tgisinternal", |_, _| Value::Bool(true)),
            ("tgenabled", |_, _| Value::Unknown),
            ("tgfoid", |_, one| {
                let name = (&"pg_catalog".into(), &one.function.as_str().into());
                Value::Object(ObjectId::call(Class::Routine, name.0, name.1, Vec::new()))
            }),
            ("tgconstraint", |_, one| Value::Object(one.constraint.clone())),
            ("tgdeferrable", |_, one| one.deferrable.clone()),
            ("tginitdeferred", |_, one| one.initially_deferred.clone()),
            ("tgnargs", |_, _| Value::Number(0)),
        ],
    )
}

fn of_foreign_key<'a>(id: &'a ObjectId, key: &ForeignKey) -> Vec<Internal<'a>> {
    let (Some(table), Some(references)) = (id.parent(), key.references.get()) else { return Vec::new() };
    let Some(target) = RelationName(references.relation.clone()).id() else { return Vec::new() };
    let make = |table: &ObjectId, prefix: &'static str, function: String, may_wait: bool| {
        let when = |attr: &Attr<bool>| if may_wait { flag(attr) } else { Value::Bool(false) };
        Internal {
            table: table.clone(),
            prefix,
            function,
            constraint: id,
            deferrable: when(&key.deferrable),
            initially_deferred: when(&key.initially_deferred),
        }
    };
    let checks =
        ["ins", "upd"].map(|event| make(&table, "RI_ConstraintTrigger_c_", format!("RI_FKey_check_{event}"), true));
    let actions = [("del", &key.on_delete), ("upd", &key.on_update)].map(|(event, action)| {
        let action = action.get().copied().unwrap_or(FkAction::NoAction);
        let words = action.word().replace(' ', "");
        make(&target, "RI_ConstraintTrigger_a_", format!("RI_FKey_{words}_{event}"), action == FkAction::NoAction)
    });
    checks.into_iter().chain(actions).collect()
}

fn of_key<'a>(
    id: &'a ObjectId,
    prefix: &'static str,
    deferrable: &Attr<bool>,
    initially_deferred: &Attr<bool>,
) -> Vec<Internal<'a>> {
    let Some(table) = id.parent().filter(|_| deferrable.get() == Some(&true)) else { return Vec::new() };
    let (deferrable, initially_deferred) = (flag(deferrable), flag(initially_deferred));
    let function = "unique_key_recheck".to_owned();
    vec![Internal { table, prefix, function, constraint: id, deferrable, initially_deferred }]
}

/// A row for each event that a trigger fires for.
pub(super) fn triggers(replay: &Replay) -> Option<Vec<Row>> {
    let triggers = replay.of_class(Class::Trigger).flat_map(|of| {
        let trigger = match of.facts {
            Some(Facts::Trigger(trigger)) => Some(trigger),
            _ => None,
        };
        let events = trigger.and_then(|trigger| trigger.events.get()).cloned().unwrap_or_default();
        // TRUNCATE is not in the standard.
        let events = events.into_iter().filter(|event| event.word() != "truncate");
        let each = events.filter_map(|event| Some((of.id.clone(), trigger?, event)));
        each.collect::<Vec<_>>()
    });
    rows(
        replay,
        triggers,
        &[
            ("trigger_schema", |_, (id, ..)| schema_of(id)),
            ("trigger_name", |_, (id, ..)| name(id.name())),
            ("event_manipulation", |_, (.., event)| text(&event.word().to_uppercase())),
            ("event_object_schema", |_, (id, ..)| schema_of(id)),
            ("event_object_table", |_, (id, ..)| name(&id.path()[1])),
            ("action_orientation", |_, (_, trigger, _)| {
                stated(&trigger.level, |level| text(&level.word().to_uppercase()))
            }),
            ("action_timing", |_, (_, trigger, _)| {
                stated(&trigger.timing, |timing| text(&timing.word().to_uppercase()))
            }),
        ],
    )
}
