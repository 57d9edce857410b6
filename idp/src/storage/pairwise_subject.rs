//! `pairwise_subject`: the `sub` of an account towards an organisation, random and kept.

use chrono::{DateTime, Utc};
use store::{StorageError, Tx, on};
use uuid::Uuid;

use super::account_merge;
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

/// The `sub` that the organisation's clients know the account by: its own, else the one that an account which became part
/// of it was known by, in the order of the merges.
pub async fn find(
    tx: &mut Tx,
    organisation_id: &OrganisationId,
    account_id: AccountId,
) -> Result<Option<String>, StorageError> {
    if let Some(own) = own(tx, organisation_id, account_id).await? {
        return Ok(Some(own));
    }
    for (part, _) in account_merge::list_parts(tx, account_id).await? {
        if let Some(sub) = own(tx, organisation_id, part).await? {
            return Ok(Some(sub));
        }
    }
    Ok(None)
}

/// The other `sub`s that the organisation knew the person by before merges since a moment, in the order of the merges.
pub async fn list_previous(
    tx: &mut Tx,
    organisation_id: &OrganisationId,
    account_id: AccountId,
    since: DateTime<Utc>,
) -> Result<Vec<String>, StorageError> {
    let parts = account_merge::list_parts(tx, account_id).await?;
    if parts.is_empty() {
        return Ok(Vec::new());
    }
    let current = find(tx, organisation_id, account_id).await?;
    let mut previous = Vec::new();
    for (part, _) in parts
        .into_iter()
        .filter(|(_, merged_at)| *merged_at > since)
    {
        if let Some(sub) = own(tx, organisation_id, part).await?
            && current.as_ref() != Some(&sub)
        {
            previous.push(sub);
        }
    }
    Ok(previous)
}

/// Every `sub` that the organisation knows the person by or ever did: a hint may name any of them.
pub async fn list_all(
    tx: &mut Tx,
    organisation_id: &OrganisationId,
    account_id: AccountId,
) -> Result<Vec<String>, StorageError> {
    let mut all = Vec::from_iter(find(tx, organisation_id, account_id).await?);
    all.extend(list_previous(tx, organisation_id, account_id, DateTime::<Utc>::MIN_UTC).await?);
    Ok(all)
}

/// Organisations that know an account, or one that became part of it, by a `sub`.
pub async fn list_organisations(
    tx: &mut Tx,
    account_id: AccountId,
) -> Result<Vec<OrganisationId>, StorageError> {
    let mut known = Vec::new();
    let mut accounts = vec![account_id];
    for (part, _) in account_merge::list_parts(tx, account_id).await? {
        accounts.push(part);
    }
    for account_id in accounts {
        let of_one: Vec<OrganisationId> = on!(&mut *tx, db => {
            sqlx::query_scalar("select organisation_id from pairwise_subject where account_id = $1")
                .bind(account_id)
                .fetch_all(db)
                .await
        })?;
        known.extend(of_one);
    }
    known.sort();
    known.dedup();
    Ok(known)
}

/// Whose `sub` towards the organisation this is: the account that the one it was made for is part of now.
pub async fn find_account(
    tx: &mut Tx,
    organisation_id: &OrganisationId,
    sub: &str,
) -> Result<Option<AccountId>, StorageError> {
    let account: Option<AccountId> = on!(&mut *tx, db => {
        sqlx::query_scalar("select account_id from pairwise_subject where sub = $1 and organisation_id = $2")
            .bind(sub)
            .bind(organisation_id)
            .fetch_optional(db)
            .await
    })?;
    match account {
        Some(account) => Ok(Some(account_merge::survivor_of(tx, account).await?)),
        None => Ok(None),
    }
}

async fn own(
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
