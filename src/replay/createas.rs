//! Tables and materialized views that are made of a query: CREATE TABLE AS, SELECT INTO, CREATE MATERIALIZED VIEW,
//! and REFRESH (`createas.c`, `matview.c`).

use pg_query::NodeEnum;
use pg_query::protobuf::{
    AlterTableCmd, AlterTableType as Type, CreateTableAsStmt, IntoClause, Node, ObjectType, RefreshMatViewStmt,
    SelectStmt,
};

use super::indexcmds::tablespace_of;
use super::parse_utilcmd::no_system_column;
use super::query::Analyzed;
use super::refusal::{
    DUPLICATE_COLUMN, OBJECT_NOT_IN_PREREQUISITE_STATE, Outcome, SYNTAX_ERROR, Stop, WRONG_OBJECT_TYPE,
};
use super::reloptions::{Taker, parameters};
use super::{Replay, Statement};
use crate::catalog::kind::{Index, KeyTerm, MaterializedView, Persistence, ReplicaIdentity, RowSecurity, Table};
use crate::catalog::{Attr, Class, Facts, ObjectId, Origin};
use crate::sql::{Ident, parse};

/// What an INTO says of what is made.
struct Made<'a> {
    into: &'a IntoClause,
    method: Ident,
    storage_parameters: Vec<String>,
}

impl Replay {
    /// `ExecCreateTableAs()`
    pub(super) fn create_table_as(&mut self, statement: &Statement<'_>, command: &CreateTableAsStmt) -> Outcome {
        let Some(into) = &command.into else { return Ok(()) };
        let is_materialized = command.objtype() == ObjectType::ObjectMatview;
        self.make_of_query(statement, into, command.query.as_deref(), is_materialized, command.if_not_exists)
    }

    /// SELECT … INTO, which of several queries the first says. False if it is no such statement.
    pub(super) fn select_into(&mut self, statement: &Statement<'_>, command: &SelectStmt) -> Outcome<bool> {
        let mut query = command.clone();
        let Some(into) = take_into(&mut query) else { return Ok(false) };
        let query = Node { node: Some(NodeEnum::SelectStmt(Box::new(query))) };
        self.make_of_query(statement, &into, Some(&query), false, false)?;
        Ok(true)
    }

    fn make_of_query(
        &mut self,
        statement: &Statement<'_>,
        into: &IntoClause,
        query: Option<&Node>,
        is_materialized: bool,
        or_leave: bool,
    ) -> Outcome {
        let name = into.rel.clone().unwrap_or_default();
        let analyzed = self.analyze(query, &[])?;
        let schema = self.creation_schema_of(&name)?;
        let is_taken = self.find_relation(schema.as_str(), &name.relname).is_some();
        if is_taken && or_leave {
            return Ok(());
        }
        // Its columns are named once there is room for it, but up to 13 before that is asked.
        if is_taken && self.catalog().version >= 14 {
            return Err(Stop::relation_exists(&name.relname));
        }
        let analyzed = if into.col_names.is_empty() { analyzed } else { self.analyze(query, &into.col_names)? };
        let taken = || if is_taken { Err(Stop::relation_exists(&name.relname)) } else { Ok(()) };
        let Some(analyzed) = analyzed else {
            taken()?;
            let what = if is_materialized { "materialized view" } else { "table made of a query" };
            let meaning = self.query_meaning(query, &into.col_names);
            self.create_unmodelled_relation(statement, &name, what, false, meaning)?;
            self.remember_on_commit(Some(&name), into.on_commit());
            return Ok(());
        };
        analyzed.columns.iter().try_for_each(|column| no_system_column(&column.name))?;
        self.may_be_columns(&analyzed)?;
        taken()?;
        self.has_no_type(&schema, &name.relname)?;
        if !into.skip_data {
            self.sources_are_populated(&analyzed)?;
        }
        let id = ObjectId::in_schema(Class::Relation, &schema, &Ident::new(&name.relname));
        let origin = statement.origin();
        let made = Made {
            into,
            method: self.table_method(if into.access_method.is_empty() { "heap" } else { &into.access_method })?,
            storage_parameters: parameters(&into.options, Taker::Table)?,
        };
        let facts = if is_materialized {
            materialized_view(&analyzed, &made, &origin).into()
        } else {
            table(&analyzed, &made, &origin)
        };
        self.database.insert(id.clone(), facts, origin.clone());
        if !into.skip_data {
            self.database.filled.insert(id.clone());
        }
        self.make_columns(&id, &analyzed, &origin);
        self.remember_on_commit(Some(&name), into.on_commit());
        Ok(())
    }

    /// `CheckAttributeNamesTypes()`: what a query gives, as columns.
    pub(super) fn may_be_columns(&self, analyzed: &Analyzed) -> Outcome {
        let names: Vec<&Ident> = analyzed.columns.iter().map(|column| &column.name).collect();
        if let Some((_, name)) = names.iter().enumerate().find(|(position, name)| names[..*position].contains(name)) {
            let message = format!("column \"{}\" specified more than once", name.as_str());
            return Err(Stop::refused(DUPLICATE_COLUMN, message));
        }
        let mut known = analyzed.columns.iter().filter_map(|column| Some((&column.name, column.of.as_ref()?)));
        known.try_for_each(|(name, of)| self.is_no_pseudo_type(name, of))
    }

    /// `ExecCheckPlanOutput()` and its like: what was never filled cannot be read.
    fn sources_are_populated(&self, analyzed: &Analyzed) -> Outcome {
        let is_empty = |id: &ObjectId| {
            self.database.get::<MaterializedView>(id).is_some_and(|view| view.populated.get() == Some(&false))
        };
        let sources = analyzed
            .tree
            .relations()
            .into_iter()
            .filter_map(|name| Some(ObjectId::in_schema(Class::Relation, name.schema.as_ref()?, &name.name)));
        match sources.into_iter().find(is_empty) {
            Some(id) => {
                let message = format!("materialized view \"{}\" has not been populated", id.name().as_str());
                Err(Stop::refused(OBJECT_NOT_IN_PREREQUISITE_STATE, message))
            }
            None => Ok(()),
        }
    }

    /// `RefreshMatViewByOid()`
    pub(super) fn refresh_materialized_view(
        &mut self,
        statement: &Statement<'_>,
        command: &RefreshMatViewStmt,
    ) -> Outcome {
        let name = command.relation.clone().unwrap_or_default();
        let id = self.relation(&name)?;
        if self.relation_noun(&id) == "table" {
            let message = format!("\"{}\" is not a materialized view", name.relname);
            return Err(Stop::refused(super::refusal::FEATURE_NOT_SUPPORTED, message));
        }
        self.is_relation_of(&id, "materialized view")?;
        let Some(view) = self.database.get::<MaterializedView>(&id) else { return Ok(()) };
        if command.concurrent {
            if view.populated.get() == Some(&false) {
                let message = "CONCURRENTLY cannot be used when the materialized view is not populated";
                return Err(Stop::refused(super::refusal::FEATURE_NOT_SUPPORTED, message));
            }
            if command.skip_data {
                let message = "REFRESH options CONCURRENTLY and WITH NO DATA cannot be used together";
                return Err(Stop::refused(SYNTAX_ERROR, message));
            }
            if !self.catalog().parts(&id, Class::Index).any(|(_, index)| is_usable(&index.facts)) {
                let message = format!("cannot refresh materialized view \"{}\" concurrently", id.qualified_name());
                let hint = "Create a unique index with no WHERE clause on one or more columns of it.";
                return Err(Stop::refused(OBJECT_NOT_IN_PREREQUISITE_STATE, message).with_hint(hint));
            }
        }
        let origin = statement.origin();
        let is_filled = !command.skip_data;
        self.database.edit::<MaterializedView>(&id, |view| {
            if view.populated.get() != Some(&is_filled) {
                view.populated = Attr::Is(is_filled, origin);
            }
        });
        Ok(())
    }

    /// ALTER MATERIALIZED VIEW, as far as it is no matter of its columns.
    pub(super) fn alter_materialized_view(&mut self, id: &ObjectId, step: &AlterTableCmd, origin: &Origin) -> Outcome {
        match step.subtype() {
            subtype @ (Type::AtSetRelOptions | Type::AtResetRelOptions) => {
                let options = match step.def.as_ref().and_then(|def| def.node.as_ref()) {
                    Some(NodeEnum::List(list)) => parse::options_of(&list.items),
                    _ => Vec::new(),
                };
                self.database.edit::<MaterializedView>(id, |view| {
                    let mut all = view.storage_parameters.get().cloned().unwrap_or_default();
                    let name = |option: &str| option.split('=').next().unwrap_or_default().to_owned();
                    all.retain(|had| !options.iter().any(|new| name(new) == name(had)));
                    if subtype == Type::AtSetRelOptions {
                        all.extend(options);
                    }
                    all.sort();
                    view.storage_parameters = Attr::Is(all, origin.clone());
                });
                Ok(())
            }
            Type::AtSetTableSpace => {
                let tablespace = Some(Ident::new(&step.name)).filter(|name| *name != "pg_default");
                self.database
                    .edit::<MaterializedView>(id, |view| view.tablespace = Attr::Is(tablespace, origin.clone()));
                Ok(())
            }
            Type::AtSetAccessMethod => {
                let method = if step.name.is_empty() { "heap" } else { &step.name };
                let method = Some(self.table_method(method)?);
                self.database
                    .edit::<MaterializedView>(id, |view| view.access_method = Attr::Is(method, origin.clone()));
                Ok(())
            }
            // Which index it was clustered on last is nothing to the schema.
            Type::AtClusterOn => self.cluster_on(id, Some(&step.name), origin),
            Type::AtDropCluster => self.cluster_on(id, None, origin),
            Type::AtChangeOwner => Ok(()),
            _ => {
                let message = format!("ALTER action cannot be performed on relation \"{}\"", id.name().as_str());
                Err(Stop::refused(WRONG_OBJECT_TYPE, message))
            }
        }
    }
}

/// Whether rows can be told by it, so that they can be changed one by one (`is_usable_unique_index()`).
fn is_usable(facts: &Facts) -> bool {
    let Facts::Index(index) = facts else { return false };
    let Index { unique, keys, predicate, .. } = &**index;
    let mut keys = keys.get().into_iter().flatten();
    unique.get() == Some(&true)
        && predicate.get() == Some(&None)
        && keys.all(|key| matches!(key.term, KeyTerm::Column(_)))
}

fn materialized_view(analyzed: &Analyzed, made: &Made<'_>, origin: &Origin) -> MaterializedView {
    MaterializedView {
        query: Attr::Is(analyzed.expr(), origin.clone()),
        column_order: Attr::Is(analyzed.names(), origin.clone()),
        populated: Attr::Is(!made.into.skip_data, origin.clone()),
        access_method: Attr::Is(Some(made.method.clone()), origin.clone()),
        tablespace: Attr::Is(tablespace_of(&made.into.table_space_name), origin.clone()),
        storage_parameters: Attr::Is(made.storage_parameters.clone(), origin.clone()),
        owner: Attr::Unstated,
        privileges: Attr::Unstated,
        comment: Attr::Is(None, origin.clone()),
    }
}

fn table(analyzed: &Analyzed, made: &Made<'_>, origin: &Origin) -> Facts {
    let persistence = made.into.rel.as_ref().and_then(|name| name.relpersistence.chars().next());
    let persistence = persistence.and_then(|code| Persistence::try_from(code).ok());
    Table {
        persistence: Attr::Is(persistence.unwrap_or(Persistence::Permanent), origin.clone()),
        row_security: Attr::Is(RowSecurity::Disabled, origin.clone()),
        column_order: Attr::Is(analyzed.names(), origin.clone()),
        partition_by: Attr::Is(None, origin.clone()),
        partition_key: Attr::Is(Vec::new(), origin.clone()),
        partition_of: Attr::Is(None, origin.clone()),
        partition_bound: Attr::Is(None, origin.clone()),
        inherits: Attr::Is(Vec::new(), origin.clone()),
        of_type: Attr::Is(None, origin.clone()),
        access_method: Attr::Is(Some(made.method.clone()), origin.clone()),
        tablespace: Attr::Is(tablespace_of(&made.into.table_space_name), origin.clone()),
        storage_parameters: Attr::Is(made.storage_parameters.clone(), origin.clone()),
        replica_identity: Attr::Is(ReplicaIdentity::Default, origin.clone()),
        owner: Attr::Unstated,
        privileges: Attr::Unstated,
        comment: Attr::Is(None, origin.clone()),
    }
    .into()
}

/// The INTO of a query, which stands in the first of several.
fn take_into(query: &mut SelectStmt) -> Option<Box<IntoClause>> {
    match (query.into_clause.take(), &mut query.larg) {
        (Some(into), _) => Some(into),
        (None, Some(first)) => take_into(first),
        (None, None) => None,
    }
}
