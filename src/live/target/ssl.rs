//! The options of TLS, and what they mean together.

use std::fs;
use std::path::{Path, PathBuf};

use super::settings::{Settings, wrong};
use super::{Environment, user_file};
use crate::live::LiveError;

/// `sslmode`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::live) enum SslMode {
    Disable,
    /// TLS only where the server does not do without.
    Allow,
    /// TLS where the server has it.
    Prefer,
    Require,
    VerifyCa,
    VerifyFull,
}

impl SslMode {
    pub(in crate::live) fn word(self) -> &'static str {
        match self {
            Self::Disable => "disable",
            Self::Allow => "allow",
            Self::Prefer => "prefer",
            Self::Require => "require",
            Self::VerifyCa => "verify-ca",
            Self::VerifyFull => "verify-full",
        }
    }

    /// Whether a connection without TLS would do.
    pub(in crate::live) fn is_lenient(self) -> bool {
        matches!(self, Self::Disable | Self::Allow | Self::Prefer)
    }
}

/// Whose signature on the server's certificate counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::live) enum Roots {
    File(PathBuf),
    /// The authorities that this system trusts.
    System,
}

/// A certificate of the client's own, and its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::live) struct Identity {
    pub(in crate::live) certificate: PathBuf,
    pub(in crate::live) key: PathBuf,
}

/// How a connection is secured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::live) struct Tls {
    pub(in crate::live) mode: SslMode,
    /// None where the server's certificate is not checked.
    pub(in crate::live) roots: Option<Roots>,
    pub(in crate::live) identity: Option<Identity>,
    /// Whether TLS begins at once, without asking the server for it.
    pub(in crate::live) is_direct: bool,
    /// Whether the server is told its name (SNI).
    pub(in crate::live) tells_name: bool,
    /// TLS 1.2 and 1.3, of which either may be ruled out.
    pub(in crate::live) versions: (bool, bool),
}

const MODES: &[(&str, SslMode)] = &[
    ("disable", SslMode::Disable),
    ("allow", SslMode::Allow),
    ("prefer", SslMode::Prefer),
    ("require", SslMode::Require),
    ("verify-ca", SslMode::VerifyCa),
    ("verify-full", SslMode::VerifyFull),
    // node-postgres calls it so.
    ("no-verify", SslMode::Require),
];

/// What stands in the options, and in the files that libpq looks for without them.
pub(super) fn read(settings: &mut Settings, environment: Environment<'_>) -> Result<Tls, LiveError> {
    if environment("PGREQUIRESSL").is_some_and(|value| value.starts_with('1')) {
        settings.fill("sslmode", "require".into(), "PGREQUIRESSL");
    }
    // Whoever asks for no check means none, whatever file is there.
    let is_unchecked = settings.get("sslmode") == Some("no-verify");
    let mode = settings.take_word("sslmode", MODES)?;
    let root = settings.take("sslrootcert");
    let file = || user_file(environment, ".postgresql/root.crt").filter(|path| path.exists());
    let file = if is_unchecked { None } else { root.as_deref().map(PathBuf::from).or_else(file) };
    let (mode, roots) = choose(mode, root.as_deref() == Some("system"), file)?;

    let is_direct = settings.take_word("sslnegotiation", &[("postgres", false), ("direct", true)])? == Some(true);
    if is_direct && mode.is_lenient() {
        return wrong("sslnegotiation=direct asks for sslmode=require or a stricter one");
    }
    let offers = settings.take_word("sslcertmode", &[("disable", false), ("allow", true)])?.unwrap_or(true);
    let identity = identity(settings, environment)?.filter(|_| offers);
    let tells_name = settings.take_word("sslsni", &[("0", false), ("1", true)])?.unwrap_or(true);
    let old = [("TLSv1", 1), ("TLSv1.1", 1), ("TLSv1.2", 2), ("TLSv1.3", 3)];
    let least = settings.take_word("ssl_min_protocol_version", &old)?.unwrap_or(2);
    let most = settings.take_word("ssl_max_protocol_version", &old[2..])?.unwrap_or(3);
    let versions = (least <= 2, most >= 3);
    if versions == (false, false) {
        return wrong("ssl_min_protocol_version is above ssl_max_protocol_version");
    }
    Ok(Tls { mode, roots, identity, is_direct, tells_name, versions })
}

/// What `sslmode` and `sslrootcert` mean together: a root file makes `require` check the chain, and `system` is only
/// for those who check the name too. Unlike libpq, whoever checks and names no file trusts whom the system trusts.
fn choose(mode: Option<SslMode>, system: bool, file: Option<PathBuf>) -> Result<(SslMode, Option<Roots>), LiveError> {
    use SslMode::{Allow, Disable, Prefer, Require, VerifyCa, VerifyFull};
    match (mode, file) {
        (None | Some(VerifyFull), _) if system => Ok((VerifyFull, Some(Roots::System))),
        (Some(_), _) if system => wrong("sslrootcert=system asks for sslmode=verify-full"),
        (Some(Require), Some(file)) => Ok((VerifyCa, Some(Roots::File(file)))),
        (Some(mode @ (VerifyCa | VerifyFull)), Some(file)) => Ok((mode, Some(Roots::File(file)))),
        (Some(mode @ (VerifyCa | VerifyFull)), None) => Ok((mode, Some(Roots::System))),
        (mode @ (None | Some(Disable | Allow | Prefer | Require)), _) => Ok((mode.unwrap_or(Prefer), None)),
    }
}

/// The certificate that is named, or the one in `~/.postgresql`.
fn identity(settings: &mut Settings, environment: Environment<'_>) -> Result<Option<Identity>, LiveError> {
    let (certificate, key) = (settings.take("sslcert"), settings.take("sslkey"));
    let own = |name: &str| user_file(environment, &format!(".postgresql/{name}"));
    let certificate = match certificate.map(PathBuf::from) {
        Some(path) if !path.exists() => return wrong(format!("there is no sslcert {}", path.display())),
        Some(path) => path,
        None => match own("postgresql.crt").filter(|path| path.exists()) {
            Some(path) => path,
            None => return Ok(None),
        },
    };
    let Some(key) = key.map(PathBuf::from).or_else(|| own("postgresql.key")).filter(|path| path.exists()) else {
        return wrong(format!("there is no key to the certificate {}: sslkey names it", certificate.display()));
    };
    if is_open_to_others(&key) {
        return wrong(format!("others can read the key {}: chmod 600 {}", key.display(), key.display()));
    }
    Ok(Some(Identity { certificate, key }))
}

/// As libpq judges: a key of root's may be readable for its group.
#[cfg(unix)]
fn is_open_to_others(key: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    fs::metadata(key).is_ok_and(|about| about.mode() & if about.uid() == 0 { 0o027 } else { 0o077 } != 0)
}

#[cfg(not(unix))]
fn is_open_to_others(_: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(mode: Option<SslMode>, root: Option<&str>, expected: SslMode, roots: Option<Roots>) {
        let chosen = choose(mode, root == Some("system"), root.map(PathBuf::from)).unwrap();
        assert_eq!(chosen, (expected, roots));
    }

    #[test]
    fn modes_mean_what_they_mean_to_libpq() {
        use SslMode::{Allow, Prefer, Require, VerifyCa, VerifyFull};
        let file = Some(Roots::File("ca.pem".into()));
        check(None, None, Prefer, None);
        check(Some(Allow), None, Allow, None);
        check(Some(Require), None, Require, None);
        check(Some(Require), Some("ca.pem"), VerifyCa, file.clone());
        check(Some(VerifyFull), Some("ca.pem"), VerifyFull, file);
        check(Some(VerifyFull), None, VerifyFull, Some(Roots::System));
        check(None, Some("system"), VerifyFull, Some(Roots::System));
        assert!(choose(Some(Require), true, Some("system".into())).is_err());
    }
}
