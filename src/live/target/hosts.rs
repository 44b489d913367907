//! The servers to try, as libpq's `pqConnectOptions2` makes them of `host`, `hostaddr` and `port`.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::path::Path;

use super::Password;
use super::settings::{Settings, wrong};
use crate::live::LiveError;

/// Where servers keep their sockets: on Debian and others, and as PostgreSQL itself has it.
pub(super) const SOCKET_FOLDERS: &[&str] = &["/var/run/postgresql", "/tmp"];

const DEFAULT_PORT: u16 = 5432;

/// One server.
#[derive(Clone)]
pub(in crate::live) struct Host {
    /// Its name, or the folder of its socket.
    pub(in crate::live) name: String,
    pub(in crate::live) port: u16,
    /// Its address, where the name need not be looked up.
    pub(in crate::live) address: Option<IpAddr>,
    pub(in crate::live) password: Option<Password>,
    /// Whether any of its addresses may be the first that is tried.
    pub(in crate::live) is_any: bool,
}

impl Host {
    pub(in crate::live) fn is_socket(&self) -> bool {
        self.name.starts_with('/') && self.address.is_none()
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&place(&self.name, self.port))
    }
}

/// Host and port for people; the colons of an IPv6 address are kept apart from the one before the port.
pub(in crate::live) fn place(host: &str, port: u16) -> String {
    if host.contains(':') && !host.starts_with('/') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

/// Each server, in the order in which they are tried.
pub(super) fn read(settings: &mut Settings) -> Result<Vec<Host>, LiveError> {
    let is_any = settings.take_word("load_balance_hosts", &[("disable", false), ("random", true)])?.unwrap_or(false);
    let port_name = settings.name("port");
    let (names, addresses, ports) = (settings.take("host"), settings.take("hostaddr"), settings.take("port"));
    let list = |text: &Option<String>| -> Vec<String> {
        text.iter().flat_map(|text| text.split(',')).map(str::to_owned).collect()
    };
    let (names, addresses, ports) = (list(&names), list(&addresses), list(&ports));
    let count = if addresses.is_empty() { names.len().max(1) } else { addresses.len() };
    if !names.is_empty() && names.len() != count {
        return wrong(format!("it names {} hosts, and hostaddr has {count} addresses", names.len()));
    }
    if ports.len() > 1 && ports.len() != count {
        return wrong(format!("it names {} ports, and {count} hosts", ports.len()));
    }
    let mut hosts = Vec::new();
    for position in 0..count {
        let port = match ports.get(if ports.len() == 1 { 0 } else { position }).map(|port| port.trim()) {
            None | Some("") => DEFAULT_PORT,
            Some(port) => match port.parse() {
                Ok(port) if port != 0 => port,
                _ => return wrong(format!("{port_name} is not a number from 1 to 65535")),
            },
        };
        let address = match addresses.get(position).map(String::as_str) {
            None | Some("") => None,
            Some(text) => match text.parse::<IpAddr>() {
                Ok(address) => Some(address),
                Err(_) => return wrong(format!("{} is not an IP address", settings.name("hostaddr"))),
            },
        };
        let name = match (names.get(position).map(String::as_str), address) {
            (None | Some(""), Some(address)) => address.to_string(),
            (None | Some(""), None) => on_this_machine(port),
            (Some(name), _) => checked(name)?.to_owned(),
        };
        hosts.push(Host { name, port, address, password: None, is_any });
    }
    if is_any {
        shuffle(&mut hosts);
    }
    Ok(hosts)
}

/// The folder that holds a socket of this port, or else localhost.
fn on_this_machine(port: u16) -> String {
    let has_socket = |folder: &&&str| Path::new(folder).join(format!(".s.PGSQL.{port}")).exists();
    SOCKET_FOLDERS.iter().find(has_socket).unwrap_or(&"localhost").to_string()
}

/// A host is shown in reports and errors, so what may be a part of a password is not taken for one.
fn checked(name: &str) -> Result<&str, LiveError> {
    if name.starts_with('@') && name.len() > 1 && !name[1..].contains('@') {
        return wrong("sockets in the abstract namespace are not supported: name the folder of the server's socket");
    }
    if name.contains(['@', '?', ' ']) || name.contains("://") {
        return wrong("the host is not a name; an @ in a user name or password is written %40, a / is written %2F");
    }
    Ok(name)
}

/// Into any order.
pub(in crate::live) fn shuffle<T>(all: &mut [T]) {
    let random = RandomState::new();
    for end in (1..all.len()).rev() {
        let choice = random.hash_one(end) % (end as u64 + 1);
        all.swap(end, usize::try_from(choice).unwrap_or_default());
    }
}
