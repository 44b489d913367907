//! Values that name other objects.

use std::fmt;

use crate::catalog::{AttrValue, Class, ObjectId, Value, Visitor};
use crate::sql::{Ident, QualifiedName, TypeName};

/// A relation, with its schema unless that is `pg_catalog`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RelationName(pub QualifiedName);

impl RelationName {
    pub fn of(id: &ObjectId) -> Self {
        Self(id.qualified_name())
    }

    /// What it names, if that is not the server's own.
    pub fn id(&self) -> Option<ObjectId> {
        Some(ObjectId::in_schema(Class::Relation, self.0.schema.as_ref()?, &self.0.name))
    }
}

impl AttrValue for RelationName {
    fn to_value(&self) -> Value {
        self.0.to_value()
    }

    fn from_value(value: Value) -> Result<Self, String> {
        QualifiedName::from_value(value).map(Self)
    }

    fn visit(&mut self, visitor: &mut dyn Visitor) {
        visitor.relation(&mut self.0);
    }
}

/// Declares names of objects of one class each, which are told apart by their names alone.
macro_rules! names {
    ($($(#[doc = $help:literal])+ $Name:ident of $Class:ident;)+) => {
        $(
            $(#[doc = $help])+
            #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
            pub struct $Name(pub QualifiedName);

            impl $Name {
                pub fn of(id: &ObjectId) -> Self {
                    Self(id.qualified_name())
                }

                /// What it names, if that is not the server's own.
                pub fn id(&self) -> Option<ObjectId> {
                    Some(ObjectId::in_schema(Class::$Class, self.0.schema.as_ref()?, &self.0.name))
                }
            }

            impl AttrValue for $Name {
                fn to_value(&self) -> Value {
                    self.0.to_value()
                }

                fn from_value(value: Value) -> Result<Self, String> {
                    QualifiedName::from_value(value).map(Self)
                }

                fn visit(&mut self, visitor: &mut dyn Visitor) {
                    visitor.object(Class::$Class, &mut self.0);
                }
            }
        )+
    };
}

names! {
    /// A collation, with its schema unless that is `pg_catalog`.
    CollationName of Collation;
    /// A text search parser, likewise.
    ParserName of TextSearchParser;
    /// A text search template, likewise.
    TemplateName of TextSearchTemplate;
    /// A text search dictionary, likewise.
    DictionaryName of TextSearchDictionary;
}

/// A column of a relation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnName {
    pub relation: QualifiedName,
    pub column: Ident,
}

impl ColumnName {
    /// Of the identity of a column.
    pub fn of(id: &ObjectId) -> Self {
        Self { relation: id.qualified_name(), column: id.name().clone() }
    }

    pub fn id(&self) -> Option<ObjectId> {
        let relation = ObjectId::in_schema(Class::Relation, self.relation.schema.as_ref()?, &self.relation.name);
        Some(relation.part(Class::Column, &self.column))
    }
}

impl fmt::Display for ColumnName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.relation, self.column)
    }
}

impl AttrValue for ColumnName {
    fn to_value(&self) -> Value {
        Value::Text(self.to_string())
    }

    fn from_value(value: Value) -> Result<Self, String> {
        let expected = || "a column with its table, such as \"users.id\"".to_owned();
        let Value::Text(text) = value else { return Err(expected()) };
        let mut parts = crate::sql::ident::split_identifiers(&text, '.').ok_or_else(expected)?;
        let column = parts.pop().ok_or_else(expected)?;
        let name = parts.pop().ok_or_else(expected)?;
        Ok(Self { relation: QualifiedName { schema: parts.pop(), name }, column })
    }

    fn visit(&mut self, visitor: &mut dyn Visitor) {
        visitor.column(self);
    }
}

/// A routine, told from others of its name by the types it takes, as `regprocedure` prints it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RoutineName {
    /// Without a schema if that is `pg_catalog`.
    pub name: QualifiedName,
    pub args: Vec<TypeName>,
}

impl RoutineName {
    pub fn of(id: &ObjectId) -> Self {
        Self { name: id.qualified_name(), args: id.args().to_vec() }
    }

    /// What it names, if that is not the server's own.
    pub fn id(&self) -> Option<ObjectId> {
        Some(ObjectId::call(Class::Routine, self.name.schema.as_ref()?, &self.name.name, self.args.clone()))
    }

    /// Reads `app.f(integer, text)`.
    ///
    /// # Errors
    /// What was expected instead, for people.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (name, args) = parse_call(text)?;
        let name = QualifiedName::parse(name).ok_or_else(|| expected(text))?;
        Ok(Self { name, args })
    }
}

impl fmt::Display for RoutineName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({})", self.name, types(&self.args))
    }
}

impl AttrValue for RoutineName {
    fn to_value(&self) -> Value {
        Value::Text(self.to_string())
    }

    fn from_value(value: Value) -> Result<Self, String> {
        let Value::Text(text) = value else { return Err(A_CALL.into()) };
        Self::parse(&text)
    }

    fn visit(&mut self, visitor: &mut dyn Visitor) {
        visitor.routine(self);
        self.args.iter_mut().for_each(|of| visitor.type_name(of));
    }
}

/// An operator, told from others of its name by the types it takes; a prefix operator takes one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OperatorName {
    /// Without a schema if that is `pg_catalog`.
    pub schema: Option<Ident>,
    pub name: Ident,
    pub args: Vec<TypeName>,
}

impl OperatorName {
    pub fn of(id: &ObjectId) -> Self {
        Self { schema: id.schema().cloned(), name: id.name().clone(), args: id.args().to_vec() }
    }

    /// What it names, if that is not the server's own.
    pub fn id(&self) -> Option<ObjectId> {
        Some(ObjectId::call(Class::Operator, self.schema.as_ref()?, &self.name, self.args.clone()))
    }

    /// Reads `app.<(integer, integer)`.
    ///
    /// # Errors
    /// What was expected instead, for people.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (name, args) = parse_call(text)?;
        let symbols = name.rfind(|c: char| !"+-*/<>=~!@#%^&|`?".contains(c)).map_or(0, |at| at + 1);
        let (schema, symbols) = name.split_at(symbols);
        let schema = match schema.strip_suffix('.') {
            Some(schema) => Some(QualifiedName::parse(schema).ok_or_else(|| expected(text))?.name),
            None => None,
        };
        Ok(Self { schema, name: Ident::new(symbols), args })
    }
}

impl fmt::Display for OperatorName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(schema) = &self.schema {
            write!(f, "{schema}.")?;
        }
        write!(f, "{}({})", self.name.as_str(), types(&self.args))
    }
}

impl AttrValue for OperatorName {
    fn to_value(&self) -> Value {
        Value::Text(self.to_string())
    }

    fn from_value(value: Value) -> Result<Self, String> {
        let Value::Text(text) = value else { return Err(A_CALL.into()) };
        Self::parse(&text)
    }

    fn visit(&mut self, visitor: &mut dyn Visitor) {
        visitor.operator(self);
        self.args.iter_mut().for_each(|of| visitor.type_name(of));
    }
}

/// What belongs to an operator class or family, with its number and the types it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FamilyMember<T> {
    /// `amopstrategy`, `amprocnum`
    pub number: i64,
    pub member: T,
    /// The types it is registered for (`amoplefttype`, `amoprighttype`; `amproclefttype`, `amprocrighttype`).
    pub types: Vec<TypeName>,
    /// The family of the order that an ordering operator gives (`amopsortfamily`).
    pub order_by: Option<QualifiedName>,
}

impl<T> FamilyMember<T> {
    /// The order that members are kept in.
    pub fn put_in_order(members: &mut [Self]) {
        members.sort_by(|one, other| (one.number, &one.types).cmp(&(other.number, &other.types)));
    }
}

impl<T: AttrValue + fmt::Display> fmt::Display for FamilyMember<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} for ({})", self.number, self.member, types(&self.types))?;
        self.order_by.as_ref().map_or(Ok(()), |family| write!(f, " order by {family}"))
    }
}

impl<T: AttrValue + fmt::Display> AttrValue for FamilyMember<T> {
    fn to_value(&self) -> Value {
        Value::Text(self.to_string())
    }

    fn from_value(value: Value) -> Result<Self, String> {
        let expected =
            || "a number and a name with its types, such as \"1 <(integer, integer) for (integer, integer)\"";
        let Value::Text(text) = value else { return Err(expected().into()) };
        let (rest, order_by) = match text.split_once(" order by ") {
            Some((rest, family)) => (rest, Some(QualifiedName::parse(family).ok_or_else(expected)?)),
            None => (text.as_str(), None),
        };
        let (number, rest) = rest.split_once(' ').ok_or_else(expected)?;
        let (member, list) = rest.rsplit_once(" for ").ok_or_else(expected)?;
        Ok(Self {
            number: number.parse().map_err(|_| expected())?,
            member: T::from_value(Value::Text(member.to_owned()))?,
            types: parse_call(list)?.1,
            order_by,
        })
    }

    fn visit(&mut self, visitor: &mut dyn Visitor) {
        self.member.visit(visitor);
        self.types.iter_mut().for_each(|of| visitor.type_name(of));
    }
}

fn types(types: &[TypeName]) -> String {
    types.iter().map(TypeName::to_string).collect::<Vec<_>>().join(", ")
}

const A_CALL: &str = "a name with the types it takes, such as \"app.f(integer, text)\"";

fn expected(text: &str) -> String {
    format!("{A_CALL} (this is \"{text}\")")
}

/// The name before the last pair of parentheses, and the types between them.
///
/// # Errors
/// What was expected instead, for people.
pub fn parse_call(text: &str) -> Result<(&str, Vec<TypeName>), String> {
    let inside = text.strip_suffix(')').ok_or_else(|| expected(text))?;
    // A type may have parentheses of its own, and a name in quotes too.
    let (mut depth, mut quoted, mut open) = (1, false, None);
    for (at, c) in inside.char_indices().rev() {
        match c {
            '"' => quoted = !quoted,
            ')' if !quoted => depth += 1,
            '(' if !quoted => {
                depth -= 1;
                if depth == 0 {
                    open = Some(at);
                    break;
                }
            }
            _ => {}
        }
    }
    let open = open.ok_or_else(|| expected(text))?;
    let (mut list, mut from, mut depth, mut quoted) = (Vec::new(), open + 1, 0, false);
    for (at, c) in inside.char_indices().skip_while(|(at, _)| *at <= open) {
        match c {
            '"' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth -= 1,
            ',' if !quoted && depth == 0 => {
                list.push(&inside[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    if !inside[from..].trim().is_empty() {
        list.push(&inside[from..]);
    }
    let types = list.into_iter().map(|of| TypeName::parse(of.trim()).map_err(|error| error.message));
    Ok((&inside[..open], types.collect::<Result<_, _>>()?))
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
    fn names_read_back() {
        check::<RoutineName>("app.f(integer, character varying[])");
        check::<RoutineName>("\"F(\"(app.\"a,b\")");
        check::<RoutineName>("now()");
        check::<OperatorName>("=(integer, integer)");
        check::<OperatorName>("app.<->(point)");
        check::<ColumnName>("app.\"T.t\".id");
        check::<FamilyMember<OperatorName>>("1 <(integer, integer) for (integer, integer) order by app.f");
        check::<FamilyMember<RoutineName>>("3 app.cmp(integer, integer) for (integer, bigint)");
        assert!(RoutineName::parse("f").is_err() && OperatorName::parse("= (").is_err());
    }
}
