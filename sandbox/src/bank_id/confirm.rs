//! `/bank_id/confirm/{visit}`: the second factor, a phone drawn on the page.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum_extra::extract::Form;
use serde::Deserialize;

use super::auth::{COOKIE, open};
use super::bank::Bank;
use super::login::bank_of;
use crate::oidc::back::end_in_error;
use crate::oidc::refusal::Stop;
use crate::oidc::visit::Visit;
use crate::page;
use crate::world::World;

#[derive(Debug, Template)]
#[template(path = "bank_id/confirm.html")]
struct Page<'a> {
    visit: &'a Visit,
    bank: &'static Bank,
}

/// What the page sends.
#[derive(Debug, Deserialize)]
pub struct Choice {
    /// `confirm` or `reject`
    action: String,
}

/// The page.
pub async fn get(State(world): State<World>, Path(id): Path<String>) -> Result<Response, Stop> {
    let visit = open(&world, &id)?;
    if let Some(address) = &visit.ended_at {
        return Ok(Redirect::to(address).into_response());
    }
    if visit.person.is_none() {
        return Ok(Redirect::to(&format!("/bank_id/login/{id}")).into_response());
    }
    let bank = bank_of(&visit)?;
    Ok(page::leaving(&Page {
        visit: &visit,
        bank,
    }))
}

/// The phone said yes or no.
pub async fn post(
    State(world): State<World>,
    Path(id): Path<String>,
    headers: HeaderMap,
    Form(choice): Form<Choice>,
) -> Result<Response, Stop> {
    let mut visit = open(&world, &id)?;
    let provider = &world.bank_id().provider;
    let person = visit
        .person
        .clone()
        .filter(|_| visit.ended_at.is_none())
        .ok_or_else(|| Stop::not_offered("a phone of nobody"))?;
    if choice.action != "confirm" {
        return Ok(end_in_error(
            provider,
            visit,
            "access_denied",
            "the phone said no",
        ));
    }

    let session = provider
        .log_in(COOKIE, &headers, &person, visit.place.as_deref())
        .map_err(Stop::from)?;
    tracing::info!(persona = session.person, "bank_id.logged_in");
    let cookie = COOKIE.set(&session.id);
    visit.proved_at = Some(session.proved_at);
    provider.save(visit);
    let next = Redirect::to(&format!("/bank_id/consent/{id}"));
    Ok(([(header::SET_COOKIE, cookie)], next).into_response())
}
