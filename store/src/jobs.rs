//! Work for later: enqueued in the business transaction, claimed with a lease, written back by the lease's holder only.

use chrono::{DateTime, Duration, Utc};
use serde_json::Value;
use uuid::Uuid;

use crate::{Db, StorageError, Tx};

/// A job to be done.
#[derive(Clone, Debug)]
pub struct Job {
    /// `audit.chain`, `logout.backchannel`.
    pub kind: &'static str,
    /// The id of what it is about.
    pub reference: String,
    /// An object; never personal data.
    pub payload: Value,
    /// Not before.
    pub due_at: DateTime<Utc>,
}

/// A job that is ours until its lease ends.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// Its id.
    pub id: Uuid,
    /// What to do.
    pub kind: String,
    /// About what.
    pub reference: String,
    /// With what.
    pub payload: Value,
    /// How often it was claimed, this time included.
    pub attempts: i64,
    /// When it was due.
    pub due_at: DateTime<Utc>,
    /// Proof of the lease.
    pub lease_token: Uuid,
}

/// Adds a job.
pub async fn enqueue(
    tx: &mut Tx,
    id: Uuid,
    job: &Job,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let _ = tx;
    todo!("{id} {job:?} {now}")
}

/// Adds a job unless one of its kind and reference waits or runs; for what recurs.
pub async fn enqueue_once(
    tx: &mut Tx,
    job: &Job,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let _ = tx;
    todo!("{job:?} {now}")
}

/// Claims up to sixteen due jobs of these kinds. `lease_token` is fresh and random.
pub async fn claim(
    db: &Db,
    kinds: &[&str],
    lease_token: Uuid,
    now: DateTime<Utc>,
    lease: Duration,
) -> Result<Vec<Claimed>, StorageError> {
    todo!("{db:?} {kinds:?} {lease_token} {now} {lease}")
}

/// Keeps the lease until `until`.
pub async fn renew(db: &Db, job: &Claimed, until: DateTime<Utc>) -> Result<(), StorageError> {
    todo!("{db:?} {job:?} {until}")
}

/// The job is done.
pub async fn finish(tx: &mut Tx, job: &Claimed) -> Result<(), StorageError> {
    let _ = tx;
    todo!("{job:?}")
}

/// The job succeeded and is due again.
pub async fn again(
    tx: &mut Tx,
    job: &Claimed,
    next_due: DateTime<Utc>,
) -> Result<(), StorageError> {
    let _ = tx;
    todo!("{job:?} {next_due}")
}

/// The job failed and is tried again; the caller decides when.
pub async fn retry(
    tx: &mut Tx,
    job: &Claimed,
    failure: &str,
    next_due: DateTime<Utc>,
) -> Result<(), StorageError> {
    let _ = tx;
    todo!("{job:?} {failure} {next_due}")
}

/// The job failed for good and stays for an operator to see.
pub async fn give_up(
    tx: &mut Tx,
    job: &Claimed,
    failure: &str,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let _ = tx;
    todo!("{job:?} {failure} {now}")
}
