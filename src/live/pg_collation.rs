use postgres::Row;

use super::reading::Reading;
use super::row::{Fields, Trouble};
use crate::catalog::{Class, Meaning, ObjectId};

pub(super) const SQL: &str = concat!(include_str!("scope.sql"), include_str!("pg_collation.sql"));

pub(super) fn read(rows: &[Row], reading: &mut Reading) -> Result<(), Trouble> {
    for row in rows {
        let id = ObjectId::in_schema(Class::Collation, &row.ident("nspname")?, &row.ident("collname")?);
        let what = reading.member_of("pg_collation", row.field("oid")?).unwrap_or_else(|| "collation".into());
        reading.add_unmodelled(id, what, Meaning::Unknown);
    }
    Ok(())
}
