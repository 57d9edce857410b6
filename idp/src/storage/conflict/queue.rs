//! The queue as officers see it: cases with their state, those that were closed too.

use chrono::{DateTime, Utc};
use store::{MasterKey, StorageError, Tx, on};

use super::{ConflictDetails, ConflictKind, open_sealed, subject_hash};
use crate::ids::{AccountId, ConflictId};

/// A case, open or closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// Its key.
    pub conflict_id: ConflictId,
    /// Why.
    pub kind: ConflictKind,
    /// Who met it.
    pub account_id: AccountId,
    /// The other account, as it was then.
    pub other_account_id: Option<AccountId>,
    /// Configuration entry of the upstream.
    pub provider: String,
    /// Its realm.
    pub realm: String,
    /// What an officer reads.
    pub details: ConflictDetails,
    /// Since when.
    pub created_at: DateTime<Utc>,
    /// When it was closed.
    pub closed_at: Option<DateTime<Utc>>,
    subject_hash: Vec<u8>,
}

impl Case {
    /// Whether it is about this subject of its realm.
    pub fn is_about(&self, subject: &str) -> bool {
        subject_hash(&self.realm, subject) == self.subject_hash
    }
}

const COLUMNS: &str = "conflict_id, kind, account_id, other_account_id, provider, realm, subject_hash, details, created_at, closed_at";

/// Finds a case, open or closed.
pub async fn lookup(
    tx: &mut Tx,
    master_key: &MasterKey,
    conflict_id: ConflictId,
) -> Result<Option<Case>, StorageError> {
    let statement = format!("select {COLUMNS} from conflict where conflict_id = $1");
    let row: Option<Row> = on!(tx, db => {
        sqlx::query_as(sqlx::AssertSqlSafe(statement.as_str()))
            .bind(conflict_id)
            .fetch_optional(db)
            .await
    })?;
    row.map(|row| row.read(master_key)).transpose()
}

/// Cases that were open after a moment, or are, the oldest first; at most a thousand.
pub async fn list(
    tx: &mut Tx,
    master_key: &MasterKey,
    open_after: DateTime<Utc>,
) -> Result<Vec<Case>, StorageError> {
    let statement = format!(
        "select {COLUMNS} from conflict where closed_at is null or closed_at > $1
         order by created_at, conflict_id limit 1000"
    );
    let rows: Vec<Row> = on!(tx, db => {
        sqlx::query_as(sqlx::AssertSqlSafe(statement.as_str()))
            .bind(open_after)
            .fetch_all(db)
            .await
    })?;
    rows.into_iter().map(|row| row.read(master_key)).collect()
}

#[derive(sqlx::FromRow)]
struct Row {
    conflict_id: ConflictId,
    kind: String,
    account_id: AccountId,
    other_account_id: Option<AccountId>,
    provider: String,
    realm: String,
    subject_hash: Vec<u8>,
    details: Vec<u8>,
    created_at: DateTime<Utc>,
    closed_at: Option<DateTime<Utc>>,
}

impl Row {
    fn read(self, master_key: &MasterKey) -> Result<Case, StorageError> {
        Ok(Case {
            conflict_id: self.conflict_id,
            kind: ConflictKind::named(&self.kind)
                .ok_or_else(|| StorageError::broken("conflict.kind"))?,
            account_id: self.account_id,
            other_account_id: self.other_account_id,
            provider: self.provider,
            realm: self.realm,
            details: open_sealed(master_key, self.conflict_id, &self.details)?,
            created_at: self.created_at,
            closed_at: self.closed_at,
            subject_hash: self.subject_hash,
        })
    }
}
