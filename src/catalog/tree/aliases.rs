//! Joins of columns that have one name no more: to be printed, a relation gets other names for its columns
//! (`set_using_names()` in `ruleutils.c`).

use std::collections::BTreeMap;

use super::{Column, Item, Merged, Names, Term, Tree};
use crate::sql::{Ident, QualifiedName};

/// The columns of a relation, in their order.
type ColumnsOf<'a> = &'a dyn Fn(&QualifiedName) -> Option<Vec<Ident>>;

impl Tree {
    /// The same, where each join finds what it merges under one name.
    pub fn with_merged_names(&self, columns_of: ColumnsOf<'_>) -> Self {
        let mut found = Walk { columns_of: Some(columns_of), ..Walk::default() };
        let mut tree = self.clone();
        let root = tree.shown.as_deref_mut().unwrap_or(&mut tree.root);
        root.visit(&mut found);
        root.visit(&mut Walk { aliases: found.aliases, ..Walk::default() });
        tree
    }
}

/// A relation in FROM: which query of the tree it stands in, and which entry of its range table it is.
type Entry = (usize, usize);

/// Looks for what needs names, and gives them the second time.
#[derive(Default)]
struct Walk<'a> {
    columns_of: Option<ColumnsOf<'a>>,
    /// The names that a relation has, and those that it gets.
    aliases: BTreeMap<Entry, (Vec<Ident>, Vec<Ident>)>,
    /// The queries around, and how many entries of each were seen.
    around: Vec<Entry>,
    queries: usize,
}

impl Walk<'_> {
    /// What the column of a relation is called in FROM.
    fn shown(&self, column: &Column) -> Ident {
        if column.table.is_none() {
            return column.name.clone();
        }
        let around = self.around.len().checked_sub(column.place.level + 1).and_then(|at| self.around.get(at));
        let names = around.and_then(|(query, _)| self.aliases.get(&(*query, column.place.item)));
        let place = names.and_then(|(real, aliases)| real.iter().zip(aliases).find(|(real, _)| **real == column.name));
        place.map_or(&column.name, |(_, alias)| alias).clone()
    }

    fn call(&mut self, column: &Column, name: &Ident, columns_of: ColumnsOf<'_>) {
        let (Some(table), Some((query, _))) = (&column.table, self.around.last()) else { return };
        let real = columns_of(table).unwrap_or_default();
        let (real, aliases) =
            self.aliases.entry((*query, column.place.item)).or_insert_with(|| (real.clone(), real.clone()));
        for (alias, _) in aliases.iter_mut().zip(real).filter(|(_, real)| **real == column.name) {
            alias.clone_from(name);
        }
    }
}

impl Names for Walk<'_> {
    fn enter(&mut self) {
        self.around.push((self.queries, 0));
        self.queries += 1;
    }

    fn leave(&mut self) {
        self.around.pop();
    }

    fn using(&mut self, columns: &mut [Merged]) {
        for Merged { left, right } in columns {
            let (on_left, on_right) = (self.shown(left), self.shown(right));
            match self.columns_of {
                None => left.name = on_left,
                Some(_) if on_left == on_right => {}
                Some(columns_of) if right.table.is_some() => self.call(right, &on_left, columns_of),
                Some(columns_of) => self.call(left, &on_right, columns_of),
            }
        }
    }

    fn item(&mut self, item: &mut Item) {
        let Some((query, seen)) = self.around.last_mut() else { return };
        if let (None, Some((_, aliases))) = (self.columns_of, self.aliases.get(&(*query, *seen))) {
            item.columns.clone_from(aliases);
        }
        *seen += 1;
    }

    fn term(&mut self, term: &mut Term) {
        if let (Term::Column(column), None) = (term, self.columns_of) {
            column.name = self.shown(column);
        }
    }
}
