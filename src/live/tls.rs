//! What of the server's certificate is checked: as much as `sslmode` asks for, as libpq understands it.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{WebPkiSupportedAlgorithms, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

use super::LiveError;

/// `sslmode`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SslMode {
    Disable,
    /// TLS where the server has it. `allow`, which would rather do without, is taken for this too.
    Prefer,
    Require,
    VerifyCa,
    VerifyFull,
}

/// Whose signature on the server's certificate counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Roots {
    File(PathBuf),
    /// The authorities that browsers trust.
    Public,
}

impl SslMode {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Disable => "disable",
            Self::Prefer => "prefer",
            Self::Require => "require",
            Self::VerifyCa => "verify-ca",
            Self::VerifyFull => "verify-full",
        }
    }

    /// What `sslmode` and `sslrootcert` mean together: a root file makes `require` check the chain,
    /// and `system` is only for those who check the name too.
    pub(super) fn choose(mode: Option<&str>, root: Option<&str>) -> Result<(Self, Option<Roots>), LiveError> {
        let wrong = |problem: &str| Err(LiveError::ConnectionString { problem: problem.to_owned() });
        let mode = match mode {
            None => None,
            Some("disable") => Some(Self::Disable),
            Some("allow" | "prefer") => Some(Self::Prefer),
            Some("require" | "no-verify") => Some(Self::Require),
            Some("verify-ca") => Some(Self::VerifyCa),
            Some("verify-full") => Some(Self::VerifyFull),
            Some(_) => return wrong("sslmode is disable, allow, prefer, require, verify-ca or verify-full"),
        };
        match (mode, root) {
            (None | Some(Self::VerifyFull), Some("system")) => Ok((Self::VerifyFull, Some(Roots::Public))),
            (Some(_), Some("system")) => wrong("sslrootcert=system asks for sslmode=verify-full"),
            (Some(Self::Require), Some(file)) => Ok((Self::VerifyCa, Some(Roots::File(file.into())))),
            (Some(mode @ (Self::VerifyCa | Self::VerifyFull)), Some(file)) => {
                Ok((mode, Some(Roots::File(file.into()))))
            }
            (Some(mode @ (Self::VerifyCa | Self::VerifyFull)), None) => Ok((mode, Some(Roots::Public))),
            (mode, _) => Ok((mode.unwrap_or(Self::Prefer), None)),
        }
    }
}

/// The settings of a handshake. `used` becomes true once there has been one.
///
/// # Errors
/// What is wrong with the root certificates, for people.
pub(super) fn client_config(
    mode: SslMode,
    roots: Option<&Roots>,
    direct: bool,
    used: &Arc<AtomicBool>,
) -> Result<ClientConfig, String> {
    let provider = Arc::new(ring::default_provider());
    let algorithms = provider.signature_verification_algorithms;
    let (chain, pinned) = match roots {
        None => (None, Vec::new()),
        Some(roots) => {
            let (store, pinned) = trusted(roots)?;
            let chain = WebPkiServerVerifier::builder_with_provider(Arc::new(store), Arc::clone(&provider));
            (Some(chain.build().map_err(|error| error.to_string())?), pinned)
        }
    };
    let check_name = mode == SslMode::VerifyFull;
    let verifier = Verifier { chain, check_name, pinned, algorithms, used: Arc::clone(used) };
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    if direct {
        config.alpn_protocols = vec![b"postgresql".to_vec()];
    }
    Ok(config)
}

fn trusted(roots: &Roots) -> Result<(RootCertStore, Vec<CertificateDer<'static>>), String> {
    let mut store = RootCertStore::empty();
    match roots {
        Roots::Public => {
            store.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
            Ok((store, Vec::new()))
        }
        Roots::File(path) => {
            let unreadable = |error: &dyn ToString| format!("{} cannot be read: {}", path.display(), error.to_string());
            let certificates = CertificateDer::pem_file_iter(path)
                .map_err(|error| unreadable(&error))?
                .collect::<Result<Vec<_>, _>>()
                .map_err(|error| unreadable(&error))?;
            let (added, _) = store.add_parsable_certificates(certificates.iter().cloned());
            if added == 0 {
                return Err(format!("{} holds no certificate", path.display()));
            }
            Ok((store, certificates))
        }
    }
}

#[derive(Debug)]
struct Verifier {
    /// None where no chain is checked.
    chain: Option<Arc<WebPkiServerVerifier>>,
    check_name: bool,
    /// A server's own certificate, named as a root, is trusted as it is.
    pinned: Vec<CertificateDer<'static>>,
    algorithms: WebPkiSupportedAlgorithms,
    used: Arc<AtomicBool>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.used.store(true, Ordering::Relaxed);
        let Some(chain) = &self.chain else { return Ok(ServerCertVerified::assertion()) };
        match chain.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now) {
            Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) if !self.check_name => Ok(ServerCertVerified::assertion()),
            // A self-signed certificate is mostly marked as an authority's, which webpki does not take
            // for a server's. By then its dates have been checked.
            Err(Error::InvalidCertificate(CertificateError::Other(_) | CertificateError::UnknownIssuer))
                if self.pinned.iter().any(|pinned| pinned == end_entity) =>
            {
                if self.check_name {
                    rustls::client::verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
                }
                Ok(ServerCertVerified::assertion())
            }
            outcome => outcome,
        }
    }

    // The signature over the handshake is checked in every mode: without it, anybody could show a
    // certificate that is not theirs, and channel binding would bind nothing.
    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, signed, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, signed, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(mode: Option<&str>, root: Option<&str>, expected: SslMode, roots: Option<Roots>) {
        assert_eq!(SslMode::choose(mode, root).unwrap(), (expected, roots));
    }

    #[test]
    fn modes_mean_what_they_mean_to_libpq() {
        let file = Some(Roots::File("ca.pem".into()));
        check(None, None, SslMode::Prefer, None);
        check(Some("allow"), None, SslMode::Prefer, None);
        check(Some("require"), None, SslMode::Require, None);
        check(Some("require"), Some("ca.pem"), SslMode::VerifyCa, file.clone());
        check(Some("verify-full"), Some("ca.pem"), SslMode::VerifyFull, file);
        check(Some("verify-full"), None, SslMode::VerifyFull, Some(Roots::Public));
        check(None, Some("system"), SslMode::VerifyFull, Some(Roots::Public));
        assert!(SslMode::choose(Some("require"), Some("system")).is_err());
        assert!(SslMode::choose(Some("on"), None).is_err());
    }
}
