//! What the bodies of routines may be: those in SQL are read as they are made (`fmgr_sql_validator()` in `pg_proc.c`,
//! `check_sql_fn_retval()` in `functions.c`), and each language takes and gives but some types.

use pg_query::NodeEnum;
use pg_query::protobuf::{CreateFunctionStmt, InsertStmt, Node, OverridingKind};

use super::query::place_of;
use super::refusal::{FEATURE_NOT_SUPPORTED, GENERATED_ALWAYS, Outcome, SYNTAX_ERROR, Stop};
use super::routine_parameters::invalid;
use super::{Replay, Statement};
use crate::catalog::kind::{Identity, Parameter};
use crate::catalog::meaning::{Argument, TypeSort};
use crate::catalog::{Class, Expr, Facts, ObjectId};
use crate::expr::{self, Around, Outputs, Scope, Wanted};
use crate::sql::ident::split_identifiers;
use crate::sql::{Ident, TypeName, parse};

/// A routine as far as its body has to fit.
pub(super) struct Routine<'a> {
    pub(super) id: &'a ObjectId,
    pub(super) parameters: &'a [Parameter],
    pub(super) result: &'a TypeName,
    pub(super) language: &'a Ident,
    pub(super) is_procedure: bool,
    /// What is set while it runs.
    pub(super) configuration: &'a [String],
}

impl Routine<'_> {
    fn inputs(&self) -> impl Iterator<Item = &TypeName> {
        self.parameters.iter().filter(|one| one.mode.is_input()).map(|one| &one.of)
    }

    fn outputs(&self) -> Vec<TypeName> {
        self.parameters.iter().filter(|one| one.mode.is_output()).map(|one| one.of.clone()).collect()
    }
}

impl Replay {
    /// `interpret_AS_clause()`: a statement of a body that is parsed with its routine.
    pub(super) fn body_statement(&self, node: &Node, id: &ObjectId, parameters: &[Parameter]) -> Outcome<Expr> {
        let polymorphic = parameters.iter().filter(|one| one.mode.is_input()).any(|one| expr::is_polymorphic(&one.of));
        if polymorphic {
            let message = "SQL function with unquoted function body cannot have polymorphic arguments";
            return Err(Stop::refused(FEATURE_NOT_SUPPORTED, message));
        }
        if !is_analyzed(node) {
            let message = "this statement is not yet supported in unquoted SQL function body";
            return Err(Stop::refused(FEATURE_NOT_SUPPORTED, message));
        }
        self.analyze_body(node, id, parameters, &self.search_path()).map(|(expr, _)| expr)
    }

    /// What a statement of a body means, and what it gives, if that can be told.
    fn analyze_body(
        &self,
        node: &Node,
        id: &ObjectId,
        parameters: &[Parameter],
        search_path: &[Ident],
    ) -> Outcome<(Expr, Option<Outputs>)> {
        let inputs = parameters.iter().filter(|one| one.mode.is_input());
        let args: Vec<Argument> = inputs.map(|one| Argument { name: one.name.clone(), of: one.of.clone() }).collect();
        let around = Around::Arguments { routine: Some(id.name()), args: &args };
        let scope = Scope { catalog: self.catalog(), search_path, around, wanted: Wanted::Value };
        let (tree, outputs, faults) = expr::resolve_statement(node, &scope);
        self.no_fault(&faults).map_err(|stop| {
            let place = node.node.as_ref().and_then(|node| place_of(node, &stop.to_string()));
            place.map_or(stop.clone(), |place| stop.at(place))
        })?;
        let is_told = tree.unresolved.is_empty() && (!outputs.is_empty() || gives_nothing(node));
        Ok((Expr::from_tree(tree), is_told.then_some(outputs)))
    }

    /// The validators of the languages that a server brings (`ProcedureCreate()` calls them at its end).
    pub(super) fn validate_routine(
        &self,
        routine: &Routine<'_>,
        source: Option<&str>,
        (statement, written): (&Statement<'_>, &CreateFunctionStmt),
    ) -> Outcome {
        match routine.language.as_str() {
            "sql" => self.validate_sql(routine, source, written).map_err(|stop| match source {
                Some(source) => stop.moved(|place| place_in_statement(statement.text, written, source, place)),
                None => stop,
            }),
            "plpgsql" => self.validate_plpgsql(routine),
            _ => Ok(()),
        }
    }

    /// `fmgr_sql_validator()`
    fn validate_sql(&self, routine: &Routine<'_>, source: Option<&str>, written: &CreateFunctionStmt) -> Outcome {
        let result = routine.result;
        if self.is_pseudo(result) && !["record", "void"].iter().any(|name| result.is_builtin(name)) {
            return Err(invalid(format!("SQL functions cannot return type {result}")));
        }
        if let Some(of) = routine.inputs().find(|of| self.is_pseudo(of)) {
            return Err(invalid(format!("SQL functions cannot have arguments of type {of}")));
        }
        if self.lenient || !self.checks_bodies() {
            return Ok(());
        }
        let syntax = |error: parse::SyntaxError| {
            let stop = Stop::refused(SYNTAX_ERROR, error.message);
            let place = error.offset.and_then(|at| i32::try_from(at).ok());
            place.map_or(stop.clone(), |place| stop.at(place))
        };
        let parsed = source.map(parse::parse).transpose().map_err(syntax)?;
        let statements: Vec<Node> = match parsed {
            Some(parsed) => parsed.into_iter().map(|node| Node { node: Some(node) }).collect(),
            None => parse::body_statements(written).to_vec(),
        };
        if routine.inputs().any(expr::is_polymorphic) {
            return Ok(());
        }
        let search_path = self.path_within(routine.configuration);
        let mut gives = Some(Outputs::new());
        let mut returns = false;
        for node in &statements {
            returns = is_analyzed(node) && !gives_nothing(node);
            if is_analyzed(node) {
                gives = self.analyze_body(node, routine.id, routine.parameters, &search_path)?.1;
                if routine.configuration.is_empty() {
                    self.writes_nothing_generated(node)?;
                }
            }
        }
        match gives {
            Some(gives) => self.check_result(routine, &gives, returns),
            None => Ok(()),
        }
    }

    /// `rewriteTargetListIU()`: what is always generated is not given a value, but its default.
    fn writes_nothing_generated(&self, node: &Node) -> Outcome {
        let (relation, columns, kind) = match &node.node {
            Some(NodeEnum::InsertStmt(insert)) => (insert.relation.as_ref(), given(insert), insert.r#override()),
            _ => return Ok(()),
        };
        let table = relation.and_then(|name| self.find_relation(&name.schemaname, &name.relname));
        let facts = table.as_ref().and_then(|table| self.catalog().facts(table));
        let (Some(table), Some(Facts::Table(facts))) = (table, facts) else { return Ok(()) };
        let order = facts.column_order.get().into_iter().flatten();
        for (at, name) in order.enumerate() {
            let Some(column) = self.catalog().column(&table, name) else { continue };
            let is_given = match &columns {
                Given::Named(names) => names.contains(name),
                Given::First(values) => values.get(at) == Some(&true),
            };
            let is_always = matches!(column.identity.get(), Some(Some(Identity::Always)))
                && kind != OverridingKind::OverridingSystemValue
                && kind != OverridingKind::OverridingUserValue;
            let is_generated = matches!(column.generated.get(), Some(Some(_)));
            if is_given && (is_always || is_generated) {
                let message = format!("cannot insert a non-DEFAULT value into column \"{}\"", name.as_str());
                // Up to 13 that is taken for syntax where the value is computed.
                let is_syntax = is_generated && self.catalog().version < 14;
                return Err(Stop::refused(if is_syntax { SYNTAX_ERROR } else { GENERATED_ALWAYS }, message));
            }
        }
        Ok(())
    }

    /// `check_sql_fn_retval()`
    fn check_result(&self, routine: &Routine<'_>, gives: &Outputs, returns: bool) -> Outcome {
        let result = routine.result;
        if result.is_builtin("void") || expr::is_polymorphic(result) {
            return Ok(());
        }
        let mismatch = || Err(invalid(format!("return type mismatch in function declared to return {result}")));
        if !returns {
            return mismatch();
        }
        let scope = Scope { catalog: self.catalog(), search_path: &[], around: Around::Nothing, wanted: Wanted::Value };
        let fits = |given: &Option<TypeName>, wanted: &TypeName| {
            // A row of any kind is given by rows alone.
            let is_row = |given: &TypeName| given.is_builtin("record") || self.row_fields(given).is_some();
            let can_be = |given| expr::can_be_stored(given, wanted, &scope);
            given.as_ref().is_none_or(|given| can_be(given) && (!wanted.is_builtin("record") || is_row(given)))
        };
        let only = match gives.as_slice() {
            [(_, only)] => Some(only),
            _ => None,
        };
        if only.is_some_and(|only| fits(only, result)) && !routine.is_procedure {
            return Ok(());
        }
        let wanted = match self.fields_of(routine) {
            Some(fields) if result.is_builtin("record") && fields.is_empty() => return Ok(()),
            Some(fields) => fields,
            None => return mismatch(),
        };
        let fit = gives.len() == wanted.len() && gives.iter().zip(&wanted).all(|((_, given), of)| fits(given, of));
        if fit { Ok(()) } else { mismatch() }
    }

    /// The columns of a result that is a row; none where it is none.
    fn fields_of(&self, routine: &Routine<'_>) -> Option<Vec<TypeName>> {
        let result = routine.result;
        if result.is_builtin("record") { Some(routine.outputs()) } else { self.row_fields(result) }
    }

    /// What the rows of a composite type hold, or those of a relation.
    fn row_fields(&self, of: &TypeName) -> Option<Vec<TypeName>> {
        if let Some(TypeSort::Composite(attributes)) = self.type_sort(of) {
            return Some(attributes.into_iter().map(|(_, of)| of).collect());
        }
        let schema = of.name.schema.as_ref().filter(|_| !of.array)?;
        let columns = self.relation_columns(&ObjectId::in_schema(Class::Relation, schema, &of.name.name))?;
        Some(columns.into_iter().map(|(_, of)| of).collect())
    }

    /// `plpgsql_validator()`, as far as it is about types.
    fn validate_plpgsql(&self, routine: &Routine<'_>) -> Outcome {
        let refused = |message| Err(Stop::refused(FEATURE_NOT_SUPPORTED, message));
        let result = routine.result;
        let is_trigger = result.is_builtin("trigger") || result.is_builtin("event_trigger");
        let may_return = is_trigger || ["record", "void"].iter().any(|name| result.is_builtin(name));
        if self.is_pseudo(result) && !may_return {
            return refused(format!("PL/pgSQL functions cannot return type {result}"));
        }
        if let Some(of) = routine.inputs().find(|of| self.is_pseudo(of) && !of.is_builtin("record")) {
            return refused(format!("PL/pgSQL functions cannot accept type {of}"));
        }
        if is_trigger && routine.inputs().next().is_some() && self.checks_bodies() {
            return Err(invalid("trigger functions cannot have declared arguments"));
        }
        Ok(())
    }

    /// Whether it is no type that values have, and does not stand for one either.
    fn is_pseudo(&self, of: &TypeName) -> bool {
        matches!(self.type_sort(of), Some(TypeSort::Pseudo)) && !expr::is_polymorphic(of)
    }

    /// `check_function_bodies`
    fn checks_bodies(&self) -> bool {
        let off = |value: &str| ["off", "false", "no", "0"].contains(&value.to_lowercase().as_str());
        !self.session.setting("check_function_bodies").is_some_and(off)
    }

    /// The schemas in which a routine looks for names, with its own settings.
    pub(super) fn path_within(&self, configuration: &[String]) -> Vec<Ident> {
        let own = configuration.iter().find_map(|setting| setting.strip_prefix("search_path="));
        match own.and_then(|path| split_identifiers(path, ',')) {
            Some(path) => std::iter::once(Ident::new(super::namespace::TEMPORARY)).chain(path).collect(),
            None => self.search_path(),
        }
    }
}

/// Where in the statement something of the text of a body stands (`function_parse_error_transpose()`): between quotes of
/// either kind behind AS.
fn place_in_statement(text: &str, written: &CreateFunctionStmt, source: &str, place: i32) -> Option<i32> {
    let mut options = written.options.iter().filter_map(|node| match &node.node {
        Some(NodeEnum::DefElem(option)) => Some(option),
        _ => None,
    });
    let from = usize::try_from(options.find(|option| option.defname == "as")?.location).ok()?;
    let quoted = source.replace('\'', "''");
    let before = source.get(..usize::try_from(place).ok()?)?;
    let at = match (text.get(from..)?.find(&format!("'{quoted}'")), text.get(from..)?.find(&format!("${source}$"))) {
        (Some(at), _) => at + 1 + before.replace('\'', "''").len(),
        (None, Some(at)) => at + 1 + before.len(),
        (None, None) => return None,
    };
    i32::try_from(from + at).ok()
}

/// Whether the parse analysis has a say in it (`transformStmt()`).
/// The columns that an INSERT gives values, which are not their defaults.
enum Given {
    Named(Vec<Ident>),
    /// Of the first columns of the table, which.
    First(Vec<bool>),
}

fn given(insert: &InsertStmt) -> Given {
    let source = match insert.select_stmt.as_deref().and_then(|source| source.node.as_ref()) {
        Some(NodeEnum::SelectStmt(source)) => source.as_ref(),
        _ => return Given::Named(Vec::new()),
    };
    let is_default = |value: &Node| matches!(value.node, Some(NodeEnum::SetToDefault(_)));
    let rows = source.values_lists.iter().filter_map(|row| match &row.node {
        Some(NodeEnum::List(row)) => Some(row.items.as_slice()),
        _ => None,
    });
    let is_given = |at: usize| rows.clone().any(|row| row.get(at).is_some_and(|value| !is_default(value)));
    let is_query = source.values_lists.is_empty();
    let names = insert.cols.iter().filter_map(|node| match &node.node {
        Some(NodeEnum::ResTarget(target)) => Some(Ident::new(&target.name)),
        _ => None,
    });
    if insert.cols.is_empty() {
        // How many columns a query gives is told by its list, unless that has a star.
        let count =
            if is_query { source.target_list.len() } else { rows.clone().map(<[Node]>::len).max().unwrap_or(0) };
        return Given::First((0..count).map(|at| is_query || is_given(at)).collect());
    }
    Given::Named(names.enumerate().filter(|(at, _)| is_query || is_given(*at)).map(|(_, name)| name).collect())
}

fn is_analyzed(node: &Node) -> bool {
    matches!(
        &node.node,
        Some(
            NodeEnum::SelectStmt(_)
                | NodeEnum::InsertStmt(_)
                | NodeEnum::UpdateStmt(_)
                | NodeEnum::DeleteStmt(_)
                | NodeEnum::MergeStmt(_)
                | NodeEnum::ReturnStmt(_)
        )
    )
}

/// Whether it gives no rows: it changes some, and returns none.
fn gives_nothing(node: &Node) -> bool {
    match &node.node {
        Some(NodeEnum::InsertStmt(stmt)) => stmt.returning_clause.is_none(),
        Some(NodeEnum::UpdateStmt(stmt)) => stmt.returning_clause.is_none(),
        Some(NodeEnum::DeleteStmt(stmt)) => stmt.returning_clause.is_none(),
        Some(NodeEnum::MergeStmt(stmt)) => stmt.returning_clause.is_none(),
        _ => false,
    }
}
