//! Writing what happened into the log, with the id and salt every event needs.

use chrono::{DateTime, Utc};
use store::audit::Event;
use store::{StorageError, Tx};

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
