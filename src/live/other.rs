use super::reading::Reading;
use super::row::{Fields, Row, Trouble};

pub(super) const SQL: &str = concat!(include_str!("scope.sql"), include_str!("other.sql"));

pub(super) fn read(rows: &[Row], reading: &mut Reading) -> Result<(), Trouble> {
    for row in rows {
        reading.not_compared(row.field("kind")?, row.field::<String>("name")?);
    }
    Ok(())
}
