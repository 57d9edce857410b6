use chrono::{DateTime, Duration, SubsecRound, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::envelope::Envelope;
use super::redis::RedisStore;
use super::room::Room;
use super::{Life, database};
use crate::{StorageError, Tx};

/// The operations of [`ShortLived`](super::ShortLived) inside a transaction, see
/// [`ShortLived::within`](super::ShortLived::within).
#[derive(Debug)]
pub struct Within<'a> {
    kept: Kept<'a>,
    envelope: &'a Envelope,
}

#[derive(Debug)]
enum Kept<'a> {
    InDatabase(&'a mut Tx, &'a Room),
    InRedis(&'a RedisStore),
}

impl<'a> Within<'a> {
    pub(super) fn database(tx: &'a mut Tx, room: &'a Room, envelope: &'a Envelope) -> Self {
        Self {
            kept: Kept::InDatabase(tx, room),
            envelope,
        }
    }

    pub(super) fn redis(store: &'a RedisStore, envelope: &'a Envelope) -> Self {
        Self {
            kept: Kept::InRedis(store),
            envelope,
        }
    }

    /// Keeps `value` for `ttl`, over whatever the key held.
    pub async fn put(
        &mut self,
        key: &str,
        value: &[u8],
        ttl: Duration,
        now: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        let name = self.envelope.value(key);
        let sealed = self.envelope.seal(&name, value)?;
        let life = Life::beginning(now, ttl);
        match &mut self.kept {
            Kept::InRedis(store) => store.put(&name, &sealed, life).await,
            Kept::InDatabase(tx, room) => {
                check_room(tx, room, &name, now).await?;
                database::put(tx, &name, &sealed, life.until).await?;
                room.change(1);
                Ok(())
            }
        }
    }

    /// Keeps `value` unless the key holds one; true for exactly one of any number of callers.
    pub async fn put_if_absent(
        &mut self,
        key: &str,
        value: &[u8],
        ttl: Duration,
        now: DateTime<Utc>,
    ) -> Result<bool, StorageError> {
        let name = self.envelope.value(key);
        let sealed = self.envelope.seal(&name, value)?;
        let life = Life::beginning(now, ttl);
        match &mut self.kept {
            Kept::InRedis(store) => store.put_if_absent(&name, &sealed, life, now).await,
            Kept::InDatabase(tx, room) => {
                check_room(tx, room, &name, now).await?;
                let is_first =
                    database::put_if_absent(tx, &name, &sealed, life.until, stored(now)).await?;
                room.change(is_first.into());
                Ok(is_first)
            }
        }
    }

    /// Reads without taking.
    pub async fn get(
        &mut self,
        key: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<Vec<u8>>, StorageError> {
        let name = self.envelope.value(key);
        let sealed = match &mut self.kept {
            Kept::InRedis(store) => store.get(&name, now).await?,
            Kept::InDatabase(tx, _) => database::get(tx, &name, stored(now)).await?,
        };
        sealed
            .map(|sealed| self.envelope.open(&name, &sealed))
            .transpose()
    }

    /// Reads and removes; exactly one of any number of callers gets it.
    pub async fn take(
        &mut self,
        key: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<Vec<u8>>, StorageError> {
        let name = self.envelope.value(key);
        let sealed = match &mut self.kept {
            Kept::InRedis(store) => store.take(&name, now).await?,
            Kept::InDatabase(tx, room) => {
                let taken = database::take(tx, &name).await?;
                room.change(-i64::from(taken.is_some()));
                taken
                    .filter(|(_, until)| *until > now)
                    .map(|(sealed, _)| sealed)
            }
        };
        sealed
            .map(|sealed| self.envelope.open(&name, &sealed))
            .transpose()
    }

    /// Counts one more and says how many that makes. The first one starts the time that `ttl` gives; later ones do not
    /// prolong it.
    pub async fn increment(
        &mut self,
        key: &str,
        ttl: Duration,
        now: DateTime<Utc>,
    ) -> Result<i64, StorageError> {
        let name = self.envelope.count(key);
        let life = Life::beginning(now, ttl);
        match &mut self.kept {
            Kept::InRedis(store) => store.increment(&name, life, now).await,
            Kept::InDatabase(tx, room) => {
                check_room(tx, room, &name, now).await?;
                let counted = database::increment(tx, &name, life.until, stored(now)).await?;
                room.change((counted == 1).into());
                Ok(counted)
            }
        }
    }

    /// How many were counted, without counting.
    pub async fn count(&mut self, key: &str, now: DateTime<Utc>) -> Result<i64, StorageError> {
        let name = self.envelope.count(key);
        match &mut self.kept {
            Kept::InRedis(store) => store.count(&name, now).await,
            Kept::InDatabase(tx, _) => database::count(tx, &name, stored(now)).await,
        }
    }

    /// Gives the value and the count of a key `ttl` from now on; false when it holds neither.
    pub async fn expire(
        &mut self,
        key: &str,
        ttl: Duration,
        now: DateTime<Utc>,
    ) -> Result<bool, StorageError> {
        let names = [self.envelope.value(key), self.envelope.count(key)];
        let names = names.each_ref().map(String::as_str);
        let life = Life::beginning(now, ttl);
        match &mut self.kept {
            Kept::InRedis(store) => store.expire(names, life, now).await,
            Kept::InDatabase(tx, _) => database::expire(tx, names, life.until, stored(now)).await,
        }
    }

    /// Removes the value and the count of a key.
    pub async fn remove(&mut self, key: &str) -> Result<(), StorageError> {
        let names = [self.envelope.value(key), self.envelope.count(key)];
        let names = names.each_ref().map(String::as_str);
        match &mut self.kept {
            Kept::InRedis(store) => store.remove(names).await,
            Kept::InDatabase(tx, room) => {
                let removed = database::remove(tx, names).await?;
                room.change(-removed.cast_signed());
                Ok(())
            }
        }
    }

    /// [`Self::put`] of a value as JSON.
    pub async fn put_json<T: Serialize>(
        &mut self,
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
        &mut self,
        key: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<T>, StorageError> {
        from_json(self.get(key, now).await?)
    }

    /// [`Self::take`] of a value kept as JSON.
    pub async fn take_json<T: DeserializeOwned>(
        &mut self,
        key: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<T>, StorageError> {
        from_json(self.take(key, now).await?)
    }
}

pub(super) fn from_json<T: DeserializeOwned>(
    value: Option<Vec<u8>>,
) -> Result<Option<T>, StorageError> {
    Ok(value
        .map(|json| serde_json::from_slice(&json))
        .transpose()?)
}

/// Writing to a name that is taken needs no more room.
async fn check_room(
    tx: &mut Tx,
    room: &Room,
    name: &str,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    if room.is_full(tx, now).await? && !database::exists(tx, name).await? {
        return Err(StorageError::Full);
    }
    Ok(())
}

/// As fine as both databases keep a time.
fn stored(now: DateTime<Utc>) -> DateTime<Utc> {
    now.trunc_subsecs(6)
}
