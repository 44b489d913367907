//! What a DROP names (`dropcmds.c`).

use pg_query::protobuf::{DropBehavior, DropStmt, Node, ObjectType};

use super::comment::{part_of, range_var, strings_of};
use super::objectaddress::has_address;
use super::refusal::{
    DEPENDENT_OBJECTS_STILL_EXIST, INVALID_SCHEMA_NAME, Outcome, Stop, UNDEFINED_FUNCTION, UNDEFINED_OBJECT,
    UNDEFINED_TABLE, WRONG_OBJECT_TYPE,
};
use super::{Replay, Statement, schema_id};
use crate::catalog::kind::Aggregate;
use crate::catalog::{Class, ObjectId};
use crate::sql::Ident;

impl Replay {
    /// `RemoveObjects()` and `RemoveRelations()`
    pub(super) fn drop(&mut self, statement: &Statement<'_>, command: &DropStmt) -> Outcome {
        if command.concurrent {
            self.prevent_in_transaction_block("DROP INDEX CONCURRENTLY")?;
        }
        let cascade = command.behavior() == DropBehavior::DropCascade;
        let mut targets = Vec::new();
        for object in &command.objects {
            if let ObjectType::ObjectOpclass | ObjectType::ObjectOpfamily = command.remove_type() {
                // IF EXISTS is not about the access method.
                self.index_method(strings_of(object).first().map_or("", String::as_str))?;
            }
            match self.drop_target(command.remove_type(), object) {
                Ok(Some(id)) => targets.push(id),
                Ok(None) => {}
                Err(Stop::Refused { sqlstate, .. }) if command.missing_ok && is_absence(sqlstate) => {}
                Err(Stop::NotModelled(what)) => self.note(statement, what),
                Err(stop) => return Err(stop),
            }
        }
        self.perform_deletion(&targets, cascade, &statement.origin())
    }

    /// What a DROP names; `None` for something that the replay does not keep a record of.
    fn drop_target(&self, sort: ObjectType, object: &Node) -> Outcome<Option<ObjectId>> {
        let id = self.object_address(sort, object)?;
        id.iter().try_for_each(|id| self.is_no_member(id))?;
        if let Some(id) = id.as_ref().filter(|id| self.database.get::<Aggregate>(id).is_some())
            && sort == ObjectType::ObjectFunction
        {
            let message = format!("\"{}\" is an aggregate function", id.name().as_str());
            return Err(Stop::refused(WRONG_OBJECT_TYPE, message).with_hint("Use DROP AGGREGATE to drop it."));
        }
        Ok(id)
    }

    /// `get_object_address()`
    pub(super) fn object_address(&self, sort: ObjectType, object: &Node) -> Outcome<Option<ObjectId>> {
        let name = &strings_of(object);
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
            ObjectType::ObjectType | ObjectType::ObjectDomain => self.type_to_drop(sort, name)?,
            ObjectType::ObjectTrigger => {
                let (relation, trigger) = part_of(name);
                self.trigger(&self.relation(&relation)?, &trigger)?
            }
            ObjectType::ObjectRule => {
                let (relation, rule) = part_of(name);
                self.rule(&self.relation(&relation)?, &rule)?
            }
            ObjectType::ObjectEventTrigger => self.event_trigger(&name.concat())?,
            ObjectType::ObjectPolicy => {
                let (relation, policy) = part_of(name);
                let table = self.table(&relation)?;
                self.policy(&table, &policy)?
            }
            sort if has_address(sort) => match self.address(sort, Some(object))? {
                Some(id) => id,
                None => return Ok(None),
            },
            _ => {
                return Err(Stop::not_modelled("what is named here is of a kind that is not compared yet"));
            }
        };
        Ok(Some(id))
    }

    fn drop_relation_target(&self, sort: ObjectType, name: &[String]) -> Outcome<ObjectId> {
        let noun = relation_word(sort);
        let relation = range_var(name);
        let id = self.relation(&relation).map_err(|stop| match stop {
            Stop::Refused { sqlstate: UNDEFINED_TABLE, hint, location, lacks, within, .. } => {
                let sqlstate = if noun == "index" { UNDEFINED_OBJECT } else { UNDEFINED_TABLE };
                Stop::Refused {
                    sqlstate,
                    message: format!("{noun} \"{}\" does not exist", name.join(".")),
                    hint,
                    location,
                    lacks,
                    within,
                }
            }
            other => other,
        })?;
        if id.class() == Class::Constraint && noun == "index" {
            let message = format!("cannot drop index {} because constraint {} requires it", id.name(), id.name());
            return Err(Stop::refused(DEPENDENT_OBJECTS_STILL_EXIST, message).with_hint("drop the constraint instead"));
        }
        if let Some(from) = self.derived_from(&id).filter(|_| noun == "index") {
            let message = format!("cannot drop index {} because index {from} requires it", id.name());
            return Err(Stop::refused(DEPENDENT_OBJECTS_STILL_EXIST, message)
                .with_hint(format!("You can drop index {from} instead.")));
        }
        self.is_relation_of(&id, noun)?;
        self.is_no_identity_sequence(&id)?;
        Ok(id)
    }
}

/// What a statement calls a relation.
pub(super) fn relation_word(sort: ObjectType) -> &'static str {
    match sort {
        ObjectType::ObjectView => "view",
        ObjectType::ObjectMatview => "materialized view",
        ObjectType::ObjectSequence => "sequence",
        ObjectType::ObjectForeignTable => "foreign table",
        ObjectType::ObjectIndex => "index",
        _ => "table",
    }
}

fn is_absence(sqlstate: &str) -> bool {
    [UNDEFINED_TABLE, UNDEFINED_OBJECT, UNDEFINED_FUNCTION, INVALID_SCHEMA_NAME].contains(&sqlstate)
}
