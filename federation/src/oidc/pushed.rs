//! What a provider pushes to us by itself: the logout token of Back-Channel Logout 1.0 (section 2.6), rule by rule:
//!
//! 1. signed by a key of the provider and an algorithm of the configuration, encrypted or not
//! 2. `typ` is absent, `JWT` or `logout+jwt`
//! 3. `iss` is the provider, `aud` holds us
//! 4. `iat` is there, not in the future and not old; `exp`, if there, is not over
//! 5. `sub` or `sid` or both
//! 6. `events` holds the logout event, an object
//! 7. no `nonce`: an ID token must never end a session
//! 8. `jti` is there; whether it was seen before, the broker asks its store

use chrono::TimeDelta;
use serde_json::Value;

use super::id_token::{names, text, time};
use super::jws::Signed;
use crate::answer::ReplayKey;
use crate::assertion::{Realm, UpstreamSession};
use crate::inbound::Event;
use crate::provider::Timestamp;
use crate::refusal::Refusal;

const LOGOUT_EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
/// How old a token without an end may be.
const OLDEST: TimeDelta = TimeDelta::minutes(10);

/// What a pushed token must agree with.
#[derive(Clone, Copy)]
pub(crate) struct Expected<'a> {
    pub(crate) realm: &'a Realm,
    pub(crate) issuer: &'a str,
    pub(crate) client_id: &'a str,
    pub(crate) skew: TimeDelta,
}

/// Reads a logout token whose signature holds.
pub(crate) fn logout(
    signed: &Signed,
    expected: &Expected<'_>,
    now: Timestamp,
) -> Result<Event, Refusal> {
    let claims = &signed.claims;
    let typ = signed.typ.as_deref().unwrap_or("JWT").to_ascii_lowercase();
    if !matches!(typ.trim_start_matches("application/"), "jwt" | "logout+jwt") {
        return Err(Refusal::LogoutTokenType);
    }
    if text(claims, "iss") != Some(expected.issuer) {
        return Err(Refusal::TokenIssuerWrong);
    }
    let is_ours = |audience| names(audience, expected.client_id);
    if !claims.get("aud").is_some_and(is_ours) {
        return Err(Refusal::TokenAudienceWrong);
    }
    let until = until(signed, expected.skew, OLDEST, now)?;
    let (subject, index) = (text(claims, "sub"), text(claims, "sid"));
    if subject.is_none() && index.is_none() {
        return Err(Refusal::LogoutTokenNamesNobody);
    }
    let event = claims
        .get("events")
        .and_then(|events| events.get(LOGOUT_EVENT));
    if !event.is_some_and(Value::is_object) {
        return Err(Refusal::LogoutEventMissing);
    }
    if claims.contains_key("nonce") {
        return Err(Refusal::LogoutTokenNonce);
    }
    let key = replay_key(signed, "logout", expected.realm, until)?;
    Ok(Event::LogoutRequested {
        realm: expected.realm.clone(),
        sessions: vec![UpstreamSession {
            name_id: subject.unwrap_or_default().to_owned(),
            format: None,
            index: index.map(str::to_owned),
            hint: None,
            renewal: None,
        }],
        replay_keys: vec![key],
    })
}

/// Rule 4: until when the token, and so the memory of it, counts; without an end of its own no longer than `oldest`.
pub(crate) fn until(
    signed: &Signed,
    skew: TimeDelta,
    oldest: TimeDelta,
    now: Timestamp,
) -> Result<Timestamp, Refusal> {
    let issued = time(&signed.claims, "iat").ok_or(Refusal::TokenIssueTimeMissing)?;
    if issued > now + skew {
        return Err(Refusal::IssuedInTheFuture);
    }
    let until = match signed.claims.get("exp") {
        Some(_) => time(&signed.claims, "exp").ok_or(Refusal::TokenExpiryMissing)? + skew,
        None => issued + oldest,
    };
    if until <= now {
        return Err(Refusal::TokenExpired);
    }
    Ok(until)
}

/// Rule 8.
pub(crate) fn replay_key(
    signed: &Signed,
    purpose: &str,
    realm: &Realm,
    until: Timestamp,
) -> Result<ReplayKey, Refusal> {
    let jti = text(&signed.claims, "jti").ok_or(Refusal::TokenNameMissing)?;
    Ok(ReplayKey {
        key: format!("oidc:{realm}:{purpose}:{}", super::digest_of(&[jti])),
        until,
    })
}
