//! `[outbound.client_certificate.<name>]`: a certificate of ours, and whom it may be shown to.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;

/// `[outbound.client_certificate.<name>]`: a certificate of ours, and whom it may be shown to.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClientCertificateConfig {
    /// File with our certificate (PEM), followed by the authorities between it and the root, if there are any.
    pub certificate_file: PathBuf,
    /// File with the certificate's private key (PEM, not encrypted).
    pub key_file: PathBuf,
    /// File with the certificate that follows it (PEM), shown without a restart once the first one has ended. Register it before then.
    /// Default: none.
    #[serde(default)]
    pub next_certificate_file: Option<PathBuf>,
    /// File with the private key of `next_certificate_file`. Default: none.
    #[serde(default)]
    pub next_key_file: Option<PathBuf>,
    /// Hosts the certificate may be shown to, such as `cert.datovka.gov.cz`. Nothing is sent with it to any other.
    pub hosts: Vec<String>,
    /// Files with certificates (PEM) of the only authorities that these hosts are believed by. Default: the authorities of
    /// the system and of `extra_ca_files`.
    #[serde(default)]
    pub ca_files: Vec<PathBuf>,
}

impl ClientCertificateConfig {
    /// The section as it is for the certificate that follows.
    pub(crate) fn next(&self) -> Result<Option<Self>, CertificateProblem> {
        match (&self.next_certificate_file, &self.next_key_file) {
            (None, None) => Ok(None),
            (Some(certificate), Some(key)) => Ok(Some(Self {
                certificate_file: certificate.clone(),
                key_file: key.clone(),
                next_certificate_file: None,
                next_key_file: None,
                ..self.clone()
            })),
            _ => Err(CertificateProblem::NextHalf),
        }
    }
}

/// What is wrong with a `[outbound.client_certificate.<name>]`. The text names the key and the remedy.
#[derive(Debug, thiserror::Error)]
pub enum CertificateProblem {
    /// A file cannot be read.
    #[error("{key}: {file} cannot be read; give the path of a PEM file that this process may read")]
    Unreadable {
        /// The key as written in the configuration.
        key: &'static str,
        /// The file as configured.
        file: PathBuf,
        /// Why it cannot be read.
        #[source]
        cause: std::io::Error,
    },
    /// A file holds no certificate, or a broken one.
    #[error(
        "{key}: {file} holds no certificate; it must contain at least one PEM block CERTIFICATE"
    )]
    NoCertificate {
        /// The key as written in the configuration.
        key: &'static str,
        /// The file as configured.
        file: PathBuf,
    },
    /// The key file holds no key that can be read.
    #[error(
        "key_file: {file} holds no private key; it must contain a PEM block PRIVATE KEY that is not encrypted"
    )]
    NoKey {
        /// The file as configured.
        file: PathBuf,
    },
    /// The key belongs to another certificate.
    #[error("key_file: the key is not that of the certificate in certificate_file")]
    KeyOfAnother,
    /// The key is of a kind that cannot be used in TLS.
    #[error(
        "key_file: the key cannot be used in TLS; it must be RSA of 2048 bits or more, or ECDSA"
    )]
    UnusableKey(#[source] rustls::Error),
    /// The certificate that follows cannot work.
    #[error("next_{0}")]
    Next(Box<CertificateProblem>),
    /// One of the two files of the certificate that follows is not named.
    #[error("next_certificate_file: name next_key_file too, or neither")]
    NextHalf,
    /// Nobody is named whom the certificate may be shown to.
    #[error("hosts: must name at least one host, without scheme and port")]
    NoHost,
    /// The system's authorities cannot be read, or `ca_files` holds one that TLS cannot use.
    #[error("ca_files: the authorities cannot be used")]
    Authorities(#[source] rustls::Error),
}
