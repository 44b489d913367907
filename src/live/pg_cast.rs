use postgres::Row;

use super::reading::Reading;
use super::row::{Fields, Trouble};
use crate::catalog::meaning::CastMeaning;
use crate::catalog::{Meaning, ObjectId};

pub(super) const SQL: &str = include_str!("pg_cast.sql");

pub(super) fn read(rows: &[Row], reading: &mut Reading) -> Result<(), Trouble> {
    for row in rows {
        let source = reading.type_name(row.field("castsource")?)?;
        let target = reading.type_name(row.field("casttarget")?)?;
        let what = reading.member_of("pg_cast", row.field("oid")?).unwrap_or_else(|| "cast".into());
        let cast = CastMeaning { context: row.code("castcontext")?, binary: row.field("is_binary")? };
        reading.add_unmodelled(ObjectId::cast(&source, &target), what, Meaning::Cast(cast));
    }
    Ok(())
}
