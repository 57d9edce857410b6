//! How full the store is, when the database keeps it.

use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, SubsecRound, Utc};

use super::database;
use crate::{StorageError, Tx};

/// The bound on entries. Counting a table at every insert would cost more than the insert, so this process estimates
/// between two counts, and what it sees full it counts again, at most once a second. Other replicas' entries show at the
/// next count: the bound protects a disk, it need not be exact.
#[derive(Debug)]
pub(super) struct Room {
    limit: i64,
    entries: AtomicI64,
    counted_at: AtomicI64,
}

impl Room {
    /// Seems full until it was counted once.
    pub(super) fn new(limit: u32) -> Self {
        let limit = i64::from(limit);
        Self {
            limit,
            entries: AtomicI64::new(limit),
            counted_at: AtomicI64::new(i64::MIN),
        }
    }

    /// True when nothing new fits.
    pub(super) async fn is_full(
        &self,
        tx: &mut Tx,
        now: DateTime<Utc>,
    ) -> Result<bool, StorageError> {
        self.is_filled_to(self.limit, tx, now).await
    }

    /// True when only what runs already should be let in.
    pub(super) async fn is_nearly_full(
        &self,
        tx: &mut Tx,
        now: DateTime<Utc>,
    ) -> Result<bool, StorageError> {
        self.is_filled_to(self.limit - self.limit / 10, tx, now)
            .await
    }

    /// The estimate alone, for which no transaction is needed.
    pub(super) fn seems_nearly_full(&self) -> bool {
        self.entries.load(Ordering::Relaxed) >= self.limit - self.limit / 10
    }

    /// Entries came or, with a negative number, went.
    pub(super) fn change(&self, by: i64) {
        self.entries.fetch_add(by, Ordering::Relaxed);
    }

    /// Counts what has not expired.
    pub(super) async fn count(&self, tx: &mut Tx, now: DateTime<Utc>) -> Result<(), StorageError> {
        let live = database::count_live(tx, now.trunc_subsecs(6)).await?;
        self.entries.store(live, Ordering::Relaxed);
        self.counted_at
            .store(now.timestamp_micros(), Ordering::Relaxed);
        Ok(())
    }

    async fn is_filled_to(
        &self,
        level: i64,
        tx: &mut Tx,
        now: DateTime<Utc>,
    ) -> Result<bool, StorageError> {
        if self.entries.load(Ordering::Relaxed) < level {
            return Ok(false);
        }
        if self.was_counted_before(now) {
            self.count(tx, now).await?;
        }
        Ok(self.entries.load(Ordering::Relaxed) >= level)
    }

    fn was_counted_before(&self, now: DateTime<Utc>) -> bool {
        let counted_at = self.counted_at.load(Ordering::Relaxed);
        now.timestamp_micros().abs_diff(counted_at) >= A_SECOND
    }
}

const A_SECOND: u64 = 1_000_000;
