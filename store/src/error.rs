//! One error for everything stored: one variant per reaction of the caller.

use std::error::Error;

use sqlx::{migrate::MigrateError, postgres::PgDatabaseError};

type Source = Box<dyn Error + Send + Sync>;

/// Why something could not be stored or read.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// Nobody knows whether a commit that ended like this took place; everything before a commit did not. Answer 503.
    #[error("the store cannot be reached")]
    Unavailable(#[source] Source),
    /// What runs already is kept, something new has to wait. Answer 503.
    #[error("the short-lived store is full")]
    Full,
    /// A unique rule: somebody else was first.
    #[error("such a row exists already")]
    Conflict(#[source] Source),
    /// The whole transaction may be repeated from its beginning.
    #[error("the transaction collided with another one")]
    Collided(#[source] Source),
    /// Drop the transaction: the job belongs to another worker now.
    #[error("the lease on the job has passed to another worker")]
    LeaseLost,
    /// A defect, ours or of the stored data.
    #[error("the store or its content is not as expected")]
    Broken(#[source] Source),
}

impl StorageError {
    /// A stored value that does not mean what it should, for the storage functions of a binary.
    pub fn broken(source: impl Into<Source>) -> Self {
        Self::Broken(source.into())
    }

    /// True when the tables were made by another program, or by a release of this one that it does not know.
    pub fn is_of_another_release(&self) -> bool {
        let Self::Broken(source) = self else {
            return false;
        };
        matches!(
            source.downcast_ref(),
            Some(MigrateError::VersionMissing(_) | MigrateError::VersionMismatch(_))
        )
    }

    /// True when waiting helps and nothing is wrong with the request.
    pub fn is_temporary(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Full | Self::Collided(_))
    }
}

impl From<sqlx::Error> for StorageError {
    fn from(error: sqlx::Error) -> Self {
        match reaction_to(&error) {
            Reaction::Wait => Self::Unavailable(error.into()),
            Reaction::BeSecond => Self::Conflict(error.into()),
            Reaction::Repeat => Self::Collided(error.into()),
            Reaction::Give => Self::Broken(error.into()),
        }
    }
}

impl From<sqlx::migrate::MigrateError> for StorageError {
    fn from(error: sqlx::migrate::MigrateError) -> Self {
        Self::Broken(error.into())
    }
}

impl From<serde_json::Error> for StorageError {
    fn from(error: serde_json::Error) -> Self {
        Self::Broken(error.into())
    }
}

enum Reaction {
    Wait,
    BeSecond,
    Repeat,
    Give,
}

fn reaction_to(error: &sqlx::Error) -> Reaction {
    use sqlx::Error;

    match error {
        Error::Io(_)
        | Error::Tls(_)
        | Error::PoolTimedOut
        | Error::PoolClosed
        | Error::WorkerCrashed => Reaction::Wait,
        Error::Database(refused) if refused.is_unique_violation() => Reaction::BeSecond,
        Error::Database(refused) => match refused.try_downcast_ref::<PgDatabaseError>() {
            Some(postgres) => reaction_to_sqlstate(postgres.code()),
            None => refused
                .code()
                .map_or(Reaction::Give, |code| reaction_to_sqlite(&code)),
        },
        _ => Reaction::Give,
    }
}

/// PostgreSQL, appendix A: serialization failure and deadlock.
fn reaction_to_sqlstate(code: &str) -> Reaction {
    match code {
        "40001" | "40P01" => Reaction::Repeat,
        _ if is_out_of_reach(code) => Reaction::Wait,
        _ => Reaction::Give,
    }
}

/// Connection failed, no resources, shut down by an operator, ended after idling inside a transaction.
pub(crate) fn is_out_of_reach(sqlstate: &str) -> bool {
    ["08", "53", "57P", "25P03"]
        .iter()
        .any(|class| sqlstate.starts_with(class))
}

/// SQLite's result codes; the low byte of an extended code is the primary one.
fn reaction_to_sqlite(code: &str) -> Reaction {
    const BUSY: u32 = 5;
    const LOCKED: u32 = 6;
    const IO_ERROR: u32 = 10;
    const DISK_FULL: u32 = 13;

    match code.parse::<u32>().map(|extended| extended & 0xff) {
        Ok(BUSY | LOCKED) => Reaction::Repeat,
        Ok(IO_ERROR | DISK_FULL) => Reaction::Wait,
        _ => Reaction::Give,
    }
}
