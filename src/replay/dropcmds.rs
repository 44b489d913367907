//! What a DROP names (`dropcmds.c`).

use std::collections::BTreeSet;

use pg_query::NodeEnum;
use pg_query::protobuf::{DropBehavior, DropStmt, Node, ObjectType};

use super::comment::{part_of, range_var, strings_of};
use super::dependency::calls_any;
use super::refusal::{
    DEPENDENT_OBJECTS_STILL_EXIST, INVALID_SCHEMA_NAME, Outcome, Stop, UNDEFINED_FUNCTION, UNDEFINED_OBJECT,
    UNDEFINED_TABLE, WRONG_OBJECT_TYPE,
};
use super::{Replay, Statement, schema_id};
use crate::catalog::kind::Index;
use crate::catalog::{Class, Facts, Object, ObjectId};
use crate::sql::Ident;
use crate::sql::type_name::string_of;

impl Replay {
    /// `RemoveObjects()` and `RemoveRelations()`
    pub(super) fn drop(&mut self, statement: &Statement<'_>, command: &DropStmt) -> Outcome {
        if command.concurrent {
            self.prevent_in_transaction_block("DROP INDEX CONCURRENTLY")?;
        }
        let cascade = command.behavior() == DropBehavior::DropCascade;
        let mut targets = Vec::new();
        for object in &command.objects {
            match self.drop_unmodelled(command.remove_type(), object, cascade) {
                Err(Stop::Refused { sqlstate, .. }) if command.missing_ok && is_absence(sqlstate) => continue,
                outcome => outcome?,
            }
            let found = self.drop_target(command.remove_type(), &strings_of(object));
            match found {
                Ok(Some(id)) => targets.push(id),
                Ok(None) => {}
                Err(Stop::Refused { sqlstate, .. }) if command.missing_ok && is_absence(sqlstate) => {}
                Err(Stop::NotModelled(what)) => self.note(statement, what),
                Err(stop) => return Err(stop),
            }
        }
        if cascade {
            self.doubt_users(statement, command, &targets);
        }
        self.perform_deletion(&targets, cascade)
    }

    /// What of the kinds that are not compared expressions can name.
    fn drop_unmodelled(&mut self, sort: ObjectType, object: &Node, cascade: bool) -> Outcome {
        match (sort, &object.node) {
            (
                ObjectType::ObjectFunction
                | ObjectType::ObjectProcedure
                | ObjectType::ObjectRoutine
                | ObjectType::ObjectAggregate,
                Some(NodeEnum::ObjectWithArgs(routine)),
            ) => self.drop_routine(sort, routine, cascade),
            (ObjectType::ObjectOperator, _) => self.drop_operator(object),
            (ObjectType::ObjectCast, _) => self.drop_cast(object),
            (ObjectType::ObjectCollation, _) => {
                if let Some(id) = self.find_collation(object) {
                    self.database.remove_unmodelled(&id);
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Routines are known by name alone, so what CASCADE takes with one is not certain.
    fn doubt_users(&mut self, statement: &Statement<'_>, command: &DropStmt, targets: &[ObjectId]) {
        let mut routines: BTreeSet<Ident> = command.objects.iter().filter_map(routine_name).collect();
        let mut opclasses: BTreeSet<Ident> = BTreeSet::new();
        for extension in targets.iter().filter(|id| id.class() == Class::Extension) {
            let members = self.members_of(extension).into_iter();
            routines.extend(members.filter(|id| id.class() == Class::Routine).map(|id| id.name().clone()));
            opclasses.extend(self.opclasses_of(extension));
        }
        // `pg_catalog` comes first: this one is built in since PostgreSQL 13, whatever pgcrypto brings.
        routines.remove(&Ident::new("gen_random_uuid"));
        let is_user = |object: &Object| match &object.facts {
            Facts::Index(index) if uses_opclass(index, &opclasses) => true,
            _ => calls_any(object, &routines),
        };
        let users = self.catalog().objects.iter().filter(|(_, object)| is_user(object));
        let users: Vec<ObjectId> = users.map(|(id, _)| id.clone()).collect();
        for user in users {
            let message = format!("{} may be gone with what is dropped here, which it uses", self.describe(&user));
            self.note(statement, message);
            self.doubts.of_text(user.name().as_str());
        }
    }

    /// What a DROP names; `None` for something that the replay does not keep a record of.
    fn drop_target(&self, sort: ObjectType, name: &[String]) -> Outcome<Option<ObjectId>> {
        let id = match sort {
            ObjectType::ObjectSchema => {
                let schema = Ident::new(name.last().cloned().unwrap_or_default());
                schema_id(&self.schema(&schema)?)
            }
            ObjectType::ObjectExtension => self.extension(&name.join("."))?,
            ObjectType::ObjectTable
            | ObjectType::ObjectView
            | ObjectType::ObjectMatview
            | ObjectType::ObjectSequence
            | ObjectType::ObjectForeignTable
            | ObjectType::ObjectIndex => self.drop_relation_target(sort, name)?,
            ObjectType::ObjectType | ObjectType::ObjectDomain => self.user_type(name)?,
            ObjectType::ObjectPolicy => {
                let (relation, policy) = part_of(name);
                let table = self.table(&relation)?;
                self.policy(&table, &policy)?
            }
            // Nothing of these is in the model, and their creation was noted.
            ObjectType::ObjectFunction
            | ObjectType::ObjectProcedure
            | ObjectType::ObjectRoutine
            | ObjectType::ObjectAggregate
            | ObjectType::ObjectTrigger
            | ObjectType::ObjectRule => return Ok(None),
            _ => {
                return Err(Stop::not_modelled(
                    "the object that is dropped here is of a kind that is not compared yet",
                ));
            }
        };
        self.is_no_member(&id)?;
        Ok(Some(id))
    }

    fn drop_relation_target(&self, sort: ObjectType, name: &[String]) -> Outcome<ObjectId> {
        let (noun, wanted) = match sort {
            ObjectType::ObjectView => ("view", "view"),
            ObjectType::ObjectMatview => ("materialized view", "materialized view"),
            ObjectType::ObjectSequence => ("sequence", "sequence"),
            ObjectType::ObjectForeignTable => ("foreign table", "foreign table"),
            ObjectType::ObjectIndex => ("index", "index"),
            _ => ("table", "table"),
        };
        let relation = range_var(name);
        let id = self.relation(&relation).map_err(|stop| match stop {
            Stop::Refused { sqlstate: UNDEFINED_TABLE, hint, location, lacks, .. } => {
                let sqlstate = if noun == "index" { UNDEFINED_OBJECT } else { UNDEFINED_TABLE };
                Stop::Refused {
                    sqlstate,
                    message: format!("{noun} \"{}\" does not exist", name.join(".")),
                    hint,
                    location,
                    lacks,
                }
            }
            other => other,
        })?;
        let is = match (id.class(), self.catalog().unmodelled.get(&id)) {
            (Class::Index, _) => "index",
            (Class::Constraint, _) => {
                let message = format!("cannot drop index {} because constraint {} requires it", id.name(), id.name());
                return if noun == "index" {
                    Err(Stop::refused(DEPENDENT_OBJECTS_STILL_EXIST, message).with_hint("drop the constraint instead"))
                } else {
                    Err(Stop::refused(WRONG_OBJECT_TYPE, format!("\"{}\" is not a {noun}", relation.relname)))
                };
            }
            (_, Some(other)) if other.what.starts_with("table") => "table",
            (_, Some(other)) => other.what.as_str(),
            (_, None) => "table",
        };
        if is == wanted || is.starts_with("member of ") {
            return Ok(id);
        }
        let article = if noun == "index" { "an" } else { "a" };
        Err(Stop::refused(WRONG_OBJECT_TYPE, format!("\"{}\" is not {article} {noun}", relation.relname)))
    }
}

fn routine_name(object: &pg_query::Node) -> Option<Ident> {
    match &object.node {
        Some(pg_query::NodeEnum::ObjectWithArgs(routine)) => routine.objname.last().and_then(string_of).map(Ident::new),
        _ => None,
    }
}

fn uses_opclass(index: &Index, opclasses: &BTreeSet<Ident>) -> bool {
    let mut named = index.keys.get().into_iter().flatten().filter_map(|key| key.opclass.as_ref());
    named.any(|opclass| opclasses.contains(&opclass.name))
}

fn is_absence(sqlstate: &str) -> bool {
    [UNDEFINED_TABLE, UNDEFINED_OBJECT, UNDEFINED_FUNCTION, INVALID_SCHEMA_NAME].contains(&sqlstate)
}
