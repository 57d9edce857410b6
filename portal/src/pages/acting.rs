//! `POST /moje-identita/za-koho`: the person switches for whom they act. The broker decides; a new session comes of it.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use web::form::Form;
use web::policy::ClientAddress;
use web::{Locale, Problem};

use crate::identity::acting;
use crate::login::start::{Departures, Way};
use crate::login::{Browser, Target};
use crate::session::SignedInPerson;

/// The form: `self` or a mandate.
#[derive(Debug, Deserialize)]
pub struct Choice {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    za: String,
}

/// Leaves for the broker, when the choice is one of the person's own.
pub async fn post(
    State(departures): State<Departures>,
    person: SignedInPerson,
    browser: Browser,
    from: ClientAddress,
    locale: Locale,
    Form(choice): Form<Choice>,
) -> Result<Response, Problem> {
    person.csrf.check(&choice.csrf)?;
    let claims = &person.claims;
    let is_own = choice.za == acting::SELF
        || claims
            .may_act_for
            .iter()
            .any(|body| body.mandate_id == choice.za);
    if !is_own {
        return Ok(Redirect::to(Target::Identity.path()).into_response());
    }
    let way = Way {
        target: Target::Identity,
        acting_for: Some(choice.za),
        signed_in: Some(person.session.subject),
        ..Way::default()
    };
    departures.leave(browser, way, from, locale).await
}
