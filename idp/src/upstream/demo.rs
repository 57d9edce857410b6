//! `GET /upstream/{provider}/demo`: the sign-in page of invented people, which the broker shows on the provider's
//! behalf. Its form posts to the provider's answer address.

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use federation::Correlation;
use serde::Deserialize;
use web::form::{Path, Query};
use web::{Shell, page};

use crate::broker::Broker;
use crate::login::begin;
use crate::login::frame;
use crate::login::kept::{Errand, Logins};
use crate::login::problems::{self, Trouble};
use crate::session::Browser;

/// Which departure the page belongs to.
#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    state: String,
    /// The password was wrong.
    again: Option<String>,
}

/// The sign-in page.
#[tracing::instrument(name = "upstream.demo", skip_all)]
pub(crate) async fn get(
    State(broker): State<Broker>,
    Path(provider_id): Path<String>,
    Query(asked): Query<Asked>,
    browser: Browser,
    headers: HeaderMap,
    shell: Shell,
) -> Result<Response, Trouble> {
    let now = broker.clock.now();
    if broker.providers.demo(&provider_id).is_none() {
        return Err((&problems::PROVIDER_UNKNOWN).into());
    }
    let logins = Logins(&broker.short_lived);
    let departed = logins
        .find_departure(&Correlation(asked.state.clone()), now)
        .await?;
    let Some(Errand::Login { login_id, .. }) = departed.map(|departed| departed.errand) else {
        return Err(begin::unknown().into());
    };
    let Some(login) = logins.find(&login_id, now).await? else {
        return Err(begin::unknown().into());
    };
    let client = login
        .client_id()
        .and_then(|id| broker.clients.get(id.as_str()));
    let shell = frame::shell(&broker, shell.narrow(), &login, &headers, &browser);
    let allow = frame::allow(&broker, &login);
    let service = frame::service(client.as_deref(), shell.locale);
    let is_wrong = asked.again.is_some();
    let shell = if is_wrong { shell.with_error() } else { shell };
    let hint = login
        .request()
        .and_then(|request| request.login_hint.clone())
        .unwrap_or_default();
    let action = format!("/upstream/{provider_id}/answer");
    Ok((
        allow,
        page(&DemoPage {
            shell,
            action,
            state: asked.state,
            service,
            is_wrong,
            hint,
        }),
    )
        .into_response())
}

#[derive(Template)]
#[template(path = "pages/login/demo.html")]
struct DemoPage {
    shell: Shell,
    action: String,
    state: String,
    service: Option<String>,
    is_wrong: bool,
    hint: String,
}
