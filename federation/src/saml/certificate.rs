//! Certificates of others: what we need of them, parsed once.

use std::fmt;
use std::fmt::Write as _;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bergshamra::Key;
use bergshamra::keys::loader::load_x509_cert_der;
use chrono::DateTime;
use x509_parser::prelude::{FromDer, X509Certificate};
use x509_parser::public_key::PublicKey;

use super::keys::UnusableKey;
use crate::provider::Timestamp;

/// A certificate whose key may verify signatures.
#[derive(Clone)]
pub(crate) struct Certificate {
    fingerprint: String,
    common_name: String,
    not_before: Timestamp,
    not_after: Timestamp,
    public_key: Vec<u8>,
    rsa: bool,
    key: Key,
}

impl Certificate {
    /// Reads a certificate with an RSA key of 2048 bits or more, or an elliptic-curve key.
    pub(crate) fn parse(der: &[u8]) -> Result<Self, UnusableKey> {
        let (rest, certificate) = X509Certificate::from_der(der)
            .map_err(|_| UnusableKey("the certificate cannot be read"))?;
        if !rest.is_empty() {
            return Err(UnusableKey("something follows the certificate"));
        }
        let rsa = match certificate.public_key().parsed() {
            Ok(PublicKey::RSA(key)) if key.key_size() >= 2048 => true,
            Ok(PublicKey::RSA(_)) => {
                return Err(UnusableKey(
                    "the certificate's RSA key is shorter than 2048 bits",
                ));
            }
            Ok(PublicKey::EC(_)) => false,
            _ => {
                return Err(UnusableKey(
                    "the certificate's key is of a kind we cannot use",
                ));
            }
        };
        let fingerprint = hex(digest(&SHA256, der).as_ref());
        let key = load_x509_cert_der(der)
            .map_err(|_| UnusableKey("the certificate's key is of a kind we cannot use"))?
            .with_name(fingerprint.clone());
        let instant = |seconds: i64| {
            DateTime::from_timestamp(seconds, 0)
                .ok_or(UnusableKey("the certificate's validity cannot be read"))
        };
        let common_name = certificate
            .subject()
            .iter_common_name()
            .next()
            .and_then(|name| name.as_str().ok())
            .unwrap_or_default();
        Ok(Self {
            fingerprint,
            common_name: common_name
                .chars()
                .filter(|c| !c.is_control())
                .take(100)
                .collect(),
            not_before: instant(certificate.validity().not_before.timestamp())?,
            not_after: instant(certificate.validity().not_after.timestamp())?,
            public_key: certificate.public_key().raw.to_vec(),
            rsa,
            key,
        })
    }

    /// Reads the base64 of a certificate, as metadata carries it.
    pub(crate) fn from_base64(text: &str) -> Result<Self, UnusableKey> {
        let compact: String = text.split_ascii_whitespace().collect();
        let der = STANDARD
            .decode(compact)
            .map_err(|_| UnusableKey("the certificate is not base64"))?;
        Self::parse(&der)
    }

    /// Reads PEM with exactly one certificate.
    pub(crate) fn from_pem(text: &str) -> Result<Self, UnusableKey> {
        let (_, body) = text
            .split_once("-----BEGIN CERTIFICATE-----")
            .ok_or(UnusableKey("there is no PEM certificate"))?;
        let (body, rest) = body
            .split_once("-----END CERTIFICATE-----")
            .ok_or(UnusableKey("the PEM certificate has no end"))?;
        if rest.contains("-----BEGIN CERTIFICATE-----") {
            return Err(UnusableKey(
                "there are several certificates, and one is wanted",
            ));
        }
        Self::from_base64(body)
    }

    /// SHA-256 of the certificate, lower-case hex.
    pub(crate) fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// The subject's common name, for operators.
    pub(crate) fn common_name(&self) -> &str {
        &self.common_name
    }

    /// The end of its validity.
    pub(crate) const fn not_after(&self) -> Timestamp {
        self.not_after
    }

    /// Whether it is valid at that time.
    pub(crate) fn is_valid_at(&self, now: Timestamp) -> bool {
        self.not_before <= now && now <= self.not_after
    }

    /// The public key, DER of its SubjectPublicKeyInfo.
    pub(crate) fn public_key(&self) -> &[u8] {
        &self.public_key
    }

    /// Whether the key is RSA.
    pub(crate) const fn is_rsa(&self) -> bool {
        self.rsa
    }

    /// The key for verification, named by the fingerprint.
    pub(crate) fn verifying_key(&self) -> Key {
        self.key.clone()
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate")
            .field("common_name", &self.common_name)
            .field("fingerprint", &self.fingerprint)
            .finish_non_exhaustive()
    }
}

/// Lower-case hex.
pub(crate) fn hex(octets: &[u8]) -> String {
    octets.iter().fold(
        String::with_capacity(octets.len() * 2),
        |mut text, octet| {
            // Writing to a String cannot fail.
            let _ = write!(text, "{octet:02x}");
            text
        },
    )
}
