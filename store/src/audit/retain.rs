//! How long the details of events are kept.

use chrono::{DateTime, Duration, Utc};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Actor, Event, erase_details_before, record};
use crate::jobs::{self, Job};
use crate::{Db, StorageError};

/// `[audit]`: how long the details of events are kept.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AuditConfig {
    /// Days after which the details of events are erased; what happened, when and by whom stays, and the chain still
    /// verifies. 0 keeps them for ever. Default: 1827, five years.
    pub keep_details_days: u32,
}

impl Default for AuditConfig {
    fn default() -> Self {
        Self {
            keep_details_days: 1827,
        }
    }
}

impl AuditConfig {
    /// The moment before which details are erased; `None`: never.
    pub fn erased_before(self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let keep = Duration::days(self.keep_details_days.into());
        (self.keep_details_days > 0).then(|| now.checked_sub_signed(keep))?
    }
}

/// What one round of [`retain`] needs of randomness: fresh values each time.
#[derive(Clone, Copy, Debug)]
pub struct RetainIds {
    /// Of the lease.
    pub lease_token: Uuid,
    /// Of the event that tells of the erasure, a UUIDv7.
    pub event_id: Uuid,
    /// Of that event.
    pub salt: [u8; 16],
}

/// Erases details whose time is over: once a day on one of all replicas, a thousand in a transaction. Call it every hour
/// on every replica. Says how many were erased; an event tells of it.
pub async fn retain(
    db: &Db,
    config: AuditConfig,
    ids: RetainIds,
    now: DateTime<Utc>,
) -> Result<u64, StorageError> {
    let Some(before) = config.erased_before(now) else {
        return Ok(0);
    };
    let job = Job {
        kind: KIND,
        reference: "details".to_owned(),
        payload: json!({}),
        due_at: now,
    };
    let mut tx = db.begin().await?;
    jobs::enqueue_once(&mut tx, &job, now).await?;
    tx.commit().await?;
    let claimed = jobs::claim(db, &[KIND], ids.lease_token, now, LEASE).await?;
    let Some(claimed) = claimed.first() else {
        return Ok(0);
    };
    let reached = claimed.payload.get(REACHED).and_then(Value::as_str);
    let mut reached = reached
        .and_then(|id| Uuid::parse_str(id).ok())
        .unwrap_or_default();
    let mut erased = 0;
    loop {
        let mut tx = db.begin().await?;
        let batch = erase_details_before(&mut tx, reached, before).await?;
        tx.commit().await?;
        let Some(batch) = batch else { break };
        erased += batch.events;
        reached = batch.to;
    }
    let mut tx = db.begin().await?;
    if erased > 0 {
        let event = Event {
            kind: "audit.details_erased",
            actor: Actor::System,
            subject: None,
            details: json!({ "before": before, "events": erased }),
        };
        record(&mut tx, &event, ids.event_id, ids.salt, now).await?;
    }
    let payload = json!({ REACHED: reached });
    jobs::again_with(&mut tx, claimed, &payload, now + EVERY).await?;
    tx.commit().await?;
    Ok(erased)
}

/// In the job: the last event whose details are erased.
const REACHED: &str = "reached";
/// The kind of the job.
const KIND: &str = "audit.erase";
/// Longer than a round may take.
const LEASE: Duration = Duration::hours(1);
const EVERY: Duration = Duration::days(1);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_erased_when_no_time_is_set() {
        let now = DateTime::from_timestamp(1_795_000_000, 0).unwrap();
        let after = |keep_details_days| AuditConfig { keep_details_days }.erased_before(now);

        assert_eq!(after(0), None);
        assert_eq!(after(1), Some(now - Duration::days(1)));
        assert_eq!(AuditConfig::default().keep_details_days, 5 * 365 + 2);
    }
}
