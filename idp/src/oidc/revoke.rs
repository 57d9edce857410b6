//! `POST /oauth2/revoke` (RFC 7009).
//!
//! An access token ends alone; a refresh token ends its whole grant. An unknown token is no error: it is gone already.

use axum::{
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use store::audit::{Actor, Event};
use web::policy::ClientAddress;

use super::{
    client_auth,
    error::{NO_STORE, OAuthError},
    form::ClientForm,
    introspect,
};
use crate::{
    Broker, audit, hash,
    oidc::access_token::AccessToken,
    storage::{access_grant, access_token, refresh_token},
};

/// Revokes a token of the client.
#[tracing::instrument(name = "oidc.revoke", skip_all, fields(client.id))]
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
    let token = form.require("token", "token is missing")?;
    let key = introspect::key_of(&broker, token);

    let mut tx = broker.db.begin().await?;
    authenticated
        .go_on(&mut broker.short_lived.within(&mut tx), now)
        .await?;
    let (revoked, subject) = if let Some(token) = AccessToken::open(&broker.master_key, &key) {
        let stands = token.client_id == client.id && token.expires_at > now;
        (stands && access_token::revoke(&mut tx, &token).await?, None)
    } else {
        let found = refresh_token::find(&mut tx, &hash::sha256(key.as_bytes())).await?;
        match found.filter(|found| found.grant.client_id == client.id) {
            Some(found) => {
                let revoked = access_grant::revoke(&mut tx, found.grant.id, now).await?;
                (revoked, Some(found.grant.account_id.uuid()))
            }
            None => (false, None),
        }
    };
    if revoked {
        let actor = Actor::Client(client.id.to_string());
        let event = Event {
            kind: "token.revoked",
            actor,
            subject,
            details: serde_json::json!({}),
        };
        audit::record(&broker, &mut tx, event, now).await?;
    }
    tx.commit().await?;
    Ok((StatusCode::OK, NO_STORE).into_response())
}
