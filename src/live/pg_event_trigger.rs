use super::reading::Reading;
use super::row::{Fields, Row, Trouble};
use crate::catalog::kind::{EventTrigger, RoutineName};
use crate::catalog::{Class, ObjectId, server};

pub(super) const SQL: &str = include_str!("pg_event_trigger.sql");

pub(super) fn read(rows: &[Row], reading: &mut Reading) -> Result<(), Trouble> {
    for row in rows {
        let oid = row.field("oid")?;
        let function = row.qualified_name("pronamespace", "proname")?;
        let function = function.ok_or_else(|| Trouble::Gone("the function of an event trigger".into()))?;
        let trigger = EventTrigger {
            event: server(row.field("evtevent")?),
            function: server(RoutineName { name: function, args: Vec::new() }),
            tags: server(row.options("evttags")?),
            enabled: server(row.code("evtenabled")?),
            owner: server(reading.owner("pg_event_trigger", oid)?),
            comment: server(reading.comment("pg_event_trigger", oid, 0)),
        };
        reading.add(ObjectId::top(Class::EventTrigger, &row.ident("evtname")?), trigger);
    }
    Ok(())
}
