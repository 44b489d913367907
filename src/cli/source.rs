//! Paths and URLs → texts and catalogs.

use std::fs;
use std::io::Write;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Sender};
use std::thread::{self, JoinHandle};

use super::asserting::Asking;
use super::problem::Problem;
use super::sql::{Replaying, replay};
use super::waiting::Waiting;
use super::{Timeouts, connection, snapshot, specs};
use crate::catalog::{Catalog, FileId, Note};
use crate::files::Files;
use crate::findings::Finding;
use crate::live::{Answer, ServerInfo, Session};
use crate::report::untrusted::Untrusted;
use crate::snapshot::Database;
use crate::spec::Document;
use crate::spec::document::Guard;
use crate::spec::guard::Identity;
use crate::sql::STACK_SIZE;

/// Larger files are hardly specs, and hardly migrations.
pub(super) const MAX_SPEC_BYTES: u64 = 64 << 20;
pub(super) const MAX_SQL_BYTES: u64 = 256 << 20;

/// What was read, wherever it came from.
pub(super) struct Source {
    pub(super) catalog: Catalog,
    pub(super) notes: Vec<Note>,
    /// Statements that a server would have refused.
    pub(super) refused: Vec<Finding>,
    /// For the header of a report.
    pub(super) name: String,
    /// How folders of SQL files were read, where that is not just in their order.
    pub(super) layouts: Vec<String>,
    /// The files that only say what was there before.
    pub(super) preludes: Vec<FileId>,
    /// Where it came from, as a snapshot of it says: without a user.
    pub(super) kept_as: String,
    /// What the guard of a spec asks about; SQL files have none of it.
    pub(super) database: Option<Database>,
    /// When a snapshot of it was made.
    pub(super) read_at: Option<String>,
    /// What a server answered to what it was asked; none where there is no server.
    pub(super) answers: Option<Vec<Answer>>,
}

/// Where it is read from.
#[derive(Clone, Debug)]
pub(super) enum Place {
    Database(String),
    Snapshot(PathBuf),
    Sql(Vec<PathBuf>),
}

/// Reads it from there.
pub(super) fn observed(
    place: &Place,
    files: &mut Files,
    timeouts: &Timeouts,
    asking: &Asking<'_>,
    replaying: &Replaying,
) -> Result<Source, Problem> {
    Begun::NotYet(place, timeouts.clone()).finish(files, asking, replaying)
}

/// Reads a database and asks it what a spec wants to know, unless the guard of that is against it.
pub(super) fn database(url: &str, timeouts: &Timeouts, asking: &Asking<'_>) -> Result<Source, Problem> {
    connected(url, timeouts, || Some(asking.guard.clone()))?.finish(asking)
}

/// What is read already while something else is done, if that can be: a server works on its own.
pub(super) enum Begun<'p> {
    /// The guard that it has to meet before it is read, once that is known.
    Database(JoinHandle<Result<Connected, Problem>>, Sender<Guard>),
    NotYet(&'p Place, Timeouts),
}

impl<'p> Begun<'p> {
    /// Where nobody waits for what comes of it, it ends with the process. `may_be_guarded`: there may be a guard against
    /// reading it.
    pub(super) fn of(place: &'p Place, timeouts: &Timeouts, may_be_guarded: bool) -> Self {
        let not_yet = Self::NotYet(place, timeouts.clone());
        let Place::Database(url) = place else { return not_yet };
        let (url, timeouts) = (url.clone(), timeouts.clone());
        let (guards, known) = mpsc::channel();
        if !may_be_guarded {
            let _ = guards.send(Guard::default());
        }
        let reading = move || connected(&url, &timeouts, || known.recv().ok());
        // Where there is no room for another thread, this one does it.
        let reading = thread::Builder::new().stack_size(STACK_SIZE).spawn(reading);
        reading.map_or(not_yet, |reading| Self::Database(reading, guards))
    }

    pub(super) fn finish(
        self,
        files: &mut Files,
        asking: &Asking<'_>,
        replaying: &Replaying,
    ) -> Result<Source, Problem> {
        match self {
            Self::Database(reading, guards) => {
                let _ = guards.send(asking.guard.clone());
                match reading.join() {
                    Ok(connected) => connected?.finish(asking),
                    Err(panic) => resume_unwind(panic),
                }
            }
            Self::NotYet(Place::Database(url), timeouts) => database(url, &timeouts, asking),
            Self::NotYet(Place::Snapshot(path), _) => snapshot::open(path, asking.guard),
            Self::NotYet(Place::Sql(paths), _) => replay(paths, files, replaying, replaying.version),
        }
    }
}

/// A database whose catalog has been read, in a transaction that is still open.
pub(super) struct Connected {
    session: Session,
    /// Where the settings are from that the connection string leaves open.
    origins: Vec<String>,
    catalog: Catalog,
    notes: Vec<Note>,
}

/// Reads a database unless the guard is against it. There is none where what it stands in could not be read.
fn connected(url: &str, timeouts: &Timeouts, guard: impl FnOnce() -> Option<Guard>) -> Result<Connected, Problem> {
    let waiting = Waiting::begin("connecting to the database");
    let (mut session, origins) = connection::open(url, timeouts)?;
    let server = session.server();
    let Some(guard) = guard() else { return Err(Problem::input("there is nothing to read the database for", None)) };
    refuse(&guard, &identity_of(server))?;
    waiting.now(|| format!("reading the catalog of {} at {}", server.database, server.host));
    let (catalog, notes) = session.begin()?;
    Ok(Connected { session, origins, catalog, notes })
}

impl Connected {
    fn finish(self, asking: &Asking<'_>) -> Result<Source, Problem> {
        let Self { mut session, origins, catalog, notes } = self;
        for remark in session.remarks() {
            let _ = writeln!(std::io::stderr(), "note: {}", Untrusted::new(remark.as_str()).term());
        }
        refuse(asking.guard, &identity_of(session.server()))?;
        let answers = session.ask(&asking.schemas, &asking.questions)?;
        session.end()?;
        let server = session.server();
        let ServerInfo { host, port, database, server_version, .. } = server;
        Ok(Source {
            catalog,
            notes,
            refused: Vec::new(),
            name: connection::describe(server, &origins),
            layouts: Vec::new(),
            preludes: Vec::new(),
            kept_as: format!("database {database} at {host}:{port}, PostgreSQL {server_version}"),
            database: Some(Database { name: database.clone(), host: host.clone() }),
            read_at: None,
            answers: Some(answers),
        })
    }
}

fn identity_of(server: &ServerInfo) -> Identity<'_> {
    Identity { host: &server.host, database: &server.database, major: server.server_version_num / 10_000 }
}

/// Goes no further where the guard of a spec is against it.
pub(super) fn refuse(guard: &Guard, identity: &Identity<'_>) -> Result<(), Problem> {
    let mismatches = guard.mismatches(identity);
    if mismatches.is_empty() { Ok(()) } else { Err(mismatches.into()) }
}

pub(super) fn walk(folder: &Path, found: &mut Vec<PathBuf>, wanted: &dyn Fn(&Path) -> bool) -> Result<(), Problem> {
    let unreadable = |error| Problem::input(format!("{} cannot be read: {error}", folder.display()), None);
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        // A link to a folder is not followed, so that no circle of them holds us up.
        let file_type = entry.file_type().map_err(unreadable)?;
        let path = entry.path();
        if file_type.is_dir() {
            walk(&path, found, wanted)?;
        } else if wanted(&path) {
            found.push(path);
        }
    }
    Ok(())
}

pub(super) fn has_extension(path: &Path, wanted: &[&str]) -> bool {
    path.extension().and_then(|extension| extension.to_str()).is_some_and(|extension| wanted.contains(&extension))
}

/// Whether a text that stands where a path or a name should may hold a password.
pub(super) fn holds_connection_string(text: &str) -> bool {
    text.contains("://") || text.contains('@') || text.contains("password=")
}

pub(super) fn metadata(path: &Path) -> Result<fs::Metadata, Problem> {
    if !path.exists() && holds_connection_string(&path.to_string_lossy()) {
        let help = "a database is given by --db, or as postgresql://…".to_owned();
        return Err(Problem::input("this looks like a connection string, where a path was expected", Some(help)));
    }
    fs::metadata(path).map_err(|error| Problem::input(format!("{} cannot be read: {error}", path.display()), None))
}

/// Any source by its looks: a URL, a spec, a snapshot, SQL.
pub(super) enum Any {
    Source(Box<Source>),
    Spec(Box<Document>, String),
}

/// Whether a source is a database.
pub(super) fn is_database(text: &str) -> bool {
    text.contains("://")
        || text.starts_with("env:")
        || ["dbname=", "host=", "user=", "port="].iter().any(|key| text.contains(key))
}

/// Whether a source is of a version of its own: a database, or what was kept of one.
pub(super) fn has_version(text: &str) -> bool {
    is_database(text) || has_extension(Path::new(text), &["json"])
}

pub(super) fn is_spec(text: &str) -> bool {
    !is_database(text) && has_extension(Path::new(text), &["yaml", "yml"])
}

/// Reads a source of whatever sort. `version` is the one that SQL files are meant for.
pub(super) fn any(
    source: &str,
    files: &mut Files,
    timeouts: &Timeouts,
    asking: &Asking<'_>,
    replaying: &Replaying,
    version: Option<u32>,
) -> Result<Any, Problem> {
    if is_database(source) {
        return Ok(Any::Source(Box::new(database(source, timeouts, asking)?)));
    }
    let path = Path::new(source);
    if is_spec(source) {
        return Ok(Any::Spec(Box::new(specs::read(&[path.to_owned()], files)?.document), format!("spec {source}")));
    }
    if has_extension(path, &["json"]) {
        return Ok(Any::Source(Box::new(snapshot::open(path, asking.guard)?)));
    }
    Ok(Any::Source(Box::new(replay(&[path.to_owned()], files, replaying, version)?)))
}
