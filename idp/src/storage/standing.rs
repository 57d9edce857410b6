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
    /// What the login counts for at this moment.
    pub levels: Levels,
    /// The level in law, when the login carries one now.
    pub eidas: Option<String>,
    /// The upstream's own time of authentication.
    pub authenticated_at: DateTime<Utc>,
    /// `sid` towards the client.
    pub sid: String,
    /// The account may still log in.
    pub account_active: bool,
    /// Browser session and session at the client have not ended.
    pub session_alive: bool,
}

#[derive(Debug, sqlx::FromRow)]
struct Row {
    provider: String,
    identity_level: String,
    login_level: String,
    eidas: Option<String>,
    authenticated_at: DateTime<Utc>,
    state: String,
    sid: String,
    client_session_ended_at: Option<DateTime<Utc>>,
    browser_session_ended_at: Option<DateTime<Utc>>,
    expires_at: DateTime<Utc>,
    proof_revoked_at: Option<DateTime<Utc>>,
    proof_valid_until: Option<DateTime<Utc>>,
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
            select authentication.provider, authentication.identity_level, authentication.login_level,
                authentication.eidas, authentication.authenticated_at, account.state, client_session.sid,
                client_session.ended_at as client_session_ended_at,
                browser_session.ended_at as browser_session_ended_at, browser_session.expires_at,
                verification.revoked_at as proof_revoked_at, verification.valid_until as proof_valid_until
            from authentication
            join verification on verification.verification_id = authentication.verification_id
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
    row.map(|row| {
        let proof = Proof {
            revoked_at: row.proof_revoked_at,
            valid_until: row.proof_valid_until,
        };
        let levels = level::pair(&row.identity_level, &row.login_level)?;
        let (levels, eidas) = proof.counts(levels, row.eidas, now);
        Ok(Standing {
            levels,
            provider: row.provider,
            eidas,
            authenticated_at: row.authenticated_at,
            sid: row.sid,
            account_active: row.state == "active",
            session_alive: row.client_session_ended_at.is_none()
                && row.browser_session_ended_at.is_none()
                && row.expires_at > now,
        })
    })
    .transpose()
}
