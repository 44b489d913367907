//! A tree as SQL text, the way `ruleutils.c` writes it under an empty `search_path`.

mod query;
mod statement;

use std::fmt;

use super::{BoolOp, Column, Func, Label, Place, Sort, Standing, SubLink, SubLinkKind, Subscript, Term, Tree, Window};
use crate::catalog::Class;
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
            Term::Object(class, name) => format!("{}::{}", quote(&name.to_string()), alias_type(*class)),
            Term::Column(column) => self.column(column),
            Term::WholeRow { place, table: _ } => format!("{}.*", self.refname(*place).unwrap_or_default()),
            Term::Star(place) => format!("{}.*", self.refname(*place).unwrap_or_default()),
            // What the server adds by itself, and hides.
            Term::Cast { arg, implicit: true, .. } => self.term(arg),
            Term::Cast { arg, to, .. } => match arg.as_ref() {
                Term::Cast { arg, implicit: true, .. } => self.term(arg),
                arg => self.cast(arg, to),
            },
            Term::Op { name, left, right } => {
                let left = left.as_ref().map(|left| format!("{} ", self.term(left))).unwrap_or_default();
                format!("({left}{} {})", operator(name), self.term(right))
            }
            Term::AnyArray { name, all, left, array, of_query } => {
                let (left, array) = (self.term(left), self.term(array));
                // `get_rule_expr()`: without a cast this would be a comparison with the rows of the query.
                let cast = of_query.as_ref().map(|of| format!("::{of}")).unwrap_or_default();
                format!("({left} {} {} ({array}{cast}))", operator(name), quantifier(*all))
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
            Term::Type(of) => of.to_string(),
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
        let clauses = func.clauses.as_ref().map(|clauses| self.term(clauses)).unwrap_or_default();
        let mut text = if func.within_group {
            format!("{}({distinct}{args}) WITHIN GROUP ({})", routine(func), order.trim_start())
        } else {
            format!("{}({distinct}{args}{order}{clauses})", routine(func))
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
}

/// The type whose constants name objects of a class.
fn alias_type(class: Class) -> &'static str {
    match class {
        Class::TextSearchConfiguration => "regconfig",
        Class::TextSearchDictionary => "regdictionary",
        _ => "regclass",
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
        keyword if func.clauses.is_some() => keyword.to_owned(),
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
