//! The provider's discovery document (OpenID Connect Discovery 1.0, section 3): typed, and believed only as far as the
//! configuration allows.

use openidconnect::core::{
    CoreAuthDisplay, CoreClaimName, CoreClaimType, CoreClientAuthMethod, CoreGrantType,
    CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm, CoreResponseMode,
    CoreResponseType, CoreSubjectIdentifierType,
};
use openidconnect::{AdditionalProviderMetadata, ProviderMetadata, UserInfoUrl};
use serde::{Deserialize, Serialize};
use url::Url;

use super::jwk::Jwk;
use crate::environment::Environment;

/// What the document says beyond the library's own fields.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct More {
    /// RP-Initiated Logout 1.0.
    #[serde(default)]
    pub(crate) end_session_endpoint: Option<Url>,
    /// RFC 9207: every answer carries `iss`.
    #[serde(default)]
    pub(crate) authorization_response_iss_parameter_supported: bool,
    /// RFC 7636.
    #[serde(default)]
    pub(crate) code_challenge_methods_supported: Option<Vec<String>>,
    /// Bank iD: claims asked from the bank at this moment. Not in OpenID Connect.
    #[serde(default)]
    pub(crate) profile_endpoint: Option<Url>,
}

impl AdditionalProviderMetadata for More {}

/// The discovery document.
pub(crate) type Metadata = ProviderMetadata<
    More,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    Jwk,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

/// What a document must agree with.
#[derive(Debug, Clone)]
pub(crate) struct Rules {
    /// Compared byte for byte: `https://op.example` and `https://op.example/` are two issuers.
    pub(crate) issuer: String,
    /// Outside of the sandbox every address is https.
    pub(crate) environment: Environment,
    /// Where browsers may be sent.
    pub(crate) origins: Vec<String>,
    /// Whether what we call ourselves must be there too. Some providers have their token endpoint on a host of its own.
    pub(crate) are_all_there: bool,
}

/// What is wrong with a document.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MetadataProblem {
    #[error("the document is not a discovery document: {0}")]
    Unreadable(#[from] serde_json::Error),
    #[error("the document names another issuer")]
    Issuer,
    #[error("the document has no {0}")]
    Missing(&'static str),
    #[error("{0} is not https")]
    NotHttps(&'static str),
    #[error("{0} is at an origin that is not configured")]
    ForeignOrigin(&'static str),
}

/// Reads a document and holds it against the rules.
pub(crate) fn read(document: &[u8], rules: &Rules) -> Result<Metadata, MetadataProblem> {
    let metadata: Metadata = serde_json::from_slice(document)?;
    // Discovery 4.3: exactly the issuer that it was asked from.
    if metadata.issuer().as_str() != rules.issuer {
        return Err(MetadataProblem::Issuer);
    }
    let token = metadata
        .token_endpoint()
        .ok_or(MetadataProblem::Missing("token_endpoint"))?;
    let more = metadata.additional_metadata();
    let authorization = metadata.authorization_endpoint().url();
    let browsers = [
        ("authorization_endpoint", Some(authorization)),
        ("end_session_endpoint", more.end_session_endpoint.as_ref()),
    ];
    let ours = [
        ("token_endpoint", Some(token.url())),
        ("jwks_uri", Some(metadata.jwks_uri().url())),
        (
            "userinfo_endpoint",
            metadata.userinfo_endpoint().map(UserInfoUrl::url),
        ),
        ("profile_endpoint", more.profile_endpoint.as_ref()),
    ];
    for (name, url) in browsers.iter().chain(&ours) {
        let is_plain = url.is_some_and(|url| url.scheme() != "https");
        if is_plain && rules.environment != Environment::Sandbox {
            return Err(MetadataProblem::NotHttps(name));
        }
    }
    let ours = ours.into_iter().filter(|_| rules.are_all_there);
    for (name, url) in browsers.into_iter().chain(ours) {
        let is_foreign =
            url.is_some_and(|url| !rules.origins.contains(&url.origin().ascii_serialization()));
        if is_foreign {
            return Err(MetadataProblem::ForeignOrigin(name));
        }
    }
    Ok(metadata)
}
