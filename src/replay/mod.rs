//! SQL files folded over a catalog, one statement at a time, as a server would take them. Opens no
//! file: it gets their texts. The rooms inside are called after PostgreSQL's own
//! (`src/backend/commands`, `src/backend/catalog`, `parse_utilcmd.c`).

mod acl;
mod aclchk;
mod alter;
mod alter_column;
mod binding;
mod comment;
mod createas;
mod database;
mod default_acl;
mod dependency;
mod doubt;
mod dropcmds;
mod extension;
mod foreign_key;
mod functioncmds;
mod heap;
mod indexcmds;
mod namespace;
mod objectaddress;
mod operatorcmds;
mod owner;
mod parse_func;
mod parse_utilcmd;
mod plpgsql;
mod policy;
mod query;
mod references;
mod refusal;
mod rename;
mod routine_options;
mod routine_parameters;
mod schemacmds;
mod sequence;
mod shdepend;
mod tablecmds;
mod typecmds;
mod user;
mod utility;
mod variable;
mod view;
mod xact;

use std::ops::Range;

use crate::catalog::{Catalog, Class, FileId, Note, ObjectId, Origin};
use crate::sql::parse::{self, SyntaxError};
use crate::sql::{Ident, QualifiedName, split};
use database::Database;
use doubt::Doubts;
pub use refusal::{Refusal, Source};
use typecmds::NewLabels;
use xact::Transaction;

/// What a replay makes of the files it was given.
#[derive(Debug)]
pub struct Replayed {
    pub catalog: Catalog,
    /// What was passed over, with its place.
    pub notes: Vec<Note>,
    /// What a server would have refused.
    pub refusals: Vec<Refusal>,
    pub statements: usize,
}

/// A text that is not SQL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadSql {
    pub file: FileId,
    pub span: Range<usize>,
    pub message: String,
    pub help: Option<String>,
}

/// A server that never was: it takes files and holds the catalog they lead to.
#[derive(Debug)]
pub struct Replay {
    database: Database,
    session: Session,
    /// Who runs the files, if that is known.
    role: Option<Ident>,
    transaction: Transaction,
    notes: Vec<Note>,
    refusals: Vec<Refusal>,
    /// The tables whose CREATE was refused.
    never_made: Vec<(QualifiedName, Origin)>,
    statements: usize,
    doubts: Doubts,
    new_labels: NewLabels,
    /// The tables that go away with the transaction (`ON COMMIT DROP`).
    drop_on_commit: Vec<ObjectId>,
    /// What a statement refers to may be missing: it stands for what should be, not for what is.
    lenient: bool,
    /// What the files do not make is nowhere: the database was empty, and no platform brings anything.
    knows_all: bool,
    /// A block of code is at work, which is a transaction of its own.
    runs_code: bool,
}

/// What lasts as long as a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Session {
    /// Without `pg_catalog`, `pg_temp` and `"$user"`.
    search_path: Vec<Ident>,
    /// The role that SET SESSION AUTHORIZATION made it, or that it began as; none if that is not known.
    user: Option<Ident>,
    /// The role that SET ROLE made it; none of them.
    set_role: Option<Ident>,
}

/// The statement at work, and where it stands.
#[derive(Clone, Copy)]
struct Statement<'a> {
    file: FileId,
    text: &'a str,
    /// Where `text` begins in its file.
    base: usize,
    /// The text was put together as code ran: all of it stands for so many bytes there.
    computed: Option<usize>,
}

impl Statement<'_> {
    fn origin(&self) -> Origin {
        self.origin_of(0..self.text.len())
    }

    fn origin_of(&self, span: Range<usize>) -> Origin {
        let span = self.computed.map_or(span, |length| 0..length);
        Origin::File { file: self.file, span: self.base + span.start..self.base + span.end }
    }

    /// The place of the list element at a position that the parser gives: a column, a constraint.
    fn origin_at(&self, location: i32) -> Origin {
        match usize::try_from(location) {
            Ok(from) if from < self.text.len() => self.origin_of(split::element(self.text, from)),
            _ => self.origin(),
        }
    }
}

impl Default for Replay {
    fn default() -> Self {
        Self::new()
    }
}

impl Replay {
    /// An empty database as `template0` makes it.
    pub fn new() -> Self {
        Self::with(Database::new())
    }

    /// The same for a server of this major version, whose types and routines are meant by what names them.
    pub fn meant_for(version: u32) -> Self {
        let mut database = Database::new();
        database.set_version(version);
        Self::with(database)
    }

    /// The same where what the files do not make is nowhere: no platform brings functions and types of its own, so
    /// that a name which is not there is refused in expressions too.
    pub fn knowing_all(self) -> Self {
        Self { knows_all: true, ..self }
    }

    fn with(database: Database) -> Self {
        Self {
            database,
            session: Session::of(None),
            role: None,
            transaction: Transaction::None,
            notes: Vec::new(),
            refusals: Vec::new(),
            never_made: Vec::new(),
            statements: 0,
            doubts: Doubts::default(),
            new_labels: NewLabels::default(),
            drop_on_commit: Vec::new(),
            lenient: false,
            knows_all: false,
            runs_code: false,
        }
    }

    /// Says who runs the files: the owner of what they make.
    pub fn set_role(&mut self, role: Ident) {
        self.session = Session::of(Some(role.clone()));
        self.role = Some(role);
    }

    pub fn catalog(&self) -> &Catalog {
        self.database.catalog()
    }

    /// What was passed over so far.
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// What a server would have refused so far.
    pub fn refusals(&self) -> &[Refusal] {
        &self.refusals
    }

    /// Takes a file as one session. What is not SQL is returned, all of it, and nothing that
    /// stands behind it in the file can be relied on.
    pub fn file(&mut self, file: FileId, text: &str) -> Vec<BadSql> {
        let mut bad = Vec::new();
        for found in split::split(text) {
            let statement = Statement { file, text: &text[found.span.clone()], base: found.span.start, computed: None };
            if found.is_psql_command {
                bad.extend(psql_command(&statement));
                continue;
            }
            match parse::parse(statement.text) {
                Ok(nodes) => {
                    for node in nodes {
                        self.statements += 1;
                        self.execute(&statement, &node);
                    }
                }
                Err(error) => bad.push(bad_sql(&statement, error)),
            }
        }
        self.end_session();
        bad
    }

    pub fn finish(mut self) -> Replayed {
        self.forget_nameless_role();
        let mut refusals = std::mem::take(&mut self.refusals);
        for refusal in &mut refusals {
            refusal.source = refusal.lacks.as_ref().and_then(|lacks| self.source_of(lacks));
        }
        Replayed { catalog: self.database.into_catalog(), notes: self.notes, refusals, statements: self.statements }
    }

    /// The statement that made a relation, or would have; one without a schema is looked for in all of them.
    fn source_of(&self, name: &QualifiedName) -> Option<Source> {
        let is_called = |found: &QualifiedName| {
            found.name == name.name && (name.schema.is_none() || found.schema.is_none() || found.schema == name.schema)
        };
        let is_it = |id: &ObjectId| id.class() == Class::Relation && is_called(&id.qualified_name());
        let never = self.never_made.iter().find(|(name, _)| is_called(name));
        let tables = self.catalog().objects.iter().map(|(id, object)| (id, &object.origin));
        let others = self.catalog().unmodelled.iter().map(|(id, other)| (id, &other.origin));
        let later = tables.chain(others).find(|(id, _)| is_it(id)).map(|(_, origin)| Source::Later(origin.clone()));
        later.or_else(|| never.map(|(_, origin)| Source::Refused(origin.clone())))
    }

    fn note(&mut self, statement: &Statement<'_>, message: impl Into<String>) {
        let note = Note { message: message.into(), origin: statement.origin() };
        // A loop says the same of one place again and again.
        if !self.notes.iter().rev().take(100).any(|known| *known == note) {
            self.notes.push(note);
        }
    }

    /// What a connection leaves behind when it ends: an open transaction is rolled back, temporary
    /// objects go, settings are forgotten.
    fn end_session(&mut self) {
        self.abandon_transaction();
        self.drop_temporary();
        self.database.commit();
        self.session = Session::of(self.role.clone());
    }

    /// All that belongs to the session's own schema.
    fn drop_temporary(&mut self) {
        let temporary = |id: &&ObjectId| id.schema().is_some_and(|schema| *schema == namespace::TEMPORARY);
        let gone: Vec<ObjectId> = self.catalog().objects.keys().filter(temporary).cloned().collect();
        let also: Vec<ObjectId> = self.catalog().unmodelled.keys().filter(temporary).cloned().collect();
        for id in gone {
            self.database.remove(&id);
        }
        for id in also {
            self.database.remove_unmodelled(&id);
        }
    }
}

impl Session {
    /// A new connection of a role.
    fn of(user: Option<Ident>) -> Self {
        Self { search_path: vec![Ident::new("public")], user, set_role: None }
    }

    /// `CURRENT_ROLE`
    fn role(&self) -> Option<&Ident> {
        self.set_role.as_ref().or(self.user.as_ref())
    }
}

/// The identity of a schema.
fn schema_id(name: &Ident) -> ObjectId {
    ObjectId::top(Class::Schema, name)
}

fn bad_sql(statement: &Statement<'_>, error: SyntaxError) -> BadSql {
    let text = statement.text;
    let at = error.offset.unwrap_or(0).min(text.len());
    // At least one character is underlined, also where the text ends too early.
    let start = if at == text.len() { text.floor_char_boundary(at.saturating_sub(1)) } else { at };
    let rest = &text[start..];
    let word = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
    let length = word.max(rest.chars().next().map_or(0, char::len_utf8));
    BadSql {
        file: statement.file,
        span: statement.base + start..statement.base + start + length,
        help: explain(text, rest),
        message: error.message,
    }
}

/// Commands of psql that decide how it prints or fails are nothing to us; those that bring other
/// SQL, or another database, cannot be passed over.
fn psql_command(statement: &Statement<'_>) -> Option<BadSql> {
    const HARMLESS: [&str; 14] = [
        "\\restrict",
        "\\unrestrict",
        "\\echo",
        "\\qecho",
        "\\warn",
        "\\set",
        "\\unset",
        "\\pset",
        "\\timing",
        "\\encoding",
        "\\x",
        "\\a",
        "\\t",
        "\\errverbose",
    ];
    let name = statement.text.split_whitespace().next().unwrap_or_default();
    if HARMLESS.contains(&name) {
        return None;
    }
    let help = match name {
        "\\i" | "\\ir" | "\\include" | "\\include_relative" => "give the files themselves, in their order",
        "\\copy" => "leave the data out: it says nothing about the schema",
        "\\c" | "\\connect" => "check one database at a time",
        _ => "take it out: only psql understands it",
    };
    Some(BadSql {
        file: statement.file,
        span: statement.base..statement.base + name.len(),
        message: format!("{name} is a command of psql, not SQL"),
        help: Some(help.into()),
    })
}

/// Why a text that people do run is not SQL; the parser stopped at `from`.
fn explain(text: &str, from: &str) -> Option<String> {
    let help = if text.contains("{{") || text.contains("{%") {
        "this looks like a template: render it first, and check what comes out"
    } else if text.lines().any(|line| line.starts_with('\\')) {
        "a line that begins with a backslash is a command of psql, not SQL: take it out, or dump with --inserts"
    } else if text.starts_with('{') {
        "this looks like JSON: a snapshot is a source of `diff`"
    } else if text.contains('\u{a0}') {
        "there is a no-break space in it, which is no white space to SQL"
    } else if from.starts_with(':') {
        "this looks like a variable of psql (:name): put its value in first"
    } else {
        return None;
    };
    Some(help.into())
}
