//! The time of the sandbox: the system's, shifted by as much as somebody asked for.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};

/// A clock that all who hold it see shifted together.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    shift_ms: Arc<AtomicI64>,
}

impl Clock {
    /// The present, as far as the sandbox is concerned.
    pub fn now(&self) -> DateTime<Utc> {
        Utc::now() + self.shift()
    }

    /// How far the sandbox is ahead of the system; negative when it is behind.
    pub fn shift(&self) -> TimeDelta {
        TimeDelta::milliseconds(self.shift_ms.load(Ordering::Relaxed))
    }

    /// Runs ahead of the system by this much from now on.
    pub fn set_shift(&self, shift: TimeDelta) {
        self.shift_ms
            .store(shift.num_milliseconds(), Ordering::Relaxed);
    }

    /// Makes it this moment now; time goes on from there.
    pub fn set_to(&self, moment: DateTime<Utc>) {
        self.set_shift(moment - Utc::now());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shift_moves_every_copy() {
        let clock = Clock::default();
        let copy = clock.clone();

        clock.set_shift(TimeDelta::hours(2));

        assert!(copy.now() - Utc::now() > TimeDelta::minutes(119));
    }
}
