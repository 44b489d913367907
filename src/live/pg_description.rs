use super::reading::Reading;
use super::row::{Fields, Row, Trouble};

pub(super) const SQL: &str = include_str!("pg_description.sql");

/// Before all that can have a comment.
pub(super) fn read(rows: &[Row], reading: &mut Reading) -> Result<(), Trouble> {
    for row in rows {
        let comments = reading.comments.entry(row.field("relname")?).or_default();
        comments.insert((row.field("objoid")?, row.field("objsubid")?), row.field("description")?);
    }
    Ok(())
}
