//! What objects are called.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use rustc_hash::FxHasher;
use smallvec::{SmallVec, smallvec};

use crate::sql::{Ident, QualifiedName, TypeName};

/// Declares [`Class`], with the word for each and what its names stand in.
macro_rules! classes {
    ($($(#[doc = $help:literal])+ $Class:ident = $word:literal in $Within:ident;)+) => {
        /// A namespace of names that PostgreSQL keeps apart from the others, called after its catalog.
        /// Where the catalog's own key is wider (an index is unique in its schema), the narrower one is
        /// used that people name it by: an index belongs to its table.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Class { $($(#[doc = $help])+ $Class),+ }

        impl Class {
            pub const ALL: &'static [Self] = &[$(Self::$Class),+];

            /// The word that snapshots use.
            pub fn word(self) -> &'static str {
                match self { $(Self::$Class => $word),+ }
            }

            /// What the full names of its objects begin with.
            pub fn within(self) -> Within {
                match self { $(Self::$Class => Within::$Within),+ }
            }

            /// Whether the full names of its objects begin with a schema that they stand in.
            pub fn has_schema(self) -> bool {
                matches!(self.within(), Within::Schema | Within::AccessMethod | Within::Relation | Within::Type)
            }
        }
    };
}

/// What an object stands in, and so what its full name is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Within {
    /// Nothing but the database: the name alone.
    Database,
    /// Nothing either, but it takes two names: a user mapping has a server and a role.
    Pair,
    /// Schema and name.
    Schema,
    /// Schema, access method, name.
    AccessMethod,
    /// Schema, relation, name.
    Relation,
    /// Schema, type, name.
    Type,
    /// The role that creates, the schema (empty for all), the sort of object.
    Role,
}

impl Within {
    /// How many names a full name has.
    pub fn parts(self) -> usize {
        match self {
            Self::Database => 1,
            Self::Pair | Self::Schema => 2,
            Self::AccessMethod | Self::Relation | Self::Type | Self::Role => 3,
        }
    }
}

classes! {
    /// `pg_namespace`
    Schema = "schema" in Database;
    /// `pg_extension`
    Extension = "extension" in Database;
    /// `pg_authid`
    Role = "role" in Database;
    /// `pg_language`
    Language = "language" in Database;
    /// `pg_am`
    AccessMethod = "access_method" in Database;
    /// `pg_type`
    Type = "type" in Schema;
    /// `pg_constraint`, of domains
    DomainConstraint = "domain_constraint" in Type;
    /// `pg_proc`
    Routine = "routine" in Schema;
    /// `pg_operator`
    Operator = "operator" in Schema;
    /// `pg_opfamily`
    OperatorFamily = "operator_family" in AccessMethod;
    /// `pg_opclass`
    OperatorClass = "operator_class" in AccessMethod;
    /// `pg_cast`
    Cast = "cast" in Database;
    /// `pg_collation`
    Collation = "collation" in Schema;
    /// `pg_conversion`
    Conversion = "conversion" in Schema;
    /// `pg_ts_parser`
    TextSearchParser = "text_search_parser" in Schema;
    /// `pg_ts_template`
    TextSearchTemplate = "text_search_template" in Schema;
    /// `pg_ts_dict`
    TextSearchDictionary = "text_search_dictionary" in Schema;
    /// `pg_ts_config`
    TextSearchConfiguration = "text_search_configuration" in Schema;
    /// `pg_foreign_data_wrapper`
    ForeignDataWrapper = "foreign_data_wrapper" in Database;
    /// `pg_foreign_server`
    ForeignServer = "foreign_server" in Database;
    /// `pg_user_mapping`: the server and the role
    UserMapping = "user_mapping" in Pair;
    /// `pg_class`, but for indexes
    Relation = "relation" in Schema;
    /// `pg_attribute`
    Column = "column" in Relation;
    /// `pg_constraint`, of relations
    Constraint = "constraint" in Relation;
    /// `pg_class`, relkind `i`, unless it belongs to a constraint
    Index = "index" in Relation;
    /// `pg_policy`
    Policy = "policy" in Relation;
    /// `pg_trigger`
    Trigger = "trigger" in Relation;
    /// `pg_rewrite`
    Rule = "rule" in Relation;
    /// `pg_statistic_ext`
    Statistics = "statistics" in Schema;
    /// `pg_event_trigger`
    EventTrigger = "event_trigger" in Database;
    /// `pg_publication`
    Publication = "publication" in Database;
    /// `pg_subscription`
    Subscription = "subscription" in Database;
    /// `pg_default_acl`
    DefaultPrivileges = "default_privileges" in Role;
}

/// The identity of an object: its class and its full name. Ordered so that what belongs to an
/// object follows it, and overloads follow each other.
#[derive(Clone)]
pub struct ObjectId(Arc<Name>);

/// No full name has more parts than three, so they stand in one place.
type Path = SmallVec<[Ident; 3]>;

/// Shared, for there are many copies of each, and most of them are compared with another of the same.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Name {
    path: Path,
    class: Class,
    /// The types of the arguments, by which overloads are told apart; of a cast its source and its target.
    args: Vec<TypeName>,
    /// Of all that stands before.
    hash: u64,
}

impl PartialEq for ObjectId {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0.hash == other.0.hash && self.0 == other.0
    }
}

impl Eq for ObjectId {}

impl Hash for ObjectId {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.0.hash);
    }
}

impl Ord for ObjectId {
    fn cmp(&self, other: &Self) -> Ordering {
        if Arc::ptr_eq(&self.0, &other.0) { Ordering::Equal } else { self.0.cmp(&other.0) }
    }
}

impl PartialOrd for ObjectId {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Debug for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {self}", self.0.class)
    }
}

impl ObjectId {
    fn new(class: Class, path: Path, args: Vec<TypeName>) -> Self {
        let mut hasher = FxHasher::default();
        (&path, class, &args).hash(&mut hasher);
        Self(Arc::new(Name { path, class, args, hash: hasher.finish() }))
    }

    /// An object outside of any schema: a schema itself, or an extension.
    pub fn top(class: Class, name: &Ident) -> Self {
        Self::new(class, smallvec![name.clone()], Vec::new())
    }

    /// The cast from one type to another.
    pub fn cast(source: &TypeName, target: &TypeName) -> Self {
        Self::new(Class::Cast, smallvec![Ident::default()], vec![source.clone(), target.clone()])
    }

    /// A routine, or an operator, that takes these.
    pub fn call(class: Class, schema: &Ident, name: &Ident, args: Vec<TypeName>) -> Self {
        Self::new(class, smallvec![schema.clone(), name.clone()], args)
    }

    /// An object in a schema.
    pub fn in_schema(class: Class, schema: &Ident, name: &Ident) -> Self {
        Self::new(class, smallvec![schema.clone(), name.clone()], Vec::new())
    }

    /// A part of this relation, or type, by its name: a column, a constraint, an index, a policy.
    pub fn part(&self, class: Class, name: &Ident) -> Self {
        let mut path = self.0.path.clone();
        path.push(name.clone());
        Self::new(class, path, Vec::new())
    }

    /// What a role grants on a sort of things that it will make in a schema, or with an empty name in any.
    pub fn default_privileges(role: &Ident, schema: &Ident, sort: &str) -> Self {
        let path = smallvec![role.clone(), schema.clone(), Ident::new(sort)];
        Self::new(Class::DefaultPrivileges, path, Vec::new())
    }

    /// How a role is known to a foreign server.
    pub fn user_mapping(server: &Ident, role: &Ident) -> Self {
        Self::new(Class::UserMapping, smallvec![server.clone(), role.clone()], Vec::new())
    }

    /// An operator class or family, of an access method.
    pub fn of_method(class: Class, schema: &Ident, method: &Ident, name: &Ident) -> Self {
        Self::new(class, smallvec![schema.clone(), method.clone(), name.clone()], Vec::new())
    }

    /// The identity that a path spells out, if that has the length that its class asks for.
    pub fn from_path(class: Class, path: Vec<Ident>, args: Vec<TypeName>) -> Option<Self> {
        (path.len() == class.within().parts()).then(|| Self::new(class, path.into_iter().collect(), args))
    }

    pub fn class(&self) -> Class {
        self.0.class
    }

    pub fn path(&self) -> &[Ident] {
        &self.0.path
    }

    pub fn args(&self) -> &[TypeName] {
        &self.0.args
    }

    /// The same with each type of its arguments as `change` has it.
    pub fn map_args(&self, change: impl Fn(&TypeName) -> TypeName) -> Self {
        Self::new(self.0.class, self.0.path.clone(), self.0.args.iter().map(change).collect())
    }

    /// The last part of the full name.
    pub fn name(&self) -> &Ident {
        &self.0.path[self.0.path.len() - 1]
    }

    /// The schema it stands in, or itself if it is one.
    pub fn schema(&self) -> Option<&Ident> {
        match self.0.class.within() {
            Within::Database if self.0.class == Class::Schema => Some(&self.0.path[0]),
            Within::Database | Within::Pair | Within::Role => None,
            Within::Schema | Within::AccessMethod | Within::Relation | Within::Type => Some(&self.0.path[0]),
        }
    }

    /// What it disappears with: a part's relation, a relation's schema.
    pub fn parent(&self) -> Option<Self> {
        let class = self.class_of_parent()?;
        Some(Self::new(class, self.0.path[..class.within().parts()].into(), Vec::new()))
    }

    /// Whether it disappears with this one.
    pub fn is_part_of(&self, other: &Self) -> bool {
        self.class_of_parent() == Some(other.0.class) && self.0.path.starts_with(&other.0.path)
    }

    fn class_of_parent(&self) -> Option<Class> {
        match self.0.class.within() {
            Within::Database | Within::Role => None,
            Within::Pair => Some(Class::ForeignServer),
            Within::Schema | Within::AccessMethod => Some(Class::Schema),
            Within::Relation => Some(Class::Relation),
            Within::Type => Some(Class::Type),
        }
    }

    /// Schema and name of something that stands in a schema.
    pub fn qualified_name(&self) -> QualifiedName {
        match self.0.path.as_slice() {
            [schema, _, name] if self.0.class.within() == Within::AccessMethod => QualifiedName::new(schema, name),
            [schema, name, ..] => QualifiedName::new(schema, name),
            _ => QualifiedName { schema: None, name: self.name().clone() },
        }
    }

    /// The same in another schema.
    pub fn in_other_schema(&self, schema: &Ident) -> Self {
        let mut path = self.0.path.clone();
        path[0] = schema.clone();
        Self::new(self.0.class, path, self.0.args.clone())
    }

    /// The same object, or the same part, under a relation or schema that has been given another name.
    pub fn moved(&self, from: &Self, to: &Self) -> Self {
        let mut path = to.0.path.clone();
        path.extend(self.0.path.iter().skip(from.0.path.len()).cloned());
        Self::new(self.0.class, path, self.0.args.clone())
    }
}

/// The full name, quoted where SQL would need it.
impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let types = || self.0.args.iter().map(ToString::to_string).collect::<Vec<_>>();
        match (self.0.class, self.0.path.as_slice()) {
            (Class::Cast, _) => write!(f, "({})", types().join(" AS ")),
            (Class::Operator, [schema, name]) => write!(f, "{schema}.{} ({})", name.as_str(), types().join(", ")),
            _ => {
                let parts: Vec<String> = self.0.path.iter().map(Ident::to_string).collect();
                f.write_str(&parts.join("."))?;
                if self.0.class == Class::Routine { write!(f, "({})", types().join(", ")) } else { Ok(()) }
            }
        }
    }
}
