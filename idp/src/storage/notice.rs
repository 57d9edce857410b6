//! `notice`: something that happened to somebody's identity and that they are told.

use chrono::{DateTime, Utc};
use store::MasterKey;
use store::{StorageError, Tx, on};

use crate::ids::{AccountId, NoticeId};
use crate::notices::Notice;

/// A notice as it was written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredNotice {
    /// Its key.
    pub notice_id: NoticeId,
    /// Whom it is for.
    pub account_id: AccountId,
    /// What happened.
    pub notice: Notice,
    /// When.
    pub created_at: DateTime<Utc>,
}

/// Adds a notice, its details sealed.
pub async fn add(
    tx: &mut Tx,
    master_key: &MasterKey,
    notice: &StoredNotice,
) -> Result<(), StorageError> {
    let plain = serde_json::to_vec(&notice.notice)?;
    let sealed = master_key.seal(&sealed_for(notice.notice_id), &plain)?;
    on!(tx, db => {
        sqlx::query(
            "insert into notice (notice_id, account_id, kind, details, created_at) values ($1, $2, $3, $4, $5)",
        )
        .bind(notice.notice_id)
        .bind(notice.account_id)
        .bind(notice.notice.kind())
        .bind(sealed.clone())
        .bind(notice.created_at)
        .execute(db)
        .await
        .map(drop)
    })?;
    Ok(())
}

/// Finds a notice.
pub async fn lookup(
    tx: &mut Tx,
    master_key: &MasterKey,
    notice_id: NoticeId,
) -> Result<Option<StoredNotice>, StorageError> {
    let row: Option<Row> = on!(tx, db => {
        sqlx::query_as("select notice_id, account_id, details, created_at from notice where notice_id = $1")
            .bind(notice_id)
            .fetch_optional(db)
            .await
    })?;
    row.map(|row| row.open(master_key)).transpose()
}

/// The latest notices of an account, the newest first.
pub async fn list_latest(
    tx: &mut Tx,
    master_key: &MasterKey,
    account_id: AccountId,
    limit: u32,
) -> Result<Vec<StoredNotice>, StorageError> {
    let rows: Vec<Row> = on!(tx, db => {
        sqlx::query_as(
            r#"
            select notice_id, account_id, details, created_at
            from notice
            where account_id = $1
            order by created_at desc, notice_id desc
            limit $2
            "#,
        )
        .bind(account_id)
        .bind(i64::from(limit))
        .fetch_all(db)
        .await
    })?;
    rows.into_iter().map(|row| row.open(master_key)).collect()
}

/// Removes notices of before a moment, at most a thousand, with their mails; says how many went.
pub async fn sweep(tx: &mut Tx, before: DateTime<Utc>) -> Result<u64, StorageError> {
    on!(tx, db => {
        sqlx::query(
            r#"
            delete from notice_mail
            where notice_id in (select notice_id from notice where created_at < $1 order by created_at, notice_id limit 1000)
            "#,
        )
        .bind(before)
        .execute(db)
        .await
        .map(drop)
    })?;
    let rows = on!(tx, db => {
        sqlx::query(
            r#"
            delete from notice
            where notice_id in (select notice_id from notice where created_at < $1 order by created_at, notice_id limit 1000)
            "#,
        )
        .bind(before)
        .execute(db)
        .await
        .map(|done| done.rows_affected())
    })?;
    Ok(rows)
}

#[derive(sqlx::FromRow)]
struct Row {
    notice_id: NoticeId,
    account_id: AccountId,
    details: Vec<u8>,
    created_at: DateTime<Utc>,
}

impl Row {
    fn open(self, master_key: &MasterKey) -> Result<StoredNotice, StorageError> {
        let plain = master_key
            .open(&sealed_for(self.notice_id), &self.details)
            .map_err(|_| StorageError::broken("notice.details"))?;
        Ok(StoredNotice {
            notice_id: self.notice_id,
            account_id: self.account_id,
            notice: serde_json::from_slice(&plain)
                .map_err(|_| StorageError::broken("notice.details"))?,
            created_at: self.created_at,
        })
    }
}

fn sealed_for(id: NoticeId) -> String {
    format!("notice.details:{id}")
}
