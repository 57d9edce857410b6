//! What an operator sees of the jobs, and does about those that were given up.

use chrono::{DateTime, SubsecRound, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use crate::{StorageError, Tx, on};

/// How many jobs wait or run, and how many were given up, for metrics and the operator.
pub async fn tally(tx: &mut Tx) -> Result<Tally, StorageError> {
    let tally = on!(tx, db => {
        sqlx::query_as(
            r#"
            select count(*) - count(given_up_at) as open, count(given_up_at) as given_up
            from job
            "#,
        )
        .fetch_one(db)
        .await
    })?;
    Ok(tally)
}

/// A job that is not done: it waits, runs, or was given up.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct Undone {
    /// The code of the last failure, once it has failed.
    pub failure: Option<String>,
}

/// Finds the job of this kind about this id, unless it is done.
pub async fn find_undone(
    tx: &mut Tx,
    kind: &str,
    reference: &str,
) -> Result<Option<Undone>, StorageError> {
    let found = on!(tx, db => {
        sqlx::query_as("select failure from job where kind = $1 and reference = $2")
            .bind(kind)
            .bind(reference)
            .fetch_optional(db)
            .await
    })?;
    Ok(found)
}

/// What [`tally`] counts.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct Tally {
    /// Waiting or running.
    pub open: i64,
    /// Failed for good.
    pub given_up: i64,
}

/// A job that failed for good.
#[derive(Clone, Debug, FromRow)]
pub struct GivenUp {
    /// Its id.
    #[sqlx(rename = "job_id")]
    pub id: Uuid,
    /// What was to be done.
    pub kind: String,
    /// The id of what it is about.
    pub reference: String,
    /// The code of the last failure.
    pub failure: Option<String>,
    /// When it was given up.
    pub given_up_at: DateTime<Utc>,
}

/// The jobs given up last, newest first.
pub async fn list_given_up(tx: &mut Tx, limit: u32) -> Result<Vec<GivenUp>, StorageError> {
    let jobs = on!(tx, db => {
        sqlx::query_as(
            r#"
            select job_id, kind, reference, failure, given_up_at
            from job
            where given_up_at is not null
            order by given_up_at desc
            limit $1
            "#,
        )
        .bind(i64::from(limit))
        .fetch_all(db)
        .await
    })?;
    Ok(jobs)
}

/// Makes a job that was given up due again; false when there is none of this id.
pub async fn revive(tx: &mut Tx, id: Uuid, due_at: DateTime<Utc>) -> Result<bool, StorageError> {
    let revived = on!(tx, db => {
        sqlx::query(
            r#"
            update job
            set given_up_at = null, attempts = 0, due_at = $1
            where job_id = $2 and given_up_at is not null
            "#,
        )
        .bind(due_at.trunc_subsecs(6))
        .bind(id)
        .execute(db)
        .await
        .map(|done| done.rows_affected())
    })?;
    Ok(revived > 0)
}
