//! Notices: claims that changed, logouts elsewhere; sound ones and flawed ones.

use askama::Template;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;

use crate::bank_id::notice::{self, Flaw, Notice};
use crate::controls::caller::{Reads, Sent};
use crate::error::Failure;
use crate::nia::persona::Persona;
use crate::oidc::client::Client;
use crate::page;
use crate::world::World;

const PAGE: &str = "/_sandbox/bank_id/notify";

#[derive(Debug, Template)]
#[template(path = "bank_id/notices.html")]
struct Page<'a> {
    clients: Vec<Client>,
    people: &'a [Persona],
    sent: Vec<Notice>,
}

/// What clients answered.
pub async fn get(State(world): State<World>, reads: Reads) -> Response {
    let bank_id = world.bank_id();
    let sent = bank_id.notices.list();
    if !reads.pages {
        return Json(sent).into_response();
    }
    page::page(&Page {
        clients: bank_id.provider.clients.list(),
        people: &bank_id.people,
        sent,
    })
}

/// What a caller wants told.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wish {
    client_id: String,
    persona: String,
    /// Names of claims between spaces. Default: `family_name`.
    #[serde(default)]
    claims: Option<String>,
    #[serde(default)]
    flaw: Flaw,
    /// As a form field instead of a body of its own.
    #[serde(default)]
    as_form: Option<serde_json::Value>,
    /// Gives the person a new subject identifier first.
    #[serde(default)]
    renew_subject: Option<serde_json::Value>,
}

/// Tells a client that claims changed.
pub async fn notify(
    State(world): State<World>,
    reads: Reads,
    Sent(wish): Sent<Wish>,
) -> Result<Response, Failure> {
    let (client, persona, subject) = match addressee(&world, &wish) {
        Ok(found) => found,
        Err(reason) => return Ok(reads.refused(StatusCode::UNPROCESSABLE_ENTITY, reason)),
    };
    if client.notification_uri.is_none() {
        let reason = "aplikace nemá notification_uri";
        return Ok(reads.refused(StatusCode::UNPROCESSABLE_ENTITY, reason));
    }
    let bank_id = world.bank_id();
    if !bank_id.listeners.may_hear(&client.client_id, persona) {
        let reason =
            "osoba aplikaci o změnách svých údajů vědět nedovolila (notification.claims_updated)";
        return Ok(reads.refused(StatusCode::UNPROCESSABLE_ENTITY, reason));
    }
    let claims: Vec<String> = wish
        .claims
        .as_deref()
        .filter(|text| !text.trim().is_empty())
        .unwrap_or("family_name")
        .split_whitespace()
        .map(str::to_owned)
        .collect();
    if is_on(wish.renew_subject.as_ref()) {
        bank_id.subjects.renew(persona);
    }
    let message = notice::claims_updated(&world, &client, &subject, &claims, wish.flaw).await?;
    let as_form = is_on(wish.as_form.as_ref());
    let sent = notice::send_claims_updated(&world, &client, message, wish.flaw, as_form).await;
    Ok(reads.done(PAGE, sent))
}

/// Tells a client that somebody logged out.
pub async fn logout(
    State(world): State<World>,
    reads: Reads,
    Sent(wish): Sent<Wish>,
) -> Result<Response, Failure> {
    let (client, _, subject) = match addressee(&world, &wish) {
        Ok(found) => found,
        Err(reason) => return Ok(reads.refused(StatusCode::UNPROCESSABLE_ENTITY, reason)),
    };
    if client.backchannel_logout_uri.is_none() {
        let reason = "aplikace nemá backchannel_logout_uri";
        return Ok(reads.refused(StatusCode::UNPROCESSABLE_ENTITY, reason));
    }
    let token = notice::logout_token(&world, &client, &subject, wish.flaw).await?;
    let sent = notice::send_logout(&world, &client, token, wish.flaw).await;
    Ok(reads.done(PAGE, sent))
}

/// The client, the person, and the subject it knows them by.
fn addressee<'w>(
    world: &'w World,
    wish: &Wish,
) -> Result<(Client, &'w Persona, String), &'static str> {
    let bank_id = world.bank_id();
    let client = bank_id.provider.clients.lookup(&wish.client_id);
    let client = client.ok_or("taková aplikace není registrována")?;
    let (persona, customer) = bank_id
        .person(&wish.persona)
        .ok_or("taková osoba účet v bance nemá")?;
    let bank = customer.banks.first().ok_or("osoba nemá žádnou banku")?;
    let known = bank_id
        .subjects
        .of(persona, customer, bank, &client.sector());
    Ok((client, persona, known.subject))
}

/// A checkbox sends `on`, JSON a boolean.
fn is_on(value: Option<&serde_json::Value>) -> bool {
    match value {
        Some(serde_json::Value::Bool(value)) => *value,
        Some(serde_json::Value::String(text)) => matches!(text.as_str(), "on" | "true" | "1"),
        _ => false,
    }
}
