//! A tree as SQL text, the way `ruleutils.c` writes it under an empty `search_path`.

use std::fmt;

use super::{
    Body, BoolOp, Column, Func, Group, Item, ItemKind, JoinKind, Label, Place, Query, Select, Sort, Source, Standing,
    SubLink, SubLinkKind, Subscript, Term, Tree, Window,
};
use crate::sql::{Ident, QualifiedName, TypeName};

impl fmt::Display for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let own = match &self.standing {
            Standing::Alone => Vec::new(),
            Standing::On(relation) => vec![relation.name.clone()],
            Standing::OldAndNew(_) => vec![Ident::from("old"), Ident::from("new")],
        };
        f.write_str(&Printer { levels: vec![own] }.term(self.shown.as_deref().unwrap_or(&self.root)))
    }
}

/// The names by which range table entries are referred to, query by query, the outermost first.
struct Printer {
    levels: Vec<Vec<Ident>>,
}

impl Printer {
    fn term(&mut self, term: &Term) -> String {
        match term {
            Term::Const { value, data_type } => constant(value.as_deref(), data_type),
            Term::Regclass(name) => format!("{}::regclass", quote(&name.to_string())),
            Term::Column(column) => self.column(column),
            Term::WholeRow { place, table: _ } => format!("{}.*", self.refname(*place).unwrap_or_default()),
            Term::Cast { arg, to, .. } => self.cast(arg, to),
            Term::Op { name, left, right } => {
                let left = left.as_ref().map(|left| format!("{} ", self.term(left))).unwrap_or_default();
                format!("({left}{} {})", operator(name), self.term(right))
            }
            Term::AnyArray { name, all, left, array } => {
                let (left, array) = (self.term(left), self.term(array));
                format!("({left} {} {} ({array}))", operator(name), quantifier(*all))
            }
            Term::Bool { op, args } => {
                let word = match op {
                    BoolOp::And => " AND ",
                    BoolOp::Or => " OR ",
                };
                format!("({})", args.iter().map(|arg| self.term(arg)).collect::<Vec<_>>().join(word))
            }
            Term::Not(arg) => format!("(NOT {})", self.term(arg)),
            Term::NullTest { arg, negated } => format!("({} IS {}NULL)", self.term(arg), not(*negated)),
            Term::BooleanTest { arg, value, negated } => format!("({} IS {}{value})", self.term(arg), not(*negated)),
            Term::Distinct { name: _, left, right } => {
                format!("({} IS DISTINCT FROM {})", self.term(left), self.term(right))
            }
            Term::NullIf { name: _, left, right } => format!("NULLIF({}, {})", self.term(left), self.term(right)),
            Term::Func(func) => self.func(func),
            Term::SqlValue(text) | Term::Raw(text) => text.clone(),
            Term::Case { arg, whens, default } => {
                let arg = arg.as_ref().map(|arg| format!(" {}", self.term(arg))).unwrap_or_default();
                let whens: String = whens
                    .iter()
                    .map(|(condition, result)| format!(" WHEN {} THEN {}", self.term(condition), self.term(result)))
                    .collect();
                let default = default.as_ref().map(|term| format!(" ELSE {}", self.term(term))).unwrap_or_default();
                format!("CASE{arg}{whens}{default} END")
            }
            Term::Listed { keyword, args } => format!("{keyword}({})", self.list(args)),
            Term::Array { elements, of } => self.array(elements, of),
            Term::Field { arg, name } => format!("({}).{name}", self.term(arg)),
            Term::Subscripts { arg, subscripts } => {
                let base = match arg.as_ref() {
                    Term::Column(column) => self.column(column),
                    other => format!("({})", self.term(other)),
                };
                let subscripts: String = subscripts.iter().map(|subscript| self.subscript(subscript)).collect();
                format!("{base}{subscripts}")
            }
            Term::Collate { arg, collation } => format!("({} COLLATE {collation})", self.term(arg)),
            Term::Named { name, arg } => format!("{name} => {}", self.term(arg)),
            Term::SubLink(link) => self.sublink(link),
            Term::Query { query, columns: _ } => self.query(query).trim_start().to_owned(),
            Term::Param { number, name: Label(None) } => format!("${number}"),
            Term::Param { name: Label(Some(name)), .. } => name.to_string(),
            Term::Syntax { words, args } => {
                let args = args.iter().map(|arg| self.term(arg)).chain([String::new()]);
                words.iter().zip(args).map(|(word, arg)| format!("{word}{arg}")).collect()
            }
        }
    }

    fn list(&mut self, terms: &[Term]) -> String {
        terms.iter().map(|term| self.term(term)).collect::<Vec<_>>().join(", ")
    }

    /// Bare where the expression has but one relation in sight (`get_variable()`).
    fn column(&self, column: &Column) -> String {
        match self.refname(column.place) {
            Some(refname) if self.levels.len() > 1 || self.levels[0].len() > 1 => format!("{refname}.{}", column.name),
            _ => column.name.to_string(),
        }
    }

    fn refname(&self, place: Place) -> Option<String> {
        let level = self.levels.len().checked_sub(place.level + 1)?;
        self.levels[level].get(place.item).map(Ident::to_string)
    }

    /// `get_coercion_expr()`
    fn cast(&mut self, arg: &Term, to: &TypeName) -> String {
        match arg {
            // A length is applied to a constant of the type: 'abc'::varchar(2).
            Term::Const { value: Some(value), data_type } if *data_type == to.base() => {
                format!("{}::{to}", quote(value))
            }
            other => format!("({})::{to}", self.term(other)),
        }
    }

    /// Elements that were all coerced after the fact print as one cast of the array.
    fn array(&mut self, elements: &[Term], of: &TypeName) -> String {
        let inner: Option<Vec<Term>> = elements
            .iter()
            .map(|element| match element {
                Term::Cast { arg, to, .. } if to == of && matches!(**arg, Term::Const { .. }) => Some((**arg).clone()),
                _ => None,
            })
            .collect();
        match inner {
            Some(inner) if inner.is_empty() => format!("ARRAY[]::{}", of.array_of()),
            Some(inner) => format!("(ARRAY[{}])::{}", self.list(&inner), of.array_of()),
            None => format!("ARRAY[{}]", self.list(elements)),
        }
    }

    fn subscript(&mut self, subscript: &Subscript) -> String {
        let mut bound = |term: &Option<Term>| term.as_ref().map(|term| self.term(term)).unwrap_or_default();
        match subscript {
            Subscript::At(term) => format!("[{}]", self.term(term)),
            Subscript::Slice(lower, upper) => format!("[{}:{}]", bound(lower), bound(upper)),
        }
    }

    fn func(&mut self, func: &Func) -> String {
        if let ("extract", None, [Term::Const { value: Some(field), .. }, from]) =
            (func.name.name.as_str(), &func.name.schema, func.args.as_slice())
        {
            return format!("EXTRACT({} FROM {})", Ident::from(field), self.term(from));
        }
        let mut args = if func.star { "*".into() } else { self.list(&func.args) };
        if func.variadic
            && let Some((last, rest)) = func.args.split_last()
        {
            let rest: String = rest.iter().map(|arg| format!("{}, ", self.term(arg))).collect();
            args = format!("{rest}VARIADIC {}", self.term(last));
        }
        let distinct = if func.distinct { "DISTINCT " } else { "" };
        let order = self.order(&func.order);
        let mut text = if func.within_group {
            format!("{}({distinct}{args}) WITHIN GROUP ({})", routine(func), order.trim_start())
        } else {
            format!("{}({distinct}{args}{order})", routine(func))
        };
        if let Some(filter) = &func.filter {
            text += &format!(" FILTER (WHERE {})", self.term(filter));
        }
        if let Some(window) = &func.over {
            text += &format!(" OVER ({})", self.window(window));
        }
        text
    }

    /// `get_rule_windowspec()`
    fn window(&mut self, window: &Window) -> String {
        let mut text = match window.partition.as_slice() {
            [] => String::new(),
            terms => format!("PARTITION BY {}", self.list(terms)),
        };
        text += &self.order(&window.order);
        let has = |bit: i32| window.frame & bit != 0;
        if has(0x1) {
            text += if has(0x2) {
                " RANGE "
            } else if has(0x4) {
                " ROWS "
            } else {
                " GROUPS "
            };
            let mut offset = |term: &Option<Term>| term.as_ref().map(|term| self.term(term)).unwrap_or_default();
            let start = match window.frame {
                frame if frame & 0x20 != 0 => "UNBOUNDED PRECEDING".to_owned(),
                frame if frame & 0x200 != 0 => "CURRENT ROW".to_owned(),
                frame if frame & 0x800 != 0 => format!("{} PRECEDING", offset(&window.start)),
                _ => format!("{} FOLLOWING", offset(&window.start)),
            };
            let end = match window.frame {
                frame if frame & 0x100 != 0 => "UNBOUNDED FOLLOWING".to_owned(),
                frame if frame & 0x400 != 0 => "CURRENT ROW".to_owned(),
                frame if frame & 0x1000 != 0 => format!("{} PRECEDING", offset(&window.end)),
                _ => format!("{} FOLLOWING", offset(&window.end)),
            };
            text += &if has(0x10) { format!("BETWEEN {start} AND {end}") } else { start };
            text += match window.frame {
                frame if frame & 0x8000 != 0 => " EXCLUDE CURRENT ROW",
                frame if frame & 0x10000 != 0 => " EXCLUDE GROUP",
                frame if frame & 0x20000 != 0 => " EXCLUDE TIES",
                _ => "",
            };
        }
        text.trim_start().to_owned()
    }

    fn order(&mut self, keys: &[Sort]) -> String {
        if keys.is_empty() {
            return String::new();
        }
        let keys: Vec<String> = keys
            .iter()
            .map(|key| {
                let direction = match (&key.using, key.descending, key.nulls_first) {
                    (Some(name), _, true) => format!(" USING {} NULLS FIRST", operator(name)),
                    (Some(name), _, false) => format!(" USING {}", operator(name)),
                    (None, false, false) => String::new(),
                    (None, false, true) => " NULLS FIRST".to_owned(),
                    (None, true, true) => " DESC".to_owned(),
                    (None, true, false) => " DESC NULLS LAST".to_owned(),
                };
                format!("{}{direction}", self.key(&key.term))
            })
            .collect();
        format!(" ORDER BY {}", keys.join(", "))
    }

    /// A sort or group key; a number would mean a position if it stood there bare, and does
    /// where it is one of a set operation.
    fn key(&mut self, term: &Term) -> String {
        match term {
            Term::Const { value: Some(value), data_type } if data_type.is_builtin("int4") => {
                format!("{}::integer", quote(value))
            }
            other => self.term(other),
        }
    }

    fn sublink(&mut self, link: &SubLink) -> String {
        match &link.kind {
            SubLinkKind::Exists => format!("(EXISTS ({}))", self.query(&link.query)),
            SubLinkKind::Scalar => format!("({})", self.query(&link.query)),
            SubLinkKind::Array => format!("ARRAY({})", self.query(&link.query)),
            SubLinkKind::Row { name, test } => {
                format!("(({}) {} ({}))", self.list(test), operator(name), self.query(&link.query))
            }
            SubLinkKind::Compare { name, all, test } => {
                let test = match test.as_slice() {
                    [one] => self.term(one),
                    row => format!("({})", self.list(row)),
                };
                let word = if !all && name.schema.is_none() && name.name == "=" {
                    "IN".to_owned()
                } else {
                    format!("{} {}", operator(name), quantifier(*all))
                };
                format!("({test} {word} ({}))", self.query(&link.query))
            }
        }
    }

    fn query(&mut self, query: &Query) -> String {
        let mut names = Vec::new();
        if let Body::Select(select) = &query.body {
            select.from.iter().for_each(|source| self.choose_names(source, &mut names));
        }
        self.levels.push(names);
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
            let columns = columns(&cte.columns);
            text += &format!("{word} {}{columns} AS {materialized}({})", cte.name, self.query(&cte.query));
        }
        text += &match &query.body {
            Body::Select(select) => self.select(select),
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

    fn select(&mut self, select: &Select) -> String {
        let mut text = String::from(" SELECT");
        match &select.distinct {
            None => {}
            Some(on) if on.is_empty() => text += " DISTINCT",
            Some(on) => text += &format!(" DISTINCT ON ({})", self.list(on)),
        }
        let targets: Vec<String> = select
            .targets
            .iter()
            .map(|target| {
                let own = matches!((&target.term, &target.name.0), (Term::Column(c), Some(name)) if c.name == *name);
                match (&target.name.0, &target.term) {
                    // A bare `t.*` would be all the columns.
                    (Some(name), Term::WholeRow { place: _, table: Some(table) }) => {
                        format!(" {}::{table} AS {name}", self.term(&target.term))
                    }
                    (Some(name), _) if !own => format!(" {} AS {name}", self.term(&target.term)),
                    _ => format!(" {}", self.term(&target.term)),
                }
            })
            .collect();
        text += &targets.join(",");
        let mut item = 0;
        let sources: Vec<String> = select.from.iter().map(|source| self.source(source, &mut item)).collect();
        if !sources.is_empty() {
            text += &format!(" FROM {}", sources.join(", "));
        }
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

    /// `set_rtable_names()`: a name that is taken, here or further out, gets a number.
    fn choose_names(&self, source: &Source, names: &mut Vec<Ident>) {
        match source {
            Source::Item(item) => {
                let wanted = item.label();
                let mut name = wanted.clone();
                let mut number = 0;
                while names.contains(&name) || self.levels.iter().flatten().any(|taken| *taken == name) {
                    number += 1;
                    name = Ident::new(format!("{}_{number}", wanted.as_str()));
                }
                names.push(name);
            }
            Source::Join { left, right, .. } => {
                self.choose_names(left, names);
                self.choose_names(right, names);
            }
        }
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
                    None => format!(" USING {}", columns(using)),
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
                let alias = if *refname == name.name { String::new() } else { format!(" {refname}") };
                format!("{only}{name}{alias}")
            }
            ItemKind::Cte(name) if name == refname && item.columns.is_empty() => name.to_string(),
            ItemKind::Cte(name) => format!("{name} {refname}{}", columns(&item.columns)),
            ItemKind::Query(query) => {
                format!("{lateral}({}) {refname}{}", self.query(query), columns(&item.columns))
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
            ItemKind::Function { calls, ordinality: _ } => match calls.first() {
                Some((Term::Func(func), _)) => func.name.name.clone(),
                _ => Ident::new("function"),
            },
        }
    }
}

/// `get_const_expr()`
fn constant(value: Option<&str>, data_type: &TypeName) -> String {
    let Some(value) = value else { return format!("NULL::{data_type}") };
    if data_type.name.schema.is_none() && !data_type.array {
        let number = value.starts_with(|c: char| c.is_ascii_digit());
        match data_type.name.name.as_str() {
            "bool" => return value.to_owned(),
            "unknown" => return quote(value),
            "int4" if number => return value.to_owned(),
            "numeric" if number && value.contains(['.', 'e', 'E']) => return value.to_owned(),
            "bit" => return format!("B'{value}'"),
            _ => {}
        }
    }
    format!("{}::{data_type}", quote(value))
}

/// A string literal that reads the same whatever `standard_conforming_strings` says.
fn quote(text: &str) -> String {
    let quoted = text.replace('\'', "''");
    if text.contains('\\') { format!("E'{}'", quoted.replace('\\', "\\\\")) } else { format!("'{quoted}'") }
}

fn operator(name: &QualifiedName) -> String {
    match &name.schema {
        None => name.name.as_str().to_owned(),
        Some(schema) => format!("OPERATOR({schema}.{})", name.name.as_str()),
    }
}

/// The built-in functions that the grammar gives a form of its own are called by their quoted name.
fn routine(func: &Func) -> String {
    match func.name.name.as_str() {
        name @ ("extract" | "normalize") if func.name.schema.is_none() => format!("pg_catalog.\"{name}\""),
        _ => func.name.to_string(),
    }
}

fn quantifier(all: bool) -> &'static str {
    if all { "ALL" } else { "ANY" }
}

fn not(negated: bool) -> &'static str {
    if negated { "NOT " } else { "" }
}

fn definitions(columns: &[(Ident, TypeName)]) -> String {
    let columns: Vec<String> = columns.iter().map(|(name, of)| format!("{name} {of}")).collect();
    format!("({})", columns.join(", "))
}

fn columns(names: &[Ident]) -> String {
    if names.is_empty() {
        return String::new();
    }
    format!("({})", names.iter().map(Ident::to_string).collect::<Vec<_>>().join(", "))
}
