use super::reading::Reading;
use super::row::{Fields, Row, Trouble};
use crate::catalog::kind::Conversion;
use crate::catalog::{Class, ObjectId, server};

pub(super) const SQL: &str = concat!(include_str!("scope.sql"), include_str!("pg_conversion.sql"));

pub(super) fn read(rows: &[Row], reading: &mut Reading) -> Result<(), Trouble> {
    for row in rows {
        let oid = row.field("oid")?;
        let id = ObjectId::in_schema(Class::Conversion, &row.ident("nspname")?, &row.ident("conname")?);
        if reading.is_member("pg_conversion", oid, &id) {
            continue;
        }
        let conversion = Conversion {
            source: server(row.field("conforencoding")?),
            target: server(row.field("contoencoding")?),
            function: server(reading.routine(row.field("conproc")?)?),
            default: server(row.field("condefault")?),
            owner: server(reading.owner("pg_conversion", oid)?),
            comment: server(reading.comment("pg_conversion", oid, 0)),
        };
        reading.add(id, conversion);
    }
    Ok(())
}
