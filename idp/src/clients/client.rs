//! A client, an organisation and a resource as the rules see them: parsed once, shared by every request.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use federation::{Demand, Wanted};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

use super::{Unfit, jwks::ClientKeys, secret::SecretHash};
use crate::{
    claims::catalogue,
    ids::{ClientId, OrganisationId, ResourceId},
    keys::Alg,
};

/// A text in the three languages we speak. English and German fall back to Czech.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LocalText {
    /// Czech; required.
    pub cs: String,
    /// English. Default: the Czech text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub en: Option<String>,
    /// German. Default: the Czech text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub de: Option<String>,
}

impl LocalText {
    /// The text in the language with this code (`cs`, `en`, `de`).
    pub fn get(&self, language: &str) -> &str {
        let other = match language {
            "en" => self.en.as_deref(),
            "de" => self.de.as_deref(),
            _ => None,
        };
        other.unwrap_or(&self.cs)
    }
}

/// A body of the town. Its clients see one `sub` for a person, another organisation's clients another.
#[derive(Clone, Debug)]
pub struct Organisation {
    /// Its key in the configuration.
    pub id: OrganisationId,
    /// What people call it.
    pub name: LocalText,
}

/// How strictly a client is held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Profile {
    /// Ordinary OpenID Connect with PKCE.
    #[default]
    Compatible,
    /// The rules of FAPI 2.0.
    Modern,
}

/// How a client proves itself at the token endpoint. Nothing else is accepted from it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Authentication {
    /// Secret in the `Authorization` header.
    #[default]
    ClientSecretBasic,
    /// Secret in the form.
    ClientSecretPost,
    /// A JWT signed by the client's own key (RFC 7523).
    PrivateKeyJwt,
    /// Nothing: a native application with PKCE.
    None,
}

impl Authentication {
    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ClientSecretBasic => "client_secret_basic",
            Self::ClientSecretPost => "client_secret_post",
            Self::PrivateKeyJwt => "private_key_jwt",
            Self::None => "none",
        }
    }
}

/// When a refresh token is given with a code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RefreshPolicy {
    /// Never.
    Never,
    /// With the scope `offline_access`; it outlives the browser session.
    #[default]
    Offline,
    /// Always; without `offline_access` it ends with the browser session.
    Session,
}

/// An application registered with us.
#[derive(Clone, Debug)]
pub struct Client {
    /// The `client_id` on the wire.
    pub id: ClientId,
    /// Whose application it is.
    pub organisation_id: OrganisationId,
    /// What people call it.
    pub name: LocalText,
    /// One sentence on what it is for, shown on the information page.
    pub purpose: Option<LocalText>,
    /// Where it starts; the way on from our error pages.
    pub home_uri: Option<Url>,
    /// Where it says what it does with data.
    pub privacy_uri: Option<Url>,
    /// How strictly it is held.
    pub profile: Profile,
    /// An application on a person's device: no secret, loopback port free.
    pub native: bool,
    /// How it proves itself.
    pub authentication: Authentication,
    /// SHA-256 of its secrets: the present one and, for a while, the former.
    pub secrets: Vec<SecretHash>,
    /// Its public keys, for `private_key_jwt`.
    pub keys: Option<ClientKeys>,
    /// Where answers may go.
    pub redirect_uris: Vec<String>,
    /// Where a browser may go after logout.
    pub post_logout_redirect_uris: Vec<String>,
    /// Where logout tokens go.
    pub backchannel_logout_uri: Option<Url>,
    /// Grant types it may use, by their name on the wire.
    pub grant_types: BTreeSet<GrantType>,
    /// Scopes approved for it.
    pub scopes: BTreeSet<String>,
    /// Claims approved for it beyond its scopes, to be asked by the `claims` parameter.
    pub claims: BTreeSet<String>,
    /// APIs it may call for people or for itself.
    pub resources: BTreeSet<ResourceId>,
    /// Whether an authorization request without PKCE is refused.
    pub pkce_required: bool,
    /// What its ID and logout tokens are signed with.
    pub id_token_alg: Alg,
    /// Userinfo as a signed JWT instead of JSON.
    pub userinfo_alg: Option<Alg>,
    /// The least it accepts, before any `acr_values`.
    pub minimum: Demand,
    /// Facts it wants to be asked of upstream providers at every login.
    pub wanted: Vec<Wanted>,
    /// Providers its people may use; empty: all.
    pub providers: Vec<String>,
    /// Providers it may name in `idp_hint`; empty: all of `providers`.
    pub idp_hints: Vec<String>,
    /// Scopes that people may leave out there.
    pub optional_scopes: BTreeSet<String>,
    /// Whether people are told on first use who gets what.
    pub information_page: bool,
    /// When it gets refresh tokens.
    pub refresh: RefreshPolicy,
    /// Whether a refresh token is replaced at each use.
    pub rotate_refresh: bool,
    /// Addresses that it registered and that do not fit the environment: they stand in no field above.
    pub withheld: Vec<Unfit>,
    /// Disabled clients get nothing any more.
    pub disabled_at: Option<DateTime<Utc>>,
}

impl Client {
    /// Whether it may ask for this grant type.
    pub fn may(&self, grant_type: GrantType) -> bool {
        self.grant_types.contains(&grant_type)
    }

    /// Whether it may learn a claim: by one of its scopes, or by name.
    pub fn is_approved_for(&self, claim: &str) -> bool {
        self.claims.contains(claim)
            || self
                .scopes
                .iter()
                .filter_map(|scope| catalogue::scope(scope))
                .any(|scope| scope.claims.contains(&claim))
    }

    /// Whether it may send its people to this provider by name.
    pub fn may_hint(&self, provider: &str) -> bool {
        let listed = if self.idp_hints.is_empty() {
            &self.providers
        } else {
            &self.idp_hints
        };
        listed.is_empty() || listed.iter().any(|p| p == provider)
    }
}

/// Grant types of the token endpoint.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum GrantType {
    /// RFC 6749, 4.1.
    AuthorizationCode,
    /// RFC 6749, 6.
    RefreshToken,
    /// RFC 6749, 4.4.
    ClientCredentials,
}

impl GrantType {
    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "authorization_code",
            Self::RefreshToken => "refresh_token",
            Self::ClientCredentials => "client_credentials",
        }
    }
}

/// An API of the town, for which access tokens are signed JWTs (RFC 9068).
#[derive(Clone, Debug)]
pub struct Resource {
    /// Its key in the configuration.
    pub id: ResourceId,
    /// Its `resource` indicator and the token's `aud` (RFC 8707).
    pub uri: String,
    /// Whose API it is; decides the token's `sub`.
    pub organisation_id: OrganisationId,
    /// What people call it.
    pub name: LocalText,
    /// Its scopes.
    pub scopes: BTreeSet<String>,
    /// RS256 or ES256.
    pub alg: Alg,
    /// Clients that may ask about its tokens.
    pub introspected_by: BTreeSet<ClientId>,
}

#[cfg(test)]
pub(crate) mod tests {
    use super::super::ClientConfig;
    use super::*;

    /// A client with defaults and these redirect URIs.
    pub(crate) fn client(id: &str, redirect_uris: &[&str]) -> Client {
        let config: ClientConfig = serde_json::from_value(serde_json::json!({
            "organisation": "town", "name": { "cs": id }, "redirect_uris": redirect_uris,
            "client_secret": "0123456789abcdef0123456789abcdef",
        }))
        .unwrap();
        config.client(ClientId::new(id)).unwrap()
    }

    /// A native client with these redirect URIs.
    pub(crate) fn native(id: &str, redirect_uris: &[&str]) -> Client {
        let config: ClientConfig = serde_json::from_value(serde_json::json!({
            "organisation": "town", "name": { "cs": id }, "redirect_uris": redirect_uris,
            "native": true, "authentication": "none",
        }))
        .unwrap();
        config.client(ClientId::new(id)).unwrap()
    }

    #[test]
    fn a_missing_translation_falls_back_to_czech() {
        let name = LocalText {
            cs: "Knihovna".into(),
            en: Some("Library".into()),
            de: None,
        };

        assert_eq!(
            (name.get("cs"), name.get("en"), name.get("de")),
            ("Knihovna", "Library", "Knihovna")
        );
    }
}
