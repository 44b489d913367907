use super::reading::Reading;
use super::row::{Fields, Row, Trouble};
use crate::catalog::kind::{RelationName, RoutineName, Trigger, TriggerEvent, TriggerLevel, TriggerTiming};
use crate::catalog::{Class, Expr, server};
use crate::sql::Ident;

pub(super) const SQL: &str = concat!(include_str!("scope.sql"), include_str!("pg_trigger.sql"));

pub(super) fn read(rows: &[Row], reading: &mut Reading) -> Result<(), Trouble> {
    for row in rows {
        let id = row.relation()?.part(Class::Trigger, &row.ident("tgname")?);
        let function = row.qualified_name("pronamespace", "proname")?.ok_or_else(|| surprise("tgfoid"))?;
        let name = |column: &str| Ok::<_, Trouble>(row.field::<Option<&str>>(column)?.map(Ident::new));
        let tgtype: i16 = row.field("tgtype")?;
        let trigger = Trigger {
            timing: server(TriggerTiming::of_tgtype(tgtype)),
            events: server(TriggerEvent::of_tgtype(tgtype)),
            columns: server(reading.column_names(row.field("tgrelid")?, &row.field::<Vec<i16>>("tgattr")?)?),
            level: server(TriggerLevel::of_tgtype(tgtype)),
            condition: server(condition(row)?),
            old_table: server(name("tgoldtable")?),
            new_table: server(name("tgnewtable")?),
            function: server(RoutineName { name: function, args: Vec::new() }),
            arguments: server(arguments(row)?),
            constraint: server(row.field("is_constraint")?),
            deferrable: server(row.field("tgdeferrable")?),
            initially_deferred: server(row.field("tginitdeferred")?),
            from: server(row.qualified_name("fromnamespace", "fromname")?.map(RelationName)),
            enabled: server(row.code("tgenabled")?),
            comment: server(reading.comment("pg_trigger", row.field("oid")?, 0)),
        };
        reading.add(id, trigger);
    }
    Ok(())
}

/// Only the whole statement can be printed: the condition speaks of two rows (`pg_get_triggerdef()`).
fn condition(row: &Row) -> Result<Option<Expr>, Trouble> {
    if !row.field::<bool>("has_qual")? {
        return Ok(None);
    }
    let definition: &str = row.field("triggerdef")?;
    let behind = definition.split_once(" WHEN (").map(|(_, rest)| rest);
    let text = behind.and_then(|rest| rest.rsplit_once(") EXECUTE FUNCTION ")).map(|(text, _)| text);
    text.map(|text| Some(Expr::new(text))).ok_or_else(|| surprise("triggerdef"))
}

/// Each ends with a byte of zero.
fn arguments(row: &Row) -> Result<Vec<String>, Trouble> {
    let (bytes, count): (&[u8], i16) = (row.field("tgargs")?, row.field("tgnargs")?);
    let texts = bytes.split(|byte| *byte == 0).take(usize::try_from(count).unwrap_or_default());
    Ok(texts.map(|text| String::from_utf8_lossy(text).into_owned()).collect())
}

fn surprise(column: &str) -> Trouble {
    Trouble::Surprise(format!("{column} does not fit the trigger"))
}
