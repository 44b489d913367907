//! `~/.pgpass`: passwords by host, port, database and user, as libpq's `passwordFromFile` looks them up.

use std::fs;
use std::path::PathBuf;

use super::hosts::SOCKET_FOLDERS;
use super::settings::Settings;
use super::{Environment, Host, Password, user_file};

/// A password file, if there is one that may be used.
pub(super) struct Passfile {
    pub(super) path: PathBuf,
    text: Vec<u8>,
}

impl Passfile {
    /// The one that is named, or the user's own. Why it is left aside is a note.
    pub(super) fn open(settings: &mut Settings, environment: Environment<'_>, notes: &mut Vec<String>) -> Option<Self> {
        let own = if cfg!(windows) { "pgpass.conf" } else { ".pgpass" };
        let named = settings.take("passfile").map(PathBuf::from);
        let is_named = named.is_some();
        let path = named.or_else(|| user_file(environment, own))?;
        let shown = path.display();
        let about = match fs::metadata(&path) {
            Ok(about) => about,
            Err(error) => {
                if is_named {
                    notes.push(format!("the password file {shown} is left out: {error}"));
                }
                return None;
            }
        };
        if !about.is_file() {
            notes.push(format!("the password file {shown} is left out: it is not a plain file"));
            return None;
        }
        if is_open_to_others(&about) {
            notes.push(format!("the password file {shown} is left out: others can read it (chmod 600 {shown})"));
            return None;
        }
        match fs::read(&path) {
            Ok(text) => Some(Self { path, text }),
            Err(error) => {
                notes.push(format!("the password file {shown} is left out: {error}"));
                None
            }
        }
    }

    /// The password of the first line that is about this connection.
    pub(super) fn password(&self, host: &Host, database: &str, user: &str) -> Option<Password> {
        let mut names = vec![host.name.as_str()];
        if SOCKET_FOLDERS.contains(&host.name.as_str()) {
            names.insert(0, "localhost");
        }
        let port = host.port.to_string();
        let lines = self.text.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
        let about = |line| names.iter().find_map(|name| behind(line, &[name, &port, database, user]));
        let rest = lines.filter(|line| !line.starts_with(b"#")).find_map(about)?;
        Some(Password(unescaped(rest)))
    }
}

/// What is left of a line behind these fields, where it has them.
fn behind<'a>(line: &'a [u8], wanted: &[&str]) -> Option<&'a [u8]> {
    wanted.iter().try_fold(line, |rest, wanted| behind_one(rest, wanted.as_bytes()))
}

/// As libpq's `pwdfMatchesString`: where a `:` is wanted, one without a `\` will do.
fn behind_one<'a>(mut line: &'a [u8], wanted: &[u8]) -> Option<&'a [u8]> {
    if let Some(rest) = line.strip_prefix(b"*:") {
        return Some(rest);
    }
    for byte in wanted {
        line = line.strip_prefix(b"\\").unwrap_or(line).strip_prefix(&[*byte])?;
    }
    line.strip_prefix(b":")
}

/// The text up to the next `:`, where `\` takes the next byte as it is.
fn unescaped(text: &[u8]) -> Vec<u8> {
    let mut bytes = text.iter();
    let mut field = Vec::new();
    while let Some(byte) = bytes.next().filter(|byte| **byte != b':') {
        // A last one stands for itself.
        field.push(if *byte == b'\\' { *bytes.next().unwrap_or(byte) } else { *byte });
    }
    field
}

#[cfg(unix)]
fn is_open_to_others(about: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    about.permissions().mode() & 0o077 != 0
}

#[cfg(not(unix))]
fn is_open_to_others(_: &fs::Metadata) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, host: &str, expected: Option<&str>) {
        let file = Passfile { path: PathBuf::new(), text: text.as_bytes().to_vec() };
        let host = Host { name: host.to_owned(), port: 5432, address: None, password: None, is_any: false };
        let found = file.password(&host, "d:b", "u").map(|password| String::from_utf8(password.0).unwrap());
        assert_eq!(found.as_deref(), expected, "{text}");
    }

    #[test]
    fn the_first_line_that_fits_counts() {
        check("h:5432:*:u:first\n*:*:*:*:second", "h", Some("first"));
        check("g:5432:*:u:first\r\n*:*:*:*:second\r\n", "h", Some("second"));
        check("h:5433:*:u:first", "h", None);
        check("#h:*:*:*:first\nh:*:*:*", "h", None);
    }

    #[test]
    fn escapes_hide_colons() {
        check(r"h:5432:d\:b:u:a\:b\\c:rest", "h", Some(r"a:b\c"));
        check(r"\*:*:*:*:no", "h", None);
        check("h:*:*:*:", "h", Some(""));
        check("h*:*:*:*:no", "h", None);
    }

    #[test]
    fn the_socket_of_this_machine_is_localhost() {
        check("localhost:*:*:*:yes", "/var/run/postgresql", Some("yes"));
        check("localhost:*:*:*:yes", "/somewhere", None);
        check("/somewhere:*:*:*:yes", "/somewhere", Some("yes"));
        check(r"\:\:1:*:*:*:yes", "::1", Some("yes"));
        check("::1:*:*:*:yes", "::1", Some("yes"));
    }
}
