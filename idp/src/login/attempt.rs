//! One attempt to log in, and where it leads.

use chrono::{DateTime, Duration, Utc};
use federation::Demand;
use serde::{Deserialize, Serialize};

use super::ids::{LinkTicket, LoginId};
use super::notice::Notice;
use crate::ids::{AccountId, AuthenticationId, BrowserSessionId, ClientId};
use crate::oidc::request::{ActingFor, AuthorizationRequest};
use crate::session::BrowserHash;

/// How long a login may be gone on with.
pub(crate) const LOGIN_OPEN: Duration = Duration::minutes(60);

/// One attempt to log in.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Login {
    pub(crate) id: LoginId,
    pub(crate) goal: Goal,
    /// The browser that opened it; none until the first page, when the request came by POST.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) browser: Option<BrowserHash>,
    pub(crate) started_at: DateTime<Utc>,
    /// A browser has fetched a page of it.
    #[serde(default = "yes")]
    pub(crate) opened: bool,
    /// Until when the answer of a provider may come, where that is after its hour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) answer_by: Option<DateTime<Utc>>,
    /// The login made for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) made: Option<AuthenticationId>,
    /// Whose it is, once somebody was signed in: it ends as nobody else's before a page has named them (B10, L2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) person: Option<AccountId>,
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
    /// Of a login whose provider does not say when the person authenticated, the moment counts at which we recorded it.
    #[serde(default)]
    pub(crate) recorded: bool,
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

impl Login {
    /// A fresh login.
    pub(crate) fn new(
        id: LoginId,
        goal: Goal,
        browser: Option<BrowserHash>,
        now: DateTime<Utc>,
    ) -> Self {
        // The other two leave for a provider at once.
        let opened = matches!(goal, Goal::Link(_) | Goal::Staff);
        Self {
            id,
            goal,
            browser,
            started_at: now,
            opened,
            answer_by: None,
            made: None,
            person: None,
            informed: false,
            selected: false,
            acting: None,
            notice: None,
            without_cookie: false,
            finished_at: None,
        }
    }

    /// Somebody says that it is theirs. What another person said in it counts no more.
    pub(crate) fn taken_over_by(&mut self, account_id: AccountId) {
        if self.person.is_some_and(|person| person != account_id) {
            self.acting = None;
            self.informed = false;
        }
        self.person = Some(account_id);
        self.selected = true;
    }

    /// Its page.
    pub(crate) fn path(&self) -> String {
        path_of(&self.id)
    }

    /// Whether it may still be gone on with.
    pub(crate) fn is_open(&self, now: DateTime<Utc>) -> bool {
        now < self.started_at + LOGIN_OPEN
    }

    /// Has it kept until an answer may come; true when that is later than it would be kept anyway.
    pub(crate) fn wait_until(&mut self, answer_by: DateTime<Utc>) -> bool {
        let is_later = answer_by > self.answer_by.unwrap_or(self.started_at + LOGIN_OPEN);
        if is_later {
            self.answer_by = Some(answer_by);
        }
        is_later
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

/// A login of the release before was kept for as long whether anybody had opened it or not.
const fn yes() -> bool {
    true
}
