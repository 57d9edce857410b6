use super::MasterKey;
use crate::{StorageError, Tx};

/// Why the master key was not accepted at the start.
#[derive(Debug, thiserror::Error)]
pub enum KeyCheckError {
    /// The database was made with another one.
    #[error("the master key is not the one this database was made with")]
    WrongMasterKey,
    /// Nobody could tell.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Compares the master key with the one this database was made with; a new database takes it as its own.
pub async fn verify_or_install(tx: &mut Tx, master_key: &MasterKey) -> Result<(), KeyCheckError> {
    let _ = (tx, master_key);
    todo!()
}
