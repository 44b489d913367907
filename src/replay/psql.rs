//! The commands of psql, as far as they decide what a server gets to see (`command.c`).

use pg_query::NodeEnum;

use super::plpgsql::Answer;
use super::script::{BadSql, Flow, Include, Script, is_true};
use super::{Replay, Statement, Variables};
use crate::catalog::FileId;
use crate::expr::figure_name;
use crate::sql::parse;
use crate::sql::psql::{Argument, Command, Scanner, Text};

/// How many files a script may include: a few that include each other twice would make endlessly many.
const MAX_INCLUDES: usize = 10_000;

/// A running psql.
pub(super) struct Shell<'r, 'i> {
    pub(super) replay: &'r mut Replay,
    include: &'i mut dyn Include,
    pub(super) variables: Variables,
    /// What `\if` has led to, in this file.
    pub(super) conditions: Vec<Branch>,
    /// The files that are being read, each included by the one before.
    open: Vec<FileId>,
    included: usize,
    /// Connected to another database than the one that is replayed.
    pub(super) is_elsewhere: bool,
    /// What a server refuses ends the session.
    pub(super) stops: bool,
    pub(super) bad: Vec<BadSql>,
}

/// Where an `\if` stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Branch {
    Taken,
    /// None of its branches yet.
    Waiting,
    /// None of its branches any more.
    Done,
    /// It cannot be told.
    Perhaps,
}

impl<'r, 'i> Shell<'r, 'i> {
    pub(super) fn new(replay: &'r mut Replay, include: &'i mut dyn Include) -> Self {
        let version = replay.catalog().version;
        let mut variables = Variables::from([
            ("VERSION_NUM".to_owned(), Some(format!("{version}0000"))),
            ("SERVER_VERSION_NUM".to_owned(), Some(format!("{version}0000"))),
            ("SERVER_VERSION_NAME".to_owned(), Some(version.to_string())),
            ("ENCODING".to_owned(), Some("UTF8".to_owned())),
            ("AUTOCOMMIT".to_owned(), Some("on".to_owned())),
        ]);
        variables.extend(replay.settings.variables.clone());
        Self {
            replay,
            include,
            variables,
            conditions: Vec::new(),
            open: Vec::new(),
            included: 0,
            is_elsewhere: false,
            stops: false,
            bad: Vec::new(),
        }
    }

    /// Whether what stands here is run.
    pub(super) fn is_active(&self) -> bool {
        self.conditions.iter().all(|branch| *branch == Branch::Taken)
    }

    /// Whether what stands here may be run, for all that is known.
    pub(super) fn is_perhaps(&self) -> bool {
        self.conditions.iter().all(|branch| matches!(branch, Branch::Taken | Branch::Perhaps)) && !self.is_active()
    }

    pub(super) fn command(&mut self, script: &Script, scanner: &mut Scanner<'_>, command: &Command) -> Flow {
        match command.name.as_str() {
            "\\if" | "\\elif" | "\\else" | "\\endif" => self.condition(script, command),
            _ if !self.is_active() => {
                if command.name == "\\copy" && copies_from_stdin(command) {
                    scanner.skip_copy_data(command.span.clone());
                }
                if command.sends() || command.name == "\\r" {
                    drop(scanner.take());
                }
            }
            "\\g" | "\\gx" | "\\gset" | "\\gexec" | "\\gdesc" | "\\crosstabview" | "\\watch" => {
                return self.send(script, scanner.take(), command);
            }
            "\\r" | "\\reset" => drop(scanner.take()),
            "\\q" | "\\quit" => return Flow::EndOfFile,
            "\\i" | "\\include" => return self.include(script, command, false),
            "\\ir" | "\\include_relative" => return self.include(script, command, true),
            "\\c" | "\\connect" => self.connect(script, command),
            "\\set" => self.set(script, command),
            "\\unset" => {
                self.variables.remove(command.arguments.first().map_or("", |name| &name.text));
            }
            "\\getenv" | "\\prompt" => self.ask(command),
            "\\copy" if copies_from_stdin(command) => scanner.skip_copy_data(command.span.clone()),
            "\\!" | "\\cd" | "\\setenv" => {
                let message = format!("{} is passed over: what it does outside is not known here", command.name);
                self.note_at(script, &command.span, message);
            }
            name if is_harmless(name) => {}
            name => {
                let span = command.span.start..command.span.start + name.len();
                let message = format!("{name} is no command of psql that is known here");
                self.complain(script, span, message, Some("take it out: it is not SQL".into()));
            }
        }
        Flow::On
    }

    fn condition(&mut self, script: &Script, command: &Command) {
        let outer = self.conditions.len().saturating_sub(usize::from(command.name != "\\if"));
        let is_run = self.conditions[..outer].iter().all(|branch| *branch == Branch::Taken);
        if command.name == "\\if" {
            let branch = if is_run { self.branch(script, command) } else { Branch::Done };
            self.conditions.push(branch);
            return;
        }
        let Some(current) = self.conditions.pop() else {
            let message = format!("{}: there is no \\if before it", command.name);
            self.complain(script, command.span.clone(), message, None);
            return;
        };
        let next = match (command.name.as_str(), current) {
            ("\\endif", _) => return,
            (_, Branch::Perhaps) => Branch::Perhaps,
            (_, Branch::Taken | Branch::Done) => Branch::Done,
            ("\\elif", Branch::Waiting) => self.branch(script, command),
            (_, Branch::Waiting) => Branch::Taken,
        };
        self.conditions.push(next);
    }

    /// What a condition leads to.
    fn branch(&mut self, script: &Script, command: &Command) -> Branch {
        let unknown = command.arguments.iter().any(|argument| argument.is_unknown);
        let value: Vec<&str> = command.arguments.iter().map(|argument| argument.text.as_str()).collect();
        match is_true(Some(&value.join(" "))) {
            _ if unknown => {
                self.note_at(script, &command.span, "whether this is run hangs on what is not known here");
                Branch::Perhaps
            }
            Some(true) => Branch::Taken,
            Some(false) => Branch::Waiting,
            None => {
                let message = format!("\"{}\" is no condition to psql, which takes it for false", value.join(" "));
                self.note_at(script, &command.span, message);
                Branch::Waiting
            }
        }
    }

    /// `\set NAME VALUE…`: the values are joined.
    fn set(&mut self, script: &Script, command: &Command) {
        let Some((name, values)) = command.arguments.split_first() else { return };
        let value = match values.iter().any(|value| value.is_unknown) {
            true => self.replay.settings.variables.get(&name.text).cloned().flatten(),
            false => Some(values.iter().map(|value| value.text.as_str()).collect()),
        };
        // On and off are what a switch is without a value.
        let is_switch = ["ON_ERROR_STOP", "ON_ERROR_ROLLBACK"].contains(&name.text.as_str());
        let value = if is_switch && values.is_empty() { Some("on".to_owned()) } else { value };
        if name.text == "AUTOCOMMIT" && value.is_none() {
            self.note_at(script, &command.span, "whether statements are transactions of their own is not known here");
        }
        self.variables.insert(name.text.clone(), value);
    }

    /// A variable that is asked of the environment, or of whoever sits there: `--var` has answered, or nobody.
    fn ask(&mut self, command: &Command) {
        let name = match command.name.as_str() {
            "\\getenv" => command.arguments.first(),
            _ => command.arguments.last(),
        };
        if let Some(name) = name {
            self.variables.entry(name.text.clone()).or_insert(None);
        }
    }

    fn include(&mut self, script: &Script, command: &Command, beside: bool) -> Flow {
        if self.is_elsewhere {
            return Flow::On;
        }
        let Some(path) = command.arguments.first() else {
            self.complain(script, command.span.clone(), format!("{}: a file is missing", command.name), None);
            return Flow::On;
        };
        if path.is_unknown {
            self.replay.doubts.of_code("execute");
            self.note_at(script, &command.span, "which file is included hangs on what is not known here");
            return Flow::On;
        }
        let found = match self.include.open(unquoted(&path.text), script.file, beside) {
            Ok(found) => found,
            Err((message, help)) => {
                self.complain(script, path.span.clone(), message, help);
                return Flow::On;
            }
        };
        self.included += 1;
        if found.file == script.file || self.open.contains(&found.file) {
            let message = format!("{} includes itself: psql would never come to an end", path.text);
            self.complain(script, path.span.clone(), message, None);
        } else if self.included > MAX_INCLUDES {
            let message = format!("more than {MAX_INCLUDES} files are included");
            self.complain(script, path.span.clone(), message, None);
        } else {
            self.open.push(script.file);
            let flow = self.run(&found, 0..found.text.len());
            self.open.pop();
            return flow;
        }
        Flow::On
    }

    /// A new session, perhaps with another database. Up to there the one at hand may have been any.
    fn connect(&mut self, script: &Script, command: &Command) {
        let wanted = database_of(&command.arguments);
        let replay = &mut *self.replay;
        let is_same = match &wanted {
            None => true,
            Some(name) if !replay.is_touched && !self.is_elsewhere => {
                replay.database_name = Some(name.clone());
                true
            }
            Some(name) => replay.database_name.as_ref() == Some(name),
        };
        replay.end_session();
        self.is_elsewhere = if wanted.is_none() { self.is_elsewhere } else { !is_same };
        if let (false, Some(name)) = (is_same, wanted) {
            let message = format!("what follows is for another database, {name}, and is not replayed");
            self.note_at(script, &command.span, message);
        }
    }

    /// A statement that ends in a command instead of a semicolon.
    fn send(&mut self, script: &Script, text: Option<Text<'_>>, command: &Command) -> Flow {
        let Some(text) = text else { return Flow::On };
        if self.is_elsewhere {
            return Flow::On;
        }
        match command.name.as_str() {
            // It only describes what would come.
            "\\gdesc" => Flow::On,
            "\\gset" => {
                let prefix = command.arguments.first().map_or("", |prefix| prefix.text.as_str());
                self.placed(script, &text, |shell, statement| shell.gset(statement, prefix));
                Flow::On
            }
            "\\gexec" => self.placed(script, &text, |shell, statement| shell.gexec(statement)),
            _ => self.statement(script, text),
        }
    }

    /// Variables get the values of a row, where they can be told; else nobody knows them but `--var`.
    fn gset(&mut self, statement: &Statement<'_>, prefix: &str) {
        self.replay.statements += 1;
        let columns = match self.replay.answer(statement.text) {
            Some(rows) if rows.len() == 1 => rows.into_iter().next().unwrap_or_default(),
            // psql sets nothing where there is no row, or more than one.
            Some(_) => return,
            None => columns_of(statement.text, self.replay.catalog().version)
                .into_iter()
                .map(|name| (name, Answer::Unknown))
                .collect(),
        };
        for (column, value) in columns {
            let name = format!("{prefix}{column}");
            let given = || self.replay.settings.variables.get(&name).cloned().flatten();
            match value {
                Answer::Null => drop(self.variables.remove(&name)),
                Answer::Known(value) => drop(self.variables.insert(name, Some(value))),
                Answer::Unknown => {
                    let value = given();
                    self.variables.insert(name, value);
                }
            }
        }
    }

    /// Each value that a query gives is run as a statement.
    fn gexec(&mut self, statement: &Statement<'_>) -> Flow {
        let values = self.replay.answer(statement.text).and_then(|rows| {
            let values = rows.into_iter().flatten().filter(|(_, value)| *value != Answer::Null);
            let known = values.map(|(_, value)| match value {
                Answer::Known(value) => Some(value),
                Answer::Null | Answer::Unknown => None,
            });
            known.collect::<Option<Vec<String>>>()
        });
        let Some(values) = values else {
            self.replay.doubts.of_code(&format!("execute {}", statement.text));
            self.replay.note(statement, "the statements that this query makes are not known, and not replayed");
            return Flow::On;
        };
        for text in values {
            let computed = Statement { text: &text, computed: Some(statement.text.len()), ..*statement };
            if self.execute(&computed, None) == Flow::Stop {
                return Flow::Stop;
            }
        }
        Flow::On
    }
}

/// The names of a query's columns.
fn columns_of(query: &str, version: u32) -> Vec<String> {
    let Ok(NodeEnum::SelectStmt(select)) = parse::parse_one(query) else { return Vec::new() };
    let name = |node: &pg_query::protobuf::Node| match &node.node {
        Some(NodeEnum::ResTarget(target)) if !target.name.is_empty() => Some(target.name.clone()),
        Some(NodeEnum::ResTarget(target)) => {
            let name = target.val.as_ref().and_then(|value| figure_name(value, version));
            Some(name.map_or_else(|| "?column?".to_owned(), |name| name.as_str().to_owned()))
        }
        _ => None,
    };
    select.target_list.iter().filter_map(name).collect()
}

fn copies_from_stdin(command: &Command) -> bool {
    let text = command.arguments.first().map(|line| line.text.to_ascii_lowercase()).unwrap_or_default();
    let words: Vec<&str> = text.split(|c: char| c.is_whitespace() || c == ';').collect();
    words.windows(2).any(|pair| pair == ["from", "stdin"])
}

/// The database that `\connect` names, if it names one.
fn database_of(arguments: &[Argument]) -> Option<String> {
    let name =
        arguments.iter().map(|argument| unquoted(&argument.text)).find(|text| !text.starts_with("-reuse-previous"));
    let name = name.filter(|name| *name != "-" && !name.is_empty())?;
    if let Some((_, rest)) = name.split_once("://") {
        let path = rest.split_once('/').map_or("", |(_, path)| path);
        return Some(path.split('?').next().unwrap_or_default().to_owned()).filter(|name| !name.is_empty());
    }
    match name.split_once("dbname=") {
        Some((_, value)) => {
            let value = value.trim();
            Some(match value.strip_prefix('\'') {
                Some(rest) => {
                    rest.replace("\\'", "\u{0}").split('\'').next()?.replace('\u{0}', "'").replace("\\\\", "\\")
                }
                None => value.split_whitespace().next()?.replace("\\", ""),
            })
        }
        None if name.contains('=') => None,
        None => Some(name.to_owned()),
    }
}

fn unquoted(text: &str) -> &str {
    text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(text)
}

/// What decides how psql prints, or shows something, or is about rows.
fn is_harmless(name: &str) -> bool {
    const NAMES: [&str; 42] = [
        "\\restrict",
        "\\unrestrict",
        "\\echo",
        "\\qecho",
        "\\warn",
        "\\pset",
        "\\timing",
        "\\encoding",
        "\\x",
        "\\a",
        "\\t",
        "\\C",
        "\\f",
        "\\H",
        "\\T",
        "\\o",
        "\\out",
        "\\w",
        "\\write",
        "\\p",
        "\\print",
        "\\s",
        "\\l",
        "\\z",
        "\\sf",
        "\\sv",
        "\\h",
        "\\help",
        "\\?",
        "\\copyright",
        "\\conninfo",
        "\\errverbose",
        "\\password",
        "\\copy",
        "\\bind",
        "\\parse",
        "\\bind_named",
        "\\close_prepared",
        "\\html",
        "\\list",
        "\\e",
        "\\edit",
    ];
    NAMES.contains(&name) || name.starts_with("\\d") || name.starts_with("\\lo_") || name.starts_with("\\l+")
}
