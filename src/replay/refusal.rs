//! What a server says no to, in its own words and codes.

use std::fmt::{self, Display, Formatter};

use super::Statement;
use pg_query::protobuf::Node;

use crate::catalog::Origin;
use crate::sql::{QualifiedName, parse};

/// A statement that a server would have refused. After it the replay goes on, as `psql` does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// As in the server's `errcodes.txt`.
    pub sqlstate: &'static str,
    pub message: String,
    pub hint: Option<String>,
    pub origin: Origin,
    /// The relation it lacks, with its schema if it was written with one.
    pub lacks: Option<QualifiedName>,
    /// Where that was to come from.
    pub source: Option<Source>,
}

/// Why a relation that a statement needs was not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// It is made by a statement further on.
    Later(Origin),
    /// The statement that would have made it was refused.
    Refused(Origin),
}

/// Why a statement was not carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    Refused {
        sqlstate: &'static str,
        message: String,
        hint: Option<String>,
        /// The list element at fault, as the parser places it.
        location: Option<i32>,
        /// The relation it lacks.
        lacks: Option<Box<QualifiedName>>,
        /// Where it stands, if that is not the statement itself: code was run.
        within: Option<Box<Origin>>,
    },
    /// It does something that the model does not hold.
    NotModelled(String),
}

pub(super) type Outcome<T = ()> = Result<T, Stop>;

impl Display for Stop {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused { message, .. } => f.write_str(message),
            Self::NotModelled(what) => f.write_str(what),
        }
    }
}

impl Stop {
    pub(super) fn refused(sqlstate: &'static str, message: impl Into<String>) -> Self {
        Self::Refused { sqlstate, message: message.into(), hint: None, location: None, lacks: None, within: None }
    }

    /// A relation, or an index, by that name is there.
    pub(super) fn relation_exists(name: &str) -> Self {
        Self::refused(DUPLICATE_TABLE, format!("relation \"{name}\" already exists"))
    }

    pub(super) fn is_refused(&self) -> bool {
        matches!(self, Self::Refused { .. })
    }

    pub(super) fn not_modelled(what: impl Display) -> Self {
        Self::NotModelled(what.to_string())
    }

    /// The same, as it comes out of code that was run by another statement.
    pub(super) fn within(mut self, statement: &Statement<'_>) -> Self {
        if let Self::Refused { location, within, .. } = &mut self {
            let place = location.take().map_or_else(|| statement.origin(), |place| statement.origin_at(place));
            within.get_or_insert(Box::new(place));
        }
        self
    }

    /// The same, at a place inside of the statement.
    pub(super) fn at(mut self, place: i32) -> Self {
        if let Self::Refused { location, .. } = &mut self {
            location.get_or_insert(place);
        }
        self
    }

    /// The same, at an expression inside of the statement.
    pub(super) fn at_node(self, node: &Node) -> Self {
        match parse::location(node) {
            Some(place) => self.at(place),
            None => self,
        }
    }

    /// The same, told of a text that stands somewhere in the statement.
    pub(super) fn moved(mut self, into_statement: impl FnOnce(i32) -> Option<i32>) -> Self {
        if let Self::Refused { location, .. } = &mut self {
            *location = location.and_then(into_statement);
        }
        self
    }

    pub(super) fn lacking(mut self, relation: QualifiedName) -> Self {
        if let Self::Refused { lacks, .. } = &mut self {
            *lacks = Some(Box::new(relation));
        }
        self
    }

    pub(super) fn with_hint(mut self, text: impl Into<String>) -> Self {
        if let Self::Refused { hint, .. } = &mut self {
            *hint = Some(text.into());
        }
        self
    }

    pub(super) fn into_refusal(self, statement: &Statement<'_>) -> Refusal {
        match self {
            Self::Refused { sqlstate, message, hint, location, lacks, within } => {
                let own = || location.map_or_else(|| statement.origin(), |place| statement.origin_at(place));
                let origin = within.map_or_else(own, |place| *place);
                Refusal { sqlstate, message, hint, origin, lacks: lacks.map(|lacks| *lacks), source: None }
            }
            Self::NotModelled(what) => {
                let origin = statement.origin();
                Refusal { sqlstate: "0A000", message: what, hint: None, origin, lacks: None, source: None }
            }
        }
    }
}

pub(super) const UNIQUE_VIOLATION: &str = "23505";
pub(super) const DUPLICATE_SCHEMA: &str = "42P06";
pub(super) const DUPLICATE_TABLE: &str = "42P07";
pub(super) const DUPLICATE_OBJECT: &str = "42710";
pub(super) const TOO_MANY_COLUMNS: &str = "54011";
pub(super) const DUPLICATE_COLUMN: &str = "42701";
pub(super) const UNDEFINED_TABLE: &str = "42P01";
pub(super) const UNDEFINED_COLUMN: &str = "42703";
pub(super) const UNDEFINED_OBJECT: &str = "42704";
pub(super) const INVALID_SCHEMA_NAME: &str = "3F000";
pub(super) const INVALID_TABLE_DEFINITION: &str = "42P16";
pub(super) const INVALID_FOREIGN_KEY: &str = "42830";
pub(super) const WRONG_OBJECT_TYPE: &str = "42809";
pub(super) const SYNTAX_ERROR: &str = "42601";
pub(super) const INVALID_PARAMETER_VALUE: &str = "22023";
pub(super) const DEPENDENT_OBJECTS_STILL_EXIST: &str = "2BP01";
pub(super) const OBJECT_NOT_IN_PREREQUISITE_STATE: &str = "55000";
pub(super) const ACTIVE_SQL_TRANSACTION: &str = "25001";
pub(super) const NO_ACTIVE_SQL_TRANSACTION: &str = "25P01";
pub(super) const INVALID_SAVEPOINT: &str = "3B001";
pub(super) const DATATYPE_MISMATCH: &str = "42804";
pub(super) const INVALID_OBJECT_DEFINITION: &str = "42P17";
pub(super) const DUPLICATE_FUNCTION: &str = "42723";
pub(super) const UNDEFINED_FUNCTION: &str = "42883";
pub(super) const AMBIGUOUS_FUNCTION: &str = "42725";
pub(super) const GENERATED_ALWAYS: &str = "428C9";
pub(super) const INVALID_FUNCTION_DEFINITION: &str = "42P13";
pub(super) const COLLATION_MISMATCH: &str = "42P21";
pub(super) const INVALID_COLUMN_DEFINITION: &str = "42611";
pub(super) const INVALID_COLUMN_REFERENCE: &str = "42P10";
pub(super) const FEATURE_NOT_SUPPORTED: &str = "0A000";
pub(super) const INVALID_GRANT_OPERATION: &str = "0LP01";
pub(super) const RESERVED_NAME: &str = "42939";
pub(super) const OBJECT_IN_USE: &str = "55006";
pub(super) const INTERNAL_ERROR: &str = "XX000";
