//! `POST /oauth2/introspect` (RFC 7662).
//!
//! A client learns about its own tokens; an API's own clients about tokens made for that API. To all others every token
//! is inactive.

use std::collections::BTreeSet;

use axum::{
    Json,
    body::Bytes,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use store::{StorageError, Tx};
use web::policy::ClientAddress;

use super::{
    client_auth,
    error::{NO_STORE, OAuthError},
    form::ClientForm,
    stands::stands,
};
use crate::{
    Broker,
    clients::{Authentication, Client},
    hash,
    ids::ClientId,
    mandate::{Chosen, acting_for},
    oidc::access_token::AccessToken,
    storage::{
        access_grant::{AccessGrant, joined},
        access_token::{self, LiveToken},
        pairwise_subject, refresh_token, standing,
    },
};

/// What is said about a token.
#[derive(Debug, Default, Serialize)]
struct Answer {
    active: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exp: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    iat: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    aud: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    iss: Option<String>,
    /// For whom the person acts; an API must never take them for the person alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    acting_for: Option<Value>,
}

/// Says whether a token is good, to those it concerns.
#[tracing::instrument(name = "oidc.introspect", skip_all, fields(client.id))]
pub async fn post(
    State(broker): State<Broker>,
    from: ClientAddress,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, OAuthError> {
    let now = broker.clock.now();
    let form = ClientForm::read(&headers, &body)?;
    let authenticated = client_auth::authenticate(&broker, &headers, &form, from, now).await?;
    let client = authenticated.client.as_ref();
    if client.authentication == Authentication::None {
        return Err(OAuthError::unauthorized_client(
            "the client cannot prove itself",
        ));
    }
    let token = form.require("token", "token is missing")?;

    authenticated.go_on_alone(&broker, now).await?;
    let mut tx = broker.db.read().await?;
    let answer = look(&broker, &mut tx, client, token, now).await?;
    Ok((NO_STORE, Json(answer)).into_response())
}

async fn look(
    broker: &Broker,
    tx: &mut Tx,
    client: &Client,
    token: &str,
    now: DateTime<Utc>,
) -> Result<Answer, OAuthError> {
    let key = key_of(broker, token);
    if let Some(token) = AccessToken::open(&broker.master_key, &key) {
        if !concerns(broker, client, &token) {
            return Ok(Answer::default());
        }
        return match access_token::find_live(tx, token, now).await? {
            Some(live) => access_token_answer(broker, tx, live, now).await,
            None => Ok(Answer::default()),
        };
    }
    let found = refresh_token::find(tx, &hash::sha256(key.as_bytes())).await?;
    let good = found.filter(|found| {
        found.grant.client_id == client.id
            && found.revoked_at.is_none()
            && found.used_at.is_none()
            && found.expires_at > now
    });
    let Some(found) = good else {
        return Ok(Answer::default());
    };
    let Some(acting) = acting(broker, tx, &found.grant, now).await? else {
        return Ok(Answer::default());
    };
    Ok(Answer {
        active: true,
        scope: Some(joined(&approved(
            broker,
            &found.grant.client_id,
            &found.grant.scope,
        ))),
        client_id: Some(found.grant.client_id.to_string()),
        exp: Some(found.expires_at.timestamp()),
        sub: Some(found.grant.sub),
        iss: Some(broker.issuer.to_string()),
        acting_for: acting
            .mandate()
            .map(|mandate| acting_for(broker, &client.organisation_id, mandate)),
        ..Answer::default()
    })
}

/// For whom the tokens of a grant speak now; `None` when what it stands on, or the mandate, is no more.
async fn acting(
    broker: &Broker,
    tx: &mut Tx,
    grant: &AccessGrant,
    now: DateTime<Utc>,
) -> Result<Option<Chosen>, StorageError> {
    let Some(client) = broker.clients.get(&grant.client_id) else {
        return Ok(None);
    };
    let (login, session) = (grant.authentication_id, grant.client_session_id);
    let standing = standing::lookup(tx, login, session, now).await?;
    if stands(broker, &client, standing.as_ref(), grant.offline).is_err() {
        return Ok(None);
    }
    let chosen = grant.mandate_id;
    let acting = Chosen::lookup(broker, tx, &client, grant.account_id, chosen, now).await?;
    Ok(acting.ok())
}

/// What of the scopes that were granted the client is still approved for.
fn approved(broker: &Broker, client_id: &ClientId, scope: &BTreeSet<String>) -> BTreeSet<String> {
    let client = broker.clients.get(client_id);
    client.map_or_else(BTreeSet::new, |client| {
        scope.intersection(&client.scopes).cloned().collect()
    })
}

/// What says to us what the token stands for: itself, or the `jti` of one that we signed.
pub(super) fn key_of(broker: &Broker, token: &str) -> String {
    if !token.contains('.') {
        return token.to_owned();
    }
    let claims = broker.keys.verify_own(token).unwrap_or_default();
    claims
        .get("jti")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

/// The caller holds the token, or speaks for the API it is for.
fn concerns(broker: &Broker, client: &Client, token: &AccessToken) -> bool {
    let audience = token
        .resource_id
        .as_ref()
        .and_then(|id| broker.clients.resource(id));
    token.client_id == client.id
        || audience.is_some_and(|resource| resource.introspected_by.contains(&client.id))
}

async fn access_token_answer(
    broker: &Broker,
    tx: &mut Tx,
    live: LiveToken,
    now: DateTime<Utc>,
) -> Result<Answer, OAuthError> {
    let LiveToken { token, grant } = live;
    let acting = if let Some(grant) = &grant {
        acting(broker, tx, grant, now).await?
    } else {
        let client = broker.clients.get(&token.client_id);
        let is_let_in = client.is_some_and(|client| client.disabled_at.is_none());
        is_let_in.then_some(Chosen::Own)
    };
    let Some(acting) = acting else {
        return Ok(Answer::default());
    };
    let resource = token
        .resource_id
        .as_ref()
        .and_then(|id| broker.clients.resource(id));
    let sub = match (&grant, &resource) {
        (None, _) => Some(token.client_id.to_string()),
        (Some(grant), None) => Some(grant.sub.clone()),
        // As the token says it: towards the organisation of the API.
        (Some(grant), Some(resource)) => {
            pairwise_subject::find(tx, &resource.organisation_id, grant.account_id).await?
        }
    };
    Ok(Answer {
        active: true,
        scope: Some(joined(&approved(broker, &token.client_id, &token.scope))),
        client_id: Some(token.client_id.to_string()),
        token_type: Some("Bearer"),
        exp: Some(token.expires_at.timestamp()),
        iat: Some(token.created_at.timestamp()),
        sub,
        acting_for: acting.mandate().and_then(|mandate| {
            let organisation = match &resource {
                Some(resource) => resource.organisation_id.clone(),
                None => broker
                    .clients
                    .get(&token.client_id)?
                    .organisation_id
                    .clone(),
            };
            Some(acting_for(broker, &organisation, mandate))
        }),
        aud: Some(resource.map_or_else(
            || broker.issuer.to_string(),
            |resource| resource.uri.clone(),
        )),
        iss: Some(broker.issuer.to_string()),
    })
}
