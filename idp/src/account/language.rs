//! `POST /account/language`: the language of letters, and of the pages from now on.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use web::Locale;
use web::form::Form;

use super::frame::{self, IDENTITY};
use crate::broker::Broker;
use crate::login::problems::Trouble;
use crate::storage::account;

/// The form.
#[derive(Debug, Deserialize)]
pub(crate) struct Choice {
    #[serde(default)]
    csrf: String,
    language: String,
}

/// The person chose a language.
#[tracing::instrument(name = "account.language", skip_all)]
pub(crate) async fn post(
    State(broker): State<Broker>,
    headers: HeaderMap,
    Form(choice): Form<Choice>,
) -> Result<Response, Trouble> {
    let now = broker.clock.now();
    let locale = Locale::from_code(&choice.language).ok_or(&web::problem::UNREADABLE)?;
    let mut tx = broker.db.begin().await?;
    let Some(signed_in) =
        frame::sender_alone(&broker, &mut tx, &headers, &choice.csrf, now).await?
    else {
        return Ok(Redirect::to(IDENTITY).into_response());
    };
    account::set_locale(&mut tx, signed_in.account.account_id, locale.code(), now).await?;
    tx.commit().await?;
    // The switch of all pages sets the cookie.
    Ok(Redirect::to(&format!("/jazyk?lang={}&back=%2Faccount", locale.code())).into_response())
}
