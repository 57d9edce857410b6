//! Levels as the tables write them.

use federation::{IdentityLevel, Levels, LoginLevel};
use store::StorageError;

/// Reads an identity level; an unknown word is a broken row, never a low level.
pub(super) fn identity(text: &str) -> Result<IdentityLevel, StorageError> {
    text.parse()
        .map_err(|_| StorageError::broken("identity_level"))
}

/// Reads a pair of levels.
pub(super) fn pair(identity_level: &str, login_level: &str) -> Result<Levels, StorageError> {
    let login: LoginLevel = login_level
        .parse()
        .map_err(|_| StorageError::broken("login_level"))?;
    Ok(Levels::new(identity(identity_level)?, login))
}
