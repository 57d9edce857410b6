//! The trait every upstream provider implements, and what it says of itself.
//!
//! Time and randomness are arguments, also of `start_logout` and `check`.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::answer::{Answer, Verified};
use crate::assertion::{Realm, TrustFramework, UpstreamSession};
use crate::departure::{Ask, Correlation, Departure, Leave, ProviderState};
use crate::environment::Environment;
use crate::finding::Finding;
use crate::inbound::{Document, Event, Inbound, Reply};
use crate::level::{Demand, Levels};
use crate::picture::Picture;
use crate::refusal::Refusal;
use crate::withheld::Withheld;

/// A moment, UTC.
pub type Timestamp = DateTime<Utc>;

/// A source of identity we rely on.
#[async_trait]
pub trait UpstreamProvider: std::fmt::Debug + std::marker::Send + Sync {
    /// What the provider says of itself.
    fn describe(&self) -> &Description;

    /// Prepares a browser to leave.
    async fn start_login(&self, ask: &Ask, now: Timestamp) -> Result<Departure, UpstreamError>;

    /// Which departure an answer claims to belong to. Proves nothing yet.
    fn correlate(&self, answer: &Answer) -> Result<Correlation, UpstreamError>;

    /// Whether answers come by a link that the browser follows, and so with our cookies. The broker then looks who brings one before
    /// it has anything verified.
    fn returns_by_link(&self) -> bool {
        false
    }

    /// Whether answers may come that do not say to which departure they belong. The broker then remembers which ones a browser has
    /// open.
    fn forgets_departures(&self) -> bool {
        false
    }

    /// Whether this answer, which [`UpstreamProvider::correlate`] refuses, may belong to the only departure that its browser has open.
    fn is_of_the_only_departure(&self, _answer: &Answer) -> bool {
        false
    }

    /// Verifies an answer against what was asked.
    async fn finish_login(
        &self,
        state: ProviderState,
        answer: Answer,
        now: Timestamp,
    ) -> Result<Verified, UpstreamError>;

    /// Prepares a browser to log out at the upstream. `None`: the upstream has no logout.
    async fn start_logout(
        &self,
        session: &UpstreamSession,
        leave: &Leave,
        now: Timestamp,
    ) -> Result<Option<Departure>, UpstreamError>;

    /// Asks what the person of a session may still do here. `None`: this cannot be asked, because the provider has no such question
    /// or gave this session nothing to ask with. [`UpstreamError::Refused`]: the provider does not stand behind the session any more;
    /// every other error: nobody knows.
    async fn ask_again(
        &self,
        _session: &UpstreamSession,
        _now: Timestamp,
    ) -> Result<Option<StillGranted>, UpstreamError> {
        Ok(None)
    }

    /// Where people end the session that the provider itself keeps in their browser and that lets the next one in without asking.
    /// `None`: it keeps none, or asks.
    fn keeps_session_at(&self) -> Option<Url> {
        None
    }

    /// The places behind the provider that a person may choose before leaving, such as the banks of Bank iD. Empty where
    /// there are none, or where none are known at the moment: the provider then asks for itself.
    async fn branches(&self, _now: Timestamp) -> Vec<Branch> {
        Vec::new()
    }

    /// The logo of such a place. `None`: it is none of ours, or has none at the moment.
    async fn branch_logo(&self, _branch: &str, _now: Timestamp) -> Option<Arc<Picture>> {
        None
    }

    /// Receives what is not the answer of a login.
    async fn receive(
        &self,
        message: Inbound,
        now: Timestamp,
    ) -> Result<(Vec<Event>, Reply), UpstreamError>;

    /// Which departure of ours a message about logout claims to answer, also one that [`UpstreamProvider::receive`] refuses.
    /// Nothing of it is proved. `None`: it answers nothing, or does not say what.
    fn answered_logout(&self, _message: &Inbound) -> Option<Correlation> {
        None
    }

    /// Names of attributes that came and were not seen before; each is told once. Empty for an upstream that documents them.
    fn newly_seen(&self) -> Vec<String> {
        Vec::new()
    }

    /// Tells which names of attributes were seen in former times, for [`UpstreamProvider::check`].
    fn seen_before(&self, _names: Vec<String>) {}

    /// What we publish for the upstream.
    fn published(&self) -> Vec<Document>;

    /// Looks at keys, expiry, metadata and reachability; changes nothing.
    async fn check(&self, now: Timestamp) -> Vec<Finding>;

    /// How long the outside system is left in peace after a look in the background that it answered. Zero: the operator's own
    /// period will do.
    fn rest_between_looks(&self) -> TimeDelta {
        TimeDelta::zero()
    }
}

/// What an upstream says of a session when it is asked again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StillGranted {
    /// The roles in the provider's words.
    pub roles: Vec<String>,
    /// What to ask with next time.
    pub session: UpstreamSession,
}

/// What a provider says of itself.
#[derive(Debug, Clone)]
pub struct Description {
    /// The name of its configuration entry, part of our addresses.
    pub id: String,
    /// Its kind: `nia`, `saml`, `demo`. Claims name it (`login_provider`), Fluent ids end with it.
    pub kind: &'static str,
    /// The space in which its subjects are unique.
    pub realm: Realm,
    /// Whose logins it serves.
    pub audience: Audience,
    /// The environment it belongs to.
    pub environment: Environment,
    /// A name for people, where the configuration gives one; else the texts of its kind.
    pub title: Option<Title>,
    /// The pairs of levels it can reach, weakest first.
    pub reaches: Vec<Levels>,
    /// Whether it can be made to authenticate anew.
    pub forceable: bool,
    /// Whether it says, at least when asked, when the person authenticated. A login at one that does not is of no age, and
    /// never young enough for who demands one.
    pub tells_time: bool,
    /// How far its clock may differ from ours.
    pub skew: TimeDelta,
    /// Whether it knows a logout.
    pub logout: bool,
    /// Whether an answer can be verified once only, because verifying uses something up at the upstream: an authorization
    /// code, a session id. Of several arrivals of one answer the broker then has one verified.
    pub answers_once: bool,
    /// The rules under which it verifies people.
    pub trust_framework: TrustFramework,
    /// Origins a browser may be sent to, for the page policy's `form-action`.
    pub origins: Vec<String>,
}

/// Whose logins a provider serves. The two never mix: a login of one kind makes no session of the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// The people of the town.
    Citizens,
    /// The officers of the town; never offered to citizens.
    Staff,
}

/// One place behind a provider that a person may choose before leaving: a bank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    /// Its identifier at the provider, for [`Ask::branch`].
    pub id: String,
    /// Its name, as the provider writes it.
    pub name: String,
    /// The tag of its logo, where one is at hand: [`crate::Picture::tag`].
    pub logo: Option<String>,
}

/// A provider's name in the three languages of our pages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Title {
    /// Czech.
    pub cs: String,
    /// English. Default: the Czech one.
    #[serde(default)]
    pub en: Option<String>,
    /// German. Default: the Czech one.
    #[serde(default)]
    pub de: Option<String>,
}

/// Why an upstream produced nothing, one variant for each reaction of ours.
#[derive(Debug, thiserror::Error)]
pub enum UpstreamError {
    /// The person gave up, or could not complete, there.
    #[error("the login was not completed at the provider")]
    Cancelled,
    /// Nobody gave up, and yet the provider sends the browser back without a login: it has to begin anew.
    #[error("the provider ended the login")]
    NotCompleted,
    /// The provider says that it cannot vouch for the person, or not as far as is needed.
    #[error("the provider cannot vouch for the person")]
    Unable(Unable),
    /// The provider says that the person died. An officer has to hear of it, and nobody is let in.
    #[error("the person died")]
    Died(Box<Event>),
    /// The answer failed verification.
    #[error("the provider's answer was refused")]
    Refused(#[source] Refusal),
    /// The provider vouches for less than was asked, or can never reach it.
    #[error("the provider does not reach the level asked for")]
    LevelTooLow,
    /// The provider could not be reached, or has nothing usable.
    #[error("the provider is not available")]
    Unavailable(#[source] Box<dyn std::error::Error + std::marker::Send + Sync>),
    /// The provider says, by way of the browser, that it cannot answer now. Whoever holds the browser can say the same: it
    /// ends this login, and tells nothing about the provider.
    #[error("an answer says that the provider cannot answer now")]
    SaidUnavailable,
    /// The provider says, and has signed, that it cannot answer now: this login is one that failed there.
    #[error("the provider says that it cannot answer now")]
    Failed,
    /// Our own configuration or key does not work, or the provider does not take our own call for ours: every login there fails.
    #[error("the provider is misconfigured")]
    Misconfigured(#[source] Box<dyn std::error::Error + std::marker::Send + Sync>),
    /// The provider says, by way of the browser or about what a browser brought, that our request is wrong. Whoever holds the browser
    /// can make it so: it is told as misconfigured, and tells nothing about the provider.
    #[error("an answer says that the provider is misconfigured")]
    SaidMisconfigured(#[source] Box<dyn std::error::Error + std::marker::Send + Sync>),
}

/// Why a provider cannot vouch for a person: the same again there is in vain, another place, way or consent may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unable {
    /// The person has no valid electronic identity there.
    NoIdentity,
    /// The person may not use theirs: age, legal capacity, or how they authenticate there.
    NotEligible,
    /// The person did not agree to hand over what the login needs.
    Withheld(Withheld),
    /// They came by the data box of an office, and offices do not sign in here.
    BoxOfOffice,
}

impl Unable {
    /// Its word in codes and names of texts.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoIdentity => "no-identity",
            Self::NotEligible => "not-eligible",
            Self::Withheld(_) => "withheld",
            Self::BoxOfOffice => "box-of-office",
        }
    }
}

impl Description {
    /// Whether some pair of levels it can reach meets the demand.
    pub fn can_meet(&self, demand: Demand, force: bool) -> bool {
        (self.forceable || !force) && self.reaches.iter().any(|levels| levels.meets(demand))
    }

    /// Whether a login of some age can be had from it.
    pub const fn can_tell(&self, max_age: Option<u64>) -> bool {
        self.tells_time || max_age.is_none()
    }

    /// Whether it can do what is asked.
    pub(crate) fn can_serve(&self, ask: &Ask) -> bool {
        self.can_meet(ask.minimum, ask.force) && self.can_tell(ask.max_age)
    }
}

impl Title {
    /// The name in a language.
    pub fn in_language(&self, locale: &str) -> &str {
        let translated = match locale {
            "en" => self.en.as_deref(),
            "de" => self.de.as_deref(),
            _ => None,
        };
        translated.unwrap_or(&self.cs)
    }
}

impl From<Refusal> for UpstreamError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotCompleted => Self::Cancelled,
            Refusal::LevelTooLow => Self::LevelTooLow,
            Refusal::ProviderFailed => Self::Failed,
            Refusal::ProviderSaysFailed => Self::SaidUnavailable,
            Refusal::ProviderRefusesRequest => Self::SaidMisconfigured(refusal.into()),
            other => Self::Refused(other),
        }
    }
}
