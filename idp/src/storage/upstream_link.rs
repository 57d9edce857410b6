//! `upstream_link`: account ↔ subject of an upstream provider.

use chrono::{DateTime, Utc};
use store::{StorageError, Tx, on};

use crate::ids::{AccountId, UpstreamLinkId};

/// An account's tie to one subject of one realm.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct UpstreamLink {
    /// Its key.
    pub upstream_link_id: UpstreamLinkId,
    /// Whose it is.
    pub account_id: AccountId,
    /// Realm of the subject, computed by the provider.
    pub realm: String,
    /// Configuration entry of the last login, for display.
    pub provider: String,
    /// First login through it.
    pub created_at: DateTime<Utc>,
    /// Last login through it.
    pub used_at: DateTime<Utc>,
}

/// A link about to be made.
#[derive(Clone, Copy, Debug)]
pub struct NewUpstreamLink<'a> {
    /// Its key.
    pub upstream_link_id: UpstreamLinkId,
    /// Whose it will be.
    pub account_id: AccountId,
    /// Realm of the subject.
    pub realm: &'a str,
    /// The provider's pseudonym, exactly as vouched.
    pub subject: &'a str,
    /// Configuration entry.
    pub provider: &'a str,
}

/// Finds the active link of a subject. `None` on a person's first login. Compared byte by byte.
pub async fn find_by_subject(
    tx: &mut Tx,
    realm: &str,
    subject: &str,
) -> Result<Option<UpstreamLink>, StorageError> {
    let link = on!(tx, db => {
        sqlx::query_as(
            r#"
            select upstream_link_id, account_id, realm, provider, created_at, used_at
            from upstream_link
            where realm = $1 and subject = $2 and ended_at is null
            "#,
        )
        .bind(realm)
        .bind(subject)
        .fetch_optional(db)
        .await
    })?;
    Ok(link)
}

/// Active links of an account, oldest first.
pub async fn list_by_account(
    tx: &mut Tx,
    account_id: AccountId,
) -> Result<Vec<UpstreamLink>, StorageError> {
    let links = on!(tx, db => {
        sqlx::query_as(
            r#"
            select upstream_link_id, account_id, realm, provider, created_at, used_at
            from upstream_link
            where account_id = $1 and ended_at is null
            order by created_at, upstream_link_id
            "#,
        )
        .bind(account_id)
        .fetch_all(db)
        .await
    })?;
    Ok(links)
}

/// Adds a link. `false`, and nothing added, when somebody holds the subject already: two first logins of one
/// person at the same moment meet here.
pub async fn add(
    tx: &mut Tx,
    link: NewUpstreamLink<'_>,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let rows = on!(tx, db => {
        sqlx::query(
            r#"
            insert into upstream_link (upstream_link_id, account_id, realm, subject, provider, created_at, used_at)
            values ($1, $2, $3, $4, $5, $6, $6)
            on conflict (realm, subject) where ended_at is null do nothing
            "#,
        )
        .bind(link.upstream_link_id)
        .bind(link.account_id)
        .bind(link.realm)
        .bind(link.subject)
        .bind(link.provider)
        .bind(now)
        .execute(db)
        .await
        .map(|done| done.rows_affected())
    })?;
    Ok(rows == 1)
}

/// Notes a login through the link.
pub async fn touch(
    tx: &mut Tx,
    upstream_link_id: UpstreamLinkId,
    provider: &str,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    on!(tx, db => {
        sqlx::query("update upstream_link set provider = $2, used_at = $3 where upstream_link_id = $1")
            .bind(upstream_link_id)
            .bind(provider)
            .bind(now)
            .execute(db)
            .await
            .map(drop)
    })?;
    Ok(())
}

/// Ends a link; the subject is free again and will be a stranger.
pub async fn end(
    tx: &mut Tx,
    upstream_link_id: UpstreamLinkId,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let rows = on!(tx, db => {
        sqlx::query("update upstream_link set ended_at = $2 where upstream_link_id = $1 and ended_at is null")
            .bind(upstream_link_id)
            .bind(now)
            .execute(db)
            .await
            .map(|done| done.rows_affected())
    })?;
    Ok(rows == 1)
}
