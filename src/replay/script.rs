//! Scripts: texts of SQL, run the way of psql or of a migration tool. Includes are asked for by their names.

use std::ops::Range;
use std::sync::Arc;

use pg_query::NodeEnum;
use pg_query::protobuf::ObjectType;

use super::psql::Shell;
use super::{Places, Replay, Statement, Variables};
use crate::catalog::{FileId, Origin};
use crate::expr::parse_bool;
use crate::sql::Ident;
use crate::sql::parse::{self, SyntaxError};
use crate::sql::psql::{Found, Scanner, Text};

/// How scripts are run.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The variables that psql is started with.
    pub variables: Variables,
    /// Nothing is run behind a statement that a server would refuse.
    pub stops_on_error: bool,
    /// The schemas that a session finds names in at its start, if not `public`.
    pub search_path: Option<Vec<Ident>>,
}

/// A text and how it is to be run.
#[derive(Clone, Debug)]
pub struct Script {
    pub file: FileId,
    pub text: Arc<str>,
    /// Where it lies in the file, if it is not the file's text.
    pub places: Option<Arc<Places>>,
    /// What of it is run, in this order; each part is a text for itself.
    pub parts: Vec<Range<usize>>,
    /// All of it is one transaction.
    pub is_transaction: bool,
    /// What a server refuses ends it.
    pub stops_on_error: bool,
}

impl Script {
    /// All of a file, as psql runs it.
    pub fn of(file: FileId, text: impl Into<Arc<str>>) -> Self {
        let text = text.into();
        let whole = 0..text.len();
        Self { file, text, places: None, parts: vec![whole], is_transaction: false, stops_on_error: false }
    }
}

impl Script {
    /// A place in its text, as one in its file.
    pub fn origin(&self, span: Range<usize>) -> Origin {
        let span = self.places.as_ref().map_or(span.clone(), |places| places.source(span));
        Origin::File { file: self.file, span }
    }
}

/// Finds the files that scripts include.
pub trait Include {
    /// The file that a script calls by this path, which may be meant `beside` the script itself.
    ///
    /// # Errors
    /// Why it is not there, and what to do about it.
    fn open(&mut self, path: &str, from: FileId, beside: bool) -> Result<Script, (String, Option<String>)>;
}

/// There are no files to include.
#[derive(Clone, Copy, Debug)]
pub struct NoFiles;

impl Include for NoFiles {
    fn open(&mut self, path: &str, _: FileId, _: bool) -> Result<Script, (String, Option<String>)> {
        Err((format!("{path} cannot be read: there are no files here"), None))
    }
}

/// A text that is not SQL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadSql {
    pub file: FileId,
    pub span: Range<usize>,
    pub message: String,
    pub help: Option<String>,
}

/// Whether a script goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flow {
    On,
    /// The file ends here; what included it goes on.
    EndOfFile,
    /// The session ends here.
    Stop,
}

impl Replay {
    /// Runs a script as one session. What is not SQL is returned, all of it.
    pub fn run(&mut self, script: &Script, include: &mut dyn Include) -> Vec<BadSql> {
        if self.has_stopped {
            return Vec::new();
        }
        let start = script.parts.first().map_or(0, |part| part.start);
        let at_start = Statement { text: "", base: start, ..whole(script) };
        if script.is_transaction {
            self.begin(&at_start);
        }
        let mut shell = Shell::new(self, include);
        shell.stops = script.stops_on_error;
        for part in &script.parts {
            if shell.run(script, part.clone()) == Flow::Stop {
                break;
            }
        }
        let bad = shell.bad;
        if script.is_transaction {
            self.end_of_file(&at_start);
        }
        self.end_session();
        bad
    }
}

fn whole(script: &Script) -> Statement<'_> {
    Statement { file: script.file, text: &script.text, base: 0, computed: None, places: script.places.as_deref() }
}

impl Shell<'_, '_> {
    /// A part of a script, from its start to its end.
    pub(super) fn run(&mut self, script: &Script, part: Range<usize>) -> Flow {
        let outer = std::mem::take(&mut self.conditions);
        let mut scanner = Scanner::of_part(&script.text, part);
        let mut flow = Flow::On;
        while flow == Flow::On {
            match scanner.next(&self.variables) {
                Some(Found::Statement(text)) => flow = self.statement(script, text),
                Some(Found::Command(command)) => flow = self.command(script, &mut scanner, &command),
                None => break,
            }
        }
        if let Some(span) = scanner.rows_without_end() {
            let message = "the rows of this COPY do not end: all that stands behind it would be taken for rows";
            let help = "end them by a line that is `\\.` alone".to_owned();
            self.complain(script, span, message.to_owned(), Some(help));
        }
        self.conditions = outer;
        if flow == Flow::EndOfFile { Flow::On } else { flow }
    }

    pub(super) fn statement(&mut self, script: &Script, text: Text<'_>) -> Flow {
        self.placed(script, &text, |shell, statement| shell.execute(statement, text.unknown.as_deref()))
    }

    /// Does something to a statement, which is told where it stands.
    pub(super) fn placed<T>(
        &mut self,
        script: &Script,
        text: &Text<'_>,
        work: impl FnOnce(&mut Self, &Statement<'_>) -> T,
    ) -> T {
        let own = text.places.clone().map(|places| places.behind(script.places.clone()));
        let (base, places) = match &own {
            Some(own) => (0, Some(own)),
            None => (text.span.start, script.places.as_deref()),
        };
        work(self, &Statement { file: script.file, text: &text.text, base, computed: None, places })
    }

    pub(super) fn execute(&mut self, statement: &Statement<'_>, unknown: Option<&str>) -> Flow {
        if !self.is_active() {
            if self.is_perhaps() {
                self.replay.doubts.of_text(statement.text);
            }
            return Flow::On;
        }
        if self.is_elsewhere {
            return Flow::On;
        }
        if let Some(name) = unknown {
            self.replay.doubts.of_text(statement.text);
            let message = format!(
                "not replayed: the value of the variable {name} is not known here; --var {name}=… gives it one"
            );
            self.replay.note(statement, message);
            return Flow::On;
        }
        match parse::parse(statement.text) {
            Ok(nodes) => {
                for node in nodes {
                    if self.one(statement, &node) == Flow::Stop {
                        return Flow::Stop;
                    }
                }
            }
            Err(error) => self.bad.push(bad_sql(statement, error)),
        }
        Flow::On
    }

    fn one(&mut self, statement: &Statement<'_>, node: &NodeEnum) -> Flow {
        let replay = &mut *self.replay;
        replay.statements += 1;
        replay.is_touched |= touches(node);
        let is_off =
            |name: &str| self.variables.get(name).is_some_and(|value| is_true(value.as_deref()) == Some(false));
        if is_off("AUTOCOMMIT") && !replay.in_transaction() && !matches!(node, NodeEnum::TransactionStmt(_)) {
            replay.begin(statement);
        }
        let before = replay.refusals.len();
        let had_failed = replay.has_failed();
        replay.execute(statement, node);
        if replay.refusals.len() == before {
            return Flow::On;
        }
        let is_on = |name: &str| self.variables.get(name).is_some_and(|value| is_true(value.as_deref()) == Some(true));
        if is_on("ON_ERROR_ROLLBACK") && !had_failed {
            replay.recover();
        }
        let stops_all = replay.settings.stops_on_error;
        if stops_all || self.stops || is_on("ON_ERROR_STOP") {
            replay.has_stopped = stops_all;
            let rest = if stops_all { "nothing behind it" } else { "nothing behind it in this file" };
            replay.note(statement, format!("the server would refuse this, and {rest} is replayed"));
            return Flow::Stop;
        }
        Flow::On
    }

    pub(super) fn complain(&mut self, script: &Script, span: Range<usize>, message: String, help: Option<String>) {
        if let Origin::File { file, span } = script.origin(span) {
            self.bad.push(BadSql { file, span, message, help });
        }
    }

    pub(super) fn note_at(&mut self, script: &Script, span: &Range<usize>, message: impl Into<String>) {
        let place = Statement { text: &script.text[span.clone()], base: span.start, ..whole(script) };
        self.replay.note(&place, message);
    }
}

/// Whether a statement is about what is in the database at hand, and not about the session or the cluster.
fn touches(node: &NodeEnum) -> bool {
    use NodeEnum as N;
    let is_inside = |kind: ObjectType| !matches!(kind, ObjectType::ObjectDatabase | ObjectType::ObjectRole);
    match node {
        N::CommentStmt(command) => is_inside(command.objtype()),
        N::SecLabelStmt(command) => is_inside(command.objtype()),
        N::AlterOwnerStmt(command) => is_inside(command.object_type()),
        N::GrantStmt(command) => is_inside(command.objtype()),
        other => !matches!(
            other,
            N::VariableSetStmt(_)
                | N::VariableShowStmt(_)
                | N::SelectStmt(_)
                | N::UpdateStmt(_)
                | N::TransactionStmt(_)
                | N::CreatedbStmt(_)
                | N::AlterDatabaseStmt(_)
                | N::AlterDatabaseSetStmt(_)
                | N::DropdbStmt(_)
                | N::CreateRoleStmt(_)
                | N::AlterRoleStmt(_)
                | N::AlterRoleSetStmt(_)
                | N::DropRoleStmt(_)
                | N::GrantRoleStmt(_)
                | N::CreateTableSpaceStmt(_)
        ),
    }
}

/// `ParseVariableBool()`: none where it is neither.
pub(super) fn is_true(value: Option<&str>) -> Option<bool> {
    value.and_then(parse_bool)
}

fn bad_sql(statement: &Statement<'_>, error: SyntaxError) -> BadSql {
    let text = statement.text;
    let at = error.offset.unwrap_or(0).min(text.len());
    // At least one character is underlined, also where the text ends too early.
    let start = if at == text.len() { text.floor_char_boundary(at.saturating_sub(1)) } else { at };
    let rest = &text[start..];
    let word = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
    let length = word.max(rest.chars().next().map_or(0, char::len_utf8));
    let span = match statement.origin_of(start..start + length) {
        Origin::File { span, .. } => span,
        Origin::Server => start..start + length,
    };
    BadSql { file: statement.file, span, help: explain(text, start), message: error.message }
}

/// Why a text that people do run is not SQL; the parser stopped at `at`.
fn explain(text: &str, at: usize) -> Option<String> {
    let from = &text[at..];
    let placeholder = |open: &str, close: &str| {
        // The parser may stop at the second character of the mark.
        let start =
            text[..text.floor_char_boundary(at + open.len())].rfind(open).filter(|start| start + open.len() > at)?;
        let name = text[start + open.len()..].split(close).next()?.trim().trim_start_matches('.');
        let is_name = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || "_:.-".contains(c));
        is_name.then(|| name.to_owned())
    };
    let word =
        |text: &str| text.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default().to_owned();
    if let Some(name) = placeholder("${", "}").or_else(|| placeholder("{{", "}}")) {
        return Some(format!("{name} is a placeholder without a value: give it one by --var {name}=VALUE"));
    }
    let help = if text.contains("{{") || text.contains("{%") {
        "this looks like a template: render it first, and check what comes out"
    } else if text.starts_with('{') {
        "this looks like JSON: a snapshot is a source of `diff`"
    } else if text.contains('\u{a0}') {
        "there is a no-break space in it, which is no white space to SQL"
    } else if let Some(rest) = from.strip_prefix(':') {
        let name = word(rest.trim_start_matches(['\'', '"']));
        return Some(match name.as_str() {
            "" => "this looks like a variable of psql, whose value --var NAME=VALUE gives".to_owned(),
            name => format!("{name} is a variable of psql without a value: give it one by --var {name}=VALUE"),
        });
    } else {
        return None;
    };
    Some(help.into())
}
