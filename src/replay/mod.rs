//! SQL files folded over a catalog, one statement at a time, as a server would take them. Opens no
//! file: it gets their texts. The rooms inside are called after PostgreSQL's own
//! (`src/backend/commands`, `src/backend/catalog`, `parse_utilcmd.c`).

mod acl;
mod aclchk;
mod aggregatecmds;
mod alter;
mod alter_column;
mod alter_constraint;
mod alter_table;
mod amcmds;
mod binding;
mod check;
mod collationcmds;
mod comment;
mod createas;
mod database;
mod default_acl;
mod define;
mod dependency;
mod doubt;
mod dropcmds;
mod event_trigger;
mod exclusion;
mod extension;
mod foreign_key;
mod foreign_table;
mod foreigncmds;
mod functioncmds;
mod generated;
mod heap;
mod identity;
mod index_constraint;
mod indexcmds;
mod inherit;
mod like;
mod namespace;
mod not_null;
mod objectaddress;
mod opclass;
mod opclasscmds;
mod operatorcmds;
mod owner;
mod parse_func;
mod parse_utilcmd;
mod partbounds;
mod partition;
mod partition_qual;
mod plpgsql;
mod policy;
mod proclang;
mod psql;
mod publicationcmds;
mod query;
mod references;
mod refusal;
mod reloptions;
mod rename;
mod rewrite_define;
mod routine_options;
mod routine_parameters;
mod row_filter;
mod schemacmds;
mod script;
mod sequence;
mod shdepend;
mod sql_body;
mod statscmds;
mod storage;
mod subscriptioncmds;
mod tablecmds;
mod trigger;
mod tsearchcmds;
mod typecmds;
mod typed_table;
mod updatable;
mod user;
mod utility;
mod variable;
mod view;
mod volatility;
mod xact;

use std::collections::BTreeMap;
use std::ops::Range;

use crate::catalog::{Catalog, Class, FileId, Note, ObjectId, Origin};
use crate::sql::places::Places;
use crate::sql::psql::Variables;
use crate::sql::{Ident, QualifiedName, split};
use database::Database;
use doubt::Doubts;
pub use plpgsql::condition_of;
pub use refusal::{Refusal, Source};
pub use script::{BadSql, Include, NoFiles, Script, Settings};
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
    settings: Settings,
    /// The database at hand, if anything has given it a name.
    database_name: Option<String>,
    /// Something has been made or changed in it.
    is_touched: bool,
    /// A statement was refused, and nothing is run behind it.
    has_stopped: bool,
    /// The code that is at work, and what it can call.
    code: plpgsql::Work,
}

/// What lasts as long as a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Session {
    /// Without `pg_catalog`, `pg_temp` and `"$user"`.
    search_path: Vec<Ident>,
    /// What SET has set, by its name, as `pg_settings` shows it.
    settings: BTreeMap<String, String>,
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
    /// Where it lies in the file, if the text that it is part of is not the file's.
    places: Option<&'a Places>,
}

impl Statement<'_> {
    fn origin(&self) -> Origin {
        self.origin_of(0..self.text.len())
    }

    fn origin_of(&self, span: Range<usize>) -> Origin {
        let span = self.computed.map_or(span, |length| 0..length);
        let span = self.base + span.start..self.base + span.end;
        Origin::File { file: self.file, span: self.places.map_or(span.clone(), |places| places.source(span)) }
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
            settings: Settings::default(),
            database_name: None,
            is_touched: false,
            has_stopped: false,
            code: plpgsql::Work::default(),
        }
    }

    /// Says who runs the files: the owner of what they make.
    pub fn set_role(&mut self, role: Ident) {
        self.role = Some(role);
        self.session = self.new_session();
    }

    pub fn catalog(&self) -> &Catalog {
        self.database.catalog()
    }

    /// How many statements have been read so far.
    pub fn statements(&self) -> usize {
        self.statements
    }

    /// What was passed over so far.
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// What a server would have refused so far.
    pub fn refusals(&self) -> &[Refusal] {
        &self.refusals
    }

    /// How scripts are run from here on.
    pub fn set(&mut self, settings: Settings) {
        self.settings = settings;
        self.session = self.new_session();
    }

    /// Takes a file as one session. What is not SQL is returned, all of it, and nothing that
    /// stands behind it in the file can be relied on.
    pub fn file(&mut self, file: FileId, text: &str) -> Vec<BadSql> {
        self.run(&Script::of(file, text), &mut NoFiles)
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
        self.session = self.new_session();
    }

    /// What a connection begins with.
    fn new_session(&self) -> Session {
        let usual = Session::of(self.role.clone());
        Session { search_path: self.settings.search_path.clone().unwrap_or(usual.search_path), ..usual }
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
        Self { search_path: vec![Ident::new("public")], settings: BTreeMap::new(), user, set_role: None }
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
