//! `/FPSTS/answer/{visit}`: carries an answer back to the service provider, by a form that sends itself.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::answer::compose::{Tools, compose};
use super::answer::draft::{Draft, Outcome};
use super::answer::faulty;
use super::fault::{Fault, Slot};
use super::keys::Validity;
use super::login::open;
use super::refusal::{Refusal, Stop};
use super::session::Participant;
use super::visit::Visit;
use crate::error::Failure;
use crate::page::{self, MessagePage};
use crate::world::World;

/// A form that takes a message to somebody.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(path = "nia/posting.html")]
pub struct Posting {
    /// Heading.
    pub title: &'static str,
    /// Where to.
    pub action: String,
    /// `SAMLResponse` or `SAMLRequest`
    pub parameter: &'static str,
    /// base64
    pub message: String,
    /// `RelayState`
    pub relay_state: Option<String>,
}

/// The last message each provider got, for sending it again.
#[derive(Debug, Default)]
pub struct LastAnswers(Mutex<HashMap<String, String>>);

impl LastAnswers {
    fn keep(&self, entity_id: &str, message: &str) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(entity_id.to_owned(), message.to_owned());
    }

    fn lookup(&self, entity_id: &str) -> Option<String> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(entity_id)
            .cloned()
    }
}

/// The form. Asked again, it is the same message.
pub async fn get(State(world): State<World>, Path(id): Path<String>) -> Result<Response, Stop> {
    let visit = open(&world, &id)?;
    match &visit.posting {
        Some(posting) => Ok(page::leaving(posting.as_ref())),
        None => Ok(Redirect::to(&format!("/FPSTS/login/{id}")).into_response()),
    }
}

/// Writes the answer to a visit and sends the browser to it.
pub async fn answer(
    world: &World,
    mut visit: Visit,
    outcome: Outcome<'_>,
) -> Result<Response, Stop> {
    let nia = world.nia();
    let entity_id = visit.sep.entity_id.clone();
    let fault = visit
        .fault
        .or_else(|| nia.faults.take(&entity_id, Slot::Login));
    if fault == Some(Fault::NoAnswer) {
        tracing::info!(
            sep.entity_id = entity_id,
            fault = Fault::NoAnswer.code(),
            "nia.silent"
        );
        return Ok(page::page(&MessagePage {
            title: "Přihlášení skončilo tady",
            text: "Poskytovateli jsme schválně nic neposlali. Okno můžete zavřít, nebo se vrátit na jeho stránky.",
            link: None,
        }));
    }

    let mut draft = Draft::new(&visit, outcome, world.clock().now())?;
    if let Some(fault) = fault {
        faulty::apply(fault, &mut draft)?;
    }
    let message = match fault {
        Some(Fault::Replay) => nia.last_answers.lookup(&entity_id).ok_or_else(|| {
            Refusal::Choice("žádnou odpověď jsme tomuto poskytovateli ještě neposlali".to_owned())
        })?,
        _ => {
            write(
                world,
                &visit,
                draft.clone(),
                fault == Some(Fault::RotatedKey),
            )
            .await?
        }
    };
    if let Some(login) = &visit.login {
        let participant = Participant {
            entity_id: entity_id.clone(),
            name_id: draft.name_id.clone(),
            session_index: draft.session_index.clone(),
        };
        nia.sessions.join(&login.session_id, participant);
    }
    nia.last_answers.keep(&entity_id, &message);
    tracing::info!(
        sep.entity_id = entity_id,
        fault = fault.map(Fault::code),
        "nia.answer"
    );

    let message = if draft.truncated {
        message.chars().take(message.len() / 2).collect()
    } else {
        message
    };
    visit.posting = Some(Arc::new(Posting {
        title: "Vracíme vás zpět",
        action: visit.sep.acs_url.clone(),
        parameter: "SAMLResponse",
        message,
        relay_state: draft.relay_state,
    }));
    let address = format!("/FPSTS/answer/{}", visit.id);
    nia.visits.save(visit);
    Ok(Redirect::to(&address).into_response())
}

/// Signing and encrypting is work for a thread of its own.
async fn write(world: &World, visit: &Visit, draft: Draft, rotate: bool) -> Result<String, Stop> {
    let certificates = world.nia().seps.certificates(&visit.sep, false).await;
    let recipient = certificates
        .map_err(|error| Refusal::NoCertificate(error.to_string()))?
        .encryption;
    let world = world.clone();
    let written = tokio::task::spawn_blocking(move || {
        let nia = world.nia();
        if rotate {
            nia.keys.rotate(Validity::default())?;
        }
        compose(
            &draft,
            Tools {
                keys: &nia.keys,
                recipient: &recipient,
                count: &nia.encryptions,
            },
        )
    });
    let xml = written.await.map_err(Failure::from)??;
    Ok(STANDARD.encode(xml))
}
