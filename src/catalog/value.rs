//! The values of attributes: what the comparer compares and the reports print.

use std::fmt;

use super::kind::{ColumnName, OperatorName, RoutineName};
use super::{Class, Expr};
use crate::sql::{Ident, QualifiedName, TypeName};

/// The value of an attribute, of whatever kind of object. Two sources agree exactly when these are equal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    Null,
    Bool(bool),
    Int(i64),
    Text(String),
    List(Vec<Value>),
    Map(Vec<(&'static str, Value)>),
    Expr(Expr),
}

impl Value {
    /// The keys that a mapping can have, whatever it is the value of.
    pub const KEYS: [&str; 14] = [
        "expression",
        "kind",
        "order",
        "parameter",
        "default",
        "attribute",
        "comment",
        "table",
        "where",
        "in",
        "from",
        "to",
        "modulus",
        "remainder",
    ];
}

/// What can be written for a value in a spec.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    Bool,
    Int,
    /// A number is a text too.
    Text,
    /// SQL; `true` and a number are such too.
    Expr,
    Word(&'static [&'static str]),
    /// Null says that there is none.
    Optional(&'static Shape),
    /// One may stand alone.
    List(&'static Shape),
    /// All of these keys.
    Map(&'static [(&'static str, Shape)]),
    Any(&'static [Shape]),
}

impl Shape {
    /// The keys that a mapping can have in it.
    pub fn keys(&self) -> Vec<&'static str> {
        let mut found = match self {
            Self::Optional(inner) | Self::List(inner) => inner.keys(),
            Self::Map(keys) => keys.iter().map(|(key, _)| *key).collect(),
            Self::Any(shapes) => shapes.iter().flat_map(Self::keys).collect(),
            Self::Bool | Self::Int | Self::Text | Self::Expr | Self::Word(_) => Vec::new(),
        };
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// One line, as a person would write it.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("none"),
            Self::Bool(true) => f.write_str("yes"),
            Self::Bool(false) => f.write_str("no"),
            Self::Int(number) => write!(f, "{number}"),
            Self::Text(text) => f.write_str(text),
            Self::Expr(expr) => f.write_str(expr.text()),
            Self::List(items) => {
                let items: Vec<String> = items.iter().map(Self::to_string).collect();
                if items.is_empty() { f.write_str("none") } else { f.write_str(&items.join(", ")) }
            }
            Self::Map(entries) => {
                let entries: Vec<String> = entries.iter().map(|(key, value)| format!("{key}: {value}")).collect();
                f.write_str(&entries.join(", "))
            }
        }
    }
}

/// A type that an attribute can have: how it becomes a [`Value`] and is read back from one, and
/// which names it refers to other objects by.
pub trait AttrValue: Clone + Sized {
    const SHAPE: Shape = Shape::Text;

    fn to_value(&self) -> Value;

    /// # Errors
    /// What was expected instead, for people: "a list of names".
    fn from_value(value: Value) -> Result<Self, String>;

    /// Shows `visitor` all that refers to other objects by name.
    fn visit(&mut self, _visitor: &mut dyn Visitor) {}
}

/// Somebody who looks up, or rewrites, what values refer to by name.
pub trait Visitor {
    fn expr(&mut self, _expr: &mut Expr) {}
    fn type_name(&mut self, _name: &mut TypeName) {}
    /// A relation; never one in `pg_catalog`.
    fn relation(&mut self, _name: &mut QualifiedName) {}
    /// A column of any relation.
    fn column(&mut self, name: &mut ColumnName) {
        self.relation(&mut name.relation);
    }
    /// A routine; its types are shown by themselves.
    fn routine(&mut self, _name: &mut RoutineName) {}
    /// An operator; its types are shown by themselves.
    fn operator(&mut self, _name: &mut OperatorName) {}
    /// Something else that stands in a schema, and is told by its name alone.
    fn object(&mut self, _class: Class, _name: &mut QualifiedName) {}
}

impl AttrValue for bool {
    const SHAPE: Shape = Shape::Bool;

    fn to_value(&self) -> Value {
        Value::Bool(*self)
    }

    fn from_value(value: Value) -> Result<Self, String> {
        if let Value::Bool(b) = value { Ok(b) } else { Err("true or false".into()) }
    }
}

impl AttrValue for i64 {
    const SHAPE: Shape = Shape::Int;

    fn to_value(&self) -> Value {
        Value::Int(*self)
    }

    fn from_value(value: Value) -> Result<Self, String> {
        if let Value::Int(number) = value { Ok(number) } else { Err("a whole number".into()) }
    }
}

impl AttrValue for String {
    fn to_value(&self) -> Value {
        Value::Text(self.clone())
    }

    fn from_value(value: Value) -> Result<Self, String> {
        match value {
            Value::Text(text) => Ok(text),
            Value::Int(number) => Ok(number.to_string()),
            _ => Err("text".into()),
        }
    }
}

impl AttrValue for Ident {
    fn to_value(&self) -> Value {
        Value::Text(self.as_str().to_owned())
    }

    fn from_value(value: Value) -> Result<Self, String> {
        String::from_value(value).map(Self::new).map_err(|_| "a name".into())
    }
}

impl AttrValue for QualifiedName {
    fn to_value(&self) -> Value {
        Value::Text(self.to_string())
    }

    fn from_value(value: Value) -> Result<Self, String> {
        let expected = || "a name, with its schema where it needs one".to_owned();
        let text = String::from_value(value).map_err(|_| expected())?;
        Self::parse(&text).ok_or_else(expected)
    }
}

impl AttrValue for TypeName {
    fn to_value(&self) -> Value {
        Value::Text(self.to_string())
    }

    fn from_value(value: Value) -> Result<Self, String> {
        let text = String::from_value(value).map_err(|_| "a type")?;
        Self::parse(&text).map_err(|error| format!("a type ({})", error.message))
    }

    fn visit(&mut self, visitor: &mut dyn Visitor) {
        visitor.type_name(self);
    }
}

impl AttrValue for Expr {
    const SHAPE: Shape = Shape::Expr;

    fn to_value(&self) -> Value {
        Value::Expr(self.clone())
    }

    fn from_value(value: Value) -> Result<Self, String> {
        let text = match value {
            Value::Expr(expr) => return Ok(expr),
            Value::Bool(b) => b.to_string(),
            other => String::from_value(other).map_err(|_| "an SQL expression")?,
        };
        crate::sql::parse::parse_expr(&text).map_err(|error| format!("an SQL expression ({})", error.message))?;
        Ok(Self::new(text))
    }

    fn visit(&mut self, visitor: &mut dyn Visitor) {
        visitor.expr(self);
    }
}

impl<T: AttrValue> AttrValue for Option<T> {
    const SHAPE: Shape = Shape::Optional(&T::SHAPE);

    fn to_value(&self) -> Value {
        self.as_ref().map_or(Value::Null, T::to_value)
    }

    fn from_value(value: Value) -> Result<Self, String> {
        match value {
            Value::Null => Ok(None),
            other => T::from_value(other).map(Some).map_err(|expected| format!("{expected}, or null for none")),
        }
    }

    fn visit(&mut self, visitor: &mut dyn Visitor) {
        if let Some(inner) = self {
            inner.visit(visitor);
        }
    }
}

impl<T: AttrValue> AttrValue for Vec<T> {
    const SHAPE: Shape = Shape::List(&T::SHAPE);

    fn to_value(&self) -> Value {
        Value::List(self.iter().map(T::to_value).collect())
    }

    fn from_value(value: Value) -> Result<Self, String> {
        match value {
            Value::List(items) => items
                .into_iter()
                .map(T::from_value)
                .collect::<Result<_, _>>()
                .map_err(|e| format!("a list, each of {e}")),
            other => {
                T::from_value(other).map(|one| vec![one]).map_err(|expected| format!("{expected}, or a list of such"))
            }
        }
    }

    fn visit(&mut self, visitor: &mut dyn Visitor) {
        for item in self {
            item.visit(visitor);
        }
    }
}
