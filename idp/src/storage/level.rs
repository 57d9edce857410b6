//! Levels as the tables write them.

use chrono::{DateTime, Utc};
use federation::{IdentityLevel, Levels, LoginLevel};
use store::StorageError;

/// Reads an identity level; an unknown word is a broken row, never a low level.
pub(super) fn identity(text: &str) -> Result<IdentityLevel, StorageError> {
    text.parse()
        .map_err(|_| StorageError::broken("identity_level"))
}

/// Reads a login level; an unknown word is a broken row, as above.
pub(super) fn login(text: &str) -> Result<LoginLevel, StorageError> {
    text.parse()
        .map_err(|_| StorageError::broken("login_level"))
}

/// Reads a pair of levels.
pub(super) fn pair(identity_level: &str, login_level: &str) -> Result<Levels, StorageError> {
    Ok(Levels::new(identity(identity_level)?, login(login_level)?))
}

/// When the proof behind a login was withdrawn, and until when it counts.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Proof {
    pub(super) revoked_at: Option<DateTime<Utc>>,
    pub(super) valid_until: Option<DateTime<Utc>>,
}

impl Proof {
    /// What a login counts for at this moment: how somebody logged in stands, who they are only as long as its proof does.
    pub(super) fn counts(
        self,
        levels: Levels,
        eidas: Option<String>,
        now: DateTime<Utc>,
    ) -> (Levels, Option<String>) {
        let stands = self.revoked_at.is_none() && self.valid_until.is_none_or(|end| now < end);
        if stands {
            (levels, eidas)
        } else {
            (Levels::new(IdentityLevel::Unverified, levels.login), None)
        }
    }
}
