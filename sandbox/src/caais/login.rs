//! `/caais/login/{visit}`: which official are you? With single sign-on nobody is asked.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum_extra::extract::Form;
use serde::Deserialize;

use super::authorize::COOKIE;
use super::officer::Officer;
use crate::oidc::back::{end, end_in_error};
use crate::oidc::fault::{self, Fault, Moment};
use crate::oidc::grant::Grant;
use crate::oidc::provider::Session;
use crate::oidc::refusal::Stop;
use crate::oidc::visit::Visit;
use crate::page;
use crate::random;
use crate::world::World;

#[derive(Debug, Template)]
#[template(path = "caais/login.html")]
struct Page<'a> {
    visit: &'a Visit,
    officers: &'a [Officer],
    moments: Vec<(Moment, Vec<Fault>)>,
}

/// What the page sends.
#[derive(Debug, Deserialize)]
pub struct Choice {
    /// By key.
    officer: Option<String>,
    /// `cancel`
    action: Option<String>,
    /// What shall be wrong with this login.
    fault: Option<String>,
}

/// The page, unless single sign-on answers.
pub async fn get(
    State(world): State<World>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Stop> {
    let caais = world.caais();
    let visit = caais.provider.visit(&id).ok_or_else(Stop::gone)?;
    if let Some(address) = &visit.ended_at {
        return Ok(Redirect::to(address).into_response());
    }
    let session = caais
        .provider
        .session(COOKIE, &headers, visit.request.max_age)
        .filter(|_| !visit.request.prompts("login"));
    if let Some(session) = session {
        return answer(&world, visit, &session);
    }
    if visit.request.prompts("none") {
        let description = "nobody is logged in";
        return Ok(end_in_error(
            &caais.provider,
            visit,
            "login_required",
            description,
        ));
    }
    Ok(page::leaving(&Page {
        visit: &visit,
        officers: &caais.officers(),
        moments: fault::of_login(caais.controlled().knows),
    }))
}

/// An official was chosen, or nobody.
pub async fn post(
    State(world): State<World>,
    Path(id): Path<String>,
    headers: HeaderMap,
    Form(choice): Form<Choice>,
) -> Result<Response, Stop> {
    let caais = world.caais();
    let mut visit = caais.provider.visit(&id).ok_or_else(Stop::gone)?;
    if let Some(address) = &visit.ended_at {
        return Ok(Redirect::to(address).into_response());
    }
    visit.fault = fault::wished(choice.fault.as_deref(), caais.controlled().knows)?;
    if choice.action.as_deref() == Some("cancel") {
        let description = "the official did not log in";
        return Ok(end_in_error(
            &caais.provider,
            visit,
            "access_denied",
            description,
        ));
    }
    let key = choice.officer.unwrap_or_default();
    let officer = caais
        .officer(&key)
        .ok_or_else(|| Stop::not_offered("the official"))?;
    let session = caais
        .provider
        .log_in(COOKIE, &headers, &officer.key, None)?;
    tracing::info!(officer = officer.key, "caais.logged_in");
    let response = answer(&world, visit, &session)?;
    Ok(([(header::SET_COOKIE, COOKIE.set(&session.id))], response).into_response())
}

/// Sends the browser back with a code.
fn answer(world: &World, visit: Visit, session: &Session) -> Result<Response, Stop> {
    let caais = world.caais();
    let officer = caais.officer(&session.person).ok_or_else(Stop::gone)?;
    let grant = Grant {
        id: random::uuid()?.to_string(),
        client_id: visit.client.client_id.clone(),
        redirect_uri: visit.request.redirect_uri.clone(),
        person: officer.key.clone(),
        // Every client hears the same name of the session.
        place: Some(session_name(&session.id)),
        scopes: visit.request.scopes.clone(),
        nonce: visit.request.nonce.clone(),
        challenge: visit.request.challenge.clone(),
        proved_at: session.proved_at,
        subject: officer.subject(),
        former_subjects: Vec::new(),
        fault: visit.fault,
    };
    let address = caais.provider.way_back(&visit, grant)?;
    Ok(end(&caais.provider, visit, address))
}

/// `sid`: tells nothing about the cookie.
fn session_name(id: &str) -> String {
    let digest = openssl::sha::sha256(format!("city-sandbox caais sid\n{id}").as_bytes());
    let digits: Vec<_> = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    digits.concat()
}
