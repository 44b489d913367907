//! The statements of a block, carried out one by one (`exec_stmt()`).

use pg_query::NodeEnum;

use super::condition::{any_sqlstate, handler, sqlstate_of};
use super::evaluate::Evaluator;
use super::rows::Ran;
use super::syntax::{Block, Condition, Loop, Over, Query, Raise, Span, Step, Target, What};
use super::value::{Row, Value, Variables, number, text};
use super::{Code, MAX_DEPTH};
use crate::replay::Replay;
use crate::replay::refusal::{Outcome, SYNTAX_ERROR, Stop};
use crate::sql::{Ident, QualifiedName, TypeName, parse};

/// Where a statement leads to, if not to the next one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Leave {
    Exit(Option<String>),
    Continue(Option<String>),
    Return,
}

/// How a list of statements ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Flow {
    On,
    Leave(Leave),
    /// Nobody knows whether that is where it goes, or on.
    Perhaps(Leave),
}

/// Loops that go on for longer than this are not about a schema.
pub(super) const MAX_TURNS: usize = 10_000;

/// A block at work.
pub(super) struct Run<'a> {
    pub(super) replay: &'a mut Replay,
    pub(super) code: Code<'a>,
    pub(super) variables: Variables,
    row_count: Value,
    /// The errors that are being handled: code and message.
    caught: Vec<(&'static str, String)>,
    returned: Value,
    /// What RETURN NEXT and RETURN QUERY have given; none if that is not known.
    results: Option<Vec<Row>>,
}

/// What is left of a block when it has ended.
pub(super) struct Ended {
    pub(super) value: Value,
    pub(super) rows: Option<Vec<Row>>,
    pub(super) variables: Variables,
}

impl Replay {
    pub(super) fn run_block(&mut self, code: Code<'_>, block: &Block, variables: Variables) -> Outcome<Ended> {
        if self.code.depth == 0 {
            self.code.steps = 0;
        }
        if self.code.depth >= MAX_DEPTH {
            return Err(Stop::not_modelled("this calls itself deeper than is followed here"));
        }
        self.code.depth += 1;
        let mut run = Run {
            replay: self,
            code,
            variables,
            row_count: Value::Number(0),
            caught: Vec::new(),
            returned: Value::Null,
            results: Some(Vec::new()),
        };
        run.variables.declare("found", Value::Bool(false), None);
        let outcome = run.block(block);
        let Run { variables, returned, results, .. } = run;
        self.code.depth -= 1;
        let is_known = !matches!(outcome?, Flow::Perhaps(_));
        Ok(Ended {
            value: if is_known { returned } else { Value::Unknown },
            rows: results.filter(|_| is_known),
            variables,
        })
    }
}

impl Run<'_> {
    /// `exec_stmt_block()`: with handlers it is a subtransaction.
    fn block(&mut self, block: &Block) -> Outcome<Flow> {
        let labels = self.variables.labels.len();
        self.variables.labels.extend(block.label.clone());
        let mark = self.replay.database.mark();
        let session = self.replay.session.clone();
        let mut hidden = Vec::new();
        let outcome = self.declare(block, &mut hidden).and_then(|()| self.steps(&block.body));
        let outcome = match outcome {
            Err(Stop::Refused { sqlstate, message, .. }) if handler(&block.handlers, sqlstate).is_some() => {
                self.replay.database.roll_back(mark);
                self.replay.session = session;
                let body = handler(&block.handlers, sqlstate).map_or(&[][..], |handler| &handler.body);
                let before = [("sqlstate", text(sqlstate)), ("sqlerrm", text(&message))]
                    .map(|(name, value)| (name, self.variables.declare(name, value, None)));
                self.caught.push((sqlstate, message));
                let outcome = self.steps(body);
                self.caught.pop();
                before.into_iter().for_each(|(name, before)| self.variables.restore(name.to_owned(), before));
                outcome
            }
            outcome => outcome,
        };
        hidden.into_iter().rev().for_each(|(name, before)| self.variables.restore(name, before));
        self.variables.labels.truncate(labels);
        match outcome? {
            Flow::Leave(Leave::Exit(Some(label))) if Some(&label) == block.label.as_ref() => Ok(Flow::On),
            flow => Ok(flow),
        }
    }

    fn declare(&mut self, block: &Block, hidden: &mut Vec<(String, Option<super::value::Variable>)>) -> Outcome {
        for declaration in &block.declarations {
            let value = match (&declaration.value, &declaration.alias_of, &declaration.query) {
                (Some(span), ..) => self.value(span)?,
                (None, Some(other), _) => self.variables.get(other).cloned().unwrap_or(Value::Unknown),
                // A cursor is the text of its query.
                (None, None, Some(query)) => text(self.code.text(query)),
                (None, None, None) => Value::Null,
            };
            let of = declaration.of.as_ref().and_then(|span| self.replay.type_of_variable(self.code.text(span)));
            let before = self.variables.declare(&declaration.name, value, of);
            hidden.push((declaration.name.clone(), before));
        }
        Ok(())
    }

    fn steps(&mut self, steps: &[Step]) -> Outcome<Flow> {
        for (at, step) in steps.iter().enumerate() {
            if !self.replay.code.spend() {
                self.perhaps(&steps[at..]);
                return Ok(Flow::Perhaps(Leave::Return));
            }
            let statement = self.code.statement(&step.span);
            match self.step(step).map_err(|stop| stop.within(&statement))? {
                Flow::On => {}
                Flow::Perhaps(leave) => {
                    let rest = self.perhaps(&steps[at + 1..]);
                    return Ok(Flow::Perhaps(rest.map_or(leave.clone(), |rest| leave.or(rest))));
                }
                flow @ Flow::Leave(_) => return Ok(flow),
            }
        }
        Ok(Flow::On)
    }

    fn step(&mut self, step: &Step) -> Outcome<Flow> {
        match &step.what {
            What::Block(block) => return self.block(block),
            What::If { arms, otherwise } => return self.if_statement(arms, otherwise),
            What::Loop(of) => return self.repeat(of),
            What::Assign { target, value } => {
                let value = self.value(value)?;
                self.set(target, value)?;
            }
            What::Execute { text, into, using } => match self.computed(text, using)? {
                Some((computed, variables)) => {
                    let statement = self.code.statement(&step.span).computed(&computed);
                    let ran = self.replay.run_sql(&statement, &variables)?;
                    self.row_count = ran.count.map_or(Value::Unknown, number);
                    self.assign(into, ran.first())?;
                }
                None => {
                    self.perhaps(std::slice::from_ref(step));
                }
            },
            What::Sql { parts, into, is_strict } => self.sql(parts, into, *is_strict)?,
            What::Perform(span) => {
                let query = format!("SELECT {}", self.code.text(span));
                let statement = self.code.statement(&step.span).computed(&query);
                let ran = self.replay.run_sql(&statement, &self.variables)?;
                self.counted(&ran);
            }
            What::Raise(raise) => return self.raise(raise),
            What::Assert(condition) => {
                if self.value(condition)?.truth() == Some(false) {
                    return Err(Stop::refused("P0004", "assertion failed"));
                }
            }
            What::Leave { is_exit, label, condition } => {
                let truth =
                    condition.as_ref().map_or(Ok(Value::Bool(true)), |condition| self.value(condition))?.truth();
                let leave = if *is_exit { Leave::Exit(label.clone()) } else { Leave::Continue(label.clone()) };
                return Ok(match truth {
                    Some(true) => Flow::Leave(leave),
                    Some(false) => Flow::On,
                    None => Flow::Perhaps(leave),
                });
            }
            What::Return(value) => {
                if let Some(value) = value {
                    self.returned = self.value(value)?;
                }
                return Ok(Flow::Leave(Leave::Return));
            }
            What::ReturnNext(value) => {
                let row = match value {
                    Some(value) => Some(match self.value(value)? {
                        Value::Row(row) => row,
                        value => vec![(String::new(), value)],
                    }),
                    None => None,
                };
                let row = row.unwrap_or_else(|| self.variables.given_back());
                self.results.iter_mut().for_each(|rows| rows.push(row.clone()));
            }
            What::ReturnQuery(query) => {
                let more = self.rows(query)?;
                self.results = self.results.take().zip(more).map(|(rows, more)| [rows, more].concat());
            }
            What::Diagnostics { items, is_stacked } => self.diagnostics(items, *is_stacked)?,
            What::Nothing => {}
        }
        Ok(Flow::On)
    }

    fn if_statement(&mut self, arms: &[(Condition, Vec<Step>)], otherwise: &[Step]) -> Outcome<Flow> {
        for (at, (condition, body)) in arms.iter().enumerate() {
            let truth = match condition {
                Condition::Is(span) => self.value(span)?.truth(),
                Condition::OneOf { subject, values } => {
                    let text = format!("({}) IN ({})", self.code.text(subject), self.code.text(values));
                    self.expression(&text)?.truth()
                }
            };
            match truth {
                Some(true) => return self.steps(body),
                Some(false) => {}
                None => {
                    let bodies = arms[at..].iter().map(|(_, body)| body.as_slice()).chain([otherwise]);
                    let leaves: Vec<Leave> = bodies.filter_map(|body| self.perhaps(body)).collect();
                    return Ok(leaves.into_iter().reduce(Leave::or).map_or(Flow::On, Flow::Perhaps));
                }
            }
        }
        self.steps(otherwise)
    }

    /// A body again and again; where it is not known for what, it may have run.
    fn repeat(&mut self, of: &Loop) -> Outcome<Flow> {
        let Some(mut values) = self.turns(of)? else { return Ok(self.perhaps_loop(of)) };
        let targets: &[Target] = match &of.over {
            Over::Rows { targets, .. } => targets,
            Over::Array { target, .. } => std::slice::from_ref(target),
            Over::Forever | Over::While(_) | Over::Range { .. } => &[],
        };
        let mut was_found = false;
        loop {
            if let Over::While(condition) = &of.over {
                match self.value(condition)?.truth() {
                    Some(true) => {}
                    Some(false) => break,
                    None => return Ok(self.perhaps_loop(of)),
                }
            }
            match (values.next(), &of.over) {
                (Some(value), Over::Range { variable, .. }) => drop(self.variables.declare(variable, value, None)),
                (Some(value), _) => self.assign(targets, value)?,
                (None, Over::Forever | Over::While(_)) => {}
                (None, _) => break,
            }
            was_found = true;
            let is_own = |label: &Option<String>| label.is_none() || *label == of.label;
            match self.steps(&of.body)? {
                Flow::On => {}
                Flow::Leave(Leave::Continue(label)) | Flow::Perhaps(Leave::Continue(label)) if is_own(&label) => {}
                Flow::Leave(Leave::Exit(label)) if is_own(&label) => break,
                Flow::Leave(leave) => return Ok(Flow::Leave(leave)),
                Flow::Perhaps(Leave::Exit(label)) if is_own(&label) => return Ok(self.perhaps_loop(of)),
                Flow::Perhaps(leave) => {
                    self.perhaps(&of.body);
                    return Ok(Flow::Perhaps(leave));
                }
            }
        }
        if !matches!(of.over, Over::Forever | Over::While(_)) {
            self.variables.assign("found", Value::Bool(was_found));
        }
        Ok(Flow::On)
    }

    /// What a loop goes over; nothing for loops that end by themselves, none where it is not known.
    fn turns(&mut self, of: &Loop) -> Outcome<Option<std::vec::IntoIter<Value>>> {
        let values = match &of.over {
            Over::Forever | Over::While(_) => Vec::new(),
            Over::Range { reverse, from, to, by, .. } => {
                let by = by.as_ref().map_or(Ok(Value::Number(1)), |by| self.value(by))?;
                let (Value::Number(from), Value::Number(to), Value::Number(by)) =
                    (self.value(from)?, self.value(to)?, by)
                else {
                    return Ok(None);
                };
                let Some(by) = usize::try_from(by).ok().filter(|by| *by > 0) else { return Ok(None) };
                let values: Vec<i64> = if *reverse {
                    (to..=from).rev().step_by(by).take(MAX_TURNS + 1).collect()
                } else {
                    (from..=to).step_by(by).take(MAX_TURNS + 1).collect()
                };
                if values.len() > MAX_TURNS {
                    return Ok(None);
                }
                values.into_iter().map(Value::Number).collect()
            }
            Over::Rows { query, .. } => match self.rows(query)? {
                Some(rows) => rows.into_iter().map(Value::Row).collect(),
                None => return Ok(None),
            },
            Over::Array { array, .. } => match self.value(array)? {
                Value::Array(values) => values,
                Value::Null => Vec::new(),
                _ => return Ok(None),
            },
        };
        Ok(Some(values.into_iter()))
    }

    /// A row into a record, or its columns into as many variables.
    fn assign(&mut self, targets: &[Target], value: Value) -> Outcome {
        match (targets, value) {
            ([], _) => Ok(()),
            ([one], Value::Row(row)) if one.path.len() > 1 && row.len() == 1 => {
                self.set(one, row.into_iter().next().map_or(Value::Null, |(_, value)| value))
            }
            ([one], value) => self.set(one, value),
            (many, Value::Row(row)) => {
                let values = row.into_iter().map(|(_, value)| value).chain(std::iter::repeat(Value::Null));
                many.iter().zip(values).try_for_each(|(target, value)| self.set(target, value))
            }
            (many, value) => many.iter().try_for_each(|target| self.set(target, value.clone())),
        }
    }

    pub(super) fn set(&mut self, target: &Target, value: Value) -> Outcome {
        let [name, fields @ ..] = target.path.as_slice() else { return Ok(()) };
        match (&target.index, fields) {
            (None, []) => self.variables.assign(name, value),
            // `label.variable`
            (None, [field]) if self.variables.labels.contains(name) => self.variables.assign(field, value),
            (None, [field]) => self.variables.assign_field(name, field, value),
            (Some(index), []) => {
                let at = self.value(index)?;
                let mut values = match (self.variables.get(name), &at) {
                    (Some(Value::Array(values)), _) => values.clone(),
                    (Some(Value::Null), _) => Vec::new(),
                    _ => {
                        self.variables.assign(name, Value::Unknown);
                        return Ok(());
                    }
                };
                match at {
                    Value::Number(at) if (1..=i64::try_from(MAX_TURNS).unwrap_or_default()).contains(&at) => {
                        let at = usize::try_from(at).unwrap_or(1);
                        values.resize(values.len().max(at), Value::Null);
                        values[at - 1] = value;
                        self.variables.assign(name, Value::Array(values));
                    }
                    _ => self.variables.assign(name, Value::Unknown),
                }
            }
            _ => self.variables.assign(name, Value::Unknown),
        }
        Ok(())
    }

    fn value(&mut self, span: &Span) -> Outcome<Value> {
        self.expression(self.code.text(span))
    }

    fn expression(&mut self, text: &str) -> Outcome<Value> {
        let place = self.code.body.computed(text);
        self.replay.watch(&place, |replay| {
            let value = Evaluator { replay, place }.expression(text, &self.variables)?;
            let is_known = !value.has_unknown();
            Ok((value, is_known))
        })
    }

    /// The rows of a query; none where they are not known.
    fn rows(&mut self, query: &Query) -> Outcome<Option<Vec<Row>>> {
        let (text, variables) = match query {
            Query::Sql(span) => (self.code.text(span).to_owned(), self.variables.clone()),
            Query::Computed { text, using } => match self.computed(text, using)? {
                Some(computed) => computed,
                None => return Ok(None),
            },
            Query::Cursor(name) => match self.variables.get(name) {
                Some(Value::Text(query)) => (query.clone(), self.variables.clone()),
                _ => return Ok(None),
            },
        };
        let ran = self.replay.run_sql(&self.code.body.computed(&text), &variables)?;
        Ok(ran.rows)
    }

    /// The text that EXECUTE runs, if it is known, and what `$1` and its like stand for there.
    fn computed(&mut self, text: &Span, using: &[Span]) -> Outcome<Option<(String, Variables)>> {
        let computed = self.value(text)?;
        let mut variables = Variables::default();
        for (at, span) in using.iter().enumerate() {
            let value = self.value(span)?;
            variables.declare(&format!("${}", at + 1), value, None);
        }
        Ok(computed.words().map(|text| (text, variables)))
    }

    /// `exec_stmt_execsql()`
    fn sql(&mut self, parts: &[Span], into: &[Target], is_strict: bool) -> Outcome {
        let span = parts.first().map_or(0, |part| part.start)..parts.last().map_or(0, |part| part.end);
        let statement = self.code.statement(&span);
        if into.is_empty() {
            if let Ok(NodeEnum::SelectStmt(query)) = parse::parse_one(statement.text)
                && query.into_clause.is_none()
            {
                return Err(Stop::refused(SYNTAX_ERROR, "query has no destination for result data"));
            }
            let ran = self.replay.run_sql(&statement, &self.variables)?;
            for (name, value) in &ran.outputs {
                self.variables.assign(name, value.clone());
            }
            self.counted(&ran);
            return Ok(());
        }
        let text: String = parts.iter().map(|part| self.code.text(part)).collect::<Vec<_>>().join(" ");
        let ran = self.replay.run_sql(&statement.computed(&text), &self.variables)?;
        match ran.rows.as_ref().map(Vec::len) {
            Some(0) if is_strict => return Err(Stop::refused("P0002", "query returned no rows")),
            Some(2..) if is_strict => return Err(Stop::refused("P0003", "query returned more than one row")),
            _ => {}
        }
        self.counted(&ran);
        self.assign(into, ran.first())
    }

    /// What `FOUND` and `ROW_COUNT` say after a statement.
    fn counted(&mut self, ran: &Ran) {
        if ran.is_about_rows {
            self.row_count = ran.count.map_or(Value::Unknown, number);
            self.variables.assign("found", ran.count.map_or(Value::Unknown, |count| Value::Bool(count > 0)));
        }
    }

    /// `exec_stmt_raise()`
    fn raise(&mut self, raise: &Raise) -> Outcome<Flow> {
        if raise.is_message {
            return Ok(Flow::On);
        }
        let is_bare = raise.condition.is_none() && raise.format.is_none() && raise.options.is_empty();
        if is_bare && let Some((sqlstate, message)) = self.caught.last() {
            return Err(Stop::refused(sqlstate, message.clone()));
        }
        let mut condition = raise.condition.clone();
        let mut message = match &raise.format {
            Some(format) => self.message(format, &raise.args)?,
            None => condition.clone(),
        };
        for (option, span) in &raise.options {
            let value = self.value(span)?;
            match option.as_str() {
                "errcode" => condition = value.words(),
                "message" => message = value.words(),
                _ => {}
            }
        }
        let sqlstate = match &condition {
            Some(condition) => sqlstate_of(condition).or_else(|| any_sqlstate(condition)),
            None => Some("P0001"),
        };
        let message = message.unwrap_or_else(|| "this block raises an exception".into());
        Err(Stop::refused(sqlstate.unwrap_or("P0001"), message))
    }

    /// The text of RAISE, with what `%` stands for in it.
    fn message(&mut self, format: &Span, args: &[Span]) -> Outcome<Option<String>> {
        let Some(format) = self.value(format)?.words() else { return Ok(None) };
        let mut pieces = format.replace("%%", "\0").split('%').map(str::to_owned).collect::<Vec<_>>().into_iter();
        let mut message = pieces.next().unwrap_or_default();
        for (piece, arg) in pieces.zip(args) {
            match self.value(arg)? {
                Value::Null => message += "<NULL>",
                value => match value.words() {
                    Some(words) => message += &words,
                    None => return Ok(None),
                },
            }
            message += &piece;
        }
        Ok(Some(message.replace('\0', "%")))
    }

    fn diagnostics(&mut self, items: &[(Target, String)], is_stacked: bool) -> Outcome {
        for (target, item) in items {
            let caught = self.caught.last().filter(|_| is_stacked);
            let value = match (item.as_str(), caught) {
                ("row_count", None) => self.row_count.clone(),
                ("returned_sqlstate", Some((sqlstate, _))) => text(sqlstate),
                ("message_text", Some((_, message))) => text(message),
                _ => Value::Unknown,
            };
            self.set(target, value)?;
        }
        Ok(())
    }
}

impl Leave {
    /// One of two, or whatever goes furthest.
    pub(super) fn or(self, other: Self) -> Self {
        if self == other { self } else { Self::Return }
    }
}

impl Replay {
    /// The type of a variable; none for a row or a record.
    pub(super) fn type_of_variable(&self, written: &str) -> Option<TypeName> {
        if let Some((column, kind)) = written.split_once('%') {
            if !kind.trim().eq_ignore_ascii_case("type") {
                return None;
            }
            let (relation, column) = column.trim().rsplit_once('.')?;
            let QualifiedName { schema, name } = QualifiedName::parse(relation)?;
            let schema = schema.as_ref().map(Ident::as_str).unwrap_or_default();
            let relation = self.find_relation(schema, name.as_str())?;
            let column = QualifiedName::parse(column)?.name;
            return self.relation_columns(&relation)?.into_iter().find(|(name, _)| *name == column).map(|(_, of)| of);
        }
        let of = TypeName::parse(written).ok()?;
        if of.is_builtin("record") || of.is_builtin("refcursor") {
            return None;
        }
        let schema = of.name.schema.as_ref().map(Ident::as_str).unwrap_or_default();
        let is_row = of.is_unresolved() || !schema.is_empty();
        let is_row = is_row && !of.array && self.is_row_type(schema, &of.name);
        (!is_row).then_some(of)
    }

    fn is_row_type(&self, schema: &str, name: &QualifiedName) -> bool {
        use crate::catalog::meaning::{Meaning, TypeSort};
        let composite = self
            .find_type(name)
            .and_then(|id| self.catalog().meaning(&id))
            .is_some_and(|meaning| matches!(meaning, Meaning::Type(of) if matches!(of.sort, TypeSort::Composite(_))));
        composite || self.find_relation(schema, name.name.as_str()).is_some()
    }
}
