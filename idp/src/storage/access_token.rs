//! `access_token`: what userinfo, introspection and revocation look up.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use sqlx::types::Json;
use store::{StorageError, Tx, on};

use super::access_grant::{AccessGrant, joined, split};
use crate::{
    claims::ClaimsParameter,
    ids::{
        AccessGrantId, AccountId, AuthenticationId, BrowserSessionId, ClientId, ClientSessionId,
        MandateId, ResourceId,
    },
};

/// A token about to be stored.
#[derive(Clone, Debug)]
pub struct NewAccessToken<'a> {
    /// SHA-256 of the token, or of the `jti` of a signed one.
    pub token_hash: [u8; 32],
    /// Its grant; `None` for a client acting for itself.
    pub access_grant_id: Option<AccessGrantId>,
    /// Who holds it.
    pub client_id: &'a ClientId,
    /// The API it is for.
    pub resource_id: Option<&'a ResourceId>,
    /// Its scopes.
    pub scope: &'a BTreeSet<String>,
    /// Since when.
    pub created_at: DateTime<Utc>,
    /// Until when.
    pub expires_at: DateTime<Utc>,
}

/// A token that stands: neither expired nor revoked, by itself or through its grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveToken {
    /// Who holds it.
    pub client_id: ClientId,
    /// The API it is for.
    pub resource_id: Option<ResourceId>,
    /// Its scopes.
    pub scope: BTreeSet<String>,
    /// Since when.
    pub created_at: DateTime<Utc>,
    /// Until when.
    pub expires_at: DateTime<Utc>,
    /// Its grant; `None` for a client acting for itself.
    pub grant: Option<AccessGrant>,
}

#[derive(Debug, sqlx::FromRow)]
struct Row {
    client_id: ClientId,
    resource_id: Option<ResourceId>,
    scope: String,
    created_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    access_grant_id: Option<AccessGrantId>,
    account_id: Option<AccountId>,
    browser_session_id: Option<BrowserSessionId>,
    client_session_id: Option<ClientSessionId>,
    authentication_id: Option<AuthenticationId>,
    sub: Option<String>,
    grant_scope: Option<String>,
    claims: Option<Json<ClaimsParameter>>,
    mandate_id: Option<MandateId>,
    offline: Option<bool>,
    granted_at: Option<DateTime<Utc>>,
}

impl Row {
    fn grant(&mut self) -> Option<AccessGrant> {
        Some(AccessGrant {
            id: self.access_grant_id?,
            client_id: self.client_id.clone(),
            account_id: self.account_id?,
            browser_session_id: self.browser_session_id?,
            client_session_id: self.client_session_id?,
            authentication_id: self.authentication_id?,
            sub: self.sub.take()?,
            scope: split(self.grant_scope.as_deref()?),
            claims: self.claims.take()?.0,
            resource_id: self.resource_id.clone(),
            mandate_id: self.mandate_id,
            offline: self.offline?,
            created_at: self.granted_at?,
        })
    }
}

/// Adds a token with the commit.
pub fn add(tx: &mut Tx, token: &NewAccessToken<'_>) {
    tx.later(
            r#"
            insert into access_token (token_hash, access_grant_id, client_id, resource_id, scope, created_at, expires_at)
            values ($1, $2, $3, $4, $5, $6, $7)
            "#,
        )
        .bind(token.token_hash.as_slice())
        .bind(token.access_grant_id)
        .bind(token.client_id)
        .bind(token.resource_id)
        .bind(joined(token.scope))
        .bind(token.created_at)
        .bind(token.expires_at);
}

/// Finds a token that stands at `now`, with its grant.
pub async fn find_live(
    tx: &mut Tx,
    token_hash: &[u8; 32],
    now: DateTime<Utc>,
) -> Result<Option<LiveToken>, StorageError> {
    let row: Option<Row> = on!(tx, db => {
        sqlx::query_as(
            r#"
            select t.client_id, t.resource_id, t.scope, t.created_at, t.expires_at, t.access_grant_id,
                g.account_id, g.browser_session_id, g.client_session_id, g.authentication_id, g.sub,
                g.scope as grant_scope, g.claims, g.mandate_id, g.offline, g.created_at as granted_at
            from access_token t
            left join access_grant g on g.access_grant_id = t.access_grant_id
            where t.token_hash = $1 and t.expires_at > $2 and t.revoked_at is null and g.revoked_at is null
            "#,
        )
        .bind(token_hash.as_slice())
        .bind(now)
        .fetch_optional(db)
        .await
    })?;
    Ok(row.map(|mut row| LiveToken {
        grant: row.grant(),
        client_id: row.client_id,
        resource_id: row.resource_id,
        scope: split(&row.scope),
        created_at: row.created_at,
        expires_at: row.expires_at,
    }))
}

/// Revokes one token of a client. True when it stood.
pub async fn revoke(
    tx: &mut Tx,
    token_hash: &[u8; 32],
    client_id: &ClientId,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let revoked = on!(tx, db => {
        sqlx::query(
            r#"
            update access_token set revoked_at = $3
            where token_hash = $1 and client_id = $2 and revoked_at is null
            "#,
        )
        .bind(token_hash.as_slice())
        .bind(client_id)
        .bind(now)
        .execute(db)
        .await
        .map(|done| done.rows_affected())
    })?;
    Ok(revoked > 0)
}

/// Forgets up to a thousand tokens that expired before a moment; 0 when none is left.
pub async fn sweep(tx: &mut Tx, before: DateTime<Utc>) -> Result<u64, StorageError> {
    let swept = on!(tx, db => {
        sqlx::query(
            r#"
            delete from access_token
            where token_hash in (select token_hash from access_token where expires_at < $1 limit 1000)
            "#,
        )
        .bind(before)
        .execute(db)
        .await
        .map(|done| done.rows_affected())
    })?;
    Ok(swept)
}
