//! `[provider.NAME] kind = "saml"`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;
use url::Url;

use crate::environment::Environment;
use crate::fact::FactKind;
use crate::level::{IdentityLevel, Levels, LoginLevel};
use crate::provider::Title;
use crate::saml::config::{KeyMode, Pin, RequestBinding};

/// Any SAML 2.0 identity provider: everything that differs between them is a key here.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GenericSamlConfig {
    /// Must equal the broker's environment.
    pub environment: Environment,
    /// The name people see.
    pub title: Title,
    /// Address of the provider's metadata, fetched in the background. Default: none; exactly one of `metadata_url` and
    /// `metadata_file`.
    #[serde(default)]
    pub metadata_url: Option<Url>,
    /// File with the provider's metadata, read at the start and trusted as it is. Default: none.
    #[serde(default)]
    pub metadata_file: Option<PathBuf>,
    /// Whether metadata from `metadata_url` must be signed by a pinned key. When not, addresses are taken from them, but no
    /// key that is not pinned. Default: yes.
    #[serde(default = "yes")]
    pub metadata_signed: bool,
    /// Minutes until the metadata are fetched again. Default: 360.
    #[serde(default = "six_hours")]
    pub refresh_minutes: u32,
    /// Signing certificates of the provider that we trust, by slot: `[provider.NAME.certificate.active]`. Default: none,
    /// which `metadata_url` does not allow.
    #[serde(default)]
    pub certificate: BTreeMap<String, Pin>,
    /// Origins the provider's addresses may have. Default: the one of `metadata_url`; with `metadata_file`: any.
    #[serde(default)]
    pub origins: Vec<Url>,
    /// The provider's entity id.
    pub idp_entity_id: String,
    /// Our entity id. Default: the address of our metadata.
    #[serde(default)]
    pub entity_id: Option<String>,
    /// What the provider names as audience. Default: `entity_id`.
    #[serde(default)]
    pub audience: Option<String>,
    /// Which parts of an answer must be signed. What is signed besides must verify, too. Default: `both`.
    #[serde(default)]
    pub signed: Signed,
    /// Whether assertions must be encrypted. Default: `required`.
    #[serde(default)]
    pub encryption: Encryption,
    /// Whether answers encrypted by aes128-cbc are accepted. Default: no.
    #[serde(default)]
    pub allow_aes128_cbc: bool,
    /// Format of the subject's name. Default: persistent.
    #[serde(default)]
    pub name_id_format: Option<String>,
    /// The attribute that identifies the person, where the subject's name does not. Default: the subject's name.
    #[serde(default)]
    pub subject_attribute: Option<String>,
    /// Names of attributes by fact: `given_name = "urn:oid:2.5.4.42"`. Text facts and `birth_date` only. Default: none.
    #[serde(default)]
    pub attribute: BTreeMap<FactKind, String>,
    /// Facts without which a login cannot complete. Default: none.
    #[serde(default)]
    pub required: Vec<FactKind>,
    /// Facts that the provider only passes on as people told them. Default: e-mail and phone.
    #[serde(default = "contact")]
    pub self_stated: Vec<FactKind>,
    /// What each `AuthnContextClassRef` means: `[provider.NAME.level."urn:…"] identity = "town", login = "single"`. A class that
    /// is not listed is refused.
    pub level: BTreeMap<String, LevelConfig>,
    /// Whether the wanted classes are asked for. Default: yes.
    #[serde(default = "yes")]
    pub request_level: bool,
    /// How requests leave. Default: `redirect`.
    #[serde(default)]
    pub binding: RequestBinding,
    /// Whether one key of ours serves both purposes. Default: `one`.
    #[serde(default)]
    pub keys: KeyMode,
    /// Whether a logout here also ends the session there. Default: yes.
    #[serde(default = "yes")]
    pub logout: bool,
    /// Seconds the clocks may differ. Default: 90, at most 300.
    #[serde(default = "ninety")]
    pub skew_seconds: u16,
    /// Seconds an answer may be old. Default: 300, at most 3600.
    #[serde(default = "three_hundred")]
    pub max_age_seconds: u16,
}

/// Which parts of an answer must be signed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Signed {
    /// Response and assertion.
    #[default]
    Both,
    /// The response, which covers the assertion.
    Response,
    /// The assertion. Encrypted ones then need an authenticated cipher.
    Assertion,
}

/// Whether assertions must be encrypted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Encryption {
    /// Plain assertions are refused.
    #[default]
    Required,
    /// Both are read.
    Optional,
}

/// What one class of authentication means.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LevelConfig {
    /// Who the person is then.
    pub identity: IdentityLevel,
    /// How they logged in then.
    pub login: LoginLevel,
}

impl LevelConfig {
    pub(crate) const fn levels(self) -> Levels {
        Levels::new(self.identity, self.login)
    }
}

const fn yes() -> bool {
    true
}

const fn six_hours() -> u32 {
    360
}

/// What people tell a provider themselves, unless the town knows better (local identity, 8.1).
pub(crate) fn contact() -> Vec<FactKind> {
    vec![FactKind::Email, FactKind::Phone]
}

const fn ninety() -> u16 {
    90
}

const fn three_hundred() -> u16 {
    300
}
