//! Names → routines (`parse_func.c`).

use pg_query::NodeEnum;
use pg_query::protobuf::{Node, ObjectType, ObjectWithArgs};

use super::Replay;
use super::functioncmds::schema_and_name;
use super::refusal::{AMBIGUOUS_FUNCTION, Outcome, Stop, UNDEFINED_FUNCTION, WRONG_OBJECT_TYPE};
use crate::catalog::kind::{Procedure, RoutineName};
use crate::catalog::meaning::{CallKind, Signature};
use crate::catalog::{Class, ObjectId};
use crate::library::Library;
use crate::sql::{Ident, QualifiedName, TypeName};

impl Replay {
    /// The routine that a statement names, of the sort that it says (`get_object_address()`); none where it cannot be
    /// told, or belongs to the system.
    pub(super) fn routine(&self, sort: ObjectType, routine: &ObjectWithArgs) -> Outcome<Option<ObjectId>> {
        let Some((id, signature)) = self.find_routine(sort, routine)? else { return Ok(None) };
        let is_meant = match sort {
            // For long there was no other word for an aggregate.
            ObjectType::ObjectFunction => signature.kind != CallKind::Procedure,
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

    /// The same by its node.
    pub(super) fn routine_of(&self, sort: ObjectType, object: Option<&Node>) -> Outcome<Option<ObjectId>> {
        match object.and_then(|object| object.node.as_ref()) {
            Some(NodeEnum::ObjectWithArgs(routine)) => self.routine(sort, routine),
            _ => Ok(None),
        }
    }

    /// `LookupFuncWithArgs()`
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
        let certain = self.knows_routines(&name);
        let is_builtin = (schema.is_empty() || schema == "pg_catalog")
            && !Library::of(self.catalog().version).routines(&name).is_empty();
        match &wanted {
            Some(types) => found.retain(|(id, _)| id.args() == types || self.takes_and_gives(id, types)),
            None => {
                let wants_procedure = sort == ObjectType::ObjectProcedure;
                let is_meant = |one: &Signature| (one.kind == CallKind::Procedure) == wants_procedure;
                // Before PostgreSQL 14 a name stood for routines of all sorts.
                let is_any = sort == ObjectType::ObjectRoutine || self.catalog().version < 14;
                found.retain(|(_, one)| is_any || is_meant(one));
                if found.len() > 1 {
                    let message = format!("{} name \"{name}\" is not unique", noun(sort));
                    return if certain { Err(Stop::refused(AMBIGUOUS_FUNCTION, message)) } else { Ok(None) };
                }
            }
        }
        if found.is_empty() && certain && !is_builtin {
            return Err(Stop::refused(UNDEFINED_FUNCTION, format!("{} \"{name}\" does not exist", noun(sort))));
        }
        Ok(found.into_iter().next())
    }

    /// The arguments of a procedure may be told with those that it gives back.
    fn takes_and_gives(&self, id: &ObjectId, types: &[TypeName]) -> bool {
        let parameters = self.database.get::<Procedure>(id).and_then(|procedure| procedure.parameters.get());
        parameters.is_some_and(|parameters| parameters.iter().map(|one| &one.of).eq(types))
    }

    /// Whether all routines of that name are known.
    pub(super) fn knows_routines(&self, name: &str) -> bool {
        !self.lenient && !self.doubts.cover(name) && !self.has_unknown_extension()
    }

    /// `LookupFuncName()`: the function that takes just these types, and what it gives. None where it cannot be told.
    pub(super) fn function(&self, name: &[String], types: &[TypeName]) -> Outcome<Option<(RoutineName, Signature)>> {
        let (schema, name) = split(name);
        let args = types.to_vec();
        let builtin = Library::of(self.catalog().version).routines(name).iter();
        let mut builtin = builtin.filter(|_| schema.is_empty() || schema == "pg_catalog");
        if let Some(found) = builtin.find(|one| one.types().eq(types)) {
            return Ok(Some((RoutineName { name: QualifiedName::bare(name), args }, found.clone())));
        }
        if !schema.is_empty() {
            self.schema(&Ident::new(schema))?;
        }
        for one in self.schemas_of(schema) {
            let id = ObjectId::call(Class::Routine, &one, &Ident::new(name), args.clone());
            if let Some(meaning) = self.catalog().meaning(&id) {
                return Ok(meaning.signature().map(|signature| (RoutineName::of(&id), signature.clone())));
            }
        }
        if self.knows_routines(name) && schema != "pg_catalog" {
            return Err(no_function(name, types));
        }
        Ok(None)
    }

    /// What is known of a call.
    pub(super) fn signature(&self, id: &ObjectId) -> Option<&Signature> {
        self.catalog().meaning(id)?.signature()
    }
}

/// `func_signature_string()`
pub(super) fn no_function(name: &str, types: &[TypeName]) -> Stop {
    let types: Vec<String> = types.iter().map(ToString::to_string).collect();
    Stop::refused(UNDEFINED_FUNCTION, format!("function {name}({}) does not exist", types.join(", ")))
}

fn split(name: &[String]) -> (&str, &str) {
    match name {
        [.., schema, name] => (schema, name),
        [name] => ("", name),
        [] => ("", ""),
    }
}

/// `f(integer, text)`
pub(super) fn call_words(id: &ObjectId) -> String {
    let types: Vec<String> = id.args().iter().map(ToString::to_string).collect();
    format!("{}({})", id.name().as_str(), types.join(", "))
}

fn is_aggregate(kind: CallKind) -> bool {
    match kind {
        CallKind::Aggregate | CallKind::OrderedSet { .. } | CallKind::HypotheticalSet { .. } => true,
        CallKind::Operator | CallKind::Function | CallKind::Procedure | CallKind::Window => false,
    }
}

pub(super) fn noun(sort: ObjectType) -> &'static str {
    match sort {
        ObjectType::ObjectProcedure => "procedure",
        ObjectType::ObjectRoutine => "routine",
        ObjectType::ObjectAggregate => "aggregate",
        _ => "function",
    }
}
