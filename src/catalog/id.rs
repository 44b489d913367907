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
    /// `pg_proc`, by name alone
    Routine,
    /// `pg_operator`, by name alone
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
/// object follows it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ObjectId {
    path: Vec<Ident>,
    class: Class,
}

impl ObjectId {
    /// An object outside of any schema: a schema itself, or an extension.
    pub fn top(class: Class, name: &Ident) -> Self {
        Self { class, path: vec![name.clone()] }
    }

    /// The cast from one type to another.
    pub fn cast(source: &TypeName, target: &TypeName) -> Self {
        Self::top(Class::Cast, &Ident::new(format!("({source} AS {target})")))
    }

    /// The types that a cast is from and to.
    pub fn cast_types(&self) -> Option<(TypeName, TypeName)> {
        let types = self.name().as_str().strip_prefix('(')?.strip_suffix(')').filter(|_| self.class == Class::Cast)?;
        // A name may hold the word too.
        types.match_indices(" AS ").find_map(|(at, word)| {
            let (source, target) = (types.get(..at)?, types.get(at + word.len()..)?);
            TypeName::parse(source).ok().zip(TypeName::parse(target).ok())
        })
    }

    /// An object in a schema.
    pub fn in_schema(class: Class, schema: &Ident, name: &Ident) -> Self {
        Self { class, path: vec![schema.clone(), name.clone()] }
    }

    /// A part of this relation, by its name: a column, a constraint, an index, a policy.
    pub fn part(&self, class: Class, name: &Ident) -> Self {
        let mut path = self.path.clone();
        path.push(name.clone());
        Self { class, path }
    }

    /// The identity that a snapshot spells out, if its path has the length that its class asks for.
    pub fn from_path(class: Class, path: Vec<Ident>) -> Option<Self> {
        let wanted = match class {
            Class::Schema | Class::Extension | Class::Cast => 1,
            Class::Type | Class::Routine | Class::Operator | Class::Collation | Class::Relation => 2,
            Class::Column | Class::Constraint | Class::Index | Class::Policy => 3,
        };
        (path.len() == wanted).then_some(Self { path, class })
    }

    pub fn class(&self) -> Class {
        self.class
    }

    pub fn path(&self) -> &[Ident] {
        &self.path
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

    /// The same object, or the same part, under a relation or schema that has been given another name.
    pub fn moved(&self, from: &Self, to: &Self) -> Self {
        let mut path = to.path.clone();
        path.extend_from_slice(self.path.get(from.path.len()..).unwrap_or_default());
        Self { path, class: self.class }
    }
}

/// The full name, quoted where SQL would need it.
impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<String> = self.path.iter().map(Ident::to_string).collect();
        f.write_str(&parts.join("."))
    }
}
