//! PL/pgSQL, as far as it changes the schema: DO blocks, and the routines that are called, are run against the
//! catalog that is being built (`pl_exec.c`). What hangs on rows, or on what nothing here knows, is told with
//! its place.
//!
//! `parse` makes statements (`syntax`) of a text, `compile` looks over them, and `run` carries them out; `perhaps` is what remains of those
//! that may have been carried out. `evaluate` asks what expressions are worth, with `operator`, `function` (the
//! server's own), `aggregate` and `regex`; `query` and `from` answer queries, with the rows that `system` makes
//! of the catalog. `routine` calls what has been defined; `rows` knows which tables are empty.

mod aggregate;
mod compile;
mod condition;
mod evaluate;
mod from;
mod function;
mod operator;
mod parse;
mod perhaps;
mod privilege;
mod query;
mod regex;
mod routine;
mod rows;
mod run;
mod syntax;
mod system;
mod value;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use pg_query::NodeEnum;
use pg_query::protobuf::DoStmt;

use super::refusal::{Outcome, Stop};
use super::{Replay, Statement};
use crate::catalog::ObjectId;
pub use condition::condition_of;
use routine::Routine;
pub(super) use rows::RowDoubts;
use syntax::Block;
use value::{Value, Variables};

/// How much code is at work.
#[derive(Debug, Default)]
pub(super) struct Work {
    /// How deep calls are in each other.
    depth: usize,
    /// Statements that have been run for the one of the file.
    steps: usize,
    /// The routines that have been called for it, by name.
    called: BTreeSet<String>,
    /// What has been defined.
    routines: BTreeMap<ObjectId, Arc<Routine>>,
    /// What PREPARE has given names to.
    prepared: BTreeMap<String, NodeEnum>,
}

impl Work {
    /// Whether code is at work, which is a transaction of its own.
    pub(super) fn is_running(&self) -> bool {
        self.depth > 0
    }

    /// Takes a step, if there may be another one.
    fn spend(&mut self) -> bool {
        self.steps += 1;
        self.steps <= MAX_STEPS
    }
}

/// Code that goes on for longer than this is not about a schema.
const MAX_STEPS: usize = 100_000;

/// Calls deeper than this are one without an end.
const MAX_DEPTH: usize = 40;

impl Replay {
    /// `ExecuteDoStmt()`
    pub(super) fn run_do(&mut self, statement: &Statement<'_>, command: &DoStmt) -> Outcome {
        match block_of(statement, command) {
            Some((code, block)) => {
                compile::stores_in_variables(code, &block)?;
                self.run_block(code, &block, Variables::default()).map(|_| ())
            }
            None => {
                self.doubts.of_code(statement.text);
                Err(Stop::not_modelled("this DO block is not understood: what it does to the schema is not known"))
            }
        }
    }

    /// What a query gives, if that can be told: columns by their names, as text. A value may be null, or not known.
    pub(super) fn answer(&mut self, query: &str) -> Option<Vec<Vec<(String, Answer)>>> {
        let Ok(NodeEnum::SelectStmt(select)) = crate::sql::parse::parse_one(query) else { return None };
        let place = Statement { file: crate::catalog::FileId(0), text: query, base: 0, computed: None, places: None };
        let mark = self.database.mark();
        let rows = evaluate::Evaluator { replay: self, place }.rows(&query::Scope::of(&Variables::default()), &select);
        // The statement itself is run elsewhere.
        self.database.roll_back(mark);
        let rows = rows.ok()??;
        let answer = |value: &Value| match value {
            Value::Null => Answer::Null,
            Value::Bool(value) => Answer::Known(if *value { "t" } else { "f" }.to_owned()),
            value => value.words().map_or(Answer::Unknown, Answer::Known),
        };
        let row = |row: &value::Row| row.iter().map(|(name, value)| (name.clone(), answer(value))).collect();
        Some(rows.iter().map(row).collect())
    }
}

/// A value in the answer to a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Unknown,
    Null,
    Known(String),
}

/// A body of code, and where it stands.
#[derive(Clone, Copy)]
struct Code<'a> {
    body: Statement<'a>,
}

impl<'a> Code<'a> {
    fn text(&self, span: &Range<usize>) -> &'a str {
        self.body.text.get(span.clone()).unwrap_or_default()
    }

    /// A part of it as a statement of its own. That of a routine stands where the call does.
    fn statement(&self, span: &Range<usize>) -> Statement<'a> {
        let base = if self.body.computed.is_some() { self.body.base } else { self.body.base + span.start };
        Statement { text: self.text(span), base, ..self.body }
    }
}

impl<'a> Statement<'a> {
    /// Another text, which stands for all of this one.
    fn computed(&self, text: &'a str) -> Self {
        Self { text, computed: Some(self.computed.unwrap_or(self.text.len())), ..*self }
    }
}

/// The body of a DO, if it is PL/pgSQL and stands there as it is written.
fn block_of<'a>(statement: &Statement<'a>, command: &DoStmt) -> Option<(Code<'a>, Block)> {
    let option = |wanted: &str| {
        command.args.iter().find_map(|node| match &node.node {
            Some(NodeEnum::DefElem(option)) if option.defname == wanted => match option.arg.as_ref()?.node.as_ref()? {
                NodeEnum::String(text) => Some(text.sval.as_str()),
                _ => None,
            },
            _ => None,
        })
    };
    if option("language").is_some_and(|language| !language.eq_ignore_ascii_case("plpgsql")) {
        return None;
    }
    let body = option("as")?;
    let at = statement.text.find(body)?;
    let text = &statement.text[at..at + body.len()];
    let base = if statement.computed.is_some() { statement.base } else { statement.base + at };
    let code = Code { body: Statement { text, base, ..*statement } };
    Some((code, parse::parse(text)?))
}
