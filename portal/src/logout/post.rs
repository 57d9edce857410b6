//! `POST /odhlaseni`: out here at once, then on to the broker (RP-Initiated Logout).
//!
//! The page that leads on is a page, not a redirect: browsers hold a form's `form-action` against the whole chain of
//! redirects behind it, and where the broker goes next is not ours to know.

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use chrono::TimeDelta;
use secrecy::SecretString;
use serde::Deserialize;
use store::ShortLived;
use url::Url;
use web::csrf::CsrfSecret;
use web::form::Form;
use web::page::{Shell, page};
use web::{Clock, Problem, Random, cookie};

use crate::broker::Broker;
use crate::errors::stored;
use crate::session::{COOKIE, EndedBy, Sessions};

/// What signing out needs.
#[derive(Debug, Clone)]
pub struct Logouts {
    /// The sessions.
    pub sessions: Sessions,
    /// The broker.
    pub broker: Broker,
    /// Logouts on their way through the broker.
    pub short_lived: ShortLived,
    /// `/odhlaseni/hotovo`, as registered at the broker.
    pub return_to: Url,
    /// The time.
    pub clock: Clock,
    /// Randomness.
    pub random: Random,
}

/// The button's form.
#[derive(Debug, Deserialize)]
pub struct Button {
    #[serde(default)]
    csrf: String,
}

#[derive(Template)]
#[template(path = "pages/logout/leaving.html")]
struct LeavingPage {
    shell: Shell,
    next: Url,
}

/// Ends the session of this browser, and leads to the broker to end its own.
pub async fn post(
    State(logouts): State<Logouts>,
    shell: Shell,
    headers: HeaderMap,
    Form(button): Form<Button>,
) -> Result<Response, Problem> {
    let now = logouts.clock.now();
    let Some(cookie) = cookie::value(&headers, COOKIE) else {
        return Ok(Redirect::to(DONE).into_response());
    };
    CsrfSecret::of(&cookie).check(&button.csrf)?;
    let session = logouts.sessions.find(Some(&cookie)).await.map_err(stored)?;
    let mut next = None;
    if let Some(session) = session {
        let id_token = logouts.sessions.id_token(&session).map_err(stored)?;
        logouts
            .sessions
            .end(&session, EndedBy::Logout, now)
            .await
            .map_err(stored)?;
        if let Some(id_token) = id_token {
            next = logouts.at_broker(&id_token, &shell).await;
        }
    }
    let forget = cookie::remove(COOKIE);
    Ok(match next {
        Some(next) => (
            forget,
            page(&LeavingPage {
                shell: shell.narrow(),
                next,
            }),
        )
            .into_response(),
        None => (forget, Redirect::to(DONE_HERE)).into_response(),
    })
}

impl Logouts {
    /// Where the broker ends its session. `None` when it has no such address or cannot be asked for it: the person is
    /// signed out here all the same.
    async fn at_broker(&self, id_token: &SecretString, shell: &Shell) -> Option<Url> {
        let now = self.clock.now();
        let metadata = match self.broker.metadata(now).await {
            Ok(metadata) => metadata,
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "signed out here, but not at the broker"
                );
                return None;
            }
        };
        let state = self.random.token();
        let kept = self
            .short_lived
            .put(&state_key(&state), b"", LIFE, now)
            .await;
        if let Err(error) = &kept {
            tracing::warn!(
                error = error as &dyn std::error::Error,
                "the state of a logout could not be kept"
            );
        }
        self.broker.logout_url(
            &metadata,
            id_token,
            &self.return_to,
            kept.is_ok().then_some(state.as_str()),
            shell.locale.code(),
        )
    }
}

/// Where the `state` of a logout is kept.
pub(super) fn state_key(state: &str) -> String {
    format!("logout:{state}")
}

const DONE: &str = "/odhlaseni/hotovo";
const DONE_HERE: &str = "/odhlaseni/hotovo?jen=portal";
const LIFE: TimeDelta = TimeDelta::minutes(30);
