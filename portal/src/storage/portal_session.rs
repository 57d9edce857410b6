//! `portal_session`: the browsers signed in at the portal.

use chrono::{DateTime, Utc};
use store::{StorageError, Tx, on};

use crate::session::{EndedBy, SessionId};

/// One signed-in browser, or what is left of one that no longer is.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct PortalSession {
    /// Key of the row; safe to show in an address.
    #[sqlx(rename = "portal_session_id")]
    pub id: SessionId,
    /// SHA-256 of the cookie's value.
    pub cookie_hash: Vec<u8>,
    /// Who is signed in: the broker's `sub` for us.
    pub subject: String,
    /// The broker's `sid` for its session with us.
    pub broker_sid: Option<String>,
    /// The authentication context the broker vouched for.
    pub acr: Option<String>,
    /// When the person proved who they are.
    pub auth_time: Option<DateTime<Utc>>,
    /// How they did: `nia`, `isds`, …
    pub login_provider: Option<String>,
    /// The broker's name of the mandate by which the person acts; `None`: for themself.
    pub mandate: Option<String>,
    /// Browser and system in words.
    pub device: String,
    /// Sealed claims; `None` once the session ended.
    pub claims: Option<Vec<u8>>,
    /// Sealed refresh token, when the broker gave one.
    pub refresh_token: Option<Vec<u8>>,
    /// Sealed ID token, the hint for logging out at the broker.
    pub id_token: Option<Vec<u8>>,
    /// When the person signed in here.
    pub created_at: DateTime<Utc>,
    /// Last request, to the minute.
    pub last_used_at: DateTime<Utc>,
    /// When the broker last confirmed the session.
    pub refreshed_at: DateTime<Utc>,
    /// Nobody else asks the broker before this moment.
    pub refresh_lease_until: Option<DateTime<Utc>>,
    /// When the refresh token was first sent of which no answer has come.
    pub refresh_sent_at: Option<DateTime<Utc>>,
    /// Since when the broker cannot be reached.
    pub unreachable_since: Option<DateTime<Utc>>,
    /// The session ends here at the latest.
    pub expires_at: DateTime<Utc>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// Why it ended, as [`EndedBy`] spells it.
    pub ended_by: Option<String>,
}

/// What a refresh brought; an absent value leaves the stored one.
#[derive(Debug, Clone)]
pub struct Refreshed {
    /// Sealed claims, when there are new ones.
    pub claims: Option<Vec<u8>>,
    /// Sealed refresh token, when the broker rotated it.
    pub refresh_token: Option<Vec<u8>>,
    /// Sealed ID token, when the broker gave a new one.
    pub id_token: Option<Vec<u8>>,
}

/// Adds a session.
pub async fn add(tx: &mut Tx, session: &PortalSession) -> Result<(), StorageError> {
    on!(tx, db => {
        sqlx::query(
            r"
            insert into portal_session (
                portal_session_id, cookie_hash, subject, broker_sid, acr, auth_time, login_provider, device,
                claims, refresh_token, id_token, created_at, last_used_at, refreshed_at, expires_at, mandate
            )
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
            ",
        )
        .bind(session.id)
        .bind(session.cookie_hash.as_slice())
        .bind(session.subject.as_str())
        .bind(session.broker_sid.as_deref())
        .bind(session.acr.as_deref())
        .bind(session.auth_time)
        .bind(session.login_provider.as_deref())
        .bind(session.device.as_str())
        .bind(session.claims.as_deref())
        .bind(session.refresh_token.as_deref())
        .bind(session.id_token.as_deref())
        .bind(session.created_at)
        .bind(session.last_used_at)
        .bind(session.refreshed_at)
        .bind(session.expires_at)
        .bind(session.mandate.as_deref())
        .execute(db)
        .await
        .map(drop)
    })?;
    Ok(())
}

/// Finds the session a cookie belongs to, ended ones included: the caller tells the person why.
pub async fn find_by_cookie(
    tx: &mut Tx,
    cookie_hash: &[u8],
) -> Result<Option<PortalSession>, StorageError> {
    let session = on!(tx, db => {
        sqlx::query_as("select * from portal_session where cookie_hash = $1")
            .bind(cookie_hash)
            .fetch_optional(db)
            .await
    })?;
    Ok(session)
}

/// Looks one session up by its key.
pub async fn lookup(tx: &mut Tx, id: SessionId) -> Result<Option<PortalSession>, StorageError> {
    let session = on!(tx, db => {
        sqlx::query_as("select * from portal_session where portal_session_id = $1")
            .bind(id)
            .fetch_optional(db)
            .await
    })?;
    Ok(session)
}

/// Lists the sessions a person has open now, the latest used first.
pub async fn list_by_subject(
    tx: &mut Tx,
    subject: &str,
    now: DateTime<Utc>,
) -> Result<Vec<PortalSession>, StorageError> {
    let sessions = on!(tx, db => {
        sqlx::query_as(
            r"
            select * from portal_session
            where subject = $1 and ended_at is null and expires_at > $2
            order by last_used_at desc, portal_session_id desc
            ",
        )
        .bind(subject)
        .bind(now)
        .fetch_all(db)
        .await
    })?;
    Ok(sessions)
}

/// Notes that the session is in use.
pub async fn touch(tx: &mut Tx, id: SessionId, now: DateTime<Utc>) -> Result<(), StorageError> {
    on!(tx, db => {
        sqlx::query("update portal_session set last_used_at = $2 where portal_session_id = $1 and ended_at is null")
            .bind(id)
            .bind(now)
            .execute(db)
            .await
            .map(drop)
    })?;
    Ok(())
}

/// Takes the right to refresh a session until `until`, and notes that its token is being sent. False when another request or
/// replica has it, was faster, or failed a moment ago.
pub async fn claim_refresh(
    tx: &mut Tx,
    session: &PortalSession,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let claimed = on!(tx, db => {
        sqlx::query(
            r"
            update portal_session set refresh_lease_until = $4, refresh_sent_at = coalesce(refresh_sent_at, $3)
            where portal_session_id = $1 and ended_at is null and refreshed_at = $2
              and refresh_sent_at is not distinct from $5
              and (refresh_lease_until is null or refresh_lease_until <= $3)
            ",
        )
        .bind(session.id)
        .bind(session.refreshed_at)
        .bind(now)
        .bind(until)
        .bind(session.refresh_sent_at)
        .execute(db)
        .await
        .map(|done| done.rows_affected())
    })?;
    Ok(claimed == 1)
}

/// Stores what a refresh brought. False when the session ended or the lease went to somebody else meanwhile.
pub async fn finish_refresh(
    tx: &mut Tx,
    id: SessionId,
    lease_until: DateTime<Utc>,
    refreshed: &Refreshed,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let stored = on!(tx, db => {
        sqlx::query(
            r"
            update portal_session set
                claims = coalesce($3, claims), refresh_token = coalesce($4, refresh_token), id_token = coalesce($5, id_token),
                refreshed_at = $6, refresh_lease_until = null, refresh_sent_at = null, unreachable_since = null
            where portal_session_id = $1 and refresh_lease_until = $2 and ended_at is null
            ",
        )
        .bind(id)
        .bind(lease_until)
        .bind(refreshed.claims.as_deref())
        .bind(refreshed.refresh_token.as_deref())
        .bind(refreshed.id_token.as_deref())
        .bind(now)
        .execute(db)
        .await
        .map(|done| done.rows_affected())
    })?;
    Ok(stored == 1)
}

/// Notes that the broker could not be asked; the first failure starts the clock, nobody retries before `retry_at`. `sent_at` is
/// when the token was first sent, should it be used up.
pub async fn fail_refresh(
    tx: &mut Tx,
    id: SessionId,
    lease_until: DateTime<Utc>,
    retry_at: DateTime<Utc>,
    sent_at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    on!(tx, db => {
        sqlx::query(
            r"
            update portal_session set
                unreachable_since = coalesce(unreachable_since, $3), refresh_lease_until = $4, refresh_sent_at = $5
            where portal_session_id = $1 and refresh_lease_until = $2 and ended_at is null
            ",
        )
        .bind(id)
        .bind(lease_until)
        .bind(now)
        .bind(retry_at)
        .bind(sent_at)
        .execute(db)
        .await
        .map(drop)
    })?;
    Ok(())
}

/// Ends one session and forgets what it held. False when it had ended before.
pub async fn end(
    tx: &mut Tx,
    id: SessionId,
    by: EndedBy,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let ended = on!(tx, db => {
        sqlx::query(
            r"
            update portal_session set
                ended_at = $2, ended_by = $3, claims = null, refresh_token = null, id_token = null
            where portal_session_id = $1 and ended_at is null
            ",
        )
        .bind(id)
        .bind(now)
        .bind(by.as_str())
        .execute(db)
        .await
        .map(|done| done.rows_affected())
    })?;
    Ok(ended == 1)
}

/// Ends the sessions that belong to one session at the broker; with a subject only that person's.
pub async fn end_by_broker_sid(
    tx: &mut Tx,
    broker_sid: &str,
    subject: Option<&str>,
    by: EndedBy,
    now: DateTime<Utc>,
) -> Result<Vec<SessionId>, StorageError> {
    let ended = on!(tx, db => {
        sqlx::query_scalar(
            r"
            update portal_session set
                ended_at = $3, ended_by = $4, claims = null, refresh_token = null, id_token = null
            where broker_sid = $1 and ($2 is null or subject = $2) and ended_at is null
            returning portal_session_id
            ",
        )
        .bind(broker_sid)
        .bind(subject)
        .bind(now)
        .bind(by.as_str())
        .fetch_all(db)
        .await
    })?;
    Ok(ended)
}

/// Ends the sessions of one person, all or all but one.
pub async fn end_by_subject(
    tx: &mut Tx,
    subject: &str,
    except: Option<SessionId>,
    by: EndedBy,
    now: DateTime<Utc>,
) -> Result<Vec<SessionId>, StorageError> {
    let ended = on!(tx, db => {
        sqlx::query_scalar(
            r"
            update portal_session set
                ended_at = $3, ended_by = $4, claims = null, refresh_token = null, id_token = null
            where subject = $1 and ($2 is null or portal_session_id <> $2) and ended_at is null
            returning portal_session_id
            ",
        )
        .bind(subject)
        .bind(except)
        .bind(now)
        .bind(by.as_str())
        .fetch_all(db)
        .await
    })?;
    Ok(ended)
}

/// Deletes what ended or expired before a moment.
pub async fn delete_before(tx: &mut Tx, before: DateTime<Utc>) -> Result<u64, StorageError> {
    let deleted = on!(tx, db => {
        sqlx::query("delete from portal_session where expires_at < $1 or ended_at < $1")
            .bind(before)
            .execute(db)
            .await
            .map(|done| done.rows_affected())
    })?;
    Ok(deleted)
}
