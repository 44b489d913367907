use super::reading::Reading;
use super::row::{Fields, Row, Trouble};
use crate::catalog::kind::{Publication, PublishedTable};
use crate::catalog::{Class, ObjectId, server};

pub(super) const SQL: &str = include_str!("pg_publication.sql");

/// After the columns, of which a publication may hold some.
pub(super) fn read(rows: &[Row], reading: &mut Reading) -> Result<(), Trouble> {
    for one in rows.chunk_by(|row, next| row.field::<u32>("oid").ok() == next.field::<u32>("oid").ok()) {
        let mut tables = Vec::new();
        for row in one {
            tables.extend(table(row, reading)?);
        }
        tables.sort_by(|one, other| one.relation.cmp(&other.relation));
        let row = &one[0];
        let oid = row.field("oid")?;
        let mut schemas = row.idents("schemas")?;
        schemas.sort();
        let mut operations = Vec::new();
        for operation in ["delete", "insert", "truncate", "update"] {
            if row.field(&format!("pub{operation}"))? {
                operations.push(operation.to_owned());
            }
        }
        let publication = Publication {
            all_tables: server(row.field("puballtables")?),
            tables: server(tables),
            schemas: server(schemas),
            operations: server(operations),
            via_partition_root: server(row.field("pubviaroot")?),
            generated_columns: server(row.code("pubgencols")?),
            owner: server(reading.owner("pg_publication", oid)?),
            comment: server(reading.comment("pg_publication", oid, 0)),
        };
        reading.add(ObjectId::top(Class::Publication, &row.ident("pubname")?), publication);
    }
    Ok(())
}

fn table(row: &Row, reading: &Reading) -> Result<Option<PublishedTable>, Trouble> {
    let Some(relation) = row.qualified_name("nspname", "relname")? else { return Ok(None) };
    let columns: Option<Vec<i16>> = row.field("prattrs")?;
    let oid = row.field("prrelid")?;
    Ok(Some(PublishedTable {
        relation,
        columns: columns.map(|numbers| reading.column_names(oid, &numbers)).transpose()?,
        condition: row.expr("prqual", row.field("has_prqual")?)?,
    }))
}
