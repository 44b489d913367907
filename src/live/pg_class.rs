use postgres::Row;

use super::reading::Reading;
use super::row::{Fields, Trouble};
use crate::catalog::kind::{RowSecurity, Table};
use crate::catalog::{Class, Meaning, ObjectId, server};
use crate::sql::Ident;

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
                    comment: server(reading.comment("pg_class", oid, 0)),
                    ..Table::default()
                };
                reading.add(id, table);
                continue;
            }
            RelKind::Sequence => {
                let owner = owning_column(row)?;
                if owner.is_none() {
                    reading.not_compared("sequence", id.to_string());
                }
                reading.add_sequence(id, owner);
                continue;
            }
            RelKind::View => "view",
            RelKind::MaterializedView => "materialized view",
            RelKind::ForeignTable => "foreign table",
        };
        reading.not_compared(what, id.to_string());
        let columns = reading.uncompared_columns.remove(&oid).unwrap_or_default();
        reading.add_unmodelled(id, what, Meaning::Columns(columns));
    }
    Ok(())
}

/// The column a sequence goes away with (`OWNED BY`).
fn owning_column(row: &Row) -> Result<Option<ObjectId>, Trouble> {
    let schema: Option<String> = row.field("owner_nspname")?;
    let table: Option<String> = row.field("owner_relname")?;
    let column: Option<String> = row.field("owner_attname")?;
    Ok(schema.zip(table).zip(column).map(|((schema, table), column)| {
        let table = ObjectId::in_schema(Class::Relation, &Ident::new(schema), &Ident::new(table));
        table.part(Class::Column, &Ident::new(column))
    }))
}

/// `relkind`, but for those that belong to something else: indexes, TOAST, composite types.
pub(super) enum RelKind {
    Table,
    PartitionedTable,
    View,
    MaterializedView,
    ForeignTable,
    Sequence,
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
            'S' => Ok(Self::Sequence),
            other => Err(format!("relkind cannot be {other:?}")),
        }
    }
}
