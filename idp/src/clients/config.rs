//! `[organisation.*]`, `[client.*]`, `[resource.*]`: who may ask for what. The same shape is kept in the database for
//! clients added by the command line.

use std::collections::BTreeSet;

use federation::{Demand, FactKind, IdentityLevel, LoginLevel, Wanted};
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use url::Url;

use super::{
    Authentication, Client, LocalText, Profile, RefreshPolicy, Resource, client::GrantType,
    jwks::ClientKeys, redirect_uri,
};
use crate::{
    claims::catalogue,
    ids::{ClientId, OrganisationId, ResourceId},
    keys::{Alg, Jwks},
};

/// `[organisation.NAME]`: a body of the town.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OrganisationConfig {
    /// What people call it. No default.
    pub name: LocalText,
}

/// `[resource.NAME]`: an API of the town, for which access tokens are signed JWTs.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ResourceConfig {
    /// Whose API it is; decides the `sub` in its tokens. No default.
    pub organisation: String,
    /// What people call it. No default.
    pub name: LocalText,
    /// Its resource indicator, an absolute address; becomes `aud` to the letter. No default.
    pub uri: String,
    /// Its scopes. They must not be names of ours. No default.
    pub scopes: BTreeSet<String>,
    /// What its tokens are signed with, RS256 or ES256. Default: RS256.
    #[serde(default)]
    pub alg: Alg,
    /// Names of `[client.*]` that may introspect its tokens: the API itself. Default: none.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub introspected_by: BTreeSet<String>,
}

/// `[client.NAME]`: an application; the name is its `client_id`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClientConfig {
    /// Whose application it is: a name of `[organisation.*]`. No default.
    pub organisation: String,
    /// What people call it. No default.
    pub name: LocalText,
    /// One sentence on what it is for, shown on the information page. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<LocalText>,
    /// Where it starts; error pages lead back there. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub home_uri: Option<Url>,
    /// Where it says what it does with data. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub privacy_uri: Option<Url>,
    /// `compatible` or `modern`. Default: `compatible`. `modern` is refused until PAR and DPoP are built.
    #[serde(default)]
    pub profile: Profile,
    /// An application on a person's own device: any port of a loopback redirect URI, schemes of its own, no secret.
    /// Default: false.
    #[serde(default)]
    pub native: bool,
    /// `client_secret_basic`, `client_secret_post`, `private_key_jwt` or `none` (native only). Default:
    /// `client_secret_basic`.
    #[serde(default)]
    pub authentication: Authentication,
    /// Its secret, at least 32 octets; also as `client_secret_file`. Default: none.
    #[serde(default, skip_serializing)]
    #[schemars(with = "Option<String>")]
    pub client_secret: Option<SecretString>,
    /// Its public keys for `private_key_jwt`. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<serde_json::Value>")]
    pub jwks: Option<Jwks>,
    /// Where its public keys are fetched. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks_uri: Option<Url>,
    /// Addresses that answers may go to, compared as strings. In production https and no sandbox, but for those on the device
    /// of who uses a `native` client. Default: none; then it can log nobody in.
    #[serde(default)]
    pub redirect_uris: Vec<String>,
    /// Addresses a browser may go to after logout, compared as strings. In production as those above. Default: none.
    #[serde(default)]
    pub post_logout_redirect_uris: Vec<String>,
    /// Where logout tokens go (back-channel logout). Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backchannel_logout_uri: Option<Url>,
    /// `authorization_code`, `refresh_token`, `client_credentials`. Default: `authorization_code` and `refresh_token`.
    #[serde(default = "code_and_refresh")]
    pub grant_types: BTreeSet<GrantType>,
    /// Scopes it may ask for, those of its resources included. Default: `openid`.
    #[serde(default = "openid")]
    pub scopes: BTreeSet<String>,
    /// Claims it may ask for by name beyond those of its scopes. Default: none.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub claims: BTreeSet<String>,
    /// Names of `[resource.*]` that it may call. Default: none.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub resources: BTreeSet<String>,
    /// `required` or `optional`. Default: `required`.
    #[serde(default)]
    pub pkce: Pkce,
    /// What its ID and logout tokens are signed with: RS256, PS256, ES256 or EdDSA. Default: RS256.
    #[serde(default)]
    pub id_token_alg: Alg,
    /// Sends userinfo as a JWT signed with this algorithm. Default: none, plain JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub userinfo_alg: Option<Alg>,
    /// The least identity level it accepts. Default: `unverified`.
    #[serde(default = "unverified")]
    pub minimum_identity: IdentityLevel,
    /// The least login level it accepts. Default: `single`.
    #[serde(default = "single")]
    pub minimum_login: LoginLevel,
    /// Facts without which a login for it is not complete, such as `family_name`. Default: none.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    #[schemars(with = "BTreeSet<String>")]
    pub required_facts: BTreeSet<FactKind>,
    /// Facts to ask providers for at every login, beyond those of the scopes that are asked. Default: none.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    #[schemars(with = "BTreeSet<String>")]
    pub wanted_facts: BTreeSet<FactKind>,
    /// Names of `[provider.*]` that its people may use, and whose mandates it hears of. Default: all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub providers: Vec<String>,
    /// Names of `[provider.*]` that it may send people to by `idp_hint`. Default: those of `providers`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub idp_hints: Vec<String>,
    /// Scopes that people may leave out on the information page. Default: none, all or nothing.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub optional_scopes: BTreeSet<String>,
    /// Whether people are told on first use who gets what from whom. Default: true.
    #[serde(default = "yes")]
    pub information_page: bool,
    /// When it gets refresh tokens: `never`, `offline` (with the scope `offline_access`) or `session` (always; without
    /// `offline_access` they end with the browser session). Default: `offline`.
    #[serde(default)]
    pub refresh: RefreshPolicy,
}

/// Whether a client must use PKCE.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Pkce {
    /// Requests without it are refused.
    #[default]
    Required,
    /// It is honoured when used.
    Optional,
}

/// A key of an entry that cannot stand, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{key}: {problem}")]
pub struct EntryProblem {
    /// The key inside the entry.
    pub key: &'static str,
    /// What is wrong and the remedy.
    pub problem: String,
}

fn problem(key: &'static str, problem: impl Into<String>) -> EntryProblem {
    EntryProblem {
        key,
        problem: problem.into(),
    }
}

impl ClientConfig {
    /// The client that this entry describes, without secrets.
    pub fn client(&self, id: ClientId) -> Result<Client, EntryProblem> {
        Self::check_id(&id)?;
        self.check_authentication()?;
        self.check_addresses()?;
        self.check_scopes()?;
        let keys = self
            .jwks
            .as_ref()
            .map(ClientKeys::fixed)
            .transpose()
            .map_err(|text| problem("jwks", text))?;
        Ok(Client {
            organisation_id: OrganisationId::new(&self.organisation),
            name: self.name.clone(),
            purpose: self.purpose.clone(),
            home_uri: self.home_uri.clone(),
            privacy_uri: self.privacy_uri.clone(),
            profile: self.profile,
            native: self.native,
            authentication: self.authentication,
            secrets: Vec::new(),
            keys,
            redirect_uris: self.redirect_uris.clone(),
            post_logout_redirect_uris: self.post_logout_redirect_uris.clone(),
            backchannel_logout_uri: self.backchannel_logout_uri.clone(),
            grant_types: self.grant_types.clone(),
            scopes: self.scopes.clone(),
            claims: self.claims.clone(),
            resources: self.resources.iter().map(ResourceId::new).collect(),
            pkce_required: self.native || self.pkce == Pkce::Required,
            id_token_alg: self.id_token_alg,
            userinfo_alg: self.userinfo_alg,
            minimum: Demand::new(self.minimum_identity, self.minimum_login),
            wanted: self.wanted(),
            providers: self.providers.clone(),
            idp_hints: self.idp_hints.clone(),
            optional_scopes: self.optional_scopes.clone(),
            information_page: self.information_page,
            refresh: self.refresh,
            rotate_refresh: self.profile == Profile::Compatible,
            withheld: Vec::new(),
            disabled_at: None,
            id,
        })
    }

    /// The facts it names, each with whether it cannot do without. Those of a scope are wanted when the scope is asked.
    fn wanted(&self) -> Vec<Wanted> {
        self.wanted_facts
            .union(&self.required_facts)
            .map(|&kind| Wanted {
                kind,
                required: self.required_facts.contains(&kind),
            })
            .collect()
    }

    fn check_id(id: &ClientId) -> Result<(), EntryProblem> {
        let id = id.as_str();
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
        if id.is_empty() || id.len() > 64 || !id.bytes().all(plain) {
            return Err(problem(
                "client_id",
                "use up to 64 letters, digits, dots, hyphens and underscores",
            ));
        }
        Ok(())
    }

    fn check_authentication(&self) -> Result<(), EntryProblem> {
        match self.authentication {
            Authentication::None if !self.native => Err(problem(
                "authentication",
                "none is for native applications; set native = true, or choose another",
            )),
            Authentication::None | Authentication::PrivateKeyJwt
                if self.client_secret.is_some() =>
            {
                Err(problem(
                    "client_secret",
                    "is never used with this authentication; remove it",
                ))
            }
            Authentication::PrivateKeyJwt if self.jwks.is_some() == self.jwks_uri.is_some() => Err(
                problem("jwks", "private_key_jwt needs either jwks or jwks_uri"),
            ),
            Authentication::None if self.grant_types.contains(&GrantType::ClientCredentials) => {
                Err(problem(
                    "grant_types",
                    "client_credentials needs a client that proves itself",
                ))
            }
            _ if self.profile == Profile::Modern => Err(problem(
                "profile",
                "modern is not available in this release; use compatible",
            )),
            _ => Ok(()),
        }
    }

    fn check_addresses(&self) -> Result<(), EntryProblem> {
        for (key, uris) in self.lists_of_ways_back() {
            for uri in uris {
                redirect_uri::registrable(uri, self.native)
                    .map_err(|why| problem(key, format!("{uri} cannot be registered: {why}")))?;
            }
        }
        for (key, uri) in self.addresses() {
            if uri.is_some_and(|uri| {
                !matches!(uri.scheme(), "https" | "http") || uri.fragment().is_some()
            }) {
                return Err(problem(
                    key,
                    "must be an http or https address without a fragment",
                ));
            }
        }
        Ok(())
    }

    /// What is fetched, told and linked there, by key.
    pub(crate) fn addresses(&self) -> [(&'static str, Option<&Url>); 4] {
        [
            (
                "backchannel_logout_uri",
                self.backchannel_logout_uri.as_ref(),
            ),
            ("jwks_uri", self.jwks_uri.as_ref()),
            ("home_uri", self.home_uri.as_ref()),
            ("privacy_uri", self.privacy_uri.as_ref()),
        ]
    }

    /// The registered addresses that lead to a server, by key, as registered and as read: all but those of a native application that
    /// end on the person's own device. What is no address at all was refused by [`Self::client`].
    pub(crate) fn ways_back(&self) -> impl Iterator<Item = (&'static str, &str, Url)> {
        let listed = self.lists_of_ways_back().into_iter();
        let all = listed.flat_map(|(key, uris)| uris.iter().map(move |uri| (key, uri)));
        all.filter_map(|(key, uri)| Some((key, uri.as_str(), Url::parse(uri).ok()?)))
            .filter(|(_, _, url)| !(self.native && redirect_uri::ends_on_the_device(url)))
    }

    fn lists_of_ways_back(&self) -> [(&'static str, &[String]); 2] {
        [
            ("redirect_uris", &self.redirect_uris),
            ("post_logout_redirect_uris", &self.post_logout_redirect_uris),
        ]
    }

    /// Whether each scope is one of ours or of an API: a mistyped one would be approved, and never give anything.
    pub fn check_scopes_are_known<'a>(
        &self,
        resources: impl IntoIterator<Item = &'a ResourceConfig>,
    ) -> Result<(), EntryProblem> {
        let of_resources: BTreeSet<&String> = resources
            .into_iter()
            .flat_map(|resource| &resource.scopes)
            .collect();
        let is_known =
            |scope: &&String| catalogue::scope(scope).is_some() || of_resources.contains(scope);
        let mut named = self.scopes.iter().chain(&self.optional_scopes);
        match named.find(|scope| !is_known(scope)) {
            None => Ok(()),
            Some(scope) => Err(problem(
                "scopes",
                format!(
                    "{scope} is neither a scope of ours (docs/reference/claims.md) nor one of a [resource.*]; correct it, or \
                     add the resource"
                ),
            )),
        }
    }

    fn check_scopes(&self) -> Result<(), EntryProblem> {
        if self.grant_types.contains(&GrantType::AuthorizationCode)
            && !self.scopes.contains("openid")
        {
            return Err(problem("scopes", "authorization_code needs openid"));
        }
        if let Some(claim) = self.claims.iter().find(|claim| !catalogue::is_known(claim)) {
            return Err(problem(
                "claims",
                format!("{claim} is no claim of ours; see docs/reference/claims.md"),
            ));
        }
        // Nobody is asked for these but for a service that is told them, approved one by one.
        let is_told = |kind: FactKind| {
            let told = |claim: &catalogue::Claim| {
                claim.fact == Some(kind) && self.claims.contains(claim.name)
            };
            catalogue::CLAIMS.iter().any(told)
        };
        for (key, facts) in [
            ("required_facts", &self.required_facts),
            ("wanted_facts", &self.wanted_facts),
        ] {
            let mut alone = facts.iter().filter(|kind| kind.is_by_name_alone());
            if let Some(kind) = alone.find(|kind| !is_told(**kind)) {
                let kind = kind.as_str();
                return Err(problem(
                    key,
                    format!(
                        "{kind} is asked only for who is told it; approve it under claims, or remove it"
                    ),
                ));
            }
        }
        Ok(())
    }
}

impl ResourceConfig {
    /// The resource that this entry describes.
    pub fn resource(&self, id: ResourceId) -> Result<Resource, EntryProblem> {
        if !matches!(self.alg, Alg::RS256 | Alg::ES256) {
            return Err(problem("alg", "use RS256 or ES256"));
        }
        let is_absolute = |uri: Url| {
            uri.fragment().is_none() && (!uri.cannot_be_a_base() || uri.scheme() == "urn")
        };
        if !Url::parse(&self.uri).is_ok_and(is_absolute) {
            return Err(problem(
                "uri",
                "must be an absolute address without a fragment",
            ));
        }
        if let Some(scope) = self
            .scopes
            .iter()
            .find(|scope| catalogue::scope(scope).is_some())
        {
            return Err(problem(
                "scopes",
                format!("{scope} is a scope of our own; choose another name"),
            ));
        }
        let is_token = |scope: &String| {
            !scope.is_empty()
                && scope
                    .bytes()
                    .all(|b| b.is_ascii_graphic() && b != b'"' && b != b'\\')
        };
        if let Some(scope) = self.scopes.iter().find(|scope| !is_token(scope)) {
            return Err(problem(
                "scopes",
                format!("{scope:?} is not a scope (RFC 6749, 3.3)"),
            ));
        }
        Ok(Resource {
            id,
            uri: self.uri.clone(),
            organisation_id: OrganisationId::new(&self.organisation),
            name: self.name.clone(),
            scopes: self.scopes.clone(),
            alg: self.alg,
            introspected_by: self.introspected_by.iter().map(ClientId::new).collect(),
        })
    }
}

fn code_and_refresh() -> BTreeSet<GrantType> {
    [GrantType::AuthorizationCode, GrantType::RefreshToken].into()
}

fn openid() -> BTreeSet<String> {
    ["openid".to_owned()].into()
}

const fn unverified() -> IdentityLevel {
    IdentityLevel::Unverified
}

const fn single() -> LoginLevel {
    LoginLevel::Single
}

const fn yes() -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(
        clippy::needless_pass_by_value,
        reason = "callers write json! in place"
    )]
    fn entry(more: serde_json::Value) -> Result<Client, EntryProblem> {
        let mut entry = serde_json::json!({ "organisation": "town", "name": { "cs": "Knihovna" } });
        entry
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        serde_json::from_value::<ClientConfig>(entry)
            .unwrap()
            .client(ClientId::new("library"))
    }

    #[test]
    fn an_entry_of_two_lines_is_a_careful_client() {
        let client = entry(serde_json::json!({})).unwrap();

        assert!(client.pkce_required && client.information_page && client.rotate_refresh);
        assert_eq!(client.authentication, Authentication::ClientSecretBasic);
        assert!(client.redirect_uris.is_empty());
    }

    #[test]
    fn what_contradicts_itself_names_the_key() {
        let key = |more| entry(more).unwrap_err().key;

        assert_eq!(
            key(serde_json::json!({ "authentication": "none" })),
            "authentication"
        );
        assert_eq!(
            key(serde_json::json!({ "authentication": "private_key_jwt" })),
            "jwks"
        );
        assert_eq!(
            key(
                serde_json::json!({ "native": true, "authentication": "none", "client_secret": "x" })
            ),
            "client_secret"
        );
        assert_eq!(
            key(serde_json::json!({ "redirect_uris": ["http://town.test/cb"] })),
            "redirect_uris"
        );
        assert_eq!(
            key(serde_json::json!({ "backchannel_logout_uri": "ftp://town.test/" })),
            "backchannel_logout_uri"
        );
        assert_eq!(key(serde_json::json!({ "scopes": ["email"] })), "scopes");
        assert_eq!(
            key(serde_json::json!({ "claims": ["shoe_size"] })),
            "claims"
        );
        assert_eq!(key(serde_json::json!({ "profile": "modern" })), "profile");
        for facts in ["required_facts", "wanted_facts"] {
            let mut more = serde_json::json!({ "claims": ["majority"] });
            more[facts] = serde_json::json!(["majority", "limited_legal_capacity"]);
            assert_eq!(key(more), facts);
        }
    }

    #[test]
    fn what_is_asked_by_name_alone_may_be_wanted_by_who_is_told_it() {
        let client = entry(serde_json::json!({
            "claims": ["maritalstatus"], "wanted_facts": ["marital_status"],
        }));

        assert_eq!(client.unwrap().wanted.len(), 1);
    }

    #[test]
    fn a_scope_is_one_of_ours_or_of_a_resource() {
        let read: ResourceConfig = serde_json::from_value(serde_json::json!({
            "organisation": "town", "name": { "cs": "API" }, "uri": "https://api.test/", "scopes": ["read"],
        }))
        .unwrap();
        let check = |scopes: &[&str], resources: &[ResourceConfig]| {
            let entry = serde_json::json!({ "organisation": "town", "name": { "cs": "X" }, "scopes": scopes });
            let entry: ClientConfig = serde_json::from_value(entry).unwrap();
            entry
                .check_scopes_are_known(resources)
                .map_err(|problem| problem.to_string())
        };

        for scope in catalogue::SCOPES {
            assert_eq!(check(&["openid", scope.name], &[]), Ok(()));
        }
        assert_eq!(check(&["openid", "read"], &[read]), Ok(()));
        for wrong in ["city.residense", "read", "Email", ""] {
            let refused = check(&["openid", wrong], &[]).unwrap_err();
            assert!(
                refused.starts_with(&format!("scopes: {wrong} is neither")),
                "{refused}"
            );
        }
    }

    #[test]
    fn named_facts_are_wanted_at_every_login_and_those_of_approved_scopes_are_not() {
        let client = entry(serde_json::json!({
            "scopes": ["openid", "email", "address"], "required_facts": ["birth_date"],
            "wanted_facts": ["phone", "birth_date"],
        }))
        .unwrap();

        assert_eq!(
            client.wanted,
            [
                Wanted {
                    kind: FactKind::BirthDate,
                    required: true
                },
                Wanted {
                    kind: FactKind::Phone,
                    required: false
                }
            ]
        );
    }
}
