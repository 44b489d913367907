use super::reading::Reading;
use super::row::{Fields, Row, Trouble};
use crate::catalog::kind::DomainCheck;
use crate::catalog::{Class, ObjectId, server};

pub(super) const SQL: &str = concat!(include_str!("scope.sql"), include_str!("pg_constraint_of_domains.sql"));

pub(super) fn read(rows: &[Row], reading: &mut Reading) -> Result<(), Trouble> {
    for row in rows {
        let domain = ObjectId::in_schema(Class::Type, &row.ident("nspname")?, &row.ident("typname")?);
        let expression = row.expr("conbin", true)?.ok_or_else(|| Trouble::Gone("a condition".into()))?;
        let check = DomainCheck {
            expression: server(expression),
            validated: server(row.field("convalidated")?),
            comment: server(reading.comment("pg_constraint", row.field("oid")?, 0)),
        };
        reading.add(domain.part(Class::DomainConstraint, &row.ident("conname")?), check);
    }
    Ok(())
}
