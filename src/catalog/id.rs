//! What objects are called.

use std::fmt;

use crate::sql::{Ident, QualifiedName, TypeName};

/// A namespace of names that PostgreSQL keeps apart from the others, called after its catalog.
/// Where the catalog's own key is wider (an index is unique in its schema), the narrower one is
/// used that people name it by: an index belongs to its table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// `pg_namespace`
    Schema,
    /// `pg_extension`
    Extension,
    /// `pg_type`
    Type,
    /// `pg_proc`
    Routine,
    /// `pg_operator`
    Operator,
    /// `pg_cast`
    Cast,
    /// `pg_collation`
    Collation,
    /// `pg_class`, but for indexes
    Relation,
    /// `pg_attribute`
    Column,
    /// `pg_constraint`
    Constraint,
    /// `pg_class`, relkind `i`, unless it belongs to a constraint
    Index,
    /// `pg_policy`
    Policy,
}

/// The identity of an object: its class and its full name. Ordered so that what belongs to an
/// object follows it, and overloads follow each other.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ObjectId {
    path: Vec<Ident>,
    class: Class,
    /// The types of the arguments, by which overloads are told apart; of a cast its source and its target.
    args: Vec<TypeName>,
}

impl ObjectId {
    /// An object outside of any schema: a schema itself, or an extension.
    pub fn top(class: Class, name: &Ident) -> Self {
        Self { class, path: vec![name.clone()], args: Vec::new() }
    }

    /// The cast from one type to another.
    pub fn cast(source: &TypeName, target: &TypeName) -> Self {
        Self { args: vec![source.clone(), target.clone()], ..Self::top(Class::Cast, &Ident::default()) }
    }

    /// A routine, or an operator, that takes these.
    pub fn call(class: Class, schema: &Ident, name: &Ident, args: Vec<TypeName>) -> Self {
        Self { args, ..Self::in_schema(class, schema, name) }
    }

    /// An object in a schema.
    pub fn in_schema(class: Class, schema: &Ident, name: &Ident) -> Self {
        Self { class, path: vec![schema.clone(), name.clone()], args: Vec::new() }
    }

    /// A part of this relation, by its name: a column, a constraint, an index, a policy.
    pub fn part(&self, class: Class, name: &Ident) -> Self {
        let mut path = self.path.clone();
        path.push(name.clone());
        Self { class, path, args: Vec::new() }
    }

    /// The identity that a snapshot spells out, if its path has the length that its class asks for.
    pub fn from_path(class: Class, path: Vec<Ident>, args: Vec<TypeName>) -> Option<Self> {
        let wanted = match class {
            Class::Schema | Class::Extension | Class::Cast => 1,
            Class::Type | Class::Routine | Class::Operator | Class::Collation | Class::Relation => 2,
            Class::Column | Class::Constraint | Class::Index | Class::Policy => 3,
        };
        (path.len() == wanted).then_some(Self { path, class, args })
    }

    pub fn class(&self) -> Class {
        self.class
    }

    pub fn path(&self) -> &[Ident] {
        &self.path
    }

    pub fn args(&self) -> &[TypeName] {
        &self.args
    }

    /// The same with each type of its arguments as `change` has it.
    pub fn map_args(&self, change: impl Fn(&TypeName) -> TypeName) -> Self {
        Self { args: self.args.iter().map(change).collect(), ..self.clone() }
    }

    /// The last part of the full name.
    pub fn name(&self) -> &Ident {
        &self.path[self.path.len() - 1]
    }

    /// The schema it stands in, or itself if it is one.
    pub fn schema(&self) -> Option<&Ident> {
        (!matches!(self.class, Class::Extension | Class::Cast)).then(|| &self.path[0])
    }

    /// What it disappears with: a part's relation, a relation's schema.
    pub fn parent(&self) -> Option<Self> {
        match self.path.as_slice() {
            [schema, _] => Some(Self::top(Class::Schema, schema)),
            [schema, relation, _] => Some(Self::in_schema(Class::Relation, schema, relation)),
            _ => None,
        }
    }

    /// Schema and name of something that stands in a schema.
    pub fn qualified_name(&self) -> QualifiedName {
        match self.path.as_slice() {
            [schema, name, ..] => QualifiedName::new(schema, name),
            _ => QualifiedName { schema: None, name: self.name().clone() },
        }
    }

    /// The same in another schema.
    pub fn in_other_schema(&self, schema: &Ident) -> Self {
        let mut path = self.path.clone();
        path[0] = schema.clone();
        Self { path, ..self.clone() }
    }

    /// The same object, or the same part, under a relation or schema that has been given another name.
    pub fn moved(&self, from: &Self, to: &Self) -> Self {
        let mut path = to.path.clone();
        path.extend_from_slice(self.path.get(from.path.len()..).unwrap_or_default());
        Self { path, class: self.class, args: self.args.clone() }
    }
}

/// The full name, quoted where SQL would need it.
impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let types = || self.args.iter().map(ToString::to_string).collect::<Vec<_>>();
        match (self.class, self.path.as_slice()) {
            (Class::Cast, _) => write!(f, "({})", types().join(" AS ")),
            (Class::Operator, [schema, name]) => write!(f, "{schema}.{} ({})", name.as_str(), types().join(", ")),
            _ => {
                let parts: Vec<String> = self.path.iter().map(Ident::to_string).collect();
                f.write_str(&parts.join("."))?;
                if self.class == Class::Routine { write!(f, "({})", types().join(", ")) } else { Ok(()) }
            }
        }
    }
}
