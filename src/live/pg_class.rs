use pg_query::NodeEnum;
use pg_query::protobuf::{CreateStmt, PartitionCmd};

use super::reading::Reading;
use super::row::{Fields, Row, Trouble};
use crate::catalog::kind::{
    ForeignTable, IndexKey, PartitionBound, PartitionStrategy, RelationName, ReplicaIdentity, RowSecurity, Table,
    bound_literal,
};
use crate::catalog::{Expr, Meaning, server};
use crate::sql::{QualifiedName, parse};

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
        match relkind {
            RelKind::Table | RelKind::PartitionedTable => {
                let row_security =
                    RowSecurity::from_flags(row.field("relrowsecurity")?, row.field("relforcerowsecurity")?);
                let of_type =
                    row.field::<Option<&str>>("reloftype")?.map(|name| reading.type_name(name)).transpose()?;
                let parents = parents(row)?;
                let is_partition = row.field("relispartition")?;
                let key = row.field::<Option<&str>>("partkeydef")?.map(partition_key).transpose()?;
                let (partition_by, partition_key) = key.unzip();
                let table = Table {
                    persistence: server(row.code("relpersistence")?),
                    row_security: server(row_security),
                    column_order: server(reading.column_order(oid)),
                    partition_by: server(partition_by),
                    partition_key: server(partition_key.unwrap_or_default()),
                    partition_of: server(parents.first().filter(|_| is_partition).cloned()),
                    partition_bound: server(if is_partition { Some(partition_bound(row)?) } else { None }),
                    inherits: server(if is_partition { Vec::new() } else { parents }),
                    of_type: server(of_type),
                    access_method: server(row.optional_ident("amname")?),
                    tablespace: server(row.optional_ident("spcname")?),
                    storage_parameters: server(row.options("reloptions")?),
                    replica_identity: server(replica_identity(row)?),
                    owner: server(reading.owner("pg_class", oid)?),
                    privileges: server(reading.privileges("pg_class", oid, 0)),
                    comment: server(reading.comment("pg_class", oid, 0)),
                };
                reading.add(id, table);
            }
            // Read with its query, which is a rule.
            RelKind::View | RelKind::MaterializedView => {}
            RelKind::ForeignTable => {
                let table = foreign_table(row, oid, reading)?;
                reading.add(id, table);
            }
        }
    }
    Ok(())
}

fn foreign_table(row: &Row, oid: u32, reading: &mut Reading) -> Result<ForeignTable, Trouble> {
    let parents = parents(row)?;
    let is_partition = row.field("relispartition")?;
    Ok(ForeignTable {
        server: server(row.ident("srvname")?),
        options: server(row.field::<Option<Vec<String>>>("ftoptions")?.unwrap_or_default()),
        column_order: server(reading.column_order(oid)),
        partition_of: server(parents.first().filter(|_| is_partition).cloned()),
        partition_bound: server(if is_partition { Some(partition_bound(row)?) } else { None }),
        inherits: server(if is_partition { Vec::new() } else { parents }),
        owner: server(reading.owner("pg_class", oid)?),
        privileges: server(reading.privileges("pg_class", oid, 0)),
        comment: server(reading.comment("pg_class", oid, 0)),
    })
}

/// The tables that it inherits from, or is a partition of.
fn parents(row: &Row) -> Result<Vec<RelationName>, Trouble> {
    let schemas: Option<Vec<&str>> = row.field("parentnamespaces")?;
    let names: Option<Vec<&str>> = row.field("parentnames")?;
    let pairs = schemas.unwrap_or_default().into_iter().zip(names.unwrap_or_default());
    Ok(pairs.map(|(schema, name)| RelationName(QualifiedName::new(&schema.into(), &name.into()))).collect())
}

fn replica_identity(row: &Row) -> Result<ReplicaIdentity, Trouble> {
    Ok(match row.field::<&str>("relreplident")? {
        "d" => ReplicaIdentity::Default,
        "f" => ReplicaIdentity::Full,
        // The index can be gone, and then nothing identifies a row.
        _ => row.optional_ident("replidindex")?.map_or(ReplicaIdentity::Nothing, ReplicaIdentity::Index),
    })
}

/// What `pg_get_partkeydef()` prints.
fn partition_key(text: &str) -> Result<(PartitionStrategy, Vec<IndexKey>), Trouble> {
    let surprise = || Trouble::Surprise(format!("this is no partition key: {text}"));
    match parse::parse_one(&format!("CREATE TABLE t () PARTITION BY {text}")) {
        Ok(NodeEnum::CreateStmt(CreateStmt { partspec: Some(spec), .. })) => {
            let strategy = PartitionStrategy::from_node(&spec).ok_or_else(surprise)?;
            let keys = spec.part_params.iter().map(|node| IndexKey::of_partition(node).map_err(|_| surprise()));
            Ok((strategy, keys.collect::<Result<_, _>>()?))
        }
        _ => Err(surprise()),
    }
}

/// What `pg_get_expr()` prints of a bound, its values with the types of the key.
fn partition_bound(row: &Row) -> Result<PartitionBound, Trouble> {
    let text: &str = row.field("relpartbound")?;
    let surprise = || Trouble::Surprise(format!("this is no partition bound: {text}"));
    let types: Vec<&str> = row.field::<Option<_>>("keytypes")?.unwrap_or_default();
    let Ok(NodeEnum::AlterTableStmt(command)) = parse::parse_one(&format!("ALTER TABLE t ATTACH PARTITION p {text}"))
    else {
        return Err(surprise());
    };
    let step = match command.cmds.into_iter().next().and_then(|cmd| cmd.node) {
        Some(NodeEnum::AlterTableCmd(step)) => step.def.and_then(|def| def.node),
        _ => None,
    };
    let Some(NodeEnum::PartitionCmd(PartitionCmd { bound: Some(bound), .. })) = step else { return Err(surprise()) };
    PartitionBound::from_node(&bound, |position, node| {
        let value = bound_literal(node).map_or_else(|| parse::deparse_expr(node), Ok).map_err(|_| surprise())?;
        let of = types.get(position).ok_or_else(surprise)?;
        Ok(Expr::new(format!("{value}::{of}")))
    })
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
