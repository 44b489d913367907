use super::reading::Reading;
use super::row::{Fields, Row, Trouble};
use crate::catalog::kind::Schema;
use crate::catalog::{Class, ObjectId, server};

pub(super) const SQL: &str = concat!(include_str!("scope.sql"), include_str!("pg_namespace.sql"));

pub(super) fn read(rows: &[Row], reading: &mut Reading) -> Result<(), Trouble> {
    for row in rows {
        let id = ObjectId::top(Class::Schema, &row.ident("nspname")?);
        let oid = row.field("oid")?;
        let schema = Schema {
            owner: server(reading.owner("pg_namespace", oid)?),
            privileges: server(reading.privileges("pg_namespace", oid, 0)),
            comment: server(reading.comment("pg_namespace", oid, 0)),
        };
        reading.add(id, schema);
    }
    Ok(())
}
