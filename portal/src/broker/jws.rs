//! Signed JSON (RFC 7515, compact form): signed userinfo and logout tokens. ID tokens go through the library's verifier.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openidconnect::core::{
    CoreJsonWebKey, CoreJsonWebKeySet, CoreJsonWebKeyUse, CoreJwsSigningAlgorithm,
};
use openidconnect::{JsonWebKey, JsonWebKeyId};
use serde::Deserialize;
use serde_json::Value;

/// Why a signature does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JwsError {
    /// Not three parts of base64url with JSON in the first two.
    #[error("not a signed JSON document")]
    Malformed,
    /// `none`, a shared secret, an unknown name, or a header we must understand and do not.
    #[error("the algorithm or a header is not allowed")]
    Forbidden,
    /// No key of the set has this identifier.
    #[error("no key fits")]
    UnknownKey,
    /// A key fits and the signature is wrong.
    #[error("the signature is wrong")]
    BadSignature,
}

/// A document whose signature holds.
#[derive(Debug, Clone)]
pub(super) struct Signed {
    pub(super) typ: Option<String>,
    pub(super) claims: Value,
}

#[derive(Deserialize)]
struct Header {
    alg: CoreJwsSigningAlgorithm,
    kid: Option<String>,
    typ: Option<String>,
    crit: Option<Value>,
    b64: Option<Value>,
}

/// The algorithms taken from a provider: signatures by a key it publishes, nothing shared, nothing empty.
pub(super) const ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// Checks the signature and nothing else; what the claims say is the caller's to judge.
pub(super) fn verify(token: &str, keys: &CoreJsonWebKeySet) -> Result<Signed, JwsError> {
    let (signed, signature) = token.rsplit_once('.').ok_or(JwsError::Malformed)?;
    let (header, payload) = signed.split_once('.').ok_or(JwsError::Malformed)?;
    let signature = decode(signature)?;
    let payload = decode(payload)?;
    let raw: Value = json(&decode(header)?)?;
    let header: Header = serde_json::from_value(raw).map_err(|_| JwsError::Forbidden)?;
    if header.crit.is_some() || header.b64.is_some() || !ALGORITHMS.contains(&header.alg) {
        return Err(JwsError::Forbidden);
    }
    let mut fitting = keys
        .keys()
        .iter()
        .filter(|key| fits(key, header.kid.as_deref()))
        .peekable();
    if fitting.peek().is_none() {
        return Err(JwsError::UnknownKey);
    }
    if !fitting.any(|key| {
        key.verify_signature(&header.alg, signed.as_bytes(), &signature)
            .is_ok()
    }) {
        return Err(JwsError::BadSignature);
    }
    Ok(Signed {
        typ: header.typ,
        claims: json(&payload)?,
    })
}

/// All claims of a token whose signature was verified by other means.
pub(super) fn payload_of_verified(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap_or_default();
    decode(payload)
        .and_then(|payload| json(&payload))
        .unwrap_or_default()
}

fn fits(key: &CoreJsonWebKey, kid: Option<&str>) -> bool {
    let usable = key
        .key_use()
        .is_none_or(|purpose| *purpose == CoreJsonWebKeyUse::Signature);
    let named = match (kid, key.key_id()) {
        (Some(kid), Some(key_id)) => key_id == &JsonWebKeyId::new(kid.to_owned()),
        (Some(_), None) | (None, _) => true,
    };
    usable && named
}

fn decode(part: &str) -> Result<Vec<u8>, JwsError> {
    URL_SAFE_NO_PAD
        .decode(part)
        .map_err(|_| JwsError::Malformed)
}

fn json(bytes: &[u8]) -> Result<Value, JwsError> {
    match serde_json::from_slice(bytes) {
        Ok(object @ Value::Object(_)) => Ok(object),
        _ => Err(JwsError::Malformed),
    }
}
