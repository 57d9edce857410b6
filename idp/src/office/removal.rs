//! A way in that its owner has lost. They cannot remove it themself, since that needs a login by it, or by one as good; they come to the
//! counter, prove who they are, and two officers do it.

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
use crate::storage::decision::{About, Decision, DecisionDetails};
use crate::storage::upstream_link::{self, UpstreamLink};

/// A lost way in.
#[derive(Clone, Debug)]
pub struct Loss {
    /// The way in.
    pub upstream_link_id: UpstreamLinkId,
    /// How the person proved at the counter who they are.
    pub proved: String,
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
    let link = removable(broker, tx, id, now).await?;
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
        },
        proposed_by: acting.officer,
        proposed_at: now,
        expires_at: now + WAITS,
    };
    write_down(broker, tx, &decision, now).await?;
    Ok(decision.expires_at)
}

/// Removes it, and tells the person as when they do it themself.
pub(super) async fn apply_removal(
    broker: &Broker,
    tx: &mut Tx,
    id: UpstreamLinkId,
    behind: &Behind<'_>,
    now: DateTime<Utc>,
) -> Result<(), NotDecided> {
    let link = removable(broker, tx, id, now).await?;
    let (account_id, decision) = (link.account_id, behind.decision);
    if account_id != decision.account_id {
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
    let removing = Removing {
        account_id,
        keep: None,
        actor: behind.actor.clone(),
        notice: Notice::LinkRemoved {
            provider: link.provider.clone(),
        },
    };
    Ok(identity::remove(broker, tx, &link, removing, now).await?)
}

/// The way in, if its account has another one that works. That a service needs it is no reason to keep what is lost.
async fn removable(
    broker: &Broker,
    tx: &mut Tx,
    id: UpstreamLinkId,
    now: DateTime<Utc>,
) -> Result<UpstreamLink, NotDecided> {
    let link = upstream_link::lookup(tx, id).await?;
    let link = link.ok_or(NotDecided::LinkUnknown(id))?;
    let account_id: AccountId = link.account_id;
    if !account::hold(tx, account_id, now).await? {
        return Err(NotDecided::AccountGone);
    }
    match identity::why_kept(broker, tx, account_id, id, now).await? {
        Some(Kept::LastWayIn) => Err(NotDecided::LastWayIn),
        Some(Kept::Merged(_)) => Err(NotDecided::Merged),
        Some(Kept::Unknown) => Err(NotDecided::LinkUnknown(id)),
        Some(Kept::Needed(_) | Kept::Allowed(_)) | None => Ok(link),
    }
}
