//! A session cookie whose response may have been lost: its value is kept, sealed, for a minute, and goes out again to a browser that
//! has no session. Later one that has none was closed, which signs out.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use store::{StorageError, Tx};

use super::committed::once_committed;
use super::current::{Current, find_live};
use crate::broker::Broker;
use crate::hash::sha256_text;

/// How long a browser may say that it lost the response with its session, and how long the value is kept.
const MAY_BE_LOST: chrono::Duration = chrono::Duration::minutes(1);

/// Names a cookie's value that was sent: its hash.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct SentSession(String);

impl SentSession {
    /// Keeps the value within the caller's transaction. To be called before anything names it: where the store is Redis, whoever
    /// finds the name finds the value, too.
    pub(crate) async fn keep(
        broker: &Broker,
        tx: &mut Tx,
        token: &str,
        now: DateTime<Utc>,
    ) -> Result<Self, StorageError> {
        let sent = Self(sha256_text(token.as_bytes()));
        let mut store = broker.short_lived.within(tx);
        store
            .put(&sent.key(), token.as_bytes(), MAY_BE_LOST, now)
            .await?;
        Ok(sent)
    }

    /// The value, when it can be lost yet and this browser is without a live session.
    pub(crate) async fn again(
        &self,
        broker: &Broker,
        current: &Current,
        now: DateTime<Utc>,
    ) -> Result<Option<String>, StorageError> {
        let kept = broker.short_lived.get(&self.key(), now).await?;
        let Some(token) = kept.and_then(|value| String::from_utf8(value).ok()) else {
            return Ok(None);
        };
        let is_lost = once_committed(|| async {
            let mut tx = broker.db.read().await?;
            if current.find(broker, &mut tx, now).await?.is_some() {
                return Ok(Some(false));
            }
            let live = find_live(broker, &mut tx, &token, now).await?;
            Ok(live.is_some().then_some(true))
        });
        Ok((is_lost.await? == Some(true)).then_some(token))
    }

    fn key(&self) -> String {
        format!("sent:{}", self.0)
    }
}
