//! What routines take and give, and what composite types are made of.

use std::fmt;

use crate::catalog::kind::CollationName;
use crate::catalog::kind::words::words;
use crate::catalog::{AttrValue, Expr, Shape, Value, Visitor};
use crate::sql::{Ident, QualifiedName, TypeName};

words! {
    /// Whether a parameter is taken or given (`proargmodes`).
    ParameterMode {
        In = 'i', "IN";
        Out = 'o', "OUT";
        InOut = 'b', "INOUT";
        Variadic = 'v', "VARIADIC";
        Table = 't', "TABLE";
    }
}

impl ParameterMode {
    /// Whether a call gives a value for it.
    pub fn is_input(self) -> bool {
        matches!(self, Self::In | Self::InOut | Self::Variadic)
    }

    /// Whether it is a column of what a call returns.
    pub fn is_output(self) -> bool {
        matches!(self, Self::Out | Self::InOut | Self::Table)
    }
}

/// A parameter of a routine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    pub mode: ParameterMode,
    /// Empty if it has none.
    pub name: Ident,
    pub of: TypeName,
    pub default: Option<Expr>,
}

/// Without its default.
impl fmt::Display for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.mode != ParameterMode::In {
            write!(f, "{} ", self.mode.word())?;
        }
        if !self.name.as_str().is_empty() {
            write!(f, "{} ", self.name)?;
        }
        write!(f, "{}", self.of)
    }
}

impl AttrValue for Parameter {
    const SHAPE: Shape =
        Shape::Any(&[Shape::Text, Shape::Map(&[("parameter", Shape::Text), ("default", Shape::Expr)])]);

    /// The default stays apart, so that it is compared as an expression.
    fn to_value(&self) -> Value {
        let text = Value::Text(self.to_string());
        match &self.default {
            None => text,
            Some(default) => Value::Map(vec![("parameter", text), ("default", default.to_value())]),
        }
    }

    fn from_value(value: Value) -> Result<Self, String> {
        let (text, default) = match value {
            Value::Map(entries) => match entries.as_slice() {
                [("parameter", Value::Text(text)), ("default", default)] => {
                    (text.clone(), Some(Expr::from_value(default.clone())?))
                }
                _ => return Err("a parameter, or a mapping with `parameter` and `default`".into()),
            },
            Value::Text(text) => (text, None),
            _ => return Err("a parameter, such as \"INOUT n integer\"".into()),
        };
        let mode = ParameterMode::ALL.iter().copied().find(|mode| {
            text.get(..mode.word().len()).is_some_and(|word| word.eq_ignore_ascii_case(mode.word()))
                && text[mode.word().len()..].starts_with(' ')
        });
        let rest = mode.map_or(text.as_str(), |mode| text[mode.word().len()..].trim_start());
        let (name, of) = named_type(rest)?;
        Ok(Self { mode: mode.unwrap_or(ParameterMode::In), name, of, default })
    }

    fn visit(&mut self, visitor: &mut dyn Visitor) {
        visitor.type_name(&mut self.of);
        self.default.visit(visitor);
    }
}

/// A type with a name before it, if there is one: `double precision` is all type.
fn named_type(text: &str) -> Result<(Ident, TypeName), String> {
    let end = match text.strip_prefix('"') {
        Some(rest) => rest.find("\" ").map(|at| at + 2),
        None => text.find(' '),
    };
    let split = end.and_then(|end| {
        let name = QualifiedName::parse(&text[..end]).filter(|name| name.schema.is_none())?.name;
        Some((name, TypeName::parse(text[end..].trim()).ok()?))
    });
    match (TypeName::parse(text), split) {
        (Ok(of), None) => Ok((Ident::default(), of)),
        (Ok(of), Some(_)) if text.starts_with("double precision") || text.starts_with("character varying") => {
            Ok((Ident::default(), of))
        }
        (_, Some(split)) => Ok(split),
        (Err(error), None) => Err(format!("a type, with a name before it ({})", error.message)),
    }
}

/// An attribute of a composite type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeAttribute {
    pub name: Ident,
    pub of: TypeName,
    /// If it is not the one of the type.
    pub collation: Option<CollationName>,
    pub comment: Option<String>,
}

impl AttrValue for TypeAttribute {
    const SHAPE: Shape =
        Shape::Any(&[Shape::Text, Shape::Map(&[("attribute", Shape::Text), ("comment", Shape::Text)])]);

    fn to_value(&self) -> Value {
        let collation = self.collation.as_ref().map_or_else(String::new, |name| format!(" COLLATE {}", name.0));
        let text = Value::Text(format!("{} {}{collation}", self.name, self.of));
        match &self.comment {
            None => text,
            Some(comment) => Value::Map(vec![("attribute", text), ("comment", Value::Text(comment.clone()))]),
        }
    }

    fn from_value(value: Value) -> Result<Self, String> {
        let expected = || "an attribute with its type, such as \"street text\"".to_owned();
        let (text, comment) = match value {
            Value::Map(entries) => match entries.as_slice() {
                [("attribute", Value::Text(text)), ("comment", Value::Text(comment))] => {
                    (text.clone(), Some(comment.clone()))
                }
                _ => return Err(expected()),
            },
            Value::Text(text) => (text, None),
            _ => return Err(expected()),
        };
        let (rest, collation) = match text.split_once(" COLLATE ") {
            Some((rest, name)) => (rest, Some(CollationName(QualifiedName::parse(name).ok_or_else(expected)?))),
            None => (text.as_str(), None),
        };
        let (name, of) = named_type(rest)?;
        if name.as_str().is_empty() { Err(expected()) } else { Ok(Self { name, of, collation, comment }) }
    }

    fn visit(&mut self, visitor: &mut dyn Visitor) {
        visitor.type_name(&mut self.of);
        self.collation.visit(visitor);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check<T: AttrValue>(text: &str) {
        let value = Value::Text(text.to_owned());
        assert_eq!(T::from_value(value.clone()).map(|read| read.to_value()), Ok(value));
    }

    #[test]
    fn parameters_and_attributes_read_back() {
        check::<Parameter>("integer");
        check::<Parameter>("double precision");
        check::<Parameter>("a double precision");
        check::<Parameter>("INOUT \"My arg\" timestamp with time zone");
        check::<Parameter>("VARIADIC integer[]");
        check::<TypeAttribute>("street text COLLATE \"C\"");
        assert!(TypeAttribute::from_value(Value::Text("text".into())).is_err());
    }
}
