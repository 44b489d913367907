//! What an expression means once every name and type in it is known.
//!
//! The terms follow the nodes of a query tree as the server stores it (`primnodes.h`,
//! `parsenodes.h`): no sugar is left, and every coercion the server adds by itself is a
//! [`Term::Cast`] like one that the user wrote. What only labels something is not compared.

mod aliases;
mod alike;
mod names;
mod outline;
mod outputs;
mod print;
mod statement;
mod walk;

use std::fmt;

use super::Class;
use crate::sql::{Ident, QualifiedName, TypeName};
pub use names::Called;
pub use statement::{Action, Arbiter, Assignment, Change, Conflict, Insert, Rows, When, WhenAction};
pub use walk::Names;

/// A resolved expression. Equal exactly when the terms are equal; where it is coerced to the type
/// of its column, and the columns have different types, when it is before that: the type is an
/// attribute of its own.
#[derive(Clone, Debug)]
pub struct Tree {
    /// The meaning, down to the coercion that storing it in a column asks for.
    pub root: Box<Term>,
    /// What is printed, where the server hides such a coercion.
    pub shown: Option<Box<Term>>,
    pub standing: Standing,
    /// What could not be looked up, so that what is around it stays as it is written, each once.
    pub unresolved: Vec<Unresolved>,
}

impl Tree {
    /// Before the coercion that storing it asks for.
    fn uncoerced(&self) -> &Term {
        self.shown.as_deref().unwrap_or(&self.root)
    }
}

impl PartialEq for Tree {
    fn eq(&self, other: &Self) -> bool {
        self.root == other.root || self.shown.is_some() | other.shown.is_some() && self.uncoerced() == other.uncoerced()
    }
}

impl Eq for Tree {}

/// Something in an expression of which it could not be told what it stands for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unresolved {
    /// A name, and what it would be the name of, where that can be told.
    Name(Option<Class>, String),
    /// A text that only the type itself can read.
    Value { text: String, data_type: TypeName },
    /// Syntax, as it is written.
    Syntax(String),
}

impl fmt::Display for Unresolved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(None, name) => f.write_str(name),
            Self::Name(Some(Class::Routine), name) => write!(f, "the function {name}"),
            Self::Name(Some(Class::Relation), name) => write!(f, "the table {name}"),
            Self::Name(Some(class), name) => write!(f, "the {} {name}", class.word().replace('_', " ")),
            Self::Value { text, data_type } => write!(f, "the value '{text}' of type {data_type}"),
            Self::Syntax(text) => write!(f, "the expression {text}"),
        }
    }
}

/// Whose columns it can name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    Alone,
    /// A relation's, without qualification.
    On(QualifiedName),
    /// Two rows of a relation, as `old` and `new`.
    OldAndNew(QualifiedName),
}

/// One node. A name without a schema is one of `pg_catalog`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Term {
    /// A constant as its type prints it; `None` is NULL.
    Const {
        value: Option<String>,
        data_type: TypeName,
    },
    /// A constant of type `regclass`, `regconfig` or `regdictionary`: an object by its name.
    Object(Class, QualifiedName),
    Column(Column),
    /// A whole row of a range table entry.
    WholeRow {
        place: Place,
        table: Option<QualifiedName>,
    },
    /// All the columns of a range table entry, where nobody knows which these are.
    Star(Place),
    Cast {
        arg: Box<Term>,
        to: TypeName,
        /// Cut to the length of the type without having been asked to, so that nothing but spaces may be lost.
        implicit: bool,
        /// Takes the length off again that a value of this very type has.
        relabels: bool,
    },
    /// An operator; a prefix operator has no left side.
    Op {
        name: QualifiedName,
        left: Option<Box<Term>>,
        right: Box<Term>,
    },
    /// `left op ANY (array)`, or with ALL.
    AnyArray {
        name: QualifiedName,
        all: bool,
        left: Box<Term>,
        array: Box<Term>,
        /// The type of an array that is the one value of a query.
        of_query: Option<Box<TypeName>>,
    },
    /// A flat chain.
    Bool {
        op: BoolOp,
        args: Vec<Term>,
    },
    Not(Box<Term>),
    NullTest {
        arg: Box<Term>,
        negated: bool,
    },
    /// `IS TRUE` and its like; `value` is the keyword.
    BooleanTest {
        arg: Box<Term>,
        value: &'static str,
        negated: bool,
    },
    Distinct {
        name: QualifiedName,
        left: Box<Term>,
        right: Box<Term>,
    },
    NullIf {
        name: QualifiedName,
        left: Box<Term>,
        right: Box<Term>,
    },
    Func(Box<Func>),
    /// `CURRENT_DATE` and its like, with its precision.
    SqlValue(String),
    Case {
        arg: Option<Box<Term>>,
        whens: Vec<(Term, Term)>,
        default: Option<Box<Term>>,
    },
    /// `COALESCE`, `GREATEST`, `LEAST`, `ROW`.
    Listed {
        keyword: &'static str,
        args: Vec<Term>,
    },
    Array {
        elements: Vec<Term>,
        of: TypeName,
    },
    Field {
        arg: Box<Term>,
        name: Ident,
    },
    Subscripts {
        arg: Box<Term>,
        subscripts: Vec<Subscript>,
    },
    Collate {
        arg: Box<Term>,
        collation: QualifiedName,
    },
    /// An argument by name.
    Named {
        name: Ident,
        arg: Box<Term>,
    },
    SubLink(Box<SubLink>),
    /// An argument of the routine whose body it is, by its position, with the name that it has.
    Param {
        number: usize,
        name: Label,
    },
    /// Syntax with words of its own, `XMLPARSE(DOCUMENT x)`: the words before, between and behind the arguments.
    Syntax {
        words: Vec<String>,
        args: Vec<Term>,
    },
    /// A type that such syntax names.
    Type(TypeName),
    /// A whole query, with the names of its columns.
    Query {
        query: Box<Query>,
        columns: Vec<Ident>,
    },
    /// Syntax that is not understood, as text.
    Raw(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BoolOp {
    And,
    Or,
}

/// Where a range table entry stands: how many queries further out, and the how-manieth there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub level: usize,
    pub item: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    pub place: Place,
    /// The relation that has the column; none for the column of a sub-select, function or CTE.
    pub table: Option<QualifiedName>,
    pub name: Ident,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Func {
    pub name: QualifiedName,
    /// The types of the arguments that were declared; none where the function was not found.
    pub declared: Option<Vec<TypeName>>,
    pub args: Vec<Term>,
    /// `count(*)`
    pub star: bool,
    pub distinct: bool,
    pub variadic: bool,
    pub within_group: bool,
    pub order: Vec<Sort>,
    /// What the grammar of `JSON_ARRAYAGG` and `JSON_OBJECTAGG` has behind that, beginning with a blank.
    pub clauses: Option<Term>,
    pub filter: Option<Term>,
    pub over: Option<Window>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    pub partition: Vec<Term>,
    pub order: Vec<Sort>,
    /// `FRAMEOPTION_…` (`parsenodes.h`)
    pub frame: i32,
    pub start: Option<Term>,
    pub end: Option<Term>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subscript {
    At(Term),
    Slice(Option<Term>, Option<Term>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubLink {
    pub kind: SubLinkKind,
    pub query: Query,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SubLinkKind {
    Exists,
    Scalar,
    Array,
    /// `(a, b) = (query)`: a row against the one row of a query.
    Row {
        name: QualifiedName,
        test: Vec<Term>,
    },
    /// `test op ANY (query)`, or with ALL. Several terms are a row.
    Compare {
        name: QualifiedName,
        all: bool,
        test: Vec<Term>,
    },
}

/// A statement with all that may stand around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    pub recursive: bool,
    pub ctes: Vec<Cte>,
    pub body: Body,
    pub order: Vec<Sort>,
    pub limit: Option<Term>,
    pub with_ties: bool,
    pub offset: Option<Term>,
    /// `FOR UPDATE` and its like, as it prints.
    pub locking: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cte {
    pub name: Ident,
    pub columns: Vec<Ident>,
    pub materialized: Option<bool>,
    pub query: Query,
    pub search: Option<Search>,
    pub cycle: Option<Cycle>,
}

/// `SEARCH DEPTH FIRST BY … SET column`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Search {
    pub breadth_first: bool,
    pub by: Vec<Ident>,
    pub column: Ident,
}

/// `CYCLE … SET mark TO value DEFAULT default USING path`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cycle {
    pub by: Vec<Ident>,
    pub mark: Ident,
    pub value: Term,
    pub default: Term,
    pub path: Ident,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    Select(Box<Select>),
    Values(Vec<Vec<Term>>),
    Change(Box<Change>),
    SetOperation { keyword: &'static str, all: bool, left: Box<Query>, right: Box<Query> },
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Select {
    /// `DISTINCT`, or `DISTINCT ON` these.
    pub distinct: Option<Vec<Term>>,
    pub targets: Vec<Target>,
    pub from: Vec<Source>,
    pub filter: Option<Term>,
    pub group: Vec<Group>,
    pub group_distinct: bool,
    pub having: Option<Term>,
}

/// A part of GROUP BY.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Group {
    By(Term),
    /// `(a, b)`, of which `()` is one.
    Several(Vec<Term>),
    Sets {
        keyword: &'static str,
        parts: Vec<Group>,
    },
}

/// An output column with the name that it has or that the server invents (`FigureColname()`). Who can
/// see the names keeps them, as columns of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub term: Term,
    pub name: Label,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sort {
    pub term: Term,
    pub descending: bool,
    pub nulls_first: bool,
    /// `USING` another operator than those of the usual order.
    pub using: Option<QualifiedName>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    Item(Item),
    Join { kind: JoinKind, left: Box<Source>, right: Box<Source>, using: Vec<Merged>, on: Option<Term>, alias: Label },
}

/// The columns that a join merges into one. They have one name, until one of them gets another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merged {
    pub left: Column,
    pub right: Column,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JoinKind {
    Inner,
    Left,
    Right,
    Full,
}

/// A range table entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    pub what: ItemKind,
    pub lateral: bool,
    pub alias: Label,
    /// The names of the columns; a relation has its own, and gets others only to be printed.
    pub columns: Vec<Ident>,
    pub sample: Option<Box<Sample>>,
}

/// `TABLESAMPLE method (…) REPEATABLE (…)`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    pub method: Ident,
    pub args: Vec<Term>,
    pub repeatable: Option<Term>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ItemKind {
    Relation {
        name: QualifiedName,
        only: bool,
    },
    Cte(Ident),
    Query(Box<Query>),
    /// Calls, each with the columns that it is told to have; several stand in `ROWS FROM (…)`.
    Function {
        calls: Vec<(Term, Vec<(Ident, TypeName)>)>,
        ordinality: bool,
    },
    /// `XMLTABLE` or `JSON_TABLE`, and what stands in its parentheses.
    TableFunction {
        keyword: &'static str,
        clauses: Term,
    },
}

/// A name by which only the text itself refers to something; two are always equal.
#[derive(Clone, Debug, Default)]
pub struct Label(pub Option<Ident>);

impl PartialEq for Label {
    fn eq(&self, _other: &Self) -> bool {
        true
    }
}

impl Eq for Label {}
