//! Statements that ask for rows or change them, and which tables are known to have none: those that were made
//! here, and that nothing has filled since.

use std::collections::BTreeSet;

use pg_query::NodeEnum;
use pg_query::protobuf::{ExecuteStmt, InsertStmt, Node, PrepareStmt, RangeVar};

use super::evaluate::Evaluator;
use super::query::Scope;
use super::routine::Returned;
use super::value::{Row, Value, Variables};
use crate::catalog::kind::Table;
use crate::catalog::{Class, ObjectId};
use crate::replay::refusal::{Outcome, SYNTAX_ERROR, Stop};
use crate::replay::{Replay, Statement};
use crate::sql::parse;
use crate::sql::type_name::string_of;

/// What a statement has given.
#[derive(Debug, Default)]
pub(super) struct Ran {
    /// None if they are not known.
    pub(super) rows: Option<Vec<Row>>,
    /// How many it gave or changed.
    pub(super) count: Option<usize>,
    /// It asks for rows or changes them.
    pub(super) is_about_rows: bool,
    /// What CALL has given back, by the variables that it was given.
    pub(super) outputs: Vec<(String, Value)>,
}

impl Ran {
    pub(super) fn first(&self) -> Value {
        match &self.rows {
            Some(rows) => rows.first().map_or(Value::Null, |row| Value::Row(row.clone())),
            None => Value::Unknown,
        }
    }
}

impl Replay {
    /// What is there by now has rows that no file speaks of: it was there before.
    pub fn forget_rows(&mut self) {
        let tables = self.catalog().objects.keys().filter(|id| id.class() == Class::Relation);
        let tables: Vec<ObjectId> = tables.cloned().collect();
        self.database.filled.extend(tables);
    }

    /// Carries out SQL, in which variables may stand; what it does not hold is noted there, as outside of code.
    pub(super) fn run_sql(&mut self, statement: &Statement<'_>, variables: &Variables) -> Outcome<Ran> {
        let nodes = parse::parse(statement.text)
            .map_err(|error| Stop::refused(SYNTAX_ERROR, error.message).within(statement))?;
        let mut ran = Ran::default();
        for node in nodes {
            ran = self.run_node(statement, &node, variables).map_err(|stop| stop.within(statement))?;
        }
        Ok(ran)
    }

    /// One statement of code, or of a file.
    pub(in crate::replay) fn run_statement(&mut self, statement: &Statement<'_>, node: &NodeEnum) -> Outcome {
        self.run_node(statement, node, &Variables::default()).map(|_| ())
    }

    fn run_node(&mut self, statement: &Statement<'_>, node: &NodeEnum, variables: &Variables) -> Outcome<Ran> {
        match node {
            NodeEnum::SelectStmt(query) if query.into_clause.is_none() => self.watch(statement, |replay| {
                let rows = Evaluator { replay, place: *statement }.rows(&Scope::of(variables), query)?;
                let is_known =
                    rows.as_ref().is_some_and(|rows| !rows.iter().flatten().any(|(_, value)| value.has_unknown()));
                let count = rows.as_ref().map(Vec::len);
                Ok((Ran { rows, count, is_about_rows: true, ..Ran::default() }, is_known))
            }),
            NodeEnum::InsertStmt(_)
            | NodeEnum::UpdateStmt(_)
            | NodeEnum::DeleteStmt(_)
            | NodeEnum::MergeStmt(_)
            | NodeEnum::CopyStmt(_) => {
                let count = self.change_rows(statement, node, variables)?;
                let rows = if count == Some(0) { Some(Vec::new()) } else { None };
                Ok(Ran { rows, count, is_about_rows: true, ..Ran::default() })
            }
            NodeEnum::CallStmt(command) => {
                let Some(call) = &command.funccall else { return Ok(Ran::default()) };
                let (ran, outputs) = self.watch(statement, |replay| {
                    let mut evaluator = Evaluator { replay, place: *statement };
                    let parts: Vec<String> = call.funcname.iter().filter_map(string_of).collect();
                    let returned = evaluator.function_result(&Scope::of(variables), call, &parts, true)?;
                    let is_known = returned.is_some();
                    let row = match returned {
                        Some(Returned::Value(Value::Row(row))) => Some(row),
                        _ => None,
                    };
                    Ok(((is_known, row), is_known))
                })?;
                if !ran {
                    self.doubts.of_code(statement.text);
                    return Err(Stop::not_modelled(
                        "what this calls is not known here, nor what it does to the schema",
                    ));
                }
                // Those that are variables are given back what the procedure gives.
                let names = call.args.iter().map(|arg| match &arg.node {
                    Some(NodeEnum::ColumnRef(column)) if column.fields.len() == 1 => {
                        column.fields.first().and_then(string_of)
                    }
                    _ => None,
                });
                let row = outputs.unwrap_or_default();
                let outputs = names
                    .zip(row)
                    .filter_map(|(name, (given, value))| Some((name.filter(|_| !given.is_empty())?, value)))
                    .collect();
                Ok(Ran { outputs, ..Ran::default() })
            }
            _ => self.attempt(statement, node).map(|()| Ran::default()),
        }
    }

    /// Evaluates something. Where not all of it is known, a routine that it names may have been called or not.
    pub(super) fn watch<T>(
        &mut self,
        statement: &Statement<'_>,
        evaluate: impl FnOnce(&mut Self) -> Outcome<(T, bool)>,
    ) -> Outcome<T> {
        let before = std::mem::take(&mut self.code.called);
        let outcome = evaluate(self);
        let called = std::mem::replace(&mut self.code.called, before);
        let (value, is_known) = outcome?;
        if !is_known && self.doubts.calls_besides(statement.text, &called) {
            self.doubts.of_rows(statement.text);
            if self.doubts.calls_change(statement.text) {
                self.doubts.of_code(statement.text);
                self.note(statement, "whether a routine is called here, and with what, is not known");
            }
        }
        self.code.called.extend(called);
        Ok(value)
    }

    /// `PREPARE`
    pub(in crate::replay) fn prepare(&mut self, command: &PrepareStmt) {
        let query = command.query.as_ref().and_then(|query| query.node.clone());
        self.code.prepared.extend(query.map(|query| (command.name.clone(), query)));
    }

    /// `ExecuteQuery()`
    pub(in crate::replay) fn execute_prepared(&mut self, statement: &Statement<'_>, command: &ExecuteStmt) -> Outcome {
        let Some(query) = self.code.prepared.get(&command.name).cloned() else {
            self.doubts.of_code(statement.text);
            return Err(Stop::not_modelled("what this executes is not known here, nor what it does to the schema"));
        };
        let none = Variables::default();
        let values = Evaluator { replay: self, place: *statement }.values(&Scope::of(&none), &command.params)?;
        let mut variables = Variables::default();
        for (at, value) in values.into_iter().enumerate() {
            variables.declare(&format!("${}", at + 1), value, None);
        }
        self.run_node(statement, &query, &variables).map(|_| ())
    }

    /// How many rows a statement changes, if that is known.
    fn change_rows(
        &mut self,
        statement: &Statement<'_>,
        node: &NodeEnum,
        variables: &Variables,
    ) -> Outcome<Option<usize>> {
        let relation = match node {
            NodeEnum::InsertStmt(command) => command.relation.as_ref(),
            NodeEnum::UpdateStmt(command) => command.relation.as_ref(),
            NodeEnum::DeleteStmt(command) => command.relation.as_ref(),
            NodeEnum::MergeStmt(command) => command.relation.as_ref(),
            NodeEnum::CopyStmt(command) if command.is_from => command.relation.as_ref(),
            _ => return Ok(None),
        };
        let table = relation.and_then(|relation| self.find_relation(&relation.schemaname, &relation.relname));
        let is_empty = table.as_ref().is_some_and(|table| self.is_empty(table));
        let count = match node {
            NodeEnum::InsertStmt(command) => self.inserted(statement, command, variables)?,
            NodeEnum::UpdateStmt(_) | NodeEnum::DeleteStmt(_) if is_empty => Some(0),
            _ => None,
        };
        if count != Some(0) {
            self.doubts.rows.has_changed = true;
            if !matches!(node, NodeEnum::DeleteStmt(_) | NodeEnum::UpdateStmt(_)) {
                self.fill(table, relation);
            }
            // What stands in WITH may change others.
            if has_with(node) {
                self.doubts.of_rows(statement.text);
            }
        }
        Ok(count)
    }

    fn inserted(
        &mut self,
        statement: &Statement<'_>,
        command: &InsertStmt,
        variables: &Variables,
    ) -> Outcome<Option<usize>> {
        let Some(Node { node: Some(NodeEnum::SelectStmt(query)) }) = command.select_stmt.as_deref() else {
            return Ok(Some(1));
        };
        if command.with_clause.is_some() {
            return Ok(None);
        }
        // Long lists of values call nothing that matters.
        if !query.values_lists.is_empty() {
            return Ok(command.on_conflict_clause.is_none().then_some(query.values_lists.len()));
        }
        let rows = self.watch(statement, |replay| {
            let rows = Evaluator { replay, place: *statement }.rows(&Scope::of(variables), query)?;
            let is_known = rows.is_some();
            Ok((rows, is_known))
        })?;
        Ok(rows.map(|rows| rows.len()).filter(|count| *count == 0 || command.on_conflict_clause.is_none()))
    }

    /// Rows go into it, and into what belongs to it.
    fn fill(&mut self, table: Option<ObjectId>, relation: Option<&RangeVar>) {
        match table {
            Some(table) if self.database.get::<Table>(&table).is_some() => {
                let tables = self.catalog().objects.keys().filter(|id| id.class() == Class::Relation);
                let parts: Vec<ObjectId> = tables.filter(|id| self.is_part(id, &table, 0)).cloned().collect();
                self.database.filled.extend(parts.into_iter().chain([table]));
            }
            // A view, or something else that leads elsewhere.
            _ => {
                let is_here = table.is_some() || relation.is_none();
                self.doubts.rows.everything |= is_here;
            }
        }
    }

    /// Whether a table is a partition of another, or inherits from it.
    fn is_part(&self, id: &ObjectId, of: &ObjectId, depth: usize) -> bool {
        let Some(table) = self.database.get::<Table>(id) else { return false };
        let parents = table.inherits.get().into_iter().flatten().chain(table.partition_of.get().into_iter().flatten());
        depth < 50
            && parents
                .filter_map(|parent| parent.id())
                .any(|parent| parent == *of || self.is_part(&parent, of, depth + 1))
    }

    /// Whether it is known that a table has no rows.
    pub(in crate::replay) fn is_empty(&self, id: &ObjectId) -> bool {
        let is_known = self.database.get::<Table>(id).is_some() && self.database.knows_rows && !self.lenient;
        let has_parts = || self.database.filled.iter().any(|other| self.is_part(other, id, 0));
        is_known
            && !self.database.filled.contains(id)
            && !self.doubts.cover(id.name().as_str())
            && !self.doubts.may_have_rows(id.name().as_str())
            && !has_parts()
    }
}

fn has_with(node: &NodeEnum) -> bool {
    match node {
        NodeEnum::InsertStmt(command) => command.with_clause.is_some(),
        NodeEnum::UpdateStmt(command) => command.with_clause.is_some(),
        NodeEnum::DeleteStmt(command) => command.with_clause.is_some(),
        NodeEnum::MergeStmt(command) => command.with_clause.is_some(),
        _ => false,
    }
}

/// Names of tables that code may have filled.
#[derive(Debug, Default)]
pub(in crate::replay) struct RowDoubts {
    pub(in crate::replay) words: BTreeSet<String>,
    pub(in crate::replay) everything: bool,
    /// The same for what triggers do, once rows have changed.
    pub(in crate::replay) of_triggers: BTreeSet<String>,
    pub(in crate::replay) triggers_do_anything: bool,
    pub(in crate::replay) has_changed: bool,
}
