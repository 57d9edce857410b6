//! Entries in Redis, 6.2 or later. Names and values arrive hashed and sealed.
//!
//! An entry is sixteen digits, the microsecond at which it ends, and then the value or the count. Every operation
//! compares the digits with the caller's clock; Redis' own expiry only clears away, a minute later.

mod connection;
mod held;

use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use redis::{Cmd, Script};

use super::Life;
use crate::StorageError;
use connection::{Ask, Connection};
use held::{CLEARED_LATER, Held, digits};

pub(super) use connection::open;

/// The operations. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct RedisStore {
    connection: Connection,
    /// Goes before each name: two programs may share a server.
    namespace: &'static str,
    limit: u32,
}

impl RedisStore {
    pub(super) fn new(connection: Connection, namespace: &'static str, limit: u32) -> Self {
        Self {
            connection,
            namespace,
            limit,
        }
    }

    pub(super) async fn put(
        &self,
        name: &str,
        value: &[u8],
        life: Life,
    ) -> Result<(), StorageError> {
        let mut script = PUT.key(self.key(name));
        script
            .arg(Held::encode(life.until, value))
            .arg(cleared_after(life))
            .arg(self.limit);
        match self.connection.ask(&Ask::Script(script)).await? {
            FULL => Err(StorageError::Full),
            _ => Ok(()),
        }
    }

    /// Sent twice after a broken connection, it finds its own value (no two seals are equal) and is still the winner.
    pub(super) async fn put_if_absent(
        &self,
        name: &str,
        value: &[u8],
        life: Life,
        now: DateTime<Utc>,
    ) -> Result<bool, StorageError> {
        let mut script = PUT_IF_ABSENT.key(self.key(name));
        script
            .arg(Held::encode(life.until, value))
            .arg(cleared_after(life))
            .arg(self.limit)
            .arg(digits(now));
        match self.connection.ask(&Ask::Script(script)).await? {
            FULL => Err(StorageError::Full),
            written => Ok(written == WRITTEN),
        }
    }

    pub(super) async fn get(
        &self,
        name: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<Vec<u8>>, StorageError> {
        Ok(self
            .held(Cmd::get(self.key(name)))
            .await?
            .and_then(|held| held.at(now)))
    }

    /// Sent twice after a broken connection, it may find nothing where something was: lost, and never taken twice.
    pub(super) async fn take(
        &self,
        name: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<Vec<u8>>, StorageError> {
        Ok(self
            .held(Cmd::get_del(self.key(name)))
            .await?
            .and_then(|held| held.at(now)))
    }

    /// Sent twice after a broken connection, it may count one too many and never one too few.
    pub(super) async fn increment(
        &self,
        name: &str,
        life: Life,
        now: DateTime<Utc>,
    ) -> Result<i64, StorageError> {
        let mut script = INCREMENT.key(self.key(name));
        script
            .arg(digits(life.until))
            .arg(cleared_after(life))
            .arg(self.limit)
            .arg(digits(now));
        match self.connection.ask(&Ask::Script(script)).await? {
            FULL => Err(StorageError::Full),
            counted => Ok(counted),
        }
    }

    pub(super) async fn count(&self, name: &str, now: DateTime<Utc>) -> Result<i64, StorageError> {
        match self.get(name, now).await? {
            None => Ok(0),
            Some(counted) => str::from_utf8(&counted)
                .map_err(StorageError::broken)?
                .parse()
                .map_err(StorageError::broken),
        }
    }

    pub(super) async fn expire(
        &self,
        names: [&str; 2],
        life: Life,
        now: DateTime<Utc>,
    ) -> Result<bool, StorageError> {
        let mut script = EXPIRE.prepare_invoke();
        for name in names {
            script.key(self.key(name));
        }
        script
            .arg(digits(life.until))
            .arg(cleared_after(life))
            .arg(digits(now));
        let changed: i64 = self.connection.ask(&Ask::Script(script)).await?;
        Ok(changed > 0)
    }

    pub(super) async fn remove(&self, names: [&str; 2]) -> Result<(), StorageError> {
        let keys = names.map(|name| self.key(name));
        let _removed: i64 = self
            .connection
            .ask(&Ask::Command(Cmd::del(&keys[..])))
            .await?;
        Ok(())
    }

    /// True when only what runs already should be let in.
    pub(super) async fn is_nearly_full(&self) -> Result<bool, StorageError> {
        let entries: u64 = self
            .connection
            .ask(&Ask::Command(redis::cmd("DBSIZE")))
            .await?;
        Ok(entries >= u64::from(self.limit - self.limit / 10))
    }

    pub(super) async fn ping(&self) -> Result<(), StorageError> {
        let _pong: String = self
            .connection
            .ask(&Ask::Command(redis::cmd("PING")))
            .await?;
        Ok(())
    }

    /// How the server chooses what to drop when its memory is full.
    pub(super) async fn eviction_policy(&self) -> Result<String, StorageError> {
        let mut info = redis::cmd("INFO");
        info.arg("memory");
        let info: String = self.connection.ask(&Ask::Command(info)).await?;
        let policy = info
            .lines()
            .find_map(|line| line.strip_prefix("maxmemory_policy:"));
        Ok(policy.unwrap_or_default().trim().to_owned())
    }

    async fn held(&self, command: Cmd) -> Result<Option<Held>, StorageError> {
        let held: Option<Vec<u8>> = self.connection.ask(&Ask::Command(command)).await?;
        held.map(Held::decode).transpose()
    }

    fn key(&self, name: &str) -> String {
        format!("{}:{name}", self.namespace)
    }
}

/// Milliseconds after which Redis clears the entry away.
fn cleared_after(life: Life) -> i64 {
    life.ttl
        .num_milliseconds()
        .max(0)
        .saturating_add(CLEARED_LATER.num_milliseconds())
}

const WRITTEN: i64 = 1;
const FULL: i64 = -1;

/// KEYS: entry. ARGV: new content, milliseconds, limit.
static PUT: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        r"
        if redis.call('EXISTS', KEYS[1]) == 0 and redis.call('DBSIZE') >= tonumber(ARGV[3]) then return -1 end
        redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
        return 1
        ",
    )
});

/// KEYS: entry. ARGV: new content, milliseconds, limit, now.
static PUT_IF_ABSENT: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        r"
        local held = redis.call('GET', KEYS[1])
        if held == ARGV[1] then return 1 end
        if held and string.sub(held, 1, 16) > ARGV[4] then return 0 end
        if not held and redis.call('DBSIZE') >= tonumber(ARGV[3]) then return -1 end
        redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
        return 1
        ",
    )
});

/// KEYS: entry. ARGV: end, milliseconds, limit, now. A count that goes on keeps its end.
static INCREMENT: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        r"
        local held = redis.call('GET', KEYS[1])
        if held and string.sub(held, 1, 16) > ARGV[4] then
            local counted = string.format('%d', tonumber(string.sub(held, 17)) + 1)
            redis.call('SET', KEYS[1], string.sub(held, 1, 16) .. counted, 'KEEPTTL')
            return tonumber(counted)
        end
        if not held and redis.call('DBSIZE') >= tonumber(ARGV[3]) then return -1 end
        redis.call('SET', KEYS[1], ARGV[1] .. '1', 'PX', ARGV[2])
        return 1
        ",
    )
});

/// KEYS: entries. ARGV: end, milliseconds, now.
static EXPIRE: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        r"
        local changed = 0
        for _, key in ipairs(KEYS) do
            local held = redis.call('GET', key)
            if held and string.sub(held, 1, 16) > ARGV[3] then
                redis.call('SET', key, ARGV[1] .. string.sub(held, 17), 'PX', ARGV[2])
                changed = changed + 1
            end
        end
        return changed
        ",
    )
});
