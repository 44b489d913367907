use super::reading::Reading;
use super::row::{Fields, Row, Trouble};
use crate::catalog::kind::TextSearchTemplate;
use crate::catalog::{Class, ObjectId, server};

pub(super) const SQL: &str = concat!(include_str!("scope.sql"), include_str!("pg_ts_template.sql"));

pub(super) fn read(rows: &[Row], reading: &mut Reading) -> Result<(), Trouble> {
    for row in rows {
        let oid = row.field("oid")?;
        let id = ObjectId::in_schema(Class::TextSearchTemplate, &row.ident("nspname")?, &row.ident("tmplname")?);
        if reading.is_member("pg_ts_template", oid, &id) {
            continue;
        }
        let template = TextSearchTemplate {
            init: server(reading.optional_routine(row.field("tmplinit")?)?),
            lexize: server(reading.routine(row.field("tmpllexize")?)?),
            comment: server(reading.comment("pg_ts_template", oid, 0)),
        };
        reading.add(id, template);
    }
    Ok(())
}
