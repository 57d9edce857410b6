//! "Do you have an account already?": told to whoever has a new one (local-identity 8.2, rules 2 and 6).
//!
//! A subject that nobody knows makes an account, also for somebody who came another way before. Only a login by that other way shows
//! whose it is, so the page says how, and says the same to everybody: an address or a name that is known elsewhere changes nothing of it,
//! or it would tell a stranger who has an account here.

use chrono::{DateTime, Duration, Utc};
use store::{StorageError, Tx};

use crate::storage::account::Account;
use crate::storage::{account_merge, upstream_link};

/// How long an account is new.
const NEW: Duration = Duration::days(30);

/// Whether to ask the holder of an account.
pub(crate) async fn is_asked(
    tx: &mut Tx,
    account: &Account,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    if now - account.created_at > NEW {
        return Ok(false);
    }
    let ways = upstream_link::list_by_account(tx, account.account_id).await?;
    // A way in that does not last is joined with nothing.
    if !matches!(ways.as_slice(), [only] if only.linkable) {
        return Ok(false);
    }
    // Whoever has joined accounts knows how, though they parted them again.
    let merges = account_merge::list_within(tx, account.account_id).await?;
    Ok(merges.is_empty())
}
