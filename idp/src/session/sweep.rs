//! Sessions whose time is over are ended, also where nobody signs out and nobody comes back: their clients hear of it, and the
//! audit says why.
//!
//! A session at a client that goes on renewing its tokens keeps the browser's from ending as idle. It opens nothing here any
//! more all the same ([`super::is_used`]).

use chrono::{DateTime, Utc};
use store::StorageError;
use store::audit::Actor;

use super::end::{Ending, end};
use crate::broker::Broker;
use crate::storage::browser_session::{EndReason, Over};
use crate::storage::{account, browser_session};

/// So many are looked for at once.
const AT_ONCE: i64 = 200;
/// So often in a row; whatever is left waits for the next time.
const ROUNDS: usize = 50;

/// Ends sessions that ran out of time or were not used for long. Returns how many. Any number of replicas may do it at once.
pub async fn end_over(broker: &Broker) -> Result<usize, StorageError> {
    let now = broker.clock.now();
    let idle_since = now - broker.config.session.idle();
    let mut count = 0;
    for _ in 0..ROUNDS {
        let mut tx = broker.db.read().await?;
        let mut over = browser_session::list_expired(&mut tx, now, AT_ONCE).await?;
        over.extend(browser_session::list_idle(&mut tx, idle_since, AT_ONCE).await?);
        drop(tx);
        let mut ended = 0;
        for session in over {
            ended += usize::from(end_one(broker, &session, now).await?);
        }
        if ended == 0 {
            break;
        }
        count += ended;
    }
    if count > 0 {
        tracing::info!(sessions = count, "sessions whose time was over were ended");
    }
    Ok(count)
}

/// Each in a transaction of its own, so that nobody waits for many. `false` when another replica was faster, or it was used.
async fn end_one(
    broker: &Broker,
    session: &Over,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let idle_since = now - broker.config.session.idle();
    let (id, account_id) = (session.browser_session_id, session.account_id);
    let mut tx = broker.db.begin().await?;
    // Whoever logs in with it at this moment comes before the look, or after the end.
    account::hold(&mut tx, account_id, now).await?;
    let reason = match browser_session::is_over(&mut tx, id, now, idle_since).await? {
        Some((true, _)) => EndReason::Expired,
        Some((false, true)) => EndReason::Idle,
        Some((false, false)) | None => return Ok(false),
    };
    let ending = Ending {
        browser_session_id: id,
        account_id,
        reason,
        actor: Actor::System,
    };
    let ended = end(broker, &mut tx, ending, now).await?.is_some();
    tx.commit().await?;
    Ok(ended)
}
