//! `[broker]`: the provider people sign in at. Everything else about it comes from its discovery document.

use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;
use url::Url;

/// `[broker]`: the provider people sign in at. Everything else about it comes from its discovery document.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BrokerConfig {
    /// Issuer identifier, exactly as the provider spells it; discovery is read below it. In production it is https.
    pub issuer: String,
    /// Our client identifier at the provider.
    pub client_id: String,
    /// Our client secret at the provider.
    #[schemars(with = "String")]
    pub client_secret: SecretString,
    /// Scopes we ask for besides `openid`. Without `offline_access` a session is not confirmed at the provider while it
    /// lives; without `city.identity` the page "my identity" knows no verified source; without `city.mandate` people act for
    /// themselves only. Default: profile, email, phone, address, city.identity, city.mandate, offline_access.
    #[serde(default = "scopes")]
    pub scopes: Vec<String>,
    /// Where people manage their account at the provider; linked from "my identity" and the list of devices.
    /// Default: no link.
    #[serde(default)]
    pub account_url: Option<Url>,
}

fn scopes() -> Vec<String> {
    [
        "profile",
        "email",
        "phone",
        "address",
        "city.identity",
        "city.mandate",
        "offline_access",
    ]
    .map(str::to_owned)
    .to_vec()
}
