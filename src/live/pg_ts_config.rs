use super::reading::Reading;
use super::row::{Fields, Row, Trouble};
use crate::catalog::kind::{DictionaryName, ParserName, TextSearchConfiguration, TokenMapping};
use crate::catalog::{Attr, Class, ObjectId, server};
use crate::sql::QualifiedName;

pub(super) const SQL: &str = concat!(include_str!("scope.sql"), include_str!("pg_ts_config.sql"));

pub(super) fn read(rows: &[Row], reading: &mut Reading) -> Result<(), Trouble> {
    for row in rows {
        let oid = row.field("oid")?;
        let id = ObjectId::in_schema(Class::TextSearchConfiguration, &row.ident("nspname")?, &row.ident("cfgname")?);
        if reading.is_member("pg_ts_config", oid, &id) {
            continue;
        }
        let parser = row.qualified_name("prsschema", "prsname")?.unwrap_or_default();
        let mappings = if row.field("names_tokens")? {
            server(mappings(row)?)
        } else {
            reading.not_compared("mapping by a parser of one's own", id.to_string());
            Attr::Unstated
        };
        let configuration = TextSearchConfiguration {
            parser: server(ParserName(parser)),
            mappings,
            owner: server(reading.owner("pg_ts_config", oid)?),
            comment: server(reading.comment("pg_ts_config", oid, 0)),
        };
        reading.add(id, configuration);
    }
    Ok(())
}

/// The dictionaries of one sort of token stand next to each other, in their order.
fn mappings(row: &Row) -> Result<Vec<TokenMapping>, Trouble> {
    let list = |column| row.field::<Option<Vec<String>>>(column).map(Option::unwrap_or_default);
    let dictionaries = list("schemas")?.into_iter().zip(list("dictionaries")?);
    let mut mappings: Vec<TokenMapping> = Vec::new();
    for (token, (schema, name)) in list("tokens")?.into_iter().zip(dictionaries) {
        let dictionary = DictionaryName(QualifiedName::from_parts(&[schema, name]));
        match mappings.last_mut().filter(|last| last.token == token) {
            Some(last) => last.dictionaries.push(dictionary),
            None => mappings.push(TokenMapping { token, dictionaries: vec![dictionary] }),
        }
    }
    mappings.sort();
    Ok(mappings)
}
