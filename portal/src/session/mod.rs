//! The portal's own session: one row a signed-in browser, at most twelve hours, confirmed at the broker on use.
//!
//! - The cookie is random and stored as its hash; every login makes a new one.
//! - Five minutes after the last confirmation the next request asks the broker, one request of all replicas at a time.
//! - While the broker cannot be reached a session lives thirty minutes more; so it does when an answer of the broker was lost.
//! - It ends by our logout, by the broker's back-channel logout, by `invalid_grant`, or by its age.

mod config;
mod confirm;
mod device;
mod extract;
mod sessions;

pub use config::SessionConfig;
pub use confirm::Confirmed;
pub use device::Device;
pub use extract::{Maybe, SignedInPerson};
pub use sessions::{COOKIE, Sessions, cookie_hash};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::storage::portal_session::PortalSession;

/// Key of a session's row; not a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type)]
#[serde(transparent)]
#[sqlx(transparent)]
pub struct SessionId(pub Uuid);

impl std::fmt::Display for SessionId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// Why a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndedBy {
    /// The person signed out in this browser.
    Logout,
    /// The person ended it from another browser.
    Person,
    /// The same browser signed in again.
    NewLogin,
    /// Somebody else came back to this browser than the one who was sent away.
    SomebodyElse,
    /// The broker said so by back-channel logout.
    Broker,
    /// The broker no longer takes the refresh token.
    Grant,
    /// The broker was out of reach for too long.
    Unreachable,
    /// The broker's answer to a confirmation was lost, and nothing else could confirm the session.
    Lost,
}

impl EndedBy {
    /// The word in the database and the audit.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Logout => "logout",
            Self::Person => "person",
            Self::NewLogin => "new_login",
            Self::SomebodyElse => "somebody_else",
            Self::Broker => "broker",
            Self::Grant => "grant",
            Self::Unreachable => "unreachable",
            Self::Lost => "lost",
        }
    }
}

impl EndedBy {
    fn parse(word: &str) -> Option<Self> {
        [
            Self::Logout,
            Self::Person,
            Self::NewLogin,
            Self::SomebodyElse,
            Self::Broker,
            Self::Grant,
            Self::Unreachable,
            Self::Lost,
        ]
        .into_iter()
        .find(|by| by.as_str() == word)
    }
}

impl PortalSession {
    /// Why it ended; `None` while it is open, and where its age ended it.
    pub fn ended_by(&self) -> Option<EndedBy> {
        EndedBy::parse(self.ended_by.as_deref()?)
    }

    /// Whether the session still counts; the broker's silence is judged by [`Sessions::confirm`].
    pub fn is_open(&self, now: DateTime<Utc>) -> bool {
        self.ended_at.is_none() && now < self.expires_at
    }
}
