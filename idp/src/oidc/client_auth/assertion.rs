//! `private_key_jwt` (RFC 7523, 2.2 and 3; OpenID Connect Core, 9).

use chrono::{DateTime, Duration, Utc};
use serde_json::{Map, Value};
use store::Within;

use super::super::{error::OAuthError, form::ClientForm};
use crate::{
    Broker,
    clients::{Client, ClientKeys},
    hash,
    ids::ClientId,
    keys::Unverified,
};

#[cfg(test)]
mod mutation;

/// The only kind of assertion.
const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// How far a client's clock may be off.
const SKEW: i64 = 60;

/// Seconds an assertion may be good for.
const LONGEST: i64 = 3600;

/// An assertion that was right, and is remembered until it would expire.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Used {
    key: String,
    until: DateTime<Utc>,
}

impl Used {
    /// Remembers it; refused when it is remembered already.
    pub(super) async fn use_up(
        &self,
        within: &mut Within<'_>,
        now: DateTime<Utc>,
    ) -> Result<(), OAuthError> {
        if within
            .put_if_absent(&self.key, b"1", self.until - now, now)
            .await?
        {
            Ok(())
        } else {
            Err(OAuthError::invalid_client(
                "the client assertion was used before",
                None,
            ))
        }
    }
}

/// The assertion of a form; its type and itself come together.
pub(super) fn presented(form: &ClientForm) -> Result<Option<&str>, OAuthError> {
    match (
        form.get("client_assertion_type"),
        form.get("client_assertion"),
    ) {
        (None, None) => Ok(None),
        (Some(TYPE), Some(jws)) => Ok(Some(jws)),
        (Some(TYPE), None) => Err(OAuthError::invalid_request("client_assertion is missing")),
        _ => Err(OAuthError::invalid_client(
            "client_assertion_type must be jwt-bearer",
            None,
        )),
    }
}

/// Whom an assertion claims to be from; nothing is proved yet.
pub(super) fn claimed_client(jws: &str, client_id: Option<&str>) -> Result<String, OAuthError> {
    let refused = OAuthError::invalid_client("the client assertion is malformed", None);
    let Ok(unverified) = Unverified::parse(jws) else {
        return Err(refused);
    };
    let claimed = unverified.claimed().get("sub").and_then(Value::as_str);
    match claimed {
        Some(claimed) if client_id.is_none_or(|id| id == claimed) => Ok(claimed.to_owned()),
        _ => Err(refused),
    }
}

/// Verifies an assertion of `client`.
pub(super) async fn check(
    broker: &Broker,
    client: &Client,
    jws: &str,
    now: DateTime<Utc>,
) -> Result<Used, &'static str> {
    let keys = client.keys.as_ref().ok_or("the client has no keys")?;
    let token_endpoint = broker.issuer.address("/oauth2/token");
    let audiences = [broker.issuer.as_str(), &token_endpoint];
    verify(jws, &client.id, keys, &audiences, now).await
}

/// Signature first, then claims.
async fn verify(
    jws: &str,
    client_id: &ClientId,
    keys: &ClientKeys,
    audiences: &[&str],
    now: DateTime<Utc>,
) -> Result<Used, &'static str> {
    let unverified = Unverified::parse(jws).map_err(|_| "the client assertion is malformed")?;
    let signed = keys.verify(&unverified, now).await.map_err(|error| {
        tracing::warn!(client.id = %client_id, error = %error, "the client's keys cannot be fetched");
        "the client's keys cannot be fetched"
    })?;
    if !signed {
        return Err("the client assertion is not signed by the client");
    }
    check_claims(unverified.claimed(), client_id.as_str(), audiences, now)
}

/// `iss` and `sub` are the client, `aud` is one of ours and alone, the times fit, `jti` is there.
fn check_claims(
    claims: &Map<String, Value>,
    client_id: &str,
    audiences: &[&str],
    now: DateTime<Utc>,
) -> Result<Used, &'static str> {
    let text = |name| claims.get(name).and_then(Value::as_str);
    if text("iss") != Some(client_id) || text("sub") != Some(client_id) {
        return Err("iss and sub of the client assertion must be the client");
    }
    let audience = match claims.get("aud") {
        Some(Value::String(audience)) => audience.as_str(),
        Some(Value::Array(list)) => match list.as_slice() {
            [Value::String(audience)] => audience.as_str(),
            _ => return Err("aud of the client assertion must be one value"),
        },
        _ => return Err("aud of the client assertion is missing"),
    };
    if !audiences.contains(&audience) {
        return Err("aud of the client assertion is not this server");
    }
    let seconds = |name: &str| match claims.get(name) {
        None => Ok(None),
        // Fractions are numbers too (RFC 7519, 2).
        #[expect(
            clippy::cast_possible_truncation,
            reason = "saturates, and what is far off is refused"
        )]
        Some(value) => value
            .as_f64()
            .map(|at| Some(at as i64))
            .ok_or("a time of the client assertion is no number"),
    };
    let now_seconds = now.timestamp();
    let exp = seconds("exp")?.ok_or("exp of the client assertion is missing")?;
    if exp <= now_seconds {
        return Err("the client assertion has expired");
    }
    if exp > now_seconds + LONGEST + SKEW {
        return Err("exp of the client assertion is too far ahead");
    }
    if [seconds("iat")?, seconds("nbf")?]
        .into_iter()
        .flatten()
        .any(|at| at > now_seconds + SKEW)
    {
        return Err("the client assertion is from the future");
    }
    let jti = text("jti")
        .filter(|jti| !jti.is_empty())
        .ok_or("jti of the client assertion is missing")?;
    Ok(Used {
        key: format!(
            "assertion:{}",
            hash::sha256_text(format!("{client_id}\n{jti}").as_bytes())
        ),
        until: now + Duration::seconds(exp - now_seconds + SKEW),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ISSUER: &str = "https://id.town.test";

    fn refusal(change: impl FnOnce(&mut Map<String, Value>)) -> Option<&'static str> {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let mut claims = serde_json::json!({
            "iss": "app", "sub": "app", "aud": ISSUER, "exp": 1_800_000_060, "iat": 1_800_000_000, "jti": "1",
        });
        change(claims.as_object_mut().unwrap());
        check_claims(
            claims.as_object().unwrap(),
            "app",
            &[ISSUER, "https://id.town.test/oauth2/token"],
            now,
        )
        .err()
    }

    fn with(name: &'static str, value: Value) -> Option<&'static str> {
        refusal(|claims| drop(claims.insert(name.to_owned(), value)))
    }

    #[test]
    fn an_assertion_for_us_is_taken() {
        assert_eq!(refusal(|_| ()), None);
        assert_eq!(with("aud", serde_json::json!([ISSUER])), None);
        assert_eq!(
            with("aud", "https://id.town.test/oauth2/token".into()),
            None
        );
        assert_eq!(with("iat", 1_800_000_008.into()), None);
    }

    #[test]
    fn each_wrong_claim_is_refused_for_itself() {
        assert_eq!(
            with("sub", "other".into()),
            Some("iss and sub of the client assertion must be the client")
        );
        assert_eq!(
            with("iss", "other".into()),
            Some("iss and sub of the client assertion must be the client")
        );
        assert_eq!(
            with("aud", "https://evil.test".into()),
            Some("aud of the client assertion is not this server")
        );
        assert_eq!(
            with("aud", serde_json::json!([ISSUER, "x"])),
            Some("aud of the client assertion must be one value")
        );
        assert_eq!(
            with("exp", 1_800_000_000.into()),
            Some("the client assertion has expired")
        );
        assert_eq!(
            with("exp", 1_800_090_000.into()),
            Some("exp of the client assertion is too far ahead")
        );
        assert_eq!(
            with("exp", "soon".into()),
            Some("a time of the client assertion is no number")
        );
        assert_eq!(
            with("nbf", 1_800_000_061.into()),
            Some("the client assertion is from the future")
        );
        assert_eq!(
            with("iat", 1_800_003_000.into()),
            Some("the client assertion is from the future")
        );
        assert_eq!(
            with("jti", "".into()),
            Some("jti of the client assertion is missing")
        );
        assert_eq!(
            refusal(|claims| drop(claims.remove("jti"))),
            Some("jti of the client assertion is missing")
        );
        assert_eq!(
            refusal(|claims| drop(claims.remove("exp"))),
            Some("exp of the client assertion is missing")
        );
        assert_eq!(
            refusal(|claims| drop(claims.remove("aud"))),
            Some("aud of the client assertion is missing")
        );
    }
}
