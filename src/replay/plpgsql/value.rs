//! Values, as far as a schema can hang on them: names, numbers, truth, lists, and objects of the catalog.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use crate::catalog::ObjectId;
use crate::sql::Ident;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    /// Nobody knows: it hangs on rows, on the moment, on the server.
    Unknown,
    Null,
    Bool(bool),
    Number(i64),
    Text(String),
    Array(Vec<Value>),
    Row(Row),
    /// What an OID stands for.
    Object(ObjectId),
}

/// Columns by their names, in their order.
pub(super) type Row = Vec<(String, Value)>;

/// What names stand for: variables, and the columns of what stands in FROM.
pub(super) type Variables = BTreeMap<String, Value>;

pub(super) fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

pub(super) fn name(name: &Ident) -> Value {
    text(name.as_str())
}

impl Value {
    /// As a condition: none where it is not known.
    pub(super) fn truth(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            Self::Null => Some(false),
            _ => None,
        }
    }

    /// As text, if it has one.
    pub(super) fn words(&self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text.clone()),
            Self::Number(number) => Some(number.to_string()),
            Self::Bool(value) => Some(value.to_string()),
            Self::Object(id) => Some(shown(id)),
            Self::Unknown | Self::Null | Self::Array(_) | Self::Row(_) => None,
        }
    }

    /// `None` where the order is not known; NULL is nothing's equal.
    pub(super) fn order(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Bool(one), Self::Bool(two)) => Some(one.cmp(two)),
            (Self::Number(one), Self::Number(two)) => Some(one.cmp(two)),
            (Self::Text(one), Self::Text(two)) => Some(one.cmp(two)),
            (Self::Object(one), Self::Object(two)) => Some(one.cmp(two)),
            // A literal takes the type of the other side.
            (Self::Text(one), Self::Number(two)) => one.trim().parse::<i64>().ok().map(|one| one.cmp(two)),
            (Self::Number(_), Self::Text(_)) => other.order(self).map(Ordering::reverse),
            (Self::Text(one), Self::Bool(two)) => one.parse::<bool>().ok().map(|one| one.cmp(two)),
            (Self::Bool(_), Self::Text(_)) => other.order(self).map(Ordering::reverse),
            _ => None,
        }
    }
}

/// As `regclass` and its like print it, with the schema, which an empty search path would ask for.
fn shown(id: &ObjectId) -> String {
    match id.path() {
        [schema, name] if *schema == "public" => name.to_string(),
        _ => id.to_string(),
    }
}
