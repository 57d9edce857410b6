//! `POST /account/logout`: signing out by the button in the frame.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;
use web::Locale;
use web::form::Form;

use super::frame;
use crate::broker::Broker;
use crate::login::problems::Trouble;
use crate::oidc::logout::{DONE, go_on, log_out};
use crate::session::Browser;

/// The form.
#[derive(Debug, Deserialize)]
pub(crate) struct Leaving {
    #[serde(default)]
    csrf: String,
}

/// Signs out here, at the clients and at the provider.
#[tracing::instrument(name = "account.logout", skip_all)]
pub(crate) async fn post(
    State(broker): State<Broker>,
    browser: Browser,
    headers: HeaderMap,
    locale: Locale,
    Form(leaving): Form<Leaving>,
) -> Result<Response, Trouble> {
    let now = broker.clock.now();
    let mut tx = broker.db.read().await?;
    let signed_in = frame::sender(&broker, &mut tx, &headers, &leaving.csrf, now).await?;
    drop(tx);
    match signed_in {
        Some(signed_in) => log_out(&broker, &signed_in, DONE, &browser, locale, now).await,
        None => Ok(go_on(DONE)),
    }
}
