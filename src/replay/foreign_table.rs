//! Foreign tables (`CreateForeignTable()` in `foreigncmds.c`), whose columns and checks are made and altered as those
//! of tables are (`tablecmds.c`).

use pg_query::NodeEnum;
use pg_query::protobuf::{
    AlterTableCmd, AlterTableType as Type, ConstrType, Constraint, CreateForeignTableStmt, CreateStmt, Node, RangeVar,
};

use super::foreigncmds::changed;
use super::refusal::{FEATURE_NOT_SUPPORTED, Outcome, Stop, WRONG_OBJECT_TYPE};
use super::{Replay, Statement};
use crate::catalog::kind::{Column, ForeignTable, Persistence, RelationName, Table};
use crate::catalog::{Attr, Facts, ObjectId, Origin};
use crate::sql::Ident;

impl Replay {
    /// `DefineRelation()` and `CreateForeignTable()`
    pub(super) fn create_foreign_table(
        &mut self,
        statement: &Statement<'_>,
        command: &CreateForeignTableStmt,
    ) -> Outcome {
        command.base_stmt.as_ref().map_or(Ok(()), |base| self.define_relation(statement, base, Some(command)))
    }

    /// A foreign table of which nothing is said but what it comes from.
    pub(super) fn new_foreign_table(&self, command: &CreateStmt, origin: &Origin) -> Outcome<ForeignTable> {
        let (partitioned, parents) = self.heritage_of(command, Persistence::Permanent)?;
        Ok(ForeignTable {
            server: Attr::Is(Ident::default(), origin.clone()),
            options: Attr::Is(Vec::new(), origin.clone()),
            column_order: Attr::Is(Vec::new(), origin.clone()),
            partition_of: Attr::Is(partitioned.as_ref().map(RelationName::of), origin.clone()),
            partition_bound: Attr::Is(None, origin.clone()),
            inherits: Attr::Is(parents.iter().map(RelationName::of).collect(), origin.clone()),
            owner: Attr::Unstated,
            privileges: Attr::Unstated,
            comment: Attr::Is(None, origin.clone()),
        })
    }

    /// `CreateForeignTable()`: who has its rows is looked up when all else is there.
    pub(super) fn set_foreign_server(
        &mut self,
        table: &ObjectId,
        command: &CreateForeignTableStmt,
        origin: &Origin,
    ) -> Outcome {
        let server = self.foreign_server(&command.servername)?.name().clone();
        let options = changed(Vec::new(), &command.options)?;
        self.database.edit::<ForeignTable>(table, |table| {
            table.server = Attr::Is(server, origin.clone());
            table.options = Attr::Is(options, origin.clone());
        });
        Ok(())
    }

    /// What a foreign partition would have of its table beside columns and checks: nothing that tells rows apart.
    pub(super) fn foreign_follows(&self, partition: &ObjectId, part: &ObjectId, attaches: bool) -> Outcome {
        let is_unique = match self.catalog().facts(part) {
            Some(Facts::ForeignKey(_)) => {
                let message = "foreign key constraints are not supported on foreign tables";
                return Err(Stop::refused(WRONG_OBJECT_TYPE, message));
            }
            Some(Facts::PrimaryKey(_) | Facts::Unique(_)) => true,
            Some(Facts::Index(index)) => index.unique.get() == Some(&true),
            _ => false,
        };
        let (name, of) = (partition.name().as_str(), &part.path()[1]);
        let words = if attaches { format!("attach foreign table \"{name}\" as") } else { "create foreign".to_owned() };
        if is_unique {
            let message = format!("cannot {words} partition of partitioned table \"{}\"", of.as_str());
            return Err(Stop::refused(WRONG_OBJECT_TYPE, message));
        }
        Ok(())
    }

    /// A table to be altered, which a foreign one is too.
    pub(super) fn table_or_foreign(&self, name: &RangeVar) -> Outcome<ObjectId> {
        match self.relation(name)? {
            id if self.is_foreign(&id) => Ok(id),
            _ => self.table(name),
        }
    }

    pub(super) fn is_foreign(&self, id: &ObjectId) -> bool {
        self.database.get::<ForeignTable>(id).is_some()
    }

    /// `ATSimplePermissions()`: what of ALTER TABLE can be done to a foreign table, and what to none but it.
    pub(super) fn suits_foreign(&self, table: &ObjectId, step: &AlterTableCmd) -> Outcome {
        if !self.is_foreign(table) {
            let is_unfit = match step.subtype() {
                Type::AtGenericOptions | Type::AtAlterColumnGenericOptions => {
                    self.database.get::<Table>(table).is_some()
                }
                Type::AtSetLogged | Type::AtSetUnLogged => self.is_partitioned(table) && self.catalog().version >= 18,
                _ => false,
            };
            return if is_unfit { Err(unsuitable(table)) } else { Ok(()) };
        }
        match (step.subtype(), step.def.as_ref().and_then(|def| def.node.as_ref())) {
            (Type::AtAddConstraint, Some(NodeEnum::Constraint(constraint))) => is_foreign_constraint(constraint),
            (Type::AtAddColumn, Some(NodeEnum::ColumnDef(column))) => {
                column.constraints.iter().filter_map(constraint_of).try_for_each(is_foreign_constraint)
            }
            (
                Type::AtSetRelOptions
                | Type::AtResetRelOptions
                | Type::AtSetTableSpace
                | Type::AtSetAccessMethod
                | Type::AtClusterOn
                | Type::AtDropCluster
                | Type::AtReplicaIdentity
                | Type::AtSetLogged
                | Type::AtSetUnLogged
                | Type::AtEnableRowSecurity
                | Type::AtDisableRowSecurity
                | Type::AtForceRowSecurity
                | Type::AtNoForceRowSecurity
                | Type::AtSetCompression
                | Type::AtAttachPartition
                | Type::AtDetachPartition,
                _,
            ) => Err(unsuitable(table)),
            _ => Ok(()),
        }
    }

    /// `ATExecGenericOptions()`, `ATExecAlterColumnGenericOptions()`
    pub(super) fn alter_foreign_options(&mut self, table: &ObjectId, step: &AlterTableCmd, origin: &Origin) -> Outcome {
        let said = match step.def.as_ref().and_then(|def| def.node.as_ref()) {
            Some(NodeEnum::List(list)) => &list.items[..],
            _ => &[],
        };
        if step.subtype() == Type::AtGenericOptions {
            let Some(facts) = self.database.get::<ForeignTable>(table) else { return Ok(()) };
            let options = changed(facts.options.get().cloned().unwrap_or_default(), said)?;
            self.database.edit::<ForeignTable>(table, |table| table.options = Attr::Is(options, origin.clone()));
            return Ok(());
        }
        let id = self.column(table, &step.name)?;
        let Some(column) = self.database.get::<Column>(&id) else { return Ok(()) };
        let options = changed(column.fdw_options.get().cloned().unwrap_or_default(), said)?;
        self.database.edit::<Column>(&id, |column| column.fdw_options = Attr::Is(options, origin.clone()));
        Ok(())
    }

    /// The options of a new column, which those of foreign tables alone have.
    pub(super) fn column_options(&self, table: &ObjectId, said: &[Node]) -> Outcome<Vec<String>> {
        if !said.is_empty() && self.database.get::<Table>(table).is_some() {
            return Err(unsuitable(table));
        }
        changed(Vec::new(), said)
    }
}

/// `ATSimplePermissions()`; the server says which command it is.
fn unsuitable(table: &ObjectId) -> Stop {
    let message = format!("this cannot be performed on relation \"{}\"", table.name().as_str());
    Stop::refused(WRONG_OBJECT_TYPE, message)
}

fn constraint_of(node: &Node) -> Option<&Constraint> {
    match &node.node {
        Some(NodeEnum::Constraint(constraint)) => Some(constraint),
        _ => None,
    }
}

/// `transformTableElements()`: what a new foreign table may say.
pub(super) fn suits_new_foreign(element: &Node, version: u32) -> Outcome {
    match &element.node {
        Some(NodeEnum::ColumnDef(column)) => {
            column.constraints.iter().filter_map(constraint_of).try_for_each(is_foreign_constraint)
        }
        Some(NodeEnum::Constraint(constraint)) => is_foreign_constraint(constraint),
        Some(NodeEnum::TableLikeClause(clause)) if version < 18 => {
            let place = clause.relation.as_ref().map_or(-1, |name| name.location);
            Err(Stop::refused(FEATURE_NOT_SUPPORTED, "LIKE is not supported for creating foreign tables").at(place))
        }
        _ => Ok(()),
    }
}

/// `transformColumnDefinition()`, `transformTableConstraint()`: no constraint that would need an index.
fn is_foreign_constraint(constraint: &Constraint) -> Outcome {
    let words = match constraint.contype() {
        ConstrType::ConstrPrimary => "primary key",
        ConstrType::ConstrUnique => "unique",
        ConstrType::ConstrExclusion => "exclusion",
        ConstrType::ConstrForeign => "foreign key",
        _ => return Ok(()),
    };
    let message = format!("{words} constraints are not supported on foreign tables");
    Err(Stop::refused(FEATURE_NOT_SUPPORTED, message).at(constraint.location))
}
