//! How providers do: how long people are away, how many logins fail, and who cannot be reached.
//!
//! Every replica writes what it sees into one table and reads it back from there, at most a moment old, so that all say
//! the same. Two things are seen: *departures* (answered, or failed because the provider could not be used) and *looks*
//! at each provider in the background. A departure that nobody came back from counts for nothing, nor does one that somebody gave up: people change
//! their mind, and whoever sends us robots must not be able to make a provider look sick. What is said changes words and order
//! on the page and nothing else: a provider that does not answer can still be chosen.

mod state;
#[cfg(test)]
mod tests;
mod words;

pub(crate) use state::State;
use state::{CURRENT, IN_A_ROW, REMEMBERED, ROW_WITHIN, is_enough, state};
pub(crate) use words::words;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Duration, Utc};
use federation::{Finding, Severity, UpstreamProvider};
use store::{StorageError, Tx};

use super::meter;
use crate::broker::Broker;
use crate::session::BrowserHash;
use crate::storage::provider_observation::{self, Observation, Outcome};

/// What this process knows is at most so old.
const FRESH: Duration = Duration::seconds(2);
/// What stays amiss is logged again this often.
const TOLD_AGAIN: Duration = Duration::days(1);

/// What is known about all providers. Cheap to clone; one per process.
#[derive(Clone, Debug, Default)]
pub struct Health(Arc<Mutex<Known>>);

#[derive(Debug, Default)]
struct Known {
    /// The newest first.
    seen: BTreeMap<String, Vec<Observation>>,
    read_at: Option<DateTime<Utc>>,
    /// Providers with a row of failures that has begun and that no answer has ended yet, as far as this process knows.
    failing: BTreeSet<String>,
    /// What was amiss when this process last logged it.
    told: BTreeMap<String, (Vec<Finding>, DateTime<Utc>)>,
}

impl Health {
    /// Reads again what all replicas saw, when that is due. To be called before [`Self::of`], with any transaction.
    pub(crate) async fn refresh(
        &self,
        broker: &Broker,
        tx: &mut Tx,
        now: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        let is_fresh = |at: DateTime<Utc>| at <= now && now < at + FRESH;
        if self.known().read_at.is_some_and(is_fresh) {
            return Ok(());
        }
        let (mut seen, mut failing) = (BTreeMap::new(), BTreeSet::new());
        for (id, _) in broker.providers.iter() {
            let mut within = broker.short_lived.within(tx);
            if within.count(&row_key(id), now).await? > 0 {
                failing.insert(id.to_owned());
            }
            let latest =
                provider_observation::list_latest(tx, id, now - CURRENT, REMEMBERED).await?;
            seen.insert(id.to_owned(), latest);
        }
        let mut known = self.known();
        known.seen = seen;
        known.failing = failing;
        known.read_at = Some(now);
        Ok(())
    }

    /// How a provider does, as of the last [`Self::refresh`].
    pub(crate) fn of(&self, provider: &str, now: DateTime<Utc>) -> State {
        let known = self.known();
        let seen = known.seen.get(provider).map(Vec::as_slice);
        state(seen.unwrap_or_default(), now)
    }

    /// The last look of the last while, as of the last [`Self::refresh`].
    pub(crate) fn last_look(&self, provider: &str, now: DateTime<Utc>) -> Option<Look> {
        let known = self.known();
        let last = known
            .seen
            .get(provider)?
            .iter()
            .find(|seen| is_look(seen))?;
        (now < last.at + CURRENT).then_some(Look {
            at: last.at,
            took: last.took,
        })
    }

    /// Departures of the last while that were seen, and those of them that failed.
    pub(crate) fn tally(&self, provider: &str, now: DateTime<Utc>) -> (usize, usize) {
        let known = self.known();
        let seen = known.seen.get(provider).map(Vec::as_slice);
        let departures = seen.unwrap_or_default().iter().filter(|seen| {
            now < seen.at + CURRENT && matches!(seen.outcome, Outcome::Answered | Outcome::Failed)
        });
        departures.fold((0, 0), |(all, failed), seen| {
            (
                all + 1,
                failed + usize::from(seen.outcome == Outcome::Failed),
            )
        })
    }

    /// Somebody came back with an answer, which is being stored in this transaction.
    pub(crate) async fn answered(
        &self,
        broker: &Broker,
        tx: &mut Tx,
        provider: &str,
        away: Duration,
        now: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        // Only where a row has begun: of providers that do well nothing has to be written.
        let ends_a_row = self.known().failing.remove(provider);
        if ends_a_row {
            let mut within = broker.short_lived.within(tx);
            within.remove(&row_key(provider)).await?;
        }
        for observation in self.departure(provider, Outcome::Answered, Some(away), false, now) {
            self.note(broker, tx, provider, observation).await?;
        }
        Ok(())
    }

    /// Somebody could not use the provider. What happens to them does not depend on whether it can be written down.
    pub(crate) async fn failed(&self, broker: &Broker, provider: &str, now: DateTime<Utc>) {
        let is_row = self.is_row(broker, provider, now).await;
        for observation in self.departure(provider, Outcome::Failed, None, is_row, now) {
            self.note_alone(broker, provider, observation).await;
        }
    }

    /// Somebody came back with the word that the provider cannot answer. Each browser is heard once in a while.
    pub(crate) async fn said_out(
        &self,
        broker: &Broker,
        provider: &str,
        browser: &BrowserHash,
        now: DateTime<Utc>,
    ) {
        if matches!(self.of(provider, now), State::SaidOut(_)) {
            return;
        }
        let key = format!("health-said:{provider}:{}", browser.as_str());
        match broker
            .short_lived
            .put_if_absent(&key, b"1", CURRENT, now)
            .await
        {
            Ok(true) => {
                let observation = Observation {
                    at: now,
                    outcome: Outcome::SaidOut,
                    took: None,
                };
                self.note_alone(broker, provider, observation).await;
            }
            Ok(false) => {}
            Err(error) => {
                let error: &dyn std::error::Error = &error;
                tracing::warn!(
                    provider.id = provider,
                    error,
                    "what somebody said of a provider could not be written down"
                );
            }
        }
    }

    /// One more departure failed, at whichever replica. Whether that makes a row: so many, with none between them that was answered.
    async fn is_row(&self, broker: &Broker, provider: &str, now: DateTime<Utc>) -> bool {
        self.known().failing.insert(provider.to_owned());
        let counted = broker
            .short_lived
            .increment(&row_key(provider), ROW_WITHIN, now)
            .await;
        match counted {
            Ok(failed) => usize::try_from(failed).is_ok_and(|failed| failed >= IN_A_ROW),
            Err(error) => {
                let error: &dyn std::error::Error = &error;
                tracing::warn!(
                    provider.id = provider,
                    error,
                    "a failure of a provider could not be counted"
                );
                false
            }
        }
    }

    /// What is written down of a departure that ended. Whether it is one of the sample does not depend on how it ended, or the share of
    /// failures would be that of the sample and not that of the provider. A row of failures is told beside the sample, so that a
    /// busy provider that goes down is called down by the fifth of them.
    fn departure(
        &self,
        provider: &str,
        outcome: Outcome,
        took: Option<Duration>,
        is_row: bool,
        now: DateTime<Utc>,
    ) -> Vec<Observation> {
        let known = self.known();
        let seen = known.seen.get(provider).map(Vec::as_slice);
        let seen = seen.unwrap_or_default();
        let is_wanted = !is_enough(seen, now);
        let ended = is_wanted.then_some(Observation {
            at: now,
            outcome,
            took,
        });
        let is_told = matches!(state(seen, now), State::Down(_));
        let row = (is_row && !is_told).then_some(Observation {
            at: now,
            outcome: Outcome::FailedInARow,
            took: None,
        });
        ended.into_iter().chain(row).collect()
    }

    async fn note_alone(&self, broker: &Broker, provider: &str, observation: Observation) {
        let noted = async {
            let mut tx = broker.db.begin().await?;
            self.note(broker, &mut tx, provider, observation).await?;
            tx.commit().await
        };
        if let Err(error) = noted.await {
            let error: &dyn std::error::Error = &error;
            tracing::warn!(
                provider.id = provider,
                error,
                "how a provider does could not be written down"
            );
        }
    }

    async fn note(
        &self,
        broker: &Broker,
        tx: &mut Tx,
        provider: &str,
        observation: Observation,
    ) -> Result<(), StorageError> {
        let id = broker.random.uuid_v7(observation.at);
        provider_observation::add(tx, id, provider, observation).await?;
        self.remember(provider, observation);
        Ok(())
    }

    fn remember(&self, provider: &str, observation: Observation) {
        let mut known = self.known();
        let seen = known.seen.entry(provider.to_owned()).or_default();
        seen.insert(0, observation);
        seen.truncate(REMEMBERED as usize);
    }

    /// Logs what a look found amiss: when that is news, and once a day while it lasts.
    fn tell(&self, provider: &str, findings: &[Finding], now: DateTime<Utc>) {
        let amiss: Vec<Finding> = findings
            .iter()
            .filter(|finding| finding.severity > Severity::Fine)
            .cloned()
            .collect();
        let mut known = self.known();
        let told = known.told.get(provider);
        if told.is_some_and(|(said, at)| *said == amiss && now < *at + TOLD_AGAIN) {
            return;
        }
        for Finding { code, message, .. } in &amiss {
            tracing::warn!(provider.id = provider, finding = code, "{message}");
        }
        known.told.insert(provider.to_owned(), (amiss, now));
    }

    /// Whether a provider answered a look so lately that it is left in peace, as of the last [`Self::refresh`].
    fn rests(&self, provider: &str, rest: Duration, now: DateTime<Utc>) -> bool {
        let known = self.known();
        let seen = known.seen.get(provider).map(Vec::as_slice);
        let last = seen.unwrap_or_default().iter().find(|seen| is_look(seen));
        last.is_some_and(|last| last.outcome == Outcome::Reached && now < last.at + rest)
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A look at a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Look {
    /// When.
    pub(crate) at: DateTime<Utc>,
    /// How long it took to see that the provider is there; `None`: it could not be reached.
    pub(crate) took: Option<Duration>,
}

/// Counts failures in a row over all replicas.
fn row_key(provider: &str) -> String {
    format!("health-row:{provider}")
}

fn is_look(seen: &Observation) -> bool {
    matches!(seen.outcome, Outcome::Reached | Outcome::Unreachable)
}

/// Looks whether each provider can be reached, so that the page says so before anybody tries. One that answered the last look
/// is left in peace as long as its kind needs; one that did not is looked at again each time.
pub async fn watch(broker: &Broker) -> Result<(), StorageError> {
    let now = broker.clock.now();
    let mut tx = broker.db.read().await?;
    broker.health.refresh(broker, &mut tx, now).await?;
    drop(tx);
    let looks = broker
        .providers
        .iter()
        .filter(|(id, provider)| !broker.health.rests(id, provider.rest_between_looks(), now))
        .map(|(id, provider)| look(broker, id, provider.as_ref()));
    futures_util::future::join_all(looks).await;
    Ok(())
}

async fn look(broker: &Broker, id: &str, provider: &dyn UpstreamProvider) {
    let began = broker.clock.now();
    let findings = provider.check(began).await;
    let now = broker.clock.now();
    meter::certificates(id, &findings);
    meter::metadata(id, &findings);
    broker.health.tell(id, &findings, now);
    let is_down = findings.iter().any(Finding::is_upstream_down);
    let observation = Observation {
        at: now,
        outcome: if is_down {
            Outcome::Unreachable
        } else {
            Outcome::Reached
        },
        took: (!is_down).then(|| now - began),
    };
    broker.health.note_alone(broker, id, observation).await;
}

/// The same once a period, whichever replica comes first.
pub async fn watch_in_turn(broker: &Broker) -> Result<(), StorageError> {
    let Some(period) = broker.config.login.watch_every() else {
        return Ok(());
    };
    // A little less than the period, or the one that came first would miss every other turn.
    let ttl = Duration::from_std(period).unwrap_or(CURRENT) - Duration::seconds(5);
    let now = broker.clock.now();
    let is_first = broker
        .short_lived
        .put_if_absent("turn:providers.watch", b"1", ttl, now)
        .await?;
    if is_first {
        watch(broker).await?;
    }
    Ok(())
}
