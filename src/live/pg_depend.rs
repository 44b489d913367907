use super::reading::Reading;
use super::row::{Fields, Row, Trouble};

pub(super) const SQL: &str = include_str!("pg_depend.sql");

/// Before whatever can be a member of an extension.
pub(super) fn read(rows: &[Row], reading: &mut Reading) -> Result<(), Trouble> {
    for row in rows {
        let members = reading.members.entry(row.field("relname")?).or_default();
        members.insert(row.field("objid")?, row.field("extname")?);
    }
    Ok(())
}
