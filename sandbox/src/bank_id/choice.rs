//! `/bank_id/banks/{visit}`: at which bank are you?

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum_extra::extract::Form;
use serde::Deserialize;

use super::auth::open;
use super::bank::{self, BANKS, Bank};
use crate::oidc::back::end_in_error;
use crate::oidc::refusal::Stop;
use crate::oidc::visit::Visit;
use crate::page;
use crate::world::World;

#[derive(Debug, Template)]
#[template(path = "bank_id/banks.html")]
struct Page<'a> {
    visit: &'a Visit,
    banks: Vec<&'static Bank>,
}

/// What the page sends.
#[derive(Debug, Deserialize)]
pub struct Choice {
    /// `bank_id`
    bank: Option<String>,
    /// `cancel`
    action: Option<String>,
}

/// The page.
pub async fn get(State(world): State<World>, Path(id): Path<String>) -> Result<Response, Stop> {
    let visit = open(&world, &id)?;
    if let Some(address) = &visit.ended_at {
        return Ok(Redirect::to(address).into_response());
    }
    Ok(page::leaving(&Page {
        visit: &visit,
        banks: BANKS.iter().filter(|bank| bank.logs_in()).collect(),
    }))
}

/// A bank was chosen, or none.
pub async fn post(
    State(world): State<World>,
    Path(id): Path<String>,
    Form(choice): Form<Choice>,
) -> Result<Response, Stop> {
    let mut visit = open(&world, &id)?;
    let provider = &world.bank_id().provider;
    if choice.action.as_deref() == Some("cancel") {
        return Ok(end_in_error(
            provider,
            visit,
            "access_denied",
            "the person chose no bank",
        ));
    }
    let chosen = choice.bank.unwrap_or_default();
    let bank = bank::by_id(&chosen)
        .or_else(|| bank::by_key(&chosen))
        .filter(|bank| bank.logs_in())
        .ok_or_else(|| Stop::not_offered("the bank"))?;
    visit.place = Some(bank.id.to_owned());
    // What was proved at another bank counts there.
    visit.person = None;
    visit.proved_at = None;
    visit.proof.take_back();
    provider.save(visit);
    Ok(Redirect::to(&format!("/bank_id/login/{id}")).into_response())
}
