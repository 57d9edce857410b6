//! The time, as an argument.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, SubsecRound, Utc};

/// Where the time comes from: the system, or a test's hand.
///
/// Times are cut to microseconds, because PostgreSQL keeps six digits and SQLite nine.
#[derive(Debug, Clone)]
pub struct Clock(Source);

#[derive(Debug, Clone)]
enum Source {
    System,
    Manual(ManualClock),
}

/// Moves a manual [`Clock`]; every clone of that clock follows.
#[derive(Debug, Clone)]
pub struct ManualClock(Arc<AtomicI64>);

impl Clock {
    /// The clock of the machine.
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands still until its [`ManualClock`] moves it.
    pub fn manual(start: DateTime<Utc>) -> (Self, ManualClock) {
        let hand = ManualClock(Arc::new(AtomicI64::new(start.timestamp_micros())));
        (Self(Source::Manual(hand.clone())), hand)
    }

    /// The time now, in whole microseconds.
    pub fn now(&self) -> DateTime<Utc> {
        match &self.0 {
            Source::System => Utc::now().trunc_subsecs(6),
            Source::Manual(hand) => hand.now(),
        }
    }
}

impl ManualClock {
    /// Sets the clock.
    pub fn set(&self, now: DateTime<Utc>) {
        self.0.store(now.timestamp_micros(), Ordering::SeqCst);
    }

    /// Moves the clock, backwards too.
    pub fn advance(&self, by: chrono::Duration) {
        let micros = by.num_microseconds().unwrap_or(i64::MAX);
        self.0.fetch_add(micros, Ordering::SeqCst);
    }

    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.0.load(Ordering::SeqCst)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_clock_counts_in_microseconds() {
        let now = Clock::system().now();

        assert_eq!(now, now.trunc_subsecs(6));
    }

    #[test]
    fn a_manual_clock_stands_until_it_is_moved_and_its_clones_follow() {
        let start = DateTime::from_timestamp(1_795_000_000, 0).unwrap();
        let (clock, hand) = Clock::manual(start);
        let clone = clock.clone();

        assert_eq!(clock.now(), start);

        hand.advance(chrono::Duration::seconds(90));

        assert_eq!(clone.now(), start + chrono::Duration::seconds(90));

        hand.set(start);

        assert_eq!(clock.now(), start);
    }
}
