//! The statements of a block, carried out one by one (`exec_stmt()`).

use std::collections::BTreeMap;

use pg_query::NodeEnum;
use pg_query::protobuf::Node;

use super::Code;
use super::parse::{Block, Code as Step, Condition, Handler, Query, Span, What};
use super::value::{Value, Variables};
use crate::replay::refusal::{Outcome, SYNTAX_ERROR, Stop};
use crate::replay::utility::leaves_the_schema_alone;
use crate::replay::{Replay, Statement};
use crate::sql::parse;

/// How a list of statements ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flow {
    On,
    Exit,
    Continue,
    Return,
}

/// Loops that go on for longer than this are not about a schema.
pub(super) const MAX_TURNS: usize = 10_000;

/// A block at work.
struct Run<'a> {
    replay: &'a mut Replay,
    code: &'a Code<'a>,
    variables: Variables,
    turns: usize,
}

impl Replay {
    pub(super) fn run_block(&mut self, code: &Code<'_>, block: &Block) -> Outcome {
        let around = std::mem::replace(&mut self.runs_code, true);
        let outcome = Run { replay: self, code, variables: BTreeMap::new(), turns: 0 }.block(block);
        self.runs_code = around;
        outcome.map(|_| ())
    }
}

impl Run<'_> {
    /// `exec_stmt_block()`: with handlers it is a subtransaction.
    fn block(&mut self, block: &Block) -> Outcome<Flow> {
        for declaration in &block.declarations {
            let value = match &declaration.value {
                Some(span) => self.value(span)?,
                None => Value::Null,
            };
            self.variables.insert(declaration.name.clone(), value);
        }
        let mark = self.replay.database.mark();
        match self.steps(&block.body) {
            Err(Stop::Refused { sqlstate, .. }) if handler(&block.handlers, sqlstate).is_some() => {
                self.replay.database.roll_back(mark);
                let handler = handler(&block.handlers, sqlstate).map_or(&[][..], |handler| &handler.body);
                self.steps(handler)
            }
            outcome => outcome,
        }
    }

    fn steps(&mut self, steps: &[Step]) -> Outcome<Flow> {
        for step in steps {
            let flow = self.step(step)?;
            if flow != Flow::On {
                return Ok(flow);
            }
        }
        Ok(Flow::On)
    }

    fn step(&mut self, step: &Step) -> Outcome<Flow> {
        match &step.what {
            What::Block(block) => return self.block(block),
            What::If { arms, otherwise } => return self.if_statement(arms, otherwise),
            What::Loop(body) => return self.repeat(&[Value::Unknown], &[], body),
            What::While { condition, body } => loop {
                match self.value(condition)?.truth() {
                    Some(false) => break,
                    Some(true) if self.turns < MAX_TURNS => {}
                    _ => {
                        self.perhaps(body);
                        break;
                    }
                }
                self.turns += 1;
                match self.steps(body)? {
                    Flow::Exit => break,
                    Flow::Return => return Ok(Flow::Return),
                    Flow::On | Flow::Continue => {}
                }
            },
            What::ForRange { variable, reverse, from, to, body } => {
                let (from, to) = (self.value(from)?, self.value(to)?);
                let values = match (from, to) {
                    (Value::Number(from), Value::Number(to)) if *reverse => {
                        (to..=from).rev().map(Value::Number).collect()
                    }
                    (Value::Number(from), Value::Number(to)) => (from..=to).map(Value::Number).collect(),
                    _ => vec![Value::Unknown],
                };
                return self.repeat(&values, std::slice::from_ref(variable), body);
            }
            What::ForQuery { targets, query, body } => {
                let rows = match query {
                    Query::Sql(span) => self.rows(self.code.text(span))?,
                    Query::Computed { text, using } => match self.computed(text, using)? {
                        Some(text) => self.rows(&text)?,
                        None => None,
                    },
                };
                let values =
                    rows.map_or_else(|| vec![Value::Unknown], |rows| rows.into_iter().map(Value::Row).collect());
                return self.repeat(&values, targets, body);
            }
            What::Foreach { target, array, body } => {
                let values = match self.value(array)? {
                    Value::Array(values) => values,
                    Value::Null => Vec::new(),
                    _ => vec![Value::Unknown],
                };
                return self.repeat(&values, std::slice::from_ref(target), body);
            }
            What::Assign { target, value } => {
                let value = self.value(value)?;
                self.variables.insert(target.clone(), value);
            }
            What::Execute { text, into, using } => match self.computed(text, using)? {
                Some(computed) => {
                    self.assign(into, Value::Unknown);
                    let place = self.code.statement(&step.span);
                    let statement = Statement { text: &computed, computed: Some(place.text.len()), ..place };
                    self.sql(&statement)?;
                }
                None => self.perhaps(std::slice::from_ref(step)),
            },
            What::Sql { parts, into } if into.is_empty() => {
                let span = parts.first().map_or(0, |part| part.start)..parts.last().map_or(0, |part| part.end);
                let statement = self.code.statement(&span);
                self.sql(&statement)?;
            }
            What::Sql { parts, into } => {
                let text: String = parts.iter().map(|part| self.code.text(part)).collect::<Vec<_>>().join(" ");
                let row = match self.rows(&text)? {
                    Some(rows) => rows.into_iter().next().map_or(Value::Null, Value::Row),
                    None => Value::Unknown,
                };
                self.variables.insert(
                    "found".to_owned(),
                    match &row {
                        Value::Unknown => Value::Unknown,
                        row => Value::Bool(*row != Value::Null),
                    },
                );
                self.assign(into, row);
            }
            What::Raise(condition) => return Err(self.raised(step, condition.as_deref())),
            What::Exit(condition) => return self.leave(condition.as_ref(), Flow::Exit),
            What::Continue(condition) => return self.leave(condition.as_ref(), Flow::Continue),
            What::Return => return Ok(Flow::Return),
            What::Nothing => {}
        }
        Ok(Flow::On)
    }

    fn leave(&mut self, condition: Option<&Span>, flow: Flow) -> Outcome<Flow> {
        let truth = match condition {
            Some(condition) => self.value(condition)?.truth(),
            None => Some(true),
        };
        Ok(if truth == Some(true) { flow } else { Flow::On })
    }

    fn if_statement(&mut self, arms: &[(Condition, Vec<Step>)], otherwise: &[Step]) -> Outcome<Flow> {
        for (at, (condition, body)) in arms.iter().enumerate() {
            let truth = match condition {
                Condition::Is(span) => self.value(span)?.truth(),
                Condition::OneOf { subject, values } => {
                    let text = format!("({}) IN ({})", self.code.text(subject), self.code.text(values));
                    self.replay.evaluate(&text, &self.variables)?.truth()
                }
            };
            match truth {
                Some(true) => return self.steps(body),
                Some(false) => {}
                None => {
                    arms[at..].iter().for_each(|(_, body)| self.perhaps(body));
                    self.perhaps(otherwise);
                    return Ok(Flow::On);
                }
            }
        }
        self.steps(otherwise)
    }

    /// A body for each of these values; for one that is not known, the body may have run.
    fn repeat(&mut self, values: &[Value], targets: &[String], body: &[Step]) -> Outcome<Flow> {
        for value in values {
            self.turns += 1;
            if *value == Value::Unknown || self.turns > MAX_TURNS {
                self.perhaps(body);
                return Ok(Flow::On);
            }
            self.assign(targets, value.clone());
            match self.steps(body)? {
                Flow::Exit => break,
                Flow::Return => return Ok(Flow::Return),
                Flow::On | Flow::Continue => {}
            }
        }
        Ok(Flow::On)
    }

    /// A row into a record, or its columns into as many variables.
    fn assign(&mut self, targets: &[String], value: Value) {
        match (targets, value) {
            ([], _) => {}
            ([one], Value::Row(row)) => {
                // A variable that has been declared as a scalar takes the first column; fields are looked up alike.
                let value = match row.as_slice() {
                    [(_, only)] => vec![(one.clone(), only.clone()), row[0].clone()],
                    _ => row,
                };
                self.variables.insert(one.clone(), Value::Row(value));
            }
            ([one], value) => {
                self.variables.insert(one.clone(), value);
            }
            (many, Value::Row(row)) => {
                let values = row.into_iter().map(|(_, value)| value).chain(std::iter::repeat(Value::Null));
                self.variables.extend(many.iter().cloned().zip(values));
            }
            (many, value) => self.variables.extend(many.iter().map(|name| (name.clone(), value.clone()))),
        }
    }

    fn value(&mut self, span: &Span) -> Outcome<Value> {
        self.replay.evaluate(self.code.text(span), &self.variables)
    }

    fn rows(&mut self, query: &str) -> Outcome<Option<Vec<super::value::Row>>> {
        self.replay.query_rows(query, &self.variables)
    }

    /// The text that EXECUTE runs, if it is known.
    fn computed(&mut self, text: &Span, using: &[Span]) -> Outcome<Option<String>> {
        let value = self.value(text)?;
        if !using.is_empty() {
            let refers = value.words().is_some_and(|text| text.contains('$'));
            return Ok(value.words().filter(|_| !refers));
        }
        Ok(value.words())
    }

    /// Carries out SQL; what it does not hold is noted there, as outside of a block.
    fn sql(&mut self, statement: &Statement<'_>) -> Outcome {
        let nodes = parse::parse(statement.text)
            .map_err(|error| Stop::refused(SYNTAX_ERROR, error.message).within(statement))?;
        for node in nodes {
            self.replay.attempt(statement, &node).map_err(|stop| stop.within(statement))?;
        }
        Ok(())
    }

    fn raised(&self, step: &Step, condition: Option<&str>) -> Stop {
        let sqlstate = condition.and_then(sqlstate_of).unwrap_or("P0001");
        Stop::refused(sqlstate, "this block raises an exception").within(&self.code.statement(&step.span))
    }

    /// What may have been carried out, or not: nobody knows.
    fn perhaps(&mut self, steps: &[Step]) {
        for step in steps {
            match &step.what {
                What::Block(block) => {
                    self.perhaps(&block.body);
                    block.handlers.iter().for_each(|handler| self.perhaps(&handler.body));
                }
                What::If { arms, otherwise } => {
                    arms.iter().for_each(|(_, body)| self.perhaps(body));
                    self.perhaps(otherwise);
                }
                What::Loop(body)
                | What::While { body, .. }
                | What::ForRange { body, .. }
                | What::ForQuery { body, .. }
                | What::Foreach { body, .. } => self.perhaps(body),
                What::Assign { target, .. } => self.assign(std::slice::from_ref(target), Value::Unknown),
                What::Sql { into, .. } if !into.is_empty() => self.assign(&into.clone(), Value::Unknown),
                What::Sql { .. } => {
                    let statement = self.code.statement(&step.span);
                    let says_nothing = |node: &NodeEnum| leaves_the_schema_alone(node) || is_query(node);
                    let is_harmless = parse::parse(statement.text).is_ok_and(|nodes| nodes.iter().all(says_nothing));
                    if !is_harmless {
                        self.tell(&statement, "whether this is run hangs on what is not known here");
                    }
                }
                What::Execute { .. } => {
                    let statement = self.code.statement(&step.span);
                    if self.replay.doubts.may_change(statement.text) {
                        self.tell(&statement, "what this runs is not known here");
                    }
                }
                What::Raise(_) | What::Exit(_) | What::Continue(_) | What::Return | What::Nothing => {}
            }
        }
    }

    fn tell(&mut self, statement: &Statement<'_>, message: &str) {
        self.replay.doubts.of_code(statement.text);
        self.replay.note(statement, message);
    }
}

fn is_query(node: &NodeEnum) -> bool {
    matches!(node, NodeEnum::SelectStmt(select) if select.into_clause.is_none())
}

/// `exception_matches_conditions()`
fn handler<'a>(handlers: &'a [Handler], sqlstate: &str) -> Option<&'a Handler> {
    let matches = |condition: &String| {
        condition == "others"
            || condition == sqlstate
            || sqlstate_of(condition).is_some_and(|code| {
                // Those that end in three zeros stand for their class.
                code == sqlstate || code.ends_with("000") && code[..2] == sqlstate[..2]
            })
    };
    handlers.iter().find(|handler| handler.conditions.iter().any(matches))
}

/// `plpgsql_recognize_err_condition()`, of the conditions that DDL meets.
fn sqlstate_of(condition: &str) -> Option<&'static str> {
    const CONDITIONS: [(&str, &str); 27] = [
        ("duplicate_object", "42710"),
        ("duplicate_table", "42P07"),
        ("duplicate_column", "42701"),
        ("duplicate_function", "42723"),
        ("duplicate_schema", "42P06"),
        ("duplicate_database", "42P04"),
        ("duplicate_alias", "42712"),
        ("undefined_table", "42P01"),
        ("undefined_column", "42703"),
        ("undefined_object", "42704"),
        ("undefined_function", "42883"),
        ("invalid_schema_name", "3F000"),
        ("invalid_table_definition", "42P16"),
        ("invalid_column_definition", "42611"),
        ("invalid_object_definition", "42P17"),
        ("wrong_object_type", "42809"),
        ("dependent_objects_still_exist", "2BP01"),
        ("feature_not_supported", "0A000"),
        ("insufficient_privilege", "42501"),
        ("syntax_error", "42601"),
        ("syntax_error_or_access_rule_violation", "42000"),
        ("raise_exception", "P0001"),
        ("unique_violation", "23505"),
        ("foreign_key_violation", "23503"),
        ("check_violation", "23514"),
        ("not_null_violation", "23502"),
        ("object_not_in_prerequisite_state", "55000"),
    ];
    let by_code = CONDITIONS.iter().find(|(_, code)| *code == condition);
    let found = by_code.or_else(|| CONDITIONS.iter().find(|(name, _)| *name == condition));
    found.map(|(_, code)| *code)
}

/// The one expression in a text.
pub(super) fn expression(text: &str) -> Option<Node> {
    parse::parse_expr(text).ok()
}
