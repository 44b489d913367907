//! What an expression means once every name and type in it is known.

use std::collections::BTreeSet;
use std::fmt;

use crate::sql::{Ident, QualifiedName};

/// A resolved expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tree(pub String);

impl Tree {
    /// The columns of tables that it reads, each with its table.
    pub fn columns(&self) -> BTreeSet<(QualifiedName, Ident)> {
        BTreeSet::new()
    }

    /// The tables and views that its sub-selects read.
    pub fn relations(&self) -> BTreeSet<QualifiedName> {
        BTreeSet::new()
    }

    pub fn rename_column(&mut self, _relation: &QualifiedName, _from: &Ident, _to: &Ident) {}

    pub fn rename_relation(&mut self, _from: &QualifiedName, _to: &QualifiedName) {}

    pub fn rename_type(&mut self, _from: &QualifiedName, _to: &QualifiedName) {}
}

impl fmt::Display for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
