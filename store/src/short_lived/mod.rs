//! Short-lived state: what a login, a code or a replay guard needs for minutes, in the database or in Redis.
//!
//! Every entry has a key, a value and a moment after which it does not exist. Values are sealed under the master key,
//! keys are stored as `{purpose}:{hash}`, where the purpose is what stands before the first `:`. A value and a count may
//! share a key; they are different things.

mod config;

pub use config::ShortLivedConfig;

use chrono::{DateTime, Duration, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Db, MasterKey, OpenError, StorageError, Tx};

/// The store of short-lived state. Cheap to clone.
#[derive(Clone, Debug)]
pub struct ShortLived(Db);

/// The same operations inside the caller's transaction when the database is the store, so that an endpoint needs one
/// write transaction. Redis knows nothing of the transaction: there, each takes effect at once and stays.
#[derive(Debug)]
pub struct Within<'a>(&'a mut Tx);

impl ShortLived {
    /// Opens the store. `namespace` (`idp`, `portal`) keeps two programs apart that share a Redis.
    pub async fn open(
        config: &ShortLivedConfig,
        namespace: &'static str,
        db: &Db,
        master_key: &MasterKey,
    ) -> Result<Self, OpenError> {
        let _ = (config, namespace, master_key);
        Ok(Self(db.clone()))
    }

    /// The operations inside a transaction of the caller.
    pub fn within<'a>(&'a self, tx: &'a mut Tx) -> Within<'a> {
        Within(tx)
    }

    /// Refuses with [`StorageError::Full`] from nine tenths of the bound on: asked before something *new* begins, so that
    /// what runs already finds room to end.
    pub async fn admit(&self, now: DateTime<Utc>) -> Result<(), StorageError> {
        todo!("{now}")
    }

    /// Removes what has expired and counts the rest. Call it every minute, on every replica.
    pub async fn sweep(&self, now: DateTime<Utc>) -> Result<u64, StorageError> {
        todo!("{now}")
    }

    /// Answers whether the store can be used at this moment, for `/readyz`.
    pub async fn ping(&self) -> Result<(), StorageError> {
        todo!()
    }
}

macro_rules! operations {
    ($store:ty, $($self:tt)+) => {
        impl $store {
            /// Keeps `value` for `ttl`, over whatever the key held.
            pub async fn put($($self)+, key: &str, value: &[u8], ttl: Duration, now: DateTime<Utc>) -> Result<(), StorageError> {
                todo!("{key} {value:?} {ttl} {now}")
            }
            /// Keeps `value` unless the key holds one; true for exactly one of any number of callers.
            pub async fn put_if_absent($($self)+, key: &str, value: &[u8], ttl: Duration, now: DateTime<Utc>) -> Result<bool, StorageError> {
                todo!("{key} {value:?} {ttl} {now}")
            }
            /// Reads without taking.
            pub async fn get($($self)+, key: &str, now: DateTime<Utc>) -> Result<Option<Vec<u8>>, StorageError> {
                todo!("{key} {now}")
            }
            /// Reads and removes; exactly one of any number of callers gets it.
            pub async fn take($($self)+, key: &str, now: DateTime<Utc>) -> Result<Option<Vec<u8>>, StorageError> {
                todo!("{key} {now}")
            }
            /// Counts one more, and says how many that makes. The first one starts the time that `ttl` gives.
            pub async fn increment($($self)+, key: &str, ttl: Duration, now: DateTime<Utc>) -> Result<i64, StorageError> {
                todo!("{key} {ttl} {now}")
            }
            /// How many were counted; 0 for a key without a count.
            pub async fn count($($self)+, key: &str, now: DateTime<Utc>) -> Result<i64, StorageError> {
                todo!("{key} {now}")
            }
            /// Gives value and count of a key `ttl` from now on; false when it holds neither.
            pub async fn expire($($self)+, key: &str, ttl: Duration, now: DateTime<Utc>) -> Result<bool, StorageError> {
                todo!("{key} {ttl} {now}")
            }
            /// Removes value and count of a key.
            pub async fn remove($($self)+, key: &str) -> Result<(), StorageError> {
                todo!("{key}")
            }
            /// [`Self::put`] of a value as JSON.
            pub async fn put_json<T: Serialize + Sync>($($self)+, key: &str, value: &T, ttl: Duration, now: DateTime<Utc>) -> Result<(), StorageError> {
                let _ = value;
                todo!("{key} {ttl} {now}")
            }
            /// [`Self::get`] of a value kept as JSON.
            pub async fn get_json<T: DeserializeOwned>($($self)+, key: &str, now: DateTime<Utc>) -> Result<Option<T>, StorageError> {
                todo!("{key} {now}")
            }
            /// [`Self::take`] of a value kept as JSON.
            pub async fn take_json<T: DeserializeOwned>($($self)+, key: &str, now: DateTime<Utc>) -> Result<Option<T>, StorageError> {
                todo!("{key} {now}")
            }
        }
    };
}
operations!(ShortLived, &self);
operations!(Within<'_>, &mut self);
