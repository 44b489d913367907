//! Certificates that are right to libpq and that rustls takes for none of a server: those of version 1, which many a
//! guide has people make; those that are marked as an authority's; and those that state their name in the subject
//! alone. One of these is looked at here, if a certificate in `sslrootcert` has signed it, or is the very same.

use std::net::{Ipv4Addr, Ipv6Addr};

use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls::pki_types::{CertificateDer, ServerName, SubjectPublicKeyInfoDer, UnixTime};
use rustls::{CertificateError, Error};
use x509_cert::Certificate;
use x509_cert::der::asn1::{PrintableStringRef, Utf8StringRef};
use x509_cert::der::oid::ObjectIdentifier;
use x509_cert::der::oid::db::rfc4519::CN;
use x509_cert::der::oid::db::rfc5280::{
    ANY_EXTENDED_KEY_USAGE, ID_CE_BASIC_CONSTRAINTS, ID_CE_EXT_KEY_USAGE, ID_CE_KEY_USAGE, ID_CE_SUBJECT_ALT_NAME,
    ID_KP_SERVER_AUTH,
};
use x509_cert::der::{Any, Decode, Encode};
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{ExtendedKeyUsage, SubjectAltName};
use x509_cert::spki::AlgorithmIdentifierOwned;

/// A server's certificate, taken apart.
pub(super) struct Leaf(Certificate);

impl Leaf {
    pub(super) fn read(der: &CertificateDer<'_>) -> Result<Self, Error> {
        Certificate::from_der(der).map(Self).map_err(|_| CertificateError::BadEncoding.into())
    }

    /// What it says of itself, for people.
    pub(super) fn described(&self) -> super::Certificate {
        let own = &self.0.tbs_certificate;
        let extensions = own.extensions.iter().flatten();
        let alternative = extensions.filter(|extension| extension.extn_id == ID_CE_SUBJECT_ALT_NAME);
        let alternative = alternative.filter_map(|names| SubjectAltName::from_der(names.extn_value.as_bytes()).ok());
        let names: Vec<String> =
            alternative.flat_map(|names| names.0.iter().filter_map(host).collect::<Vec<_>>()).collect();
        super::Certificate {
            names: if names.is_empty() { self.common_name().into_iter().collect() } else { names },
            issuer: own.issuer.to_string(),
            valid_from: own.validity.not_before.to_string(),
            valid_until: own.validity.not_after.to_string(),
        }
    }

    /// Its key, for the signature over a handshake.
    pub(super) fn key(&self) -> Result<SubjectPublicKeyInfoDer<'static>, Error> {
        let key = self.0.tbs_certificate.subject_public_key_info.to_der();
        key.map(SubjectPublicKeyInfoDer::from).map_err(|_| CertificateError::BadEncoding.into())
    }

    /// Whether it is valid now, and may be a server's.
    pub(super) fn check_itself(&self, now: UnixTime) -> Result<(), Error> {
        let own = &self.0.tbs_certificate;
        let not_before = UnixTime::since_unix_epoch(own.validity.not_before.to_unix_duration());
        let not_after = UnixTime::since_unix_epoch(own.validity.not_after.to_unix_duration());
        if now < not_before {
            return Err(CertificateError::NotValidYetContext { time: now, not_before }.into());
        }
        if now > not_after {
            return Err(CertificateError::ExpiredContext { time: now, not_after }.into());
        }
        self.check_extensions()
    }

    /// Whether one of these has signed it.
    pub(super) fn check_issuer(
        &self,
        roots: &[CertificateDer<'static>],
        algorithms: &WebPkiSupportedAlgorithms,
    ) -> Result<(), Error> {
        let own = &self.0.tbs_certificate;
        let roots = roots.iter().filter_map(|root| Certificate::from_der(root).ok());
        let mut issuers = roots.filter(|root| root.tbs_certificate.subject == own.issuer);
        match issuers.any(|issuer| self.is_signed_by(&issuer, algorithms)) {
            true => Ok(()),
            false => Err(CertificateError::UnknownIssuer.into()),
        }
    }

    /// What it says of itself must be understood, as far as it says that it must.
    fn check_extensions(&self) -> Result<(), Error> {
        let known = [ID_CE_BASIC_CONSTRAINTS, ID_CE_KEY_USAGE, ID_CE_SUBJECT_ALT_NAME, ID_CE_EXT_KEY_USAGE];
        for extension in self.0.tbs_certificate.extensions.iter().flatten() {
            if extension.critical && !known.contains(&extension.extn_id) {
                return Err(CertificateError::UnhandledCriticalExtension.into());
            }
            if extension.extn_id == ID_CE_EXT_KEY_USAGE {
                let uses = ExtendedKeyUsage::from_der(extension.extn_value.as_bytes());
                let uses = uses.map_err(|_| Error::from(CertificateError::BadEncoding))?;
                if !uses.0.iter().any(|one| [ID_KP_SERVER_AUTH, ANY_EXTENDED_KEY_USAGE].contains(one)) {
                    return Err(CertificateError::InvalidPurpose.into());
                }
            }
        }
        Ok(())
    }

    fn is_signed_by(&self, issuer: &Certificate, algorithms: &WebPkiSupportedAlgorithms) -> bool {
        let key = &issuer.tbs_certificate.subject_public_key_info;
        let (Ok(message), Ok(of_signature), Ok(of_key)) =
            (self.0.tbs_certificate.to_der(), inside(&self.0.signature_algorithm), inside(&key.algorithm))
        else {
            return false;
        };
        let (signature, key) = (self.0.signature.raw_bytes(), key.subject_public_key.raw_bytes());
        self.0.tbs_certificate.signature == self.0.signature_algorithm
            && algorithms.all.iter().any(|algorithm| {
                algorithm.signature_alg_id().as_ref() == of_signature
                    && algorithm.public_key_alg_id().as_ref() == of_key
                    && algorithm.verify_signature(key, &message, signature).is_ok()
            })
    }

    /// Whether it has names other than that of its subject. Then that does not count.
    pub(super) fn has_alternative_names(&self) -> bool {
        let mut extensions = self.0.tbs_certificate.extensions.iter().flatten();
        extensions.any(|extension| extension.extn_id == ID_CE_SUBJECT_ALT_NAME)
    }

    /// Whether the name of its subject is that of the server, as libpq's `pq_verify_peer_name_matches_certificate_name`
    /// compares them: a `*` stands for the first label, and for no more.
    pub(super) fn check_subject(&self, server: &ServerName<'_>) -> Result<(), Error> {
        let wanted = server.to_str();
        let name = self.common_name();
        if name.as_ref().is_some_and(|name| is_name_of(name, &wanted, matches!(server, ServerName::DnsName(_)))) {
            return Ok(());
        }
        let presented = name.map(|name| format!("{name:?}")).into_iter().collect();
        Err(CertificateError::NotValidForNameContext { expected: server.to_owned(), presented }.into())
    }

    fn common_name(&self) -> Option<String> {
        let names = self.0.tbs_certificate.subject.0.iter().flat_map(|names| names.0.iter());
        names.filter(|name| name.oid == CN).find_map(|name| text(&name.value))
    }
}

/// A host that a certificate is for, by its name or its address.
fn host(name: &GeneralName) -> Option<String> {
    match name {
        GeneralName::DnsName(name) => Some(name.as_str().to_owned()),
        GeneralName::IpAddress(bytes) => match *bytes.as_bytes() {
            [a, b, c, d] => Some(Ipv4Addr::new(a, b, c, d).to_string()),
            ref long => <[u8; 16]>::try_from(long).ok().map(|bytes| Ipv6Addr::from(bytes).to_string()),
        },
        _ => None,
    }
}

fn text(value: &Any) -> Option<String> {
    let utf8 = Utf8StringRef::try_from(value).map(|text| text.as_str().to_owned());
    utf8.or_else(|_| PrintableStringRef::try_from(value).map(|text| text.as_str().to_owned())).ok()
}

fn is_name_of(name: &str, wanted: &str, may_be_wild: bool) -> bool {
    match (name.strip_prefix("*."), wanted.split_once('.')) {
        (Some(rest), Some((first, behind))) if may_be_wild => {
            !first.is_empty() && rest.contains('.') && rest.eq_ignore_ascii_case(behind)
        }
        _ => name.eq_ignore_ascii_case(wanted),
    }
}

/// An algorithm as rustls writes it: what is inside of the sequence.
fn inside(algorithm: &AlgorithmIdentifierOwned) -> Result<Vec<u8>, x509_cert::der::Error> {
    let mut bytes = ObjectIdentifier::to_der(&algorithm.oid)?;
    if let Some(parameters) = &algorithm.parameters {
        bytes.extend(parameters.to_der()?);
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_is_one_label() {
        assert!(is_name_of("DB.example.com", "db.example.com", true));
        assert!(is_name_of("*.example.com", "db.example.com", true));
        assert!(!is_name_of("*.example.com", "a.db.example.com", true));
        assert!(!is_name_of("*.example.com", "example.com", true));
        assert!(!is_name_of("*.com", "example.com", true));
        assert!(!is_name_of("*.0.0.1", "127.0.0.1", false));
        assert!(is_name_of("127.0.0.1", "127.0.0.1", false));
    }
}
