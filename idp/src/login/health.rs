//! How providers do, as this process sees it: how long people are away, and who cannot be reached.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Duration, Utc};
use federation::Severity;

use crate::broker::Broker;

/// Logins remembered for each provider.
const REMEMBERED: usize = 15;
/// Older ones say nothing about now.
const CURRENT: Duration = Duration::minutes(30);
/// From here on people should know before they choose.
const SLOW: Duration = Duration::seconds(45);
/// Who is away longer has gone for coffee.
const PLAUSIBLE: Duration = Duration::minutes(5);
/// A failure is believed so long, unless something works before.
const DOWN: Duration = Duration::minutes(3);

/// What is known about all providers. Cheap to clone; one per process.
#[derive(Clone, Debug, Default)]
pub struct Health(Arc<Mutex<BTreeMap<String, Seen>>>);

#[derive(Debug, Default)]
struct Seen {
    away: VecDeque<(DateTime<Utc>, Duration)>,
    failed_at: Option<DateTime<Utc>>,
    reached_at: Option<DateTime<Utc>>,
}

/// How a provider does, for the words on the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Nothing was measured lately.
    Quiet,
    /// Was reached a moment ago.
    Reached,
    /// Works; a login takes this many seconds.
    Works(i64),
    /// Works slowly; a login takes this many seconds, last measured then.
    Slow(i64, DateTime<Utc>),
    /// Could not be reached at that time.
    Down(DateTime<Utc>),
}

impl Health {
    /// Somebody came back with an answer.
    pub(crate) fn answered(&self, provider: &str, away: Duration, now: DateTime<Utc>) {
        self.with(provider, |seen| {
            seen.failed_at = None;
            if away >= Duration::zero() && away <= PLAUSIBLE {
                seen.away.push_back((now, away));
                if seen.away.len() > REMEMBERED {
                    seen.away.pop_front();
                }
            }
        });
    }

    /// The provider was reached.
    pub(crate) fn reached(&self, provider: &str, now: DateTime<Utc>) {
        self.with(provider, |seen| {
            seen.failed_at = None;
            seen.reached_at = Some(now);
        });
    }

    /// The provider could not be reached.
    pub(crate) fn failed(&self, provider: &str, now: DateTime<Utc>) {
        self.with(provider, |seen| seen.failed_at = Some(now));
    }

    /// How a provider does.
    pub(crate) fn of(&self, provider: &str, now: DateTime<Utc>) -> State {
        self.with(provider, |seen| {
            if let Some(at) = seen.failed_at.filter(|at| now < *at + DOWN) {
                return State::Down(at);
            }
            let is_current = |at: DateTime<Utc>| now < at + CURRENT;
            let mut away: Vec<_> = seen.away.iter().filter(|(at, _)| is_current(*at)).collect();
            let last = away.last().map(|(at, _)| *at);
            away.sort_by_key(|(_, away)| *away);
            let median = away
                .get(away.len() / 2)
                .map_or(Duration::zero(), |(_, away)| *away);
            let seconds = rounded(median.num_seconds());
            match last {
                // Two people say nothing about all; a number that jumps with each of them helps nobody.
                Some(_) if away.len() >= 3 && median < SLOW => State::Works(seconds),
                Some(at) if away.len() >= 3 => State::Slow(seconds, at),
                _ if seen.reached_at.is_some_and(is_current) => State::Reached,
                _ => State::Quiet,
            }
        })
    }

    fn with<T>(&self, provider: &str, act: impl FnOnce(&mut Seen) -> T) -> T {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        act(seen.entry(provider.to_owned()).or_default())
    }
}

/// Looks whether each provider can be reached, so that the page says so before anybody tries.
pub async fn watch(broker: &Broker) {
    for (id, provider) in broker.providers.iter() {
        let now = broker.clock.now();
        let findings = provider.check(now).await;
        let is_unreachable = |code: &str| code.ends_with(".unreachable");
        if findings
            .iter()
            .any(|finding| finding.severity == Severity::Broken && is_unreachable(finding.code))
        {
            broker.health.failed(id, now);
        } else {
            broker.health.reached(id, now);
        }
    }
}

/// To whole five seconds, and never none.
fn rounded(seconds: i64) -> i64 {
    ((seconds + 2) / 5 * 5).max(5)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_795_000_000, 0).unwrap()
    }

    #[test]
    fn the_median_of_a_few_current_logins_is_told() {
        let health = Health::default();
        for seconds in [12, 13, 200] {
            health.answered("nia", Duration::seconds(seconds), now());
        }

        assert_eq!(health.of("nia", now()), State::Works(15));
        assert_eq!(health.of("nia", now() + CURRENT), State::Quiet);
        assert_eq!(health.of("bank", now()), State::Quiet);
    }

    #[test]
    fn slowness_is_told_with_its_time_and_coffee_breaks_are_not_counted() {
        let health = Health::default();
        for seconds in [50, 52, 55, 1000] {
            health.answered("nia", Duration::seconds(seconds), now());
        }

        assert_eq!(health.of("nia", now()), State::Slow(50, now()));
    }

    #[test]
    fn a_failure_is_told_until_something_works_or_time_has_passed() {
        let health = Health::default();
        health.failed("nia", now());

        assert_eq!(health.of("nia", now()), State::Down(now()));
        assert_eq!(health.of("nia", now() + DOWN), State::Quiet);

        health.reached("nia", now());

        assert_eq!(health.of("nia", now()), State::Reached);
        assert_eq!(health.of("nia", now() + CURRENT), State::Quiet);
    }
}
