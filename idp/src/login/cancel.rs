//! `GET /login/{login}/cancel`: back to the service without logging in.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use federation::Demand;
use web::form::Path;

use super::begin::{Found, find};
use super::decide::{Failure, Next, Why};
use super::finish;
use super::ids::LoginId;
use super::kept::{Goal, Login, Logins, Notice};
use super::problems::Trouble;
use super::situation::{self, Situation};
use crate::account::LINK;
use crate::broker::Broker;
use crate::oidc::respond;
use crate::session::{Browser, Current};
use crate::staff;

/// The client is told that the person does not want to, or that they cannot reach the level.
#[tracing::instrument(name = "login.cancel", skip_all, fields(login.id, client.id))]
pub(crate) async fn get(
    State(broker): State<Broker>,
    Path(login_id): Path<LoginId>,
    browser: Browser,
    headers: HeaderMap,
) -> Result<Response, Trouble> {
    let now = broker.clock.now();
    let mut login = match find(&broker, &login_id, &browser, now).await? {
        Found::Open(login) => login,
        Found::Elsewhere(response) => return Ok(response),
    };
    let current = Current::of(&broker, &headers);
    let mut tx = broker.db.read().await?;
    let situation = situation::look(&broker, &mut tx, &login, &current, now).await?;
    drop(tx);
    let response = if is_too_low(&login, &situation) {
        finish::fail(&broker, &login, Failure::Unmet, browser.address(), now).await?
    } else {
        to_client(&broker, &login)
    };
    // The client has its answer. Whoever comes back to this page in the history may change their mind for a moment more.
    login.finished_at = Some(now);
    Logins(&broker.short_lived).keep(&login, now).await?;
    Ok((browser, response).into_response())
}

/// Whether the person leaves a page that asked for more than they could show. The service learns the reason, so that it can
/// keep what the person began.
fn is_too_low(login: &Login, situation: &Situation) -> bool {
    let asks_for_more = matches!(situation.next, Next::LogIn(Why::StepUp(_)));
    let showed_too_little = matches!(login.notice, Some(Notice::TooLow { .. }));
    login.request().is_some()
        && (asks_for_more || showed_too_little && situation.asked.demand() != Demand::NONE)
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
        Goal::Account(_) | Goal::Fresh { .. } => Redirect::to("/").into_response(),
        Goal::Link(_) => Redirect::to(LINK).into_response(),
        Goal::Staff => Redirect::to(&staff::page_of(&login.id)).into_response(),
    }
}
