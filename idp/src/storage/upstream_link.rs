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
    /// Whether the subject names one person for good.
    pub linkable: bool,
    /// Whether it is of one login.
    pub passing: bool,
    /// Since when the upstream says that what it knows of the person has changed; the next login clears it.
    pub stale_since: Option<DateTime<Utc>>,
    branches: String,
}

impl UpstreamLink {
    /// Whether a place behind the provider has vouched for this subject.
    pub fn knows_branch(&self, branch: &str) -> bool {
        !branch.is_empty() && self.branches.split(' ').any(|known| known == branch)
    }
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
    /// Whether the subject names one person for good.
    pub linkable: bool,
    /// Whether it is of one login.
    pub passing: bool,
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
            select upstream_link_id, account_id, realm, provider, created_at, used_at, linkable, passing, stale_since,
                   branches
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
            select upstream_link_id, account_id, realm, provider, created_at, used_at, linkable, passing, stale_since,
                   branches
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
            insert into upstream_link (upstream_link_id, account_id, realm, subject, provider, created_at, used_at,
                                       linkable, passing)
            values ($1, $2, $3, $4, $5, $6, $6, $7, $8)
            on conflict (realm, subject) where ended_at is null do nothing
            "#,
        )
        .bind(link.upstream_link_id)
        .bind(link.account_id)
        .bind(link.realm)
        .bind(link.subject)
        .bind(link.provider)
        .bind(now)
        .bind(link.linkable)
        .bind(link.passing)
        .execute(db)
        .await
        .map(|done| done.rows_affected())
    })?;
    Ok(rows == 1)
}

/// Accounts that nobody can open again: their link is of one login, before that moment, and nobody is signed in any more. At most a
/// hundred.
pub async fn list_accounts_passed(
    tx: &mut Tx,
    before: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Vec<AccountId>, StorageError> {
    let accounts = on!(tx, db => {
        sqlx::query_scalar(
            r#"
            select upstream_link.account_id
            from upstream_link
            where upstream_link.passing and upstream_link.ended_at is null and upstream_link.used_at < $1
              and not exists (select 1 from browser_session
                              where browser_session.account_id = upstream_link.account_id
                                and browser_session.ended_at is null and browser_session.expires_at > $2)
            order by upstream_link.used_at, upstream_link.account_id
            limit 100
            "#,
        )
        .bind(before)
        .bind(now)
        .fetch_all(db)
        .await
    })?;
    Ok(accounts)
}

/// Writes down that a place behind the provider has vouched for the subject of a link.
pub async fn add_branch(
    tx: &mut Tx,
    upstream_link_id: UpstreamLinkId,
    branch: &str,
) -> Result<(), StorageError> {
    on!(tx, db => {
        sqlx::query(
            r#"
            update upstream_link
            set branches = case when branches = '' then $2 else branches || ' ' || $2 end
            where upstream_link_id = $1 and length(branches) < 2000
            "#,
        )
        .bind(upstream_link_id)
        .bind(branch)
        .execute(db)
        .await
        .map(drop)
    })?;
    Ok(())
}

/// Finds an active link by its key.
pub async fn lookup(
    tx: &mut Tx,
    upstream_link_id: UpstreamLinkId,
) -> Result<Option<UpstreamLink>, StorageError> {
    let link = on!(tx, db => {
        sqlx::query_as(
            r#"
            select upstream_link_id, account_id, realm, provider, created_at, used_at, linkable, passing, stale_since,
                   branches
            from upstream_link
            where upstream_link_id = $1 and ended_at is null
            "#,
        )
        .bind(upstream_link_id)
        .fetch_optional(db)
        .await
    })?;
    Ok(link)
}

/// The subject of an active link, for what is kept under its hash.
pub async fn find_subject(
    tx: &mut Tx,
    upstream_link_id: UpstreamLinkId,
) -> Result<Option<String>, StorageError> {
    let subject = on!(tx, db => {
        sqlx::query_scalar("select subject from upstream_link where upstream_link_id = $1 and ended_at is null")
            .bind(upstream_link_id)
            .fetch_optional(db)
            .await
    })?;
    Ok(subject)
}

/// Gives an active link another subject of its realm, because the upstream itself says that it is the same person's, or
/// because the person replaced it. The former subject stays as an ended row under `history_id` and will be a stranger.
/// `false`, and nothing changed, when the link is not active or the subject is somebody's.
pub async fn change_subject(
    tx: &mut Tx,
    upstream_link_id: UpstreamLinkId,
    subject: &str,
    history_id: UpstreamLinkId,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let remembered = on!(tx, db => {
        sqlx::query(
            r#"
            insert into upstream_link (upstream_link_id, account_id, realm, subject, provider, created_at, used_at,
                                       ended_at, linkable)
            select $2, account_id, realm, subject, provider, created_at, used_at, $3, linkable
            from upstream_link
            where upstream_link_id = $1 and ended_at is null
              and not exists (select 1 from upstream_link as other
                              where other.realm = upstream_link.realm and other.subject = $4
                                and other.ended_at is null)
            "#,
        )
        .bind(upstream_link_id)
        .bind(history_id)
        .bind(now)
        .bind(subject)
        .execute(db)
        .await
        .map(|done| done.rows_affected())
    })?;
    if remembered != 1 {
        return Ok(false);
    }
    let rows = on!(tx, db => {
        sqlx::query("update upstream_link set subject = $2 where upstream_link_id = $1 and ended_at is null")
            .bind(upstream_link_id)
            .bind(subject)
            .execute(db)
            .await
            .map(|done| done.rows_affected())
    })?;
    Ok(rows == 1)
}

/// Notes a login through the link. `false` when it has ended meanwhile, or belongs to another account.
pub async fn touch(
    tx: &mut Tx,
    upstream_link_id: UpstreamLinkId,
    account_id: AccountId,
    provider: &str,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let rows = on!(tx, db => {
        sqlx::query(
            r#"
            update upstream_link set provider = $2, used_at = $3
            where upstream_link_id = $1 and account_id = $4 and ended_at is null
            "#,
        )
        .bind(upstream_link_id)
        .bind(provider)
        .bind(now)
        .bind(account_id)
        .execute(db)
        .await
        .map(|done| done.rows_affected())
    })?;
    Ok(rows == 1)
}

/// Notes that the upstream knows something else of the person than at the last login that read it. The first moment counts.
pub async fn mark_stale(
    tx: &mut Tx,
    upstream_link_id: UpstreamLinkId,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let rows = on!(tx, db => {
        sqlx::query(
            r#"
            update upstream_link set stale_since = $2
            where upstream_link_id = $1 and stale_since is null and ended_at is null
            "#,
        )
        .bind(upstream_link_id)
        .bind(now)
        .execute(db)
        .await
        .map(|done| done.rows_affected())
    })?;
    Ok(rows == 1)
}

/// Notes that everything the upstream said had changed was read again.
pub async fn freshen(tx: &mut Tx, upstream_link_id: UpstreamLinkId) -> Result<(), StorageError> {
    on!(tx, db => {
        sqlx::query("update upstream_link set stale_since = null where upstream_link_id = $1")
            .bind(upstream_link_id)
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
