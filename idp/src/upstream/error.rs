//! `GET /upstream/{provider}/error`: where a provider sends people whom it did not log in: they refused that anything is told, or
//! it failed. It does not say which, nor whom it sends.
//!
//! Nothing of the request's address is read, since it proves nothing. The browser's cookie says by which login it left for this
//! provider last: that one is led back to its choice, with the client's request as it was. Its departure stays open, so that
//! whoever sends a browser here ends nothing.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use chrono::{DateTime, Utc};
use web::form::Path;
use web::{Locale, Problem, Way};

use super::admitted::Admitted;
use crate::audit;
use crate::broker::Broker;
use crate::login::kept::{Login, Logins, Notice};
use crate::login::problems::{self, Trouble};
use crate::login::refused::{self, Circumstances, Reason};
use crate::session::Browser;
use crate::words;

/// The browser is back without an answer.
#[tracing::instrument(name = "upstream.error", skip_all, fields(provider.id = %provider_id))]
pub(crate) async fn get(
    State(broker): State<Broker>,
    _: Admitted,
    Path(provider_id): Path<String>,
    browser: Browser,
    locale: Locale,
) -> Result<Response, Trouble> {
    let now = broker.clock.now();
    if broker.providers.get(&provider_id).is_none() {
        return Err((&problems::PROVIDER_UNKNOWN).into());
    }
    let logins = Logins(&broker.short_lived);
    let left = logins.find_left(&provider_id, &browser.hash(), now).await?;
    let left = left.filter(|login| may_go_on(login, &browser, now));
    let back = match left {
        Some(login) => back_to_choice(&broker, &login, &browser, &provider_id, now).await?,
        None => None,
    };
    match back {
        Some(back) => Ok(back),
        None => Err(Problem::new(&problems::ENDED_THERE)
            .arg(
                "provider",
                words::provider(&broker, broker.site.texts(locale), &provider_id),
            )
            .note("ok", "note-nothing-handed-over")
            .way(Way::link("way-account", "/account"))
            .into()),
    }
}

/// Whether the login still waits for this browser to log in.
fn may_go_on(login: &Login, browser: &Browser, now: DateTime<Utc>) -> bool {
    login.browser.as_ref() == Some(&browser.hash())
        && login.is_open(now)
        && login.made.is_none()
        && login.finished_at.is_none()
}

/// `None`: the login went on meanwhile, by an answer that arrived after all.
async fn back_to_choice(
    broker: &Broker,
    left: &Login,
    browser: &Browser,
    provider_id: &str,
    now: DateTime<Utc>,
) -> Result<Option<Response>, Trouble> {
    let logins = Logins(&broker.short_lived);
    let mut tx = broker.db.begin().await?;
    let login = logins.find_in(&mut tx, &left.id, now).await?;
    let Some(mut login) = login.filter(|login| may_go_on(login, browser, now)) else {
        return Ok(None);
    };
    let known = Circumstances {
        provider: Some(provider_id),
        login: Some(&login.id),
        client: login.client_id().map(crate::ids::ClientId::as_str),
        ..Circumstances::default()
    };
    let event = refused::event(Reason::EndedThere, known);
    audit::record(broker, &mut tx, event, now).await?;
    login.notice = Some(Notice::EndedThere {
        provider: provider_id.to_owned(),
    });
    logins.keep_in(&mut tx, &login, now).await?;
    tx.commit().await?;
    Ok(Some(Redirect::to(&login.path()).into_response()))
}
