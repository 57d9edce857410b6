//! `pairwise_subject`: the `sub` of an account towards an organisation, random and kept.

use chrono::{DateTime, Utc};
use store::{StorageError, Tx, on};
use uuid::Uuid;

use crate::ids::{AccountId, OrganisationId};

/// The `sub` that the organisation's clients know the account by; `fresh` becomes it when there is none.
pub async fn get_or_add(
    tx: &mut Tx,
    organisation_id: &OrganisationId,
    account_id: AccountId,
    fresh: Uuid,
    now: DateTime<Utc>,
) -> Result<String, StorageError> {
    if let Some(sub) = find(tx, organisation_id, account_id).await? {
        return Ok(sub);
    }
    on!(tx, db => {
        sqlx::query(
            r#"
            insert into pairwise_subject (organisation_id, account_id, sub, created_at)
            values ($1, $2, $3, $4)
            on conflict (organisation_id, account_id) do nothing
            "#,
        )
        .bind(organisation_id)
        .bind(account_id)
        .bind(fresh.to_string())
        .bind(now)
        .execute(db)
        .await
        .map(drop)
    })?;
    // Somebody else may have been first; theirs holds.
    find(tx, organisation_id, account_id)
        .await?
        .ok_or_else(|| StorageError::broken("a sub vanished"))
}

/// The `sub` that the organisation's clients know the account by.
pub async fn find(
    tx: &mut Tx,
    organisation_id: &OrganisationId,
    account_id: AccountId,
) -> Result<Option<String>, StorageError> {
    let sub = on!(tx, db => {
        sqlx::query_scalar("select sub from pairwise_subject where organisation_id = $1 and account_id = $2")
            .bind(organisation_id)
            .bind(account_id)
            .fetch_optional(db)
            .await
    })?;
    Ok(sub)
}

/// Whose `sub` towards the organisation this is.
pub async fn find_account(
    tx: &mut Tx,
    organisation_id: &OrganisationId,
    sub: &str,
) -> Result<Option<AccountId>, StorageError> {
    let account = on!(tx, db => {
        sqlx::query_scalar("select account_id from pairwise_subject where sub = $1 and organisation_id = $2")
            .bind(sub)
            .bind(organisation_id)
            .fetch_optional(db)
            .await
    })?;
    Ok(account)
}
