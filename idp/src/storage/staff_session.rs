//! `staff_session`: a browser that an officer is signed in with.

use chrono::{DateTime, Utc};
use federation::{Realm, UpstreamSession};
use store::{MasterKey, StorageError, Tx, on};

use super::authentication::key_of;
use crate::ids::{StaffAccountId, StaffSessionId};

/// A signed-in browser of an officer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaffSession {
    /// Its key.
    pub staff_session_id: StaffSessionId,
    /// Who is signed in.
    pub staff_account_id: StaffAccountId,
    /// Configuration entry of the provider.
    pub provider: String,
    /// Realm of the provider.
    pub realm: String,
    /// Roles in the provider's words, as this login brought them.
    pub granted: Vec<String>,
    /// Browser and system in words.
    pub device: String,
    /// When the officer authenticated, at the latest: the provider's own time, or ours where it tells none.
    pub authenticated_at: DateTime<Utc>,
    /// When the officer signed in.
    pub created_at: DateTime<Utc>,
    /// Last use, to the minute.
    pub seen_at: DateTime<Utc>,
    /// End whatever happens.
    pub expires_at: DateTime<Utc>,
    /// When the provider last stood behind it: at the login, or when it was asked again.
    pub confirmed_at: DateTime<Utc>,
}

/// A session about to be made.
#[derive(Clone, Copy, Debug)]
pub struct NewStaffSession<'a> {
    /// Its key.
    pub staff_session_id: StaffSessionId,
    /// Who signed in.
    pub staff_account_id: StaffAccountId,
    /// SHA-256 of the cookie's value.
    pub token_hash: &'a [u8],
    /// Configuration entry of the provider.
    pub provider: &'a str,
    /// Realm of the provider.
    pub realm: &'a Realm,
    /// Roles in the provider's words.
    pub granted: &'a [String],
    /// Browser and system in words.
    pub device: &'a str,
    /// When the officer authenticated, at the latest: the provider's own time, or ours where it tells none.
    pub authenticated_at: DateTime<Utc>,
    /// End whatever happens.
    pub expires_at: DateTime<Utc>,
    /// When the provider stood behind it.
    pub confirmed_at: DateTime<Utc>,
    /// What a logout at the provider will need.
    pub upstream_session: Option<&'a UpstreamSession>,
}

/// Why an officer's session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StaffEnd {
    /// The officer signed out.
    Logout,
    /// Somebody signed in anew in this browser.
    Replaced,
    /// The provider said so.
    UpstreamLogout,
    /// An operator switched the officer off.
    AccountDisabled,
    /// The provider granted it a role that it does not grant any more.
    RoleTaken,
    /// Asked again, the provider did not stand behind it.
    NotConfirmed,
    /// Nobody used it for too long.
    Idle,
}

impl StaffEnd {
    /// The word in the table and in audit details.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Logout => "logout",
            Self::Replaced => "replaced",
            Self::UpstreamLogout => "upstream_logout",
            Self::AccountDisabled => "account_disabled",
            Self::RoleTaken => "role_taken",
            Self::NotConfirmed => "not_confirmed",
            Self::Idle => "idle",
        }
    }
}

const COLUMNS: &str = "staff_session_id, staff_account_id, provider, realm, granted, device, authenticated_at, created_at, \
                       seen_at, expires_at, coalesce(confirmed_at, created_at) as confirmed_at";

/// Finds the live session of a cookie.
pub async fn find_by_token_hash(
    tx: &mut Tx,
    token_hash: &[u8],
    now: DateTime<Utc>,
) -> Result<Option<StaffSession>, StorageError> {
    let statement = format!(
        "select {COLUMNS} from staff_session where token_hash = $1 and ended_at is null and expires_at > $2"
    );
    let row: Option<Row> = on!(tx, db => {
        sqlx::query_as(sqlx::AssertSqlSafe(statement.as_str()))
            .bind(token_hash)
            .bind(now)
            .fetch_optional(db)
            .await
    })?;
    row.map(StaffSession::try_from).transpose()
}

/// Live sessions of an officer, the last used first.
pub async fn list_by_account(
    tx: &mut Tx,
    staff_account_id: StaffAccountId,
    now: DateTime<Utc>,
) -> Result<Vec<StaffSession>, StorageError> {
    let statement = format!(
        "select {COLUMNS} from staff_session
         where staff_account_id = $1 and ended_at is null and expires_at > $2
         order by seen_at desc, staff_session_id"
    );
    let rows: Vec<Row> = on!(tx, db => {
        sqlx::query_as(sqlx::AssertSqlSafe(statement.as_str()))
            .bind(staff_account_id)
            .bind(now)
            .fetch_all(db)
            .await
    })?;
    rows.into_iter().map(StaffSession::try_from).collect()
}

/// Live sessions that a session at the provider stands behind: by its index, or, where none is named, every one of that
/// subject.
pub async fn list_by_upstream(
    tx: &mut Tx,
    realm: &Realm,
    session: &UpstreamSession,
    now: DateTime<Utc>,
) -> Result<Vec<StaffSession>, StorageError> {
    let (column, key) = match &session.index {
        Some(index) => ("upstream_index_key", key_of(realm, "", Some(index))),
        None => (
            "upstream_subject_key",
            key_of(realm, &session.name_id, None),
        ),
    };
    let statement = format!(
        "select {COLUMNS} from staff_session where {column} = $1 and ended_at is null and expires_at > $2"
    );
    let rows: Vec<Row> = on!(tx, db => {
        sqlx::query_as(sqlx::AssertSqlSafe(statement.as_str()))
            .bind(key.clone())
            .bind(now)
            .fetch_all(db)
            .await
    })?;
    rows.into_iter().map(StaffSession::try_from).collect()
}

/// A live session by its key.
pub async fn lookup(
    tx: &mut Tx,
    staff_session_id: StaffSessionId,
    now: DateTime<Utc>,
) -> Result<Option<StaffSession>, StorageError> {
    let statement = format!(
        "select {COLUMNS} from staff_session where staff_session_id = $1 and ended_at is null and expires_at > $2"
    );
    let row: Option<Row> = on!(tx, db => {
        sqlx::query_as(sqlx::AssertSqlSafe(statement.as_str()))
            .bind(staff_session_id)
            .bind(now)
            .fetch_optional(db)
            .await
    })?;
    row.map(StaffSession::try_from).transpose()
}

/// Adds a session.
pub async fn add(
    tx: &mut Tx,
    master_key: &MasterKey,
    session: NewStaffSession<'_>,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let upstream = session.upstream_session;
    let sealed = upstream
        .map(|upstream| sealed(master_key, session.staff_session_id, upstream))
        .transpose()?;
    let index_key = upstream
        .and_then(|upstream| Some(key_of(session.realm, "", Some(upstream.index.as_deref()?))));
    let subject_key = upstream.map(|upstream| key_of(session.realm, &upstream.name_id, None));
    let granted = serde_json::to_string(session.granted)?;
    on!(tx, db => {
        sqlx::query(
            r#"
            insert into staff_session (staff_session_id, staff_account_id, token_hash, provider, realm, granted, device,
                                       authenticated_at, created_at, seen_at, expires_at, confirmed_at,
                                       upstream_session, upstream_index_key, upstream_subject_key)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $10, $11, $12, $13, $14)
            "#,
        )
        .bind(session.staff_session_id)
        .bind(session.staff_account_id)
        .bind(session.token_hash)
        .bind(session.provider)
        .bind(session.realm.as_str())
        .bind(&granted)
        .bind(session.device)
        .bind(session.authenticated_at)
        .bind(now)
        .bind(session.expires_at)
        .bind(session.confirmed_at)
        .bind(sealed.clone())
        .bind(index_key.clone())
        .bind(subject_key.clone())
        .execute(db)
        .await
        .map(drop)
    })?;
    Ok(())
}

/// The session at the provider that stands behind one of ours.
pub async fn find_upstream_session(
    tx: &mut Tx,
    master_key: &MasterKey,
    staff_session_id: StaffSessionId,
) -> Result<Option<UpstreamSession>, StorageError> {
    let sealed: Option<Option<Vec<u8>>> = on!(tx, db => {
        sqlx::query_scalar("select upstream_session from staff_session where staff_session_id = $1")
            .bind(staff_session_id)
            .fetch_optional(db)
            .await
    })?;
    let Some(sealed) = sealed.flatten() else {
        return Ok(None);
    };
    let broken = || StorageError::broken("staff_session.upstream_session");
    let plain = master_key
        .open(&sealed_for(staff_session_id), &sealed)
        .map_err(|_| broken())?;
    serde_json::from_slice(&plain)
        .map(Some)
        .map_err(|_| broken())
}

/// Takes the right to ask the provider about a session that nobody else asks about now, and that nobody asked about since it was read.
pub async fn claim_confirmation(
    tx: &mut Tx,
    session: &StaffSession,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let rows = on!(tx, db => {
        sqlx::query(
            r#"
            update staff_session
            set confirming_until = $3
            where staff_session_id = $1 and ended_at is null and coalesce(confirmed_at, created_at) = $4
                and (confirming_until is null or confirming_until <= $2)
            "#,
        )
        .bind(session.staff_session_id)
        .bind(now)
        .bind(until)
        .bind(session.confirmed_at)
        .execute(db)
        .await
        .map(|done| done.rows_affected())
    })?;
    Ok(rows == 1)
}

/// The provider stands behind the session; what asks it next time, where that changed.
pub async fn confirm(
    tx: &mut Tx,
    master_key: &MasterKey,
    staff_session_id: StaffSessionId,
    upstream: Option<&UpstreamSession>,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let sealed = upstream
        .map(|upstream| sealed(master_key, staff_session_id, upstream))
        .transpose()?;
    on!(tx, db => {
        sqlx::query(
            r#"
            update staff_session
            set upstream_session = coalesce($2, upstream_session), confirmed_at = $3, confirming_until = null
            where staff_session_id = $1 and ended_at is null
            "#,
        )
        .bind(staff_session_id)
        .bind(sealed.clone())
        .bind(now)
        .execute(db)
        .await
        .map(drop)
    })?;
    Ok(())
}

/// Gives the right to ask back: the provider could not be asked.
pub async fn release_confirmation(
    tx: &mut Tx,
    staff_session_id: StaffSessionId,
    until: DateTime<Utc>,
) -> Result<(), StorageError> {
    on!(tx, db => {
        sqlx::query(
            "update staff_session set confirming_until = null where staff_session_id = $1 and confirming_until = $2",
        )
        .bind(staff_session_id)
        .bind(until)
        .execute(db)
        .await
        .map(drop)
    })?;
    Ok(())
}

/// Notes that the session was used. Callers do this at most once a minute.
pub async fn touch(
    tx: &mut Tx,
    staff_session_id: StaffSessionId,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    on!(tx, db => {
        sqlx::query("update staff_session set seen_at = $2 where staff_session_id = $1 and ended_at is null")
            .bind(staff_session_id)
            .bind(now)
            .execute(db)
            .await
            .map(drop)
    })?;
    Ok(())
}

/// Ends a session, and forgets what opens the one behind it. `false` when it had ended before.
pub async fn end(
    tx: &mut Tx,
    staff_session_id: StaffSessionId,
    reason: StaffEnd,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let rows = on!(tx, db => {
        sqlx::query(
            r#"
            update staff_session
            set ended_at = $2, end_reason = $3, upstream_session = null
            where staff_session_id = $1 and ended_at is null
            "#,
        )
        .bind(staff_session_id)
        .bind(now)
        .bind(reason.as_str())
        .execute(db)
        .await
        .map(|done| done.rows_affected())
    })?;
    Ok(rows == 1)
}

/// Ends sessions that nobody has used since a moment, and forgets what opens those behind them: one without the other would leave a
/// session about which the provider cannot be asked. Which ones, and whose.
pub async fn end_idle(
    tx: &mut Tx,
    unused_since: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Vec<(StaffSessionId, StaffAccountId)>, StorageError> {
    let ended = on!(tx, db => {
        sqlx::query_as(
            r#"
            update staff_session
            set ended_at = $2, end_reason = $3, upstream_session = null
            where ended_at is null and expires_at > $2 and seen_at < $1
            returning staff_session_id, staff_account_id
            "#,
        )
        .bind(unused_since)
        .bind(now)
        .bind(StaffEnd::Idle.as_str())
        .fetch_all(db)
        .await
    })?;
    Ok(ended)
}

/// Forgets what opens the sessions behind those whose time is over.
pub async fn forget_upstream(tx: &mut Tx, now: DateTime<Utc>) -> Result<(), StorageError> {
    on!(tx, db => {
        sqlx::query(
            r#"
            update staff_session set upstream_session = null
            where upstream_session is not null and expires_at <= $1
            "#,
        )
        .bind(now)
        .execute(db)
        .await
        .map(drop)
    })?;
    Ok(())
}

/// Removes sessions that were over before a moment; says how many went.
pub async fn sweep(tx: &mut Tx, before: DateTime<Utc>) -> Result<u64, StorageError> {
    let rows = on!(tx, db => {
        sqlx::query("delete from staff_session where expires_at < $1 or ended_at < $1")
            .bind(before)
            .execute(db)
            .await
            .map(|done| done.rows_affected())
    })?;
    Ok(rows)
}

#[derive(sqlx::FromRow)]
struct Row {
    staff_session_id: StaffSessionId,
    staff_account_id: StaffAccountId,
    provider: String,
    realm: String,
    granted: String,
    device: String,
    authenticated_at: DateTime<Utc>,
    created_at: DateTime<Utc>,
    seen_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    confirmed_at: DateTime<Utc>,
}

impl TryFrom<Row> for StaffSession {
    type Error = StorageError;

    fn try_from(row: Row) -> Result<Self, StorageError> {
        Ok(Self {
            staff_session_id: row.staff_session_id,
            staff_account_id: row.staff_account_id,
            provider: row.provider,
            realm: row.realm,
            granted: serde_json::from_str(&row.granted)
                .map_err(|_| StorageError::broken("staff_session.granted"))?,
            device: row.device,
            authenticated_at: row.authenticated_at,
            created_at: row.created_at,
            seen_at: row.seen_at,
            expires_at: row.expires_at,
            confirmed_at: row.confirmed_at,
        })
    }
}

fn sealed(
    master_key: &MasterKey,
    id: StaffSessionId,
    upstream: &UpstreamSession,
) -> Result<Vec<u8>, StorageError> {
    let plain = serde_json::to_vec(upstream)?;
    master_key
        .seal(&sealed_for(id), &plain)
        .map_err(StorageError::broken)
}

fn sealed_for(id: StaffSessionId) -> String {
    format!("staff_session.upstream_session:{id}")
}
