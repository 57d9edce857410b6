//! How a client proves itself at the token, introspection and revocation endpoints.
//!
//! 1. at most one method is used (RFC 6749, 2.3); 2. the client is known and enabled; 3. the method is the one it is
//! registered for; 4. the secret or assertion is right. An assertion's `jti` counts as used only when the request goes
//! on, see [`Authenticated::go_on`].

mod assertion;
mod basic;

use std::sync::Arc;

use axum::http::{HeaderMap, header};
use chrono::{DateTime, Utc};
use store::{
    Within,
    audit::{Actor, Event},
};
use web::policy::ClientAddress;

use super::{
    error::{Challenge, OAuthError},
    form::ClientForm,
};
use crate::{
    Broker, audit,
    clients::{Authentication, Client},
};

/// A client that proved itself.
#[derive(Debug)]
pub struct Authenticated {
    /// Who.
    pub client: Arc<Client>,
    /// Where it calls from. What is refused to it costs a row as well.
    pub from: ClientAddress,
    assertion: Option<assertion::Used>,
}

impl Authenticated {
    /// The request goes on: an assertion is used up now, and refused when it was before.
    pub async fn go_on(
        &self,
        within: &mut Within<'_>,
        now: DateTime<Utc>,
    ) -> Result<(), OAuthError> {
        match &self.assertion {
            Some(assertion) => assertion.use_up(within, now).await,
            None => Ok(()),
        }
    }

    /// The same outside a transaction, for endpoints that only read.
    pub async fn go_on_alone(&self, broker: &Broker, now: DateTime<Utc>) -> Result<(), OAuthError> {
        if self.assertion.is_none() {
            return Ok(());
        }
        let mut tx = broker.db.begin().await?;
        self.go_on(&mut broker.short_lived.within(&mut tx), now)
            .await?;
        Ok(tx.commit().await?)
    }
}

/// What a request presents.
#[derive(Debug, PartialEq, Eq)]
enum Credentials<'a> {
    Basic { id: String, secrets: Vec<Vec<u8>> },
    Post { id: &'a str, secret: &'a str },
    Assertion { id: Option<&'a str>, jws: &'a str },
    Nothing { id: &'a str },
}

impl Credentials<'_> {
    const fn method(&self) -> Authentication {
        match self {
            Self::Basic { .. } => Authentication::ClientSecretBasic,
            Self::Post { .. } => Authentication::ClientSecretPost,
            Self::Assertion { .. } => Authentication::PrivateKeyJwt,
            Self::Nothing { .. } => Authentication::None,
        }
    }
}

/// Lets a client prove itself; a known client's failure is audited, and its id told to the endpoint's span.
pub async fn authenticate(
    broker: &Broker,
    headers: &HeaderMap,
    form: &ClientForm,
    from: ClientAddress,
    now: DateTime<Utc>,
) -> Result<Authenticated, OAuthError> {
    let credentials = presented(headers, form)?;
    let basic = matches!(credentials, Credentials::Basic { .. }).then_some(Challenge::Basic);
    let claimed = match &credentials {
        Credentials::Basic { id, .. } => id.clone(),
        Credentials::Post { id, .. } | Credentials::Nothing { id } => (*id).to_owned(),
        Credentials::Assertion { id, jws } => assertion::claimed_client(jws, *id)?,
    };
    let refused = |description| OAuthError::invalid_client(description, basic);
    let client = broker
        .clients
        .get(&claimed)
        .ok_or_else(|| refused("client authentication failed"))?;
    tracing::Span::current().record("client.id", client.id.as_str());

    let result = check(broker, &client, &credentials, now).await;
    match result {
        Ok(assertion) => Ok(Authenticated {
            client,
            from,
            assertion,
        }),
        Err(description) => {
            let details = serde_json::json!({ "method": credentials.method().as_str(), "reason": description });
            let actor = Actor::Client(client.id.to_string());
            let event = Event {
                kind: "client.refused",
                actor,
                subject: None,
                details,
            };
            audit::record_refusal(broker, event, from, now).await?;
            Err(refused(description))
        }
    }
}

async fn check(
    broker: &Broker,
    client: &Client,
    credentials: &Credentials<'_>,
    now: DateTime<Utc>,
) -> Result<Option<assertion::Used>, &'static str> {
    if client.disabled_at.is_some() {
        return Err("the client is disabled");
    }
    if credentials.method() != client.authentication {
        return Err("the client is registered for another authentication method");
    }
    let admitted = |secret: &[u8]| client.secrets.iter().any(|held| held.admits(secret, now));
    match credentials {
        Credentials::Basic { secrets, .. } if secrets.iter().any(|secret| admitted(secret)) => {
            Ok(None)
        }
        Credentials::Post { secret, .. } if admitted(secret.as_bytes()) => Ok(None),
        Credentials::Nothing { .. } => Ok(None),
        Credentials::Basic { .. } | Credentials::Post { .. } => Err("client authentication failed"),
        Credentials::Assertion { jws, .. } => {
            assertion::check(broker, client, jws, now).await.map(Some)
        }
    }
}

/// What a request presents, refused when that is two things at once (RFC 6749, 2.3).
fn presented<'a>(headers: &HeaderMap, form: &'a ClientForm) -> Result<Credentials<'a>, OAuthError> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let header = values.next();
    if values.next().is_some() {
        return Err(OAuthError::invalid_request("two Authorization headers"));
    }
    let (id, secret) = (form.get("client_id"), form.get("client_secret"));
    let assertion = assertion::presented(form)?;
    match (header, secret, assertion) {
        (Some(header), None, None) => {
            let (sent_id, secrets) =
                basic::read(header.as_bytes()).ok_or(OAuthError::invalid_client(
                    "the Authorization header is malformed",
                    Some(Challenge::Basic),
                ))?;
            if id.is_some_and(|id| id != sent_id) {
                return Err(OAuthError::invalid_request(
                    "client_id differs from the Authorization header",
                ));
            }
            Ok(Credentials::Basic {
                id: sent_id,
                secrets,
            })
        }
        (None, Some(secret), None) => {
            let id = id.ok_or(OAuthError::invalid_request("client_id is missing"))?;
            Ok(Credentials::Post { id, secret })
        }
        (None, None, Some(jws)) => Ok(Credentials::Assertion { id, jws }),
        (None, None, None) => {
            let id = id.ok_or(OAuthError::invalid_client(
                "the client did not authenticate",
                Some(Challenge::Basic),
            ))?;
            Ok(Credentials::Nothing { id })
        }
        _ => Err(OAuthError::invalid_request(
            "more than one client authentication method",
        )),
    }
}

#[cfg(test)]
mod tests;
