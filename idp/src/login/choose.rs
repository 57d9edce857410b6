//! `POST /login/{login}/choose` and `POST /login/{login}/continue`: the person chose a way in, or goes on as they are.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use web::Shell;
use web::form::{Form, Path};

use super::begin::{Found, find};
use super::decide::Next;
use super::depart::depart;
use super::frame;
use super::ids::LoginId;
use super::kept::Logins;
use super::problems::Trouble;
use super::shown::ShownTo;
use super::situation;
use super::way::Way;
use crate::broker::Broker;
use crate::session::{Browser, Current};

/// The form of the page.
#[derive(Debug, Deserialize)]
pub(crate) struct Choice {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    provider: String,
    /// The button of a place behind a provider, see [`Way`]; then `provider` is empty.
    #[serde(default)]
    branch: String,
}

/// The form of whoever goes on as they are.
#[derive(Debug, Deserialize)]
pub(crate) struct Continue {
    #[serde(default)]
    csrf: String,
    #[serde(default, rename = "session")]
    shown: ShownTo,
}

impl Choice {
    fn way(&self) -> Way {
        if self.branch.is_empty() {
            Way::of(&self.provider, None)
        } else {
            Way::read(&self.branch)
        }
    }
}

/// The person chose a provider.
#[tracing::instrument(name = "login.choose", skip_all, fields(login.id, client.id))]
pub(crate) async fn post(
    State(broker): State<Broker>,
    Path(login_id): Path<LoginId>,
    browser: Browser,
    headers: HeaderMap,
    shell: Shell,
    Form(choice): Form<Choice>,
) -> Result<Response, Trouble> {
    let now = broker.clock.now();
    browser.csrf().check(&choice.csrf)?;
    let mut login = match find(&broker, &login_id, &browser, now).await? {
        Found::Open(login) => login,
        Found::Elsewhere(response) => return Ok(response),
    };
    let mut tx = broker.db.read().await?;
    let situation = situation::look(
        &broker,
        &mut tx,
        &login,
        &Current::of(&broker, &headers),
        now,
    )
    .await?;
    drop(tx);

    // In another tab the login may have gone on meanwhile; then nobody has to leave.
    if !matches!(situation.next, Next::LogIn(_) | Next::Select(_)) {
        return Ok(Redirect::to(&login.path()).into_response());
    }
    let locale = frame::locale(&broker, &login, &headers, shell.locale);
    depart(
        &broker,
        &mut login,
        &situation,
        &choice.way(),
        &browser,
        locale,
        now,
    )
    .await
}

/// The person goes on as who they are signed in.
#[tracing::instrument(name = "login.continue", skip_all, fields(login.id, client.id))]
pub(crate) async fn go_on(
    State(broker): State<Broker>,
    Path(login_id): Path<LoginId>,
    browser: Browser,
    headers: HeaderMap,
    Form(answer): Form<Continue>,
) -> Result<Response, Trouble> {
    let now = broker.clock.now();
    browser.csrf().check(&answer.csrf)?;
    let mut login = match find(&broker, &login_id, &browser, now).await? {
        Found::Open(login) => login,
        Found::Elsewhere(response) => return Ok(response),
    };
    let mut tx = broker.db.glance().await?;
    let signed_in = Current::of(&broker, &headers)
        .find(&broker, &mut tx, now)
        .await?;
    drop(tx);
    // Somebody else has signed in meanwhile in another tab: the page names them.
    if let Some(signed_in) = signed_in.filter(|signed_in| answer.shown.is(signed_in)) {
        login.taken_over_by(signed_in.account.account_id);
        Logins(&broker.short_lived).keep(&login, now).await?;
    }
    Ok((browser, Redirect::to(&login.path())).into_response())
}
