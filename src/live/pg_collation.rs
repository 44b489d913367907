use super::reading::Reading;
use super::row::{Fields, Row, Trouble};
use crate::catalog::kind::Collation;
use crate::catalog::{Class, ObjectId, server};

pub(super) const SQL: &str = concat!(include_str!("scope.sql"), include_str!("pg_collation.sql"));

pub(super) fn read(rows: &[Row], reading: &mut Reading) -> Result<(), Trouble> {
    for row in rows {
        let oid = row.field("oid")?;
        let id = ObjectId::in_schema(Class::Collation, &row.ident("nspname")?, &row.ident("collname")?);
        if reading.is_member("pg_collation", oid, &id) {
            continue;
        }
        let collation = Collation {
            provider: server(row.code("collprovider")?),
            locale: server(row.field("colllocale")?),
            lc_collate: server(row.field("collcollate")?),
            lc_ctype: server(row.field("collctype")?),
            deterministic: server(row.field("collisdeterministic")?),
            rules: server(row.field("collicurules")?),
            owner: server(reading.owner("pg_collation", oid)?),
            comment: server(reading.comment("pg_collation", oid, 0)),
        };
        reading.add(id, collation);
    }
    Ok(())
}
