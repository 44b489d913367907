use std::collections::BTreeMap;

use super::pg_acl::Granted;
use super::reading::Reading;
use super::row::{Fields, Row, Trouble};
use crate::catalog::kind::DefaultPrivileges;
use crate::catalog::{ObjectId, server};

pub(super) const SQL: &str = include_str!("pg_default_acl.sql");

pub(super) fn read(rows: &[Row], reading: &mut Reading) -> Result<(), Trouble> {
    let mut found: BTreeMap<ObjectId, Granted> = BTreeMap::new();
    for row in rows {
        let id = ObjectId::default_privileges(&row.ident("role")?, &row.ident("nspname")?, row.field("objtype")?);
        found.entry(id).or_default().add(row)?;
    }
    for (id, granted) in found {
        let privileges = granted.grants();
        // It says something of the rights of the role itself, which are not compared.
        if privileges != DefaultPrivileges::built_in(&id) {
            reading.add(id, DefaultPrivileges { privileges: server(privileges) });
        }
    }
    Ok(())
}
