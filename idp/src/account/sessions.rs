//! `/account/sessions`: the browsers that are signed in, and how to end them. Those that nobody has used for long are among them: their
//! services go on until they end.

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use store::audit::Actor;
use web::form::{Form, Path};
use web::{Shell, page};

use super::frame::{self, SESSIONS, Visitor};
use crate::broker::Broker;
use crate::ids::BrowserSessionId;
use crate::login::problems::Trouble;
use crate::session::{self, Browser, Ending};
use crate::storage::browser_session::{BrowserSession, EndReason};
use crate::storage::{authentication, browser_session};
use crate::words;

/// The page.
#[tracing::instrument(name = "account.sessions", skip_all)]
pub(crate) async fn get(
    State(broker): State<Broker>,
    browser: Browser,
    headers: HeaderMap,
    shell: Shell,
) -> Result<Response, Trouble> {
    let now = broker.clock.now();
    let (signed_in, csrf, mut tx) =
        match frame::visitor(&broker, &browser, &headers, SESSIONS, now).await? {
            Visitor::Known(signed_in, csrf, tx) => (signed_in, csrf, tx),
            Visitor::Unknown(response) => return Ok(response),
        };
    let facts = frame::facts(&broker, &mut tx, &signed_in, now).await?;
    let shell = frame::framed(&broker, shell, &facts, &csrf, "sessions");
    let mut devices = Vec::new();
    for session in
        browser_session::list_by_account(&mut tx, signed_in.account.account_id, now).await?
    {
        let logins =
            authentication::list_by_session(&mut tx, session.browser_session_id, now).await?;
        let way = logins
            .first()
            .map(|login| words::provider(&broker, shell.t, &login.provider))
            .unwrap_or_default();
        devices.push(Device {
            id: session.browser_session_id,
            name: session.device.clone(),
            is_this: session.browser_session_id == signed_in.session.browser_session_id,
            since: shell.t.moment(session.created_at),
            seen: shell.t.moment(session.seen_at),
            way,
        });
    }
    drop(tx);
    signed_in.seen_alone(&broker, now).await?;
    Ok((browser, page(&SessionsPage { shell, devices })).into_response())
}

/// A form of the page.
#[derive(Debug, Deserialize)]
pub(crate) struct Ends {
    #[serde(default)]
    csrf: String,
}

/// Ends one session of the person; nobody else's is found by its id.
#[tracing::instrument(name = "account.sessions.end", skip_all)]
pub(crate) async fn end(
    State(broker): State<Broker>,
    Path(id): Path<BrowserSessionId>,
    headers: HeaderMap,
    Form(form): Form<Ends>,
) -> Result<Response, Trouble> {
    end_those(&broker, &headers, &form, |session, _| {
        session.browser_session_id == id
    })
    .await
}

/// Ends all but this one.
#[tracing::instrument(name = "account.sessions.end_others", skip_all)]
pub(crate) async fn end_others(
    State(broker): State<Broker>,
    headers: HeaderMap,
    Form(form): Form<Ends>,
) -> Result<Response, Trouble> {
    end_those(&broker, &headers, &form, |session, this| {
        session.browser_session_id != this
    })
    .await
}

async fn end_those(
    broker: &Broker,
    headers: &HeaderMap,
    form: &Ends,
    is_meant: impl Fn(&BrowserSession, BrowserSessionId) -> bool,
) -> Result<Response, Trouble> {
    let now = broker.clock.now();
    let mut tx = broker.db.begin().await?;
    if let Some(signed_in) = frame::sender_alone(broker, &mut tx, headers, &form.csrf, now).await? {
        let this = signed_in.session.browser_session_id;
        let account_id = signed_in.account.account_id;
        for session in browser_session::list_by_account(&mut tx, account_id, now).await? {
            if !is_meant(&session, this) {
                continue;
            }
            let ending = Ending {
                browser_session_id: session.browser_session_id,
                account_id: session.account_id,
                reason: EndReason::EndedByPerson,
                actor: Actor::Account(session.account_id.uuid()),
            };
            session::end(broker, &mut tx, ending, now).await?;
        }
        tx.commit().await?;
    }
    Ok(Redirect::to(SESSIONS).into_response())
}

/// The browsers that are signed in.
#[derive(Template)]
#[template(path = "pages/account/sessions.html")]
struct SessionsPage {
    shell: Shell,
    devices: Vec<Device>,
}

struct Device {
    id: BrowserSessionId,
    name: String,
    is_this: bool,
    since: String,
    seen: String,
    way: String,
}
