//! `mandate_proposal`: a mandate that one officer has verified and another one has to agree with.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use federation::BodyKind;
use store::{StorageError, Tx, on};

use super::mandate::{joined, split};
use crate::ids::{AccountId, MandateProposalId, StaffAccountId};
use crate::mandate::{Act, Outcome};

/// A mandate that waits for the second officer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MandateProposal {
    /// Its key.
    pub mandate_proposal_id: MandateProposalId,
    /// Who would act.
    pub account_id: AccountId,
    /// What kind of body.
    pub kind: BodyKind,
    /// Its identification number, where it has one.
    pub ico: Option<String>,
    /// Its name.
    pub name: String,
    /// The person's part in it.
    pub role: Option<String>,
    /// How the officer saw it: `counter` or `register`.
    pub source: String,
    /// What the person may do for the body.
    pub scope: BTreeSet<Act>,
    /// Number of the file that holds the paper.
    pub evidence: Option<String>,
    /// From when it would count.
    pub valid_from: DateTime<Utc>,
    /// Until when it would count.
    pub valid_until: DateTime<Utc>,
    /// The officer who verified it.
    pub proposed_by: StaffAccountId,
    /// When.
    pub proposed_at: DateTime<Utc>,
    /// Until when the other officer can agree.
    pub expires_at: DateTime<Utc>,
}

const COLUMNS: &str = "mandate_proposal_id, account_id, kind, ico, name, role, source, scope, evidence, valid_from, valid_until, \
                       proposed_by, proposed_at, expires_at";

/// Adds a proposal.
pub async fn add(tx: &mut Tx, proposal: &MandateProposal) -> Result<(), StorageError> {
    on!(tx, db => {
        sqlx::query(
            r#"
            insert into mandate_proposal (mandate_proposal_id, account_id, kind, ico, name, role, source, scope, evidence,
                valid_from, valid_until, proposed_by, proposed_at, expires_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
            "#,
        )
        .bind(proposal.mandate_proposal_id)
        .bind(proposal.account_id)
        .bind(proposal.kind.as_str())
        .bind(proposal.ico.as_deref())
        .bind(&proposal.name)
        .bind(proposal.role.as_deref())
        .bind(&proposal.source)
        .bind(joined(&proposal.scope))
        .bind(proposal.evidence.as_deref())
        .bind(proposal.valid_from)
        .bind(proposal.valid_until)
        .bind(proposal.proposed_by)
        .bind(proposal.proposed_at)
        .bind(proposal.expires_at)
        .execute(db)
        .await
        .map(drop)
    })?;
    Ok(())
}

/// Finds a proposal that can still be decided.
pub async fn find_open(
    tx: &mut Tx,
    id: MandateProposalId,
    now: DateTime<Utc>,
) -> Result<Option<MandateProposal>, StorageError> {
    let statement = format!(
        "select {COLUMNS} from mandate_proposal
         where mandate_proposal_id = $1 and decided_at is null and expires_at > $2"
    );
    let row: Option<Row> = on!(tx, db => {
        sqlx::query_as(sqlx::AssertSqlSafe(statement.as_str()))
            .bind(id)
            .bind(now)
            .fetch_optional(db)
            .await
    })?;
    row.map(MandateProposal::try_from).transpose()
}

/// Proposals that can still be decided, the oldest first; at most a hundred.
pub async fn list_open(
    tx: &mut Tx,
    now: DateTime<Utc>,
) -> Result<Vec<MandateProposal>, StorageError> {
    let statement = format!(
        "select {COLUMNS} from mandate_proposal where decided_at is null and expires_at > $1
         order by proposed_at, mandate_proposal_id limit 100"
    );
    list(tx, &statement, now).await
}

/// Proposals that ran out of time and were not decided; at most a hundred.
pub async fn list_expired(
    tx: &mut Tx,
    now: DateTime<Utc>,
) -> Result<Vec<MandateProposal>, StorageError> {
    let statement = format!(
        "select {COLUMNS} from mandate_proposal where decided_at is null and expires_at <= $1
         order by expires_at, mandate_proposal_id limit 100"
    );
    list(tx, &statement, now).await
}

/// Proposals about an account that can still be decided, the oldest first.
pub async fn list_by_account(
    tx: &mut Tx,
    account_id: AccountId,
    now: DateTime<Utc>,
) -> Result<Vec<MandateProposal>, StorageError> {
    let statement = format!(
        "select {COLUMNS} from mandate_proposal where account_id = $1 and decided_at is null and expires_at > $2
         order by proposed_at, mandate_proposal_id"
    );
    let rows: Vec<Row> = on!(tx, db => {
        sqlx::query_as(sqlx::AssertSqlSafe(statement.as_str()))
            .bind(account_id)
            .bind(now)
            .fetch_all(db)
            .await
    })?;
    rows.into_iter().map(MandateProposal::try_from).collect()
}

async fn list(
    tx: &mut Tx,
    statement: &str,
    now: DateTime<Utc>,
) -> Result<Vec<MandateProposal>, StorageError> {
    let rows: Vec<Row> = on!(tx, db => {
        sqlx::query_as(sqlx::AssertSqlSafe(statement))
            .bind(now)
            .fetch_all(db)
            .await
    })?;
    rows.into_iter().map(MandateProposal::try_from).collect()
}

/// Decides a proposal, once: `false` when it was decided before. Nobody decides one that only ran out of time.
pub async fn decide(
    tx: &mut Tx,
    id: MandateProposalId,
    outcome: Outcome,
    by: Option<StaffAccountId>,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let rows = on!(tx, db => {
        sqlx::query(
            r#"
            update mandate_proposal
            set decided_at = $2, decided_by = $3, outcome = $4
            where mandate_proposal_id = $1 and decided_at is null
            "#,
        )
        .bind(id)
        .bind(now)
        .bind(by)
        .bind(outcome.as_str())
        .execute(db)
        .await
        .map(|done| done.rows_affected())
    })?;
    Ok(rows == 1)
}

#[derive(sqlx::FromRow)]
struct Row {
    mandate_proposal_id: MandateProposalId,
    account_id: AccountId,
    kind: String,
    ico: Option<String>,
    name: String,
    role: Option<String>,
    source: String,
    scope: String,
    evidence: Option<String>,
    valid_from: DateTime<Utc>,
    valid_until: DateTime<Utc>,
    proposed_by: StaffAccountId,
    proposed_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
}

impl TryFrom<Row> for MandateProposal {
    type Error = StorageError;

    fn try_from(row: Row) -> Result<Self, StorageError> {
        Ok(Self {
            mandate_proposal_id: row.mandate_proposal_id,
            account_id: row.account_id,
            kind: BodyKind::named(&row.kind)
                .ok_or_else(|| StorageError::broken("mandate_proposal.kind"))?,
            ico: row.ico,
            name: row.name,
            role: row.role,
            source: row.source,
            scope: split(&row.scope)?,
            evidence: row.evidence,
            valid_from: row.valid_from,
            valid_until: row.valid_until,
            proposed_by: row.proposed_by,
            proposed_at: row.proposed_at,
            expires_at: row.expires_at,
        })
    }
}
