//! `revoked_access_token`, and what an access token stands on: tokens carry the rest themselves.

use chrono::{DateTime, Utc};
use store::{StorageError, Tx, on};

use super::access_grant::{self, AccessGrant};
use crate::{ids::AccessTokenId, oidc::access_token::AccessToken};

/// A token that stands: neither expired nor revoked, by itself or through its grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveToken {
    /// What it says itself.
    pub token: AccessToken,
    /// Its grant; `None` for a client acting for itself.
    pub grant: Option<AccessGrant>,
}

/// Asks whether a token stands at `now`, and for its grant.
pub async fn find_live(
    tx: &mut Tx,
    token: AccessToken,
    now: DateTime<Utc>,
) -> Result<Option<LiveToken>, StorageError> {
    if token.expires_at <= now {
        return Ok(None);
    }
    let grant = match token.grant_id {
        None if is_revoked(tx, token.id).await? => return Ok(None),
        None => None,
        Some(_) => match find_grant(tx, &token).await? {
            None => return Ok(None),
            found => found,
        },
    };
    Ok(Some(LiveToken { token, grant }))
}

async fn is_revoked(tx: &mut Tx, id: AccessTokenId) -> Result<bool, StorageError> {
    let revoked: Option<i32> = on!(tx, db => {
        sqlx::query_scalar("select 1 from revoked_access_token where access_token_id = $1")
            .bind(id)
            .fetch_optional(db)
            .await
    })?;
    Ok(revoked.is_some())
}

/// The grant of a token, when both stand.
async fn find_grant(tx: &mut Tx, token: &AccessToken) -> Result<Option<AccessGrant>, StorageError> {
    let row: Option<access_grant::Row> = on!(tx, db => {
        sqlx::query_as(
            r#"
            select access_grant_id, client_id, account_id, browser_session_id, client_session_id,
                authentication_id, sub, scope, claims, resource_id, mandate_id, offline, created_at
            from access_grant
            where access_grant_id = $1 and revoked_at is null
                and not exists (select 1 from revoked_access_token where access_token_id = $2)
            "#,
        )
        .bind(token.grant_id)
        .bind(token.id)
        .fetch_optional(db)
        .await
    })?;
    Ok(row.map(AccessGrant::from))
}

/// Revokes one token alone. False when it was revoked before.
pub async fn revoke(tx: &mut Tx, token: &AccessToken) -> Result<bool, StorageError> {
    let revoked = on!(tx, db => {
        sqlx::query(
            r#"
            insert into revoked_access_token (access_token_id, expires_at) values ($1, $2)
            on conflict (access_token_id) do nothing
            "#,
        )
        .bind(token.id)
        .bind(token.expires_at)
        .execute(db)
        .await
        .map(|done| done.rows_affected())
    })?;
    Ok(revoked > 0)
}

/// Forgets up to a thousand revoked tokens that expired before a moment; 0 when none is left.
pub async fn sweep(tx: &mut Tx, before: DateTime<Utc>) -> Result<u64, StorageError> {
    let swept = on!(tx, db => {
        sqlx::query(
            r#"
            delete from revoked_access_token
            where access_token_id in (
                select access_token_id from revoked_access_token where expires_at < $1 limit 1000)
            "#,
        )
        .bind(before)
        .execute(db)
        .await
        .map(|done| done.rows_affected())
    })?;
    Ok(swept)
}
