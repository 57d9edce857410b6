//! Two accounts of one person become one.

use chrono::{DateTime, Utc};
use serde_json::json;
use store::audit::{Actor, Event};
use store::{StorageError, Tx};

use crate::audit;
use crate::broker::Broker;
use crate::ids::{AccountId, BrowserSessionId, MergeId};
use crate::mandate;
use crate::notices::{self, Notice};
use crate::session;
use crate::storage::account::{self, AccountState};
use crate::storage::account_merge::{self, AccountMerge};
use crate::storage::browser_session::EndReason;
use crate::storage::{access_grant, mandate_proposal, merge_item};

/// Makes `merged` a part of `survivor`: its ways in, proofs, facts, consents and mandates move, proposed ones too, its sessions and entitlements end,
/// its subject identifiers are found through the survivor from now on. `None`, and nothing changed, when one of the
/// two is not active any more. Of the survivor's sessions only `keep` stays.
pub async fn merge(
    broker: &Broker,
    tx: &mut Tx,
    survivor: AccountId,
    merged: AccountId,
    keep: Option<BrowserSessionId>,
    now: DateTime<Utc>,
) -> Result<Option<MergeId>, StorageError> {
    let actor = Actor::Account(survivor.uuid());
    join(broker, tx, [survivor, merged], keep, actor, now).await
}

/// The same, whoever does it: their owner, or officers.
pub(crate) async fn join(
    broker: &Broker,
    tx: &mut Tx,
    [survivor, merged]: [AccountId; 2],
    keep: Option<BrowserSessionId>,
    actor: Actor,
    now: DateTime<Utc>,
) -> Result<Option<MergeId>, StorageError> {
    // Always in the same order, so that two merges of the same pair wait for each other and never for ever.
    let (first, second) = (survivor.min(merged), survivor.max(merged));
    if survivor == merged
        || !account::hold(tx, first, now).await?
        || !account::hold(tx, second, now).await?
    {
        return Ok(None);
    }
    // Before anything moves, so that everybody who can be told is.
    for account_id in [survivor, merged] {
        notices::enqueue(broker, tx, account_id, &Notice::AccountsMerged, now).await?;
    }
    let reason = EndReason::Merged;
    session::end_all_but(broker, tx, merged, None, reason, &actor, now).await?;
    session::end_all_but(broker, tx, survivor, keep, reason, &actor, now).await?;
    access_grant::revoke_for_account(tx, merged, now).await?;

    let record = AccountMerge {
        merge_id: MergeId::new(broker.random.uuid_v7(now)),
        survivor_id: survivor,
        merged_id: merged,
        merged_at: now,
        undo_until: now + broker.config.account.undo_within(),
        undone_at: None,
    };
    account_merge::add(tx, &record).await?;
    let proposals = mandate_proposal::list_by_account(tx, merged, now).await?;
    merge_item::take_over(tx, record.merge_id, merged, survivor).await?;
    mandate::carried(broker, tx, &proposals, survivor, actor.clone(), now).await?;
    account::set_state(tx, merged, AccountState::Merged, now).await?;
    let event = Event {
        kind: "account.merged",
        actor,
        subject: Some(survivor.uuid()),
        details: json!({ "merge": record.merge_id, "merged": merged }),
    };
    audit::record(broker, tx, event, now).await?;
    Ok(Some(record.merge_id))
}
