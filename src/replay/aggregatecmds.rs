//! CREATE AGGREGATE (`aggregatecmds.c`, `pg_aggregate.c`).

use pg_query::NodeEnum;
use pg_query::protobuf::DefineStmt;

use super::define::Definition;
use super::functioncmds::{schema_and_name, stated};
use super::refusal::{DATATYPE_MISMATCH, Outcome, SYNTAX_ERROR, Stop, UNDEFINED_FUNCTION};
use super::routine_parameters::invalid;
use super::{Replay, Statement};
use crate::catalog::kind::{Aggregate, AggregateKind, FinalModify, Parallel, Parameter, ParameterMode, RoutineName};
use crate::catalog::meaning::TypeSort;
use crate::catalog::{Attr, Class, ObjectId, Origin, Unmodelled};
use crate::expr::{self, Around, Scope, Wanted};
use crate::sql::type_name::last_ident;
use crate::sql::{Ident, TypeName, parse};

/// What an aggregate takes.
struct Arguments {
    parameters: Vec<Parameter>,
    kind: AggregateKind,
    /// How many of them stand before ORDER BY.
    direct: usize,
}

/// A function with the type that it gives; none where it cannot be told.
type Found = Option<(RoutineName, Option<TypeName>)>;

impl Arguments {
    fn types(&self) -> Vec<TypeName> {
        self.parameters.iter().map(|one| one.of.clone()).collect()
    }

    /// What the transition function takes beside the state.
    fn of_a_row(&self) -> Vec<TypeName> {
        let types = self.types();
        match self.kind {
            AggregateKind::Normal => types,
            // One that is VARIADIC stands on both sides of ORDER BY.
            AggregateKind::Ordered | AggregateKind::Hypothetical => {
                let first = self.direct.min(types.len().saturating_sub(1));
                types[first..].to_vec()
            }
        }
    }

    /// What a final function takes beside the state.
    fn of_final(&self, extra: bool) -> Vec<TypeName> {
        let types = self.types();
        if extra { types } else { types[..self.direct].to_vec() }
    }
}

impl Replay {
    /// Whether the type of the state takes the text that it begins with.
    fn can_begin_with(&self, initial: &str, state: &TypeName) -> Outcome {
        if matches!(self.type_sort(state), Some(TypeSort::Pseudo)) {
            return Ok(());
        }
        let text = format!("'{}'::{state}", initial.replace('\'', "''"));
        let Ok(node) = parse::parse_expr(&text) else { return Ok(()) };
        let (around, wanted) = (Around::Nothing, Wanted::Value);
        let scope = Scope { catalog: self.catalog(), search_path: &[], around, wanted };
        let (_, faults) = expr::resolve_checked(&node, &scope);
        self.no_fault(&faults).map_err(|stop| stop.moved(|_| None))
    }

    /// `DefineAggregate()`
    pub(super) fn create_aggregate(&mut self, statement: &Statement<'_>, command: &DefineStmt) -> Outcome {
        let (schema, name) = schema_and_name(&command.defnames);
        self.doubts.learn(&name, statement.text);
        let schema = self.creation_schema(&schema)?;
        let definition = Definition(&command.definition);
        only_of_moving_frames(definition)?;
        let arguments = self.aggregate_arguments(command)?;
        let origin = statement.origin();
        let id = |types| ObjectId::call(Class::Routine, &schema, &Ident::new(&name), types);
        let made = match &arguments {
            Some(arguments) => self.aggregate(definition, arguments, &origin)?,
            None => None,
        };
        let id = id(arguments.map(|arguments| arguments.types()).unwrap_or_default());
        let Some(aggregate) = made else {
            self.note(statement, format!("the types of the aggregate {id} are not known, so it is not compared"));
            self.database.insert_unmodelled(id, Unmodelled::new("aggregate", origin));
            return Ok(());
        };
        self.store_routine(id, aggregate.into(), command.replace, &origin)
    }

    /// None where a type cannot be told.
    fn aggregate_arguments(&self, command: &DefineStmt) -> Outcome<Option<Arguments>> {
        let definition = Definition(&command.definition);
        if command.oldstyle {
            let base = definition.type_name(&["basetype"]);
            let base = base.ok_or_else(|| invalid("aggregate input type must be specified"))?;
            let normal = |parameters| Some(Arguments { parameters, kind: AggregateKind::Normal, direct: 0 });
            // "ANY" stood for none.
            if last_ident(&base.names).as_str().eq_ignore_ascii_case("any") {
                return Ok(normal(Vec::new()));
            }
            let of = self.signature_type(Some(base))?;
            let parameter = |of| Parameter { mode: ParameterMode::In, name: Ident::default(), of, default: None };
            return Ok(of.and_then(|of| normal(vec![parameter(of)])));
        }
        if definition.is_written("basetype") {
            return Err(invalid("basetype is redundant with aggregate input type specification"));
        }
        let (mut parameters, mut direct) = (Some(Vec::new()), None);
        for node in &command.args {
            match &node.node {
                Some(NodeEnum::List(list)) => parameters = self.parameters(&list.items, false)?,
                Some(NodeEnum::Integer(count)) => direct = usize::try_from(count.ival).ok(),
                _ => {}
            }
        }
        let hypothetical = definition.boolean("hypothetical")? == Some(true);
        let kind = match direct {
            None if hypothetical => return Err(invalid("only ordered-set aggregates can be hypothetical")),
            None => AggregateKind::Normal,
            Some(_) if hypothetical => AggregateKind::Hypothetical,
            Some(_) => AggregateKind::Ordered,
        };
        Ok(parameters.map(|parameters| Arguments { parameters, kind, direct: direct.unwrap_or(0) }))
    }

    /// `AggregateCreate()`; none where a type cannot be told.
    fn aggregate(&self, of: Definition<'_>, arguments: &Arguments, origin: &Origin) -> Outcome<Option<Aggregate>> {
        let Some(state) = self.signature_type(of.type_name(&["stype", "stype1"]))? else { return Ok(None) };
        let moving_state = self.signature_type(of.type_name(&["mstype"]))?;
        let (serial, deserial) = (of.is_written("serialfunc"), of.is_written("deserialfunc"));
        if serial != deserial {
            return Err(invalid("must specify both or neither of serialization and deserialization functions"));
        }
        if serial && !state.is_builtin("internal") {
            return Err(invalid(
                "serialization functions may be specified only when the aggregate transition data type is internal",
            ));
        }
        let row = arguments.of_a_row();
        let transition = self.state_function(of, &["sfunc", "sfunc1"], "transition", &state, &row)?;
        let final_extra = of.boolean("finalfunc_extra")?.unwrap_or_default();
        let last = self.called(of, "finalfunc", &state, &arguments.of_final(final_extra))?;
        let result = match (&last, of.is_written("finalfunc")) {
            (_, false) => Some(state.clone()),
            (Some((_, gives)), true) => gives.clone(),
            (None, true) => None,
        };
        let (Some(result), Some(transition)) = (result, transition) else { return Ok(None) };
        let moving = |word, what| match &moving_state {
            Some(state) => self.state_function(of, &[word], what, state, &row),
            None => Ok(None),
        };
        let moving_final_extra = of.boolean("mfinalfunc_extra")?.unwrap_or_default();
        let moving_final = match &moving_state {
            Some(state) => self.called(of, "mfinalfunc", state, &arguments.of_final(moving_final_extra))?,
            None => None,
        };
        // Without a final function, the state is what is given.
        let moving_result = match (&moving_final, of.is_written("mfinalfunc")) {
            (Some((_, gives)), _) => gives.clone(),
            (None, true) => None,
            (None, false) => moving_state.clone(),
        };
        if let Some(moving_result) = moving_result.filter(|gives| *gives != result) {
            return Err(invalid(format!(
                "moving-aggregate implementation returns type {moving_result}, but plain implementation returns type {result}"
            )));
        }
        let bytes = TypeName::builtin("bytea");
        let function = |word: &str, found: Found| match found {
            Some((name, _)) => stated(Some(name), origin),
            None if of.is_written(word) => Attr::Unstated,
            None => stated(None, origin),
        };
        let text = |words: &[&str]| stated(of.text(words), origin);
        if let Some(initial) = of.text(&["initcond", "initcond1"]) {
            self.can_begin_with(&initial, &state)?;
        }
        Ok(Some(Aggregate {
            parameters: stated(arguments.parameters.clone(), origin),
            result: stated(result, origin),
            aggregate_kind: stated(arguments.kind, origin),
            direct_arguments: stated(i64::try_from(arguments.direct).unwrap_or_default(), origin),
            state_function: stated(transition.0, origin),
            state_size: stated(of.integer("sspace").unwrap_or(0), origin),
            initial: text(&["initcond", "initcond1"]),
            final_function: function("finalfunc", last),
            final_extra: stated(final_extra, origin),
            final_modify: stated(modify(of, "finalfunc_modify", arguments.kind)?, origin),
            combine_function: function(
                "combinefunc",
                self.state_function(of, &["combinefunc"], "combine", &state, std::slice::from_ref(&state))?,
            ),
            serial_function: function("serialfunc", self.called(of, "serialfunc", &state, &[])?),
            deserial_function: function(
                "deserialfunc",
                self.called(of, "deserialfunc", &bytes, std::slice::from_ref(&state))?,
            ),
            state_type: stated(state, origin),
            moving_state_function: function("msfunc", moving("msfunc", "transition")?),
            moving_inverse_function: function("minvfunc", moving("minvfunc", "inverse transition")?),
            moving_state_size: stated(of.integer("msspace").unwrap_or(0), origin),
            moving_initial: text(&["minitcond"]),
            moving_final_function: function("mfinalfunc", moving_final),
            moving_final_extra: stated(moving_final_extra, origin),
            moving_final_modify: stated(modify(of, "mfinalfunc_modify", arguments.kind)?, origin),
            moving_state_type: stated(moving_state, origin),
            sort_operator: self.sort_operator(of, arguments, origin)?,
            parallel: stated(parallel(of)?, origin),
            owner: Attr::Unstated,
            privileges: Attr::Unstated,
            comment: stated(None, origin),
        }))
    }

    /// A function that takes a state and gives one.
    fn state_function(
        &self,
        of: Definition<'_>,
        words: &[&str],
        what: &str,
        state: &TypeName,
        rest: &[TypeName],
    ) -> Outcome<Found> {
        let Some(name) = of.name(words) else { return Ok(None) };
        let types: Vec<TypeName> = std::iter::once(state.clone()).chain(rest.iter().cloned()).collect();
        let found = self.aggregate_function(&name, &types)?;
        if let Some((_, Some(gives))) = &found
            && gives != state
        {
            let message = format!("return type of {what} function {} is not {state}", name.join("."));
            return Err(Stop::refused(DATATYPE_MISMATCH, message));
        }
        Ok(found)
    }

    fn called(&self, of: Definition<'_>, word: &str, first: &TypeName, rest: &[TypeName]) -> Outcome<Found> {
        let Some(name) = of.name(&[word]) else { return Ok(None) };
        let types: Vec<TypeName> = std::iter::once(first.clone()).chain(rest.iter().cloned()).collect();
        self.aggregate_function(&name, &types)
    }

    /// `lookup_agg_function()`: the one that takes just these types, or else what a call with them would mean.
    fn aggregate_function(&self, name: &[String], types: &[TypeName]) -> Outcome<Found> {
        let absent = match self.function(name, types) {
            Ok(Some((name, signature))) => return Ok(Some((name, Some(signature.result)))),
            Ok(None) => None,
            Err(stop) => Some(stop),
        };
        let search_path = self.search_path();
        let (catalog, around) = (self.catalog(), Around::Nothing);
        let scope = Scope { catalog, search_path: &search_path, around, wanted: Wanted::Value };
        match (expr::routine_for(name, types, &scope), absent) {
            (Some(found), _) => Ok(Some(found)),
            (None, Some(absent)) if self.knows_operators() => Err(absent),
            (None, _) => Ok(None),
        }
    }

    fn sort_operator<'a>(
        &self,
        of: Definition<'a>,
        arguments: &Arguments,
        origin: &Origin,
    ) -> Outcome<Attr<Option<crate::catalog::kind::OperatorName>>> {
        let Some(name) = of.name(&["sortop"]) else { return Ok(stated(None, origin)) };
        let [only] = arguments.parameters.as_slice() else {
            return Err(invalid("sort operator can only be specified for single-argument aggregates"));
        };
        let types = [only.of.clone(), only.of.clone()];
        if let Some(found) = self.operator(&name, &types)? {
            return Ok(stated(Some(found), origin));
        }
        if self.knows_operators() && !self.lenient {
            let message = format!("operator does not exist: {} {} {}", only.of, name.join("."), only.of);
            return Err(Stop::refused(UNDEFINED_FUNCTION, message));
        }
        Ok(Attr::Unstated)
    }
}

/// That what has to be there is, and that nothing is said of moving frames without their state.
fn only_of_moving_frames(of: Definition<'_>) -> Outcome {
    if of.get(&["stype", "stype1"]).is_none() {
        return Err(invalid("aggregate stype must be specified"));
    }
    if of.get(&["sfunc", "sfunc1"]).is_none() {
        return Err(invalid("aggregate sfunc must be specified"));
    }
    if of.is_written("mstype") {
        let lacks = ["msfunc", "minvfunc"].into_iter().find(|word| !of.is_written(word));
        return match lacks {
            Some(word) => Err(invalid(format!("aggregate {word} must be specified when mstype is specified"))),
            None => Ok(()),
        };
    }
    let has_too_much = |word: &&str| match *word {
        "msspace" => of.integer(word).is_some_and(|size| size != 0),
        _ => of.is_written(word),
    };
    match ["msfunc", "minvfunc", "mfinalfunc", "msspace", "minitcond"].iter().find(|word| has_too_much(word)) {
        Some(word) => Err(invalid(format!("aggregate {word} must not be specified without mstype"))),
        None => Ok(()),
    }
}

/// `extractModify()`
fn modify(of: Definition<'_>, word: &str, kind: AggregateKind) -> Outcome<FinalModify> {
    match of.text(&[word]).as_deref() {
        None if kind == AggregateKind::Normal => Ok(FinalModify::ReadOnly),
        None | Some("read_write") => Ok(FinalModify::ReadWrite),
        Some("read_only") => Ok(FinalModify::ReadOnly),
        Some("shareable") => Ok(FinalModify::Shareable),
        Some(_) => {
            let message = format!("parameter \"{word}\" must be READ_ONLY, SHAREABLE, or READ_WRITE");
            Err(Stop::refused(SYNTAX_ERROR, message))
        }
    }
}

fn parallel(of: Definition<'_>) -> Outcome<Parallel> {
    match of.text(&["parallel"]).as_deref() {
        None | Some("unsafe") => Ok(Parallel::Unsafe),
        Some("safe") => Ok(Parallel::Safe),
        Some("restricted") => Ok(Parallel::Restricted),
        Some(_) => Err(Stop::refused(SYNTAX_ERROR, "parameter \"parallel\" must be SAFE, RESTRICTED, or UNSAFE")),
    }
}
