//! Where a database is said to be: by a connection string, a variable that holds one, standard input, or by the
//! environment alone.

use std::io::Read;

use super::Timeouts;
use super::problem::Problem;
use super::source::holds_connection_string;
use crate::live::{ServerInfo, Session, Target};

/// Variables that hold a connection string, looked at where nothing names a source.
const URLS: &[&str] = &["SCHEMA_CHECK_DATABASE_URL", "DATABASE_URL"];

/// Those of libpq that say where to connect, and not only how.
const LIBPQ: &[&str] = &["PGSERVICE", "PGHOST", "PGHOSTADDR", "PGDATABASE"];

/// A connection string is not longer; what is, is something else that was piped here.
const MAX_BYTES: u64 = 64 << 10;

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// What the environment says where arguments and `schema-check.yaml` say nothing: as `--db` would be given.
pub(super) fn of_environment() -> Option<String> {
    let is_set = |name: &&&str| variable(name).is_some_and(|value| !value.is_empty());
    let url = URLS.iter().find(is_set).map(|name| format!("env:{name}"));
    // All that libpq would take from there.
    url.or_else(|| LIBPQ.iter().find(is_set).map(|_| String::new()))
}

/// What could have been there, for people: which variables are looked at, and which of them are empty.
pub(super) fn looked_for() -> String {
    let all = || URLS.iter().chain(LIBPQ);
    let is_empty = |name: &&&str| variable(name).is_some_and(|value| value.is_empty());
    let names: Vec<&str> = all().copied().collect();
    let empty: Vec<&str> = all().filter(is_empty).copied().collect();
    let empty = if empty.is_empty() { String::new() } else { format!("; {} is there, and empty", empty.join(", ")) };
    format!("none of the variables {} is set{empty}", names.join(", "))
}

/// Connects, and tells which settings were used beside the connection string itself.
pub(super) fn open(text: &str, timeouts: &Timeouts) -> Result<(Session, Vec<String>), Problem> {
    let (target, from) = read(text)?;
    let session = Session::open(&target, &timeouts.options())?;
    Ok((session, from.map(str::to_owned).into_iter().chain(target.origins().iter().cloned()).collect()))
}

/// What is meant, and where its connection string is from, if not from an argument.
pub(super) fn read(text: &str) -> Result<(Target, Option<&str>), Problem> {
    let (text, from) = match text.strip_prefix("env:") {
        Some(name) if holds_connection_string(name) => {
            let help = "write env:NAME, with the name of a variable that holds the connection string".to_owned();
            return Err(Problem::input("behind env: there is no name of a variable", Some(help)));
        }
        Some(name) => {
            let help = || Some("set it, or give the connection string itself".to_owned());
            match variable(name) {
                None => return Err(Problem::input(format!("the environment variable {name} is not set"), help())),
                Some(text) if text.trim().is_empty() => {
                    return Err(Problem::input(format!("the environment variable {name} is empty"), help()));
                }
                Some(text) => (text, Some(name)),
            }
        }
        None if text == "-" => (standard_input()?, Some("standard input")),
        None => (text.to_owned(), None),
    };
    let about = |error| match from {
        Some(from) => Problem::from(error).about(from),
        None => Problem::from(error),
    };
    Ok((Target::parse(&text, &variable).map_err(about)?, from))
}

fn standard_input() -> Result<String, Problem> {
    let help = || Some("give it one line: the connection string".to_owned());
    let mut text = String::new();
    match std::io::stdin().lock().take(MAX_BYTES).read_to_string(&mut text) {
        Err(error) => Err(Problem::input(format!("standard input cannot be read: {error}"), help())),
        Ok(_) if text.trim().is_empty() => Err(Problem::input("standard input is empty", help())),
        Ok(_) if text.trim().lines().count() > 1 => {
            Err(Problem::input("standard input holds more than a connection string", help()))
        }
        Ok(_) => Ok(text),
    }
}

/// For the header of a report. It holds no secret.
pub(super) fn describe(server: &ServerInfo, origins: &[String]) -> String {
    let ServerInfo { host, port, database, user, tls, server_version, pooler, is_standby, .. } = server;
    let pooled = pooler.as_ref().map_or_else(String::new, |why| format!(", through a pooler or a proxy ({why})"));
    let standby = if *is_standby { ", a standby" } else { "" };
    let from = if origins.is_empty() { String::new() } else { format!(" (from {})", origins.join(", ")) };
    format!("database {database} at {host}:{port} as {user}, PostgreSQL {server_version}{standby}, {tls}{pooled}{from}")
}
