//! What became one account becomes two again.

use chrono::{DateTime, Utc};
use serde_json::json;
use store::audit::{Actor, Event};
use store::{StorageError, Tx};

use super::apart::can_part;
use crate::audit;
use crate::broker::Broker;
use crate::ids::{AccountId, MergeId};
use crate::mandate;
use crate::notices::{self, Notice};
use crate::session;
use crate::storage::account::{self, AccountState};
use crate::storage::account_merge::AccountMerge;
use crate::storage::browser_session::EndReason;
use crate::storage::{access_grant, account_merge, mandate_proposal, merge_item};

/// What came of undoing a merge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undone {
    /// There are two accounts again.
    Done {
        /// The one that is by itself again.
        parted: AccountId,
    },
    /// The merge does not stand, is not this account's, or its time is over.
    TooLate,
    /// One of the two would have no way in.
    NoWayIn,
}

/// Undoes a merge of `survivor`, or one of an account that is part of it since. Every session and entitlement of the account ends: each client sees again the `sub` it
/// had before, and nobody may go on under the other one.
pub async fn undo(
    broker: &Broker,
    tx: &mut Tx,
    survivor: AccountId,
    merge_id: MergeId,
    now: DateTime<Utc>,
) -> Result<Undone, StorageError> {
    if !account::hold(tx, survivor, now).await? {
        return Ok(Undone::TooLate);
    }
    let within = account_merge::list_within(tx, survivor).await?;
    let stands = |merge: &&AccountMerge| merge.merge_id == merge_id && now < merge.undo_until;
    let Some(merge) = within.iter().find(stands) else {
        return Ok(Undone::TooLate);
    };
    if !can_part(broker, tx, survivor, merge_id).await? {
        return Ok(Undone::NoWayIn);
    }
    if !account_merge::undo(tx, merge_id, now).await? {
        return Ok(Undone::TooLate);
    }
    let actor = Actor::Account(survivor.uuid());
    session::end_all_but(broker, tx, survivor, None, EndReason::Parted, &actor, now).await?;
    access_grant::revoke_for_account(tx, survivor, now).await?;
    // What a later merge left where it was comes from there.
    let later = account_merge::list_upwards(tx, merge.survivor_id).await?;
    let later = later.into_iter().map(|merge| merge.survivor_id);
    let holders: Vec<AccountId> = std::iter::once(merge.survivor_id).chain(later).collect();
    for holder in &holders {
        merge_item::give_back(tx, merge_id, *holder, merge.merged_id).await?;
    }
    merge_item::part_consents(tx, merge, &within, &holders, now).await?;
    let given_back = mandate_proposal::list_by_account(tx, merge.merged_id, now).await?;
    mandate::carried(broker, tx, &given_back, merge.merged_id, actor.clone(), now).await?;
    account::set_state(tx, merge.merged_id, AccountState::Active, now).await?;
    for account_id in [survivor, merge.merged_id] {
        notices::enqueue(broker, tx, account_id, &Notice::MergeUndone, now).await?;
    }
    let event = Event {
        kind: "merge.undone",
        actor,
        subject: Some(survivor.uuid()),
        details: json!({ "merge": merge_id, "parted": merge.merged_id }),
    };
    audit::record(broker, tx, event, now).await?;
    Ok(Undone::Done {
        parted: merge.merged_id,
    })
}
