use super::reading::Reading;
use super::row::{Fields, Row, Trouble};
use crate::catalog::kind::{Policy, PolicyType};
use crate::catalog::{Class, server};

pub(super) const SQL: &str = concat!(include_str!("scope.sql"), include_str!("pg_policy.sql"));

pub(super) fn read(rows: &[Row], reading: &mut Reading) -> Result<(), Trouble> {
    for row in rows {
        let id = row.relation()?.part(Class::Policy, &row.ident("polname")?);
        let mut roles = row.idents("polroles")?;
        roles.sort();
        let permissive = row.field("polpermissive")?;
        let policy = Policy {
            policy_type: server(if permissive { PolicyType::Permissive } else { PolicyType::Restrictive }),
            command: server(row.code("polcmd")?),
            roles: server(roles),
            using: server(row.expr("polqual", row.field("has_qual")?)?),
            with_check: server(row.expr("polwithcheck", row.field("has_with_check")?)?),
            comment: server(reading.comment("pg_policy", row.field("oid")?, 0)),
        };
        reading.add(id, policy);
    }
    Ok(())
}
