//! TLS 1.3, and 1.2 with ephemeral keys and authenticated ciphers only, which is all rustls knows.

use std::path::Path;
use std::sync::Arc;

use axum_server::tls_rustls::RustlsConfig;
use chrono::{DateTime, Utc};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::version::{TLS12, TLS13};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use x509_parser::parse_x509_certificate;

use crate::config::{ConfigError, TlsConfig};

/// Reads certificate and key as a start does. Returns the last moment of the server's own certificate.
pub fn tls_good_until(files: &TlsConfig) -> Result<DateTime<Utc>, ConfigError> {
    acceptable(files)?;
    let unfit = || {
        let problem = "the first certificate in it has no readable end";
        unreadable("server.tls.cert_file", &files.cert_file, &problem)
    };
    let chain = chain(files)?;
    let leaf = chain.first().ok_or_else(unfit)?;
    let (_, leaf) = parse_x509_certificate(leaf).map_err(|_| unfit())?;
    DateTime::from_timestamp(leaf.validity().not_after.timestamp(), 0).ok_or_else(unfit)
}

fn chain(files: &TlsConfig) -> Result<Vec<CertificateDer<'static>>, ConfigError> {
    let chain = CertificateDer::pem_file_iter(&files.cert_file)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| unreadable("server.tls.cert_file", &files.cert_file, &error))?;
    if chain.is_empty() {
        return Err(unreadable(
            "server.tls.cert_file",
            &files.cert_file,
            &"no certificate in it",
        ));
    }
    Ok(chain)
}

/// What axum-server serves with, or why these files are not fit.
pub(super) fn acceptable(files: &TlsConfig) -> Result<RustlsConfig, ConfigError> {
    let chain = chain(files)?;
    let key = PrivateKeyDer::from_pem_file(&files.key_file)
        .map_err(|error| unreadable("server.tls.key_file", &files.key_file, &error))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(&[&TLS13, &TLS12])
        .and_then(|config| config.with_no_client_auth().with_single_cert(chain, key))
        .map_err(|error| {
            ConfigError::at(
                "server.tls",
                format!("certificate and key do not serve ({error})"),
                "Give the key that belongs to the first certificate of the chain",
            )
        })?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(RustlsConfig::from_config(Arc::new(config)))
}

fn unreadable(key: &str, file: &Path, reason: &dyn std::fmt::Display) -> ConfigError {
    ConfigError::at(
        key,
        format!("`{}` cannot be read as PEM ({reason})", file.display()),
        "Name an existing PEM file, and let the service's user read it",
    )
}
