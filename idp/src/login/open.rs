//! Which departures a browser has open at a provider that sends people back without saying from which one.
//!
//! Each takes one of a row of places, put there only when free, so that two tabs that leave at once are two. A place is free again
//! when the time for an answer is over.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use federation::Correlation;
use serde::{Deserialize, Serialize};
use store::StorageError;

use super::kept::{Departed, Errand, Logins};
use crate::session::BrowserHash;

/// Departures of one browser that are remembered. Whoever has more open is told so.
const PLACES: usize = 32;

/// One departure, remembered by its browser.
#[derive(Debug, Serialize, Deserialize)]
struct Place {
    correlation: Correlation,
    departed_at: DateTime<Utc>,
}

/// What a browser has open at a provider.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Open {
    /// Nothing.
    Nothing,
    /// One login; its last departure.
    One(Correlation),
    /// Several logins, and nobody knows which one is meant.
    Several,
}

impl Logins<'_> {
    /// Remembers that a browser left.
    pub(super) async fn remember_open(
        &self,
        correlation: &Correlation,
        departed: &Departed,
        now: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        let place = serde_json::to_vec(&Place {
            correlation: correlation.clone(),
            departed_at: departed.departed_at,
        })?;
        let ttl = departed.answer_by - now;
        for at in 0..PLACES {
            let key = key(&departed.provider, &departed.browser, at);
            if self.0.put_if_absent(&key, &place, ttl, now).await? {
                return Ok(());
            }
        }
        Ok(())
    }

    /// What the browser has open there now. Several departures of one login are that login; where nothing is open, a second arrival
    /// belongs to the last that came to its end.
    pub(crate) async fn find_open(
        &self,
        provider: &str,
        browser: &BrowserHash,
        now: DateTime<Utc>,
    ) -> Result<Open, StorageError> {
        let mut places = Vec::new();
        for at in 0..PLACES {
            let place: Option<Place> = self.0.get_json(&key(provider, browser, at), now).await?;
            places.extend(place);
        }
        if places.len() == PLACES {
            // One more may have found no place.
            return Ok(Open::Several);
        }
        places.sort_by_key(|place| place.departed_at);
        let mut logins = BTreeSet::new();
        let (mut open, mut ended) = (None, None);
        for Place { correlation, .. } in places {
            match self.find_departure(&correlation, now).await? {
                Some(departed) => {
                    if let Errand::Login { login_id, .. } = departed.errand {
                        logins.insert(login_id.as_str().to_owned());
                        open = Some(correlation);
                    }
                }
                None => ended = Some(correlation),
            }
        }
        Ok(match (open.or(ended), logins.len()) {
            (Some(correlation), ..=1) => Open::One(correlation),
            (None, _) => Open::Nothing,
            _ => Open::Several,
        })
    }
}

fn key(provider: &str, browser: &BrowserHash, at: usize) -> String {
    format!("open:{provider}:{}:{at}", browser.as_str())
}
