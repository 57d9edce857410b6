//! Registered service providers (SeP) and their certificates.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use openssl::x509::X509;
use serde::{Deserialize, Deserializer, Serialize};
use thiserror::Error;

use super::names::{DSIG, MD};
use crate::xml;

/// Metadata younger than this is not asked for again without a reason.
const FRESH: Duration = Duration::from_secs(30);
/// Metadata larger than this is not read.
const MAX_METADATA: usize = 1 << 20;

/// One registration, as in the form of the NIA portal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sep {
    /// The unique address: `Issuer` of requests, `Audience` of answers.
    pub entity_id: String,
    /// What people read on pages. Default: the entity id.
    #[serde(default, deserialize_with = "empty_is_none")]
    pub name: Option<String>,
    /// Where answers are posted.
    pub acs_url: String,
    /// Where the browser goes after a logout. Default: nowhere, the person stays on a page of NIA.
    #[serde(default, deserialize_with = "empty_is_none")]
    pub logout_url: Option<String>,
    /// Metadata the certificate is read from, when it is first needed and again when it does not fit.
    #[serde(default, deserialize_with = "empty_is_none")]
    pub metadata_url: Option<String>,
    /// A PEM file of certificates instead.
    #[serde(default)]
    pub certificate_file: Option<PathBuf>,
    /// Or the PEM text itself.
    #[serde(default, deserialize_with = "empty_is_none")]
    pub certificate: Option<String>,
    /// Lets people log in through the eIDAS gateway. Default: false.
    #[serde(default, deserialize_with = "flag")]
    pub eidas: bool,
    /// Providers of one group see one pseudonym of a person. Default: a group of its own.
    #[serde(default, deserialize_with = "empty_is_none")]
    pub group: Option<String>,
}

impl Sep {
    /// What people read on pages.
    pub fn title(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.entity_id)
    }

    /// What a pseudonym is made for.
    pub fn pseudonym_scope(&self) -> &str {
        self.group.as_deref().unwrap_or(&self.entity_id)
    }
}

/// Certificates of one service provider.
#[derive(Debug, Clone)]
pub struct SepCertificates {
    /// Any of these may have signed a request.
    pub signing: Vec<X509>,
    /// Assertions are encrypted to this one.
    pub encryption: X509,
}

/// Why there is no certificate.
#[derive(Debug, Error)]
pub enum CertificateError {
    /// Nothing to take it from.
    #[error("the registration names no certificate")]
    NotRegistered,
    /// The file.
    #[error("the certificate file cannot be read")]
    File(#[from] std::io::Error),
    /// Neither PEM nor DER.
    #[error("the certificate cannot be read")]
    Certificate(#[from] openssl::error::ErrorStack),
    /// The metadata address.
    #[error("the metadata cannot be fetched")]
    Fetch(#[from] reqwest::Error),
    /// What is there.
    #[error("the metadata says nothing usable: {0}")]
    Metadata(String),
}

/// The register.
#[derive(Debug)]
pub struct Seps {
    registered: Mutex<BTreeMap<String, Sep>>,
    fetched: Mutex<BTreeMap<String, (Instant, SepCertificates)>>,
    http: reqwest::Client,
}

impl Seps {
    /// Starts with what the configuration names.
    pub fn new(seps: &[Sep]) -> Self {
        let registered = seps
            .iter()
            .map(|sep| (sep.entity_id.clone(), sep.clone()))
            .collect();
        let http = reqwest::Client::builder()
            .timeout(Duration::from_secs(5))
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .unwrap_or_default();
        Self {
            registered: Mutex::new(registered),
            fetched: Mutex::default(),
            http,
        }
    }

    /// Adds or replaces a registration.
    pub fn register(&self, sep: Sep) {
        self.fetched
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&sep.entity_id);
        self.registered
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(sep.entity_id.clone(), sep);
    }

    /// Takes a registration away; tells whether there was one.
    pub fn remove(&self, entity_id: &str) -> bool {
        self.registered
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(entity_id)
            .is_some()
    }

    /// A registration by its exact entity id.
    pub fn lookup(&self, entity_id: &str) -> Option<Sep> {
        self.registered
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(entity_id)
            .cloned()
    }

    /// All registrations.
    pub fn list(&self) -> Vec<Sep> {
        self.registered
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .values()
            .cloned()
            .collect()
    }

    /// The certificates of a provider; `again` asks its metadata even if they are fresh.
    pub async fn certificates(
        &self,
        sep: &Sep,
        again: bool,
    ) -> Result<SepCertificates, CertificateError> {
        if let Some(pem) = &sep.certificate {
            return from_pem(pem.as_bytes());
        }
        if let Some(file) = &sep.certificate_file {
            return from_pem(&tokio::fs::read(file).await?);
        }
        let url = sep
            .metadata_url
            .as_deref()
            .ok_or(CertificateError::NotRegistered)?;

        let known = self
            .fetched
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&sep.entity_id)
            .cloned();
        match known {
            Some((at, certificates)) if !again && at.elapsed() < FRESH => Ok(certificates),
            known => match self.fetch(url).await {
                Ok(certificates) => {
                    let entry = (Instant::now(), certificates.clone());
                    self.fetched
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .insert(sep.entity_id.clone(), entry);
                    Ok(certificates)
                }
                // The last good copy serves while the provider is away.
                Err(error) => known.map(|(_, certificates)| certificates).ok_or(error),
            },
        }
    }

    async fn fetch(&self, url: &str) -> Result<SepCertificates, CertificateError> {
        let body = self
            .http
            .get(url)
            .send()
            .await?
            .error_for_status()?
            .bytes()
            .await?;
        if body.len() > MAX_METADATA {
            return Err(CertificateError::Metadata("it is too large".to_owned()));
        }
        from_metadata(&String::from_utf8_lossy(&body))
    }
}

fn from_pem(pem: &[u8]) -> Result<SepCertificates, CertificateError> {
    let signing = X509::stack_from_pem(pem)?;
    let encryption = signing
        .first()
        .cloned()
        .ok_or(CertificateError::NotRegistered)?;
    Ok(SepCertificates {
        signing,
        encryption,
    })
}

/// Only the certificates of the metadata are used, as by NIA.
fn from_metadata(text: &str) -> Result<SepCertificates, CertificateError> {
    let root = xml::parse(text).map_err(|error| CertificateError::Metadata(error.to_string()))?;
    let mut signing = Vec::new();
    let mut encryption = Vec::new();
    for role in root.descendants(MD, "SPSSODescriptor") {
        for descriptor in role.children_named(MD, "KeyDescriptor") {
            let kind = descriptor.attribute("use");
            for element in descriptor.descendants(DSIG, "X509Certificate") {
                let base64: String = element.text.split_whitespace().collect();
                let der = STANDARD
                    .decode(base64)
                    .map_err(|error| CertificateError::Metadata(error.to_string()))?;
                let certificate = X509::from_der(&der)?;
                if kind != Some("encryption") {
                    signing.push(certificate.clone());
                }
                if kind != Some("signing") {
                    encryption.push(certificate);
                }
            }
        }
    }

    let encryption = encryption
        .into_iter()
        .chain(signing.first().cloned())
        .next();
    match encryption {
        Some(encryption) if !signing.is_empty() => Ok(SepCertificates {
            signing,
            encryption,
        }),
        _ => Err(CertificateError::Metadata(
            "there is no signing certificate in an SPSSODescriptor".to_owned(),
        )),
    }
}

/// A form sends an empty field where JSON leaves it out.
fn empty_is_none<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.filter(|text| !text.trim().is_empty()))
}

/// A checkbox sends `on`, JSON and TOML a boolean.
fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Flag {
        Bool(bool),
        Text(String),
    }
    Ok(match Flag::deserialize(deserializer)? {
        Flag::Bool(value) => value,
        Flag::Text(text) => matches!(text.as_str(), "on" | "true" | "1"),
    })
}
