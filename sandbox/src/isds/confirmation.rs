//! `POST /asws/extIs2Endpoint`: an application exchanges a `sessionId` for what is known about the login (reference 3.5).
//!
//! 1. A client certificate of a registration, or 401 in JSON.
//! 2. `authConfirmationRequest` with one `sessionId`, or a fault.
//! 3. A `sessionId` of this registration, not used and not too old, or `SESSION_NOT_FOUND`.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::Isds;
use super::answer::Answer;
use super::application::{Application, Generation};
use super::attributes;
use super::fault::{Fault, Moment};
use super::journal::{Entry, hashed};
use super::ticket::Ticket;
use super::transport;
use crate::error::Failure;
use crate::faults::Kind as _;
use crate::soap::{self, SoapError};
use crate::tls::Door;
use crate::tls::door::unauthorized;
use crate::world::World;
use crate::xml::Element;

/// The exchange.
pub async fn post(
    State(world): State<World>,
    door: Door,
    body: Bytes,
) -> Result<Response, Failure> {
    let (isds, now) = (world.isds(), world.clock().now());
    let shown = door.client_certificate();
    let applications = shown.map(|shown| isds.applications.find_by_certificate(shown));
    let mut entry = Entry::new(now, "authConfirmation", "unknown certificate");
    entry.certificate = shown.map(crate::tls::ClientCertificate::common_name);

    let applications = applications.unwrap_or_default();
    let Some(first) = applications.first() else {
        isds.journal.note(entry);
        return Ok(unauthorized());
    };
    entry.ats_id = Some(first.ats_id.clone());
    let session_id = match soap::request(&body).and_then(|request| session_id(&request)) {
        Ok(session_id) => session_id,
        Err(error) => {
            entry.outcome = error.to_string();
            isds.journal.note(entry);
            return Ok(error.into_fault());
        }
    };
    entry.about = Some(hashed(&session_id));

    let ats_ids: Vec<_> = applications
        .iter()
        .map(|application| application.ats_id.as_str())
        .collect();
    let ticket = isds.tickets.take(&session_id, &ats_ids, now);
    let application = applications
        .iter()
        .find(|one| {
            ticket
                .as_ref()
                .is_some_and(|ticket| ticket.ats_id == one.ats_id)
        })
        .unwrap_or(first);
    entry.ats_id = Some(application.ats_id.clone());
    let fault = ticket
        .as_ref()
        .and_then(|ticket| ticket.fault)
        .or_else(|| isds.fault(&application.ats_id, Moment::Exchange));
    entry.fault = fault.map(Fault::code);

    let variety = isds.variety();
    let mut answer = match &ticket {
        Some(ticket) => confirmed(isds, application, ticket, &world, variety)?,
        None => Answer::status(application.generation, "SESSION_NOT_FOUND", variety),
    };
    if let Some(fault) = fault {
        answer.spoil(fault);
    }
    answer
        .status
        .unwrap_or("none")
        .clone_into(&mut entry.outcome);
    isds.journal.note(entry);

    let body = answer.xml();
    if let Some(fault) = fault
        && let Some(response) = transport::spoiled(fault, &body).await
    {
        return Ok(response);
    }
    Ok(soap::answer(StatusCode::OK, &body, variety))
}

fn session_id(request: &Element) -> Result<String, SoapError> {
    let namespaces = [Generation::Former, Generation::Present].map(Generation::namespace);
    if request.name != "authConfirmationRequest"
        || !namespaces.contains(&request.namespace.as_str())
    {
        return Err(SoapError::Operation(request.name.clone()));
    }
    match request.children.as_slice() {
        [child] if child.is(&request.namespace, "sessionId") && child.children.is_empty() => {
            Ok(child.text.trim().to_owned())
        }
        _ => Err(SoapError::Content("sessionId")),
    }
}

fn confirmed(
    isds: &Isds,
    application: &Application,
    ticket: &Ticket,
    world: &World,
    variety: u64,
) -> Result<Answer, Failure> {
    let time_limited = isds.tickets.time_limited(world.clock().now())?;
    let space = if application.leading_space { " " } else { "" };
    let mut told = Vec::new();
    if let Some(token) = &ticket.app_token {
        told.push(("appToken".to_owned(), token.clone()));
    }
    told.push(("timeLimitedId".to_owned(), format!("{space}{time_limited}")));
    if let Some(persona) = isds.persona(&ticket.persona) {
        let known = attributes::of(isds, application, persona);
        told.extend(
            known
                .into_iter()
                .map(|attribute| (attribute.name.to_owned(), attribute.value)),
        );
    }
    Ok(Answer::login(
        application,
        &ticket.browser_address,
        told,
        variety,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml;

    fn read(xml: &str) -> Result<String, SoapError> {
        session_id(&xml::parse(xml).unwrap())
    }

    #[test]
    fn both_namespaces_are_served() {
        for namespace in ["http://agw-as.cz/ats-ws/v1", "http://agw-as.cz/ats-ws/v1_1"] {
            let text = format!(
                "<a:authConfirmationRequest xmlns:a=\"{namespace}\"><a:sessionId> x-1 </a:sessionId></a:authConfirmationRequest>"
            );
            assert_eq!(read(&text).unwrap(), "x-1");
        }
    }

    #[test]
    fn another_request_is_refused() {
        for text in [
            "<authConfirmationRequest xmlns='http://agw-as.cz/ats-ws/v2'><sessionId>x</sessionId></authConfirmationRequest>",
            "<authConfirmationRequest xmlns='http://agw-as.cz/ats-ws/v1'/>",
            "<authConfirmationRequest xmlns='http://agw-as.cz/ats-ws/v1'><sessionId>x</sessionId><sessionId>y</sessionId></authConfirmationRequest>",
            "<authConfirmationRequest xmlns='http://agw-as.cz/ats-ws/v1'><sessionId xmlns=''>x</sessionId></authConfirmationRequest>",
            "<ConfirmAuthenticationRequest xmlns='http://agw-as.cz/ats-ws/v1'><sessionId>x</sessionId></ConfirmAuthenticationRequest>",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
