//! Routines, as far as calls of them need it: what they take and give (`functioncmds.c`, `pg_proc.c`).
//! Overloads share an entry of the catalog. Where one of them is beyond us, nothing is said of any.

use pg_query::NodeEnum;
use pg_query::protobuf::{
    CreateFunctionStmt, FunctionParameter, FunctionParameterMode as Mode, Node, ObjectType, ObjectWithArgs,
    TypeName as TypeNameNode,
};

use super::refusal::{
    AMBIGUOUS_FUNCTION, DUPLICATE_FUNCTION, INVALID_FUNCTION_DEFINITION, Outcome, Stop, UNDEFINED_FUNCTION,
    WRONG_OBJECT_TYPE,
};
use super::rename::Move;
use super::{Replay, Statement};
use crate::catalog::kind::{Column, Table};
use crate::catalog::meaning::{Argument, CallKind, Signature, output_name};
use crate::catalog::{Class, Meaning, ObjectId, Origin, Unmodelled};
use crate::library::Library;
use crate::sql::type_name::string_of;
use crate::sql::{Ident, TypeName};

impl Replay {
    /// `CreateFunction()`
    pub(super) fn create_function(&mut self, statement: &Statement<'_>, command: &CreateFunctionStmt) -> Outcome {
        let what = if command.is_procedure { "procedure" } else { "function" };
        let (schema, name) = schema_and_name(&command.funcname);
        self.doubts.learn(&name, statement.text);
        let schema = self.creation_schema(&schema)?;
        self.announce_type(statement, command)?;
        let signature = self.signature_of(command)?;
        let types = match &signature {
            Some(signature) => signature.types().cloned().collect(),
            None => types_as_written(command),
        };
        let id = ObjectId::call(Class::Routine, &schema, &Ident::new(&name), types);
        if let Some(signature) = &signature {
            self.may_be_made(command, &id, signature)?;
        }
        self.note(statement, format!("the {what} {id} is not compared yet"));
        self.add_call(id, what, &statement.origin(), signature);
        Ok(())
    }

    /// A function in C may be made before the type that it returns, which then is a shell (`compute_return_type()`).
    fn announce_type(&mut self, statement: &Statement<'_>, command: &CreateFunctionStmt) -> Outcome {
        let language = super::operatorcmds::option(&command.options, "language").and_then(string_of);
        let is_c = language.is_some_and(|name| name == "c" || name == "internal");
        let Some(node) = command.return_type.as_ref().filter(|node| is_c && !node.pct_type) else { return Ok(()) };
        if self.signature_type(Some(node)).is_err() && node.array_bounds.is_empty() {
            let (schema, name) = schema_and_name(&node.names);
            let schema = self.creation_schema(&schema)?;
            self.make_shell(ObjectId::in_schema(Class::Type, &schema, &Ident::new(name)), &statement.origin());
        }
        Ok(())
    }

    /// What a call has to know; none where a type of it cannot be told.
    fn signature_of(&self, command: &CreateFunctionStmt) -> Outcome<Option<Signature>> {
        let option = |wanted: &str| {
            command.options.iter().find_map(|node| match &node.node {
                Some(NodeEnum::DefElem(option)) if option.defname == wanted => option.arg.as_deref(),
                _ => None,
            })
        };
        let mut signature = Signature {
            kind: match (command.is_procedure, option("window")) {
                (true, _) => CallKind::Procedure,
                (false, Some(_)) => CallKind::Window,
                (false, None) => CallKind::Function,
            },
            args: Vec::new(),
            defaults: 0,
            variadic: false,
            result: TypeName::builtin("void"),
            returns_set: false,
            outputs: Vec::new(),
        };
        for parameter in command.parameters.iter().filter_map(parameter_of) {
            let Some(of) = self.signature_type(parameter.arg_type.as_ref())? else { return Ok(None) };
            let mode = parameter.mode();
            if matches!(mode, Mode::FuncParamOut | Mode::FuncParamInout | Mode::FuncParamTable) {
                signature.outputs.push((output_name(&parameter.name, signature.outputs.len()), of.clone()));
            }
            if !matches!(mode, Mode::FuncParamOut | Mode::FuncParamTable) {
                signature.defaults += usize::from(parameter.defexpr.is_some());
                signature.variadic |= mode == Mode::FuncParamVariadic;
                signature.args.push(Argument { name: Ident::new(&parameter.name), of });
            }
        }
        let returned = match &command.return_type {
            Some(node) => self.signature_type(Some(node))?,
            None => Some(match signature.outputs.as_slice() {
                [] => signature.result.clone(),
                [(_, only)] if !command.is_procedure => only.clone(),
                _ => TypeName::builtin("record"),
            }),
        };
        signature.returns_set = command.return_type.as_ref().is_some_and(|returned| returned.setof);
        Ok(returned.map(|result| Signature { result, ..signature }))
    }

    /// What of `ProcedureCreate()` can fail for sure.
    fn may_be_made(&self, command: &CreateFunctionStmt, id: &ObjectId, new: &Signature) -> Outcome {
        let Some(old) = self.signature(id) else { return Ok(()) };
        let name = id.name().as_str();
        if self.lenient || self.doubts.cover(name) {
            return Ok(());
        }
        if !command.replace {
            let message = format!("function \"{name}\" already exists with same argument types");
            return Err(Stop::refused(DUPLICATE_FUNCTION, message));
        }
        if old.kind != new.kind {
            return Err(Stop::refused(WRONG_OBJECT_TYPE, "cannot change routine kind"));
        }
        let invalid = |message: String| Err(Stop::refused(INVALID_FUNCTION_DEFINITION, message));
        let is_record = new.result.is_builtin("record");
        if old.result != new.result || old.returns_set != new.returns_set || is_record && old.outputs != new.outputs {
            return invalid("cannot change return type of existing function".into());
        }
        let mut names = old.args.iter().zip(&new.args).map(|(old, new)| (old.name.as_str(), new.name.as_str()));
        if let Some((old, _)) = names.find(|(old, new)| !old.is_empty() && old != new) {
            return invalid(format!("cannot change name of input parameter \"{old}\""));
        }
        if old.defaults > new.defaults {
            return invalid("cannot remove parameter defaults from existing function".into());
        }
        Ok(())
    }

    /// The routine that a DROP names (`get_object_address()`).
    pub(super) fn routine_to_drop(&self, sort: ObjectType, routine: &ObjectWithArgs) -> Outcome<Option<ObjectId>> {
        let Some((id, signature)) = self.find_routine(sort, routine)? else { return Ok(None) };
        let is_meant = match sort {
            ObjectType::ObjectFunction => matches!(signature.kind, CallKind::Function | CallKind::Window),
            ObjectType::ObjectProcedure => signature.kind == CallKind::Procedure,
            ObjectType::ObjectAggregate => is_aggregate(signature.kind),
            _ => true,
        };
        if is_meant {
            return Ok(Some(id));
        }
        let message = format!("{} is not a {}", call_words(&id), noun(sort));
        Err(Stop::refused(WRONG_OBJECT_TYPE, message))
    }

    /// `RenameObject()` and `AlterObjectNamespace_internal()`, of routines.
    pub(super) fn move_routine(
        &mut self,
        statement: &Statement<'_>,
        sort: ObjectType,
        routine: &ObjectWithArgs,
        to: impl FnOnce(&ObjectId) -> ObjectId,
    ) -> Outcome {
        let Some((from, _)) = self.find_routine(sort, routine)? else { return Ok(()) };
        let to = to(&from);
        if self.catalog().exists(&to) {
            let message = format!("function {} already exists in schema {}", call_words(&to), to.path()[0]);
            return Err(Stop::refused(DUPLICATE_FUNCTION, message));
        }
        self.follow(&Move { from: from.clone(), to: to.clone() });
        self.database.rename(&from, to.clone());
        self.database.place_unmodelled(&to, &statement.origin());
        Ok(())
    }

    /// `LookupFuncWithArgs()`; none where it cannot be told, or belongs to the system.
    fn find_routine(&self, sort: ObjectType, routine: &ObjectWithArgs) -> Outcome<Option<(ObjectId, Signature)>> {
        let (schema, name) = schema_and_name(&routine.objname);
        if !schema.is_empty() {
            self.schema(&Ident::new(&schema))?;
        }
        let wanted = if routine.args_unspecified {
            None
        } else {
            let mut types = Vec::new();
            for arg in &routine.objargs {
                let Some(NodeEnum::TypeName(node)) = &arg.node else { return Ok(None) };
                let Some(of) = self.signature_type(Some(node))? else { return Ok(None) };
                types.push(of);
            }
            Some(types)
        };
        let mut found: Vec<(ObjectId, Signature)> = Vec::new();
        for one in self.schemas_of(&schema) {
            for (id, known) in self.catalog().overloads(Class::Routine, &one, &Ident::new(&name)) {
                match known.signature() {
                    Some(signature) => found.push((id.clone(), signature.clone())),
                    None => return Ok(None),
                }
            }
        }
        let certain = !self.lenient && !self.doubts.cover(&name) && !self.has_unknown_extension();
        let is_builtin = (schema.is_empty() || schema == "pg_catalog")
            && !Library::of(self.catalog().version).routines(&name).is_empty();
        match &wanted {
            Some(types) => found.retain(|(id, _)| id.args() == types),
            None if certain && found.len() > 1 => {
                let is_routine = sort == ObjectType::ObjectRoutine;
                let is_procedure = |one: &Signature| one.kind == CallKind::Procedure;
                let wants_procedure = sort == ObjectType::ObjectProcedure;
                if is_routine || found.iter().filter(|(_, one)| is_procedure(one) == wants_procedure).count() > 1 {
                    return Err(Stop::refused(
                        AMBIGUOUS_FUNCTION,
                        format!("{} name \"{name}\" is not unique", noun(sort)),
                    ));
                }
                return Ok(None);
            }
            None => {}
        }
        // The arguments of a procedure may be given with those that it gives back.
        if found.is_empty() && certain && !is_builtin && sort != ObjectType::ObjectProcedure {
            return Err(Stop::refused(UNDEFINED_FUNCTION, format!("{} \"{name}\" does not exist", noun(sort))));
        }
        Ok(found.into_iter().next())
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
        if self.database.get::<Table>(&relation).is_some() {
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

    /// What is known of a call.
    pub(super) fn signature(&self, id: &ObjectId) -> Option<&Signature> {
        self.catalog().meaning(id)?.signature()
    }

    /// What a function of that name gives for just these types.
    pub(super) fn function_result(&self, name: &[String], types: &[TypeName]) -> Option<TypeName> {
        let (schema, name) = match name {
            [.., schema, name] => (schema.as_str(), name.as_str()),
            [name] => ("", name.as_str()),
            [] => return None,
        };
        let builtin = Library::of(self.catalog().version).routines(name).iter();
        let builtin = builtin.filter(|_| schema.is_empty() || schema == "pg_catalog");
        let ids = self
            .schemas_of(schema)
            .into_iter()
            .map(|one| ObjectId::call(Class::Routine, &one, &name.into(), types.to_vec()));
        let own: Vec<&Signature> = ids.filter_map(|id| self.signature(&id)).collect();
        builtin.chain(own).find(|one| one.types().eq(types)).map(|one| one.result.clone())
    }

    pub(super) fn add_call(&mut self, id: ObjectId, what: &str, origin: &Origin, signature: Option<Signature>) {
        let meaning = signature.map_or(Meaning::Unknown, Meaning::Call);
        self.database.insert_unmodelled(id, Unmodelled { meaning, ..Unmodelled::new(what, origin.clone()) });
    }
}

/// The types of a routine of which not all are known.
fn types_as_written(command: &CreateFunctionStmt) -> Vec<TypeName> {
    let parameters = command.parameters.iter().filter_map(parameter_of);
    let inputs = parameters.filter(|one| !matches!(one.mode(), Mode::FuncParamOut | Mode::FuncParamTable));
    inputs.filter_map(|one| one.arg_type.as_ref()).map(TypeName::from_node).collect()
}

/// `f(integer, text)`
fn call_words(id: &ObjectId) -> String {
    let types: Vec<String> = id.args().iter().map(ToString::to_string).collect();
    format!("{}({})", id.name().as_str(), types.join(", "))
}

fn parameter_of(node: &Node) -> Option<&FunctionParameter> {
    match &node.node {
        Some(NodeEnum::FunctionParameter(parameter)) => Some(parameter),
        _ => None,
    }
}

/// The schema, if it is written, and the name.
pub(super) fn schema_and_name(nodes: &[Node]) -> (String, String) {
    let mut parts: Vec<String> = nodes.iter().filter_map(string_of).collect();
    let name = parts.pop().unwrap_or_default();
    (parts.pop().unwrap_or_default(), name)
}

fn is_aggregate(kind: CallKind) -> bool {
    match kind {
        CallKind::Aggregate | CallKind::OrderedSet { .. } | CallKind::HypotheticalSet { .. } => true,
        CallKind::Operator | CallKind::Function | CallKind::Procedure | CallKind::Window => false,
    }
}

fn noun(sort: ObjectType) -> &'static str {
    match sort {
        ObjectType::ObjectProcedure => "procedure",
        ObjectType::ObjectRoutine => "routine",
        ObjectType::ObjectAggregate => "aggregate",
        _ => "function",
    }
}
