//! PL/pgSQL, as far as it changes the schema: DO blocks are run against the catalog that is being built
//! (`pl_exec.c`). What hangs on rows, or on what nothing here knows, is told with its place.

mod evaluate;
mod parse;
mod query;
mod run;
mod system;
mod value;

use std::ops::Range;

use pg_query::NodeEnum;
use pg_query::protobuf::DoStmt;

use super::refusal::{Outcome, Stop};
use super::{Replay, Statement};
use parse::Block;
use value::{Value, Variables};

impl Replay {
    /// `ExecuteDoStmt()`
    pub(super) fn run_do(&mut self, statement: &Statement<'_>, command: &DoStmt) -> Outcome {
        match block_of(statement, command) {
            Some((text, block)) => self.run_block(&text, &block),
            None => {
                self.doubts.of_code(statement.text);
                Err(Stop::not_modelled("this DO block is not understood: what it does to the schema is not known"))
            }
        }
    }

    /// What a query gives, if that can be told: columns by their names, as text. A value may be null, or not known.
    pub(super) fn answer(&self, query: &str) -> Option<Vec<Vec<(String, Answer)>>> {
        let rows = self.query_rows(query, &Variables::new()).ok()??;
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

    /// A part of it as a statement of its own.
    fn statement(&self, span: &Range<usize>) -> Statement<'a> {
        Statement { text: self.text(span), base: self.body.base + span.start, ..self.body }
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
    let code = Code { body: Statement { text, base: statement.base + at, ..*statement } };
    Some((code, parse::parse(text)?))
}
