//! `account_merge`: two accounts of one person that became one, and can become two again.

use chrono::{DateTime, Utc};
use store::{StorageError, Tx, on};

use crate::ids::{AccountId, MergeId};

/// A merge.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct AccountMerge {
    /// Its key.
    pub merge_id: MergeId,
    /// The account that stayed.
    pub survivor_id: AccountId,
    /// The account that became part of it.
    pub merged_id: AccountId,
    /// When.
    pub merged_at: DateTime<Utc>,
    /// Until when it may be undone.
    pub undo_until: DateTime<Utc>,
    /// When it was undone.
    pub undone_at: Option<DateTime<Utc>>,
}

/// Records that an account became part of another. [`StorageError::Conflict`] when it is part of one already.
pub async fn add(tx: &mut Tx, merge: &AccountMerge) -> Result<(), StorageError> {
    on!(tx, db => {
        sqlx::query(
            r#"
            insert into account_merge (merge_id, survivor_id, merged_id, merged_at, undo_until)
            values ($1, $2, $3, $4, $5)
            "#,
        )
        .bind(merge.merge_id)
        .bind(merge.survivor_id)
        .bind(merge.merged_id)
        .bind(merge.merged_at)
        .bind(merge.undo_until)
        .execute(db)
        .await
        .map(drop)
    })?;
    Ok(())
}

/// Finds a merge that stands.
pub async fn lookup(tx: &mut Tx, merge_id: MergeId) -> Result<Option<AccountMerge>, StorageError> {
    let merge = on!(tx, db => {
        sqlx::query_as(
            r#"
            select merge_id, survivor_id, merged_id, merged_at, undo_until, undone_at
            from account_merge
            where merge_id = $1 and undone_at is null
            "#,
        )
        .bind(merge_id)
        .fetch_optional(db)
        .await
    })?;
    Ok(merge)
}

/// Whether a merge stood once and was undone since.
pub async fn is_undone(tx: &mut Tx, merge_id: MergeId) -> Result<bool, StorageError> {
    let undone: i64 = on!(tx, db => {
        sqlx::query_scalar("select count(*) from account_merge where merge_id = $1 and undone_at is not null")
            .bind(merge_id)
            .fetch_one(db)
            .await
    })?;
    Ok(undone > 0)
}

/// The merges by which others became part of an account, and stand, in their order.
pub async fn list_into(
    tx: &mut Tx,
    survivor_id: AccountId,
) -> Result<Vec<AccountMerge>, StorageError> {
    let merges = on!(tx, db => {
        sqlx::query_as(
            r#"
            select merge_id, survivor_id, merged_id, merged_at, undo_until, undone_at
            from account_merge
            where survivor_id = $1 and undone_at is null
            order by merged_at, merge_id
            "#,
        )
        .bind(survivor_id)
        .fetch_all(db)
        .await
    })?;
    Ok(merges)
}

/// The merges by which others became part of an account, and still others of those, in no order that means anything.
pub async fn list_within(
    tx: &mut Tx,
    account_id: AccountId,
) -> Result<Vec<AccountMerge>, StorageError> {
    let mut found = Vec::new();
    let mut open = vec![account_id];
    while let Some(at) = open.pop() {
        for merge in list_into(tx, at).await? {
            open.push(merge.merged_id);
            found.push(merge);
        }
    }
    Ok(found)
}

/// The accounts that are part of an account now, each before those it had taken in itself, with the time of the latest
/// merge on the way. Nearly always empty.
pub async fn list_parts(
    tx: &mut Tx,
    account_id: AccountId,
) -> Result<Vec<(AccountId, DateTime<Utc>)>, StorageError> {
    let mut parts = Vec::new();
    let mut open = list_into(tx, account_id).await?;
    open.reverse();
    let mut open: Vec<_> = open
        .into_iter()
        .map(|merge| (merge.merged_id, merge.merged_at))
        .collect();
    while let Some((part, since)) = open.pop() {
        parts.push((part, since));
        let deeper = list_into(tx, part).await?;
        open.extend(
            deeper
                .into_iter()
                .rev()
                .map(|merge| (merge.merged_id, since.max(merge.merged_at))),
        );
    }
    Ok(parts)
}

/// The merges by which an account became part of another one, and that one of a third, in this order. Nearly always empty.
pub async fn list_upwards(
    tx: &mut Tx,
    account_id: AccountId,
) -> Result<Vec<AccountMerge>, StorageError> {
    let mut merges: Vec<AccountMerge> = Vec::new();
    let mut at = account_id;
    loop {
        let next: Option<AccountMerge> = on!(&mut *tx, db => {
            sqlx::query_as(
                r#"
                select merge_id, survivor_id, merged_id, merged_at, undo_until, undone_at
                from account_merge
                where merged_id = $1 and undone_at is null
                "#,
            )
            .bind(at)
            .fetch_optional(db)
            .await
        })?;
        match next {
            Some(next) => {
                at = next.survivor_id;
                merges.push(next);
            }
            None => return Ok(merges),
        }
    }
}

/// The account that one is part of now, or the account itself.
pub async fn survivor_of(tx: &mut Tx, account_id: AccountId) -> Result<AccountId, StorageError> {
    let mut at = account_id;
    loop {
        let next: Option<AccountId> = on!(&mut *tx, db => {
            sqlx::query_scalar("select survivor_id from account_merge where merged_id = $1 and undone_at is null")
                .bind(at)
                .fetch_optional(db)
                .await
        })?;
        match next {
            Some(next) => at = next,
            None => return Ok(at),
        }
    }
}

/// Ends the possibility to undo a merge. `false` when it does not stand or its time is over.
pub async fn end_parting(
    tx: &mut Tx,
    merge_id: MergeId,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let rows = on!(tx, db => {
        sqlx::query(
            r#"
            update account_merge
            set undo_until = $2
            where merge_id = $1 and undone_at is null and undo_until > $2
            "#,
        )
        .bind(merge_id)
        .bind(now)
        .execute(db)
        .await
        .map(|done| done.rows_affected())
    })?;
    Ok(rows == 1)
}

/// Undoes a merge. `false` when it does not stand or its time is over.
pub async fn undo(
    tx: &mut Tx,
    merge_id: MergeId,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let rows = on!(tx, db => {
        sqlx::query(
            r#"
            update account_merge
            set undone_at = $2
            where merge_id = $1 and undone_at is null and undo_until > $2
            "#,
        )
        .bind(merge_id)
        .bind(now)
        .execute(db)
        .await
        .map(|done| done.rows_affected())
    })?;
    Ok(rows == 1)
}
