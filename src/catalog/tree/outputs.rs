//! The columns that a query gives.

use super::walk::Names;
use super::{Body, Label, Query, Target, Term, Tree};
use crate::sql::Ident;

impl Query {
    /// The columns of a view have names even where nobody gave them one.
    pub fn name_columns(&mut self, names: &[Ident]) {
        match &mut self.body {
            Body::Select(select) => {
                for (target, name) in select.targets.iter_mut().zip(names) {
                    target.name = Label(Some(name.clone()));
                }
            }
            Body::Change(change) => {
                for (target, name) in change.returning.iter_mut().zip(names) {
                    target.name = Label(Some(name.clone()));
                }
            }
            Body::SetOperation { left, .. } => left.name_columns(names),
            Body::Values(_) => {}
        }
    }

    /// The same with these names for its columns, unless it says others itself.
    pub(super) fn with_names(&self, names: &[Ident]) -> Option<Self> {
        let targets = self.first_targets()?;
        let takes = |(target, name): (&Target, &Ident)| {
            !matches!(target.term, Term::Star(_)) && target.name.0.as_ref().is_none_or(|own| own == name)
        };
        if targets.len() != names.len() || !targets.iter().zip(names).all(takes) {
            return None;
        }
        let mut named = self.clone();
        named.name_columns(names);
        Some(named)
    }

    /// Those that give the columns their names.
    fn first_targets(&self) -> Option<&[Target]> {
        match &self.body {
            Body::Select(select) => Some(&select.targets),
            Body::Change(change) => Some(&change.returning),
            Body::SetOperation { left, .. } => left.first_targets(),
            Body::Values(_) => None,
        }
    }

    /// What each column is, where one term says so: not if several queries give it, or rows of values.
    fn column_terms(&self) -> Option<Vec<&Term>> {
        match &self.body {
            Body::Select(select) => Some(select.targets.iter().map(|target| &target.term).collect()),
            Body::Change(change) => Some(change.returning.iter().map(|target| &target.term).collect()),
            Body::SetOperation { .. } | Body::Values(_) => None,
        }
    }
}

/// Takes the names of columns away that nobody sees: those of a set operation are named by its first query.
struct Unseen;

impl Names for Unseen {
    fn query(&mut self, query: &mut Query) {
        if let Body::SetOperation { right, .. } = &mut query.body {
            right.forget_names();
        }
    }
}

impl Query {
    fn forget_names(&mut self) {
        match &mut self.body {
            // A key of the order could be one of the names.
            Body::Select(select) if self.order.is_empty() => {
                select.targets.iter_mut().for_each(|target| target.name = Label(None));
            }
            Body::SetOperation { left, right, .. } => {
                left.forget_names();
                right.forget_names();
            }
            Body::Select(_) | Body::Values(_) | Body::Change(_) => {}
        }
    }
}

impl Tree {
    /// Takes the names of columns away that no one can refer to.
    pub fn forget_unseen_names(&mut self) {
        self.visit(&mut Unseen);
    }

    /// The names of the columns that it gives, if it is a query that was understood.
    pub fn column_names(&self) -> Option<&[Ident]> {
        match self.root.as_ref() {
            Term::Query { columns, .. } => Some(columns),
            _ => None,
        }
    }

    /// Calls the columns that a query gives so.
    pub fn name_columns(&mut self, names: &[Ident]) {
        if let Term::Query { query, columns } = self.root.as_mut() {
            for (column, name) in columns.iter_mut().zip(names) {
                column.clone_from(name);
            }
            query.name_columns(columns);
        }
    }

    /// What each column of a query is, where one term says so.
    pub fn column_terms(&self) -> Option<Vec<&Term>> {
        match self.root.as_ref() {
            Term::Query { query, .. } => query.column_terms(),
            _ => None,
        }
    }
}
