use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

use crate::{StorageError, Tx};

/// Something that happened.
#[derive(Clone, Debug)]
pub struct Event {
    /// `login.completed`, `client.secret_rotated`.
    pub kind: &'static str,
    /// Who did it.
    pub actor: Actor,
    /// The account it is about.
    pub subject: Option<Uuid>,
    /// An object: codes and ids, and only what the retention of details allows.
    pub details: Value,
}

/// Who did something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// We ourselves: a job, the start.
    System,
    /// Somebody not known yet.
    Anonymous,
    /// A person, by account.
    Account(Uuid),
    /// A member of staff, by staff account.
    Staff(Uuid),
    /// A client, by its id.
    Client(String),
    /// An upstream provider, by its id.
    Provider(String),
    /// Whoever runs the command line, by login name on the machine.
    Operator(String),
}

/// An event as it stands in the log.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// Its id.
    pub id: Uuid,
    /// When.
    pub at: DateTime<Utc>,
    /// What.
    pub kind: String,
    /// Who, as `account:<id>`.
    pub actor: String,
    /// About whom.
    pub subject: Option<Uuid>,
    /// `None` once erased.
    pub details: Option<Value>,
    /// Place in the chain; `None` until it is chained.
    pub position: Option<i64>,
}

/// Writes an event into the caller's transaction. `salt` is fresh and random.
pub async fn record(
    tx: &mut Tx,
    event: &Event,
    id: Uuid,
    salt: [u8; 16],
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let _ = tx;
    todo!("{event:?} {id} {salt:?} {now}")
}

/// The latest events, newest first.
pub async fn list_latest(tx: &mut Tx, limit: u32) -> Result<Vec<Recorded>, StorageError> {
    let _ = tx;
    todo!("{limit}")
}

/// The latest events about an account, newest first.
pub async fn list_of(
    tx: &mut Tx,
    subject: Uuid,
    limit: u32,
) -> Result<Vec<Recorded>, StorageError> {
    let _ = tx;
    todo!("{subject} {limit}")
}

/// Erases the details of all events about an account.
pub async fn erase_details_of(tx: &mut Tx, subject: Uuid) -> Result<u64, StorageError> {
    let _ = tx;
    todo!("{subject}")
}

/// Erases the details of up to a thousand events older than `before`, oldest first; 0 when none is left.
pub async fn erase_details_before(tx: &mut Tx, before: DateTime<Utc>) -> Result<u64, StorageError> {
    let _ = tx;
    todo!("{before}")
}
