//! What every handler of the broker may ask for.

use std::sync::Arc;

use axum::extract::FromRef;
use federation::{KeepKey, Registry};
use outbound::{Mailer, Outbound};
use store::{Db, MasterKey, ShortLived};
use web::{Clock, Random, Refusals, Shield, Site};

use crate::{ares::Ares, clients::Clients, config::Config, keys::Keys, login::Health};

/// The state of the running broker. Cheap to clone.
#[derive(Clone, Debug, FromRef)]
pub struct Broker {
    /// The configuration.
    pub config: Arc<Config>,
    /// The issuer, made once.
    pub issuer: Issuer,
    /// The database.
    pub db: Db,
    /// Short-lived state.
    pub short_lived: ShortLived,
    /// Seals secrets and facts.
    pub master_key: MasterKey,
    /// Seals assertions that wait for their browser.
    pub keep_key: Arc<KeepKey>,
    /// Our keys.
    pub keys: Keys,
    /// Who may ask for what.
    pub clients: Clients,
    /// Sources of identity.
    pub providers: Registry,
    /// How they do, as this process sees it.
    pub health: Health,
    /// The state's list of bodies.
    pub ares: Ares,
    /// What leaves the house.
    pub outbound: Outbound,
    /// What sends mail; `None` when no mail server is configured.
    pub mailer: Option<Mailer>,
    /// How many messages of providers one address may bring.
    pub shield: Shield,
    /// How many logins one address may begin.
    #[from_ref(skip)]
    pub begun: Shield,
    /// How many refusals of one address are written down.
    pub refusals: Refusals,
    /// The time.
    pub clock: Clock,
    /// Randomness.
    pub random: Random,
    /// How pages look.
    pub site: Arc<Site>,
}

/// Our name on the wire, from the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issuer(Arc<str>);

impl Issuer {
    /// Takes the issuer from the configuration.
    pub fn new(issuer: impl Into<Arc<str>>) -> Self {
        Self(issuer.into())
    }

    /// The issuer, byte for byte as it stands in tokens.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address of one of our paths, which begins with a slash.
    pub fn address(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }
}

impl std::fmt::Display for Issuer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
