//! From a target to a server that has let us in and said what it is, within a deadline.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use postgres::config::SslMode as DriverMode;
use postgres::{Client, Config, NoTls, SimpleQueryMessage, SimpleQueryRow};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::target::Host;
use super::tls::{self, SslMode};
use super::{LiveError, Options, ServerInfo, Target};

const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

/// The oldest version whose catalogs are known, as `server_version_num`.
const OLDEST: u32 = 130_000;

/// What the server is. It names nothing that a `search_path` could lead astray.
const IDENTITY: &str = "SELECT pg_catalog.version(), pg_catalog.current_setting('server_version'), \
    pg_catalog.current_setting('server_version_num'), pg_catalog.current_database(), session_user";

pub(super) struct Connected {
    pub(super) client: Client,
    pub(super) server: ServerInfo,
    pub(super) notes: Vec<String>,
}

/// Connects on a thread of its own: the driver's timeout does not cover what comes after the
/// socket is open, and a server that is silent then would be waited for without end. A thread that
/// is late ends with the process.
pub(super) fn connect(target: &Target, options: &Options) -> Result<Connected, LiveError> {
    let limit = options.connect_timeout.or(target.connect_timeout).unwrap_or(DEFAULT_TIMEOUT);
    let (sender, receiver) = mpsc::channel();
    let on_thread = target.clone();
    let spawned = thread::Builder::new().spawn(move || drop(sender.send(attempt(&on_thread, limit))));
    let problem = |problem: String| LiveError::CannotConnect { place: target.place(), problem };
    spawned.map_err(|error| problem(error.to_string()))?;
    match receiver.recv_timeout(limit) {
        Ok(outcome) => outcome,
        Err(mpsc::RecvTimeoutError::Timeout) => Err(LiveError::NoAnswer { place: target.place(), limit }),
        Err(mpsc::RecvTimeoutError::Disconnected) => Err(problem("the attempt ended without a result".into())),
    }
}

impl Target {
    /// The servers that may be tried, for people.
    fn place(&self) -> String {
        let places: Vec<String> = self.hosts.iter().map(Host::to_string).collect();
        places.join(", ")
    }
}

/// One server after the other, until one lets us in.
fn attempt(target: &Target, limit: Duration) -> Result<Connected, LiveError> {
    let mut last = LiveError::ConnectionString { problem: "it names no host".into() };
    for host in &target.hosts {
        let mut config = target.config.clone();
        config.host(&host.name).port(host.port).connect_timeout(limit);
        if let Some(address) = host.address {
            config.hostaddr(address);
        }
        match enter(target, host, config) {
            Ok(connected) => return Ok(connected),
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn enter(target: &Target, host: &Host, mut config: Config) -> Result<Connected, LiveError> {
    let place = host.to_string();
    let mode = target.ssl_mode;
    let failed = |error: postgres::Error| LiveError::connecting(&place, mode.word(), &error);
    let mut notes = target.notes.clone();
    let used = Arc::new(AtomicBool::new(false));
    let mut client = if mode == SslMode::Disable || host.is_socket() {
        config.ssl_mode(DriverMode::Disable).connect(NoTls).map_err(failed)?
    } else {
        let config_of_tls =
            tls::client_config(mode, target.roots.as_ref(), target.direct_tls, &used).map_err(|problem| {
                let help = "sslrootcert names a file with certificates in PEM form";
                LiveError::Tls { place: place.clone(), mode: mode.word(), problem, help }
            })?;
        config.ssl_mode(if mode == SslMode::Prefer { DriverMode::Prefer } else { DriverMode::Require });
        match config.connect(MakeRustlsConnect::new(config_of_tls)).map_err(failed) {
            // So does libpq: who only prefers TLS gets by without.
            Err(LiveError::Tls { problem, .. }) if mode == SslMode::Prefer && !target.direct_tls => {
                used.store(false, Ordering::Relaxed);
                notes.push(format!("the connection to {place} is not encrypted, for TLS failed: {problem}"));
                config.ssl_mode(DriverMode::Disable).connect(NoTls).map_err(failed)?
            }
            outcome => outcome?,
        }
    };
    let encrypted = used.load(Ordering::Relaxed);
    let server = identify(&mut client, target, host, tls_for_people(encrypted, mode, host))?;
    Ok(Connected { client, server, notes })
}

fn tls_for_people(encrypted: bool, mode: SslMode, host: &Host) -> String {
    let text = match (encrypted, mode) {
        (false, _) if host.is_socket() => "no TLS (local socket)",
        (false, _) => "none",
        (true, SslMode::VerifyFull) => "TLS, certificate and name checked",
        (true, SslMode::VerifyCa) => "TLS, certificate checked, name not checked",
        (true, SslMode::Disable | SslMode::Prefer | SslMode::Require) => "TLS, certificate not checked",
    };
    text.to_owned()
}

fn identify(client: &mut Client, target: &Target, host: &Host, tls: String) -> Result<ServerInfo, LiveError> {
    let place = host.to_string();
    let answer =
        client.simple_query(IDENTITY).map_err(|error| LiveError::connecting(&place, target.ssl_mode.word(), &error))?;
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
    // Others speak the same protocol, and some even claim a version, but their catalogs differ.
    if !product.starts_with("PostgreSQL ") || product.contains("-YB-") || server_version_num < OLDEST {
        return Err(LiveError::Unsupported { place, problem: format!("it is {product}") });
    }
    Ok(ServerInfo {
        host: host.name.clone(),
        port: host.port,
        database: text(3),
        user: text(4),
        tls,
        server_version: text(1),
        server_version_num,
    })
}
