//! `/prihlasena-zarizeni`: the browsers this person is signed in with, and the way to sign them out.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use uuid::Uuid;
use web::form::{Form, Path, Query};
use web::page::{Shell, page};
use web::{Clock, Problem, Random, Texts};

use super::frame;
use super::identity::provider;
use crate::config::AccountUrl;
use crate::errors::stored;
use crate::session::{SessionId, Sessions, SignedInPerson};
use crate::storage::portal_session::PortalSession;

#[derive(Template)]
#[template(path = "pages/devices.html")]
struct DevicesPage {
    shell: Shell,
    devices: Vec<Row>,
    has_others: bool,
    ended: bool,
    account_url: Option<String>,
}

/// One browser in words.
struct Row {
    id: SessionId,
    name: String,
    is_this: bool,
    signed_in: String,
    last_used: String,
    provider: String,
}

/// What the redirect after a button says.
#[derive(Debug, Deserialize)]
pub struct Ask {
    ukonceno: Option<String>,
}

/// A button's form.
#[derive(Debug, Deserialize)]
pub struct Button {
    #[serde(default)]
    csrf: String,
}

/// Lists them.
pub async fn get(
    State(sessions): State<Sessions>,
    State(clock): State<Clock>,
    State(random): State<Random>,
    State(AccountUrl(account_url)): State<AccountUrl>,
    person: SignedInPerson,
    shell: Shell,
    Query(ask): Query<Ask>,
) -> Result<Response, Problem> {
    let open = sessions
        .list_of(&person.session.subject, clock.now())
        .await
        .map_err(stored)?;
    let shell = frame(shell, Some(&person), "devices", &random);
    let devices: Vec<Row> = open
        .iter()
        .map(|session| Row::new(session, &person, &shell.t))
        .collect();
    Ok(page(&DevicesPage {
        has_others: devices.iter().any(|device| !device.is_this),
        devices,
        ended: ask.ukonceno.is_some(),
        account_url: account_url.map(String::from),
        shell,
    }))
}

/// `POST /prihlasena-zarizeni/{session}/odhlasit`: signs one other browser out.
pub async fn end(
    State(sessions): State<Sessions>,
    State(clock): State<Clock>,
    person: SignedInPerson,
    Path(id): Path<Uuid>,
    Form(button): Form<Button>,
) -> Result<Response, Problem> {
    person.csrf.check(&button.csrf)?;
    // Somebody else's, an ended one and none at all look the same.
    sessions
        .end_other(&person.session, SessionId(id), clock.now())
        .await
        .map_err(stored)?;
    Ok(Redirect::to(DONE).into_response())
}

/// `POST /prihlasena-zarizeni/odhlasit-ostatni`: signs all other browsers out.
pub async fn end_others(
    State(sessions): State<Sessions>,
    State(clock): State<Clock>,
    person: SignedInPerson,
    Form(button): Form<Button>,
) -> Result<Response, Problem> {
    person.csrf.check(&button.csrf)?;
    sessions
        .end_all_others(&person.session, clock.now())
        .await
        .map_err(stored)?;
    Ok(Redirect::to(DONE).into_response())
}

impl Row {
    fn new(session: &PortalSession, person: &SignedInPerson, t: &Texts) -> Self {
        let name = match session.device.as_str() {
            "" => t.text("device-unknown").to_string(),
            known => known.to_owned(),
        };
        Self {
            id: session.id,
            name,
            is_this: session.id == person.session.id,
            signed_in: t.moment(session.created_at),
            last_used: t.moment(session.last_used_at),
            provider: provider(session.login_provider.as_deref(), t),
        }
    }
}

const DONE: &str = "/prihlasena-zarizeni?ukonceno=ano";
