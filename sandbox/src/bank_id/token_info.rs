//! `POST /bank_id/token-info`: is this token still good? (RFC 7662)

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use serde_json::{Value, json};

use super::token;
use crate::oidc::error::Stop;
use crate::oidc::form::Parameters;
use crate::world::World;

/// What is known of a token of the asking client.
pub async fn post(
    State(world): State<World>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, Stop> {
    let bank_id = world.bank_id();
    let provider = &bank_id.provider;
    let form = Parameters::from_body(&headers, &body)?;
    let client = token::caller(bank_id, &headers, &form).await?;
    let sent = form.need("token")?;
    let now = provider.now();

    let access = provider.grants.by_access_token(sent, now);
    let refresh = provider.grants.by_refresh_token(sent, now);
    let (kind, lifetime) = if access.is_some() {
        ("access_token", provider.grants.access_lifetime())
    } else {
        ("refresh_token", provider.grants.refresh_lifetime())
    };
    let found = access
        .or(refresh)
        .filter(|(_, grant)| grant.client_id == client.client_id);
    Ok(Json(match found {
        Some((since, grant)) => json!({
            "active": true,
            "scope": grant.scopes.join(" "),
            "client_id": grant.client_id,
            "token_type": kind,
            "iat": since.timestamp(),
            "exp": (since + lifetime).timestamp(),
            "sub": grant.subject,
            "iss": provider.issuer,
        }),
        None => json!({ "active": false }),
    }))
}
