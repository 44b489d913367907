//! Operators, casts, aggregates and collations, as far as expressions name them (`operatorcmds.c`,
//! `aggregatecmds.c`, `collationcmds.c`, and the casts of `functioncmds.c`).

use pg_query::NodeEnum;
use pg_query::protobuf::{CoercionContext, CreateCastStmt, DefineStmt, Node, TypeName as TypeNameNode};

use super::comment::strings_of;
use super::functioncmds::{schema_and_name, stated};
use super::refusal::{DUPLICATE_OBJECT, Outcome, Stop};
use super::{Replay, Statement};
use crate::catalog::kind::{Cast, CastMethod};
use crate::catalog::meaning::{Argument, CallKind, CastContext, Signature};
use crate::catalog::{Attr, Class, ObjectId, Unmodelled};
use crate::sql::type_name::string_of;
use crate::sql::{Ident, TypeName};

impl Replay {
    /// `DefineOperator()`
    pub(super) fn create_operator(&mut self, statement: &Statement<'_>, command: &DefineStmt) -> Outcome {
        let (schema, name) = schema_and_name(&command.defnames);
        let schema = self.creation_schema(&schema)?;
        let mut types = Vec::new();
        for side in ["leftarg", "rightarg"] {
            if let Some(node) = type_option(&command.definition, side) {
                let Some(of) = self.signature_type(Some(node))? else { return Ok(()) };
                types.push(of);
            }
        }
        let function = option(&command.definition, "function").or_else(|| option(&command.definition, "procedure"));
        let result = function.and_then(|name| self.function_result(&strings_of(name), &types));
        let id = ObjectId::call(Class::Operator, &schema, &Ident::new(&name), types.clone());
        let signature = result.map(|result| call(CallKind::Operator, types, result));
        self.add_call(id, "operator", &statement.origin(), signature);
        Ok(())
    }

    /// The operator of that name and these types, if it is known.
    pub(super) fn find_operator(&self, object: &Node) -> Outcome<Option<ObjectId>> {
        let Some(NodeEnum::ObjectWithArgs(operator)) = &object.node else { return Ok(None) };
        let (schema, name) = schema_and_name(&operator.objname);
        let types = self.types_in(&operator.objargs)?;
        let call = |one| ObjectId::call(Class::Operator, &one, &Ident::new(&name), types.clone());
        let mut ids = self.schemas_of(&schema).into_iter().map(call);
        Ok(ids.find(|id| self.catalog().exists(id)))
    }

    fn types_in(&self, nodes: &[Node]) -> Outcome<Vec<TypeName>> {
        let mut types = Vec::new();
        for node in nodes {
            if let Some(NodeEnum::TypeName(node)) = &node.node {
                types.extend(self.signature_type(Some(node))?);
            }
        }
        Ok(types)
    }

    /// `DefineAggregate()`
    pub(super) fn create_aggregate(&mut self, statement: &Statement<'_>, command: &DefineStmt) -> Outcome {
        let (schema, name) = schema_and_name(&command.defnames);
        self.doubts.learn(&name, statement.text);
        let schema = self.creation_schema(&schema)?;
        let signature = self.aggregate_signature(command)?;
        let types = signature.iter().flat_map(Signature::types).cloned().collect();
        let id = ObjectId::call(Class::Routine, &schema, &Ident::new(&name), types);
        self.note(statement, format!("the aggregate {id} is not compared yet"));
        self.add_call(id, "aggregate", &statement.origin(), signature);
        Ok(())
    }

    fn aggregate_signature(&self, command: &DefineStmt) -> Outcome<Option<Signature>> {
        let mut args = Vec::new();
        let mut variadic = false;
        let mut direct = -1;
        if command.oldstyle {
            // An argument "ANY" stood for none.
            match type_option(&command.definition, "basetype") {
                Some(node) if TypeName::from_node(node).is_builtin("any") => {}
                node => args.extend(self.signature_type(node)?.map(|of| (Ident::default(), of))),
            }
        }
        for node in &command.args {
            match &node.node {
                Some(NodeEnum::List(list)) => {
                    for parameter in &list.items {
                        let Some(NodeEnum::FunctionParameter(parameter)) = &parameter.node else { return Ok(None) };
                        let Some(of) = self.signature_type(parameter.arg_type.as_ref())? else { return Ok(None) };
                        variadic |= parameter.mode() == pg_query::protobuf::FunctionParameterMode::FuncParamVariadic;
                        args.push((Ident::new(&parameter.name), of));
                    }
                }
                Some(NodeEnum::Integer(count)) => direct = count.ival,
                _ => {}
            }
        }
        let state = type_option(&command.definition, "stype").or_else(|| type_option(&command.definition, "stype1"));
        let Some(state) = self.signature_type(state)? else { return Ok(None) };
        let is_set = |wanted: &str| option_is_there(&command.definition, wanted);
        let result = match option(&command.definition, "finalfunc") {
            None => Some(state),
            Some(name) => {
                // It gets the direct arguments too, and all of them if it asks for that.
                let given =
                    if is_set("finalfunc_extra") { args.len() } else { usize::try_from(direct).unwrap_or_default() };
                let rest = args.iter().take(given).map(|(_, of)| of.clone());
                let types: Vec<TypeName> = std::iter::once(state).chain(rest).collect();
                self.function_result(&strings_of(name), &types)
            }
        };
        let kind = match usize::try_from(direct) {
            Ok(direct) if is_set("hypothetical") => CallKind::HypotheticalSet { direct },
            Ok(direct) => CallKind::OrderedSet { direct },
            Err(_) => CallKind::Aggregate,
        };
        Ok(result.map(|result| Signature {
            args: args.into_iter().map(|(name, of)| Argument { name, of }).collect(),
            variadic,
            ..call(kind, Vec::new(), result)
        }))
    }

    /// `CreateCast()`
    pub(super) fn create_cast(&mut self, statement: &Statement<'_>, command: &CreateCastStmt) -> Outcome {
        self.doubts.of_operators();
        let source = self.signature_type(command.sourcetype.as_ref())?;
        let target = self.signature_type(command.targettype.as_ref())?;
        let (Some(source), Some(target)) = (source, target) else { return Ok(()) };
        let context = match command.context() {
            CoercionContext::CoercionImplicit => CastContext::Implicit,
            CoercionContext::CoercionAssignment => CastContext::Assignment,
            _ => CastContext::Explicit,
        };
        let origin = statement.origin();
        let (method, function) = match &command.func {
            Some(function) => {
                let name: Vec<String> = function.objname.iter().filter_map(string_of).collect();
                let found = self.function(&name, &self.types_in(&function.objargs)?)?;
                let found = found.map_or(Attr::Unstated, |(name, _)| stated(Some(name), &origin));
                (CastMethod::Function, found)
            }
            None if command.inout => (CastMethod::Inout, stated(None, &origin)),
            None => (CastMethod::Binary, stated(None, &origin)),
        };
        let id = ObjectId::cast(&source, &target);
        if self.catalog().exists(&id) {
            let message = format!("cast from type {source} to type {target} already exists");
            return Err(Stop::refused(DUPLICATE_OBJECT, message));
        }
        let cast = Cast {
            context: stated(context, &origin),
            method: stated(method, &origin),
            function,
            comment: stated(None, &origin),
        };
        self.database.insert(id, cast, origin);
        Ok(())
    }

    /// The cast between these types, if it is known.
    pub(super) fn find_cast(&self, object: &Node) -> Outcome<Option<ObjectId>> {
        let Some(NodeEnum::List(list)) = &object.node else { return Ok(None) };
        let types = self.types_in(&list.items)?;
        let [source, target] = types.as_slice() else { return Ok(None) };
        Ok(Some(ObjectId::cast(source, target)).filter(|id| self.catalog().exists(id)))
    }

    /// `DefineCollation()`
    pub(super) fn create_collation(&mut self, statement: &Statement<'_>, command: &DefineStmt) -> Outcome {
        let (schema, name) = schema_and_name(&command.defnames);
        let id = ObjectId::in_schema(Class::Collation, &self.creation_schema(&schema)?, &Ident::new(&name));
        if self.catalog().exists(&id) {
            if command.if_not_exists {
                return Ok(());
            }
            return Err(Stop::refused(DUPLICATE_OBJECT, format!("collation \"{name}\" already exists")));
        }
        self.database.insert_unmodelled(id, Unmodelled::new("collation", statement.origin()));
        Ok(())
    }
}

fn call(kind: CallKind, types: Vec<TypeName>, result: TypeName) -> Signature {
    Signature {
        kind,
        args: types.into_iter().map(|of| Argument { name: Ident::default(), of }).collect(),
        defaults: 0,
        variadic: false,
        result,
        returns_set: false,
        outputs: Vec::new(),
    }
}

/// What is written behind a word of a definition.
pub(super) fn option<'a>(definition: &'a [Node], wanted: &str) -> Option<&'a Node> {
    definition.iter().find_map(|node| match &node.node {
        Some(NodeEnum::DefElem(option)) if option.defname == wanted => option.arg.as_deref(),
        _ => None,
    })
}

fn option_is_there(definition: &[Node], wanted: &str) -> bool {
    definition.iter().any(|node| matches!(&node.node, Some(NodeEnum::DefElem(option)) if option.defname == wanted))
}

pub(super) fn type_option<'a>(definition: &'a [Node], wanted: &str) -> Option<&'a TypeNameNode> {
    match &option(definition, wanted)?.node {
        Some(NodeEnum::TypeName(name)) => Some(name),
        _ => None,
    }
}
