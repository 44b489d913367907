//! The certificate that a server shows, whatever is then thought of it: for people who wonder why it will not do.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, Error, SignatureScheme};

use super::Target;
use super::certificate::Leaf;
use super::target::Host;

/// What it says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// The hosts that it is for; that of its subject, where it names none besides.
    pub names: Vec<String>,
    pub issuer: String,
    pub valid_from: String,
    pub valid_until: String,
}

/// Asks a server for TLS over a connection, as far as its certificate; none where it has no TLS.
pub(super) fn certificate(target: &Target, host: &Host, mut stream: TcpStream) -> Option<Certificate> {
    if !target.tls.is_direct {
        // SSLRequest
        stream.write_all(&[0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]).ok()?;
        let mut answer = [0];
        stream.read_exact(&mut answer).ok()?;
        if answer != *b"S" {
            return None;
        }
    }
    let provider = Arc::new(ring::default_provider());
    let schemes = provider.signature_verification_algorithms.supported_schemes();
    let onlooker = Arc::new(Onlooker { seen: Mutex::default(), schemes });
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().ok()?;
    let verifier: Arc<Onlooker> = Arc::clone(&onlooker);
    let mut config = builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth();
    if target.tls.is_direct {
        config.alpn_protocols = vec![b"postgresql".to_vec()];
    }
    let name = ServerName::try_from(host.name.clone()).ok()?;
    let mut connection = ClientConnection::new(Arc::new(config), name).ok()?;
    // It ends where the certificate has been seen: nothing is said to who has not been judged.
    while connection.is_handshaking() && connection.complete_io(&mut stream).is_ok() {}
    let seen = onlooker.seen.lock().unwrap_or_else(PoisonError::into_inner).take()?;
    Leaf::read(&seen).ok().map(|leaf| leaf.described())
}

/// Looks at a certificate, and goes no further.
#[derive(Debug)]
struct Onlooker {
    seen: Mutex<Option<CertificateDer<'static>>>,
    schemes: Vec<SignatureScheme>,
}

fn enough<T>() -> Result<T, Error> {
    Err(Error::General("it has been seen".to_owned()))
}

impl ServerCertVerifier for Onlooker {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(end_entity.clone().into_owned());
        enough()
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        enough()
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        enough()
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.schemes.clone()
    }
}
