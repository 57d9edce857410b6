//! Who hears of a logout: what the page "you are signed out" may say of services.

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};
use store::StorageError;

use crate::broker::Broker;
use crate::login::kept::Logins;
use crate::session::{Browser, Ended};

/// As long as somebody needs to come back from the providers.
const KEPT: Duration = Duration::minutes(15);

/// Services that a browser was signed in to when it signed out.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub(super) struct Told {
    /// Those that hear of it.
    pub(super) told: usize,
    /// Those that have no address to be told at.
    pub(super) untold: usize,
}

impl Told {
    /// Keeps it for the page that this browser comes to, perhaps by way of its providers. What cannot be kept is not told there: the
    /// person is signed out.
    pub(super) async fn keep(
        ended: Option<Ended>,
        broker: &Broker,
        browser: &Browser,
        now: DateTime<Utc>,
    ) {
        let Some(ended) = ended else {
            return;
        };
        let told = Self {
            told: ended.told,
            untold: ended.untold,
        };
        let kept = Logins(&broker.short_lived)
            .park(&key(browser), &told, KEPT, now)
            .await;
        unless_away(kept.map(Some), "who hears of a logout could not be kept");
    }

    /// What is known of this browser's logout. `None`: it signed out long ago, or never.
    pub(super) async fn of(broker: &Broker, browser: &Browser, now: DateTime<Utc>) -> Option<Self> {
        let kept = Logins(&broker.short_lived).parked(&key(browser), now).await;
        unless_away(kept, "who heard of a logout could not be read")
    }
}

/// What the short-lived store has, or nothing while it is away: nobody who signs out is stopped by that.
pub(super) fn unless_away<T>(
    kept: Result<Option<T>, StorageError>,
    what: &'static str,
) -> Option<T> {
    kept.unwrap_or_else(|error| {
        let error: &dyn std::error::Error = &error;
        tracing::warn!(error, "{what}");
        None
    })
}

fn key(browser: &Browser) -> String {
    format!("logout-told:{}", browser.hash().as_str())
}
