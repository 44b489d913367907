//! A tree, a line for each node, for people who want to know what an expression means.

use super::{BoolOp, Label, SubLinkKind, Subscript, Term, Tree};
use crate::sql::QualifiedName;

impl Tree {
    /// Each node with its depth, the root first.
    pub fn outline(&self) -> Vec<(usize, String)> {
        let mut lines = Vec::new();
        self.root.outline(self, 0, &mut lines);
        lines
    }

    fn text(&self, term: &Term) -> String {
        Self { root: Box::new(term.clone()), shown: None, ..self.clone() }.to_string()
    }
}

impl Term {
    fn outline(&self, tree: &Tree, depth: usize, lines: &mut Vec<(usize, String)>) {
        lines.push((depth, self.head(tree)));
        for child in self.children() {
            child.outline(tree, depth + 1, lines);
        }
    }

    /// What a node is, without its parts.
    fn head(&self, tree: &Tree) -> String {
        match self {
            Self::Const { value: Some(value), data_type } => format!("constant '{value}' of type {data_type}"),
            Self::Const { value: None, data_type } => format!("NULL of type {data_type}"),
            Self::Object(class, name) => format!("the {} {name}", class.word().replace('_', " ")),
            Self::Column(column) => match &column.table {
                Some(table) => format!("column {} of {table}", column.name),
                None => format!("column {}", column.name),
            },
            Self::WholeRow { table: Some(table), .. } => format!("row of {table}"),
            Self::WholeRow { table: None, .. } => "row".to_owned(),
            Self::Star(_) => "all columns".to_owned(),
            Self::Cast { to, implicit: true, .. } => format!("coercion to {to}, which may not lose anything"),
            Self::Cast { to, .. } => format!("cast to {to}"),
            Self::Op { name, .. } => format!("operator {}", full(name)),
            Self::AnyArray { name, all, .. } => format!("operator {} {} array", full(name), quantifier(*all)),
            Self::Bool { op: BoolOp::And, .. } => "AND".to_owned(),
            Self::Bool { op: BoolOp::Or, .. } => "OR".to_owned(),
            Self::Not(_) => "NOT".to_owned(),
            Self::NullTest { negated, .. } => format!("IS {}NULL", not(*negated)),
            Self::BooleanTest { value, negated, .. } => format!("IS {}{value}", not(*negated)),
            Self::Distinct { name, .. } => format!("IS DISTINCT FROM, by operator {}", full(name)),
            Self::NullIf { name, .. } => format!("NULLIF, by operator {}", full(name)),
            Self::Func(func) => format!("function {}", full(&func.name)),
            Self::SqlValue(text) => text.clone(),
            Self::Case { arg: Some(_), .. } => "CASE of a value".to_owned(),
            Self::Case { arg: None, .. } => "CASE".to_owned(),
            Self::Listed { keyword, .. } => (*keyword).to_owned(),
            Self::Array { of, .. } => format!("ARRAY of {of}"),
            Self::Field { name, .. } => format!("field {name}"),
            Self::Subscripts { .. } => "subscript".to_owned(),
            Self::Collate { collation, .. } => format!("COLLATE {collation}"),
            Self::Named { name, .. } => format!("argument {name}"),
            Self::Param { name: Label(Some(name)), .. } => format!("argument {name}"),
            Self::Param { number, .. } => format!("argument ${number}"),
            Self::SubLink(link) => {
                let what = match &link.kind {
                    SubLinkKind::Exists => "EXISTS".to_owned(),
                    SubLinkKind::Scalar => "value of".to_owned(),
                    SubLinkKind::Array => "ARRAY of".to_owned(),
                    SubLinkKind::Row { name, .. } => format!("operator {} row of", full(name)),
                    SubLinkKind::Compare { name, all, .. } => {
                        format!("operator {} {} of", full(name), quantifier(*all))
                    }
                };
                let query = Self::Query { query: Box::new(link.query.clone()), columns: Vec::new() };
                format!("{what} {}", tree.text(&query))
            }
            Self::Type(of) => format!("type {of}"),
            Self::Syntax { words, .. } => words.join("…"),
            Self::Query { .. } => tree.text(self),
            Self::Raw(text) => format!("not understood: {text}"),
        }
    }

    fn children(&self) -> Vec<&Self> {
        match self {
            Self::Const { .. }
            | Self::Object(..)
            | Self::Column(_)
            | Self::WholeRow { .. }
            | Self::Star(_)
            | Self::SqlValue(_)
            | Self::Param { .. }
            | Self::Type(_)
            | Self::Query { .. }
            | Self::Raw(_) => Vec::new(),
            Self::Cast { arg, .. }
            | Self::Not(arg)
            | Self::NullTest { arg, .. }
            | Self::BooleanTest { arg, .. }
            | Self::Field { arg, .. }
            | Self::Collate { arg, .. }
            | Self::Named { arg, .. } => vec![arg],
            Self::Op { left, right, .. } => left.as_deref().into_iter().chain([&**right]).collect(),
            Self::AnyArray { left, array: right, .. }
            | Self::Distinct { left, right, .. }
            | Self::NullIf { left, right, .. } => vec![left, right],
            Self::Bool { args, .. } | Self::Listed { args, .. } | Self::Syntax { args, .. } => args.iter().collect(),
            Self::Array { elements, .. } => elements.iter().collect(),
            Self::Func(func) => {
                let order = func.order.iter().map(|key| &key.term);
                func.args.iter().chain(order).chain(&func.filter).collect()
            }
            Self::Case { arg, whens, default } => {
                let whens = whens.iter().flat_map(|(condition, result)| [condition, result]);
                arg.as_deref().into_iter().chain(whens).chain(default.as_deref()).collect()
            }
            Self::Subscripts { arg, subscripts } => {
                let bounds = subscripts.iter().flat_map(|subscript| match subscript {
                    Subscript::At(term) => vec![term],
                    Subscript::Slice(lower, upper) => lower.iter().chain(upper).collect(),
                });
                std::iter::once(&**arg).chain(bounds).collect()
            }
            Self::SubLink(link) => match &link.kind {
                SubLinkKind::Exists | SubLinkKind::Scalar | SubLinkKind::Array => Vec::new(),
                SubLinkKind::Row { test, .. } | SubLinkKind::Compare { test, .. } => test.iter().collect(),
            },
        }
    }
}

/// A name with its schema, be it that of the server itself.
fn full(name: &QualifiedName) -> String {
    match &name.schema {
        Some(schema) => format!("{schema}.{}", name.name.as_str()),
        None => format!("pg_catalog.{}", name.name.as_str()),
    }
}

fn quantifier(all: bool) -> &'static str {
    if all { "ALL" } else { "ANY" }
}

fn not(negated: bool) -> &'static str {
    if negated { "NOT " } else { "" }
}
