//! Who is signed in with a browser: its session, whose it is, and the logins in it. One statement, because every page asks it.

use chrono::{DateTime, Utc};
use store::{StorageError, Tx, on};

use super::account::Account;
use super::authentication::{self, Authentication};
use super::browser_session::BrowserSession;
use crate::ids::{AccountId, AuthenticationId, UpstreamLinkId};

/// A live session.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The session.
    pub session: BrowserSession,
    /// Whose.
    pub account: Account,
    /// Its logins, as [`authentication::list_by_session`] gives them.
    pub logins: Vec<Authentication>,
}

/// A session beside one of its logins, if it has any.
#[derive(Debug, sqlx::FromRow)]
struct Row {
    #[sqlx(flatten)]
    session: BrowserSession,
    state: String,
    locale: Option<String>,
    account_created_at: DateTime<Utc>,
    authentication_id: Option<AuthenticationId>,
    login_account_id: Option<AccountId>,
    upstream_link_id: Option<UpstreamLinkId>,
    provider: Option<String>,
    realm: Option<String>,
    identity_level: Option<String>,
    login_level: Option<String>,
    eidas: Option<String>,
    auth_time: Option<DateTime<Utc>>,
    recorded_at: Option<DateTime<Utc>>,
    proof_revoked_at: Option<DateTime<Utc>>,
    proof_valid_until: Option<DateTime<Utc>>,
}

/// The live session of a cookie's value.
pub async fn find(
    tx: &mut Tx,
    token_hash: &[u8],
    now: DateTime<Utc>,
) -> Result<Option<SignedIn>, StorageError> {
    let rows: Vec<Row> = on!(tx, db => {
        sqlx::query_as(
            r#"
            select browser_session.browser_session_id, browser_session.account_id, browser_session.device,
                   browser_session.created_at, browser_session.seen_at, browser_session.expires_at,
                   account.state, account.locale, account.created_at as account_created_at,
                   authentication.authentication_id, authentication.account_id as login_account_id,
                   authentication.upstream_link_id, authentication.provider, authentication.realm,
                   authentication.identity_level, authentication.login_level, authentication.eidas,
                   authentication.auth_time, authentication.recorded_at,
                   verification.revoked_at as proof_revoked_at, verification.valid_until as proof_valid_until
            from browser_session
            join account on account.account_id = browser_session.account_id
            left join authentication on authentication.browser_session_id = browser_session.browser_session_id
                and exists (select 1 from upstream_link
                            where upstream_link.upstream_link_id = authentication.upstream_link_id
                              and upstream_link.account_id = authentication.account_id
                              and upstream_link.ended_at is null)
            left join verification on verification.verification_id = authentication.verification_id
            where browser_session.token_hash = $1 and browser_session.ended_at is null
              and browser_session.expires_at > $2
            order by authentication.recorded_at desc, authentication.authentication_id desc
            "#,
        )
        .bind(token_hash)
        .bind(now)
        .fetch_all(db)
        .await
    })?;
    let Some(first) = rows.first() else {
        return Ok(None);
    };
    let account = Account {
        account_id: first.session.account_id,
        state: first.state.clone(),
        locale: first.locale.clone(),
        created_at: first.account_created_at,
    };
    let session = first.session.clone();
    let logins = rows
        .into_iter()
        .filter_map(Row::login)
        .map(|row| row.counting(now))
        .collect::<Result<_, _>>()?;
    Ok(Some(SignedIn {
        session,
        account,
        logins,
    }))
}

impl Row {
    fn login(self) -> Option<authentication::Row> {
        Some(authentication::Row {
            authentication_id: self.authentication_id?,
            browser_session_id: self.session.browser_session_id,
            account_id: self.login_account_id?,
            upstream_link_id: self.upstream_link_id?,
            provider: self.provider?,
            realm: self.realm?,
            identity_level: self.identity_level?,
            login_level: self.login_level?,
            eidas: self.eidas,
            auth_time: self.auth_time,
            recorded_at: self.recorded_at?,
            proof_revoked_at: self.proof_revoked_at,
            proof_valid_until: self.proof_valid_until,
        })
    }
}
