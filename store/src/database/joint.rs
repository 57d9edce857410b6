//! Transactions of SQLite that are committed together.
//!
//! A commit waits for the disk, and meanwhile others wait for the one connection that writes. So a transaction that has ended while
//! others wait leaves the commit to them: it hands the connection on as it is and is told once somebody has committed. From the second
//! on each is a savepoint of its own, so whoever undoes what they did undoes nothing else
//! (`docs/adr/0017-whoever-waits-for-the-writer-commits.md`).

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sqlx::SqlSafeStr;
use tokio::sync::{oneshot, watch};

use super::engine::Engine;
use crate::StorageError;

/// What waits on the connection that writes for somebody to commit it. Cheap to clone; only whoever holds the connection changes it.
#[derive(Clone, Debug)]
pub(super) struct Joint(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    members: Mutex<Vec<oneshot::Sender<()>>>,
    /// Somebody saw what is not committed yet and left. Until it is, nobody begins to read: they could be the same.
    was_seen: watch::Sender<bool>,
}

/// Told when the commit is done.
pub(super) type Told = oneshot::Receiver<()>;

impl Joint {
    pub(super) fn new() -> Self {
        Self(Arc::new(Shared {
            members: Mutex::default(),
            was_seen: watch::Sender::new(false),
        }))
    }

    /// How many wait.
    pub(super) fn len(&self) -> usize {
        self.members().len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One more waits.
    pub(super) fn join(&self) -> Told {
        let (tell, told) = oneshot::channel();
        self.members().push(tell);
        told
    }

    /// Tells all that they are committed.
    pub(super) fn tell(&self) {
        for member in std::mem::take(&mut *self.members()) {
            // Whoever has left meanwhile does not want to know.
            let _ = member.send(());
        }
        self.0.was_seen.send_if_modified(std::mem::take);
    }

    /// Nobody can say any more what became of them.
    pub(super) fn give_up(&self) {
        self.members().clear();
        self.0.was_seen.send_if_modified(std::mem::take);
    }

    /// Waits until what somebody saw who left is committed.
    pub(super) async fn settled(&self) {
        if *self.0.was_seen.borrow() {
            // The sender lives as long as we do.
            let _ = self
                .0
                .was_seen
                .subscribe()
                .wait_for(|was_seen| !was_seen)
                .await;
        }
    }

    /// Commits what waits; nothing else is open on the connection.
    pub(super) async fn commit<D: Engine>(&self, connection: &mut D::Connection) {
        if self.is_empty() {
            return;
        }
        match D::run(connection, "commit".into_sql_str()).await {
            Ok(()) => self.tell(),
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "transactions that waited for each other were not committed"
                );
                self.give_up();
            }
        }
    }

    /// Nothing that could panic happens with it held.
    fn members(&self) -> MutexGuard<'_, Vec<oneshot::Sender<()>>> {
        self.0
            .members
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// A transaction that sees what is not committed yet. Dropped before its connection is, it says that it has left.
#[derive(Debug)]
pub(super) struct Among(Option<Joint>);

impl Among {
    pub(super) fn of(joint: &Joint) -> Self {
        Self(Some(joint.clone()))
    }

    /// It waits for the commit like the others, or has seen nothing.
    pub(super) fn stays(mut self) {
        self.0 = None;
    }
}

impl Drop for Among {
    fn drop(&mut self) {
        if let Some(joint) = self.0.take().filter(|joint| !joint.is_empty()) {
            joint.0.was_seen.send_replace(true);
        }
    }
}

/// Waits until somebody has committed.
pub(super) async fn committed(told: Told) -> Result<(), StorageError> {
    told.await
        .map_err(|lost| StorageError::Unavailable(lost.into()))
}

/// Begins a transaction among others.
pub(super) const BEGIN: &str = "savepoint joint";
/// Ends it, uncommitted.
pub(super) const END: &str = "release joint";
/// Undoes it and leaves the others.
pub(super) const UNDO: &str = "rollback to joint; release joint";
/// No more than these wait for one commit.
pub(super) const MOST: usize = 32;
