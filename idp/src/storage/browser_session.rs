//! `browser_session`: a signed-in browser.

use chrono::{DateTime, Utc};
use store::{StorageError, Tx, on};

use super::account::Account;
use crate::ids::{AccountId, BrowserSessionId};

/// A signed-in browser.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct BrowserSession {
    /// Its key; stays the same while the cookie's value changes.
    pub browser_session_id: BrowserSessionId,
    /// Who is signed in.
    pub account_id: AccountId,
    /// Browser and system in words.
    pub device: String,
    /// First login.
    pub created_at: DateTime<Utc>,
    /// Last use, to the minute.
    pub seen_at: DateTime<Utc>,
    /// End whatever happens.
    pub expires_at: DateTime<Utc>,
}

/// A session about to be made.
#[derive(Clone, Copy, Debug)]
pub struct NewBrowserSession<'a> {
    /// Its key.
    pub browser_session_id: BrowserSessionId,
    /// Who signed in.
    pub account_id: AccountId,
    /// SHA-256 of the cookie's value.
    pub token_hash: &'a [u8],
    /// Browser and system in words.
    pub device: &'a str,
    /// End whatever happens.
    pub expires_at: DateTime<Utc>,
}

/// Why a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndReason {
    /// The person signed out in this browser.
    Logout,
    /// Somebody else signed in in this browser.
    Replaced,
    /// The person ended it from another device.
    EndedByPerson,
    /// The upstream provider said so.
    UpstreamLogout,
    /// An administrator switched the account off.
    AccountDisabled,
    /// The account got another way in, and only the browser that added it stays.
    WayAdded,
    /// The way in was removed, and only the browser that removed it stays.
    WayRemoved,
    /// The account became one with another.
    Merged,
    /// A merge was undone.
    Parted,
    /// A removed contact was brought back, and only the browser that did it stays.
    ContactRestored,
    /// The person ended the account.
    Deleted,
    /// Its time was over, whatever it did.
    Expired,
    /// Nobody used it for too long, neither the browser nor a client.
    Idle,
}

impl EndReason {
    /// The word in the table and in audit details.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Logout => "logout",
            Self::Replaced => "replaced",
            Self::EndedByPerson => "ended_by_person",
            Self::UpstreamLogout => "upstream_logout",
            Self::AccountDisabled => "account_disabled",
            Self::WayAdded => "way_added",
            Self::WayRemoved => "way_removed",
            Self::Merged => "merged",
            Self::Parted => "parted",
            Self::ContactRestored => "contact_restored",
            Self::Deleted => "deleted",
            Self::Expired => "expired",
            Self::Idle => "idle",
        }
    }
}

/// Finds a live session by its key.
pub async fn lookup(
    tx: &mut Tx,
    browser_session_id: BrowserSessionId,
    now: DateTime<Utc>,
) -> Result<Option<BrowserSession>, StorageError> {
    let session = on!(tx, db => {
        sqlx::query_as(
            r#"
            select browser_session_id, account_id, device, created_at, seen_at, expires_at
            from browser_session
            where browser_session_id = $1 and ended_at is null and expires_at > $2
            "#,
        )
        .bind(browser_session_id)
        .bind(now)
        .fetch_optional(db)
        .await
    })?;
    Ok(session)
}

#[derive(Debug, sqlx::FromRow)]
struct SignedIn {
    #[sqlx(flatten)]
    session: BrowserSession,
    state: String,
    locale: Option<String>,
    account_created_at: DateTime<Utc>,
}

/// Finds the live session of a cookie, with its account.
pub async fn find_by_token_hash(
    tx: &mut Tx,
    token_hash: &[u8],
    now: DateTime<Utc>,
) -> Result<Option<(BrowserSession, Account)>, StorageError> {
    let found: Option<SignedIn> = on!(tx, db => {
        sqlx::query_as(
            r#"
            select browser_session_id, browser_session.account_id, device, browser_session.created_at, seen_at,
                   expires_at, account.state, account.locale, account.created_at as account_created_at
            from browser_session
            join account on account.account_id = browser_session.account_id
            where token_hash = $1 and ended_at is null and expires_at > $2
            "#,
        )
        .bind(token_hash)
        .bind(now)
        .fetch_optional(db)
        .await
    })?;
    Ok(found.map(|found| {
        let account = Account {
            account_id: found.session.account_id,
            state: found.state,
            locale: found.locale,
            created_at: found.account_created_at,
        };
        (found.session, account)
    }))
}

/// Live sessions of an account, the last used first.
pub async fn list_by_account(
    tx: &mut Tx,
    account_id: AccountId,
    now: DateTime<Utc>,
) -> Result<Vec<BrowserSession>, StorageError> {
    let sessions = on!(tx, db => {
        sqlx::query_as(
            r#"
            select browser_session_id, account_id, device, created_at, seen_at, expires_at
            from browser_session
            where account_id = $1 and ended_at is null and expires_at > $2
            order by seen_at desc, browser_session_id
            "#,
        )
        .bind(account_id)
        .bind(now)
        .fetch_all(db)
        .await
    })?;
    Ok(sessions)
}

/// A session that may have to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Over {
    /// Its key.
    pub browser_session_id: BrowserSessionId,
    /// Whose.
    pub account_id: AccountId,
}

/// Sessions that have not ended and whose time is over, those first that are it longest.
pub async fn list_expired(
    tx: &mut Tx,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<Over>, StorageError> {
    let over = on!(tx, db => {
        sqlx::query_as(
            r#"
            select browser_session_id, account_id
            from browser_session
            where ended_at is null and expires_at <= $1
            order by expires_at
            limit $2
            "#,
        )
        .bind(now)
        .bind(limit)
        .fetch_all(db)
        .await
    })?;
    Ok(over)
}

/// Sessions that have not ended and that neither their browser nor a client has used since a moment, those first that were left
/// longest ago.
pub async fn list_idle(
    tx: &mut Tx,
    since: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<Over>, StorageError> {
    let over = on!(tx, db => {
        sqlx::query_as(
            r#"
            select browser_session_id, account_id
            from browser_session
            where ended_at is null and seen_at <= $1 and not exists (
                select 1 from client_session
                where client_session.browser_session_id = browser_session.browser_session_id
                  and client_session.ended_at is null and client_session.used_at > $1)
            order by seen_at
            limit $2
            "#,
        )
        .bind(since)
        .bind(limit)
        .fetch_all(db)
        .await
    })?;
    Ok(over)
}

/// Whether a session has run out of time, and whether it is idle, as the lists have it. `None`: it has ended.
pub async fn is_over(
    tx: &mut Tx,
    browser_session_id: BrowserSessionId,
    now: DateTime<Utc>,
    idle_since: DateTime<Utc>,
) -> Result<Option<(bool, bool)>, StorageError> {
    let over = on!(tx, db => {
        sqlx::query_as(
            r#"
            select expires_at <= $2, seen_at <= $3 and not exists (
                select 1 from client_session
                where client_session.browser_session_id = browser_session.browser_session_id
                  and client_session.ended_at is null and client_session.used_at > $3)
            from browser_session
            where browser_session_id = $1 and ended_at is null
            "#,
        )
        .bind(browser_session_id)
        .bind(now)
        .bind(idle_since)
        .fetch_optional(db)
        .await
    })?;
    Ok(over)
}

/// Adds a session.
pub async fn add(
    tx: &mut Tx,
    session: NewBrowserSession<'_>,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    on!(tx, db => {
        sqlx::query(
            r#"
            insert into browser_session (browser_session_id, account_id, token_hash, device, created_at, seen_at,
                                         expires_at)
            values ($1, $2, $3, $4, $5, $5, $6)
            "#,
        )
        .bind(session.browser_session_id)
        .bind(session.account_id)
        .bind(session.token_hash)
        .bind(session.device)
        .bind(now)
        .bind(session.expires_at)
        .execute(db)
        .await
        .map(drop)
    })?;
    Ok(())
}

/// Gives the session another cookie value; the former one is worth nothing from now on. `expires_at` moves its end, where the
/// person has just authenticated.
pub async fn renew_token(
    tx: &mut Tx,
    browser_session_id: BrowserSessionId,
    token_hash: &[u8],
    expires_at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let rows = on!(tx, db => {
        sqlx::query(
            r#"
            update browser_session
            set token_hash = $2, seen_at = $3, expires_at = coalesce($4, expires_at)
            where browser_session_id = $1 and ended_at is null
            "#,
        )
        .bind(browser_session_id)
        .bind(token_hash)
        .bind(now)
        .bind(expires_at)
        .execute(db)
        .await
        .map(|done| done.rows_affected())
    })?;
    Ok(rows == 1)
}

/// Notes that the session was used. Callers do this at most once a minute.
pub async fn touch(
    tx: &mut Tx,
    browser_session_id: BrowserSessionId,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    on!(tx, db => {
        sqlx::query("update browser_session set seen_at = $2 where browser_session_id = $1 and ended_at is null")
            .bind(browser_session_id)
            .bind(now)
            .execute(db)
            .await
            .map(drop)
    })?;
    Ok(())
}

/// Ends a session. `false` when it had ended before.
pub async fn end(
    tx: &mut Tx,
    browser_session_id: BrowserSessionId,
    reason: EndReason,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let rows = on!(tx, db => {
        sqlx::query(
            r#"
            update browser_session
            set ended_at = $2, end_reason = $3
            where browser_session_id = $1 and ended_at is null
            "#,
        )
        .bind(browser_session_id)
        .bind(now)
        .bind(reason.as_str())
        .execute(db)
        .await
        .map(|done| done.rows_affected())
    })?;
    Ok(rows == 1)
}
