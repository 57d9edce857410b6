//! `access_grant`: what a redeemed code entitled a client to. Every token of it asks whether it still stands.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use sqlx::types::Json;
use store::{StorageError, Tx, first_id_of, on};
use uuid::Uuid;

use crate::{
    claims::ClaimsParameter,
    ids::{
        AccessGrantId, AccountId, AuthenticationId, BrowserSessionId, ClientId, ClientSessionId,
        MandateId, ResourceId, UpstreamLinkId,
    },
    oidc::code::CodeGrant,
};

/// What a client may do for an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessGrant {
    /// Its id.
    pub id: AccessGrantId,
    /// For whom.
    pub client_id: ClientId,
    /// About whom.
    pub account_id: AccountId,
    /// The browser session the code was made in.
    pub browser_session_id: BrowserSessionId,
    /// The session at the client.
    pub client_session_id: ClientSessionId,
    /// The login that levels and `auth_time` come from.
    pub authentication_id: AuthenticationId,
    /// The `sub` the client sees.
    pub sub: String,
    /// Granted scopes.
    pub scope: BTreeSet<String>,
    /// Claims asked for by name.
    pub claims: ClaimsParameter,
    /// The API its access tokens are for.
    pub resource_id: Option<ResourceId>,
    /// For whom its tokens speak; `None`: for the person.
    pub mandate_id: Option<MandateId>,
    /// It outlives the browser session.
    pub offline: bool,
    /// When the code was redeemed.
    pub created_at: DateTime<Utc>,
}

/// A row; `derive(FromRow)` reads it from both databases.
#[derive(Debug, sqlx::FromRow)]
pub(super) struct Row {
    access_grant_id: AccessGrantId,
    client_id: ClientId,
    account_id: AccountId,
    browser_session_id: BrowserSessionId,
    client_session_id: ClientSessionId,
    authentication_id: AuthenticationId,
    sub: String,
    scope: String,
    claims: Json<ClaimsParameter>,
    resource_id: Option<ResourceId>,
    mandate_id: Option<MandateId>,
    offline: bool,
    created_at: DateTime<Utc>,
}

impl From<Row> for AccessGrant {
    fn from(row: Row) -> Self {
        Self {
            id: row.access_grant_id,
            client_id: row.client_id,
            account_id: row.account_id,
            browser_session_id: row.browser_session_id,
            client_session_id: row.client_session_id,
            authentication_id: row.authentication_id,
            sub: row.sub,
            scope: split(&row.scope),
            claims: row.claims.0,
            resource_id: row.resource_id,
            mandate_id: row.mandate_id,
            offline: row.offline,
            created_at: row.created_at,
        }
    }
}

/// Scopes as stored, separated by blanks.
pub(super) fn split(scope: &str) -> BTreeSet<String> {
    scope.split_ascii_whitespace().map(str::to_owned).collect()
}

/// Scopes as stored and sent, separated by blanks.
pub fn joined(scope: &BTreeSet<String>) -> String {
    scope
        .iter()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(" ")
}

/// Adds the grant of a code with the commit, for which a second one of the same code is [`StorageError::Conflict`].
pub fn add(tx: &mut Tx, grant: &AccessGrant) {
    tx.later(
            r#"
            insert into access_grant (access_grant_id, client_id, account_id, browser_session_id,
                client_session_id, authentication_id, sub, scope, claims, resource_id, offline, created_at,
                mandate_id)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
            "#,
        )
        .bind(grant.id)
        .bind(&grant.client_id)
        .bind(grant.account_id)
        .bind(grant.browser_session_id)
        .bind(grant.client_session_id)
        .bind(grant.authentication_id)
        .bind(&grant.sub)
        .bind(joined(&grant.scope))
        .bind(Json(&grant.claims))
        .bind(&grant.resource_id)
        .bind(grant.offline)
        .bind(grant.created_at)
        .bind(grant.mandate_id);
}

/// Remembers a code that was presented wrongly as a grant that was revoked when it was made and that no token belongs to, so
/// that the code is good for nothing any more. False when it was presented before.
pub async fn burn(
    tx: &mut Tx,
    granted: &CodeGrant,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let burnt = on!(tx, db => {
        sqlx::query(
            r#"
            insert into access_grant (access_grant_id, client_id, account_id, browser_session_id,
                client_session_id, authentication_id, sub, scope, claims, offline, created_at, revoked_at)
            values ($1, $2, $3, $4, $5, $6, '', '', '{}', false, $7, $7)
            on conflict (access_grant_id) do nothing
            "#,
        )
        .bind(granted.access_grant_id)
        .bind(&granted.asked.client_id)
        .bind(granted.account_id)
        .bind(granted.browser_session_id)
        // It never came to a session at the client.
        .bind(ClientSessionId::new(Uuid::nil()))
        .bind(granted.authentication_id)
        .bind(now)
        .execute(db)
        .await
        .map(|done| done.rows_affected())
    })?;
    Ok(burnt > 0)
}

/// Whose grant it is and about whom, revoked or not; `None` for a code that nobody has presented.
pub async fn find_whose(
    tx: &mut Tx,
    id: AccessGrantId,
) -> Result<Option<(ClientId, AccountId)>, StorageError> {
    let found = on!(tx, db => {
        sqlx::query_as("select client_id, account_id from access_grant where access_grant_id = $1")
            .bind(id)
            .fetch_optional(db)
            .await
    })?;
    Ok(found)
}

/// Revokes one grant, and with it all its tokens. False when it was revoked before.
pub async fn revoke(
    tx: &mut Tx,
    id: AccessGrantId,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let revoked = on!(tx, db => {
        sqlx::query("update access_grant set revoked_at = $2 where access_grant_id = $1 and revoked_at is null")
            .bind(id)
            .bind(now)
            .execute(db)
            .await
            .map(|done| done.rows_affected())
    })?;
    Ok(revoked > 0)
}

/// Revokes what ends with a session at a client. Grants for offline access stand.
pub async fn revoke_for_client_session(
    tx: &mut Tx,
    client_session_id: ClientSessionId,
    now: DateTime<Utc>,
) -> Result<u64, StorageError> {
    let revoked = on!(tx, db => {
        sqlx::query(
            r#"
            update access_grant set revoked_at = $2
            where client_session_id = $1 and revoked_at is null and not offline
            "#,
        )
        .bind(client_session_id)
        .bind(now)
        .execute(db)
        .await
        .map(|done| done.rows_affected())
    })?;
    Ok(revoked)
}

/// Revokes what a session at a client entitled to on behalf of somebody else than from now on. Grants for offline access stand.
pub async fn revoke_for_other_mandates(
    tx: &mut Tx,
    client_session_id: ClientSessionId,
    mandate_id: Option<MandateId>,
    now: DateTime<Utc>,
) -> Result<u64, StorageError> {
    let revoked = on!(tx, db => {
        sqlx::query(
            r#"
            update access_grant set revoked_at = $2
            where client_session_id = $1 and mandate_id is distinct from $3 and revoked_at is null and not offline
            "#,
        )
        .bind(client_session_id)
        .bind(now)
        .bind(mandate_id)
        .execute(db)
        .await
        .map(|done| done.rows_affected())
    })?;
    Ok(revoked)
}

/// Revokes what ends with a browser session. Grants for offline access stand.
pub async fn revoke_for_browser_session(
    tx: &mut Tx,
    browser_session_id: BrowserSessionId,
    now: DateTime<Utc>,
) -> Result<u64, StorageError> {
    let revoked = on!(tx, db => {
        sqlx::query(
            r#"
            update access_grant set revoked_at = $2
            where revoked_at is null and not offline and client_session_id in (
                select client_session_id from client_session where browser_session_id = $1)
            "#,
        )
        .bind(browser_session_id)
        .bind(now)
        .execute(db)
        .await
        .map(|done| done.rows_affected())
    })?;
    Ok(revoked)
}

/// Revokes everything that speaks for a body: the mandate ended. Grants for offline access end too.
pub async fn revoke_for_mandate(
    tx: &mut Tx,
    mandate_id: MandateId,
    now: DateTime<Utc>,
) -> Result<u64, StorageError> {
    let revoked = on!(tx, db => {
        sqlx::query("update access_grant set revoked_at = $2 where mandate_id = $1 and revoked_at is null")
            .bind(mandate_id)
            .bind(now)
            .execute(db)
            .await
            .map(|done| done.rows_affected())
    })?;
    Ok(revoked)
}

/// Revokes everything a client may do for an account: the person took their consent back.
pub async fn revoke_for_account_client(
    tx: &mut Tx,
    account_id: AccountId,
    client_id: &ClientId,
    now: DateTime<Utc>,
) -> Result<u64, StorageError> {
    let revoked = on!(tx, db => {
        sqlx::query(
            r#"
            update access_grant set revoked_at = $3
            where revoked_at is null and client_session_id in (
                select client_session_id from client_session where account_id = $1 and client_id = $2)
            "#,
        )
        .bind(account_id)
        .bind(client_id)
        .bind(now)
        .execute(db)
        .await
        .map(|done| done.rows_affected())
    })?;
    Ok(revoked)
}

/// Revokes what clients may do for an account on the strength of other browser sessions than one, offline access included.
pub async fn revoke_for_other_sessions(
    tx: &mut Tx,
    account_id: AccountId,
    but: BrowserSessionId,
    now: DateTime<Utc>,
) -> Result<u64, StorageError> {
    let revoked = on!(tx, db => {
        sqlx::query(
            r#"
            update access_grant set revoked_at = $3
            where revoked_at is null and client_session_id in (
                select client_session_id from client_session where account_id = $1 and browser_session_id <> $2)
            "#,
        )
        .bind(account_id)
        .bind(but)
        .bind(now)
        .execute(db)
        .await
        .map(|done| done.rows_affected())
    })?;
    Ok(revoked)
}

/// Revokes everything that logins through one way in entitled clients to, offline access included.
pub async fn revoke_for_link(
    tx: &mut Tx,
    upstream_link_id: UpstreamLinkId,
    now: DateTime<Utc>,
) -> Result<u64, StorageError> {
    let revoked = on!(tx, db => {
        sqlx::query(
            r#"
            update access_grant set revoked_at = $2
            where revoked_at is null
              and authentication_id in (select authentication_id from authentication where upstream_link_id = $1)
              -- They are found by this.
              and client_session_id in (
                select client_session.client_session_id
                from client_session
                join authentication on authentication.browser_session_id = client_session.browser_session_id
                where authentication.upstream_link_id = $1)
            "#,
        )
        .bind(upstream_link_id)
        .bind(now)
        .execute(db)
        .await
        .map(|done| done.rows_affected())
    })?;
    Ok(revoked)
}

/// Revokes everything any client may do for an account: it was disabled.
pub async fn revoke_for_account(
    tx: &mut Tx,
    account_id: AccountId,
    now: DateTime<Utc>,
) -> Result<u64, StorageError> {
    let revoked = on!(tx, db => {
        sqlx::query(
            r#"
            update access_grant set revoked_at = $2
            where revoked_at is null and client_session_id in (
                select client_session_id from client_session where account_id = $1)
            "#,
        )
            .bind(account_id)
            .bind(now)
            .execute(db)
            .await
            .map(|done| done.rows_affected())
    })?;
    Ok(revoked)
}

/// Revokes all grants of a client, offline ones too; says how many.
pub async fn revoke_for_client(
    tx: &mut Tx,
    client_id: &ClientId,
    now: DateTime<Utc>,
) -> Result<u64, StorageError> {
    let revoked = on!(tx, db => {
        sqlx::query("update access_grant set revoked_at = $2 where client_id = $1 and revoked_at is null")
            .bind(client_id)
            .bind(now)
            .execute(db)
            .await
            .map(|done| done.rows_affected())
    })?;
    Ok(revoked)
}

/// Forgets, of up to a thousand grants made before a moment, those that nothing can come of any more: without a refresh token, and
/// revoked or of a session that has ended. Begins after `after` and says where it ended and how many went; `None` at the end.
///
/// A day is long enough: a code lives for a minute, an access token for ten.
pub async fn sweep(
    tx: &mut Tx,
    after: AccessGrantId,
    before: DateTime<Utc>,
) -> Result<Option<(AccessGrantId, u64)>, StorageError> {
    let looked_at: Vec<AccessGrantId> = on!(&mut *tx, db => {
        sqlx::query_scalar(
            r#"
            select access_grant_id from access_grant
            where access_grant_id > $1 and access_grant_id < $2
            order by access_grant_id limit 1000
            "#,
        )
        .bind(after)
        .bind(first_id_of(before))
        .fetch_all(db)
        .await
    })?;
    let Some(&to) = looked_at.last() else {
        return Ok(None);
    };
    let swept = on!(tx, db => {
        sqlx::query(
            r#"
            delete from access_grant
            where access_grant_id > $1 and access_grant_id <= $2
              and not exists (select 1 from refresh_token
                              where refresh_token.access_grant_id = access_grant.access_grant_id)
              and (revoked_at is not null
                   or not exists (select 1 from client_session
                                  where client_session.client_session_id = access_grant.client_session_id
                                    and client_session.ended_at is null))
            "#,
        )
        .bind(after)
        .bind(to)
        .execute(db)
        .await
        .map(|done| done.rows_affected())
    })?;
    Ok(Some((to, swept)))
}
