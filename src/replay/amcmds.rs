//! Access methods (`amcmds.c`).

use pg_query::protobuf::CreateAmStmt;

use super::refusal::{DUPLICATE_OBJECT, FEATURE_NOT_SUPPORTED, OBJECT_NOT_IN_PREREQUISITE_STATE, Outcome, Stop};
use super::{Replay, Statement};
use crate::catalog::kind::{AccessMethod, AccessMethodType};
use crate::catalog::{Attr, Class, ObjectId};
use crate::sql::Ident;

/// The access methods that every database has.
const METHODS: [&str; 7] = ["heap", "btree", "hash", "gist", "gin", "spgist", "brin"];

/// What the indexes of an access method can do (`IndexAmRoutine`).
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Ability {
    /// `amcanunique`
    Unique,
    /// `amcaninclude`
    Include,
    /// `amcanmulticol`
    Columns,
    /// `amcanorder`
    Order,
    /// `amgettuple`: it gives one row after the other.
    Exclude,
}

impl Ability {
    /// Whether an access method has it; one of one's own may have any.
    pub(super) fn is_of(self, method: &str, version: u32) -> bool {
        match method {
            "hash" => self == Self::Exclude,
            "gist" => matches!(self, Self::Include | Self::Columns | Self::Exclude),
            "gin" | "brin" | "bloom" => self == Self::Columns,
            "spgist" => self == Self::Exclude || self == Self::Include && version >= 14,
            _ => true,
        }
    }

    /// # Errors
    /// That it has not, in the words of a server.
    pub(super) fn must_be_of(self, method: &str, version: u32) -> Outcome {
        if self.is_of(method, version) {
            return Ok(());
        }
        let what = match self {
            Self::Unique => "unique indexes",
            Self::Include => "included columns",
            Self::Columns => "multicolumn indexes",
            Self::Order => "ASC/DESC options",
            Self::Exclude => "exclusion constraints",
        };
        Err(Stop::refused(FEATURE_NOT_SUPPORTED, format!("access method \"{method}\" does not support {what}")))
    }
}

impl Replay {
    /// `CreateAccessMethod()`
    pub(super) fn create_access_method(&mut self, statement: &Statement<'_>, command: &CreateAmStmt) -> Outcome {
        let id = ObjectId::top(Class::AccessMethod, &Ident::new(&command.amname));
        if self.catalog().exists(&id) || METHODS.contains(&command.amname.as_str()) {
            let message = format!("access method \"{}\" already exists", command.amname);
            return Err(Stop::refused(DUPLICATE_OBJECT, message));
        }
        let (method_type, gives) = match command.amtype.as_str() {
            "t" => (AccessMethodType::Table, "table_am_handler"),
            _ => (AccessMethodType::Index, "index_am_handler"),
        };
        let handler = self.handler_function(&command.handler_name, &["internal"], gives).map_err(wrong_handler)?;
        let origin = statement.origin();
        let facts = AccessMethod {
            method_type: Attr::Is(method_type, origin.clone()),
            handler: Attr::Is(handler, origin.clone()),
            comment: Attr::Is(None, origin.clone()),
        };
        self.database.insert(id, facts, origin);
        Ok(())
    }

    /// `get_table_am_oid()`: the access method of a table, by its name.
    pub(super) fn table_method(&self, name: &str) -> Outcome<Ident> {
        if self.lenient || self.has_unknown_extension() {
            return Ok(Ident::new(name));
        }
        let is_of_tables = match self.access_method(name)? {
            None => name == "heap",
            Some(id) => {
                let facts = self.database.get::<AccessMethod>(&id);
                facts.is_none_or(|facts| facts.method_type.get() != Some(&AccessMethodType::Index))
            }
        };
        let message = || format!("access method \"{name}\" is not of type TABLE");
        if is_of_tables {
            Ok(Ident::new(name))
        } else {
            Err(Stop::refused(OBJECT_NOT_IN_PREREQUISITE_STATE, message()))
        }
    }

    /// `get_am_oid()`: none for one that every database has.
    pub(super) fn access_method(&self, name: &str) -> Outcome<Option<ObjectId>> {
        self.top_object(Class::AccessMethod, "access method", name, &METHODS)
    }
}

/// `lookup_am_handler_func()` has an SQLSTATE of its own for what gives back something else.
fn wrong_handler(stop: Stop) -> Stop {
    use super::refusal::{INVALID_OBJECT_DEFINITION, WRONG_OBJECT_TYPE};
    match stop {
        Stop::Refused { sqlstate: INVALID_OBJECT_DEFINITION, message, .. } => Stop::refused(WRONG_OBJECT_TYPE, message),
        other => other,
    }
}
