//! What can be told of a server before anybody logs in.

use std::net::{IpAddr, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use super::connect::addresses;
use super::shown::certificate;
use super::target::{Host, SslMode};
use super::{Certificate, Target};

/// One server, and how far we got.
#[derive(Clone, Debug)]
pub struct Probe {
    /// Host and port, or the path of the socket and its port.
    pub place: String,
    /// Those that the name has; none of a socket.
    pub addresses: Result<Vec<IpAddr>, String>,
    /// How long it took to be put through, to the first address that answered.
    pub reached: Result<Duration, String>,
    /// What it shows where it is asked for TLS, if that is wanted and there is some.
    pub certificate: Option<Certificate>,
}

/// Knocks at each server that a target names, and says nothing there.
pub fn probe(target: &Target, limit: Duration) -> Vec<Probe> {
    target.hosts.iter().map(|host| of(target, host, limit)).collect()
}

fn of(target: &Target, host: &Host, limit: Duration) -> Probe {
    let place = host.to_string();
    if host.is_socket() {
        return Probe { place, addresses: Ok(Vec::new()), reached: knock_at_socket(host), certificate: None };
    }
    let found = match addresses(host) {
        Ok(found) => found.into_iter().flatten().collect::<Vec<_>>(),
        Err(error) => {
            let why = error.problem();
            return Probe { place, addresses: Err(why.clone()), reached: Err(why), certificate: None };
        }
    };
    let mut reached = Err("it has no address".to_owned());
    let mut shown = None;
    for address in &found {
        let begun = Instant::now();
        reached = match TcpStream::connect_timeout(&SocketAddr::new(*address, host.port), limit) {
            Ok(stream) => {
                let took = begun.elapsed();
                if target.tls.mode != SslMode::Disable && stream.set_read_timeout(Some(limit)).is_ok() {
                    shown = certificate(target, host, stream);
                }
                Ok(took)
            }
            Err(error) => Err(super::error::words(&error)),
        };
        if reached.is_ok() {
            break;
        }
    }
    Probe { place, addresses: Ok(found), reached, certificate: shown }
}

#[cfg(unix)]
fn knock_at_socket(host: &Host) -> Result<Duration, String> {
    let begun = Instant::now();
    let path = std::path::Path::new(&host.name).join(format!(".s.PGSQL.{}", host.port));
    let outcome = std::os::unix::net::UnixStream::connect(path);
    outcome.map(|_| begun.elapsed()).map_err(|error| super::error::words(&error))
}

#[cfg(not(unix))]
fn knock_at_socket(_: &Host) -> Result<Duration, String> {
    Err("there are no sockets of this sort on this system".to_owned())
}
