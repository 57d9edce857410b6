//! `/as/consent`: may the application know this? Then the browser goes back with a `sessionId`, or without one.

use std::net::SocketAddr;

use askama::Template;
use axum::extract::{ConnectInfo, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum_extra::extract::Form;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use url::Url;

use super::Isds;
use super::attributes::{self, Attribute};
use super::data::{DataBox, Person, Persona};
use super::fault::{Fault, Moment};
use super::journal::{Entry, hashed};
use super::login::{ended, gone};
use super::ticket::Ticket;
use super::visit::Visit;
use crate::error::Failure;
use crate::faults::Kind as _;
use crate::page;
use crate::world::World;

/// Which page.
#[derive(Debug, Deserialize)]
pub struct Which {
    visit: String,
}

/// What the page sends.
#[derive(Debug, Deserialize)]
pub struct Choice {
    visit: String,
    /// `allow` or `refuse`
    action: String,
}

#[derive(Debug, Template)]
#[template(path = "isds/consent.html")]
struct Page<'a> {
    visit: &'a Visit,
    persona: &'a Persona,
    person: &'a Person,
    data_box: &'a DataBox,
    attributes: Vec<Attribute>,
}

/// The page.
pub async fn get(State(world): State<World>, Query(which): Query<Which>) -> Response {
    let (isds, now) = (world.isds(), world.clock().now());
    let Some(visit) = isds.visits.lookup(&which.visit, now) else {
        return gone();
    };
    let Some((persona, person, data_box)) = who(isds, &visit) else {
        return gone();
    };
    page::leaving(&Page {
        attributes: attributes::of(isds, &visit.application, persona),
        visit: &visit,
        persona,
        person,
        data_box,
    })
}

/// The person decided.
pub async fn post(
    State(world): State<World>,
    ConnectInfo(browser): ConnectInfo<SocketAddr>,
    Form(choice): Form<Choice>,
) -> Result<Response, Failure> {
    let (isds, now) = (world.isds(), world.clock().now());
    let Some(visit) = isds.visits.take(&choice.visit, now) else {
        return Ok(gone());
    };
    let Some(persona) = visit.persona.clone() else {
        return Ok(gone());
    };
    if choice.action != "allow" {
        return Ok(without_login(isds, &visit, "refused", now));
    }

    let fault = visit
        .fault
        .or_else(|| isds.fault(&visit.application.ats_id, Moment::Return));
    let session_id = isds.tickets.issue(Ticket {
        ats_id: visit.application.ats_id.clone(),
        app_token: visit.app_token.clone(),
        persona: persona.clone(),
        browser_address: browser.ip().to_canonical().to_string(),
        issued_at: now,
        fault: fault.filter(|fault| fault.moment() == Moment::Exchange),
    })?;
    let mut entry = Entry::new(now, "return", &persona);
    entry.ats_id = Some(visit.application.ats_id.clone());
    entry.about = Some(hashed(&session_id));
    entry.fault = fault.map(Fault::code);
    isds.journal.note(entry);
    if fault == Some(Fault::NoReturn) {
        return Ok(ended(
            StatusCode::OK,
            "Přihlášení skončilo zde",
            "Portál datových schránek nepokračuje. Tak vypadá porucha, po které se prohlížeč nevrátí.",
        ));
    }
    Ok(back(&visit, &session_id, fault))
}

/// No login: the browser goes to the address for errors, if the registration has one.
pub fn without_login(isds: &Isds, visit: &Visit, how: &str, now: DateTime<Utc>) -> Response {
    let mut entry = Entry::new(now, "return", how);
    entry.ats_id = Some(visit.application.ats_id.clone());
    isds.journal.note(entry);
    match &visit.application.error_url {
        Some(url) => Redirect::to(url).into_response(),
        None => ended(
            StatusCode::OK,
            "Přihlášení se neuskutečnilo",
            "Bez souhlasu aplikaci nic nepředáme. Vraťte se do ní sami.",
        ),
    }
}

/// The way back: the registered address, its own query kept.
fn back(visit: &Visit, session_id: &str, fault: Option<Fault>) -> Response {
    let Ok(mut url) = Url::parse(&visit.application.return_url) else {
        return ended(
            StatusCode::INTERNAL_SERVER_ERROR,
            "Není kam se vrátit",
            "Registrovaná návratová adresa není adresa.",
        );
    };
    let mut session_ids = vec![session_id.to_owned()];
    let mut tokens: Vec<_> = visit.app_token.clone().into_iter().collect();
    match fault {
        Some(Fault::ForeignToken) => tokens = vec!["314159265358979323".to_owned()],
        Some(Fault::NoToken) => tokens.clear(),
        Some(Fault::TokenTwice) => tokens.push("314159265358979323".to_owned()),
        Some(Fault::NoSession) => session_ids.clear(),
        Some(Fault::ShortSession) => session_ids = vec!["abcd".to_owned()],
        Some(Fault::OddSession) => session_ids = vec![format!("<{session_id}\0")],
        Some(Fault::LongSession) => session_ids = vec!["a".repeat(10_000)],
        Some(Fault::SessionTwice) => session_ids.push("3f0c9e5e-7b1d-4d0a-9c55-01".to_owned()),
        _ => {}
    }
    {
        let mut query = url.query_pairs_mut();
        for id in &session_ids {
            query.append_pair("sessionId", id);
        }
        for token in &tokens {
            query.append_pair("appToken", token);
        }
    }
    Redirect::to(url.as_str()).into_response()
}

fn who<'a>(isds: &'a Isds, visit: &Visit) -> Option<(&'a Persona, &'a Person, &'a DataBox)> {
    let persona = isds.persona(visit.persona.as_deref()?)?;
    let person = isds.person(&persona.person)?;
    Some((persona, person, isds.data_box(&persona.box_id)?))
}
