use super::reading::Reading;
use super::row::{Fields, Row, Trouble};
use crate::catalog::kind::TextSearchParser;
use crate::catalog::{Class, ObjectId, server};

pub(super) const SQL: &str = concat!(include_str!("scope.sql"), include_str!("pg_ts_parser.sql"));

pub(super) fn read(rows: &[Row], reading: &mut Reading) -> Result<(), Trouble> {
    for row in rows {
        let oid = row.field("oid")?;
        let id = ObjectId::in_schema(Class::TextSearchParser, &row.ident("nspname")?, &row.ident("prsname")?);
        if reading.is_member("pg_ts_parser", oid, &id) {
            continue;
        }
        let parser = TextSearchParser {
            start: server(reading.routine(row.field("prsstart")?)?),
            get_token: server(reading.routine(row.field("prstoken")?)?),
            end: server(reading.routine(row.field("prsend")?)?),
            headline: server(reading.optional_routine(row.field("prsheadline")?)?),
            lex_types: server(reading.routine(row.field("prslextype")?)?),
            comment: server(reading.comment("pg_ts_parser", oid, 0)),
        };
        reading.add(id, parser);
    }
    Ok(())
}
