//! `authentication`: one login inside a browser session.

use chrono::{DateTime, Utc};
use federation::{Levels, Realm, UpstreamSession};
use store::MasterKey;
use store::{StorageError, Tx, on};

use super::level::{self, Proof};
use crate::hash::sha256;
use crate::ids::{AccountId, AuthenticationId, BrowserSessionId, UpstreamLinkId, VerificationId};

/// One login inside a browser session.
#[derive(Clone, Debug)]
pub struct Authentication {
    /// Its key.
    pub authentication_id: AuthenticationId,
    /// In which browser session.
    pub browser_session_id: BrowserSessionId,
    /// Who.
    pub account_id: AccountId,
    /// Through which link.
    pub upstream_link_id: UpstreamLinkId,
    /// Configuration entry of the provider.
    pub provider: String,
    /// Realm of the provider.
    pub realm: String,
    /// What it reached on both scales.
    pub levels: Levels,
    /// The eIDAS URI, only when it came through NIA at that level.
    pub eidas: Option<String>,
    /// When the person authenticated, as the upstream says. `None` where it does not say: then the login is of no age.
    pub authenticated_at: Option<DateTime<Utc>>,
    /// When we recorded it.
    pub recorded_at: DateTime<Utc>,
}

/// A login about to be recorded.
#[derive(Clone, Copy, Debug)]
pub struct NewAuthentication<'a> {
    /// Its key.
    pub authentication_id: AuthenticationId,
    /// In which browser session.
    pub browser_session_id: BrowserSessionId,
    /// Who.
    pub account_id: AccountId,
    /// Through which link.
    pub upstream_link_id: UpstreamLinkId,
    /// What it proved.
    pub verification_id: VerificationId,
    /// Configuration entry of the provider.
    pub provider: &'a str,
    /// Realm of the provider.
    pub realm: &'a Realm,
    /// What it reached.
    pub levels: Levels,
    /// The eIDAS URI.
    pub eidas: Option<&'a str>,
    /// When the person authenticated, as the upstream says. A clock of its that is ahead of ours counts as ours.
    pub authenticated_at: Option<DateTime<Utc>>,
    /// What a logout at the upstream will need.
    pub upstream_session: Option<&'a UpstreamSession>,
}

/// Finds a login by its key, as it was recorded.
pub async fn lookup(
    tx: &mut Tx,
    authentication_id: AuthenticationId,
) -> Result<Option<Authentication>, StorageError> {
    let row: Option<Row> = on!(tx, db => {
        sqlx::query_as(
            r#"
            select authentication_id, browser_session_id, account_id, upstream_link_id, provider, realm,
                   identity_level, login_level, eidas, auth_time, recorded_at
            from authentication
            where authentication_id = $1
            "#,
        )
        .bind(authentication_id)
        .fetch_optional(db)
        .await
    })?;
    row.map(Authentication::try_from).transpose()
}

/// Logins of a browser session, the latest first, with the levels they count for at this moment: a login whose proof was
/// withdrawn says nothing any more about who the person is.
/// One whose way in was removed is not among them.
pub async fn list_by_session(
    tx: &mut Tx,
    browser_session_id: BrowserSessionId,
    now: DateTime<Utc>,
) -> Result<Vec<Authentication>, StorageError> {
    let rows: Vec<Row> = on!(tx, db => {
        sqlx::query_as(
            r#"
            select authentication.authentication_id, authentication.browser_session_id, authentication.account_id,
                   authentication.upstream_link_id, authentication.provider, authentication.realm,
                   authentication.identity_level, authentication.login_level, authentication.eidas,
                   authentication.auth_time, authentication.recorded_at,
                   verification.revoked_at as proof_revoked_at, verification.valid_until as proof_valid_until
            from authentication
            join verification on verification.verification_id = authentication.verification_id
            where authentication.browser_session_id = $1
              and exists (select 1 from upstream_link
                          where upstream_link.upstream_link_id = authentication.upstream_link_id
                            and upstream_link.account_id = authentication.account_id
                            and upstream_link.ended_at is null)
            order by recorded_at desc, authentication_id desc
            "#,
        )
        .bind(browser_session_id)
        .fetch_all(db)
        .await
    })?;
    rows.into_iter().map(|row| row.counting(now)).collect()
}

/// Records a login.
pub async fn add(
    tx: &mut Tx,
    master_key: &MasterKey,
    login: NewAuthentication<'_>,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let sealed = match login.upstream_session {
        Some(session) => {
            let plain = serde_json::to_vec(session)
                .map_err(|_| StorageError::broken("upstream_session"))?;
            let sealed = master_key.seal(&sealed_for(login.authentication_id), &plain);
            Some(sealed.map_err(StorageError::broken)?)
        }
        None => None,
    };
    let session_key = login.upstream_session.and_then(|session| {
        Some(key_of(
            login.realm,
            &session.name_id,
            Some(session.index.as_deref()?),
        ))
    });
    let index_key = login
        .upstream_session
        .and_then(|session| Some(key_of(login.realm, "", Some(session.index.as_deref()?))));
    let subject_key = login
        .upstream_session
        .map(|session| key_of(login.realm, &session.name_id, None));
    let authenticated_at = login.authenticated_at.map(|at| at.min(now));
    on!(tx, db => {
        sqlx::query(
            r#"
            insert into authentication (authentication_id, browser_session_id, account_id, upstream_link_id,
                                        verification_id, provider, realm, identity_level, login_level, eidas,
                                        authenticated_at, recorded_at, upstream_session, upstream_session_key,
                                        upstream_subject_key, upstream_index_key, auth_time)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
            "#,
        )
        .bind(login.authentication_id)
        .bind(login.browser_session_id)
        .bind(login.account_id)
        .bind(login.upstream_link_id)
        .bind(login.verification_id)
        .bind(login.provider)
        .bind(login.realm.as_str())
        .bind(login.levels.identity.as_str())
        .bind(login.levels.login.as_str())
        .bind(login.eidas)
        .bind(authenticated_at.unwrap_or(now))
        .bind(now)
        .bind(sealed.clone())
        .bind(session_key.clone())
        .bind(subject_key.clone())
        .bind(index_key.clone())
        .bind(authenticated_at)
        .execute(db)
        .await
        .map(drop)
    })?;
    Ok(())
}

/// The upstream sessions of a browser session, one a provider: the latest of each.
pub async fn list_upstream_sessions(
    tx: &mut Tx,
    master_key: &MasterKey,
    browser_session_id: BrowserSessionId,
) -> Result<Vec<(String, UpstreamSession)>, StorageError> {
    let rows: Vec<(AuthenticationId, String, Vec<u8>)> = on!(tx, db => {
        sqlx::query_as(
            r#"
            select authentication_id, provider, upstream_session
            from authentication
            where browser_session_id = $1 and upstream_session is not null
            order by recorded_at desc, authentication_id desc
            "#,
        )
        .bind(browser_session_id)
        .fetch_all(db)
        .await
    })?;

    let mut sessions: Vec<(String, UpstreamSession)> = Vec::new();
    for (id, provider, sealed) in rows {
        if sessions.iter().any(|(seen, _)| *seen == provider) {
            continue;
        }
        let plain = master_key
            .open(&sealed_for(id), &sealed)
            .map_err(|_| StorageError::broken("upstream_session"))?;
        let session =
            serde_json::from_slice(&plain).map_err(|_| StorageError::broken("upstream_session"))?;
        sessions.push((provider, session));
    }
    Ok(sessions)
}

/// Live browser sessions that an upstream's session stands behind. Without an index: every one of that subject. With an
/// index and an empty name: those of that session, whoever's it is.
pub async fn find_browser_sessions(
    tx: &mut Tx,
    realm: &Realm,
    session: &UpstreamSession,
    now: DateTime<Utc>,
) -> Result<Vec<BrowserSessionId>, StorageError> {
    let key = key_of(realm, &session.name_id, session.index.as_deref());
    let ids = if session.index.is_some() && session.name_id.is_empty() {
        on!(tx, db => {
            sqlx::query_scalar(
                r#"
                select distinct browser_session.browser_session_id
                from authentication
                join browser_session on browser_session.browser_session_id = authentication.browser_session_id
                where upstream_index_key = $1 and ended_at is null and expires_at > $2
                "#,
            )
            .bind(key)
            .bind(now)
            .fetch_all(db)
            .await
        })?
    } else if session.index.is_some() {
        on!(tx, db => {
            sqlx::query_scalar(
                r#"
                select distinct browser_session.browser_session_id
                from authentication
                join browser_session on browser_session.browser_session_id = authentication.browser_session_id
                where upstream_session_key = $1 and ended_at is null and expires_at > $2
                "#,
            )
            .bind(key)
            .bind(now)
            .fetch_all(db)
            .await
        })?
    } else {
        on!(tx, db => {
            sqlx::query_scalar(
                r#"
                select distinct browser_session.browser_session_id
                from authentication
                join browser_session on browser_session.browser_session_id = authentication.browser_session_id
                where upstream_subject_key = $1 and ended_at is null and expires_at > $2
                "#,
            )
            .bind(key)
            .bind(now)
            .fetch_all(db)
            .await
        })?
    };
    Ok(ids)
}

/// A login beside what became of its proof.
#[derive(Debug, sqlx::FromRow)]
pub(super) struct Row {
    pub(super) authentication_id: AuthenticationId,
    pub(super) browser_session_id: BrowserSessionId,
    pub(super) account_id: AccountId,
    pub(super) upstream_link_id: UpstreamLinkId,
    pub(super) provider: String,
    pub(super) realm: String,
    pub(super) identity_level: String,
    pub(super) login_level: String,
    pub(super) eidas: Option<String>,
    pub(super) auth_time: Option<DateTime<Utc>>,
    pub(super) recorded_at: DateTime<Utc>,
    #[sqlx(default)]
    pub(super) proof_revoked_at: Option<DateTime<Utc>>,
    #[sqlx(default)]
    pub(super) proof_valid_until: Option<DateTime<Utc>>,
}

impl Row {
    /// The login with what it counts for at this moment.
    pub(super) fn counting(self, now: DateTime<Utc>) -> Result<Authentication, StorageError> {
        let proof = Proof {
            revoked_at: self.proof_revoked_at,
            valid_until: self.proof_valid_until,
        };
        let login = Authentication::try_from(self)?;
        let (levels, eidas) = proof.counts(login.levels, login.eidas, now);
        Ok(Authentication {
            levels,
            eidas,
            ..login
        })
    }
}

impl TryFrom<Row> for Authentication {
    type Error = StorageError;

    fn try_from(row: Row) -> Result<Self, StorageError> {
        Ok(Self {
            authentication_id: row.authentication_id,
            browser_session_id: row.browser_session_id,
            account_id: row.account_id,
            upstream_link_id: row.upstream_link_id,
            provider: row.provider,
            realm: row.realm,
            levels: level::pair(&row.identity_level, &row.login_level)?,
            eidas: row.eidas,
            authenticated_at: row.auth_time,
            recorded_at: row.recorded_at,
        })
    }
}

fn sealed_for(id: AuthenticationId) -> String {
    format!("authentication.upstream_session:{id}")
}

/// Lengths stand before the parts, so that no two triples run together to the same octets.
pub(super) fn key_of(realm: &Realm, name_id: &str, index: Option<&str>) -> Vec<u8> {
    let mut octets = Vec::new();
    for part in [Some(realm.as_str()), Some(name_id), index]
        .into_iter()
        .flatten()
    {
        octets.extend_from_slice(&(part.len() as u64).to_be_bytes());
        octets.extend_from_slice(part.as_bytes());
    }
    sha256(&octets).to_vec()
}
