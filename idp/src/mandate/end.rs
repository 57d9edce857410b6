//! A mandate ends: every token of it dies at once, and the clients hear that their sessions ended.

use chrono::{DateTime, Utc};
use serde_json::json;
use store::audit::{Actor, Event};
use store::{StorageError, Tx};

use crate::audit;
use crate::broker::Broker;
use crate::ids::UpstreamLinkId;
use crate::notices::{self, Notice};
use crate::oidc::backchannel;
use crate::storage::mandate::{self, Mandate};
use crate::storage::{access_grant, account, client_session};

/// Why a mandate ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndReason {
    /// A later login of the same person at the same source no longer showed it.
    NotShown,
    /// No login has shown it for too long, or its time was over.
    Expired,
    /// The person gave it up.
    GivenUp,
    /// An officer withdrew it.
    Withdrawn,
    /// The body does not exist any more.
    BodyEnded,
    /// The public register says that the person has left the body's statutory body.
    NotAMember,
    /// The person closed their account.
    AccountClosed,
    /// The provider whose logins showed it is not configured any more.
    ProviderGone,
    /// The town's rules leave out such bodies, or such people, now.
    LeftOut,
}

impl EndReason {
    /// The word in the database and the audit log.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotShown => "not_shown",
            Self::Expired => "expired",
            Self::GivenUp => "given_up",
            Self::Withdrawn => "withdrawn",
            Self::BodyEnded => "body_ended",
            Self::NotAMember => "not_a_member",
            Self::AccountClosed => "account_closed",
            Self::ProviderGone => "provider_gone",
            Self::LeftOut => "left_out",
        }
    }
}

/// Ends a mandate within the caller's transaction. `false`, and nothing done, when it was ended before.
pub(crate) async fn end(
    broker: &Broker,
    tx: &mut Tx,
    mandate: &Mandate,
    reason: EndReason,
    actor: Actor,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let id = mandate.mandate_id;
    account::hold(tx, mandate.account_id, now).await?;
    if !mandate::revoke(tx, id, reason, now).await? {
        return Ok(false);
    }
    access_grant::revoke_for_mandate(tx, id, now).await?;
    let ended = client_session::end_for_mandate(tx, id, now).await?;
    backchannel::announce(broker, tx, &ended, now).await?;
    let event = Event {
        kind: "mandate.ended",
        actor,
        subject: Some(mandate.account_id.uuid()),
        details: json!({
            "mandate": id,
            "reason": reason.as_str(),
            "clients": ended.iter().map(|session| session.client_id.as_str()).collect::<Vec<_>>(),
        }),
    };
    audit::record(broker, tx, event, now).await?;
    let body = mandate.name.clone();
    let notice = match reason {
        EndReason::NotAMember => Notice::MandateNotAMember { body },
        _ => Notice::MandateEnded { body },
    };
    notices::enqueue(broker, tx, mandate.account_id, &notice, now).await?;
    Ok(true)
}

/// Ends what the logins of a link showed: the link ended, and nothing stands behind them any more.
pub async fn end_for_link(
    broker: &Broker,
    tx: &mut Tx,
    upstream_link_id: UpstreamLinkId,
    actor: &Actor,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    for held in mandate::list_by_link(tx, upstream_link_id).await? {
        end(broker, tx, &held, EndReason::NotShown, actor.clone(), now).await?;
    }
    Ok(())
}

/// Ends mandates that ran out of date. Returns how many.
pub async fn work(broker: &Broker) -> Result<usize, StorageError> {
    let now = broker.clock.now();
    let mut tx = broker.db.read().await?;
    let expired = mandate::list_expired(&mut tx, now).await?;
    drop(tx);
    let mut count = 0;
    for mandate in expired {
        let mut tx = broker.db.begin().await?;
        // A login may have shown it again since it was read.
        let still = mandate::lookup(&mut tx, mandate.mandate_id).await?;
        if let Some(still) = still.filter(|still| still.valid_until <= now)
            && end(
                broker,
                &mut tx,
                &still,
                EndReason::Expired,
                Actor::System,
                now,
            )
            .await?
        {
            count += 1;
        }
        tx.commit().await?;
    }
    Ok(count)
}
