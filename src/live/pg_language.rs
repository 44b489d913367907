use super::reading::Reading;
use super::row::{Fields, Row, Trouble};
use crate::catalog::kind::{AccessMethod, Language};
use crate::catalog::{Class, Facts, Meaning, ObjectId, server};

pub(super) const SQL: &str = include_str!("pg_language.sql");

/// Languages and access methods.
pub(super) fn read(rows: &[Row], reading: &mut Reading) -> Result<(), Trouble> {
    for row in rows {
        let (catalog, oid, name): (&str, u32, _) = (row.field("catalog")?, row.field("oid")?, row.ident("name")?);
        let comment = server(reading.comment(catalog, oid, 0));
        let (class, facts): (Class, Facts) = if catalog == "pg_am" {
            let facts = AccessMethod {
                method_type: server(row.code("amtype")?),
                handler: server(reading.routine(row.field("handler")?)?),
                comment,
            };
            (Class::AccessMethod, facts.into())
        } else {
            let facts = Language {
                trusted: server(row.field("lanpltrusted")?),
                handler: server(reading.optional_routine(row.field("handler")?)?),
                inline: server(reading.optional_routine(row.field("laninline")?)?),
                validator: server(reading.optional_routine(row.field("lanvalidator")?)?),
                owner: server(reading.owner(catalog, oid)?),
                privileges: server(reading.privileges(catalog, oid, 0)),
                comment,
            };
            (Class::Language, facts.into())
        };
        let id = ObjectId::top(class, &name);
        match reading.member_of(catalog, oid) {
            Some(member) => reading.add_unmodelled(id, member, Meaning::Unknown),
            None => reading.add(id, facts),
        }
    }
    Ok(())
}
