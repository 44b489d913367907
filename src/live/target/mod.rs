//! Where to connect: a connection string as libpq reads it, and what it leaves open from a service file, the
//! environment and a password file, in this order.
//!
//! The driver's own reader refuses half of what people's connection strings hold, and misreads
//! some of the rest, so the string is taken apart here. What is not understood is an error.

mod hosts;
mod pairs;
mod passfile;
mod service;
mod settings;
mod ssl;
mod url;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio_postgres::Config;
use tokio_postgres::config::{ChannelBinding, SslNegotiation};

use self::passfile::Passfile;
use self::settings::{KNOWN, Settings, wrong};
use super::LiveError;

pub(super) use self::hosts::{Host, place, shuffle};
pub(super) use self::ssl::{Identity, Roots, SslMode, Tls};

/// Variables of the environment by their names.
pub type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Where to connect, and how.
#[derive(Clone)]
pub struct Target {
    /// All but the server itself.
    pub(super) config: Config,
    /// Each server that may be tried, in order.
    pub(super) hosts: Vec<Host>,
    pub(super) tls: Tls,
    pub(super) session: SessionAttrs,
    /// How long each server may take to let us in.
    pub(super) connect_timeout: Option<Duration>,
    pub(super) notes: Vec<String>,
    origins: Vec<String>,
}

/// Shown nowhere: it has no `Debug`, and is handed to the driver alone.
#[derive(Clone)]
pub(super) struct Password(pub(super) Vec<u8>);

/// `target_session_attrs`: which server will do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SessionAttrs {
    Any,
    ReadWrite,
    ReadOnly,
    Primary,
    Standby,
    /// Any, if there is no standby.
    PreferStandby,
}

const SESSION_ATTRS: &[(&str, SessionAttrs)] = &[
    ("any", SessionAttrs::Any),
    ("read-write", SessionAttrs::ReadWrite),
    ("read-only", SessionAttrs::ReadOnly),
    ("primary", SessionAttrs::Primary),
    ("standby", SessionAttrs::Standby),
    ("prefer-standby", SessionAttrs::PreferStandby),
];

/// What is of no matter here: what was asked for does not come up, or we do so anyway.
const HARMLESS: &[&str] =
    &["authtype", "client_encoding", "gssdelegation", "gsslib", "krbsrvname", "sslcompression", "sslkeylogfile", "tty"];

/// What to do without an option that cannot be had.
const REASONS: &[(&str, &str)] = &[
    ("sslpassword", ": keep the key without a passphrase (openssl pkey), readable for its owner alone"),
    ("sslcrl", ": certificates that are called back are not looked up"),
    ("sslcrldir", ": certificates that are called back are not looked up"),
    ("require_auth", ": channel_binding=require asks for SCRAM, and sslmode=verify-full makes sure of the server"),
];

impl Target {
    /// From a URL, `key=value` pairs or the bare name of a database, and from elsewhere what they leave open.
    ///
    /// # Errors
    /// Where it cannot be read. The error names options, never their values: one of them is a password.
    pub fn parse(text: &str, environment: Environment<'_>) -> Result<Self, LiveError> {
        let text = text.trim_matches(|c| pairs::is_space(&c));
        let mut foreign = BTreeSet::new();
        let mut settings = match url::behind_scheme(text)? {
            Some(rest) => url::read(rest, &mut foreign)?,
            None if is_name(text) => pairs::read(&format!("dbname={text}"), &mut foreign)?,
            None => pairs::read(text, &mut foreign)?,
        };
        service::fill(&mut settings, environment)?;
        for (option, variable) in KNOWN.iter().filter_map(|(option, variable)| Some((option, (*variable)?))) {
            if let Some(value) = environment(variable).filter(|value| !value.is_empty()) {
                settings.fill(option, value, variable);
            }
        }
        let note = |option| format!("the option {option} in the connection string is left out: it is not PostgreSQL's");
        Self::build(settings, environment, foreign.into_iter().map(note).collect())
    }

    /// From the environment alone.
    ///
    /// # Errors
    /// Where a variable cannot be read.
    pub fn from_environment(environment: Environment<'_>) -> Result<Self, LiveError> {
        Self::parse("", environment)
    }

    /// The variables and files beside the connection string that something was taken from.
    pub fn origins(&self) -> &[String] {
        &self.origins
    }

    /// The role that is to log in.
    pub fn user(&self) -> &str {
        self.config.get_user().unwrap_or_default()
    }

    pub fn database(&self) -> &str {
        self.config.get_dbname().unwrap_or_default()
    }

    /// Whether there is a password for any of the servers.
    pub fn has_password(&self) -> bool {
        self.hosts.iter().any(|host| host.password.is_some())
    }

    /// `sslmode`
    pub fn ssl_mode(&self) -> &'static str {
        self.tls.mode.word()
    }

    /// What was left out, for people.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// As libpq's `pqConnectOptions2` has it.
    fn build(mut settings: Settings, environment: Environment<'_>, mut notes: Vec<String>) -> Result<Self, LiveError> {
        // They have been looked at, wherever they stood.
        for option in ["service", "servicefile"] {
            settings.take(option);
        }
        let mut origins = settings.origins();
        let mut config = Config::new();
        let ours = concat!("schema-check/", env!("CARGO_PKG_VERSION")).to_owned();
        let fallback = settings.take("fallback_application_name");
        config.application_name(settings.take("application_name").or(fallback).unwrap_or(ours));

        let Some(user) = settings.take("user").or_else(|| user_of_process(environment)) else {
            return wrong("it names no user, and the environment neither (PGUSER)");
        };
        let database = settings.take("dbname").unwrap_or_else(|| user.clone());
        if database.contains("://") || database.contains("password=") {
            return wrong("the name of the database is a connection string itself");
        }
        config.user(&user).dbname(&database);

        let mut hosts = hosts::read(&mut settings)?;
        let given = settings.take("password").map(|password| Password(password.into_bytes()));
        let file = match given {
            Some(_) => settings.take("passfile").and(None),
            None => Passfile::open(&mut settings, environment, &mut notes),
        };
        for host in &mut hosts {
            let found = || file.as_ref().and_then(|file| file.password(host, &database, &user));
            host.password = given.clone().or_else(found).filter(|password| !password.0.is_empty());
        }
        if let Some(file) = file.filter(|_| hosts.iter().any(|host| host.password.is_some())) {
            origins.insert(file.path.display().to_string());
        }

        let tls = ssl::read(&mut settings, environment)?;
        if tls.is_direct {
            config.ssl_negotiation(SslNegotiation::Direct);
        }
        let session = settings.take_word("target_session_attrs", SESSION_ATTRS)?.unwrap_or(SessionAttrs::Any);
        let connect_timeout = settings
            .take_number("connect_timeout")?
            .and_then(|seconds| u64::try_from(seconds).ok())
            .filter(|seconds| *seconds > 0)
            .map(Duration::from_secs);
        details(&mut settings, &mut config)?;
        for option in HARMLESS {
            settings.take(option);
        }
        if let Some(option) = settings.left().next() {
            let why = REASONS.iter().find(|(of, _)| *of == option).map_or("", |(_, why)| why);
            return wrong(format!("the option {} is not supported{why}", settings.name(option)));
        }
        Ok(Self { config, hosts, tls, session, connect_timeout, notes, origins: origins.into_iter().collect() })
    }
}

/// What the driver can do by itself.
fn details(settings: &mut Settings, config: &mut Config) -> Result<(), LiveError> {
    if let Some(options) = settings.take("options") {
        config.options(&options);
    }
    let bindings = [
        ("disable", ChannelBinding::Disable),
        ("prefer", ChannelBinding::Prefer),
        ("require", ChannelBinding::Require),
    ];
    if let Some(binding) = settings.take_word("channel_binding", &bindings)? {
        config.channel_binding(binding);
    }
    // Neither encryption by GSSAPI nor a newer protocol is ever tried.
    settings.take_word("gssencmode", &[("disable", ()), ("prefer", ())])?;
    settings.take_word("min_protocol_version", &[("3.0", ())])?;
    settings.take_word("max_protocol_version", &[("3.0", ()), ("3.2", ()), ("latest", ())])?;

    let mut number = |option: &str| -> Result<Option<u32>, LiveError> {
        Ok(settings.take_number(option)?.and_then(|number| u32::try_from(number).ok()))
    };
    let seconds = |number: u32| Duration::from_secs(number.into());
    if let Some(kept) = number("keepalives")? {
        config.keepalives(kept != 0);
    }
    if let Some(idle) = number("keepalives_idle")?.filter(|idle| *idle > 0) {
        config.keepalives_idle(seconds(idle));
    }
    if let Some(interval) = number("keepalives_interval")?.filter(|interval| *interval > 0) {
        config.keepalives_interval(seconds(interval));
    }
    if let Some(count) = number("keepalives_count")?.filter(|count| *count > 0) {
        config.keepalives_retries(count);
    }
    if let Some(timeout) = number("tcp_user_timeout")?.filter(|timeout| *timeout > 0) {
        config.tcp_user_timeout(Duration::from_millis(timeout.into()));
    }
    Ok(())
}

/// What `psql -d` takes for the name of a database. What may be a password that went astray is not.
fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || "_-.$".contains(c))
}

/// A file in the home of the user, where libpq looks for it.
fn user_file(environment: Environment<'_>, name: &str) -> Option<PathBuf> {
    let set = |name: &str| environment(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if cfg!(windows) {
        return Some(set("APPDATA")?.join("postgresql").join(name.trim_start_matches(".postgresql/")));
    }
    Some(set("HOME")?.join(name))
}

/// A file of the whole system, which libpq expects where it was built to.
fn configuration(environment: Environment<'_>, name: &str) -> Option<PathBuf> {
    if let Some(folder) = environment("PGSYSCONFDIR").filter(|value| !value.is_empty()) {
        return Some(Path::new(&folder).join(name));
    }
    let folders = ["/etc/postgresql-common", "/etc/sysconfig/pgsql", "/etc", "/usr/local/pgsql/etc"];
    folders.iter().map(|folder| Path::new(folder).join(name)).find(|path| path.exists())
}

/// Whom we run as, as libpq's `pg_fe_getauthname` asks the system.
fn user_of_process(environment: Environment<'_>) -> Option<String> {
    let of_variable = |name| environment(name).filter(|value| !value.is_empty());
    listed_user().or_else(|| ["USER", "LOGNAME", "USERNAME"].into_iter().find_map(of_variable))
}

#[cfg(unix)]
fn listed_user() -> Option<String> {
    use std::os::unix::fs::MetadataExt;
    let id = std::fs::metadata("/proc/self").ok()?.uid().to_string();
    let users = std::fs::read_to_string("/etc/passwd").ok()?;
    let lines = users.lines().map(|line| line.split(':').collect::<Vec<_>>());
    lines.filter(|fields| fields.get(2) == Some(&id.as_str())).map(|fields| fields[0].to_owned()).next()
}

#[cfg(not(unix))]
fn listed_user() -> Option<String> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(variable: &str) -> Option<String> {
        match variable {
            "PGUSER" => Some("me".into()),
            "PGPORT" => Some("5999".into()),
            "PGHOST" => Some("from-env".into()),
            _ => None,
        }
    }

    fn shown(target: &Target) -> String {
        let hosts: Vec<String> = target.hosts.iter().map(Host::to_string).collect();
        let password = target.hosts[0].password.as_ref().map(|p| format!(" {}", String::from_utf8_lossy(&p.0)));
        format!(
            "{}@{}/{}{}",
            target.config.get_user().unwrap(),
            hosts.join(","),
            target.config.get_dbname().unwrap(),
            password.unwrap_or_default()
        )
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let target = Target::parse(text, &environment).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(shown(&target), expected, "{text}");
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
        check("postgresql://h/d?application_name=a@b", "me@h:5999/d");
        check("postgres://u:p%40%2F@[::1]:7/d", "u@[::1]:7/d p@/");
        check("postgres://u@a:1,b:2/d", "u@a:1,b:2/d");
        check("postgres://u:p?q@h/d", "u@h:5999/d p?q");
        // Ports of a list are none of PGPORT's business.
        check("postgres://u@a,b:2/d", "u@a:5432,b:2/d");
        check("postgres://u@a,b/d", "u@a:5432,b:5432/d");
        check("postgres://u@%2Ftmp/d", "u@/tmp:5999/d");
        check("postgres:///d?host=/tmp&port=3&user=u", "u@/tmp:3/d");
        check("postgres://", "me@from-env:5999/me");
    }

    #[test]
    fn pairs() {
        check("host=h user=u dbname=d password=", "u@h:5999/d");
        check(r"host = h user='a b' password='it\'s' port=1", "a b@h:1/a b it's");
        check("host=a,b port=1 user=u dbname=d", "u@a:1,b:1/d");
        check("host=a, hostaddr=127.0.0.1,::1 port=1 user=u dbname=d", "u@a:1,[::1]:1/d");
        check("", "me@from-env:5999/me");
        check("shop", "me@from-env:5999/shop");
    }

    #[test]
    fn mistakes_are_named_without_secrets() {
        check_error("postgres://u:s3cr@et@h/d", "%40");
        check_error("postgres://u:s3cr/et@h/d", "%2F");
        check_error("postgres://u:s3cr/et", "port");
        check_error("postgres://u/s3cr@h/d", "%40");
        check_error("postgres://u:s3cr%zz@h/d", "hexadecimal");
        check_error("postgres://u:s3 cr@h/d", "%20");
        check_error("mysql://u:s3cr@h/d", "scheme");
        check_error("jdbc:postgresql://h/d?password=s3cr", "here it is postgresql://");
        check_error("postgresql+psycopg2://u:s3cr@h/d", "postgresql+psycopg2:// is how another tool");
        check_error("host=h s3cr3t", "key=value");
        check_error("host=h dbname=postgres://u:s3cr@h/d", "database");
        check_error("postgres://h/d?frobnicate=s3cr", "\"frobnicate\"");
        check_error("postgres://h/d?password=a&s3cr3t=b", "is none");
        check_error("postgres://h/d?password=a=s3cr", "%3D");
        check_error("postgres://h/d?sslmode=always", "sslmode is none of disable");
        check_error("postgres://h:s3cr/d", "port");
        check_error("host=a,b port=1,2,3", "3 ports, and 2 hosts");
        check_error("host=h require_auth=scram-sha-256", "require_auth is not supported");
        check_error("host=h sslpassword=s3cr", "sslpassword is not supported: keep the key without");
        check_error("host=h scram_client_key=s3cr", "scram_client_key is not supported");
        check_error("host=h sslnegotiation=direct", "sslmode=require");
        check_error("host=@abstract", "abstract");
    }

    #[test]
    fn a_mistake_in_a_variable_names_it() {
        let environment = |variable: &str| match variable {
            "PGSSLMODE" => Some("always".to_owned()),
            _ => environment(variable),
        };
        let Err(error) = Target::parse("", &environment) else { panic!("it can be read") };
        assert!(error.to_string().contains("sslmode (from PGSSLMODE) is none of"), "{error}");
    }

    #[test]
    fn what_other_tools_add_is_left_out_and_said() {
        let target = Target::parse("postgres://u@h/d?pgbouncer=true&schema=public", &environment).unwrap();
        assert_eq!(target.notes().len(), 2, "{:?}", target.notes());
        let target = Target::parse("postgres://u@h/d?sslmode=no-verify", &environment).unwrap();
        assert_eq!(target.tls.mode, SslMode::Require);
    }

    #[test]
    fn what_was_taken_from_elsewhere_is_known() {
        let target = Target::parse("postgres://u@h/d", &environment).unwrap();
        assert_eq!(target.origins(), ["PGPORT"]);
    }
}
