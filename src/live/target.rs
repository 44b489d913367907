//! Where to connect: a connection string as libpq reads it, and the environment behind it.
//!
//! The driver's own reader refuses half of what people's connection strings hold, and misreads
//! some of the rest, so the string is taken apart here. What is not understood is an error.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;
use std::path::Path;
use std::time::Duration;

use postgres::Config;
use postgres::config::{ChannelBinding, SslNegotiation, TargetSessionAttrs};

use super::LiveError;
use super::tls::{Roots, SslMode};

/// Where to connect, and how.
#[derive(Clone)]
pub struct Target {
    /// All but the server itself.
    pub(super) config: Config,
    /// Each server that may be tried, in order.
    pub(super) hosts: Vec<Host>,
    pub(super) ssl_mode: SslMode,
    pub(super) roots: Option<Roots>,
    pub(super) direct_tls: bool,
    pub(super) connect_timeout: Option<Duration>,
    /// What was left out of the string, for people.
    pub(super) notes: Vec<String>,
}

/// One server.
#[derive(Clone, Debug)]
pub(super) struct Host {
    /// Its name, or the folder of its socket.
    pub(super) name: String,
    pub(super) port: u16,
    /// Its address, where the name need not be looked up.
    pub(super) address: Option<IpAddr>,
}

impl Host {
    pub(super) fn is_socket(&self) -> bool {
        self.name.starts_with('/')
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&place(&self.name, self.port))
    }
}

/// Host and port for people; the colons of an IPv6 address are kept apart from the one before the port.
pub(super) fn place(host: &str, port: u16) -> String {
    if host.contains(':') && !host.starts_with('/') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

/// What tools other than libpq put into their connection strings, for themselves.
const FOREIGN: &[&str] =
    &["pgbouncer", "schema", "connection_limit", "pool_timeout", "socket_timeout", "statement_cache_size"];

/// Each option that the environment can give, and the variable that does.
const FROM_ENVIRONMENT: &[(&str, &str)] = &[
    ("host", "PGHOST"),
    ("hostaddr", "PGHOSTADDR"),
    ("port", "PGPORT"),
    ("user", "PGUSER"),
    ("password", "PGPASSWORD"),
    ("dbname", "PGDATABASE"),
    ("sslmode", "PGSSLMODE"),
    ("sslrootcert", "PGSSLROOTCERT"),
    ("channel_binding", "PGCHANNELBINDING"),
    ("connect_timeout", "PGCONNECT_TIMEOUT"),
    ("options", "PGOPTIONS"),
];

type Settings = BTreeMap<String, String>;

fn wrong<T>(problem: impl Into<String>) -> Result<T, LiveError> {
    Err(LiveError::ConnectionString { problem: problem.into() })
}

impl Target {
    /// From a URL or `key=value` pairs, and from the environment what they leave open.
    ///
    /// # Errors
    /// Where it cannot be read. The error names options, never their values: one of them is a password.
    pub fn parse(text: &str, environment: &dyn Fn(&str) -> Option<String>) -> Result<Self, LiveError> {
        let text = text.trim();
        let mut settings = match text.split_once("://") {
            Some((scheme, rest)) if scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+.-:".contains(c)) => {
                if !scheme.eq_ignore_ascii_case("postgres") && !scheme.eq_ignore_ascii_case("postgresql") {
                    return wrong("its scheme is neither postgresql:// nor postgres://");
                }
                from_url(rest)?
            }
            _ => from_pairs(text)?,
        };
        for (option, variable) in FROM_ENVIRONMENT {
            if !settings.contains_key(*option)
                && let Some(value) = environment(variable).filter(|value| !value.is_empty())
            {
                settings.insert((*option).to_owned(), value);
            }
        }
        Self::build(settings, environment)
    }

    /// From the environment alone.
    ///
    /// # Errors
    /// Where a variable cannot be read.
    pub fn from_environment(environment: &dyn Fn(&str) -> Option<String>) -> Result<Self, LiveError> {
        Self::parse("", environment)
    }

    fn build(mut settings: Settings, environment: &dyn Fn(&str) -> Option<String>) -> Result<Self, LiveError> {
        let mut take = |option: &str| settings.remove(option).filter(|value| !value.is_empty());
        let mut config = Config::new();
        config.application_name(
            take("application_name").as_deref().unwrap_or(concat!("schema-check/", env!("CARGO_PKG_VERSION"))),
        );

        let Some(user) = take("user").or_else(|| environment("USER")).or_else(|| environment("LOGNAME")) else {
            return wrong("it names no user, and the environment neither (PGUSER)");
        };
        let database = take("dbname").unwrap_or_else(|| user.clone());
        if database.contains("://") {
            return wrong("the name of the database is a connection string itself");
        }
        config.user(&user).dbname(&database);
        if let Some(password) = take("password") {
            config.password(password);
        }

        let hosts = hosts(take("host"), take("port"), take("hostaddr"))?;
        let root = take("sslrootcert");
        let mode = take("sslmode");
        let (ssl_mode, roots) = SslMode::choose(mode.as_deref(), root.as_deref())?;
        let direct_tls = match take("sslnegotiation").as_deref() {
            None | Some("postgres") => false,
            Some("direct") => true,
            Some(_) => return wrong("sslnegotiation is postgres or direct"),
        };
        if direct_tls {
            config.ssl_negotiation(SslNegotiation::Direct);
        }
        let connect_timeout = match take("connect_timeout").map(|seconds| seconds.parse::<u64>()) {
            None | Some(Ok(0)) => None,
            Some(Ok(seconds)) => Some(Duration::from_secs(seconds)),
            Some(Err(_)) => return wrong("connect_timeout is a number of seconds"),
        };
        let notes = the_rest(settings, &mut config)?;
        Ok(Self { config, hosts, ssl_mode, roots, direct_tls, connect_timeout, notes })
    }
}

/// The servers to try, each with its port; where none is named, the socket on this machine, then localhost.
fn hosts(host: Option<String>, port: Option<String>, address: Option<String>) -> Result<Vec<Host>, LiveError> {
    let ports = port.as_deref().unwrap_or_default().split(',').map(|p| if p.is_empty() { Ok(5432) } else { p.parse() });
    let Ok(ports) = ports.collect::<Result<Vec<u16>, _>>() else {
        return wrong("a port is not a number up to 65535");
    };
    let addresses = address.as_deref().map(|all| all.split(',').map(str::parse).collect::<Result<Vec<IpAddr>, _>>());
    let Ok(addresses) = addresses.transpose().map(Option::unwrap_or_default) else {
        return wrong("hostaddr is not an IP address");
    };
    let socket = |folder: &&str| Path::new(folder).join(format!(".s.PGSQL.{}", ports[0])).exists();
    let names: Vec<String> = match &host {
        Some(host) => host.split(',').map(str::to_owned).collect(),
        None if !addresses.is_empty() => addresses.iter().map(ToString::to_string).collect(),
        None => vec![["/var/run/postgresql", "/tmp"].into_iter().find(socket).unwrap_or("localhost").to_owned()],
    };
    if !addresses.is_empty() && addresses.len() != names.len() || ports.len() > 1 && ports.len() != names.len() {
        return wrong("host, hostaddr and port do not name equally many");
    }
    let is_name = |name: &String| !name.is_empty() && !name.contains(['@', '?', ' ']) && !name.contains("://");
    if !names.iter().all(|name| name.starts_with('/') || is_name(name)) {
        return wrong("the host is not a name; an @ in a user name or password is written %40, a / is written %2F");
    }
    let one = |(position, name)| Host {
        name,
        port: ports.get(position).copied().unwrap_or(ports[0]),
        address: addresses.get(position).copied(),
    };
    Ok(names.into_iter().enumerate().map(one).collect())
}

/// The options that only change details.
fn the_rest(settings: Settings, config: &mut Config) -> Result<Vec<String>, LiveError> {
    let mut notes = Vec::new();
    for (option, value) in settings.into_iter().filter(|(_, value)| !value.is_empty()) {
        let number = || match value.parse::<u32>() {
            Ok(number) => Ok(number),
            Err(_) => wrong(format!("{option} is not a number")),
        };
        match (option.as_str(), value.as_str()) {
            ("options", text) => drop(config.options(text)),
            ("channel_binding", "disable") => drop(config.channel_binding(ChannelBinding::Disable)),
            ("channel_binding", "prefer") => drop(config.channel_binding(ChannelBinding::Prefer)),
            ("channel_binding", "require") => drop(config.channel_binding(ChannelBinding::Require)),
            ("target_session_attrs", "any") => drop(config.target_session_attrs(TargetSessionAttrs::Any)),
            ("target_session_attrs", "read-write") => drop(config.target_session_attrs(TargetSessionAttrs::ReadWrite)),
            ("target_session_attrs", "read-only") => drop(config.target_session_attrs(TargetSessionAttrs::ReadOnly)),
            ("keepalives", _) => drop(config.keepalives(number()? != 0)),
            ("keepalives_idle", _) => drop(config.keepalives_idle(Duration::from_secs(number()?.into()))),
            ("keepalives_interval", _) => drop(config.keepalives_interval(Duration::from_secs(number()?.into()))),
            ("keepalives_count", _) => drop(config.keepalives_retries(number()?)),
            ("tcp_user_timeout", _) => drop(config.tcp_user_timeout(Duration::from_millis(number()?.into()))),
            ("gssencmode", "disable" | "prefer")
            | ("load_balance_hosts", "disable")
            | ("client_encoding" | "fallback_application_name", _) => (),
            (foreign, _) if FOREIGN.contains(&foreign) => {
                notes.push(format!("the option {foreign} in the connection string is left out: it is not Postgres's"));
            }
            ("channel_binding" | "target_session_attrs" | "load_balance_hosts" | "gssencmode", _) => {
                return wrong(format!("the value of {option} is not supported"));
            }
            _ => return wrong(format!("the option {option:?} is not supported")),
        }
    }
    Ok(notes)
}

/// `user:password@host:port,host:port/database?option=value`, without the scheme.
fn from_url(rest: &str) -> Result<Settings, LiveError> {
    let mut settings = Settings::new();
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, database) = rest.split_once('/').unwrap_or((rest, ""));
    // A `/` or `@` that is part of a password would show pieces of it as host or database.
    if database.contains('@') {
        return wrong("an @ in a user name or password is written %40, a / is written %2F");
    }
    let (login, servers) = authority.split_once('@').unwrap_or(("", authority));
    let (user, password) = login.split_once(':').unwrap_or((login, ""));
    let (mut hosts, mut ports) = (Vec::new(), Vec::new());
    for server in servers.split(',') {
        let (host, port) = match server.strip_prefix('[').map(|server| server.split_once(']')) {
            Some(Some((host, port))) => (host, port.strip_prefix(':').unwrap_or(port)),
            Some(None) => return wrong("a [ in the host is not closed"),
            None => server.split_once(':').unwrap_or((server, "")),
        };
        hosts.push(decode(host)?);
        ports.push(port);
    }
    let port = if ports.iter().all(|port| port.is_empty()) { String::new() } else { ports.join(",") };
    for (option, value) in [
        ("user", decode(user)?),
        ("password", decode(password)?),
        ("host", hosts.join(",")),
        ("port", port),
        ("dbname", decode(database)?),
    ] {
        if !value.is_empty() {
            settings.insert(option.to_owned(), value);
        }
    }
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let Some((option, value)) = pair.split_once('=') else { return wrong("an option after the ? has no value") };
        match (decode(option)?.as_str(), decode(value)?) {
            ("ssl", value) if value == "true" => drop(settings.insert("sslmode".into(), "require".into())),
            (option, value) => drop(settings.insert(option.to_owned(), value)),
        }
    }
    Ok(settings)
}

/// `%40` → `@`
fn decode(text: &str) -> Result<String, LiveError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let digits = tail.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        match digits.and_then(|two| u8::from_str_radix(two, 16).ok()) {
            Some(byte) if byte != 0 => bytes.push(byte),
            _ => return wrong("a % in it is not followed by two hexadecimal digits; a % itself is written %25"),
        }
        rest = &tail[2..];
    }
    String::from_utf8(bytes).or_else(|_| wrong("it is not UTF-8"))
}

/// `key=value` pairs; a value may stand in quotes, and `\` takes the next character as it is.
fn from_pairs(text: &str) -> Result<Settings, LiveError> {
    let mut settings = Settings::new();
    let mut chars = text.chars().peekable();
    loop {
        while chars.next_if(|c| c.is_whitespace()).is_some() {}
        if chars.peek().is_none() {
            return Ok(settings);
        }
        let mut option = String::new();
        while let Some(c) = chars.next_if(|c| *c != '=' && !c.is_whitespace()) {
            option.push(c);
        }
        while chars.next_if(|c| c.is_whitespace()).is_some() {}
        // What has no `=` may be anything, a password too, so it is not shown.
        if chars.next() != Some('=') {
            return wrong("something in it is not of the form key=value");
        }
        while chars.next_if(|c| c.is_whitespace()).is_some() {}
        let quoted = chars.next_if_eq(&'\'').is_some();
        let mut value = String::new();
        loop {
            match chars.next_if(|c| quoted || !c.is_whitespace()) {
                Some('\\') => value.extend(chars.next()),
                Some('\'') if quoted => break,
                Some(c) => value.push(c),
                None if quoted => return wrong("a quote in it is not closed"),
                None => break,
            }
        }
        settings.insert(option, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(variable: &str) -> Option<String> {
        match variable {
            "USER" => Some("os".into()),
            "PGPORT" => Some("5999".into()),
            "PGHOST" => Some("from-env".into()),
            _ => None,
        }
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let target = Target::parse(text, &environment).unwrap_or_else(|error| panic!("{text}: {error}"));
        let hosts: Vec<String> = target.hosts.iter().map(Host::to_string).collect();
        let password = target.config.get_password().map(|p| format!(" {}", String::from_utf8_lossy(p)));
        let shown = format!(
            "{}@{}/{}{}",
            target.config.get_user().unwrap(),
            hosts.join(","),
            target.config.get_dbname().unwrap(),
            password.unwrap_or_default()
        );
        assert_eq!(shown, expected, "{text}");
    }

    #[track_caller]
    fn check_error(text: &str, expected: &str) {
        let Err(error) = Target::parse(text, &environment) else { panic!("{text} can be read") };
        assert!(error.to_string().contains(expected), "{text}: {error}");
        assert!(!error.to_string().contains("s3cr"), "{text}: {error}");
        assert_eq!(error.exit_code(), 2);
    }

    #[test]
    fn urls() {
        check("postgres://u:s3cret@h:1/d", "u@h:1/d s3cret");
        check("PostgreSQL://u@h/d", "u@h:5999/d");
        check("postgresql://h/d?application_name=a@b", "os@h:5999/d");
        check("postgres://u:p%40%2F@[::1]:7/d", "u@[::1]:7/d p@/");
        check("postgres://u@a:1,b:2/d", "u@a:1,b:2/d");
        check("postgres://u@%2Ftmp/d", "u@/tmp:5999/d");
        check("postgres:///d?host=/tmp&port=3&user=u", "u@/tmp:3/d");
        check("postgres://", "os@from-env:5999/os");
    }

    #[test]
    fn pairs() {
        check("host=h user=u dbname=d password=", "u@h:5999/d");
        check(r"host = h user='a b' password='it\'s' port=1", "a b@h:1/a b it's");
        check("", "os@from-env:5999/os");
    }

    #[test]
    fn mistakes_are_named_without_secrets() {
        check_error("postgres://u:s3cr@et@h/d", "%40");
        check_error("postgres://u:s3cr/et@h/d", "%40");
        check_error("postgres://u:s3cr%zz@h/d", "hexadecimal");
        check_error("mysql://u:s3cr@h/d", "scheme");
        check_error("jdbc:postgresql://u:s3cr@h/d", "scheme");
        check_error("host=h s3cr3t", "key=value");
        check_error("host=h dbname=postgres://u:s3cr@h/d", "database");
        check_error("postgres://h/d?frobnicate=s3cr", "\"frobnicate\"");
        check_error("postgres://h/d?sslmode=always", "sslmode");
        check_error("postgres://h:s3cr/d", "port");
    }

    #[test]
    fn what_other_tools_add_is_left_out_and_said() {
        let target = Target::parse("postgres://u@h/d?pgbouncer=true&schema=public", &environment).unwrap();
        assert_eq!(target.notes.len(), 2, "{:?}", target.notes);
    }
}
