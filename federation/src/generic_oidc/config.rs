//! `[provider.NAME] kind = "oidc"`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;
use url::Url;

use crate::assertion::TrustFramework;
use crate::environment::Environment;
use crate::fact::FactKind;
use crate::generic::LevelConfig;
use crate::oidc::config::{AuthMethod, TokenAlg};
use crate::oidc::keys::AssertionAlg;
use crate::oidc::userinfo::Protection;
use crate::provider::Title;

/// Any OpenID Connect provider: MojeID, a neighbouring town, a university. Register with it the address
/// `/upstream/NAME/answer`; where they are used also `/upstream/NAME/logout` (back from a logout),
/// `/upstream/NAME/backchannel-logout` and `/upstream/NAME/jwks`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GenericOidcConfig {
    /// Must equal the broker's environment.
    pub environment: Environment,
    /// The name people see.
    pub title: Title,
    /// The provider's issuer, byte for byte as its discovery document names it, a final slash included.
    pub issuer: String,
    /// Our identifier at the provider.
    pub client_id: String,
    /// How we show the token endpoint who we are. Default: `client_secret_basic`.
    #[serde(default)]
    pub auth: AuthMethod,
    /// The secret, for the two methods that use one. Default: none.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub client_secret: Option<SecretString>,
    /// How statements of `private_key_jwt` are signed. Default: `RS256`.
    #[serde(default)]
    pub assertion_alg: AssertionAlg,
    /// For whom statements of `private_key_jwt` are made. Default: the token endpoint; newer providers want their issuer.
    #[serde(default)]
    pub assertion_audience: Option<String>,
    /// How the provider may sign tokens. Default: `["RS256", "PS256", "ES256"]`.
    #[serde(default = "usual")]
    pub algorithms: Vec<TokenAlg>,
    /// Scopes that are always asked. Default: `["openid"]`.
    #[serde(default = "openid")]
    pub scopes: Vec<String>,
    /// Scopes that are asked only when a login wants one of these facts: `scope_for.email = ["email"]`. Default: none.
    #[serde(default)]
    pub scope_for: BTreeMap<String, Vec<FactKind>>,
    /// What each fact is called: `claim.given_name = "given_name"`. Default: none, nothing is taken.
    #[serde(default)]
    pub claim: BTreeMap<FactKind, String>,
    /// Facts that the person told the provider themself. An e-mail address without `email_verified` and a phone number
    /// without `phone_number_verified` are so in any case. Default: e-mail and phone; take one off only where the provider is known
    /// to check it, since it then proves an address to be this person's.
    #[serde(default = "crate::generic::contact")]
    pub self_stated: Vec<FactKind>,
    /// Facts without which nobody can log in. Default: none.
    #[serde(default)]
    pub required: Vec<FactKind>,
    /// Whether claims are asked one by one, by the parameter `claims`, and the level as essential. Default: no.
    #[serde(default)]
    pub claims_parameter: bool,
    /// The claim that identifies the person. Default: `sub`.
    #[serde(default = "sub")]
    pub subject_claim: String,
    /// What an `acr` means: `[provider.NAME.level."urn:…"] identity = "town", login = "multi"`. One that is not listed is
    /// refused.
    #[serde(default)]
    pub level: BTreeMap<String, LevelConfig>,
    /// What a login without an `acr` means. Default: it is refused.
    #[serde(default)]
    pub level_without_acr: Option<LevelConfig>,
    /// Whether the wanted levels are asked for by `acr_values`. Default: yes.
    #[serde(default = "yes")]
    pub request_level: bool,
    /// Under which rules the provider identifies people: `agreement` or `cz_aml`. Default: `agreement`.
    #[serde(default)]
    pub trust_framework: Rules,
    /// Whether userinfo is asked. Default: yes.
    #[serde(default = "yes")]
    pub userinfo: bool,
    /// How userinfo must be protected. Default: `plain`.
    #[serde(default)]
    pub userinfo_protection: Protection,
    /// Whether the provider can be made to authenticate anew (`prompt=login`, checked by `auth_time`). Default: yes.
    #[serde(default = "yes")]
    pub forceable: bool,
    /// Whether a logout here also ends the session there. Default: yes.
    #[serde(default = "yes")]
    pub logout: bool,
    /// Origins a browser may be sent to. Default: the issuer's.
    #[serde(default)]
    pub origins: Vec<Url>,
    /// Seconds the clocks may differ. Default: 90, at most 300.
    #[serde(default = "ninety")]
    pub skew_seconds: u16,
}

/// The rules under which a provider identifies people. What the state alone may say is not among them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Rules {
    /// An agreement between the town and the provider.
    #[default]
    Agreement,
    /// The Czech law against money laundering.
    CzAml,
}

impl GenericOidcConfig {
    /// Whether the provider has to know a key of ours.
    pub(crate) fn wants_keys(&self) -> bool {
        self.auth == AuthMethod::PrivateKeyJwt || self.userinfo_protection == Protection::Encrypted
    }
}

impl Rules {
    pub(super) const fn framework(self) -> TrustFramework {
        match self {
            Self::Agreement => TrustFramework::Agreement,
            Self::CzAml => TrustFramework::CzAml,
        }
    }
}

fn usual() -> Vec<TokenAlg> {
    vec![TokenAlg::RS256, TokenAlg::PS256, TokenAlg::ES256]
}

fn openid() -> Vec<String> {
    vec!["openid".to_owned()]
}

fn sub() -> String {
    "sub".to_owned()
}

const fn yes() -> bool {
    true
}

const fn ninety() -> u16 {
    90
}
