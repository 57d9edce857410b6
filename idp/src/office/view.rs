//! Who looked at a case, in the history of the people whom it is about.

use chrono::{DateTime, Utc};
use serde_json::json;
use store::audit::{Actor, Event};
use store::{StorageError, Tx};
use web::Random;

use crate::ids::{AccountId, ConflictId};

/// Records that somebody of the town looked at a case: once for each person.
pub async fn record_view(
    tx: &mut Tx,
    random: &Random,
    actor: &Actor,
    (conflict_id, people): (ConflictId, &[AccountId]),
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    for account_id in people {
        let event = Event {
            kind: "conflict.viewed",
            actor: actor.clone(),
            subject: Some(account_id.uuid()),
            details: json!({ "conflict": conflict_id }),
        };
        store::audit::record(tx, &event, random.uuid_v7(now), random.bytes(), now).await?;
    }
    Ok(())
}
