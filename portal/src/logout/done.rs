//! `GET /odhlaseni/hotovo`: signed out. It says no more than what is known: everywhere only when the broker sent the
//! browser back with the `state` of a logout of ours.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use web::form::Query;
use web::page::{Shell, page};

use super::post::{Logouts, state_key};
use crate::pages::frame;
use crate::session::Maybe;

/// What the broker, or we ourselves, say in the address.
#[derive(Debug, Deserialize)]
pub struct Ask {
    state: Option<String>,
    jen: Option<String>,
}

#[derive(Template)]
#[template(path = "pages/logout/done.html")]
struct DonePage {
    shell: Shell,
    at_broker: AtBroker,
}

/// What is known of the session at the broker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum AtBroker {
    Ended,
    Open,
    Unknown,
}

/// Shows that nobody is signed in here any more.
pub async fn get(
    State(logouts): State<Logouts>,
    Maybe(person): Maybe,
    shell: Shell,
    Query(ask): Query<Ask>,
) -> Response {
    let now = logouts.clock.now();
    let ours = match ask.state.as_deref() {
        Some(state) => match logouts.short_lived.get(&state_key(state), now).await {
            Ok(kept) => kept.is_some(),
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "the state of a logout could not be read"
                );
                false
            }
        },
        None => false,
    };
    let at_broker = match (ours, ask.jen.as_deref()) {
        (true, _) => AtBroker::Ended,
        (false, Some("portal")) => AtBroker::Open,
        (false, _) => AtBroker::Unknown,
    };
    // Signed in again meanwhile, in another tab: the page must not say otherwise.
    let shell = frame(shell, person.as_ref(), "", &logouts.random);
    page(&DonePage {
        shell: shell.narrow(),
        at_broker,
    })
}
