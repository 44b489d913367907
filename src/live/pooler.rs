//! Whether a pooler stands between us and the server. It changes nothing in what we do, which has to suit one anyway;
//! but it explains what people see.

use super::target::Host;

/// The ports that PgBouncer and Supabase's pooler listen on, by custom.
const PORTS: [u16; 2] = [6432, 6543];

/// Why there seems to be one, if there does. `server_port` is the one that the server says we have come in by, which it
/// does not where that was a socket.
pub(super) fn between(host: &Host, server_port: Option<u16>) -> Option<String> {
    if host.name.contains("-pooler.") || host.name.contains(".pooler.") {
        return Some("by the name of the host".into());
    }
    if PORTS.contains(&host.port) {
        return Some(format!("by its port, {}", host.port));
    }
    match server_port {
        Some(port) if host.is_socket() => Some(format!("the server itself is reached by TCP, at port {port}")),
        // A container or a tunnel has another port outside as well; but then nothing hangs on it.
        Some(port) if port != host.port => Some(format!("the server itself listens on port {port}")),
        Some(_) => None,
        None if host.is_socket() => None,
        None => Some("the server itself is reached by a socket".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, port: u16, server_port: Option<u16>, expected: bool) {
        let host = Host { name: name.to_owned(), port, address: None, password: None, is_any: false };
        assert_eq!(between(&host, server_port).is_some(), expected, "{name}:{port}, {server_port:?}");
    }

    #[test]
    fn a_pooler_is_told_by_its_name_its_port_or_the_server_s_own() {
        check("db.example.com", 5432, Some(5432), false);
        check("/var/run/postgresql", 5432, None, false);
        check("ep-cool-1-pooler.eu-central-1.aws.neon.tech", 5432, Some(5432), true);
        check("aws-0-eu-west-1.pooler.supabase.com", 5432, Some(5432), true);
        check("db.example.com", 6543, Some(5432), true);
        check("db.example.com", 5433, Some(5432), true);
        check("db.example.com", 5432, None, true);
        check("/tmp", 6432, None, true);
        check("/tmp", 5432, Some(5432), true);
    }
}
