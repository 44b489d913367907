//! From a target to a server that has let us in and said what it is, within a deadline.

use std::net::{IpAddr, ToSocketAddrs};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use tokio_postgres::config::SslMode as DriverMode;
use tokio_postgres::{Config, NoTls, SimpleQueryMessage, SimpleQueryRow};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::client::Client;
use super::target::{Host, SessionAttrs, SslMode, Tls, shuffle};
use super::{LiveError, Options, ServerInfo, Target, pooler, tls};

const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

/// The oldest version whose catalogs are known, as `server_version_num`.
const OLDEST: u32 = 130_000;

/// What the server is.
const IDENTITY: &str = include_str!("identity.sql");

pub(super) struct Connected {
    pub(super) client: Client,
    pub(super) server: ServerInfo,
    /// What there is to say of the connection, for people.
    pub(super) remarks: Vec<String>,
}

/// One server after the other, until one lets us in and is of the sort that is asked for. As libpq does it, a server
/// that answers and refuses is the end of it, for the next would be told the same password.
pub(super) fn connect(target: &Target, options: &Options) -> Result<Connected, LiveError> {
    let limit = target.patience(options);
    let passes: &[SessionAttrs] = match target.session {
        SessionAttrs::PreferStandby => &[SessionAttrs::Standby, SessionAttrs::Any],
        ref only => std::slice::from_ref(only),
    };
    let mut failed = Vec::new();
    for wanted in passes {
        failed.clear();
        for host in &target.hosts {
            match within(limit, target, host, *wanted) {
                Ok(connected) => return Ok(connected),
                Err(error) => {
                    let is_last = !error.lets_try_another();
                    failed.push(error);
                    if is_last {
                        return Err(LiveError::all(failed));
                    }
                }
            }
        }
    }
    Err(LiveError::all(failed))
}

impl Target {
    /// How long one of its servers may take to let us in: as the options say, or the connection string, or as is usual.
    pub fn patience(&self, options: &Options) -> Duration {
        options.connect_timeout.or(self.connect_timeout).unwrap_or(DEFAULT_TIMEOUT)
    }
}

/// Tries one server on a thread of its own: the driver's timeout does not cover what comes after the
/// socket is open, and a server that is silent then would be waited for without end. A thread that
/// is late ends with the process.
fn within(limit: Duration, target: &Target, host: &Host, wanted: SessionAttrs) -> Result<Connected, LiveError> {
    let (sender, receiver) = mpsc::channel();
    let (on_thread, of_host) = (target.clone(), host.clone());
    let attempt = move || drop(sender.send(enter(&on_thread, &of_host, wanted, limit)));
    let problem = |problem: String| LiveError::CannotConnect { place: host.to_string(), problem };
    thread::Builder::new().spawn(attempt).map_err(|error| problem(error.to_string()))?;
    match receiver.recv_timeout(limit) {
        Ok(outcome) => outcome,
        Err(mpsc::RecvTimeoutError::Timeout) => Err(LiveError::NoAnswer { place: host.to_string(), limit }),
        Err(mpsc::RecvTimeoutError::Disconnected) => Err(problem("the attempt ended without a result".into())),
    }
}

/// Each address of one server.
fn enter(target: &Target, host: &Host, wanted: SessionAttrs, limit: Duration) -> Result<Connected, LiveError> {
    let addresses = addresses(host)?;
    // So that one address where nobody answers leaves time for the others.
    let share = limit / u32::try_from(addresses.len().max(1)).unwrap_or(1);
    let mut failed: Vec<LiveError> = Vec::new();
    for address in addresses {
        let mut config = target.config.clone();
        config.host(&host.name).port(host.port).connect_timeout(share);
        if let Some(address) = address {
            config.hostaddr(address);
        }
        if let Some(password) = &host.password {
            config.password(&password.0);
        }
        let door = Door { target, host, place: host.to_string() };
        match door.enter(config).and_then(|connected| door.suits(connected, wanted)) {
            Ok(connected) => return Ok(connected),
            Err(error) if !error.lets_try_another() => return Err(error),
            Err(error) => {
                if failed.iter().all(|known| known.to_string() != error.to_string()) {
                    failed.push(error);
                }
            }
        }
    }
    Err(LiveError::all(failed))
}

/// The addresses of a server; none for a socket, which has a path.
pub(super) fn addresses(host: &Host) -> Result<Vec<Option<IpAddr>>, LiveError> {
    if host.is_socket() || host.address.is_some() {
        return Ok(vec![host.address]);
    }
    let unknown = |problem: String| LiveError::CannotConnect { place: host.to_string(), problem };
    let found = (host.name.as_str(), host.port).to_socket_addrs().map_err(|error| unknown(error.to_string()))?;
    let mut addresses: Vec<Option<IpAddr>> = found.map(|address| Some(address.ip())).collect();
    addresses.dedup();
    if addresses.is_empty() {
        return Err(unknown("the name has no address".into()));
    }
    if host.is_any {
        shuffle(&mut addresses);
    }
    Ok(addresses)
}

/// One address of one server.
struct Door<'a> {
    target: &'a Target,
    host: &'a Host,
    /// For people.
    place: String,
}

impl Door<'_> {
    /// With or without TLS, as `sslmode` has it.
    fn enter(&self, config: Config) -> Result<(Client, bool, Vec<String>), LiveError> {
        let mode = self.target.tls.mode;
        if self.host.is_socket() {
            return Ok((self.in_plain(&config)?, false, Vec::new()));
        }
        match mode {
            SslMode::Disable => Ok((self.in_plain(&config)?, false, Vec::new())),
            // Where a rule of the server is against the one, libpq tries the other.
            SslMode::Allow => match self.in_plain(&config) {
                Err(LiveError::Login { is_by_rule: true, .. }) => {
                    let (client, used) = self.with_tls(&config)?;
                    Ok((client, used, Vec::new()))
                }
                outcome => Ok((outcome?, false, Vec::new())),
            },
            SslMode::Prefer => match self.with_tls(&config) {
                Err(error @ LiveError::Login { is_by_rule: true, .. }) => match self.in_plain(&config) {
                    Ok(client) => Ok((client, false, Vec::new())),
                    Err(_) => Err(error),
                },
                // So does libpq: who only prefers TLS gets by without.
                Err(LiveError::Tls { problem, .. }) => {
                    let note = format!("the connection to {} is not encrypted, for TLS failed: {problem}", self.place);
                    Ok((self.in_plain(&config)?, false, vec![note]))
                }
                outcome => outcome.map(|(client, used)| (client, used, Vec::new())),
            },
            SslMode::Require | SslMode::VerifyCa | SslMode::VerifyFull => {
                let (client, used) = self.with_tls(&config)?;
                Ok((client, used, Vec::new()))
            }
        }
    }

    fn in_plain(&self, config: &Config) -> Result<Client, LiveError> {
        Client::connect(config.clone().ssl_mode(DriverMode::Disable), NoTls).map_err(|error| self.failed(&error))
    }

    /// With TLS; where that is only preferred and the server has none, without.
    fn with_tls(&self, config: &Config) -> Result<(Client, bool), LiveError> {
        let Tls { mode, .. } = self.target.tls;
        let used = Arc::new(AtomicBool::new(false));
        let settings = tls::client_config(&self.target.tls, &used).map_err(|problem| LiveError::Tls {
            place: self.place.clone(),
            mode: mode.word(),
            problem,
            help: "sslrootcert, sslcert and sslkey name files in PEM form",
        })?;
        let driver_mode = if mode == SslMode::Prefer { DriverMode::Prefer } else { DriverMode::Require };
        let connector = MakeRustlsConnect::new(settings);
        let client =
            Client::connect(config.clone().ssl_mode(driver_mode), connector).map_err(|error| self.failed(&error))?;
        Ok((client, used.load(Ordering::Relaxed)))
    }

    fn failed(&self, error: &tokio_postgres::Error) -> LiveError {
        let password = self.host.password.as_ref().map(|password| password.0.as_slice());
        match LiveError::connecting(&self.place, self.target.tls.mode.word(), error, password) {
            // It refuses what is no command of its own, or hangs up.
            LiveError::NotPostgres { place, .. } | LiveError::Refused { place, .. }
                if self.target.config.get_dbname() == Some("pgbouncer") =>
            {
                LiveError::console(place)
            }
            error => error,
        }
    }

    /// Whether it is of the sort that is asked for.
    fn suits(
        &self,
        (mut client, is_encrypted, mut remarks): (Client, bool, Vec<String>),
        wanted: SessionAttrs,
    ) -> Result<Connected, LiveError> {
        let (server, is_read_only) = self.identify(&mut client, is_encrypted)?;
        let is = match wanted {
            SessionAttrs::ReadWrite if is_read_only => "it is read-only, and target_session_attrs=read-write",
            SessionAttrs::ReadOnly if !is_read_only => "it takes writes, and target_session_attrs=read-only",
            SessionAttrs::Primary if server.is_standby => "it is a standby, and target_session_attrs=primary",
            SessionAttrs::Standby if !server.is_standby => "it is no standby, and target_session_attrs=standby",
            SessionAttrs::Any
            | SessionAttrs::ReadWrite
            | SessionAttrs::ReadOnly
            | SessionAttrs::Primary
            | SessionAttrs::Standby
            | SessionAttrs::PreferStandby => {
                remarks.splice(0..0, self.target.notes.iter().cloned());
                return Ok(Connected { client, server, remarks });
            }
        };
        Err(LiveError::Unfit { place: self.place.clone(), problem: is.to_owned() })
    }

    /// What the server is, and whether it refuses writes.
    fn identify(&self, client: &mut Client, is_encrypted: bool) -> Result<(ServerInfo, bool), LiveError> {
        let answer = client.simple_query(IDENTITY).map_err(|error| self.failed(&error))?;
        let row = answer.iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(row),
            _ => None,
        });
        let text = |position: usize| {
            let value = row.and_then(|row: &SimpleQueryRow| row.try_get(position).ok().flatten());
            value.unwrap_or_default().to_owned()
        };
        let product = text(0);
        let server_version_num = text(2).parse().unwrap_or_default();
        if let Some(problem) = unsupported(&product, server_version_num) {
            return Err(LiveError::Unsupported { place: self.place.clone(), problem });
        }
        let server = ServerInfo {
            host: self.host.name.clone(),
            port: self.host.port,
            database: text(3),
            user: text(4),
            tls: self.tls_for_people(is_encrypted),
            pooler: pooler::between(self.host, text(7).parse().ok()),
            is_standby: text(5) == "t",
            server_version: text(1),
            server_version_num,
        };
        Ok((server, text(6) == "on"))
    }

    fn tls_for_people(&self, is_encrypted: bool) -> String {
        let text = match (is_encrypted, self.target.tls.mode) {
            (false, _) if self.host.is_socket() => "no TLS (local socket)",
            (false, _) => "no TLS",
            (true, SslMode::VerifyFull) => "TLS, certificate and name checked",
            (true, SslMode::VerifyCa) => "TLS, certificate checked, name not checked",
            (true, SslMode::Disable | SslMode::Allow | SslMode::Prefer | SslMode::Require) => {
                "TLS, certificate not checked"
            }
        };
        text.to_owned()
    }
}

/// Why a server that calls itself this cannot be read. Others speak the same protocol, and some even claim a version of
/// PostgreSQL, but their catalogs differ.
fn unsupported(product: &str, server_version_num: u32) -> Option<String> {
    const OTHERS: &[(&str, &str)] = &[
        ("CockroachDB", "CockroachDB"),
        ("-YB-", "YugabyteDB"),
        ("Redshift", "Amazon Redshift"),
        ("Greenplum", "Greenplum"),
    ];
    let other = OTHERS.iter().find(|(mark, _)| product.contains(mark)).map(|(_, name)| *name);
    match other {
        Some(name) => Some(format!("it is {name}, whose catalogs are not those of PostgreSQL ({product})")),
        None if product.is_empty() => Some("it does not say what it is".into()),
        None if !product.starts_with("PostgreSQL ") => Some(format!("it is {product}")),
        None if server_version_num < OLDEST => Some(format!("it is {product}, which is too old")),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(product: &str, number: u32, expected: Option<&str>) {
        let why = unsupported(product, number);
        match expected {
            Some(words) => assert!(why.as_ref().is_some_and(|why| why.contains(words)), "{why:?}"),
            None => assert_eq!(why, None),
        }
    }

    #[test]
    fn others_that_speak_the_protocol_are_told_by_their_name() {
        check("PostgreSQL 18.4 on x86_64-pc-linux-gnu", 180_004, None);
        check("PostgreSQL 19beta1 on x86_64-pc-linux-gnu", 190_000, None);
        check("PostgreSQL 12.22 on x86_64-pc-linux-gnu", 120_022, Some("too old"));
        check("CockroachDB CCL v24.1.0 (x86_64-pc-linux-gnu)", 130_000, Some("it is CockroachDB"));
        check("PostgreSQL 11.2-YB-2.25.1.0-b0 on x86_64", 150_012, Some("it is YugabyteDB"));
        check("PostgreSQL 8.0.2 on i686-pc-linux-gnu, Redshift 1.0.1", 80_002, Some("it is Amazon Redshift"));
        check("PostgreSQL 12.12 (Greenplum Database 7.0.0)", 120_012, Some("it is Greenplum"));
        check("", 0, Some("does not say"));
        check("Materialize v0.100", 90_500, Some("it is Materialize"));
    }
}
