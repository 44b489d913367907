//! CREATE TABLE and ALTER TABLE (`tablecmds.c`).

use pg_query::NodeEnum;
use pg_query::protobuf::{
    AlterTableCmd, AlterTableStmt, AlterTableType as Type, ColumnDef, ConstrType, Constraint, CreateStmt, DropBehavior,
    ObjectType,
};

use super::heap::Clause;
use super::parse_utilcmd::{Pending, Work};
use super::refusal::{DUPLICATE_COLUMN, Outcome, Stop, UNDEFINED_COLUMN};
use super::{Replay, Statement};
use crate::catalog::kind::{
    Check, ForeignKey, MaterializedView, Persistence, PrimaryKey, RowSecurity, Sequence, Table, View,
};
use crate::catalog::{Attr, Class, Facts, Meaning, ObjectId, Origin, Unmodelled};
use crate::sql::{Ident, split};

/// A partition, which goes away with its table.
pub(super) const PARTITION: &str = "table that is a partition";

impl Replay {
    /// `DefineRelation()`
    pub(super) fn create_table(&mut self, statement: &Statement<'_>, command: &CreateStmt) -> Outcome {
        let name = command.relation.clone().unwrap_or_default();
        let schema = self.creation_schema_of(&name)?;
        if self.find_relation(schema.as_str(), &name.relname).is_some() {
            if command.if_not_exists {
                return Ok(());
            }
            return Err(Stop::relation_exists(&name.relname).at(name.location));
        }
        let table = ObjectId::in_schema(Class::Relation, &schema, &Ident::new(&name.relname));
        let type_id = ObjectId::in_schema(Class::Type, &schema, &Ident::new(&name.relname));
        if self.catalog().exists(&type_id) {
            let message = format!("type \"{}\" already exists", name.relname);
            return Err(Stop::refused(super::refusal::DUPLICATE_OBJECT, message).at(name.location));
        }
        if let Some(what) = derived_from(command) {
            self.note(statement, format!("the table {table} {what}: its columns are not replayed yet"));
            let parent = command.inh_relations.iter().find_map(|node| match &node.node {
                Some(NodeEnum::RangeVar(parent)) => self.relation(parent).ok(),
                _ => None,
            });
            let what = if command.partbound.is_some() { PARTITION } else { "table" };
            // The columns of a partition are those of its table.
            let columns =
                parent.as_ref().filter(|_| what == PARTITION).and_then(|parent| self.relation_columns(parent));
            let meaning = columns.map_or(Meaning::Unknown, Meaning::Columns);
            let unmodelled = Unmodelled { owned_by: parent, meaning, ..Unmodelled::new(what, statement.origin()) };
            // It may have constraints and indexes that nothing here speaks of.
            self.doubts.of_text(table.name().as_str());
            self.database.insert_unmodelled(table, unmodelled);
            return Ok(());
        }
        if command.partspec.is_some() {
            self.note(statement, format!("the partitioning of {table} is not compared yet"));
        }
        let origin = statement.origin();
        let persistence = name.relpersistence.chars().next().and_then(|code| Persistence::try_from(code).ok());
        let facts = Table {
            persistence: Attr::Is(persistence.unwrap_or(Persistence::Permanent), origin.clone()),
            row_security: Attr::Is(RowSecurity::Disabled, origin.clone()),
            column_order: Attr::Is(Vec::new(), origin.clone()),
            comment: Attr::Is(None, origin.clone()),
            ..Table::default()
        };
        self.database.insert(table.clone(), facts, origin);

        let mut work = Work::default();
        for element in command.table_elts.iter().chain(&command.constraints) {
            match &element.node {
                Some(NodeEnum::ColumnDef(definition)) => {
                    self.first_of_its_name(&table, definition)?;
                    self.add_column(statement, &table, definition, &mut work)?;
                }
                Some(NodeEnum::Constraint(constraint)) => {
                    // A new table has no rows that could break a constraint, whatever is said.
                    let pending = Pending::of_table(statement, constraint);
                    let pending = Pending { validated: pending.enforced, ..pending };
                    self.add_or_note(statement, &mut work, pending)?;
                }
                _ => {}
            }
        }
        self.carry_out(&table, work)
    }

    /// In CREATE TABLE the server words it differently than in ALTER TABLE.
    fn first_of_its_name(&self, table: &ObjectId, definition: &ColumnDef) -> Outcome {
        if self.catalog().exists(&table.part(Class::Column, &Ident::new(&definition.colname))) {
            let message = format!("column \"{}\" specified more than once", definition.colname);
            return Err(Stop::refused(DUPLICATE_COLUMN, message).at(definition.location));
        }
        Ok(())
    }

    /// A constraint that is not modelled does not keep the rest of its command from being replayed.
    fn add_or_note<'a>(&mut self, statement: &Statement<'_>, work: &mut Work<'a>, pending: Pending<'a>) -> Outcome {
        match work.add(pending) {
            Err(Stop::NotModelled(what)) => {
                self.note(statement, what);
                self.doubts.of_text(statement.text);
                Ok(())
            }
            outcome => outcome,
        }
    }

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
        let table = match self.table(&name) {
            // Of a foreign table and its like it is not followed what becomes of the columns.
            Err(Stop::NotModelled(what)) if !steps.iter().all(|(step, _)| keeps_names(step.subtype())) => {
                self.forget_columns(&target);
                self.note(statement, what);
                return Ok(());
            }
            table => table?,
        };
        for (step, _) in &steps {
            if let Some(NodeEnum::ColumnDef(column)) = step.def.as_ref().and_then(|def| def.node.as_ref())
                && step.subtype() == Type::AtAlterColumnType
            {
                self.prepare_column_type(&table, &step.name, column)?;
            }
        }
        steps.sort_by_key(|(step, _)| pass(step));
        let mut work = Work::default();
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
        self.carry_out(&table, work)?;
        self.refresh_partitions(&table);
        Ok(())
    }

    /// What ADD COLUMN brought along has its pass too, and is there before later ones speak of it.
    fn carry_out_before(&mut self, table: &ObjectId, pass: Pass, work: &mut Work<'_>) -> Outcome {
        if pass > Pass::AddColumn {
            self.carry_out(table, work.take_values())?;
        }
        if pass > Pass::AddIndex {
            self.carry_out(table, work.take_indexes())?;
        }
        if pass > Pass::OtherConstraints {
            self.carry_out(table, std::mem::take(work))?;
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
                let id = table.part(Class::Column, &Ident::new(&column.colname));
                if step.missing_ok && self.catalog().exists(&id) {
                    return Ok(());
                }
                self.add_column(statement, table, column, work)
            }
            (Type::AtAddConstraint, Some(NodeEnum::Constraint(constraint))) => {
                self.alter_add_constraint(statement, table, constraint, origin)
            }
            (Type::AtColumnDefault, _) => {
                let id = self.column(table, &step.name)?;
                self.set_default(&id, step.def.as_deref(), origin)
            }
            (Type::AtAlterColumnType, Some(NodeEnum::ColumnDef(column))) => {
                self.alter_column_type(table, &step.name, column, origin)
            }
            (Type::AtAlterConstraint, Some(NodeEnum::AtalterConstraint(change))) => {
                if change.alter_inheritability {
                    return Err(Stop::not_modelled("how constraints are inherited is not compared yet"));
                }
                let id = self.constraint(table, &change.conname)?;
                if self.database.get::<ForeignKey>(&id).is_none() {
                    let message = format!(
                        "constraint \"{}\" of relation \"{}\" is not a foreign key constraint",
                        change.conname,
                        table.name().as_str()
                    );
                    return Err(Stop::refused(super::refusal::WRONG_OBJECT_TYPE, message));
                }
                if change.alter_enforceability {
                    let is_enforced = change.is_enforced;
                    self.database.edit::<ForeignKey>(&id, |key| key.validated = Attr::Is(is_enforced, origin.clone()));
                    self.note(statement, "whether a constraint is ENFORCED is not compared yet");
                }
                if !change.alter_deferrability {
                    return Ok(());
                }
                self.database.edit::<ForeignKey>(&id, |key| {
                    key.deferrable = Attr::Is(change.deferrable || change.initdeferred, origin.clone());
                    key.initially_deferred = Attr::Is(change.initdeferred, origin.clone());
                });
                Ok(())
            }
            _ => self.alter_table_flag(table, step, origin),
        }
    }

    /// The subcommands that need nothing but a name.
    fn alter_table_flag(&mut self, table: &ObjectId, step: &AlterTableCmd, origin: &Origin) -> Outcome {
        match step.subtype() {
            Type::AtDropColumn => {
                let id = table.part(Class::Column, &Ident::new(&step.name));
                if step.missing_ok && !self.catalog().exists(&id) {
                    return Ok(());
                }
                let id = self.column(table, &step.name)?;
                self.perform_deletion(&[id], step.behavior() == DropBehavior::DropCascade, origin)
            }
            Type::AtDropConstraint => {
                let id = table.part(Class::Constraint, &Ident::new(&step.name));
                if step.missing_ok && !self.catalog().exists(&id) {
                    return Ok(());
                }
                let id = self.constraint(table, &step.name)?;
                self.perform_deletion(&[id], step.behavior() == DropBehavior::DropCascade, origin)
            }
            Type::AtSetNotNull => self.set_nullable(table, &step.name, false, origin),
            Type::AtDropNotNull => self.set_nullable(table, &step.name, true, origin),
            Type::AtValidateConstraint => {
                let id = self.constraint(table, &step.name)?;
                self.database.edit::<Check>(&id, |check| check.validated = Attr::Is(true, origin.clone()));
                self.database.edit::<ForeignKey>(&id, |key| key.validated = Attr::Is(true, origin.clone()));
                Ok(())
            }
            Type::AtSetLogged => self.set_persistence(table, Persistence::Permanent, origin),
            Type::AtSetUnLogged => self.set_persistence(table, Persistence::Unlogged, origin),
            Type::AtEnableRowSecurity => self.set_row_security(table, Some(true), None, origin),
            Type::AtDisableRowSecurity => self.set_row_security(table, Some(false), None, origin),
            Type::AtForceRowSecurity => self.set_row_security(table, None, Some(true), origin),
            Type::AtNoForceRowSecurity => self.set_row_security(table, None, Some(false), origin),
            Type::AtAddIdentity | Type::AtSetIdentity | Type::AtDropIdentity => {
                self.alter_identity(table, step, origin)
            }
            Type::AtDropExpression => self.drop_expression(table, step, origin),
            other => Err(Stop::not_modelled(format!("{} on {table} is not compared yet", words(other)))),
        }
    }

    fn alter_add_constraint(
        &mut self,
        statement: &Statement<'_>,
        table: &ObjectId,
        constraint: &Constraint,
        origin: &Origin,
    ) -> Outcome {
        if constraint.contype() == ConstrType::ConstrNotnull {
            for column in Pending::of_table(statement, constraint).columns(&constraint.keys) {
                self.set_nullable(table, column.as_str(), false, origin)?;
            }
            return Ok(());
        }
        let mut work = Work::default();
        work.add(Pending::of_table(statement, constraint))?;
        self.carry_out(table, work)
    }

    fn set_persistence(&mut self, table: &ObjectId, persistence: Persistence, origin: &Origin) -> Outcome {
        let before = self.database.get::<Table>(table).and_then(|table| table.persistence.get().copied());
        if before == Some(persistence) {
            return Ok(());
        }
        self.database.edit::<Table>(table, |table| table.persistence = Attr::Is(persistence, origin.clone()));
        self.set_persistence_of_sequences(table, persistence, origin);
        Ok(())
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

    pub(super) fn add_check(&mut self, table: &ObjectId, pending: &Pending<'_>) -> Outcome {
        let constraint = pending.constraint;
        let Some(node) = &constraint.raw_expr else { return Ok(()) };
        let expression = self.expression(node, table, Clause::Check)?;
        let name = if constraint.conname.is_empty() {
            // A condition on one column is called after it (AddRelationNewConstraints).
            let own = table.qualified_name();
            let columns = expression.tree().map(crate::catalog::Tree::columns).unwrap_or_default();
            let mut columns = columns.into_iter().filter(|(relation, _)| *relation == own).map(|(_, column)| column);
            let only = match (columns.next(), columns.next()) {
                (Some(column), None) => column.as_str().to_owned(),
                _ => String::new(),
            };
            self.choose_constraint_name(table, &only, "check")
        } else {
            self.free_constraint_name(table, &constraint.conname)?
        };
        let origin = &pending.origin;
        let facts = Check {
            expression: Attr::Is(expression, origin.clone()),
            no_inherit: Attr::Is(constraint.is_no_inherit, origin.clone()),
            validated: Attr::Is(pending.validated, origin.clone()),
            comment: Attr::Is(None, origin.clone()),
            ..Check::default()
        };
        self.database.insert(table.part(Class::Constraint, &name), facts, origin.clone());
        Ok(())
    }

    /// The primary key of a table, if it has one.
    pub(super) fn primary_key(&self, table: &ObjectId) -> Option<(&ObjectId, &PrimaryKey)> {
        self.catalog().parts(table, Class::Constraint).find_map(|(id, object)| match &object.facts {
            Facts::PrimaryKey(key) => Some((id, &**key)),
            _ => None,
        })
    }

    /// That columns a key names are there.
    pub(super) fn key_columns(&self, table: &ObjectId, columns: &[Ident], words: &str) -> Outcome {
        for column in columns.iter().filter(|_| !self.lenient) {
            if self.catalog().column(table, column).is_none() {
                return Err(Stop::refused(
                    UNDEFINED_COLUMN,
                    format!("column \"{}\" {words} does not exist", column.as_str()),
                ));
            }
        }
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
        Type::AtColumnDefault | Type::AtAddIdentity => Pass::OtherConstraints,
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

/// A table whose columns come from elsewhere, and how the statement says so.
fn derived_from(command: &CreateStmt) -> Option<&'static str> {
    let likes = command.table_elts.iter().any(|element| matches!(element.node, Some(NodeEnum::TableLikeClause(_))));
    if command.partbound.is_some() {
        Some("is a partition")
    } else if !command.inh_relations.is_empty() {
        Some("inherits from another")
    } else if command.of_typename.is_some() {
        Some("is made of a type")
    } else if likes {
        Some("is made LIKE another")
    } else {
        None
    }
}

/// Whether a subcommand leaves alone what names mean.
fn keeps_names(subtype: Type) -> bool {
    ["OWNER TO", "SET STATISTICS", "SET STORAGE", "SET COMPRESSION", "a storage parameter", "SET TABLESPACE", "CLUSTER"]
        .contains(&words(subtype))
        || ["SET ACCESS METHOD", "an option of a column", "REPLICA IDENTITY", "a trigger"].contains(&words(subtype))
}

/// A subcommand as people write it.
fn words(subtype: Type) -> &'static str {
    match subtype {
        Type::AtChangeOwner => "OWNER TO",
        Type::AtSetStatistics => "SET STATISTICS",
        Type::AtSetStorage => "SET STORAGE",
        Type::AtSetCompression => "SET COMPRESSION",
        Type::AtSetOptions | Type::AtResetOptions => "an option of a column",
        Type::AtSetRelOptions | Type::AtResetRelOptions | Type::AtReplaceRelOptions => "a storage parameter",
        Type::AtSetTableSpace => "SET TABLESPACE",
        Type::AtSetAccessMethod => "SET ACCESS METHOD",
        Type::AtClusterOn | Type::AtDropCluster => "CLUSTER",
        Type::AtReplicaIdentity => "REPLICA IDENTITY",
        Type::AtAddInherit | Type::AtDropInherit => "INHERIT",
        Type::AtAttachPartition | Type::AtDetachPartition => "a partition",
        Type::AtSetExpression => "SET EXPRESSION",
        Type::AtEnableTrig
        | Type::AtEnableAlwaysTrig
        | Type::AtEnableReplicaTrig
        | Type::AtDisableTrig
        | Type::AtEnableTrigAll
        | Type::AtDisableTrigAll
        | Type::AtEnableTrigUser
        | Type::AtDisableTrigUser => "a trigger",
        _ => "this part of ALTER TABLE",
    }
}
