//! Values, as far as a schema can hang on them: names, numbers, truth, lists, and objects of the catalog.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use crate::catalog::{Class, ObjectId};
use crate::expr::parse_bool;
use crate::sql::{Ident, QualifiedName, TypeName};

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    /// Nobody knows: it hangs on rows, on the moment, on the server.
    Unknown,
    Null,
    Bool(bool),
    Number(i64),
    Text(String),
    Array(Vec<Value>),
    /// An `int2vector` or an `oidvector`: its first element has the number 0, and its text no braces.
    Vector(Vec<Value>),
    Row(Row),
    /// What an OID stands for.
    Object(ObjectId),
    /// What the OID of a type stands for, with its modifiers where they stand beside it.
    Type(TypeName),
}

/// Columns by their names, in their order.
pub(super) type Row = Vec<(String, Value)>;

/// A variable, and the type that what is assigned to it becomes.
#[derive(Clone, Debug)]
pub(super) struct Variable {
    pub(super) value: Value,
    pub(super) of: Option<TypeName>,
}

/// What names stand for in code; its parameters also as `$1`.
#[derive(Clone, Debug, Default)]
pub(super) struct Variables {
    known: BTreeMap<String, Variable>,
    /// What may stand before the name of a variable: the routine, and the labels of blocks.
    pub(super) labels: Vec<String>,
    /// The parameters whose values are given back.
    pub(super) outputs: Vec<String>,
}

impl Variables {
    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.known.get(name).map(|variable| &variable.value)
    }

    /// Declares it anew; returns what it stands before.
    pub(super) fn declare(&mut self, name: &str, value: Value, of: Option<TypeName>) -> Option<Variable> {
        let value = match &of {
            Some(of) => value.cast(of),
            None => value,
        };
        self.known.insert(name.to_owned(), Variable { value, of })
    }

    /// Ends a declaration: what stood behind it comes back.
    pub(super) fn restore(&mut self, name: String, before: Option<Variable>) {
        match before {
            Some(before) => self.known.insert(name, before),
            None => self.known.remove(&name),
        };
    }

    /// The values of the parameters that are given back.
    pub(super) fn given_back(&self) -> Row {
        self.outputs.iter().map(|name| (name.clone(), self.get(name).cloned().unwrap_or(Value::Unknown))).collect()
    }

    pub(super) fn assign(&mut self, name: &str, value: Value) {
        let of = self.known.get(name).and_then(|variable| variable.of.clone());
        self.declare(name, value, of);
    }

    /// A column of a record, or of a row type.
    pub(super) fn assign_field(&mut self, name: &str, field: &str, value: Value) {
        let Some(variable) = self.known.get_mut(name) else { return };
        let mut row = match std::mem::replace(&mut variable.value, Value::Null) {
            Value::Row(row) => row,
            _ => Row::new(),
        };
        match row.iter_mut().find(|(known, _)| known == field) {
            Some((_, old)) => *old = value,
            None => row.push((field.to_owned(), value)),
        }
        variable.value = Value::Row(row);
    }

    /// A variable under its name, `r.field`, or `label.name`.
    pub(super) fn named(&self, parts: &[String]) -> Value {
        match parts {
            [name] => self.get(name).cloned().unwrap_or(Value::Unknown),
            [of, name] => match self.get(of) {
                Some(Value::Row(row)) => field(row, name).unwrap_or(Value::Unknown),
                Some(Value::Null) => Value::Null,
                None if self.labels.contains(of) => self.get(name).cloned().unwrap_or(Value::Unknown),
                _ => Value::Unknown,
            },
            [label, rest @ ..] if self.labels.contains(label) => self.named(rest),
            _ => Value::Unknown,
        }
    }
}

pub(super) fn field(row: &Row, name: &str) -> Option<Value> {
    row.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
}

pub(super) fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

pub(super) fn name(name: &Ident) -> Value {
    text(name.as_str())
}

pub(super) fn number(count: usize) -> Value {
    i64::try_from(count).map_or(Value::Unknown, Value::Number)
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
            Self::Type(of) => Some(shown_type(&of.base())),
            Self::Array(values) => Some(array_text(values)?),
            Self::Vector(values) => Some(values.iter().map(Self::words).collect::<Option<Vec<_>>>()?.join(" ")),
            Self::Unknown | Self::Null | Self::Row(_) => None,
        }
    }

    /// Whether a part of it is not known.
    pub(super) fn has_unknown(&self) -> bool {
        match self {
            Self::Unknown => true,
            Self::Array(values) | Self::Vector(values) => values.iter().any(Self::has_unknown),
            Self::Row(row) => row.iter().any(|(_, value)| value.has_unknown()),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::Text(_) | Self::Object(_) | Self::Type(_) => false,
        }
    }

    /// `None` where the order is not known; NULL is nothing's equal.
    pub(super) fn order(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Bool(one), Self::Bool(two)) => Some(one.cmp(two)),
            (Self::Number(one), Self::Number(two)) => Some(one.cmp(two)),
            (Self::Text(one), Self::Text(two)) => Some(one.cmp(two)),
            (Self::Object(one), Self::Object(two)) => Some(one.cmp(two)),
            (Self::Type(one), Self::Type(two)) => Some(one.base().to_string().cmp(&two.base().to_string())),
            // No object has a small OID, and none that of a type.
            (Self::Object(_) | Self::Type(_), Self::Number(0)) => Some(Ordering::Greater),
            (Self::Number(0), Self::Object(_) | Self::Type(_)) => Some(Ordering::Less),
            (Self::Array(one) | Self::Vector(one), Self::Array(two) | Self::Vector(two)) => {
                let unequal =
                    one.iter().zip(two).map(|(one, two)| one.order(two)).find(|order| *order != Some(Ordering::Equal));
                unequal.unwrap_or(Some(one.len().cmp(&two.len())))
            }
            // A literal takes the type of the other side.
            (Self::Text(one), Self::Number(two)) => one.trim().parse::<i64>().ok().map(|one| one.cmp(two)),
            (Self::Text(one), Self::Bool(two)) => truth_of(one).map(|one| one.cmp(two)),
            (Self::Text(one), Self::Array(_)) => Self::Array(array_of(one)?).order(other),
            (Self::Text(one), Self::Type(two)) => {
                let one = TypeName::parse(one).ok()?;
                Some(one.base().to_string().cmp(&two.base().to_string()))
            }
            (Self::Number(_) | Self::Bool(_) | Self::Array(_) | Self::Type(_), Self::Text(_)) => {
                other.order(self).map(Ordering::reverse)
            }
            _ => None,
        }
    }

    /// What it is as a value of a type that says nothing of the catalog; of other types it stays as it is.
    pub(super) fn cast(self, to: &TypeName) -> Self {
        if to.array {
            return match self {
                Self::Text(text) => array_of(&text).map_or(Self::Unknown, Self::Array).cast(to),
                Self::Array(values) => Self::Array(values.into_iter().map(|value| value.cast(&to.element())).collect()),
                other => other,
            };
        }
        let is = |names: &[&str]| names.iter().any(|name| to.is_builtin(name));
        match self {
            // A scalar takes the first column.
            Self::Row(row) if to.name.schema.is_none() && !is(&["record"]) => match row.into_iter().next() {
                Some((_, first)) => first.cast(to),
                None => Self::Null,
            },
            Self::Text(text) if is(&["int2", "int4", "int8", "smallint", "integer", "bigint"]) => {
                text.trim().parse().map_or(Self::Unknown, Self::Number)
            }
            Self::Bool(value) if is(&["int4", "integer"]) => Self::Number(i64::from(value)),
            Self::Text(text) if is(&["bool", "boolean"]) => truth_of(&text).map_or(Self::Unknown, Self::Bool),
            value if is(&["text", "varchar", "character varying", "name", "bpchar", "character"]) => match value {
                Self::Null => Self::Null,
                value => value.words().map_or(Self::Unknown, Self::Text),
            },
            value => value,
        }
    }
}

/// `boolin()`
fn truth_of(text: &str) -> Option<bool> {
    parse_bool(text.trim())
}

/// As `regclass` and its like print it, with the schema, which an empty search path would ask for.
fn shown(id: &ObjectId) -> String {
    match id.path() {
        // An index, or what it stands behind, is a relation too.
        [schema, _, name] if matches!(id.class(), Class::Index | Class::Constraint) => {
            shown(&ObjectId::in_schema(Class::Relation, schema, name))
        }
        [schema, _] if *schema == "public" => {
            let all = id.to_string();
            all.strip_prefix("public.").map_or_else(|| all.clone(), str::to_owned)
        }
        _ => id.to_string(),
    }
}

/// The same of a type, as `format_type()` prints it.
pub(super) fn shown_type(of: &TypeName) -> String {
    let name = match &of.name.schema {
        Some(schema) if *schema == "public" => QualifiedName { schema: None, name: of.name.name.clone() },
        _ => of.name.clone(),
    };
    TypeName { name, ..of.clone() }.to_string()
}

/// `array_in()`, of one dimension.
fn array_of(text: &str) -> Option<Vec<Value>> {
    let inner = text.trim().strip_prefix('{')?.strip_suffix('}')?;
    let mut found = Vec::new();
    let mut characters = inner.chars().peekable();
    while characters.peek().is_some() {
        let (mut element, mut is_quoted, mut within) = (String::new(), false, false);
        loop {
            match characters.next() {
                Some('\\') => element.push(characters.next()?),
                Some('"') => (is_quoted, within) = (true, !within),
                Some(',') if !within => break,
                Some('{' | '}') if !within => return None,
                Some(character) => element.push(character),
                None if within => return None,
                None => break,
            }
        }
        let plain = element.trim();
        found.push(match is_quoted {
            true => Value::Text(element),
            false if plain.eq_ignore_ascii_case("null") => Value::Null,
            false => Value::Text(plain.to_owned()),
        });
    }
    Some(found)
}

/// `array_out()`
fn array_text(values: &[Value]) -> Option<String> {
    let shown = values.iter().map(|value| match value {
        Value::Null => Some("NULL".to_owned()),
        value => {
            let text = value.words()?;
            let is_plain = |c: char| !c.is_whitespace() && !"{}\",\\".contains(c);
            if !text.is_empty() && text.chars().all(is_plain) && !text.eq_ignore_ascii_case("null") {
                return Some(text);
            }
            Some(format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")))
        }
    });
    Some(format!("{{{}}}", shown.collect::<Option<Vec<_>>>()?.join(",")))
}
