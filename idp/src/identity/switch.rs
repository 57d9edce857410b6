//! An operator switches an account off, and on again.

use chrono::{DateTime, Utc};
use serde_json::json;
use store::audit::{Actor, Event};
use store::{StorageError, Tx};

use crate::audit;
use crate::broker::Broker;
use crate::ids::AccountId;
use crate::session;
use crate::storage::account::AccountState;
use crate::storage::browser_session::EndReason;
use crate::storage::{access_grant, account};

/// Switches an account off: its sessions end and clients hear of it, what was granted is revoked, offline access too, and nobody logs
/// in. `false`, and nothing done, when it is not active.
pub async fn switch_off(
    broker: &Broker,
    tx: &mut Tx,
    account_id: AccountId,
    reason: &str,
    actor: &Actor,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    if !account::hold(tx, account_id, now).await? {
        return Ok(false);
    }
    let ended = EndReason::AccountDisabled;
    session::end_all_but(broker, tx, account_id, None, ended, actor, now).await?;
    access_grant::revoke_for_account(tx, account_id, now).await?;
    account::set_state(tx, account_id, AccountState::Disabled, now).await?;
    let event = event("account.disabled", account_id, reason, actor);
    audit::record(broker, tx, event, now).await?;
    Ok(true)
}

/// Lets a person in again. `false`, and nothing done, when nobody switched the account off.
pub async fn switch_on(
    broker: &Broker,
    tx: &mut Tx,
    account_id: AccountId,
    reason: &str,
    actor: &Actor,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    if !account::enable(tx, account_id, now).await? {
        return Ok(false);
    }
    let event = event("account.enabled", account_id, reason, actor);
    audit::record(broker, tx, event, now).await?;
    Ok(true)
}

fn event(kind: &'static str, account_id: AccountId, reason: &str, actor: &Actor) -> Event {
    Event {
        kind,
        actor: actor.clone(),
        subject: Some(account_id.uuid()),
        details: json!({ "reason": reason }),
    }
}
