//! A certificate and its key, read and judged.

use std::{fs, path::Path, sync::Arc};

use chrono::DateTime;
use rustls::{
    InconsistentKeys,
    crypto::CryptoProvider,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    sign::CertifiedKey,
};
use x509_parser::parse_x509_certificate;

use super::{
    Validity,
    config::{CertificateProblem, ClientCertificateConfig},
};

/// What the files of one identity hold.
pub(crate) struct Read {
    pub(crate) key: Arc<CertifiedKey>,
    pub(crate) validity: Validity,
    /// The certificate itself, in DER.
    pub(crate) certificate: CertificateDer<'static>,
    /// The only authorities to believe, when the operator names them.
    pub(crate) authorities: Vec<CertificateDer<'static>>,
}

/// Reads certificate, key and authorities, and refuses what cannot work: no certificate, no key, a key of another
/// certificate, nobody to show it to. Dates are not judged here: a certificate that ends must not keep the house from
/// starting, it only keeps its own target from being asked.
pub(crate) fn read(
    config: &ClientCertificateConfig,
    provider: &CryptoProvider,
) -> Result<Read, CertificateProblem> {
    if config.hosts.is_empty() || config.hosts.iter().any(|host| !is_host(host)) {
        return Err(CertificateProblem::NoHost);
    }
    let chain = certificates("certificate_file", &config.certificate_file)?;
    let no_certificate = || CertificateProblem::NoCertificate {
        key: "certificate_file",
        file: config.certificate_file.clone(),
    };
    let leaf = chain.first().ok_or_else(no_certificate)?;
    let validity = validity(leaf).ok_or_else(no_certificate)?;
    let certificate = leaf.clone();

    let pem = octets("key_file", &config.key_file)?;
    let key = PrivateKeyDer::from_pem_slice(&pem).map_err(|_| CertificateProblem::NoKey {
        file: config.key_file.clone(),
    })?;
    let key = CertifiedKey::from_der(chain, key, provider).map_err(|error| match error {
        rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
            CertificateProblem::KeyOfAnother
        }
        rustls::Error::InvalidCertificate(_) => no_certificate(),
        other => CertificateProblem::UnusableKey(other),
    })?;

    let mut authorities = Vec::new();
    for file in &config.ca_files {
        authorities.extend(certificates("ca_files", file)?);
    }
    Ok(Read {
        key: Arc::new(key),
        validity,
        certificate,
        authorities,
    })
}

fn certificates(
    key: &'static str,
    file: &Path,
) -> Result<Vec<CertificateDer<'static>>, CertificateProblem> {
    let pem = octets(key, file)?;
    CertificateDer::pem_slice_iter(&pem)
        .collect::<Result<Vec<_>, _>>()
        .ok()
        .filter(|found| !found.is_empty())
        .ok_or_else(|| CertificateProblem::NoCertificate {
            key,
            file: file.to_owned(),
        })
}

fn octets(key: &'static str, file: &Path) -> Result<Vec<u8>, CertificateProblem> {
    fs::read(file).map_err(|cause| CertificateProblem::Unreadable {
        key,
        file: file.to_owned(),
        cause,
    })
}

fn validity(certificate: &CertificateDer<'_>) -> Option<Validity> {
    let (_, certificate) = parse_x509_certificate(certificate).ok()?;
    let validity = certificate.validity();
    Some(Validity {
        not_before: DateTime::from_timestamp(validity.not_before.timestamp(), 0)?,
        not_after: DateTime::from_timestamp(validity.not_after.timestamp(), 0)?,
    })
}

/// A host as an address shows it: no scheme, no port, no path.
fn is_host(text: &str) -> bool {
    !text.is_empty()
        && url::Host::parse(text).is_ok_and(|host| host.to_string() == text.to_ascii_lowercase())
}
