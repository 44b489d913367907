//! Queries, and what stands in FROM.

use super::{Printer, quote};
use crate::catalog::tree::{Body, Cycle, Group, Item, ItemKind, JoinKind, Query, Search, Select, Source, Target, Term};
use crate::sql::{Ident, TypeName};

impl Printer {
    pub(super) fn query(&mut self, query: &Query) -> String {
        let mut names = Vec::new();
        match &query.body {
            Body::Select(select) => select.from.iter().for_each(|source| self.choose_names(source, &mut names)),
            Body::Change(change) => self.names_of_change(change, &mut names),
            Body::Values(_) | Body::SetOperation { .. } => {}
        }
        self.levels.push(names);
        let mut text = String::new();
        text += &self.with_clause(query);
        text += &match &query.body {
            Body::Select(select) => self.select(select),
            Body::Change(change) => self.change(change),
            Body::Values(rows) => {
                let rows: Vec<String> = rows.iter().map(|row| format!("({})", self.list(row))).collect();
                format!(" VALUES {}", rows.join(", "))
            }
            Body::SetOperation { keyword, all, left, right } => {
                let all = if *all { " ALL" } else { "" };
                format!(" ({}) {keyword}{all} ({})", self.query(left), self.query(right))
            }
        };
        text += &self.order(&query.order);
        if let Some(offset) = &query.offset {
            text += &format!(" OFFSET {}", self.term(offset));
        }
        match &query.limit {
            Some(limit) if query.with_ties => text += &format!(" FETCH FIRST ({}) ROWS WITH TIES", self.term(limit)),
            Some(limit) => text += &format!(" LIMIT {}", self.term(limit)),
            None => {}
        }
        for clause in &query.locking {
            text += &format!(" {clause}");
        }
        self.levels.pop();
        text
    }

    /// `get_with_clause()`
    fn with_clause(&mut self, query: &Query) -> String {
        let mut text = String::new();
        for (position, cte) in query.ctes.iter().enumerate() {
            let word = match (position, query.recursive) {
                (0, true) => " WITH RECURSIVE",
                (0, false) => " WITH",
                _ => ",",
            };
            let materialized = match cte.materialized {
                None => "",
                Some(true) => "MATERIALIZED ",
                Some(false) => "NOT MATERIALIZED ",
            };
            let (query, columns) = self.named_query(&cte.query, &cte.columns);
            text += &format!("{word} {}{columns} AS {materialized}({query})", cte.name);
            if let Some(Search { breadth_first, by, column }) = &cte.search {
                let first = if *breadth_first { "BREADTH" } else { "DEPTH" };
                text += &format!(" SEARCH {first} FIRST BY {} SET {column}", list(by));
            }
            if let Some(Cycle { by, mark, value, default, path }) = &cte.cycle {
                let (value, default) = (self.mark(value), self.mark(default));
                text += &format!(" CYCLE {} SET {mark} TO {value} DEFAULT {default} USING {path}", list(by));
            }
        }
        text
    }

    /// A query in brackets, and the names of its columns where they have to stand behind it.
    fn named_query(&mut self, query: &Query, names: &[Ident]) -> (String, String) {
        match query.with_names(names) {
            Some(named) => (self.query(&named), String::new()),
            None => (self.query(query), columns(names)),
        }
    }

    /// The grammar takes a constant for the mark of a cycle, and no cast.
    fn mark(&mut self, mark: &Term) -> String {
        match mark {
            Term::Const { value: Some(value), data_type } if !data_type.is_builtin("bool") => {
                format!("{data_type} {}", quote(value))
            }
            Term::Const { value: None, .. } => "NULL".to_owned(),
            other => self.term(other),
        }
    }

    fn select(&mut self, select: &Select) -> String {
        let mut text = String::from(" SELECT");
        match &select.distinct {
            None => {}
            Some(on) if on.is_empty() => text += " DISTINCT",
            Some(on) => text += &format!(" DISTINCT ON ({})", self.list(on)),
        }
        text += &self.targets(&select.targets);
        text += &self.sources(" FROM ", &select.from, &mut 0);
        for (word, condition) in [("WHERE", &select.filter), ("HAVING", &select.having)] {
            if word == "HAVING" && !select.group.is_empty() {
                let distinct = if select.group_distinct { "DISTINCT " } else { "" };
                text += &format!(" GROUP BY {distinct}{}", self.group(&select.group));
            }
            if let Some(condition) = condition {
                text += &format!(" {word} {}", self.term(condition));
            }
        }
        text
    }

    pub(super) fn targets(&mut self, targets: &[Target]) -> String {
        let mut one = |target: &Target| {
            let own = matches!((&target.term, &target.name.0), (Term::Column(c), Some(name)) if c.name == *name);
            match (&target.name.0, &target.term) {
                // A bare `t.*` would be all the columns.
                (Some(name), Term::WholeRow { place: _, table: Some(table) }) => {
                    format!(" {}::{table} AS {name}", self.term(&target.term))
                }
                (Some(name), _) if !own => format!(" {} AS {name}", self.term(&target.term)),
                _ => format!(" {}", self.term(&target.term)),
            }
        };
        targets.iter().map(&mut one).collect::<Vec<_>>().join(",")
    }

    /// What stands in FROM or USING; `item` counts the entries of the range table.
    pub(super) fn sources(&mut self, word: &str, sources: &[Source], item: &mut usize) -> String {
        let sources: Vec<String> = sources.iter().map(|source| self.source(source, item)).collect();
        if sources.is_empty() { String::new() } else { format!("{word}{}", sources.join(", ")) }
    }

    fn group(&mut self, parts: &[Group]) -> String {
        let mut part = |part: &Group| match part {
            Group::By(term) => self.key(term),
            Group::Several(terms) => {
                format!("({})", terms.iter().map(|term| self.key(term)).collect::<Vec<_>>().join(", "))
            }
            Group::Sets { keyword, parts } => format!("{keyword} ({})", self.group(parts)),
        };
        parts.iter().map(&mut part).collect::<Vec<_>>().join(", ")
    }

    pub(super) fn choose_names(&self, source: &Source, names: &mut Vec<Ident>) {
        match source {
            Source::Item(item) => self.choose_name(item.label(), names),
            Source::Join { left, right, .. } => {
                self.choose_names(left, names);
                self.choose_names(right, names);
            }
        }
    }

    /// `set_rtable_names()`: a name that is taken, here or further out, gets a number.
    pub(super) fn choose_name(&self, wanted: Ident, names: &mut Vec<Ident>) {
        let mut name = wanted.clone();
        let mut number = 0;
        while names.contains(&name) || self.levels.iter().flatten().any(|taken| *taken == name) {
            number += 1;
            name = Ident::new(format!("{}_{number}", wanted.as_str()));
        }
        names.push(name);
    }

    fn source(&mut self, source: &Source, item: &mut usize) -> String {
        match source {
            Source::Item(entry) => {
                let refname = self.levels.last().and_then(|names| names.get(*item)).cloned().unwrap_or_default();
                *item += 1;
                self.item(entry, &refname)
            }
            Source::Join { kind, left, right, using, on, alias: _ } => {
                let (left, right) = (self.source(left, item), self.source(right, item));
                let word = match kind {
                    JoinKind::Inner if using.is_empty() && on.is_none() => "CROSS JOIN",
                    JoinKind::Inner => "JOIN",
                    JoinKind::Left => "LEFT JOIN",
                    JoinKind::Right => "RIGHT JOIN",
                    JoinKind::Full => "FULL JOIN",
                };
                let condition = match on {
                    Some(on) => format!(" ON ({})", self.term(on)),
                    None if using.is_empty() => String::new(),
                    None => format!(
                        " USING ({})",
                        list(&using.iter().map(|column| column.left.name.clone()).collect::<Vec<_>>())
                    ),
                };
                format!("({left} {word} {right}{condition})")
            }
        }
    }

    fn item(&mut self, item: &Item, refname: &Ident) -> String {
        let sample = item.sample.as_ref().map(|sample| {
            let repeatable = sample.repeatable.as_ref().map(|term| format!(" REPEATABLE ({})", self.term(term)));
            format!(" TABLESAMPLE {} ({}){}", sample.method, self.list(&sample.args), repeatable.unwrap_or_default())
        });
        self.item_itself(item, refname) + &sample.unwrap_or_default()
    }

    fn item_itself(&mut self, item: &Item, refname: &Ident) -> String {
        let lateral = if item.lateral { "LATERAL " } else { "" };
        match &item.what {
            ItemKind::Relation { name, only } => {
                let only = if *only { "ONLY " } else { "" };
                let is_plain = *refname == name.name && item.columns.is_empty();
                let alias = if is_plain { String::new() } else { format!(" {refname}{}", columns(&item.columns)) };
                format!("{only}{name}{alias}")
            }
            ItemKind::Cte(name) if name == refname && item.columns.is_empty() => name.to_string(),
            ItemKind::Cte(name) => format!("{name} {refname}{}", columns(&item.columns)),
            ItemKind::Query(query) => {
                let (query, columns) = self.named_query(query, &item.columns);
                format!("{lateral}({query}) {refname}{columns}")
            }
            ItemKind::TableFunction { keyword, clauses } => {
                format!("{lateral}{keyword}({}) {refname}{}", self.term(clauses), columns(&item.columns))
            }
            ItemKind::Function { calls, ordinality } => {
                let ordinality = if *ordinality { " WITH ORDINALITY" } else { "" };
                let text = match calls.as_slice() {
                    // What it is told to have stands behind the name.
                    [(call, defined)] if !defined.is_empty() => {
                        return format!("{lateral}{}{ordinality} {refname}{}", self.term(call), definitions(defined));
                    }
                    [(call, _)] => self.term(call),
                    several => {
                        let mut one = |(call, defined): &(Term, Vec<(Ident, TypeName)>)| match defined.as_slice() {
                            [] => self.term(call),
                            defined => format!("{} AS {}", self.term(call), definitions(defined)),
                        };
                        format!("ROWS FROM ({})", several.iter().map(&mut one).collect::<Vec<_>>().join(", "))
                    }
                };
                format!("{lateral}{text}{ordinality} {refname}{}", columns(&item.columns))
            }
        }
    }
}

impl Item {
    /// What it is called before names are made unique.
    pub fn label(&self) -> Ident {
        if let Some(alias) = &self.alias.0 {
            return alias.clone();
        }
        match &self.what {
            ItemKind::Relation { name, only: _ } => name.name.clone(),
            ItemKind::Cte(name) => name.clone(),
            ItemKind::Query(_) => Ident::new("unnamed_subquery"),
            ItemKind::TableFunction { keyword, clauses: _ } => Ident::new(keyword.to_ascii_lowercase()),
            ItemKind::Function { calls, ordinality: _ } => match calls.first() {
                Some((Term::Func(func), _)) => func.name.name.clone(),
                _ => Ident::new("function"),
            },
        }
    }
}

fn definitions(columns: &[(Ident, TypeName)]) -> String {
    let columns: Vec<String> = columns.iter().map(|(name, of)| format!("{name} {of}")).collect();
    format!("({})", columns.join(", "))
}

fn columns(names: &[Ident]) -> String {
    if names.is_empty() {
        return String::new();
    }
    format!("({})", list(names))
}

fn list(names: &[Ident]) -> String {
    names.iter().map(Ident::to_string).collect::<Vec<_>>().join(", ")
}
