//! `GET /vstup/nia`: the address the state's portals link to. It goes to Identita občana without a choice in between.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use web::form::Query;
use web::policy::ClientAddress;
use web::{Locale, Problem};

use super::start::{Departures, Way};
use super::{Browser, Target};
use crate::session::{Maybe, SignedInPerson};

/// What a link from outside may say.
#[derive(Debug, Deserialize)]
pub struct Ask {
    /// The page it leads to, from the list of [`Target`].
    cil: Option<String>,
}

/// Begins a login at the state's identity, unless the person came through it already.
pub async fn nia(
    State(departures): State<Departures>,
    Maybe(person): Maybe,
    browser: Browser,
    from: ClientAddress,
    locale: Locale,
    Query(ask): Query<Ask>,
) -> Result<Response, Problem> {
    let target = ask
        .cil
        .as_deref()
        .and_then(Target::parse)
        .unwrap_or_default();
    let came_by_it =
        |person: &SignedInPerson| person.session.login_provider.as_deref() == Some(NIA);
    if person.as_ref().is_some_and(came_by_it) {
        return Ok(Redirect::to(target.path()).into_response());
    }
    departures
        .leave(
            browser,
            Way {
                target,
                signed_in: person.map(|person| person.session.subject),
                idp_hint: Some(NIA),
                ..Way::default()
            },
            from,
            locale,
        )
        .await
}

/// The state's identity, as the broker's claim `login_provider` and its `idp_hint` spell it.
const NIA: &str = "nia";
