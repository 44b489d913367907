//! Paths and URLs → texts and catalogs.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::problem::Problem;
use super::{Timeouts, plural};
use crate::catalog::{Catalog, Note, Origin};
use crate::files::Files;
use crate::findings::{Finding, refused};
use crate::live::{ServerInfo, Session, Target};
use crate::replay::Replay;
use crate::spec::document::Guard;
use crate::spec::guard::Identity;
use crate::spec::{self, Document};

/// Larger files are hardly specs, and hardly migrations.
const MAX_SPEC_BYTES: u64 = 64 << 20;
const MAX_SQL_BYTES: u64 = 256 << 20;

/// What was read, wherever it came from.
pub(super) struct Source {
    pub(super) catalog: Catalog,
    pub(super) notes: Vec<Note>,
    /// Statements that a server would have refused.
    pub(super) refused: Vec<Finding>,
    /// For the header of a report.
    pub(super) name: String,
}

/// Reads a database, unless the guard of a spec is against it.
pub(super) fn database(url: &str, timeouts: &Timeouts, guard: &Guard) -> Result<Source, Problem> {
    let mut session = connect(url, timeouts)?;
    let server = session.server();
    let identity =
        Identity { host: &server.host, database: &server.database, major: server.server_version_num / 10_000 };
    let mismatches = guard.mismatches(&identity);
    if !mismatches.is_empty() {
        return Err(mismatches.into());
    }
    let (catalog, notes) = session.read()?;
    Ok(Source { catalog, notes, refused: Vec::new(), name: describe(session.server()) })
}

fn connect(url: &str, timeouts: &Timeouts) -> Result<Session, Problem> {
    let environment = |name: &str| std::env::var(name).ok();
    let url = match url.strip_prefix("env:") {
        Some(name) if holds_connection_string(name) => {
            let help = "write env:NAME, with the name of a variable that holds the connection string".to_owned();
            return Err(Problem::input("behind env: there is no name of a variable", Some(help)));
        }
        Some(name) => environment(name).ok_or_else(|| {
            let help = "set it, or give the connection string itself".to_owned();
            Problem::input(format!("the environment variable {name} is not set"), Some(help))
        })?,
        None => url.to_owned(),
    };
    let target = Target::parse(&url, &environment)?;
    Ok(Session::open(&target, &timeouts.options())?)
}

fn describe(server: &ServerInfo) -> String {
    let ServerInfo { host, port, database, user, tls, server_version, .. } = server;
    format!("database {database} at {host}:{port} as {user}, PostgreSQL {server_version}, {tls}")
}

/// Replays SQL files in their order.
pub(super) fn replay(paths: &[PathBuf], files: &mut Files, version: Option<u32>) -> Result<Source, Problem> {
    let mut found = Vec::new();
    let mut notes = Vec::new();
    for path in paths {
        found.extend(sql_files(path, &mut notes)?);
    }
    let mut replay = version.map_or_else(Replay::new, Replay::meant_for);
    let mut bad = Vec::new();
    for path in &found {
        let text = without_down_part(read_text(path, MAX_SQL_BYTES)?);
        let file = files.add(path.display().to_string(), text);
        bad.extend(replay.file(file, files.text(file)));
    }
    if !bad.is_empty() {
        return Err(bad.into());
    }
    let replayed = replay.finish();
    if replayed.statements == 0 {
        let help = "check the path: a comparison with nothing would find nothing".to_owned();
        return Err(Problem::input("there is no statement in these SQL files", Some(help)));
    }
    notes.extend(replayed.notes);
    let names: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
    Ok(Source {
        catalog: replayed.catalog,
        notes,
        refused: refused(&replayed.refusals),
        name: format!(
            "{} ({}, {})",
            names.join(", "),
            plural(found.len(), "file"),
            plural(replayed.statements, "statement")
        ),
    })
}

/// The specs at some paths, read as one. All mistakes of all files show at once.
pub(super) fn specs(paths: &[PathBuf], files: &mut Files) -> Result<Document, Problem> {
    let mut problems: Option<Problem> = None;
    let mut documents = Vec::new();
    let mut known = BTreeSet::new();
    for path in paths {
        for path in spec_files(path)? {
            // Named twice, or named beside its folder, it is still one.
            if !known.insert(fs::canonicalize(&path).unwrap_or_else(|_| path.clone())) {
                continue;
            }
            let text = read_text(&path, MAX_SPEC_BYTES)?;
            let file = files.add(path.display().to_string(), text);
            match spec::read(file, files.text(file)) {
                Ok(document) => documents.push(document),
                Err(errors) => {
                    let problem = Problem::from(errors);
                    problems = Some(match problems {
                        Some(before) => before.and(problem),
                        None => problem,
                    });
                }
            }
        }
    }
    if let Some(problem) = problems {
        return Err(problem);
    }
    let mut merged = Document::default();
    for document in documents {
        merged = spec::merge(merged, document)?;
    }
    Ok(merged)
}

/// The `.sql` files of a path in the order in which migration tools apply them.
fn sql_files(path: &Path, notes: &mut Vec<Note>) -> Result<Vec<PathBuf>, Problem> {
    if !metadata(path)?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut found = Vec::new();
    walk(path, &mut found, &|path| has_extension(path, &["sql"]))?;
    found.sort_by(|one, other| {
        let order = natural(&one.to_string_lossy(), &other.to_string_lossy());
        is_repeatable(one).cmp(&is_repeatable(other)).then(order)
    });
    let (undo, apply): (Vec<PathBuf>, Vec<PathBuf>) = found.into_iter().partition(|path| undoes(path));
    for path in undo {
        let message = format!("{} was left out: by its name it undoes a migration", path.display());
        notes.push(Note { message, origin: Origin::Server });
    }
    if apply.is_empty() {
        let help = "name the folder that holds the migrations".to_owned();
        return Err(Problem::input(format!("there is no .sql file in {}", path.display()), Some(help)));
    }
    Ok(apply)
}

fn spec_files(path: &Path) -> Result<Vec<PathBuf>, Problem> {
    if !metadata(path)?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut found = Vec::new();
    walk(path, &mut found, &|path| has_extension(path, &["yaml", "yml"]))?;
    found.sort();
    if found.is_empty() {
        return Err(Problem::input(format!("there is no .yaml file in {}", path.display()), None));
    }
    Ok(found)
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>, wanted: &dyn Fn(&Path) -> bool) -> Result<(), Problem> {
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

fn has_extension(path: &Path, wanted: &[&str]) -> bool {
    path.extension().and_then(|extension| extension.to_str()).is_some_and(|extension| wanted.contains(&extension))
}

/// `001_x.down.sql`, `001_x_down.sql`, `U1__x.sql`, `down/001_x.sql`, `down.sql`.
fn undoes(path: &Path) -> bool {
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let folder = path.parent().and_then(|parent| parent.file_name()).and_then(|name| name.to_str());
    let is_flyway_undo = stem
        .strip_prefix('U')
        .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()) && rest.contains("__"));
    [".down", "_down", "-down", ".undo", ".rollback"].iter().any(|ending| stem.ends_with(ending))
        || stem == "down"
        || folder == Some("down")
        || is_flyway_undo
}

/// Flyway runs `R__x.sql` behind all that has a version.
fn is_repeatable(path: &Path) -> bool {
    path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with("R__"))
}

/// Numbers by their value, all else by its characters: `9_x` before `10_x`.
fn natural(one: &str, other: &str) -> Ordering {
    let (mut a, mut b) = (one.as_bytes(), other.as_bytes());
    loop {
        match (a.first(), b.first()) {
            (Some(x), Some(y)) if x.is_ascii_digit() && y.is_ascii_digit() => {
                let (number_a, rest_a) = leading_number(a);
                let (number_b, rest_b) = leading_number(b);
                match number_a.len().cmp(&number_b.len()).then_with(|| number_a.cmp(number_b)) {
                    Ordering::Equal => (a, b) = (rest_a, rest_b),
                    decided => return decided,
                }
            }
            (Some(x), Some(y)) if x == y => (a, b) = (&a[1..], &b[1..]),
            // A separator ends a number, so `V1__a` comes before `V1_1__b`.
            (x, y) => {
                let rank = |byte: Option<&u8>| byte.map(|byte| (!b"_-. /".contains(byte), *byte));
                return rank(x).cmp(&rank(y)).then_with(|| one.cmp(other));
            }
        }
    }
}

/// The digits at the start, without leading zeros, and what follows them.
fn leading_number(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    let zeros = text[..end].iter().take_while(|byte| **byte == b'0').count();
    (&text[zeros..end], &text[end..])
}

/// Some tools keep the way back in the same file, behind a comment of their own; it is blanked,
/// so that places stay true.
fn without_down_part(text: String) -> String {
    const DOWN: [&str; 4] = ["+goose down", "migrate:down", "+migrate down", "+micrate down"];
    const UP: [&str; 4] = ["+goose up", "migrate:up", "+migrate up", "+micrate up"];
    let lower = text.to_ascii_lowercase();
    if !DOWN.iter().any(|marker| lower.contains(marker)) {
        return text;
    }
    let mut blank = false;
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let comment = line.trim_start().strip_prefix("--").unwrap_or_default();
        let start = comment.trim_start().to_ascii_lowercase();
        if DOWN.iter().any(|marker| start.starts_with(marker)) {
            blank = true;
        } else if UP.iter().any(|marker| start.starts_with(marker)) {
            blank = false;
        }
        if blank {
            out.extend(line.bytes().map(|byte| if byte == b'\n' || byte == b'\r' { char::from(byte) } else { ' ' }));
        } else {
            out.push_str(line);
        }
    }
    out
}

/// Whether a text that stands where a path or a name should may hold a password.
pub(super) fn holds_connection_string(text: &str) -> bool {
    text.contains("://") || text.contains('@') || text.contains("password=")
}

fn metadata(path: &Path) -> Result<fs::Metadata, Problem> {
    if !path.exists() && holds_connection_string(&path.to_string_lossy()) {
        let help = "a database is given by --db, or as postgresql://…".to_owned();
        return Err(Problem::input("this looks like a connection string, where a path was expected", Some(help)));
    }
    fs::metadata(path).map_err(|error| Problem::input(format!("{} cannot be read: {error}", path.display()), None))
}

/// A regular file of a bearable size, as text.
pub(super) fn read_text(path: &Path, limit: u64) -> Result<String, Problem> {
    let name = path.display();
    let found = metadata(path)?;
    if !found.is_file() {
        return Err(Problem::input(format!("{name} is not a file"), None));
    }
    let too_large = || {
        let help =
            (limit == MAX_SQL_BYTES).then(|| "schema and data are best kept apart: pg_dump --schema-only".to_owned());
        Problem::input(format!("{name} is larger than {} MiB", limit >> 20), help)
    };
    if found.len() > limit {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    let unreadable = |error| Problem::input(format!("{name} cannot be read: {error}"), None);
    fs::File::open(path).map_err(unreadable)?.take(limit + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > limit {
        return Err(too_large());
    }
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(Problem::input(format!("{name} is UTF-16"), Some("save it as UTF-8".into())));
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
        Problem::input(format!("{name} is not UTF-8: line {line}, byte {at}"), Some("save it as UTF-8".into()))
    })
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

pub(super) fn is_spec(text: &str) -> bool {
    !is_database(text) && has_extension(Path::new(text), &["yaml", "yml"])
}

/// Reads a source of whatever sort. `version` is the one that SQL files are meant for.
pub(super) fn any(
    text: &str,
    files: &mut Files,
    timeouts: &Timeouts,
    guard: &Guard,
    version: Option<u32>,
) -> Result<Any, Problem> {
    if is_database(text) {
        return Ok(Any::Source(Box::new(database(text, timeouts, guard)?)));
    }
    let path = Path::new(text);
    if is_spec(text) {
        return Ok(Any::Spec(Box::new(specs(&[path.to_owned()], files)?), format!("spec {text}")));
    }
    if has_extension(path, &["json"]) {
        let json = read_text(path, MAX_SQL_BYTES)?;
        let (catalog, notes) =
            crate::snapshot::from_json(&json).map_err(|message| Problem::input(format!("{text}: {message}"), None))?;
        let name = format!("snapshot {text}");
        return Ok(Any::Source(Box::new(Source { catalog, notes, refused: Vec::new(), name })));
    }
    Ok(Any::Source(Box::new(replay(&[path.to_owned()], files, version)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn in_order(names: &[&str]) {
        let mut sorted = names.to_vec();
        sorted.reverse();
        sorted.sort_by(|one, other| natural(one, other));
        assert_eq!(sorted, names);
    }

    #[test]
    fn files_come_in_the_order_of_their_numbers() {
        in_order(&["1_a.sql", "2_b.sql", "10_c.sql"]);
        in_order(&["V1__a.sql", "V1_1__b.sql", "V2__c.sql"]);
        in_order(&["001.sql", "002.sql", "010.sql"]);
        in_order(&["20260129000000_users.sql", "20260129000001_jobs.sql"]);
    }

    #[test]
    fn what_undoes_is_told_by_its_name() {
        for name in ["001_x.down.sql", "m/down/001.sql", "U2__x.sql", "m/20200101/down.sql"] {
            assert!(undoes(Path::new(name)), "{name}");
        }
        for name in ["001_x.up.sql", "001_slow_down_rate.sql", "Users.sql", "V2__x.sql"] {
            assert!(!undoes(Path::new(name)), "{name}");
        }
    }

    #[test]
    fn the_way_back_is_blanked_in_place() {
        let text = "-- +goose Up\ncreate table é ();\n-- +goose Down\ndrop table é;\n";
        let out = without_down_part(text.to_owned());
        assert_eq!(out.len(), text.len());
        assert_eq!(out.trim_end(), "-- +goose Up\ncreate table é ();");
    }
}
