use super::reading::Reading;
use super::row::{Fields, Row, Trouble};
use crate::catalog::kind::Role;
use crate::catalog::{Class, ObjectId, server};

pub(super) const SQL: &str = include_str!("pg_roles.sql");

pub(super) fn read(rows: &[Row], reading: &mut Reading) -> Result<(), Trouble> {
    for row in rows {
        let mut member_of = row.idents("member_of")?;
        member_of.sort();
        let role = Role {
            superuser: server(row.field("rolsuper")?),
            inherit: server(row.field("rolinherit")?),
            create_role: server(row.field("rolcreaterole")?),
            create_db: server(row.field("rolcreatedb")?),
            login: server(row.field("rolcanlogin")?),
            replication: server(row.field("rolreplication")?),
            bypass_rls: server(row.field("rolbypassrls")?),
            connection_limit: server(row.field::<i32>("rolconnlimit")?.into()),
            valid_until: server(row.field("rolvaliduntil")?),
            configuration: server(row.field("rolconfig")?),
            member_of: server(member_of),
            comment: server(reading.comment("pg_authid", row.field("oid")?, 0)),
        };
        reading.add(ObjectId::top(Class::Role, &row.ident("rolname")?), role);
    }
    Ok(())
}
