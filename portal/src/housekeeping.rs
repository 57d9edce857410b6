//! What goes on beside requests: expired short-lived state, the audit chain and its checkpoints. Every replica runs it.

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
            }
        }
    }
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
