//! What a statement changes: the nodes of INSERT, UPDATE, DELETE and MERGE.

use super::{Label, Query, Source, Target, Term};
use crate::sql::{Ident, QualifiedName};

/// A statement that writes to a table, which is the first entry of its range table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub table: QualifiedName,
    pub only: bool,
    pub alias: Label,
    pub action: Action,
    pub returning: Vec<Target>,
    /// What RETURNING calls the row before and after. They are the last entries of the range table.
    pub old_and_new: [Label; 2],
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    Insert { insert: Insert, conflict: Option<Conflict> },
    Update { set: Vec<Assignment>, from: Vec<Source>, filter: Option<Term> },
    Delete { using: Vec<Source>, filter: Option<Term> },
    Merge { source: Box<Source>, on: Term, whens: Vec<When> },
}

/// New rows, in an INSERT of their own or in a MERGE.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Insert {
    /// A column, or a field or element of one.
    pub columns: Vec<Term>,
    /// `OVERRIDING … VALUE`, by its keyword.
    pub overriding: Option<&'static str>,
    pub rows: Rows,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rows {
    /// One of `DEFAULT VALUES`.
    Default,
    Values(Vec<Vec<Term>>),
    Query(Box<Query>),
}

/// `column = value`; several columns take the row of a sub-select.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    pub to: Vec<Term>,
    pub value: Term,
}

/// `ON CONFLICT`: with nothing to set, nothing is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    pub arbiter: Arbiter,
    pub update: Option<(Vec<Assignment>, Option<Term>)>,
}

/// What decides whether there is a conflict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arbiter {
    Any,
    Constraint(Ident),
    /// The keys of an index, each with its collation and operator class, and its predicate.
    Index {
        keys: Vec<Term>,
        filter: Option<Term>,
    },
}

/// `WHEN [NOT] MATCHED … THEN …` of a MERGE.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct When {
    pub case: &'static str,
    pub condition: Option<Term>,
    pub action: WhenAction,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WhenAction {
    Insert(Insert),
    Update(Vec<Assignment>),
    Delete,
    Nothing,
}

impl Change {
    /// What it is called before names are made unique.
    pub fn label(&self) -> Ident {
        self.alias.0.clone().unwrap_or_else(|| self.table.name.clone())
    }

    /// What stands beside the table that is written to.
    pub fn sources(&self) -> &[Source] {
        match &self.action {
            Action::Insert { .. } => &[],
            Action::Update { from: sources, .. } | Action::Delete { using: sources, .. } => sources,
            Action::Merge { source, .. } => std::slice::from_ref(source),
        }
    }
}
