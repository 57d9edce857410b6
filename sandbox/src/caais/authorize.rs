//! `/caais/oauth2/authorize`: takes what systems ask. Whatever is wrong ends on a page; nothing is sent back.

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Redirect, Response};

use super::claims::SCOPES;
use crate::oidc::error::OAuthError;
use crate::oidc::form::Parameters;
use crate::oidc::proof::Proof;
use crate::oidc::refusal::Stop;
use crate::oidc::request::{self, Rules};
use crate::oidc::sso::SsoCookie;
use crate::oidc::visit::Visit;
use crate::random;
use crate::world::World;

/// Single sign-on of officials.
pub const COOKIE: SsoCookie = SsoCookie::named("sandbox-caais");

const RULES: Rules = Rules {
    needs_state_and_nonce: false,
    scopes: &SCOPES,
    acr: None,
};

/// By query.
pub async fn get(State(world): State<World>, RawQuery(query): RawQuery) -> Result<Response, Stop> {
    let query = query.unwrap_or_default();
    receive(&world, &Parameters::read(query.as_bytes())?)
}

/// By form.
pub async fn post(
    State(world): State<World>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Stop> {
    receive(&world, &Parameters::from_body(&headers, &body)?)
}

/// A checked request becomes a visit. The browser is sent on by GET: its cookie did not come with a foreign POST.
fn receive(world: &World, parameters: &Parameters) -> Result<Response, Stop> {
    let provider = &world.caais().provider;
    let visit = checked(world, parameters);
    let outcome = match &visit {
        Ok(_) => "ok",
        Err(error) => error.code,
    };
    provider.note("authorize", parameters, outcome);
    let mut visit = visit?;
    visit.id = random::hex()?;
    tracing::info!(client.id = visit.client.client_id, "caais.request");
    let address = format!("/caais/login/{}", visit.id);
    provider.visits.put(visit.id.clone(), visit, provider.now());
    Ok(Redirect::to(&address).into_response())
}

fn checked(world: &World, parameters: &Parameters) -> Result<Visit, OAuthError> {
    let clients = &world.caais().provider.clients;
    let (client, redirect_uri) = request::addressee(clients, parameters)?;
    let request = request::check(parameters, &client, redirect_uri, RULES)?;
    if request
        .challenge
        .as_ref()
        .is_some_and(|challenge| !challenge.hashed)
    {
        return Err(OAuthError::invalid_request("code_challenge_method is S256"));
    }
    Ok(Visit {
        id: String::new(),
        client,
        request,
        place: None,
        person: None,
        proof: Proof::default(),
        proved_at: None,
        fault: None,
        ended_at: None,
    })
}
