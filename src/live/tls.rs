//! What of the server's certificate is checked: as much as `sslmode` asks for, as libpq understands it.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{
    WebPkiSupportedAlgorithms, ring, verify_tls12_signature, verify_tls13_signature,
    verify_tls13_signature_with_raw_key,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::version::{TLS12, TLS13};
use rustls::{
    ALL_VERSIONS, CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
    SupportedProtocolVersion,
};

use super::certificate::Leaf;
use super::target::{Identity, Roots, SslMode, Tls};

/// The settings of a handshake. `used` becomes true once there has been one.
///
/// # Errors
/// What is wrong with the files of certificates, for people.
pub(super) fn client_config(tls: &Tls, used: &Arc<AtomicBool>) -> Result<ClientConfig, String> {
    let provider = Arc::new(ring::default_provider());
    let algorithms = provider.signature_verification_algorithms;
    let (chain, roots) = match &tls.roots {
        None => (None, Vec::new()),
        Some(roots) => {
            let (store, files) = trusted(roots)?;
            let chain = WebPkiServerVerifier::builder_with_provider(Arc::new(store), Arc::clone(&provider));
            (Some(chain.build().map_err(|error| error.to_string())?), files)
        }
    };
    let check_name = tls.mode == SslMode::VerifyFull;
    let verifier = Verifier { chain, check_name, roots, algorithms, used: Arc::clone(used) };
    let versions: &[&SupportedProtocolVersion] = match tls.versions {
        (true, false) => &[&TLS12],
        (false, true) => &[&TLS13],
        (true, true) | (false, false) => ALL_VERSIONS,
    };
    let builder = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .map_err(|error| error.to_string())?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier));
    let mut config = match &tls.identity {
        None => builder.with_no_client_auth(),
        Some(Identity { certificate, key }) => {
            let signed = "the key does not belong to the certificate";
            let chain = certificates(certificate)?;
            builder
                .with_client_auth_cert(chain, private_key(key)?)
                .map_err(|error| format!("{}, {}: {signed}: {error}", certificate.display(), key.display()))?
        }
    };
    config.enable_sni = tls.tells_name;
    if tls.is_direct {
        config.alpn_protocols = vec![b"postgresql".to_vec()];
    }
    Ok(config)
}

/// Who is trusted to sign, and the certificates that are trusted as they are.
fn trusted(roots: &Roots) -> Result<(RootCertStore, Vec<CertificateDer<'static>>), String> {
    let mut store = RootCertStore::empty();
    match roots {
        Roots::System => {
            let (added, _) = store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            // An image made from nothing has no authorities of its own.
            if added == 0 {
                store.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
            }
            Ok((store, Vec::new()))
        }
        Roots::File(path) => {
            let certificates = certificates(path)?;
            let (added, _) = store.add_parsable_certificates(certificates.iter().cloned());
            if added == 0 {
                return Err(format!("{} holds no certificate", path.display()));
            }
            Ok((store, certificates))
        }
    }
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let unreadable = |error: &dyn ToString| format!("{} cannot be read: {}", path.display(), error.to_string());
    let found = CertificateDer::pem_file_iter(path).map_err(|error| unreadable(&error))?;
    let found: Vec<_> = found.collect::<Result<_, _>>().map_err(|error| unreadable(&error))?;
    if found.is_empty() { Err(format!("{} holds no certificate", path.display())) } else { Ok(found) }
}

fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, String> {
    PrivateKeyDer::from_pem_file(path).map_err(|error| {
        let is_locked = std::fs::read_to_string(path).is_ok_and(|text| text.contains("ENCRYPTED"));
        let why = if is_locked { "it has a passphrase, which is not supported".into() } else { error.to_string() };
        format!("the key {} cannot be read: {why}", path.display())
    })
}

#[derive(Debug)]
struct Verifier {
    /// None where no chain is checked.
    chain: Option<Arc<WebPkiServerVerifier>>,
    check_name: bool,
    /// Those that stand in a file, which count one by one.
    roots: Vec<CertificateDer<'static>>,
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
        let leaf = Leaf::read(end_entity)?;
        match chain.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now) {
            // The name comes last, when all else is right.
            Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => {}
            Err(Error::InvalidCertificate(CertificateError::Other(_) | CertificateError::UnknownIssuer))
                if !self.roots.is_empty() =>
            {
                leaf.check_itself(now)?;
                if !self.roots.contains(end_entity) {
                    leaf.check_issuer(&self.roots, &self.algorithms)?;
                }
            }
            outcome => return outcome,
        }
        if self.check_name {
            match leaf.has_alternative_names() {
                true => rustls::client::verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?,
                false => leaf.check_subject(server_name)?,
            }
        }
        Ok(ServerCertVerified::assertion())
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
        match verify_tls13_signature(message, cert, signed, &self.algorithms) {
            // Of a version that rustls does not read, where the key will do.
            Err(Error::InvalidCertificate(CertificateError::Other(_))) => {
                let key = Leaf::read(cert)?.key()?;
                verify_tls13_signature_with_raw_key(message, &key, signed, &self.algorithms)
            }
            outcome => outcome,
        }
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
