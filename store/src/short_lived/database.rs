//! Entries in the table `short_lived`. Names and values arrive hashed and sealed.

use chrono::{DateTime, Utc};

use crate::{StorageError, Tx, on};

pub(super) async fn put(
    tx: &mut Tx,
    name: &str,
    value: &[u8],
    until: DateTime<Utc>,
) -> Result<(), StorageError> {
    on!(tx, db => {
        sqlx::query(
            r#"
            insert into short_lived (entry_key, value, expires_at)
            values ($1, $2, $3)
            on conflict (entry_key) do update
            set value = excluded.value, expires_at = excluded.expires_at
            "#,
        )
        .bind(name)
        .bind(value)
        .bind(until)
        .execute(db)
        .await
        .map(drop)
    })?;
    Ok(())
}

/// True when the entry is ours: none was there, or one that had expired.
pub(super) async fn put_if_absent(
    tx: &mut Tx,
    name: &str,
    value: &[u8],
    until: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let written = on!(tx, db => {
        sqlx::query(
            r#"
            insert into short_lived (entry_key, value, expires_at)
            values ($1, $2, $3)
            on conflict (entry_key) do update
            set value = excluded.value, expires_at = excluded.expires_at
            where short_lived.expires_at <= $4
            "#,
        )
        .bind(name)
        .bind(value)
        .bind(until)
        .bind(now)
        .execute(db)
        .await
        .map(|done| done.rows_affected())
    })?;
    Ok(written > 0)
}

pub(super) async fn get(
    tx: &mut Tx,
    name: &str,
    now: DateTime<Utc>,
) -> Result<Option<Vec<u8>>, StorageError> {
    let value = on!(tx, db => {
        sqlx::query_scalar("select value from short_lived where entry_key = $1 and expires_at > $2")
            .bind(name)
            .bind(now)
            .fetch_optional(db)
            .await
    })?;
    Ok(value)
}

/// Deletes the entry and says what it held and until when.
pub(super) async fn take(
    tx: &mut Tx,
    name: &str,
) -> Result<Option<(Vec<u8>, DateTime<Utc>)>, StorageError> {
    let taken = on!(tx, db => {
        sqlx::query_as("delete from short_lived where entry_key = $1 returning value, expires_at")
            .bind(name)
            .fetch_optional(db)
            .await
    })?;
    Ok(taken)
}

/// One more; an expired count begins anew.
pub(super) async fn increment(
    tx: &mut Tx,
    name: &str,
    until: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<i64, StorageError> {
    let counted = on!(tx, db => {
        sqlx::query_scalar(
            r#"
            insert into short_lived (entry_key, counted, expires_at)
            values ($1, 1, $2)
            on conflict (entry_key) do update
            set counted = case when short_lived.expires_at > $3 then short_lived.counted + 1 else 1 end,
                expires_at = case when short_lived.expires_at > $3 then short_lived.expires_at else excluded.expires_at end
            returning counted
            "#,
        )
        .bind(name)
        .bind(until)
        .bind(now)
        .fetch_one(db)
        .await
    })?;
    Ok(counted)
}

pub(super) async fn count(
    tx: &mut Tx,
    name: &str,
    now: DateTime<Utc>,
) -> Result<i64, StorageError> {
    let counted: Option<i64> = on!(tx, db => {
        sqlx::query_scalar("select counted from short_lived where entry_key = $1 and expires_at > $2")
            .bind(name)
            .bind(now)
            .fetch_optional(db)
            .await
    })?;
    Ok(counted.unwrap_or(0))
}

pub(super) async fn expire(
    tx: &mut Tx,
    names: [&str; 2],
    until: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let [value, count] = names;
    let changed = on!(tx, db => {
        sqlx::query("update short_lived set expires_at = $1 where entry_key in ($2, $3) and expires_at > $4")
            .bind(until)
            .bind(value)
            .bind(count)
            .bind(now)
            .execute(db)
            .await
            .map(|done| done.rows_affected())
    })?;
    Ok(changed > 0)
}

pub(super) async fn remove(tx: &mut Tx, names: [&str; 2]) -> Result<u64, StorageError> {
    let [value, count] = names;
    let removed = on!(tx, db => {
        sqlx::query("delete from short_lived where entry_key in ($1, $2)")
            .bind(value)
            .bind(count)
            .execute(db)
            .await
            .map(|done| done.rows_affected())
    })?;
    Ok(removed)
}

/// True when the name is taken, expired or not: writing to it needs no more room.
pub(super) async fn exists(tx: &mut Tx, name: &str) -> Result<bool, StorageError> {
    let found: Option<i64> = on!(tx, db => {
        sqlx::query_scalar("select count(*) from short_lived where entry_key = $1").bind(name).fetch_optional(db).await
    })?;
    Ok(found.is_some_and(|rows| rows > 0))
}

pub(super) async fn count_live(tx: &mut Tx, now: DateTime<Utc>) -> Result<i64, StorageError> {
    let live = on!(tx, db => {
        sqlx::query_scalar("select count(*) from short_lived where expires_at > $1").bind(now).fetch_one(db).await
    })?;
    Ok(live)
}

/// Deletes up to a thousand expired entries, so that no sweep holds the writer for long.
pub(super) async fn sweep(tx: &mut Tx, now: DateTime<Utc>) -> Result<u64, StorageError> {
    // Replicas sweep at the same time; each takes rows that the others do not hold.
    let statement = match tx {
        Tx::Sqlite(_) => sweep_statement!(""),
        Tx::Pg(_) => sweep_statement!("for update skip locked"),
    };
    let swept = on!(tx, db => {
        sqlx::query(statement).bind(now).execute(db).await.map(|done| done.rows_affected())
    })?;
    Ok(swept)
}

/// What one [`sweep`] deletes at most.
pub(super) const SWEPT_AT_ONCE: u64 = 1_000;

macro_rules! sweep_statement {
    ($lock:literal) => {
        concat!(
            "delete from short_lived where entry_key in (",
            "select entry_key from short_lived where expires_at <= $1 order by expires_at limit 1000 ",
            $lock,
            ")"
        )
    };
}
use sweep_statement;
