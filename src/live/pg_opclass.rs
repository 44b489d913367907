use super::pg_amop::{Belongings, by_object};
use super::reading::Reading;
use super::row::{Fields, Row, Trouble};
use crate::catalog::kind::OperatorClass;
use crate::catalog::{Class, ObjectId, server};

pub(super) const SQL: &str =
    concat!(include_str!("scope.sql"), include_str!("pg_amop.sql"), include_str!("pg_opclass.sql"));

pub(super) fn read(rows: &[Row], reading: &mut Reading) -> Result<(), Trouble> {
    for rows in by_object(rows) {
        let row = &rows[0];
        let oid = row.field("oid")?;
        if reading.member_of("pg_opclass", oid).is_some() {
            continue;
        }
        let belongings = Belongings::read(rows, reading)?;
        let storage: Option<&str> = row.field("opckeytype")?;
        let (schema, method, name) = (row.ident("nspname")?, row.ident("amname")?, row.ident("opcname")?);
        let class = OperatorClass {
            data_type: server(reading.type_name(row.field("opcintype")?)?),
            default: server(row.field("opcdefault")?),
            family: server(
                row.qualified_name("opfnamespace", "opfname")?
                    .ok_or_else(|| Trouble::Gone("opfname is NULL".into()))?,
            ),
            storage: server(storage.map(|of| reading.type_name(of)).transpose()?),
            operators: server(belongings.operators),
            functions: server(belongings.functions),
            owner: server(reading.owner("pg_opclass", oid)?),
            comment: server(reading.comment("pg_opclass", oid, 0)),
        };
        reading.add(ObjectId::of_method(Class::OperatorClass, &schema, &method, &name), class);
    }
    Ok(())
}
