//! The ID token: OpenID Connect Core 3.1.3.7, by the library's verifier and the two rules it leaves to the caller.

use chrono::{DateTime, TimeDelta, Utc};
use openidconnect::core::{
    CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm,
};
use openidconnect::{
    AccessToken, AccessTokenHash, ClaimsVerificationError, IdToken, IdTokenClaims, Nonce,
    NonceVerifier, SignatureVerificationError,
};

use super::jws::ALGORITHMS;
use super::provider::{Client, MoreClaims};

pub(super) type Token = IdToken<
    MoreClaims,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;
pub(super) type Claims = IdTokenClaims<MoreClaims, CoreGenderClaim>;

/// Why an ID token does not count.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdTokenRefusal {
    /// Without one nobody is signed in.
    #[error("the answer holds no ID token")]
    Missing,
    /// No signature, or a required claim is missing.
    #[error("the ID token cannot be read")]
    Unreadable,
    /// `iss` is somebody else.
    #[error("another issuer")]
    Issuer,
    /// `aud` is not us, or not only us.
    #[error("another audience")]
    Audience,
    /// `azp` is not us.
    #[error("another authorized party")]
    AuthorizedParty,
    /// `nonce` is missing or of another login.
    #[error("another nonce")]
    Nonce,
    /// Expired, or issued in the future.
    #[error("out of its time")]
    Time,
    /// No signature, an algorithm that is not allowed, a wrong signature, or no key for it.
    #[error("the signature does not hold")]
    Signature(#[source] Option<SignatureVerificationError>),
    /// `at_hash` belongs to another access token.
    #[error("another access token")]
    AccessToken,
    /// Another person than the session's (refresh only).
    #[error("another subject")]
    Subject,
    /// Anything else the library refuses.
    #[error("not acceptable: {0}")]
    Other(String),
}

impl IdTokenRefusal {
    /// Whether the broker may have a new key that we have not seen yet.
    pub(super) fn may_be_a_new_key(&self) -> bool {
        matches!(
            self,
            Self::Signature(Some(SignatureVerificationError::NoMatchingKey))
        )
    }
}

/// Checks a token and hands its claims over.
pub(super) fn verify<'t, N: NonceVerifier>(
    client: &Client,
    token: &'t Token,
    nonce: N,
    access_token: &AccessToken,
    now: DateTime<Utc>,
) -> Result<&'t Claims, IdTokenRefusal> {
    let verifier = client
        .id_token_verifier()
        .set_allowed_algs(ALGORITHMS)
        .set_time_fn(move || now - SKEW)
        .set_issue_time_verifier_fn(move |issued| {
            if issued > now + SKEW {
                Err("issued in the future".to_owned())
            } else {
                Ok(())
            }
        });
    let claims = token.claims(&verifier, nonce)?;
    if claims
        .authorized_party()
        .is_some_and(|party| party.as_str() != client.client_id().as_str())
    {
        return Err(IdTokenRefusal::AuthorizedParty);
    }
    if let Some(expected) = claims.access_token_hash() {
        let found = token
            .signing_alg()
            .ok()
            .zip(token.signing_key(&verifier).ok())
            .and_then(|(alg, key)| AccessTokenHash::from_token(access_token, alg, key).ok());
        if found.as_ref() != Some(expected) {
            return Err(IdTokenRefusal::AccessToken);
        }
    }
    Ok(claims)
}

/// Accepts the token of a refresh, which need not carry a nonce; if it does, it is not the login's business any more
/// (OpenID Connect Core 12.2).
#[expect(
    clippy::unnecessary_wraps,
    reason = "the library's trait wants a result"
)]
pub(super) fn no_nonce(_nonce: Option<&Nonce>) -> Result<(), String> {
    Ok(())
}

impl From<ClaimsVerificationError> for IdTokenRefusal {
    fn from(error: ClaimsVerificationError) -> Self {
        match error {
            ClaimsVerificationError::InvalidIssuer(_) => Self::Issuer,
            ClaimsVerificationError::InvalidAudience(_) => Self::Audience,
            ClaimsVerificationError::InvalidNonce(_) => Self::Nonce,
            ClaimsVerificationError::Expired(_) => Self::Time,
            ClaimsVerificationError::SignatureVerification(why) => Self::Signature(Some(why)),
            other => Self::Other(other.to_string()),
        }
    }
}

/// What two clocks may differ by.
const SKEW: TimeDelta = TimeDelta::seconds(60);
