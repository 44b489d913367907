use super::reading::Reading;
use super::row::{Fields, Row, Trouble};
use crate::catalog::kind::{ForeignDataWrapper, ForeignServer, RoutineName, UserMapping};
use crate::catalog::{Attr, Class, Meaning, ObjectId, server};

pub(super) const SQL: &str = include_str!("pg_foreign.sql");

pub(super) fn read(rows: &[Row], reading: &mut Reading) -> Result<(), Trouble> {
    for row in rows {
        let (name, oid) = (row.ident("name")?, row.field("oid")?);
        let options: Vec<String> = row.field("options")?;
        let (catalog, id) = match row.field("kind")? {
            "wrapper" => ("pg_foreign_data_wrapper", ObjectId::top(Class::ForeignDataWrapper, &name)),
            "server" => ("pg_foreign_server", ObjectId::top(Class::ForeignServer, &name)),
            _ => {
                let options = if row.field("is_known")? { server(options) } else { Attr::Unstated };
                reading.add(ObjectId::user_mapping(&name, &row.ident("role")?), UserMapping { options });
                continue;
            }
        };
        if let Some(member) = reading.member_of(catalog, oid) {
            reading.add_unmodelled(id, member, Meaning::Unknown);
            continue;
        }
        let owner = server(reading.owner(catalog, oid)?);
        let privileges = server(reading.privileges(catalog, oid, 0));
        let comment = server(reading.comment(catalog, oid, 0));
        let options = server(options);
        if catalog == "pg_foreign_server" {
            let facts = ForeignServer {
                wrapper: server(row.ident("wrapper")?),
                server_type: server(row.field("type")?),
                version: server(row.field("version")?),
                options,
                owner,
                privileges,
                comment,
            };
            reading.add(id, facts);
        } else {
            let handler = server(routine(row, reading, "handler")?);
            let validator = server(routine(row, reading, "validator")?);
            reading.add(id, ForeignDataWrapper { handler, validator, options, owner, privileges, comment });
        }
    }
    Ok(())
}

fn routine(row: &Row, reading: &mut Reading, column: &str) -> Result<Option<RoutineName>, Trouble> {
    let Some(name) = row.qualified_name(&format!("{column}_schema"), column)? else { return Ok(None) };
    let args = row.field::<&str>(&format!("{column}_args"))?;
    let types = args.split(", ").filter(|of| !of.is_empty()).map(|of| reading.type_name(of));
    Ok(Some(RoutineName { name, args: types.collect::<Result<_, _>>()? }))
}
