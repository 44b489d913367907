//! The model: what a schema holds, whichever door it came through. Knows no file, no server, no
//! YAML and no diagnostic.

pub mod attr;
pub mod coverage;
pub mod expr;
pub mod id;
pub mod kind;
pub mod meaning;
pub mod objects;
pub mod shared;
pub mod tree;
pub mod value;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Bound;

pub use attr::{Attr, FileId, Origin, server};
pub use coverage::Coverage;
pub use expr::Expr;
pub use id::{Class, ObjectId, Within};
pub use kind::{AttrDef, Facts, FactsOf, Kind};
pub use meaning::Meaning;
use meaning::Signature;
pub use objects::Objects;

pub use tree::Tree;
pub use value::{AttrValue, Shape, Value, Visitor};

use crate::sql::{Ident, QualifiedName, TypeName};

/// One object and the place that made it.
#[derive(Clone, Debug)]
pub struct Object {
    pub facts: Facts,
    pub origin: Origin,
    /// What it is to expressions; follows from the facts.
    pub meaning: Meaning,
}

impl Object {
    pub fn new(id: &ObjectId, facts: impl Into<Facts>, origin: Origin) -> Self {
        let facts = facts.into();
        Self { meaning: facts.meaning(id), facts, origin }
    }
}

/// All that one source says.
#[derive(Clone, Debug)]
pub struct Catalog {
    pub objects: Objects,
    /// What is known to be there but is of a kind that the model does not hold, and what it is
    /// ("view"). Names resolve to these; nothing about them is compared.
    pub unmodelled: BTreeMap<ObjectId, Unmodelled>,
    pub coverage: Coverage,
    /// The major version of the server that it is of, or is meant for: what names and sugar stand for depends on it.
    pub version: u32,
    /// What is not there any more, or not under that name, and the place that took it away.
    pub gone: BTreeMap<ObjectId, Origin>,
    /// What it does not hold is nowhere: it was read from a server. SQL files may lack what a platform brings.
    pub is_whole: bool,
}

/// The newest major version of PostgreSQL that is known, and the one that SQL files are taken to be for.
pub const NEWEST_VERSION: u32 = 18;

/// The objects among these that belong to `parent`, in the order of their names.
pub fn children<'a>(objects: &'a Objects, parent: &ObjectId) -> impl Iterator<Item = (&'a ObjectId, &'a Object)> {
    objects
        .range((Bound::Excluded(parent), Bound::Unbounded))
        .take_while(move |(id, _)| id.path().starts_with(parent.path()))
        .filter(move |(id, _)| id.is_part_of(parent))
}

/// An object of a kind that the model does not hold yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unmodelled {
    /// In Postgres's words: `view`, `domain`.
    pub what: String,
    pub origin: Origin,
    /// The column a sequence goes away with.
    pub owned_by: Option<ObjectId>,
    /// What it is to expressions.
    pub meaning: Meaning,
}

impl Unmodelled {
    pub fn new(what: impl Into<String>, origin: Origin) -> Self {
        Self { what: what.into(), origin, owned_by: None, meaning: Meaning::Unknown }
    }

    /// Whether it is of a kind that the model does hold, made in a way that it does not.
    pub fn is_a(&self, noun: &str) -> bool {
        self.what == noun || self.what.strip_prefix(noun).is_some_and(|rest| rest.starts_with(" made "))
    }

    /// Whether it comes and goes with something else: a member of an extension, an owned sequence.
    pub fn is_brought_along(&self) -> bool {
        self.owned_by.is_some() || self.what.starts_with("member of ")
    }
}

/// Something a source said that was not understood, so that it is known not to be covered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    pub message: String,
    pub origin: Origin,
}

impl Catalog {
    pub fn new(coverage: Coverage) -> Self {
        Self {
            objects: Objects::new(),
            unmodelled: BTreeMap::new(),
            coverage,
            version: NEWEST_VERSION,
            gone: BTreeMap::new(),
            is_whole: false,
        }
    }

    pub fn facts(&self, id: &ObjectId) -> Option<&Facts> {
        self.objects.get(id).map(|object| &object.facts)
    }

    /// Whether something is called that, modelled or not.
    pub fn exists(&self, id: &ObjectId) -> bool {
        self.objects.contains_key(id) || self.unmodelled.contains_key(id)
    }

    /// All that there is, modelled or not.
    pub fn ids(&self) -> impl Iterator<Item = &ObjectId> {
        let others = self.unmodelled.keys().filter(|id| !self.objects.contains_key(id));
        self.objects.keys().chain(others)
    }

    /// Whether there may be anything of a class.
    pub fn has_any(&self, class: Class) -> bool {
        self.objects.has_any(class) || !self.unmodelled.is_empty()
    }

    /// Whether there may be anything in a schema that is called so: most names of functions and types are the server's.
    pub fn has_called(&self, name: &Ident) -> bool {
        self.objects.has_called(name) || !self.unmodelled.is_empty()
    }

    /// The objects that belong to `parent`, in the order of their names.
    pub fn children(&self, parent: &ObjectId) -> impl Iterator<Item = (&ObjectId, &Object)> {
        children(&self.objects, parent)
    }

    /// The parts of a relation that are of one class.
    pub fn parts(&self, relation: &ObjectId, class: Class) -> impl Iterator<Item = (&ObjectId, &Object)> {
        self.children(relation).filter(move |(id, _)| id.class() == class)
    }

    /// The routines, or operators, of one name in one schema. None where one of them is not known: it could be
    /// the one that is meant.
    pub fn calls(&self, class: Class, schema: &Ident, name: &Ident) -> Vec<&Signature> {
        // Hardly anybody makes operators, and expressions are full of them.
        if !self.has_any(class) {
            return Vec::new();
        }
        let signatures: Option<Vec<&Signature>> =
            self.overloads(class, schema, name).map(|(_, meaning)| meaning.signature()).collect();
        signatures.unwrap_or_default()
    }

    /// The columns of a relation in their order, with their types; none where they are not known.
    pub fn columns_of(&self, relation: &ObjectId) -> Option<Vec<(Ident, TypeName)>> {
        if let Some(other) = self.unmodelled.get(relation) {
            return match &other.meaning {
                Meaning::Columns(columns) => Some(columns.clone()),
                Meaning::Unknown | Meaning::Type(_) | Meaning::Call(_) | Meaning::Cast(_) => None,
            };
        }
        let facts = self.facts(relation)?;
        if let Facts::Sequence(_) = facts {
            let columns = [("last_value", "int8"), ("log_cnt", "int8"), ("is_called", "bool")];
            return Some(columns.map(|(name, of)| (name.into(), TypeName::builtin(of))).to_vec());
        }
        let column = |name: &Ident| Some((name.clone(), self.column(relation, name)?.data_type.get()?.clone()));
        facts.column_order()?.iter().map(column).collect()
    }

    /// The text that reads as this expression. Where a join merges columns that are called differently by now, it
    /// has to give them one name again.
    pub fn text_of<'a>(&self, expr: &'a Expr) -> Cow<'a, str> {
        let columns_of = |relation: &QualifiedName| {
            let id = ObjectId::in_schema(Class::Relation, relation.schema.as_ref()?, &relation.name);
            Some(self.columns_of(&id)?.into_iter().map(|(name, _)| name).collect())
        };
        match expr.tree().map(|tree| (tree, tree.with_merged_names(&columns_of))) {
            Some((tree, named)) if named != *tree => named.to_string().into(),
            _ => expr.text().into(),
        }
    }

    /// Whether a default draws from a sequence that its column owns, as that of a `serial` does.
    pub fn is_serial(&self, column: &ObjectId, default: &str) -> bool {
        let drawn_from = default.strip_prefix("nextval('").and_then(|rest| rest.strip_suffix("'::regclass)"));
        let Some(QualifiedName { schema: Some(schema), name }) = drawn_from.and_then(QualifiedName::parse) else {
            return false;
        };
        let sequence = ObjectId::in_schema(Class::Relation, &schema, &name);
        let owned = self.facts(&sequence).filter(|facts| matches!(facts, Facts::Sequence(_)));
        owned.and_then(|facts| facts.goes_with(&sequence, self)).as_ref() == Some(column)
    }

    /// What a name stands for, whether the model holds it or not.
    pub fn meaning(&self, id: &ObjectId) -> Option<&Meaning> {
        let modelled = self.objects.get(id).map(|object| &object.meaning);
        modelled.or_else(|| self.unmodelled.get(id).map(|other| &other.meaning))
    }

    /// All that share a name in one schema, and differ in what they take.
    pub fn overloads(&self, class: Class, schema: &Ident, name: &Ident) -> impl Iterator<Item = (&ObjectId, &Meaning)> {
        let first = ObjectId::call(class, schema, name, Vec::new());
        let path = first.path().to_vec();
        let same = move |id: &ObjectId| id.class() == class && id.path() == path;
        let and_same = same.clone();
        let modelled = self.objects.range(first.clone()..).take_while(move |(id, _)| same(id));
        let others = self.unmodelled.range(first..).take_while(move |(id, _)| and_same(id));
        modelled.map(|(id, object)| (id, &object.meaning)).chain(others.map(|(id, other)| (id, &other.meaning)))
    }

    /// The facts of an object that is of a known kind.
    pub fn get<K: FactsOf>(&self, id: &ObjectId) -> Option<&K> {
        K::of(self.facts(id)?)
    }

    /// A column's facts, if the model holds the relation and the column.
    pub fn column(&self, relation: &ObjectId, name: &Ident) -> Option<&kind::Column> {
        self.get(&relation.part(Class::Column, name))
    }
}
