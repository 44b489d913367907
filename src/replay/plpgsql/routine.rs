//! Calls of functions and procedures that have been defined: their bodies are run.

use std::sync::Arc;

use pg_query::NodeEnum;
use pg_query::protobuf::{CreateFunctionStmt, FuncCall, FunctionParameterMode as Mode};

use super::evaluate::Evaluator;
use super::query::Scope;
use super::value::{Row, Value, Variables};
use super::{Code, MAX_DEPTH, parse};
use crate::catalog::{Class, Facts, ObjectId};
use crate::replay::refusal::Outcome;
use crate::replay::{Replay, Statement};
use crate::sql::type_name::string_of;
use crate::sql::{Ident, TypeName, split};

/// What a call has to know of a routine.
#[derive(Debug)]
pub(in crate::replay) struct Routine {
    language: String,
    source: String,
    parameters: Vec<Parameter>,
    is_procedure: bool,
    is_strict: bool,
    returns_set: bool,
    result: Option<TypeName>,
    /// The path that holds while it runs.
    search_path: Option<Vec<Ident>>,
}

#[derive(Debug)]
struct Parameter {
    name: String,
    mode: Mode,
    of: TypeName,
    default: Option<String>,
}

impl Parameter {
    fn is_input(&self) -> bool {
        !matches!(self.mode, Mode::FuncParamOut | Mode::FuncParamTable)
    }

    fn is_output(&self) -> bool {
        matches!(self.mode, Mode::FuncParamOut | Mode::FuncParamInout | Mode::FuncParamTable)
    }
}

/// What a call gives.
#[derive(Debug)]
pub(super) enum Returned {
    Value(Value),
    Rows(Vec<Row>),
}

impl Returned {
    /// As it stands in an expression.
    pub(super) fn into_value(self) -> Value {
        match self {
            Self::Value(value) => value,
            Self::Rows(_) => Value::Unknown,
        }
    }
}

/// An argument, with the name that it was given under.
type Arg = (Option<String>, Value);

impl Replay {
    /// Keeps what a call needs.
    pub(in crate::replay) fn keep_routine(&mut self, id: &ObjectId, command: &CreateFunctionStmt) {
        let routine = routine_of(command, &self.session.search_path);
        match routine {
            Some(routine) => drop(self.code.routines.insert(id.clone(), Arc::new(routine))),
            None => drop(self.code.routines.remove(id)),
        }
    }

    /// Whether that is still what stands there: a transaction may have been rolled back.
    fn is_current(&self, id: &ObjectId, routine: &Routine) -> bool {
        match self.catalog().facts(id) {
            Some(Facts::Function(function)) => function.source.get() == Some(&Some(routine.source.clone())),
            Some(Facts::Procedure(procedure)) => procedure.source.get() == Some(&Some(routine.source.clone())),
            _ => false,
        }
    }

    /// The routine that a call means; none if that cannot be told.
    fn overload(&self, parts: &[String], args: &[Arg], is_call: bool) -> Option<(ObjectId, Arc<Routine>)> {
        let (schema, name) = match parts {
            [.., schema, name] => (schema.as_str(), name),
            [name] => ("", name),
            [] => return None,
        };
        let name = Ident::new(name);
        let mut found = Vec::new();
        for schema in self.schemas_of(schema) {
            for (id, _) in self.catalog().overloads(Class::Routine, &schema, &name) {
                let routine = self.code.routines.get(id).filter(|routine| self.is_current(id, routine))?;
                if routine.is_procedure == is_call && routine.bind(args).is_some() {
                    found.push((id.clone(), routine.clone()));
                }
            }
        }
        if found.len() > 1 {
            found.retain(|(_, routine)| {
                let bound = routine.bind(args).unwrap_or_default();
                bound.iter().all(|(parameter, value)| value.as_ref().is_none_or(|value| may_be(value, &parameter.of)))
            });
        }
        if found.len() == 1 { found.pop() } else { None }
    }
}

impl Routine {
    /// What each parameter is given, if it can be called so; none where its default holds.
    fn bind(&self, args: &[Arg]) -> Option<Vec<(&Parameter, Option<Value>)>> {
        let taken =
            self.parameters.iter().filter(|one| one.is_input() || self.is_procedure && one.mode == Mode::FuncParamOut);
        let mut bound: Vec<(&Parameter, Option<Value>)> = taken.map(|one| (one, None)).collect();
        let mut rest = Vec::new();
        let is_variadic = bound.last().is_some_and(|(one, _)| one.mode == Mode::FuncParamVariadic);
        for (at, (name, value)) in args.iter().enumerate() {
            let place = match name {
                Some(name) => bound.iter().position(|(one, _)| one.name == *name)?,
                None => at,
            };
            match bound.get_mut(place) {
                Some((one, _)) if one.mode == Mode::FuncParamVariadic && name.is_none() => rest.push(value.clone()),
                Some((_, given)) => *given = Some(value.clone()),
                None if is_variadic => rest.push(value.clone()),
                None => return None,
            }
        }
        if let Some((one, given)) = bound.last_mut()
            && one.mode == Mode::FuncParamVariadic
            && given.is_none()
        {
            *given = Some(match rest.as_slice() {
                [one @ Value::Array(_)] => one.clone(),
                _ => Value::Array(rest),
            });
        }
        bound.iter().all(|(one, given)| given.is_some() || one.default.is_some() || !one.is_input()).then_some(bound)
    }

    /// A row under the names of what it gives.
    fn named(&self, row: Row) -> Row {
        let outputs = self.parameters.iter().filter(|one| one.is_output()).map(|one| one.name.clone());
        let mut names = outputs.filter(|name| !name.is_empty());
        row.into_iter().map(|(name, value)| (names.next().unwrap_or(name), value)).collect()
    }
}

impl Evaluator<'_> {
    /// A call as it stands in an expression, in FROM, or behind CALL.
    pub(super) fn function_result(
        &mut self,
        scope: &Scope<'_>,
        call: &FuncCall,
        parts: &[String],
        is_call: bool,
    ) -> Outcome<Option<Returned>> {
        let mut args = Vec::new();
        for node in &call.args {
            let name = match &node.node {
                Some(NodeEnum::NamedArgExpr(named)) => Some(named.name.clone()),
                _ => None,
            };
            args.push((name, self.value(scope, node)?));
        }
        self.call_routine(parts, &args, is_call)
    }

    /// Runs what is called; none where it is not known.
    fn call_routine(&mut self, parts: &[String], args: &[Arg], is_call: bool) -> Outcome<Option<Returned>> {
        let Some((id, routine)) = self.replay.overload(parts, args, is_call) else { return Ok(None) };
        if self.replay.code.depth >= MAX_DEPTH || !self.replay.code.spend() {
            return Ok(None);
        }
        let is_known = ["plpgsql", "sql"].contains(&routine.language.as_str());
        if !is_known {
            return Ok(None);
        }
        if routine.is_strict && args.iter().any(|(_, value)| *value == Value::Null) {
            return Ok(Some(Returned::Value(Value::Null)));
        }
        let Some(variables) = self.parameters(&id, &routine, args)? else { return Ok(None) };
        let before = self.replay.session.clone();
        if let Some(path) = &routine.search_path {
            self.replay.session.search_path.clone_from(path);
        }
        let outcome = match routine.language.as_str() {
            "plpgsql" => self.run_plpgsql(&routine, variables),
            _ => self.run_sql_body(&routine, &variables),
        };
        if routine.search_path.is_some() || outcome.is_err() {
            self.replay.session = before;
        }
        let returned = outcome?;
        if returned.is_some() {
            self.replay.code.called.insert(id.name().as_str().to_lowercase());
        }
        Ok(returned)
    }

    fn parameters(&mut self, id: &ObjectId, routine: &Routine, args: &[Arg]) -> Outcome<Option<Variables>> {
        let Some(bound) = routine.bind(args) else { return Ok(None) };
        let mut variables = Variables::default();
        variables.labels.push(id.name().as_str().to_owned());
        for one in routine.parameters.iter().filter(|one| one.is_output() && !one.name.is_empty()) {
            variables.declare(&one.name, Value::Null, None);
        }
        let none = Variables::default();
        for (at, (one, given)) in bound.into_iter().enumerate() {
            let value = match (given, &one.default) {
                (Some(value), _) => value,
                (None, Some(default)) => self.expression(default, &none)?,
                (None, None) => Value::Null,
            };
            let of = self.replay.type_of_variable(&one.of.to_string());
            variables.declare(&format!("${}", at + 1), value.clone(), of.clone());
            if !one.name.is_empty() {
                variables.declare(&one.name, value, of);
            }
        }
        // CALL gives all that it was given, so that each finds its variable.
        let given = routine.parameters.iter().filter(|one| one.is_output() || routine.is_procedure);
        variables.outputs = given.map(|one| if one.is_output() { one.name.clone() } else { String::new() }).collect();
        Ok(Some(variables))
    }

    fn run_plpgsql(&mut self, routine: &Routine, variables: Variables) -> Outcome<Option<Returned>> {
        let Some(block) = parse::parse(&routine.source) else { return Ok(None) };
        let place: Statement<'_> = self.place.computed(&routine.source);
        let ended = self.replay.run_block(Code { body: place }, &block, variables)?;
        if routine.returns_set {
            return Ok(Some(match ended.rows {
                Some(rows) => Returned::Rows(rows.into_iter().map(|row| routine.named(row)).collect()),
                None => Returned::Value(Value::Unknown),
            }));
        }
        let mut row = ended.variables.given_back();
        let value = match row.len() {
            0 => match &routine.result {
                Some(of) => ended.value.cast(of),
                None => ended.value,
            },
            1 if !routine.is_procedure => row.pop().map_or(Value::Null, |(_, value)| value),
            _ => Value::Row(row),
        };
        Ok(Some(Returned::Value(value)))
    }

    /// `fmgr_sql()`: the last statement gives the result.
    fn run_sql_body(&mut self, routine: &Routine, variables: &Variables) -> Outcome<Option<Returned>> {
        let mut last = None;
        self.replay.code.depth += 1;
        for found in split::split(&routine.source) {
            let text = &routine.source[found.span];
            let place = self.place.computed(text);
            match self.replay.run_sql(&place, variables) {
                Ok(ran) => last = Some(ran),
                Err(stop) => {
                    self.replay.code.depth -= 1;
                    return Err(stop);
                }
            }
        }
        self.replay.code.depth -= 1;
        let rows = last.and_then(|ran| ran.rows);
        let rows = rows.map(|rows| rows.into_iter().map(|row| routine.named(row)).collect::<Vec<_>>());
        Ok(Some(match rows {
            None => Returned::Value(Value::Unknown),
            Some(rows) if routine.returns_set => Returned::Rows(rows),
            Some(rows) => Returned::Value(match rows.into_iter().next() {
                Some(mut row) if row.len() == 1 => row.pop().map_or(Value::Null, |(_, value)| value),
                Some(row) => Value::Row(row),
                None => Value::Null,
            }),
        }))
    }
}

fn routine_of(command: &CreateFunctionStmt, current_path: &[Ident]) -> Option<Routine> {
    let options = || {
        command.options.iter().filter_map(|node| match &node.node {
            Some(NodeEnum::DefElem(option)) => Some(option),
            _ => None,
        })
    };
    let option =
        |wanted: &str| options().find(|option| option.defname == wanted).and_then(|option| option.arg.as_deref());
    let source = match option("as")?.node.as_ref()? {
        NodeEnum::List(list) => list.items.first().and_then(string_of)?,
        _ => return None,
    };
    let mut search_path = None;
    for set in options().filter(|option| option.defname == "set") {
        if let Some(NodeEnum::VariableSetStmt(set)) = set.arg.as_ref().and_then(|arg| arg.node.as_ref())
            && set.name == "search_path"
        {
            search_path = Some(match set.kind() {
                pg_query::protobuf::VariableSetKind::VarSetCurrent => current_path.to_vec(),
                _ => crate::replay::variable::path_of(set),
            });
        }
    }
    let parameters = command.parameters.iter().filter_map(|node| match &node.node {
        Some(NodeEnum::FunctionParameter(one)) => Some(Parameter {
            name: one.name.clone(),
            mode: one.mode(),
            of: one.arg_type.as_ref().map(TypeName::from_node).unwrap_or_default(),
            default: one.defexpr.as_ref().and_then(|node| crate::sql::parse::deparse_expr(node).ok()),
        }),
        _ => None,
    });
    let flag = |node: Option<&pg_query::Node>| {
        node.is_some_and(|node| matches!(&node.node, Some(NodeEnum::Boolean(value)) if value.boolval))
    };
    Some(Routine {
        language: option("language").and_then(string_of).unwrap_or_else(|| "sql".into()).to_lowercase(),
        source,
        parameters: parameters.collect(),
        is_procedure: command.is_procedure,
        is_strict: flag(option("strict")),
        returns_set: command.return_type.as_ref().is_some_and(|of| of.setof)
            || command.parameters.iter().any(|node| {
                matches!(&node.node, Some(NodeEnum::FunctionParameter(one)) if one.mode() == Mode::FuncParamTable)
            }),
        result: command.return_type.as_ref().map(TypeName::from_node).filter(|of| !of.is_unresolved()),
        search_path,
    })
}

/// Whether a value may be one of that type.
fn may_be(value: &Value, of: &TypeName) -> bool {
    let is = |names: &[&str]| names.iter().any(|name| of.is_builtin(name));
    match value {
        Value::Unknown | Value::Null | Value::Row(_) | Value::Text(_) => true,
        Value::Array(_) | Value::Vector(_) => of.array || is(&["anyarray", "anyelement"]),
        Value::Bool(_) => is(&["bool", "boolean", "anyelement"]),
        Value::Number(_) => is(&[
            "int2",
            "int4",
            "int8",
            "smallint",
            "integer",
            "bigint",
            "numeric",
            "real",
            "double precision",
            "anyelement",
            "oid",
        ]),
        Value::Object(_) | Value::Type(_) => !of.array && !is(&["int4", "integer", "bool", "boolean"]),
    }
}
