//! The providers of one broker, built from its configuration.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};
use url::Url;

use crate::bank_id::{BankId, BankIdConfig};
use crate::caais::{Caais, CaaisConfig};
use crate::demo::{Demo, DemoConfig};
use crate::environment::Environment;
use crate::generic::{GenericSaml, GenericSamlConfig};
use crate::generic_oidc::{GenericOidc, GenericOidcConfig};
use crate::isds::{Isds, IsdsConfig};
use crate::nia::{Nia, NiaConfig};
use crate::oidc::keys::JoseKeys;
use crate::provider::UpstreamProvider;
use crate::saml::config::KeyMode;
use crate::saml::keys::SamlKeys;
use outbound::Outbound;

/// `[provider.NAME]`: one source of identity; `kind` says which.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ProviderConfig {
    /// `kind = "nia"`: the national point of identification.
    Nia(Box<NiaConfig>),
    /// `kind = "saml"`: any SAML 2.0 identity provider.
    Saml(Box<GenericSamlConfig>),
    /// `kind = "isds"`: data boxes.
    Isds(Box<IsdsConfig>),
    /// `kind = "oidc"`: any OpenID Connect provider.
    Oidc(Box<GenericOidcConfig>),
    /// `kind = "bank_id"`: the Czech banks' identity.
    BankId(Box<BankIdConfig>),
    /// `kind = "caais"`: officers of public bodies.
    Caais(Box<CaaisConfig>),
    /// `kind = "demo"`: invented people, sandbox only.
    Demo(DemoConfig),
}

impl ProviderConfig {
    /// Reads the options of one kind, `kind` itself left out, so that a fault names its key. `None`: there is no such kind.
    pub fn read<'de, D: Deserializer<'de>>(
        kind: &str,
        options: D,
    ) -> Option<Result<Self, D::Error>> {
        Some(match kind {
            "nia" => Box::deserialize(options).map(Self::Nia),
            "saml" => Box::deserialize(options).map(Self::Saml),
            "isds" => Box::deserialize(options).map(Self::Isds),
            "oidc" => Box::deserialize(options).map(Self::Oidc),
            "bank_id" => Box::deserialize(options).map(Self::BankId),
            "caais" => Box::deserialize(options).map(Self::Caais),
            "demo" => DemoConfig::deserialize(options).map(Self::Demo),
            _ => return None,
        })
    }

    /// The kinds there are, as `kind` says them.
    pub const KINDS: [&str; 7] = ["nia", "saml", "isds", "oidc", "bank_id", "caais", "demo"];

    /// Which keys of ours the provider needs for SAML, if any.
    pub fn saml_keys(&self) -> Option<KeyMode> {
        match self {
            Self::Nia(config) => Some(config.keys),
            Self::Saml(config) => Some(config.keys),
            Self::Isds(_) | Self::Oidc(_) | Self::BankId(_) | Self::Caais(_) | Self::Demo(_) => {
                None
            }
        }
    }

    /// Whether the provider has to know keys of ours for OpenID Connect: they then exist and are published.
    pub fn wants_jose_keys(&self) -> bool {
        match self {
            Self::Oidc(config) => config.wants_keys(),
            Self::BankId(config) => config.wants_keys(),
            Self::Nia(_) | Self::Saml(_) | Self::Isds(_) | Self::Caais(_) | Self::Demo(_) => false,
        }
    }
}

/// What is wrong with the configuration of a provider: which key, what, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("provider.{provider}.{key}: {problem}. {remedy}")]
pub struct ConfigProblem {
    /// Name of the provider's entry.
    pub provider: String,
    /// The key inside it.
    pub key: String,
    /// What is wrong.
    pub problem: String,
    /// What to do.
    pub remedy: String,
}

/// The providers of one broker by the names of their entries. Cheap to clone.
#[derive(Clone, Default)]
pub struct Registry {
    providers: Arc<BTreeMap<String, Arc<dyn UpstreamProvider>>>,
    demos: Arc<BTreeMap<String, Arc<Demo>>>,
}

/// Our own keys towards providers.
#[derive(Clone)]
pub struct OwnKeys {
    /// Towards SAML providers.
    pub saml: Arc<dyn SamlKeys>,
    /// Towards OpenID providers.
    pub jose: Arc<dyn JoseKeys>,
}

/// Builds the providers. Contacts nobody: a broker starts with every upstream down.
pub fn build(
    providers: &BTreeMap<String, ProviderConfig>,
    environment: Environment,
    base_url: &Url,
    outbound: &Outbound,
    keys: &OwnKeys,
) -> Result<Registry, ConfigProblem> {
    let mut built: BTreeMap<String, Arc<dyn UpstreamProvider>> = BTreeMap::new();
    let mut demos = BTreeMap::new();
    for (id, config) in providers {
        let place = Place {
            id,
            environment,
            base_url,
        };
        place.check_id()?;
        match config {
            ProviderConfig::Nia(config) => {
                built.insert(
                    id.clone(),
                    Arc::new(Nia::new(&place, config, outbound, Arc::clone(&keys.saml))?),
                );
            }
            ProviderConfig::Saml(config) => {
                built.insert(
                    id.clone(),
                    Arc::new(GenericSaml::new(
                        &place,
                        config,
                        outbound,
                        Arc::clone(&keys.saml),
                    )?),
                );
            }
            ProviderConfig::Oidc(config) => {
                built.insert(
                    id.clone(),
                    Arc::new(GenericOidc::new(
                        &place,
                        config,
                        outbound,
                        Arc::clone(&keys.jose),
                    )?),
                );
            }
            ProviderConfig::BankId(config) => {
                built.insert(
                    id.clone(),
                    Arc::new(BankId::new(
                        &place,
                        config,
                        outbound,
                        Arc::clone(&keys.jose),
                    )?),
                );
            }
            ProviderConfig::Caais(config) => {
                built.insert(
                    id.clone(),
                    Arc::new(Caais::new(
                        &place,
                        config,
                        outbound,
                        Arc::clone(&keys.jose),
                    )?),
                );
            }
            ProviderConfig::Isds(config) => {
                built.insert(id.clone(), Arc::new(Isds::new(&place, config, outbound)?));
            }
            ProviderConfig::Demo(config) => {
                let demo = Arc::new(Demo::new(&place, config)?);
                built.insert(id.clone(), Arc::<Demo>::clone(&demo));
                demos.insert(id.clone(), demo);
            }
        }
    }
    check_realms(providers, &built)?;
    Ok(Registry {
        providers: Arc::new(built),
        demos: Arc::new(demos),
    })
}

/// Whoever comes by one of two entries of the same provider is known at the other: each would vouch for the other's people, at levels
/// and for clients of its own. So a provider has one entry. Registrations at NIA that share a group are the exception: both are the state's
/// word about the same people, whose levels NIA alone says.
fn check_realms(
    providers: &BTreeMap<String, ProviderConfig>,
    built: &BTreeMap<String, Arc<dyn UpstreamProvider>>,
) -> Result<(), ConfigProblem> {
    let mut known: BTreeMap<&str, &str> = BTreeMap::new();
    for (id, provider) in built {
        if matches!(providers.get(id), Some(ProviderConfig::Nia(_))) {
            continue;
        }
        let realm = provider.describe().realm.as_str();
        let Some(first) = known.insert(realm, id) else {
            continue;
        };
        return Err(ConfigProblem {
            provider: id.clone(),
            key: providers.get(id).map_or("kind", told_by).to_owned(),
            problem: format!("is the same provider as [provider.{first}]"),
            remedy: format!("Keep one of the two entries, {first} or {id}."),
        });
    }
    Ok(())
}

/// The key that tells one provider of a kind from another.
const fn told_by(config: &ProviderConfig) -> &'static str {
    match config {
        ProviderConfig::Saml(_) => "idp_entity_id",
        ProviderConfig::Oidc(_) => "issuer",
        ProviderConfig::Nia(_)
        | ProviderConfig::BankId(_)
        | ProviderConfig::Caais(_)
        | ProviderConfig::Isds(_)
        | ProviderConfig::Demo(_) => "kind",
    }
}

/// Where a provider lives: its name, the broker's environment and address.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) id: &'a str,
    pub(crate) environment: Environment,
    pub(crate) base_url: &'a Url,
}

impl Place<'_> {
    /// One of this provider's addresses at the broker.
    pub(crate) fn address(&self, name: &str) -> Result<Url, ConfigProblem> {
        let base = self.base_url.as_str().trim_end_matches('/');
        Url::parse(&format!("{base}/upstream/{}/{name}", self.id)).map_err(|error| {
            self.problem(
                "kind",
                format!("the broker's address cannot be extended: {error}"),
                "Correct the issuer.",
            )
        })
    }

    /// A problem with one of this provider's keys.
    pub(crate) fn problem(
        &self,
        key: &str,
        problem: impl Into<String>,
        remedy: impl Into<String>,
    ) -> ConfigProblem {
        ConfigProblem {
            provider: self.id.to_owned(),
            key: key.to_owned(),
            problem: problem.into(),
            remedy: remedy.into(),
        }
    }

    /// Every provider's environment must be the broker's.
    pub(crate) fn check_environment(&self, own: Environment) -> Result<(), ConfigProblem> {
        if own == self.environment {
            return Ok(());
        }
        Err(self.problem(
            "environment",
            format!(
                "is {own}, but the broker's environment is {}",
                self.environment
            ),
            "Use a provider of the broker's environment, or correct one of the two.",
        ))
    }

    fn check_id(&self) -> Result<(), ConfigProblem> {
        let good = !self.id.is_empty()
            && self.id.len() <= 40
            && self
                .id
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_');
        if good {
            return Ok(());
        }
        Err(self.problem(
            "kind",
            "the name of the entry is part of an address",
            "Use lower-case letters, digits and hyphens, at most 40.",
        ))
    }
}

impl Registry {
    /// The provider of that name.
    pub fn get(&self, id: &str) -> Option<&Arc<dyn UpstreamProvider>> {
        self.providers.get(id)
    }

    /// All providers with their names, in the order of the names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Arc<dyn UpstreamProvider>)> {
        self.providers
            .iter()
            .map(|(id, provider)| (id.as_str(), provider))
    }

    /// The demo provider of that name, for the sign-in page that the broker shows on its behalf.
    pub fn demo(&self, id: &str) -> Option<&Arc<Demo>> {
        self.demos.get(id)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.providers.is_empty()
    }
}

impl fmt::Debug for OwnKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnKeys").finish_non_exhaustive()
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.providers.keys()).finish()
    }
}
