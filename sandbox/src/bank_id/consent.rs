//! `/bank_id/consent/{visit}`: what may the service know? Each scope can be left out.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum_extra::extract::Form;
use serde::Deserialize;

use super::auth::{COOKIE, open};
use super::bank::Bank;
use super::claims::Facts;
use super::login::bank_of;
use super::scope::{CATALOGUE, OPENID};
use crate::nia::persona::Persona;
use crate::oidc::back::{end, end_in_error};
use crate::oidc::grant::Grant;
use crate::oidc::refusal::Stop;
use crate::oidc::visit::Visit;
use crate::page;
use crate::random;
use crate::world::World;

/// One scope on the page.
#[derive(Debug)]
struct Line {
    scope: &'static str,
    czech: &'static str,
    values: String,
}

#[derive(Debug, Template)]
#[template(path = "bank_id/consent.html")]
struct Page<'a> {
    visit: &'a Visit,
    bank: &'static Bank,
    persona: &'a Persona,
    lines: Vec<Line>,
}

/// What the page sends.
#[derive(Debug, Deserialize)]
pub struct Choice {
    /// Scopes, repeated.
    #[serde(default)]
    allow: Vec<String>,
    /// `selected`, `all` or `cancel`
    action: String,
}

/// The page.
pub async fn get(State(world): State<World>, Path(id): Path<String>) -> Result<Response, Stop> {
    let visit = open(&world, &id)?;
    if let Some(address) = &visit.ended_at {
        return Ok(Redirect::to(address).into_response());
    }
    if visit.proved_at.is_none() {
        return Ok(Redirect::to(&format!("/bank_id/login/{id}")).into_response());
    }
    let bank = bank_of(&visit)?;
    let bank_id = world.bank_id();
    let (persona, customer) = bank_id
        .person(visit.person.as_deref().unwrap_or_default())
        .ok_or_else(Stop::gone)?;
    let facts = Facts::new(persona, customer, bank_id.provider.now());
    let lines = CATALOGUE
        .iter()
        .filter(|(scope, _)| *scope != OPENID && visit.request.asks(scope))
        .map(|&(scope, czech)| Line {
            scope,
            czech,
            values: facts.shown(scope),
        })
        .collect();
    Ok(page::leaving(&Page {
        visit: &visit,
        bank,
        persona,
        lines,
    }))
}

/// The person decided.
pub async fn post(
    State(world): State<World>,
    Path(id): Path<String>,
    headers: HeaderMap,
    Form(choice): Form<Choice>,
) -> Result<Response, Stop> {
    let visit = open(&world, &id)?;
    if let Some(address) = &visit.ended_at {
        return Ok(Redirect::to(address).into_response());
    }
    if visit.proved_at.is_none() {
        return Err(Stop::not_offered("a consent of nobody"));
    }
    let asked = visit.request.scopes.clone();
    let allowed: Vec<String> = match choice.action.as_str() {
        "all" => asked,
        "selected" => asked
            .into_iter()
            .filter(|scope| scope == OPENID || choice.allow.contains(scope))
            .collect(),
        _ => {
            return Ok(end_in_error(
                &world.bank_id().provider,
                visit,
                "access_denied",
                "the person refused",
            ));
        }
    };
    grant(&world, visit, allowed, COOKIE.read(&headers).as_deref())
}

/// Sends the browser back with a code for these scopes.
pub fn grant(
    world: &World,
    visit: Visit,
    scopes: Vec<String>,
    session: Option<&str>,
) -> Result<Response, Stop> {
    let bank_id = world.bank_id();
    let bank = bank_of(&visit)?;
    let (persona, customer) = bank_id
        .person(visit.person.as_deref().unwrap_or_default())
        .ok_or_else(Stop::gone)?;
    let known = bank_id
        .subjects
        .of(persona, customer, bank.key, &visit.client.sector());
    if let Some(session) = session {
        let joined = (visit.client.client_id.clone(), known.subject.clone());
        bank_id
            .provider
            .sessions
            .change(session, |session| session.participants.push(joined));
    }
    let grant = Grant {
        id: random::uuid().map_err(Stop::from)?.to_string(),
        client_id: visit.client.client_id.clone(),
        redirect_uri: visit.request.redirect_uri.clone(),
        person: persona.key.clone(),
        place: visit.place.clone(),
        scopes,
        nonce: visit.request.nonce.clone(),
        challenge: visit.request.challenge.clone(),
        proved_at: visit.proved_at.unwrap_or_else(|| bank_id.provider.now()),
        subject: known.subject,
        former_subjects: known.former,
        fault: visit.fault,
    };
    bank_id.listeners.note(&visit.request, &grant, persona);
    tracing::info!(client.id = grant.client_id, "bank_id.answer");
    let address = bank_id.provider.way_back(&visit, grant)?;
    Ok(end(&bank_id.provider, visit, address))
}
