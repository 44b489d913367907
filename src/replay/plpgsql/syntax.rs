//! What a body of PL/pgSQL is made of (`plpgsql.h`). SQL in it stays text, known by its place.

use std::ops::Range;

/// Where something stands in the body.
pub(super) type Span = Range<usize>;

#[derive(Debug, Default)]
pub(super) struct Block {
    pub(super) label: Option<String>,
    pub(super) declarations: Vec<Declaration>,
    pub(super) body: Vec<Step>,
    pub(super) handlers: Vec<Handler>,
}

/// A variable, its type, and the expression that it begins with. One for a cursor has a query instead.
#[derive(Debug)]
pub(super) struct Declaration {
    pub(super) name: String,
    pub(super) of: Option<Span>,
    pub(super) value: Option<Span>,
    pub(super) alias_of: Option<String>,
    pub(super) query: Option<Span>,
}

/// `WHEN duplicate_object OR SQLSTATE '42P07' THEN …`
#[derive(Debug)]
pub(super) struct Handler {
    /// Names of conditions, in lower case, and SQLSTATEs as they are.
    pub(super) conditions: Vec<String>,
    pub(super) body: Vec<Step>,
}

/// A statement with its place.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) span: Span,
    pub(super) what: What,
}

#[derive(Debug)]
pub(super) enum What {
    Block(Block),
    /// Conditions with what they guard; of CASE too.
    If {
        arms: Vec<(Condition, Vec<Step>)>,
        otherwise: Vec<Step>,
    },
    Loop(Loop),
    Assign {
        target: Target,
        value: Span,
    },
    /// `EXECUTE … INTO … USING …`
    Execute {
        text: Span,
        into: Vec<Target>,
        using: Vec<Span>,
    },
    /// SQL as it stands, without the INTO that is PL/pgSQL's own.
    Sql {
        parts: Vec<Span>,
        into: Vec<Target>,
        is_strict: bool,
    },
    /// What stands behind PERFORM, which is a query without its SELECT.
    Perform(Span),
    Raise(Raise),
    Assert(Span),
    /// EXIT, or CONTINUE.
    Leave {
        is_exit: bool,
        label: Option<String>,
        condition: Option<Span>,
    },
    Return(Option<Span>),
    /// `RETURN NEXT`
    ReturnNext(Option<Span>),
    ReturnQuery(Query),
    /// Items of GET DIAGNOSTICS, in lower case, and where they go.
    Diagnostics {
        items: Vec<(Target, String)>,
        is_stacked: bool,
    },
    /// What has nothing to do with the schema: NULL, cursors.
    Nothing,
}

#[derive(Debug)]
pub(super) struct Loop {
    pub(super) label: Option<String>,
    pub(super) over: Over,
    pub(super) body: Vec<Step>,
}

/// What a loop goes over.
#[derive(Debug)]
pub(super) enum Over {
    Forever,
    While(Span),
    Range { variable: String, reverse: bool, from: Span, to: Span, by: Option<Span> },
    Rows { targets: Vec<Target>, query: Query },
    Array { target: Target, array: Span },
}

/// A variable, a field of it, or an element.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) path: Vec<String>,
    pub(super) index: Option<Span>,
}

#[derive(Debug)]
pub(super) struct Raise {
    /// Whether it only says something.
    pub(super) is_message: bool,
    /// The name of a condition, or a SQLSTATE.
    pub(super) condition: Option<String>,
    pub(super) format: Option<Span>,
    pub(super) args: Vec<Span>,
    /// `USING errcode = …`, in lower case.
    pub(super) options: Vec<(String, Span)>,
}

/// A condition; of CASE with a subject, whether that is one of these.
#[derive(Debug)]
pub(super) enum Condition {
    Is(Span),
    OneOf { subject: Span, values: Span },
}

#[derive(Debug)]
pub(super) enum Query {
    Sql(Span),
    Computed {
        text: Span,
        using: Vec<Span>,
    },
    /// What a cursor is for.
    Cursor(String),
}
