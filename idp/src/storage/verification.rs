//! `verification`: one proof of who somebody is.

use chrono::{DateTime, Utc};
use federation::{IdentityLevel, LoginLevel};
use store::{StorageError, Tx, on};

use super::level;
use crate::ids::{AccountId, UpstreamLinkId, VerificationId};

/// A valid proof.
#[derive(Clone, Debug)]
pub struct Verification {
    /// Its key.
    pub verification_id: VerificationId,
    /// About whom.
    pub account_id: AccountId,
    /// `upstream` or `counter`.
    pub method: String,
    /// The link whose login proved it.
    pub upstream_link_id: Option<UpstreamLinkId>,
    /// Configuration entry of the provider.
    pub provider: Option<String>,
    /// Realm of the provider.
    pub realm: Option<String>,
    /// What it proves.
    pub identity_level: IdentityLevel,
    /// The best login that proved it; one that was never written down counts as the least.
    pub login_level: LoginLevel,
    /// The upstream's own word for the level (eIDAS URI).
    pub assurance: Option<String>,
    /// Framework for `verified_claims`.
    pub trust_framework: Option<String>,
    /// When it was proved last.
    pub verified_at: DateTime<Utc>,
    /// When it stops counting.
    pub valid_until: Option<DateTime<Utc>>,
}

/// What a login through an upstream provider proves.
#[derive(Clone, Copy, Debug)]
pub struct UpstreamProof<'a> {
    /// About whom.
    pub account_id: AccountId,
    /// Through which link.
    pub upstream_link_id: UpstreamLinkId,
    /// Configuration entry of the provider.
    pub provider: &'a str,
    /// Realm of the provider.
    pub realm: &'a str,
    /// What it proves.
    pub identity_level: IdentityLevel,
    /// By what login. The best one is kept.
    pub login_level: LoginLevel,
    /// The upstream's own word for the level.
    pub assurance: Option<&'a str>,
    /// Framework for `verified_claims`.
    pub trust_framework: Option<&'a str>,
    /// The state that vouches, where the upstream tells it.
    pub country: Option<&'a str>,
    /// When the upstream itself verified the person, where a login verifies nothing.
    pub checked_at: Option<DateTime<Utc>>,
    /// In what process.
    pub process: Option<&'a str>,
    /// The upstream's time of authentication.
    pub verified_at: DateTime<Utc>,
}

/// Proofs that count now, the strongest first, the latest first among equals.
pub async fn list_valid(
    tx: &mut Tx,
    account_id: AccountId,
    now: DateTime<Utc>,
) -> Result<Vec<Verification>, StorageError> {
    let rows: Vec<Row> = on!(tx, db => {
        sqlx::query_as(
            r#"
            select verification_id, account_id, method, upstream_link_id, provider, realm, identity_level,
                   login_level, assurance, trust_framework, verified_at, valid_until
            from verification
            where account_id = $1 and revoked_at is null and (valid_until is null or valid_until > $2)
            "#,
        )
        .bind(account_id)
        .bind(now)
        .fetch_all(db)
        .await
    })?;
    let mut valid = rows
        .into_iter()
        .map(Verification::try_from)
        .collect::<Result<Vec<_>, _>>()?;
    valid.sort_by_key(|record| std::cmp::Reverse((record.identity_level, record.verified_at)));
    Ok(valid)
}

/// Records that a login proved the person: one row a link and level, proved again by every later login.
pub async fn prove(
    tx: &mut Tx,
    fresh_id: VerificationId,
    proof: UpstreamProof<'_>,
    now: DateTime<Utc>,
) -> Result<VerificationId, StorageError> {
    let id = on!(tx, db => {
        sqlx::query_scalar(
            r#"
            insert into verification (verification_id, account_id, method, upstream_link_id, provider, realm,
                                      identity_level, assurance, trust_framework, country, checked_at, process,
                                      created_at, verified_at, login_level)
            values ($1, $2, 'upstream', $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
            on conflict (upstream_link_id, identity_level) where revoked_at is null
            do update set verified_at = excluded.verified_at,
                          provider = excluded.provider,
                          assurance = excluded.assurance,
                          trust_framework = excluded.trust_framework,
                          country = excluded.country,
                          checked_at = excluded.checked_at,
                          process = excluded.process,
                          login_level = case
                              when 'strong' in (verification.login_level, excluded.login_level) then 'strong'
                              when 'multi' in (verification.login_level, excluded.login_level) then 'multi'
                              else excluded.login_level end
            returning verification_id
            "#,
        )
        .bind(fresh_id)
        .bind(proof.account_id)
        .bind(proof.upstream_link_id)
        .bind(proof.provider)
        .bind(proof.realm)
        .bind(proof.identity_level.as_str())
        .bind(proof.assurance)
        .bind(proof.trust_framework)
        .bind(proof.country)
        .bind(proof.checked_at)
        .bind(proof.process)
        .bind(now)
        .bind(proof.verified_at)
        .bind(proof.login_level.as_str())
        .fetch_one(db)
        .await
    })?;
    Ok(id)
}

/// Lets the proofs of a link count no longer than until then; one that ends before stays as it is.
pub async fn limit(
    tx: &mut Tx,
    upstream_link_id: UpstreamLinkId,
    until: DateTime<Utc>,
) -> Result<(), StorageError> {
    on!(tx, db => {
        sqlx::query(
            r#"
            update verification
            set valid_until = $2
            where upstream_link_id = $1 and revoked_at is null and (valid_until is null or valid_until > $2)
            "#,
        )
        .bind(upstream_link_id)
        .bind(until)
        .execute(db)
        .await
        .map(drop)
    })?;
    Ok(())
}

/// Withdraws a proof; its facts stay as history and stop counting.
pub async fn revoke(
    tx: &mut Tx,
    verification_id: VerificationId,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let rows = on!(tx, db => {
        sqlx::query("update verification set revoked_at = $2 where verification_id = $1 and revoked_at is null")
            .bind(verification_id)
            .bind(now)
            .execute(db)
            .await
            .map(|done| done.rows_affected())
    })?;
    Ok(rows == 1)
}

#[derive(sqlx::FromRow)]
struct Row {
    verification_id: VerificationId,
    account_id: AccountId,
    method: String,
    upstream_link_id: Option<UpstreamLinkId>,
    provider: Option<String>,
    realm: Option<String>,
    identity_level: String,
    login_level: Option<String>,
    assurance: Option<String>,
    trust_framework: Option<String>,
    verified_at: DateTime<Utc>,
    valid_until: Option<DateTime<Utc>>,
}

impl TryFrom<Row> for Verification {
    type Error = StorageError;

    fn try_from(row: Row) -> Result<Self, StorageError> {
        Ok(Self {
            verification_id: row.verification_id,
            account_id: row.account_id,
            method: row.method,
            upstream_link_id: row.upstream_link_id,
            provider: row.provider,
            realm: row.realm,
            identity_level: level::identity(&row.identity_level)?,
            login_level: match &row.login_level {
                Some(login) => level::login(login)?,
                None => LoginLevel::Single,
            },
            assurance: row.assurance,
            trust_framework: row.trust_framework,
            verified_at: row.verified_at,
            valid_until: row.valid_until,
        })
    }
}
