//! CREATE TABLE and ALTER TABLE (`tablecmds.c`).

use pg_query::NodeEnum;
use pg_query::protobuf::{
    AlterTableCmd, AlterTableStmt, AlterTableType as Type, ColumnDef, ConstrType, Constraint, CreateForeignTableStmt,
    CreateStmt, Node, ObjectType, RangeVar,
};

use super::foreign_table::suits_new_foreign;
use super::indexcmds::tablespace_of;
use super::like::Like;
use super::not_null::Said;
use super::parse_utilcmd::{Pending, Work};
use super::partition::no_exclusion;
use super::refusal::{
    DUPLICATE_COLUMN, FEATURE_NOT_SUPPORTED, INVALID_COLUMN_DEFINITION, Outcome, Stop, UNDEFINED_COLUMN,
};
use super::reloptions::{Taker, parameters};
use super::{Replay, Statement};
use crate::catalog::kind::{
    Column, MaterializedView, Persistence, PrimaryKey, RelationName, ReplicaIdentity, RowSecurity, Sequence, Table,
    View,
};
use crate::catalog::{Attr, Class, Facts, ObjectId, Origin, Unmodelled};
use crate::sql::{Ident, TypeName, split};

impl Replay {
    pub(super) fn create_table(&mut self, statement: &Statement<'_>, command: &CreateStmt) -> Outcome {
        self.define_relation(statement, command, None)
    }

    /// `DefineRelation()`
    pub(super) fn define_relation(
        &mut self,
        statement: &Statement<'_>,
        command: &CreateStmt,
        foreign: Option<&CreateForeignTableStmt>,
    ) -> Outcome {
        let name = command.relation.clone().unwrap_or_default();
        let schema = self.creation_schema_of(&name)?;
        let is_there = self.find_relation(schema.as_str(), &name.relname).is_some();
        if is_there && command.if_not_exists {
            return Ok(());
        }
        let free =
            if is_there { Err(Stop::relation_exists(&name.relname)) } else { self.has_no_type(&schema, &name.relname) };
        let free = free.map_err(|stop| stop.at(name.location));
        // A server sees that the name is taken once it knows the columns. Until then the table has none.
        let own_name = if free.is_ok() { Ident::new(&name.relname) } else { Ident::default() };
        let table = ObjectId::in_schema(Class::Relation, &schema, &own_name);
        if let Some(why) = self.unknown_source(command)? {
            free?;
            return self.create_unknown_table(statement, table, foreign.is_some(), why);
        }
        let origin = statement.origin();
        let facts: Facts = match foreign {
            None => self.new_table(command, &origin)?.into(),
            Some(_) => self.new_foreign_table(command, &origin)?.into(),
        };
        self.database.insert(table.clone(), facts, origin.clone());
        let undecided = self.inherit_columns(&table, &origin)?;
        self.columns_of_type(&table, command, &origin)?;
        self.inherit_checks(&table, &origin)?;

        let mut work = Work::of_new(undecided);
        let likes = self.define_elements(statement, &table, command, &mut work)?;
        self.index_constraints_name_columns(&table, &work.indexes)?;
        if let Some(column) = work.undecided.first() {
            let what = if self.generated_kind(column).is_some() { "generation expressions" } else { "default values" };
            let message = format!("column \"{}\" inherits conflicting {what}", column.name().as_str());
            return Err(Stop::refused(INVALID_COLUMN_DEFINITION, message));
        }
        work.twice.take().map_or(Ok(()), Err)?;
        let order = self.database.get::<Table>(&table).and_then(|table| table.column_order.get());
        for name in order.into_iter().flatten() {
            let of = self.catalog().column(&table, name).and_then(|column| column.data_type.get());
            of.map_or(Ok(()), |of| self.is_no_pseudo_type(name, of))?;
        }
        free?;
        let not_nulls = work.take_not_nulls()?;
        let values = work.take_values();
        self.carry_out(&table, values)?;
        self.define_partitioning(&table, command, &origin)?;
        let checks = work.take_checks();
        self.carry_out(&table, checks)?;
        if self.names_not_nulls() {
            self.define_not_nulls(&table, not_nulls, &origin)?;
        }
        if let Some(foreign) = foreign {
            self.set_foreign_server(&table, foreign, &origin)?;
        }
        self.carry_out(&table, work)?;
        likes.iter().try_for_each(|like| self.expand_like(&table, like))
    }

    /// The columns and constraints of a new table, in the order in which they are written.
    fn define_elements<'a>(
        &mut self,
        statement: &Statement<'_>,
        table: &ObjectId,
        command: &'a CreateStmt,
        work: &mut Work<'a>,
    ) -> Outcome<Vec<Like>> {
        let version = self.catalog().version;
        let mut likes = Vec::new();
        for element in command.table_elts.iter().chain(&command.constraints) {
            if self.is_foreign(table) {
                suits_new_foreign(element, version)?;
            }
            match &element.node {
                Some(NodeEnum::ColumnDef(definition)) => {
                    self.define_column(statement, table, definition, work)?;
                }
                Some(NodeEnum::TableLikeClause(clause)) => {
                    likes.extend(self.columns_like(table, clause, work, &statement.origin())?);
                }
                Some(NodeEnum::Constraint(constraint)) => {
                    let excludes = constraint.contype() == ConstrType::ConstrExclusion;
                    if excludes && command.partspec.is_some() && version < 17 {
                        return Err(no_exclusion().at(constraint.location));
                    }
                    // A new table has no rows that could break a constraint, whatever is said.
                    let pending = Pending::of_table(statement, constraint);
                    let pending = Pending { validated: pending.enforced, ..pending };
                    self.add_or_note(statement, work, pending)?;
                }
                _ => {}
            }
        }
        Ok(likes)
    }

    /// What a new table is a partition of, and how it is partitioned itself.
    fn define_partitioning(&mut self, table: &ObjectId, command: &CreateStmt, origin: &Origin) -> Outcome {
        let parent = self.parents_of(table).into_iter().next();
        if let (Some(bound), Some(parent)) = (&command.partbound, &parent) {
            self.become_partition(table, parent, bound, origin).map_err(|stop| stop.at(bound.location))?;
        }
        if let Some(spec) = &command.partspec {
            self.set_partition_key(table, spec, origin).map_err(|stop| stop.at(spec.location))?;
        }
        match (&command.partbound, &parent) {
            (Some(_), Some(parent)) => self.follow_partitioned(table, parent, false, origin),
            _ => Ok(()),
        }
    }

    /// The table that a new one is a partition of, or those that it inherits from.
    pub(super) fn heritage_of(
        &self,
        command: &CreateStmt,
        persistence: Persistence,
    ) -> Outcome<(Option<ObjectId>, Vec<ObjectId>)> {
        self.parents_named_by(command, persistence).or_else(|stop| self.elements_are_sound(command).and(Err(stop)))
    }

    fn parents_named_by(
        &self,
        command: &CreateStmt,
        persistence: Persistence,
    ) -> Outcome<(Option<ObjectId>, Vec<ObjectId>)> {
        let parents: Vec<RangeVar> = command.inh_relations.iter().filter_map(range_var_of).cloned().collect();
        match (&command.partbound, parents.first()) {
            (Some(_), Some(parent)) => {
                let parent = self.table_or_foreign(parent)?;
                self.same_as_partitioned(&parent, persistence, "create")?;
                Ok((Some(parent), Vec::new()))
            }
            _ => Ok((None, self.new_parents(&parents, persistence)?)),
        }
    }

    /// A table of which nothing is said but what CREATE TABLE says of it as a whole.
    fn new_table(&self, command: &CreateStmt, origin: &Origin) -> Outcome<Table> {
        let name = command.relation.clone().unwrap_or_default();
        let persistence = name.relpersistence.chars().next().and_then(|code| Persistence::try_from(code).ok());
        let persistence = persistence.unwrap_or(Persistence::Permanent);
        if persistence == Persistence::Unlogged && command.partspec.is_some() && self.catalog().version >= 18 {
            return Err(Stop::refused(FEATURE_NOT_SUPPORTED, "partitioned tables cannot be unlogged"));
        }
        let (partitioned, parents) = self.heritage_of(command, persistence)?;
        let of_parent = partitioned.as_ref().and_then(|parent| self.database.get::<Table>(parent));
        let of_parent = of_parent.and_then(|table| table.tablespace.get().cloned().flatten());
        let of_type = command.of_typename.as_ref().map(|name| self.resolve_type(TypeName::from_node(name)));
        let has_rows = command.partspec.is_none();
        let taker = if has_rows { Taker::Table } else { Taker::Partitioned(self.catalog().version) };
        let method = match command.access_method.as_str() {
            "" => has_rows.then(|| Ident::new("heap")),
            method => Some(Ident::new(method)),
        };
        Ok(Table {
            persistence: Attr::Is(persistence, origin.clone()),
            row_security: Attr::Is(RowSecurity::Disabled, origin.clone()),
            column_order: Attr::Is(Vec::new(), origin.clone()),
            partition_by: Attr::Is(None, origin.clone()),
            partition_key: Attr::Is(Vec::new(), origin.clone()),
            partition_of: Attr::Is(partitioned.as_ref().map(RelationName::of), origin.clone()),
            partition_bound: Attr::Is(None, origin.clone()),
            inherits: Attr::Is(parents.iter().map(RelationName::of).collect(), origin.clone()),
            of_type: Attr::Is(of_type.transpose()?, origin.clone()),
            access_method: Attr::Is(method, origin.clone()),
            tablespace: Attr::Is(tablespace_of(&command.tablespacename).or(of_parent), origin.clone()),
            storage_parameters: Attr::Is(parameters(&command.options, taker)?, origin.clone()),
            replica_identity: Attr::Is(ReplicaIdentity::Default, origin.clone()),
            owner: Attr::Unstated,
            privileges: Attr::Unstated,
            comment: Attr::Is(None, origin.clone()),
        })
    }

    /// Why nothing is known of the columns of a table, if they come from something that is not modelled.
    fn unknown_source(&self, command: &CreateStmt) -> Outcome<Option<String>> {
        for parent in command.inh_relations.iter().filter_map(range_var_of) {
            if let Err(Stop::NotModelled(why)) = self.table_or_foreign(parent) {
                return Ok(Some(why));
            }
        }
        for element in &command.table_elts {
            let Some(NodeEnum::TableLikeClause(clause)) = &element.node else { continue };
            let source = self.relation(&clause.relation.clone().unwrap_or_default())?;
            if self.relation_columns(&source).is_none() {
                return Ok(Some(format!("the columns of {source} are not known")));
            }
        }
        if let Some(name) = &command.of_typename {
            let of = self.table_type(name)?;
            if self.attributes_of(&of).is_none() {
                return Ok(Some(format!("the attributes of {of} are not known")));
            }
        }
        Ok(None)
    }

    fn create_unknown_table(
        &mut self,
        statement: &Statement<'_>,
        table: ObjectId,
        is_foreign: bool,
        why: String,
    ) -> Outcome {
        self.note(statement, why);
        // It may have constraints and indexes that nothing here speaks of.
        self.doubts.of_text(table.name().as_str());
        self.database.insert_unmodelled(
            table,
            Unmodelled::new(if is_foreign { "foreign table" } else { "table" }, statement.origin()),
        );
        Ok(())
    }

    /// A column that is new, or more about one that the table has from elsewhere.
    fn define_column<'a>(
        &mut self,
        statement: &Statement<'_>,
        table: &ObjectId,
        definition: &'a ColumnDef,
        work: &mut Work<'a>,
    ) -> Outcome {
        let id = table.part(Class::Column, &Ident::new(&definition.colname));
        let is_there = self.catalog().exists(&id);
        // A partition and a typed table have no columns of their own.
        let is_more = definition.type_name.is_none();
        if is_more && !is_there {
            let message = format!("column \"{}\" does not exist", definition.colname);
            return Err(Stop::refused(UNDEFINED_COLUMN, message).at(definition.location));
        }
        let is_local = self.database.get::<Column>(&id).is_some_and(|column| column.local.get() == Some(&true));
        if is_more || (is_there && !is_local) {
            return self.merge_column(statement, table, definition, work);
        }
        if let Err(stop) = self.first_of_its_name(table, id.name()) {
            self.transform_second_column(statement, &id, definition, work)?;
            work.twice.get_or_insert(stop.at(definition.location));
            return Ok(());
        }
        self.add_column(statement, table, definition, work)
    }

    /// In CREATE TABLE the server words it differently than in ALTER TABLE.
    pub(super) fn first_of_its_name(&self, table: &ObjectId, column: &Ident) -> Outcome {
        if self.catalog().exists(&table.part(Class::Column, column)) {
            let message = format!("column \"{}\" specified more than once", column.as_str());
            return Err(Stop::refused(DUPLICATE_COLUMN, message));
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

fn range_var_of(node: &Node) -> Option<&RangeVar> {
    match &node.node {
        Some(NodeEnum::RangeVar(name)) => Some(name),
        _ => None,
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
