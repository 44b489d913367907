use super::reading::Reading;
use super::row::{Fields, Row, Trouble};
use crate::catalog::kind::{KeyTerm, RelationName, Statistics, StatisticsKind};
use crate::catalog::{Class, Expr, ObjectId, server};
use crate::sql::parse;

pub(super) const SQL: &str = concat!(include_str!("scope.sql"), include_str!("pg_statistic_ext.sql"));

pub(super) fn read(rows: &[Row], reading: &mut Reading) -> Result<(), Trouble> {
    for row in rows {
        let oid = row.field("oid")?;
        let numbers: Vec<i16> = row.field("stxkeys")?;
        let columns = reading.column_names(row.field("stxrelid")?, &numbers)?;
        let printed: Option<&str> = row.field("stxexprs")?;
        let expressions = printed.map(expressions).transpose()?.unwrap_or_default();
        let codes: Vec<String> = row.field("stxkind")?;
        let kinds = codes.iter().flat_map(|code| code.chars()).map(StatisticsKind::try_from);
        let statistics = Statistics {
            relation: server(RelationName::of(&row.relation()?)),
            kinds: server(kinds.collect::<Result<_, _>>().map_err(Trouble::Surprise)?),
            keys: server(columns.into_iter().map(KeyTerm::Column).chain(expressions).collect()),
            target: server(row.field("stxstattarget")?),
            owner: server(reading.owner("pg_statistic_ext", oid)?),
            comment: server(reading.comment("pg_statistic_ext", oid, 0)),
        };
        let id = ObjectId::in_schema(Class::Statistics, &row.ident("stxschema")?, &row.ident("stxname")?);
        reading.add(id, statistics);
    }
    Ok(())
}

/// `pg_get_expr()` prints the expressions of one object as a list.
fn expressions(printed: &str) -> Result<Vec<KeyTerm>, Trouble> {
    let texts =
        parse::list_items(printed).ok_or_else(|| Trouble::Surprise(format!("stxexprs cannot be read: {printed}")))?;
    Ok(texts.into_iter().map(|text| KeyTerm::Expr(Expr::new(text))).collect())
}
