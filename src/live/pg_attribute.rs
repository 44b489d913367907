use super::reading::Reading;
use super::row::{Fields, Row, Trouble};
use crate::catalog::kind::{CollationName, Column, Generated, NotNull};
use crate::catalog::{Class, server};
use crate::sql::Ident;

pub(super) const SQL: &str = concat!(include_str!("scope.sql"), include_str!("pg_attribute.sql"));

pub(super) fn read(rows: &[Row], reading: &mut Reading) -> Result<(), Trouble> {
    for row in rows {
        let (oid, attnum) = (row.field("oid")?, row.field("attnum")?);
        let name = row.ident("attname")?;
        reading.columns.entry(oid).or_default().insert(attnum, name.clone());
        let data_type = reading.type_name(row.field("atttype")?)?;
        if row.field("is_uncompared")? {
            reading.uncompared_columns.entry(oid).or_default().push((name, data_type));
            continue;
        }
        let table = row.relation()?;
        let generated = row.optional_code("attgenerated")?;
        // For a generated column, pg_attrdef holds what it is generated from.
        let (default, generated) = match (row.expr("adbin", row.field("atthasdef")?)?, generated) {
            (Some(expression), Some(kind)) => (None, Some(Generated { expression, kind })),
            (default, None) => (default, None),
            (None, Some(_)) => return Err(Trouble::Gone("the expression of a generated column".into())),
        };
        let column = Column {
            data_type: server(data_type),
            nullable: server(!row.field::<bool>("attnotnull")?),
            default: server(default),
            identity: server(row.optional_code("attidentity")?),
            generated: server(generated),
            collation: server(row.qualified_name("collnamespace", "collname")?.map(CollationName)),
            not_null_constraint: server(not_null(row)?),
            not_null_comment: server(
                row.field::<Option<_>>("conoid")?.and_then(|oid| reading.comment("pg_constraint", oid, 0)),
            ),
            storage: server(row.optional_code("attstorage")?),
            compression: server(row.optional_code("attcompression")?),
            statistics: server(row.field("attstattarget")?),
            options: server(row.options("attoptions")?),
            fdw_options: server(row.field::<Option<Vec<String>>>("attfdwoptions")?.unwrap_or_default()),
            local: server(row.field("attislocal")?),
            privileges: server(reading.privileges("pg_attribute", oid, attnum.into())),
            comment: server(reading.comment("pg_class", oid, attnum.into())),
        };
        reading.add(table.part(Class::Column, &name), column);
    }
    Ok(())
}

/// The constraint behind NOT NULL, which servers before 18 do not have.
fn not_null(row: &Row) -> Result<Option<NotNull>, Trouble> {
    let Some(name) = row.field::<Option<String>>("conname")? else { return Ok(None) };
    Ok(Some(NotNull {
        name: Ident::new(name),
        no_inherit: row.field("connoinherit")?,
        validated: row.field("convalidated")?,
        local: row.field("conislocal")?,
    }))
}
