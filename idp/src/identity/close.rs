//! An account ends.

use chrono::{DateTime, Utc};
use serde_json::json;
use store::audit::{Actor, Event};
use store::{StorageError, Tx};

use super::dispute::dismiss_stale;
use crate::audit;
use crate::broker::Broker;
use crate::ids::AccountId;
use crate::mandate;
use crate::session;
use crate::storage::account::{self, AccountState};
use crate::storage::browser_session::EndReason;
use crate::storage::{access_grant, upstream_link};

/// Ends an account at its owner's wish: ways in, sessions and entitlements, and the details of what the audit log tells of it.
/// Its subjects are strangers from now on, and its subject identifiers are never used again. `false` when it is not active.
pub async fn close(
    broker: &Broker,
    tx: &mut Tx,
    account_id: AccountId,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    if !account::hold(tx, account_id, now).await? {
        return Ok(false);
    }
    let actor = Actor::Account(account_id.uuid());
    for link in upstream_link::list_by_account(tx, account_id).await? {
        dismiss_stale(broker, tx, &link, now).await?;
        upstream_link::end(tx, link.upstream_link_id, now).await?;
        mandate::end_for_link(broker, tx, link.upstream_link_id, &actor, now).await?;
    }
    session::end_all_but(
        broker,
        tx,
        account_id,
        None,
        EndReason::Deleted,
        &actor,
        now,
    )
    .await?;
    access_grant::revoke_for_account(tx, account_id, now).await?;
    account::set_state(tx, account_id, AccountState::Deleted, now).await?;
    // What happened, when and to which account stays in the chain; the circumstances, which are the person's, go.
    let erased = store::audit::erase_details_of(tx, account_id.uuid()).await?;
    let event = Event {
        kind: "account.deleted",
        actor,
        subject: Some(account_id.uuid()),
        details: json!({ "details_erased": erased }),
    };
    audit::record(broker, tx, event, now).await?;
    Ok(true)
}
