//! `/bank_id/logout`: a service ends the login in this browser, and the other services hear of it.

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use serde_json::Value;

use super::auth::COOKIE;
use super::notice::{Flaw, logout_token, send_logout};
use crate::oidc::error::OAuthError;
use crate::oidc::form::Parameters;
use crate::oidc::refusal::Stop;
use crate::oidc::request;
use crate::page::{self, MessagePage};
use crate::world::World;

/// By query.
pub async fn get(
    State(world): State<World>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Stop> {
    let query = query.unwrap_or_default();
    end(&world, &headers, &Parameters::read(query.as_bytes())?)
}

/// By form.
pub async fn post(
    State(world): State<World>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Stop> {
    end(&world, &headers, &Parameters::from_body(&headers, &body)?)
}

fn end(world: &World, headers: &HeaderMap, parameters: &Parameters) -> Result<Response, Stop> {
    let provider = &world.bank_id().provider;
    let result = check(world, parameters);
    let outcome = match &result {
        Ok(_) => "ok",
        Err(error) => error.code,
    };
    provider.note("logout", parameters, outcome);
    let (client_id, address) = result?;

    let session = COOKIE.read(headers);
    if let Some(session) = session.and_then(|id| provider.sessions.remove(&id)) {
        for (other, subject) in session.participants {
            if other != client_id {
                tokio::spawn(tell(world.clone(), other, subject));
            }
        }
    }
    let cookie = [(header::SET_COOKIE, COOKIE.clear())];
    if let Some(address) = address {
        return Ok((cookie, Redirect::to(&address)).into_response());
    }
    let page = page::page(&MessagePage {
        title: "Jste odhlášeni",
        text: "Přihlášení bankovní identitou v tomto prohlížeči skončilo.",
        link: None,
    });
    Ok((cookie, page).into_response())
}

/// Whose token it is, and where the browser goes.
fn check(world: &World, parameters: &Parameters) -> Result<(String, Option<String>), OAuthError> {
    let provider = &world.bank_id().provider;
    let hint = parameters.need("id_token_hint")?;
    let claims = provider
        .own_token(hint)
        .ok_or_else(|| OAuthError::invalid_request("id_token_hint is not ours"))?;
    let client = claims
        .get("aud")
        .and_then(Value::as_str)
        .and_then(|id| provider.clients.lookup(id))
        .ok_or_else(|| OAuthError::invalid_request("id_token_hint is of no client"))?;
    let Some(address) = parameters.get("post_logout_redirect_uri") else {
        return Ok((client.client_id, None));
    };
    if !client
        .post_logout_redirect_uris
        .iter()
        .any(|one| one == address)
    {
        return Err(OAuthError::invalid_request(
            "post_logout_redirect_uri is not registered",
        ));
    }
    let state: Vec<_> = parameters
        .get("state")
        .map(|state| ("state", state))
        .into_iter()
        .collect();
    let address = request::address(address, &state);
    Ok((client.client_id, Some(address)))
}

/// Back-channel logout of another client of the same session.
async fn tell(world: World, client_id: String, subject: String) {
    let Some(client) = world.bank_id().provider.clients.lookup(&client_id) else {
        return;
    };
    if client.backchannel_logout_uri.is_none() {
        return;
    }
    match logout_token(&world, &client, &subject, Flaw::None).await {
        Ok(token) => drop(send_logout(&world, &client, token, Flaw::None).await),
        Err(error) => tracing::warn!(%error, "bank_id.logout_not_told"),
    }
}
