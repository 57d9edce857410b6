//! How what belongs to a login in flight is kept in the short-lived store.
//!
//! | Object | Key | How long |
//! |---|---|---|
//! | login | `login:{id}` | ten minutes until a browser fetches a page of it; then its hour and what the last answer takes; for an hour once finished. How an expired one restarts: [`super::restart`] |
//! | departure | `departure:{correlation}` | an hour, of which the answer may take a quarter |
//! | left | `left:{provider}:{browser}` | as long as the departure: the last login that left for it, for who comes back without an answer |
//! | open | `open:{provider}:{browser}:{n}` | as long as an answer may take: for providers that send people back without saying from where |
//! | arrival | `arrival:{correlation}` | ten minutes, for who comes a second time |
//! | answer | `answer:{handle}` | a minute, until the browser is proved |
//! | end | `end:{handle}` | ten minutes: where the first arrival ended |
//! | sent session | `sent:{hash}` | a minute: the value of a session's cookie, see [`crate::session::SentSession`] |

use chrono::{DateTime, Duration, Utc};
use federation::{Correlation, ReplayKey, UpstreamProvider};
use serde::Serialize;
use serde::de::DeserializeOwned;
use store::{ShortLived, StorageError, Tx};

pub(crate) use super::attempt::{Goal, LOGIN_OPEN, Linking, Login, Proof, path_of};
pub(crate) use super::departed::{Arrival, Departed, Ended, Errand, Intake, Outcome, Waiting};
use super::ids::{AnswerHandle, LoginId};
use super::meter;
pub(crate) use super::notice::Notice;
use crate::session::BrowserHash;

/// Whoever begins a login follows at once; what only begins logins must not fill the store.
const UNOPENED_KEPT: Duration = Duration::minutes(10);
/// What an answer takes that came at the last moment.
const LAST_ANSWER: Duration = Duration::minutes(5);
/// A busy day's logins must not fill the store: what has ended is remembered for those alone who press "back".
const FINISHED_KEPT: Duration = Duration::hours(1);
const DEPARTURE_KEPT: Duration = Duration::minutes(60);
const ARRIVAL_KEPT: Duration = Duration::minutes(10);
const ANSWER_KEPT: Duration = Duration::seconds(60);

fn kept_for(login: &Login, now: DateTime<Utc>) -> Duration {
    match login.finished_at {
        Some(finished_at) => FINISHED_KEPT - (now - finished_at),
        None if !login.opened => UNOPENED_KEPT - (now - login.started_at),
        None => {
            let end = login.started_at + LOGIN_OPEN;
            login.answer_by.map_or(end, |at| at.max(end)) + LAST_ANSWER - now
        }
    }
}

/// Every line of the log from here on says which login it is about, and of which client.
fn told(id: &LoginId, found: Option<Login>) -> Option<Login> {
    let span = tracing::Span::current();
    span.record("login.id", id.short());
    if let Some(client_id) = found.as_ref().and_then(Login::client_id) {
        span.record("client.id", client_id.as_str());
    }
    found
}

/// The short-lived store, seen as logins. With a database behind it, every method given a transaction works inside it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Logins<'a>(pub(crate) &'a ShortLived);

impl Logins<'_> {
    /// Keeps a login.
    pub(crate) async fn keep(&self, login: &Login, now: DateTime<Utc>) -> Result<(), StorageError> {
        self.0
            .put_json(&login_key(&login.id), login, kept_for(login, now), now)
            .await
    }

    /// Keeps a login within a transaction.
    pub(crate) async fn keep_in(
        &self,
        tx: &mut Tx,
        login: &Login,
        now: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        let ttl = kept_for(login, now);
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
        let found = self.0.get_json(&login_key(id), now).await?;
        Ok(told(id, found))
    }

    /// The same within a transaction: whoever holds one must not wait for a second connection.
    pub(crate) async fn find_in(
        &self,
        tx: &mut Tx,
        id: &LoginId,
        now: DateTime<Utc>,
    ) -> Result<Option<Login>, StorageError> {
        let found = self.0.within(tx).get_json(&login_key(id), now).await?;
        Ok(told(id, found))
    }

    /// Keeps a departure to a provider.
    pub(crate) async fn depart(
        &self,
        provider: &dyn UpstreamProvider,
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
            if provider.forgets_departures() {
                self.remember_open(correlation, departed, now).await?;
            }
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
