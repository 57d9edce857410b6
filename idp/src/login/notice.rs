//! What a page of a login tells about the attempt before.

use federation::{Levels, Unable};
use serde::{Deserialize, Serialize};

/// What happened at the last attempt, told on the page where the person chooses again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Notice {
    /// The login before this one had expired.
    Restarted,
    /// The person gave up at the provider.
    Cancelled { provider: String },
    /// The provider sent the person back without an answer, and does not say why.
    EndedThere { provider: String },
    /// The provider cannot vouch for the person.
    Unable { provider: String, why: Unable },
    /// The provider vouches for less than the service needs.
    TooLow {
        provider: String,
        reached: Option<Levels>,
    },
    /// The provider did not let the person log in anew.
    NotAnew { provider: String },
    /// The provider cannot be reached, or what it says of itself is not believed.
    Down {
        provider: String,
        /// Whether it answered, with a document that is refused.
        #[serde(default)]
        refused: bool,
    },
    /// The place behind the provider that the person chose is not offered (any more).
    BranchGone { provider: String },
    /// The answer was lost on the way; the login has to be repeated.
    Again,
}

impl Notice {
    /// The provider it is about.
    pub(crate) fn provider(&self) -> Option<&str> {
        match self {
            Self::Restarted | Self::Again => None,
            Self::Cancelled { provider }
            | Self::EndedThere { provider }
            | Self::Unable { provider, .. }
            | Self::TooLow { provider, .. }
            | Self::NotAnew { provider }
            | Self::Down { provider, .. }
            | Self::BranchGone { provider } => Some(provider),
        }
    }
}
