//! The three objects of a login in flight, and how they are kept in the short-lived store.
//!
//! | Object | Key | How long |
//! |---|---|---|
//! | login | `login:{id}` | open for an hour; remembered for a day, so that an expired one restarts towards its client |
//! | departure | `departure:{correlation}` | an hour, of which the answer may take a quarter |
//! | left | `left:{provider}:{browser}` | as long as the departure: the last login that left for it, for who comes back without an answer |
//! | arrival | `arrival:{correlation}` | ten minutes, for who comes a second time |
//! | answer | `answer:{handle}` | a minute, until the browser is proved |
//! | end | `end:{handle}` | ten minutes: where the first arrival ended |

use chrono::{DateTime, Duration, Utc};
use federation::{Correlation, Demand, Levels, ProviderState, ReplayKey, Unable};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use store::{ShortLived, StorageError, Tx};

use super::ids::{AnswerHandle, LinkTicket, LoginId};
use super::meter;
use super::refused::Reason;
use crate::ids::{AccountId, AuthenticationId, BrowserSessionId, ClientId};
use crate::oidc::request::{ActingFor, AuthorizationRequest};
use crate::session::BrowserHash;

/// How long a login may be gone on with.
pub(crate) const LOGIN_OPEN: Duration = Duration::minutes(60);
const LOGIN_KEPT: Duration = Duration::hours(24);
const DEPARTURE_KEPT: Duration = Duration::minutes(60);
const ARRIVAL_KEPT: Duration = Duration::minutes(10);
const ANSWER_KEPT: Duration = Duration::seconds(60);

/// One attempt to log in.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Login {
    pub(crate) id: LoginId,
    pub(crate) goal: Goal,
    /// The browser that opened it; none until the first page, when the request came by POST.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) browser: Option<BrowserHash>,
    pub(crate) started_at: DateTime<Utc>,
    /// The login made for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) made: Option<AuthenticationId>,
    /// The person saw what is handed over and went on.
    #[serde(default)]
    pub(crate) informed: bool,
    /// The person said who they are.
    #[serde(default)]
    pub(crate) selected: bool,
    /// For whom the person said they act.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) acting: Option<ActingFor>,
    /// What the page tells about the last attempt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) notice: Option<Notice>,
    /// It began anew for a browser that brought no cookie. Coming again without one, that browser keeps none.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) without_cookie: bool,
    /// When the client got its answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) finished_at: Option<DateTime<Utc>>,
}

/// Where a login leads.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Goal {
    /// A client that asked.
    Client(Box<AuthorizationRequest>),
    /// A page of the account, by its path.
    Account(String),
    /// A page of the account that rests on a fresh login.
    Fresh {
        /// Its path.
        page: String,
        /// What the login has to be.
        proof: Proof,
    },
    /// One more way into an account that is signed in: the answer proves the other side and signs nobody in.
    Link(Linking),
    /// The page of an officer: the answer makes an officer's session and nothing of a person.
    Staff,
}

/// What a login has to be that a page of the account rests on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Proof {
    /// The least it proves.
    pub(crate) minimum: Demand,
    /// Seconds it may be old.
    pub(crate) within: u64,
    /// None of those before will do.
    pub(crate) anew: bool,
}

/// Whose account is to get one more way in, from which session, and where that led.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Linking {
    pub(crate) account_id: AccountId,
    pub(crate) browser_session_id: BrowserSessionId,
    /// The proposed link, once the other side is proved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ticket: Option<LinkTicket>,
}

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
    /// The provider cannot be reached.
    Down { provider: String },
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
            | Self::Down { provider }
            | Self::BranchGone { provider } => Some(provider),
        }
    }
}

impl Login {
    /// A fresh login.
    pub(crate) fn new(
        id: LoginId,
        goal: Goal,
        browser: Option<BrowserHash>,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            id,
            goal,
            browser,
            started_at: now,
            made: None,
            informed: false,
            selected: false,
            acting: None,
            notice: None,
            without_cookie: false,
            finished_at: None,
        }
    }

    /// Its page.
    pub(crate) fn path(&self) -> String {
        path_of(&self.id)
    }

    /// Whether it may still be gone on with.
    pub(crate) fn is_open(&self, now: DateTime<Utc>) -> bool {
        now < self.started_at + LOGIN_OPEN
    }

    /// What a client asked, when one did.
    pub(crate) fn request(&self) -> Option<&AuthorizationRequest> {
        match &self.goal {
            Goal::Client(request) => Some(request),
            Goal::Account(_) | Goal::Fresh { .. } | Goal::Link(_) | Goal::Staff => None,
        }
    }

    /// Seconds that an authentication may be old.
    pub(crate) fn max_age(&self) -> Option<u64> {
        match &self.goal {
            Goal::Client(request) => request.max_age,
            Goal::Fresh { proof, .. } => Some(proof.within),
            Goal::Account(_) | Goal::Link(_) | Goal::Staff => None,
        }
    }

    /// The client that asked.
    pub(crate) fn client_id(&self) -> Option<&ClientId> {
        self.request().map(|request| &request.client_id)
    }
}

/// The page of a login.
pub(crate) fn path_of(id: &LoginId) -> String {
    format!("/login/{id}")
}

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
    pub(crate) force: bool,
    pub(crate) minimum: Demand,
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
    /// The session cookie that the first arrival was given. A browser that lost that response gets it again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) session: Option<String>,
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

/// The short-lived store, seen as logins. With a database behind it, every method given a transaction works inside it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Logins<'a>(pub(crate) &'a ShortLived);

impl Logins<'_> {
    /// Keeps a login.
    pub(crate) async fn keep(&self, login: &Login, now: DateTime<Utc>) -> Result<(), StorageError> {
        self.0
            .put_json(
                &login_key(&login.id),
                login,
                LOGIN_KEPT - (now - login.started_at),
                now,
            )
            .await
    }

    /// Keeps a login within a transaction.
    pub(crate) async fn keep_in(
        &self,
        tx: &mut Tx,
        login: &Login,
        now: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        let ttl = LOGIN_KEPT - (now - login.started_at);
        self.0
            .within(tx)
            .put_json(&login_key(&login.id), login, ttl, now)
            .await
    }

    /// Finds a login, an expired one too.
    pub(crate) async fn find(
        &self,
        id: &LoginId,
        now: DateTime<Utc>,
    ) -> Result<Option<Login>, StorageError> {
        self.0.get_json(&login_key(id), now).await
    }

    /// The same within a transaction: whoever holds one must not wait for a second connection.
    pub(crate) async fn find_in(
        &self,
        tx: &mut Tx,
        id: &LoginId,
        now: DateTime<Utc>,
    ) -> Result<Option<Login>, StorageError> {
        self.0.within(tx).get_json(&login_key(id), now).await
    }

    /// Keeps a departure.
    pub(crate) async fn depart(
        &self,
        correlation: &Correlation,
        departed: &Departed,
        now: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        if let Errand::Login { login_id, .. } = &departed.errand {
            let left = left_key(&departed.provider, &departed.browser);
            self.0
                .put_json(&left, login_id, DEPARTURE_KEPT, now)
                .await?;
        }
        self.0
            .put_json(&departure_key(correlation), departed, DEPARTURE_KEPT, now)
            .await?;
        if matches!(departed.errand, Errand::Login { .. }) {
            meter::departed(&departed.provider);
        }
        Ok(())
    }

    /// Finds the login by which a browser last left for a provider.
    pub(crate) async fn find_left(
        &self,
        provider: &str,
        browser: &BrowserHash,
        now: DateTime<Utc>,
    ) -> Result<Option<Login>, StorageError> {
        let left: Option<LoginId> = self.0.get_json(&left_key(provider, browser), now).await?;
        match left {
            Some(login_id) => self.find(&login_id, now).await,
            None => Ok(None),
        }
    }

    /// Finds a departure, one whose time for an answer is over too.
    pub(crate) async fn find_departure(
        &self,
        correlation: &Correlation,
        now: DateTime<Utc>,
    ) -> Result<Option<Departed>, StorageError> {
        self.0.get_json(&departure_key(correlation), now).await
    }

    /// Finds where an answer led that was here before.
    pub(crate) async fn find_arrival(
        &self,
        correlation: &Correlation,
        now: DateTime<Utc>,
    ) -> Result<Option<Arrival>, StorageError> {
        self.0.get_json(&arrival_key(correlation), now).await
    }

    /// Takes the turn to have an answer verified. `false`: somebody else has it. One that is never given up, because its
    /// process died, is free again after a minute.
    pub(crate) async fn take_turn(
        &self,
        correlation: &Correlation,
        now: DateTime<Utc>,
    ) -> Result<bool, StorageError> {
        self.0
            .put_if_absent(&turn_key(correlation), b"1", Duration::minutes(1), now)
            .await
    }

    /// Nothing came of it: the next arrival may try.
    pub(crate) async fn give_up_turn(&self, correlation: &Correlation) -> Result<(), StorageError> {
        self.0.remove(&turn_key(correlation)).await
    }

    /// Takes a verified answer in: replay keys, answer, arrival, departure, in this order. Exactly one of any number of
    /// callers is [`Intake::First`].
    pub(crate) async fn take_in(
        &self,
        tx: &mut Tx,
        correlation: &Correlation,
        handle: &AnswerHandle,
        waiting: &Waiting,
        replay_keys: &[ReplayKey],
        now: DateTime<Utc>,
    ) -> Result<Intake, StorageError> {
        let mut store = self.0.within(tx);
        for key in replay_keys {
            let name = format!("replay:{}", key.key);
            let ttl = (key.until - now).max(Duration::seconds(1));
            if !store
                .put_if_absent(&name, handle.as_str().as_bytes(), ttl, now)
                .await?
            {
                let first = store.get(&name, now).await?;
                return Ok(if first.as_deref() == Some(handle.as_str().as_bytes()) {
                    Intake::Before
                } else {
                    Intake::Replayed
                });
            }
        }
        let value = serde_json::to_vec(waiting)?;
        if !store
            .put_if_absent(&answer_key(handle), &value, ANSWER_KEPT, now)
            .await?
        {
            return Ok(Intake::Before);
        }
        let arrival = Arrival {
            provider: waiting.provider.clone(),
            login_id: waiting.login_id.clone(),
            handle: handle.clone(),
        };
        store
            .put_json(&arrival_key(correlation), &arrival, ARRIVAL_KEPT, now)
            .await?;
        if store
            .take(&departure_key(correlation), now)
            .await?
            .is_none()
        {
            // Another one was quicker between our look and now; its answer may be taken already.
            store.remove(&answer_key(handle)).await?;
            return Ok(Intake::Before);
        }
        Ok(Intake::First)
    }

    /// Looks at a waiting answer without taking it.
    pub(crate) async fn peek(
        &self,
        handle: &AnswerHandle,
        now: DateTime<Utc>,
    ) -> Result<Option<Waiting>, StorageError> {
        self.0.get_json(&answer_key(handle), now).await
    }

    /// Takes an answer for its browser and says where it ends. `None` for the second.
    pub(crate) async fn take_answer(
        &self,
        tx: &mut Tx,
        handle: &AnswerHandle,
        ended: &Ended,
        now: DateTime<Utc>,
    ) -> Result<Option<Waiting>, StorageError> {
        let mut store = self.0.within(tx);
        // Said before it is taken: where the store is Redis, a second arrival must never find neither.
        if !store
            .put_if_absent(
                &end_key(handle),
                &serde_json::to_vec(ended)?,
                ARRIVAL_KEPT,
                now,
            )
            .await?
        {
            return Ok(None);
        }
        store.take_json(&answer_key(handle), now).await
    }

    /// Finds where the first arrival of an answer ended.
    pub(crate) async fn find_end(
        &self,
        handle: &AnswerHandle,
        now: DateTime<Utc>,
    ) -> Result<Option<Ended>, StorageError> {
        self.0.get_json(&end_key(handle), now).await
    }

    /// Keeps something of a page between two requests.
    pub(crate) async fn park<T: Serialize + Sync>(
        &self,
        key: &str,
        value: &T,
        ttl: Duration,
        now: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        self.0.put_json(key, value, ttl, now).await
    }

    /// Reads what was parked.
    pub(crate) async fn parked<T: DeserializeOwned>(
        &self,
        key: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<T>, StorageError> {
        self.0.get_json(key, now).await
    }
}

fn login_key(id: &LoginId) -> String {
    format!("login:{id}")
}

fn departure_key(correlation: &Correlation) -> String {
    format!("departure:{}", correlation.as_str())
}

fn left_key(provider: &str, browser: &BrowserHash) -> String {
    format!("left:{provider}:{}", browser.as_str())
}

fn turn_key(correlation: &Correlation) -> String {
    format!("turn:{}", correlation.as_str())
}

fn arrival_key(correlation: &Correlation) -> String {
    format!("arrival:{}", correlation.as_str())
}

fn answer_key(handle: &AnswerHandle) -> String {
    format!("answer:{handle}")
}

fn end_key(handle: &AnswerHandle) -> String {
    format!("end:{handle}")
}
