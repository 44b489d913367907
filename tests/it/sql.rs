//! SQL in, catalogs out: the words that the tests of both doors share.

use schema_check::catalog::tree::Unresolved;
use schema_check::catalog::{Catalog, FileId, NEWEST_VERSION, Origin};
use schema_check::compare::{Drift, What, compare};
use schema_check::live::{self, Options, Target};
use schema_check::replay::{Refusal, Replay, Replayed};
use schema_check::sql::Ident;
use schema_check::sql::split::split;
use schema_check::{expr, sql};

use crate::server::Database;

/// Runs on a stack that SQL can nest on.
pub(crate) fn on_big_stack<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(sql::STACK_SIZE).spawn_scoped(scope, work).unwrap();
        thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

/// What a replay makes of files, whatever else there may be. What is no SQL counts as refused, as it is by a server.
pub(crate) fn replay(files: &[&str]) -> Replayed {
    replayed(Replay::meant_for(NEWEST_VERSION), files)
}

/// What it makes of them for a server of that major version, in a database in which there is nothing else.
pub(crate) fn replay_for(version: u32, files: &[&str]) -> Replayed {
    replayed(Replay::meant_for(version).knowing_all(), files)
}

fn replayed(mut replay: Replay, files: &[&str]) -> Replayed {
    // Who applies files to the servers of the tests.
    replay.set_role(Ident::new("postgres"));
    let mut refusals = Vec::new();
    for (number, text) in files.iter().enumerate() {
        let file = FileId(u32::try_from(number).unwrap());
        refusals.extend(replay.file(file, text).into_iter().map(|bad| Refusal {
            sqlstate: "42601",
            message: bad.message,
            hint: bad.help,
            origin: Origin::File { file, span: bad.span },
            lacks: None,
            source: None,
        }));
    }
    let mut replayed = replay.finish();
    replayed.refusals.extend(refusals);
    replayed.refusals.sort_by_key(|refusal| match &refusal.origin {
        Origin::File { file, span } => (file.0, span.start),
        Origin::Server => (0, 0),
    });
    replayed
}

/// What a server holds.
#[track_caller]
pub(crate) fn read(database: &Database<'_>) -> Catalog {
    let target = Target::parse(&database.url(), &|_| None).unwrap();
    live::read(&target, &Options::default()).unwrap_or_else(|error| panic!("{error}")).catalog
}

/// A statement that was refused: where it begins in its file, and the SQLSTATE.
pub(crate) type Refused = (usize, String);

/// Sends a file statement by statement, as `psql` does, and goes on behind what is refused.
pub(crate) fn apply(database: &Database<'_>, text: &str) -> Vec<Refused> {
    let mut client = database.connect();
    let mut refused = Vec::new();
    for statement in split(text).into_iter().filter(|statement| !statement.is_psql_command) {
        let sql = &text[statement.span.clone()];
        // The rows of a COPY are not sent, and it is nothing to the schema.
        if sql.get(..4).is_some_and(|word| word.eq_ignore_ascii_case("copy")) {
            continue;
        }
        if let Err(error) = client.batch_execute(sql) {
            let code = error.code().map_or_else(|| error.to_string(), |code| code.code().to_owned());
            refused.push((statement.span.start, code));
        }
    }
    refused
}

/// The statements that a replay refused of a file, given its place among the files.
pub(crate) fn refused(replayed: &Replayed, file: usize, text: &str) -> Vec<Refused> {
    refused_in(&replayed.refusals, file, text)
}

/// The same, out of all that were refused so far.
pub(crate) fn refused_in(refusals: &[Refusal], file: usize, text: &str) -> Vec<Refused> {
    let statements = split(text);
    let statement_at = |at: usize| statements.iter().rev().find(|s| s.span.start <= at).map_or(0, |s| s.span.start);
    let place = |origin: &Origin| match origin {
        Origin::File { file: FileId(number), span } => {
            (usize::try_from(*number) == Ok(file)).then(|| statement_at(span.start))
        }
        Origin::Server => None,
    };
    refusals.iter().filter_map(|refusal| Some((place(&refusal.origin)?, refusal.sqlstate.to_owned()))).collect()
}

/// All that differs between two catalogs, either way round, a line each.
pub(crate) fn differences(one: &Catalog, other: &Catalog) -> Vec<String> {
    let (mut one, mut other) = (one.clone(), other.clone());
    expr::settle(&mut one, &mut other);
    compare(&one, &other).iter().map(line).collect()
}

pub(crate) fn line(drift: &Drift) -> String {
    let name = format!("{} {}", drift.kind.noun(), drift.id);
    match &drift.what {
        What::Missing => format!("{name}: missing"),
        What::Unexpected { .. } => format!("{name}: unexpected"),
        What::Kind { expected, observed } => format!("{name}: {expected} / {observed}"),
        What::Uncertain { definition, expected, observed, unresolved } => {
            let unresolved = words(unresolved);
            format!("{name}: {}: {expected} / {observed} (uncertain: {unresolved})", definition.name)
        }
        What::Attribute { definition, expected, observed } => {
            format!("{name}: {}: {expected} / {observed}", definition.name)
        }
    }
}

/// What could not be looked up.
pub(crate) fn words<'a>(unresolved: impl IntoIterator<Item = &'a Unresolved>) -> String {
    unresolved.into_iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
