//! Userinfo (OpenID Connect Core 5.3) and its like: plain, signed, or signed and then encrypted. It must speak of the
//! person of the ID token.

use openidconnect::core::CoreJwsSigningAlgorithm as Alg;
use outbound::{Auth, Fetched, Request, is_media_type};
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::id_token::names;
use super::jwe;
use super::jwk::KeySet;
use super::jws::{self, Claims};
use super::keys::JoseKey;
use super::source::{Source, unavailable};
use super::token::log_trace;
use crate::provider::UpstreamError;
use crate::refusal::Refusal;

/// What userinfo may come as.
const DOCUMENTS: &[&str] = &[
    "application/json",
    "application/*+json",
    "application/jwt",
    "application/jose",
];

/// How userinfo must be protected beyond the connection it comes by. What is protected better is read as well.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Protection {
    /// Not at all: JSON.
    #[default]
    Plain,
    /// Signed by the provider.
    Signed,
    /// Signed by the provider, then encrypted to us.
    Encrypted,
}

/// Fetches what an access token opens. A page instead of a document counts as an outage, and against the provider.
pub(crate) async fn fetch(
    source: &Source,
    endpoint: &Url,
    access_token: &SecretString,
    trace_header: Option<&'static str>,
) -> Result<Fetched, UpstreamError> {
    let request = Request::get(endpoint, source.guard(endpoint))
        .auth(Auth::Bearer(access_token.clone()))
        .expecting(DOCUMENTS);
    let answer = source.claims().send(request).await.map_err(unavailable)?;
    log_trace(&answer, trace_header);
    check_status(&answer)?;
    Ok(answer)
}

/// Whether the endpoint gave anything out (RFC 6750 section 3.1).
pub(super) fn check_status(answer: &Fetched) -> Result<(), UpstreamError> {
    match answer.status.as_u16() {
        200 => Ok(()),
        429 => Err(UpstreamError::Unavailable(
            "userinfo asks us to come later".into(),
        )),
        _ => Err(Refusal::UserinfoRefused.into()),
    }
}

/// What a document must agree with.
#[derive(Clone, Copy)]
pub(crate) struct Expected<'a> {
    pub(crate) issuer: &'a str,
    pub(crate) client_id: &'a str,
    pub(crate) subject: &'a str,
    pub(crate) algorithms: &'a [Alg],
    pub(crate) protection: Protection,
}

/// Reads a document. [`Refusal::SigningKeyUnknown`] may mean that the provider has a newer key.
pub(crate) fn read(
    answer: &Fetched,
    keys: &KeySet,
    own: &[JoseKey],
    expected: &Expected<'_>,
) -> Result<Claims, Refusal> {
    let content_type = answer.content_type.as_deref();
    let claims = if is_media_type(content_type, &["application/jwt", "application/jose"]) {
        let token = std::str::from_utf8(&answer.body).map_err(|_| Refusal::NotUtf8)?;
        let token = token.trim();
        let opened;
        let token = if jwe::looks_like_one(token) {
            opened = jwe::open(token, own)?;
            opened.trim()
        } else if expected.protection == Protection::Encrypted {
            return Err(Refusal::UserinfoNotEncrypted);
        } else {
            token
        };
        if !jws::looks_like_one(token) {
            return Err(Refusal::UserinfoNotSigned);
        }
        let signed = jws::open(token, keys, expected.algorithms)?;
        check_parties(&signed.claims, expected)?;
        signed.claims
    } else {
        if !is_media_type(content_type, outbound::JSON) {
            return Err(Refusal::UserinfoMalformed);
        }
        match expected.protection {
            Protection::Plain => {}
            Protection::Signed => return Err(Refusal::UserinfoNotSigned),
            Protection::Encrypted => return Err(Refusal::UserinfoNotEncrypted),
        }
        match serde_json::from_slice(&answer.body) {
            Ok(Value::Object(claims)) => claims,
            _ => return Err(Refusal::UserinfoMalformed),
        }
    };
    // Core 5.3.2: sub MUST be there and be that of the ID token, or nothing of it may be used.
    if claims.get("sub").and_then(Value::as_str) != Some(expected.subject) {
        return Err(Refusal::UserinfoSubjectWrong);
    }
    Ok(claims)
}

/// Core 5.3.2: `iss` and `aud` should be there; if they are, they must be right. A token made for another purpose carries
/// `nonce` or `events`.
fn check_parties(claims: &Claims, expected: &Expected<'_>) -> Result<(), Refusal> {
    let issuer = claims.get("iss").is_none_or(|iss| iss == expected.issuer);
    let audience = claims
        .get("aud")
        .is_none_or(|audience| names(audience, expected.client_id));
    let purpose = !claims.contains_key("nonce") && !claims.contains_key("events");
    if issuer && audience && purpose {
        Ok(())
    } else {
        Err(Refusal::UserinfoPartiesWrong)
    }
}
