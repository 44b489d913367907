//! Names of what is no part of a relation → objects (`objectaddress.c`), which get others (`alter.c`).

use pg_query::protobuf::{Node, ObjectType};

use super::collationcmds::may_be_of_system;
use super::comment::strings_of;
use super::parse_func::call_words;
use super::refusal::{DUPLICATE_FUNCTION, DUPLICATE_OBJECT, Outcome, Stop, UNDEFINED_OBJECT};
use super::rename::Move;
use super::tsearchcmds::text_search_kind;
use super::{Replay, Statement};
use crate::catalog::{Class, Kind, ObjectId};
use crate::sql::Ident;

/// Whether [`Replay::address`] knows the sort.
pub(super) fn has_address(sort: ObjectType) -> bool {
    is_routine(sort)
        || matches!(sort, ObjectType::ObjectOperator | ObjectType::ObjectCast)
        || class_of(sort).is_some()
        || text_search_kind(sort).is_some()
        || is_named_otherwise(sort)
}

/// What stands outside of any schema, or is of an access method.
fn is_named_otherwise(sort: ObjectType) -> bool {
    matches!(
        sort,
        ObjectType::ObjectFdw
            | ObjectType::ObjectForeignServer
            | ObjectType::ObjectPublication
            | ObjectType::ObjectSubscription
            | ObjectType::ObjectLanguage
            | ObjectType::ObjectAccessMethod
            | ObjectType::ObjectOpclass
            | ObjectType::ObjectOpfamily
    )
}

fn is_routine(sort: ObjectType) -> bool {
    matches!(
        sort,
        ObjectType::ObjectFunction
            | ObjectType::ObjectProcedure
            | ObjectType::ObjectRoutine
            | ObjectType::ObjectAggregate
    )
}

/// What is found by its name alone, with the word for it.
fn class_of(sort: ObjectType) -> Option<(Class, Kind)> {
    Some(match sort {
        ObjectType::ObjectCollation => (Class::Collation, Kind::Collation),
        ObjectType::ObjectConversion => (Class::Conversion, Kind::Conversion),
        ObjectType::ObjectStatisticExt => (Class::Statistics, Kind::Statistics),
        _ => return None,
    })
}

impl Replay {
    /// `get_object_address()`: none for what cannot be told, or belongs to the system.
    pub(super) fn address(&self, sort: ObjectType, object: Option<&Node>) -> Outcome<Option<ObjectId>> {
        let Some(object) = object else { return Ok(None) };
        if let Some(kind) = text_search_kind(sort) {
            return self.text_search_object(kind, &strings_of(object));
        }
        match (sort, class_of(sort)) {
            (ObjectType::ObjectOperator, _) => self.find_operator(object),
            (ObjectType::ObjectCast, _) => self.find_cast(object),
            (ObjectType::ObjectFdw, _) => self.wrapper(&strings_of(object).join(".")).map(Some),
            (ObjectType::ObjectForeignServer, _) => self.foreign_server(&strings_of(object).join(".")).map(Some),
            (ObjectType::ObjectLanguage, _) => self.language(&strings_of(object).join(".")),
            (ObjectType::ObjectAccessMethod, _) => self.access_method(&strings_of(object).join(".")),
            (ObjectType::ObjectOpclass, _) => self.find_opclass(&strings_of(object)),
            (ObjectType::ObjectOpfamily, _) => self.find_opfamily(&strings_of(object)),
            (ObjectType::ObjectPublication, _) => self.publication(&strings_of(object).join(".")).map(Some),
            (ObjectType::ObjectSubscription, _) => self.subscription(&strings_of(object).join(".")).map(Some),
            (_, Some((class, kind))) => self.named_object(class, kind.noun(), &strings_of(object)),
            (_, None) => self.routine_of(sort, Some(object)),
        }
    }

    /// What bears this name along the `search_path`, or in its schema.
    pub(super) fn named_object(&self, class: Class, noun: &str, name: &[String]) -> Outcome<Option<ObjectId>> {
        let (schema, last) = match name {
            [.., schema, name] => (schema.as_str(), name),
            [name] => ("", name),
            [] => return Ok(None),
        };
        if !schema.is_empty() {
            self.schema(&Ident::new(schema))?;
        }
        let in_schema = |one| ObjectId::in_schema(class, &one, &Ident::new(last));
        let mut ids = self.schemas_of(schema).into_iter().map(in_schema);
        if let Some(found) = ids.find(|id| self.catalog().exists(id)) {
            return Ok(Some(found));
        }
        if schema == "pg_catalog" || !self.knows_routines(last) || self.is_of_system(class, last) {
            return Ok(None);
        }
        Err(Stop::refused(UNDEFINED_OBJECT, format!("{noun} \"{}\" does not exist", name.join("."))))
    }

    /// Whether every database may have something of that name.
    fn is_of_system(&self, class: Class, name: &str) -> bool {
        match class {
            // The operating system brings more of them than anybody can list.
            Class::Collation => may_be_of_system(name),
            _ => name.is_empty(),
        }
    }

    /// `AlterObjectRename_internal()`
    pub(super) fn rename_object(
        &mut self,
        statement: &Statement<'_>,
        sort: ObjectType,
        object: Option<&Node>,
        name: &Ident,
    ) -> Outcome {
        let Some(from) = self.address(sort, object)? else { return Ok(()) };
        let mut path = from.path().to_vec();
        path.pop();
        path.push(name.clone());
        match ObjectId::from_path(from.class(), path, from.args().to_vec()) {
            Some(to) => self.move_object(statement, &from, &to),
            None => Ok(()),
        }
    }

    /// `AlterObjectNamespace_internal()`
    pub(super) fn move_object_to(
        &mut self,
        statement: &Statement<'_>,
        sort: ObjectType,
        object: Option<&Node>,
        schema: &Ident,
    ) -> Outcome {
        let from = self.address(sort, object)?;
        let schema = &self.schema(schema)?;
        match from {
            Some(from) if from.schema() != Some(schema) => {
                self.move_object(statement, &from, &from.in_other_schema(schema))
            }
            _ => Ok(()),
        }
    }

    fn move_object(&mut self, statement: &Statement<'_>, from: &ObjectId, to: &ObjectId) -> Outcome {
        if self.catalog().exists(to) {
            return Err(name_conflict(to, from));
        }
        self.follow(&Move { from: from.clone(), to: to.clone() });
        if from.class() == Class::Language {
            self.follow_language(from.name(), to.name());
        }
        self.database.rename(from, to.clone());
        self.database.place_unmodelled(to, &statement.origin());
        Ok(())
    }
}

/// `report_namespace_conflict()`, `report_name_conflict()`, `IsThereFunctionInNamespace()`
fn name_conflict(to: &ObjectId, from: &ObjectId) -> Stop {
    let schema = || to.schema().map(Ident::to_string).unwrap_or_default();
    if to.class() == Class::Routine {
        let message = format!("function {} already exists in schema \"{}\"", call_words(to), schema());
        return Stop::refused(DUPLICATE_FUNCTION, message);
    }
    let method = match to.class() {
        Class::OperatorClass | Class::OperatorFamily => format!(" for access method \"{}\"", to.path()[1].as_str()),
        _ => String::new(),
    };
    let noun = Kind::ALL.iter().find(|kind| kind.class() == from.class()).map_or("object", |kind| kind.noun());
    let place = if to.schema().is_some() { format!(" in schema \"{}\"", schema()) } else { String::new() };
    Stop::refused(DUPLICATE_OBJECT, format!("{noun} \"{}\"{method} already exists{place}", to.name().as_str()))
}
