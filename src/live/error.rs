//! Why a server could not be read, by what the user has to do about it.

use std::error::Error;
use std::time::Duration;

use miette::Diagnostic;
use tokio_postgres::error::SqlState;

use super::client::SILENT;
use super::row::Trouble;
use super::{ServerInfo, target};

/// Never holds a password or a whole connection string.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum LiveError {
    #[error("the connection string cannot be read: {problem}")]
    #[diagnostic(
        code(schema_check::live::connection_string),
        help("it looks like postgresql://user@host:5432/database, or host=… port=… user=… dbname=…")
    )]
    ConnectionString { problem: String },
    #[error("the connection service cannot be read: {problem}")]
    #[diagnostic(
        code(schema_check::live::service_file),
        help(
            "a service is a [name] in ~/.pg_service.conf or PGSERVICEFILE, with lines of the form key=value below it"
        )
    )]
    ServiceFile { problem: String },
    #[error("none of the servers can be used: {}", told(attempts))]
    #[diagnostic(code(schema_check::live::no_server), help("{}", first_help(attempts)))]
    NoServer { attempts: Vec<LiveError> },
    #[error("{place} is not the server that is asked for: {problem}")]
    #[diagnostic(
        code(schema_check::live::unfit),
        help("name a server that is, or several; target_session_attrs=any takes each")
    )]
    Unfit { place: String, problem: String },
    #[error("cannot connect to {place}: {problem}")]
    #[diagnostic(
        code(schema_check::live::cannot_connect),
        help("check that the server is running, that host and port are its own, and that no firewall stands between")
    )]
    CannotConnect { place: String, problem: String },
    #[error("no answer from {place} within {} s", limit.as_secs_f64())]
    #[diagnostic(
        code(schema_check::live::no_answer),
        help("check host and port; a server that is only slow needs a longer connect_timeout")
    )]
    NoAnswer { place: String, limit: Duration },
    #[error("{place} does not answer as a PostgreSQL server does: {problem}")]
    #[diagnostic(code(schema_check::live::not_postgres), help("check the port: something else may be listening there"))]
    NotPostgres { place: String, problem: String },
    #[error("{place} does not let us in: {problem}")]
    #[diagnostic(
        code(schema_check::live::login),
        help("check user and password (PGUSER, PGPASSWORD), the CONNECT privilege on the database, and pg_hba.conf")
    )]
    Login {
        place: String,
        problem: String,
        /// By a line of `pg_hba.conf`, and not for a wrong password.
        is_by_rule: bool,
    },
    #[error("{place} has no such database: {problem}")]
    #[diagnostic(code(schema_check::live::no_database), help("check the name after the host, dbname or PGDATABASE"))]
    NoDatabase { place: String, problem: String },
    #[error("no secure connection to {place} with sslmode={mode}: {problem}")]
    #[diagnostic(code(schema_check::live::tls), help("{help}"))]
    Tls { place: String, mode: &'static str, problem: String, help: &'static str },
    #[error("not permitted to read {what} on {place}: {problem}")]
    #[diagnostic(
        code(schema_check::live::permission),
        help("pg_catalog is readable for every role by default: grant this one SELECT on it again")
    )]
    Permission { place: String, what: &'static str, problem: String },
    #[error("reading {what} on {place} took too long: {problem}")]
    #[diagnostic(code(schema_check::live::too_slow), help("{help}"))]
    TooSlow { place: String, what: &'static str, problem: String, help: &'static str },
    #[error("the schema on {place} keeps changing while it is read: {problem}")]
    #[diagnostic(code(schema_check::live::changing), help("try again when no migration is running"))]
    Changing { place: String, problem: String },
    #[error("the connection to {place} was lost while {what} was read: {problem}")]
    #[diagnostic(
        code(schema_check::live::lost),
        help("try again, and look into the server's log; a pooler has to be in transaction or session mode")
    )]
    Lost { place: String, what: &'static str, problem: String },
    #[error("{place} lets nobody begin a transaction: {problem}")]
    #[diagnostic(
        code(schema_check::live::statement_mode),
        help(
            "it is a pooler in statement mode: connect to the server itself, or to a pool with pool_mode = transaction or session"
        )
    )]
    StatementMode { place: String, problem: String },
    #[error("{place} is not a server that can be read: {problem}")]
    #[diagnostic(code(schema_check::live::unsupported), help("PostgreSQL 13 to 18 can be read"))]
    Unsupported { place: String, problem: String },
    #[error("{place} refused {what}: {problem}")]
    #[diagnostic(
        code(schema_check::live::refused),
        help("the reason is the server's own; a pooler has to be in transaction or session mode")
    )]
    Refused { place: String, what: &'static str, problem: String },
}

impl LiveError {
    /// 2 where the input is wrong, 3 where no verdict could be reached.
    pub fn exit_code(&self) -> u8 {
        if matches!(self, Self::ConnectionString { .. } | Self::ServiceFile { .. }) { 2 } else { 3 }
    }

    /// One error, or what all of them say.
    pub(super) fn all(mut attempts: Vec<Self>) -> Self {
        match attempts.pop() {
            Some(only) if attempts.is_empty() => only,
            last => Self::NoServer { attempts: attempts.into_iter().chain(last).collect() },
        }
    }

    /// Whether another server, or another address, may do better: libpq goes on where nobody answers, and where a
    /// server is starting or not of the sort that is asked for, but not where one says no.
    pub(super) fn lets_try_another(&self) -> bool {
        match self {
            Self::NoServer { attempts } => attempts.iter().all(Self::lets_try_another),
            other => matches!(other, Self::CannotConnect { .. } | Self::NoAnswer { .. } | Self::Unfit { .. }),
        }
    }

    /// The reason alone, without the place.
    pub(super) fn problem(&self) -> String {
        match self {
            Self::CannotConnect { problem, .. } => problem.clone(),
            other => other.to_string(),
        }
    }

    /// Who asked for the database `pgbouncer`.
    pub(super) fn console(place: String) -> Self {
        Self::Unsupported { place, problem: "it is the console of PgBouncer, which holds no tables".to_owned() }
    }

    /// What went wrong before the server let us in. The password is in none of what others say, but for those who
    /// say again what they were sent.
    pub(super) fn connecting(
        place: &str,
        mode: &'static str,
        error: &tokio_postgres::Error,
        password: Option<&[u8]>,
    ) -> Self {
        let place = place.to_owned();
        let mut problem = innermost(error);
        if let Some(password) = password.and_then(|password| std::str::from_utf8(password).ok())
            && password.len() >= 6
        {
            problem = problem.replace(password, "(the password)");
        }
        // So it answers to all but its own commands.
        if problem.contains("use SHOW HELP") {
            return Self::console(place);
        }
        if let Some(code) = error.code() {
            return match code.code() {
                "57P03" => Self::CannotConnect { place, problem },
                "3D000" => Self::NoDatabase { place, problem },
                "42501" => Self::Login { place, problem, is_by_rule: false },
                code if code.starts_with("28") => Self::Login { place, problem, is_by_rule: code == "28000" },
                _ => Self::Refused { place, what: "the connection", problem },
            };
        }
        // The driver tells its own errors apart by their text alone.
        match error.to_string().as_str() {
            "error connecting to server" => Self::CannotConnect { place, problem },
            "error performing TLS handshake" => Self::Tls { place, mode, help: tls_help(&problem), problem },
            "authentication error" | "invalid configuration" => Self::Login { place, problem, is_by_rule: false },
            _ => Self::NotPostgres { place, problem },
        }
    }

    /// What went wrong while `what` was read.
    pub(super) fn reading(server: &ServerInfo, what: &'static str, trouble: Trouble) -> Self {
        let place = server.place();
        let error = match trouble {
            Trouble::Gone(problem) => return Self::Changing { place, problem: format!("{what}: {problem}") },
            Trouble::Surprise(problem) => return Self::Unsupported { place, problem: format!("{what}: {problem}") },
            Trouble::Server(error) => error,
        };
        let problem = innermost(&error);
        if problem.contains("transaction blocks not allowed") {
            return Self::StatementMode { place, problem };
        }
        if problem == SILENT {
            return Self::Lost { place, what, problem: "the server says nothing any more".to_owned() };
        }
        let Some(code) = error.code() else {
            // A pooler in statement mode says why and hangs up, and the driver may hear the second alone.
            if server.pooler.is_some() && what == super::session::BEGINNING {
                return Self::StatementMode { place, problem: "the pooler hung up as one was begun".to_owned() };
            }
            return Self::Lost { place, what, problem };
        };
        if is_change(code, &problem) {
            return Self::Changing { place, problem: format!("{what}: {problem}") };
        }
        match code.code() {
            "42501" => Self::Permission { place, what, problem },
            code @ ("57014" | "55P03" | "25P03") => Self::TooSlow { place, what, problem, help: slow_help(code) },
            code if code.starts_with("57") || code.starts_with("08") => Self::Lost { place, what, problem },
            _ => Self::Refused { place, what, problem },
        }
    }
}

impl ServerInfo {
    pub(super) fn place(&self) -> String {
        target::place(&self.host, self.port)
    }
}

/// The functions that print look things up by OID in the catalog as it is now. What is gone is an
/// internal error to most of them, and an undefined object "with OID" to the others; a standby
/// cancels a query whose rows are removed.
fn is_change(code: &SqlState, message: &str) -> bool {
    match code.code() {
        "XX000" | "40001" | "40P01" => true,
        "42P01" | "42703" | "42704" | "42883" => message.contains("OID"),
        _ => false,
    }
}

fn told(attempts: &[LiveError]) -> String {
    attempts.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

fn first_help(attempts: &[LiveError]) -> String {
    attempts.iter().find_map(|error| error.help().map(|help| help.to_string())).unwrap_or_default()
}

/// The last of the causes, which is the one that says something.
fn innermost(error: &tokio_postgres::Error) -> String {
    if let Some(error) = error.as_db_error() {
        return error.message().to_owned();
    }
    let mut cause: &dyn Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    words(cause)
}

/// What an error says, without the number of the system's, which says nothing that the words before it do not.
pub(super) fn words(error: &dyn Error) -> String {
    let told = error.to_string();
    told.split_once(" (os error").map_or(told.as_str(), |(words, _)| words).to_owned()
}

/// By the server's code, for its words may be of any language.
fn slow_help(code: &str) -> &'static str {
    match code {
        "55P03" => "somebody may be altering a table: try again, or wait longer for it by --lock-timeout SECONDS",
        "57014" => "try again when the server is less busy, or allow more by --statement-timeout SECONDS",
        _ => "try again; the machine that this runs on may have been asleep",
    }
}

/// By the words of rustls, for the driver hands on nothing else.
fn tls_help(problem: &str) -> &'static str {
    const HELP: &[(&str, &str)] = &[
        ("does not support TLS", "the server has no TLS: switch it on there (ssl = on), or reach it through a tunnel"),
        ("UnknownIssuer", "give the certificate of the authority that signed the server's: sslrootcert=FILE"),
        (
            "CaUsedAsEndEntity",
            "the certificate is marked as an authority's: name it, or the one that signed it: sslrootcert=FILE",
        ),
        ("UnsupportedCertVersion", "the certificate is of version 1: name the one that signed it: sslrootcert=FILE"),
        ("expired", "the server's certificate has run out: it has to be renewed there"),
        ("not valid yet", "the certificate begins later: look at the clocks of the server and of this machine"),
        (
            "not valid for",
            "connect by a name that the certificate holds, or check the authority alone: sslmode=verify-ca",
        ),
        ("InvalidPurpose", "the certificate is meant for clients: the server needs one for servers (serverAuth)"),
    ];
    let usual = "look at the server's certificate; sslrootcert=FILE names the authority to trust";
    HELP.iter().find(|(words, _)| problem.contains(words)).map_or(usual, |(_, help)| help)
}

#[cfg(test)]
mod tests {
    use rustls::CertificateError;
    use rustls::pki_types::{ServerName, UnixTime};

    use super::*;

    #[track_caller]
    fn check(error: CertificateError, help: &str) {
        let problem = rustls::Error::InvalidCertificate(error).to_string();
        assert!(tls_help(&problem).contains(help), "{problem}: {}", tls_help(&problem));
    }

    #[test]
    fn what_is_wrong_with_a_certificate_has_a_way_out() {
        let (early, late) = (UnixTime::since_unix_epoch(Duration::ZERO), UnixTime::now());
        let expected = ServerName::try_from("db").unwrap();
        check(CertificateError::ExpiredContext { time: late, not_after: early }, "renewed");
        check(CertificateError::NotValidYetContext { time: early, not_before: late }, "clocks");
        check(CertificateError::UnknownIssuer, "sslrootcert=FILE");
        check(CertificateError::NotValidForNameContext { expected, presented: Vec::new() }, "verify-ca");
        check(CertificateError::InvalidPurpose, "serverAuth");
    }
}
