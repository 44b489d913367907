//! CREATE and ALTER of functions and procedures (`functioncmds.c`, `pg_proc.c`).

use pg_query::protobuf::{AlterFunctionStmt, CreateFunctionStmt, Node};

use super::refusal::{DUPLICATE_FUNCTION, INVALID_PARAMETER_VALUE, Outcome, Stop, WRONG_OBJECT_TYPE};
use super::routine_options::Options;
use super::routine_parameters::{invalid, result_of, types_as_written};
use super::sql_body::Routine;
use super::variable::changed_settings;
use super::{Replay, Session, Statement};
use crate::catalog::kind::{Aggregate, Function, Parallel, Parameter, Procedure, Volatility};
use crate::catalog::meaning::{CallKind, Signature};
use crate::catalog::{Attr, Class, Expr, Facts, ObjectId, Origin, Unmodelled};
use crate::sql::type_name::string_of;
use crate::sql::{Ident, TypeName, parse};

/// What a routine does.
struct Body {
    source: Option<String>,
    statements: Vec<Expr>,
    library: Option<String>,
}

impl Replay {
    /// `CreateFunction()`
    pub(super) fn create_function(&mut self, statement: &Statement<'_>, command: &CreateFunctionStmt) -> Outcome {
        let (schema, name) = schema_and_name(&command.funcname);
        self.doubts.learn(&name, statement.text);
        let schema = self.creation_schema(&schema)?;
        let options = self.routine_options(&command.options, command.is_procedure)?;
        let language = match &options.language {
            Some(language) => language.clone(),
            None if command.sql_body.is_some() => Ident::new("sql"),
            None => return Err(invalid("no language specified")),
        };
        self.is_a_language(&language)?;
        if language == "c" || language == "internal" {
            self.announce_type(statement, command)?;
        }
        let parameters = self.parameters(&command.parameters, command.is_procedure)?;
        let result = match &parameters {
            Some(parameters) => self.result(command, parameters)?,
            None => None,
        };
        let id = |types| ObjectId::call(Class::Routine, &schema, &Ident::new(&name), types);
        let (Some(parameters), Some(result)) = (parameters, result) else {
            let what = if command.is_procedure { "procedure" } else { "function" };
            let id = id(types_as_written(&command.parameters));
            self.note(statement, format!("the types of the {what} {id} are not known, so it is not compared"));
            self.database.insert_unmodelled(id, Unmodelled::new(what, statement.origin()));
            return Ok(());
        };
        let inputs = parameters.iter().filter(|one| one.mode.is_input());
        let id = id(inputs.map(|one| one.of.clone()).collect());
        let body = self.body(command, &options, &language, &id, &parameters)?;
        let returns_set = command.return_type.as_ref().is_some_and(|returned| returned.setof);
        if options.rows.is_some() && !returns_set {
            let message = "ROWS is not applicable when function does not return a set";
            return Err(Stop::refused(INVALID_PARAMETER_VALUE, message));
        }
        let configuration = changed_settings(Vec::new(), &options.settings, &self.session);
        if configuration.is_none() {
            self.note(
                statement,
                format!("the settings of {id} are not compared: what the session has set is not known"),
            );
        }
        let origin = statement.origin();
        let settings = configuration.clone().unwrap_or_default();
        let configuration = configuration.map_or(Attr::Unstated, |settings| Attr::Is(settings, origin.clone()));
        let source = body.source.clone();
        let (of, given, said) = (result.clone(), parameters.clone(), language.clone());
        let facts: Facts = if command.is_procedure {
            procedure(parameters, language, options, configuration, body, &origin).into()
        } else {
            let result = (result, returns_set);
            function(parameters, result, language, options, configuration, body, &origin).into()
        };
        self.store_routine(id.clone(), facts, command.replace, &origin)?;
        let routine = Routine {
            id: &id,
            parameters: &given,
            result: &of,
            language: &said,
            is_procedure: command.is_procedure,
            configuration: &settings,
        };
        self.validate_routine(&routine, source.as_deref(), (statement, command))?;
        self.keep_routine(&id, command);
        Ok(())
    }

    /// A function in C may be made before the type that it returns, which then is a shell (`compute_return_type()`).
    fn announce_type(&mut self, statement: &Statement<'_>, command: &CreateFunctionStmt) -> Outcome {
        let Some(node) = command.return_type.as_ref().filter(|node| !node.pct_type) else { return Ok(()) };
        if self.signature_type(Some(node)).is_err() && node.array_bounds.is_empty() {
            let (schema, name) = schema_and_name(&node.names);
            let schema = self.creation_schema(&schema)?;
            self.make_shell(ObjectId::in_schema(Class::Type, &schema, &Ident::new(name)), &statement.origin());
        }
        Ok(())
    }

    /// `ProcedureCreate()`: what is replaced keeps its comment.
    pub(super) fn store_routine(&mut self, id: ObjectId, mut facts: Facts, replace: bool, origin: &Origin) -> Outcome {
        if let Some(new) = facts.meaning(&id).signature() {
            self.may_be_made(replace, &id, new)?;
        }
        match (&mut facts, self.catalog().facts(&id)) {
            (Facts::Function(new), Some(Facts::Function(old))) => new.comment = old.comment.clone(),
            (Facts::Procedure(new), Some(Facts::Procedure(old))) => new.comment = old.comment.clone(),
            (Facts::Aggregate(new), Some(Facts::Aggregate(old))) => new.comment = old.comment.clone(),
            _ => {}
        }
        // A member of an extension stays one.
        if let Some(other) = self.catalog().unmodelled.get(&id).cloned() {
            let meaning = facts.meaning(&id);
            self.database.insert_unmodelled(id, Unmodelled { meaning, ..other });
            return Ok(());
        }
        self.database.insert(id, facts, origin.clone());
        Ok(())
    }

    /// `compute_return_type()`; none where the type cannot be told.
    fn result(&self, command: &CreateFunctionStmt, parameters: &[Parameter]) -> Outcome<Option<TypeName>> {
        let required = result_of(parameters, command.is_procedure);
        let Some(node) = &command.return_type else {
            return match required {
                Some(required) => Ok(Some(required)),
                None if command.is_procedure => Ok(Some(TypeName::builtin("void"))),
                None => Err(invalid("function result type must be specified")),
            };
        };
        let returned = self.signature_type(Some(node))?;
        match (&returned, required) {
            (Some(returned), Some(required)) if *returned != required => {
                let message = format!("function result type must be {required} because of OUT parameters");
                Err(invalid(message))
            }
            _ => Ok(returned),
        }
    }

    /// `interpret_AS_clause()`
    fn body(
        &self,
        command: &CreateFunctionStmt,
        options: &Options,
        language: &Ident,
        id: &ObjectId,
        parameters: &[Parameter],
    ) -> Outcome<Body> {
        let is_parsed = command.sql_body.is_some();
        let (first, second) = match (options.source.as_slice(), is_parsed) {
            ([], false) => return Err(invalid("no function body specified")),
            ([_, ..], true) => return Err(invalid("duplicate function body specified")),
            ([], true) if *language != "sql" => {
                return Err(invalid("inline SQL function body only valid for language SQL"));
            }
            ([], true) => {
                let statements = parse::body_statements(command).iter();
                let statements = statements.map(|node| self.body_statement(node, id, parameters));
                return Ok(Body { source: None, statements: statements.collect::<Outcome<_>>()?, library: None });
            }
            ([first], false) => (first, None),
            ([first, second, ..], false) => (first, Some(second)),
        };
        let symbol = |text: Option<&String>| match text {
            Some(text) if !text.is_empty() && text != "-" => text.clone(),
            _ => id.name().as_str().to_owned(),
        };
        let (source, library) = match (language.as_str(), second) {
            ("c", _) => (symbol(second), Some(first.clone())),
            (_, Some(_)) => {
                let message = format!("only one AS item needed for language \"{}\"", language.as_str());
                return Err(invalid(message));
            }
            ("internal", None) => (symbol(Some(first)), None),
            (_, None) => (first.clone(), None),
        };
        Ok(Body { source: Some(source), statements: Vec::new(), library })
    }

    /// What of `ProcedureCreate()` can fail for sure.
    fn may_be_made(&self, replace: bool, id: &ObjectId, new: &Signature) -> Outcome {
        let Some(old) = self.signature(id) else { return Ok(()) };
        let name = id.name().as_str();
        if self.lenient || self.doubts.cover(name) {
            return Ok(());
        }
        if !replace {
            let message = format!("function \"{name}\" already exists with same argument types");
            return Err(Stop::refused(DUPLICATE_FUNCTION, message));
        }
        if old.kind != new.kind {
            return Err(Stop::refused(WRONG_OBJECT_TYPE, "cannot change routine kind"));
        }
        let is_record = new.result.is_builtin("record");
        if old.result != new.result || old.returns_set != new.returns_set || is_record && old.outputs != new.outputs {
            return Err(invalid("cannot change return type of existing function"));
        }
        let mut names = old.args.iter().zip(&new.args).map(|(old, new)| (old.name.as_str(), new.name.as_str()));
        if let Some((old, _)) = names.find(|(old, new)| !old.is_empty() && old != new) {
            return Err(invalid(format!("cannot change name of input parameter \"{old}\"")));
        }
        if old.defaults > new.defaults {
            return Err(invalid("cannot remove parameter defaults from existing function"));
        }
        Ok(())
    }

    /// `AlterFunction()`
    pub(super) fn alter_function(&mut self, statement: &Statement<'_>, command: &AlterFunctionStmt) -> Outcome {
        let Some(routine) = &command.func else { return Ok(()) };
        let Some(id) = self.routine(command.objtype(), routine)? else { return Ok(()) };
        if self.database.get::<Aggregate>(&id).is_some() {
            return Err(Stop::refused(
                WRONG_OBJECT_TYPE,
                format!("\"{}\" is an aggregate function", id.name().as_str()),
            ));
        }
        let is_procedure = self.signature(&id).is_some_and(|signature| signature.kind == CallKind::Procedure);
        let options = self.routine_options(&command.actions, is_procedure)?;
        let returns_set = self.signature(&id).is_some_and(|signature| signature.returns_set);
        if options.rows.is_some() && !returns_set {
            let message = "ROWS is not applicable when function does not return a set";
            return Err(Stop::refused(INVALID_PARAMETER_VALUE, message));
        }
        let origin = statement.origin();
        let session = &self.session;
        self.database.edit::<Function>(&id, |function| alter(function, &options, session, &origin));
        self.database.edit::<Procedure>(&id, |procedure| {
            set(&mut procedure.security_definer, options.security_definer, &origin);
            alter_settings(&mut procedure.configuration, &options, session, &origin);
        });
        Ok(())
    }
}

fn function(
    parameters: Vec<Parameter>,
    (result, returns_set): (TypeName, bool),
    language: Ident,
    options: Options,
    configuration: Attr<Vec<String>>,
    body: Body,
    origin: &Origin,
) -> Function {
    // What is compiled costs little.
    let cost = if ["c", "internal"].contains(&language.as_str()) { "1" } else { "100" };
    let rows = if returns_set { "1000" } else { "0" };
    Function {
        parameters: stated(parameters, origin),
        result: stated(result, origin),
        returns_set: stated(returns_set, origin),
        language: stated(language, origin),
        window: stated(options.window, origin),
        volatility: stated(options.volatility.unwrap_or(Volatility::Volatile), origin),
        strict: stated(options.strict.unwrap_or_default(), origin),
        security_definer: stated(options.security_definer.unwrap_or_default(), origin),
        leakproof: stated(options.leakproof.unwrap_or_default(), origin),
        parallel: stated(options.parallel.unwrap_or(Parallel::Unsafe), origin),
        cost: stated(options.cost.unwrap_or_else(|| cost.to_owned()), origin),
        rows: stated(options.rows.unwrap_or_else(|| rows.to_owned()), origin),
        support: match options.support {
            None => stated(None, origin),
            Some(Some(function)) => stated(Some(function), origin),
            Some(None) => Attr::Unstated,
        },
        configuration,
        transforms: stated(options.transforms, origin),
        source: stated(body.source, origin),
        body: stated(body.statements, origin),
        library: stated(body.library, origin),
        owner: Attr::Unstated,
        privileges: Attr::Unstated,
        comment: stated(None, origin),
    }
}

fn procedure(
    parameters: Vec<Parameter>,
    language: Ident,
    options: Options,
    configuration: Attr<Vec<String>>,
    body: Body,
    origin: &Origin,
) -> Procedure {
    Procedure {
        parameters: stated(parameters, origin),
        language: stated(language, origin),
        security_definer: stated(options.security_definer.unwrap_or_default(), origin),
        configuration,
        transforms: stated(options.transforms, origin),
        source: stated(body.source, origin),
        body: stated(body.statements, origin),
        library: stated(body.library, origin),
        owner: Attr::Unstated,
        privileges: Attr::Unstated,
        comment: stated(None, origin),
    }
}

fn alter(function: &mut Function, options: &Options, session: &Session, origin: &Origin) {
    set(&mut function.volatility, options.volatility, origin);
    set(&mut function.strict, options.strict, origin);
    set(&mut function.security_definer, options.security_definer, origin);
    set(&mut function.leakproof, options.leakproof, origin);
    set(&mut function.parallel, options.parallel, origin);
    set(&mut function.cost, options.cost.clone(), origin);
    set(&mut function.rows, options.rows.clone(), origin);
    match &options.support {
        Some(Some(support)) => function.support = stated(Some(support.clone()), origin),
        Some(None) => function.support = Attr::Unstated,
        None => {}
    }
    alter_settings(&mut function.configuration, options, session, origin);
}

fn alter_settings(now: &mut Attr<Vec<String>>, options: &Options, session: &Session, origin: &Origin) {
    if options.settings.is_empty() {
        return;
    }
    let after = now.get().cloned().and_then(|now| changed_settings(now, &options.settings, session));
    *now = after.map_or(Attr::Unstated, |after| stated(after, origin));
}

fn set<T>(attr: &mut Attr<T>, value: Option<T>, origin: &Origin) {
    if let Some(value) = value {
        *attr = stated(value, origin);
    }
}

pub(super) fn stated<T>(value: T, origin: &Origin) -> Attr<T> {
    Attr::Is(value, origin.clone())
}

/// The schema, if it is written, and the name.
pub(super) fn schema_and_name(nodes: &[Node]) -> (String, String) {
    let mut parts: Vec<String> = nodes.iter().filter_map(string_of).collect();
    let name = parts.pop().unwrap_or_default();
    (parts.pop().unwrap_or_default(), name)
}
