//! Who looked at mandates, in the history of the people whose they are.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde_json::json;
use store::audit::{Actor, Event};
use store::{StorageError, Tx};
use web::Random;

use crate::ids::AccountId;

/// Records that somebody of the town looked at mandates, or proposals of them, of these people: once for each person.
pub(crate) async fn record_view(
    tx: &mut Tx,
    random: &Random,
    actor: &Actor,
    people: impl IntoIterator<Item = AccountId>,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let people: BTreeSet<AccountId> = people.into_iter().collect();
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
