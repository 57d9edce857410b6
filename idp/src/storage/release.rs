//! `release`: what went to whom, when.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::types::Json;
use store::{StorageError, Tx, on};

use crate::ids::{AccountId, ClientId, ClientSessionId, ReleaseId};

/// Claims about to leave for a client.
#[derive(Clone, Copy, Debug)]
pub struct NewRelease<'a> {
    /// Fresh key, taken only when this set goes to this client session for the first time.
    pub release_id: ReleaseId,
    /// About whom.
    pub account_id: AccountId,
    /// To whom.
    pub client_id: &'a ClientId,
    /// In which session.
    pub client_session_id: ClientSessionId,
    /// Names of the claims, never their values.
    pub claims: &'a BTreeSet<String>,
}

/// What one client got over all its sessions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Released {
    /// To whom.
    pub client_id: ClientId,
    /// Names of all claims it ever got.
    pub claims: BTreeSet<String>,
    /// When first.
    pub first_at: DateTime<Utc>,
    /// When last.
    pub last_at: DateTime<Utc>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Content {
    claims: BTreeSet<String>,
}

/// Records a release. `true` when this client session gets this set for the first time; a repeat moves the time.
pub async fn add(
    tx: &mut Tx,
    release: NewRelease<'_>,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let times: i64 = on!(tx, db => {
        sqlx::query_scalar(
            r#"
            insert into release (release_id, account_id, client_id, client_session_id, content, content_hash,
                                 first_at, last_at, times)
            values ($1, $2, $3, $4, $5, $6, $7, $7, 1)
            on conflict (client_session_id, content_hash)
            do update set last_at = excluded.last_at, times = release.times + 1
            returning times
            "#,
        )
        .bind(release.release_id)
        .bind(release.account_id)
        .bind(release.client_id)
        .bind(release.client_session_id)
        .bind(Json(Content { claims: release.claims.clone() }))
        .bind(content_hash(release.claims))
        .bind(now)
        .fetch_one(db)
        .await
    })?;
    Ok(times == 1)
}

/// Whether the same set went to the same client session since a moment: then nothing new need be written.
pub async fn is_recorded_since(
    tx: &mut Tx,
    client_session_id: ClientSessionId,
    claims: &BTreeSet<String>,
    since: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let last_at: Option<DateTime<Utc>> = on!(tx, db => {
        sqlx::query_scalar("select last_at from release where client_session_id = $1 and content_hash = $2")
            .bind(client_session_id)
            .bind(content_hash(claims))
            .fetch_optional(db)
            .await
    })?;
    Ok(last_at.is_some_and(|at| at >= since))
}

/// What each client got, the latest first.
pub async fn list_by_account(
    tx: &mut Tx,
    account_id: AccountId,
) -> Result<Vec<Released>, StorageError> {
    let rows: Vec<(ClientId, Json<Content>, DateTime<Utc>, DateTime<Utc>)> = on!(tx, db => {
        sqlx::query_as(
            r#"
            select client_id, content, first_at, last_at
            from release
            where account_id = $1
            order by last_at desc, release_id
            "#,
        )
        .bind(account_id)
        .fetch_all(db)
        .await
    })?;

    let mut released: Vec<Released> = Vec::new();
    for (client_id, Json(content), first_at, last_at) in rows {
        match released.iter_mut().find(|seen| seen.client_id == client_id) {
            Some(seen) => {
                seen.claims.extend(content.claims);
                seen.first_at = seen.first_at.min(first_at);
            }
            None => released.push(Released {
                client_id,
                claims: content.claims,
                first_at,
                last_at,
            }),
        }
    }
    Ok(released)
}

fn content_hash(claims: &BTreeSet<String>) -> Vec<u8> {
    let mut digest = aws_lc_rs::digest::Context::new(&aws_lc_rs::digest::SHA256);
    for claim in claims {
        digest.update(claim.as_bytes());
        digest.update(b"\n");
    }
    digest.finish().as_ref().to_vec()
}
