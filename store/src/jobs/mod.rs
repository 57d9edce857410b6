//! Work for later: enqueued in the transaction that makes it necessary, claimed with a lease, written back only by
//! whoever holds the lease.
//!
//! A worker that dies leaves its lease behind, and the job is claimed anew when that ends: a job may run twice, its
//! result is written once, if it is written in the transaction that calls [`finish`], [`again`], [`retry`] or [`give_up`].

mod lease;
mod overview;

pub use lease::{again, again_with, claim, finish, give_up, renew, retry};
pub use overview::{GivenUp, Tally, Undone, find_undone, list_given_up, revive, tally};

use aws_lc_rs::digest::{SHA256, digest};
use chrono::{DateTime, SubsecRound, Utc};
use serde_json::Value;
use sqlx::FromRow;
use sqlx::types::Json;
use uuid::{Builder, Uuid};

use crate::{StorageError, Tx, on};

/// A job to be done.
#[derive(Clone, Debug)]
pub struct Job {
    /// What to do: `audit.chain`, `logout.backchannel`.
    pub kind: &'static str,
    /// The id of what it is about.
    pub reference: String,
    /// An object of ids and codes, never personal data.
    pub payload: Value,
    /// Not before.
    pub due_at: DateTime<Utc>,
}

/// A job that is ours until its lease ends.
#[derive(Clone, Debug, FromRow)]
pub struct Claimed {
    /// Its id.
    #[sqlx(rename = "job_id")]
    pub id: Uuid,
    /// What to do.
    pub kind: String,
    /// The id of what it is about.
    pub reference: String,
    /// The object it was enqueued with.
    #[sqlx(json)]
    pub payload: Value,
    /// How often it was claimed since it last succeeded, this time included.
    pub attempts: i64,
    /// When it was due.
    pub due_at: DateTime<Utc>,
    /// The proof of the lease.
    pub lease_token: Uuid,
}

/// Adds a job. `id` is a fresh UUIDv7.
pub async fn enqueue(
    tx: &mut Tx,
    id: Uuid,
    job: &Job,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    if add(tx, id, job, now).await? {
        Ok(())
    } else {
        Err(StorageError::broken("a job id was used twice"))
    }
}

/// Adds a job unless one of its kind and reference is there, waiting, running or given up: for what recurs. True when it
/// was added.
pub async fn enqueue_once(
    tx: &mut Tx,
    job: &Job,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    add(tx, the_only_id(job), job, now).await
}

async fn add(tx: &mut Tx, id: Uuid, job: &Job, now: DateTime<Utc>) -> Result<bool, StorageError> {
    if !job.payload.is_object() {
        return Err(StorageError::broken("the payload of a job is an object"));
    }
    let added = on!(tx, db => {
        sqlx::query(
            r#"
            insert into job (job_id, kind, reference, payload, created_at, due_at, attempts)
            values ($1, $2, $3, $4, $5, $6, 0)
            on conflict (job_id) do nothing
            "#,
        )
        .bind(id)
        .bind(job.kind)
        .bind(&job.reference)
        .bind(Json(&job.payload))
        .bind(now.trunc_subsecs(6))
        .bind(job.due_at.trunc_subsecs(6))
        .execute(db)
        .await
        .map(|done| done.rows_affected())
    })?;
    Ok(added > 0)
}

/// An id that follows from kind and reference (UUIDv8), so that the primary key keeps a second one out.
fn the_only_id(job: &Job) -> Uuid {
    let hash = digest(
        &SHA256,
        [job.kind, "\0", &job.reference].concat().as_bytes(),
    );
    let mut bytes = [0; 16];
    for (byte, hashed) in bytes.iter_mut().zip(hash.as_ref()) {
        *byte = *hashed;
    }
    Builder::from_custom_bytes(bytes).into_uuid()
}
