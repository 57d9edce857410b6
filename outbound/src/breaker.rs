//! A circuit breaker: a target that failed several times in a row is left alone for a while, then tried by one request.
//!
//! Time is a parameter. The states are *closed* (everything passes), *open* (nothing passes until the pause is over) and
//! *half-open* (one probe is under way and decides).

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};

/// When a breaker opens and for how long.
#[derive(Debug, Clone, Copy)]
pub struct BreakerSettings {
    /// Failures in a row that open it.
    pub opens_after: u32,
    /// How long it stays open before one request tries again.
    pub pause: Duration,
    /// The target stands beside the system that it is named after: what it does says nothing of that system.
    pub is_aside: bool,
}

/// The breaker of one target.
#[derive(Debug)]
pub struct Breaker {
    settings: BreakerSettings,
    state: Mutex<State>,
}

/// The breaker is open: nothing is sent before `until`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paused {
    /// When the next request may try; already past while a probe is under way.
    pub until: DateTime<Utc>,
}

/// Leave to send one request. Dropped without a verdict (the caller went away) it says nothing about the target.
#[derive(Debug)]
#[must_use = "the breaker learns from the verdict"]
pub struct Permit<'a> {
    breaker: &'a Breaker,
    probe: bool,
    settled: bool,
}

#[derive(Debug, Clone, Copy)]
enum State {
    Closed { failures: u32 },
    Open { since: DateTime<Utc> },
    HalfOpen { since: DateTime<Utc> },
}

impl Breaker {
    /// A closed breaker.
    pub fn new(settings: BreakerSettings) -> Self {
        Self {
            settings,
            state: Mutex::new(State::Closed { failures: 0 }),
        }
    }

    /// Asks whether a request may be sent now.
    pub fn admit(&self, now: DateTime<Utc>) -> Result<Permit<'_>, Paused> {
        let mut state = self.state();
        match *state {
            State::Closed { .. } => Ok(Permit {
                breaker: self,
                probe: false,
                settled: false,
            }),
            // A clock that was set back must not keep the breaker open for longer than the pause.
            State::Open { since } if now >= self.until(since) || now < since => {
                *state = State::HalfOpen { since };
                Ok(Permit {
                    breaker: self,
                    probe: true,
                    settled: false,
                })
            }
            State::Open { since } | State::HalfOpen { since } => Err(Paused {
                until: self.until(since),
            }),
        }
    }

    /// Whether requests are held back at the moment (open, or half-open with the probe still under way).
    pub fn is_open(&self) -> bool {
        !matches!(*self.state(), State::Closed { .. })
    }

    /// Whether a request would be held back at this moment: open, and the pause is not over.
    pub fn holds_back(&self, now: DateTime<Utc>) -> bool {
        matches!(*self.state(), State::Open { since } if since <= now && now < self.until(since))
    }

    /// Whether its target stands beside the system that it is named after.
    pub fn is_aside(&self) -> bool {
        self.settings.is_aside
    }

    fn until(&self, since: DateTime<Utc>) -> DateTime<Utc> {
        TimeDelta::from_std(self.settings.pause)
            .ok()
            .and_then(|pause| since.checked_add_signed(pause))
            .unwrap_or(DateTime::<Utc>::MAX_UTC)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Permit<'_> {
    /// The target answered as it should.
    pub fn succeeded(mut self) {
        self.settled = true;
        let mut state = self.breaker.state();
        // A late answer to a request from before the pause does not end the pause; the probe does.
        if self.probe || matches!(*state, State::Closed { .. }) {
            *state = State::Closed { failures: 0 };
        }
    }

    /// The target did not answer, or not as it should. True when this opened the breaker.
    pub fn failed(mut self, now: DateTime<Utc>) -> bool {
        self.settled = true;
        let mut state = self.breaker.state();
        match *state {
            State::Closed { failures }
                if failures.saturating_add(1) < self.breaker.settings.opens_after =>
            {
                *state = State::Closed {
                    failures: failures.saturating_add(1),
                };
                false
            }
            State::Closed { .. } => {
                *state = State::Open { since: now };
                true
            }
            State::HalfOpen { .. } if self.probe => {
                *state = State::Open { since: now };
                true
            }
            State::Open { .. } | State::HalfOpen { .. } => false,
        }
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        if self.settled || !self.probe {
            return;
        }
        let mut state = self.breaker.state();
        if let State::HalfOpen { since } = *state {
            *state = State::Open { since };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn breaker() -> Breaker {
        Breaker::new(BreakerSettings {
            opens_after: 3,
            pause: Duration::from_secs(15),
            is_aside: false,
        })
    }

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + second, 0).unwrap()
    }

    fn fail_three_times(breaker: &Breaker) {
        for _ in 0..3 {
            breaker.admit(at(0)).unwrap().failed(at(0));
        }
    }

    #[test]
    fn it_opens_after_so_many_failures_in_a_row() {
        let breaker = breaker();

        assert!(!breaker.admit(at(0)).unwrap().failed(at(0)));
        assert!(!breaker.admit(at(0)).unwrap().failed(at(0)));
        assert!(breaker.admit(at(0)).unwrap().failed(at(0)));

        assert_eq!(breaker.admit(at(14)).unwrap_err(), Paused { until: at(15) });
        assert!(breaker.is_open());
        let held_back: Vec<bool> = [-1, 0, 14, 15]
            .map(|second| breaker.holds_back(at(second)))
            .into();
        assert_eq!(held_back, [false, true, true, false]);
    }

    #[test]
    fn a_success_between_failures_starts_the_count_again() {
        let breaker = breaker();
        for _ in 0..5 {
            breaker.admit(at(0)).unwrap().failed(at(0));
            breaker.admit(at(0)).unwrap().failed(at(0));
            breaker.admit(at(0)).unwrap().succeeded();
        }

        assert!(!breaker.is_open());
    }

    #[test]
    fn after_the_pause_one_probe_passes_and_its_success_closes_it() {
        let breaker = breaker();
        fail_three_times(&breaker);

        let probe = breaker.admit(at(15)).unwrap();
        assert!(breaker.admit(at(16)).is_err());
        probe.succeeded();

        assert!(breaker.admit(at(16)).is_ok());
        assert!(!breaker.is_open());
    }

    #[test]
    fn a_failed_probe_opens_it_for_another_pause() {
        let breaker = breaker();
        fail_three_times(&breaker);

        assert!(breaker.admit(at(15)).unwrap().failed(at(20)));

        assert_eq!(breaker.admit(at(34)).unwrap_err(), Paused { until: at(35) });
        assert!(breaker.admit(at(35)).is_ok());
    }

    #[test]
    fn a_probe_whose_caller_went_away_leaves_the_place_to_the_next() {
        let breaker = breaker();
        fail_three_times(&breaker);

        drop(breaker.admit(at(15)).unwrap());

        assert!(breaker.admit(at(15)).is_ok());
    }

    #[test]
    fn a_late_answer_from_before_the_pause_neither_ends_nor_prolongs_it() {
        let breaker = breaker();
        let slow = breaker.admit(at(0)).unwrap();
        let slower = breaker.admit(at(0)).unwrap();
        fail_three_times(&breaker);

        slow.succeeded();
        assert!(!slower.failed(at(10)));

        assert_eq!(breaker.admit(at(14)).unwrap_err(), Paused { until: at(15) });
    }

    #[test]
    fn a_clock_set_back_does_not_keep_it_open() {
        let breaker = breaker();
        fail_three_times(&breaker);

        assert!(breaker.admit(at(-3600)).is_ok());
    }
}
