//! How a browser session ends: its client sessions, their entitlements and everybody who has to hear of it.

use chrono::{DateTime, Utc};
use serde_json::json;
use store::audit::{Actor, Event};
use store::{StorageError, Tx};

use crate::audit;
use crate::broker::Broker;
use crate::ids::{AccountId, BrowserSessionId};
use crate::oidc::backchannel;
use crate::storage::browser_session::EndReason;
use crate::storage::{access_grant, account, browser_session, client_session};

/// What ended, and why.
#[derive(Clone, Debug)]
pub(crate) struct Ending {
    /// The session.
    pub(crate) browser_session_id: BrowserSessionId,
    /// Whose it was.
    pub(crate) account_id: AccountId,
    /// Why.
    pub(crate) reason: EndReason,
    /// Who ended it.
    pub(crate) actor: Actor,
}

/// Sessions at clients that a browser session took with it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ended {
    /// Those whose client hears of it.
    pub(crate) told: usize,
    /// Those whose client has no address to be told at.
    pub(crate) untold: usize,
}

/// Ends a browser session within the caller's transaction. `None`, and nothing done, when it had ended before.
pub(crate) async fn end(
    broker: &Broker,
    tx: &mut Tx,
    ending: Ending,
    now: DateTime<Utc>,
) -> Result<Option<Ended>, StorageError> {
    // A code that is being redeemed at this moment comes before the end and is told of it, or after it and is refused.
    account::hold(tx, ending.account_id, now).await?;
    if !browser_session::end(tx, ending.browser_session_id, ending.reason, now).await? {
        return Ok(None);
    }
    access_grant::revoke_for_browser_session(tx, ending.browser_session_id, now).await?;
    let ended = client_session::end_all(tx, ending.browser_session_id, now).await?;
    let told = backchannel::announce(broker, tx, &ended, now).await?;
    let event = Event {
        kind: "session.ended",
        actor: ending.actor,
        subject: Some(ending.account_id.uuid()),
        details: json!({
            "session": ending.browser_session_id,
            "reason": ending.reason.as_str(),
            "clients": ended.iter().map(|session| session.client_id.as_str()).collect::<Vec<_>>(),
        }),
    };
    audit::record(broker, tx, event, now).await?;
    Ok(Some(Ended {
        told,
        untold: ended.len().saturating_sub(told),
    }))
}

/// Ends every live session of an account but one.
pub(crate) async fn end_all_but(
    broker: &Broker,
    tx: &mut Tx,
    account_id: AccountId,
    keep: Option<BrowserSessionId>,
    reason: EndReason,
    actor: &Actor,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    for session in browser_session::list_by_account(tx, account_id, now).await? {
        if Some(session.browser_session_id) == keep {
            continue;
        }
        let ending = Ending {
            browser_session_id: session.browser_session_id,
            account_id,
            reason,
            actor: actor.clone(),
        };
        end(broker, tx, ending, now).await?;
    }
    Ok(())
}
