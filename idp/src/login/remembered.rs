//! The way in that worked last in this browser: a cookie with the name of a configuration entry, with the place behind it
//! that the person chose, and nothing else, so that it stands first on the page next time. It signs nobody in, and the
//! person can have it forgotten.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use chrono::Duration;
use serde::Deserialize;
use web::cookie::{self, HostCookie};
use web::form::{Form, Path};

use super::ids::LoginId;
use super::kept::path_of;
use super::problems::Trouble;
use super::way::Way;
use crate::broker::Broker;
use crate::session::Browser;

/// How long a browser remembers.
const KEPT: Duration = Duration::days(180);

/// The way in that this browser used last, if it still exists.
pub(crate) fn remembered(broker: &Broker, headers: &HeaderMap) -> Option<Way> {
    let way = Way::read(&cookie::value(headers, &broker.site.cookie_name("way"))?);
    broker.providers.get(&way.provider).map(|_| way)
}

/// Remembers a way in.
pub(crate) fn remember(broker: &Broker, way: &Way) -> HostCookie {
    cookie::host(broker.site.cookie_name("way"), way.to_string()).lasting(KEPT)
}

/// Remembers none any more.
pub(crate) fn forgotten(broker: &Broker) -> HostCookie {
    cookie::remove(broker.site.cookie_name("way"))
}

/// The form of the button.
#[derive(Debug, Deserialize)]
pub(crate) struct Forgets {
    #[serde(default)]
    csrf: String,
}

/// `POST /login/{login}/forget`: the person does not want it remembered.
#[tracing::instrument(name = "login.forget", skip_all, fields(login.id, client.id))]
pub(crate) async fn forget(
    State(broker): State<Broker>,
    Path(login_id): Path<LoginId>,
    browser: Browser,
    Form(form): Form<Forgets>,
) -> Result<Response, Trouble> {
    browser.csrf().check(&form.csrf)?;
    Ok((forgotten(&broker), Redirect::to(&path_of(&login_id))).into_response())
}
