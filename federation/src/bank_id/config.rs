//! `[provider.NAME] kind = "bank_id"`.

use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;
use url::Url;

use crate::environment::Environment;
use crate::oidc::config::AuthMethod;
use crate::oidc::keys::AssertionAlg;
use crate::oidc::userinfo::Protection;
use crate::provider::Title;

/// Bank iD, by a contract of the town with Bankovní identita, a.s. In its portal stand our addresses `/upstream/NAME/answer`,
/// `/upstream/NAME/logout` (back from a logout), `/upstream/NAME/backchannel-logout`, `/upstream/NAME/events` (notifications)
/// and `/upstream/NAME/jwks`. The host of these addresses decides the identifiers Bank iD gives people: it must never change.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BankIdConfig {
    /// Must equal the broker's environment.
    pub environment: Environment,
    /// The name people see. Default: the text of the kind.
    #[serde(default)]
    pub title: Option<Title>,
    /// Bank iD's issuer, its final slash included. Default: that of the environment; a sandbox has none.
    #[serde(default)]
    pub issuer: Option<String>,
    /// The identifier of our application.
    pub client_id: String,
    /// How we show the token endpoint who we are. Default: `private_key_jwt`.
    #[serde(default)]
    pub auth: BankIdAuth,
    /// The secret, for `client_secret_post`. Default: none.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub client_secret: Option<SecretString>,
    /// How statements of `private_key_jwt` are signed. Default: `PS512`.
    #[serde(default = "ps512")]
    pub assertion_alg: AssertionAlg,
    /// Scopes that the contract has switched on; Bank iD refuses a login that asks for another one. Of these only those
    /// are asked that a login needs. Without `profile.verification` nothing that `/profile` alone tells is vouched for; without
    /// `notification.claims_updated` Bank iD tells of no change and no death. Default: `["openid", "profile.name",
    /// "profile.birthdate", "profile.email", "profile.phonenumber", "profile.addresses", "profile.verification",
    /// "notification.claims_updated"]`.
    #[serde(default = "identify")]
    pub approved: Vec<String>,
    /// Whether people may choose their bank on our own page. Default: yes.
    #[serde(default = "yes")]
    pub show_banks: bool,
    /// Origins that logos of banks may be fetched from, as the list of banks names them (`city-idp check` tells of others). Visitors never
    /// call them. Default: the issuer's.
    #[serde(default)]
    pub logo_origins: Vec<Url>,
    /// How userinfo and profile must be protected, as switched on in the portal. Default: `plain`.
    #[serde(default)]
    pub userinfo_protection: Protection,
    /// Whether a logout here also ends the session there. Default: yes.
    #[serde(default = "yes")]
    pub logout: bool,
    /// Origins a browser may be sent to, and of the addresses that we call there. Default: the issuer's.
    #[serde(default)]
    pub origins: Vec<Url>,
    /// Seconds the clocks may differ. Default: 120, which is the most.
    #[serde(default = "two_minutes")]
    pub skew_seconds: u16,
}

/// How we show Bank iD who we are. It takes no secret in the header.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BankIdAuth {
    /// A statement signed by a key of ours.
    #[default]
    PrivateKeyJwt,
    /// A shared secret in the form.
    ClientSecretPost,
}

impl BankIdAuth {
    pub(super) const fn method(self) -> AuthMethod {
        match self {
            Self::PrivateKeyJwt => AuthMethod::PrivateKeyJwt,
            Self::ClientSecretPost => AuthMethod::ClientSecretPost,
        }
    }
}

impl BankIdConfig {
    /// Whether Bank iD has to know a key of ours.
    pub(crate) fn wants_keys(&self) -> bool {
        self.auth == BankIdAuth::PrivateKeyJwt || self.userinfo_protection == Protection::Encrypted
    }
}

fn identify() -> Vec<String> {
    [
        "openid",
        "profile.name",
        "profile.birthdate",
        "profile.email",
        "profile.phonenumber",
        "profile.addresses",
        "profile.verification",
        "notification.claims_updated",
    ]
    .map(str::to_owned)
    .to_vec()
}

const fn ps512() -> AssertionAlg {
    AssertionAlg::PS512
}

const fn yes() -> bool {
    true
}

const fn two_minutes() -> u16 {
    120
}
