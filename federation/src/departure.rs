//! A browser leaves for an upstream.

use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::fact::Wanted;
use crate::level::Demand;
use crate::refusal::Refusal;

/// What a login is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Log a person in.
    Login,
    /// Raise the level of a session.
    StepUp,
    /// Link the upstream's subject to an account.
    Link,
}

/// What the broker wants from one login.
#[derive(Clone)]
pub struct Ask {
    /// What the login is for.
    pub purpose: Purpose,
    /// Our address for the answer. Providers that registered theirs with the upstream use the registered one.
    pub return_to: Url,
    /// The lowest levels that will do.
    pub minimum: Demand,
    /// Whether the upstream must authenticate anew instead of using its own session.
    pub force: bool,
    /// Seconds that may have passed since the person authenticated there. It is asked for where the protocol can ask for it;
    /// where it cannot, the person authenticates anew. Whether the answer is young enough, the broker judges by
    /// [`crate::Assertion::authenticated_at`].
    pub max_age: Option<u64>,
    /// The facts that should come back.
    pub wanted: Vec<Wanted>,
    /// Language of the person: `cs`, `en`, `de`.
    pub locale: &'static str,
    /// A user name to prefill, never trusted.
    pub login_hint: Option<String>,
    /// The branch chosen, see [`crate::UpstreamProvider::branches`]. One that the provider does not name is left out.
    pub branch: Option<String>,
    /// Fresh randomness: correlation, nonce and code verifier are derived from it.
    pub seed: [u8; 32],
}

/// What the broker wants from one logout at the upstream.
#[derive(Clone)]
pub struct Leave {
    /// Fresh randomness for the message's id.
    pub seed: [u8; 32],
    /// Language of the person.
    pub locale: &'static str,
}

/// The name under which an answer finds the departure it belongs to. Random, 128 bits or more.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Correlation(pub String);

/// What a provider needs back to finish what it started. Opaque to the broker, stored as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ProviderState(serde_json::Value);

/// A browser about to leave.
#[derive(Debug, Clone)]
pub struct Departure {
    /// The key under which to store the departure.
    pub correlation: Correlation,
    /// What to give back to the provider with the answer.
    pub state: ProviderState,
    /// How the browser leaves.
    pub send: Send,
}

/// How a browser carries a message away.
#[derive(Clone, PartialEq, Eq)]
pub enum Send {
    /// A redirect. The URL is final: never re-encode it, a signature covers its octets.
    Redirect(Url),
    /// A form that posts itself.
    PostForm {
        /// Where to.
        action: Url,
        /// Hidden fields, to be escaped by the page.
        fields: Vec<(String, String)>,
    },
}

impl ProviderState {
    /// Keeps a value for the answer.
    pub(crate) fn keep<T: Serialize>(value: &T) -> Result<Self, serde_json::Error> {
        serde_json::to_value(value).map(Self)
    }

    /// The value kept; a state of another provider does not fit and is refused.
    pub(crate) fn recall<T: DeserializeOwned>(&self) -> Result<T, Refusal> {
        T::deserialize(&self.0).map_err(|_| Refusal::StateOfAnotherProvider)
    }
}

impl Correlation {
    /// The text to store and to look up.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ask")
            .field("purpose", &self.purpose)
            .field("minimum", &self.minimum)
            .field("force", &self.force)
            .field("max_age", &self.max_age)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Leave {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Leave").finish_non_exhaustive()
    }
}

impl fmt::Debug for Send {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Redirect(url) => f
                .debug_tuple("Redirect")
                .field(&url.origin().ascii_serialization())
                .finish(),
            Self::PostForm { action, .. } => f
                .debug_struct("PostForm")
                .field("action", &action.as_str())
                .finish_non_exhaustive(),
        }
    }
}
