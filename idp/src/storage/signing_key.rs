//! `signing_key`: our private keys, sealed under the master key.

use chrono::{DateTime, Utc};
use store::{StorageError, Tx, on};

use crate::{
    ids::SigningKeyId,
    keys::{Purpose, State},
};

/// A key as stored. The private part is sealed.
#[derive(Clone, Debug)]
pub struct StoredKey {
    /// Its id.
    pub id: SigningKeyId,
    /// What it signs.
    pub purpose: Purpose,
    /// Where it stands in its life.
    pub state: State,
    /// PKCS#8 under the master key.
    pub sealed: Vec<u8>,
    /// X.509, for SAML.
    pub certificate: Option<Vec<u8>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it began to sign.
    pub current_since: Option<DateTime<Utc>>,
    /// When it ceased to sign.
    pub retiring_since: Option<DateTime<Utc>>,
}

#[derive(Debug, sqlx::FromRow)]
struct Row {
    signing_key_id: SigningKeyId,
    purpose: String,
    state: String,
    sealed: Vec<u8>,
    certificate: Option<Vec<u8>>,
    created_at: DateTime<Utc>,
    current_since: Option<DateTime<Utc>>,
    retiring_since: Option<DateTime<Utc>>,
}

/// All keys, oldest first.
pub async fn list(tx: &mut Tx) -> Result<Vec<StoredKey>, StorageError> {
    let rows: Vec<Row> = on!(tx, db => {
        sqlx::query_as(
            r#"
            select signing_key_id, purpose, state, sealed, certificate, created_at, current_since, retiring_since
            from signing_key
            order by signing_key_id
            "#,
        )
        .fetch_all(db)
        .await
    })?;
    rows.into_iter()
        .map(|row| {
            Ok(StoredKey {
                id: row.signing_key_id,
                purpose: Purpose::parse(&row.purpose)
                    .ok_or_else(|| StorageError::broken(format!("purpose {}", row.purpose)))?,
                state: State::parse(&row.state)
                    .ok_or_else(|| StorageError::broken(format!("state {}", row.state)))?,
                sealed: row.sealed,
                certificate: row.certificate,
                created_at: row.created_at,
                current_since: row.current_since,
                retiring_since: row.retiring_since,
            })
        })
        .collect()
}

/// Adds a key. A second current or next key of a purpose is [`StorageError::Conflict`].
pub async fn add(tx: &mut Tx, key: &StoredKey) -> Result<(), StorageError> {
    on!(tx, db => {
        sqlx::query(
            r#"
            insert into signing_key (signing_key_id, purpose, state, sealed, certificate, created_at, current_since)
            values ($1, $2, $3, $4, $5, $6, $7)
            "#,
        )
        .bind(key.id)
        .bind(key.purpose.as_str())
        .bind(key.state.as_str())
        .bind(&key.sealed)
        .bind(&key.certificate)
        .bind(key.created_at)
        .bind(key.current_since)
        .execute(db)
        .await
        .map(drop)
    })?;
    Ok(())
}

/// The key that signs retires. False when it is not the one that signs any more.
pub async fn retire(
    tx: &mut Tx,
    id: SigningKeyId,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let retired = on!(tx, db => {
        sqlx::query(
            r#"
            update signing_key set state = 'retiring', retiring_since = $2
            where signing_key_id = $1 and state = 'current'
            "#,
        )
        .bind(id)
        .bind(now)
        .execute(db)
        .await
        .map(|done| done.rows_affected())
    })?;
    Ok(retired > 0)
}

/// The next key begins to sign.
pub async fn promote(
    tx: &mut Tx,
    id: SigningKeyId,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let promoted = on!(tx, db => {
        sqlx::query(
            r#"
            update signing_key set state = 'current', current_since = $2
            where signing_key_id = $1 and state = 'next'
            "#,
        )
        .bind(id)
        .bind(now)
        .execute(db)
        .await
        .map(|done| done.rows_affected())
    })?;
    Ok(promoted > 0)
}

/// Destroys keys that have been retiring since before a moment.
pub async fn destroy_retired(tx: &mut Tx, before: DateTime<Utc>) -> Result<u64, StorageError> {
    let destroyed = on!(tx, db => {
        sqlx::query("delete from signing_key where state = 'retiring' and retiring_since < $1")
            .bind(before)
            .execute(db)
            .await
            .map(|done| done.rows_affected())
    })?;
    Ok(destroyed)
}
