//! The configuration file: one section a module, no unknown keys, and one message when something cannot stand.

mod address;
mod check;
mod mail;
mod officers;
mod provider;
mod published;
mod times;

use std::{collections::BTreeMap, path::Path};

use federation::{Environment, ProviderConfig};
use outbound::{MailConfig, OutboundConfig};
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;
use store::{DatabaseConfig, ShortLivedConfig, audit::AuditConfig};
use url::Url;
use web::config::{ConfigError, LogConfig, ServerConfig, TownConfig};

use crate::{
    account::AccountConfig,
    ares::AresConfig,
    clients::{ClientConfig, OrganisationConfig, ResourceConfig},
    keys::KeysConfig,
    login::LoginConfig,
    mandate::MandateConfig,
    session::SessionConfig,
    staff::StaffConfig,
};

pub(crate) use address::check_client;
pub use check::check;
pub(crate) use check::entry_error;
pub(crate) use mail::mail_error;

/// What environment variables that override the file begin with.
pub const ENV_PREFIX: &str = "CITY_IDP";

/// The whole file.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// `sandbox`, `test` or `production`. No default; every provider's own must equal it.
    pub environment: Environment,
    /// 32 random octets in base64 (`openssl rand -base64 32`) under which secrets in the database are sealed; also as
    /// `master_key_file`. No default.
    #[schemars(with = "String")]
    pub master_key: SecretString,
    /// Marks a profile whose secrets and passwords are published, for conformance tests. Such a profile starts in the
    /// sandbox and under a loopback or `.test` address only. Default: false.
    #[serde(default)]
    pub conformance: bool,
    /// Where the program listens and how people reach it.
    pub server: ServerConfig,
    /// Where everything lasting is kept.
    pub database: DatabaseConfig,
    /// Where short-lived state is kept.
    #[serde(default)]
    pub short_lived: ShortLivedConfig,
    /// How people log in.
    #[serde(default)]
    pub login: LoginConfig,
    /// How long a browser stays signed in.
    #[serde(default)]
    pub session: SessionConfig,
    /// How people change what their account is made of.
    #[serde(default)]
    pub account: AccountConfig,
    /// Acting for a company, an association or a business.
    #[serde(default)]
    pub mandate: MandateConfig,
    /// How officers of the town sign in. Default: none; nobody does.
    #[serde(default)]
    pub staff: Option<StaffConfig>,
    /// When our keys change.
    #[serde(default)]
    pub keys: KeysConfig,
    /// What leaves the house.
    #[serde(default)]
    pub outbound: OutboundConfig,
    /// Where the names of bodies come from.
    #[serde(default)]
    pub ares: AresConfig,
    /// The mail server that takes our mail. Default: none; nothing is sent, and people find their notices on their page.
    #[serde(default)]
    pub mail: Option<MailConfig>,
    /// How long the details of events are kept.
    #[serde(default)]
    pub audit: AuditConfig,
    /// The town as pages name it.
    pub town: TownConfig,
    /// What the program tells.
    #[serde(default)]
    pub log: LogConfig,
    /// Sources of identity.
    #[serde(default)]
    pub provider: BTreeMap<String, ProviderConfig>,
    /// Bodies of the town.
    #[serde(default)]
    pub organisation: BTreeMap<String, OrganisationConfig>,
    /// Applications.
    #[serde(default)]
    pub client: BTreeMap<String, ClientConfig>,
    /// APIs.
    #[serde(default)]
    pub resource: BTreeMap<String, ResourceConfig>,
}

impl Config {
    /// Reads a file and what the environment says over it, and checks both.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let config: Self = web::config::load_probed(path, ENV_PREFIX, provider::probe)?;
        check::check(&config).map_err(|error| error.in_file(path))?;
        Ok(config)
    }

    /// The issuer: the public address without a slash at its end.
    pub fn issuer(&self) -> String {
        self.server
            .public_url
            .as_str()
            .trim_end_matches('/')
            .to_owned()
    }

    /// The address of one of our paths, which begins with a slash.
    pub fn address(&self, path: &str) -> String {
        format!("{}{path}", self.issuer())
    }

    /// The public address.
    pub fn public_url(&self) -> &Url {
        &self.server.public_url
    }
}
