//! Short-lived state: what a login, a code or a replay guard needs for minutes, in the database or in Redis.
//!
//! Every entry has a key, a value and a moment from which on it does not exist. Keys read `{purpose}:{anything}` and are
//! stored as purpose and hash, values are sealed under the master key. A value and a count may share a key; they are
//! two entries.

mod config;
mod database;
mod envelope;
mod redis;
mod room;
mod within;

pub use config::ShortLivedConfig;
pub use within::Within;

use std::sync::Arc;

use chrono::{DateTime, Duration, SubsecRound, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Db, MasterKey, OpenError, StorageError, Tx};
use envelope::Envelope;
use redis::RedisStore;
use room::Room;

/// The store of short-lived state. Cheap to clone.
#[derive(Clone, Debug)]
pub struct ShortLived {
    kept: Kept,
    envelope: Arc<Envelope>,
}

#[derive(Clone, Debug)]
enum Kept {
    InDatabase(Db, Arc<Room>),
    InRedis(RedisStore),
}

impl ShortLived {
    /// Opens the store. `namespace` (`idp`, `portal`) keeps two programs apart that share a Redis, which need not be
    /// reachable yet.
    #[expect(
        clippy::unused_async,
        reason = "the connection to Redis belongs to the runtime it is opened in"
    )]
    pub async fn open(
        config: &ShortLivedConfig,
        namespace: &'static str,
        db: &Db,
        master_key: &MasterKey,
    ) -> Result<Self, OpenError> {
        let kept = match redis::open(config)? {
            Some(connection) => {
                Kept::InRedis(RedisStore::new(connection, namespace, config.max_entries))
            }
            None => Kept::InDatabase(db.clone(), Arc::new(Room::new(config.max_entries))),
        };
        Ok(Self {
            kept,
            envelope: Arc::new(Envelope::new(master_key)),
        })
    }

    /// The operations inside the caller's transaction when the database is the store, so that an endpoint needs one
    /// write transaction. Redis knows nothing of transactions: there, each operation takes effect at once and stays.
    pub fn within<'a>(&'a self, tx: &'a mut Tx) -> Within<'a> {
        match &self.kept {
            Kept::InDatabase(_, room) => Within::database(tx, room, &self.envelope),
            Kept::InRedis(store) => Within::redis(store, &self.envelope),
        }
    }

    /// Keeps `value` for `ttl`, over whatever the key held.
    pub async fn put(
        &self,
        key: &str,
        value: &[u8],
        ttl: Duration,
        now: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        let mut alone = self.write().await?;
        alone.within().put(key, value, ttl, now).await?;
        alone.end().await
    }

    /// Keeps `value` unless the key holds one; true for exactly one of any number of callers.
    pub async fn put_if_absent(
        &self,
        key: &str,
        value: &[u8],
        ttl: Duration,
        now: DateTime<Utc>,
    ) -> Result<bool, StorageError> {
        let mut alone = self.write().await?;
        let is_first = alone.within().put_if_absent(key, value, ttl, now).await?;
        alone.end().await?;
        Ok(is_first)
    }

    /// Reads without taking.
    pub async fn get(
        &self,
        key: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<Vec<u8>>, StorageError> {
        let mut alone = self.read().await?;
        let value = alone.within().get(key, now).await?;
        alone.end().await?;
        Ok(value)
    }

    /// Reads and removes; exactly one of any number of callers gets it.
    pub async fn take(
        &self,
        key: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<Vec<u8>>, StorageError> {
        let mut alone = self.write().await?;
        let value = alone.within().take(key, now).await?;
        alone.end().await?;
        Ok(value)
    }

    /// Counts one more and says how many that makes. The first one starts the time that `ttl` gives; later ones do not
    /// prolong it.
    pub async fn increment(
        &self,
        key: &str,
        ttl: Duration,
        now: DateTime<Utc>,
    ) -> Result<i64, StorageError> {
        let mut alone = self.write().await?;
        let counted = alone.within().increment(key, ttl, now).await?;
        alone.end().await?;
        Ok(counted)
    }

    /// How many were counted, without counting.
    pub async fn count(&self, key: &str, now: DateTime<Utc>) -> Result<i64, StorageError> {
        let mut alone = self.read().await?;
        let counted = alone.within().count(key, now).await?;
        alone.end().await?;
        Ok(counted)
    }

    /// Gives the value and the count of a key `ttl` from now on; false when it holds neither.
    pub async fn expire(
        &self,
        key: &str,
        ttl: Duration,
        now: DateTime<Utc>,
    ) -> Result<bool, StorageError> {
        let mut alone = self.write().await?;
        let found = alone.within().expire(key, ttl, now).await?;
        alone.end().await?;
        Ok(found)
    }

    /// Removes the value and the count of a key.
    pub async fn remove(&self, key: &str) -> Result<(), StorageError> {
        let mut alone = self.write().await?;
        alone.within().remove(key).await?;
        alone.end().await
    }

    /// [`Self::put`] of a value as JSON.
    pub async fn put_json<T: Serialize>(
        &self,
        key: &str,
        value: &T,
        ttl: Duration,
        now: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        let json = serde_json::to_vec(value)?;
        self.put(key, &json, ttl, now).await
    }

    /// [`Self::get`] of a value kept as JSON.
    pub async fn get_json<T: DeserializeOwned>(
        &self,
        key: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<T>, StorageError> {
        within::from_json(self.get(key, now).await?)
    }

    /// [`Self::take`] of a value kept as JSON.
    pub async fn take_json<T: DeserializeOwned>(
        &self,
        key: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<T>, StorageError> {
        within::from_json(self.take(key, now).await?)
    }

    /// Refuses with [`StorageError::Full`] from nine tenths of the bound on. Asked before something *new* begins, so
    /// that what runs already finds room to end.
    pub async fn admit(&self, now: DateTime<Utc>) -> Result<(), StorageError> {
        let is_nearly_full = match &self.kept {
            Kept::InRedis(store) => store.is_nearly_full().await?,
            Kept::InDatabase(_, room) if !room.seems_nearly_full() => false,
            Kept::InDatabase(db, room) => room.is_nearly_full(&mut db.read().await?, now).await?,
        };
        if is_nearly_full {
            Err(StorageError::Full)
        } else {
            Ok(())
        }
    }

    /// Removes what has expired, in small transactions, and counts the rest; says how many went. Call it every minute on
    /// every replica.
    pub async fn sweep(&self, now: DateTime<Utc>) -> Result<u64, StorageError> {
        let Kept::InDatabase(db, room) = &self.kept else {
            return Ok(0);
        };
        let mut swept = 0;
        loop {
            let mut tx = db.begin().await?;
            let batch = database::sweep(&mut tx, now.trunc_subsecs(6)).await?;
            tx.commit().await?;
            swept += batch;
            if batch < database::SWEPT_AT_ONCE {
                break;
            }
        }
        room.count(&mut db.read().await?, now).await?;
        Ok(swept)
    }

    /// Answers whether the store can be used at this moment, for `/readyz`.
    pub async fn ping(&self) -> Result<(), StorageError> {
        match &self.kept {
            Kept::InDatabase(db, _) => db.ping().await,
            Kept::InRedis(store) => store.ping().await,
        }
    }

    /// What Redis does when its memory is full; anything but `noeviction` loses running logins and replay guards, and is
    /// worth a warning. `None` when the database is the store.
    pub async fn eviction_policy(&self) -> Result<Option<String>, StorageError> {
        match &self.kept {
            Kept::InDatabase(..) => Ok(None),
            Kept::InRedis(store) => store.eviction_policy().await.map(Some),
        }
    }

    /// What an operator should change about how Redis forgets; `None` when all is well or the database is the store.
    pub async fn eviction_risk(&self) -> Result<Option<String>, StorageError> {
        let policy = self.eviction_policy().await?;
        Ok(policy.filter(|policy| policy != "noeviction").map(|policy| {
            format!(
                "Redis drops entries when its memory is full (maxmemory-policy {policy}), and logins under way and replay \
                 guards with them; set maxmemory-policy noeviction"
            )
        }))
    }

    async fn write(&self) -> Result<Alone<'_>, StorageError> {
        Ok(match &self.kept {
            Kept::InDatabase(db, room) => Alone::Database(db.begin().await?, room, &self.envelope),
            Kept::InRedis(store) => Alone::Redis(store, &self.envelope),
        })
    }

    async fn read(&self) -> Result<Alone<'_>, StorageError> {
        Ok(match &self.kept {
            Kept::InDatabase(db, room) => Alone::Database(db.read().await?, room, &self.envelope),
            Kept::InRedis(store) => Alone::Redis(store, &self.envelope),
        })
    }
}

/// An operation that has its transaction to itself.
enum Alone<'a> {
    Database(Tx, &'a Room, &'a Envelope),
    Redis(&'a RedisStore, &'a Envelope),
}

impl Alone<'_> {
    fn within(&mut self) -> Within<'_> {
        match self {
            Self::Database(tx, room, envelope) => Within::database(tx, room, envelope),
            Self::Redis(store, envelope) => Within::redis(store, envelope),
        }
    }

    async fn end(self) -> Result<(), StorageError> {
        match self {
            Self::Database(tx, ..) => tx.commit().await,
            Self::Redis(..) => Ok(()),
        }
    }
}

/// The life of an entry: as a span for the server's clock, as a moment for ours.
#[derive(Clone, Copy, Debug)]
struct Life {
    ttl: Duration,
    until: DateTime<Utc>,
}

impl Life {
    /// Never longer than ten years, so that no sum of times overflows.
    fn beginning(now: DateTime<Utc>, ttl: Duration) -> Self {
        let ttl = ttl.clamp(Duration::zero(), Duration::days(3653));
        let until = now.checked_add_signed(ttl).unwrap_or(now);
        Self {
            ttl,
            until: until.trunc_subsecs(6),
        }
    }
}
