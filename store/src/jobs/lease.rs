//! From the claim to the result. All of it but the claim is written only `where lease_token = …`.

use chrono::{DateTime, Duration, SubsecRound, Utc};
use serde_json::Value;
use sqlx::QueryBuilder;
use sqlx::types::Json;
use uuid::Uuid;

use super::Claimed;
use crate::{Db, StorageError, Tx, on};

/// Claims up to sixteen due jobs of these kinds, those due longest first, until `now + lease`. `lease_token` is fresh and
/// random.
pub async fn claim(
    db: &Db,
    kinds: &[&str],
    lease_token: Uuid,
    now: DateTime<Utc>,
    lease: Duration,
) -> Result<Vec<Claimed>, StorageError> {
    if kinds.is_empty() {
        return Ok(Vec::new());
    }
    let now = now.trunc_subsecs(6);
    let until = now
        .checked_add_signed(lease)
        .unwrap_or(now)
        .trunc_subsecs(6);

    let mut tx = db.begin().await?;
    // PostgreSQL alone lets two claimers look at the same rows.
    let lock = if matches!(tx, Tx::Pg(_)) {
        " for update skip locked"
    } else {
        ""
    };
    let mut claimed: Vec<Claimed> = on!(&mut tx, db => {
        // Materialized: the planner may not look for due jobs more than once.
        let mut statement = QueryBuilder::new("with due as materialized (select job_id from job where due_at <= ");
        statement.push_bind(now).push(" and given_up_at is null and (leased_until is null or leased_until <= ");
        statement.push_bind(now).push(") and kind in (");
        let mut list = statement.separated(", ");
        for kind in kinds {
            list.push_bind(*kind);
        }
        statement.push(") order by due_at limit 16").push(lock).push(") update job set leased_until = ");
        statement.push_bind(until).push(", lease_token = ").push_bind(lease_token);
        statement.push(
            ", attempts = attempts + 1 where job_id in (select job_id from due) \
             returning job_id, kind, reference, payload, attempts, due_at, lease_token",
        );
        statement.build_query_as().fetch_all(db).await
    })?;
    tx.commit().await?;

    claimed.sort_by_key(|job| job.due_at);
    Ok(claimed)
}

/// Keeps the lease until `until`.
pub async fn renew(db: &Db, job: &Claimed, until: DateTime<Utc>) -> Result<(), StorageError> {
    let mut tx = db.begin().await?;
    let renewed = on!(&mut tx, db => {
        sqlx::query("update job set leased_until = $1 where job_id = $2 and lease_token = $3")
            .bind(until.trunc_subsecs(6))
            .bind(job.id)
            .bind(job.lease_token)
            .execute(db)
            .await
            .map(|done| done.rows_affected())
    })?;
    held(renewed)?;
    tx.commit().await
}

/// Deletes the job: it is done.
pub async fn finish(tx: &mut Tx, job: &Claimed) -> Result<(), StorageError> {
    let finished = on!(tx, db => {
        sqlx::query("delete from job where job_id = $1 and lease_token = $2")
            .bind(job.id)
            .bind(job.lease_token)
            .execute(db)
            .await
            .map(|done| done.rows_affected())
    })?;
    held(finished)
}

/// The job is done for this time and due again, with its attempts counted from the start.
pub async fn again(
    tx: &mut Tx,
    job: &Claimed,
    next_due: DateTime<Utc>,
) -> Result<(), StorageError> {
    let released = on!(tx, db => {
        sqlx::query(
            r#"
            update job
            set due_at = $1, attempts = 0, failure = null, leased_until = null, lease_token = null
            where job_id = $2 and lease_token = $3
            "#,
        )
        .bind(next_due.trunc_subsecs(6))
        .bind(job.id)
        .bind(job.lease_token)
        .execute(db)
        .await
        .map(|done| done.rows_affected())
    })?;
    held(released)
}

/// As [`again`], with another payload: an object of ids and codes, never personal data.
pub async fn again_with(
    tx: &mut Tx,
    job: &Claimed,
    payload: &Value,
    next_due: DateTime<Utc>,
) -> Result<(), StorageError> {
    again(tx, job, next_due).await?;
    on!(tx, db => {
        sqlx::query("update job set payload = $1 where job_id = $2")
            .bind(Json(payload))
            .bind(job.id)
            .execute(db)
            .await
            .map(drop)
    })?;
    Ok(())
}

/// The job failed and is due again; when, and after how many attempts no more, the caller decides. `failure` is a code,
/// never a text from another system.
pub async fn retry(
    tx: &mut Tx,
    job: &Claimed,
    failure: &str,
    next_due: DateTime<Utc>,
) -> Result<(), StorageError> {
    let released = on!(tx, db => {
        sqlx::query(
            r#"
            update job
            set due_at = $1, failure = $2, leased_until = null, lease_token = null
            where job_id = $3 and lease_token = $4
            "#,
        )
        .bind(next_due.trunc_subsecs(6))
        .bind(failure)
        .bind(job.id)
        .bind(job.lease_token)
        .execute(db)
        .await
        .map(|done| done.rows_affected())
    })?;
    held(released)
}

/// The job failed for good, and stays for an operator to see. `failure` is a code, as for [`retry`].
pub async fn give_up(
    tx: &mut Tx,
    job: &Claimed,
    failure: &str,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let given_up = on!(tx, db => {
        sqlx::query(
            r#"
            update job
            set given_up_at = $1, failure = $2, leased_until = null, lease_token = null
            where job_id = $3 and lease_token = $4
            "#,
        )
        .bind(now.trunc_subsecs(6))
        .bind(failure)
        .bind(job.id)
        .bind(job.lease_token)
        .execute(db)
        .await
        .map(|done| done.rows_affected())
    })?;
    held(given_up)
}

fn held(rows: u64) -> Result<(), StorageError> {
    if rows == 0 {
        Err(StorageError::LeaseLost)
    } else {
        Ok(())
    }
}
