//! The portal's configuration: one section a module, beside the code it configures.

mod rules;

use std::path::Path;

use outbound::OutboundConfig;
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;
use store::{DatabaseConfig, ShortLivedConfig, audit::AuditConfig};
use url::Url;
use web::config::{ConfigError, LogConfig, ServerConfig, TownConfig};

use crate::broker::BrokerConfig;
use crate::session::SessionConfig;

/// Where the portal runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Environment {
    /// On one machine, with made-up people.
    Sandbox,
    /// Against test environments of real systems.
    Test,
    /// With real people.
    Production,
}

/// The whole configuration of `city-portal`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// `sandbox`, `test` or `production`; no default. In production a sandbox address or secret stops the start.
    pub environment: Environment,
    /// Seals secrets and personal data at rest: base64 of 32 random bytes (`openssl rand -base64 32`). The database
    /// remembers which key it was made with.
    #[schemars(with = "String")]
    pub master_key: SecretString,
    /// Where the portal listens and how people reach it.
    pub server: ServerConfig,
    /// Where sessions, short-lived state and the audit are kept.
    pub database: DatabaseConfig,
    /// Logins under way and the names of used logout tokens.
    #[serde(default)]
    pub short_lived: ShortLivedConfig,
    /// The provider people sign in at. Everything else about it comes from its discovery document.
    pub broker: BrokerConfig,
    /// How long somebody stays signed in.
    #[serde(default)]
    pub session: SessionConfig,
    /// Limits of what the portal fetches: the broker's discovery document, keys, tokens and userinfo.
    #[serde(default)]
    pub outbound: OutboundConfig,
    /// How long the details of events are kept.
    #[serde(default)]
    pub audit: AuditConfig,
    /// The town as pages name it.
    pub town: TownConfig,
    /// What the portal tells.
    #[serde(default)]
    pub log: LogConfig,
}

/// `[broker] account_url`, for the pages that link it.
#[derive(Debug, Clone)]
pub struct AccountUrl(pub Option<Url>);

impl Config {
    /// Reads a file and the environment over it, and refuses what cannot work, with the reason and a remedy.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let config: Self = web::config::load(path, ENV_PREFIX)?;
        config.check().map_err(|error| error.in_file(path))?;
        Ok(config)
    }

    /// An address of ours below the public one.
    pub fn address(&self, path: &str) -> Url {
        let mut url = self.server.public_url.clone();
        url.set_path(path);
        url
    }
}

/// `CITY_PORTAL__BROKER__CLIENT_SECRET` overrides `client_secret` in `[broker]`.
pub const ENV_PREFIX: &str = "CITY_PORTAL";
