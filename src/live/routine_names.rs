use super::reading::Reading;
use super::row::{Fields, Row, Trouble};
use crate::catalog::kind::{OperatorName, RoutineName};
use crate::sql::{Ident, QualifiedName};

pub(super) const SQL: &str = include_str!("routine_names.sql");

/// Before all that names a routine or an operator.
pub(super) fn read(rows: &[Row], reading: &mut Reading) -> Result<(), Trouble> {
    for row in rows {
        let (oid, schema, name): (u32, &str, &str) = (row.field("oid")?, row.field("nspname")?, row.field("name")?);
        let args = row.field::<Vec<&str>>("args")?.into_iter().map(|of| reading.type_name(of));
        let args = args.collect::<Result<Vec<_>, _>>()?;
        match row.field("catalog")? {
            "pg_proc" => {
                let name = QualifiedName::from_parts(&[schema.to_owned(), name.to_owned()]);
                reading.routines.insert(oid, RoutineName { name, args });
            }
            _ => {
                let schema = Some(schema).filter(|schema| *schema != "pg_catalog").map(Ident::new);
                reading.operators.insert(oid, OperatorName { schema, name: Ident::new(name), args });
            }
        }
    }
    Ok(())
}
