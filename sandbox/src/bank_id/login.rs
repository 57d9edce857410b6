//! `/bank_id/login/{visit}`: the page of the bank, with a user name and a password. Both are shown there: everybody is invented.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum_extra::extract::Form;
use serde::Deserialize;

use super::auth::open;
use super::bank::{self, Bank};
use super::customer::Customer;
use crate::nia::persona::Persona;
use crate::oidc::back::end_in_error;
use crate::oidc::fault::{self, Fault, Moment};
use crate::oidc::proof::Verdict;
use crate::oidc::refusal::Stop;
use crate::oidc::visit::Visit;
use crate::page;
use crate::random;
use crate::world::World;

/// The password of everybody. The user name is the key of the persona.
pub const PASSWORD: &str = "krumlov";

#[derive(Debug, Template)]
#[template(path = "bank_id/login.html")]
struct Page<'a> {
    visit: &'a Visit,
    bank: &'static Bank,
    people: Vec<&'a Persona>,
    moments: Vec<(Moment, Vec<Fault>)>,
    user: &'a str,
    filled: Option<&'a Persona>,
    tries_left: Option<u8>,
}

/// What the page sends.
#[derive(Debug, Deserialize)]
pub struct Typed {
    /// Key of a persona.
    #[serde(default)]
    user: String,
    #[serde(default)]
    password: String,
    /// Key of the persona whose name and password shall be filled in.
    fill: Option<String>,
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
    Ok(page::leaving(&Page::new(&world, &visit)?))
}

/// A name and a password were typed, or shall be filled in, or nobody logs in.
pub async fn post(
    State(world): State<World>,
    Path(id): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, Stop> {
    let mut visit = open(&world, &id)?;
    if let Some(address) = &visit.ended_at {
        return Ok(Redirect::to(address).into_response());
    }
    let bank = bank_of(&visit)?;
    let provider = &world.bank_id().provider;
    let fault = fault::wished(typed.fault.as_deref(), |_| true)?;
    if typed.action.as_deref() == Some("cancel") {
        visit.fault = fault;
        return Ok(end_in_error(
            provider,
            visit,
            "access_denied",
            "the person did not log in at the bank",
        ));
    }
    if let Some(key) = &typed.fill {
        let (persona, _) =
            customer(&world, bank, key).ok_or_else(|| Stop::not_offered("the person"))?;
        let ((), visit) = provider
            .change(&id, |visit| visit.fault = fault)
            .ok_or_else(Stop::gone)?;
        return Ok(page::leaving(&Page {
            user: &persona.key,
            filled: Some(persona),
            ..Page::new(&world, &visit)?
        }));
    }

    let known = customer(&world, bank, typed.user.trim()).filter(|_| typed.password == PASSWORD);
    let code = random::digits().map_err(Stop::from)?;
    let (verdict, visit) = provider
        .change(&id, |visit| {
            visit.fault = fault;
            let verdict = visit.proof.judge_password(known.is_some());
            if let (Verdict::Right, Some((persona, _))) = (verdict, known) {
                visit.person = Some(persona.key.clone());
                visit.proved_at = None;
                visit.proof.send(code);
            }
            verdict
        })
        .ok_or_else(Stop::gone)?;
    match (verdict, known) {
        (Verdict::Right, Some((_, customer))) => Ok(match &customer.error {
            Some(error) => end_in_error(provider, visit, error, "the bank says so"),
            None => Redirect::to(&format!("/bank_id/confirm/{id}")).into_response(),
        }),
        (Verdict::Wrong(left), _) => Ok(page::leaving(&Page {
            user: &typed.user,
            tries_left: Some(left),
            ..Page::new(&world, &visit)?
        })),
        _ => Ok(end_in_error(
            provider,
            visit,
            "access_denied",
            "the user name or the password was wrong too often",
        )),
    }
}

/// The bank somebody chose.
pub fn bank_of(visit: &Visit) -> Result<&'static Bank, Stop> {
    visit
        .place
        .as_deref()
        .and_then(bank::by_id)
        .ok_or_else(|| Stop::not_offered("a login without a bank"))
}

/// Who has an account at this bank, by user name.
fn customer<'w>(world: &'w World, bank: &Bank, user: &str) -> Option<(&'w Persona, &'w Customer)> {
    let has = |customer: &Customer| customer.banks.iter().any(|one| one == bank.key);
    world
        .bank_id()
        .person(user)
        .filter(|(_, customer)| has(customer))
}

impl<'a> Page<'a> {
    /// With both fields empty.
    fn new(world: &'a World, visit: &'a Visit) -> Result<Self, Stop> {
        let bank = bank_of(visit)?;
        Ok(Self {
            people: world.bank_id().customers_of(bank.key),
            visit,
            bank,
            moments: fault::of_login(|_| true),
            user: "",
            filled: None,
            tries_left: None,
        })
    }
}
