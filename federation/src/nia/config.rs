//! `[provider.NAME] kind = "nia"`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;
use url::Url;

use crate::environment::Environment;
use crate::fact::FactKind;
use crate::provider::Title;
use crate::saml::config::{KeyMode, Pin, RequestBinding};

/// The national point of identification (NIA, "Identita občana") over SAML.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NiaConfig {
    /// Must equal the broker's environment.
    pub environment: Environment,
    /// The name people see. Default: the text of the kind.
    #[serde(default)]
    pub title: Option<Title>,
    /// Address of NIA's metadata, fetched in the background and verified by the pinned certificates. Default: none; exactly
    /// one of `metadata_url` and `metadata_file`.
    #[serde(default)]
    pub metadata_url: Option<Url>,
    /// File with NIA's metadata, read at the start and trusted as it is. Default: none.
    #[serde(default)]
    pub metadata_file: Option<PathBuf>,
    /// Minutes until the metadata are fetched again. Default: 360.
    #[serde(default = "six_hours")]
    pub refresh_minutes: u32,
    /// NIA's signing certificates that we trust, by slot: `[provider.nia.certificate.active]`. Default: none, which
    /// `metadata_url` does not allow.
    #[serde(default)]
    pub certificate: BTreeMap<String, Pin>,
    /// Origins NIA's addresses may have, besides none. Default: the one of `metadata_url`; with `metadata_file`: any.
    #[serde(default)]
    pub origins: Vec<Url>,
    /// NIA's entity id. Default: `urn:microsoft:cgg2010:fpsts`, which NIA uses in all its environments.
    #[serde(default = "fpsts")]
    pub idp_entity_id: String,
    /// Our entity id exactly as registered ("Unikátní URL adresa zabezpečené části Vašeho webu"). Default: the address of our
    /// metadata.
    #[serde(default)]
    pub entity_id: Option<String>,
    /// What NIA names as audience. Default: `entity_id`.
    #[serde(default)]
    pub audience: Option<String>,
    /// What we are: `public` for a town, else `private`. Default: `public`.
    #[serde(default)]
    pub sp_type: SpType,
    /// The lowest level of assurance we ever ask for. Default: `substantial`.
    #[serde(default)]
    pub minimum: Assurance,
    /// Facts every login must bring, besides the identifier. Default: given name, family name, date of birth.
    #[serde(default = "names_and_birth")]
    pub required: Vec<FactKind>,
    /// Facts every login asks for and can do without, besides those that the service it is for is approved for and asks
    /// for. Default: none.
    #[serde(default)]
    pub optional: Vec<FactKind>,
    /// The age that is asked about when a service wants to know whether somebody is old enough. Default: 18.
    #[serde(default = "of_age")]
    pub age_limit: u8,
    /// How requests leave. Default: `redirect`.
    #[serde(default)]
    pub binding: RequestBinding,
    /// Whether one key of ours serves both purposes. Default: `one`.
    #[serde(default)]
    pub keys: KeyMode,
    /// Whether people may come through the eIDAS network from other states. Default: no.
    #[serde(default)]
    pub allow_eidas: bool,
    /// Whether answers encrypted by aes128-cbc are accepted. Default: no.
    #[serde(default)]
    pub allow_aes128_cbc: bool,
    /// Whether a logout here also ends the session at NIA. Default: yes.
    #[serde(default = "yes")]
    pub logout: bool,
    /// Seconds the clocks may differ. Default: 90, at most 300.
    #[serde(default = "ninety")]
    pub skew_seconds: u16,
    /// Seconds an answer may be old. Default: 300, at most 3600.
    #[serde(default = "three_hundred")]
    pub max_age_seconds: u16,
}

/// What kind of service asks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SpType {
    /// A public body.
    #[default]
    Public,
    /// Anybody else.
    Private,
}

/// A level of assurance of eIDAS. Ordered, weakest first.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Deserialize,
    serde::Serialize,
    JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Assurance {
    /// "nízká".
    Low,
    /// "značná".
    #[default]
    Substantial,
    /// "vysoká".
    High,
}

impl SpType {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Private => "private",
        }
    }
}

const fn six_hours() -> u32 {
    360
}

fn fpsts() -> String {
    "urn:microsoft:cgg2010:fpsts".to_owned()
}

fn names_and_birth() -> Vec<FactKind> {
    vec![
        FactKind::GivenName,
        FactKind::FamilyName,
        FactKind::BirthDate,
    ]
}

const fn of_age() -> u8 {
    18
}

const fn yes() -> bool {
    true
}

const fn ninety() -> u16 {
    90
}

const fn three_hundred() -> u16 {
    300
}
