use super::reading::Reading;
use super::row::{Fields, Row, Trouble};
use crate::catalog::kind::{ColumnName, Sequence};
use crate::catalog::server;
use crate::sql::{Ident, QualifiedName};

pub(super) const SQL: &str = concat!(include_str!("scope.sql"), include_str!("pg_sequence.sql"));

pub(super) fn read(rows: &[Row], reading: &mut Reading) -> Result<(), Trouble> {
    for row in rows {
        let oid = row.field("oid")?;
        let sequence = Sequence {
            data_type: server(reading.type_name(row.field("seqtypid")?)?),
            start: server(row.field("seqstart")?),
            increment: server(row.field("seqincrement")?),
            min_value: server(row.field("seqmin")?),
            max_value: server(row.field("seqmax")?),
            cache: server(row.field("seqcache")?),
            cycle: server(row.field("seqcycle")?),
            owned_by: server(owner(row)?),
            identity: server(row.field("is_identity")?),
            persistence: server(row.code("relpersistence")?),
            owner: server(reading.owner("pg_class", oid)?),
            privileges: server(reading.privileges("pg_class", oid, 0)),
            comment: server(reading.comment("pg_class", oid, 0)),
        };
        reading.add(row.relation()?, sequence);
    }
    Ok(())
}

fn owner(row: &Row) -> Result<Option<ColumnName>, Trouble> {
    let schema: Option<String> = row.field("owner_nspname")?;
    let table: Option<String> = row.field("owner_relname")?;
    let column: Option<String> = row.field("owner_attname")?;
    Ok(schema.zip(table).zip(column).map(|((schema, table), column)| ColumnName {
        relation: QualifiedName::new(&Ident::new(schema), &Ident::new(table)),
        column: Ident::new(column),
    }))
}
