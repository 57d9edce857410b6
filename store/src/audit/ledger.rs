use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{Db, MasterKey, StorageError};

/// A head of the chain that somebody wrote down outside the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// Its place.
    pub position: i64,
    /// Its hash.
    pub hash: [u8; 32],
}

/// What [`verify`] found.
#[derive(Clone, Debug)]
pub struct Report {
    /// Chained events that were recomputed.
    pub chained: u64,
    /// Of them, with erased details.
    pub erased: u64,
    /// Events still waiting to be chained.
    pub waiting: u64,
    /// Checkpoints whose signature is right.
    pub checkpoints: u64,
    /// The last place a checkpoint covers.
    pub signed_to: i64,
    /// The first thing that is wrong.
    pub broken: Option<Broken>,
}

/// The first broken place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Where in the chain.
    pub position: i64,
    /// The event there, if there is one.
    pub event: Option<Uuid>,
    /// In what way.
    pub how: Break,
}

/// How a chain can be broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Break {
    /// No event at this place.
    Missing,
    /// The event is not the one that was chained here.
    Changed,
    /// Its details are not those that were recorded.
    DetailsChanged,
    /// The checkpoint here was not signed by us.
    Unsigned,
    /// The chain differs from a checkpoint or an anchor here.
    Rewritten,
}

/// Chains the events that wait, in batches.
pub async fn chain(db: &Db) -> Result<u64, StorageError> {
    todo!("{db:?}")
}

/// Signs the head of the chain, unless it is signed already.
pub async fn checkpoint(
    db: &Db,
    master_key: &MasterKey,
    now: DateTime<Utc>,
) -> Result<Option<Anchor>, StorageError> {
    todo!("{db:?} {master_key:?} {now}")
}

/// Recomputes the whole chain.
pub async fn verify(
    db: &Db,
    master_key: &MasterKey,
    anchor: Option<&Anchor>,
) -> Result<Report, StorageError> {
    todo!("{db:?} {master_key:?} {anchor:?}")
}
