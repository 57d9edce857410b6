//! The logout token (OpenID Connect Back-Channel Logout 1.0, section 2.6), rule by rule:
//!
//! 1. signed by a key of the broker, never `none`, never a shared secret
//! 2. `typ` is absent, `JWT` or `logout+jwt`
//! 3. `iss` is the broker, `aud` holds us
//! 4. `iat` is not in the future, `exp` is there and not over
//! 5. `sub` or `sid` or both
//! 6. `events` holds the logout event, an object
//! 7. no `nonce`: an ID token must never end a session
//! 8. `jti` is there; whether it was seen before, the caller asks the store

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use super::jws::{self, JwsError, Signed};
use super::provider::{Broker, BrokerError};
use super::userinfo::names;

/// A logout the broker really asked for. Whether it is a repetition is still to be asked by `jti`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogoutToken {
    /// The token's own name.
    pub jti: String,
    /// Whose sessions end; all of them when `sid` is absent.
    pub subject: Option<String>,
    /// Which session of the broker ended.
    pub sid: Option<String>,
    /// When the broker said so, by its own clock.
    pub issued_at: DateTime<Utc>,
    /// Until when the token, and so the memory of it, counts.
    pub until: DateTime<Utc>,
}

/// Why no logout token was accepted.
#[derive(Debug, thiserror::Error)]
pub enum LogoutTokenError {
    /// The token is wrong.
    #[error("the logout token is refused: {0}")]
    Refused(#[from] LogoutTokenRefusal),
    /// The broker's keys are not at hand; it should ask again.
    #[error(transparent)]
    Broker(#[from] BrokerError),
}

/// What is wrong with a logout token; one reason each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LogoutTokenRefusal {
    /// Rule 1.
    #[error("{0}")]
    Signature(JwsError),
    /// Rule 2.
    #[error("it is a token of another type")]
    Type,
    /// Rule 3.
    #[error("it has another issuer")]
    Issuer,
    /// Rule 3.
    #[error("it has another audience")]
    Audience,
    /// Rule 4.
    #[error("it has no iat, or one in the future")]
    IssuedAt,
    /// Rule 4.
    #[error("it has no exp, or expired")]
    Expired,
    /// Rule 5.
    #[error("it names neither a subject nor a session")]
    Nobody,
    /// Rule 6.
    #[error("it carries no logout event")]
    Event,
    /// Rule 7.
    #[error("it carries a nonce")]
    Nonce,
    /// Rule 8.
    #[error("it has no jti")]
    NoName,
    /// Rule 8, found out by the store.
    #[error("it was used before")]
    Replayed,
}

impl Broker {
    /// Checks a logout token. One signed by a key we have not seen gets a second try with the keys of this minute.
    pub async fn check_logout_token(
        &self,
        token: &str,
        now: DateTime<Utc>,
    ) -> Result<LogoutToken, LogoutTokenError> {
        let provider = self.provider(now).await?;
        let signed = match jws::verify(token, &provider.keys) {
            Err(JwsError::UnknownKey) => {
                jws::verify(token, &self.provider_with_new_keys(now).await?.keys)
            }
            verdict => verdict,
        };
        let signed = signed.map_err(LogoutTokenRefusal::Signature)?;
        Ok(read(&signed, self.issuer(), self.client_id(), now)?)
    }
}

fn read(
    signed: &Signed,
    issuer: &str,
    client_id: &str,
    now: DateTime<Utc>,
) -> Result<LogoutToken, LogoutTokenRefusal> {
    let claims = &signed.claims;
    let typ = signed.typ.as_deref().unwrap_or("JWT").to_ascii_lowercase();
    if !matches!(typ.trim_start_matches("application/"), "jwt" | "logout+jwt") {
        return Err(LogoutTokenRefusal::Type);
    }
    if text(claims, "iss") != Some(issuer) {
        return Err(LogoutTokenRefusal::Issuer);
    }
    if !claims.get("aud").is_some_and(|aud| names(aud, client_id)) {
        return Err(LogoutTokenRefusal::Audience);
    }
    let issued_at = time(claims, "iat")
        .filter(|issued| *issued <= now + SKEW)
        .ok_or(LogoutTokenRefusal::IssuedAt)?;
    let until = time(claims, "exp")
        .map(|expires| expires + SKEW)
        .filter(|until| *until > now)
        .ok_or(LogoutTokenRefusal::Expired)?;
    let (subject, sid) = (text(claims, "sub"), text(claims, "sid"));
    if subject.is_none() && sid.is_none() {
        return Err(LogoutTokenRefusal::Nobody);
    }
    if !claims
        .get("events")
        .and_then(|events| events.get(EVENT))
        .is_some_and(Value::is_object)
    {
        return Err(LogoutTokenRefusal::Event);
    }
    if claims.get("nonce").is_some() {
        return Err(LogoutTokenRefusal::Nonce);
    }
    let jti = text(claims, "jti").ok_or(LogoutTokenRefusal::NoName)?;
    Ok(LogoutToken {
        jti: jti.to_owned(),
        subject: subject.map(str::to_owned),
        sid: sid.map(str::to_owned),
        issued_at,
        until,
    })
}

fn text<'c>(claims: &'c Value, name: &str) -> Option<&'c str> {
    claims
        .get(name)
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty())
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a NumericDate may carry a fraction, which does not matter here"
)]
fn time(claims: &Value, name: &str) -> Option<DateTime<Utc>> {
    let seconds = claims.get(name)?;
    let seconds = seconds
        .as_i64()
        .or_else(|| seconds.as_f64().map(|seconds| seconds as i64))?;
    DateTime::from_timestamp(seconds, 0)
}

const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// What two clocks may differ by.
const SKEW: TimeDelta = TimeDelta::seconds(60);
