//! Sessions the broker ended a moment ago: its word may arrive while a login of the same session is being answered.

use chrono::{DateTime, TimeDelta, Utc};
use store::{ShortLived, StorageError, Tx};

use crate::broker::SignedIn;

/// The broker's sessions that must not come to life any more. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Departed {
    short_lived: ShortLived,
}

impl Departed {
    /// Remembered in this store.
    pub fn new(short_lived: ShortLived) -> Self {
        Self { short_lived }
    }

    /// Remembers a session of the broker that ended.
    pub async fn add(
        &self,
        tx: &mut Tx,
        sid: &str,
        now: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        self.short_lived
            .within(tx)
            .put(&key(sid), b"", REMEMBERED, now)
            .await
    }

    /// Whether the session this person would get has ended already.
    pub async fn contains(
        &self,
        tx: &mut Tx,
        person: &SignedIn,
        now: DateTime<Utc>,
    ) -> Result<bool, StorageError> {
        match &person.broker_sid {
            Some(sid) => Ok(self
                .short_lived
                .within(tx)
                .get(&key(sid), now)
                .await?
                .is_some()),
            None => Ok(false),
        }
    }
}

fn key(sid: &str) -> String {
    format!("departed:{sid}")
}

/// Longer than any exchange with the broker takes.
const REMEMBERED: TimeDelta = TimeDelta::minutes(10);
