//! `POST /staff/logout`: an officer signs out, here and at the provider.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use store::audit::Actor;
use web::form::Form;
use web::{Locale, Problem};

use super::current::no_session_cookie;
use super::{Current, LOGIN, end};
use crate::broker::Broker;
use crate::login::problems::Trouble;
use crate::oidc::leave::leave;
use crate::session::Browser;
use crate::storage::staff_session::{self, StaffEnd};

/// The form.
#[derive(Debug, Deserialize)]
pub(super) struct Leaving {
    #[serde(default)]
    csrf: String,
}

/// Signs out.
#[tracing::instrument(name = "staff.logout", skip_all)]
pub(super) async fn post(
    State(broker): State<Broker>,
    browser: Browser,
    headers: HeaderMap,
    locale: Locale,
    Form(leaving): Form<Leaving>,
) -> Result<Response, Trouble> {
    if broker.config.staff.is_none() {
        return Err(Problem::new(&web::problem::NOT_FOUND).into());
    }
    let now = broker.clock.now();
    let current = Current::of(&broker, &headers);
    let mut tx = broker.db.begin().await?;
    // Also one whose roles or idle time are over: the cookie goes, and the session at the provider.
    let (Some(session), Some(csrf)) = (current.session(&mut tx, now).await?, current.csrf()) else {
        return Ok((no_session_cookie(&broker), Redirect::to(LOGIN)).into_response());
    };
    csrf.check(&leaving.csrf)?;
    let upstream =
        staff_session::find_upstream_session(&mut tx, &broker.master_key, session.staff_session_id)
            .await?;
    let actor = Actor::Staff(session.staff_account_id.uuid());
    end::end(
        &broker.random,
        &mut tx,
        &session,
        StaffEnd::Logout,
        actor,
        now,
    )
    .await?;
    tx.commit().await?;

    let upstream = upstream.map(|upstream| (session.provider, upstream));
    let upstream = upstream.into_iter().collect();
    let then = format!("{LOGIN}?left=1");
    let response = match leave(&broker, upstream, &then, &browser, locale, now).await {
        Some(response) => response,
        None => Redirect::to(&then).into_response(),
    };
    Ok((no_session_cookie(&broker), response).into_response())
}
