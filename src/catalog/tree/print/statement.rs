//! Statements that change rows (`get_insert_query_def()` and its like).

use super::Printer;
use crate::catalog::tree::{Action, Arbiter, Assignment, Change, Conflict, Insert, Rows, Term, When, WhenAction};
use crate::sql::Ident;

impl Printer {
    /// The names of its range table: the table, what stands beside it, and the rows that only have a keyword.
    pub(super) fn names_of_change(&self, change: &Change, names: &mut Vec<Ident>) {
        self.choose_name(change.label(), names);
        change.sources().iter().for_each(|source| self.choose_names(source, names));
        if let Action::Insert { conflict: Some(Conflict { update: Some(_), .. }), .. } = &change.action {
            names.push(Ident::new("excluded"));
        }
        for (alias, usual) in change.old_and_new.iter().zip(["old", "new"]) {
            names.push(alias.0.clone().unwrap_or_else(|| Ident::new(usual)));
        }
    }

    pub(super) fn change(&mut self, change: &Change) -> String {
        let refname = self.levels.last().and_then(|names| names.first()).cloned().unwrap_or_default();
        let only = if change.only { "ONLY " } else { "" };
        let alias = if refname == change.table.name { String::new() } else { format!(" AS {refname}") };
        let target = format!("{only}{}{alias}", change.table);
        let mut item = 1;
        let mut text = match &change.action {
            Action::Insert { insert, conflict } => {
                let rows = self.insert(insert);
                let conflict = conflict.as_ref().map(|conflict| self.conflict(conflict)).unwrap_or_default();
                format!(" INSERT INTO {target}{rows}{conflict}")
            }
            Action::Update { set, from, filter } => {
                let from = self.sources(" FROM ", from, &mut item);
                format!(" UPDATE {target} SET {}{from}{}", self.assignments(set), self.filter(filter.as_ref()))
            }
            Action::Delete { using, filter } => {
                let using = self.sources(" USING ", using, &mut item);
                format!(" DELETE FROM {target}{using}{}", self.filter(filter.as_ref()))
            }
            Action::Merge { source, on, whens } => {
                let source = self.sources(" USING ", std::slice::from_ref(source), &mut item);
                let on = self.term(on);
                let whens: String = whens.iter().map(|when| self.when(when)).collect();
                format!(" MERGE INTO {target}{source} ON {on}{whens}")
            }
        };
        if !change.returning.is_empty() {
            let [old, new] = &change.old_and_new;
            let said = [("OLD", old), ("NEW", new)];
            let said = said.into_iter().filter_map(|(word, alias)| Some(format!("{word} AS {}", alias.0.as_ref()?)));
            let said = said.collect::<Vec<_>>().join(", ");
            let with = if said.is_empty() { said } else { format!(" WITH ({said})") };
            text += &format!(" RETURNING{with}{}", self.targets(&change.returning));
        }
        text
    }

    fn filter(&mut self, filter: Option<&Term>) -> String {
        filter.map(|filter| format!(" WHERE {}", self.term(filter))).unwrap_or_default()
    }

    fn insert(&mut self, insert: &Insert) -> String {
        let Insert { columns, overriding, rows } = insert;
        let columns: Vec<String> = columns.iter().map(|column| self.assigned(column)).collect();
        let columns = if columns.is_empty() { String::new() } else { format!(" ({})", columns.join(", ")) };
        let overriding = overriding.map(|word| format!(" OVERRIDING {word} VALUE")).unwrap_or_default();
        let rows = match rows {
            Rows::Default => " DEFAULT VALUES".to_owned(),
            Rows::Values(rows) => {
                let rows: Vec<String> = rows.iter().map(|row| format!("({})", self.list(row))).collect();
                format!(" VALUES {}", rows.join(", "))
            }
            Rows::Query(query) => self.query(query),
        };
        format!("{columns}{overriding}{rows}")
    }

    fn assignments(&mut self, set: &[Assignment]) -> String {
        let mut one = |Assignment { to, value }: &Assignment| {
            let value = self.term(value);
            let columns: Vec<String> = to.iter().map(|column| self.assigned(column)).collect();
            match columns.as_slice() {
                [column] => format!("{column} = {value}"),
                several => format!("({}) = {value}", several.join(", ")),
            }
        };
        set.iter().map(&mut one).collect::<Vec<_>>().join(", ")
    }

    /// What is written to has no qualifier, and needs no parentheses (`processIndirection()`).
    fn assigned(&mut self, term: &Term) -> String {
        match term {
            Term::Column(column) => column.name.to_string(),
            Term::Field { arg, name } => format!("{}.{name}", self.assigned(arg)),
            Term::Subscripts { arg, subscripts } => {
                let base = self.assigned(arg);
                subscripts.iter().fold(base, |text, subscript| text + &self.subscript(subscript))
            }
            other => self.term(other),
        }
    }

    fn conflict(&mut self, conflict: &Conflict) -> String {
        let arbiter = match &conflict.arbiter {
            Arbiter::Any => String::new(),
            Arbiter::Constraint(name) => format!(" ON CONSTRAINT {name}"),
            Arbiter::Index { keys, filter } => {
                let keys: Vec<String> = keys.iter().map(|key| self.arbiter_key(key)).collect();
                format!(" ({}){}", keys.join(", "), self.filter(filter.as_ref()))
            }
        };
        let action = match &conflict.update {
            None => "NOTHING".to_owned(),
            Some((set, filter)) => {
                format!("UPDATE SET {}{}", self.assignments(set), self.filter(filter.as_ref()))
            }
        };
        format!(" ON CONFLICT{arbiter} DO {action}")
    }

    fn arbiter_key(&mut self, key: &Term) -> String {
        match key {
            Term::Column(column) => column.name.to_string(),
            Term::Syntax { words, args } => match args.as_slice() {
                [key] => self.arbiter_key(key) + &words.concat(),
                _ => self.term(key),
            },
            other => format!("({})", self.term(other)),
        }
    }

    fn when(&mut self, when: &When) -> String {
        let condition = when.condition.as_ref().map(|condition| format!(" AND {}", self.term(condition)));
        let action = match &when.action {
            WhenAction::Insert(insert) => format!("INSERT{}", self.insert(insert)),
            WhenAction::Update(set) => format!("UPDATE SET {}", self.assignments(set)),
            WhenAction::Delete => "DELETE".to_owned(),
            WhenAction::Nothing => "DO NOTHING".to_owned(),
        };
        format!(" WHEN {}{} THEN {action}", when.case, condition.unwrap_or_default())
    }
}
