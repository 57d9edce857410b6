//! `GET /login/{login}/cancel`: back to the service without logging in.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use web::form::Path;

use super::begin::{Found, find};
use super::ids::LoginId;
use super::kept::{Goal, Login};
use super::problems::Trouble;
use crate::broker::Broker;
use crate::oidc::respond;
use crate::session::Browser;

/// The client is told that the person does not want to.
#[tracing::instrument(name = "login.cancel", skip_all)]
pub(crate) async fn get(
    State(broker): State<Broker>,
    Path(login_id): Path<LoginId>,
    browser: Browser,
) -> Result<Response, Trouble> {
    let now = broker.clock.now();
    match find(&broker, &login_id, &browser, now).await? {
        Found::Open(login) => Ok((browser, to_client(&broker, &login)).into_response()),
        Found::Elsewhere(response) => Ok(response),
    }
}

/// `access_denied` for a client, the home page for the account's own login.
pub(crate) fn to_client(broker: &Broker, login: &Login) -> Response {
    match &login.goal {
        Goal::Client(request) => respond::error(
            request,
            "access_denied",
            "the person did not log in",
            broker.issuer.as_str(),
        ),
        Goal::Account(_) => Redirect::to("/").into_response(),
    }
}
