use postgres::Row;

use super::reading::Reading;
use super::row::{Fields, Trouble};
use crate::catalog::meaning::{CastContext, CastMeaning};
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

impl TryFrom<char> for CastContext {
    type Error = String;

    fn try_from(code: char) -> Result<Self, String> {
        match code {
            'i' => Ok(Self::Implicit),
            'a' => Ok(Self::Assignment),
            'e' => Ok(Self::Explicit),
            other => Err(format!("castcontext cannot be {other:?}")),
        }
    }
}
