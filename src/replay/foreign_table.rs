//! Foreign tables (`CreateForeignTable()` in `foreigncmds.c`), whose columns and checks are made and altered as those
//! of tables are (`tablecmds.c`).

use pg_query::NodeEnum;
use pg_query::protobuf::{
    AlterTableCmd, AlterTableType as Type, ConstrType, Constraint, CreateForeignTableStmt, CreateStmt, Node, RangeVar,
};

use super::foreigncmds::changed;
use super::parse_utilcmd::{Pending, Work};
use super::refusal::{FEATURE_NOT_SUPPORTED, Outcome, Stop, WRONG_OBJECT_TYPE};
use super::{Replay, Statement};
use crate::catalog::kind::{Column, ForeignTable, Table};
use crate::catalog::{Attr, Class, Meaning, ObjectId, Origin};
use crate::sql::Ident;

impl Replay {
    /// `CreateForeignTable()`
    pub(super) fn create_foreign_table(
        &mut self,
        statement: &Statement<'_>,
        command: &CreateForeignTableStmt,
    ) -> Outcome {
        let Some(base) = &command.base_stmt else { return Ok(()) };
        let name = base.relation.clone().unwrap_or_default();
        let is_like = |element: &Node| matches!(element.node, Some(NodeEnum::TableLikeClause(_)));
        if !base.inh_relations.is_empty() || base.table_elts.iter().any(is_like) {
            let columns = self.columns_of(&base.table_elts)?.filter(|_| base.inh_relations.is_empty());
            let meaning = columns.map_or(Meaning::Unknown, Meaning::Columns);
            return self.create_unmodelled_relation(statement, &name, "foreign table", base.if_not_exists, meaning);
        }
        only_foreign_constraints(base)?;
        let schema = self.creation_schema_of(&name)?;
        if self.find_relation(schema.as_str(), &name.relname).is_some() {
            if base.if_not_exists {
                return Ok(());
            }
            return Err(Stop::relation_exists(&name.relname).at(name.location));
        }
        let table = ObjectId::in_schema(Class::Relation, &schema, &Ident::new(&name.relname));
        let origin = statement.origin();
        let server = self.foreign_server(&command.servername)?;
        let facts = ForeignTable {
            server: Attr::Is(server.name().clone(), origin.clone()),
            options: Attr::Is(changed(Vec::new(), &command.options)?, origin.clone()),
            column_order: Attr::Is(Vec::new(), origin.clone()),
            partition_of: Attr::Is(None, origin.clone()),
            partition_bound: Attr::Is(None, origin.clone()),
            inherits: Attr::Is(Vec::new(), origin.clone()),
            owner: Attr::Unstated,
            privileges: Attr::Unstated,
            comment: Attr::Is(None, origin.clone()),
        };
        self.database.insert(table.clone(), facts, origin.clone());
        let mut work = Work::of_new();
        for element in base.table_elts.iter().chain(&base.constraints) {
            match &element.node {
                Some(NodeEnum::ColumnDef(definition)) => {
                    self.first_of_its_name(&table, &Ident::new(&definition.colname))?;
                    self.add_column(statement, &table, definition, &mut work)?;
                }
                Some(NodeEnum::Constraint(constraint)) => {
                    let pending = Pending::of_table(statement, constraint);
                    work.add(Pending { validated: pending.enforced, ..pending })?;
                }
                _ => {}
            }
        }
        let not_nulls = work.take_not_nulls()?;
        self.carry_out(&table, work)?;
        if self.names_not_nulls() {
            self.define_not_nulls(&table, not_nulls, &origin)?;
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
            let is_foreign_only = matches!(step.subtype(), Type::AtGenericOptions | Type::AtAlterColumnGenericOptions);
            return if is_foreign_only && self.database.get::<Table>(table).is_some() {
                Err(unsuitable(table))
            } else {
                Ok(())
            };
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
            (Type::AtAddInherit | Type::AtDropInherit, _) => {
                Err(Stop::not_modelled(format!("what the foreign table {table} inherits is not compared yet")))
            }
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

fn only_foreign_constraints(command: &CreateStmt) -> Outcome {
    for element in command.table_elts.iter().chain(&command.constraints) {
        match &element.node {
            Some(NodeEnum::ColumnDef(column)) => {
                column.constraints.iter().filter_map(constraint_of).try_for_each(is_foreign_constraint)?;
            }
            Some(NodeEnum::Constraint(constraint)) => is_foreign_constraint(constraint)?,
            _ => {}
        }
    }
    Ok(())
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
