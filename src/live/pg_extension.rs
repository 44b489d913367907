use super::reading::Reading;
use super::row::{Fields, Row, Trouble};
use crate::catalog::kind::Extension;
use crate::catalog::{Class, ObjectId, server};

pub(super) const SQL: &str = include_str!("pg_extension.sql");

pub(super) fn read(rows: &[Row], reading: &mut Reading) -> Result<(), Trouble> {
    for row in rows {
        let id = ObjectId::top(Class::Extension, &row.ident("extname")?);
        let extension = Extension {
            schema: server(row.ident("nspname")?),
            version: server(row.field("extversion")?),
            owner: server(reading.owner("pg_extension", row.field("oid")?)?),
            comment: server(reading.comment("pg_extension", row.field("oid")?, 0)),
        };
        reading.add(id, extension);
    }
    Ok(())
}
