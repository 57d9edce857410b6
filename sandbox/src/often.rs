//! How often a fault that waits happens: at every call or at so many in a hundred, so many times or until it is cleared.

use serde::Serialize;

/// Of one fault that waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Often {
    /// How many times more; until it is cleared when missing.
    times: Option<u32>,
    /// At how many calls in a hundred; at every one when missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    percent: Option<u8>,
    /// Calls it has seen, of the hundred under way.
    #[serde(skip)]
    seen: u8,
}

/// What a fault does at one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// It lets this call be.
    Not,
    /// It happens, and goes on waiting.
    Now,
    /// It happens, and is over.
    Last,
}

impl Often {
    /// So many times, at every call; until it is cleared when missing.
    pub fn times(times: Option<u32>) -> Self {
        Self {
            times,
            percent: None,
            seen: 0,
        }
    }

    /// What a caller asked for: `times` is 1 when missing, with `percent` until it is cleared; 0 is until it is cleared.
    pub fn wished(times: Option<u32>, percent: Option<u8>) -> Result<Self, &'static str> {
        if percent.is_some_and(|percent| !(1..=100).contains(&percent)) {
            return Err("percent je číslo od 1 do 100");
        }
        let unsaid = u32::from(percent.is_none());
        Ok(Self {
            times: Some(times.unwrap_or(unsaid)).filter(|times| *times > 0),
            percent: percent.filter(|percent| *percent < 100),
            seen: 0,
        })
    }

    /// Counts a call, and says what the fault does at it. A count decides, not chance, so that a run can be repeated: the
    /// n-th call goes wrong when the whole part of n × percent / 100 grows.
    pub fn turn(&mut self) -> Turn {
        if let Some(percent) = self.percent {
            let due = |calls: u8| u32::from(calls) * u32::from(percent) / 100;
            let before = self.seen;
            let now = before.saturating_add(1);
            self.seen = now % 100;
            if due(now) == due(before) {
                return Turn::Not;
            }
        }
        match &mut self.times {
            None => Turn::Now,
            Some(times) if *times > 1 => {
                *times -= 1;
                Turn::Now
            }
            Some(_) => Turn::Last,
        }
    }

    /// In Czech, for the list of what waits.
    pub fn czech(&self) -> String {
        let until = match self.times {
            Some(times) => format!("ještě {times}×"),
            None => "do zrušení".to_owned(),
        };
        match self.percent {
            Some(percent) => format!("{percent} ze 100 volání, {until}"),
            None => until,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong_calls(often: &mut Often, calls: usize) -> Vec<usize> {
        (1..=calls).filter(|_| often.turn() != Turn::Not).collect()
    }

    #[test]
    fn of_every_hundred_calls_as_many_go_wrong_as_was_asked() {
        for percent in 1..=100 {
            let mut often = Often::wished(None, Some(percent)).unwrap();

            for _ in 0..3 {
                let wrong = wrong_calls(&mut often, 100);
                assert_eq!(wrong.len(), usize::from(percent), "{percent}");
            }
        }
    }

    #[test]
    fn they_are_spread_evenly_and_the_same_at_every_run() {
        let wrong =
            |percent, calls| wrong_calls(&mut Often::wished(None, Some(percent)).unwrap(), calls);

        assert_eq!(wrong(25, 12), [4, 8, 12]);
        assert_eq!(wrong(30, 10), [4, 7, 10]);
        assert_eq!(wrong(1, 250), [100, 200]);
    }

    #[test]
    fn times_beside_percent_count_the_calls_that_went_wrong() {
        let mut often = Often::wished(Some(2), Some(50)).unwrap();

        let turns: Vec<_> = (0..4).map(|_| often.turn()).collect();

        assert_eq!(turns, [Turn::Not, Turn::Now, Turn::Not, Turn::Last]);
        assert_eq!(often.czech(), "50 ze 100 volání, ještě 1×");
    }

    #[test]
    fn without_percent_a_fault_happens_once_and_at_every_call_of_those_asked_for() {
        assert_eq!(Often::wished(None, None).unwrap().turn(), Turn::Last);
        assert_eq!(Often::wished(Some(0), None).unwrap(), Often::times(None));
        assert_eq!(
            Often::wished(Some(3), Some(100)).unwrap(),
            Often::times(Some(3))
        );
    }

    #[test]
    fn a_share_beyond_a_hundred_or_of_nothing_is_refused() {
        assert!(Often::wished(None, Some(0)).is_err());
        assert!(Often::wished(None, Some(101)).is_err());
    }
}
