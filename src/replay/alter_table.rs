//! ALTER TABLE: the subcommands, in passes (`ATController()` and what it calls, of `tablecmds.c`).

use pg_query::NodeEnum;
use pg_query::protobuf::{AlterTableCmd, AlterTableStmt, AlterTableType as Type, ConstrType, Constraint, ObjectType};

use super::not_null::Said;
use super::parse_utilcmd::{Pending, Work};
use super::refusal::{Outcome, Stop};
use super::tablecmds::range_var_of;
use super::{Replay, Statement};
use crate::catalog::kind::{MaterializedView, Persistence, RowSecurity, Sequence, Table, View};
use crate::catalog::{Attr, Class, ObjectId, Origin};
use crate::sql::{Ident, split};

impl Replay {
    /// `ATController()`: the subcommands run in passes, whatever order they were written in.
    pub(super) fn alter_table(&mut self, statement: &Statement<'_>, command: &AlterTableStmt) -> Outcome {
        let name = command.relation.clone().unwrap_or_default();
        if command.objtype() == ObjectType::ObjectType {
            return self.alter_attributes(statement, command);
        }
        if command.missing_ok && self.find_relation(&name.schemaname, &name.relname).is_none() {
            return Ok(());
        }
        let target = self.relation(&name)?;
        let places = split::elements(statement.text);
        let mut steps: Vec<(&AlterTableCmd, Origin)> = Vec::new();
        for (position, node) in command.cmds.iter().enumerate() {
            if let Some(NodeEnum::AlterTableCmd(step)) = &node.node {
                // The first element begins with ALTER TABLE itself.
                let place = places.get(position).filter(|_| places.len() == command.cmds.len()).cloned();
                steps.push((step, place.map_or_else(|| statement.origin(), |span| statement.origin_of(span))));
            }
        }
        if matches!(target.class(), Class::Index | Class::Constraint) {
            return steps.iter().try_for_each(|(step, origin)| self.alter_index(statement, &target, step, origin));
        }
        self.may_be_called(command.objtype(), &target)?;
        if steps.iter().any(|(step, _)| step.subtype() == Type::AtAddConstraint) {
            self.is_no_other_kind(&target, "")?;
        }
        self.alter_relation_owner(&target, &mut steps)?;
        if steps.is_empty() {
            return Ok(());
        }
        if self.database.get::<Sequence>(&target).is_some() {
            return steps.iter().try_for_each(|(step, origin)| self.alter_sequence_relation(&target, step, origin));
        }
        if self.database.get::<View>(&target).is_some() {
            return steps.iter().try_for_each(|(step, origin)| self.alter_view(&target, step, origin));
        }
        if self.database.get::<MaterializedView>(&target).is_some() {
            return steps.iter().try_for_each(|(step, origin)| self.alter_materialized_view(&target, step, origin));
        }
        let table = match self.table_or_foreign(&name) {
            // Of what is not modelled it is not followed what becomes of the columns.
            Err(Stop::NotModelled(what)) if !steps.iter().all(|(step, _)| keeps_names(step.subtype())) => {
                self.forget_columns(&target);
                self.note(statement, what);
                return Ok(());
            }
            table => table?,
        };
        for (step, steps_origin) in &steps {
            match self.suits_foreign(&table, step) {
                Err(Stop::NotModelled(what)) => self.note(statement, what),
                outcome => outcome?,
            }
            if let Some(NodeEnum::ColumnDef(column)) = step.def.as_ref().and_then(|def| def.node.as_ref())
                && step.subtype() == Type::AtAlterColumnType
            {
                self.prepare_column_type(&table, &step.name, column, steps_origin)?;
            }
            if step.subtype() == Type::AtDropNotNull && !name.inh {
                self.prepare_drop_not_null(&table)?;
            }
        }
        steps.sort_by_key(|(step, _)| pass(step));
        let persistence =
            |this: &Self| this.database.get::<Table>(&table).and_then(|table| table.persistence.get().copied());
        let before = persistence(self);
        let mut work = Work::of(!name.inh);
        for (step, origin) in &steps {
            self.carry_out_before(&table, pass(step), &mut work)?;
            match self.alter_table_step(statement, &table, step, origin, &mut work) {
                Err(Stop::NotModelled(what)) => {
                    self.note(statement, what);
                    if !keeps_names(step.subtype()) {
                        self.doubts.of_text(statement.text);
                    }
                }
                outcome => outcome?,
            }
        }
        let (fresh, only) = (std::mem::take(&mut work.fresh), work.only);
        self.carry_out(&table, work)?;
        if persistence(self) != before
            || fresh.iter().any(|column| self.has_value(column))
            || steps.iter().any(|(step, _)| self.computes_again(&table, step))
        {
            self.inheritors(&table, only).iter().try_for_each(|table| self.no_column_uses(table))?;
        }
        Ok(())
    }

    /// What ADD COLUMN brought along has its pass too, and is there before later ones speak of it.
    fn carry_out_before(&mut self, table: &ObjectId, pass: Pass, work: &mut Work<'_>) -> Outcome {
        if pass > Pass::AlterType {
            self.carry_out(table, work.take_retyped())?;
        }
        if pass > Pass::AddColumn {
            self.carry_out(table, work.take_values())?;
        }
        if pass >= Pass::AddIndex {
            self.carry_out(table, work.take_indexes())?;
        }
        if pass > Pass::Defaults {
            self.carry_out(table, work.take_all())?;
        }
        Ok(())
    }

    fn alter_table_step<'a>(
        &mut self,
        statement: &Statement<'_>,
        table: &ObjectId,
        step: &'a AlterTableCmd,
        origin: &Origin,
        work: &mut Work<'a>,
    ) -> Outcome {
        let definition = step.def.as_ref().and_then(|def| def.node.as_ref());
        match (step.subtype(), definition) {
            (Type::AtAddColumn, Some(NodeEnum::ColumnDef(column))) => {
                self.may_add_column(table)?;
                let id = table.part(Class::Column, &Ident::new(&column.colname));
                if step.missing_ok && self.catalog().exists(&id) {
                    return Ok(());
                }
                work.fresh.push(id);
                self.add_column(statement, table, column, work)?;
                self.may_pass_identity_on(table, column, work.only)
            }
            (Type::AtGenericOptions | Type::AtAlterColumnGenericOptions, _) => {
                self.alter_foreign_options(table, step, origin)
            }
            (Type::AtAddConstraint, Some(NodeEnum::Constraint(constraint))) => {
                self.alter_add_constraint(statement, table, constraint, work.only, origin)
            }
            (Type::AtColumnDefault, _) => {
                for table in self.inheritors(table, work.only) {
                    let id = self.column(&table, &step.name)?;
                    self.alter_default(&id, step.def.as_deref(), origin)?;
                }
                Ok(())
            }
            (Type::AtAlterColumnType, Some(NodeEnum::ColumnDef(column))) => {
                let id = self.column(table, &step.name)?;
                self.is_own(&id, "alter")?;
                self.is_no_partition_key(&id, "alter")?;
                if work.only {
                    let name = &step.name;
                    let message = format!("type of inherited column \"{name}\" must be changed in child tables too");
                    self.has_no_children(table, message)?;
                }
                let tables = self.inheritors(table, work.only);
                tables.iter().try_for_each(|table| self.alter_column_type(table, &step.name, column, origin))?;
                work.retyped.extend(tables.into_iter().map(|table| table.part(Class::Column, id.name())));
                Ok(())
            }
            (Type::AtAlterConstraint, Some(NodeEnum::AtalterConstraint(change))) => {
                self.alter_constraint(table, change, work.only, origin)
            }
            (Type::AtAttachPartition | Type::AtDetachPartition | Type::AtDetachPartitionFinalize, _) => {
                self.alter_partition(table, step, origin)
            }
            _ => self.alter_table_flag(table, step, work.only, origin),
        }
    }

    /// The subcommands that need nothing but a name.
    fn alter_table_flag(&mut self, table: &ObjectId, step: &AlterTableCmd, only: bool, origin: &Origin) -> Outcome {
        match step.subtype() {
            Type::AtDropColumn => {
                let id = table.part(Class::Column, &Ident::new(&step.name));
                if step.missing_ok && !self.catalog().exists(&id) {
                    return Ok(());
                }
                let id = self.column(table, &step.name)?;
                self.may_drop_column(table, &id, only)?;
                self.drop_part(&id, step, only, origin)
            }
            Type::AtDropConstraint => {
                if let Some(column) = self.not_null_called(table, &step.name) {
                    return self.set_nullable(table, column.name().as_str(), true, only, origin);
                }
                let id = table.part(Class::Constraint, &Ident::new(&step.name));
                if step.missing_ok && !self.catalog().exists(&id) {
                    return Ok(());
                }
                let id = self.constraint(table, &step.name)?;
                self.drop_part(&id, step, only, origin)
            }
            Type::AtSetNotNull | Type::AtDropNotNull => {
                let nullable = step.subtype() == Type::AtDropNotNull;
                self.set_nullable(table, &step.name, nullable, only, origin)
            }
            Type::AtValidateConstraint => self.validate_constraint(table, &step.name, only, origin),
            Type::AtAddInherit | Type::AtDropInherit => match step.def.as_ref().and_then(|def| range_var_of(def)) {
                Some(parent) if step.subtype() == Type::AtAddInherit => self.add_inherit(table, parent, origin),
                Some(parent) => self.drop_inherit(table, parent, origin),
                None => Ok(()),
            },
            Type::AtSetStorage
            | Type::AtSetCompression
            | Type::AtSetStatistics
            | Type::AtSetOptions
            | Type::AtResetOptions => self.alter_column_storage(table, step, only, origin),
            Type::AtSetRelOptions
            | Type::AtResetRelOptions
            | Type::AtSetTableSpace
            | Type::AtSetAccessMethod
            | Type::AtClusterOn
            | Type::AtDropCluster
            | Type::AtReplicaIdentity => self.alter_table_storage(table, step, origin),
            Type::AtSetLogged => self.set_persistence(table, Persistence::Permanent, origin),
            Type::AtSetUnLogged => self.set_persistence(table, Persistence::Unlogged, origin),
            Type::AtEnableRowSecurity => self.set_row_security(table, Some(true), None, origin),
            Type::AtDisableRowSecurity => self.set_row_security(table, Some(false), None, origin),
            Type::AtForceRowSecurity => self.set_row_security(table, None, Some(true), origin),
            Type::AtNoForceRowSecurity => self.set_row_security(table, None, Some(false), origin),
            Type::AtAddIdentity | Type::AtSetIdentity | Type::AtDropIdentity => {
                self.alter_identity(table, step, only, origin)
            }
            Type::AtEnableTrig
            | Type::AtEnableAlwaysTrig
            | Type::AtEnableReplicaTrig
            | Type::AtDisableTrig
            | Type::AtEnableTrigAll
            | Type::AtDisableTrigAll
            | Type::AtEnableTrigUser
            | Type::AtDisableTrigUser => self.enable_triggers(table, step, origin),
            Type::AtEnableRule | Type::AtEnableAlwaysRule | Type::AtEnableReplicaRule | Type::AtDisableRule => {
                self.enable_rule(table, step, origin)
            }
            Type::AtAddOf => self.add_of(table, step, origin),
            Type::AtDropOf => self.drop_of(table, origin),
            Type::AtSetExpression => self.set_expression(table, step, only, origin),
            Type::AtDropExpression => self.drop_expression(table, step, only, origin),
            other => Err(Stop::not_modelled(format!("{} on {table} is not compared yet", words(other)))),
        }
    }

    fn alter_add_constraint(
        &mut self,
        statement: &Statement<'_>,
        table: &ObjectId,
        constraint: &Constraint,
        only: bool,
        origin: &Origin,
    ) -> Outcome {
        if constraint.contype() == ConstrType::ConstrNotnull {
            for column in Pending::of_table(statement, constraint).columns(&constraint.keys) {
                let id = self.not_null_column(table, &column)?;
                self.add_not_null(&id, Said::of(constraint), only, true, origin)?;
            }
            return Ok(());
        }
        let mut work = Work::of(only);
        work.add(Pending::of_table(statement, constraint))?;
        self.carry_out(table, work)
    }

    fn set_row_security(
        &mut self,
        table: &ObjectId,
        enabled: Option<bool>,
        forced: Option<bool>,
        origin: &Origin,
    ) -> Outcome {
        self.database.edit::<Table>(table, |table| {
            let before = table.row_security.get().copied().unwrap_or(RowSecurity::Disabled).flags();
            let after = RowSecurity::from_flags(enabled.unwrap_or(before.0), forced.unwrap_or(before.1));
            table.row_security = Attr::Is(after, origin.clone());
        });
        Ok(())
    }
}

/// The order in which the server takes subcommands (`AlterTablePass`).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Pass {
    Drop,
    AlterType,
    AddColumn,
    ColumnAttributes,
    /// `USING INDEX`
    AddIndexConstraint,
    AddIndex,
    Defaults,
    OtherConstraints,
    Misc,
}

/// `ATPrepCmd()` and, for constraints, `ATParseTransformCmd()`
fn pass(step: &AlterTableCmd) -> Pass {
    match step.subtype() {
        // DROP DEFAULT
        Type::AtColumnDefault if step.def.is_none() => Pass::Drop,
        Type::AtDropColumn
        | Type::AtDropConstraint
        | Type::AtDropNotNull
        | Type::AtDropIdentity
        | Type::AtDropExpression => Pass::Drop,
        Type::AtAlterColumnType => Pass::AlterType,
        Type::AtAddColumn => Pass::AddColumn,
        Type::AtSetNotNull => Pass::ColumnAttributes,
        Type::AtAddConstraint => match step.def.as_ref().and_then(|def| def.node.as_ref()) {
            Some(NodeEnum::Constraint(constraint)) => pass_of_constraint(constraint),
            _ => Pass::OtherConstraints,
        },
        Type::AtColumnDefault | Type::AtAddIdentity => Pass::Defaults,
        _ => Pass::Misc,
    }
}

fn pass_of_constraint(constraint: &Constraint) -> Pass {
    match constraint.contype() {
        ConstrType::ConstrNotnull => Pass::ColumnAttributes,
        ConstrType::ConstrPrimary | ConstrType::ConstrUnique | ConstrType::ConstrExclusion => {
            if constraint.indexname.is_empty() { Pass::AddIndex } else { Pass::AddIndexConstraint }
        }
        _ => Pass::OtherConstraints,
    }
}

/// Whether a subcommand leaves alone what names mean.
fn keeps_names(subtype: Type) -> bool {
    words(subtype) == "OWNER TO"
}

/// A subcommand as people write it.
fn words(subtype: Type) -> &'static str {
    match subtype {
        Type::AtChangeOwner => "OWNER TO",
        _ => "this part of ALTER TABLE",
    }
}
