//! What a grant stands on at this moment: the account, the browser session, the login it came from, the session at the
//! client. One statement, because every token asks it.

use chrono::{DateTime, Utc};
use federation::Levels;
use store::{StorageError, Tx, on};

use super::level::{self, Proof};
use crate::ids::{AuthenticationId, ClientSessionId};

/// The facts of a session that tokens are computed from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Configuration entry of the provider that was used.
    pub provider: String,
    /// Its realm.
    pub realm: String,
    /// What the login counts for at this moment.
    pub levels: Levels,
    /// The level in law, when the login carries one now.
    pub eidas: Option<String>,
    /// When the person authenticated, as the upstream says, where it says so.
    pub authenticated_at: Option<DateTime<Utc>>,
    /// `sid` towards the client.
    pub sid: String,
    /// The account may still log in.
    pub account_active: bool,
    /// Browser session and session at the client have not ended.
    pub session_alive: bool,
    /// The way in that the login used is still one of the account's.
    pub link_stands: bool,
    /// Other accounts became part of this one.
    pub has_parts: bool,
}

/// A row; its columns are named by both statements that read it.
#[derive(Debug, sqlx::FromRow)]
pub(super) struct Row {
    provider: String,
    realm: String,
    identity_level: String,
    login_level: String,
    eidas: Option<String>,
    auth_time: Option<DateTime<Utc>>,
    state: String,
    sid: String,
    client_session_ended_at: Option<DateTime<Utc>>,
    browser_session_ended_at: Option<DateTime<Utc>>,
    expires_at: DateTime<Utc>,
    proof_revoked_at: Option<DateTime<Utc>>,
    proof_valid_until: Option<DateTime<Utc>>,
    has_parts: bool,
    link_stands: bool,
}

/// Looks at everything a grant stands on. `None` when the login or the client session is no more.
pub async fn lookup(
    tx: &mut Tx,
    authentication_id: AuthenticationId,
    client_session_id: ClientSessionId,
    now: DateTime<Utc>,
) -> Result<Option<Standing>, StorageError> {
    let row: Option<Row> = on!(tx, db => {
        sqlx::query_as(
            r#"
            select authentication.provider, authentication.realm, authentication.identity_level, authentication.login_level,
                authentication.eidas, authentication.auth_time, account.state, client_session.sid,
                client_session.ended_at as client_session_ended_at,
                browser_session.ended_at as browser_session_ended_at, browser_session.expires_at,
                verification.revoked_at as proof_revoked_at, verification.valid_until as proof_valid_until,
                exists (select 1 from account_merge
                        where account_merge.survivor_id = account.account_id and account_merge.undone_at is null)
                    as has_parts,
                upstream_link.ended_at is null and upstream_link.account_id = account.account_id as link_stands
            from authentication
            join verification on verification.verification_id = authentication.verification_id
            join upstream_link on upstream_link.upstream_link_id = authentication.upstream_link_id
            join account on account.account_id = authentication.account_id
            join client_session on client_session.client_session_id = $2
            join browser_session on browser_session.browser_session_id = client_session.browser_session_id
            where authentication.authentication_id = $1
            "#,
        )
        .bind(authentication_id)
        .bind(client_session_id)
        .fetch_optional(db)
        .await
    })?;
    row.map(|row| row.standing(now)).transpose()
}

impl Row {
    /// What the row says at this moment.
    pub(super) fn standing(self, now: DateTime<Utc>) -> Result<Standing, StorageError> {
        let proof = Proof {
            revoked_at: self.proof_revoked_at,
            valid_until: self.proof_valid_until,
        };
        let levels = level::pair(&self.identity_level, &self.login_level)?;
        let (levels, eidas) = proof.counts(levels, self.eidas, now);
        Ok(Standing {
            levels,
            provider: self.provider,
            realm: self.realm,
            eidas,
            authenticated_at: self.auth_time,
            sid: self.sid,
            account_active: self.state == "active",
            session_alive: self.client_session_ended_at.is_none()
                && self.browser_session_ended_at.is_none()
                && self.expires_at > now,
            link_stands: self.link_stands,
            has_parts: self.has_parts,
        })
    }
}
