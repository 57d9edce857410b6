//! ARES: the state's public list of everybody with an identification number (IČO), by its REST interface.
//!
//! It names the body somebody acts for and says whether it has ended. What it said last is kept in the database, so that a
//! replica and a restart know it too:
//!
//! 1. An answer younger than `[ares] fresh_hours` is used as it is; that there is no such subject, for an hour.
//! 2. Otherwise ARES is asked, one question at a time for one number.
//! 3. When it cannot be reached, or sends what cannot be read, the last good answer is used and marked stale, as long as it
//!    is younger than `[ares] keep_days`. After that nobody knows, and that is an error.
//! 4. A subject that ended is an answer like another; one that ARES no longer knows is none.
//!
//! Who sits in the statutory bodies of a subject is asked apart, for comparing alone, and never kept ([`Ares::statutory_members`]).

mod ask;
mod config;
mod ico;
mod member;
mod subject;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use chrono::{DateTime, Duration, Utc};
use federation::Environment;
use outbound::{Outbound, OutboundError, Target};
use store::{Db, StorageError, Tx};
use url::Url;

pub use config::AresConfig;
pub use ico::{Ico, NotAnIco};
pub use member::{Member, Person, Who};
pub use subject::{State, Subject, Unreadable};

use crate::storage::ares_subject::{self, Kept};

/// How long it is believed that there is no such subject: it may be founded any moment.
const NOBODY_FOR: Duration = Duration::hours(1);
/// The Ministry of Finance, which runs ARES.
const ITS_OWN: &str = "00006947";

/// The list. Cheap to clone.
#[derive(Clone)]
pub struct Ares {
    inner: Arc<Inner>,
}

struct Inner {
    config: AresConfig,
    url: Option<Url>,
    target: Target,
    db: Db,
    turns: Mutex<HashMap<Ico, Weak<tokio::sync::Mutex<()>>>>,
}

/// Why ARES could not tell.
#[derive(Debug, thiserror::Error)]
pub enum AresError {
    /// It is not asked: a sandbox without an address for it.
    #[error("ARES is not configured")]
    NotConfigured,
    /// It could not be reached, or answered what cannot be used, and nothing is kept that is young enough.
    #[error("ARES could not tell, and nothing young enough is known")]
    Unavailable(#[source] OutboundError),
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl Ares {
    /// The list at its configured address, or at the public one outside of the sandbox.
    pub fn new(
        config: &AresConfig,
        environment: Environment,
        outbound: &Outbound,
        db: &Db,
    ) -> Self {
        Self {
            inner: Arc::new(Inner {
                config: config.clone(),
                url: config.address(environment),
                target: outbound.target("ares"),
                db: db.clone(),
                turns: Mutex::default(),
            }),
        }
    }

    /// What is known about a subject. `None`: ARES knows no such number.
    pub async fn lookup(
        &self,
        ico: &Ico,
        now: DateTime<Utc>,
    ) -> Result<Option<Subject>, AresError> {
        if let Some(kept) = self.fresh(ico, now).await? {
            return Ok(kept.into_subject(ico, false));
        }
        let turn = self.turn(ico);
        let _turn = turn.lock().await;
        // Whoever had the turn before may have asked.
        if let Some(kept) = self.fresh(ico, now).await? {
            return Ok(kept.into_subject(ico, false));
        }
        match self.ask(ico, now).await? {
            Ok(subject) => {
                self.keep(ico, subject.as_ref(), now).await?;
                Ok(subject)
            }
            Err(error) => self.last_good(ico, error, now).await,
        }
    }

    /// Asks ARES about a body that it certainly knows, and keeps nothing.
    pub async fn try_out(&self, now: DateTime<Utc>) -> Result<(), AresError> {
        let ico = ITS_OWN
            .parse::<Ico>()
            .map_err(|_| AresError::NotConfigured)?;
        match self.ask(&ico, now).await? {
            Ok(_) => Ok(()),
            Err(error) => Err(AresError::Unavailable(error)),
        }
    }

    /// What ARES said last and may still be told, without asking it.
    pub async fn last_known(
        &self,
        ico: &Ico,
        now: DateTime<Utc>,
    ) -> Result<Option<Subject>, StorageError> {
        let kept = self.kept(ico).await?;
        Ok(kept.and_then(|kept| {
            let age = now - kept.fetched_at;
            let stale = age >= self.inner.config.fresh_within();
            (age < self.inner.config.keep_within())
                .then(|| kept.into_subject(ico, stale))
                .flatten()
        }))
    }

    /// Whether ARES said last that a subject has ended, looked up within a transaction and without asking it.
    pub async fn is_known_to_have_ended(
        &self,
        tx: &mut Tx,
        ico: &Ico,
        now: DateTime<Utc>,
    ) -> Result<bool, StorageError> {
        let kept = ares_subject::lookup(tx, ico.as_str()).await?;
        let is_told = |kept: Kept| now - kept.fetched_at < self.inner.config.keep_within();
        Ok(kept.filter(|kept| kept.ended).is_some_and(is_told))
    }

    /// Forgets what was said too long ago to be told.
    pub async fn sweep(&self, now: DateTime<Utc>) -> Result<(), StorageError> {
        let mut tx = self.inner.db.begin().await?;
        ares_subject::expire(&mut tx, now - self.inner.config.keep_within()).await?;
        tx.commit().await
    }

    /// What is kept and young enough not to be asked again.
    async fn fresh(&self, ico: &Ico, now: DateTime<Utc>) -> Result<Option<Kept>, StorageError> {
        let Some(kept) = self.kept(ico).await? else {
            return Ok(None);
        };
        let age = now - kept.fetched_at;
        let good_for = if kept.name.is_some() {
            self.inner.config.fresh_within()
        } else {
            NOBODY_FOR
        };
        Ok((age < good_for).then_some(kept))
    }

    async fn last_good(
        &self,
        ico: &Ico,
        error: OutboundError,
        now: DateTime<Utc>,
    ) -> Result<Option<Subject>, AresError> {
        let kept = self.kept(ico).await?.filter(|kept| {
            kept.name.is_some() && now - kept.fetched_at < self.inner.config.keep_within()
        });
        let Some(kept) = kept else {
            return Err(AresError::Unavailable(error));
        };
        tracing::warn!(
            outcome = error.outcome(),
            as_of = %kept.fetched_at,
            "ARES could not tell; its last answer is used"
        );
        Ok(kept.into_subject(ico, true))
    }

    async fn kept(&self, ico: &Ico) -> Result<Option<Kept>, StorageError> {
        let mut tx = self.inner.db.read().await?;
        ares_subject::lookup(&mut tx, ico.as_str()).await
    }

    async fn keep(
        &self,
        ico: &Ico,
        subject: Option<&Subject>,
        now: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        let kept = Kept::of(subject, now);
        let mut tx = self.inner.db.begin().await?;
        ares_subject::put(&mut tx, ico.as_str(), &kept).await?;
        ares_subject::expire(&mut tx, now - self.inner.config.keep_within()).await?;
        tx.commit().await
    }

    /// One question at a time for one number; numbers that nobody asks for are forgotten.
    fn turn(&self, ico: &Ico) -> Arc<tokio::sync::Mutex<()>> {
        let mut turns = self
            .inner
            .turns
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        turns.retain(|_, turn| turn.strong_count() > 0);
        if let Some(turn) = turns.get(ico).and_then(Weak::upgrade) {
            return turn;
        }
        let turn = Arc::default();
        turns.insert(ico.clone(), Arc::downgrade(&turn));
        turn
    }
}

impl Kept {
    fn of(subject: Option<&Subject>, now: DateTime<Utc>) -> Self {
        let ended = subject.map(|subject| subject.state);
        Self {
            name: subject.map(|subject| subject.name.clone()),
            seat: subject.and_then(|subject| subject.seat.clone()),
            legal_form: subject.map(|subject| subject.legal_form.clone()),
            ended: matches!(ended, Some(State::Ended(_))),
            ended_on: match ended {
                Some(State::Ended(Some(day))) => Some(day.to_string()),
                _ => None,
            },
            fetched_at: now,
        }
    }

    fn into_subject(self, ico: &Ico, stale: bool) -> Option<Subject> {
        let day = self.ended_on.and_then(|day| day.parse().ok());
        Some(Subject {
            ico: ico.clone(),
            name: self.name?,
            seat: self.seat,
            legal_form: self.legal_form.unwrap_or_default(),
            state: if self.ended {
                State::Ended(day)
            } else {
                State::Active
            },
            as_of: self.fetched_at,
            stale,
        })
    }
}

impl fmt::Debug for Ares {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ares")
            .field("url", &self.inner.url.as_ref().map(Url::as_str))
            .finish_non_exhaustive()
    }
}
