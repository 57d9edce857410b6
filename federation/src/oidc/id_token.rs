//! The ID token (OpenID Connect Core 3.1.3.7), rule by rule:
//!
//! 1. signed by a key of the provider and an algorithm of the configuration ([`super::jws`]), never `none`
//! 2. `sub`, `iat`, `exp` are there
//! 3. `iss` is the provider byte for byte, `aud` is us and nobody else, `exp` is not over, `nonce` is that of this login
//!    (the library's verifier)
//! 4. `iat` is not in the future
//! 5. `azp`, if there, is us
//! 6. `at_hash`, if there, belongs to the access token that came along
//! 7. `auth_time`, if there, is not in the future; after a forced login it is there and later than the departure

use std::str::FromStr;

use chrono::{DateTime, TimeDelta};
use openidconnect::core::{
    CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm as Alg,
};
use openidconnect::{
    AccessToken, AccessTokenHash, ClaimsVerificationError, ClientId, EmptyAdditionalClaims,
    IdToken, IdTokenVerifier, IssuerUrl, JsonWebKeySet, Nonce,
};
use serde_json::Value;

use super::jwk::KeySet;
use super::jws::{self, Claims, Signed};
use crate::provider::Timestamp;
use crate::refusal::Refusal;

type Token =
    IdToken<EmptyAdditionalClaims, CoreGenderClaim, CoreJweContentEncryptionAlgorithm, Alg>;

/// Octets a subject may have (Core 2).
const LONGEST_SUBJECT: usize = 255;

/// What a token must agree with.
#[derive(Clone, Copy)]
pub(crate) struct Expected<'a> {
    pub(crate) issuer: &'a str,
    pub(crate) client_id: &'a str,
    /// That of the login; `None` for an answer to a refresh token, which has none of its own (Core 12.2).
    pub(crate) nonce: Option<&'a str>,
    pub(crate) access_token: &'a str,
    pub(crate) algorithms: &'a [Alg],
    pub(crate) skew: TimeDelta,
    /// How long ago it may have been made.
    pub(crate) oldest: Option<TimeDelta>,
    /// The login had to be a new one, later than this.
    pub(crate) forced_since: Option<Timestamp>,
}

/// What a token says, verified.
#[derive(Clone)]
pub(crate) struct IdClaims {
    pub(crate) subject: String,
    pub(crate) expires_at: Timestamp,
    pub(crate) authenticated_at: Option<Timestamp>,
    /// Everything it says.
    pub(crate) all: Claims,
}

/// Verifies a token. [`Refusal::SigningKeyUnknown`] may mean that the provider has a newer key.
pub(crate) fn verify(
    token: &str,
    keys: &KeySet,
    expected: &Expected<'_>,
    now: Timestamp,
) -> Result<IdClaims, Refusal> {
    let signed = jws::open(token, keys, expected.algorithms)?;
    let claims = &signed.claims;
    let subject = text(claims, "sub").ok_or(Refusal::TokenSubjectMissing)?;
    if subject.len() > LONGEST_SUBJECT || !crate::saml::text::is_safe(subject) {
        return Err(Refusal::NameIdMalformed);
    }
    let issued_at = time(claims, "iat").ok_or(Refusal::TokenIssueTimeMissing)?;
    let expires_at = time(claims, "exp").ok_or(Refusal::TokenExpiryMissing)?;
    if text(claims, "iss") != Some(expected.issuer) {
        return Err(Refusal::TokenIssuerWrong);
    }
    if !claims.contains_key("aud") {
        return Err(Refusal::TokenAudienceWrong);
    }
    by_the_library(token, &signed, expected, now)?;
    if issued_at > now + expected.skew {
        return Err(Refusal::IssuedInTheFuture);
    }
    let is_too_old = |oldest| issued_at + oldest + expected.skew < now;
    if expected.oldest.is_some_and(is_too_old) {
        return Err(Refusal::ResponseTooOld);
    }
    let party = claims.get("azp").filter(|party| !party.is_null());
    if party.is_some_and(|party| party.as_str() != Some(expected.client_id)) {
        return Err(Refusal::TokenPartyWrong);
    }
    check_access_token(&signed, expected.access_token)?;
    let authenticated_at = time(claims, "auth_time");
    if authenticated_at.is_some_and(|at| at > now + expected.skew) {
        return Err(Refusal::AuthnInTheFuture);
    }
    if let Some(since) = expected.forced_since {
        let at = authenticated_at.ok_or(Refusal::AuthTimeMissing)?;
        if at + expected.skew < since {
            return Err(Refusal::AuthnNotFresh);
        }
    }
    Ok(IdClaims {
        subject: subject.to_owned(),
        expires_at,
        authenticated_at,
        all: signed.claims,
    })
}

/// Rule 3, and rule 1 a second time by another hand.
fn by_the_library(
    token: &str,
    signed: &Signed,
    expected: &Expected<'_>,
    now: Timestamp,
) -> Result<(), Refusal> {
    let token = Token::from_str(token).map_err(|_| Refusal::TokenMalformed)?;
    let issuer =
        IssuerUrl::new(expected.issuer.to_owned()).map_err(|_| Refusal::TokenIssuerWrong)?;
    let key = signed.key.named(signed.kid.as_deref());
    let client_id = ClientId::new(expected.client_id.to_owned());
    let skew = expected.skew;
    let verifier =
        IdTokenVerifier::new_public_client(client_id, issuer, JsonWebKeySet::new(vec![key]))
            .set_allowed_algs(expected.algorithms.iter().cloned())
            .set_time_fn(move || now - skew)
            // Rule 4 follows.
            .set_issue_time_verifier_fn(|_| Ok(()));
    let verified = match expected.nonce {
        Some(nonce) => token
            .claims(&verifier, &Nonce::new(nonce.to_owned()))
            .map(drop),
        None => token
            .claims(&verifier, |_: Option<&Nonce>| Ok(()))
            .map(drop),
    };
    verified.map_err(|error| match error {
        ClaimsVerificationError::InvalidIssuer(_) => Refusal::TokenIssuerWrong,
        ClaimsVerificationError::InvalidAudience(_) => Refusal::TokenAudienceWrong,
        ClaimsVerificationError::InvalidNonce(_) => Refusal::NonceWrong,
        ClaimsVerificationError::Expired(_) => Refusal::TokenExpired,
        ClaimsVerificationError::SignatureVerification(_) => Refusal::SignatureMismatch,
        _ => Refusal::TokenHeaderForbidden,
    })
}

/// Rule 6.
fn check_access_token(signed: &Signed, access_token: &str) -> Result<(), Refusal> {
    let Some(claimed) = signed.claims.get("at_hash") else {
        return Ok(());
    };
    let access_token = AccessToken::new(access_token.to_owned());
    let found = AccessTokenHash::from_token(&access_token, &signed.alg, &signed.key)
        .map_err(|_| Refusal::AccessTokenHashWrong)?;
    if claimed.as_str() == Some(found.as_str()) {
        Ok(())
    } else {
        Err(Refusal::AccessTokenHashWrong)
    }
}

/// A text claim; an empty one counts as absent.
pub(crate) fn text<'c>(claims: &'c Claims, name: &str) -> Option<&'c str> {
    claims
        .get(name)
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty())
}

/// A time claim (RFC 7519 NumericDate, a fraction is cut off).
#[expect(
    clippy::cast_possible_truncation,
    reason = "a NumericDate may carry a fraction, which does not matter here"
)]
pub(crate) fn time(claims: &Claims, name: &str) -> Option<Timestamp> {
    let seconds = claims.get(name)?;
    let seconds = seconds
        .as_i64()
        .or_else(|| seconds.as_f64().map(|seconds| seconds as i64))?;
    DateTime::from_timestamp(seconds, 0)
}

/// Whether `aud` is, or holds, this client.
pub(crate) fn names(audience: &Value, client_id: &str) -> bool {
    match audience {
        Value::String(one) => one == client_id,
        Value::Array(several) => several.iter().any(|one| one == client_id),
        _ => false,
    }
}

impl std::fmt::Debug for IdClaims {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IdClaims")
            .field("claims", &self.all.len())
            .finish_non_exhaustive()
    }
}
