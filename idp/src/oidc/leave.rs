//! The way out through the providers whose sessions stood behind ours, one after the other.
//!
//! A browser is led to the first that knows a logout. What is left waits, sealed, under an address of ours where that
//! provider's answer leads: `GET /oauth2/logout/{id}/further`. It is a page of ours because answers may come as cross-site
//! POSTs without cookies, and the next logout request names the person: only the browser that signed out gets it.

use axum::extract::State;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Duration, Utc};
use federation::{Leave, UpstreamSession};
use serde::{Deserialize, Serialize};
use web::form::Path;
use web::{Locale, Problem};

use super::logout::{DONE, go_on};
use super::told::unless_away;
use crate::broker::Broker;
use crate::login::depart::send;
use crate::login::ids::LogoutId;
use crate::login::kept::{Departed, Errand, Logins};
use crate::login::problems::Trouble;
use crate::session::{Browser, BrowserHash};

/// As long as departures.
const KEPT: Duration = Duration::minutes(60);

/// What is left to do once a provider has answered.
#[derive(Debug, Deserialize, Serialize)]
struct Further {
    browser: BrowserHash,
    /// Providers and their sessions, sealed: they name the person.
    sealed: String,
    then: String,
}

/// The browser is back from one provider: on to the next, or to where it was going. Whatever is missing, it ends at "you are
/// signed out".
#[tracing::instrument(name = "oidc.logout.further", skip_all)]
pub(crate) async fn further(
    State(broker): State<Broker>,
    Path(id): Path<LogoutId>,
    browser: Browser,
    locale: Locale,
) -> Result<Response, Trouble> {
    let now = broker.clock.now();
    let key = further_key(&id);
    let kept = broker.short_lived.get_json(&key, now).await;
    let kept: Option<Further> = unless_away(kept, "the further logouts could not be read");
    if kept.is_none_or(|kept| kept.browser != browser.hash()) {
        return Ok(go_on(DONE));
    }
    let taken = broker.short_lived.take_json::<Further>(&key, now).await;
    let Some(further) = unless_away(taken, "the further logouts could not be taken") else {
        return Ok(go_on(DONE));
    };
    let upstream =
        open(&broker, &id, &further.sealed).ok_or_else(|| Problem::new(&web::problem::INTERNAL))?;
    let then = further.then.as_str();
    let left = leave(&broker, upstream, then, &browser, locale, now).await;
    Ok(left.unwrap_or_else(|| go_on(then)))
}

/// To the logout of the first of these providers that has one, and from there to the others. Whatever fails here changes
/// nothing: the person is signed out.
pub(crate) async fn leave(
    broker: &Broker,
    upstream: Vec<(String, UpstreamSession)>,
    then: &str,
    browser: &Browser,
    locale: Locale,
    now: DateTime<Utc>,
) -> Option<Response> {
    if !broker.config.login.upstream_logout {
        return None;
    }
    let mut waiting = upstream.into_iter();
    while let Some((provider_id, session)) = waiting.next() {
        let Some(provider) = broker.providers.get(&provider_id) else {
            continue;
        };
        let leave = Leave {
            seed: broker.random.bytes(),
            locale: locale.code(),
        };
        let departure = match provider.start_logout(&session, &leave, now).await {
            Ok(Some(departure)) => departure,
            Ok(None) => continue,
            Err(error) => {
                let error: &dyn std::error::Error = &error;
                tracing::warn!(
                    provider.id = provider_id,
                    error,
                    "the logout at the provider could not start"
                );
                continue;
            }
        };
        let departed = Departed {
            provider: provider_id.clone(),
            state: departure.state,
            browser: browser.hash(),
            departed_at: now,
            answer_by: now + broker.config.login.answer_within(),
            errand: Errand::Logout {
                then: behind(broker, waiting.as_slice(), then, browser, now).await,
            },
        };
        match Logins(&broker.short_lived)
            .depart(provider.as_ref(), &departure.correlation, &departed, now)
            .await
        {
            Ok(()) => return Some(send(departure.send, &provider_id)),
            Err(error) => {
                let error: &dyn std::error::Error = &error;
                tracing::warn!(
                    provider.id = provider_id,
                    error,
                    "the logout at the provider could not be kept"
                );
            }
        }
    }
    None
}

/// Where the answer of a provider leads: to the logout of those behind it, else to where the browser was going.
async fn behind(
    broker: &Broker,
    waiting: &[(String, UpstreamSession)],
    then: &str,
    browser: &Browser,
    now: DateTime<Utc>,
) -> String {
    let knows_logout = |(id, _): &&(String, UpstreamSession)| {
        let provider = broker.providers.get(id);
        provider.is_some_and(|provider| provider.describe().logout)
    };
    let left: Vec<&(String, UpstreamSession)> = waiting.iter().filter(knows_logout).collect();
    if left.is_empty() {
        return then.to_owned();
    }
    let id = LogoutId::new(&broker.random);
    let Some(sealed) = seal(broker, &id, &left) else {
        return then.to_owned();
    };
    let further = Further {
        browser: browser.hash(),
        sealed,
        then: then.to_owned(),
    };
    let key = further_key(&id);
    let kept = broker.short_lived.put_json(&key, &further, KEPT, now).await;
    match kept {
        Ok(()) => format!("/oauth2/logout/{id}/further"),
        Err(error) => {
            let error: &dyn std::error::Error = &error;
            tracing::warn!(error, "the further logouts at providers could not be kept");
            then.to_owned()
        }
    }
}

fn seal(broker: &Broker, id: &LogoutId, left: &[&(String, UpstreamSession)]) -> Option<String> {
    let plain = serde_json::to_vec(left).ok()?;
    let sealed = broker.master_key.seal(&further_key(id), &plain).ok()?;
    Some(STANDARD.encode(sealed))
}

fn open(broker: &Broker, id: &LogoutId, sealed: &str) -> Option<Vec<(String, UpstreamSession)>> {
    let sealed = STANDARD.decode(sealed).ok()?;
    let plain = broker.master_key.open(&further_key(id), &sealed).ok()?;
    serde_json::from_slice(&plain).ok()
}

fn further_key(id: &LogoutId) -> String {
    format!("logout-further:{id}")
}
