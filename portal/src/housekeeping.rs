//! What goes on beside requests: expired short-lived state, the audit chain, its checkpoints and the end of its details. Every replica runs it.

use std::time::Duration;

use store::{StorageError, audit};
use tokio::time::{MissedTickBehavior, interval};

use crate::portal::Portal;

/// Runs until it is dropped.
pub async fn run(portal: Portal) {
    let mut second = interval(Duration::from_secs(2));
    second.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut minute = interval(Duration::from_mins(1));
    minute.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut hour = interval(Duration::from_hours(1));
    hour.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = second.tick() => noted("chain the audit", audit::chain(portal.db()).await),
            _ = minute.tick() => {
                noted("remove expired state", portal.short_lived().sweep(portal.clock().now()).await);
            }
            _ = hour.tick() => {
                let now = portal.clock().now();
                noted("sign the audit", audit::checkpoint(portal.db(), portal.master_key(), now).await);
                noted("erase old details", retain(&portal).await);
                noted("look at the short-lived store", warn_of_eviction(&portal).await);
            }
        }
    }
}

/// Erases the details of events whose time is over.
async fn retain(portal: &Portal) -> Result<u64, StorageError> {
    let (now, random) = (portal.clock().now(), portal.random());
    let ids = audit::RetainIds {
        lease_token: random.uuid_v4(),
        event_id: random.uuid_v7(now),
        salt: random.bytes(),
    };
    audit::retain(portal.db(), portal.audit(), ids, now).await
}

/// Says at the start, and every hour, when the short-lived store may lose what it must keep.
async fn warn_of_eviction(portal: &Portal) -> Result<(), StorageError> {
    if let Some(risk) = portal.short_lived().eviction_risk().await? {
        tracing::warn!("{risk}");
    }
    Ok(())
}

fn noted<T>(what: &'static str, result: Result<T, StorageError>) {
    if let Err(error) = result {
        tracing::warn!(
            task.name = what,
            error = &error as &dyn std::error::Error,
            "housekeeping failed and is tried again"
        );
    }
}
