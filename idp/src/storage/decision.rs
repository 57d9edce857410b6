//! `decision`: what one officer decided about somebody's ways in and another one has to agree with.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use store::{MasterKey, StorageError, Tx, on};

use super::conflict::Told;
use crate::ids::{AccountId, ConflictId, DecisionId, MergeId, StaffAccountId, UpstreamLinkId};
use crate::office::{Ended, Outcome};

/// What is decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// A case of the queue.
    Case(ConflictId),
    /// A way in that its owner has lost.
    Removal(UpstreamLinkId),
}

/// A decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Its key.
    pub decision_id: DecisionId,
    /// What it is about.
    pub about: About,
    /// Whose account.
    pub account_id: AccountId,
    /// Who else had the subject.
    pub other_account_id: Option<AccountId>,
    /// What was decided.
    pub outcome: Outcome,
    /// What nobody but officers reads.
    pub details: DecisionDetails,
    /// Who decided.
    pub proposed_by: StaffAccountId,
    /// When.
    pub proposed_at: DateTime<Utc>,
    /// Until when another officer can agree.
    pub expires_at: DateTime<Utc>,
}

/// The officer's words, and what was judged. Sealed in the table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionDetails {
    /// Why.
    pub reason: String,
    /// Whom the upstream named, when it was judged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told: Option<Told>,
    /// The login name of whoever ran the command.
    pub operator: String,
    /// The merges that a removal makes final.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ends: Vec<MergeId>,
}

const COLUMNS: &str = "decision_id, conflict_id, upstream_link_id, account_id, other_account_id, outcome, details, proposed_by, \
                       proposed_at, expires_at";

/// Writes a decision down. `false`, and nothing written, when one about the same waits already.
pub async fn add(
    tx: &mut Tx,
    master_key: &MasterKey,
    decision: &Decision,
) -> Result<bool, StorageError> {
    let plain = serde_json::to_vec(&decision.details)
        .map_err(|_| StorageError::broken("decision.details"))?;
    let details = master_key
        .seal(&sealed_for(decision.decision_id), &plain)
        .map_err(StorageError::broken)?;
    let (case, link) = match decision.about {
        About::Case(id) => (Some(id), None),
        About::Removal(id) => (None, Some(id)),
    };
    let rows = on!(tx, db => {
        sqlx::query(
            r#"
            insert into decision (decision_id, conflict_id, upstream_link_id, account_id, other_account_id, outcome, details,
                                  proposed_by, proposed_at, expires_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            on conflict do nothing
            "#,
        )
        .bind(decision.decision_id)
        .bind(case)
        .bind(link)
        .bind(decision.account_id)
        .bind(decision.other_account_id)
        .bind(decision.outcome.as_str())
        .bind(details.clone())
        .bind(decision.proposed_by)
        .bind(decision.proposed_at)
        .bind(decision.expires_at)
        .execute(db)
        .await
        .map(|done| done.rows_affected())
    })?;
    Ok(rows == 1)
}

/// Finds the decision that waits for the second officer.
pub async fn find_open(
    tx: &mut Tx,
    master_key: &MasterKey,
    about: About,
    now: DateTime<Utc>,
) -> Result<Option<Decision>, StorageError> {
    let (column, id) = match about {
        About::Case(id) => ("conflict_id", id.uuid()),
        About::Removal(id) => ("upstream_link_id", id.uuid()),
    };
    let statement = format!(
        "select {COLUMNS} from decision where {column} = $1 and decided_at is null and expires_at > $2"
    );
    let row: Option<Row> = on!(tx, db => {
        sqlx::query_as(sqlx::AssertSqlSafe(statement.as_str()))
            .bind(id)
            .bind(now)
            .fetch_optional(db)
            .await
    })?;
    row.map(|row| row.read(master_key)).transpose()
}

/// Decisions that wait for the second officer, those first that run out of time first; at most a thousand.
pub async fn list_open(
    tx: &mut Tx,
    master_key: &MasterKey,
    now: DateTime<Utc>,
) -> Result<Vec<Decision>, StorageError> {
    let statement = format!(
        "select {COLUMNS} from decision where expires_at > $1 and decided_at is null
         order by expires_at, decision_id limit 1000"
    );
    let rows: Vec<Row> = on!(tx, db => {
        sqlx::query_as(sqlx::AssertSqlSafe(statement.as_str()))
            .bind(now)
            .fetch_all(db)
            .await
    })?;
    rows.into_iter().map(|row| row.read(master_key)).collect()
}

/// Ends a decision, once: `false` when it had ended before.
pub async fn end(
    tx: &mut Tx,
    decision_id: DecisionId,
    ended: Ended,
    by: Option<StaffAccountId>,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let rows = on!(tx, db => {
        sqlx::query(
            r#"
            update decision set decided_at = $2, decided_by = $3, result = $4
            where decision_id = $1 and decided_at is null
            "#,
        )
        .bind(decision_id)
        .bind(now)
        .bind(by)
        .bind(ended.as_str())
        .execute(db)
        .await
        .map(|done| done.rows_affected())
    })?;
    Ok(rows == 1)
}

/// Ends those that nobody agreed with in time.
pub async fn expire(tx: &mut Tx, now: DateTime<Utc>) -> Result<u64, StorageError> {
    let rows = on!(tx, db => {
        sqlx::query(
            "update decision set decided_at = $1, result = 'expired' where expires_at <= $1 and decided_at is null",
        )
        .bind(now)
        .execute(db)
        .await
        .map(|done| done.rows_affected())
    })?;
    Ok(rows)
}

#[derive(sqlx::FromRow)]
struct Row {
    decision_id: DecisionId,
    conflict_id: Option<ConflictId>,
    upstream_link_id: Option<UpstreamLinkId>,
    account_id: AccountId,
    other_account_id: Option<AccountId>,
    outcome: String,
    details: Vec<u8>,
    proposed_by: StaffAccountId,
    proposed_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
}

impl Row {
    fn read(self, master_key: &MasterKey) -> Result<Decision, StorageError> {
        let broken = || StorageError::broken("decision.details");
        let plain = master_key
            .open(&sealed_for(self.decision_id), &self.details)
            .map_err(|_| broken())?;
        let about = match (self.conflict_id, self.upstream_link_id) {
            (Some(id), None) => About::Case(id),
            (None, Some(id)) => About::Removal(id),
            _ => return Err(StorageError::broken("decision.conflict_id")),
        };
        Ok(Decision {
            decision_id: self.decision_id,
            about,
            account_id: self.account_id,
            other_account_id: self.other_account_id,
            outcome: Outcome::named(&self.outcome)
                .ok_or_else(|| StorageError::broken("decision.outcome"))?,
            details: serde_json::from_slice(&plain).map_err(|_| broken())?,
            proposed_by: self.proposed_by,
            proposed_at: self.proposed_at,
            expires_at: self.expires_at,
        })
    }
}

fn sealed_for(id: DecisionId) -> String {
    format!("decision.details:{id}")
}
