use super::reading::Reading;
use super::row::{Fields, Row, Trouble};
use crate::catalog::kind::Cast;
use crate::catalog::{Facts, ObjectId, server};

pub(super) const SQL: &str = include_str!("pg_cast.sql");

pub(super) fn read(rows: &[Row], reading: &mut Reading) -> Result<(), Trouble> {
    for row in rows {
        let source = reading.type_name(row.field("castsource")?)?;
        let target = reading.type_name(row.field("casttarget")?)?;
        let id = ObjectId::cast(&source, &target);
        let oid = row.field("oid")?;
        let cast = Cast {
            context: server(row.code("castcontext")?),
            method: server(row.code("castmethod")?),
            function: server(reading.optional_routine(row.field("castfunc")?)?),
            comment: server(reading.comment("pg_cast", oid, 0)),
        };
        let internal = row.field::<bool>("is_internal")?.then(|| "cast".to_owned());
        match reading.member_of("pg_cast", oid).or(internal) {
            Some(what) => {
                let meaning = Facts::from(cast).meaning(&id).or_mutable(row.field("is_mutable")?);
                reading.add_unmodelled(id, what, meaning);
            }
            None => reading.add(id, cast),
        }
    }
    Ok(())
}
