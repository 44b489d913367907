//! `postgresql://user:password@host:port,host:port/database?option=value`, as libpq's
//! `conninfo_uri_parse_options` reads it.

use std::collections::BTreeSet;

use super::settings::{Settings, wrong};
use crate::live::LiveError;

/// How an `@`, a `/` or a `%` is to be written.
const ESCAPES: &str = "in user names and passwords, @ is written %40, / %2F, : %3A, ? %3F and % %25";

/// What stands behind the scheme, if the text is a URL of PostgreSQL's; none if it is no URL.
///
/// # Errors
/// Where it is a URL of something else.
pub(super) fn behind_scheme(text: &str) -> Result<Option<&str>, LiveError> {
    let Some((scheme, rest)) = text.split_once("://") else { return Ok(None) };
    if scheme.is_empty() || !scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+.-:_".contains(c)) {
        return Ok(None);
    }
    let scheme = scheme.to_ascii_lowercase();
    if scheme == "postgres" || scheme == "postgresql" {
        return Ok(Some(rest));
    }
    // SQLAlchemy, JDBC, PostGIS, PDO and others put the name of a driver there.
    let is_of_another_tool = ["postgres", "postgis", "pgsql", "psql"].iter().any(|name| scheme.contains(name));
    if is_of_another_tool && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+:".contains(c)) {
        return wrong(format!("{scheme}:// is how another tool writes it; here it is postgresql://"));
    }
    wrong("its scheme is neither postgresql:// nor postgres://")
}

/// Reads what stands behind the scheme.
pub(super) fn read(rest: &str, foreign: &mut BTreeSet<String>) -> Result<Settings, LiveError> {
    let mut settings = Settings::default();
    let mut give = |option: &str, value: &str, foreign: &mut BTreeSet<String>| match value {
        "" => Ok(()),
        value => settings.give(option, decode(value)?, foreign),
    };
    let (login, rest) = match rest.find(['@', '/']) {
        Some(at) if rest[at..].starts_with('@') => (&rest[..at], &rest[at + 1..]),
        _ => ("", rest),
    };
    let (user, password) = login.split_once(':').unwrap_or((login, ""));
    give("user", user, foreign)?;
    give("password", password, foreign)?;

    let (hosts, ports, rest) = servers(rest)?;
    give("host", &hosts.join(","), foreign)?;
    give("port", &ports.join(","), foreign)?;

    let (database, query) = rest.split_once('?').unwrap_or((rest, ""));
    let database = database.strip_prefix('/').unwrap_or(database);
    // A password with an unescaped `/` or `@` ends up here in part, and would be shown.
    if database.contains('@') {
        return wrong(ESCAPES);
    }
    give("dbname", database, foreign)?;

    let mut rest = query;
    while !rest.is_empty() {
        let (pair, next) = rest.split_once('&').unwrap_or((rest, ""));
        rest = next;
        let Some((option, value)) = pair.split_once('=') else {
            return wrong("an option behind the ? has no value; in a value, & is written %26");
        };
        if value.contains('=') {
            return wrong("an option behind the ? has two =; in a value, = is written %3D");
        }
        match (decode(option)?.as_str(), decode(value)?) {
            ("ssl", value) if value == "true" => settings.give("sslmode", "require".into(), foreign)?,
            (option, value) => settings.give(option, value, foreign)?,
        }
    }
    Ok(settings)
}

/// `host:port,[address]:port` up to the database or the options, and what follows.
fn servers(mut rest: &str) -> Result<(Vec<&str>, Vec<&str>, &str), LiveError> {
    let (mut hosts, mut ports) = (Vec::new(), Vec::new());
    loop {
        let host;
        if let Some(bracketed) = rest.strip_prefix('[') {
            let Some((address, behind)) = bracketed.split_once(']') else {
                return wrong("a [ in the host is not closed");
            };
            if address.is_empty() || !(behind.is_empty() || behind.starts_with([':', '/', '?', ','])) {
                return wrong("between [ and ] there is an IPv6 address, and behind it the port");
            }
            (host, rest) = (address, behind);
        } else {
            (host, rest) = rest.split_at(rest.find([':', '/', '?', ',']).unwrap_or(rest.len()));
        }
        let mut port = "";
        if let Some(behind) = rest.strip_prefix(':') {
            (port, rest) = behind.split_at(behind.find(['/', '?', ',']).unwrap_or(behind.len()));
        }
        hosts.push(host);
        ports.push(port);
        match rest.strip_prefix(',') {
            Some(next) => rest = next,
            None => return Ok((hosts, ports, rest)),
        }
    }
}

/// `%40` → `@`, as libpq's `conninfo_uri_decode` of version 18 has it: spaces around a value are nothing,
/// and such within it are mistakes.
fn decode(text: &str) -> Result<String, LiveError> {
    let text = text.trim_matches(' ');
    if text.contains(' ') {
        return wrong("there is a space in it, which is written %20");
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        match tail {
            [high, low, tail @ ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                let digit = |c: u8| char::from(c).to_digit(16).and_then(|digit| u8::try_from(digit).ok()).unwrap_or(0);
                bytes.push(digit(*high) << 4 | digit(*low));
                rest = tail;
            }
            _ => return wrong("a % in it is not followed by two hexadecimal digits; a % itself is written %25"),
        }
    }
    if bytes.contains(&0) {
        return wrong("there is a %00 in it");
    }
    String::from_utf8(bytes).or_else(|_| wrong("it is not UTF-8"))
}
