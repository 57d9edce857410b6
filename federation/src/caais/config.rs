//! `[provider.NAME] kind = "caais"`.

use schemars::JsonSchema;
use serde::Deserialize;
use url::Url;

use crate::environment::Environment;
use crate::generic::LevelConfig;
use crate::provider::Title;

/// CAAIS, where officers of public bodies log in. For officers only: citizens are never offered it. The administrator of the
/// town registers our addresses `/upstream/NAME/answer` and `/upstream/NAME/logout`, our certificate and the roles there.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CaaisConfig {
    /// Must equal the broker's environment.
    pub environment: Environment,
    /// The name people see. Default: the text of the kind.
    #[serde(default)]
    pub title: Option<Title>,
    /// The issuer, its final slash included. Default: that of the environment; a sandbox has none.
    #[serde(default)]
    pub issuer: Option<String>,
    /// The short code of our configuration there.
    pub client_id: String,
    /// The certificate we show the token endpoint: a name under `[outbound.client_certificate]`.
    pub client_certificate: String,
    /// Identification number of the town (IČO): officers of other offices are refused.
    pub ico: String,
    /// What a login proves: the level agreed in the configuration there, which no token repeats.
    pub level: LevelConfig,
    /// Scopes that are asked. Default: `["openid", "profile", "role", "contact", "subject"]`.
    #[serde(default = "usual")]
    pub scopes: Vec<String>,
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

fn usual() -> Vec<String> {
    ["openid", "profile", "role", "contact", "subject"]
        .map(str::to_owned)
        .to_vec()
}

const fn yes() -> bool {
    true
}

const fn ninety() -> u16 {
    90
}
