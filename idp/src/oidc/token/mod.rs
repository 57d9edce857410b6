//! `POST /oauth2/token` (RFC 6749, 3.2; OpenID Connect Core, 3.1.3).
//!
//! 1. the form is readable; 2. the client proves itself; 3. it may use the grant type; 4. the rules of that type.
//! Everything stored happens in one transaction; signatures are made after it, so that nobody waits for them.

mod authorization_code;
mod client_credentials;
mod mint;
mod presence;
mod redeemable;
mod refresh_token;

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use serde::Serialize;
use web::policy::ClientAddress;

use super::{
    client_auth,
    error::{NO_STORE, OAuthError},
    form::ClientForm,
};
use crate::{
    Broker,
    clients::{Client, GrantType, Resource},
    ids::ResourceId,
};

/// What a client gets.
#[derive(Debug, Serialize)]
struct Tokens {
    access_token: String,
    token_type: &'static str,
    expires_in: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<String>,
    scope: String,
}

/// The resource that was granted, which may be named again (RFC 8707, 2.2).
fn resource_of(
    broker: &Broker,
    client: &Client,
    granted: Option<&ResourceId>,
    form: &ClientForm,
) -> Result<Option<Arc<Resource>>, OAuthError> {
    let resource = match granted {
        None => None,
        Some(id) => {
            let held = broker
                .clients
                .resource(id)
                .filter(|_| client.resources.contains(id));
            Some(held.ok_or(OAuthError::invalid_target("the resource is no more"))?)
        }
    };
    if form
        .all("resource")
        .all(|named| resource.as_ref().is_some_and(|held| held.uri == named))
    {
        Ok(resource)
    } else {
        Err(OAuthError::invalid_target("the resource was not granted"))
    }
}

/// Gives tokens for a code, a refresh token or the client's own right.
#[tracing::instrument(name = "oidc.token", skip_all, fields(client.id, grant.type))]
pub async fn post(
    State(broker): State<Broker>,
    from: ClientAddress,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, OAuthError> {
    let now = broker.clock.now();
    let form = ClientForm::read(&headers, &body)?;
    let authenticated = client_auth::authenticate(&broker, &headers, &form, from, now).await?;
    let client = &authenticated.client;

    let grant_type = grant_type(&form)?;
    tracing::Span::current().record("grant.type", grant_type.as_str());
    if !client.may(grant_type) {
        return Err(OAuthError::unauthorized_client(
            "the client is not registered for this grant type",
        ));
    }
    let tokens = match grant_type {
        GrantType::AuthorizationCode => {
            authorization_code::redeem(&broker, &authenticated, &form, now).await?
        }
        GrantType::RefreshToken => {
            refresh_token::refresh(&broker, &authenticated, &form, now).await?
        }
        GrantType::ClientCredentials => {
            client_credentials::issue(&broker, &authenticated, &form, now).await?
        }
    };
    metrics::counter!("idp_tokens_issued_total", "grant_type" => grant_type.as_str()).increment(1);
    Ok((NO_STORE, Json(tokens)).into_response())
}

fn grant_type(form: &ClientForm) -> Result<GrantType, OAuthError> {
    match form.require("grant_type", "grant_type is missing")? {
        "authorization_code" => Ok(GrantType::AuthorizationCode),
        "refresh_token" => Ok(GrantType::RefreshToken),
        "client_credentials" => Ok(GrantType::ClientCredentials),
        _ => Err(OAuthError::unsupported_grant_type()),
    }
}
