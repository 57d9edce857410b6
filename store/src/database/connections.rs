//! Connections that serve again at once.
//!
//! sqlx's pool asks each connection that comes back whether it still answers. One whose transaction has just ended as it should
//! did answer, so it waits here for the next; all others go back to the pool, which looks at them.

use std::fmt::{self, Debug, Formatter};
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::{Database, Pool};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout};

use super::engine::Engine;
use super::joint::{Joint, MOST, Told};
use crate::StorageError;

/// Connections of one kind to one database. Cheap to clone.
pub struct Connections<D: Database>(Arc<Home<D>>);

struct Home<D: Database> {
    pool: Pool<D>,
    /// As many as the pool may have connections: whoever has a place gets one of those that wait, or one that the pool has left.
    places: Arc<Semaphore>,
    /// Those that wait; the last one came last and goes first.
    ready: Mutex<Vec<Ready<D>>>,
    /// How many wait for a place to write.
    queue: AtomicUsize,
    /// Where one connection alone writes: transactions that wait for others to commit.
    joint: Option<Joint>,
}

struct Ready<D: Database> {
    connection: PoolConnection<D>,
    taken_at: Instant,
    since: Instant,
}

/// A connection in use. Dropped, it goes back to the pool.
pub(super) struct Lent<D: Database> {
    connection: PoolConnection<D>,
    /// When it came from the pool.
    taken_at: Instant,
    home: Arc<Home<D>>,
    place: OwnedSemaphorePermit,
}

impl<D: Database> Connections<D> {
    /// `joint` is what the pool settles when a connection comes back to it.
    pub(super) fn of(pool: Pool<D>, joint: Option<Joint>) -> Self {
        let places = pool.options().get_max_connections();
        Self(Arc::new(Home {
            pool,
            places: Arc::new(Semaphore::new(usize::try_from(places).unwrap_or(1))),
            ready: Mutex::default(),
            queue: AtomicUsize::default(),
            joint,
        }))
    }

    /// A connection that answered a moment ago, or one that the pool vouches for; waits for it as long as the configuration says.
    pub(super) async fn lend(&self) -> Result<Lent<D>, sqlx::Error> {
        let places = Arc::clone(&self.0.places);
        let queued = Queued::at(&self.0.queue);
        let place = timeout(self.patience(), places.acquire_owned())
            .await
            .map_err(|_| sqlx::Error::PoolTimedOut)?
            .map_err(|_| sqlx::Error::PoolClosed)?;
        drop(queued);
        let (connection, taken_at) = match self.take_ready() {
            Some(ready) => (ready.connection, ready.taken_at),
            None => (self.0.pool.acquire().await?, Instant::now()),
        };
        Ok(Lent {
            connection,
            taken_at,
            home: Arc::clone(&self.0),
            place,
        })
    }

    /// Waits until what somebody saw before its commit, and left, is committed: as long as for a transaction.
    pub(super) async fn settled(&self) -> Result<(), StorageError> {
        let Some(joint) = &self.0.joint else {
            return Ok(());
        };
        timeout(self.patience() * 2, joint.settled())
            .await
            .map_err(|late| StorageError::Unavailable(late.into()))
    }

    /// How long one waits for a connection.
    pub(super) fn patience(&self) -> Duration {
        self.0.pool.options().get_acquire_timeout()
    }

    /// How many there are at this moment.
    pub(super) fn count(&self) -> u32 {
        self.0.pool.size()
    }

    fn take_ready(&self) -> Option<Ready<D>> {
        let mut ready = self.0.ready();
        let last = ready.pop()?;
        if last.since.elapsed() < TRUSTED_WHEN_IDLE {
            return Some(last);
        }
        // All others have idled for longer still.
        let idle = std::mem::take(&mut *ready);
        drop(ready);
        drop((last, idle));
        None
    }
}

/// Closes all, once those that are in use have come back.
pub(super) async fn close<D: Engine>(connections: &Connections<D>) {
    let home = &connections.0;
    drop(home.stop_lending());
    if home.joint.is_some() {
        // The pool settles what comes back to it (`open.rs`), and closed it does so no more: so the one connection that writes comes
        // back first. When it does not in time, whoever waits for a commit is told that there was none.
        drop(home.pool.acquire().await);
    }
    home.pool.close().await;
    if let Some(joint) = &home.joint {
        joint.give_up();
    }
}

impl<D: Engine> Home<D> {
    /// Commits what waits when those to whom it was left have gone: it stands in the queue behind them.
    async fn guard(self: Arc<Self>, joint: Joint) {
        let Ok(place) = Arc::clone(&self.places).acquire_owned().await else {
            return;
        };
        // Taken apart from the settling: the lock is not held across it.
        let ready = match joint.is_empty() {
            true => None,
            false => self.ready().pop(),
        };
        if let Some(mut ready) = ready {
            joint.commit::<D>(&mut ready.connection).await;
            ready.since = Instant::now();
            self.keep(ready);
        }
        drop(place);
    }
}

impl<D: Database> Home<D> {
    /// Lets a connection wait for the next who wants one.
    fn keep(&self, connection: Ready<D>) {
        let mut ready = self.ready();
        if !self.places.is_closed() {
            ready.push(connection);
        }
    }

    /// From here on nobody gets a connection, and each that comes back goes to the pool.
    fn stop_lending(&self) -> Vec<Ready<D>> {
        // With the lock held, as in `keep`: nothing is left here that nobody will take.
        let mut ready = self.ready();
        self.places.close();
        std::mem::take(&mut *ready)
    }

    /// Nothing that could panic happens with it held.
    fn ready(&self) -> MutexGuard<'_, Vec<Ready<D>>> {
        self.ready.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<D: Engine> Lent<D> {
    /// Where a transaction that has ended may be left, because others wait to write and will commit it.
    pub(super) fn may_hand_on(&self) -> Option<Joint> {
        let home = &self.home;
        let joint = home.joint.as_ref()?;
        let may = home.queue.load(Ordering::Relaxed) > 0
            && joint.len() < MOST
            && !home.places.is_closed();
        may.then(|| joint.clone())
    }

    /// Leaves a transaction that has ended to those who wait to write.
    pub(super) fn hand_on(self, joint: Joint) -> Told {
        let home = Arc::clone(&self.home);
        let is_first = joint.is_empty();
        let told = joint.join();
        self.give_back();
        if is_first {
            tokio::spawn(home.guard(joint));
        }
        told
    }
}

impl<D: Database> Lent<D> {
    /// What waits on this connection for a commit, if anything does.
    pub(super) fn joint(&self) -> Option<&Joint> {
        self.home.joint.as_ref().filter(|joint| !joint.is_empty())
    }

    /// Takes back a connection whose last statement was answered and that is in no transaction.
    pub(super) fn give_back(self) {
        let now = Instant::now();
        let Self {
            connection,
            taken_at,
            home,
            place,
        } = self;
        // Now and then the pool sees each, which closes those that have become too old.
        if now - taken_at > SEEN_BY_THE_POOL_EVERY {
            return;
        }
        home.keep(Ready {
            connection,
            taken_at,
            since: now,
        });
        // Only now: whoever gets the place finds the connection.
        drop(place);
    }
}

impl<D: Database> Deref for Lent<D> {
    type Target = D::Connection;

    fn deref(&self) -> &Self::Target {
        &self.connection
    }
}

impl<D: Database> DerefMut for Lent<D> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.connection
    }
}

impl<D: Database> Clone for Connections<D> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<D: Database> Debug for Connections<D> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connections")
            .field("pool", &self.0.pool)
            .field("ready", &self.0.ready().len())
            .finish_non_exhaustive()
    }
}

/// Somebody who waits for a place; dropped, they do no more.
struct Queued<'a>(&'a AtomicUsize);

impl<'a> Queued<'a> {
    fn at(queue: &'a AtomicUsize) -> Self {
        queue.fetch_add(1, Ordering::Relaxed);
        Self(queue)
    }
}

impl Drop for Queued<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What has answered within it is taken to live still.
pub(super) const TRUSTED_WHEN_IDLE: Duration = Duration::from_secs(1);
const SEEN_BY_THE_POOL_EVERY: Duration = Duration::from_mins(1);
