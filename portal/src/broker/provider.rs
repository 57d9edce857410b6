//! Discovery and keys: fetched when first needed, the last good copies kept.

use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreClaimName, CoreClaimType, CoreClientAuthMethod,
    CoreErrorResponseType, CoreGenderClaim, CoreGrantType, CoreJsonWebKey, CoreJsonWebKeySet,
    CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm, CoreJwsSigningAlgorithm,
    CoreResponseMode, CoreResponseType, CoreRevocableToken, CoreRevocationErrorResponse,
    CoreSubjectIdentifierType, CoreTokenIntrospectionResponse, CoreTokenType,
};
use openidconnect::{
    AdditionalClaims, AdditionalProviderMetadata, AuthType, ClientId, ClientSecret,
    EmptyExtraTokenFields, EndSessionUrl, EndpointMaybeSet, EndpointNotSet, EndpointSet,
    IdTokenFields, ProviderMetadata, RedirectUrl, StandardErrorResponse, StandardTokenResponse,
};
use outbound::{Fetched, Guard, JSON, LastGood, Outbound, OutboundError, Target};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use url::Url;

use super::http::Http;

/// The broker, as configured; what it says about itself is fetched when first needed.
#[derive(Debug, Clone)]
pub struct Broker(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    issuer: String,
    client_id: String,
    client_secret: SecretString,
    scopes: Vec<String>,
    redirect_uri: RedirectUrl,
    target: Target,
    discovery: LastGood<Metadata>,
    /// The key set, and the address it came from: a new discovery document may name another.
    keys: Mutex<Option<(Url, LastGood<CoreJsonWebKeySet>)>>,
}

/// What the broker says about itself, with its keys.
#[derive(Debug, Clone)]
pub struct Provider {
    /// The discovery document.
    pub metadata: Arc<Metadata>,
    /// The keys that sign tokens.
    pub keys: Arc<CoreJsonWebKeySet>,
}

/// Why the broker cannot be used now.
#[derive(Debug, Clone, thiserror::Error)]
pub enum BrokerError {
    /// Waiting helps.
    #[error("the broker cannot be reached")]
    Unreachable(#[source] OutboundError),
    /// Its operator has to look.
    #[error("the broker's answer cannot be used")]
    Misbehaving(#[source] Arc<dyn Error + Send + Sync>),
}

impl Broker {
    /// A client of the provider at `issuer`. Nothing is fetched yet.
    pub fn new(
        issuer: &str,
        client_id: &str,
        client_secret: SecretString,
        scopes: &[String],
        redirect_uri: &Url,
        outbound: &Outbound,
    ) -> Result<Self, url::ParseError> {
        let target = outbound.target_tried_after("broker", RECOVERY);
        let document = Url::parse(&format!(
            "{}/.well-known/openid-configuration",
            issuer.trim_end_matches('/')
        ))?;
        let expected = issuer.to_owned();
        let discovery = LastGood::new(
            target.clone(),
            document,
            Guard::Operator,
            HOUR,
            move |fetched, _| read_metadata(fetched, &expected),
        );
        Ok(Self(Arc::new(Inner {
            issuer: issuer.to_owned(),
            client_id: client_id.to_owned(),
            client_secret,
            scopes: scopes.to_vec(),
            redirect_uri: RedirectUrl::from_url(redirect_uri.clone()),
            target,
            discovery: discovery.expecting(JSON).retry_after(RECOVERY),
            keys: Mutex::default(),
        })))
    }

    /// The issuer, as configured; discovery must say the same.
    pub fn issuer(&self) -> &str {
        &self.0.issuer
    }

    /// Our client identifier.
    pub fn client_id(&self) -> &str {
        &self.0.client_id
    }

    /// The discovery document alone.
    pub async fn metadata(&self, now: DateTime<Utc>) -> Result<Arc<Metadata>, BrokerError> {
        Ok(self.0.discovery.get(now).await?)
    }

    /// Discovery document and keys.
    pub async fn provider(&self, now: DateTime<Utc>) -> Result<Provider, BrokerError> {
        let metadata = self.metadata(now).await?;
        let keys = self.key_set(metadata.jwks_uri().url()).get(now).await?;
        Ok(Provider { metadata, keys })
    }

    /// As [`Broker::provider`], for one who missed a key: the key set is younger than a minute, however often one asks.
    pub async fn provider_with_new_keys(
        &self,
        now: DateTime<Utc>,
    ) -> Result<Provider, BrokerError> {
        let metadata = self.metadata(now).await?;
        let keys = self
            .key_set(metadata.jwks_uri().url())
            .get_within(MINUTE, now)
            .await?;
        Ok(Provider { metadata, keys })
    }

    pub(super) fn scopes(&self) -> &[String] {
        &self.0.scopes
    }

    pub(super) fn http(&self) -> Http {
        Http::new(self.0.target.clone())
    }

    /// The library's client, with the addresses of this moment.
    pub(super) fn client(&self, provider: &Provider) -> Client {
        let metadata =
            Metadata::clone(&provider.metadata).set_jwks(CoreJsonWebKeySet::clone(&provider.keys));
        let auth = if by_post_only(&metadata) {
            AuthType::RequestBody
        } else {
            AuthType::BasicAuth
        };
        Client::from_provider_metadata(
            metadata,
            ClientId::new(self.0.client_id.clone()),
            Some(ClientSecret::new(
                self.0.client_secret.expose_secret().to_owned(),
            )),
        )
        .set_redirect_uri(self.0.redirect_uri.clone())
        .set_auth_type(auth)
    }

    fn key_set(&self, address: &Url) -> LastGood<CoreJsonWebKeySet> {
        let mut held = self.0.keys.lock().unwrap_or_else(PoisonError::into_inner);
        match &*held {
            Some((known, keys)) if known == address => keys.clone(),
            _ => {
                let keys = LastGood::new(
                    self.0.target.clone(),
                    address.clone(),
                    Guard::Operator,
                    HOUR,
                    read_keys,
                )
                .retry_after(RECOVERY);
                *held = Some((address.clone(), keys.clone()));
                keys
            }
        }
    }
}

/// `client_secret_basic` unless the provider names its methods and that one is not among them.
fn by_post_only(metadata: &Metadata) -> bool {
    metadata
        .token_endpoint_auth_methods_supported()
        .is_some_and(|methods| {
            !methods.contains(&CoreClientAuthMethod::ClientSecretBasic)
                && methods.contains(&CoreClientAuthMethod::ClientSecretPost)
        })
}

/// OpenID Connect Discovery 4.3: the issuer must be exactly the one the document was asked from.
fn read_metadata(
    fetched: &Fetched,
    issuer: &str,
) -> Result<Metadata, Box<dyn Error + Send + Sync>> {
    let metadata: Metadata = serde_json::from_slice(&fetched.body)?;
    if metadata.issuer().as_str() != issuer {
        return Err("the discovery document names another issuer".into());
    }
    if metadata.token_endpoint().is_none() {
        return Err("the discovery document names no token endpoint".into());
    }
    Ok(metadata)
}

fn read_keys(
    fetched: &Fetched,
    _before: Option<&CoreJsonWebKeySet>,
) -> Result<CoreJsonWebKeySet, Box<dyn Error + Send + Sync>> {
    let keys: CoreJsonWebKeySet = serde_json::from_slice(&fetched.body)?;
    if keys.keys().is_empty() {
        return Err("the key set holds no key that can be used".into());
    }
    Ok(keys)
}

impl From<OutboundError> for BrokerError {
    fn from(error: OutboundError) -> Self {
        match error {
            error @ (OutboundError::Unavailable { .. } | OutboundError::Forbidden { .. }) => {
                Self::Unreachable(error)
            }
            error @ OutboundError::Unacceptable { .. } => Self::Misbehaving(Arc::new(error)),
        }
    }
}

/// What discovery says beyond the library's own fields.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct MoreMetadata {
    /// RP-Initiated Logout.
    pub end_session_endpoint: Option<EndSessionUrl>,
    /// RFC 9207: every authorization response carries `iss`.
    #[serde(default)]
    pub authorization_response_iss_parameter_supported: bool,
}

impl AdditionalProviderMetadata for MoreMetadata {}

/// The one claim of an ID token beyond the library's own.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct MoreClaims {
    /// The broker's session with us (Back-Channel Logout 2.1).
    pub sid: Option<String>,
}

impl AdditionalClaims for MoreClaims {}

/// The discovery document.
pub type Metadata = ProviderMetadata<
    MoreMetadata,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

pub(super) type IdTokenIn = IdTokenFields<
    MoreClaims,
    EmptyExtraTokenFields,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;
pub(super) type TokenAnswer = StandardTokenResponse<IdTokenIn, CoreTokenType>;
pub(super) type TokenError = StandardErrorResponse<CoreErrorResponseType>;

/// The library's client for our claims.
pub(super) type Client = openidconnect::Client<
    MoreClaims,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    TokenError,
    TokenAnswer,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// How long the broker is left alone after it failed. People wait for it to sign in, and one request a second hurts nobody:
/// signing in works again within a moment of the broker's return.
const RECOVERY: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);
