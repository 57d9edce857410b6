//! What another request is about to commit: where the short-lived store is Redis, what it tells may come a few milliseconds earlier.

use std::future::Future;
use std::time::Duration;

use store::StorageError;

const LOOKS: u8 = 20;
const LOOKS_AFTER: Duration = Duration::from_millis(25);

/// Looks until it is there, for half a second.
pub(crate) async fn once_committed<T, F>(look: impl Fn() -> F) -> Result<Option<T>, StorageError>
where
    F: Future<Output = Result<Option<T>, StorageError>>,
{
    for _ in 1..LOOKS {
        if let Some(found) = look().await? {
            return Ok(Some(found));
        }
        tokio::time::sleep(LOOKS_AFTER).await;
    }
    look().await
}
