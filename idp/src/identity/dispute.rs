//! A link or merge that the rules do not decide goes to the officers' queue.

use chrono::{DateTime, Utc};
use serde_json::json;
use store::audit::{Actor, Event};
use store::{StorageError, Tx};

use super::Arrived;
use crate::audit;
use crate::broker::Broker;
use crate::ids::{AccountId, ConflictId};
use crate::storage::conflict::{self, ConflictKind, NewConflict};

/// Opens a case and records it; the same case is opened once.
pub async fn dispute(
    broker: &Broker,
    tx: &mut Tx,
    arrived: Arrived<'_>,
    kind: ConflictKind,
    account_id: AccountId,
    other_account_id: Option<AccountId>,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let conflict = NewConflict {
        conflict_id: ConflictId::new(broker.random.uuid_v7(now)),
        kind,
        account_id,
        other_account_id,
        provider: arrived.provider,
        realm: arrived.realm(),
        subject: arrived.subject(),
    };
    let Some(conflict_id) = conflict::open(tx, &broker.master_key, conflict, now).await? else {
        return Ok(());
    };
    let event = Event {
        kind: "conflict.opened",
        actor: Actor::Account(account_id.uuid()),
        subject: Some(account_id.uuid()),
        details: json!({
            "conflict": conflict_id,
            "kind": kind.as_str(),
            "provider": arrived.provider,
            "other": other_account_id,
        }),
    };
    audit::record(broker, tx, event, now).await
}
