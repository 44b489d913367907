//! What routines take and give (`interpret_function_parameter_list()`, functioncmds.c).

use pg_query::NodeEnum;
use pg_query::protobuf::{FunctionParameter, FunctionParameterMode as Mode, Node, TypeName as TypeNameNode};

use super::Replay;
use super::refusal::{FEATURE_NOT_SUPPORTED, INVALID_FUNCTION_DEFINITION, Outcome, Stop};
use crate::catalog::Expr;
use crate::catalog::kind::{Column, Parameter, ParameterMode, Table};
use crate::expr::{Around, Clause};
use crate::sql::type_name::string_of;
use crate::sql::{Ident, TypeName};

impl Replay {
    /// None where a type cannot be told.
    pub(super) fn parameters(&self, nodes: &[Node], is_procedure: bool) -> Outcome<Option<Vec<Parameter>>> {
        let mut parameters: Vec<Parameter> = Vec::new();
        for node in nodes.iter().filter_map(parameter_of) {
            match self.parameter(node, &parameters, is_procedure).map_err(|stop| stop.at(node.location))? {
                Some(parameter) => parameters.push(parameter),
                None => return Ok(None),
            }
        }
        Ok(Some(parameters))
    }

    fn parameter(
        &self,
        node: &FunctionParameter,
        before: &[Parameter],
        is_procedure: bool,
    ) -> Outcome<Option<Parameter>> {
        let Some(of) = self.signature_type(node.arg_type.as_ref())? else { return Ok(None) };
        if node.arg_type.as_ref().is_some_and(|of| of.setof) {
            let noun = if is_procedure { "procedures" } else { "functions" };
            return Err(invalid(format!("{noun} cannot accept set arguments")));
        }
        let mode = mode_of(node);
        if is_procedure && mode == ParameterMode::Out && self.catalog().version < 14 {
            return Err(Stop::refused(FEATURE_NOT_SUPPORTED, "procedures cannot have OUT arguments")
                .with_hint("INOUT arguments are permitted."));
        }
        self.may_follow(before, mode, &node.name, is_procedure)?;
        if mode == ParameterMode::Variadic && self.is_no_array(&of) {
            return Err(invalid("VARIADIC parameter must be an array"));
        }
        let default = match node.defexpr.as_deref() {
            Some(_) if !mode.is_input() => {
                return Err(invalid("only input parameters can have default values"));
            }
            Some(node) => Some(self.parameter_default(node, &of).map_err(|stop| stop.at_node(node))?),
            None if !before.iter().any(|one| one.default.is_some()) => None,
            None if mode.is_input() => {
                return Err(invalid("input parameters after one with a default value must also have defaults"));
            }
            None if is_procedure => {
                return Err(invalid("procedure OUT parameters cannot appear after one with a default value"));
            }
            None => None,
        };
        Ok(Some(Parameter { mode, name: Ident::new(&node.name), of, default }))
    }

    /// What can stand behind what.
    fn may_follow(&self, before: &[Parameter], mode: ParameterMode, name: &str, is_procedure: bool) -> Outcome {
        let has_variadic = before.iter().any(|one| one.mode == ParameterMode::Variadic);
        if has_variadic && mode.is_input() {
            return Err(invalid("VARIADIC parameter must be the last input parameter"));
        }
        if has_variadic && is_procedure && self.catalog().version >= 14 {
            return Err(invalid("VARIADIC parameter must be the last parameter"));
        }
        // What is but taken does not clash with what is but given.
        let is_but = |one: ParameterMode, other: ParameterMode| !one.is_output() && !other.is_input();
        let clashes = |one: &&Parameter| one.name == name && !is_but(one.mode, mode) && !is_but(mode, one.mode);
        match before.iter().filter(|_| !name.is_empty()).find(clashes) {
            Some(_) => Err(invalid(format!("parameter name \"{name}\" used more than once"))),
            None => Ok(()),
        }
    }

    fn parameter_default(&self, node: &Node, of: &TypeName) -> Outcome<Expr> {
        self.checked(node, Around::Nothing, Clause::ParameterDefault(of)).map(Expr::from_tree)
    }

    /// Whether it surely is none.
    fn is_no_array(&self, of: &TypeName) -> bool {
        const ARRAYS: [&str; 5] = ["anyarray", "anycompatiblearray", "any", "int2vector", "oidvector"];
        !of.array && of.name.schema.is_none() && !ARRAYS.contains(&of.name.name.as_str())
    }

    /// The type of an argument or a result, which has no modifier; none where it cannot be told.
    pub(super) fn signature_type(&self, node: Option<&TypeNameNode>) -> Outcome<Option<TypeName>> {
        let Some(node) = node else { return Ok(None) };
        if !node.pct_type {
            return self.look_up_type(TypeName::from_node(node)).map(|of| Some(of.base()));
        }
        // relation.column%TYPE
        let parts: Vec<String> = node.names.iter().filter_map(string_of).collect();
        let (relation, column) = super::comment::part_of(&parts);
        let relation = self.relation(&relation)?;
        if self.database.get::<Table>(&relation).is_some() || self.is_foreign(&relation) {
            let column = self.column(&relation, &column)?;
            return Ok(self
                .database
                .get::<Column>(&column)
                .and_then(|column| column.data_type.get())
                .map(TypeName::base));
        }
        let columns = self.relation_columns(&relation).unwrap_or_default();
        Ok(columns.iter().find(|(name, _)| *name == column.as_str()).map(|(_, of)| of.base()))
    }
}

/// The type that is given where nothing is said of it; none where nothing is given.
pub(super) fn result_of(parameters: &[Parameter], is_procedure: bool) -> Option<TypeName> {
    let outputs: Vec<&Parameter> = parameters.iter().filter(|one| one.mode.is_output()).collect();
    match outputs.as_slice() {
        [] => None,
        [only] if !is_procedure => Some(only.of.clone()),
        _ => Some(TypeName::builtin("record")),
    }
}

fn parameter_of(node: &Node) -> Option<&FunctionParameter> {
    match &node.node {
        Some(NodeEnum::FunctionParameter(parameter)) => Some(parameter),
        _ => None,
    }
}

fn mode_of(node: &FunctionParameter) -> ParameterMode {
    match node.mode() {
        Mode::FuncParamOut => ParameterMode::Out,
        Mode::FuncParamInout => ParameterMode::InOut,
        Mode::FuncParamVariadic => ParameterMode::Variadic,
        Mode::FuncParamTable => ParameterMode::Table,
        Mode::Undefined | Mode::FuncParamIn | Mode::FuncParamDefault => ParameterMode::In,
    }
}

/// The types of what is taken, as they are written.
pub(super) fn types_as_written(nodes: &[Node]) -> Vec<TypeName> {
    let inputs = nodes.iter().filter_map(parameter_of).filter(|one| mode_of(one).is_input());
    inputs.filter_map(|one| one.arg_type.as_ref()).map(TypeName::from_node).collect()
}

pub(super) fn invalid(message: impl Into<String>) -> Stop {
    Stop::refused(INVALID_FUNCTION_DEFINITION, message)
}
