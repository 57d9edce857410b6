//! The sections both programs have.

use std::net::SocketAddr;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::{Host, Url};

use super::{ConfigError, Network};
use crate::Locale;

/// `[server]`: where the program listens and how people reach it.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ServerConfig {
    /// Address and port to listen on, as `127.0.0.1:8400`.
    #[schemars(with = "String")]
    pub listen: SocketAddr,
    /// The address people and clients know, as `https://identita.mesto.example`. Issuer, redirects and
    /// cookies follow it; `Host` and `X-Forwarded-*` are never believed.
    pub public_url: Url,
    /// Certificate and key, when the program ends TLS itself. Without it a proxy does.
    pub tls: Option<TlsConfig>,
    /// Proxies whose `X-Forwarded-For` counts for limits, as `["10.0.0.0/8"]`. Default: none.
    #[serde(default)]
    pub trusted_proxies: Vec<Network>,
    /// Refusals of strangers that one address has written into the audit within a minute. Beyond that they are refused all the
    /// same and counted by the metric `refusals_unrecorded_total`; one row an hour says that rows are missing. 0 sets no limit.
    /// Default: 120.
    #[serde(default = "hundred_and_twenty")]
    pub refusals_per_minute: u32,
    /// Address and port of the Prometheus metrics, as `127.0.0.1:8408`. Default: no metrics.
    #[schemars(with = "Option<String>")]
    pub metrics_listen: Option<SocketAddr>,
    /// Seconds a request may take, its body included. Default: 30.
    #[serde(default = "thirty")]
    pub request_timeout_seconds: u16,
    /// Seconds that running requests have to end when the program stops. Default: 20.
    #[serde(default = "twenty")]
    pub shutdown_seconds: u16,
}

/// `[server.tls]`: the certificate.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TlsConfig {
    /// Certificate chain, PEM, the server's own first.
    pub cert_file: PathBuf,
    /// Private key, PEM.
    pub key_file: PathBuf,
}

/// `[town]`: the town as pages name it.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TownConfig {
    /// The name in the header and in titles, as `Český Krumlov`.
    pub name: String,
    /// The name in the footer, as `Město Český Krumlov`. Default: the name.
    pub full_name: Option<String>,
    /// Street and number of the town hall.
    pub address: Option<String>,
    /// Telephone of the help desk, as people write it.
    pub phone: Option<String>,
    /// E-mail of the help desk.
    pub email: Option<String>,
    /// When the help desk answers.
    pub hours: Option<LocalText>,
    /// Page with help.
    pub help_url: Option<String>,
    /// Page with contacts.
    pub contact_url: Option<String>,
    /// Accessibility statement.
    pub accessibility_url: Option<String>,
    /// Page on privacy and cookies.
    pub privacy_url: Option<String>,
}

/// A text in up to three languages; Czech stands in for a missing one.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LocalText {
    /// Czech.
    pub cs: String,
    /// English.
    pub en: Option<String>,
    /// German.
    pub de: Option<String>,
}

/// `[log]`: what the program tells.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LogConfig {
    /// `json` for machines, `text` for people.
    pub format: LogFormat,
    /// What is logged, as `info` or `info,idp=debug`.
    pub level: String,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One JSON object a line.
    #[default]
    Json,
    /// Lines for a terminal.
    Text,
}

impl ServerConfig {
    /// What serde cannot see: a public address that is an origin, and by TLS where it matters;
    /// ports that do not clash.
    pub fn check(&self, is_production: bool) -> Result<(), ConfigError> {
        let key = "server.public_url";
        let url = &self.public_url;
        let is_origin = matches!(url.scheme(), "http" | "https")
            && url.path() == "/"
            && (url.query(), url.fragment(), url.username(), url.password())
                == (None, None, "", None);
        if !is_origin {
            return Err(ConfigError::at(
                key,
                "it is more or less than scheme, host and port",
                "Write it as `https://identita.mesto.example`",
            ));
        }
        if is_production && (url.scheme() != "https" || is_this_machine(url)) {
            return Err(ConfigError::at(
                key,
                "production has a public host name and https",
                "Write the address that people type, beginning with https://",
            ));
        }
        if self
            .metrics_listen
            .is_some_and(|metrics| clashes(self.listen, metrics))
        {
            return Err(ConfigError::at(
                "server.metrics_listen",
                "it is the port of `server.listen`",
                "Choose another port for the metrics",
            ));
        }
        Ok(())
    }
}

fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback() || address.is_unspecified(),
        Some(Host::Ipv6(address)) => address.is_loopback() || address.is_unspecified(),
        None => true,
    }
}

fn clashes(one: SocketAddr, other: SocketAddr) -> bool {
    let (a, b) = (one.ip(), other.ip());
    one.port() != 0
        && one.port() == other.port()
        && (a == b || a.is_unspecified() || b.is_unspecified())
}

impl LocalText {
    /// The text in a language.
    pub fn get(&self, locale: Locale) -> &str {
        match locale {
            Locale::Cs => None,
            Locale::En => self.en.as_deref(),
            Locale::De => self.de.as_deref(),
        }
        .unwrap_or(&self.cs)
    }
}

impl TownConfig {
    /// A town with nothing but a name, for tests.
    pub fn named(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            full_name: None,
            address: None,
            phone: None,
            email: None,
            hours: None,
            help_url: None,
            contact_url: None,
            accessibility_url: None,
            privacy_url: None,
        }
    }
}

impl Default for LogConfig {
    fn default() -> Self {
        Self {
            format: LogFormat::default(),
            level: "info".to_owned(),
        }
    }
}

const fn thirty() -> u16 {
    30
}

const fn twenty() -> u16 {
    20
}

const fn hundred_and_twenty() -> u32 {
    120
}
