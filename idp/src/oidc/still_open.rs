//! Providers that keep a session of their own which we could not end: whoever signs out here reads of it.
//!
//! Data boxes let in whom their portal knows, without asking (reference of ISDS, 3.3 and 3.7). Where the town has no logout there,
//! the next person at a shared computer would be the former one. The notice stands on the page "you are signed out". Somebody whom a
//! client sends to sign out sees that page too, with a link onwards to the client's address: a notice that only those read who press our
//! own button would miss nearly everybody, and once the browser is at the client nobody else tells them.

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};
use url::Url;

use super::logout::DONE;
use super::told::unless_away;
use crate::broker::Broker;
use crate::login::ids::LogoutId;
use crate::session::{Browser, BrowserHash, SignedIn};

/// As long as departures.
const KEPT: Duration = Duration::minutes(60);

/// The parameter that names what is kept.
pub(super) const OPEN: &str = "open";

/// A session that is left, and where the browser was going.
#[derive(Debug, Deserialize, Serialize)]
struct StillOpen {
    browser: BrowserHash,
    provider: String,
    then: String,
}

/// What the page tells of it.
#[derive(Debug)]
pub(super) struct Left {
    /// The provider's portal, where the person signs out.
    pub(super) portal: Url,
    /// Where the browser was going: an address that was proved. `None`: here.
    pub(super) then: Option<String>,
}

/// Where a browser goes that signs out: to `then`, by way of the notice when a provider stays open behind it. A notice that cannot
/// be kept is left out: the person is signed out.
pub(super) async fn by_way_of_notice(
    broker: &Broker,
    signed_in: &SignedIn,
    then: &str,
    browser: &Browser,
    now: DateTime<Utc>,
) -> String {
    let Some(provider) = left_open(broker, signed_in) else {
        return then.to_owned();
    };
    let id = LogoutId::new(&broker.random);
    let open = StillOpen {
        browser: browser.hash(),
        provider,
        then: then.to_owned(),
    };
    let key = key(id.as_str());
    match broker.short_lived.put_json(&key, &open, KEPT, now).await {
        Ok(()) => format!("{DONE}?{OPEN}={id}"),
        Err(error) => {
            let error: &dyn std::error::Error = &error;
            tracing::warn!(
                error,
                "a notice about a provider's session could not be kept"
            );
            then.to_owned()
        }
    }
}

/// What was kept for this browser.
pub(super) async fn find(
    broker: &Broker,
    id: &str,
    browser: &Browser,
    now: DateTime<Utc>,
) -> Option<Left> {
    let kept = broker.short_lived.get_json(&key(id), now).await;
    let open: StillOpen = unless_away(
        kept,
        "a notice about a provider's session could not be read",
    )?;
    if open.browser != browser.hash() {
        return None;
    }
    let provider = broker.providers.get(&open.provider)?;
    Some(Left {
        portal: provider.keeps_session_at()?,
        then: (open.then != DONE).then_some(open.then),
    })
}

/// A provider of this session that keeps its own and is not led to for a logout.
fn left_open(broker: &Broker, signed_in: &SignedIn) -> Option<String> {
    let is_used = |realm: &str| signed_in.logins.iter().any(|login| login.realm == realm);
    broker.providers.iter().find_map(|(id, provider)| {
        let description = provider.describe();
        let is_left = provider.keeps_session_at().is_some() && is_used(description.realm.as_str());
        let is_ended = description.logout && broker.config.login.upstream_logout;
        (is_left && !is_ended).then(|| id.to_owned())
    })
}

fn key(id: &str) -> String {
    format!("logout-open:{id}")
}
