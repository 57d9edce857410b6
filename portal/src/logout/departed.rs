//! Sessions the broker ended a moment ago: its word may arrive while a login of the same session is being answered.

use chrono::{DateTime, TimeDelta, Utc};
use store::{ShortLived, StorageError, Tx};

use crate::broker::SignedIn;

/// The broker's sessions that must not come to life any more. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Departed {
    short_lived: ShortLived,
    /// Whose subjects they are.
    issuer: String,
}

impl Departed {
    /// Remembered in this store, for subjects of this issuer.
    pub fn new(short_lived: ShortLived, issuer: &str) -> Self {
        let issuer = issuer.to_owned();
        Self {
            short_lived,
            issuer,
        }
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

    /// Remembers that all sessions of a person ended which began until then, by the broker's clock.
    pub async fn add_all_of(
        &self,
        tx: &mut Tx,
        subject: &str,
        until: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        let until = until.timestamp().to_be_bytes();
        self.short_lived
            .within(tx)
            .put(&self.key_of_all(subject), &until, REMEMBERED, now)
            .await
    }

    /// Whether the session this person would get has ended already.
    pub async fn contains(
        &self,
        tx: &mut Tx,
        person: &SignedIn,
        now: DateTime<Utc>,
    ) -> Result<bool, StorageError> {
        let mut remembered = self.short_lived.within(tx);
        if let Some(sid) = &person.broker_sid
            && remembered.get(&key(sid), now).await?.is_some()
        {
            return Ok(true);
        }
        let until = remembered
            .get(&self.key_of_all(&person.subject), now)
            .await?;
        Ok(until
            .and_then(|until| <[u8; 8]>::try_from(until.as_slice()).ok())
            .is_some_and(|until| person.issued_at.timestamp() <= i64::from_be_bytes(until)))
    }

    fn key_of_all(&self, subject: &str) -> String {
        format!("departed-all:{}:{subject}", self.issuer)
    }
}

fn key(sid: &str) -> String {
    format!("departed:{sid}")
}

/// Longer than any exchange with the broker takes.
const REMEMBERED: TimeDelta = TimeDelta::minutes(10);
