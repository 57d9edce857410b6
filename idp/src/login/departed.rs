//! A browser that left for a provider, and what came of its answer.

use chrono::{DateTime, Utc};
use federation::{Demand, ProviderState, Unable};
use serde::{Deserialize, Serialize};

use super::ids::{AnswerHandle, LoginId};
use super::refused::Reason;
use crate::session::{BrowserHash, SentSession};

/// A browser that left.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Departed {
    pub(crate) provider: String,
    pub(crate) state: ProviderState,
    pub(crate) browser: BrowserHash,
    #[expect(clippy::struct_field_names, reason = "when the browser left")]
    pub(crate) departed_at: DateTime<Utc>,
    pub(crate) answer_by: DateTime<Utc>,
    pub(crate) errand: Errand,
}

/// Why it left.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Errand {
    /// To log in.
    Login {
        login_id: LoginId,
        /// Chosen at departure, so that every arrival of one answer leads to the same place.
        handle: AnswerHandle,
        /// The login had to be a new one.
        force: bool,
        minimum: Demand,
        /// Asked who they are, the person went to log in: the answer says it.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        takes_anybody: bool,
        /// The place behind the provider that the person chose here.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        branch: Option<String>,
    },
    /// To log out; `then` is a path of ours or a proven address of a client.
    Logout { then: String },
}

/// What an answer left for who brings it again.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Arrival {
    pub(crate) provider: String,
    pub(crate) login_id: LoginId,
    pub(crate) handle: AnswerHandle,
}

/// A verified answer that waits for its browser.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Waiting {
    pub(crate) login_id: LoginId,
    pub(crate) provider: String,
    pub(crate) browser: BrowserHash,
    pub(crate) departed_at: DateTime<Utc>,
    /// When the provider was asked whether it is true. Of an answer from before an upgrade nobody knows.
    #[serde(default)]
    pub(crate) verified_at: DateTime<Utc>,
    pub(crate) force: bool,
    pub(crate) minimum: Demand,
    /// Asked who they are, the person went to log in: the answer says it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) takes_anybody: bool,
    /// The place behind the provider that the person chose here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) branch: Option<String>,
    pub(crate) outcome: Outcome,
}

/// What the provider's answer came to.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    /// A person: the assertion, sealed by `federation` for this handle.
    Person(Vec<u8>),
    /// The person gave up.
    Cancelled,
    /// The provider ended the login; nobody gave up.
    EndedThere,
    /// The provider cannot vouch for the person.
    Unable(Unable),
    /// The provider vouches for less than was asked.
    TooLow,
}

impl Outcome {
    /// What it is called in metrics.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Person(_) => "accepted",
            Self::Cancelled => Reason::Cancelled.code(),
            Self::EndedThere => Reason::EndedThere.code(),
            Self::Unable(why) => Reason::Unable(*why).code(),
            Self::TooLow => Reason::TooLow.code(),
        }
    }
}

/// Where the first arrival of an answer ended.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Ended {
    pub(crate) browser: BrowserHash,
    pub(crate) login_id: LoginId,
    /// The session cookie that the first arrival was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) sent: Option<SentSession>,
}

/// How an answer was taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Intake {
    /// For the first time.
    First,
    /// It was here before, by the same departure.
    Before,
    /// It was here before, by another departure.
    Replayed,
}
