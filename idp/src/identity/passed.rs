//! Accounts that nobody can open again: their only login told nothing to know the person by.

use chrono::Duration;
use store::StorageError;

use super::close::{Cause, close_for};
use crate::broker::Broker;
use crate::storage::upstream_link;

/// A service may still finish what the person began there.
const STAYS: Duration = Duration::days(1);

/// Closes those whose login is over. What the log tells of them stays for its own time. Returns how many.
pub async fn close_passed(broker: &Broker) -> Result<usize, StorageError> {
    let now = broker.clock.now();
    let mut tx = broker.db.read().await?;
    let accounts = upstream_link::list_accounts_passed(&mut tx, now - STAYS, now).await?;
    drop(tx);
    let mut count = 0;
    for account_id in accounts {
        let mut tx = broker.db.begin().await?;
        if close_for(broker, &mut tx, account_id, Cause::Passed, now).await? {
            count += 1;
        }
        tx.commit().await?;
    }
    Ok(count)
}
