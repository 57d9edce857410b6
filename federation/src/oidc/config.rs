//! The part of an OpenID provider's configuration that all of them share.

use std::sync::Arc;

use chrono::TimeDelta;
use openidconnect::core::CoreJwsSigningAlgorithm as Alg;
use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::Url;

use super::keys::{AssertionAlg, JoseKeys};
use super::metadata::Rules;
use super::token::ClientAuth;
use crate::registry::{ConfigProblem, Place};
use crate::saml::config::check_address;

/// How we show the token endpoint who we are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AuthMethod {
    /// A shared secret in the header.
    #[default]
    ClientSecretBasic,
    /// A shared secret in the form.
    ClientSecretPost,
    /// A statement signed by a key of ours, which the provider reads at `/upstream/{provider}/jwks`.
    PrivateKeyJwt,
}

/// An algorithm that tokens of a provider may be signed by. There is no `none` and nothing symmetric.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum TokenAlg {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    RS256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    RS384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    RS512,
    /// RSASSA-PSS with SHA-256.
    PS256,
    /// RSASSA-PSS with SHA-384.
    PS384,
    /// RSASSA-PSS with SHA-512.
    PS512,
    /// ECDSA on P-256.
    ES256,
    /// ECDSA on P-384.
    ES384,
    /// ECDSA on P-521.
    ES512,
    /// Ed25519.
    EdDSA,
}

impl TokenAlg {
    pub(crate) const fn on_the_wire(self) -> Alg {
        match self {
            Self::RS256 => Alg::RsaSsaPkcs1V15Sha256,
            Self::RS384 => Alg::RsaSsaPkcs1V15Sha384,
            Self::RS512 => Alg::RsaSsaPkcs1V15Sha512,
            Self::PS256 => Alg::RsaSsaPssSha256,
            Self::PS384 => Alg::RsaSsaPssSha384,
            Self::PS512 => Alg::RsaSsaPssSha512,
            Self::ES256 => Alg::EcdsaP256Sha256,
            Self::ES384 => Alg::EcdsaP384Sha384,
            Self::ES512 => Alg::EcdsaP521Sha512,
            Self::EdDSA => Alg::EdDsa,
        }
    }
}

/// How the configuration says who we are.
pub(crate) struct ClientOptions<'c> {
    pub(crate) client_id: &'c str,
    pub(crate) method: AuthMethod,
    pub(crate) secret: Option<&'c SecretString>,
    pub(crate) alg: AssertionAlg,
    pub(crate) audience: Option<&'c str>,
}

impl ClientOptions<'_> {
    /// The way we show who we are; a secret stands there exactly when the method wants one.
    pub(crate) fn auth(
        &self,
        place: &Place<'_>,
        keys: &Arc<dyn JoseKeys>,
    ) -> Result<ClientAuth, ConfigProblem> {
        if self.client_id.is_empty() {
            return Err(place.problem(
                "client_id",
                "is empty",
                "Give the identifier under which the provider knows us.",
            ));
        }
        let secret = self
            .secret
            .filter(|secret| !secret.expose_secret().is_empty());
        match (self.method, secret) {
            (AuthMethod::ClientSecretBasic, Some(secret)) => Ok(ClientAuth::Basic(secret.clone())),
            (AuthMethod::ClientSecretPost, Some(secret)) => Ok(ClientAuth::Post(secret.clone())),
            (AuthMethod::PrivateKeyJwt, None) => Ok(ClientAuth::PrivateKeyJwt {
                alg: self.alg,
                audience: self.audience.map(str::to_owned),
                keys: Arc::clone(keys),
            }),
            (AuthMethod::PrivateKeyJwt, Some(_)) => Err(place.problem(
                "client_secret",
                "private_key_jwt uses no secret",
                "Remove it, or choose client_secret_post.",
            )),
            (_, None) => Err(place.problem(
                "client_secret",
                "is missing",
                "Give client_secret_file, or choose private_key_jwt.",
            )),
        }
    }
}

/// Parses and judges an issuer, and says where browsers may be sent: the given origins, else the issuer's own.
pub(crate) fn rules(
    place: &Place<'_>,
    issuer: &str,
    origins: &[Url],
) -> Result<Rules, ConfigProblem> {
    let remedy = "Copy it from the provider's discovery document, a final slash included.";
    let url = Url::parse(issuer)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https"))
        .filter(|url| url.query().is_none() && url.fragment().is_none())
        .ok_or_else(|| place.problem("issuer", "is not an http address", remedy))?;
    check_address(place, "issuer", &url)?;
    for origin in origins {
        check_address(place, "origins", origin)?;
    }
    let allowed = if origins.is_empty() {
        std::slice::from_ref(&url)
    } else {
        origins
    };
    Ok(Rules {
        issuer: issuer.to_owned(),
        environment: place.environment,
        origins: allowed
            .iter()
            .map(|url| url.origin().ascii_serialization())
            .collect(),
        are_all_there: false,
    })
}

/// Seconds the clocks may differ, and at most that many.
pub(crate) fn skew(place: &Place<'_>, seconds: u16, most: u16) -> Result<TimeDelta, ConfigProblem> {
    if seconds > most {
        return Err(place.problem(
            "skew_seconds",
            format!("is more than {most}"),
            "Keep the clocks right instead.",
        ));
    }
    Ok(TimeDelta::seconds(i64::from(seconds)))
}
