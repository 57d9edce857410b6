//! `refresh_token`: rotating keys of a grant. A used one is kept until it would have expired, so that a second use of
//! it is seen for what it is.

use chrono::{DateTime, Utc};
use store::{StorageError, Tx, on};

use super::access_grant::{AccessGrant, Row};
use crate::ids::AccessGrantId;

/// A refresh token found, whatever became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefreshToken {
    /// What it refreshes.
    pub grant: AccessGrant,
    /// Until when.
    pub expires_at: DateTime<Utc>,
    /// When it was replaced.
    pub used_at: Option<DateTime<Utc>>,
    /// When its grant was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
}

#[derive(Debug, sqlx::FromRow)]
struct Found {
    #[sqlx(flatten)]
    grant: Row,
    expires_at: DateTime<Utc>,
    used_at: Option<DateTime<Utc>>,
    revoked_at: Option<DateTime<Utc>>,
}

/// Adds a token with the commit.
pub fn add(
    tx: &mut Tx,
    token_hash: &[u8; 32],
    access_grant_id: AccessGrantId,
    expires_at: DateTime<Utc>,
    now: DateTime<Utc>,
) {
    tx.later(
            "insert into refresh_token (token_hash, access_grant_id, created_at, expires_at) values ($1, $2, $3, $4)",
        )
        .bind(token_hash.as_slice())
        .bind(access_grant_id)
        .bind(now)
        .bind(expires_at);
}

/// Finds a token with its grant, also when it was used, expired or revoked.
pub async fn find(
    tx: &mut Tx,
    token_hash: &[u8; 32],
) -> Result<Option<RefreshToken>, StorageError> {
    let found: Option<Found> = on!(tx, db => {
        sqlx::query_as(
            r#"
            select g.access_grant_id, g.client_id, g.account_id, g.browser_session_id, g.client_session_id,
                g.authentication_id, g.sub, g.scope, g.claims, g.resource_id, g.mandate_id, g.offline, g.created_at,
                r.expires_at, r.used_at, g.revoked_at
            from refresh_token r
            join access_grant g on g.access_grant_id = r.access_grant_id
            where r.token_hash = $1
            "#,
        )
        .bind(token_hash.as_slice())
        .fetch_optional(db)
        .await
    })?;
    Ok(found.map(|found| RefreshToken {
        grant: found.grant.into(),
        expires_at: found.expires_at,
        used_at: found.used_at,
        revoked_at: found.revoked_at,
    }))
}

/// Marks a token as used. True for exactly one of any number of callers.
pub async fn rotate(
    tx: &mut Tx,
    token_hash: &[u8; 32],
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let used = on!(tx, db => {
        sqlx::query("update refresh_token set used_at = $2 where token_hash = $1 and used_at is null")
            .bind(token_hash.as_slice())
            .bind(now)
            .execute(db)
            .await
            .map(|done| done.rows_affected())
    })?;
    Ok(used == 1)
}

/// Forgets up to a thousand tokens that expired before a moment; 0 when none is left.
pub async fn sweep(tx: &mut Tx, before: DateTime<Utc>) -> Result<u64, StorageError> {
    let swept = on!(tx, db => {
        sqlx::query(
            r#"
            delete from refresh_token
            where token_hash in (select token_hash from refresh_token where expires_at < $1 limit 1000)
            "#,
        )
        .bind(before)
        .execute(db)
        .await
        .map(|done| done.rows_affected())
    })?;
    Ok(swept)
}
