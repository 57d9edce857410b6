//! `generation`: counts changes of what servers keep in memory.

use store::{StorageError, Tx, on};

/// Organisations, clients and resources.
pub const CLIENTS: &str = "clients";

/// Signing keys.
pub const KEYS: &str = "keys";

/// How far a name has come.
pub async fn lookup(tx: &mut Tx, name: &str) -> Result<i64, StorageError> {
    let value = on!(tx, db => {
        sqlx::query_scalar("select value from generation where name = $1").bind(name).fetch_one(db).await
    })?;
    Ok(value)
}

/// Tells running servers that something changed.
pub async fn advance(tx: &mut Tx, name: &str) -> Result<(), StorageError> {
    on!(tx, db => {
        sqlx::query("update generation set value = value + 1 where name = $1").bind(name).execute(db).await.map(drop)
    })?;
    Ok(())
}

/// Has other transactions that hold or advance this name wait until this one ends.
pub async fn hold(tx: &mut Tx, name: &str) -> Result<(), StorageError> {
    on!(tx, db => {
        sqlx::query("update generation set value = value where name = $1").bind(name).execute(db).await.map(drop)
    })?;
    Ok(())
}
