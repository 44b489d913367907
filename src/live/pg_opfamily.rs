use super::pg_amop::{Belongings, by_object};
use super::reading::Reading;
use super::row::{Fields, Row, Trouble};
use crate::catalog::kind::OperatorFamily;
use crate::catalog::{Class, ObjectId, server};

pub(super) const SQL: &str =
    concat!(include_str!("scope.sql"), include_str!("pg_amop.sql"), include_str!("pg_opfamily.sql"));

pub(super) fn read(rows: &[Row], reading: &mut Reading) -> Result<(), Trouble> {
    for rows in by_object(rows) {
        let row = &rows[0];
        let oid = row.field("oid")?;
        if reading.member_of("pg_opfamily", oid).is_some() {
            continue;
        }
        let belongings = Belongings::read(rows, reading)?;
        let (schema, method, name) = (row.ident("nspname")?, row.ident("amname")?, row.ident("opfname")?);
        let family = OperatorFamily {
            operators: server(belongings.operators),
            functions: server(belongings.functions),
            owner: server(reading.owner("pg_opfamily", oid)?),
            comment: server(reading.comment("pg_opfamily", oid, 0)),
        };
        reading.add(ObjectId::of_method(Class::OperatorFamily, &schema, &method, &name), family);
    }
    Ok(())
}
