use postgres::Row;

use super::reading::Reading;
use super::row::{Fields, Trouble};
use crate::catalog::kind::{RowSecurity, Table};
use crate::catalog::{Meaning, server};

pub(super) const SQL: &str = concat!(include_str!("scope.sql"), include_str!("pg_class.sql"));

/// After the columns, whose order a table states.
pub(super) fn read(rows: &[Row], reading: &mut Reading) -> Result<(), Trouble> {
    for row in rows {
        let id = row.relation()?;
        let relkind: RelKind = row.code("relkind")?;
        let oid = row.field("oid")?;
        if let Some(what) = reading.member_of("pg_class", oid) {
            let columns = reading.uncompared_columns.remove(&oid).unwrap_or_default();
            reading.add_unmodelled(id, what, Meaning::Columns(columns));
            continue;
        }
        let what = match relkind {
            RelKind::Table | RelKind::PartitionedTable => {
                if matches!(relkind, RelKind::PartitionedTable) {
                    reading.not_compared("partition key", id.to_string());
                }
                if row.field("relispartition")? {
                    reading.not_compared("partition bound", id.to_string());
                } else if row.field("inherits")? {
                    reading.not_compared("INHERITS clause", id.to_string());
                }
                let row_security =
                    RowSecurity::from_flags(row.field("relrowsecurity")?, row.field("relforcerowsecurity")?);
                let table = Table {
                    persistence: server(row.code("relpersistence")?),
                    row_security: server(row_security),
                    column_order: server(reading.column_order(oid)),
                    owner: server(reading.owner("pg_class", oid)?),
                    privileges: server(reading.privileges("pg_class", oid, 0)),
                    comment: server(reading.comment("pg_class", oid, 0)),
                    ..Table::default()
                };
                reading.add(id, table);
                continue;
            }
            // Read with its query, which is a rule.
            RelKind::View | RelKind::MaterializedView => continue,
            RelKind::ForeignTable => "foreign table",
        };
        reading.not_compared(what, id.to_string());
        let columns = reading.uncompared_columns.remove(&oid).unwrap_or_default();
        reading.add_unmodelled(id, what, Meaning::Columns(columns));
    }
    Ok(())
}

/// `relkind`, but for sequences, and those that belong to something else: indexes, TOAST, composite types.
pub(super) enum RelKind {
    Table,
    PartitionedTable,
    View,
    MaterializedView,
    ForeignTable,
}

impl TryFrom<char> for RelKind {
    type Error = String;

    fn try_from(code: char) -> Result<Self, String> {
        match code {
            'r' => Ok(Self::Table),
            'p' => Ok(Self::PartitionedTable),
            'v' => Ok(Self::View),
            'm' => Ok(Self::MaterializedView),
            'f' => Ok(Self::ForeignTable),
            other => Err(format!("relkind cannot be {other:?}")),
        }
    }
}
