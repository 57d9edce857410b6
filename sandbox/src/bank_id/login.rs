//! `/bank_id/login/{visit}`: the page of the bank. Instead of a name and a password one clicks on a person.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum_extra::extract::Form;
use serde::Deserialize;

use super::auth::open;
use super::bank::{self, Bank};
use crate::nia::persona::Persona;
use crate::oidc::back::end_in_error;
use crate::oidc::fault::{self, Fault, Moment};
use crate::oidc::refusal::Stop;
use crate::oidc::visit::Visit;
use crate::page;
use crate::world::World;

#[derive(Debug, Template)]
#[template(path = "bank_id/login.html")]
struct Page<'a> {
    visit: &'a Visit,
    bank: &'static Bank,
    people: Vec<&'a Persona>,
    moments: Vec<(Moment, Vec<Fault>)>,
}

/// What the page sends.
#[derive(Debug, Deserialize)]
pub struct Choice {
    /// By key.
    persona: Option<String>,
    /// `cancel`
    action: Option<String>,
    /// What shall be wrong with this login.
    fault: Option<String>,
}

/// The page.
pub async fn get(State(world): State<World>, Path(id): Path<String>) -> Result<Response, Stop> {
    let visit = open(&world, &id)?;
    if let Some(address) = &visit.ended_at {
        return Ok(Redirect::to(address).into_response());
    }
    let bank = bank_of(&visit)?;
    Ok(page::leaving(&Page {
        people: world.bank_id().customers_of(bank.key),
        visit: &visit,
        bank,
        moments: fault::of_login(|_| true),
    }))
}

/// A person was chosen, or nobody.
pub async fn post(
    State(world): State<World>,
    Path(id): Path<String>,
    Form(choice): Form<Choice>,
) -> Result<Response, Stop> {
    let mut visit = open(&world, &id)?;
    if let Some(address) = &visit.ended_at {
        return Ok(Redirect::to(address).into_response());
    }
    let bank = bank_of(&visit)?;
    let bank_id = world.bank_id();
    visit.fault = fault::wished(choice.fault.as_deref(), |_| true)?;
    if choice.action.as_deref() == Some("cancel") {
        return Ok(end_in_error(
            &bank_id.provider,
            visit,
            "access_denied",
            "the person did not log in at the bank",
        ));
    }
    let key = choice.persona.unwrap_or_default();
    let (persona, customer) = bank_id
        .person(&key)
        .filter(|(_, customer)| customer.banks.iter().any(|one| one == bank.key))
        .ok_or_else(|| Stop::not_offered("the person"))?;
    if let Some(error) = &customer.error {
        let error = error.clone();
        return Ok(end_in_error(
            &bank_id.provider,
            visit,
            &error,
            "the bank says so",
        ));
    }
    visit.person = Some(persona.key.clone());
    bank_id.provider.save(visit);
    Ok(Redirect::to(&format!("/bank_id/confirm/{id}")).into_response())
}

/// The bank somebody chose.
pub fn bank_of(visit: &Visit) -> Result<&'static Bank, Stop> {
    visit
        .place
        .as_deref()
        .and_then(bank::by_id)
        .ok_or_else(|| Stop::not_offered("a login without a bank"))
}
