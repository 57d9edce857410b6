//! Who looked at mandates, in the history of the people whose they are.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde_json::json;
use store::audit::{Actor, Event};
use store::{StorageError, Tx};
use web::Random;

use crate::storage::mandate::Mandate;

/// Records that somebody of the town looked at these, once for each person.
pub(crate) async fn record_view(
    tx: &mut Tx,
    random: &Random,
    actor: &Actor,
    held: &[Mandate],
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let people: BTreeSet<_> = held.iter().map(|mandate| mandate.account_id).collect();
    for account_id in people {
        let event = Event {
            kind: "mandate.viewed",
            actor: actor.clone(),
            subject: Some(account_id.uuid()),
            details: json!({}),
        };
        store::audit::record(tx, &event, random.uuid_v7(now), random.bytes(), now).await?;
    }
    Ok(())
}
