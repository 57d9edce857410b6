use super::MasterKey;
use crate::{StorageError, Tx, on};

/// Why the master key was not accepted at the start.
#[derive(Debug, thiserror::Error)]
pub enum KeyCheckError {
    /// The database was made with another one.
    #[error("the master key is not the one this database was made with")]
    WrongMasterKey,
    /// Nobody could tell.
    #[error("the master key could not be compared with the database's")]
    Storage(#[from] StorageError),
}

/// Compares the master key with the one this database was made with; a new database takes it as its own.
pub async fn verify_or_install(tx: &mut Tx, master_key: &MasterKey) -> Result<(), KeyCheckError> {
    install(tx, master_key).await?;
    let sealed: Vec<u8> = on!(tx, db => {
        sqlx::query_scalar("select sealed from master_key_check where master_key_check_id = $1")
            .bind(THE_ROW)
            .fetch_one(db)
            .await
    })
    .map_err(StorageError::from)?;

    match master_key.open(PLACE, &sealed) {
        Ok(text) if text == TEXT => Ok(()),
        _ => Err(KeyCheckError::WrongMasterKey),
    }
}

/// Of two replicas that start on a new database with different keys, the second one is told.
async fn install(tx: &mut Tx, master_key: &MasterKey) -> Result<(), StorageError> {
    let sealed = master_key.seal(PLACE, TEXT)?;
    on!(tx, db => {
        sqlx::query(
            r#"
            insert into master_key_check (master_key_check_id, sealed)
            values ($1, $2)
            on conflict (master_key_check_id) do nothing
            "#,
        )
        .bind(THE_ROW)
        .bind(sealed)
        .execute(db)
        .await
        .map(drop)
    })?;
    Ok(())
}

const THE_ROW: i64 = 1;
const PLACE: &str = "master_key_check";
const TEXT: &[u8] = b"City Identity";
