//! Writing what happened into the log, with the id and salt every event needs.

use chrono::{DateTime, Utc};
use serde_json::json;
use store::audit::{Actor, Event};
use store::{StorageError, Tx};
use web::Trace;
use web::policy::ClientAddress;

use crate::broker::Broker;

/// Records an event in the caller's transaction.
pub(crate) async fn record(
    broker: &Broker,
    tx: &mut Tx,
    event: Event,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    store::audit::record(
        tx,
        &event,
        broker.random.uuid_v7(now),
        broker.random.bytes(),
        now,
    )
    .await
}

/// Records an event that has no transaction to belong to: a refusal.
pub(crate) async fn record_alone(
    broker: &Broker,
    event: Event,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let mut tx = broker.db.begin().await?;
    record(broker, &mut tx, event, now).await?;
    tx.commit().await
}

/// Records the refusal of somebody who had to prove nothing to come so far; of a flood, only that there is one
/// (`server.refusals_per_minute`).
pub(crate) async fn record_refusal(
    broker: &Broker,
    event: Event,
    from: ClientAddress,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    match weighed(broker, event, from, now) {
        Some(event) => record_alone(broker, event, now).await,
        None => Ok(()),
    }
}

/// What is to be recorded of a refusal; `None`: nothing.
pub(crate) fn weighed(
    broker: &Broker,
    event: Event,
    from: ClientAddress,
    now: DateTime<Utc>,
) -> Option<Event> {
    match broker.refusals.weigh(from, event.kind, now) {
        Trace::Kept => Some(event),
        Trace::Summed => {
            tracing::warn!(event.kind, "too many refusals: not all are recorded");
            Some(Event {
                kind: "refusals.unrecorded",
                actor: Actor::Anonymous,
                subject: None,
                details: json!({ "kind": event.kind, "per_minute": broker.refusals.per_minute() }),
            })
        }
        Trace::Counted => None,
    }
}
