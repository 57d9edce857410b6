//! `GET /caais/oauth2/end_session`: three parameters must be there, and then the browser goes back.

use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use serde_json::Value;

use super::authorize::COOKIE;
use crate::oidc::error::OAuthError;
use crate::oidc::form::Parameters;
use crate::oidc::refusal::Stop;
use crate::oidc::request;
use crate::world::World;

/// Ends single sign-on in this browser.
pub async fn get(
    State(world): State<World>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Stop> {
    let query = query.unwrap_or_default();
    let parameters = Parameters::read(query.as_bytes())?;
    let provider = &world.caais().provider;
    let address = check(&world, &parameters);
    let outcome = match &address {
        Ok(_) => "ok",
        Err(error) => error.code,
    };
    provider.note("end_session", &parameters, outcome);
    let address = address?;
    if let Some(session) = COOKIE.read(&headers) {
        provider.sessions.remove(&session);
    }
    let cookie = [(header::SET_COOKIE, COOKIE.clear())];
    Ok((cookie, Redirect::to(&address)).into_response())
}

fn check(world: &World, parameters: &Parameters) -> Result<String, OAuthError> {
    let provider = &world.caais().provider;
    let client_id = parameters.need("client_id")?;
    let address = parameters.need("post_logout_redirect_uri")?;
    let hint = parameters.need("id_token_hint")?;
    let client = provider
        .clients
        .lookup(client_id)
        .ok_or_else(|| OAuthError::invalid_request("no such client"))?;
    let registered = &client.post_logout_redirect_uris;
    if !registered.iter().any(|one| one == address) {
        return Err(OAuthError::invalid_request(
            "post_logout_redirect_uri is not registered",
        ));
    }
    let claims = provider.own_token(hint);
    let whose = claims
        .as_ref()
        .and_then(|claims| claims.get("aud"))
        .and_then(Value::as_str);
    if whose != Some(client_id) {
        return Err(OAuthError::invalid_request(
            "id_token_hint is not this client's",
        ));
    }
    let state: Vec<_> = parameters
        .get("state")
        .map(|state| ("state", state))
        .into_iter()
        .collect();
    Ok(request::address(address, &state))
}
