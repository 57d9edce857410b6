//! The part of a SAML provider's configuration that all of them share.

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;
use url::Url;

use super::certificate::Certificate;
use crate::environment::Environment;
use crate::registry::{ConfigProblem, Place};

/// Where the provider's metadata come from. Exactly one of both.
#[derive(Debug, Clone, Default)]
pub(crate) struct MetadataPlace<'c> {
    pub(crate) url: Option<&'c Url>,
    pub(crate) file: Option<&'c PathBuf>,
}

/// `[provider.NAME.certificate.SLOT]`: a signing certificate of the provider that we trust. The slots `active` and `next`
/// let a change of the provider's key pass without an outage; any other name does the same.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pin {
    /// SHA-256 of the certificate, hex, colons allowed. The certificate itself then comes from the metadata. Default: none.
    #[serde(default)]
    pub fingerprint: Option<String>,
    /// File with the certificate, PEM. Default: none. Exactly one of `fingerprint`, `file` and `pem`.
    #[serde(default)]
    pub file: Option<PathBuf>,
    /// The certificate itself, PEM. Default: none.
    #[serde(default)]
    pub pem: Option<String>,
}

/// How our messages leave.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RequestBinding {
    /// HTTP-Redirect: no page in between.
    #[default]
    Redirect,
    /// HTTP-POST: a page with a form.
    Post,
}

/// Whether one key of ours signs and decrypts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum KeyMode {
    /// One key for both, as NIA's registration form knows one certificate.
    #[default]
    One,
    /// A key for each. What is encrypted to the signing key is refused.
    Two,
}

/// The pinned certificates, read.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pins {
    pub(crate) certificates: Vec<Certificate>,
    pub(crate) fingerprints: Vec<String>,
}

impl Pins {
    /// Reads what is pinned.
    pub(crate) fn read(
        place: &Place<'_>,
        pins: &BTreeMap<String, Pin>,
    ) -> Result<Self, ConfigProblem> {
        let mut read = Self::default();
        for (slot, pin) in pins {
            let key = format!("certificate.{slot}");
            let problem = |problem: String| {
                place.problem(&key, problem, "Give a PEM file of the provider's signing certificate, or its SHA-256 fingerprint.")
            };
            match (&pin.fingerprint, &pin.file, &pin.pem) {
                (Some(fingerprint), None, None) => {
                    read.fingerprints.push(hex_only(fingerprint).ok_or_else(|| {
                        problem("the fingerprint is not 64 hex digits".to_owned())
                    })?);
                }
                (None, Some(file), None) => {
                    let text = std::fs::read_to_string(file).map_err(|error| {
                        problem(format!("{} cannot be read: {error}", file.display()))
                    })?;
                    read.certificates.push(
                        Certificate::from_pem(&text)
                            .map_err(|error| problem(format!("{}: {error}", file.display())))?,
                    );
                }
                (None, None, Some(pem)) => read
                    .certificates
                    .push(Certificate::from_pem(pem).map_err(|error| problem(error.to_string()))?),
                _ => {
                    return Err(problem(
                        "exactly one of fingerprint, file and pem is wanted".to_owned(),
                    ));
                }
            }
        }
        if place.environment == Environment::Production
            && let Some(sandbox) = read
                .certificates
                .iter()
                .find(|certificate| is_sandbox_name(certificate.common_name()))
        {
            return Err(place.problem(
                "certificate",
                format!(
                    "the certificate of {} belongs to the sandbox",
                    sandbox.common_name()
                ),
                "Pin the certificate of the real provider.",
            ));
        }
        Ok(read)
    }

    /// Whether nothing is pinned.
    pub(crate) const fn is_empty(&self) -> bool {
        self.certificates.is_empty() && self.fingerprints.is_empty()
    }

    /// Whether a certificate is pinned.
    pub(crate) fn hold(&self, certificate: &Certificate) -> bool {
        self.fingerprints
            .iter()
            .any(|fingerprint| fingerprint == certificate.fingerprint())
            || self
                .certificates
                .iter()
                .any(|pinned| pinned.fingerprint() == certificate.fingerprint())
    }
}

/// Whether a certificate was made for the sandbox.
pub(crate) fn is_sandbox_name(common_name: &str) -> bool {
    common_name.to_ascii_uppercase().contains("NIA_SANDBOX")
}

/// Whether a host can only be a sandbox.
pub(crate) fn is_sandbox_host(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            name == "localhost"
                || [".localhost", ".test", ".example", ".invalid"]
                    .iter()
                    .any(|end| name.ends_with(end))
        }
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => true,
    }
}

/// An address of the provider's in our configuration: https outside of the sandbox, and no sandbox host in production.
pub(crate) fn check_address(place: &Place<'_>, key: &str, url: &Url) -> Result<(), ConfigProblem> {
    if place.environment != Environment::Sandbox && url.scheme() != "https" {
        return Err(place.problem(
            key,
            format!("{url} is not https"),
            "Use the provider's https address.",
        ));
    }
    if place.environment == Environment::Production && is_sandbox_host(url) {
        return Err(place.problem(
            key,
            format!("{url} is a sandbox"),
            "Use the address of the real provider.",
        ));
    }
    Ok(())
}

/// Addresses a browser may be sent to: the given ones, else the one the metadata come from.
pub(crate) fn origins(
    place: &Place<'_>,
    given: &[Url],
    metadata: &MetadataPlace<'_>,
) -> Result<Vec<String>, ConfigProblem> {
    for url in given {
        check_address(place, "origins", url)?;
    }
    if given.is_empty() {
        return Ok(metadata
            .url
            .iter()
            .map(|url| url.origin().ascii_serialization())
            .collect());
    }
    Ok(given
        .iter()
        .map(|url| url.origin().ascii_serialization())
        .collect())
}

fn hex_only(fingerprint: &str) -> Option<String> {
    let text = fingerprint.strip_prefix("sha256:").unwrap_or(fingerprint);
    let hex: String = text
        .chars()
        .filter(|c| *c != ':' && *c != ' ')
        .map(|c| c.to_ascii_lowercase())
        .collect();
    (hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_hexdigit())).then_some(hex)
}
