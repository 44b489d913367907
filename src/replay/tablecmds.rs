//! CREATE TABLE (`tablecmds.c`).

use pg_query::NodeEnum;
use pg_query::protobuf::{ColumnDef, ConstrType, CreateForeignTableStmt, CreateStmt, Node, RangeVar};

use super::foreign_table::suits_new_foreign;
use super::generated::is_virtual;
use super::indexcmds::tablespace_of;
use super::like::Like;
use super::parse_utilcmd::{Pending, Work};
use super::partition::no_exclusion;
use super::refusal::{
    DUPLICATE_COLUMN, FEATURE_NOT_SUPPORTED, INVALID_COLUMN_DEFINITION, Outcome, Stop, UNDEFINED_COLUMN,
};
use super::reloptions::{Taker, parameters};
use super::{Replay, Statement};
use crate::catalog::kind::{Column, Persistence, PrimaryKey, RelationName, ReplicaIdentity, RowSecurity, Table};
use crate::catalog::{Attr, Class, Facts, ObjectId, Origin, Unmodelled};
use crate::sql::{Ident, TypeName};

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
        self.may_have_columns(&table, command)?;
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

    /// `CheckAttributeNamesTypes()`
    fn may_have_columns(&self, table: &ObjectId, command: &CreateStmt) -> Outcome {
        let is_virtual = |name: &Ident| {
            command.table_elts.iter().any(|element| match &element.node {
                Some(NodeEnum::ColumnDef(column)) => *name == column.colname.as_str() && is_virtual(column),
                _ => false,
            })
        };
        let order = self.database.get::<Table>(table).and_then(|table| table.column_order.get());
        for name in order.into_iter().flatten() {
            let Some(of) = self.catalog().column(table, name).and_then(|column| column.data_type.get()) else {
                continue;
            };
            self.is_no_pseudo_type(name, of)?;
            if is_virtual(name) {
                self.may_be_virtual(name, of)?;
            }
        }
        Ok(())
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
            method => Some(self.table_method(method)?),
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

pub(super) fn range_var_of(node: &Node) -> Option<&RangeVar> {
    match &node.node {
        Some(NodeEnum::RangeVar(name)) => Some(name),
        _ => None,
    }
}
