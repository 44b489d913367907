use super::reading::Reading;
use super::row::{Fields, Row, Trouble};
use crate::catalog::kind::{TemplateName, TextSearchDictionary};
use crate::catalog::{Class, ObjectId, server};

pub(super) const SQL: &str = concat!(include_str!("scope.sql"), include_str!("pg_ts_dict.sql"));

pub(super) fn read(rows: &[Row], reading: &mut Reading) -> Result<(), Trouble> {
    for row in rows {
        let oid = row.field("oid")?;
        let id = ObjectId::in_schema(Class::TextSearchDictionary, &row.ident("nspname")?, &row.ident("dictname")?);
        if reading.is_member("pg_ts_dict", oid, &id) {
            continue;
        }
        let template = row.qualified_name("tmplschema", "tmplname")?.unwrap_or_default();
        let dictionary = TextSearchDictionary {
            template: server(TemplateName(template)),
            options: server(row.field("dictinitoption")?),
            owner: server(reading.owner("pg_ts_dict", oid)?),
            comment: server(reading.comment("pg_ts_dict", oid, 0)),
        };
        reading.add(id, dictionary);
    }
    Ok(())
}
