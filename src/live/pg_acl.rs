use std::collections::BTreeMap;

use super::reading::Reading;
use super::row::{Fields, Row, Trouble};
use crate::catalog::kind::Grant;
use crate::sql::Ident;

pub(super) const SQL: &str = include_str!("pg_acl.sql");

/// Who owns something, and what is granted on it.
#[derive(Default)]
pub(super) struct Rights {
    owner: Ident,
    granted: Granted,
}

/// By the role it is granted to: each privilege, and whether it can be passed on.
#[derive(Clone, Default)]
pub(super) struct Granted(BTreeMap<Ident, BTreeMap<String, bool>>);

impl Granted {
    /// Several roles may have granted the same.
    pub(super) fn add(&mut self, row: &Row) -> Result<(), Trouble> {
        if let Some(grantee) = row.field::<Option<&str>>("grantee")? {
            let granted = self.0.entry(Ident::new(grantee)).or_default();
            *granted.entry(row.field("privilege")?).or_default() |= row.field::<bool>("is_grantable")?;
        }
        Ok(())
    }

    pub(super) fn grants(&self) -> Vec<Grant> {
        let grant = |(grantee, granted): (&Ident, &BTreeMap<String, bool>)| Grant {
            grantee: grantee.clone(),
            privileges: granted.iter().map(|(word, grantable)| (word.clone(), *grantable)).collect(),
        };
        self.0.iter().map(grant).collect()
    }
}

/// Before all that is owned.
pub(super) fn read(rows: &[Row], reading: &mut Reading) -> Result<(), Trouble> {
    for row in rows {
        let objects = reading.rights.entry(row.field("catalog")?).or_default();
        let rights: &mut Rights = objects.entry((row.field("oid")?, row.field("subid")?)).or_default();
        rights.owner = row.ident("owner")?;
        rights.granted.add(row)?;
    }
    Ok(())
}

impl Reading {
    /// The role that owns an object.
    pub(super) fn owner(&self, catalog: &str, oid: u32) -> Result<Ident, Trouble> {
        let rights = self.rights.get(catalog).and_then(|objects| objects.get(&(oid, 0)));
        rights.map(|rights| rights.owner.clone()).ok_or_else(|| Trouble::Gone(format!("the owner in {catalog}")))
    }

    /// Who but its owner may do what with an object, or with a column of it.
    pub(super) fn privileges(&self, catalog: &str, oid: u32, subid: i32) -> Vec<Grant> {
        let rights = self.rights.get(catalog).and_then(|objects| objects.get(&(oid, subid)));
        rights.map(|rights| rights.granted.grants()).unwrap_or_default()
    }
}
