//! Who is calling the token endpoint? Client authentication, one registered method each.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use axum::http::{HeaderMap, header};
use chrono::{DateTime, TimeDelta, Utc};
use josekit::jwk::Jwk;
use serde_json::{Map, Value};

use super::client::{AuthMethod, Client, Clients};
use super::error::OAuthError;
use super::form::Parameters;
use super::jose;

/// RFC 7523.
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// What a client may sign with.
pub const ASYMMETRIC: [&str; 4] = ["RS256", "RS512", "PS512", "ES512"];
/// And with its secret.
pub const SYMMETRIC: [&str; 2] = ["HS256", "HS512"];
/// An assertion of a client must end within this time.
const LONGEST: TimeDelta = TimeDelta::minutes(5);
/// Clocks differ by so much.
const SKEW: TimeDelta = TimeDelta::seconds(60);

/// `jti` of assertions that were taken.
#[derive(Debug, Default)]
pub struct Used(Mutex<BTreeSet<(String, String)>>);

impl Used {
    fn take(&self, client_id: &str, id: &str) -> bool {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert((client_id.to_owned(), id.to_owned()))
    }
}

/// The client that sent a form to `endpoint`, by the method it is registered with.
pub async fn client(
    clients: &Clients,
    used: &Used,
    headers: &HeaderMap,
    form: &Parameters,
    endpoints: &[String],
    now: DateTime<Utc>,
) -> Result<Client, OAuthError> {
    if headers.contains_key(header::AUTHORIZATION) {
        return Err(OAuthError::invalid_client(
            "HTTP authentication is not offered here",
        ));
    }
    let id = match (form.get("client_id"), form.get("client_assertion")) {
        (Some(id), _) => id.to_owned(),
        (None, Some(assertion)) => unverified_issuer(assertion).unwrap_or_default(),
        (None, None) => return Err(OAuthError::invalid_client("client_id is missing")),
    };
    let client = clients
        .lookup(&id)
        .ok_or_else(|| OAuthError::invalid_client("no such client"))?;

    match client.auth_method {
        AuthMethod::ClientSecretPost => check_secret(&client, form)?,
        AuthMethod::ClientSecretJwt | AuthMethod::PrivateKeyJwt => {
            let claims = signed_claims(clients, &client, form).await?;
            check_assertion(&claims, &client.client_id, endpoints, now)?;
            let id = text(&claims, "jti").unwrap_or_default();
            if !used.take(&client.client_id, id) {
                return Err(OAuthError::invalid_client("jti was used before"));
            }
        }
        AuthMethod::TlsClientAuth => {
            return Err(OAuthError::invalid_client(
                "this client proves itself by its certificate",
            ));
        }
    }
    Ok(client)
}

/// The client that sent a form over a connection with this certificate (RFC 8705, 2.1). The registered certificate and no
/// other one counts.
pub fn by_certificate(
    clients: &Clients,
    headers: &HeaderMap,
    form: &Parameters,
    fingerprint: &str,
) -> Result<Client, OAuthError> {
    let secrets = ["client_secret", "client_assertion"];
    if headers.contains_key(header::AUTHORIZATION)
        || secrets.iter().any(|name| form.get(name).is_some())
    {
        return Err(OAuthError::invalid_client(
            "a client proves itself by its certificate and by nothing else",
        ));
    }
    let client = clients
        .lookup(form.get("client_id").unwrap_or_default())
        .filter(|client| client.auth_method == AuthMethod::TlsClientAuth)
        .ok_or_else(|| OAuthError::invalid_client("no such client"))?;
    let registered = client
        .registered_certificate()
        .map_err(|error| OAuthError::invalid_client(format!("the registered one: {error}")))?;
    if registered != fingerprint {
        return Err(OAuthError::invalid_client(
            "the certificate is not the registered one",
        ));
    }
    Ok(client)
}

fn check_secret(client: &Client, form: &Parameters) -> Result<(), OAuthError> {
    let sent = form.get("client_secret").unwrap_or_default();
    let known = client.client_secret.as_deref().unwrap_or_default();
    let same = sent.len() == known.len() && openssl::memcmp::eq(sent.as_bytes(), known.as_bytes());
    if known.is_empty() || !same {
        return Err(OAuthError::invalid_client("the secret is wrong"));
    }
    Ok(())
}

/// Only to know whose keys to ask for; nothing is believed before the signature.
fn unverified_issuer(assertion: &str) -> Option<String> {
    use base64::Engine as _;
    let payload = assertion.split('.').nth(1)?;
    let payload = base64::engine::general_purpose::URL_SAFE_NO_PAD
        .decode(payload)
        .ok()?;
    let claims: Value = serde_json::from_slice(&payload).ok()?;
    Some(claims.get("iss")?.as_str()?.to_owned())
}

async fn signed_claims(
    clients: &Clients,
    client: &Client,
    form: &Parameters,
) -> Result<Map<String, Value>, OAuthError> {
    if form.get("client_assertion_type") != Some(ASSERTION_TYPE) {
        return Err(OAuthError::invalid_client("client_assertion_type is wrong"));
    }
    if form.get("client_secret").is_some() {
        return Err(OAuthError::invalid_request("one proof is enough"));
    }
    let assertion = form
        .get("client_assertion")
        .ok_or_else(|| OAuthError::invalid_client("client_assertion is missing"))?;

    if client.auth_method == AuthMethod::ClientSecretJwt {
        let mut key = Jwk::new("oct");
        key.set_key_value(client.client_secret.as_deref().unwrap_or_default());
        return jose::verify(assertion, &[key], &SYMMETRIC).ok_or_else(|| {
            OAuthError::invalid_client("the signature of client_assertion is wrong")
        });
    }
    // A key that does not fit may be an old one.
    for again in [false, true] {
        let keys = clients.keys(client, again).await.map_err(|error| {
            OAuthError::invalid_client(format!("the keys at jwks_uri: {error}"))
        })?;
        if let Some(claims) = jose::verify(assertion, &keys, &ASYMMETRIC) {
            return Ok(claims);
        }
    }
    Err(OAuthError::invalid_client(
        "the signature of client_assertion is wrong",
    ))
}

fn check_assertion(
    claims: &Map<String, Value>,
    client_id: &str,
    endpoints: &[String],
    now: DateTime<Utc>,
) -> Result<(), OAuthError> {
    let refuse = |what: &str| {
        Err(OAuthError::invalid_client(format!(
            "client_assertion: {what}"
        )))
    };
    if text(claims, "iss") != Some(client_id) || text(claims, "sub") != Some(client_id) {
        return refuse("iss and sub are the client id");
    }
    if !text(claims, "aud").is_some_and(|aud| endpoints.iter().any(|url| url == aud)) {
        return refuse("aud is the address of the token endpoint, as one string");
    }
    if text(claims, "jti").is_none_or(str::is_empty) {
        return refuse("jti is missing");
    }
    let moment = |name: &str| {
        let seconds = claims.get(name).and_then(Value::as_i64)?;
        DateTime::from_timestamp(seconds, 0)
    };
    match (moment("iat"), moment("exp")) {
        (_, Some(until)) if until <= now - SKEW => refuse("it has expired"),
        (_, Some(until)) if until > now + LONGEST + SKEW => refuse("it lives too long"),
        (Some(since), Some(_)) if since > now + SKEW => refuse("it was made in the future"),
        (Some(_), Some(_)) => Ok(()),
        _ => refuse("iat and exp are numbers"),
    }
}

fn text<'c>(claims: &'c Map<String, Value>, name: &str) -> Option<&'c str> {
    claims.get(name).and_then(Value::as_str)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn assertion(change: impl FnOnce(&mut Map<String, Value>)) -> Map<String, Value> {
        let now = Utc::now().timestamp();
        let claims = json!({ "iss": "a", "sub": "a", "aud": "https://b.test/token", "jti": "1", "iat": now, "exp": now + 60 });
        let mut claims = claims.as_object().unwrap().clone();
        change(&mut claims);
        claims
    }

    fn check(claims: &Map<String, Value>) -> Result<(), OAuthError> {
        check_assertion(
            claims,
            "a",
            &["https://b.test/token".to_owned()],
            Utc::now(),
        )
    }

    #[test]
    fn an_assertion_names_the_token_endpoint_and_lives_for_minutes() {
        assert!(check(&assertion(|_| ())).is_ok());
        for (name, wrong) in [
            ("iss", json!("b")),
            ("sub", json!("b")),
            ("aud", json!("https://b.test/")),
            ("aud", json!(["https://b.test/token", "https://c.test/"])),
            ("jti", json!("")),
            ("exp", json!(Utc::now().timestamp() - 120)),
            ("exp", json!(Utc::now().timestamp() + 3600)),
            ("iat", Value::Null),
        ] {
            let claims = assertion(|claims| {
                claims.insert(name.to_owned(), wrong.clone());
            });
            assert!(check(&claims).is_err(), "{name} {wrong}");
        }
    }
}
