//! `[outbound]`: limits of what we fetch, and the networks we may reach.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    breaker::BreakerSettings,
    mutual::{CertificateProblem, ClientCertificateConfig},
    network::NetworkProblem,
};

/// `[outbound]`: limits of what we fetch, and the networks we may reach.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct OutboundConfig {
    /// Networks that may be reached although they are not public, such as `10.20.0.0/16` or `192.0.2.7`. Default: none, only
    /// public addresses are reached.
    pub allow: Vec<String>,
    /// Files with certificates (PEM) of authorities that are trusted besides those of the system. Default: none.
    pub extra_ca_files: Vec<PathBuf>,
    /// Certificates of ours, by a name that other sections refer to. Default: none.
    pub client_certificate: BTreeMap<String, ClientCertificateConfig>,
    /// Milliseconds a connection may take to come about, TLS included. Default: 3000.
    pub connect_timeout_ms: u64,
    /// Milliseconds a whole exchange may take, the last byte of the answer included. Default: 10000.
    pub total_timeout_ms: u64,
    /// Bytes an answer's body may have. Default: 2097152 (2 MiB).
    pub max_bytes: usize,
    /// What we call ourselves in `User-Agent`. Default: `city-identity`.
    pub user_agent: String,
    /// Failures in a row after which a target is left alone for a while. Default: 5.
    pub breaker_opens_after: u32,
    /// Milliseconds a failing target is left alone before one request tries it again. Default: 15000.
    pub breaker_pause_ms: u64,
    /// Days that the last good copy of what providers publish without an end of its own (discovery, keys, the list of banks) is
    /// believed while its source fails. SAML metadata end by their `validUntil`. Default: 7.
    pub last_good_days: u16,
}

impl Default for OutboundConfig {
    fn default() -> Self {
        Self {
            allow: Vec::new(),
            extra_ca_files: Vec::new(),
            client_certificate: BTreeMap::new(),
            connect_timeout_ms: 3_000,
            total_timeout_ms: 10_000,
            max_bytes: 2 * 1024 * 1024,
            user_agent: "city-identity".to_owned(),
            breaker_opens_after: 5,
            breaker_pause_ms: 15_000,
            last_good_days: 7,
        }
    }
}

impl OutboundConfig {
    pub(crate) fn connect_timeout(&self) -> Duration {
        Duration::from_millis(self.connect_timeout_ms)
    }

    pub(crate) fn total_timeout(&self) -> Duration {
        Duration::from_millis(self.total_timeout_ms)
    }

    pub(crate) fn breaker(&self) -> BreakerSettings {
        BreakerSettings {
            opens_after: self.breaker_opens_after,
            pause: Duration::from_millis(self.breaker_pause_ms),
            is_aside: false,
        }
    }
}

/// What is wrong with `[outbound]`. The text names the key and the remedy.
#[derive(Debug, thiserror::Error)]
pub enum ConfigProblem {
    /// An entry of `allow` is not a network.
    #[error("outbound.allow: {0}")]
    Network(#[from] NetworkProblem),
    /// A certificate file cannot be read.
    #[error(
        "outbound.extra_ca_files: {file} cannot be read; give the path of a PEM file that this process may read"
    )]
    UnreadableCa {
        /// The file as configured.
        file: PathBuf,
        /// Why it cannot be read.
        #[source]
        cause: std::io::Error,
    },
    /// A certificate file holds no certificate.
    #[error(
        "outbound.extra_ca_files: {file} holds no certificate; it must contain at least one PEM block CERTIFICATE"
    )]
    NoCertificate {
        /// The file as configured.
        file: PathBuf,
    },
    /// A certificate of ours cannot be used.
    #[error("outbound.client_certificate.{name}.{problem}")]
    ClientCertificate {
        /// Its name.
        name: String,
        /// What is wrong with it. (Not a source: its text is already in ours.)
        problem: CertificateProblem,
    },
    /// A value that must not be zero is zero, or a header value cannot be sent.
    #[error("outbound.{key}: {remedy}")]
    Value {
        /// The key as written in the file.
        key: &'static str,
        /// What to write instead.
        remedy: &'static str,
    },
    /// The TLS library refuses what it was given.
    #[error("outbound: the HTTP client cannot be built from these settings")]
    Client(#[source] reqwest::Error),
}

impl ConfigProblem {
    /// The same of the certificate that follows another one.
    pub(crate) fn of_next(self) -> Self {
        match self {
            Self::ClientCertificate { name, problem } => Self::ClientCertificate {
                name,
                problem: CertificateProblem::Next(Box::new(problem)),
            },
            other => other,
        }
    }
}
