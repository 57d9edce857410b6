//! A document that is fetched again and again, of which the last good copy is kept.

use std::{
    error::Error,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};
use url::Url;

use crate::{
    error::OutboundError, fetched::Fetched, guard::Guard, request::Request, target::Target,
};

/// A document that is fetched again and again: metadata, a key set.
///
/// - One request at a time, however many ask.
/// - A copy older than `refresh` is still handed out while a new one is fetched in the background.
/// - When the source fails, or sends what `parse` refuses, the last good copy stays and the source is left alone for a while
///   (10 seconds unless [`LastGood::retry_after`] says otherwise). Without any copy the failure itself is remembered so long.
/// - With [`LastGood::kept`], a process that just started and meets a source that fails goes on with the copy of the one before.
///
/// How long a copy is believed while its source fails, its kind says. What carries its own end (`validUntil` of SAML metadata) is asked for
/// it with the time at use; what carries none is [`LastGood::bounded`].
pub struct LastGood<T> {
    inner: Arc<Inner<T>>,
}

type Parse<T> =
    dyn Fn(&Fetched, Option<&T>) -> Result<T, Box<dyn Error + Send + Sync>> + Send + Sync;

struct Inner<T> {
    target: Target,
    url: Url,
    guard: Guard,
    refresh: TimeDelta,
    retry: TimeDelta,
    accept: &'static [&'static str],
    max_bytes: Option<usize>,
    is_kept: bool,
    /// The greatest age of a copy.
    believed: Option<TimeDelta>,
    parse: Box<Parse<T>>,
    held: Mutex<Held<T>>,
    fetching: Arc<AsyncMutex<()>>,
}

struct Held<T> {
    good: Option<(Arc<T>, DateTime<Utc>)>,
    failure: Option<(OutboundError, DateTime<Utc>)>,
    /// Counts finished fetches, so that one who waited for the lock knows that somebody else just fetched.
    fetches: u64,
}

/// What is at hand, before anybody fetches.
enum AtHand<T> {
    Fresh(Arc<T>),
    Old(Arc<T>),
    Failed(OutboundError),
    Nothing,
}

impl<T: Send + Sync + 'static> LastGood<T> {
    /// Nothing is fetched yet. `parse` reads a successful answer; it also sees the copy that it would replace, and may refuse
    /// a document that differs from it in what must not change. At the first fetch of a process that is the copy which
    /// the one before has [`Self::kept`].
    pub fn new(
        target: Target,
        url: Url,
        guard: Guard,
        refresh: Duration,
        parse: impl Fn(&Fetched, Option<&T>) -> Result<T, Box<dyn Error + Send + Sync>>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        Self {
            inner: Arc::new(Inner {
                target,
                url,
                guard,
                refresh: delta(refresh),
                retry: TimeDelta::seconds(10),
                accept: &[],
                max_bytes: None,
                is_kept: false,
                believed: None,
                parse: Box::new(parse),
                held: Mutex::new(Held {
                    good: None,
                    failure: None,
                    fetches: 0,
                }),
                fetching: Arc::default(),
            }),
        }
    }

    /// Takes only these content types (see [`crate::is_media_type`]).
    #[must_use]
    pub fn expecting(self, accept: &'static [&'static str]) -> Self {
        self.rebuilt(|inner| inner.accept = accept)
    }

    /// A size limit of its own, in octets.
    #[must_use]
    pub fn at_most(self, octets: usize) -> Self {
        self.rebuilt(|inner| inner.max_bytes = Some(octets))
    }

    /// How long a source that failed is left alone.
    #[must_use]
    pub fn retry_after(self, retry: Duration) -> Self {
        self.rebuilt(|inner| inner.retry = delta(retry))
    }

    /// Keeps the last good copy on the shelf of [`crate::OutboundBuilder::shelf`], if there is one, so that it outlives the
    /// process. It is taken from there only when the source fails and no copy is at hand, and `parse` judges it again.
    #[must_use]
    pub fn kept(self) -> Self {
        self.rebuilt(|inner| inner.is_kept = true)
    }

    /// Believes a copy no longer than `outbound.last_good_days` of the configuration, at hand or on the shelf: for documents that say
    /// nothing of their own end, such as key sets. Keys that were withdrawn because they leaked would else count as long as
    /// somebody keeps their source from us.
    #[must_use]
    pub fn bounded(self) -> Self {
        let days = self.inner.target.outbound.config().last_good_days;
        self.rebuilt(|inner| inner.believed = Some(TimeDelta::days(days.into())))
    }

    /// The newest copy at hand, fetched now if there is none.
    pub async fn get(&self, now: DateTime<Utc>) -> Result<Arc<T>, OutboundError> {
        match self.at_hand(now) {
            AtHand::Fresh(value) => Ok(value),
            AtHand::Old(value) => {
                self.refresh_in_background(now);
                Ok(value)
            }
            AtHand::Failed(error) => Err(error),
            AtHand::Nothing => {
                let turn = self.wait_for_turn().await;
                // Whoever had the turn before may have fetched it, or failed.
                match self.at_hand(now) {
                    AtHand::Fresh(value) | AtHand::Old(value) => Ok(value),
                    AtHand::Failed(error) => Err(error),
                    AtHand::Nothing => self.fetch(now, turn).await,
                }
            }
        }
    }

    /// Fetches now, unless somebody else is just doing so: then theirs is awaited. An error leaves the last good copy in
    /// place.
    pub async fn refresh(&self, now: DateTime<Utc>) -> Result<Arc<T>, OutboundError> {
        let seen = self.held().fetches;
        let turn = self.wait_for_turn().await;
        if self.held().fetches != seen {
            return self.last_result();
        }
        self.fetch(now, turn).await
    }

    /// A copy not older than `age`, fetched now if need be and if the source is not being left alone. For a reader that
    /// misses something in the copy at hand, such as a key that was just published: however often it misses, the source is
    /// asked once in `age`.
    pub async fn get_within(
        &self,
        age: Duration,
        now: DateTime<Utc>,
    ) -> Result<Arc<T>, OutboundError> {
        let young = |held: &Held<T>| match (&held.good, &held.failure) {
            (Some((value, at)), _) if now - *at < delta(age) => Some(Ok(Arc::clone(value))),
            (_, Some((error, at))) if now - *at < self.inner.retry => Some(Err(error.clone())),
            _ => None,
        };
        if let Some(result) = young(&self.held()) {
            return result;
        }
        let turn = self.wait_for_turn().await;
        if let Some(result) = young(&self.held()) {
            return result;
        }
        self.fetch(now, turn).await
    }

    /// The copy at hand and when it was fetched. Never fetches.
    pub fn peek(&self) -> Option<(Arc<T>, DateTime<Utc>)> {
        self.held().good.clone()
    }

    /// Why the newest fetch failed, and when. `None` when it succeeded or none was made.
    pub fn failure(&self) -> Option<(OutboundError, DateTime<Utc>)> {
        self.held().failure.clone()
    }

    fn at_hand(&self, now: DateTime<Utc>) -> AtHand<T> {
        let held = self.held();
        let left_alone = held
            .failure
            .as_ref()
            .filter(|(_, at)| now - *at < self.inner.retry);
        let good = held
            .good
            .as_ref()
            .filter(|(_, at)| self.inner.believes(*at, now));
        match (good, left_alone) {
            (Some((value, at)), _) if now - *at < self.inner.refresh => {
                AtHand::Fresh(Arc::clone(value))
            }
            (Some((value, _)), Some(_)) => AtHand::Fresh(Arc::clone(value)),
            (Some((value, _)), None) => AtHand::Old(Arc::clone(value)),
            (None, Some((error, _))) => AtHand::Failed(error.clone()),
            (None, None) => AtHand::Nothing,
        }
    }

    fn refresh_in_background(&self, now: DateTime<Utc>) {
        let Ok(turn) = Arc::clone(&self.inner.fetching).try_lock_owned() else {
            return;
        };
        let this = self.clone();
        tokio::spawn(async move {
            if let Err(error) = this.fetch(now, turn).await {
                tracing::warn!(
                    target.name = this.inner.target.name(),
                    outcome = error.outcome(),
                    "the last good copy stays in use"
                );
            }
        });
    }

    async fn wait_for_turn(&self) -> OwnedMutexGuard<()> {
        Arc::clone(&self.inner.fetching).lock_owned().await
    }

    async fn fetch(
        &self,
        now: DateTime<Utc>,
        _turn: OwnedMutexGuard<()>,
    ) -> Result<Arc<T>, OutboundError> {
        let result = self.fetch_and_parse(now).await;
        let from_before = match &result {
            Err(_) if !self.has_good(now) => self.shelved(now).await,
            _ => None,
        };
        let mut held = self.held();
        held.fetches = held.fetches.wrapping_add(1);
        match (result, from_before) {
            (Ok(value), _) => {
                let value = Arc::new(value);
                held.good = Some((Arc::clone(&value), now));
                held.failure = None;
                Ok(value)
            }
            (Err(error), Some((value, fetched_at))) => {
                tracing::warn!(
                    target.name = self.inner.target.name(),
                    outcome = error.outcome(),
                    fetched_at = %fetched_at,
                    "the source fails, the last good copy from before the start is in use"
                );
                held.failure = Some((error, now));
                held.good = Some((Arc::clone(&value), fetched_at));
                Ok(value)
            }
            (Err(error), None) => {
                held.failure = Some((error.clone(), now));
                Err(error)
            }
        }
    }

    fn has_good(&self, now: DateTime<Utc>) -> bool {
        let held = self.held();
        held.good
            .as_ref()
            .is_some_and(|(_, at)| self.inner.believes(*at, now))
    }

    /// The copy that an earlier process kept, if it is still good.
    async fn shelved(&self, now: DateTime<Utc>) -> Option<(Arc<T>, DateTime<Utc>)> {
        let inner = &self.inner;
        let shelf = inner
            .target
            .outbound
            .shelf()
            .filter(|_| self.inner.is_kept)?;
        let (body, fetched_at) = shelf.find(&inner.url).await?;
        if !inner.believes(fetched_at, now) {
            tracing::warn!(target.name = inner.target.name(), fetched_at = %fetched_at, "the copy from before the start is too old to be believed");
            return None;
        }
        let kept = Fetched::kept(&inner.target, body);
        match (inner.parse)(&kept, None) {
            Ok(value) => Some((Arc::new(value), fetched_at)),
            Err(error) => {
                tracing::warn!(target.name = inner.target.name(), error = %error, "the copy from before the start is no good");
                None
            }
        }
    }

    /// Aside: nobody who waits for the document waits for the shelf.
    fn keep(&self, body: &[u8], now: DateTime<Utc>) {
        let outbound = &self.inner.target.outbound;
        let Some(shelf) = outbound.shelf().filter(|_| self.inner.is_kept) else {
            return;
        };
        let (shelf, url, body) = (Arc::clone(shelf), self.inner.url.clone(), body.to_vec());
        tokio::spawn(async move { shelf.keep(&url, body, now).await });
    }

    async fn fetch_and_parse(&self, now: DateTime<Utc>) -> Result<T, OutboundError> {
        let inner = &self.inner;
        let mut request = Request::get(&inner.url, inner.guard).expecting(inner.accept);
        if let Some(octets) = inner.max_bytes {
            request = request.max_bytes(octets);
        }
        let fetched = inner.target.send(request).await?.successful()?;
        let held = self.held().good.clone();
        let before = match held {
            Some(held) => Some(held),
            None => self.shelved(now).await,
        }
        .map(|(value, _)| value);
        let value = (inner.parse)(&fetched, before.as_deref())
            .map_err(|cause| fetched.unreadable(cause))?;
        self.keep(&fetched.body, now);
        Ok(value)
    }

    fn last_result(&self) -> Result<Arc<T>, OutboundError> {
        let held = self.held();
        match (&held.failure, &held.good) {
            (Some((error, _)), _) => Err(error.clone()),
            (None, Some((value, _))) => Ok(Arc::clone(value)),
            (None, None) => Err(OutboundError::unavailable(
                &Arc::from(self.inner.target.name()),
                crate::Unavailable::Broken,
            )),
        }
    }

    fn held(&self) -> MutexGuard<'_, Held<T>> {
        self.inner
            .held
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes a setting before the first use, while nobody else holds a clone.
    fn rebuilt(mut self, change: impl FnOnce(&mut Inner<T>)) -> Self {
        if let Some(inner) = Arc::get_mut(&mut self.inner) {
            change(inner);
        }
        self
    }
}

impl<T> Inner<T> {
    /// Whether a copy of that time is young enough.
    fn believes(&self, fetched_at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
        self.believed.is_none_or(|age| now - fetched_at < age)
    }
}

impl<T> Clone for LastGood<T> {
    fn clone(&self) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
        }
    }
}

impl<T> fmt::Debug for LastGood<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LastGood")
            .field("target", &self.inner.target)
            .finish_non_exhaustive()
    }
}

fn delta(duration: Duration) -> TimeDelta {
    TimeDelta::from_std(duration).unwrap_or(TimeDelta::MAX)
}
