//! `/bank_id/auth`: takes what services ask. Every check comes before anything is shown or sent.

use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Redirect, Response};

use super::bank;
use super::consent;
use super::scope;
use crate::oidc::back::end_in_error;
use crate::oidc::error::OAuthError;
use crate::oidc::form::Parameters;
use crate::oidc::proof::Proof;
use crate::oidc::provider::Session;
use crate::oidc::refusal::Stop;
use crate::oidc::request::{self, Rules};
use crate::oidc::sso::SsoCookie;
use crate::oidc::visit::Visit;
use crate::random;
use crate::world::World;

/// Single sign-on at Bank iD.
pub const COOKIE: SsoCookie = SsoCookie::named("sandbox-bank-id");

const RULES: Rules = Rules {
    needs_state_and_nonce: true,
    scopes: &scope::NAMES,
    acr: Some("loa3"),
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
    let provider = &world.bank_id().provider;
    let addressed = request::addressee(&provider.clients, parameters);
    if let Err(error) = &addressed {
        provider.note("auth", parameters, error.code);
    }
    let (client, redirect_uri) = addressed?;
    let checked =
        request::check(parameters, &client, redirect_uri.clone(), RULES).and_then(known_bank);
    let request = match checked {
        Ok(request) => request,
        Err(error) => {
            provider.note("auth", parameters, error.code);
            return Ok(refuse(&redirect_uri, parameters, &error));
        }
    };

    provider.note("auth", parameters, "ok");
    let visit = Visit {
        id: random::hex().map_err(Stop::from)?,
        client,
        place: request.bank.clone(),
        request,
        person: None,
        proof: Proof::default(),
        proved_at: None,
        fault: None,
        ended_at: None,
    };
    let address = format!("/bank_id/begin/{}", visit.id);
    tracing::info!(client.id = visit.client.client_id, "bank_id.request");
    provider.visits.put(visit.id.clone(), visit, provider.now());
    Ok(Redirect::to(&address).into_response())
}

fn known_bank(request: request::Request) -> Result<request::Request, OAuthError> {
    let known = |id: &str| bank::by_id(id).is_some_and(bank::Bank::logs_in);
    match &request.bank {
        Some(id) if !known(id) => Err(OAuthError::new(
            StatusCode::BAD_REQUEST,
            "invalid_request",
            "bank_id is unknown",
        )),
        _ => Ok(request),
    }
}

/// The address is proven, so the error goes there.
fn refuse(redirect_uri: &str, parameters: &Parameters, error: &OAuthError) -> Response {
    tracing::warn!(
        error = error.code,
        reason = error.description,
        "bank_id.refused"
    );
    let mut pairs = vec![
        ("error", error.code),
        ("error_description", error.description.as_str()),
    ];
    if let Some(state) = parameters.get("state") {
        pairs.push(("state", state));
    }
    Redirect::to(&request::address(redirect_uri, &pairs)).into_response()
}

/// `GET /bank_id/begin/{visit}`: where a login begins depends on what was asked and who is logged in already.
pub async fn begin(
    State(world): State<World>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Stop> {
    let mut visit = open(&world, &id)?;
    let session = session_for(&world, &visit, &headers);
    if visit.request.prompts("none") {
        return match session {
            Some(session) => {
                take_session(&mut visit, &session);
                let scopes = visit.request.scopes.clone();
                consent::grant(&world, visit, scopes, Some(&session.id))
            }
            None => Ok(end_in_error(
                &world.bank_id().provider,
                visit,
                "login_required",
                "nobody is logged in",
            )),
        };
    }
    let next = match session {
        // `login` is the default, so only a request that asks for something else is spared it.
        Some(session) if visit.request.prompts("consent") && !visit.request.prompts("login") => {
            take_session(&mut visit, &session);
            "consent"
        }
        _ if visit.place.is_some() => "login",
        _ => "banks",
    };
    world.bank_id().provider.save(visit);
    Ok(Redirect::to(&format!("/bank_id/{next}/{id}")).into_response())
}

fn take_session(visit: &mut Visit, session: &Session) {
    visit.person = Some(session.person.clone());
    visit.place.clone_from(&session.place);
    visit.proved_at = Some(session.proved_at);
}

/// The session of the browser, if it is an answer to this request.
fn session_for(world: &World, visit: &Visit, headers: &HeaderMap) -> Option<Session> {
    let provider = &world.bank_id().provider;
    let session = provider.session(COOKIE, headers, visit.request.max_age)?;
    let same_bank = visit.request.bank.is_none() || visit.request.bank == session.place;
    same_bank.then_some(session)
}

/// The visit of a page that has not ended.
pub fn open(world: &World, id: &str) -> Result<Visit, Stop> {
    world.bank_id().provider.visit(id).ok_or_else(Stop::gone)
}
