//! Access methods (`amcmds.c`).

use pg_query::protobuf::CreateAmStmt;

use super::refusal::{DUPLICATE_OBJECT, Outcome, Stop};
use super::{Replay, Statement};
use crate::catalog::kind::{AccessMethod, AccessMethodType};
use crate::catalog::{Attr, Class, ObjectId};
use crate::sql::Ident;

/// The access methods that every database has.
const METHODS: [&str; 7] = ["heap", "btree", "hash", "gist", "gin", "spgist", "brin"];

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
