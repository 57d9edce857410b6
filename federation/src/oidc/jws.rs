//! Compact JWS (RFC 7515): one signature by a key that the provider publishes, over one JSON object.
//!
//! ID tokens, signed userinfo, logout tokens and notifications all pass here first; what their claims mean is judged by
//! whoever asked.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openidconnect::core::CoreJwsSigningAlgorithm as Alg;
use serde_json::{Map, Value};

use super::jwk::{Jwk, KeySet};
use crate::refusal::Refusal;

/// Octets a token may have.
const LONGEST: usize = 64 * 1024;

/// Members that would change how the rest is read (RFC 7515 4.1.11, RFC 7797, RFC 7516).
const FORBIDDEN: [&str; 4] = ["crit", "b64", "zip", "enc"];

/// The claims of a JSON object.
pub(crate) type Claims = Map<String, Value>;

/// A token whose signature holds.
#[derive(Clone)]
pub(crate) struct Signed {
    pub(crate) alg: Alg,
    pub(crate) kid: Option<String>,
    pub(crate) typ: Option<String>,
    pub(crate) claims: Claims,
    /// The key it is by.
    pub(crate) key: Jwk,
}

/// Checks the signature and nothing else. [`Refusal::SigningKeyUnknown`] may mean that the provider has a newer key.
pub(crate) fn open(token: &str, keys: &KeySet, allowed: &[Alg]) -> Result<Signed, Refusal> {
    if token.len() > LONGEST {
        return Err(Refusal::TooLarge);
    }
    let (message, signature) = token.rsplit_once('.').ok_or(Refusal::TokenMalformed)?;
    let (header, payload) = message.split_once('.').ok_or(Refusal::TokenMalformed)?;
    let header = object(header)?;
    if FORBIDDEN.iter().any(|member| header.contains_key(*member)) {
        return Err(Refusal::TokenHeaderForbidden);
    }
    let alg = header
        .get("alg")
        .and_then(|alg| serde_json::from_value::<Alg>(alg.clone()).ok())
        .filter(|alg| allowed.contains(alg))
        .ok_or(Refusal::SignatureAlgorithmForbidden)?;
    let text = |name: &str| match header.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(Refusal::TokenHeaderForbidden),
    };
    let (kid, typ) = (text("kid")?, text("typ")?);
    let claims = object(payload)?;
    let signature = decode(signature)?;

    let fitting = keys.fitting(&alg, kid.as_deref());
    if fitting.is_empty() {
        return Err(Refusal::SigningKeyUnknown);
    }
    let key = fitting
        .into_iter()
        .find(|key| key.verifies(&alg, message.as_bytes(), &signature))
        .ok_or(Refusal::SignatureMismatch)?;
    Ok(Signed {
        alg,
        kid,
        typ,
        claims,
        key: key.clone(),
    })
}

/// Whether a text looks like a token rather than like JSON.
pub(crate) fn looks_like_one(text: &str) -> bool {
    text.split('.').count() == 3 && !text.starts_with('{')
}

fn object(part: &str) -> Result<Claims, Refusal> {
    match serde_json::from_slice(&decode(part)?) {
        Ok(Value::Object(claims)) => Ok(claims),
        _ => Err(Refusal::TokenMalformed),
    }
}

fn decode(part: &str) -> Result<Vec<u8>, Refusal> {
    URL_SAFE_NO_PAD
        .decode(part)
        .map_err(|_| Refusal::TokenMalformed)
}

impl std::fmt::Debug for Signed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signed")
            .field("alg", &self.alg)
            .field("claims", &self.claims.len())
            .finish_non_exhaustive()
    }
}
