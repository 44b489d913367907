//! SQL files and folders of them → a catalog.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, ValueEnum};
use encoding_rs::Encoding;

use super::include::Reader;
use super::prelude::{PRELUDES, Prelude};
use super::problem::Problem;
use super::source::{MAX_SQL_BYTES, Source, has_extension, metadata, walk};
use super::waiting::Waiting;
use super::{plural, text};
use crate::catalog::{FileId, Note, Origin};
use crate::files::Files;
use crate::findings::refused;
use crate::layout::{self, Fault, Folder, Layout, Plan};
use crate::replay::{Replay, Script, Settings};
use crate::sql::Ident;

/// How SQL files are read and run.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "SQL files")]
pub(super) struct Replaying {
    /// The major version of PostgreSQL that SQL files are meant for [default: 18; in `diff` that of the other source].
    #[arg(long = "postgres", value_name = "VERSION", value_parser = clap::value_parser!(u32).range(13..=18))]
    pub(super) version: Option<u32>,
    /// The tool whose migrations a folder holds, if it cannot be told by its looks: plain, supabase, golang-migrate,
    /// goose, dbmate, sql-migrate, sqlx, diesel, flyway, refinery, prisma, drizzle, hasura, node-pg-migrate, up-down,
    /// atlas, liquibase or sqitch.
    #[arg(long, value_name = "NAME", value_parser = layout_named)]
    pub(super) layout: Option<Layout>,
    /// A value for a variable of psql (:NAME) or a placeholder (${NAME}, {{NAME}}). May be repeated.
    #[arg(long = "var", value_name = "NAME=VALUE", value_parser = variable)]
    pub(super) variables: Vec<(String, String)>,
    /// What was there before the files: supabase, neon, rds, or an SQL file. May be repeated.
    #[arg(long = "prelude", value_name = "NAME|FILE")]
    pub(super) preludes: Vec<String>,
    /// The encoding of SQL files that are not UTF-8: latin1, windows-1252, utf-16, …
    #[arg(long, value_name = "NAME", value_parser = text::encoding)]
    pub(super) encoding: Option<&'static Encoding>,
    /// What happens behind a statement that a server would refuse [default: continue].
    #[arg(long, value_name = "WHAT")]
    pub(super) on_error: Option<OnError>,
    /// The role that runs the files, to which what they make belongs.
    #[arg(long, value_name = "NAME")]
    pub(super) role: Option<String>,
    /// Let scripts include files from anywhere, and not only from below the folder that was given.
    #[arg(long)]
    pub(super) include_anywhere: bool,
    /// The files and preludes make all there is: whatever role, type or function they name and do not make is
    /// refused, as a server would.
    #[arg(long)]
    pub(super) complete: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum OnError {
    /// The next statement is run, as psql does.
    Continue,
    /// Nothing is run any more.
    Stop,
}

impl Replaying {
    /// What is said here, and else what is said there; values of variables add up, and those from here win.
    pub(super) fn or(&self, other: &Self) -> Self {
        let is_given = |name: &str| self.variables.iter().any(|(given, _)| given == name);
        let more = other.variables.iter().filter(|(name, _)| !is_given(name));
        Self {
            version: self.version.or(other.version),
            layout: self.layout.or(other.layout),
            variables: self.variables.iter().chain(more).cloned().collect(),
            preludes: if self.preludes.is_empty() { other.preludes.clone() } else { self.preludes.clone() },
            encoding: self.encoding.or(other.encoding),
            on_error: self.on_error.or(other.on_error),
            role: self.role.clone().or_else(|| other.role.clone()),
            include_anywhere: self.include_anywhere || other.include_anywhere,
            complete: self.complete || other.complete,
        }
    }

    /// The values that were given by name.
    pub(super) fn values(&self) -> impl Iterator<Item = (&str, &str)> + Clone {
        self.variables.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    fn settings(&self) -> Settings {
        let path = self.preludes.iter().filter_map(|name| Prelude::named(name)?.search_path()).next_back();
        Settings {
            variables: self.variables.iter().map(|(name, value)| (name.clone(), Some(value.clone()))).collect(),
            stops_on_error: self.on_error == Some(OnError::Stop),
            search_path: path,
        }
    }
}

pub(super) fn layout_named(name: &str) -> Result<Layout, String> {
    let found = Layout::ALL.iter().find(|layout| layout.name() == name);
    found.copied().ok_or_else(|| {
        let names: Vec<&str> = Layout::ALL.iter().map(|layout| layout.name()).collect();
        format!("there is no layout of this name; there are {}", names.join(", "))
    })
}

/// `NAME=VALUE`; the name may be a whole placeholder with its braces.
fn variable(text: &str) -> Result<(String, String), String> {
    let from = text.rfind("}}=").map_or(0, |at| at + 2);
    let at = text[from..].find('=').ok_or("NAME=VALUE was expected")? + from;
    if at == 0 {
        return Err("the name is missing before the =".to_owned());
    }
    Ok((text[..at].to_owned(), text[at + 1..].to_owned()))
}

/// What was said about the files of one path.
struct Read {
    scripts: Vec<Script>,
    notes: Vec<Note>,
    /// For the header: how the folder was read.
    layout: Option<String>,
}

/// Replays SQL files in their order.
pub(super) fn replay(
    paths: &[PathBuf],
    files: &mut Files,
    replaying: &Replaying,
    version: Option<u32>,
) -> Result<Source, Problem> {
    let mut reader = Reader::new(files, replaying);
    let mut replay = version.map_or_else(Replay::new, Replay::meant_for);
    replay.set(replaying.settings());
    let first = reader.files.count();
    let platform = preludes(&mut replay, &mut reader)?;
    let preludes = reader.files.since(first);
    replay.forget_rows();
    if let Some(role) = &replaying.role {
        replay.set_role(Ident::new(role));
    }
    if replaying.complete {
        replay = replay.knowing_all();
    }
    let before = replay.statements();
    let (mut notes, mut names, mut layouts, mut bad) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let waiting = Waiting::begin("reading SQL files");
    let reads = paths.iter().map(|path| read(path, &mut reader)).collect::<Result<Vec<_>, _>>()?;
    let count = reads.iter().map(|read| read.scripts.len()).sum();
    let mut done = 0;
    for (path, read) in paths.iter().zip(reads) {
        let shown = path.display();
        names.push(read.layout.as_ref().map_or(shown.to_string(), |layout| format!("{shown} [layout: {layout}]")));
        layouts.extend(read.layout);
        notes.extend(read.notes);
        for script in &read.scripts {
            done += 1;
            waiting.now(|| format!("replaying {done} of {}", plural(count, "file")));
            bad.extend(replay.run(script, &mut reader));
        }
    }
    drop(waiting);
    if !bad.is_empty() {
        return Err(bad.into());
    }
    let statements = replay.statements() - before;
    let mut replayed = replay.finish();
    if statements == 0 {
        let help = "check the path: a comparison with nothing would find nothing".to_owned();
        return Err(Problem::input("there is no statement in these SQL files", Some(help)));
    }
    // What a platform has is not the business of whoever uses it.
    replayed.notes.retain(|note| !is_in(&note.origin, &platform));
    notes.extend(replayed.notes);
    for refusal in &mut replayed.refusals {
        let missing = Prelude::that_brings(&refusal.message).filter(|prelude| !replaying.has(prelude));
        if let (None, Some(prelude)) = (&refusal.hint, missing) {
            refusal.hint = Some(format!("{0} has it: --prelude {0} puts it there first", prelude.name));
        }
    }
    let name = format!("{} ({}, {})", names.join(", "), plural(count, "file"), plural(statements, "statement"));
    Ok(Source {
        catalog: replayed.catalog,
        notes,
        refused: refused(&replayed.refusals),
        kept_as: name.clone(),
        name,
        layouts,
        preludes,
        database: None,
        read_at: None,
        answers: None,
    })
}

impl Replaying {
    fn has(&self, prelude: &Prelude) -> bool {
        self.preludes.iter().any(|name| name == prelude.name)
    }
}

fn is_in(origin: &Origin, files: &[FileId]) -> bool {
    matches!(origin, Origin::File { file, .. } if files.contains(file))
}

/// Runs what was there before; returns the files that are of the tool itself.
fn preludes(replay: &mut Replay, reader: &mut Reader<'_>) -> Result<Vec<FileId>, Problem> {
    let names = reader.replaying().preludes.clone();
    let mut own = Vec::new();
    for name in names {
        let script = match Prelude::named(&name) {
            Some(prelude) => {
                let file = reader.files.add(format!("prelude {}", prelude.name), prelude.sql);
                own.push(file);
                Script::of(file, prelude.sql)
            }
            None if !Path::new(&name).exists() && !name.contains(['/', '.']) => {
                let known: Vec<&str> = PRELUDES.iter().map(|prelude| prelude.name).collect();
                let help = format!("there are {}; anything else is the path of an SQL file", known.join(", "));
                return Err(Problem::input(format!("there is no prelude {name}"), Some(help)));
            }
            None => {
                reader.root = parent(Path::new(&name));
                reader.read(Path::new(&name))?
            }
        };
        let bad = replay.run(&script, reader);
        if !bad.is_empty() {
            return Err(bad.into());
        }
    }
    Ok(own)
}

fn parent(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// The scripts of a path, in the order in which its tool runs them.
fn read(path: &Path, reader: &mut Reader<'_>) -> Result<Read, Problem> {
    let is_folder = metadata(path)?.is_dir();
    reader.root = if is_folder { path.to_owned() } else { parent(path) };
    let found = if is_folder { below(path)? } else { vec![path.to_owned()] };
    let mut scripts: Vec<Option<Script>> = Vec::new();
    let mut files: Vec<layout::File> = Vec::new();
    for found in &found {
        let inside = found.strip_prefix(path).unwrap_or(found).to_string_lossy().replace('\\', "/");
        let is_sql = !is_folder || has_extension(found, &["sql"]);
        let script = if is_sql { Some(reader.read(found)?) } else { None };
        let text: Arc<str> = match &script {
            Some(script) => script.text.clone(),
            None if tells_order(&inside) => text::read(found, MAX_SQL_BYTES, None)?.into(),
            None => "".into(),
        };
        let path = if is_folder { inside } else { found.to_string_lossy().replace('\\', "/") };
        files.push(layout::File { path, text });
        scripts.push(script);
    }
    if is_folder && scripts.iter().all(Option::is_none) {
        let help = "name the folder that holds the migrations".to_owned();
        return Err(Problem::input(format!("there is no .sql file in {}", path.display()), Some(help)));
    }
    let whole = if is_folder { path.canonicalize().unwrap_or_else(|_| path.to_owned()) } else { PathBuf::new() };
    let folder = Folder { path: &whole.to_string_lossy().replace('\\', "/"), files: &files };
    let wanted = reader.replaying().layout;
    let plan = layout::plan(&folder, wanted).map_err(|fault| problem(fault, &found, &scripts, reader.files))?;
    let steps = plan.steps.iter().filter_map(|step| {
        let script = scripts[step.file].clone()?;
        let (parts, is_transaction, stops_on_error) = (step.parts.clone(), step.is_transaction, step.stops_on_error);
        Some(Script { parts, is_transaction, stops_on_error, ..script })
    });
    let steps: Vec<Script> = steps.collect();
    let mut notes = notes(&plan, &found, &scripts);
    notes.extend(layout::programs(&folder).map(|file| {
        let message = format!("{}/{} is not replayed: a program makes that migration", path.display(), file.path);
        Note { message, origin: Origin::Server }
    }));
    Ok(Read { layout: described(&plan, steps.len()), scripts: steps, notes })
}

/// How a folder was read, unless that goes without saying.
fn described(plan: &Plan, count: usize) -> Option<String> {
    let names: Vec<&str> = plan.layouts.iter().map(|layout| layout.name()).collect();
    (plan.layouts != [Layout::Plain]).then(|| format!("{} ({})", names.join(" or "), plural(count, "file")))
}

fn notes(plan: &Plan, paths: &[PathBuf], scripts: &[Option<Script>]) -> Vec<Note> {
    let left_out = plan.left_out.iter().map(|(at, why)| {
        let message = format!("{} was left out: {why}", paths[*at].display());
        Note { message, origin: Origin::Server }
    });
    let others = plan.notes.iter().map(|(at, span, message)| {
        let origin = scripts[*at].as_ref().map_or(Origin::Server, |script| script.origin(span.clone()));
        Note { message: message.clone(), origin }
    });
    left_out.chain(others).collect()
}

fn problem(fault: Fault, paths: &[PathBuf], scripts: &[Option<Script>], files: &mut Files) -> Problem {
    let Fault { message, help, place } = fault;
    let place = place.and_then(|(at, span)| match &scripts[at] {
        Some(script) => Some(script.origin(span)),
        None => {
            let text = text::read(&paths[at], MAX_SQL_BYTES, None).ok()?;
            Some(Origin::File { file: files.add(paths[at].display().to_string(), text), span })
        }
    });
    Problem::at(message, help, place)
}

/// All files below a folder, by their paths.
fn below(folder: &Path) -> Result<Vec<PathBuf>, Problem> {
    let mut found = Vec::new();
    walk(folder, &mut found, &|_| true)?;
    found.sort();
    Ok(found)
}

/// Files in which tools keep the order, or how a migration is run.
fn tells_order(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    path == "meta/_journal.json" || path == "sqitch.plan" || name == "metadata.toml" || name.ends_with(".sql.conf")
}
