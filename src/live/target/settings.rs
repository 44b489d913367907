//! The options of a connection by their names, each with where it was given.

use std::collections::{BTreeMap, BTreeSet};

use crate::live::LiveError;

/// All options that libpq knows, with the variable that stands for each, as `PQconninfoOptions` has them.
pub(super) const KNOWN: &[(&str, Option<&str>)] = &[
    ("service", Some("PGSERVICE")),
    ("servicefile", Some("PGSERVICEFILE")),
    ("host", Some("PGHOST")),
    ("hostaddr", Some("PGHOSTADDR")),
    ("port", Some("PGPORT")),
    ("dbname", Some("PGDATABASE")),
    ("user", Some("PGUSER")),
    ("password", Some("PGPASSWORD")),
    ("passfile", Some("PGPASSFILE")),
    ("connect_timeout", Some("PGCONNECT_TIMEOUT")),
    ("options", Some("PGOPTIONS")),
    ("application_name", Some("PGAPPNAME")),
    ("fallback_application_name", None),
    ("client_encoding", Some("PGCLIENTENCODING")),
    ("target_session_attrs", Some("PGTARGETSESSIONATTRS")),
    ("load_balance_hosts", Some("PGLOADBALANCEHOSTS")),
    ("channel_binding", Some("PGCHANNELBINDING")),
    ("require_auth", Some("PGREQUIREAUTH")),
    ("requirepeer", Some("PGREQUIREPEER")),
    ("sslmode", Some("PGSSLMODE")),
    ("sslnegotiation", Some("PGSSLNEGOTIATION")),
    ("sslrootcert", Some("PGSSLROOTCERT")),
    ("sslcert", Some("PGSSLCERT")),
    ("sslkey", Some("PGSSLKEY")),
    ("sslpassword", None),
    ("sslcertmode", Some("PGSSLCERTMODE")),
    ("sslcrl", Some("PGSSLCRL")),
    ("sslcrldir", Some("PGSSLCRLDIR")),
    ("sslsni", Some("PGSSLSNI")),
    ("sslcompression", Some("PGSSLCOMPRESSION")),
    ("sslkeylogfile", None),
    ("ssl_min_protocol_version", Some("PGSSLMINPROTOCOLVERSION")),
    ("ssl_max_protocol_version", Some("PGSSLMAXPROTOCOLVERSION")),
    ("min_protocol_version", Some("PGMINPROTOCOLVERSION")),
    ("max_protocol_version", Some("PGMAXPROTOCOLVERSION")),
    ("gssencmode", Some("PGGSSENCMODE")),
    ("krbsrvname", Some("PGKRBSRVNAME")),
    ("gsslib", Some("PGGSSLIB")),
    ("gssdelegation", Some("PGGSSDELEGATION")),
    ("keepalives", None),
    ("keepalives_idle", None),
    ("keepalives_interval", None),
    ("keepalives_count", None),
    ("tcp_user_timeout", None),
    ("replication", None),
    ("scram_client_key", None),
    ("scram_server_key", None),
    ("oauth_issuer", None),
    ("oauth_client_id", None),
    ("oauth_client_secret", None),
    ("oauth_scope", None),
    ("authtype", None),
    ("tty", None),
];

/// What other tools put into their connection strings, for themselves: Prisma, JDBC, Npgsql, pgx and others.
const FOREIGN: &[&str] = &[
    "binary_parameters",
    "connection_limit",
    "currentSchema",
    "default_query_exec_mode",
    "max_client_conn",
    "pgbouncer",
    "pool_max_conns",
    "pool_min_conns",
    "pool_mode",
    "pool_size",
    "pool_timeout",
    "pooling",
    "prepareThreshold",
    "prepared_statements",
    "schema",
    "search_path",
    "socket_timeout",
    "sslaccept",
    "statement_cache_capacity",
    "statement_cache_size",
    "supa",
    "uselibpqcompat",
];

pub(super) fn wrong<T>(problem: impl Into<String>) -> Result<T, LiveError> {
    Err(LiveError::ConnectionString { problem: problem.into() })
}

/// Options by their names. An empty value is not the same as none: it keeps the environment out.
#[derive(Default)]
pub(super) struct Settings(BTreeMap<String, Setting>);

struct Setting {
    value: String,
    /// The variable or the file that it is from; none where it stood in the connection string.
    from: Option<String>,
}

impl Settings {
    /// What stands in the connection string; there, the last of several counts. What other tools
    /// understand is left out, and named in `foreign`.
    ///
    /// # Errors
    /// Where there is no such option. Its name is shown only if it looks like one, for it may be a piece of a password.
    pub(super) fn give(
        &mut self,
        option: &str,
        value: String,
        foreign: &mut BTreeSet<String>,
    ) -> Result<(), LiveError> {
        if FOREIGN.contains(&option) {
            foreign.insert(option.to_owned());
            return Ok(());
        }
        if !is_known(option) {
            let looks_like_one = option.len() <= 40 && option.chars().all(|c| c.is_ascii_alphabetic() || c == '_');
            return match looks_like_one && !option.is_empty() {
                true => wrong(format!("there is no option {option:?}; if that is part of a password, write & as %26")),
                false => wrong("something in it stands where the name of an option should, and is none"),
            };
        }
        self.0.insert(option.to_owned(), Setting { value, from: None });
        Ok(())
    }

    /// What is said elsewhere, unless the option has been given.
    pub(super) fn fill(&mut self, option: &str, value: String, from: &str) {
        self.0.entry(option.to_owned()).or_insert_with(|| Setting { value, from: Some(from.to_owned()) });
    }

    /// The variables and files that something was taken from.
    pub(super) fn origins(&self) -> BTreeSet<String> {
        self.0.values().filter(|setting| !setting.value.is_empty()).filter_map(|setting| setting.from.clone()).collect()
    }

    pub(super) fn get(&self, option: &str) -> Option<&str> {
        self.0.get(option).map(|setting| setting.value.as_str()).filter(|value| !value.is_empty())
    }

    pub(super) fn take(&mut self, option: &str) -> Option<String> {
        self.0.remove(option).map(|setting| setting.value).filter(|value| !value.is_empty())
    }

    /// One of some words, each with what it means.
    pub(super) fn take_word<T: Copy>(&mut self, option: &str, words: &[(&str, T)]) -> Result<Option<T>, LiveError> {
        let name = self.name(option);
        let Some(value) = self.take(option) else { return Ok(None) };
        match words.iter().find(|(word, _)| *word == value) {
            Some((_, meaning)) => Ok(Some(*meaning)),
            None => {
                let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
                wrong(format!("{name} is none of {}", words.join(", ")))
            }
        }
    }

    /// A number, as `pqParseIntParam` reads it.
    pub(super) fn take_number(&mut self, option: &str) -> Result<Option<i32>, LiveError> {
        let name = self.name(option);
        let Some(value) = self.take(option) else { return Ok(None) };
        let trimmed = value.trim_matches(|c: char| c.is_ascii_whitespace() || c == '\u{b}');
        trimmed.parse().map(Some).or_else(|_| wrong(format!("{name} is not a whole number")))
    }

    /// The name of an option, and where its value is from.
    pub(super) fn name(&self, option: &str) -> String {
        match self.0.get(option).and_then(|setting| setting.from.as_ref()) {
            Some(from) => format!("{option} (from {from})"),
            None => option.to_owned(),
        }
    }

    /// The options that nobody has taken.
    pub(super) fn left(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter(|(_, setting)| !setting.value.is_empty()).map(|(option, _)| option.as_str())
    }
}

pub(super) fn is_known(option: &str) -> bool {
    KNOWN.iter().any(|(known, _)| *known == option)
}
