//! `GET` and `POST /oauth2/userinfo` (OpenID Connect Core, 5.3).

use axum::{
    Json,
    body::Bytes,
    extract::State,
    http::{HeaderMap, Method, header},
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value};

use super::{
    bearer,
    error::{NO_STORE, OAuthError},
    stands::stands,
};
use crate::{
    Broker,
    claims::release::{self, Told},
    clients::Client,
    mandate::{Chosen, Ended},
    oidc::access_token::AccessToken,
    storage::{
        access_token::{self, LiveToken},
        standing,
    },
};

const NOT_LIVE: OAuthError =
    OAuthError::invalid_token("the access token is unknown, expired or revoked");

/// Tells the holder of an access token about the person.
#[tracing::instrument(name = "oidc.userinfo", skip_all, fields(client.id))]
pub async fn get(
    State(broker): State<Broker>,
    method: Method,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, OAuthError> {
    let now = broker.clock.now();
    let token = bearer::token(&method, &headers, &body)?;
    let token = AccessToken::open(&broker.master_key, &token).ok_or(NOT_LIVE)?;

    let mut tx = broker.db.read().await?;
    let live = access_token::find_live(&mut tx, token, now).await?;
    let LiveToken { token, grant } = live.ok_or(NOT_LIVE)?;
    tracing::Span::current().record("client.id", token.client_id.as_str());
    let client = broker
        .clients
        .get(&token.client_id)
        .filter(|client| client.disabled_at.is_none());
    let client = client.ok_or(OAuthError::invalid_token("the client is disabled"))?;
    let grant = grant.as_ref().ok_or(OAuthError::insufficient_scope(
        "the token speaks for no person",
    ))?;
    if !token.scope.contains("openid") || token.resource_id.is_some() {
        return Err(OAuthError::insufficient_scope(
            "the token is not for userinfo",
        ));
    }
    let standing = standing::lookup(
        &mut tx,
        grant.authentication_id,
        grant.client_session_id,
        now,
    )
    .await?;
    let standing = stands(&broker, &client, standing.as_ref(), grant.offline)
        .map_err(OAuthError::invalid_token)?;

    let chosen = grant.mandate_id;
    let acting = Chosen::lookup(&broker, &mut tx, &client, grant.account_id, chosen, now).await?;
    let acting = acting.map_err(|Ended| OAuthError::invalid_token(Ended::DESCRIPTION))?;

    let told = Told {
        standing,
        acting: &acting,
    };
    let claims =
        release::for_userinfo(&broker, &mut tx, &client, grant, &token.scope, told, now).await?;
    let is_new = release::is_new(&mut tx, grant, &claims, now).await?;
    drop(tx);
    if is_new {
        // Recorded before it leaves.
        let mut tx = broker.db.begin().await?;
        release::record(&broker, &mut tx, &client, grant, &claims, now).await?;
        tx.commit().await?;
    }
    answer(&broker, &client, &grant.sub, claims)
}

/// JSON, or a JWT for a client that asked for one (OpenID Connect Core, 5.3.2).
fn answer(
    broker: &Broker,
    client: &Client,
    sub: &str,
    claims: Map<String, Value>,
) -> Result<Response, OAuthError> {
    let mut said = Map::new();
    said.insert("sub".to_owned(), sub.into());
    said.extend(claims);
    let Some(alg) = client.userinfo_alg else {
        return Ok((NO_STORE, Json(said)).into_response());
    };
    said.insert("iss".to_owned(), broker.issuer.as_str().into());
    said.insert("aud".to_owned(), client.id.as_str().into());
    let jwt = broker.keys.sign(alg, "JWT", &said)?;
    Ok((NO_STORE, [(header::CONTENT_TYPE, "application/jwt")], jwt).into_response())
}
