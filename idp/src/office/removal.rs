//! A way in that its owner has lost. They cannot remove it themself, since that needs a login by it, or by one as good; they come to the
//! counter, prove who they are, and two officers do it.
//!
//! As long as accounts that became one can be parted, each needs a way in of its own. One that serves no more, or that somebody else has,
//! keeps nobody from being locked out: officers remove it all the same, and with it the possibility to part ends. Both say so by a word.

use chrono::{DateTime, Utc};
use serde_json::json;
use store::Tx;
use store::audit::Event;

use super::apply::Behind;
use super::decide::{facts, fit, write_down};
use super::officers::{check_strange, officer};
use super::{Acting, DECIDES, NotDecided, Outcome, WAITS};
use crate::audit;
use crate::broker::Broker;
use crate::identity::{self, Kept, Removing};
use crate::ids::{AccountId, DecisionId, UpstreamLinkId};
use crate::notices::Notice;
use crate::storage::account;
use crate::storage::account_merge::{self, AccountMerge};
use crate::storage::decision::{About, Decision, DecisionDetails};
use crate::storage::upstream_link::{self, UpstreamLink};

/// A lost way in.
#[derive(Clone, Debug)]
pub struct Loss {
    /// The way in.
    pub upstream_link_id: UpstreamLinkId,
    /// How the person proved at the counter who they are.
    pub proved: String,
    /// Whether the possibility to part accounts may end with it.
    pub end_parting: bool,
}

/// Decides that a way in is removed; another officer has to agree until the time returned.
pub async fn decide_removal(
    broker: &Broker,
    tx: &mut Tx,
    acting: &Acting,
    loss: Loss,
    now: DateTime<Utc>,
) -> Result<DateTime<Utc>, NotDecided> {
    let id = loss.upstream_link_id;
    let link = upstream_link::lookup(tx, id).await?;
    let link = link.ok_or(NotDecided::LinkUnknown(id))?;
    let ends = removable(broker, tx, &link, now).await?;
    match (loss.end_parting, ends.first()) {
        (true, None) => return Err(NotDecided::NothingToEnd),
        (false, Some(merge)) => {
            return Err(NotDecided::EndsParting(merge.undo_until.date_naive()));
        }
        (true, Some(_)) | (false, None) => {}
    }
    let first = officer(broker, tx, acting.officer, DECIDES, now).await?;
    let people = facts(broker, tx, &[link.account_id], now).await?;
    check_strange(&first, &people, None)?;
    let decision = Decision {
        decision_id: DecisionId::new(broker.random.uuid_v7(now)),
        about: About::Removal(id),
        account_id: link.account_id,
        other_account_id: None,
        outcome: Outcome::Removed,
        details: DecisionDetails {
            reason: fit(loss.proved)?,
            told: None,
            operator: acting.operator.clone(),
            ends: ends.iter().map(|merge| merge.merge_id).collect(),
        },
        proposed_by: acting.officer,
        proposed_at: now,
        expires_at: now + WAITS,
    };
    write_down(broker, tx, &decision, now).await?;
    Ok(decision.expires_at)
}

/// The merges that a removal makes final at this moment. [`NotDecided`] says why it is not possible at all.
pub async fn ends(
    broker: &Broker,
    tx: &mut Tx,
    link: &UpstreamLink,
    now: DateTime<Utc>,
) -> Result<Vec<AccountMerge>, NotDecided> {
    let (account_id, id) = (link.account_id, link.upstream_link_id);
    match identity::why_kept(broker, tx, account_id, id, now).await? {
        Some(Kept::LastWayIn) => Err(NotDecided::LastWayIn),
        Some(Kept::Unknown) => Err(NotDecided::LinkUnknown(id)),
        Some(Kept::Merged(_)) => Ok(identity::ended_by_removal(broker, tx, link, now).await?),
        // That a service needs it is no reason to keep what is lost.
        Some(Kept::Needed(_) | Kept::Allowed(_)) | None => Ok(Vec::new()),
    }
}

/// Removes it, and tells the person as when they do it themself, and what ended with it. Returns the merges that are final now.
pub(super) async fn apply_removal(
    broker: &Broker,
    tx: &mut Tx,
    id: UpstreamLinkId,
    behind: &Behind<'_>,
    now: DateTime<Utc>,
) -> Result<Vec<AccountMerge>, NotDecided> {
    let (account_id, decision) = (behind.decision.account_id, behind.decision);
    let link = upstream_link::lookup(tx, id).await?;
    let link = link.filter(|link| link.account_id == account_id);
    let link = link.ok_or(NotDecided::Changed)?;
    let ends = removable(broker, tx, &link, now).await?;
    // What was judged may need less by now, never something else.
    let is_judged = |merge: &AccountMerge| decision.details.ends.contains(&merge.merge_id);
    if !ends.iter().all(is_judged) {
        return Err(NotDecided::Changed);
    }
    let event = Event {
        kind: "link.removal-decided",
        actor: behind.actor.clone(),
        subject: Some(account_id.uuid()),
        details: json!({
            "link": id,
            "decision": decision.decision_id,
            "officer": decision.proposed_by,
            "second_officer": behind.second,
        }),
    };
    audit::record(broker, tx, event, now).await?;
    for merge in &ends {
        end_parting(broker, tx, (account_id, id), merge, behind, now).await?;
    }
    let provider = link.provider.clone();
    let removing = Removing {
        account_id,
        keep: None,
        actor: behind.actor.clone(),
        notice: if ends.is_empty() {
            Notice::LinkRemoved { provider }
        } else {
            Notice::PartingEnded { provider }
        },
    };
    identity::remove(broker, tx, &link, removing, now).await?;
    Ok(ends)
}

/// From now on the two are one for good, as after the days for parting.
async fn end_parting(
    broker: &Broker,
    tx: &mut Tx,
    (account_id, link): (AccountId, UpstreamLinkId),
    merge: &AccountMerge,
    behind: &Behind<'_>,
    now: DateTime<Utc>,
) -> Result<(), NotDecided> {
    if !account_merge::end_parting(tx, merge.merge_id, now).await? {
        return Err(NotDecided::Changed);
    }
    let event = Event {
        kind: "merge.parting-ended",
        actor: behind.actor.clone(),
        subject: Some(account_id.uuid()),
        details: json!({
            "merge": merge.merge_id,
            "merged": merge.merged_id,
            "link": link,
            "decision": behind.decision.decision_id,
        }),
    };
    Ok(audit::record(broker, tx, event, now).await?)
}

/// What ends with the way in, if its account has another one that works. Takes the account, which may be switched off: what was stolen
/// is, until this is done.
async fn removable(
    broker: &Broker,
    tx: &mut Tx,
    link: &UpstreamLink,
    now: DateTime<Utc>,
) -> Result<Vec<AccountMerge>, NotDecided> {
    if !account::hold_even_disabled(tx, link.account_id, now).await? {
        return Err(NotDecided::AccountGone);
    }
    ends(broker, tx, link, now).await
}
