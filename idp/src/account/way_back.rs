//! The way back into a login: whoever follows the advice of its page and adds an older way in finds the service again afterwards.

use axum::http::HeaderMap;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::Error;
use web::Locale;
use web::cookie::{self, HostCookie};

use crate::broker::Broker;
use crate::ids::AccountId;
use crate::login::frame::service;
use crate::login::ids::LoginId;
use crate::login::kept::{LOGIN_OPEN, Logins};
use crate::session::Browser;

const NAME: &str = "way-back";

/// Where a login under way goes on.
pub(super) struct WayBack {
    /// Its page.
    pub(super) href: String,
    /// The service that asked.
    pub(super) service: String,
}

/// Remembers a login in the browser. It is found only by the browser that began it, so its id is no secret.
pub(super) fn remember(broker: &Broker, login_id: &LoginId) -> HostCookie {
    cookie::host(broker.site.cookie_name(NAME), login_id.to_string()).lasting(LOGIN_OPEN)
}

/// The login that this browser left for a page of the account, as long as it may be gone on with, and whose it is: of these accounts.
/// Nobody else who uses the browser is told where somebody was going.
pub(super) async fn find(
    broker: &Broker,
    headers: &HeaderMap,
    browser: &Browser,
    whose: &[AccountId],
    locale: Locale,
    now: DateTime<Utc>,
) -> Option<WayBack> {
    let value = cookie::value(headers, &broker.site.cookie_name(NAME))?;
    let found = Logins(&broker.short_lived).find(&read(&value)?, now).await;
    // A link is no reason to do without the page while the store is away.
    let login = found.unwrap_or_else(|error| {
        let error: &dyn std::error::Error = &error;
        tracing::warn!(error, "the login under way could not be read");
        None
    });
    let login = login.filter(|login| {
        login.is_open(now)
            && login.finished_at.is_none()
            && login.browser.as_ref() == Some(&browser.hash())
            && login.person.is_some_and(|person| whose.contains(&person))
    })?;
    let client = broker.clients.get(login.client_id()?.as_str())?;
    let service = service(Some(&client), locale)?;
    let href = login.path();
    Some(WayBack { href, service })
}

fn read(value: &str) -> Option<LoginId> {
    let value: serde::de::value::StrDeserializer<'_, Error> = value.into_deserializer();
    LoginId::deserialize(value).ok()
}
